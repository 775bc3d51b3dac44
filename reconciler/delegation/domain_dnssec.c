/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain of trust from the parent's DS to the zone's records (RFC 4035 §5), as far as a client sees it
 * without the parent's own chain. */
#include "delegation/domain_check.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/rrsig.h"

#define NAME "dnssec"

static bool is_of(const struct rz_rdata_cursor *ds, const struct rz_rrset *keys,
                  const uint8_t *apex)
{
    for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
        if (rz_ds_matches(ds->wire, ds->size, apex, k.wire, k.size)
            && !(rz_dnskey_flags(k.wire, k.size) & RZ_DNSKEY_REVOKE))
            return true;
    return false;
}

/* What the registrar has and the parent publishes. */
static void check_registrar(struct rz_domain_checks *checks,
                            const struct rz_domain_check_input *input)
{
    const struct rz_rrset *registered = input->registration ? rz_zone_find(
                                            input->registration, input->look->name.wire, RZ_TYPE_DS)
                                                            : NULL;
    if (input->registration && !input->look->delegation_why
        && !rz_delegation_same(registered, input->look->delegation.ds))
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_BAD, NULL,
                            "the parent does not publish the DS records that the registrar has");
}

/* The DS records by key; false where none is of a key of the zone. */
static bool check_digests(struct rz_domain_checks *checks, const struct rz_rrset *ds,
                          const struct rz_rrset *keys, const uint8_t *apex)
{
    size_t matching = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        bool found = is_of(&c, keys, apex);
        matching += found;
        if (!found)
            rz_domain_check_add(checks, NAME, RZ_DOMAIN_WARNING, NULL,
                                "the DS of key %u has no key in the zone",
                                c.wire[0] << 8 | c.wire[1]);
    }
    return matching > 0;
}

const struct rz_rrset *rz_trusted_keys(struct rz_zone *zone, const struct rz_rrset *ds,
                                       const struct rz_rrset *keys, const uint8_t *apex)
{
    struct rz_diags unseen = {0};
    rz_zone_init(zone, apex);
    for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);)
            if (rz_ds_matches(c.wire, c.size, apex, k.wire, k.size))
                rz_zone_add(zone, apex, RZ_TYPE_DNSKEY, 0, (struct rz_rdata){k.wire, k.size},
                            (struct rz_record_origin){0});
    rz_zone_finish(zone, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
    return rz_zone_find(zone, apex, RZ_TYPE_DNSKEY);
}

static void check_signatures(struct rz_domain_checks *checks,
                             const struct rz_domain_check_input *input, const struct rz_rrset *ds,
                             const struct rz_rrset *keys)
{
    struct rz_zone trusted;
    char host[RZ_NAME_TEXT_MAX];
    size_t bad = checks->bad;
    const struct rz_domain_look *look = input->look;
    const struct rz_rrset *anchors = rz_trusted_keys(&trusted, ds, keys, look->name.wire);
    for (size_t i = 0; i < look->count; i++) {
        const struct rz_nameserver *ns = &look->nameservers[i];
        if (!ns->authoritative || !ns->dnskey)
            continue;
        const char *why = rz_rrsig_check(ns->dnskey, ns->signatures, anchors, look->name.wire,
                                         input->now);
        if (why)
            rz_domain_check_add(checks, NAME, RZ_DOMAIN_BAD,
                                rz_name_text_plain(host, ns->host.wire),
                                "the zone's keys cannot be trusted: %s", why);
    }
    if (checks->bad == bad)
        rz_domain_check_add(
            checks, NAME, RZ_DOMAIN_GOOD, NULL,
            "the parent's DS leads to the zone's keys, and their signature is good");
    rz_zone_free(&trusted);
}

/* Whether some nameserver said which keys the zone has, or that it has none. */
static bool is_answered(const struct rz_domain_look *look)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->nameservers[i].authoritative && look->nameservers[i].tcp)
            return true;
    return false;
}

void rz_domain_checks_dnssec(struct rz_domain_checks *checks,
                             const struct rz_domain_check_input *input)
{
    bool differ;
    const struct rz_domain_look *look = input->look;
    const struct rz_rrset *ds = look->delegation.ds, *keys = rz_domain_look_keys(look, &differ);
    check_registrar(checks, input);
    if (look->delegation_why && !keys)
        return;
    if (!is_answered(look))
        rz_domain_check_add(checks, NAME, ds ? RZ_DOMAIN_BAD : RZ_DOMAIN_SKIPPED, NULL,
                            "no nameserver answers: the zone's keys are not known");
    else if (differ)
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_BAD, NULL,
                            "the nameservers differ in the keys they publish");
    else if (!ds && !keys)
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_GOOD, NULL, "the zone is not signed");
    else if (!ds)
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_WARNING, NULL,
                            "the zone is signed and the parent has no DS: nobody checks it");
    else if (!keys)
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_BAD, NULL,
                            "the parent has a DS and the zone no keys: resolvers reject it");
    else if (!check_digests(checks, ds, keys, look->name.wire))
        rz_domain_check_add(checks, NAME, RZ_DOMAIN_BAD, NULL,
                            "no DS of the parent is of a key of the zone: resolvers reject it");
    else
        check_signatures(checks, input, ds, keys);
}
