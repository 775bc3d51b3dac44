/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structure: what may stand where. RZ1201–1209 are found by dns/zone_check.c; here are delegations,
 * their glue, and the apex. */
#include <stdlib.h>

#include "lint/lint_internal.h"
#include "support/alloc.h"
#include "support/map.h"

static bool is_address(uint16_t type)
{
    return type == RZ_TYPE_A || type == RZ_TYPE_AAAA || rz_rtype_flags(type) & RZ_RTYPE_PROVIDER;
}

static bool names_host(const struct rz_rrset *ns, const uint8_t *host)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
        if (rz_name_equal(c.wire, host))
            return true;
    return false;
}

/* Addresses are looked at again at the end, since another delegation may name their host. */
static void check_hidden(struct rz_lint *lint, const struct rz_rrset *sets, size_t count)
{
    if (!lint->cut)
        return;
    char cut[RZ_NAME_TEXT_MAX];
    bool at_cut = rz_name_equal(sets->owner, lint->cut);
    for (size_t i = 0; i < count; i++) {
        uint16_t type = sets[i].type;
        bool stays = rz_rtype_flags(type) & RZ_RTYPE_SIGNER || is_address(type)
                     || (at_cut && (type == RZ_TYPE_NS || type == RZ_TYPE_DS));
        if (stays)
            continue;
        rz_name_text_relative(cut, lint->cut, lint->zone->apex.wire);
        struct rz_diag *diag = rz_lint_report(
            lint, &sets[i], "is hidden by the delegation of %s (RFC 1034 §4.2.1)", cut);
        rz_diag_hint(lint->diags, diag,
                     "write it into the zone that is delegated, or delete the NS of %s", cut);
    }
}

static void collect_stray(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    if (!lint->cut || names_host(rz_zone_find(lint->zone, lint->cut, RZ_TYPE_NS), rrset->owner))
        return;
    struct rz_lint_later *stray = &lint->stray;
    stray->items = rz_grow(stray->items, &stray->capacity, stray->count + 1, sizeof *stray->items);
    stray->items[stray->count++] = rrset;
}

/* All hosts that NS records of the zone name. */
static void map_hosts(struct rz_map *hosts, const struct rz_zone *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        if (zone->rrsets[i].type != RZ_TYPE_NS)
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]); rz_rdata_next(&c);)
            rz_map_set(hosts, (struct rz_str){(const char *)c.wire, c.size}, hosts);
    }
}

static void check_stray(struct rz_lint *lint)
{
    struct rz_map hosts = {0};
    if (lint->stray.count)
        map_hosts(&hosts, lint->zone);
    for (size_t i = 0; i < lint->stray.count; i++) {
        const struct rz_rrset *rrset = lint->stray.items[i];
        struct rz_str key = {(const char *)rrset->owner, rz_name_size(rrset->owner)};
        if (rz_map_get(&hosts, key))
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset,
                                              "is hidden by a delegation and is no glue of any");
        rz_diag_hint(lint->diags, diag, "write it into the zone that is delegated");
    }
    rz_map_free(&hosts);
}

static void check_host(struct rz_lint *lint, const struct rz_rrset *ns, const uint8_t *host)
{
    char name[RZ_NAME_TEXT_MAX];
    const struct rz_zone *zone = lint->zone;
    if (!rz_name_in(host, zone->apex.wire))
        return;
    bool glue = !rz_name_equal(ns->owner, zone->apex.wire) && rz_name_in(host, ns->owner);
    struct rz_lint_answer answer;
    if (glue) { /* as it stands: what a delegation hides has no wildcards */
        answer = (struct rz_lint_answer){.exists = true};
        answer.sets = &zone->rrsets[rz_zone_lower_bound(zone, host, 0)];
        while (answer.sets + answer.count < zone->rrsets + zone->count
               && rz_name_equal(answer.sets[answer.count].owner, host))
            answer.count++;
    } else {
        answer = rz_lint_look_up(zone, host);
    }
    if (answer.outside || rz_lint_has_address(&answer)
        || rz_lint_answer_find(&answer, RZ_TYPE_CNAME)) /* which is RZ1203 */
        return;
    rz_name_text_relative(name, host, zone->apex.wire);
    struct rz_diag *diag = rz_lint_report(lint, ns,
                                          glue ? "names %s, which has no address here (glue)"
                                               : "names %s, which has no address",
                                          name);
    rz_diag_hint(lint->diags, diag, "add A or AAAA records for %s", name);
}

static void check_hosts(struct rz_lint *lint, const struct rz_rrset *ns)
{
    if (lint->cut && !rz_name_equal(lint->cut, ns->owner))
        return; /* a hidden delegation */
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
        check_host(lint, ns, c.wire);
}

static void check_apex(struct rz_lint *lint, const struct rz_rrset *soa)
{
    const uint8_t *apex = lint->zone->apex.wire;
    if (!rz_name_equal(soa->owner, apex) || rz_zone_find(lint->zone, apex, RZ_TYPE_NS))
        return;
    struct rz_diag *diag = rz_lint_report(lint, soa, "stands without NS records");
    rz_diag_hint(lint->diags, diag, "add `nameservers: [ns1.example.net., …]`");
}

static const uint16_t address_types[] = {RZ_TYPE_A, RZ_TYPE_AAAA, 0};
static const uint16_t ns_types[] = {RZ_TYPE_NS, 0};
static const uint16_t soa_types[] = {RZ_TYPE_SOA, 0};

#define ZONE "zone: example.com\nrecords:\n"

const struct rz_lint_rule rz_lint_structure_rules[] = {
    {.example = {RZ1201, ZONE "  www: {CNAME: web.example.net.}\n",
                 ZONE "  www: {CNAME: web.example.net., TXT: hello}\n"}},
    {.example = {RZ1202, ZONE "  www: {CNAME: web.example.net.}\n",
                 ZONE "  www: {CNAME: [web.example.net., web.example.org.]}\n"}},
    {.example = {RZ1203, ZONE "  sip: {A: 192.0.2.1}\n  _sip._tcp: {SRV: 0 0 5060 sip}\n",
                 ZONE "  sip: {CNAME: sip.example.net.}\n  _sip._tcp: {SRV: 0 0 5060 sip}\n"}},
    {.example = {RZ1204, ZONE "  \"@\": {A: 192.0.2.1}\n",
                 ZONE "  \"@\": {CNAME: example.net.}\n"}},
    {.example = {RZ1205, ZONE "  old: {DNAME: new.example.net.}\n",
                 ZONE "  old: {DNAME: new.example.net.}\n  www.old: {A: 192.0.2.1}\n"}},
    {.example =
         {RZ1206,
          "zone: example.com\nnameservers: ns.example.net.\nsoa: {mname: ns.example.net., rname: a@example.com}\n",
          ZONE "  sub: {SOA: ns.example.net. a.example.com. 1 2h 1h 2w 1h}\n"}},
    {.example = {RZ1207, ZONE "  www: {A: 192.0.2.1}\n", NULL}}, /* no reader lets such types in */
    {.example =
         {RZ1208,
          ZONE "  lab: {NS: ns.example.net., DS: 1 13 2 "
               "0000000000000000000000000000000000000000000000000000000000000000}\n",
          ZONE
          "  lab: {TXT: x, DS: 1 13 2 0000000000000000000000000000000000000000000000000000000000000000}\n"}},
    {.example = {RZ1209, ZONE "  www: {ttl: 1h, A: 192.0.2.1}\n", NULL}}, /* nor such TTLs */
    {.example = {RZ1210, ZONE "  lab: {NS: ns.example.net.}\n",
                 ZONE "  lab: {NS: ns.example.net.}\n  www.lab: {TXT: nobody sees this}\n"},
     .owner = check_hidden},
    {.example = {RZ1211, ZONE "  lab: {NS: ns.lab}\n  ns.lab: {A: 192.0.2.1}\n",
                 ZONE "  lab: {NS: ns.lab}\n"},
     .needs = RZ_LINT_WHOLE,
     .types = ns_types,
     .rrset = check_hosts},
    {.example = {RZ2118, ZONE "  lab: {NS: ns.lab}\n  ns.lab: {A: 192.0.2.1}\n",
                 ZONE "  lab: {NS: ns.example.net.}\n  www.lab: {A: 192.0.2.1}\n"},
     .needs = RZ_LINT_WHOLE,
     .types = address_types,
     .rrset = collect_stray,
     .zone = check_stray},
    {.example =
         {RZ2120,
          "zone: example.com\nnameservers: ns.example.net.\nsoa: {mname: ns.example.net., rname: a@example.com}\n",
          "zone: example.com\nsoa: {mname: ns.example.net., rname: a@example.com}\n"},
     .needs = RZ_LINT_WHOLE,
     .types = soa_types,
     .rrset = check_apex},
    {.example = {.code = 0}},
};
