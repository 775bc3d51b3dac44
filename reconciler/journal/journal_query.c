/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `history` and `show` read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "journal/change_block.h"
#include "journal/journal_internal.h"
#include "journal/owner_index.h"
#include "journal/rrset_image.h"
#include "support/alloc.h"

#define LIMIT_DEFAULT 50

/* Conditions on a run, the same for all queries. Parameters: ?1 run, ?2 actor, ?3 status, ?4 since,
 * ?5 until. Those that lead to an index are only written where they are set: SQLite plans a statement
 * before it knows its parameters. */
#define RUN_FILTER                                                                                 \
    "AND (?2 IS NULL OR runs.actor = ?2) AND (?3 IS NULL OR runs.status = ?3) "                    \
    "AND (?4 = 0 OR runs.started >= ?4) AND (?5 = 0 OR runs.started <= ?5) "

#define MILLISECONDS_FROM INT64_C(100000000000) /* in seconds, the year 5138 */

/* Versions before this one kept whole seconds. */
static int64_t milliseconds(int64_t stored)
{
    return stored < MILLISECONDS_FROM ? stored * 1000 : stored;
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
        "status, coalesce(undoes, 0), plan_created, signers, (SELECT count(*) FROM run_zones "
        "WHERE run = runs.id), (SELECT CAST(sum(creates) AS BIGINT) FROM run_zones WHERE run = runs.id), "
        "(SELECT CAST(sum(updates) AS BIGINT) FROM run_zones WHERE run = runs.id), "
        "(SELECT CAST(sum(deletes) AS BIGINT) FROM run_zones WHERE run = runs.id) FROM runs WHERE ");
    rz_buffer_text(sql, filter->run ? "runs.id = ?1 " : "?1 = 0 ");
    rz_buffer_text(sql, RUN_FILTER);
    rz_buffer_text(
        sql,
        filter->zone
            ? "AND EXISTS (SELECT 1 FROM run_zones WHERE run = runs.id AND zone_matches(?6, zone)) "
            : "AND ?6 IS NULL ");
    rz_buffer_printf(sql, "ORDER BY runs.id %s LIMIT ?7 OFFSET ?8", order);
}

enum rz_status rz_journal_runs(struct rz_journal *journal, const struct rz_history_filter *filter,
                               void (*visit)(void *user, const struct rz_run *run), void *user,
                               struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    rz_journal_runs_sql(&sql, filter);
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags, sql.data, "ittiitii", filter->run, filter->actor, filter->status,
        filter->since, filter->until, filter->zone, limit_of(filter), (int64_t)filter->offset);
    while (row && rz_rows_next(row)) {
        struct rz_run run = {.id = rz_rows_int(row, 0),
                             .command = rz_rows_text(row, 1),
                             .actor = rz_rows_text(row, 2),
                             .host = rz_rows_text(row, 3),
                             .commit = rz_rows_text(row, 4),
                             .plan_id = rz_rows_text(row, 5),
                             .flags = rz_rows_text(row, 6),
                             .version = rz_rows_text(row, 7),
                             .started = rz_rows_int(row, 8),
                             .ended = rz_rows_int(row, 9),
                             .status = rz_rows_text(row, 10),
                             .undoes = rz_rows_int(row, 11),
                             .plan_created = milliseconds(rz_rows_int(row, 12)),
                             .signers = rz_rows_text(row, 13),
                             .zones = (size_t)rz_rows_int(row, 14),
                             .creates = (size_t)rz_rows_int(row, 15),
                             .updates = (size_t)rz_rows_int(row, 16),
                             .deletes = (size_t)rz_rows_int(row, 17)};
        /* A run that is marked as running and whose process is gone was killed. */
        if (strcmp(run.status, "running") == 0 && !rz_session_run_alive(session, run.id))
            run.status = "killed";
        visit(user, &run);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}

enum rz_status rz_journal_run_zones(struct rz_journal *journal, int64_t run,
                                    void (*visit)(void *user, const struct rz_run_zone *zone),
                                    void *user, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT zone, target, state, created_zone, deleted_zone, creates, updates, deletes, "
        "serial_before, serial_after, detail, changed, "
        "(SELECT data FROM verifications WHERE run_zone = run_zones.id) "
        "FROM run_zones WHERE run = ? ORDER BY id",
        "i", run);
    while (row && rz_rows_next(row)) {
        struct rz_run_zone zone = {.run = run,
                                   .zone = rz_rows_text(row, 0),
                                   .target = rz_rows_text(row, 1),
                                   .created_zone = rz_rows_int(row, 3) != 0,
                                   .deleted_zone = rz_rows_int(row, 4) != 0,
                                   .creates = (size_t)rz_rows_int(row, 5),
                                   .updates = (size_t)rz_rows_int(row, 6),
                                   .deletes = (size_t)rz_rows_int(row, 7),
                                   .serial_before = (uint32_t)rz_rows_int(row, 8),
                                   .serial_after = (uint32_t)rz_rows_int(row, 9),
                                   .detail = rz_rows_text(row, 10),
                                   .changed = rz_rows_int(row, 11),
                                   .verification = rz_rows_text(row, 12)};
        if (!rz_zone_state_parse(&zone.state, rz_str_of(rz_rows_text(row, 2))))
            zone.state = RZ_STATE_UNKNOWN;
        visit(user, &zone);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
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
    struct rz_name owner;
    bool of_owner; /* only `owner`'s */
    uint16_t type; /* 0: all */
    int64_t skip, left;
    void (*visit)(void *user, const struct rz_history_change *change);
    void *user;
};

static void visit_change(const struct change_search *search, struct rz_rows *row,
                         const struct rz_block_change *found, const char *owner)
{
    char type[RZ_RTYPE_TEXT_MAX];
    RZ_CLEANUP(rz_free_pointer)
    char *before = image_text(found->type, found->before, found->before_size);
    RZ_CLEANUP(rz_free_pointer)
    char *after = image_text(found->type, found->after, found->after_size);
    struct rz_history_change change = {.run = rz_rows_int(row, 0),
                                       .time = rz_rows_int(row, 1),
                                       .zone = rz_rows_text(row, 2),
                                       .target = rz_rows_text(row, 3),
                                       .owner = owner,
                                       .type = rz_rtype_text(type, found->type),
                                       .action = !before ? "create"
                                                 : after ? "update"
                                                         : "delete",
                                       .actor = rz_rows_text(row, 4),
                                       .commit = rz_rows_text(row, 5),
                                       .status = rz_rows_text(row, 6),
                                       .before = before,
                                       .after = after};
    search->visit(search->user, &change);
}

/* The changes of a block that are asked for; false where it is damaged. */
static bool search_octets(struct change_search *search, struct rz_rows *row,
                          struct rz_change_block block)
{
    char owner[RZ_NAME_TEXT_MAX];
    struct rz_block_change change;
    while (search->left > 0 && rz_change_block_next(&block, &change)) {
        if (search->type && change.type != search->type)
            continue;
        if (search->of_owner && !rz_name_equal(change.owner, search->owner.wire))
            continue;
        if (search->skip > 0) {
            search->skip--;
            continue;
        }
        rz_name_text_plain(owner, change.owner);
        visit_change(search, row, &change, owner);
        search->left--;
    }
    return !block.in.damaged;
}

static enum rz_status report_damage(const struct rz_journal *journal, struct rz_diags *diags)
{
    rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                 "a change in the journal is damaged");
    return RZ_IO;
}

/* An owner's changes come from the blocks that may have it; all others in the order of runs, so that the
 * newest are found without looking at the rest (the join keeps the order of tables). The blocks' octets
 * are not among the columns: they would be sorted with the rows. */
void rz_journal_changes_sql(struct rz_buffer *sql, const struct rz_journal *journal,
                            const struct rz_history_filter *filter)
{
    const char *order = filter->oldest_first ? "ASC" : "DESC";
    const char *join = journal->ops->ordered_join;
    rz_buffer_text(sql, "SELECT runs.id, runs.started, zone, target, actor, commit_id, state, "
                        "run_zone, first FROM ");
    if (filter->owner) {
        rz_buffer_char(sql, '(');
        rz_owner_index_sql(sql, filter->owner);
        rz_buffer_printf(sql,
                         ") AS found %s run_zones ON run_zones.id = run_zone "
                         "%s runs ON runs.id = run_zones.run WHERE 1 = 1 ",
                         join, join);
    } else {
        rz_buffer_printf(sql,
                         "runs %s run_zones ON run_zones.run = runs.id %s change_blocks "
                         "ON run_zone = run_zones.id WHERE 1 = 1 ",
                         join, join);
    }
    rz_buffer_text(sql, filter->run ? "AND runs.id = ?1 " : "AND ?1 = 0 ");
    rz_buffer_text(sql, RUN_FILTER "AND (?6 IS NULL OR zone_matches(?6, zone)) ");
    rz_buffer_printf(sql, "ORDER BY runs.id %s, run_zone, first", order);
}

/* The block that the row names. */
static enum rz_status search_block(struct change_search *search, struct rz_rows *row,
                                   struct rz_diags *diags)
{
    size_t size;
    bool good = true;
    struct rz_rows *data = rz_session_query(
        row->session, diags, "SELECT data FROM change_blocks WHERE run_zone = ? AND first = ?",
        "ii", rz_rows_int(row, 7), rz_rows_int(row, 8));
    if (data && rz_rows_next(data)) {
        struct rz_change_block block = {.in.at = rz_rows_blob(data, 0, &size)};
        block.in.end = block.in.at + size;
        good = search_octets(search, row, block);
    }
    enum rz_status status = rz_rows_end(data, diags);
    return status == RZ_OK && !good ? report_damage(row->session->journal, diags) : status;
}

enum rz_status rz_journal_changes(struct rz_journal *journal,
                                  const struct rz_history_filter *filter,
                                  void (*visit)(void *user, const struct rz_history_change *change),
                                  void *user, struct rz_diags *diags)
{
    const char *why;
    struct change_search search = {.of_owner = filter->owner,
                                   .skip = (int64_t)filter->offset,
                                   .left = limit_of(filter),
                                   .visit = visit,
                                   .user = user};
    if (filter->type && !rz_rtype_parse(&search.type, rz_str_of(filter->type), false)) {
        rz_diags_add(diags, RZ1103, (struct rz_place){0}, "there is no record type `%s`",
                     filter->type);
        return RZ_INVALID;
    }
    if (filter->owner
        && rz_name_parse(&search.owner, rz_str_of(filter->owner), NULL, &why) != RZ_OK)
        return RZ_OK; /* nothing can have changed there */
    enum rz_status status = RZ_OK;
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    rz_journal_changes_sql(&sql, journal, filter);
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_stream(session, diags, sql.data, "ittiit", filter->run,
                                            filter->actor, filter->status, filter->since,
                                            filter->until, filter->zone);
    while (status == RZ_OK && row && search.left > 0 && rz_rows_next(row))
        status = search_block(&search, row, diags);
    enum rz_status read = rz_rows_end(row, diags);
    status = status == RZ_OK ? read : status;
    status = rz_session_finish(session, status, diags);
    return status;
}

enum rz_status rz_journal_plan_seen(struct rz_journal *journal, const char *plan_id, bool *applied,
                                    struct rz_diags *diags)
{
    int64_t count = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &count,
        "SELECT count(*) FROM runs JOIN run_zones ON run = runs.id "
        "WHERE plan_id = ? AND (state = 'committed' OR state = 'rolled_back' "
        /* undone by a person later, not because it failed */
        "AND EXISTS (SELECT 1 FROM runs AS later WHERE later.undoes = runs.id))",
        "t", plan_id);
    status = rz_session_finish(session, status, diags);
    *applied = count > 0;
    return status;
}

enum rz_status rz_journal_newest_plan(struct rz_journal *journal, const char *zone,
                                      const char *target, const char *mended, int64_t *created,
                                      struct rz_diags *diags)
{
    *created = 0;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, created,
        "SELECT max(plan_created) FROM run_zones JOIN runs ON run = runs.id "
        "WHERE zone = ?1 AND target = ?2 AND state = 'committed' AND (CAST(?3 AS TEXT) IS NULL "
        "OR undoes IS NULL OR undoes NOT IN (SELECT id FROM runs WHERE plan_id = ?3))",
        "ttt", zone, target, mended);
    *created = milliseconds(*created);
    return rz_session_finish(session, status, diags);
}
