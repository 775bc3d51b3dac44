/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many changes in one blob. */
#include "journal/change_block.h"

#include "journal/rrset_image.h"

#define MARK 255 /* no name begins with it */
#define HAS_BEFORE 1u
#define HAS_AFTER 2u
#define HAS_FILE 4u /* the name follows; without, it is that of the change before */
#define HAS_LINE 8u
#define HAS_TYPE 16u

/* Small numbers of either sign become small ones. */
static uint32_t fold(uint32_t difference)
{
    return difference << 1 ^ (difference >> 31 ? UINT32_MAX : 0);
}

static uint32_t unfold(uint32_t folded)
{
    return folded >> 1 ^ (folded & 1 ? UINT32_MAX : 0);
}

static void put_image(struct rz_buffer *block, const struct rz_rrset *rrset)
{
    rz_compact_number(block, (uint32_t)rz_rrset_image_size(rrset));
    rz_rrset_image_write(block, rrset);
}

static bool same_file(const char *file, const char *previous)
{
    return file == previous || (previous && strcmp(file, previous) == 0);
}

void rz_change_block_add(struct rz_change_block_writer *writer, const struct rz_plan_change *change)
{
    struct rz_buffer *block = &writer->block;
    const struct rz_rrset *subject = rz_change_subject(change->change), *last = writer->last;
    bool names_file = change->file && !same_file(change->file, writer->file);
    unsigned flags = (change->change.before ? HAS_BEFORE : 0)
                     | (change->change.after ? HAS_AFTER : 0) | (names_file ? HAS_FILE : 0)
                     | (change->file && subject->line ? HAS_LINE : 0)
                     | (!last || last->type != subject->type ? HAS_TYPE : 0);
    if (block->size == 0)
        rz_buffer_char(block, (char)MARK);
    rz_buffer_char(block, (char)flags);
    rz_compact_name(block, subject->owner, last ? last->owner : NULL);
    if (flags & HAS_TYPE)
        rz_buffer_append(block, (uint8_t[]){(uint8_t)(subject->type >> 8), (uint8_t)subject->type},
                         2);
    if (change->change.before)
        put_image(block, change->change.before);
    if (change->change.after)
        put_image(block, change->change.after);
    if (flags & HAS_LINE) {
        rz_compact_number(block, fold(subject->line - writer->line));
        writer->line = subject->line;
    }
    if (names_file) {
        rz_compact_number(block, (uint32_t)strlen(change->file));
        rz_buffer_text(block, change->file);
        writer->file = change->file;
    }
    writer->last = subject;
}

void rz_change_block_reset(struct rz_change_block_writer *writer)
{
    rz_buffer_reset(&writer->block);
    *writer = (struct rz_change_block_writer){.block = writer->block};
}

/* Big-endian, of `size` octets. */
static uint32_t take_fixed(struct rz_change_block *block, size_t size)
{
    uint32_t value = 0;
    const uint8_t *octets = rz_compact_take(&block->in, size);
    for (size_t i = 0; octets && i < size; i++)
        value = value << 8 | octets[i];
    return value;
}

static const void *take_image(struct rz_change_block *block, size_t *size)
{
    *size = block->plain ? take_fixed(block, 4) : rz_compact_take_number(&block->in);
    return rz_compact_take(&block->in, *size);
}

static void take_file(struct rz_change_block *block)
{
    size_t length = block->plain ? take_fixed(block, 2) : rz_compact_take_number(&block->in);
    const uint8_t *name = rz_compact_take(&block->in, length);
    if (name)
        block->file = (struct rz_str){(const char *)name, length};
}

static void take_plain(struct rz_change_block *block, struct rz_block_change *change)
{
    change->owner = block->in.at;
    size_t size = rz_name_check(block->in.at, (size_t)(block->in.end - block->in.at));
    if (size == 0) {
        block->in.damaged = true;
        return;
    }
    rz_compact_take(&block->in, size);
    change->type = (uint16_t)take_fixed(block, 2);
    uint32_t flags = take_fixed(block, 1);
    if (flags & HAS_BEFORE)
        change->before = take_image(block, &change->before_size);
    if (flags & HAS_AFTER)
        change->after = take_image(block, &change->after_size);
    change->line = take_fixed(block, 4);
    if (flags & HAS_FILE)
        take_file(block);
}

static void take_change(struct rz_change_block *block, struct rz_block_change *change)
{
    uint32_t flags = take_fixed(block, 1);
    rz_compact_take_name(&block->in, &block->owner);
    if (flags & HAS_TYPE)
        block->type = (uint16_t)take_fixed(block, 2);
    change->owner = block->owner.wire;
    change->type = block->type;
    if (flags & HAS_BEFORE)
        change->before = take_image(block, &change->before_size);
    if (flags & HAS_AFTER)
        change->after = take_image(block, &change->after_size);
    if (flags & HAS_LINE)
        change->line = block->line += unfold(rz_compact_take_number(&block->in));
    if (flags & HAS_FILE)
        take_file(block);
}

bool rz_change_block_next(struct rz_change_block *block, struct rz_block_change *change)
{
    *change = (struct rz_block_change){0};
    if (block->in.at == block->in.end || block->in.damaged)
        return false;
    if (!block->begun) {
        block->begun = true;
        block->plain = *block->in.at != MARK;
        block->in.at += !block->plain;
    }
    if (block->plain)
        take_plain(block, change);
    else
        take_change(block, change);
    if (change->line)
        change->file = block->file;
    return !block->in.damaged;
}
