/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows from one database to another, table by table. */
#include "journal/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/journal_internal.h"
#include "support/alloc.h"

struct table {
    const char *name;
    const char *types; /* i number, n number or NULL, t text, b octets */
    const char *columns;
};

/* Those that others refer to come first. */
static const struct table tables[] = {
    {"runs", "itttttittiitnt",
     "id, command, actor, host, commit_id, plan_id, plan_created, flags, version, started, ended, "
     "status, undoes, signers"},
    {"run_zones", "iitttiiiiiiiti",
     "id, run, zone, target, state, created_zone, deleted_zone, creates, updates, deletes, "
     "serial_before, serial_after, detail, changed"},
    {"change_blocks", "iib", "run_zone, first, data"},
    {"owner_index", "iiib", "key, run_zone, first, filter"},
    {"verifications", "it", "run_zone, data"},
    {"rollovers", "tttiiiiiitt",
     "zone, target, kind, step, done, started, since, wait, margin, old_keys, new_keys"},
    {"batches", "iiiiti", "run_zone, number, first, past, outcome, changed"},
    {"locks", "ttiii", "zone, target, run, fence, since"},
    {"zone_snapshots", "ttiiiitb", "zone, target, run, taken, serial, scope, fingerprint, data"},
    {"applied_rrsets", "ttb", "zone, target, data"},
    {"notices", "ttttiiitttt",
     "receiver, message, shown, event, run, created, tries, why, subject, body, json"},
};
#define TABLES (sizeof tables / sizeof *tables)

static void bind_row(struct rz_bound *bound, struct rz_rows *row, const char *types)
{
    int i = 0;
    for (; types[i]; i++) {
        bound[i] = (struct rz_bound){.type = types[i] == 'n' ? 'i' : types[i]};
        if (types[i] == 't')
            bound[i].data = rz_rows_text(row, i);
        else if (types[i] == 'b')
            bound[i].data = rz_rows_blob(row, i, &bound[i].size);
        else
            bound[i].number = rz_rows_int(row, i);
    }
    bound[i] = (struct rz_bound){0};
}

/* The statement that inserts a row, and the letters of its parameters. */
static void insert_sql(struct rz_buffer *sql, struct rz_buffer *types, const struct table *table)
{
    rz_buffer_printf(sql, "INSERT INTO %s (%s) VALUES (", table->name, table->columns);
    for (const char *type = table->types; *type; type++) {
        rz_buffer_text(sql, type == table->types ? "" : ", ");
        rz_buffer_text(sql, *type == 'n' ? "nullif(?, 0)" : "?");
        rz_buffer_char(types, *type == 'n' ? 'i' : *type);
    }
    rz_buffer_char(sql, ')');
}

static enum rz_status copy_table(struct rz_session *from, struct rz_session *to,
                                 const struct table *table, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer select = {0}, insert = {0}, types = {0};
    struct rz_bound bound[RZ_PARAMETERS_MAX + 1];
    rz_buffer_printf(&select, "SELECT %s FROM %s", table->columns, table->name);
    insert_sql(&insert, &types, table);
    struct rz_rows *row = rz_session_stream(from, diags, select.data, "");
    struct rz_inserts *inserts = row ? rz_inserts_begin(to, diags, insert.data, types.data) : NULL;
    bool good = inserts != NULL;
    while (good && rz_rows_next(row)) {
        bind_row(bound, row, table->types);
        good = to->journal->ops->inserts_add(inserts, bound);
    }
    enum rz_status status = rz_inserts_end(inserts, diags);
    enum rz_status read = rz_rows_end(row, diags);
    return status == RZ_OK ? read : status;
}

/* All of a database's rows, and no number is given twice in the other from now on. */
static enum rz_status copy_all(struct rz_session *from, struct rz_session *to,
                               struct rz_diags *diags)
{
    int64_t run = 0, fence = 0;
    enum rz_status status = from->journal->ops->last_numbers(from, &run, &fence, diags);
    for (size_t i = 0; status == RZ_OK && i < TABLES; i++)
        status = copy_table(from, to, &tables[i], diags);
    return status == RZ_OK ? to->journal->ops->go_on_from(to, run, fence, diags) : status;
}

/* A SQLite journal in a directory of its own, for as long as rows are on their way. */
struct way_station {
    char *directory;
    struct rz_journal *journal;
};

static void close_station(struct way_station *station)
{
    static const char *const files[] = {"", "-wal", "-shm", "-runs"};
    rz_journal_close(station->journal);
    for (size_t i = 0; station->directory && i < sizeof files / sizeof *files; i++) {
        struct rz_buffer path = {0};
        rz_buffer_printf(&path, "%s/journal.db%s", station->directory, files[i]);
        unlink(path.data);
        rz_buffer_free(&path);
    }
    if (station->directory)
        rmdir(station->directory);
    free(station->directory);
}

/* Beside the backup, where there is room for it; else among temporary files. */
static enum rz_status open_station(struct way_station *station, const char *path,
                                   struct rz_context *context, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer beside = {0}, state = {0};
    const char *other = getenv("TMPDIR");
    rz_buffer_printf(&beside, "%s.way-XXXXXX", path);
    *station = (struct way_station){.directory = rz_strdup(beside.data)};
    if (!mkdtemp(station->directory)) {
        rz_buffer_reset(&beside);
        rz_buffer_printf(&beside, "%s/rezone-XXXXXX", other && *other ? other : "/tmp");
        free(station->directory);
        station->directory = rz_strdup(beside.data);
        if (!mkdtemp(station->directory)) {
            rz_diags_add(diags, RZ5201, rz_place_named(station->directory), "cannot be made: %s",
                         strerror(errno));
            free(station->directory);
            station->directory = NULL;
            return RZ_IO;
        }
    }
    rz_buffer_printf(&state, "sqlite:%s/journal.db", station->directory);
    return rz_journal_open(&station->journal, state.data, context, diags);
}

enum rz_status rz_copy_backup(struct rz_journal *journal, const char *path, struct rz_diags *diags)
{
    struct way_station station;
    enum rz_status status = open_station(&station, path, journal->context, diags);
    struct rz_session *from = status == RZ_OK ? rz_session_start(journal, RZ_READ, diags) : NULL;
    struct rz_session *to = from ? rz_session_start(station.journal, RZ_WRITE, diags) : NULL;
    if (!to)
        status = RZ_IO;
    if (to)
        status = rz_session_finish(to, copy_all(from, to, diags), diags);
    if (from)
        status = rz_session_finish(from, status, diags);
    if (status == RZ_OK)
        status = station.journal->ops->backup(station.journal, path, diags);
    close_station(&station);
    return status;
}

static enum rz_status refuse(struct rz_journal *journal, const char *why, const char *hint,
                             struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5202, rz_place_named(journal->name), "%s", why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_REFUSED;
}

/* In one transaction: what was there goes, the backup's rows come. */
static enum rz_status replace(struct rz_session *from, struct rz_session *to, bool force,
                              struct rz_diags *diags)
{
    int64_t open_zones = 0, others = 0, run = 0, fence = 0;
    const struct rz_database_ops *ops = to->journal->ops;
    enum rz_status status = ops->lock_all(to, &others, diags);
    if (status == RZ_OK && others)
        return refuse(to->journal, "another rezone has the journal open", "wait until it has ended",
                      diags);
    if (status == RZ_OK)
        status = rz_session_exec(to, diags, &open_zones,
                                 "SELECT count(*) FROM run_zones WHERE " RZ_ZONE_IS_OPEN, "");
    if (status == RZ_OK && open_zones && !force)
        return refuse(to->journal,
                      "zones are open, and what was in them before is known to this journal alone",
                      "`rezone recover` mends them; --force forgets them", diags);
    if (status == RZ_OK)
        status = ops->last_numbers(to, &run, &fence, diags);
    for (size_t i = TABLES; status == RZ_OK && i-- > 0;) {
        struct rz_buffer sql = {0};
        rz_buffer_printf(&sql, "DELETE FROM %s", tables[i].name);
        status = rz_session_exec(to, diags, NULL, sql.data, "");
        rz_buffer_free(&sql);
    }
    /* Zones that wait there were planned against what is no longer known. */
    if (status == RZ_OK && ops->has_queues)
        status = rz_session_exec(to, diags, NULL, "DELETE FROM queues", "");
    if (status == RZ_OK)
        status = copy_all(from, to, diags);
    return status == RZ_OK ? ops->go_on_from(to, run, fence, diags) : status;
}

enum rz_status rz_copy_restore(struct rz_journal *journal, const char *path, bool force,
                               struct rz_diags *diags)
{
    struct way_station station;
    enum rz_status status = open_station(&station, path, journal->context, diags);
    /* The file stays as it is; its copy gets what migrations it lacks. */
    if (status == RZ_OK)
        status = station.journal->ops->restore(station.journal, path, true, diags);
    struct rz_session *from = status == RZ_OK ? rz_session_start(station.journal, RZ_READ, diags)
                                              : NULL;
    struct rz_session *to = from ? rz_session_start(journal, RZ_DURABLE, diags) : NULL;
    if (to)
        status = rz_session_finish(to, replace(from, to, force, diags), diags);
    else if (status == RZ_OK)
        status = RZ_IO;
    if (from)
        rz_session_finish(from, RZ_OK, diags);
    close_station(&station);
    return status;
}
