/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items of work side by side: zones, requests, servers to be asked. */
#ifndef RZ_POOL_H
#define RZ_POOL_H

#include <stddef.h>

/* Calls work(user, i) once for each i below `count`, in rising order of their beginning, on `threads`
 * threads at most, of which the caller is one; returns when all have ended. Where the system gives
 * fewer threads, those there are do it all. `work` must be safe in threads. */
void rz_pool_run(size_t threads, size_t count, void (*work)(void *user, size_t i), void *user);

#endif
