/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail: MX, SPF (RFC 7208) and DMARC (RFC 7489). DKIM is in lint_dkim.c. */
#include <libpsl.h>

#include "lint/lint_internal.h"
#include "lint/lint_mail.h"
#include "lint/lint_spf.h"

#define SPF_LOOKUPS_MAX 10u

/* --- SPF --- */

/* Cheap refusal of most TXT records. */
static bool may_be_spf(const struct rz_rdata_cursor *c)
{
    return c->size > 6 && (c->wire[1] | 0x20) == 'v' && c->wire[2] == '=';
}

/* The next SPF record of the RRset. */
static bool next_spf(struct rz_rdata_cursor *c, char text[RZ_LINT_TEXT_MAX + 1],
                     struct rz_str *joined)
{
    while (rz_rdata_next(c))
        if (may_be_spf(c) && rz_lint_text(text, c, joined) && rz_spf_is(*joined))
            return true;
    return false;
}

static bool has_spf(const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    return next_spf(&c, text, &joined);
}

static void check_spf_once(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    unsigned count = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_spf(&c, text, &joined);)
        count++;
    if (count < 2)
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has %u SPF records (RFC 7208 §4.5)", count);
    rz_diag_hint(lint->diags, diag, "join them into one `v=spf1 … -all`");
}

static void check_spf_lookups(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_spf(&c, text, &joined);) {
        if (rz_spf_lookups(lint->zone, joined, SPF_LOOKUPS_MAX) <= SPF_LOOKUPS_MAX)
            continue;
        struct rz_diag *diag = rz_lint_report(
            lint, rrset, "has an SPF record of more than %u look-ups (RFC 7208 §4.6.4)",
            SPF_LOOKUPS_MAX);
        rz_diag_hint(lint->diags, diag,
                     "write networks (ip4:, ip6:) instead of names, or drop what sends no mail");
    }
}

static void check_spf_form(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_spf(&c, text, &joined);) {
        struct rz_str rest = {joined.data + 6, joined.size - 6};
        struct rz_spf_term term;
        while (rz_spf_next(&rest, &term)) {
            const char *fault = rz_spf_fault(&term);
            if (!fault)
                continue;
            int size = term.text.size > 100 ? 100 : (int)term.text.size;
            struct rz_diag *diag = rz_lint_report(
                lint, rrset, "has an SPF record whose term `%.*s` %s", size, term.text.data, fault);
            rz_diag_hint(
                lint->diags, diag,
                "mechanisms are all, ip4:, ip6:, a, mx, include: and exists:; with one that "
                "cannot be read the whole record is void");
        }
    }
}

static void check_spf_open(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_spf(&c, text, &joined);) {
        struct rz_str rest = {joined.data + 6, joined.size - 6};
        struct rz_spf_term term;
        while (rz_spf_next(&rest, &term))
            if (term.qualifier == '+' && rz_spf_term_is(&term, "all")) {
                struct rz_diag *diag = rz_lint_report(lint, rrset,
                                                      "lets every host send mail for the name");
                rz_diag_hint(lint->diags, diag, "end the record in -all or ~all");
            }
    }
}

static void check_spf_rest(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_spf(&c, text, &joined);) {
        struct rz_str rest = {joined.data + 6, joined.size - 6};
        struct rz_spf_term term;
        bool all = false;
        while (rz_spf_next(&rest, &term)) {
            bool lost = term.qualifier || rz_spf_term_is(&term, "redirect");
            int size = term.text.size > 100 ? 100 : (int)term.text.size;
            if (rz_spf_is_slip(&term)) {
                struct rz_diag *diag = rz_lint_report(
                    lint, rrset, "has `%.*s`, which has no effect", size, term.text.data);
                rz_diag_hint(lint->diags, diag, "write `:` for `=`");
            } else if (all && lost) {
                struct rz_diag *diag = rz_lint_report(
                    lint, rrset, "has `%.*s` behind `all`, where it has no effect", size,
                    term.text.data);
                rz_diag_hint(lint->diags, diag, "move it before `all`, or delete it");
                break;
            }
            all |= term.qualifier && rz_spf_term_is(&term, "all");
        }
    }
}

/* --- MX --- */

static bool takes_mail(const struct rz_rrset *mx)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(mx); rz_rdata_next(&c);)
        if (rz_lint_target(mx, &c))
            return true;
    return false;
}

static void check_null_mx(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
         rrset->rdata_count > 1 && rz_rdata_next(&c);)
        if (c.size == 3 && c.wire[2] == 0) {
            struct rz_diag *diag = rz_lint_report(
                lint, rrset, "has `.`, which takes no mail, beside other hosts");
            rz_diag_hint(lint->diags, diag, "keep `0 .` alone, or delete it (RFC 7505 §3)");
            return;
        }
}

static void check_spf_missing(struct rz_lint *lint, const struct rz_rrset *mx)
{
    const struct rz_rrset *text = rz_zone_find(lint->zone, mx->owner, RZ_TYPE_TXT);
    if (rz_name_is_wildcard(mx->owner) || lint->cut || !takes_mail(mx) || (text && has_spf(text)))
        return;
    struct rz_diag *diag = rz_lint_report(lint, mx,
                                          "takes mail, but no SPF record says who sends it");
    rz_diag_hint(lint->diags, diag,
                 "add `TXT: v=spf1 mx -all`, with the networks and services that send");
}

static void note_mail(struct rz_lint *lint, const struct rz_rrset *mx)
{
    if (!lint->mail && !lint->cut && takes_mail(mx))
        lint->mail = mx; /* the apex stands first */
}

/* Only where the zone is the domain that somebody registered: above it DMARC is not asked for. */
static bool is_registered(const uint8_t *apex)
{
    char text[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(text, apex);
    const char *domain = psl_registrable_domain(psl_builtin(), text);
    return domain && strcmp(domain, text) == 0;
}

static void check_dmarc_missing(struct rz_lint *lint)
{
    uint8_t name[RZ_NAME_MAX + 8] = "\6_dmarc";
    const struct rz_name *apex = &lint->zone->apex;
    if (!lint->mail || apex->size + 7 > RZ_NAME_MAX || !is_registered(apex->wire))
        return;
    memcpy(name + 7, apex->wire, apex->size);
    struct rz_lint_answer answer = rz_lint_look_up(lint->zone, name);
    const struct rz_rrset *text = rz_lint_answer_find(&answer, RZ_TYPE_TXT);
    bool wildcard = answer.count && !rz_name_equal(answer.sets->owner, name);
    if (answer.outside || rz_lint_answer_find(&answer, RZ_TYPE_CNAME)
        || (text && (!wildcard || rz_dmarc_has(text))))
        return;
    struct rz_diag *diag = rz_lint_report(lint, lint->mail,
                                          "takes mail, but the zone has no DMARC record");
    rz_diag_hint(lint->diags, diag,
                 "add `_dmarc: {TXT: v=DMARC1; p=none; rua=mailto:…}` and tighten it later");
}

static const uint16_t txt_types[] = {RZ_TYPE_TXT, 0};
static const uint16_t mx_types[] = {RZ_TYPE_MX, 0};

#define ZONE "zone: example.com\nrecords:\n"
#define SPF(text) ZONE "  \"@\": {TXT: \"" text "\"}\n"
#define DMARC(text) ZONE "  _dmarc: {TXT: \"" text "\"}\n"
#define DKIM(text) ZONE "  s1._domainkey: {TXT: \"" text "\"}\n"
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA512                                                                                     \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL+fRbtqQPx3gYheEYKOl+C/CGuXlFzvOWUrempFm3NRYEWb900pEdVjrNWT" \
    "GtwCVyqWZndO3NehAAijD4g1E4MCAwEAAQ=="

const struct rz_lint_rule rz_lint_mail_rules[] = {
    {.example = {RZ1213, SPF("v=spf1 ip4:192.0.2.0/24 -all"),
                 ZONE "  \"@\": {TXT: [v=spf1 mx -all, v=spf1 include:_spf.example.net -all]}\n"},
     .types = txt_types,
     .rrset = check_spf_once},
    {.example =
         {RZ1215, SPF("v=spf1 include:a.example.net include:b.example.net mx -all"),
          ZONE
          "  \"@\": {TXT: v=spf1 a mx include:s.example.com -all}\n"
          "  s: {TXT: v=spf1 a:a.net a:b.net a:c.net a:d.net a:e.net a:f.net a:g.net a:h.net -all}\n"},
     .types = txt_types,
     .rrset = check_spf_lookups},
    {.example =
         {RZ1216,
          SPF("v=spf1 ip6:2001:db8::/32 a:mail.example.net/28//64 exists:%{i}.example.net ~all"),
          SPF("v=spf1 ipv4:192.0.2.1 -all")},
     .types = txt_types,
     .rrset = check_spf_form},
    {.example = {RZ2119, SPF("v=spf1 mx ~all"), SPF("v=spf1 mx +all")},
     .types = txt_types,
     .rrset = check_spf_open},
    {.example = {RZ2121, SPF("v=spf1 mx -all exp=why.example.net"),
                 SPF("v=spf1 mx -all ip4:192.0.2.1")},
     .types = txt_types,
     .rrset = check_spf_rest},
    {.example = {RZ1214, DMARC("v=DMARC1; p=none"),
                 ZONE "  _dmarc: {TXT: [v=DMARC1; p=none, v=DMARC1; p=reject]}\n"},
     .types = txt_types,
     .rrset = rz_dmarc_check_once},
    {.example =
         {RZ1217,
          DMARC("v=DMARC1; p=reject; pct=50; rua=mailto:a@example.com!10m,mailto:b@example.net"),
          DMARC("v=DMARC1; p=reject; rua=dmarc@example.com")},
     .types = txt_types,
     .rrset = rz_dmarc_check_form},
    {.example = {RZ2122, DMARC("v=DMARC1; p=quarantine; sp=none"),
                 DMARC("v=DMARC1; rua=mailto:a@example.com")},
     .types = txt_types,
     .rrset = rz_dmarc_check_policy},
    {.example = {RZ1218, DKIM("v=DKIM1; k=ed25519; p=" ED25519), DKIM("v=DKIM1; k=rsa; p=abc")},
     .types = txt_types,
     .rrset = rz_dkim_check_form},
    {.example = {RZ2125, DKIM("v=DKIM1; k=ed25519; p=" ED25519),
                 ZONE "  s1._domainkey: {TXT: [v=DKIM1; k=ed25519; p=" ED25519 ", v=DKIM1; p=]}\n"},
     .types = txt_types,
     .rrset = rz_dkim_check_once},
    {.example = {RZ2126, DKIM("v=DKIM1; p="), DKIM("v=DKIM1; p=" RSA512)},
     .types = txt_types,
     .rrset = rz_dkim_check_weak},
    {.example =
         {RZ2109, ZONE "  \"@\": {MX: 0 .}\n",
          ZONE
          "  \"@\": {MX: [0 ., 10 mx.example.net.], TXT: v=spf1 mx -all}\n  _dmarc: {TXT: v=DMARC1; p=none}\n"},
     .types = mx_types,
     .rrset = check_null_mx},
    {.example =
         {RZ2110,
          ZONE
          "  sub: {MX: 10 mx.example.net., TXT: v=spf1 mx -all}\n  _dmarc: {TXT: v=DMARC1; p=none}\n",
          ZONE "  sub: {MX: 10 mx.example.net.}\n"},
     .needs = RZ_LINT_WHOLE | RZ_LINT_MAIL,
     .types = mx_types,
     .rrset = check_spf_missing},
    {.example =
         {RZ2111,
          ZONE
          "  sub: {MX: 10 mx.example.net., TXT: v=spf1 mx -all}\n  _dmarc: {TXT: v=DMARC1; p=none}\n",
          ZONE "  sub: {MX: 10 mx.example.net.}\n"},
     .needs = RZ_LINT_WHOLE | RZ_LINT_MAIL,
     .types = mx_types,
     .rrset = note_mail,
     .zone = check_dmarc_missing},
    {.example = {.code = 0}},
};
