/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones in waves on a few threads: canaries, then so many at a time, with a pause between; no wave
 * begins after one in which a zone failed. */
#include <inttypes.h>
#include <stdlib.h>

#include "meter.h"
#include "support/alloc.h"
#include "transact/forward.h"

static bool has_failed(const struct rz_zone_result *zone)
{
    return zone->state != RZ_STATE_COMMITTED;
}

static void *run_worker(void *argument)
{
    struct rz_transaction *whole = argument;
    for (size_t i; (i = atomic_fetch_add(&whole->next, 1)) < whole->end;) {
        rz_zone_transaction_run(whole, i);
        rz_meter_zone(whole->project->context);
        if (has_failed(&whole->result->zones[i]) && whole->on_failure != RZ_ROLLBACK_BATCH)
            atomic_store(&whole->stopped, true);
    }
    return NULL;
}

void rz_workers_run(struct rz_transaction *whole, size_t count, void *(*work)(void *whole))
{
    pthread_t *threads = rz_alloc((count + 1) * sizeof *threads);
    size_t started = 0;
    for (; started + 1 < count; started++)
        if (pthread_create(&threads[started], NULL, work, whole) != 0)
            break;
    work(whole);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

static void run_wave(struct rz_transaction *whole, size_t first, size_t end)
{
    size_t wanted = (size_t)whole->project->apply.concurrency;
    atomic_store(&whole->next, first);
    whole->end = end;
    rz_workers_run(whole, wanted < end - first ? wanted : end - first, run_worker);
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
        run_wave(whole, first, end);
        if (end < count && wave_failed(whole, first, end))
            atomic_store(&whole->stopped, true);
        else if (end < count)
            context->sleep_ms(context, (int64_t)settings->pause * 1000);
    }
}
