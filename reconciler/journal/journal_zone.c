/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone of a run: its lock, its before image, its states, and the way back from the journal. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "journal/change_block.h"
#include "journal/journal_internal.h"
#include "journal/owner_index.h"
#include "journal/rrset_image.h"
#include "journal/zone_snapshot.h"
#include "support/alloc.h"

static enum rz_status refuse_locked(struct rz_session *session, int64_t holder, const char *zone,
                                    const char *target, struct rz_diags *diags)
{
    char since[32] = "";
    const char *actor = "", *host = "";
    struct rz_rows *row = rz_session_query(
        session, diags, "SELECT actor, host, started FROM runs WHERE id = ?", "i", holder);
    if (row && rz_rows_next(row)) {
        time_t time = (time_t)rz_rows_int(row, 2);
        struct tm tm;
        actor = rz_rows_text(row, 0);
        host = rz_rows_text(row, 1);
        strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", gmtime_r(&time, &tm));
    }
    struct rz_diag *diag = rz_diags_add(diags, RZ5202, rz_place_named(zone),
                                        "run %" PRId64
                                        " of %s on %s has the zone in hand at %s since %s UTC",
                                        holder, actor, host, target, since);
    rz_diag_hint(diags, diag, "wait until it has ended, as `apply: {lock_wait: …}` does");
    return rz_rows_end(row, diags) == RZ_OK ? RZ_CONFLICT : RZ_IO;
}

static enum rz_status refuse_open(struct rz_session *session, int64_t holder, const char *zone,
                                  const char *target, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5203, rz_place_named(zone),
                                        "run %" PRId64 " left the zone open at %s", holder, target);
    if (rz_session_run_alive(session, holder))
        rz_diag_hint(diags, diag, "its process still lives: wait until it has ended");
    else
        rz_diag_hint(diags, diag, "`rezone recover` shows what it is and mends it");
    return RZ_REFUSED;
}

/* Runs that were killed before they sent anything leave nothing to mend. */
static enum rz_status close_untouched(struct rz_session *session, int64_t run, const char *zone,
                                      const char *target, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT run FROM run_zones WHERE zone = ? AND target = ? "
        "AND state IN ('planned', 'locked') AND run <> ?",
        "tti", zone, target, run);
    while (row && status == RZ_OK && rz_rows_next(row)) {
        int64_t other = rz_rows_int(row, 0);
        if (!rz_session_run_alive(session, other))
            status = rz_journal_close_untouched(session, other, diags);
    }
    enum rz_status read = rz_rows_end(row, diags);
    return status == RZ_OK ? read : status;
}

/* RZ_OK where the zone is free for the run. */
static enum rz_status check_free(struct rz_session *session, int64_t run, const char *zone,
                                 const char *target, struct rz_diags *diags)
{
    int64_t holder = 0, open_run = 0, undoes = 0;
    enum rz_status status = rz_session_exec(
        session, diags, &undoes, "SELECT coalesce(undoes, 0) FROM runs WHERE id = ?", "i", run);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, &holder,
                                 "SELECT run FROM locks WHERE zone = ? AND target = ?", "tt", zone,
                                 target);
    if (status != RZ_OK)
        return status;
    if (holder && holder != run && rz_session_run_alive(session, holder))
        return refuse_locked(session, holder, zone, target, diags);
    status = close_untouched(session, run, zone, target, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, &open_run,
            "SELECT min(run) FROM run_zones WHERE zone = ? AND target = ? AND run <> ? "
            "AND run <> ? AND " RZ_ZONE_IS_OPEN
            /* those that did not get through are open with what they mend */
            " AND run NOT IN (SELECT id FROM runs WHERE undoes = ?)",
            "ttiii", zone, target, run, undoes, undoes);
    return status == RZ_OK && open_run ? refuse_open(session, open_run, zone, target, diags)
                                       : status;
}

enum rz_status rz_journal_settled(struct rz_journal *journal, const char *zone, const char *target,
                                  struct rz_diags *diags)
{
    int64_t holder = 0, open_run = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(session, diags, &holder,
                                            "SELECT run FROM locks WHERE zone = ? AND target = ?",
                                            "tt", zone, target);
    if (status == RZ_OK && !(holder && rz_session_run_alive(session, holder)))
        status = rz_session_exec(
            session, diags, &open_run,
            "SELECT min(run) FROM run_zones WHERE zone = ? AND target = ? AND " RZ_ZONE_IS_OPEN
            " AND state NOT IN ('planned', 'locked')",
            "tt", zone, target);
    if (status == RZ_OK && open_run)
        status = refuse_open(session, open_run, zone, target, diags);
    return rz_session_finish(session, status, diags);
}

/* The lock's row, over whatever a dead holder left. */
static enum rz_status take_lock(struct rz_session *session, int64_t run, const char *zone,
                                const char *target, int64_t *fence, struct rz_diags *diags)
{
    int64_t now = rz_journal_now(session->journal);
    enum rz_status status = rz_session_exec(session, diags, fence,
                                            session->journal->ops->next_fence, "");
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "INSERT INTO locks (zone, target, run, fence, since) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (zone, target) DO UPDATE "
            "SET run = excluded.run, fence = excluded.fence, since = excluded.since",
            "ttiii", zone, target, run, *fence, now);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, NULL,
                                 "INSERT INTO run_zones (run, zone, target, state, changed) "
                                 "VALUES (?, ?, ?, 'locked', ?)",
                                 "itti", run, zone, target, now);
    return status;
}

enum rz_status rz_journal_lock(struct rz_journal *journal, int64_t run, const char *zone,
                               const char *target, int64_t *fence, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = journal->ops->serialize(session, zone, target, diags);
    if (status == RZ_OK)
        status = check_free(session, run, zone, target, diags);
    if (status == RZ_OK)
        status = take_lock(session, run, zone, target, fence, diags);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_hold(struct rz_journal *journal, const char *zone, const char *target,
                               struct rz_diags *diags)
{
    if (journal->ops->may_send(journal))
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(
        diags, RZ5215, rz_place_named(zone),
        "the lease of the zone's lock at %s has run out: another run may have it", target);
    rz_diag_hint(diags, diag, "`rezone recover` shows what the zone is and mends it");
    return RZ_REFUSED;
}

enum rz_status rz_journal_unlock(struct rz_journal *journal, int64_t run, const char *zone,
                                 const char *target, int64_t fence, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "DELETE FROM locks WHERE zone = ? AND target = ? AND run = ? AND fence = ?", "ttii", zone,
        target, run, fence);
    return rz_session_finish(session, status, diags);
}

/* The row of the run's zone, if the fence is still the lock's; so it stays to the end of the
 * transaction. */
static enum rz_status find_row(struct rz_session *session, int64_t run, int64_t fence,
                               const char *zone, const char *target, int64_t *row,
                               struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    *row = 0;
    rz_buffer_printf(&sql,
                     "SELECT id FROM run_zones JOIN locks USING (run, zone, target) "
                     "WHERE run = ? AND zone = ? AND target = ? AND fence = ?%s",
                     session->journal->ops->hold_lock);
    enum rz_status status = rz_session_exec(session, diags, row, sql.data, "itti", run, zone,
                                            target, fence);
    if (status == RZ_OK && *row == 0) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5204, rz_place_named(zone),
            "run %" PRId64 " no longer holds the lock of the zone at %s", run, target);
        rz_diag_hint(diags, diag, "`rezone history --zone %s` shows who took it", zone);
        return RZ_REFUSED;
    }
    return status;
}

/* Blocks of the plan's changes; the numbers of their first changes are noted. */
static enum rz_status insert_blocks(struct rz_session *session, int64_t row,
                                    const struct rz_zone_plan *plan, struct rz_buffer *firsts,
                                    struct rz_diags *diags)
{
    struct rz_change_block_writer writer = {0};
    struct rz_inserts *inserts = rz_inserts_begin(
        session, diags, "INSERT INTO change_blocks VALUES (?, ?, ?)", "iib");
    bool good = inserts != NULL;
    for (size_t i = 0, first = 0; i < plan->count && good; i++) {
        rz_change_block_add(&writer, &plan->changes[i]);
        if (writer.block.size < RZ_CHANGE_BLOCK_OCTETS && i + 1 < plan->count)
            continue;
        good = rz_inserts_add(inserts, row, (int64_t)first, writer.block.data, writer.block.size);
        rz_buffer_append(firsts, &first, sizeof first);
        rz_change_block_reset(&writer);
        first = i + 1;
    }
    rz_buffer_free(&writer.block);
    return rz_inserts_end(inserts, diags);
}

static enum rz_status insert_changes(struct rz_session *session, int64_t row,
                                     const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer firsts = {0};
    struct rz_owner_index index = {0};
    enum rz_status status = insert_blocks(session, row, plan, &firsts, diags);
    if (status != RZ_OK)
        return status;
    struct rz_inserts *inserts = rz_owner_index_begin(session, diags);
    size_t blocks = firsts.size / sizeof(size_t);
    for (size_t b = 0; inserts && b < blocks; b++) {
        size_t first, next = plan->count;
        memcpy(&first, firsts.data + b * sizeof first, sizeof first);
        if (b + 1 < blocks)
            memcpy(&next, firsts.data + (b + 1) * sizeof next, sizeof next);
        for (size_t i = first; i < next; i++)
            rz_owner_index_add(&index, rz_change_subject(plan->changes[i].change)->owner);
        if (!rz_owner_index_write(&index, inserts, plan->apex.wire, row, (int64_t)first))
            break;
    }
    rz_owner_index_free(&index);
    return rz_inserts_end(inserts, diags);
}

enum rz_status rz_journal_intent(struct rz_journal *journal, int64_t run, int64_t fence,
                                 const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    int64_t row = 0;
    rz_name_text_plain(zone, plan->apex.wire);
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = find_row(session, run, fence, zone, plan->target, &row, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "UPDATE run_zones SET state = 'applying', created_zone = ?, deleted_zone = ?, "
            "creates = ?, updates = ?, deletes = ?, serial_before = ?, changed = ? "
            "WHERE id = ?",
            "iiiiiiii", (int64_t)plan->create_zone, (int64_t)plan->delete_zone,
            (int64_t)plan->creates, (int64_t)plan->updates, (int64_t)plan->deletes,
            (int64_t)plan->revision.serial, rz_journal_now(session->journal), row);
    if (status == RZ_OK)
        status = insert_changes(session, row, plan, diags);
    /* Where the run is killed, what finishes it is to know how the zone is managed. */
    if (status == RZ_OK && plan->manage_listed && plan->path && !journal->transient)
        status = rz_session_exec(session, diags, NULL,
                                 "INSERT INTO applied_rrsets VALUES (?, ?, ?) "
                                 "ON CONFLICT (zone, target) DO NOTHING",
                                 "ttb", zone, plan->target, RZ_SNAPSHOT_EMPTY,
                                 sizeof RZ_SNAPSHOT_EMPTY - 1);
    return rz_session_finish(session, status, diags);
}

static enum rz_status put_applied(struct rz_session *session, const struct rz_run_zone *zone,
                                  struct rz_diags *diags)
{
    if (zone->applied->size == 0)
        return rz_session_exec(session, diags, NULL,
                               "DELETE FROM applied_rrsets WHERE zone = ? AND target = ?", "tt",
                               zone->zone, zone->target);
    return rz_session_exec(session, diags, NULL,
                           "INSERT INTO applied_rrsets VALUES (?, ?, ?) "
                           "ON CONFLICT (zone, target) DO UPDATE SET data = excluded.data",
                           "ttb", zone->zone, zone->target, zone->applied->data,
                           zone->applied->size);
}

enum rz_status rz_journal_state(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, struct rz_diags *diags)
{
    int64_t row = 0;
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = find_row(session, run, fence, zone->zone, zone->target, &row, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "UPDATE run_zones SET state = ?, detail = ?, serial_after = ?, changed = ? "
            "WHERE id = ?",
            "ttiii", rz_zone_state_text(zone->state), zone->detail, (int64_t)zone->serial_after,
            rz_journal_now(session->journal), row);
    if (status == RZ_OK && zone->mends && zone->state == RZ_STATE_COMMITTED)
        status = rz_journal_settle(session, zone, diags);
    if (status == RZ_OK && zone->snapshot)
        status = rz_journal_put_snapshot(session, run, zone, diags);
    if (status == RZ_OK && zone->applied && !journal->transient)
        status = put_applied(session, zone, diags);
    if (status == RZ_OK && zone->verification && !journal->transient)
        status = rz_session_exec(session, diags, NULL,
                                 "INSERT INTO verifications VALUES (?, ?) ON CONFLICT (run_zone) "
                                 "DO UPDATE SET data = excluded.data",
                                 "it", row, zone->verification);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_batch(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, size_t batch, size_t first,
                                size_t end, const char *outcome, struct rz_diags *diags)
{
    int64_t row = 0;
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = find_row(session, run, fence, zone->zone, zone->target, &row, diags);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_zone, number) "
            "DO UPDATE SET first = excluded.first, past = excluded.past, "
            "outcome = excluded.outcome, changed = excluded.changed",
            "iiiiti", row, (int64_t)batch, (int64_t)first, (int64_t)end, outcome,
            rz_journal_now(session->journal));
    return rz_session_finish(session, status, diags);
}

/* A change as it was journaled. */
static bool read_change(const struct rz_block_change *change, struct rz_zone_plan *plan)
{
    struct rz_rrset before, after;
    if (change->before
        && !rz_rrset_image_read(&before, &plan->arena, change->owner, change->type, change->before,
                                change->before_size))
        return false;
    if (change->after
        && !rz_rrset_image_read(&after, &plan->arena, change->owner, change->type, change->after,
                                change->after_size))
        return false;
    if (!change->before && !change->after)
        return false;
    rz_zone_plan_add(plan, change->before ? &before : NULL, change->after ? &after : NULL);
    return true;
}

static bool read_block(struct rz_rows *row, struct rz_zone_plan *plan)
{
    struct rz_block_change change;
    size_t size;
    struct rz_change_block block = {.in.at = rz_rows_blob(row, 0, &size)};
    block.in.end = block.in.at + size;
    while (rz_change_block_next(&block, &change))
        if (!read_change(&change, plan))
            return false;
    return !block.in.damaged;
}

static enum rz_status read_changes(struct rz_session *session, int64_t id,
                                   struct rz_zone_plan *plan, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    struct rz_rows *row = rz_session_stream(
        session, diags, "SELECT data FROM change_blocks WHERE run_zone = ? ORDER BY first", "i",
        id);
    while (status == RZ_OK && row && rz_rows_next(row))
        if (!read_block(row, plan)) {
            rz_diags_add(diags, RZ5201, rz_place_named(session->journal->name),
                         "a change in the journal is damaged");
            status = RZ_IO;
        }
    enum rz_status read = rz_rows_end(row, diags);
    return status == RZ_OK ? read : status;
}

enum rz_status rz_journal_zone_plan(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, struct rz_zone_plan **plan,
                                    struct rz_diags *diags)
{
    enum rz_status status = RZ_NOT_FOUND;
    const char *why;
    *plan = NULL;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_zone_plan *made = rz_alloc_zero(1, sizeof *made);
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT id, created_zone, deleted_zone, serial_before FROM run_zones "
        "WHERE run = ? AND zone = ? AND target = ?",
        "itt", run, zone, target);
    if (row && rz_rows_next(row)
        && rz_name_parse(&made->apex, rz_str_of(zone), NULL, &why) == RZ_OK) {
        made->target = rz_arena_strdup(&made->arena, target);
        made->create_zone = rz_rows_int(row, 1) != 0;
        made->delete_zone = rz_rows_int(row, 2) != 0;
        made->revision = (struct rz_revision){.exists = !made->create_zone,
                                              .has_serial = true,
                                              .serial = (uint32_t)rz_rows_int(row, 3)};
        status = read_changes(session, rz_rows_int(row, 0), made, diags);
    } else if (row) {
        rz_diags_add(diags, RZ5205, rz_place_named(zone), "run %" PRId64 " has no such zone at %s",
                     run, target);
    }
    enum rz_status read = rz_rows_end(row, diags);
    status = status == RZ_OK || !row ? read : status;
    status = rz_session_finish(session, status, diags);
    if (status != RZ_OK) {
        rz_zone_plan_free(made);
        made = NULL;
    }
    *plan = made;
    return status;
}
