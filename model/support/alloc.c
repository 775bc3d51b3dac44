/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that ends the process instead of returning NULL. */
#include "support/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_ERROR = 1, EXIT_RECOVER = 5 };

/* Memory runs out where no context is at hand. */
static atomic_bool leaves_work;

void rz_out_of_memory_leaves_work(void)
{
    atomic_store(&leaves_work, true);
}

_Noreturn void rz_out_of_memory(void)
{
    static const char plain[] = "rezone: out of memory\n";
    static const char working[] = "rezone: out of memory in the middle of a run; "
                                  "`rezone recover` shows what it left and mends it\n";
    bool left = atomic_load(&leaves_work);
    /* No stdio: it might want memory itself. */
    ssize_t written = left ? write(STDERR_FILENO, working, sizeof working - 1)
                           : write(STDERR_FILENO, plain, sizeof plain - 1);
    (void)written;
    _exit(left ? EXIT_RECOVER : EXIT_ERROR);
}

void *rz_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        rz_out_of_memory();
    return memory;
}

void *rz_alloc_zero(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        rz_out_of_memory();
    return memory;
}

void *rz_realloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size ? size : 1);
    if (!moved)
        rz_out_of_memory();
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
        rz_out_of_memory();
    *capacity = grown;
    return rz_realloc(items, grown * item_size);
}

void rz_free_pointer(void *pointer_to_pointer)
{
    void *pointer;
    memcpy(&pointer, pointer_to_pointer, sizeof pointer);
    free(pointer);
}
