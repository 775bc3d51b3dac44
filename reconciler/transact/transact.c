/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run: its zones on a few threads, its row in the journal, its result. */
#include "transact/transact.h"

#include <stdlib.h>

#include "cli/version.h"
#include "notify/notify.h"
#include "support/alloc.h"
#include "transact/forward.h"

static bool has_failed(const struct rz_zone_result *zone)
{
    return zone->state != RZ_STATE_COMMITTED;
}

/* on_failure: rollback_run keeps the locks of committed zones until all have ended. */
static void end_zones(struct rz_transaction *whole)
{
    bool take_back = false;
    for (size_t i = 0; i < whole->result->count; i++)
        take_back |= has_failed(&whole->result->zones[i]);
    for (size_t i = 0; whole->fences && i < whole->result->count; i++)
        if (whole->fences[i])
            rz_zone_transaction_end(whole, i, take_back);
}

static void tally(struct rz_run_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct rz_zone_result *zone = &result->zones[i];
        switch (zone->state) {
        case RZ_STATE_COMMITTED: result->committed++; break;
        case RZ_STATE_ROLLED_BACK: result->rolled_back++; break;
        case RZ_STATE_FAILED: zone->refused ? result->refused++ : result->failed++; break;
        default: result->unknown++; break;
        }
    }
}

static const char *status_text(const struct rz_run_result *result)
{
    return result->unknown                     ? "unknown"
           : result->rolled_back               ? "rolled_back"
           : result->failed || result->refused ? "failed"
                                               : "committed";
}

static enum rz_event event_of(const struct rz_zone_result *zone)
{
    switch (zone->state) {
    case RZ_STATE_COMMITTED: return RZ_EVENT_COMMITTED;
    case RZ_STATE_ROLLED_BACK: return RZ_EVENT_ROLLED_BACK;
    case RZ_STATE_FAILED: return RZ_EVENT_FAILED;
    default: return RZ_EVENT_UNKNOWN;
    }
}

static const char *first_error(const struct rz_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].severity == RZ_ERROR)
            return diags->items[i].message;
    return NULL;
}

/* That the run begins, or how each of its zones ended. */
static void tell(struct rz_notifier *notifier, const struct rz_transaction *whole, bool ended)
{
    struct rz_arena arena = {0};
    const struct rz_run_result *result = whole->result;
    if (!notifier)
        return;
    struct rz_notice_zone *zones = rz_arena_zero(&arena, (result->count + 1) * sizeof *zones);
    for (size_t i = 0; i < result->count; i++) {
        const struct rz_zone_result *zone = &result->zones[i];
        char apex[RZ_NAME_TEXT_MAX];
        zones[i] = (struct rz_notice_zone){
            .zone = rz_arena_strdup(&arena, rz_name_text_plain(apex, zone->plan->apex.wire)),
            .target = zone->plan->target,
            .event = ended ? event_of(zone) : RZ_EVENT_STARTED,
            .changes = zone->plan->count,
            .why = ended && zone->state != RZ_STATE_COMMITTED ? first_error(&zone->diags) : NULL};
    }
    const struct rz_run *run = &whole->run;
    struct rz_notice notice = {.command = run->command,
                               .actor = run->actor,
                               .host = run->host,
                               .commit = run->commit,
                               .plan = run->plan_id,
                               .run = run->id,
                               .zones = zones,
                               .count = result->count};
    rz_notifier_tell(notifier, &notice);
    rz_arena_free(&arena);
}

/* With a queue only those that were taken are the run's; what others say of it stays. */
static void keep_taken(struct rz_transaction *whole)
{
    struct rz_run_result *result = whole->result;
    size_t kept = 0;
    for (size_t i = 0; whole->taken && i < result->count; i++) {
        struct rz_zone_result *zone = &result->zones[i];
        if (whole->taken[i])
            result->zones[kept++] = *zone;
    }
    if (whole->taken)
        result->count = kept;
}

static void work(struct rz_transaction *whole)
{
    if (!whole->options->queue) {
        rz_waves_run(whole);
        end_zones(whole);
        return;
    }
    whole->taken = rz_alloc_zero(whole->result->count + 1, sizeof *whole->taken);
    if (rz_queue_join(whole->journal, whole->options->queue, whole->run.id, whole->diags) == RZ_OK)
        rz_queue_work(whole);
    keep_taken(whole);
    free(whole->taken);
}

enum rz_status rz_transact(struct rz_run_result *result, struct rz_project *project,
                           struct rz_journal *journal, const struct rz_plan *plan,
                           const struct rz_transact_options *options, struct rz_diags *diags)
{
    struct rz_transaction whole = {.project = project,
                                   .journal = journal,
                                   .options = options,
                                   .result = result,
                                   .diags = diags,
                                   /* Each zone that is mended is mended for itself. */
                                   .on_failure = options->undoes ? RZ_ROLLBACK_BATCH
                                                                 : project->apply.on_failure,
                                   .run = {.command = options->command,
                                           .actor = options->actor,
                                           .host = options->host,
                                           .commit = plan->commit,
                                           .plan_id = plan->id,
                                           .plan_created = plan->created * 1000 + plan->created_ms,
                                           .flags = options->flags,
                                           .signers = options->signers,
                                           .version = rz_version,
                                           .undoes = options->undoes}};
    *result = (struct rz_run_result){.count = plan->count};
    atomic_store(&project->context->in_hand, true);
    rz_out_of_memory_leaves_work();
    enum rz_status status = rz_journal_begin(journal, &whole.run, diags);
    if (status != RZ_OK) {
        result->count = 0;
        return status;
    }
    result->run = whole.run.id;
    result->zones = rz_alloc_zero(plan->count + 1, sizeof *result->zones);
    for (size_t i = 0; i < plan->count; i++)
        result->zones[i].plan = plan->zones[i];
    if (whole.on_failure == RZ_ROLLBACK_RUN)
        whole.fences = rz_alloc_zero(plan->count + 1, sizeof *whole.fences);
    pthread_mutex_init(&whole.lock, NULL);
    struct rz_notifier *notifier = rz_notifier_open(project, journal, diags);
    if (!options->queue || options->queue_made)
        tell(notifier, &whole, false);
    work(&whole);
    pthread_mutex_destroy(&whole.lock);
    free(whole.fences);
    tally(result);
    result->unsaved = rz_journal_end(journal, whole.run.id, status_text(result), diags) != RZ_OK;
    tell(notifier, &whole, true);
    for (size_t i = 0; i < result->count; i++)
        rz_diags_take(diags, &result->zones[i].diags);
    if (result->unsaved) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5011, (struct rz_place){0},
                                            "the end of the run is not in the journal");
        rz_diag_hint(diags, diag, "when it can be written again, `rezone recover` settles the run");
    }
    rz_notifier_close(notifier, diags);
    return RZ_OK;
}

void rz_run_result_free(struct rz_run_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        rz_diags_free(&result->zones[i].diags);
        rz_verify_report_free(&result->zones[i].report);
    }
    free(result->zones);
    *result = (struct rz_run_result){0};
}

/* What all workers have come to; zones that nobody has done are no success. */
static int queue_exit(const struct rz_queue_view *queue)
{
    const size_t *counts = queue->counts;
    return counts[RZ_QUEUE_UNKNOWN]                                                    ? 5
           : counts[RZ_QUEUE_ROLLED_BACK]                                              ? 4
           : counts[RZ_QUEUE_FAILED]                                                   ? 1
           : counts[RZ_QUEUE_REFUSED]                                                  ? 3
           : counts[RZ_QUEUE_WAITING] + counts[RZ_QUEUE_TAKEN] + counts[RZ_QUEUE_LOST] ? 1
                                                                                       : 0;
}

int rz_run_result_exit(const struct rz_run_result *result)
{
    /* What this process has come to is among what all have, or others do it again. */
    if (result->queue.id)
        return result->unsaved ? 5 : queue_exit(&result->queue);
    return result->unknown || result->unsaved ? 5
           : result->rolled_back              ? 4
           : result->failed                   ? 1
           : result->refused                  ? 3
                                              : 0;
}
