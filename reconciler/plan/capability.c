/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a target cannot hold is an error before anything is sent. */
#include <stdio.h>

#include "dns/rtype.h"
#include "plan/diff_internal.h"

static bool takes_type(const struct rz_capabilities *can, uint16_t type)
{
    if (can->takes_type)
        return can->takes_type(type);
    return !(rz_rtype_flags(type) & (RZ_RTYPE_META | RZ_RTYPE_PROVIDER));
}

static bool complain(struct rz_differ *differ, const struct rz_rrset *rrset, const char *why)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    struct rz_diags *diags = &differ->plan->diags;
    rz_name_text_relative(owner, rrset->owner, differ->plan->apex.wire);
    struct rz_diag *diag = rz_diags_add(diags, RZ4001, rz_zone_place(differ->desired, rrset),
                                        "%s cannot hold %s %s: %s", differ->plan->target, owner,
                                        rz_rtype_text(type, rrset->type), why);
    if (!differ->options->lenient) {
        rz_diag_hint(diags, diag,
                     "change it, send the zone elsewhere, or leave it out with --lenient");
        return false;
    }
    rz_diag_set_severity(diags, diag, RZ_WARNING);
    rz_diag_hint(diags, diag, "it is left out of this target");
    return false;
}

static const char *refusal_of(const struct rz_differ *differ, const struct rz_rrset *desired)
{
    const struct rz_provider *provider = differ->options->provider;
    return provider && provider->ops->refuses ? provider->ops->refuses(provider, desired) : NULL;
}

bool rz_capability_has(const struct rz_differ *differ, const struct rz_rrset *desired)
{
    return refusal_of(differ, desired) == NULL;
}

static bool check_provider(struct rz_differ *differ, const struct rz_rrset *desired)
{
    const char *reason = refusal_of(differ, desired);
    return reason ? complain(differ, desired, reason) : true;
}

bool rz_capability_check(struct rz_differ *differ, const struct rz_rrset *desired)
{
    const struct rz_capabilities *can = differ->options->capabilities;
    char why[120];
    if (rz_rtype_is_signing(desired->type)) {
        if (!can->signs)
            return complain(differ, desired, "rezone cannot set up signing there");
        return check_provider(differ, desired);
    }
    if (!takes_type(can, desired->type))
        return complain(differ, desired, "the type is not supported there");
    if (can->ttl_minimum && desired->ttl < can->ttl_minimum) {
        snprintf(why, sizeof why, "its TTL %u is below the smallest there, %u", desired->ttl,
                 can->ttl_minimum);
        return complain(differ, desired, why);
    }
    if (can->ttl_maximum && desired->ttl > can->ttl_maximum) {
        snprintf(why, sizeof why, "its TTL %u is above the largest there, %u", desired->ttl,
                 can->ttl_maximum);
        return complain(differ, desired, why);
    }
    return check_provider(differ, desired);
}
