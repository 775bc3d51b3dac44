/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TTLs that serve nobody well. */
#include "dns/rtype.h"
#include "lint/lint_internal.h"

#define TTL_LOW 30u
#define TTL_HIGH 604800u

static void check_low(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    /* Challenges come and go within minutes, and are asked for once. */
    if (rrset->ttl >= TTL_LOW || rz_rtype_is_resolvers(rrset->type)
        || rz_rtype_is_signing(rrset->type) || rz_lint_first_label(rrset->owner, "_acme-challenge"))
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has a TTL of %u seconds", rrset->ttl);
    rz_diag_hint(lint->diags, diag,
                 "30 seconds is as low as most resolvers go; 5m suits most records");
}

static void check_high(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    if (rrset->ttl <= TTL_HIGH)
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has a TTL of %u days",
                                          rrset->ttl / (TTL_HIGH / 7));
    rz_diag_hint(lint->diags, diag,
                 "a day is long enough, and a week is as long as most resolvers keep it");
}

#define ZONE "zone: example.com\nrecords:\n"

const struct rz_lint_rule rz_lint_ttl_rules[] = {
    {.example = {RZ2103, ZONE "  www: {ttl: 30s, A: 192.0.2.1}\n",
                 ZONE "  www: {ttl: 5s, A: 192.0.2.1}\n"},
     .rrset = check_low},
    {.example = {RZ2104, ZONE "  www: {ttl: 1w, A: 192.0.2.1}\n",
                 ZONE "  www: {ttl: 3w, A: 192.0.2.1}\n"},
     .rrset = check_high},
    {.example = {.code = 0}},
};
