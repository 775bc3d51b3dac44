/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hash map and the digests. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "support/hash.h"
#include "support/map.h"

Test(map, thousands_of_keys_keep_their_values)
{
    enum { KEYS = 5000 };
    static char keys[KEYS][16];
    struct rz_map map = {0};
    cr_expect_null(rz_map_get(&map, RZ_STR("x")), "empty");
    for (int i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        cr_assert_null(rz_map_set(&map, rz_str_of(keys[i]), keys[i]));
    }
    cr_expect_eq(map.count, KEYS);
    for (int i = 0; i < KEYS; i++)
        cr_assert_eq(rz_map_get(&map, rz_str_of(keys[i])), keys[i]);
    cr_expect_null(rz_map_get(&map, RZ_STR("absent")));
    cr_expect_eq(rz_map_set(&map, RZ_STR("k1"), keys[2]), keys[1], "the old value comes back");
    cr_expect_eq(rz_map_get(&map, RZ_STR("k1")), keys[2]);
    cr_expect_eq(map.count, KEYS);
    rz_map_free(&map);
    cr_expect_eq(map.count, 0);
}

Test(map, keys_are_octets)
{
    struct rz_map map = {0};
    int one, two, none;
    rz_map_set(&map, (struct rz_str){"a\0b", 3}, &one);
    rz_map_set(&map, (struct rz_str){"a\0c", 3}, &two);
    rz_map_set(&map, (struct rz_str){"", 0}, &none);
    cr_expect_eq(rz_map_get(&map, (struct rz_str){"a\0b", 3}), &one);
    cr_expect_eq(rz_map_get(&map, (struct rz_str){"a\0c", 3}), &two);
    cr_expect_eq(rz_map_get(&map, (struct rz_str){"", 0}), &none);
    cr_expect_null(rz_map_get(&map, RZ_STR("a")));
    rz_map_free(&map);
}

Test(hash, text_and_back)
{
    char text[RZ_HASH_TEXT];
    struct rz_hash hash = rz_hash_of("abc", 3), again;
    cr_expect_not(rz_hash_is_zero(hash));
    cr_expect_str_eq(rz_hash_text(text, hash), "06b05ab6733a618578af5f94892f3950"); /* XXH3's own */
    cr_expect(rz_hash_parse(&again, rz_str_of(text)));
    cr_expect(rz_hash_equal(hash, again));
    cr_expect_not(rz_hash_equal(hash, rz_hash_of("abd", 3)));
    static const char *const wrong[] = {"",
                                        "06b05ab6733a618578af5f94892f395",
                                        "06b05ab6733a618578af5f94892f39500",
                                        "06B05ab6733a618578af5f94892f3950",
                                        "06b05ab6733a618578af5f94892f395g",
                                        "g6b05ab6733a618578af5f94892f3950"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(rz_hash_parse(&again, rz_str_of(wrong[i])), "%s", wrong[i]);
    cr_expect(rz_hash_parse(&again, RZ_STR("00000000000000000000000000000000"))
              && rz_hash_is_zero(again));
}

Test(hash, sha256)
{
    char text[65];
    rz_sha256_text(text, "abc", 3);
    cr_expect_str_eq(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
