/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many changes in one blob. */
#include "journal/change_block.h"

#include "journal/rrset_image.h"

#define HAS_BEFORE 1u
#define HAS_AFTER 2u
#define HAS_FILE 4u /* the name follows; without, it is that of the change before */

static void put_number(struct rz_buffer *block, uint32_t value, size_t size)
{
    uint8_t octets[4];
    for (size_t i = 0; i < size; i++)
        octets[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    rz_buffer_append(block, octets, size);
}

/* The size is known when the image is there. */
static void put_image(struct rz_buffer *block, const struct rz_rrset *rrset)
{
    size_t at = block->size;
    put_number(block, 0, 4);
    rz_rrset_image_write(block, rrset);
    size_t size = block->size - at - 4;
    for (size_t i = 0; i < 4; i++)
        block->data[at + i] = (char)(size >> 8 * (3 - i) & 255);
}

static bool same_file(const char *file, const char *previous)
{
    return file == previous || (previous && strcmp(file, previous) == 0);
}

void rz_change_block_add(struct rz_buffer *block, const struct rz_plan_change *change,
                         const char *previous_file)
{
    const struct rz_rrset *subject = rz_change_subject(change->change);
    bool names_file = change->file && !same_file(change->file, previous_file);
    unsigned flags = (change->change.before ? HAS_BEFORE : 0)
                     | (change->change.after ? HAS_AFTER : 0) | (names_file ? HAS_FILE : 0);
    rz_buffer_append(block, subject->owner, rz_name_size(subject->owner));
    put_number(block, subject->type, 2);
    put_number(block, flags, 1);
    if (change->change.before)
        put_image(block, change->change.before);
    if (change->change.after)
        put_image(block, change->change.after);
    put_number(block, change->file ? subject->line : 0, 4);
    if (names_file) {
        size_t size = strlen(change->file);
        size = size > UINT16_MAX ? UINT16_MAX : size;
        put_number(block, (uint32_t)size, 2);
        rz_buffer_append(block, change->file, size);
    }
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

static uint32_t take_number(struct rz_change_block *block, size_t size)
{
    uint32_t value = 0;
    const uint8_t *octets = take(block, size);
    for (size_t i = 0; octets && i < size; i++)
        value = value << 8 | octets[i];
    return value;
}

static const void *take_image(struct rz_change_block *block, size_t *size)
{
    *size = take_number(block, 4);
    return take(block, *size);
}

bool rz_change_block_next(struct rz_change_block *block, struct rz_block_change *change)
{
    *change = (struct rz_block_change){0};
    if (block->at == block->end || block->damaged)
        return false;
    change->owner = block->at;
    size_t size = rz_name_check(block->at, (size_t)(block->end - block->at));
    if (size == 0) {
        block->damaged = true;
        return false;
    }
    take(block, size);
    change->type = (uint16_t)take_number(block, 2);
    uint32_t flags = take_number(block, 1);
    if (flags & HAS_BEFORE)
        change->before = take_image(block, &change->before_size);
    if (flags & HAS_AFTER)
        change->after = take_image(block, &change->after_size);
    change->line = take_number(block, 4);
    if (flags & HAS_FILE) {
        size_t length = take_number(block, 2);
        const uint8_t *name = take(block, length);
        if (name)
            block->file = (struct rz_str){(const char *)name, length};
    }
    if (change->line)
        change->file = block->file;
    return !block->damaged;
}
