/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: the time that a program spends in SQLite, waits for the disk included, goes to the
 * file that SQLITE_CLOCK names, in nanoseconds. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_llong spent;
static __thread int depth;
static __thread long long begun;

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void enter(void)
{
    if (depth++ == 0)
        begun = now();
}

static void leave(void)
{
    if (--depth == 0)
        atomic_fetch_add(&spent, now() - begun);
}

/* Pointers and integers of up to five arguments are passed alike; what is called is as declared. */
#define TIMED(name)                                                                                \
    long name(long a, long b, long c, long d, long e)                                              \
    {                                                                                              \
        static long (*next)(long, long, long, long, long);                                         \
        if (!next)                                                                                 \
            next = (long (*)(long, long, long, long, long))dlsym(RTLD_NEXT, #name);                \
        enter();                                                                                   \
        long result = next(a, b, c, d, e);                                                         \
        leave();                                                                                   \
        return result;                                                                             \
    }

TIMED(sqlite3_open_v2)
TIMED(sqlite3_close)
TIMED(sqlite3_close_v2)
TIMED(sqlite3_exec)
TIMED(sqlite3_prepare_v2)
TIMED(sqlite3_prepare_v3)
TIMED(sqlite3_step)
TIMED(sqlite3_reset)
TIMED(sqlite3_finalize)

__attribute__((destructor)) static void end(void)
{
    char text[32];
    const char *path = getenv("SQLITE_CLOCK");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    int size = snprintf(text, sizeof text, "%lld\n", atomic_load(&spent));
    if (fd >= 0 && write(fd, text, (size_t)size) != size)
        abort();
}
