/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What killed runs left: finding it, settling it, and the locks. */
#include <stdlib.h>

#include "journal/journal_internal.h"
#include "support/alloc.h"

enum rz_status rz_journal_close_untouched(struct rz_journal *journal, int64_t run,
                                          struct rz_diags *diags)
{
    return rz_journal_exec(
        journal, diags, NULL,
        "UPDATE run_zones SET state = 'failed', detail = 'ended before anything was sent', "
        "changed = ? WHERE run = ? AND state IN ('planned', 'locked')",
        "ii", journal->context->now(journal->context->user), run);
}

enum rz_status rz_journal_sum_up(struct rz_journal *journal, int64_t run, struct rz_diags *diags)
{
    return rz_journal_exec(
        journal, diags, NULL,
        "UPDATE runs SET ended = max(ended, ?1), status = CASE "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND state = 'rolled_back') THEN 'rolled_back' "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND state = 'failed') THEN 'failed' "
        "WHEN EXISTS (SELECT 1 FROM run_zones WHERE run = ?2) THEN 'committed' ELSE 'failed' END "
        "WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM run_zones WHERE run = ?2 AND " RZ_ZONE_IS_OPEN
        ")",
        "ii", journal->context->now(journal->context->user), run);
}

enum rz_status rz_journal_settle(struct rz_journal *journal, const struct rz_run_zone *zone,
                                 struct rz_diags *diags)
{
    enum rz_status status = rz_journal_exec(
        journal, diags, NULL,
        "UPDATE run_zones SET state = ?, detail = ifnull(?, detail), changed = ? "
        "WHERE zone = ? AND target = ? "
        "AND (run = ? OR run IN (SELECT id FROM runs WHERE undoes = ?) AND " RZ_ZONE_IS_OPEN ")",
        "ttittii", rz_zone_state_text(zone->mended), zone->mended_detail,
        journal->context->now(journal->context->user), zone->zone, zone->target, zone->mends,
        zone->mends);
    return status == RZ_OK ? rz_journal_sum_up(journal, zone->mends, diags) : status;
}

enum rz_status rz_journal_left_open(struct rz_journal *journal, int64_t **runs, size_t *count,
                                    struct rz_diags *diags)
{
    size_t capacity = 0;
    *runs = NULL;
    *count = 0;
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(journal, diags,
                                           "SELECT id FROM runs WHERE status = 'running' UNION "
                                           "SELECT run FROM run_zones WHERE " RZ_ZONE_IS_OPEN
                                           " ORDER BY 1",
                                           "");
    while (row && sqlite3_step(row) == SQLITE_ROW) {
        int64_t run = sqlite3_column_int64(row, 0);
        if (rz_journal_is_alive(journal, run))
            continue;
        *runs = rz_grow(*runs, &capacity, *count + 1, sizeof **runs);
        (*runs)[(*count)++] = run;
    }
    bool good = row && sqlite3_finalize(row) == SQLITE_OK;
    enum rz_status status = good ? RZ_OK : row ? rz_journal_fail(journal, diags) : RZ_IO;
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_in_flight(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, int64_t *time, struct rz_diags *diags)
{
    *time = 0;
    pthread_mutex_lock(&journal->lock);
    enum rz_status status = rz_journal_exec(
        journal, diags, time,
        "SELECT ifnull((SELECT max(batches.changed) FROM batches WHERE run_zone = run_zones.id "
        "AND outcome IN ('sent', 'unknown')), "
        /* creating and deleting a zone are no batches */
        "CASE WHEN created_zone OR deleted_zone THEN changed ELSE 0 END) "
        "FROM run_zones WHERE run = ? AND zone = ? AND target = ?",
        "itt", run, zone, target);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_close_run(struct rz_journal *journal, int64_t run, struct rz_diags *diags)
{
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    if (!rz_journal_is_alive(journal, run)) {
        status = rz_journal_close_untouched(journal, run, diags);
        if (status == RZ_OK)
            status = rz_journal_exec(
                journal, diags, NULL,
                "DELETE FROM locks WHERE run = ?1 AND NOT EXISTS (SELECT 1 FROM run_zones "
                "WHERE run = ?1 AND run_zones.zone = locks.zone "
                "AND run_zones.target = locks.target AND " RZ_ZONE_IS_OPEN ")",
                "i", run);
        if (status == RZ_OK)
            status = rz_journal_sum_up(journal, run, diags);
    }
    return rz_journal_finish(journal, status, diags);
}

enum rz_status rz_journal_locks(struct rz_journal *journal,
                                void (*visit)(void *user, const struct rz_lock *lock), void *user,
                                struct rz_diags *diags)
{
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags,
        "SELECT locks.zone, locks.target, locks.run, fence, since, actor, host, command, "
        "ifnull((SELECT " RZ_ZONE_IS_OPEN " AND state NOT IN ('planned', 'locked') FROM run_zones "
        "WHERE run = locks.run AND zone = locks.zone AND target = locks.target), 0) "
        "FROM locks JOIN runs ON runs.id = locks.run ORDER BY locks.zone, locks.target",
        "");
    while (row && sqlite3_step(row) == SQLITE_ROW) {
        struct rz_lock lock = {.zone = (const char *)sqlite3_column_text(row, 0),
                               .target = (const char *)sqlite3_column_text(row, 1),
                               .run = sqlite3_column_int64(row, 2),
                               .fence = sqlite3_column_int64(row, 3),
                               .since = sqlite3_column_int64(row, 4),
                               .actor = (const char *)sqlite3_column_text(row, 5),
                               .host = (const char *)sqlite3_column_text(row, 6),
                               .command = (const char *)sqlite3_column_text(row, 7),
                               .zone_open = sqlite3_column_int(row, 8) != 0};
        lock.alive = rz_journal_is_alive(journal, lock.run);
        visit(user, &lock);
    }
    bool good = row && sqlite3_finalize(row) == SQLITE_OK;
    enum rz_status status = good ? RZ_OK : row ? rz_journal_fail(journal, diags) : RZ_IO;
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_break_lock(struct rz_journal *journal, const char *zone,
                                     const char *target, int64_t fence, struct rz_diags *diags)
{
    int64_t gone = 0;
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(
        journal, diags, &gone,
        "DELETE FROM locks WHERE zone = ? AND target = ? AND fence = ? RETURNING run", "tti", zone,
        target, fence);
    status = rz_journal_finish(journal, status, diags);
    return status == RZ_OK && !gone ? RZ_NOT_FOUND : status;
}
