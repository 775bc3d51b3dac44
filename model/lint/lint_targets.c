/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts that records name: addresses written as names, and names that the zone does not have. */
#include "lint/lint_internal.h"

/* Whether the first four labels are numbers of an IPv4 address; `*rest` is what follows them. */
static bool looks_like_address(const uint8_t *name, const uint8_t **rest)
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        if (name[0] == 0 || name[0] > 3)
            return false;
        for (unsigned k = 1; k <= name[0]; k++) {
            if (name[k] < '0' || name[k] > '9')
                return false;
            value = value * 10 + (name[k] - '0');
        }
        if (value > 255)
            return false;
        name += name[0] + 1;
    }
    *rest = name;
    return true;
}

/* Below the apex only a host's name is suspect: a CNAME may well lead to the entry of a block list. */
static void check_form(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        const uint8_t *target = rz_lint_target(rrset, &c), *rest;
        if (!target || !looks_like_address(target, &rest))
            continue;
        bool in_zone = rz_name_equal(rest, lint->zone->apex.wire) && rrset->type != RZ_TYPE_CNAME;
        if (rest[0] != 0 && (!in_zone || rz_lint_look_up(lint->zone, target).exists))
            continue;
        char text[RZ_NAME_TEXT_MAX];
        struct rz_diag *diag = rz_lint_report(lint, rrset,
                                              "names %s: an address stands where a name belongs",
                                              rz_name_text(text, target));
        rz_diag_hint(lint->diags, diag,
                     "give the host a name with an A record, and write that name here");
    }
}

/* Records that hand a connection to the host need its address; others only that the name exists. */
static bool needs_address(uint16_t type)
{
    return type == RZ_TYPE_MX || type == RZ_TYPE_SRV || type == RZ_TYPE_ALIAS;
}

static void check_target(struct rz_lint *lint, const struct rz_rrset *rrset, const uint8_t *target)
{
    const uint8_t *rest;
    struct rz_lint_answer answer = rz_lint_look_up(lint->zone, target);
    bool named = answer.exists
                 && (!needs_address(rrset->type) || rz_lint_has_address(&answer)
                     || rz_lint_answer_find(&answer, RZ_TYPE_CNAME));
    if (answer.outside || named || looks_like_address(target, &rest))
        return;
    char text[RZ_NAME_TEXT_MAX];
    rz_name_text_relative(text, target, lint->zone->apex.wire);
    struct rz_diag *diag = rz_lint_report(
        lint, rrset,
        answer.exists ? "names %s, which has no address" : "names %s, which does not exist", text);
    if (answer.exists || needs_address(rrset->type))
        rz_diag_hint(lint->diags, diag, "add A or AAAA records for %s, or name another host", text);
    else
        rz_diag_hint(lint->diags, diag, "add records for %s, or delete this one", text);
}

static void check_dangling(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        const uint8_t *target = rz_lint_target(rrset, &c);
        if (target && rz_name_in(target, lint->zone->apex.wire))
            check_target(lint, rrset, target);
    }
}

static const uint16_t host_types[] = {RZ_TYPE_NS, RZ_TYPE_CNAME, RZ_TYPE_MX, RZ_TYPE_SRV, 0};
static const uint16_t target_types[] = {
    RZ_TYPE_CNAME, RZ_TYPE_MX, RZ_TYPE_SRV, RZ_TYPE_SVCB, RZ_TYPE_HTTPS, RZ_TYPE_ALIAS, 0};

#define ZONE "zone: example.com\nrecords:\n"

const struct rz_lint_rule rz_lint_target_rules[] = {
    {.example = {RZ1212, ZONE "  sip: {A: 192.0.2.1}\n  _sip._tcp: {SRV: 0 0 5060 sip}\n",
                 ZONE "  _sip._tcp: {SRV: 0 0 5060 192.0.2.1}\n"},
     .types = host_types,
     .rrset = check_form},
    {.example = {RZ2113, ZONE "  www: {CNAME: web}\n  web: {A: 192.0.2.1}\n",
                 ZONE "  www: {CNAME: web}\n"},
     .needs = RZ_LINT_WHOLE,
     .types = target_types,
     .rrset = check_dangling},
    {.example = {.code = 0}},
};
