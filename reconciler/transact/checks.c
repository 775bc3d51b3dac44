/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks on a few threads, tried again until they pass or their tries or the time are up. */
#include "transact/checks.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/alloc.h"

#define THREADS 8
#define WAIT_FIRST_MS 500
#define WAIT_MAX_MS 10000

struct run {
    const struct rz_verify_request *request;
    struct rz_check_report *reports;
    size_t count;
    atomic_size_t next;
    int64_t end; /* ticks */
    struct rz_buffer *said;
};

static int64_t ticks(const struct run *run)
{
    struct rz_context *context = run->request->project->context;
    return context->ticks(context->user);
}

static int64_t try_timeout(const struct run *run, const struct rz_check *check)
{
    int64_t own = (int64_t)check->timeout * 1000, left = run->end - ticks(run);
    return left < 1 ? 1 : left < own ? left : own;
}

static void run_check(struct run *run, size_t index)
{
    struct rz_check_report *report = &run->reports[index];
    struct rz_context *context = run->request->project->context;
    struct rz_check_try attempt = {.request = run->request, .check = &report->check};
    uint64_t retries = run->request->wait ? report->check.retries : 0;
    int64_t begin = ticks(run), wait = WAIT_FIRST_MS;
    for (;;) {
        rz_buffer_reset(&attempt.said);
        attempt.timeout_ms = try_timeout(run, &report->check);
        report->passed = rz_check_attempt(&attempt);
        report->tries++;
        if (report->passed || report->tries > retries || rz_context_cancelled(context)
            || ticks(run) + wait >= run->end)
            break;
        rz_context_wait(context, wait);
        wait = wait * 2 < WAIT_MAX_MS ? wait * 2 : WAIT_MAX_MS;
    }
    report->milliseconds = ticks(run) - begin;
    run->said[index] = attempt.said;
}

static void *work(void *argument)
{
    struct run *run = argument;
    for (size_t i; (i = atomic_fetch_add(&run->next, 1)) < run->count;)
        run_check(run, i);
    return NULL;
}

static void run_all(struct run *run)
{
    pthread_t threads[THREADS];
    size_t wanted = run->count < THREADS ? run->count : THREADS, started = 0;
    for (; started + 1 < wanted; started++)
        if (pthread_create(&threads[started], NULL, work, run) != 0)
            break;
    work(run);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void tell(const struct rz_check_report *report, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer tries = {0};
    const struct rz_check *check = &report->check;
    struct rz_place place = {.name = check->file, .line = check->line, .column = check->column};
    if (report->tries > 1)
        rz_buffer_printf(&tries, ", tried %u times", report->tries);
    rz_diags_add(diags, RZ5111, place, "check %s: %s%s", report->what, report->said,
                 rz_buffer_view(&tries).data);
}

static void note_check(struct rz_verify_report *report, const struct rz_check *check)
{
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    struct rz_check_report *noted = &report->checks[report->check_count++];
    rz_check_print(&what, check);
    noted->check = rz_check_copy(&report->arena, check);
    noted->what = rz_arena_str(&report->arena, rz_buffer_view(&what)).data;
}

static size_t pick_due(struct rz_verify_report *report, const struct rz_check *checks, size_t count,
                       bool apply)
{
    report->checks = rz_arena_zero(&report->arena, (count + 1) * sizeof *report->checks);
    for (size_t i = 0; i < count; i++)
        if (rz_check_is_due(&checks[i], apply))
            note_check(report, &checks[i]);
    return report->check_count;
}

enum rz_status rz_checks_run(const struct rz_verify_request *request, const struct rz_check *checks,
                             size_t count, struct rz_diags *diags)
{
    struct rz_verify_report *report = request->report;
    struct run run = {.request = request, .count = pick_due(report, checks, count, request->wait)};
    run.reports = report->checks;
    run.said = rz_alloc_zero(run.count + 1, sizeof *run.said);
    run.end = ticks(&run) + (int64_t)request->project->verify.timeout * 1000;
    run_all(&run);
    for (size_t i = 0; i < run.count; i++) {
        report->checks[i].said = rz_arena_str(&report->arena, rz_buffer_view(&run.said[i])).data;
        rz_buffer_free(&run.said[i]);
        report->checks_passed += report->checks[i].passed;
        if (!report->checks[i].passed)
            tell(&report->checks[i], diags);
    }
    free(run.said);
    return report->checks_passed == run.count ? RZ_OK : RZ_CONFLICT;
}
