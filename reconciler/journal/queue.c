/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues as those see them who work them off: putting a plan there, taking zones, saying what became of
 * them. */
#include "journal/queue.h"

#include <inttypes.h>
#include <stdlib.h>

#include "journal/journal_internal.h"
#include "journal/queue_internal.h"
#include "support/alloc.h"

/* A condition on queue_zones: the process that took it is gone. */
#define IS_LOST                                                                                    \
    "state = 'taken' AND NOT EXISTS (SELECT 1 FROM workers WHERE workers.run = queue_zones.run "   \
    "AND expires > clock_timestamp())"

const char *const rz_queue_state_texts[RZ_QUEUE_STATES + 1] = {
    [RZ_QUEUE_WAITING] = "waiting",
    [RZ_QUEUE_TAKEN] = "taken",
    [RZ_QUEUE_LOST] = "lost",
    [RZ_QUEUE_COMMITTED] = "committed",
    [RZ_QUEUE_ROLLED_BACK] = "rolled_back",
    [RZ_QUEUE_FAILED] = "failed",
    [RZ_QUEUE_REFUSED] = "refused",
    [RZ_QUEUE_UNKNOWN] = "unknown",
};

bool rz_journal_has_queues(const struct rz_journal *journal)
{
    return journal->ops->has_queues;
}

bool rz_queue_may_take(struct rz_journal *journal)
{
    return journal->ops->may_send(journal);
}

enum rz_queue_state rz_queue_state_of(const char *text)
{
    for (size_t i = 0; rz_queue_state_texts[i]; i++)
        if (text && strcmp(text, rz_queue_state_texts[i]) == 0)
            return (enum rz_queue_state)i;
    return RZ_QUEUE_UNKNOWN;
}

/* --- Making one --- */

static enum rz_status put_zones(struct rz_session *session, int64_t queue,
                                const struct rz_plan *plan, const size_t *waves,
                                struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    int64_t now = rz_journal_now(session->journal);
    struct rz_inserts *inserts = rz_inserts_begin(
        session, diags,
        "INSERT INTO queue_zones (queue, number, zone, target, wave, changed) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        "iittii");
    bool good = inserts != NULL;
    for (size_t i = 0; good && i < plan->count; i++)
        good = rz_inserts_add(inserts, queue, (int64_t)i,
                              rz_name_text_plain(zone, plan->zones[i]->apex.wire),
                              plan->zones[i]->target, (int64_t)waves[i], now);
    return rz_inserts_end(inserts, diags);
}

/* The plan was applied by a run that took nothing from a queue. */
static enum rz_status refuse_applied(struct rz_session *session, const struct rz_plan *plan,
                                     struct rz_diags *diags)
{
    int64_t applied = 0;
    enum rz_status status = rz_session_exec(
        session, diags, &applied,
        "SELECT count(*) FROM runs JOIN run_zones ON run = runs.id "
        "WHERE plan_id = ? AND state = 'committed'",
        "t", plan->id);
    if (status != RZ_OK || !applied)
        return status;
    struct rz_diag *diag = rz_diags_add(diags, RZ4106, (struct rz_place){0},
                                        "plan %s was applied already", plan->id);
    rz_diag_hint(diags, diag, "make a new plan");
    return RZ_REFUSED;
}

static enum rz_status refuse_other(const struct rz_plan *plan, int64_t queue,
                                   struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5603, (struct rz_place){0},
                                        "queue %" PRId64 " was made of another plan with the id %s",
                                        queue, plan->id);
    rz_diag_hint(diags, diag, "give all workers the same plan file");
    return RZ_REFUSED;
}

/* The plan's queue, which this or another process has made; whoever inserts second waits for the first. */
static enum rz_status find_or_make(struct rz_session *session, const struct rz_plan *plan,
                                   const struct rz_queue_origin *origin, int64_t *queue, bool *made,
                                   struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(
        session, diags, queue,
        "INSERT INTO queues (plan_id, digest, actor, host, commit_id, created, wave, pause, ready) "
        "VALUES (?, ?, ?, ?, ?, ?, 0, ?, clock_timestamp()) ON CONFLICT (plan_id) DO NOTHING "
        "RETURNING id",
        "tttttii", plan->id, plan->digest, origin->actor, origin->host, plan->commit,
        rz_journal_now(session->journal), (int64_t)origin->pause);
    *made = status == RZ_OK && *queue != 0;
    if (status != RZ_OK || *made)
        return status;
    int64_t same = 0;
    status = rz_session_exec(session, diags, queue, "SELECT id FROM queues WHERE plan_id = ?", "t",
                             plan->id);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, &same,
                                 "SELECT count(*) FROM queues WHERE id = ? AND digest = ?", "it",
                                 *queue, plan->digest);
    return status == RZ_OK && !same ? refuse_other(plan, *queue, diags) : status;
}

enum rz_status rz_queue_put(struct rz_journal *journal, const struct rz_plan *plan,
                            const struct rz_queue_origin *origin, int64_t *queue, bool *made,
                            struct rz_diags *diags)
{
    *queue = 0;
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = find_or_make(session, plan, origin, queue, made, diags);
    if (status == RZ_OK && *made)
        status = refuse_applied(session, plan, diags);
    if (status == RZ_OK && *made)
        status = put_zones(session, *queue, plan, origin->waves, diags);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_queue_find(struct rz_journal *journal, const char *plan_id, int64_t *queue,
                             struct rz_diags *diags)
{
    *queue = 0;
    if (!rz_journal_has_queues(journal))
        return RZ_OK;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, queue, "SELECT id FROM queues WHERE plan_id = ?", "t", plan_id);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_queue_join(struct rz_journal *journal, int64_t queue, int64_t run,
                             struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(session, diags, NULL,
                                            "INSERT INTO queue_runs (queue, run) VALUES (?, ?)",
                                            "ii", queue, run);
    return rz_session_finish(session, status, diags);
}

/* --- Looking --- */

enum rz_status rz_queue_count(struct rz_session *session, int64_t queue,
                              size_t counts[RZ_QUEUE_STATES], struct rz_diags *diags)
{
    memset(counts, 0, RZ_QUEUE_STATES * sizeof *counts);
    struct rz_rows *row = rz_session_query(
        session, diags, "SELECT state, count(*) FROM queue_states WHERE queue = ? GROUP BY state",
        "i", queue);
    while (row && rz_rows_next(row))
        counts[rz_queue_state_of(rz_rows_text(row, 0))] = (size_t)rz_rows_int(row, 1);
    return rz_rows_end(row, diags);
}

/* How many zones of the wave have each fate. */
struct wave {
    int64_t unfinished, failed, next; /* next: the number of the next wave; 0: this is the last */
};

static enum rz_status look_at_wave(struct rz_session *session, int64_t queue, struct wave *wave,
                                   struct rz_diags *diags)
{
    static const char unfinished[] =
        "SELECT count(*) FROM queue_zones, queues WHERE queues.id = ? AND queue = queues.id "
        "AND queue_zones.wave = queues.wave AND state IN ('waiting', 'taken')";
    static const char failed[] =
        "SELECT count(*) FROM queue_zones, queues WHERE queues.id = ? AND queue = queues.id "
        "AND queue_zones.wave = queues.wave AND state NOT IN ('waiting', 'taken', 'committed')";
    static const char next[] =
        "SELECT min(queue_zones.wave) FROM queue_zones, queues WHERE queues.id = ? "
        "AND queue = queues.id AND queue_zones.wave > queues.wave";
    enum rz_status status = rz_session_exec(session, diags, &wave->unfinished, unfinished, "i",
                                            queue);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, &wave->failed, failed, "i", queue);
    return status == RZ_OK ? rz_session_exec(session, diags, &wave->next, next, "i", queue)
                           : status;
}

/* The queue's row is held, so that only one process does it. */
static enum rz_status advance(struct rz_session *session, int64_t queue, struct rz_diags *diags)
{
    int64_t open = 0;
    struct wave wave = {0};
    enum rz_status status = rz_session_exec(
        session, diags, &open, "SELECT id FROM queues WHERE id = ? AND status = 'open' FOR UPDATE",
        "i", queue);
    if (status == RZ_OK && open)
        status = look_at_wave(session, queue, &wave, diags);
    if (status != RZ_OK || !open || wave.unfinished || !wave.next)
        return status;
    if (wave.failed)
        return rz_session_exec(session, diags, NULL,
                               "UPDATE queues SET status = 'stopped', "
                               "reason = 'a zone of the wave failed' WHERE id = ?",
                               "i", queue);
    return rz_session_exec(
        session, diags, NULL,
        "UPDATE queues SET wave = ?, ready = clock_timestamp() + pause * interval '1 second' "
        "WHERE id = ?",
        "ii", wave.next, queue);
}

static enum rz_status look(struct rz_session *session, int64_t queue, struct rz_queue_view *view,
                           struct rz_diags *diags)
{
    int64_t open = 0, ready = 0;
    enum rz_status status = rz_queue_count(session, queue, view->counts, diags);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, &open,
                                 "SELECT count(*) FROM queues WHERE id = ? AND status = 'open'",
                                 "i", queue);
    if (status == RZ_OK && open)
        status = rz_session_exec(
            session, diags, &ready,
            "SELECT count(*) FROM queue_zones, queues WHERE queues.id = ? AND queue = queues.id "
            "AND queue_zones.wave = queues.wave AND state = 'waiting' "
            "AND queues.ready <= clock_timestamp()",
            "i", queue);
    const size_t *counts = view->counts;
    view->open = open != 0;
    view->ready = (size_t)ready + counts[RZ_QUEUE_LOST];
    view->ended = counts[RZ_QUEUE_TAKEN] + counts[RZ_QUEUE_LOST] == 0
                  && (!view->open || counts[RZ_QUEUE_WAITING] == 0);
    return status;
}

enum rz_status rz_queue_look(struct rz_journal *journal, int64_t queue, struct rz_queue_view *view,
                             struct rz_diags *diags)
{
    *view = (struct rz_queue_view){.id = queue};
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = look(session, queue, view, diags);
    if (status == RZ_OK && view->open && view->ready == 0 && view->counts[RZ_QUEUE_WAITING]) {
        status = advance(session, queue, diags);
        if (status == RZ_OK)
            status = look(session, queue, view, diags);
    }
    return rz_session_finish(session, status, diags);
}

/* --- Taking --- */

/* What was taken by a dead process comes first: its zone may be neither old nor new. */
static enum rz_status find_lost(struct rz_session *session, int64_t queue, int64_t run,
                                struct rz_queue_item *item, struct rz_diags *diags)
{
    enum rz_status status = RZ_NOT_FOUND;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT number, run, attempts FROM queue_zones "
        "WHERE queue = ? AND run <> ? AND " IS_LOST
        " ORDER BY number LIMIT 1 FOR UPDATE OF queue_zones SKIP LOCKED",
        "ii", queue, run);
    if (row && rz_rows_next(row)) {
        *item = (struct rz_queue_item){.number = (size_t)rz_rows_int(row, 0),
                                       .lost_run = rz_rows_int(row, 1),
                                       .attempts = rz_rows_int(row, 2)};
        status = RZ_OK;
    }
    enum rz_status read = rz_rows_end(row, diags);
    /* One that was in time after all keeps it; one that was not never comes back. */
    if (read == RZ_OK && status == RZ_OK && rz_session_run_alive(session, item->lost_run))
        status = RZ_NOT_FOUND;
    return read == RZ_OK ? status : read;
}

static enum rz_status find_waiting(struct rz_session *session, int64_t queue,
                                   struct rz_queue_item *item, struct rz_diags *diags)
{
    enum rz_status status = RZ_NOT_FOUND;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT number, attempts FROM queue_zones WHERE queue = ?1 AND state = 'waiting' "
        "AND wave = (SELECT wave FROM queues WHERE id = ?1 AND status = 'open' "
        "AND ready <= clock_timestamp()) "
        "ORDER BY number LIMIT 1 FOR UPDATE OF queue_zones SKIP LOCKED",
        "i", queue);
    if (row && rz_rows_next(row)) {
        *item = (struct rz_queue_item){.number = (size_t)rz_rows_int(row, 0),
                                       .attempts = rz_rows_int(row, 1)};
        status = RZ_OK;
    }
    enum rz_status read = rz_rows_end(row, diags);
    return read == RZ_OK ? status : read;
}

/* What the dead run has of it in the journal, and whether the queue still gives zones away. */
static enum rz_status look_at_lost(struct rz_session *session, int64_t queue,
                                   struct rz_queue_item *item, struct rz_diags *diags)
{
    int64_t open = 0;
    enum rz_status status = rz_session_exec(
        session, diags, &open, "SELECT count(*) FROM queues WHERE id = ? AND status = 'open'", "i",
        queue);
    item->open = open != 0;
    struct rz_rows *row = rz_session_query(
        session, diags,
        /* One that was lost while it mended another's has none; what that one did counts. */
        "SELECT run_zones.state, run_zones.run FROM run_zones JOIN queue_zones USING (zone, target) "
        "WHERE queue = ?1 AND number = ?2 AND (run_zones.run = ?3 OR run_zones.state = 'committed' "
        "AND run_zones.run IN (SELECT run FROM queue_runs WHERE queue = ?1)) "
        "ORDER BY run_zones.state <> 'committed' LIMIT 1",
        "iii", queue, (int64_t)item->number, item->lost_run);
    if (row && rz_rows_next(row)) {
        const char *text = rz_rows_text(row, 0);
        item->left_by = rz_rows_int(row, 1);
        item->journaled = text && rz_zone_state_parse(&item->left, rz_str_of(text));
    }
    enum rz_status read = rz_rows_end(row, diags);
    return status == RZ_OK ? read : status;
}

enum rz_status rz_queue_take(struct rz_journal *journal, int64_t queue, int64_t run,
                             struct rz_queue_item *item, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = find_lost(session, queue, run, item, diags);
    if (status == RZ_OK)
        status = look_at_lost(session, queue, item, diags);
    else if (status == RZ_NOT_FOUND
             && (status = find_waiting(session, queue, item, diags)) == RZ_OK)
        item->open = true;
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, NULL,
                                 "UPDATE queue_zones SET state = 'taken', run = ?, attempts = ?, "
                                 "changed = ? WHERE queue = ? AND number = ?",
                                 "iiiii", run, ++item->attempts, rz_journal_now(journal), queue,
                                 (int64_t)item->number);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_queue_set(struct rz_journal *journal, int64_t queue, int64_t run,
                            const struct rz_queue_mark *mark, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "UPDATE queue_zones SET state = ?, run = ?, detail = ?, changed = ? "
        "WHERE queue = ? AND number = ? AND run = ? AND state = 'taken'",
        "titiiii", rz_queue_state_texts[mark->state], mark->ended_by ? mark->ended_by : run,
        mark->detail, rz_journal_now(journal), queue, (int64_t)mark->number, run);
    if (status == RZ_OK && mark->stops)
        status = rz_session_exec(session, diags, NULL,
                                 "UPDATE queues SET status = 'stopped', reason = 'a zone failed' "
                                 "WHERE id = ? AND status = 'open'",
                                 "i", queue);
    return rz_session_finish(session, status, diags);
}

/* --- What dead processes left --- */

enum rz_status rz_queue_left_open(struct rz_journal *journal, int64_t queue, const char *zone,
                                  const char *target, int64_t *run, struct rz_diags *diags)
{
    *run = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, run,
        "SELECT min(run) FROM run_zones WHERE zone = ? AND target = ? AND " RZ_ZONE_IS_OPEN
        " AND state NOT IN ('planned', 'locked') "
        "AND run IN (SELECT run FROM queue_runs WHERE queue = ?)",
        "tti", zone, target, queue);
    if (status == RZ_OK && *run && rz_session_run_alive(session, *run))
        *run = 0;
    return rz_session_finish(session, status, diags);
}

static enum rz_status running(struct rz_journal *journal, int64_t queue, int64_t **runs,
                              size_t *count, struct rz_diags *diags)
{
    size_t capacity = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT id FROM runs WHERE status = 'running' AND "
        "(id IN (SELECT run FROM queue_runs WHERE queue = ?1) "
        "OR undoes IN (SELECT run FROM queue_runs WHERE queue = ?1)) ORDER BY id",
        "i", queue);
    while (row && rz_rows_next(row)) {
        *runs = rz_grow(*runs, &capacity, *count + 1, sizeof **runs);
        (*runs)[(*count)++] = rz_rows_int(row, 0);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}

enum rz_status rz_queue_close_runs(struct rz_journal *journal, int64_t queue,
                                   struct rz_diags *diags)
{
    int64_t *runs = NULL;
    size_t count = 0;
    enum rz_status status = running(journal, queue, &runs, &count, diags);
    for (size_t i = 0; status == RZ_OK && i < count; i++)
        status = rz_journal_close_run(journal, runs[i], diags); /* leaves living ones alone */
    free(runs);
    return status;
}
