/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that cannot return NULL: out of memory ends the process with a message and an exit code,
 * and what was under way is recovered from the journal as after a kill. */
#ifndef RZ_SUPPORT_ALLOC_H
#define RZ_SUPPORT_ALLOC_H

#include <stddef.h>

/* Ends the process at once, without a core dump, which would have secrets in it. For what libraries
 * cannot do without memory, too. */
_Noreturn void rz_out_of_memory(void);

/* From here on a change may be under way: the exit code of rz_out_of_memory is 5 and no longer 1. */
void rz_out_of_memory_leaves_work(void);

/* malloc, calloc, realloc and strdup that do not return NULL. Free with free(). */
void *rz_alloc(size_t size);
void *rz_alloc_zero(size_t count, size_t size);
void *rz_realloc(void *memory, size_t size);
char *rz_strdup(const char *text);
char *rz_strndup(const char *text, size_t size);

/* Makes room for `need` items of `item_size` octets in a growing array; returns the array, which may
 * have moved. `*capacity` counts items. Growth is by half, so that a large array wastes little. */
void *rz_grow(void *items, size_t *capacity, size_t need, size_t item_size);

/* Scope guard: `RZ_CLEANUP(rz_free_pointer) char *text = …;` frees at the end of the scope. */
#define RZ_CLEANUP(function) __attribute__((cleanup(function)))
void rz_free_pointer(void *pointer_to_pointer);

#endif
