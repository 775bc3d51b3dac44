/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone documents: what they give, what they refuse, and that writing and reading agree. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/zone_document.h"

struct loaded {
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_diags diags;
    enum rz_status status;
};

static const struct rz_variable variables[] = {{"ip", "192.0.2.7"}, {"site", "berlin"}};

static void load(struct loaded *loaded, const char *text, size_t size, enum rz_zone_format format)
{
    struct rz_name apex;
    const char *why;
    rz_name_parse(&apex, RZ_STR("example.com"), NULL, &why);
    struct rz_source source = {"zones/example.com.yaml", {text, size}};
    struct rz_zone_document_options options = {.format = format,
                                               .apex = apex.wire,
                                               .default_ttl = 3600,
                                               .variables = {variables, 2},
                                               .override_count = 1,
                                               .project_dir = -1};
    *loaded = (struct loaded){0};
    loaded->status = rz_zone_document_load(&loaded->zone, &loaded->settings, &source, &options,
                                           &loaded->diags);
}

static void unload(struct loaded *loaded)
{
    rz_zone_free(&loaded->zone);
    rz_diags_free(&loaded->diags);
}

/* "owner ttl type rdata" lines of a zone, relative owners. */
static void dump(struct rz_buffer *out, const struct rz_zone *zone)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    for (size_t i = 0; i < zone->count; i++)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]); rz_rdata_next(&c);) {
            const struct rz_rrset *r = &zone->rrsets[i];
            rz_buffer_printf(out, "%s %u %s ",
                             rz_name_text_relative(owner, r->owner, zone->apex.wire), r->ttl,
                             rz_rtype_text(type, r->type));
            rz_rdata_print(out, r->type, c.wire, c.size);
            rz_buffer_char(out, '\n');
        }
}

static void expect_zone(const char *text, enum rz_zone_format format, const char *expected)
{
    struct loaded loaded;
    struct rz_buffer lines = {0};
    load(&loaded, text, strlen(text), format);
    cr_assert_eq(loaded.status, RZ_OK, "%s\n%s", text,
                 loaded.diags.count ? loaded.diags.items[0].message : "");
    dump(&lines, &loaded.zone);
    cr_expect(strcmp(lines.data ? lines.data : "", expected) == 0, "%s\ngave\n%s", text,
              lines.data);
    rz_buffer_free(&lines);
    unload(&loaded);
}

Test(zone_document, native_forms)
{
    expect_zone("ttl: 5m\n"
                "nameservers: [ns1.example.net., ns2.example.net.]\n"
                "soa: {mname: ns1.example.net., rname: host.master@example.com, ttl: 1d}\n"
                "records:\n"
                "  '@':\n"
                "    MX:\n"
                "      - 10 mx\n"
                "      - {preference: 20, exchange: mx.example.net.}\n"
                "    TXT: v=spf1 -all; \"quoted\" \\ text\n"
                "  mx: {A: 192.0.2.1, AAAA: '2001:db8::1'}\n"
                "  www: {ttl: 1m, CNAME: '@'}\n"
                "  api: {A: {values: [192.0.2.3, 192.0.2.2], ttl: 30, comment: two}}\n"
                "  gone: null\n"
                "  half: {A: null, AAAA: '::1'}\n"
                "  '*.dev': {A: 192.0.2.9}\n"
                "  bücher: {TXT: ''}\n"
                "  odd: {TYPE65280: '\\# 2 abcd', TXT: {strings: [a, b]}}\n",
                RZ_FORMAT_NATIVE,
                "@ 300 NS ns1.example.net.\n@ 300 NS ns2.example.net.\n"
                "@ 86400 SOA ns1.example.net. host\\.master.example.com. 0 7200 3600 1209600 3600\n"
                "@ 300 MX 10 mx.example.com.\n@ 300 MX 20 mx.example.net.\n"
                "@ 300 TXT \"v=spf1 -all; \\\"quoted\\\" \\\\ text\"\n"
                "api 30 A 192.0.2.2\napi 30 A 192.0.2.3\n"
                "*.dev 300 A 192.0.2.9\nhalf 300 AAAA ::1\n"
                "mx 300 A 192.0.2.1\nmx 300 AAAA 2001:db8::1\n"
                "odd 300 TXT \"a\" \"b\"\nodd 300 TYPE65280 \\# 2 abcd\n"
                "www 60 CNAME example.com.\n"
                "xn--bcher-kva 300 TXT \"\"\n");
}

Test(zone_document, variables_come_from_the_command_line_the_document_and_the_project)
{
    expect_zone("records:\n  \"${site}-1\": {A: \"${ip}\", TXT: \"$${ip} of ${zone} in ${room}\"}\n"
                "vars: {ip: 10.0.0.1, site: paris, room: \"r-${site}\"}\n",
                RZ_FORMAT_NATIVE,
                "paris-1 3600 A 192.0.2.7\nparis-1 3600 TXT \"${ip} of example.com in r-paris\"\n");
}

Test(zone_document, merge_keys_and_anchors)
{
    expect_zone("records:\n  a: &base\n    A: 192.0.2.1\n    TXT: x\n"
                "  b:\n    <<: *base\n    TXT: y\n  c: *base\n",
                RZ_FORMAT_NATIVE,
                "a 3600 A 192.0.2.1\na 3600 TXT \"x\"\nb 3600 A 192.0.2.1\nb 3600 TXT \"y\"\n"
                "c 3600 A 192.0.2.1\nc 3600 TXT \"x\"\n");
}

Test(zone_document, scalars_stay_text)
{
    expect_zone(
        "records:\n  NO: {TXT: NO}\n  1e3: {TXT: 0x10}\n  '12:30': {TXT: 12:30}\n  0777: {TXT: 0777}\n",
        RZ_FORMAT_NATIVE,
        "0777 3600 TXT \"0777\"\n12\\:30 3600 TXT \"12:30\"\n1e3 3600 TXT \"0x10\"\nno 3600 TXT \"NO\"\n");
}

Test(zone_document, octodns_form)
{
    expect_zone(
        "---\n'':\n  - type: MX\n    values:\n    - {preference: 10, exchange: mx.example.net.}\n"
        "    - {priority: 20, value: mx2.example.net.}\n"
        "  - {type: TXT, ttl: 60, value: 'v=DKIM1\\; k=rsa'}\n"
        "www: {type: CNAME, value: example.com., octodns: {ignored: false}}\n"
        "left: {type: A, value: 192.0.2.1, octodns: {ignored: true}}\n"
        "_sip._tcp: {type: SRV, value: {priority: 1, weight: 2, port: 5060, target: sip.example.net.}}\n"
        "svc: {type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: {alpn: [h2, h3]}}}\n",
        RZ_FORMAT_OCTODNS,
        "@ 3600 MX 10 mx.example.net.\n@ 3600 MX 20 mx2.example.net.\n@ 60 TXT \"v=DKIM1; k=rsa\"\n"
        "_sip._tcp 3600 SRV 1 2 5060 sip.example.net.\n"
        "svc 3600 HTTPS 1 . alpn=h2,h3\nwww 3600 CNAME example.com.\n");
}

struct refusal {
    const char *text;
    int code;
    unsigned line, column;
};

static const struct refusal refusals[] = {
    {"records:\n  a: {A: 300.1.1.1}\n", 1104, 2, 10},
    {"records:\n  a: {a: 192.0.2.1}\n", 1103, 2, 7},
    {"records:\n  a: {AB: x}\n", 1103, 2, 7},
    {"records:\n  a: {tll: 5, A: 192.0.2.1}\n", 1004, 2, 7},
    {"recrods: {}\n", 1004, 1, 1},
    {"records:\n  a: {A: 192.0.2.1}\n  a: {AAAA: '::1'}\n", 1002, 3, 3},
    {"records:\n  a: {A: 192.0.2.1, A: 192.0.2.2}\n", 1002, 2, 21},
    {"records:\n  a: {A: 192.0.2.1}\n  A: {A: 192.0.2.2}\n", 1110, 3, 10},
    {"records:\n  a: {A: [192.0.2.1, 192.0.2.1]}\n", 1111, 2, 22},
    {"records:\n  a.example.net.: {A: 192.0.2.1}\n", 1102, 2, 3},
    {"records:\n  a..b: {A: 192.0.2.1}\n", 1101, 2, 3},
    {"records:\n  www.example.com: {A: 192.0.2.1}\n", 1105, 2, 3},
    {"records:\n  a: {CNAME: www.example.net}\n", 1105, 2, 14},
    {"records:\n  a: {MX: 10 mail.example.org}\n", 1105, 2, 14},
    {"records:\n  a: {MX: {preference: 10, exchange: mail.example.org}}\n", 1105, 2, 38},
    {"records:\n  a: {ttl: 99999999999, A: 192.0.2.1}\n", 1106, 2, 12},
    {"records:\n  a: {ttl: 1h30, A: 192.0.2.1}\n", 1106, 2, 12},
    {"records:\n  *.dev: {A: 192.0.2.1}\n", 1001, 2, 4},
    {"records:\n  @: {A: 192.0.2.1}\n", 1001, 2, 3},
    {"records:\n\ta: {A: 192.0.2.1}\n", 1001, 2, 1},
    {"records:\n  a: {A: \"${nowhere}\"}\n", 1011, 2, 13},
    {"records:\n  a: *b\n", 1010, 2, 6},
    {"records: []\n", 1005, 1, 10},
    {"- a\n", 1005, 1, 1},
    {"records:\n  a: {A: []}\n", 1005, 2, 10},
    {"records:\n  a: {MX: [{preference: 1, exchange: b, ttl: 5m}]}\n", 1004, 2, 41},
    {"records:\n  a: {A: {rdata: 192.0.2.1, tll: 5m}}\n", 1004, 2, 29},
    {"records:\n  a: {TXT: {strings: [x], tll: 5m}}\n", 1004, 2, 27},
    {"records:\n  a: {CNAME: b, TXT: x}\n", 1201, 2, 14},
    {"a: 1\n---\nb: 2\n", 1001, 2, 1},
    {"records: {a: {TXT: \"\xff\"}}\n", 1009, 1, 21},
};

Test(zone_document, each_mistake_has_its_code_and_place)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        struct loaded loaded;
        load(&loaded, r->text, strlen(r->text), RZ_FORMAT_NATIVE);
        cr_expect_eq(loaded.status, RZ_INVALID, "%s was accepted", r->text);
        cr_assert_geq(loaded.diags.count, 1, "%s", r->text);
        const struct rz_diag *d = &loaded.diags.items[0];
        cr_expect((int)d->code == r->code && d->line == r->line && d->column == r->column,
                  "%s\nexpected RZ%d at %u:%u, got RZ%d at %u:%u: %s", r->text, r->code, r->line,
                  r->column, (int)d->code, d->line, d->column, d->message);
        unload(&loaded);
    }
}

Test(zone_document, all_errors_of_a_file_are_reported_at_once)
{
    const char *text =
        "records:\n  a: {A: x}\n  b: {AAAA: y, MX: z}\n  c..d: {A: 192.0.2.1}\nfoo: 1\n";
    struct loaded loaded;
    load(&loaded, text, strlen(text), RZ_FORMAT_NATIVE);
    cr_expect_eq(loaded.diags.errors, 5);
    unload(&loaded);
}

Test(zone_document, bombs_are_refused)
{
    struct rz_buffer text = {0};
    rz_buffer_text(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++)
        rz_buffer_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                         i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    struct loaded loaded;
    load(&loaded, text.data, text.size, RZ_FORMAT_NATIVE);
    cr_assert_geq(loaded.diags.count, 1);
    cr_expect_eq((int)loaded.diags.items[0].code, 1003);
    unload(&loaded);
    rz_buffer_reset(&text);
    rz_buffer_pad(&text, '[', 100000);
    load(&loaded, text.data, text.size, RZ_FORMAT_NATIVE);
    cr_expect_eq((int)loaded.diags.items[0].code, 1003);
    unload(&loaded);
    rz_buffer_free(&text);
}

/* A zone with all that is hard. */
static const char hard[] =
    "ttl: 1h\nsoa: {mname: ns1, rname: root, ttl: 2h}\nnameservers: [ns1]\nrecords:\n"
    "  ns1: {A: 192.0.2.1, AAAA: '2001:db8::53'}\n"
    "  'a\\.b': {TXT: {rdata: '\"\\255\\000\" \"x\"'}}\n"
    "  '*': {TXT: \" lead: # not a comment, - x\"}\n"
    "  t1: {TXT: \"line\\nbreak\\ttab \\x01 \\u2028 \\uFEFF \\x85 end \"}\n"
    "  t2: {TXT: [yes, 'null', '~', '', '- a', '? b', '%x', '!t', '&a', '*b', '|', '>', '@', '`', '{a}', \"'\"]}\n"
    "  yes: {TXT: 'true'}\n  'null': {ttl: 5, A: 192.0.2.2, TXT: {values: z, ttl: 7}}\n"
    "  abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk: {A: 192.0.2.3}\n"
    "  sub: {NS: [ns.sub, ns1], DS: 1 8 2 ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789}\n"
    "  ns.sub: {A: 192.0.2.4}\n"
    "  svc: {HTTPS: ['1 . alpn=h2 key65333=\"a b\"', '0 ns1']}\n"
    "  n: {NAPTR: '100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:\\\\1@example.com!\" .'}\n"
    "  l: {LOC: 52 22 23 N 4 53 32 E -2m 0m 10000m 10m}\n"
    "  u: {TYPE65280: '\\# 0', TYPE731: '\\# 3 abcdef'}\n"
    "  e: {CAA: [0 issue \"ca;x\", {tag: iodef, value: 'mailto:a@b'}], URI: 1 2 \"http://x/?a=b\"}\n"
    "  m: {MX: [10 ns1, 20 mail.example.net.], SRV: 0 0 1 ns1}\n";

Test(zone_document, what_is_written_reads_back_the_same)
{
    struct loaded first, second;
    load(&first, hard, sizeof hard - 1, RZ_FORMAT_NATIVE);
    cr_assert_eq(first.status, RZ_OK, "%s", first.diags.count ? first.diags.items[0].message : "");
    struct rz_buffer text = {0};
    rz_zone_document_write(&text, &first.zone, false);
    load(&second, text.data, text.size, RZ_FORMAT_NATIVE);
    cr_assert_eq(second.status, RZ_OK, "%u: %s\n%s",
                 second.diags.count ? second.diags.items[0].line : 0,
                 second.diags.count ? second.diags.items[0].message : "", text.data);
    struct rz_buffer one = {0}, two = {0};
    dump(&one, &first.zone);
    dump(&two, &second.zone);
    cr_expect(strcmp(one.data, two.data) == 0, "%s\n%s\n%s", one.data, two.data, text.data);
    cr_expect(rz_hash_equal(first.zone.fingerprint, second.zone.fingerprint));
    rz_buffer_free(&one);
    rz_buffer_free(&two);
    rz_buffer_free(&text);
    unload(&first);
    unload(&second);
}
