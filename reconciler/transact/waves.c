/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones in waves on a few threads: canaries, then so many at a time, with a pause between; no wave
 * begins after one in which a zone failed. */
#include <inttypes.h>
#include <stdlib.h>

#include "meter.h"
#include "pool.h"
#include "support/alloc.h"
#include "transact/forward.h"

static bool has_failed(const struct rz_zone_result *zone)
{
    return zone->state != RZ_STATE_COMMITTED;
}

/* The zones of one wave. */
struct wave {
    struct rz_transaction *whole;
    size_t first;
};

static void run_zone(void *user, size_t i)
{
    const struct wave *wave = user;
    struct rz_transaction *whole = wave->whole;
    rz_zone_transaction_run(whole, wave->first + i);
    rz_meter_zone(whole->project->context);
    if (has_failed(&whole->result->zones[wave->first + i])
        && whole->on_failure != RZ_ROLLBACK_BATCH)
        atomic_store(&whole->stopped, true);
}

size_t rz_wave_end(const struct rz_wave_settings *settings, size_t first, size_t count)
{
    size_t canaries = settings->canary < count ? (size_t)settings->canary : count;
    if (first < canaries)
        return canaries;
    uint64_t size = count - first;
    if (settings->limit.set)
        size = settings->limit.percent ? (settings->limit.value * count + 99) / 100
                                       : settings->limit.value;
    if (size == 0)
        size = 1;
    return size < count - first ? first + (size_t)size : count;
}

static bool wave_failed(const struct rz_transaction *whole, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (has_failed(&whole->result->zones[i]))
            return true;
    return false;
}

void rz_waves_run(struct rz_transaction *whole)
{
    struct rz_context *context = whole->project->context;
    const struct rz_wave_settings *settings = &whole->project->apply.batch;
    size_t count = whole->result->count;
    struct rz_wave_settings all = {0};
    if (whole->run.undoes) /* a way back is not tried out */
        settings = &all;
    for (size_t first = 0, end; first < count; first = end) {
        end = rz_wave_end(settings, first, count);
        struct wave wave = {whole, first};
        rz_pool_run((size_t)whole->project->apply.concurrency, end - first, run_zone, &wave);
        if (end < count && wave_failed(whole, first, end))
            atomic_store(&whole->stopped, true);
        else if (end < count)
            rz_context_wait(context, (int64_t)settings->pause * 1000);
    }
}
