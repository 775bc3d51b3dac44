/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a name to its nameservers' answers. */
#include "delegation/domain_look.h"

#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

static void add_server(struct rz_domain_look *look, const uint8_t *host,
                       const struct rz_server *server)
{
    struct rz_nameserver *made = &look->nameservers[look->count++];
    *made = (struct rz_nameserver){.server = *server};
    rz_name_copy(&made->host, host);
}

static void add_host(struct rz_domain_look *look, const struct rz_lookup *lookup,
                     const uint8_t *host)
{
    struct rz_server found[8];
    const struct rz_zone *glue = &look->delegation.glue;
    size_t count = rz_lookup_take(lookup, rz_zone_find(glue, host, RZ_TYPE_A), found, 0, 8);
    count = rz_lookup_take(lookup, rz_zone_find(glue, host, RZ_TYPE_AAAA), found, count, 8);
    if (!count)
        count = rz_lookup_addresses(lookup, host, found, 8);
    if (!count && look->homeless_count < 13)
        rz_name_copy(&look->homeless[look->homeless_count++], host);
    for (size_t i = 0; i < count && look->count < RZ_NAMESERVERS_MAX; i++)
        add_server(look, host, &found[i]);
}

enum rz_status rz_domain_look(struct rz_domain_look *look, const struct rz_lookup *lookup,
                              const uint8_t *name, const struct rz_rrset *expected,
                              const uint8_t *challenge)
{
    *look = (struct rz_domain_look){0};
    rz_name_copy(&look->name, name);
    enum rz_status status = rz_delegation_read(&look->delegation, lookup, name,
                                               &look->delegation_why);
    if (status == RZ_OK)
        look->delegation_why = NULL;
    const struct rz_rrset *hosts = look->delegation.ns ? look->delegation.ns : expected;
    look->nameservers = rz_alloc_zero(RZ_NAMESERVERS_MAX, sizeof *look->nameservers);
    if ((!hosts && !lookup->server_count) || status == RZ_CANCELLED)
        return status == RZ_CANCELLED ? status : RZ_OK;
    look->hosts = hosts ? rz_rrset_copy(&look->arena, hosts) : NULL;
    for (size_t i = 0; i < lookup->server_count && i < RZ_NAMESERVERS_MAX; i++)
        add_server(look, name, &lookup->servers[i]);
    if (!lookup->server_count)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(hosts); rz_rdata_next(&c);)
            add_host(look, lookup, c.wire);
    rz_nameservers_look(look->nameservers, look->count, lookup, name, challenge);
    return rz_context_cancelled(lookup->context) ? RZ_CANCELLED : RZ_OK;
}

void rz_domain_look_free(struct rz_domain_look *look)
{
    for (size_t i = 0; i < look->count; i++)
        rz_nameserver_free(&look->nameservers[i]);
    free(look->nameservers);
    rz_delegation_free(&look->delegation);
    rz_arena_free(&look->arena);
}

const struct rz_rrset *rz_domain_look_keys(const struct rz_domain_look *look, bool *differ)
{
    const struct rz_nameserver *first = NULL;
    *differ = false;
    for (size_t i = 0; i < look->count; i++) {
        const struct rz_nameserver *nameserver = &look->nameservers[i];
        if (!nameserver->authoritative || !nameserver->tcp)
            continue;
        first = first ? first : nameserver;
        *differ |= !rz_delegation_same(first->dnskey, nameserver->dnskey);
    }
    return first && !*differ ? first->dnskey : NULL;
}
