/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Written zone documents: what they look like, and that hard zones come back from them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dns/master_file.h"
#include "dns/rtype.h"
#include "language/zone_document.h"

static const uint8_t apex[] = "\7example\3com";

static void read_master(struct rz_zone *zone, const char *text)
{
    struct rz_diags diags = {0};
    struct rz_source source = {"a.zone", rz_str_of(text)};
    struct rz_master_file_options options = {.include_dir = -1, .default_ttl = 60};
    rz_zone_init(zone, apex);
    cr_assert_eq(rz_master_file_read(zone, &source, &options, &diags), RZ_OK, "%s: %s", text,
                 diags.count ? diags.items[0].message : "");
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_MASTER_FILE, &diags), RZ_OK);
    rz_diags_free(&diags);
}

static void expect_round_trip(const struct rz_zone *zone)
{
    struct rz_buffer text = {0};
    struct rz_zone again;
    struct rz_zone_settings settings;
    struct rz_diags diags = {0};
    rz_zone_document_write(&text, zone, false);
    struct rz_source source = {"example.com.yaml", rz_buffer_view(&text)};
    struct rz_zone_document_options options = {
        .apex = zone->apex.wire, .default_ttl = 1, .project_dir = -1};
    enum rz_status status = rz_zone_document_load(&again, &settings, &source, &options, &diags);
    cr_expect_eq(status, RZ_OK, "%.3000s\n%u: %s", text.data, diags.count ? diags.items[0].line : 0,
                 diags.count ? diags.items[0].message : "");
    cr_expect(rz_hash_equal(zone->fingerprint, again.fingerprint), "%.3000s", text.data);
    rz_zone_free(&again);
    rz_diags_free(&diags);
    rz_buffer_free(&text);
}

Test(zone_document_write, canonical_form)
{
    static const char *const cases[][2] = {
        {"@ SOA ns.example.net. root 7 7200 3600 1209600 60\n@ NS ns.example.net.\nwww A 192.0.2.1\n",
         "zone: example.com\nttl: 1m\nsoa:\n  mname: ns.example.net.\n  rname: root.example.com.\n  refresh: 2h\n  retry: 1h\n  expire: 2w\n  minimum: 1m\n"
         "nameservers: ns.example.net.\nrecords:\n  www:\n    A: 192.0.2.1\n"},
        {"@ 5 NS a\n@ 5 NS b\nx 60 A 192.0.2.1\ny 60 A 192.0.2.1\ny 60 A 192.0.2.2\n",
         "zone: example.com\nttl: 1m\nrecords:\n  \"@\":\n    ttl: 5s\n    NS:\n      - a\n      - b\n  x:\n    A: 192.0.2.1\n  \"y\":\n    A:\n      - 192.0.2.1\n      - 192.0.2.2\n"},
        {"x 5 A 192.0.2.1\nx 60 AAAA ::1\nx 60 TXT a\n",
         "zone: example.com\nttl: 1m\nrecords:\n  x:\n    A:\n      ttl: 5s\n      values: 192.0.2.1\n    TXT: a\n    AAAA: ::1\n"},
        {"x TXT \"\\255\" \"b\"\nx TXT y\nz A 192.0.2.1\ny 1 TXT a\ny 2 SPF b\n",
         "zone: example.com\nttl: 1m\nrecords:\n  x:\n    TXT:\n      - \"y\"\n      - {rdata: \"\\\"\\\\255\\\" \\\"b\\\"\"}\n  \"y\":\n    TXT:\n      ttl: 1s\n      values: a\n    SPF:\n      ttl: 2s\n      values: b\n  z:\n    A: 192.0.2.1\n"},
        {"@ SOA a b 1 4294967295 1 1 1\n",
         "zone: example.com\nttl: 1m\nrecords:\n  \"@\":\n    SOA: a.example.com. b.example.com. 1 4294967295 1 1 1\n"},
        {"x TXT \"${ip}\"\n", "zone: example.com\nttl: 1m\nrecords:\n  x:\n    TXT: \"$${ip}\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_zone zone;
        struct rz_buffer text = {0};
        read_master(&zone, cases[i][0]);
        rz_zone_document_write(&text, &zone, false);
        cr_expect_str_eq(text.data, cases[i][1]);
        rz_buffer_free(&text);
        expect_round_trip(&zone);
        rz_zone_free(&zone);
    }
}

Test(zone_document_write, what_a_signer_makes_can_be_left_out)
{
    struct rz_zone zone;
    struct rz_buffer text = {0};
    read_master(
        &zone,
        "x A 192.0.2.1\nx RRSIG A 8 3 60 20300101000000 20200101000000 1 example.com. AAAA\nx NSEC y A\ny NSEC x A\n@ DNSKEY 256 3 13 AQID\n");
    rz_zone_document_write(&text, &zone, true);
    cr_expect_str_eq(text.data, "zone: example.com\nttl: 1m\nrecords:\n  x:\n    A: 192.0.2.1\n");
    rz_buffer_free(&text);
    expect_round_trip(&zone);
    rz_zone_free(&zone);
}

Test(zone_document_write, hard_zones_come_back)
{
    static const char *const cases[] = {
        "@ SOA ns a\\@b 1 2 3 4 5\n",
        "@ SOA . . 1 2 3 4 5\n",
        "@ SOA \\@ x\\.y 1 2 3 4 5\n",
        "www.example.com.example.com. A 192.0.2.1\n",
        "example.com.example.com. CNAME www.example.com.example.com.\n",
        "x CNAME \\035y.com.\n",
        "x CNAME a\\.com\n",
        "x CNAME example.net.\ny PTR y.z\nz NS *\n",
        "\\$\\{x\\} TXT \"${\"\n",
        "x TXT \"$${x} ${ $$${\"\n",
        "yes TXT yes\nno TXT no\nnull TXT null\n\\~ TXT \\~\n1e3 TXT 1e3\n",
        "\\<\\< TXT x\n",
        "\\# TXT \"# x\"\n",
        "x NAPTR 1 2 \"u\" \"s\" \"!a b.com c!\" y.z\n",
        "x HTTPS 1 . key65333=a.com\n",
        "x TYPE65280 \\# 0\n",
        "x TYPE1234 \\# 3 00ff00\n",
        "x LOC 52 22 23 N 4 53 32 E -2m\n",
        "x CAA 0 issue \"a;b \\\"c\\\"\"\n",
        "\\000\\001\\255 A 192.0.2.1\n",
        "* A 192.0.2.1\n*.x TXT \"*\"\n",
        "x 0 A 192.0.2.1\ny 2147483647 A 192.0.2.1\n",
        "x TXT \"\"\ny TXT \"\" \"\"\n",
        "",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_zone zone;
        read_master(&zone, cases[i]);
        expect_round_trip(&zone);
        rz_zone_free(&zone);
    }
}

static void add(struct rz_zone *zone, const uint8_t *owner, uint16_t type, const void *wire,
                size_t size)
{
    cr_assert_eq(rz_zone_add(zone, owner, type, 60, (struct rz_rdata){wire, (uint16_t)size},
                             (struct rz_record_origin){0}),
                 RZ_OK);
}

Test(zone_document_write, the_largest_of_everything_comes_back)
{
    static uint8_t owner[255], octets[65000], strings[64000];
    struct rz_diags diags = {0};
    struct rz_zone zone;
    /* The longest name, all of octets that need an escape each. */
    memset(owner, 7, sizeof owner);
    owner[0] = owner[64] = owner[128] = 63;
    owner[192] = 49;
    memcpy(owner + 242, apex, sizeof apex);
    memset(octets, 0xAB, sizeof octets);
    memset(strings, 1, sizeof strings);
    for (size_t at = 0; at < sizeof strings; at += 256)
        strings[at] = 255;
    rz_zone_init(&zone, apex);
    add(&zone, owner, 65280, octets, 64990);
    add(&zone, owner, RZ_TYPE_TXT, strings, sizeof strings);
    memset(strings, 'x', sizeof strings);
    for (size_t at = 0; at < sizeof strings; at += 256)
        strings[at] = 255;
    strings[256] = 254; /* not where rezone cuts */
    strings[256 + 255] = 0;
    add(&zone, apex, RZ_TYPE_TXT, strings, sizeof strings);
    cr_assert_eq(rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags), RZ_OK);
    expect_round_trip(&zone);
    rz_zone_free(&zone);
}

Test(zone_document_write, random_zones_come_back)
{
    static const char *const labels[] = {"a",   "b",   "*",       "www",   "com",        "x.y",
                                         "\\.", "\\@", "xn--tda", "_s._t", "example.com"};
    static const char *const values[][2] = {
        {"A", "192.0.2.1"},     {"A", "192.0.2.2"},  {"AAAA", "::1"},    {"TXT", "\"a ${b} \\\"\""},
        {"TXT", "x"},           {"MX", "10 m.net."}, {"SRV", "1 2 3 ."}, {"CAA", "0 issue \";\""},
        {"TYPE700", "\\# 1 00"}};
    unsigned seed = 5;
    for (int round = 0; round < 300; round++) {
        struct rz_zone zone;
        struct rz_buffer text = {0};
        for (int n = rand_r(&seed) % 20; n >= 0; n--) {
            int value = rand_r(&seed) % 9, label = rand_r(&seed) % 11;
            rz_buffer_printf(&text, "%s %d %s %s\n", labels[label],
                             (label * 7 + value / 2 * 2) % 4 + 1, values[value][0],
                             values[value][1]);
        }
        struct rz_diags diags = {0};
        struct rz_source source = {"a.zone", rz_buffer_view(&text)};
        struct rz_master_file_options options = {.include_dir = -1, .default_ttl = 60};
        rz_zone_init(&zone, apex);
        cr_assert_eq(rz_master_file_read(&zone, &source, &options, &diags), RZ_OK, "%s", text.data);
        rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags);
        expect_round_trip(&zone);
        rz_zone_free(&zone);
        rz_diags_free(&diags);
        rz_buffer_free(&text);
    }
}
