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
#define NUMBER_OCTETS_MAX 5 /* of 32 bits */

static void put_number(struct rz_buffer *block, uint32_t value)
{
    for (; value > 127; value >>= 7)
        rz_buffer_char(block, (char)(value | 128));
    rz_buffer_char(block, (char)value);
}

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
    put_number(block, (uint32_t)rz_rrset_image_size(rrset));
    rz_rrset_image_write(block, rrset);
}

static void put_owner(struct rz_buffer *block, const uint8_t *owner, const uint8_t *last)
{
    size_t size = rz_name_size(owner), last_size = last ? rz_name_size(last) : 0, head = 0,
           tail = 0;
    size_t least = size < last_size ? size : last_size;
    while (head < least && owner[head] == last[head])
        head++;
    while (tail < least - head && owner[size - 1 - tail] == last[last_size - 1 - tail])
        tail++;
    uint8_t sizes[3] = {(uint8_t)head, (uint8_t)tail, (uint8_t)(size - head - tail)};
    rz_buffer_append(block, sizes, sizeof sizes);
    rz_buffer_append(block, owner + head, size - head - tail);
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
    put_owner(block, subject->owner, last ? last->owner : NULL);
    if (flags & HAS_TYPE)
        rz_buffer_append(block, (uint8_t[]){(uint8_t)(subject->type >> 8), (uint8_t)subject->type},
                         2);
    if (change->change.before)
        put_image(block, change->change.before);
    if (change->change.after)
        put_image(block, change->change.after);
    if (flags & HAS_LINE) {
        put_number(block, fold(subject->line - writer->line));
        writer->line = subject->line;
    }
    if (names_file) {
        put_number(block, (uint32_t)strlen(change->file));
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

/* `size` octets of the block, NULL where it ends before. */
static const uint8_t *take(struct rz_change_block *block, size_t size)
{
    const uint8_t *taken = block->at;
    if (block->damaged || (size_t)(block->end - block->at) < size) {
        block->damaged = true;
        return NULL;
    }
    block->at += size;
    return taken;
}

/* Big-endian, of `size` octets. */
static uint32_t take_fixed(struct rz_change_block *block, size_t size)
{
    uint32_t value = 0;
    const uint8_t *octets = take(block, size);
    for (size_t i = 0; octets && i < size; i++)
        value = value << 8 | octets[i];
    return value;
}

static uint32_t take_number(struct rz_change_block *block)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < NUMBER_OCTETS_MAX; i++) {
        const uint8_t *octet = take(block, 1);
        if (!octet)
            return 0;
        value |= (uint64_t)(*octet & 127) << 7 * i;
        if (*octet < 128) {
            block->damaged |= value > UINT32_MAX;
            return (uint32_t)value;
        }
    }
    block->damaged = true;
    return 0;
}

static const void *take_image(struct rz_change_block *block, size_t *size)
{
    *size = block->plain ? take_fixed(block, 4) : take_number(block);
    return take(block, *size);
}

static void take_file(struct rz_change_block *block)
{
    size_t length = block->plain ? take_fixed(block, 2) : take_number(block);
    const uint8_t *name = take(block, length);
    if (name)
        block->file = (struct rz_str){(const char *)name, length};
}

/* From the owner before, which it replaces. */
static void take_owner(struct rz_change_block *block)
{
    uint8_t made[RZ_NAME_MAX];
    const uint8_t *sizes = take(block, 3);
    if (!sizes)
        return;
    size_t head = sizes[0], tail = sizes[1], own = sizes[2], size = head + tail + own;
    const uint8_t *middle = take(block, own);
    if (!middle || size > sizeof made || head > block->owner.size || tail > block->owner.size) {
        block->damaged = true;
        return;
    }
    memcpy(made, block->owner.wire, head);
    memcpy(made + head, middle, own);
    memcpy(made + head + own, block->owner.wire + block->owner.size - tail, tail);
    if (rz_name_check(made, size) != size)
        block->damaged = true;
    else
        rz_name_copy(&block->owner, made);
}

static void take_plain(struct rz_change_block *block, struct rz_block_change *change)
{
    change->owner = block->at;
    size_t size = rz_name_check(block->at, (size_t)(block->end - block->at));
    if (size == 0) {
        block->damaged = true;
        return;
    }
    take(block, size);
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
    take_owner(block);
    if (flags & HAS_TYPE)
        block->type = (uint16_t)take_fixed(block, 2);
    change->owner = block->owner.wire;
    change->type = block->type;
    if (flags & HAS_BEFORE)
        change->before = take_image(block, &change->before_size);
    if (flags & HAS_AFTER)
        change->after = take_image(block, &change->after_size);
    if (flags & HAS_LINE)
        change->line = block->line += unfold(take_number(block));
    if (flags & HAS_FILE)
        take_file(block);
}

bool rz_change_block_next(struct rz_change_block *block, struct rz_block_change *change)
{
    *change = (struct rz_block_change){0};
    if (block->at == block->end || block->damaged)
        return false;
    if (!block->begun) {
        block->begun = true;
        block->plain = *block->at != MARK;
        block->at += !block->plain;
    }
    if (block->plain)
        take_plain(block, change);
    else
        take_change(block, change);
    if (change->line)
        change->file = block->file;
    return !block->damaged;
}
