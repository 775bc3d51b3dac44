/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of changes: what is written is read, blocks of older versions too, and damage is seen. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "journal/change_block.h"
#include "journal/rrset_image.h"

#define CHANGES 60

/* Owners that share much, little and nothing; types, lines and files that change now and then. */
struct made {
    struct rz_name owners[CHANGES];
    uint8_t rdata[CHANGES][6];
    struct rz_rrset rrsets[CHANGES];
    struct rz_plan_change changes[CHANGES];
};

static void make(struct made *made)
{
    static const char *const forms[][2] = {
        {"host", ".example.com"}, {"h", ".a.example.com"}, {"*.", ".example.com"}, {"x.", ".net"}};
    uint16_t size = 4;
    for (size_t i = 0; i < CHANGES; i++) {
        char text[64];
        const char *why;
        const char *const *form = forms[i / 7 % 4];
        snprintf(text, sizeof text, "%s%03zu%s", form[0], i, form[1]);
        cr_assert_eq(rz_name_parse(&made->owners[i], rz_str_of(text), NULL, &why), RZ_OK);
        memcpy(made->rdata[i], &size, sizeof size);
        memcpy(made->rdata[i] + 2, (uint8_t[]){192, 0, 2, (uint8_t)i}, 4);
        made->rrsets[i] = (struct rz_rrset){.owner = made->owners[i].wire,
                                            .type = i % 5 ? 1 : 0x1234,
                                            .ttl = (uint32_t)i * 60,
                                            .line = (uint32_t)(i % 3 ? 4000 - i * 7 : i * 1000003),
                                            .rdata = made->rdata[i],
                                            .rdata_size = 6,
                                            .rdata_count = 1};
        made->changes[i] = (struct rz_plan_change){
            .change = {i % 4 == 1 ? NULL : &made->rrsets[i], i % 4 == 2 ? NULL : &made->rrsets[i]},
            .file = i % 11 == 3 ? NULL
                    : i < 30    ? "zones/a.yaml"
                                : "zones/b.yaml"};
    }
}

static void write_all(struct rz_change_block_writer *writer, const struct made *made)
{
    for (size_t i = 0; i < CHANGES; i++)
        rz_change_block_add(writer, &made->changes[i]);
}

static void expect_same(const struct rz_block_change *read, const struct rz_plan_change *change)
{
    const struct rz_rrset *subject = rz_change_subject(change->change);
    uint32_t line = change->file ? subject->line : 0;
    cr_expect(rz_name_equal(read->owner, subject->owner));
    cr_expect_eq(read->type, subject->type);
    cr_expect_eq(read->line, line);
    cr_expect_eq(read->before != NULL, change->change.before != NULL);
    cr_expect_eq(read->after != NULL, change->change.after != NULL);
    if (line)
        cr_expect(rz_str_is(read->file, change->file));
    struct rz_arena arena = {0};
    struct rz_rrset again;
    const void *image = read->after ? read->after : read->before;
    size_t size = read->after ? read->after_size : read->before_size;
    cr_expect(rz_rrset_image_read(&again, &arena, read->owner, read->type, image, size));
    cr_expect(rz_rrset_equal(&again, subject));
    rz_arena_free(&arena);
}

Test(change_block, is_read_as_written)
{
    struct made made;
    struct rz_change_block_writer writer = {0};
    struct rz_block_change read;
    make(&made);
    for (int round = 0; round < 2; round++) { /* again in a block that was reset */
        write_all(&writer, &made);
        struct rz_change_block block = {.in.at = (const uint8_t *)writer.block.data};
        block.in.end = block.in.at + writer.block.size;
        for (size_t i = 0; i < CHANGES; i++) {
            cr_assert(rz_change_block_next(&block, &read));
            expect_same(&read, &made.changes[i]);
        }
        cr_expect_not(rz_change_block_next(&block, &read));
        cr_expect_not(block.in.damaged);
        rz_change_block_reset(&writer);
    }
    rz_buffer_free(&writer.block);
}

Test(change_block, of_an_older_version_is_read)
{
    static const uint8_t old[] = "\3www\7example\3com\0"
                                 "\0\1"
                                 "\6" /* A; after, and a file */
                                 "\0\0\0\12"
                                 "\0\0\16\20\0\4\300\0\2\1"
                                 "\0\0\0\7"
                                 "\0\3a.y"
                                 "\1b\7example\3com\0"
                                 "\0\1"
                                 "\3" /* before and after */
                                 "\0\0\0\12"
                                 "\0\0\16\20\0\4\300\0\2\1"
                                 "\0\0\0\12"
                                 "\0\0\16\20\0\4\300\0\2\2"
                                 "\0\0\0\11";
    struct rz_change_block block = {.in.at = old, .in.end = old + sizeof old - 1};
    struct rz_block_change read;
    cr_assert(rz_change_block_next(&block, &read));
    cr_expect(rz_name_equal(read.owner, old));
    cr_expect(read.after && !read.before && read.after_size == 10 && read.line == 7);
    cr_expect(rz_str_is(read.file, "a.y"));
    cr_assert(rz_change_block_next(&block, &read));
    cr_expect(read.after && read.before && read.line == 9 && rz_str_is(read.file, "a.y"));
    cr_expect_not(rz_change_block_next(&block, &read));
    cr_expect_not(block.in.damaged);
}

/* Cut anywhere, a block gives changes that are whole and then says that it is damaged; with an octet
 * changed it gives what it likes, but reads nothing outside (run under AddressSanitizer). */
Test(change_block, damage_is_seen)
{
    struct made made;
    struct rz_change_block_writer writer = {0};
    struct rz_block_change read;
    make(&made);
    write_all(&writer, &made);
    size_t whole = 0;
    for (size_t size = 1; size < writer.block.size; size++) {
        uint8_t *copy = malloc(size);
        memcpy(copy, writer.block.data, size);
        struct rz_change_block block = {.in.at = copy, .in.end = copy + size};
        size_t count = 0;
        while (rz_change_block_next(&block, &read))
            expect_same(&read, &made.changes[count++]);
        whole += !block.in.damaged;
        for (size_t at = 0; at < size; at += 13) {
            copy[at] ^= (uint8_t)(1 + size % 255);
            block = (struct rz_change_block){.in.at = copy, .in.end = copy + size};
            while (rz_change_block_next(&block, &read))
                cr_expect(rz_name_check(read.owner, RZ_NAME_MAX) > 0);
        }
        free(copy);
    }
    cr_expect_eq(whole, CHANGES - 1, "cuts between two changes (%zu)", whole);
    rz_buffer_free(&writer.block);
}
