/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One process at a queue. */
#include "transact/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "meter.h"
#include "pool.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "transact/forward.h"
#include "transact/rollback.h"

#define PAUSE_MS 250 /* between looks at a queue that others work off */
#define PAUSE_LONG_MS 1000
#define MENDS_MAX 3 /* a zone that moves while it is mended is looked at again */

/* What a thread tells that is about no zone of its own. */
static void tell(struct rz_transaction *whole, struct rz_diags *diags)
{
    pthread_mutex_lock(&whole->lock);
    rz_diags_take(whole->diags, diags);
    pthread_mutex_unlock(&whole->lock);
}

static const char *last_message(const struct rz_diags *diags)
{
    for (size_t i = diags->count; i-- > 0;)
        if (diags->items[i].severity == RZ_ERROR)
            return diags->items[i].message;
    return NULL;
}

static void set(struct rz_transaction *whole, const struct rz_queue_mark *mark)
{
    struct rz_diags diags = {0};
    RZ_FAULT("queue.set");
    /* What cannot be said is seen in the journal by whoever takes the zone next. */
    if (rz_queue_set(whole->journal, whole->options->queue, whole->run.id, mark, &diags) != RZ_OK)
        atomic_store(&whole->stopped, true);
    tell(whole, &diags);
}

/* --- Zones of processes that are gone --- */

static bool found_new(const struct rz_mend *mend)
{
    return mend->count == 1 && mend->zones[0].found == RZ_FOUND_NEW;
}

/* Undoes what the dead run did to the zone, or finishes it where nothing but the proof was missing. */
static enum rz_status mend_once(struct rz_transaction *whole, struct rz_mend_options options,
                                enum rz_zone_state *became, struct rz_diags *diags)
{
    char command[64];
    struct rz_mend mend;
    struct rz_run_result result = {0};
    struct rz_diags first = {0};
    enum rz_status status = rz_mend_plan(&mend, whole->project, whole->journal, &options, &first);
    if (status == RZ_OK && !options.forward && found_new(&mend)) {
        rz_mend_free(&mend);
        rz_diags_free(&first);
        options.forward = true;
        status = rz_mend_plan(&mend, whole->project, whole->journal, &options, &first);
    }
    rz_diags_take(diags, &first);
    snprintf(command, sizeof command, "recover %" PRId64 "%s", options.run,
             options.forward ? " --forward" : "");
    if (status == RZ_OK && mend.plan.count) {
        status = rz_mend_transact(&result, whole->project, whole->journal, &mend,
                                  (struct rz_transact_options){.command = command,
                                                               .actor = whole->options->actor,
                                                               .host = whole->options->host},
                                  diags);
        if (status == RZ_OK && result.committed != result.count)
            status = result.refused ? RZ_CONFLICT : RZ_UNKNOWN;
    }
    *became = options.forward ? RZ_STATE_COMMITTED : RZ_STATE_ROLLED_BACK;
    rz_run_result_free(&result);
    rz_mend_free(&mend);
    return status;
}

/* Refusals and doubts that a later attempt has settled are no errors. */
static void soften(struct rz_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].severity == RZ_ERROR)
            rz_diag_set_severity(diags, &diags->items[i], RZ_WARNING);
}

static enum rz_status mend_run(struct rz_transaction *whole, struct rz_mend_options options,
                               enum rz_zone_state *became, struct rz_diags *diags)
{
    struct rz_context *context = whole->project->context;
    enum rz_status status = RZ_CONFLICT;
    for (int i = 0; i < MENDS_MAX && status == RZ_CONFLICT; i++) {
        if (i)
            context->sleep_ms(context, PAUSE_MS);
        status = mend_once(whole, options, became, diags);
    }
    /* A zone that is as planned but cannot be proved so is taken back, and done again. */
    if (status != RZ_OK && *became == RZ_STATE_COMMITTED)
        status = mend_once(whole, options, became, diags);
    if (status == RZ_OK)
        soften(diags);
    return status;
}

/* Mends what runs of this queue left of the zone. `became`: as the oldest of them left it, in the end. */
static enum rz_status mend_zone(struct rz_transaction *whole, struct rz_queue_item *item,
                                enum rz_zone_state *became, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    const struct rz_zone_plan *plan = whole->result->zones[item->number].plan;
    struct rz_mend_options options = {.only_open = true, .zone = zone, .target = plan->target};
    rz_name_text_plain(zone, plan->apex.wire);
    for (int64_t last = 0;; last = options.run) {
        enum rz_status status = rz_queue_left_open(whole->journal, whole->options->queue, zone,
                                                   plan->target, &options.run, diags);
        if (status != RZ_OK || options.run == 0)
            return status;
        if (options.run == last)
            return RZ_UNKNOWN;
        item->left_by = options.run;
        status = mend_run(whole, options, became, diags);
        /* With it go locks of zones that it had committed. */
        if (status == RZ_OK)
            status = rz_journal_close_run(whole->journal, options.run, diags);
        if (status != RZ_OK)
            return status;
    }
}

static void note_lost(const struct rz_queue_item *item, const char *what,
                      const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    rz_diags_add(diags, RZ5606, rz_place_named(rz_name_text_plain(zone, plan->apex.wire)),
                 "the process of run %" PRId64 " is gone: at %s its change %s", item->lost_run,
                 plan->target, what);
}

/* Whether the zone is now free to be done. What a dead process did is in the journal; where it is not
 * whole, it is mended first. */
static bool settle_lost(struct rz_transaction *whole, struct rz_queue_item *item)
{
    struct rz_diags diags = {0};
    const struct rz_zone_plan *plan = whole->result->zones[item->number].plan;
    struct rz_queue_mark mark = {.number = item->number, .ended_by = item->lost_run};
    enum rz_zone_state became = item->journaled ? item->left : RZ_STATE_FAILED;
    enum rz_status status = RZ_OK;
    RZ_FAULT("queue.lost");
    if (became != RZ_STATE_COMMITTED)
        status = mend_zone(whole, item, &became, &diags);
    if (item->left_by)
        mark.ended_by = item->left_by;
    const char *why = last_message(&diags);
    bool again = status == RZ_OK && became != RZ_STATE_COMMITTED && item->open
                 && item->attempts <= RZ_QUEUE_ATTEMPTS;
    if (status == RZ_OK && became == RZ_STATE_COMMITTED) {
        mark.state = RZ_QUEUE_COMMITTED;
        note_lost(item, "was whole", plan, &diags);
    } else if (status != RZ_OK) {
        mark.state = RZ_QUEUE_UNKNOWN;
        mark.detail = why ? why : "what a dead process left could not be mended";
        note_lost(item, "could not be mended", plan, &diags);
    } else if (again) {
        note_lost(item, "is made anew", plan, &diags);
    } else if (!item->open) {
        mark = (struct rz_queue_mark){.number = item->number, .state = RZ_QUEUE_WAITING};
    } else {
        mark.state = RZ_QUEUE_FAILED;
        mark.detail = "too many processes were lost with it";
    }
    /* Who is told to stop in the middle of it leaves it to the next. */
    bool leaves = rz_context_cancelled(whole->project->context);
    if (!again && !leaves)
        set(whole, &mark);
    tell(whole, &diags);
    return again && !leaves;
}

/* --- Ordinary ones --- */

static enum rz_queue_state state_of(const struct rz_zone_result *zone)
{
    switch (zone->state) {
    case RZ_STATE_COMMITTED: return RZ_QUEUE_COMMITTED;
    case RZ_STATE_ROLLED_BACK: return RZ_QUEUE_ROLLED_BACK;
    case RZ_STATE_FAILED: return zone->refused ? RZ_QUEUE_REFUSED : RZ_QUEUE_FAILED;
    default: return RZ_QUEUE_UNKNOWN;
    }
}

static bool may_go_on(struct rz_transaction *whole)
{
    return !rz_context_cancelled(whole->project->context) && !atomic_load(&whole->stopped)
           && rz_queue_may_take(whole->journal);
}

static void do_zone(struct rz_transaction *whole, const struct rz_queue_item *item)
{
    struct rz_zone_result *zone = &whole->result->zones[item->number];
    struct rz_queue_mark mark = {.number = item->number};
    RZ_FAULT("queue.taken");
    whole->taken[item->number] = true;
    rz_zone_transaction_run(whole, item->number);
    rz_meter_zone(whole->project->context);
    mark.state = state_of(zone);
    /* A process that is told to stop leaves its zone as it was, and to the others. */
    if (rz_context_cancelled(whole->project->context)
        && (mark.state == RZ_QUEUE_ROLLED_BACK || mark.state == RZ_QUEUE_FAILED))
        mark.state = RZ_QUEUE_WAITING;
    /* So does one whose lease has run out, or that is told to stop at once: the zone is as if its process
     * had been killed, and the next that takes it mends it. */
    if (mark.state == RZ_QUEUE_UNKNOWN && !may_go_on(whole))
        return;
    if (mark.state != RZ_QUEUE_COMMITTED)
        mark.detail = last_message(&zone->diags);
    mark.stops = mark.state > RZ_QUEUE_COMMITTED && whole->on_failure == RZ_STOP;
    set(whole, &mark);
}

/* One of some threads that all do the same. */
static void work(void *user, size_t number)
{
    (void)number;
    struct rz_transaction *whole = user;
    while (may_go_on(whole)) {
        struct rz_diags diags = {0};
        struct rz_queue_item item;
        enum rz_status status = rz_queue_take(whole->journal, whole->options->queue, whole->run.id,
                                              &item, &diags);
        if (status != RZ_OK && status != RZ_NOT_FOUND)
            atomic_store(&whole->stopped, true);
        tell(whole, &diags);
        if (status != RZ_OK)
            break;
        if (item.number < whole->result->count && (!item.lost_run || settle_lost(whole, &item)))
            do_zone(whole, &item);
    }
}

/* Looks until there is something to take, or never will be. */
static enum rz_status wait_for_zones(struct rz_context *context, struct rz_journal *journal,
                                     int64_t queue, struct rz_queue_view *view,
                                     struct rz_diags *diags)
{
    int64_t pause = PAUSE_MS;
    for (;;) {
        enum rz_status status = rz_queue_look(journal, queue, view, diags);
        if (status != RZ_OK || view->ready || view->ended || rz_context_cancelled(context))
            return status;
        context->sleep_ms(context, pause);
        pause = pause * 2 < PAUSE_LONG_MS ? pause * 2 : PAUSE_LONG_MS;
    }
}

/* What it had in hand is no longer its own to judge. */
static void report_lease(struct rz_transaction *whole, struct rz_diags *diags)
{
    for (size_t i = 0; i < whole->result->count; i++)
        soften(&whole->result->zones[i].diags);
    struct rz_diag *diag = rz_diags_add(
        diags, RZ5215, (struct rz_place){0},
        "the lease of this process has run out: others do its zones");
    rz_diag_set_severity(diags, diag, RZ_WARNING);
    rz_diag_hint(diags, diag, "`rezone queue show` says what became of them");
}

void rz_queue_work(struct rz_transaction *whole)
{
    struct rz_diags diags = {0};
    struct rz_queue_view view = {0};
    size_t threads = (size_t)whole->project->apply.concurrency;
    while (may_go_on(whole)
           && wait_for_zones(whole->project->context, whole->journal, whole->options->queue, &view,
                             &diags)
                  == RZ_OK
           && view.ready && may_go_on(whole))
        rz_pool_run(threads, view.ready < threads ? view.ready : threads, work, whole);
    if (!rz_queue_may_take(whole->journal))
        report_lease(whole, &diags);
    tell(whole, &diags);
}

/* --- The whole --- */

/* Which wave each zone is of. */
static size_t *number_waves(const struct rz_wave_settings *settings, size_t count)
{
    size_t *waves = rz_alloc_zero(count + 1, sizeof *waves);
    for (size_t first = 0, end, wave = 0; first < count; first = end, wave++) {
        end = rz_wave_end(settings, first, count);
        for (size_t i = first; i < end; i++)
            waves[i] = wave;
    }
    return waves;
}

static enum rz_status put(struct rz_project *project, struct rz_journal *journal,
                          const struct rz_plan *plan, struct rz_transact_options *options,
                          struct rz_diags *diags)
{
    const struct rz_wave_settings *settings = &project->apply.batch;
    size_t *waves = number_waves(settings, plan->count);
    struct rz_queue_origin origin = {
        .actor = options->actor, .host = options->host, .waves = waves, .pause = settings->pause};
    enum rz_status status = rz_queue_put(journal, plan, &origin, &options->queue,
                                         &options->queue_made, diags);
    free(waves);
    return status;
}

static enum rz_status refuse_backend(struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5600, (struct rz_place){0},
                                        "--queue needs the journal in PostgreSQL, where all "
                                        "workers find it");
    rz_diag_hint(diags, diag,
                 "write `state: postgresql://…`, or cut the zones into shares with --shard K/N");
    return RZ_INVALID;
}

enum rz_status rz_queue_transact(struct rz_run_result *result, struct rz_project *project,
                                 struct rz_journal *journal, const struct rz_plan *plan,
                                 struct rz_transact_options options, struct rz_diags *diags)
{
    char command[64];
    struct rz_queue_view view = {0};
    *result = (struct rz_run_result){0};
    if (!rz_journal_has_queues(journal))
        return refuse_backend(diags);
    enum rz_status status = put(project, journal, plan, &options, diags);
    if (status == RZ_OK)
        status = wait_for_zones(project->context, journal, options.queue, &view, diags);
    snprintf(command, sizeof command, "apply --queue %" PRId64, options.queue);
    options.command = command;
    if (status == RZ_OK && view.ready)
        status = rz_transact(result, project, journal, plan, &options, diags);
    if (status == RZ_OK)
        status = rz_queue_close_runs(journal, options.queue, diags);
    if (status == RZ_OK)
        status = rz_queue_look(journal, options.queue, &result->queue, diags);
    return status;
}
