/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone of a run: its lock, its before image, its states, and the way back from the journal. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "journal/change_block.h"
#include "journal/journal_internal.h"
#include "journal/rrset_image.h"
#include "support/alloc.h"

static enum rz_status refuse_locked(struct rz_journal *journal, int64_t holder, const char *zone,
                                    const char *target, struct rz_diags *diags)
{
    char since[32] = "";
    const char *actor = "", *host = "";
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags, "SELECT actor, host, started FROM runs WHERE id = ?", "i", holder);
    if (row && sqlite3_step(row) == SQLITE_ROW) {
        time_t time = (time_t)sqlite3_column_int64(row, 2);
        struct tm tm;
        actor = (const char *)sqlite3_column_text(row, 0);
        host = (const char *)sqlite3_column_text(row, 1);
        strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", gmtime_r(&time, &tm));
    }
    struct rz_diag *diag = rz_diags_add(diags, RZ5202, rz_place_named(zone),
                                        "run %" PRId64
                                        " of %s on %s has the zone in hand at %s since %s UTC",
                                        holder, actor, host, target, since);
    rz_diag_hint(diags, diag, "wait until it has ended");
    sqlite3_finalize(row);
    return RZ_REFUSED;
}

static enum rz_status refuse_open(struct rz_journal *journal, int64_t holder, const char *zone,
                                  const char *target, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5203, rz_place_named(zone),
                                        "run %" PRId64 " left the zone open at %s", holder, target);
    if (rz_journal_is_alive(journal, holder))
        rz_diag_hint(diags, diag, "its process still lives: wait until it has ended");
    else
        rz_diag_hint(diags, diag, "`rezone recover` shows what it is and mends it");
    return RZ_REFUSED;
}

/* Runs that were killed before they sent anything leave nothing to mend. */
static enum rz_status close_untouched(struct rz_journal *journal, int64_t run, const char *zone,
                                      const char *target, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags,
        "SELECT run FROM run_zones WHERE zone = ? AND target = ? "
        "AND state IN ('planned', 'locked') AND run <> ?",
        "tti", zone, target, run);
    if (!row)
        return RZ_IO;
    while (status == RZ_OK && sqlite3_step(row) == SQLITE_ROW) {
        int64_t other = sqlite3_column_int64(row, 0);
        if (!rz_journal_is_alive(journal, other))
            status = rz_journal_close_untouched(journal, other, diags);
    }
    sqlite3_finalize(row);
    return status;
}

/* RZ_OK where the zone is free for the run. */
static enum rz_status check_free(struct rz_journal *journal, int64_t run, const char *zone,
                                 const char *target, struct rz_diags *diags)
{
    int64_t holder = 0, open_run = 0, undoes = 0;
    enum rz_status status = rz_journal_exec(
        journal, diags, &undoes, "SELECT ifnull(undoes, 0) FROM runs WHERE id = ?", "i", run);
    if (status == RZ_OK)
        status = rz_journal_exec(journal, diags, &holder,
                                 "SELECT run FROM locks WHERE zone = ? AND target = ?", "tt", zone,
                                 target);
    if (status != RZ_OK)
        return status;
    if (holder && holder != run && rz_journal_is_alive(journal, holder))
        return refuse_locked(journal, holder, zone, target, diags);
    status = close_untouched(journal, run, zone, target, diags);
    if (status == RZ_OK)
        status = rz_journal_exec(
            journal, diags, &open_run,
            "SELECT min(run) FROM run_zones WHERE zone = ? AND target = ? AND run <> ? "
            "AND run <> ? AND " RZ_ZONE_IS_OPEN
            /* those that did not get through are open with what they mend */
            " AND run NOT IN (SELECT id FROM runs WHERE undoes = ?)",
            "ttiii", zone, target, run, undoes, undoes);
    return status == RZ_OK && open_run ? refuse_open(journal, open_run, zone, target, diags)
                                       : status;
}

enum rz_status rz_journal_settled(struct rz_journal *journal, const char *zone, const char *target,
                                  struct rz_diags *diags)
{
    int64_t holder = 0, open_run = 0;
    pthread_mutex_lock(&journal->lock);
    enum rz_status status = rz_journal_exec(journal, diags, &holder,
                                            "SELECT run FROM locks WHERE zone = ? AND target = ?",
                                            "tt", zone, target);
    if (status == RZ_OK && !(holder && rz_journal_is_alive(journal, holder)))
        status = rz_journal_exec(
            journal, diags, &open_run,
            "SELECT min(run) FROM run_zones WHERE zone = ? AND target = ? AND " RZ_ZONE_IS_OPEN
            " AND state NOT IN ('planned', 'locked')",
            "tt", zone, target);
    pthread_mutex_unlock(&journal->lock);
    return status == RZ_OK && open_run ? refuse_open(journal, open_run, zone, target, diags)
                                       : status;
}

enum rz_status rz_journal_lock(struct rz_journal *journal, int64_t run, const char *zone,
                               const char *target, int64_t *fence, struct rz_diags *diags)
{
    int64_t now = journal->context->now(journal->context->user);
    enum rz_status status = rz_journal_start(journal, false, diags);
    if (status != RZ_OK)
        return status;
    status = check_free(journal, run, zone, target, diags);
    if (status == RZ_OK)
        status = rz_journal_exec(journal, diags, fence,
                                 "UPDATE fences SET last = last + 1 RETURNING last", "");
    if (status == RZ_OK)
        status = rz_journal_exec(journal, diags, NULL,
                                 "INSERT OR REPLACE INTO locks VALUES (?, ?, ?, ?, ?)", "ttiii",
                                 zone, target, run, *fence, now);
    if (status == RZ_OK)
        status = rz_journal_exec(journal, diags, NULL,
                                 "INSERT INTO run_zones (run, zone, target, state, changed) "
                                 "VALUES (?, ?, ?, 'locked', ?)",
                                 "itti", run, zone, target, now);
    return rz_journal_finish(journal, status, diags);
}

enum rz_status rz_journal_unlock(struct rz_journal *journal, int64_t run, const char *zone,
                                 const char *target, int64_t fence, struct rz_diags *diags)
{
    enum rz_status status = rz_journal_start(journal, false, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(
        journal, diags, NULL,
        "DELETE FROM locks WHERE zone = ? AND target = ? AND run = ? AND fence = ?", "ttii", zone,
        target, run, fence);
    return rz_journal_finish(journal, status, diags);
}

/* The row of the run's zone, if the fence is still the lock's. */
static enum rz_status find_row(struct rz_journal *journal, int64_t run, int64_t fence,
                               const char *zone, const char *target, int64_t *row,
                               struct rz_diags *diags)
{
    *row = 0;
    enum rz_status status = rz_journal_exec(
        journal, diags, row,
        "SELECT id FROM run_zones JOIN locks USING (run, zone, target) "
        "WHERE run = ? AND zone = ? AND target = ? AND fence = ?",
        "itti", run, zone, target, fence);
    if (status == RZ_OK && *row == 0) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5204, rz_place_named(zone),
            "run %" PRId64 " no longer holds the lock of the zone at %s", run, target);
        rz_diag_hint(diags, diag, "`rezone history --zone %s` shows who took it", zone);
        return RZ_REFUSED;
    }
    return status;
}

static bool insert_block(sqlite3_stmt *insert, size_t first, const struct rz_buffer *block)
{
    sqlite3_bind_int64(insert, 2, (int64_t)first);
    sqlite3_bind_blob64(insert, 3, block->data, block->size, SQLITE_STATIC);
    bool done = sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_reset(insert);
    return done;
}

static enum rz_status insert_changes(struct rz_journal *journal, int64_t row,
                                     const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    struct rz_change_block_writer writer = {0};
    sqlite3_stmt *insert = rz_journal_prepare(
        journal, diags, "INSERT INTO change_blocks VALUES (?, ?, ?)", "i", row);
    enum rz_status status = insert ? RZ_OK : RZ_IO;
    for (size_t i = 0, first = 0; i < plan->count && status == RZ_OK; i++) {
        rz_change_block_add(&writer, &plan->changes[i]);
        if (writer.block.size < RZ_CHANGE_BLOCK_OCTETS && i + 1 < plan->count)
            continue;
        if (!insert_block(insert, first, &writer.block))
            status = rz_journal_fail(journal, diags);
        rz_change_block_reset(&writer);
        first = i + 1;
    }
    sqlite3_finalize(insert);
    rz_buffer_free(&writer.block);
    return status;
}

enum rz_status rz_journal_intent(struct rz_journal *journal, int64_t run, int64_t fence,
                                 const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    int64_t row = 0;
    rz_name_text_plain(zone, plan->apex.wire);
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    status = find_row(journal, run, fence, zone, plan->target, &row, diags);
    if (status == RZ_OK)
        status = rz_journal_exec(
            journal, diags, NULL,
            "UPDATE run_zones SET state = 'applying', created_zone = ?, deleted_zone = ?, "
            "creates = ?, updates = ?, deletes = ?, serial_before = ?, changed = ? "
            "WHERE id = ?",
            "iiiiiiii", (int64_t)plan->create_zone, (int64_t)plan->delete_zone,
            (int64_t)plan->creates, (int64_t)plan->updates, (int64_t)plan->deletes,
            (int64_t)plan->revision.serial, journal->context->now(journal->context->user), row);
    if (status == RZ_OK)
        status = insert_changes(journal, row, plan, diags);
    return rz_journal_finish(journal, status, diags);
}

enum rz_status rz_journal_state(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, struct rz_diags *diags)
{
    int64_t row = 0;
    enum rz_status status = rz_journal_start(journal, false, diags);
    if (status != RZ_OK)
        return status;
    status = find_row(journal, run, fence, zone->zone, zone->target, &row, diags);
    if (status == RZ_OK)
        status = rz_journal_exec(
            journal, diags, NULL,
            "UPDATE run_zones SET state = ?, detail = ?, serial_after = ?, changed = ? "
            "WHERE id = ?",
            "ttiii", rz_zone_state_text(zone->state), zone->detail, (int64_t)zone->serial_after,
            journal->context->now(journal->context->user), row);
    if (status == RZ_OK && zone->mends && zone->state == RZ_STATE_COMMITTED)
        status = rz_journal_settle(journal, zone, diags);
    return rz_journal_finish(journal, status, diags);
}

enum rz_status rz_journal_batch(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, size_t batch, size_t first,
                                size_t end, const char *outcome, struct rz_diags *diags)
{
    int64_t row = 0;
    enum rz_status status = rz_journal_start(journal, false, diags);
    if (status != RZ_OK)
        return status;
    status = find_row(journal, run, fence, zone->zone, zone->target, &row, diags);
    if (status == RZ_OK)
        status = rz_journal_exec(journal, diags, NULL,
                                 "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?)",
                                 "iiiiti", row, (int64_t)batch, (int64_t)first, (int64_t)end,
                                 outcome, journal->context->now(journal->context->user));
    return rz_journal_finish(journal, status, diags);
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

static bool read_block(sqlite3_stmt *row, struct rz_zone_plan *plan)
{
    struct rz_block_change change;
    struct rz_change_block block = {.at = sqlite3_column_blob(row, 0)};
    block.end = block.at + sqlite3_column_bytes(row, 0);
    while (rz_change_block_next(&block, &change))
        if (!read_change(&change, plan))
            return false;
    return !block.damaged;
}

static enum rz_status read_changes(struct rz_journal *journal, int64_t id,
                                   struct rz_zone_plan *plan, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags, "SELECT data FROM change_blocks WHERE run_zone = ? ORDER BY first", "i",
        id);
    while (status == RZ_OK && row && sqlite3_step(row) == SQLITE_ROW)
        if (!read_block(row, plan)) {
            rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                         "a change in the journal is damaged");
            status = RZ_IO;
        }
    if (sqlite3_finalize(row) != SQLITE_OK)
        status = rz_journal_fail(journal, diags);
    return row ? status : RZ_IO;
}

enum rz_status rz_journal_zone_plan(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, struct rz_zone_plan **plan,
                                    struct rz_diags *diags)
{
    struct rz_zone_plan *made = rz_alloc_zero(1, sizeof *made);
    enum rz_status status = RZ_NOT_FOUND;
    const char *why;
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags,
        "SELECT id, created_zone, deleted_zone, serial_before FROM run_zones "
        "WHERE run = ? AND zone = ? AND target = ?",
        "itt", run, zone, target);
    if (row && sqlite3_step(row) == SQLITE_ROW
        && rz_name_parse(&made->apex, rz_str_of(zone), NULL, &why) == RZ_OK) {
        made->target = rz_arena_strdup(&made->arena, target);
        made->create_zone = sqlite3_column_int(row, 1) != 0;
        made->delete_zone = sqlite3_column_int(row, 2) != 0;
        made->revision = (struct rz_revision){.exists = !made->create_zone,
                                              .has_serial = true,
                                              .serial = (uint32_t)sqlite3_column_int64(row, 3)};
        status = read_changes(journal, sqlite3_column_int64(row, 0), made, diags);
    } else if (row) {
        rz_diags_add(diags, RZ5205, rz_place_named(zone), "run %" PRId64 " has no such zone at %s",
                     run, target);
    }
    sqlite3_finalize(row);
    pthread_mutex_unlock(&journal->lock);
    if (status != RZ_OK) {
        rz_zone_plan_free(made);
        made = NULL;
    }
    *plan = made;
    return status;
}
