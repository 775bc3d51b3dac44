/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones in the journal. */
#include "journal/journal_internal.h"

enum rz_status rz_journal_put_snapshot(struct rz_session *session, int64_t run,
                                       const struct rz_run_zone *zone, struct rz_diags *diags)
{
    char fingerprint[RZ_HASH_TEXT];
    const struct rz_snapshot *snapshot = zone->snapshot;
    int64_t now = rz_journal_now(session->journal), same = 0;
    if (session->journal->transient)
        return RZ_OK;
    if (snapshot->data.size == 0)
        return rz_session_exec(session, diags, NULL,
                               "DELETE FROM zone_snapshots WHERE zone = ? AND target = ?", "tt",
                               zone->zone, zone->target);
    rz_hash_text(fingerprint, snapshot->fingerprint);
    enum rz_status status = rz_session_exec(
        session, diags, &same,
        "UPDATE zone_snapshots SET run = ?, taken = ?, serial = ? WHERE zone = ? AND target = ? "
        "AND fingerprint = ? AND scope = ? RETURNING 1",
        "iiittti", run, now, (int64_t)snapshot->serial, zone->zone, zone->target, fingerprint,
        (int64_t)snapshot->scope);
    if (status != RZ_OK || same)
        return status;
    return rz_session_exec(session, diags, NULL,
                           "INSERT INTO zone_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                           "ON CONFLICT (zone, target) DO UPDATE SET run = excluded.run, "
                           "taken = excluded.taken, serial = excluded.serial, "
                           "scope = excluded.scope, fingerprint = excluded.fingerprint, "
                           "data = excluded.data",
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
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT run, taken, serial, scope, fingerprint, data FROM zone_snapshots "
        "WHERE zone = ? AND target = ?",
        "tt", zone, target);
    if (row && rz_rows_next(row)) {
        size_t size;
        *snapshot = (struct rz_snapshot){.run = rz_rows_int(row, 0),
                                         .taken = rz_rows_int(row, 1),
                                         .serial = (uint32_t)rz_rows_int(row, 2),
                                         .scope = (unsigned)rz_rows_int(row, 3)};
        rz_hash_parse(&snapshot->fingerprint, rz_str_of(rz_rows_text(row, 4)));
        const void *data = rz_rows_blob(row, 5, &size);
        snapshot->data = rz_arena_str(arena, (struct rz_str){data ? data : "", size});
        status = RZ_OK;
    }
    enum rz_status read = rz_session_finish(session, rz_rows_end(row, diags), diags);
    return read == RZ_OK ? status : read;
}

enum rz_status rz_journal_agree(struct rz_journal *journal, const char *zone, const char *target,
                                const struct rz_snapshot *snapshot, struct rz_hash was,
                                struct rz_diags *diags)
{
    char fingerprint[RZ_HASH_TEXT], old[RZ_HASH_TEXT];
    int64_t done = 0;
    rz_hash_text(fingerprint, snapshot->fingerprint);
    rz_hash_text(old, was);
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &done,
        "UPDATE zone_snapshots SET fingerprint = ?, data = ?, taken = ? "
        "WHERE zone = ? AND target = ? AND fingerprint = ? AND run = ? RETURNING 1",
        "tbittti", fingerprint, snapshot->data.data, snapshot->data.size,
        rz_journal_now(session->journal), zone, target, old, snapshot->run);
    status = rz_session_finish(session, status, diags);
    return status == RZ_OK && !done ? RZ_CONFLICT : status;
}
