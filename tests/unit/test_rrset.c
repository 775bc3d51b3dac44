/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets in memory, and changes of them. */
#include <criterion/criterion.h>

#include "dns/change.h"
#include "dns/rtype.h"
#include "dns/zone.h"

static const uint8_t apex[] = "\7example\3com", www[] = "\3www\7example\3com";

static void add(struct rz_zone *zone, const uint8_t *owner, uint16_t type, uint32_t ttl,
                const char *wire, uint16_t size)
{
    struct rz_rdata rdata = {(const uint8_t *)wire, size};
    cr_assert_eq(rz_zone_add(zone, owner, type, ttl, rdata, (struct rz_record_origin){0}), RZ_OK);
}

#define SOA(serial, last) "\1a\0\1b\0" serial "\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0" last

static void fill(struct rz_zone *zone, const char *soa)
{
    struct rz_diags diags = {0};
    rz_zone_init(zone, apex);
    add(zone, apex, RZ_TYPE_SOA, 60, soa, 26);
    add(zone, www, RZ_TYPE_A, 60, "\1\2\3\4", 4);
    add(zone, www, RZ_TYPE_A, 60, "\1\2\3\3", 4);
    add(zone, www, RZ_TYPE_TXT, 60, "\2ab", 3);
    add(zone, www, RZ_TYPE_TXT, 60, "\0", 1);
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_LIVE, &diags), RZ_OK);
    rz_diags_free(&diags);
}

Test(rrset, records_are_sorted_and_walked)
{
    struct rz_zone zone;
    fill(&zone, SOA("\0\0\0\1", "\5"));
    const struct rz_rrset *a = rz_zone_find(&zone, www, RZ_TYPE_A),
                          *txt = rz_zone_find(&zone, www, RZ_TYPE_TXT);
    struct rz_rdata_cursor c = rz_rrset_rdata(a);
    cr_assert(rz_rdata_next(&c));
    cr_expect(c.size == 4 && memcmp(c.wire, "\1\2\3\3", 4) == 0);
    cr_assert(rz_rdata_next(&c));
    cr_expect(memcmp(c.wire, "\1\2\3\4", 4) == 0);
    cr_expect_not(rz_rdata_next(&c));
    c = rz_rrset_rdata(txt); /* odd sizes are padded */
    cr_assert(rz_rdata_next(&c));
    cr_expect_eq(c.size, 1);
    cr_assert(rz_rdata_next(&c));
    cr_expect(c.size == 3 && memcmp(c.wire, "\2ab", 3) == 0);
    cr_expect(rz_rrset_contains(a, (const uint8_t *)"\1\2\3\4", 4));
    cr_expect_not(rz_rrset_contains(a, (const uint8_t *)"\1\2\3\5", 4));
    cr_expect_not(rz_rrset_contains(a, (const uint8_t *)"\1\2\3", 3));
    cr_expect_eq(rz_rrset_wire_size(a), 2 * (sizeof www + 10 + 4));
    cr_expect_lt(rz_rrset_compare_key(a, txt), 0);
    cr_expect_gt(rz_rrset_compare_key(a, &zone.rrsets[0]), 0);
    rz_zone_free(&zone);
}

Test(rrset, equality_and_copies)
{
    struct rz_zone zone;
    struct rz_arena arena = {0};
    fill(&zone, SOA("\0\0\0\1", "\5"));
    const struct rz_rrset *a = rz_zone_find(&zone, www, RZ_TYPE_A),
                          *txt = rz_zone_find(&zone, www, RZ_TYPE_TXT);
    struct rz_rrset *copy = rz_rrset_copy(&arena, a);
    cr_expect(rz_rrset_equal(a, copy) && copy->rdata != a->rdata && copy->owner != a->owner);
    cr_expect_eq(rz_rrset_compare_key(a, copy), 0);
    copy->ttl = 61;
    cr_expect(!rz_rrset_equal(a, copy) && rz_rrset_same_rdata(a, copy));
    copy->ttl = 60;
    copy->owner = apex;
    cr_expect_not(rz_rrset_equal(a, copy));
    cr_expect_not(rz_rrset_equal(a, txt));
    cr_expect_not(rz_rrset_same_rdata(a, txt));
    rz_zone_free(&zone);
    cr_expect(rz_rrset_contains(copy, (const uint8_t *)"\1\2\3\4", 4), "the copy stands alone");
    rz_arena_free(&arena);
}

Test(rrset, the_serial_of_an_soa_does_not_count)
{
    static const struct {
        const char *soa;
        bool equal;
        uint32_t serial;
    } cases[] = {{SOA("\0\0\0\1", "\5"), true, 1},
                 {SOA("\1\2\3\4", "\5"), true, 0x01020304},
                 {SOA("\0\0\0\1", "\6"), false, 1},
                 {"\1b\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", false, 1}};
    struct rz_zone first;
    fill(&first, cases[0].soa);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_zone zone;
        fill(&zone, cases[i].soa);
        cr_expect_eq(rz_rrset_equal(&first.rrsets[0], &zone.rrsets[0]), cases[i].equal, "%zu", i);
        cr_expect_eq(rz_hash_equal(first.fingerprint, zone.fingerprint), cases[i].equal, "%zu", i);
        cr_expect(zone.has_soa && zone.serial == cases[i].serial);
        rz_zone_free(&zone);
    }
    rz_zone_free(&first);
    cr_expect_eq(rz_soa_serial_offset((const uint8_t *)cases[0].soa, 26), 6);
    cr_expect_eq(rz_soa_serial_offset((const uint8_t *)cases[0].soa, 25), 0);
    cr_expect_eq(rz_soa_serial_offset((const uint8_t *)cases[0].soa, 3), 0);
    cr_expect_eq(rz_soa_serial_offset((const uint8_t *)"\xC0", 1), 0);
}

Test(rrset, malformed_and_double_soas_equal_nothing)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    fill(&zone, SOA("\0\0\0\1", "\5"));
    struct rz_zone two;
    rz_zone_init(&two, apex);
    add(&two, apex, RZ_TYPE_SOA, 60, SOA("\0\0\0\1", "\5"), 26);
    add(&two, apex, RZ_TYPE_SOA, 60, SOA("\0\0\0\2", "\5"), 26);
    rz_zone_finish(&two, RZ_ZONE_LIVE, &diags);
    cr_expect_not(rz_rrset_same_rdata(&zone.rrsets[0], &two.rrsets[0]));
    struct rz_zone bad;
    rz_zone_init(&bad, apex);
    add(&bad, apex, RZ_TYPE_SOA, 60, "\1a\0", 3);
    rz_zone_finish(&bad, RZ_ZONE_LIVE, &diags);
    cr_expect_not(bad.has_soa);
    cr_expect_not(rz_rrset_same_rdata(&bad.rrsets[0], &bad.rrsets[0]));
    rz_zone_free(&zone);
    rz_zone_free(&two);
    rz_zone_free(&bad);
    rz_diags_free(&diags);
}

Test(change, kinds_subjects_and_inverses)
{
    const struct rz_rrset before = {.ttl = 1}, after = {.ttl = 2};
    const struct {
        struct rz_change change;
        enum rz_change_kind kind;
        const char *text;
        const struct rz_rrset *subject;
        enum rz_change_kind inverse;
    } cases[] = {{{NULL, &after}, RZ_CREATE, "create", &after, RZ_DELETE},
                 {{&before, &after}, RZ_UPDATE, "update", &after, RZ_UPDATE},
                 {{&before, NULL}, RZ_DELETE, "delete", &before, RZ_CREATE}};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(rz_change_kind(cases[i].change), cases[i].kind);
        cr_expect_str_eq(rz_change_kind_text(cases[i].kind), cases[i].text);
        cr_expect_eq(rz_change_subject(cases[i].change), cases[i].subject);
        cr_expect_eq(rz_change_kind(rz_change_inverse(cases[i].change)), cases[i].inverse);
    }
}
