/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real clock, randomness and waiting. Tests put their own into struct rz_context. */
#include "context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Waiting is cut into slices of this many milliseconds, so that a signal ends it soon. */
#define SLEEP_SLICE_MS 50

static int64_t real_now_ms(void *user)
{
    struct timespec time;
    (void)user;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t real_now(void *user)
{
    (void)user;
    return (int64_t)time(NULL);
}

static int64_t real_ticks(void *user)
{
    struct timespec spec;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &spec);
    return (int64_t)spec.tv_sec * 1000 + spec.tv_nsec / 1000000;
}

static void real_sleep(struct rz_context *context, int64_t milliseconds)
{
    while (milliseconds > 0 && !rz_context_stopped(context)) {
        int64_t slice = milliseconds < SLEEP_SLICE_MS ? milliseconds : SLEEP_SLICE_MS;
        struct timespec spec = {.tv_nsec = slice * 1000000};
        nanosleep(&spec, NULL);
        milliseconds -= slice;
    }
}

static void real_random(void *user, void *octets, size_t size)
{
    unsigned char *next = octets;
    (void)user;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* no kernel that rezone runs on lacks it */
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        }
    }
}

void rz_context_init(struct rz_context *context)
{
    *context = (struct rz_context){.now = real_now,
                                   .now_ms = real_now_ms,
                                   .ticks = real_ticks,
                                   .sleep_ms = real_sleep,
                                   .random = real_random,
                                   .project_dir = AT_FDCWD,
                                   .jobs = 1,
                                   .version = ""};
    atomic_init(&context->cancelled, 0);
}

void rz_context_wait(struct rz_context *context, int64_t milliseconds)
{
    while (milliseconds > 0 && !rz_context_cancelled(context)) {
        int64_t slice = milliseconds < SLEEP_SLICE_MS ? milliseconds : SLEEP_SLICE_MS;
        context->sleep_ms(context, slice);
        milliseconds -= slice;
    }
}

bool rz_context_stopped(const struct rz_context *context)
{
    return atomic_load_explicit(&context->cancelled, memory_order_relaxed) > 1;
}

bool rz_context_cancelled(const struct rz_context *context)
{
    return atomic_load_explicit(&context->cancelled, memory_order_relaxed) != 0;
}
