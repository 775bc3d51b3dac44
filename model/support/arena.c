/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bump allocation in blocks that double up to 4 MiB. */
#include "support/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"

#define FIRST_BLOCK 4096
#define LARGEST_BLOCK ((size_t)4 << 20)

struct rz_arena_block {
    struct rz_arena_block *previous;
    size_t size; /* of the memory behind this header */
    max_align_t memory[];
};

static void add_block(struct rz_arena *arena, size_t need)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < need)
        size = need;
    struct rz_arena_block *block = rz_alloc(sizeof *block + size);
    block->previous = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->next = (char *)block->memory;
    arena->end = arena->next + size;
    arena->total += size;
}

void *rz_arena_bytes(struct rz_arena *arena, size_t size)
{
    if ((size_t)(arena->end - arena->next) < size || !arena->next)
        add_block(arena, size);
    char *memory = arena->next;
    arena->next += size;
    return memory;
}

void *rz_arena_alloc(struct rz_arena *arena, size_t size)
{
    size_t skip = -(uintptr_t)arena->next & 7;
    if (!arena->next || (size_t)(arena->end - arena->next) < size + skip) {
        add_block(arena, size);
        skip = 0;
    }
    char *memory = arena->next + skip;
    arena->next = memory + size;
    return memory;
}

void *rz_arena_zero(struct rz_arena *arena, size_t size)
{
    return memset(rz_arena_alloc(arena, size), 0, size);
}

struct rz_str rz_arena_str(struct rz_arena *arena, struct rz_str text)
{
    char *copy = rz_arena_bytes(arena, text.size + 1);
    if (text.size)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (struct rz_str){copy, text.size};
}

char *rz_arena_strdup(struct rz_arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(rz_arena_bytes(arena, size), text, size);
}

char *rz_arena_printf(struct rz_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = rz_arena_bytes(arena, (size_t)(size < 0 ? 0 : size) + 1);
    text[0] = '\0';
    if (size > 0)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void rz_arena_reset(struct rz_arena *arena)
{
    struct rz_arena_block *kept = arena->blocks;
    if (!kept)
        return;
    for (struct rz_arena_block *block = kept->previous, *previous; block; block = previous) {
        previous = block->previous;
        free(block);
    }
    kept->previous = NULL;
    arena->total = kept->size;
    arena->next = (char *)kept->memory;
    arena->end = arena->next + kept->size;
}

void rz_arena_free(struct rz_arena *arena)
{
    rz_arena_reset(arena);
    free(arena->blocks);
    *arena = (struct rz_arena){0};
}

void rz_arena_absorb(struct rz_arena *to, struct rz_arena *from)
{
    if (!to->blocks) {
        *to = *from;
    } else if (from->blocks) {
        struct rz_arena_block *oldest = from->blocks;
        while (oldest->previous)
            oldest = oldest->previous;
        oldest->previous = to->blocks->previous;
        to->blocks->previous = from->blocks;
        to->total += from->total;
    }
    *from = (struct rz_arena){0};
}
