/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that ends the process instead of returning NULL. */
#include "support/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char message[] = "rezone: out of memory\n";
    /* No stdio: it might want memory itself. */
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    abort();
}

void *rz_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *rz_alloc_zero(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *rz_realloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size ? size : 1);
    if (!moved)
        out_of_memory();
    return moved;
}

char *rz_strndup(const char *text, size_t size)
{
    char *copy = rz_alloc(size + 1);
    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *rz_strdup(const char *text)
{
    return rz_strndup(text, strlen(text));
}

void *rz_grow(void *items, size_t *capacity, size_t need, size_t item_size)
{
    if (need <= *capacity)
        return items;
    size_t grown = *capacity + *capacity / 2;
    if (grown < need)
        grown = need;
    if (grown < 8)
        grown = 8;
    if (grown > SIZE_MAX / item_size)
        out_of_memory();
    *capacity = grown;
    return rz_realloc(items, grown * item_size);
}

void rz_free_pointer(void *pointer_to_pointer)
{
    void *pointer;
    memcpy(&pointer, pointer_to_pointer, sizeof pointer);
    free(pointer);
}
