/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that take the next item until there is none. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "support/alloc.h"

struct pool {
    void (*work)(void *user, size_t i);
    void *user;
    size_t count;
    atomic_size_t next;
};

static void *run(void *argument)
{
    struct pool *pool = argument;
    for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->count;)
        pool->work(pool->user, i);
    return NULL;
}

void rz_pool_run(size_t threads, size_t count, void (*work)(void *user, size_t i), void *user)
{
    struct pool pool = {.work = work, .user = user, .count = count};
    size_t wanted = threads < count ? threads : count, started = 0;
    pthread_t *others = rz_alloc((wanted + 1) * sizeof *others);
    while (started + 1 < wanted && pthread_create(&others[started], NULL, run, &pool) == 0)
        started++;
    run(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
    free(others);
}
