/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What killed runs left: finding it, settling it, and the locks. */
#include <stdlib.h>

#include "journal/journal_internal.h"
#include "support/alloc.h"

enum rz_status rz_journal_close_untouched(struct rz_session *session, int64_t run,
                                          struct rz_diags *diags)
{
    return rz_session_exec(
        session, diags, NULL,
        "UPDATE run_zones SET state = 'failed', detail = 'ended before anything was sent', "
        "changed = ? WHERE run = ? AND state IN ('planned', 'locked')",
        "ii", rz_journal_now(session->journal), run);
}

enum rz_status rz_journal_sum_up(struct rz_session *session, int64_t run, struct rz_diags *diags)
{
    return rz_session_exec(
        session, diags, NULL,
        "UPDATE runs SET ended = CASE WHEN ended > ?1 THEN ended ELSE ?1 END, status = CASE "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND state = 'rolled_back') THEN 'rolled_back' "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND state = 'failed') THEN 'failed' "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2) THEN 'committed' ELSE 'failed' END "
        "WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND " RZ_ZONE_IS_OPEN
        ")",
        "ii", rz_journal_now(session->journal), run);
}

enum rz_status rz_journal_settle(struct rz_session *session, const struct rz_run_zone *zone,
                                 struct rz_diags *diags)
{
    /* One after the other: each must see what the others have settled when it sums up. */
    RZ_BUFFER_CLEANUP struct rz_buffer hold = {0};
    rz_buffer_printf(&hold, "SELECT id FROM runs WHERE id = ?%s", session->journal->ops->hold_row);
    enum rz_status status = rz_session_exec(session, diags, NULL, hold.data, "i", zone->mends);
    if (status != RZ_OK)
        return status;
    status = rz_session_exec(
        session, diags, NULL,
        "UPDATE run_zones SET state = ?, detail = coalesce(?, detail), changed = ? "
        "WHERE zone = ? AND target = ? "
        "AND (run = ? OR run IN (SELECT id FROM runs WHERE undoes = ?) AND " RZ_ZONE_IS_OPEN ")",
        "ttittii", rz_zone_state_text(zone->mended), zone->mended_detail,
        rz_journal_now(session->journal), zone->zone, zone->target, zone->mends, zone->mends);
    return status == RZ_OK ? rz_journal_sum_up(session, zone->mends, diags) : status;
}

enum rz_status rz_journal_left_open(struct rz_journal *journal, int64_t **runs, size_t *count,
                                    struct rz_diags *diags)
{
    size_t capacity = 0;
    *runs = NULL;
    *count = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(session, diags,
                                           "SELECT id FROM runs WHERE status = 'running' UNION "
                                           "SELECT run FROM run_zones WHERE " RZ_ZONE_IS_OPEN
                                           " ORDER BY 1",
                                           "");
    while (row && rz_rows_next(row)) {
        int64_t run = rz_rows_int(row, 0);
        if (rz_session_run_alive(session, run))
            continue;
        *runs = rz_grow(*runs, &capacity, *count + 1, sizeof **runs);
        (*runs)[(*count)++] = run;
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}

enum rz_status rz_journal_in_flight(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, int64_t *time, struct rz_diags *diags)
{
    *time = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, time,
        "SELECT coalesce((SELECT max(batches.changed) FROM batches WHERE run_zone = run_zones.id "
        "AND outcome IN ('sent', 'unknown')), "
        /* creating and deleting a zone are no batches */
        "CASE WHEN created_zone + deleted_zone > 0 THEN changed ELSE 0 END) "
        "FROM run_zones WHERE run = ? AND zone = ? AND target = ?",
        "itt", run, zone, target);
    status = rz_session_finish(session, status, diags);
    return status;
}

enum rz_status rz_journal_close_run(struct rz_journal *journal, int64_t run, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = RZ_OK;
    if (!rz_session_run_alive(session, run)) {
        status = rz_journal_close_untouched(session, run, diags);
        if (status == RZ_OK)
            status = rz_session_exec(
                session, diags, NULL,
                "DELETE FROM locks WHERE run = ?1 AND NOT EXISTS (SELECT 1 FROM run_zones "
                "WHERE run = ?1 AND run_zones.zone = locks.zone "
                "AND run_zones.target = locks.target AND " RZ_ZONE_IS_OPEN ")",
                "i", run);
        if (status == RZ_OK)
            status = rz_journal_sum_up(session, run, diags);
    }
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_locks(struct rz_journal *journal,
                                void (*visit)(void *user, const struct rz_lock *lock), void *user,
                                struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT locks.zone, locks.target, locks.run, fence, since, actor, host, command, "
        "(SELECT count(*) FROM run_zones WHERE run = locks.run AND zone = locks.zone "
        "AND target = locks.target AND " RZ_ZONE_IS_OPEN " AND state NOT IN ('planned', 'locked')) "
        "FROM locks JOIN runs ON runs.id = locks.run ORDER BY locks.zone, locks.target",
        "");
    while (row && rz_rows_next(row)) {
        struct rz_lock lock = {.zone = rz_rows_text(row, 0),
                               .target = rz_rows_text(row, 1),
                               .run = rz_rows_int(row, 2),
                               .fence = rz_rows_int(row, 3),
                               .since = rz_rows_int(row, 4),
                               .actor = rz_rows_text(row, 5),
                               .host = rz_rows_text(row, 6),
                               .command = rz_rows_text(row, 7),
                               .zone_open = rz_rows_int(row, 8) != 0};
        lock.alive = rz_session_run_alive(session, lock.run);
        visit(user, &lock);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}

enum rz_status rz_journal_break_lock(struct rz_journal *journal, const char *zone,
                                     const char *target, int64_t fence, struct rz_diags *diags)
{
    int64_t gone = 0;
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &gone,
        "DELETE FROM locks WHERE zone = ? AND target = ? AND fence = ? RETURNING run", "tti", zone,
        target, fence);
    status = rz_session_finish(session, status, diags);
    return status == RZ_OK && !gone ? RZ_NOT_FOUND : status;
}
