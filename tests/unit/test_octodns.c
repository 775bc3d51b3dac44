/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone documents in OctoDNS form and as master files, and what all forms share: the apex from a file's
 * name, settings, values by fields. */
#include <criterion/criterion.h>

#include "dns/rtype.h"
#include "language/zone_document.h"

struct loaded {
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_diags diags;
    enum rz_status status;
};

static void load(struct loaded *loaded, struct rz_str text, enum rz_zone_format format)
{
    static const uint8_t apex[] = "\7example\3com";
    struct rz_source source = {"zones/example.com.yaml", text};
    struct rz_zone_document_options options = {
        .format = format, .apex = apex, .default_ttl = 300, .project_dir = -1};
    *loaded = (struct loaded){0};
    loaded->status = rz_zone_document_load(&loaded->zone, &loaded->settings, &source, &options,
                                           &loaded->diags);
}

static void unload(struct loaded *loaded)
{
    rz_zone_free(&loaded->zone);
    rz_diags_free(&loaded->diags);
}

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
    load(&loaded, rz_str_of(text), format);
    cr_expect_eq(loaded.status, RZ_OK, "%s\n%s", text,
                 loaded.diags.count ? loaded.diags.items[0].message : "");
    dump(&lines, &loaded.zone);
    cr_expect(rz_str_is(rz_buffer_view(&lines), expected), "%s\ngave\n%s", text, lines.data);
    rz_buffer_free(&lines);
    unload(&loaded);
}

Test(octodns, records)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"---\n", ""},
        {"'': {type: A, value: 192.0.2.1}\n", "@ 3600 A 192.0.2.1\n"},
        {"a: {type: A, ttl: 60, values: [192.0.2.2, 192.0.2.1]}\n",
         "a 60 A 192.0.2.1\na 60 A 192.0.2.2\n"},
        {"a:\n- {type: A, value: 192.0.2.1}\n- {type: AAAA, value: '::1'}\n",
         "a 3600 A 192.0.2.1\na 3600 AAAA ::1\n"},
        {"t: {type: TXT, values: ['a\\; b', 'c\\\\d', '']}\n",
         "t 3600 TXT \"\"\nt 3600 TXT \"a; b\"\nt 3600 TXT \"c\\\\\\\\d\"\n"},
        {"c: {type: CAA, value: {flags: 0, tag: issue, value: ca.example}}\n",
         "c 3600 CAA 0 issue \"ca.example\"\n"},
        {"l: {type: LOC, value: 52 22 23 N 4 53 32 E -2m}\n",
         "l 3600 LOC 52 22 23 N  4 53 32 E  -2m  1m 10000m 10m\n"},
        {"s: {type: SSHFP, values: [{algorithm: 4, fingerprint_type: 2, fingerprint: "
         "123456789abcdef67890123456789abcdef67890123456789abcdef123456789"
         "}]}\n",
         "s 3600 SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789\n"},
        {"u: {type: URI, value: {priority: 1, weight: 2, target: 'http://x'}}\nd: {type: DNAME, value: x.}\n",
         "d 3600 DNAME x.\nu 3600 URI 1 2 \"http://x\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_zone(cases[i][0], RZ_FORMAT_OCTODNS, cases[i][1]);
}

Test(octodns, options)
{
    struct loaded loaded;
    load(
        &loaded,
        RZ_STR(
            "a: {type: A, value: 192.0.2.1, octodns: {ignored: true}}\nb: {type: MX, octodns: {ignored: 'TRUE'}}\n"
            "c: {type: A, value: 192.0.2.1, octodns: {ignored: false, cloudflare: {proxied: true}}}\nd: {type: A, value: 192.0.2.1, octodns: ~}\n"),
        RZ_FORMAT_OCTODNS);
    cr_expect_eq(loaded.status, RZ_OK);
    cr_expect_eq(loaded.zone.count, 2);
    cr_assert_eq(loaded.settings.ignore_count, 2);
    cr_expect(strcmp(loaded.settings.ignore[1].name, "b") == 0
              && loaded.settings.ignore[1].type == RZ_TYPE_MX);
    cr_assert_eq(loaded.diags.count, 1);
    cr_expect((int)loaded.diags.items[0].code == 1301
              && loaded.diags.items[0].severity == RZ_WARNING && loaded.diags.items[0].line == 3);
    unload(&loaded);
}

static const struct error_case {
    enum rz_zone_format format;
    const char *text;
    int code;
    unsigned line, column;
} errors[] = {
    {RZ_FORMAT_OCTODNS, "- a\n", 1005, 1, 1},
    {RZ_FORMAT_OCTODNS, "x\n", 1005, 1, 1},
    {RZ_FORMAT_OCTODNS, "a: b\n", 1005, 1, 4},
    {RZ_FORMAT_OCTODNS, "a: [b]\n", 1005, 1, 5},
    {RZ_FORMAT_OCTODNS, "a: {value: x}\n", 1007, 1, 4},
    {RZ_FORMAT_OCTODNS, "a: {type: [A], value: x}\n", 1007, 1, 4},
    {RZ_FORMAT_OCTODNS, "a: {type: A}\n", 1007, 1, 4},
    {RZ_FORMAT_OCTODNS, "a: {type: A, value: ~}\n", 1007, 1, 4},
    {RZ_FORMAT_OCTODNS, "a: {type: FOO, value: x}\n", 1103, 1, 11},
    {RZ_FORMAT_OCTODNS, "a: {type: A, ttl: x, value: 192.0.2.1}\n", 1106, 1, 19},
    {RZ_FORMAT_OCTODNS, "a: {type: A, ttl: [5], value: 192.0.2.1}\n", 1106, 1, 19},
    {RZ_FORMAT_OCTODNS, "a: {type: A, values: [[x]]}\n", 1005, 1, 23},
    {RZ_FORMAT_OCTODNS, "a: {type: A, value: x}\n", 1104, 1, 21},
    {RZ_FORMAT_OCTODNS, "a: {type: A, geo: {}, value: 192.0.2.1}\n", 1004, 1, 14},
    {RZ_FORMAT_OCTODNS, "a: {type: A, vlaue: 192.0.2.1}\n", 1004, 1, 14},
    {RZ_FORMAT_OCTODNS, "a..b: {type: A, value: 192.0.2.1}\n", 1101, 1, 1},
    {RZ_FORMAT_OCTODNS, "<<: {type: A, value: 192.0.2.1}\n", 1010, 1, 1},
    {RZ_FORMAT_OCTODNS, "a: {type: CNAME, value: www.example.net}\n", 1105, 1, 25},
    {RZ_FORMAT_OCTODNS, "a: {type: MX, value: {preference: 1, priority: 2, value: x.}}\n", 1104, 1,
     38},
    {RZ_FORMAT_OCTODNS, "a: {type: TXT, value: {a: b}}\n", 1005, 1, 23},
    {RZ_FORMAT_ZONEFILE, "a A x\n", 1104, 1, 5},
    {RZ_FORMAT_ZONEFILE, "a A 192.0.2.1\na 5 A 192.0.2.2\n", 1112, 2, 1},
    {RZ_FORMAT_ZONEFILE, "a CNAME b\na TXT x\n", 1201, 1, 1},
    {RZ_FORMAT_NATIVE, "", 1005, 1, 1},
    {RZ_FORMAT_NATIVE, "records: {a: x}\n", 1005, 1, 14},
    {RZ_FORMAT_NATIVE, "records: {a: {A: [[x]]}}\n", 1005, 1, 19},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: [~]}}\n", 1005, 1, 21},
    {RZ_FORMAT_NATIVE, "records: {a: {A: {values: [192.0.2.1], tll: 5}}}\n", 1004, 1, 40},
    {RZ_FORMAT_NATIVE, "records: {a: {A: {foo: 1}}}\n", 1104, 1, 19},
    {RZ_FORMAT_NATIVE, "records: {a: {MX: {preference: 1}}}\n", 1007, 1, 19},
    {RZ_FORMAT_NATIVE, "records: {a: {MX: {preference: [1], exchange: x}}}\n", 1005, 1, 32},
    {RZ_FORMAT_NATIVE, "records: {a: {HTTPS: {priority: {a: b}, target: {c: d}}}}\n", 1005, 1, 49},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: {foo: 1}}}\n", 1005, 1, 20},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: {strings: [[x]]}}}\n", 1005, 1, 31},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: {strings: []}}}\n", 1005, 1, 30},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: {strings: x}}}\n", 1005, 1, 30},
    {RZ_FORMAT_NATIVE, "records: {a: {A: {ttl: x, values: [192.0.2.1]}}}\n", 1106, 1, 24},
    {RZ_FORMAT_NATIVE, "records: {a: {FOOBAR: x}}\n", 1103, 1, 15},
    {RZ_FORMAT_NATIVE, "records: {a: {ANY: x}}\n", 1103, 1, 15},
    {RZ_FORMAT_NATIVE, "ttl: x\n", 1106, 1, 6},
    {RZ_FORMAT_NATIVE, "ttl: [1]\n", 1106, 1, 6},
    {RZ_FORMAT_NATIVE, "soa: x\n", 1005, 1, 6},
    {RZ_FORMAT_NATIVE, "soa: {mname: a}\n", 1007, 1, 6},
    {RZ_FORMAT_NATIVE, "soa: {mname: a, rname: b, ttl: x}\n", 1106, 1, 32},
    {RZ_FORMAT_NATIVE, "soa: {mname: a, rname: b, retry: 70y}\n", 1006, 1, 34},
    {RZ_FORMAT_NATIVE, "soa: {mname: a..b, rname: b}\n", 1104, 1, 6},
    {RZ_FORMAT_NATIVE, "ignore: x\n", 1005, 1, 9},
    {RZ_FORMAT_NATIVE, "ignore: [[x]]\n", 1005, 1, 10},
    {RZ_FORMAT_NATIVE, "ignore: [\"x FOO\"]\n", 1103, 1, 10},
    {RZ_FORMAT_NATIVE, "protect: [{nmae: x}]\n", 1004, 1, 12},
    {RZ_FORMAT_NATIVE, "vars: []\n", 1005, 1, 7},
    {RZ_FORMAT_NATIVE, "vars: {a: '${b}'}\n", 1011, 1, 14},
    {RZ_FORMAT_NATIVE, "manage: some\n", 1006, 1, 9},
    {RZ_FORMAT_NATIVE, "records: {a: {TXT: '${nope}'}}\n", 1011, 1, 23},
    {RZ_FORMAT_NATIVE, "nameservers: a.b.com\n", 1105, 1, 14},
    {RZ_FORMAT_NATIVE, "soa: {mname: x, rname: y}\nrecords: {'@': {SOA: a b 1 2 3 4 5}}\n", 1110, 1,
     6},
};

Test(zone_document_forms, each_mistake_has_its_code_and_place)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct loaded loaded;
        load(&loaded, rz_str_of(errors[i].text), errors[i].format);
        cr_expect_eq(loaded.status, RZ_INVALID, "%s", errors[i].text);
        cr_assert_geq(loaded.diags.count, 1, "%s", errors[i].text);
        const struct rz_diag *d = &loaded.diags.items[0];
        cr_expect((int)d->code == errors[i].code && d->line == errors[i].line
                      && d->column == errors[i].column,
                  "%s: RZ%d at %u:%u: %s", errors[i].text, (int)d->code, d->line, d->column,
                  d->message);
        cr_expect_eq(loaded.diags.errors, 1, "%s: %zu errors", errors[i].text, loaded.diags.errors);
        unload(&loaded);
    }
}

Test(zone_document_forms, native_odds_and_ends)
{
    static const char *const cases[][2] = {
        {"{}", ""},
        {"records:\nnameservers:\nsoa:\nttl:\nvars:\nignore:\n", ""},
        {"records: {a: {ttl: 5, comment: x, A: {values: 192.0.2.1, comment: y}}}\n",
         "a 5 A 192.0.2.1\n"},
        {"records: {a: {TXT: {rdata: '\"a\" b'}}}\n", "a 300 TXT \"a\" \"b\"\n"},
        {"records: {a: {A: {rdata: '\\# 4 01020304'}}}\n", "a 300 A 1.2.3.4\n"},
        {"records: {a: {MX: {preference: 1, exchange: m, ttl: 9, comment: x}}}\n",
         "a 9 MX 1 m.example.com.\n"},
        {"records: {a: {HTTPS: {priority: 1, target: ., params: {alpn: [h2, h3], no-default-alpn: , port: 443}}}}\n",
         "a 300 HTTPS 1 . alpn=h2,h3 no-default-alpn port=443\n"},
        {"records: {a: {HTTPS: {priority: 1, target: ., params: ~}}}\n", "a 300 HTTPS 1 .\n"},
        {"records: {a: {SVCB: '1 Svc.Example.NET.'}}\n", "a 300 SVCB 1 svc.example.net.\n"},
        {"soa: {mname: m, rname: 'a\\@b', ttl: 7}\n",
         "@ 7 SOA m.example.com. a\\@b.example.com. 0 7200 3600 1209600 3600\n"},
        {"soa: {mname: '@', rname: '@'}\n",
         "@ 300 SOA example.com. example.com. 0 7200 3600 1209600 3600\n"},
        {"soa: {mname: m, rname: j.doe@example.org}\n",
         "@ 300 SOA m.example.com. j\\.doe.example.org. 0 7200 3600 1209600 3600\n"},
        {"records: {'www.example.com.example.com.': {A: 192.0.2.1}}\n",
         "www.example.com 300 A 192.0.2.1\n"},
        {"records: {www.example.com.: {A: 192.0.2.1}}\n", "www 300 A 192.0.2.1\n"},
        {"records: {a: {CNAME: b.com}, b.com: {A: 192.0.2.1}}\n",
         "a 300 CNAME b.com.example.com.\nb.com 300 A 192.0.2.1\n"},
        {"records: {a: {CNAME: b.c.com}, '*.com': {A: 192.0.2.1}}\n",
         "a 300 CNAME b.c.com.example.com.\n*.com 300 A 192.0.2.1\n"},
        {"records: {a: {CNAME: 'b\\.com'}}\n", "a 300 CNAME b\\.com.example.com.\n"},
        {"records: {a: {NAPTR: '1 2 \"u\" \"s\" \"!x y.com !\" .'}}\n",
         "a 300 NAPTR 1 2 \"u\" \"s\" \"!x y.com !\" .\n"},
        {"records: {a: {HTTPS: '1 . key65333=b.com'}}\n", "a 300 HTTPS 1 . key65333=\"b.com\"\n"},
        {"records: {a: {CNAME: b.internal}}\n", "a 300 CNAME b.internal.example.com.\n"},
        {"vars: {x: y}\nrecords: {'${x}': {TXT: '$${x}'}}\n", "y 300 TXT \"${x}\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_zone(cases[i][0], RZ_FORMAT_NATIVE, cases[i][1]);
    expect_zone("a A 192.0.2.1\na A 192.0.2.1\n", RZ_FORMAT_ZONEFILE, "a 300 A 192.0.2.1\n");
}

Test(zone_document_forms, settings)
{
    struct loaded loaded;
    load(
        &loaded,
        RZ_STR(
            "ignore: ['_acme* TXT', {name: 'x*'}, {type: MX}, '@', 'y *']\nprotect: ['@ MX']\nmanage: listed\n"),
        RZ_FORMAT_NATIVE);
    cr_assert_eq(loaded.status, RZ_OK);
    static const struct {
        const char *name;
        uint16_t type;
    } expected[] = {{"_acme*", RZ_TYPE_TXT}, {"x*", 0}, {NULL, RZ_TYPE_MX}, {"@", 0}, {"y", 0}};
    cr_assert_eq(loaded.settings.ignore_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct rz_zone_pattern *p = &loaded.settings.ignore[i];
        cr_expect(p->type == expected[i].type
                      && rz_str_is(rz_str_of(p->name), expected[i].name ? expected[i].name : ""),
                  "%zu", i);
    }
    cr_expect(loaded.settings.manage_listed && loaded.settings.protect_count == 1);
    cr_expect_str_eq(loaded.settings.source_path, "zones/example.com.yaml");
    unload(&loaded);
}

Test(zone_document_forms, warnings_do_not_fail_a_zone)
{
    struct loaded loaded;
    load(&loaded, RZ_STR("records: {a: {TXT: '\"quoted\"'}}\n"), RZ_FORMAT_NATIVE);
    cr_expect_eq(loaded.status, RZ_OK);
    cr_expect(loaded.diags.warnings == 1 && (int)loaded.diags.items[0].code == 1107);
    unload(&loaded);
}

Test(zone_document_forms, a_text_too_long_for_one_record)
{
    struct rz_buffer text = {0};
    static const enum rz_zone_format formats[] = {RZ_FORMAT_NATIVE, RZ_FORMAT_OCTODNS};
    for (size_t i = 0; i < 2; i++) {
        struct loaded loaded;
        rz_buffer_reset(&text);
        rz_buffer_text(&text, i ? "a: {type: TXT, value: " : "records: {a: {TXT: ");
        rz_buffer_pad(&text, 'x', 65280);
        rz_buffer_text(&text, i ? "}\n" : "}}\n");
        load(&loaded, rz_buffer_view(&text), formats[i]);
        cr_expect_eq(loaded.status, RZ_INVALID);
        cr_expect_eq((int)loaded.diags.items[0].code, 1104);
        unload(&loaded);
    }
    rz_buffer_free(&text);
}

Test(zone_document_forms, the_apex_comes_from_the_document_or_the_file_name)
{
    static const struct {
        const char *path, *text;
        enum rz_zone_format format;
        const char *apex; /* NULL: refused */
        int code;
    } cases[] = {
        {"zones/example.com.yaml", "records: {}\n", RZ_FORMAT_NATIVE, "example.com", 0},
        {"example.com.yml", "", RZ_FORMAT_NATIVE, "example.com", 0},
        {"a/b/x.yaml", "zone: other.net\n", RZ_FORMAT_NATIVE, "other.net", 0},
        {"x.yaml", "\xEF\xBB\xBFzone: other.net.\n", RZ_FORMAT_NATIVE, "other.net", 0},
        {"x.yaml", "records: {}\n\"zone\": other.net\n", RZ_FORMAT_NATIVE, "other.net", 0},
        {"x.yaml", "{zone: other.net}", RZ_FORMAT_NATIVE, "other.net", 0},
        {"x.yaml", "zone: [a]\n", RZ_FORMAT_NATIVE, "x", 0},
        {"x.yaml", "zone: a..b\n", RZ_FORMAT_NATIVE, NULL, 1101},
        {"x.yaml", "zone: [\n", RZ_FORMAT_NATIVE, "x", 0},
        {"x.yaml", "zone: y\n", RZ_FORMAT_OCTODNS, "x", 0},
        {"example.com..yaml", "", RZ_FORMAT_OCTODNS, "example.com", 0},
        {"example.com.zone", "", RZ_FORMAT_ZONEFILE, "example.com", 0},
        {"example.com.db", "", RZ_FORMAT_ZONEFILE, "example.com", 0},
        {"example.com", "", RZ_FORMAT_ZONEFILE, "example.com", 0},
        {"a b.yaml", "", RZ_FORMAT_NATIVE, NULL, 2008},
        {".yaml", "", RZ_FORMAT_NATIVE, NULL, 2008},
        {"bücher.de.yaml", "", RZ_FORMAT_NATIVE, "xn--bcher-kva.de", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_diags diags = {0};
        struct rz_source source = {cases[i].path, rz_str_of(cases[i].text)};
        struct rz_name apex;
        char text[RZ_NAME_TEXT_MAX];
        bool good = rz_zone_document_apex(&apex, &source, cases[i].path, cases[i].format, &diags)
                    == RZ_OK;
        cr_expect_eq(good, cases[i].apex != NULL, "%s", cases[i].path);
        cr_expect_eq(diags.count ? (int)diags.items[0].code : 0, cases[i].code, "%s",
                     cases[i].path);
        if (good && cases[i].apex)
            cr_expect_str_eq(rz_name_text_plain(text, apex.wire), cases[i].apex);
        rz_diags_free(&diags);
    }
}
