/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones: what is written reads back, what is damaged is refused. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "journal/zone_snapshot.h"

static void add(struct rz_zone *zone, struct rz_rdata_reader *reader, const char *owner,
                uint16_t type, uint32_t ttl, const char *text)
{
    struct rz_name name;
    struct rz_rdata rdata;
    const char *why;
    cr_assert_eq(rz_name_parse(&name, rz_str_of(owner), zone->apex.wire, &why), RZ_OK);
    cr_assert_eq(rz_rdata_read(reader, type, rz_str_of(text), zone->apex.wire, &rdata, &why), RZ_OK,
                 "%s", why);
    rz_zone_add(zone, name.wire, type, ttl, rdata, (struct rz_record_origin){0});
}

static void make(struct rz_zone *zone)
{
    struct rz_name apex;
    const char *why;
    struct rz_diags diags = {0};
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    rz_name_parse(&apex, RZ_STR("example.com."), NULL, &why);
    rz_zone_init(zone, apex.wire);
    add(zone, reader, "@", RZ_TYPE_NS, 3600, "ns1");
    add(zone, reader, "@", RZ_TYPE_NS, 3600, "ns2");
    add(zone, reader, "@", RZ_TYPE_SOA, 3600, "ns1 host 7 1 2 3 4");
    add(zone, reader, "www", RZ_TYPE_A, 60, "192.0.2.1");
    add(zone, reader, "www", RZ_TYPE_A, 60, "192.0.2.2");
    add(zone, reader, "www", RZ_TYPE_TXT, 300, "\"v=1\" \"\"");
    add(zone, reader, "a.www", RZ_TYPE_AAAA, 300, "2001:db8::1");
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_LIVE, &diags), RZ_OK);
    rz_rdata_reader_free(reader);
    rz_diags_free(&diags);
}

Test(zone_snapshot, reads_back_what_was_written)
{
    struct rz_zone zone, back;
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    make(&zone);
    rz_zone_snapshot_write(&octets, &zone, 0);
    cr_assert(rz_zone_snapshot_read(&back, zone.apex.wire, rz_buffer_view(&octets)));
    cr_assert_eq(back.count, zone.count);
    cr_assert(rz_hash_equal(back.fingerprint, zone.fingerprint));
    rz_zone_free(&zone);
    rz_zone_free(&back);
}

Test(zone_snapshot, leaves_out_what_is_the_targets)
{
    struct rz_zone zone, back;
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    make(&zone);
    rz_zone_snapshot_write(&octets, &zone, RZ_SCOPE_OWN_SOA | RZ_SCOPE_OWN_APEX_NS);
    cr_assert(rz_zone_snapshot_read(&back, zone.apex.wire, rz_buffer_view(&octets)));
    cr_assert_null(rz_zone_find(&back, zone.apex.wire, RZ_TYPE_SOA));
    cr_assert_null(rz_zone_find(&back, zone.apex.wire, RZ_TYPE_NS));
    cr_assert_eq(back.count, zone.count - 2);
    rz_zone_free(&zone);
    rz_zone_free(&back);
}

/* Every cut and every octet changed: read or refused, and nothing outside is touched. */
Test(zone_snapshot, refuses_what_is_damaged)
{
    struct rz_zone zone, back;
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    make(&zone);
    rz_zone_snapshot_write(&octets, &zone, 0);
    for (size_t size = 0; size < octets.size; size++) {
        char *copy = malloc(size + 1);
        memcpy(copy, octets.data, size);
        if (rz_zone_snapshot_read(&back, zone.apex.wire, (struct rz_str){copy, size}))
            cr_assert_lt(back.records, zone.records, "a cut at %zu went unnoticed", size);
        rz_zone_free(&back);
        free(copy);
    }
    for (size_t at = 0; at < octets.size; at++) {
        char kept = octets.data[at];
        octets.data[at] = (char)(kept ^ 0xff);
        rz_zone_snapshot_read(&back, zone.apex.wire, rz_buffer_view(&octets));
        rz_zone_free(&back);
        octets.data[at] = kept;
    }
    cr_assert_not(rz_zone_snapshot_read(&back, zone.apex.wire, RZ_STR("")));
    rz_zone_free(&back);
    rz_zone_free(&zone);
}
