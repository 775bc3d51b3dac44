/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structural errors of zones, each with its code at the RRset it is about. */
#include <criterion/criterion.h>

#include "dns/master_file.h"
#include "dns/rtype.h"
#include "dns/zone_check.h"

static const uint8_t apex[] = "\7example\3com";

static const struct check_case {
    const char *records;
    int codes[4]; /* in the order of the zone */
    unsigned lines[4];
} cases[] = {
    {"@ SOA a b 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww CNAME ns\n*.w A 192.0.2.2\n", {0}, {0}},
    {"x CNAME y\nx TXT a\n", {1201}, {1}},
    {"x A 192.0.2.1\nx CNAME y\nx TXT a\n", {1201}, {2}},
    {"x CNAME y\nx RRSIG CNAME 8 2 60 20300101000000 20200101000000 1 example.com. AAAA\nx NSEC z CNAME\n",
     {0},
     {0}},
    {"x CNAME y\nx CNAME z\n", {1202}, {1}},
    {"x DNAME y\nx DNAME z\n", {1202}, {1}},
    {"@ CNAME y\n", {1204}, {1}},
    {"@ CNAME y\n@ A 192.0.2.1\n", {1204}, {1}},
    {"d DNAME e\na.d A 192.0.2.1\nb.c.d TXT x\ne A 192.0.2.1\n", {1205, 1205}, {2, 3}},
    {"d DNAME e\nd A 192.0.2.1\nda A 192.0.2.1\n", {0}, {0}},
    {"d DNAME e\nx.d DNAME f\ny DNAME z\na.y TXT x\n", {1205, 1205}, {2, 4}},
    {"@ DNAME example.net.\n@ NS ns.example.net.\n", {0}, {0}},
    {"@ DNAME example.net.\nwww A 192.0.2.1\nh NSEC3 1 0 0 - 00000000000000000000000000000000 A\n",
     {1205},
     {2}},
    {"x SOA a b 1 2 3 4 5\n", {1206}, {1}},
    {"x DNSKEY 256 3 13 AQID\nx NSEC3PARAM 1 0 0 -\nx ZONEMD 1 1 1 000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n",
     {1206, 1206, 1206},
     {1, 2, 3}},
    {"_signal.x CDS 1 8 2 ab\nx CDNSKEY 256 3 13 AQID\n", {0}, {0}},
    {"x DS 1 8 2 ab\n", {1208}, {1}},
    {"@ DS 1 8 2 ab\n@ NS ns\n", {1208}, {1}},
    {"x DS 1 8 2 ab\nx NS ns\n", {0}, {0}},
    {"c CNAME t\n@ NS c\nm MX 10 c\ns SRV 1 2 3 c\n", {1203, 1203, 1203}, {2, 3, 4}},
    {"c CNAME t\nm MX 10 t\nm MX 20 t2\nn PTR c\n", {0}, {0}},
};

Test(zone_check, cases)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        struct rz_source source = {"a.zone", rz_str_of(cases[i].records)};
        struct rz_master_file_options options = {.include_dir = -1, .default_ttl = 60};
        rz_zone_init(&zone, apex);
        cr_assert_eq(rz_master_file_read(&zone, &source, &options, &diags), RZ_OK, "%s: %s",
                     cases[i].records, diags.count ? diags.items[0].message : "");
        cr_assert_eq(rz_zone_finish(&zone, RZ_ZONE_MASTER_FILE, &diags), RZ_OK);
        size_t expected = 0;
        while (expected < 4 && cases[i].codes[expected])
            expected++;
        cr_expect_eq(rz_zone_check(&zone, &diags), expected ? RZ_INVALID : RZ_OK, "%s",
                     cases[i].records);
        cr_expect_eq(diags.count, expected, "%s", cases[i].records);
        for (size_t k = 0; k < expected && k < diags.count; k++) {
            const struct rz_diag *d = &diags.items[k];
            cr_expect((int)d->code == cases[i].codes[k] && d->line == cases[i].lines[k],
                      "%s: RZ%d at %u: %s", cases[i].records, (int)d->code, d->line, d->message);
            cr_expect(d->hint && strcmp(d->file, "a.zone") == 0);
        }
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
}

Test(zone_check, what_no_reader_lets_in)
{
    static const struct {
        uint16_t type;
        uint32_t ttl;
        int code;
    } odd[] = {{255, 60, 1207},
               {0, 60, 1207},
               {41, 60, 1207},
               {1, 0x80000000u, 1209},
               {1, 0x7fffffffu, 0}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        rz_zone_init(&zone, apex);
        rz_zone_add(&zone, apex, odd[i].type, odd[i].ttl,
                    (struct rz_rdata){(const uint8_t *)"1234", 4}, (struct rz_record_origin){0});
        rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags);
        cr_expect_eq(rz_zone_check(&zone, &diags), odd[i].code ? RZ_INVALID : RZ_OK, "%zu", i);
        cr_expect_eq(diags.count ? (int)diags.items[0].code : 0, odd[i].code);
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
}

Test(zone_check, the_other_record_is_named)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    struct rz_source source = {"a.zone", RZ_STR("x CNAME y\nx TXT a\n")};
    struct rz_master_file_options options = {.include_dir = -1, .default_ttl = 60};
    rz_zone_init(&zone, apex);
    rz_master_file_read(&zone, &source, &options, &diags);
    rz_zone_finish(&zone, RZ_ZONE_MASTER_FILE, &diags);
    rz_zone_check(&zone, &diags);
    cr_expect_str_eq(diags.items[0].related, "x TXT given at a.zone:2:1");
    rz_zone_free(&zone);
    rz_diags_free(&diags);
}
