/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones: order, joining of records, look-ups, fingerprints. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "dns/zone.h"

static const uint8_t apex[] = "\7example\3com";

static struct rz_name name_of(const char *text)
{
    struct rz_name name;
    const char *why = "";
    cr_assert_eq(rz_name_parse(&name, rz_str_of(text), apex, &why), RZ_OK, "%s: %s", text, why);
    return name;
}

static enum rz_status add(struct rz_zone *zone, const char *owner, uint16_t type, uint32_t ttl,
                          const char *rdata, struct rz_record_origin origin)
{
    struct rz_name name = name_of(owner);
    return rz_zone_add(zone, name.wire, type, ttl,
                       (struct rz_rdata){(const uint8_t *)rdata, (uint16_t)strlen(rdata)}, origin);
}

static struct rz_record_origin from(uint32_t file, uint32_t line, uint16_t flags)
{
    return (struct rz_record_origin){.provenance = file, .line = line, .column = 5, .flags = flags};
}

Test(zone, records_of_any_order_give_the_same_zone)
{
    static const char *const owners[] = {"@",
                                         "a",
                                         "b.a",
                                         "*",
                                         "aaaaaaaaaaaaaaaaaaaa1",
                                         "aaaaaaaaaaaaaaaaaaaa0",
                                         "aaaaaaaaaaaa",
                                         "aaaaaaaa",
                                         "z.aaaaaaaa",
                                         "\\000",
                                         "\\000.\\000",
                                         "zz.a",
                                         "x.y.z"};
    enum { OWNERS = sizeof owners / sizeof *owners };
    struct rz_hash fingerprint = {0};
    unsigned seed = 3;
    for (int round = 0; round < 200; round++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        int order[OWNERS * 2];
        rz_zone_init(&zone, apex);
        for (int i = 0; i < OWNERS * 2; i++)
            order[i] = i;
        for (int i = OWNERS * 2 - 1; round && i > 0; i--) {
            int k = rand_r(&seed) % (i + 1), saved = order[i];
            order[i] = order[k];
            order[k] = saved;
        }
        for (int i = 0; i < OWNERS * 2; i++) {
            uint16_t type = order[i] % 2 ? RZ_TYPE_A : 65280;
            cr_assert_eq(add(&zone, owners[order[i] / 2], type, 60, "1111", from(0, 0, 0)), RZ_OK);
            cr_assert_eq(add(&zone, owners[order[i] / 2], type, 60, "2222", from(0, 0, 0)), RZ_OK);
        }
        cr_assert_eq(rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags), RZ_OK);
        cr_assert(zone.count == OWNERS * 2 && zone.records == OWNERS * 4);
        for (size_t i = 1; i < zone.count; i++)
            cr_assert_lt(rz_rrset_compare_key(&zone.rrsets[i - 1], &zone.rrsets[i]), 0);
        cr_assert(round == 0 || rz_hash_equal(fingerprint, zone.fingerprint));
        fingerprint = zone.fingerprint;
        for (int i = 0; i < OWNERS; i++) {
            struct rz_name name = name_of(owners[i]);
            cr_assert_not_null(rz_zone_find(&zone, name.wire, RZ_TYPE_A), "%s", owners[i]);
            cr_assert_null(rz_zone_find(&zone, name.wire, RZ_TYPE_MX));
        }
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
}

Test(zone, owners_outside_are_refused)
{
    struct rz_zone zone;
    rz_zone_init(&zone, apex);
    cr_expect_eq(add(&zone, "example.net.", 1, 1, "1111", from(0, 0, 0)), RZ_INVALID);
    cr_expect_eq(add(&zone, "com.", 1, 1, "1111", from(0, 0, 0)), RZ_INVALID);
    cr_expect_eq(add(&zone, "xexample.com.", 1, 1, "1111", from(0, 0, 0)), RZ_INVALID);
    cr_expect_eq(zone.count, 0);
    rz_zone_free(&zone);
}

Test(zone, an_owner_whose_label_ends_like_the_apex_is_outside)
{
    struct rz_zone zone;
    rz_zone_init(&zone, apex);
    /* One label that holds the octets of the apex. */
    static const uint8_t trap[] = "\x0d\7example\3comx\0";
    static const uint8_t tail[] = "\x0c\7example\3com\0";
    cr_expect_eq(rz_zone_add(&zone, trap, 1, 1, (struct rz_rdata){apex, 4}, from(0, 0, 0)),
                 RZ_INVALID);
    cr_expect_eq(rz_zone_add(&zone, tail, 1, 1, (struct rz_rdata){apex, 4}, from(0, 0, 0)),
                 RZ_INVALID);
    rz_zone_free(&zone);
}

Test(zone, files_and_places)
{
    struct rz_zone zone;
    rz_zone_init(&zone, apex);
    uint32_t a = rz_zone_file(&zone, "a.yaml"), b = rz_zone_file(&zone, "b.yaml");
    cr_expect(a == 1 && b == 2 && rz_zone_file(&zone, "a.yaml") == a);
    add(&zone, "@", 1, 1, "1111", from(b, 7, 0));
    cr_expect_str_eq(rz_zone_origin_file(&zone, &zone.rrsets[0]), "b.yaml");
    struct rz_place place = rz_zone_place(&zone, &zone.rrsets[0]);
    cr_expect(strcmp(place.name, "b.yaml") == 0 && place.line == 7 && place.column == 5);
    zone.rrsets[0].provenance = 99;
    cr_expect_null(rz_zone_origin_file(&zone, &zone.rrsets[0]));
    zone.rrsets[0].provenance = 0;
    cr_expect_null(rz_zone_origin_file(&zone, &zone.rrsets[0]));
    rz_zone_free(&zone);
}

/* What two records of one owner and type come to. */
static const struct join_case {
    enum rz_zone_finish mode;
    const char *one, *two;
    uint32_t ttl_one, ttl_two;
    uint16_t flags_two;
    enum rz_status status;
    int code; /* of the diagnostic; 0: none */
    int severity;
    uint16_t count;
    uint32_t ttl;
    uint16_t flags;
} joins[] = {
    {RZ_ZONE_DESIRED, "1111", "2222", 5, 5, 0, RZ_OK, 0, 0, 2, 5, 0},
    {RZ_ZONE_DESIRED, "1111", "1111", 5, 5, 0, RZ_INVALID, 1111, RZ_ERROR, 1, 5, 0},
    {RZ_ZONE_DESIRED, "1111", "2222", 5, 5, RZ_RRSET_FIRST, RZ_INVALID, 1110, RZ_ERROR, 2, 5, 0},
    {RZ_ZONE_DESIRED, "1111", "1111", 5, 5, RZ_RRSET_FIRST, RZ_INVALID, 1110, RZ_ERROR, 1, 5, 0},
    {RZ_ZONE_DESIRED, "1111", "2222", 5, 6, 0, RZ_INVALID, 1112, RZ_ERROR, 2, 5, 0},
    {RZ_ZONE_MASTER_FILE, "1111", "2222", 5, 5, 0, RZ_OK, 0, 0, 2, 5, 0},
    {RZ_ZONE_MASTER_FILE, "1111", "1111", 5, 5, 0, RZ_OK, 1111, RZ_WARNING, 1, 5, 0},
    {RZ_ZONE_MASTER_FILE, "1111", "2222", 6, 5, 0, RZ_INVALID, 1112, RZ_ERROR, 2, 6, 0},
    {RZ_ZONE_LIVE, "1111", "1111", 5, 5, 0, RZ_OK, 0, 0, 1, 5, 0},
    {RZ_ZONE_LIVE, "1111", "2222", 6, 5, 0, RZ_OK, 0, 0, 2, 5, RZ_RRSET_MIXED_TTL},
    {RZ_ZONE_LIVE, "1111", "2222", 5, 6, 0, RZ_OK, 0, 0, 2, 5, RZ_RRSET_MIXED_TTL},
    {RZ_ZONE_LIVE, "1111", "2222", 5, 5, RZ_RRSET_DISABLED, RZ_OK, 0, 0, 2, 5, RZ_RRSET_DISABLED},
};

Test(zone, joining)
{
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        const struct join_case *j = &joins[i];
        struct rz_zone zone;
        struct rz_diags diags = {0};
        rz_zone_init(&zone, apex);
        uint32_t file = rz_zone_file(&zone, "a.yaml");
        add(&zone, "x", RZ_TYPE_A, j->ttl_one, j->one, from(file, 1, 0));
        add(&zone, "x", RZ_TYPE_A, j->ttl_two, j->two, from(file, 2, j->flags_two));
        cr_expect_eq(rz_zone_finish(&zone, j->mode, &diags), j->status, "%zu", i);
        cr_expect_eq(diags.count, j->code ? 1 : 0, "%zu", i);
        if (j->code) {
            cr_assert_geq(diags.count, 1, "%zu", i);
            const struct rz_diag *d = &diags.items[0];
            cr_expect((int)d->code == j->code && (int)d->severity == j->severity && d->line == 2,
                      "%zu: RZ%d line %u", i, (int)d->code, d->line);
            cr_expect_str_eq(d->related, "first given at a.yaml:1:5");
            cr_expect_not_null(d->hint);
        }
        const struct rz_rrset *set = &zone.rrsets[0];
        cr_expect(zone.count == 1 && set->rdata_count == j->count && set->ttl == j->ttl, "%zu", i);
        cr_expect_eq(set->flags & ~RZ_RRSET_FIRST, j->flags, "%zu", i);
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
}

Test(zone, the_default_ttl_is_put_in_at_the_end)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    rz_zone_init(&zone, apex);
    add(&zone, "x", RZ_TYPE_A, 7, "1111", from(0, 0, RZ_RRSET_DEFAULT_TTL));
    add(&zone, "y", RZ_TYPE_A, 7, "1111", from(0, 0, 0));
    zone.default_ttl = 99;
    rz_zone_finish(&zone, RZ_ZONE_DESIRED, &diags);
    cr_expect(zone.rrsets[0].ttl == 99 && zone.rrsets[1].ttl == 7);
    rz_zone_free(&zone);
}

Test(zone, an_rrset_has_bounds)
{
    static const struct {
        unsigned records, octets;
    } cases[] = {{70000, 4}, {300, 255}, {1, 65200}};
    static char wire[65536];
    for (size_t i = 0; i < 3; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        struct rz_name owner = name_of("x");
        rz_zone_init(&zone, apex);
        for (unsigned k = 0; k < cases[i].records; k++) {
            memcpy(wire, &k, sizeof k);
            rz_zone_add(&zone, owner.wire, 65280, 1,
                        (struct rz_rdata){(uint8_t *)wire, (uint16_t)cases[i].octets},
                        from(0, 0, 0));
        }
        cr_expect_eq(rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags), RZ_INVALID, "%zu", i);
        cr_assert_geq(diags.count, 1, "%zu", i);
        cr_expect_eq((int)diags.items[0].code, 1113);
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
}

Test(zone, fingerprints_tell_every_part_apart)
{
    static const struct {
        const char *owner, *rdata;
        uint16_t type;
        uint32_t ttl;
    } cases[] = {{"x", "1111", 1, 5},
                 {"y", "1111", 1, 5},
                 {"x", "1112", 1, 5},
                 {"x", "1111", 65280, 5},
                 {"x", "1111", 1, 6}};
    struct rz_hash seen[6] = {{0, 0}};
    for (size_t i = 0; i < 5; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        rz_zone_init(&zone, apex);
        add(&zone, cases[i].owner, cases[i].type, cases[i].ttl, cases[i].rdata,
            from(0, (uint32_t)i, 0));
        rz_zone_finish(&zone, RZ_ZONE_DESIRED, &diags);
        seen[i] = zone.fingerprint;
        for (size_t k = 0; k < i; k++)
            cr_expect_not(rz_hash_equal(seen[i], seen[k]), "%zu %zu", i, k);
        rz_zone_free(&zone);
    }
}

Test(zone, large_records_pass_through_the_fingerprint)
{
    static uint8_t large[40000];
    struct rz_hash hashes[2];
    for (int i = 0; i < 2; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        struct rz_name owner = name_of("x");
        rz_zone_init(&zone, apex);
        large[39999] = (uint8_t)i;
        rz_zone_add(&zone, owner.wire, 65280, 1, (struct rz_rdata){large, sizeof large},
                    from(0, 0, 0));
        cr_expect_eq(rz_zone_finish(&zone, RZ_ZONE_LIVE, &diags), RZ_OK);
        hashes[i] = zone.fingerprint;
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
    cr_expect_not(rz_hash_equal(hashes[0], hashes[1]));
}

Test(zone, an_empty_zone_is_a_zone)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    rz_zone_init(&zone, apex);
    cr_expect_eq(rz_zone_finish(&zone, RZ_ZONE_DESIRED, &diags), RZ_OK);
    cr_expect(zone.count == 0 && zone.records == 0 && !zone.has_soa);
    cr_expect_null(rz_zone_find(&zone, apex, RZ_TYPE_SOA));
    cr_expect_eq(rz_zone_lower_bound(&zone, apex, 0), 0);
    rz_zone_free(&zone);
}
