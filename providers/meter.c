/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters of a run. */
#include "meter.h"

#include <time.h>

#include "context.h"

const char *const rz_phase_texts[RZ_PHASE_COUNT] = {"load", "fetch", "diff", "send", "verify"};

static int64_t now_ns(void)
{
    struct timespec spec;
    clock_gettime(CLOCK_MONOTONIC, &spec);
    return (int64_t)spec.tv_sec * 1000000000 + spec.tv_nsec;
}

int64_t rz_meter_begin(const struct rz_context *context, enum rz_phase phase)
{
    if (!context->meter)
        return 0;
    atomic_fetch_add_explicit(&context->meter->active[phase], 1, memory_order_relaxed);
    return now_ns();
}

void rz_meter_end(const struct rz_context *context, enum rz_phase phase, int64_t begun)
{
    if (!context->meter)
        return;
    atomic_fetch_sub_explicit(&context->meter->active[phase], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&context->meter->spent[phase], (uint64_t)(now_ns() - begun),
                              memory_order_relaxed);
}

void rz_meter_zone(const struct rz_context *context)
{
    if (context->meter)
        atomic_fetch_add_explicit(&context->meter->done, 1, memory_order_relaxed);
}
