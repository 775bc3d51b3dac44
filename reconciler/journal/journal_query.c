/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `history` and `show` read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "journal/change_block.h"
#include "journal/journal_internal.h"
#include "journal/rrset_image.h"
#include "support/alloc.h"

#define LIMIT_DEFAULT 50

/* Conditions on a run, the same for all queries. Parameters: ?1 run, ?2 actor, ?3 status, ?4 since,
 * ?5 until. Those that lead to an index are only written where they are set: SQLite plans a statement
 * before it knows its parameters. */
#define RUN_FILTER                                                                                 \
    "AND (?2 IS NULL OR runs.actor = ?2) AND (?3 IS NULL OR runs.status = ?3) "                    \
    "AND (?4 = 0 OR runs.started >= ?4) AND (?5 = 0 OR runs.started <= ?5) "

static const char *text(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

static int64_t limit_of(const struct rz_history_filter *filter)
{
    return filter->limit ? (int64_t)filter->limit : LIMIT_DEFAULT;
}

void rz_journal_runs_sql(struct rz_buffer *sql, const struct rz_history_filter *filter)
{
    const char *order = filter->oldest_first ? "ASC" : "DESC";
    rz_buffer_text(
        sql,
        "SELECT id, command, actor, host, commit_id, plan_id, flags, version, started, ended, "
        "status, ifnull(undoes, 0), plan_created, signers, (SELECT count(*) FROM run_zones "
        "WHERE run = runs.id), ifnull((SELECT sum(creates) FROM run_zones WHERE run = runs.id), 0), "
        "ifnull((SELECT sum(updates) FROM run_zones WHERE run = runs.id), 0), "
        "ifnull((SELECT sum(deletes) FROM run_zones WHERE run = runs.id), 0) FROM runs WHERE ");
    rz_buffer_text(sql, filter->run ? "runs.id = ?1 " : "?1 = 0 ");
    rz_buffer_text(sql, RUN_FILTER);
    rz_buffer_text(
        sql, filter->zone
                 ? "AND EXISTS (SELECT 1 FROM run_zones WHERE run = runs.id AND zone GLOB ?6) "
                 : "AND ?6 IS NULL ");
    rz_buffer_printf(sql, "ORDER BY runs.id %s LIMIT ?7 OFFSET ?8", order);
}

enum rz_status rz_journal_runs(struct rz_journal *journal, const struct rz_history_filter *filter,
                               void (*visit)(void *user, const struct rz_run *run), void *user,
                               struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    rz_journal_runs_sql(&sql, filter);
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags, sql.data, "ittiitii", filter->run, filter->actor, filter->status,
        filter->since, filter->until, filter->zone, limit_of(filter), (int64_t)filter->offset);
    while (row && sqlite3_step(row) == SQLITE_ROW) {
        struct rz_run run = {.id = sqlite3_column_int64(row, 0),
                             .command = text(row, 1),
                             .actor = text(row, 2),
                             .host = text(row, 3),
                             .commit = text(row, 4),
                             .plan_id = text(row, 5),
                             .flags = text(row, 6),
                             .version = text(row, 7),
                             .started = sqlite3_column_int64(row, 8),
                             .ended = sqlite3_column_int64(row, 9),
                             .status = text(row, 10),
                             .undoes = sqlite3_column_int64(row, 11),
                             .plan_created = sqlite3_column_int64(row, 12),
                             .signers = text(row, 13),
                             .zones = (size_t)sqlite3_column_int64(row, 14),
                             .creates = (size_t)sqlite3_column_int64(row, 15),
                             .updates = (size_t)sqlite3_column_int64(row, 16),
                             .deletes = (size_t)sqlite3_column_int64(row, 17)};
        /* A run that is marked as running and whose process is gone was killed. */
        if (strcmp(run.status, "running") == 0 && !rz_journal_is_alive(journal, run.id))
            run.status = "killed";
        visit(user, &run);
    }
    bool good = row && sqlite3_finalize(row) == SQLITE_OK;
    enum rz_status status = good ? RZ_OK : row ? rz_journal_fail(journal, diags) : RZ_IO;
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_run_zones(struct rz_journal *journal, int64_t run,
                                    void (*visit)(void *user, const struct rz_run_zone *zone),
                                    void *user, struct rz_diags *diags)
{
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(
        journal, diags,
        "SELECT zone, target, state, created_zone, deleted_zone, creates, updates, deletes, "
        "serial_before, serial_after, detail, changed FROM run_zones WHERE run = ? ORDER BY id",
        "i", run);
    while (row && sqlite3_step(row) == SQLITE_ROW) {
        struct rz_run_zone zone = {.run = run,
                                   .zone = text(row, 0),
                                   .target = text(row, 1),
                                   .created_zone = sqlite3_column_int(row, 3) != 0,
                                   .deleted_zone = sqlite3_column_int(row, 4) != 0,
                                   .creates = (size_t)sqlite3_column_int64(row, 5),
                                   .updates = (size_t)sqlite3_column_int64(row, 6),
                                   .deletes = (size_t)sqlite3_column_int64(row, 7),
                                   .serial_before = (uint32_t)sqlite3_column_int64(row, 8),
                                   .serial_after = (uint32_t)sqlite3_column_int64(row, 9),
                                   .detail = text(row, 10),
                                   .changed = sqlite3_column_int64(row, 11)};
        if (!rz_zone_state_parse(&zone.state, rz_str_of(text(row, 2))))
            zone.state = RZ_STATE_UNKNOWN;
        visit(user, &zone);
    }
    bool good = row && sqlite3_finalize(row) == SQLITE_OK;
    enum rz_status status = good ? RZ_OK : row ? rz_journal_fail(journal, diags) : RZ_IO;
    pthread_mutex_unlock(&journal->lock);
    return status;
}

/* "TTL RDATA" lines of an image; NULL where there is none. */
static char *image_text(uint16_t type, const void *image, size_t size)
{
    struct rz_arena arena = {0};
    struct rz_rrset rrset;
    struct rz_buffer lines = {0};
    static const uint8_t root[] = {0};
    if (!image)
        return NULL;
    if (rz_rrset_image_read(&rrset, &arena, root, type, image, size))
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&rrset); rz_rdata_next(&c);) {
            rz_buffer_printf(&lines, "%s%" PRIu32 " ", lines.size ? "\n" : "", rrset.ttl);
            rz_rdata_print(&lines, type, c.wire, c.size);
        }
    rz_arena_free(&arena);
    return lines.data ? lines.data : rz_strdup("damaged");
}

/* What of the blocks is wanted. */
struct change_search {
    const struct rz_history_filter *filter;
    uint16_t type; /* 0: all */
    int64_t skip, left;
    void (*visit)(void *user, const struct rz_history_change *change);
    void *user;
};

static void visit_change(const struct change_search *search, sqlite3_stmt *row,
                         const struct rz_block_change *found, const char *owner)
{
    char type[RZ_RTYPE_TEXT_MAX];
    RZ_CLEANUP(rz_free_pointer)
    char *before = image_text(found->type, found->before, found->before_size);
    RZ_CLEANUP(rz_free_pointer)
    char *after = image_text(found->type, found->after, found->after_size);
    struct rz_history_change change = {.run = sqlite3_column_int64(row, 0),
                                       .time = sqlite3_column_int64(row, 1),
                                       .zone = text(row, 2),
                                       .target = text(row, 3),
                                       .owner = owner,
                                       .type = rz_rtype_text(type, found->type),
                                       .action = !before ? "create"
                                                 : after ? "update"
                                                         : "delete",
                                       .actor = text(row, 4),
                                       .commit = text(row, 5),
                                       .status = text(row, 6),
                                       .before = before,
                                       .after = after};
    search->visit(search->user, &change);
}

/* The block's changes that are asked for; false where it is damaged. */
static bool search_block(struct change_search *search, sqlite3_stmt *row)
{
    char owner[RZ_NAME_TEXT_MAX];
    struct rz_block_change change;
    struct rz_change_block block = {.at = sqlite3_column_blob(row, 7)};
    block.end = block.at + sqlite3_column_bytes(row, 7);
    while (search->left > 0 && rz_change_block_next(&block, &change)) {
        if (search->type && change.type != search->type)
            continue;
        rz_name_text_plain(owner, change.owner);
        if (search->filter->owner && strcmp(owner, search->filter->owner) != 0)
            continue;
        if (search->skip > 0) {
            search->skip--;
            continue;
        }
        visit_change(search, row, &change, owner);
        search->left--;
    }
    return !block.damaged;
}

static enum rz_status report_damage(const struct rz_journal *journal, struct rz_diags *diags)
{
    rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                 "a change in the journal is damaged");
    return RZ_IO;
}

/* The zones that may have the owner: each name from its own up, as a list of SQL texts. */
static void add_zones_above(struct rz_buffer *sql, const char *owner)
{
    struct rz_name name;
    const char *why, *separator = "";
    if (rz_name_parse(&name, rz_str_of(owner), NULL, &why) != RZ_OK)
        return;
    for (const uint8_t *at = name.wire;; at = rz_name_parent(at)) {
        char zone[RZ_NAME_TEXT_MAX];
        char *quoted = sqlite3_mprintf("%Q", rz_name_text_plain(zone, at));
        rz_buffer_printf(sql, "%s%s", separator, quoted);
        sqlite3_free(quoted);
        separator = ", ";
        if (*at == 0)
            return;
    }
}

/* An owner's changes come from the zones above it, by their index; all others in the order of runs, so
 * that the newest are found without looking at the rest (CROSS JOIN keeps the order of tables). */
void rz_journal_changes_sql(struct rz_buffer *sql, const struct rz_history_filter *filter)
{
    const char *order = filter->oldest_first ? "ASC" : "DESC";
    rz_buffer_text(
        sql, "SELECT runs.id, runs.started, zone, target, actor, commit_id, state, data FROM ");
    if (filter->owner) {
        rz_buffer_text(
            sql, "run_zones CROSS JOIN runs ON runs.id = run_zones.run CROSS JOIN change_blocks "
                 "ON run_zone = run_zones.id WHERE zone IN (");
        add_zones_above(sql, filter->owner);
        rz_buffer_text(sql, ") ");
    } else {
        rz_buffer_text(
            sql, "runs CROSS JOIN run_zones ON run_zones.run = runs.id CROSS JOIN change_blocks "
                 "ON run_zone = run_zones.id WHERE 1 ");
    }
    rz_buffer_text(sql, filter->run ? "AND runs.id = ?1 " : "AND ?1 = 0 ");
    rz_buffer_text(sql, RUN_FILTER "AND (?6 IS NULL OR zone GLOB ?6) ");
    rz_buffer_printf(sql, "ORDER BY runs.id %s, run_zone, first", order);
}

enum rz_status rz_journal_changes(struct rz_journal *journal,
                                  const struct rz_history_filter *filter,
                                  void (*visit)(void *user, const struct rz_history_change *change),
                                  void *user, struct rz_diags *diags)
{
    struct change_search search = {.filter = filter,
                                   .skip = (int64_t)filter->offset,
                                   .left = limit_of(filter),
                                   .visit = visit,
                                   .user = user};
    if (filter->type && !rz_rtype_parse(&search.type, rz_str_of(filter->type), false)) {
        rz_diags_add(diags, RZ1103, (struct rz_place){0}, "there is no record type `%s`",
                     filter->type);
        return RZ_INVALID;
    }
    enum rz_status status = RZ_OK;
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    rz_journal_changes_sql(&sql, filter);
    pthread_mutex_lock(&journal->lock);
    sqlite3_stmt *row = rz_journal_prepare(journal, diags, sql.data, "ittiit", filter->run,
                                           filter->actor, filter->status, filter->since,
                                           filter->until, filter->zone);
    while (status == RZ_OK && row && search.left > 0 && sqlite3_step(row) == SQLITE_ROW)
        if (!search_block(&search, row))
            status = report_damage(journal, diags);
    if (!row)
        status = RZ_IO;
    else if (sqlite3_finalize(row) != SQLITE_OK)
        status = rz_journal_fail(journal, diags);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_plan_seen(struct rz_journal *journal, const char *plan_id, bool *applied,
                                    struct rz_diags *diags)
{
    int64_t count = 0;
    pthread_mutex_lock(&journal->lock);
    enum rz_status status = rz_journal_exec(
        journal, diags, &count,
        "SELECT count(*) FROM runs JOIN run_zones ON run = runs.id "
        "WHERE plan_id = ? AND (state = 'committed' OR state = 'rolled_back' "
        /* undone by a person later, not because it failed */
        "AND EXISTS (SELECT 1 FROM runs AS later WHERE later.undoes = runs.id))",
        "t", plan_id);
    pthread_mutex_unlock(&journal->lock);
    *applied = count > 0;
    return status;
}

enum rz_status rz_journal_newest_plan(struct rz_journal *journal, const char *zone,
                                      const char *target, int64_t *created, struct rz_diags *diags)
{
    *created = 0;
    pthread_mutex_lock(&journal->lock);
    enum rz_status status = rz_journal_exec(
        journal, diags, created,
        "SELECT max(plan_created) FROM run_zones JOIN runs ON run = runs.id "
        "WHERE zone = ? AND target = ? AND state = 'committed'",
        "tt", zone, target);
    pthread_mutex_unlock(&journal->lock);
    return status;
}
