/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is freed as a whole, and the allocation under it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/alloc.h"
#include "support/arena.h"

Test(arena, memory_is_aligned_distinct_and_kept)
{
    struct rz_arena arena = {0};
    uint64_t *numbers[2000];
    for (size_t i = 0; i < 2000; i++) {
        rz_arena_bytes(&arena, i % 7);
        numbers[i] = rz_arena_alloc(&arena, sizeof **numbers);
        cr_assert_eq((uintptr_t)numbers[i] % 8, 0);
        *numbers[i] = i;
    }
    for (size_t i = 0; i < 2000; i++)
        cr_assert_eq(*numbers[i], i);
    cr_expect_not_null(rz_arena_alloc(&arena, 0));
    char *large = rz_arena_zero(&arena, (size_t)5 << 20);
    cr_expect(large[0] == 0 && large[((size_t)5 << 20) - 1] == 0);
    cr_expect_geq(arena.total, (size_t)5 << 20);
    rz_arena_free(&arena);
    cr_expect_eq(arena.total, 0);
}

Test(arena, text)
{
    struct rz_arena arena = {0};
    cr_expect_str_eq(rz_arena_strdup(&arena, "abc"), "abc");
    struct rz_str copy = rz_arena_str(&arena, (struct rz_str){"a\0b", 3});
    cr_expect(copy.size == 3 && memcmp(copy.data, "a\0b", 4) == 0);
    cr_expect_str_eq(rz_arena_str(&arena, (struct rz_str){NULL, 0}).data, "");
    cr_expect_str_eq(rz_arena_printf(&arena, "%s %d", "x", 42), "x 42");
    cr_expect_str_eq(rz_arena_printf(&arena, "%s", ""), "");
    rz_arena_free(&arena);
}

Test(arena, reset_keeps_one_block)
{
    struct rz_arena arena = {0};
    rz_arena_reset(&arena);
    for (int i = 0; i < 100; i++)
        rz_arena_bytes(&arena, 1000);
    size_t before = arena.total;
    rz_arena_reset(&arena);
    cr_expect(arena.total > 0 && arena.total < before);
    size_t kept = arena.total;
    rz_arena_bytes(&arena, kept);
    cr_expect_eq(arena.total, kept, "the block is used again");
    rz_arena_free(&arena);
}

Test(arena, absorbing_keeps_the_memory_of_both)
{
    struct rz_arena to = {0}, from = {0}, empty = {0};
    char *first = rz_arena_strdup(&from, "first");
    rz_arena_absorb(&to, &from);
    cr_expect_null(from.blocks);
    cr_expect_str_eq(first, "first");
    char *second = rz_arena_strdup(&from, "second");
    rz_arena_bytes(&from, 100000);
    size_t sum = to.total + from.total;
    rz_arena_absorb(&to, &from);
    cr_expect_eq(to.total, sum);
    rz_arena_absorb(&to, &empty);
    char *third = rz_arena_strdup(&to, "third");
    cr_expect_str_eq(first, "first");
    cr_expect_str_eq(second, "second");
    cr_expect_str_eq(third, "third");
    rz_arena_free(&to);
}

Test(alloc, never_null_even_for_nothing)
{
    void *nothing = rz_alloc(0), *zeros = rz_alloc_zero(0, 0);
    cr_expect(nothing && zeros);
    free(zeros);
    nothing = rz_realloc(nothing, 0);
    cr_expect_not_null(nothing);
    free(nothing);
    RZ_CLEANUP(rz_free_pointer) char *copy = rz_strdup("abc");
    RZ_CLEANUP(rz_free_pointer) char *part = rz_strndup("abc", 2);
    RZ_CLEANUP(rz_free_pointer) char *empty = rz_strndup(NULL, 0);
    cr_expect_str_eq(copy, "abc");
    cr_expect_str_eq(part, "ab");
    cr_expect_str_eq(empty, "");
}

Test(alloc, arrays_grow_by_half)
{
    size_t capacity = 0;
    int *items = rz_grow(NULL, &capacity, 1, sizeof *items);
    cr_expect_eq(capacity, 8);
    items = rz_grow(items, &capacity, 9, sizeof *items);
    cr_expect_eq(capacity, 12);
    int *same = rz_grow(items, &capacity, 12, sizeof *items);
    cr_expect_eq(same, items);
    items = rz_grow(items, &capacity, 100, sizeof *items);
    cr_expect_eq(capacity, 100);
    free(items);
}

Test(alloc, impossible_sizes_end_the_process, .exit_code = 1)
{
    size_t capacity = 0;
    rz_grow(NULL, &capacity, SIZE_MAX / 2, 8);
}
