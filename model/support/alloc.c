/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that ends the process instead of returning NULL. */
#include "support/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXIT_ERROR = 1, EXIT_RECOVER = 5 };

#define PAGE 4096
#define LARGE ((size_t)3 << 20) /* holds a whole huge page wherever it lies */

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

/* Blocks of this size are written from end to end: with huge pages that is a page fault for every
 * 2 MiB instead of 4 KiB, where the system leaves the choice to the program. Only a hint, and for whole
 * mappings, which `realloc` can then still move without copying. */
static void *prefer_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    if (size >= LARGE) {
        uintptr_t start = (uintptr_t)memory & ~(uintptr_t)(PAGE - 1);
        uintptr_t end = ((uintptr_t)memory + size + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
        (void)madvise((char *)memory - ((uintptr_t)memory - start), end - start, MADV_HUGEPAGE);
    }
#endif
    return memory;
}

void *rz_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        rz_out_of_memory();
    return prefer_huge_pages(memory, size);
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
    return prefer_huge_pages(moved, size);
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
