/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones in the SQLite journal. */
#include "journal/journal_internal.h"

enum rz_status rz_journal_put_snapshot(struct rz_journal *journal, int64_t run,
                                       const struct rz_run_zone *zone, struct rz_diags *diags)
{
    char fingerprint[RZ_HASH_TEXT];
    const struct rz_snapshot *snapshot = zone->snapshot;
    int64_t now = journal->context->now(journal->context->user), same = 0;
    if (journal->transient)
        return RZ_OK;
    if (snapshot->data.size == 0)
        return rz_journal_exec(journal, diags, NULL,
                               "DELETE FROM zone_snapshots WHERE zone = ? AND target = ?", "tt",
                               zone->zone, zone->target);
    rz_hash_text(fingerprint, snapshot->fingerprint);
    enum rz_status status = rz_journal_exec(
        journal, diags, &same,
        "UPDATE zone_snapshots SET run = ?, taken = ?, serial = ? WHERE zone = ? AND target = ? "
        "AND fingerprint = ? AND scope = ? RETURNING 1",
        "iiittti", run, now, (int64_t)snapshot->serial, zone->zone, zone->target, fingerprint,
        (int64_t)snapshot->scope);
    if (status != RZ_OK || same)
        return status;
    return rz_journal_exec(journal, diags, NULL,
                           "INSERT OR REPLACE INTO zone_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           "ttiiiitb", zone->zone, zone->target, run, now,
                           (int64_t)snapshot->serial, (int64_t)snapshot->scope, fingerprint,
                           snapshot->data.data, snapshot->data.size);
}

enum rz_status rz_journal_snapshot(struct rz_journal *journal, const char *zone, const char *target,
                                   struct rz_snapshot *snapshot, struct rz_arena *arena,
                                   struct rz_diags *diags)
{
    enum rz_status status = RZ_NOT_FOUND;
    *snapshot = (struct rz_snapshot){0};
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags,
        "SELECT run, taken, serial, scope, fingerprint, data FROM zone_snapshots "
        "WHERE zone = ? AND target = ?",
        "tt", zone, target);
    if (row && sqlite3_step(row) == SQLITE_ROW) {
        *snapshot = (struct rz_snapshot){.run = sqlite3_column_int64(row, 0),
                                         .taken = sqlite3_column_int64(row, 1),
                                         .serial = (uint32_t)sqlite3_column_int64(row, 2),
                                         .scope = (unsigned)sqlite3_column_int(row, 3)};
        rz_hash_parse(&snapshot->fingerprint, rz_str_of((const char *)sqlite3_column_text(row, 4)));
        const void *data = sqlite3_column_blob(row, 5);
        snapshot->data = rz_arena_str(
            arena, (struct rz_str){data ? data : "", (size_t)sqlite3_column_bytes(row, 5)});
        status = RZ_OK;
    }
    if (!row || sqlite3_finalize(row) != SQLITE_OK)
        status = row ? rz_journal_fail(journal, diags) : RZ_IO;
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_agree(struct rz_journal *journal, const char *zone, const char *target,
                                const struct rz_snapshot *snapshot, struct rz_hash was,
                                struct rz_diags *diags)
{
    char fingerprint[RZ_HASH_TEXT], old[RZ_HASH_TEXT];
    int64_t done = 0;
    rz_hash_text(fingerprint, snapshot->fingerprint);
    rz_hash_text(old, was);
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(
        journal, diags, &done,
        "UPDATE zone_snapshots SET fingerprint = ?, data = ?, taken = ? "
        "WHERE zone = ? AND target = ? AND fingerprint = ? AND run = ? RETURNING 1",
        "tbittti", fingerprint, snapshot->data.data, snapshot->data.size,
        journal->context->now(journal->context->user), zone, target, old, snapshot->run);
    status = rz_journal_finish(journal, status, diags);
    return status == RZ_OK && !done ? RZ_CONFLICT : status;
}
