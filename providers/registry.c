/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one list of providers. */
#include "provider.h"

extern const struct rz_provider_ops rz_provider_zonefile;
extern const struct rz_provider_ops rz_provider_powerdns;
extern const struct rz_provider_ops rz_provider_rfc2136;
extern const struct rz_provider_ops rz_provider_dnsservices;
extern const struct rz_provider_ops rz_provider_unbound;
extern const struct rz_provider_ops rz_provider_named;
extern const struct rz_provider_ops rz_provider_kresd;
extern const struct rz_provider_ops rz_provider_coredns;

const struct rz_provider_ops *const rz_providers[] = {
    &rz_provider_zonefile,    &rz_provider_powerdns, &rz_provider_rfc2136,
    &rz_provider_dnsservices, &rz_provider_unbound,  &rz_provider_named,
    &rz_provider_kresd,       &rz_provider_coredns,  NULL,
};

const struct rz_provider_ops *rz_provider_find(const char *kind)
{
    for (size_t i = 0; rz_providers[i]; i++)
        if (strcmp(rz_providers[i]->kind, kind) == 0)
            return rz_providers[i];
    return NULL;
}
