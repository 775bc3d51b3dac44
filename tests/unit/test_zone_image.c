/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone images and the cache of compiled zones. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/zone_image.h"
#include "zone_cache.h"

static const uint8_t apex[] = "\7example\3com";

static void make(struct rz_zone *zone)
{
    struct rz_diags diags = {0};
    uint8_t owner[] = "\1a\7example\3com";
    rz_zone_init(zone, apex);
    uint32_t file = rz_zone_file_chain(zone, "zones/a.yaml", "in template web");
    for (uint8_t i = 0; i < 20; i++) {
        uint8_t address[4] = {192, 0, 2, i};
        owner[1] = (uint8_t)('a' + i / 2);
        rz_zone_add(zone, owner, 1, 300, (struct rz_rdata){address, 4},
                    (struct rz_record_origin){.provenance = file,
                                              .line = i + 1u,
                                              .column = 3,
                                              .flags = i % 2 ? 0 : RZ_RRSET_FIRST});
    }
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_DESIRED, &diags), RZ_OK);
    rz_diags_free(&diags);
}

Test(zone_image, gives_the_zone_again)
{
    struct rz_zone zone, again;
    struct rz_buffer image = {0};
    struct rz_hash key = {1, 2};
    make(&zone);
    cr_assert(rz_zone_image_write(&image, &zone, key));
    cr_assert(rz_zone_image_read(&again, rz_buffer_view(&image), key));
    cr_expect_eq(again.count, zone.count);
    cr_expect_eq(again.records, zone.records);
    cr_expect(rz_hash_equal(again.fingerprint, zone.fingerprint));
    for (size_t i = 0; i < zone.count; i++) {
        cr_expect(rz_rrset_equal(&zone.rrsets[i], &again.rrsets[i]));
        cr_expect_eq(again.rrsets[i].line, zone.rrsets[i].line);
    }
    cr_expect_str_eq(rz_zone_origin_file(&again, &again.rrsets[0]), "zones/a.yaml");
    cr_expect_str_eq(rz_zone_origin_chain(&again, &again.rrsets[0]), "in template web");
    rz_zone_free(&again);
    cr_expect_not(rz_zone_image_read(&again, rz_buffer_view(&image), (struct rz_hash){1, 3}),
                  "another key");
    rz_zone_free(&zone);
    rz_buffer_free(&image);
}

/* Whatever octet is damaged, and wherever the file is cut: nothing is made of it. */
Test(zone_image, damage_is_noticed)
{
    struct rz_zone zone, again;
    struct rz_buffer image = {0};
    struct rz_hash key = {1, 2};
    make(&zone);
    rz_zone_image_write(&image, &zone, key);
    for (size_t i = 0; i < image.size; i++) {
        char kept = image.data[i];
        image.data[i] = (char)~kept;
        cr_expect_not(rz_zone_image_read(&again, rz_buffer_view(&image), key), "octet %zu", i);
        image.data[i] = kept;
        cr_expect_not(rz_zone_image_read(&again, (struct rz_str){image.data, i}, key), "cut at %zu",
                      i);
    }
    rz_zone_free(&zone);
    rz_buffer_free(&image);
}

Test(zone_cache, keeps_finds_evicts_and_clears)
{
    char directory[] = "/tmp/rezone-XXXXXX";
    struct rz_zone zone, found;
    struct rz_zone_cache_stats stats;
    cr_assert_not_null(mkdtemp(directory));
    setenv("REZONE_CACHE_DIR", directory, 1);
    make(&zone);
    struct rz_zone_cache *cache = rz_zone_cache_open(8192);
    cr_assert_not_null(cache);
    for (uint64_t i = 1; i <= 20; i++)
        rz_zone_cache_put(cache, (struct rz_hash){i, i}, &zone);
    rz_zone_cache_stats(cache, &stats);
    cr_expect(stats.entries > 0 && stats.entries < 20 && stats.octets <= 8192, "%llu",
              (unsigned long long)stats.entries);
    cr_expect(rz_zone_cache_get(cache, (struct rz_hash){20, 20}, &found), "the newest stays");
    cr_expect(rz_hash_equal(found.fingerprint, zone.fingerprint));
    rz_zone_free(&found);
    cr_expect_not(rz_zone_cache_get(cache, (struct rz_hash){1, 1}, &found), "the oldest went");
    cr_expect_eq(rz_zone_cache_clear(cache), stats.entries);
    cr_expect_not(rz_zone_cache_get(cache, (struct rz_hash){20, 20}, &found));
    cr_expect_not(rz_zone_cache_get(NULL, (struct rz_hash){20, 20}, &found),
                  "no cache has nothing");
    rz_zone_cache_close(cache);
    rmdir(directory);
    rz_zone_free(&zone);
}
