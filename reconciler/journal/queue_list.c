/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues as a person sees them: what there is, what each zone has come to, cancelling, trying again. */
#include <inttypes.h>
#include <stdlib.h>

#include "journal/journal_internal.h"
#include "journal/queue_internal.h"

#define LIMIT 50

/* What is stored is whether it gives zones away; that nothing is left to give is seen. */
static const char *status_of(const struct rz_queue *queue, const char *stored)
{
    const size_t *counts = queue->counts;
    size_t bad = counts[RZ_QUEUE_ROLLED_BACK] + counts[RZ_QUEUE_FAILED] + counts[RZ_QUEUE_REFUSED]
                 + counts[RZ_QUEUE_UNKNOWN];
    size_t left = counts[RZ_QUEUE_WAITING] + counts[RZ_QUEUE_TAKEN] + counts[RZ_QUEUE_LOST];
    return left ? stored : bad ? "failed" : "done";
}

static enum rz_status visit_queue(struct rz_session *session, struct rz_rows *row,
                                  void (*visit)(void *user, const struct rz_queue *queue),
                                  void *user, struct rz_diags *diags)
{
    int64_t workers = 0;
    struct rz_queue queue = {.id = rz_rows_int(row, 0),
                             .plan_id = rz_rows_text(row, 1),
                             .actor = rz_rows_text(row, 2),
                             .host = rz_rows_text(row, 3),
                             .commit = rz_rows_text(row, 4),
                             .created = rz_rows_int(row, 5),
                             .reason = rz_rows_text(row, 7)};
    enum rz_status status = rz_queue_count(session, queue.id, queue.counts, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, &workers,
            "SELECT count(*) FROM queue_runs WHERE queue = ? AND EXISTS (SELECT 1 FROM workers "
            "WHERE workers.run = queue_runs.run AND expires > clock_timestamp())",
            "i", queue.id);
    queue.workers = (size_t)workers;
    queue.status = status_of(&queue, rz_rows_text(row, 6));
    if (status == RZ_OK)
        visit(user, &queue);
    return status;
}

static int64_t limit_of(const struct rz_queue_filter *filter)
{
    return (int64_t)(filter->limit ? filter->limit : LIMIT);
}

enum rz_status rz_queue_list(struct rz_journal *journal, const struct rz_queue_filter *filter,
                             void (*visit)(void *user, const struct rz_queue *queue), void *user,
                             struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT id, plan_id, actor, host, commit_id, created, status, reason FROM queues "
        "WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3",
        "iii", filter->queue, limit_of(filter), (int64_t)filter->offset);
    while (row && status == RZ_OK && rz_rows_next(row))
        status = visit_queue(session, row, visit, user, diags);
    enum rz_status read = rz_rows_end(row, diags);
    return rz_session_finish(session, status == RZ_OK ? read : status, diags);
}

enum rz_status rz_queue_zones(struct rz_journal *journal, const struct rz_queue_filter *filter,
                              void (*visit)(void *user, const struct rz_queue_zone *zone),
                              void *user, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT zone, target, state, run, attempts, detail, changed FROM queue_states "
        "WHERE queue = ?1 AND (CAST(?2 AS TEXT) IS NULL OR state = ?2) "
        "ORDER BY number LIMIT ?3 OFFSET ?4",
        "itii", filter->queue, filter->status, limit_of(filter), (int64_t)filter->offset);
    while (row && rz_rows_next(row)) {
        struct rz_queue_zone zone = {.zone = rz_rows_text(row, 0),
                                     .target = rz_rows_text(row, 1),
                                     .state = rz_queue_state_of(rz_rows_text(row, 2)),
                                     .run = rz_rows_int(row, 3),
                                     .attempts = rz_rows_int(row, 4),
                                     .detail = rz_rows_text(row, 5),
                                     .changed = rz_rows_int(row, 6)};
        visit(user, &zone);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}

static enum rz_status count_left(struct rz_session *session, int64_t queue, size_t *zones,
                                 struct rz_diags *diags)
{
    int64_t left = 0;
    enum rz_status status = rz_session_exec(
        session, diags, &left,
        "SELECT count(*) FROM queue_zones WHERE queue = ? AND state IN ('waiting', 'taken')", "i",
        queue);
    *zones = (size_t)left;
    return status;
}

enum rz_status rz_queue_cancel(struct rz_journal *journal, int64_t queue, size_t *zones,
                               struct rz_diags *diags)
{
    int64_t done = 0;
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &done,
        "UPDATE queues SET status = 'cancelled', reason = NULL WHERE id = ?1 "
        "AND EXISTS (SELECT 1 FROM queue_zones WHERE queue = ?1 AND state IN ('waiting', 'taken')) "
        "RETURNING id",
        "i", queue);
    if (status == RZ_OK)
        status = count_left(session, queue, zones, diags);
    status = rz_session_finish(session, status, diags);
    return status == RZ_OK && !done ? RZ_NOT_FOUND : status;
}

/* Nobody may be at it: a worker does no zone twice in one run. */
static enum rz_status refuse_worked(struct rz_session *session, int64_t queue,
                                    struct rz_diags *diags)
{
    int64_t run = 0;
    enum rz_status status = rz_session_exec(
        session, diags, &run,
        "SELECT min(queue_runs.run) FROM queue_runs JOIN workers ON workers.run = queue_runs.run "
        "WHERE queue = ? AND expires > clock_timestamp()",
        "i", queue);
    if (status != RZ_OK || !run)
        return status;
    struct rz_diag *diag = rz_diags_add(diags, RZ5604, (struct rz_place){0},
                                        "run %" PRId64 " is working off queue %" PRId64, run,
                                        queue);
    rz_diag_hint(diags, diag, "wait until all of its workers have ended");
    return RZ_REFUSED;
}

enum rz_status rz_queue_retry(struct rz_journal *journal, int64_t queue, size_t *zones,
                              struct rz_diags *diags)
{
    int64_t found = 0;
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &found, "SELECT id FROM queues WHERE id = ? FOR UPDATE", "i", queue);
    if (status == RZ_OK && !found)
        status = RZ_NOT_FOUND;
    if (status == RZ_OK)
        status = refuse_worked(session, queue, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "UPDATE queue_zones SET state = 'waiting', attempts = 0, detail = NULL, changed = ?2 "
            "WHERE queue = ?1 AND number IN (SELECT number FROM queue_states WHERE queue = ?1 "
            "AND state IN ('rolled_back', 'failed', 'refused'))",
            "ii", queue, rz_journal_now(journal));
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "UPDATE queues SET status = 'open', reason = NULL, ready = clock_timestamp(), "
            "wave = coalesce((SELECT min(wave) FROM queue_zones WHERE queue = ?1 "
            "AND state IN ('waiting', 'taken')), wave) WHERE id = ?1",
            "i", queue);
    if (status == RZ_OK)
        status = count_left(session, queue, zones, diags);
    return rz_session_finish(session, status, diags);
}
