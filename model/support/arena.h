/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is freed as a whole: one arena a document, one a zone. Not for two threads at once. */
#ifndef RZ_SUPPORT_ARENA_H
#define RZ_SUPPORT_ARENA_H

#include "support/str.h"

struct rz_arena_block;

/* All zero is a valid empty arena. */
struct rz_arena {
    struct rz_arena_block *blocks;
    char *next, *end;
    size_t total; /* octets taken from the system */
};

/* Uninitialised memory aligned to 8; never NULL. */
void *rz_arena_alloc(struct rz_arena *arena, size_t size);
/* Uninitialised memory without alignment, for octets. */
void *rz_arena_bytes(struct rz_arena *arena, size_t size);
void *rz_arena_zero(struct rz_arena *arena, size_t size);
/* A copy that ends in a NUL which is not counted. */
struct rz_str rz_arena_str(struct rz_arena *arena, struct rz_str text);
char *rz_arena_strdup(struct rz_arena *arena, const char *text);
char *rz_arena_printf(struct rz_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Keeps one block for reuse; all memory handed out becomes invalid. */
void rz_arena_reset(struct rz_arena *arena);
/* Moves everything in `from` to `to`, without copying; `from` is empty afterwards. */
void rz_arena_absorb(struct rz_arena *to, struct rz_arena *from);
void rz_arena_free(struct rz_arena *arena);

#endif
