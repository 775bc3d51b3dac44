/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lint: every rule's own examples, and what is easily taken for wrong but is not. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "language/yaml.h"
#include "language/zone_document.h"
#include "lint/lint.h"
#include "lint/lint_settings.h"
#include "support/alloc.h"

#define ZONES_MAX 4

/* What linting some documents, parted by `---`, came to. */
struct linted {
    struct rz_diags diags;
    struct rz_zone zones[ZONES_MAX];
    struct rz_name apexes[ZONES_MAX];
    size_t count;
    enum rz_status status;
};

static void load_one(struct linted *linted, struct rz_str text, struct rz_lint_settings settings,
                     struct rz_lint_settings *own)
{
    char name[16];
    snprintf(name, sizeof name, "zone-%zu.yaml", linted->count);
    struct rz_source source = {name, text};
    struct rz_zone_settings document;
    struct rz_zone_document_options options = {
        .format = RZ_FORMAT_NATIVE, .default_ttl = 3600, .project_dir = -1, .lint = &settings};
    struct rz_name *apex = &linted->apexes[linted->count];
    rz_zone_document_apex(apex, &source, "example.com.yaml", RZ_FORMAT_NATIVE, &linted->diags);
    options.apex = apex->wire;
    enum rz_status status = rz_zone_document_load(&linted->zones[linted->count], &document, &source,
                                                  &options, &linted->diags);
    linted->status = status != RZ_OK ? status : linted->status;
    *own = rz_zone_settings_lint(&document, &settings);
    linted->count++;
}

static void lint(struct linted *linted, const char *text, const struct rz_lint_settings *settings)
{
    struct rz_lint_settings own[ZONES_MAX];
    *linted = (struct linted){.status = RZ_OK};
    for (const char *at = text; at;) {
        const char *part = strstr(at, "---\n");
        load_one(linted, (struct rz_str){at, part ? (size_t)(part - at) : strlen(at)}, *settings,
                 &own[linted->count]);
        at = part ? part + 4 : NULL;
    }
    const struct rz_name *apexes[ZONES_MAX];
    for (size_t i = 0; i < linted->count; i++)
        apexes[i] = &linted->apexes[i];
    struct rz_lint_project *project = rz_lint_project_new(apexes, linted->count, settings);
    for (size_t i = 0; i < linted->count; i++)
        rz_lint_project_add(project, &linted->zones[i], &own[i]);
    if (rz_lint_project_check(project, &linted->diags) != RZ_OK)
        linted->status = RZ_INVALID;
    rz_lint_project_free(project);
}

static void unlint(struct linted *linted)
{
    for (size_t i = 0; i < linted->count; i++)
        rz_zone_free(&linted->zones[i]);
    rz_diags_free(&linted->diags);
}

static size_t count_code(const struct linted *linted, int code, enum rz_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < linted->diags.count; i++)
        count += (int)linted->diags.items[i].code == code
                 && linted->diags.items[i].severity == severity;
    return count;
}

static const char *messages(const struct linted *linted)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < linted->diags.count && used < 7000; i++) {
        const struct rz_diag *d = &linted->diags.items[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "\n  %d RZ%d %u: %.200s [%.200s]",
                                 (int)d->severity, (int)d->code, d->line, d->message,
                                 d->hint ? d->hint : "");
    }
    return text;
}

/* Codes that the text may give, ending in 0; nothing else may come. */
static void expect_codes(const char *text, const int codes[4])
{
    struct linted linted;
    struct rz_lint_settings settings = {.errors_only = false};
    lint(&linted, text, &settings);
    size_t expected = 0;
    for (; expected < 4 && codes[expected]; expected++) {
        size_t found = count_code(&linted, codes[expected], RZ_ERROR)
                       + count_code(&linted, codes[expected], RZ_WARNING);
        cr_expect(found > 0, "no RZ%d for\n%s%s", codes[expected], text, messages(&linted));
    }
    cr_expect_eq(linted.diags.count, expected, "%s%s", text, messages(&linted));
    unlint(&linted);
}

Test(lint, examples)
{
    const struct rz_lint_settings settings = {.errors_only = false};
    for (size_t i = 0; rz_lint_example(i); i++) {
        const struct rz_lint_example *example = rz_lint_example(i);
        struct linted linted;
        const struct rz_code_info *info = rz_code_find((int)example->code);
        cr_assert_not_null(info, "RZ%d", (int)example->code);
        lint(&linted, example->passing, &settings);
        cr_expect_eq(linted.diags.count, 0, "RZ%d, passing%s", (int)example->code,
                     messages(&linted));
        cr_expect_eq(linted.status, RZ_OK);
        unlint(&linted);
        if (!example->failing)
            continue;
        lint(&linted, example->failing, &settings);
        cr_expect(count_code(&linted, (int)example->code, (enum rz_severity)info->severity) > 0,
                  "RZ%d, failing:%s", (int)example->code, messages(&linted));
        cr_expect_eq(linted.status, info->severity == RZ_ERROR ? RZ_INVALID : RZ_OK,
                     "RZ%d, failing:%s", (int)example->code, messages(&linted));
        for (size_t k = 0; k < linted.diags.count; k++)
            cr_expect(linted.diags.items[k].hint && linted.diags.items[k].file, "RZ%d:%s",
                      (int)example->code, messages(&linted));
        unlint(&linted);
    }
}

/* Every code of the range has a rule, and no two rules share one. */
Test(lint, codes)
{
    size_t rules = 0, codes = 0;
    for (; rz_lint_example(rules); rules++)
        for (size_t k = 0; k < rules; k++)
            cr_expect_neq(rz_lint_example(k)->code, rz_lint_example(rules)->code);
    for (size_t i = 0; i < rz_codes_count; i++) {
        int code = (int)rz_codes[i].code;
        if ((code < 1200 || code > 1249) && (code < 2100 || code > 2149))
            continue;
        codes++;
        cr_expect_geq(rz_lint_slot(code), 0, "RZ%d", code);
    }
    cr_expect_eq(rules, codes);
    cr_expect_eq(rz_lint_slot(1110), -1);
    cr_expect_eq(rz_lint_slot(1249), -1);
}

#define COM "zone: example.com\nrecords:\n"
#define EDU "zone: example.edu\nrecords:\n"

static const char *const right_zones[] = {
    /* private and documentation addresses where they belong */
    "zone: corp.internal\nrecords:\n  a: {A: 10.0.0.1}\n  \"@\": {MX: 10 mx}\n  mx: {A: 10.0.0.2}\n",
    "zone: home.arpa\nrecords:\n  a: {A: 192.168.1.1, AAAA: \"fd00::1\"}\n",
    "zone: corp.lan\nrecords:\n  a: {A: 192.168.1.1}\n",
    "zone: shop.example\nrecords:\n  a: {A: 192.0.2.1}\n",
    "zone: sub.example.org\nrecords:\n  a: {A: 10.0.0.1}\n",
    EDU "  localhost: {A: 127.0.0.1, AAAA: \"::1\"}\n",
    EDU "  a: {A: [11.0.0.1, 100.128.0.1, 172.32.0.1, 192.169.0.1, 223.255.255.255, 192.0.3.1]}\n",
    EDU "  a: {AAAA: [\"2001:db7::1\", \"2001:4860::8888\", \"3ffe::1\", \"2002::1\", \"::2\"]}\n",
    /* glue, also of a sibling; a delegation that nothing here serves */
    COM
    "  lab: {NS: [ns.lab, ns.dev]}\n  ns.lab: {A: 192.0.2.1}\n  dev: {NS: ns.dev}\n  ns.dev: {A: 192.0.2.2}\n",
    COM "  lab: {NS: lab, A: 192.0.2.1}\n",
    COM "  lab: {NS: ns.mid}\n  mid: {NS: ns.example.net.}\n",
    COM "  \"@\": {NS: ns.deep}\n  \"*.deep\": {AAAA: \"2001:db8::1\"}\n",
    COM "  \"@\": {NS: ns}\n  ns: {ALIAS: ns.example.net.}\n",
    COM "  lab: {NS: ns.example.net., NSEC: m NS NSEC}\n",
    /* targets that exist in some way */
    COM
    "  a: {CNAME: \"@\"}\n  b: {CNAME: x.wild}\n  \"*.wild\": {A: 192.0.2.1}\n  c: {CNAME: up}\n  x.up: {A: 192.0.2.1}\n",
    COM
    "  lab: {NS: ns.example.net.}\n  a: {CNAME: www.lab}\n  b: {MX: 10 mx.lab, TXT: v=spf1 mx -all}\n  _dmarc: {TXT: v=DMARC1; p=none}\n",
    COM "  old: {DNAME: new.example.net.}\n  a: {CNAME: www.old}\n",
    COM "  _s._tcp: {SRV: 0 0 0 .}\n",
    COM "  a: {CNAME: 1.2.0.192.bl}\n  \"*.bl\": {A: 127.0.0.2}\n",
    COM "  a: {CNAME: 2.0.0.192.bl.example.net.}\n",
    COM "  a: {HTTPS: 0 .}\n",
    COM "  a: {CNAME: x.y.}\n",
    /* whole or not */
    "zone: example.com\nignore: [{name: \"ns*\", type: A}]\nnameservers: ns1\n",
    "zone: example.com\nmanage: listed\nrecords:\n  a: {CNAME: b}\n  \"@\": {MX: 10 mx, NS: ns}\n",
    "zone: example.com\nmanage: listed\nsoa: {mname: ns, rname: a@example.com}\n",
    /* mail */
    COM "  \"@\": {MX: 0 .}\n",
    COM "  \"*\": {MX: 10 mx.example.net.}\n  _dmarc: {CNAME: dmarc.example.net.}\n",
    "zone: sub.example.com\nrecords:\n  \"@\": {MX: 10 mx.example.net., TXT: v=spf1 -all}\n",
    COM "  \"@\": {MX: 10 mx.example.net., TXT: v=spf1 -all}\n  _dmarc: {NS: ns.example.net.}\n",
    COM "  a: {TXT: [v=spf10, v=spf1x, \"v=spf2.0/pra\", \"v=spf1\"]}\n",
    COM "  a: {TXT: V=SPF1 MX -ALL}\n",
    COM "  a: {TXT: \"v=spf1  ip4:192.0.2.1/32  ?all \"}\n",
    COM
    "  a: {TXT: \"v=spf1 a mx a:%{d} include:%{ir}.%{v}._spf.%{d2} exists:%{l1r-}.example.net redirect=b.example.net\"}\n",
    COM "  a: {TXT: \"v=spf1 foo=bar exp=%{d} mx/24 a//64 ptr -all\"}\n",
    COM
    "  a: {TXT: \"v=spf1 a:a.net a:b.net a:c.net a:d.net a:e.net a:f.net a:g.net a:h.net a:i.net a:j.net -all\"}\n",
    COM
    "  a: {TXT: \"v=spf1 a:a.net a:b.net a:c.net a:d.net a:e.net a:f.net a:g.net a:h.net a:i.net a:j.net -all redirects=x\"}\n",
    COM "  example.net._report._dmarc: {TXT: v=DMARC1}\n",
    COM "  _dmarc: {TXT: [v=DMARC1;p=None, note]}\n",
    COM
    "  _dmarc: {TXT: \"v=DMARC1; p=reject; fo=1:d:s; ri=3600; adkim=s; aspf=R; np=reject; psd=n; t=y; x=y; ruf=mailto:a@b.net, MAILTO:c@d.net\"}\n",
    COM "  \"*._domainkey\": {TXT: \"v=DKIM1; p=\"}\n",
    COM "  _domainkey: {TXT: \"o=~; r=a@example.com\"}\n",
    COM "  _adsp._domainkey: {TXT: dkim=all}\n",
    COM "  a._domainkey: {TXT: v=something else}\n",
    COM "  a._domainkey: {TXT: \"k=future; p=AAAA\"}\n",
    COM "  a._domainkey: {CNAME: a.dkim.example.net.}\n",
    /* content */
    COM
    "  a: {CAA: ['0 issue \"\"', '0 issue \";\"', '128 issuewild \"ca.example.net; a=b; c=d;\"', '0 iodef \"https://x.example.net\"']}\n",
    COM
    "  a: {CAA: ['0 Issue \"ca.example.net\"', '0 issuemail \" ca.example.net ;x=y\"', '0 contactemail \"a@b.net\"']}\n",
    COM "  a: {TLSA: [3 1 0 00, 255 255 255 0011]}\n",
    COM "  a: {SSHFP: 6 3 0011}\n",
    COM
    "  a: {HTTPS: [1 . alpn=h2 mandatory=alpn, 2 b.example.net. port=8443 ipv4hint=192.0.2.1]}\n",
    COM "  a: {CDS: 0 0 0 00}\n",
    COM "  a: {NS: b.example.net., DS: 1 13 99 00}\n",
    /* names */
    COM
    "  \"*\": {A: 192.0.2.1}\n  a: {CNAME: b.example.net.}\n  _dmarc: {TXT: v=DMARC1; p=none}\n  x: {AAAA: \"2001:db8::1\"}\n",
    COM "  \"*\": {TXT: x}\n  a: {TXT: y}\n",
    COM "  \"*.a\": {A: 192.0.2.1}\n  b: {TXT: y}\n  x.y.a: {A: 192.0.2.1}\n",
    COM "  gc._msdcs: {A: 192.0.2.1}\n",
    COM "  _acme-challenge: {ttl: 1, TXT: x}\n",
    COM
    "  日本ジャパンjp: {A: 192.0.2.1}\n  москва: {A: 192.0.2.1}\n  ελλάδα: {A: 192.0.2.1}\n  straße-2: {A: 192.0.2.1}\n",
    "zone: 2.0.192.in-addr.arpa\nrecords:\n  1: {PTR: www.example.com.}\n",
};

Test(lint, nothing_wrong)
{
    static const int none[4] = {0};
    for (size_t i = 0; i < sizeof right_zones / sizeof *right_zones; i++)
        expect_codes(right_zones[i], none);
}

Test(lint, something_wrong)
{
    static const struct {
        const char *text;
        int codes[4];
    } cases[] = {
        {EDU "  a: {A: 169.254.1.1}\n", {2101}},
        {EDU "  a: {A: 100.127.255.255}\n", {2101}},
        {EDU "  a: {A: 0.0.0.0}\n", {2101}},
        {EDU "  a: {A: 255.255.255.255}\n", {2101}},
        {EDU "  a: {AAAA: \"::ffff:192.0.2.1\"}\n", {2101}},
        {EDU "  a: {AAAA: \"fe80::1\"}\n", {2101}},
        {EDU "  a: {AAAA: \"3fff:fff::1\"}\n", {2102}},
        {EDU "  a: {AAAA: \"2001:db8::1\"}\n", {2102}},
        {COM "  lab: {NS: [ns.lab, ns2.example.net.]}\n", {1211}},
        {COM "  \"@\": {NS: ns}\n", {1211}},
        {COM "  \"@\": {NS: ns}\n  ns: {TXT: x}\n", {1211}},
        {COM "  lab: {NS: ns.example.net., MX: 10 mx.example.net.}\n", {1210}},
        {COM "  lab: {NS: ns.example.net.}\n  x.lab: {NS: y.example.net.}\n", {1210}},
        {COM "  lab: {NS: ns.example.net.}\n  \"*.lab\": {A: 192.0.2.1}\n", {2118}},
        {COM "  lab: {MX: 10 192.0.2.1., TXT: v=spf1 -all}\n  _dmarc: {TXT: v=DMARC1; p=none}\n",
         {1212}},
        {COM "  a: {CNAME: 192.0.2.1.}\n", {1212}},
        {COM "  a: {SRV: 0 0 1 192.0.2.1}\n", {1212}},
        {COM "  a: {SRV: 0 0 1 b}\n  b: {TXT: x}\n", {2113}},
        {COM "  a: {HTTPS: 1 b alpn=h2}\n", {2113}},
        {COM "  a: {CNAME: x.b.wild}\n  \"*.wild\": {A: 192.0.2.1}\n  c.b.wild: {A: 192.0.2.1}\n",
         {2113}},
        {COM "  a: {CNAME: a}\n", {2114}},
        {COM "  a: {CNAME: b}\n  b: {CNAME: c}\n  c: {CNAME: a}\n", {2114}},
        {COM "  a: {CNAME: b}\n  b: {CNAME: c}\n  c: {CNAME: x.example.net.}\n", {2115}},
        {COM "  a: {TXT: v=spf1 ip4:192.0.2 -all}\n", {1216}},
        {COM "  a: {TXT: v=spf1 ip6:192.0.2.1 -all}\n", {1216}},
        {COM "  a: {TXT: v=spf1 ip4:192.0.2.0/33 -all}\n", {1216}},
        {COM "  a: {TXT: \"v=spf1 include: -all\"}\n", {1216}},
        {COM "  a: {TXT: v=spf1 include -all}\n", {1216}},
        {COM "  a: {TXT: v=spf1 mx; -all}\n", {1216}},
        {COM "  a: {TXT: \"v=spf1 a:%x.net -all\"}\n", {1216}},
        {COM "  a: {TXT: \"v=spf1 -all:x\"}\n", {1216}},
        {COM "  a: {TXT: \"v=spf1 a/99 -all\"}\n", {1216}},
        {COM "  a: {TXT: \"v=spf1 exists:%{z} -all\"}\n", {1216}},
        {COM "  a: {TXT: v=spf1 include=x.example.net -all}\n", {2121}},
        {COM "  a: {TXT: v=spf1 all}\n", {2119}},
        {COM
         "  a: {TXT: v=spf1 redirect=b.example.com}\n  b: {TXT: v=spf1 redirect=a.example.com}\n",
         {1215, 1215}},
        {COM "  _dmarc: {TXT: v=DMARC1; p=monitor}\n", {1217}},
        {COM "  _dmarc.x: {TXT: v=DMARC1; p=none; pct=101}\n", {1217}},
        {COM "  _dmarc: {TXT: v=dmarc1; p=none}\n", {2122}},
        {COM "  a._domainkey: {TXT: v=DKIM1}\n", {1218}},
        {COM "  a._domainkey: {TXT: p=AAA*}\n", {1218}},
        {COM "  a._domainkey: {TXT: p=AAAA; v=DKIM1; k=x}\n", {1218}},
        {COM "  a._domainkey: {TXT: v=DKIM1; k=ed25519; p=AAAA}\n", {1218}},
        {COM "  a: {CAA: '0 issue \"https://ca.example.net\"'}\n", {1219}},
        {COM "  a: {CAA: '0 iodef \"a@b.net\"'}\n", {1219}},
        {COM "  a: {CAA: '0 issue \"ca.example.net; x\"'}\n", {1219}},
        {COM "  a: {CAA: '128 hello \"x\"'}\n", {2123}},
        {COM "  a: {TLSA: 4 1 1 00}\n", {1220}},
        {COM "  a: {TLSA: 3 2 1 00}\n", {1220}},
        {COM "  a: {TLSA: 3 1 3 00}\n", {1220}},
        {COM "  a: {CDS: 1 13 2 00}\n", {1221}},
        {COM "  a: {NS: b.example.net., DS: 1 8 4 00}\n", {1221}},
        {COM "  a: {NS: b.example.net., DS: 1 5 99 00}\n", {2105}},
        {COM "  a: {HTTPS: 0 b.example.net. alpn=h2}\n", {2124}},
        {COM "  \"*\": {NS: b.example.net.}\n", {2107}},
        {COM "  \"a*\": {TXT: x}\n", {2107}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_codes(cases[i].text, cases[i].codes);
}

/* `lint:` of rezone.yaml; errors as "code line column". */
static void expect_levels(const char *text, const char *errors, struct rz_lint_settings *settings)
{
    struct rz_arena arena = {0};
    struct rz_diags diags = {0};
    struct rz_source source = {"rezone.yaml", rz_str_of(text)};
    struct rz_field_reader reader = {&source, &arena, &diags};
    RZ_BUFFER_CLEANUP struct rz_buffer got = {0};
    const struct rz_node *root = rz_yaml_load(&source, &arena, NULL, &diags);
    *settings = (struct rz_lint_settings){.errors_only = false};
    enum rz_status status = rz_lint_levels_load(settings, rz_node_get(root, "lint"), &reader);
    for (size_t i = 0; i < diags.count; i++) {
        rz_buffer_printf(&got, "%d %u %u\n", (int)diags.items[i].code, diags.items[i].line,
                         diags.items[i].column);
        cr_expect(diags.items[i].hint || diags.items[i].code == RZ1005);
    }
    cr_expect_str_eq(got.data ? got.data : "", errors, "%s", text);
    cr_expect_eq(status, *errors ? RZ_INVALID : RZ_OK);
    rz_diags_free(&diags);
    rz_arena_free(&arena);
}

Test(lint, levels)
{
    struct rz_lint_settings settings;
    struct linted linted;
    expect_levels("lint: {RZ2103: error, RZ1210: warning, RZ2118: off, RZ1201: note}\n", "",
                  &settings);
    lint(
        &linted,
        COM
        "  lab: {NS: ns.example.net.}\n  a.lab: {TXT: x, A: 192.0.2.1}\n  b: {CNAME: c.example.net., TXT: x}\n",
        &settings);
    cr_expect_eq(linted.status, RZ_OK);
    cr_expect(linted.diags.count == 2 && count_code(&linted, 1210, RZ_WARNING) == 1
                  && count_code(&linted, 1201, RZ_NOTE) == 1,
              "%s", messages(&linted));
    cr_expect(linted.diags.errors == 0 && linted.diags.warnings == 1);
    unlint(&linted);
    lint(&linted, COM "  a: {ttl: 1, A: 192.0.2.1}\n", &settings);
    cr_expect(linted.status == RZ_INVALID && count_code(&linted, 2103, RZ_ERROR) == 1, "%s",
              messages(&linted));
    unlint(&linted);
    settings.errors_only = true;
    lint(&linted, COM "  a: {ttl: 1, A: 192.0.2.1}\n  lab: {NS: ns.example.net., TXT: x}\n",
         &settings);
    cr_expect(linted.status == RZ_INVALID && linted.diags.count == 1
                  && count_code(&linted, 2103, RZ_ERROR) == 1,
              "%s", messages(&linted));
    unlint(&linted);

    expect_levels("lint:\n", "", &settings);
    expect_levels("a: b\n", "", &settings);
    expect_levels("lint: [RZ2101]\n", "1005 1 7\n", &settings);
    expect_levels(
        "lint:\n  RZ2111: bad\n  RZ2911: off\n  RZ1110: off\n  rz2101: off\n  RZ21011: [x]\n  RZ2101: [x]\n",
        "1006 2 11\n1004 3 3\n1004 4 3\n1004 5 3\n1004 6 3\n1006 7 11\n", &settings);
}

Test(lint, allow)
{
    static const struct {
        const char *head;
        int code;
    } heads[] = {
        {"lint: {allow: [RZ1203, RZ2113], reason: because}\n", 0},
        {"lint: {allow: RZ1203, reason: because}\n", 0},
        {"lint:\n", 1203},
        {"lint: {allow: [], reason: x}\n", 1203},
        {"lint: {allow: [RZ1203]}\n", 1007},
        {"lint: {reason: x}\n", 1007},
        {"lint: {allow: [RZ12033], reason: x}\n", 1006},
        {"lint: {allow: [[RZ1203]], reason: x}\n", 1006},
        {"lint: [RZ1203]\n", 1005},
        {"lint: {allowed: [RZ1203], reason: x}\n", 1004},
    };
    const struct rz_lint_settings settings = {.errors_only = false};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct linted linted;
        char text[256];
        snprintf(text, sizeof text,
                 "zone: example.com\n%srecords: {a: {CNAME: b.example.net.}, s: {SRV: 0 0 1 a}}\n",
                 heads[i].head);
        lint(&linted, text, &settings);
        cr_expect_eq(linted.status, heads[i].code ? RZ_INVALID : RZ_OK, "%s", heads[i].head);
        cr_expect(heads[i].code ? count_code(&linted, heads[i].code, RZ_ERROR) == 1
                                : linted.diags.count == 0,
                  "%s%s", heads[i].head, messages(&linted));
        unlint(&linted);
    }
}

/* Many findings of a kind do not drown the others; errors are all told. */
Test(lint, shown)
{
    const struct rz_lint_settings settings = {.errors_only = false};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct linted linted;
    rz_buffer_text(&text, COM);
    for (int i = 0; i < 30; i++)
        rz_buffer_printf(&text, "  a%d: {ttl: 1, A: 192.0.2.1, DS: 1 13 2 00}\n", i);
    lint(&linted, text.data, &settings);
    cr_expect_eq(count_code(&linted, 2103, RZ_WARNING), RZ_LINT_SHOWN, "%s", messages(&linted));
    cr_expect_eq(count_code(&linted, 1221, RZ_ERROR), 30);
    size_t told = 0;
    for (size_t i = 0; i < linted.diags.count; i++)
        if (linted.diags.items[i].code == RZ2103 && linted.diags.items[i].related) {
            cr_expect_str_eq(linted.diags.items[i].related, "and 50 more like it in the zone");
            told++;
        }
    cr_expect_eq(told, 1);
    unlint(&linted);
}

Test(lint, project)
{
    static const struct {
        const char *text;
        int codes[4];
    } cases[] = {
        {COM
         "  a: {CNAME: x.example.net.}\n---\nzone: example.net\nrecords:\n  y: {A: 192.0.2.1}\n",
         {2113}},
        {COM
         "  a: {CNAME: x.example.net.}\n---\nzone: example.net\nrecords:\n  \"*\": {A: 192.0.2.1}\n",
         {0}},
        {COM
         "  a: {CNAME: x.example.net.}\n---\nzone: example.net\nrecords:\n  z.x: {A: 192.0.2.1}\n",
         {0}},
        {COM
         "  a: {CNAME: x.y.example.net.}\n---\nzone: example.net\nrecords:\n  \"*\": {A: 192.0.2.1}\n  z.y: {A: 192.0.2.1}\n",
         {2113}},
        {COM
         "  a: {CNAME: x.y.example.net.}\n---\nzone: example.net\nrecords:\n  y: {NS: ns.example.org.}\n",
         {0}},
        {COM
         "  a: {CNAME: x.y.example.net.}\n---\nzone: example.net\nrecords:\n  y: {DNAME: example.org.}\n",
         {0}},
        {COM
         "  a: {CNAME: x.example.net.}\n---\nzone: example.net\nrecords:\n  \"@\": {DNAME: example.org.}\n",
         {0}},
        {COM "  a: {CNAME: x.example.net.}\n---\nzone: example.net\nmanage: listed\n", {0}},
        {COM "  a: {CNAME: example.net.}\n---\nzone: example.net\n", {0}},
        {COM "  a: {SRV: 0 0 1 x.example.net.}\n---\nzone: example.net\nrecords:\n  x: {TXT: x}\n",
         {2113}},
        {"zone: example.com\nlint: {allow: RZ2113, reason: x}\nrecords:\n  a: {CNAME: x.example.net.}\n---\nzone: example.net\n",
         {0}},
        {COM
         "  lab: {NS: ns.lab}\n  ns.lab: {A: 192.0.2.1}\n  a: {CNAME: b.lab}\n---\nzone: lab.example.com\nrecords:\n  ns: {A: 192.0.2.1}\n",
         {2113}},
        {COM
         "  a: {CNAME: b}\n  b: {CNAME: c.example.net.}\n---\nzone: example.net\nrecords:\n  c: {CNAME: d}\n  d: {CNAME: c}\n",
         {2114}},
        {COM "  a: {TXT: x}\n---\nzone: x.y.example.com\n", {2117}},
        {COM "  y: {NS: ns.example.net.}\n---\nzone: x.y.example.com\n", {0}},
        {"zone: example.com\nmanage: listed\n---\nzone: x.y.example.com\n", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_codes(cases[i].text, cases[i].codes);
}
