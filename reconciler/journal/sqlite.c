/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal in SQLite: opening, migrations, statements, transactions, and which runs live. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/owner_index.h"
#include "journal/sqlite_internal.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "support/file.h"

#define BUSY_MS 20000
#define ALIVE_ATTEMPTS 2000
#define TRANSIENT_PATH ".rezone/intent.db"

extern const char rz_embedded_sqlite_001[], rz_embedded_sqlite_002[], rz_embedded_sqlite_003[],
    rz_embedded_sqlite_004[], rz_embedded_sqlite_005[], rz_embedded_sqlite_006[],
    rz_embedded_sqlite_007[], rz_embedded_sqlite_008[], rz_embedded_sqlite_009[];
static const char *const migrations[] = {
    rz_embedded_sqlite_001, rz_embedded_sqlite_002, rz_embedded_sqlite_003,
    rz_embedded_sqlite_004, rz_embedded_sqlite_005, rz_embedded_sqlite_006,
    rz_embedded_sqlite_007, rz_embedded_sqlite_008, rz_embedded_sqlite_009};
#define INDEXED_FROM 4 /* the migration that brings the index of owners */
#define MIGRATIONS (int)(sizeof migrations / sizeof *migrations)

struct sqlite_rows {
    struct rz_rows rows;
    sqlite3_stmt *statement;
    bool failed;
};

struct sqlite_inserts {
    struct rz_inserts inserts;
    sqlite3_stmt *statement;
    bool failed;
};

static struct rz_sqlite *sqlite_of(struct rz_session *session)
{
    return (struct rz_sqlite *)session->journal;
}

enum rz_status rz_sqlite_fail(struct rz_sqlite *journal, struct rz_diags *diags)
{
    int code = sqlite3_errcode(journal->db);
    char text[128];
    int error = sqlite3_system_errno(journal->db);
    bool by_system = error && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN);
    struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->journal.name),
                                        "the journal cannot be used: %s%s%s",
                                        sqlite3_errmsg(journal->db), by_system ? ": " : "",
                                        by_system ? strerror_r(error, text, sizeof text) : "");
    rz_diag_hint(diags, diag, "%s",
                 code == SQLITE_FULL || (by_system && error == ENOSPC) ? "make room on the disk"
                 : code == SQLITE_IOERR ? "look at the disk and the system's log"
                 : code == SQLITE_NOMEM ? "give it more memory"
                 : code == SQLITE_BUSY  ? "another rezone is writing; try again when it has ended"
                 : code == SQLITE_READONLY || code == SQLITE_CANTOPEN
                     ? "its directory must be writable"
                 : code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                     ? "it is damaged: move it away, rezone will start a new one"
                     : "see `state:` in rezone.yaml");
    return RZ_IO;
}

static void bind_all(sqlite3_stmt *statement, const struct rz_bound *parameters)
{
    for (int i = 1; parameters[i - 1].type; i++) {
        const struct rz_bound *p = &parameters[i - 1];
        if (p->type == 'i')
            sqlite3_bind_int64(statement, i, p->number);
        else if (p->type == 't')
            sqlite3_bind_text(statement, i, p->data, -1, SQLITE_STATIC);
        else
            sqlite3_bind_blob64(statement, i, p->data, p->size, SQLITE_STATIC);
    }
}

static sqlite3_stmt *prepare(struct rz_sqlite *journal, struct rz_diags *diags, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    rz_sqlite_fail(journal, diags);
    return NULL;
}

static struct rz_rows *query(struct rz_session *session, struct rz_diags *diags, const char *sql,
                             const struct rz_bound *parameters)
{
    sqlite3_stmt *statement = prepare(sqlite_of(session), diags, sql);
    if (!statement)
        return NULL;
    bind_all(statement, parameters);
    struct sqlite_rows *rows = rz_alloc_zero(1, sizeof *rows);
    rows->rows.session = session;
    rows->statement = statement;
    return &rows->rows;
}

static bool next(struct rz_rows *rows)
{
    struct sqlite_rows *own = (struct sqlite_rows *)rows;
    int step = sqlite3_step(own->statement);
    own->failed |= step != SQLITE_ROW && step != SQLITE_DONE;
    return step == SQLITE_ROW;
}

static int64_t column_int(struct rz_rows *rows, int column)
{
    return sqlite3_column_int64(((struct sqlite_rows *)rows)->statement, column);
}

static const char *column_text(struct rz_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(((struct sqlite_rows *)rows)->statement, column);
}

static const void *column_blob(struct rz_rows *rows, int column, size_t *size)
{
    struct sqlite_rows *own = (struct sqlite_rows *)rows;
    const void *data = sqlite3_column_blob(own->statement, column);
    *size = (size_t)sqlite3_column_bytes(own->statement, column);
    return data;
}

static enum rz_status end(struct rz_rows *rows, struct rz_diags *diags)
{
    struct sqlite_rows *own = (struct sqlite_rows *)rows;
    enum rz_status status = own->failed ? rz_sqlite_fail(sqlite_of(rows->session), diags) : RZ_OK;
    sqlite3_finalize(own->statement);
    free(own);
    return status;
}

static struct rz_inserts *inserts_begin(struct rz_session *session, struct rz_diags *diags,
                                        const char *sql, const char *types)
{
    sqlite3_stmt *statement = prepare(sqlite_of(session), diags, sql);
    if (!statement)
        return NULL;
    struct sqlite_inserts *inserts = rz_alloc_zero(1, sizeof *inserts);
    inserts->inserts = (struct rz_inserts){.session = session, .types = types};
    inserts->statement = statement;
    return &inserts->inserts;
}

static bool inserts_add(struct rz_inserts *inserts, const struct rz_bound *parameters)
{
    struct sqlite_inserts *own = (struct sqlite_inserts *)inserts;
    bind_all(own->statement, parameters);
    own->failed |= sqlite3_step(own->statement) != SQLITE_DONE;
    if (!own->failed) /* resetting would forget what failed */
        sqlite3_reset(own->statement);
    return !own->failed;
}

static enum rz_status inserts_end(struct rz_inserts *inserts, struct rz_diags *diags)
{
    struct sqlite_inserts *own = (struct sqlite_inserts *)inserts;
    enum rz_status status = own->failed ? rz_sqlite_fail(sqlite_of(inserts->session), diags)
                                        : RZ_OK;
    sqlite3_finalize(own->statement);
    free(own);
    return status;
}

static bool run_simply(struct rz_sqlite *journal, const char *sql)
{
    return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static struct rz_session *start(struct rz_journal *journal, enum rz_transaction kind,
                                struct rz_diags *diags)
{
    struct rz_sqlite *own = (struct rz_sqlite *)journal;
    pthread_mutex_lock(&own->lock);
    if (kind == RZ_READ
        || (run_simply(own,
                       kind == RZ_DURABLE ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL")
            && run_simply(own, "BEGIN IMMEDIATE")))
        return &own->session;
    rz_sqlite_fail(own, diags);
    pthread_mutex_unlock(&own->lock);
    return NULL;
}

static enum rz_status commit(struct rz_session *session, struct rz_diags *diags)
{
    struct rz_sqlite *journal = sqlite_of(session);
    if (sqlite3_get_autocommit(journal->db)) /* it was only read */
        return RZ_OK;
    enum rz_status status = RZ_OK;
    RZ_FAULT("journal.commit");
    if (!run_simply(journal, "COMMIT"))
        status = rz_sqlite_fail(journal, diags);
    RZ_FAULT("journal.committed");
    return status;
}

static void release(struct rz_session *session)
{
    struct rz_sqlite *journal = sqlite_of(session);
    if (!sqlite3_get_autocommit(journal->db))
        run_simply(journal, "ROLLBACK");
    pthread_mutex_unlock(&journal->lock);
}

/* Within a transaction. */
static enum rz_status run_migrations(struct rz_sqlite *journal, int version, struct rz_diags *diags)
{
    if (version > MIGRATIONS) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->journal.name),
                                            "the journal was written by a newer rezone");
        rz_diag_hint(diags, diag, "use that one here");
        return RZ_IO;
    }
    for (; version < MIGRATIONS; version++) {
        char pragma[40];
        snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", version + 1);
        if (!run_simply(journal, migrations[version]) || !run_simply(journal, pragma))
            return rz_sqlite_fail(journal, diags);
    }
    return RZ_OK;
}

enum rz_status rz_sqlite_migrate(struct rz_sqlite *journal, struct rz_diags *diags)
{
    int64_t version = 0;
    struct rz_session *session = rz_session_start(&journal->journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(session, diags, &version, "PRAGMA user_version", "");
    if (status == RZ_OK)
        status = run_migrations(journal, (int)version, diags);
    if (status == RZ_OK && version < INDEXED_FROM)
        status = rz_owner_index_fill(session, diags);
    return rz_session_finish(session, status, diags);
}

/* Makes the directory, and keeps git away from what is in `.rezone`. */
static bool prepare_directory(struct rz_sqlite *journal, const char *path)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return true;
    if ((size_t)(slash - path) >= sizeof directory)
        return false;
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
    if (mkdir(directory, 0700) != 0)
        return errno == EEXIST;
    if (strcmp(directory, ".rezone") == 0)
        return rz_file_replace(journal->journal.context->project_dir, ".rezone/.gitignore",
                               RZ_STR("*\n"), 0600)
               == RZ_OK;
    return true;
}

static enum rz_status fail_to_open(struct rz_sqlite *journal, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->journal.name),
                                        "the journal cannot be opened: %s", strerror(errno));
    rz_diag_hint(diags, diag,
                 "make its directory writable, or name another in `state:` of rezone.yaml");
    return RZ_IO;
}

/* Octet 0 is locked, shared, by all that have the journal open, so that the last of them can tell. */
bool rz_sqlite_lock_use(struct rz_sqlite *journal, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(journal->alive, F_OFD_SETLK, &lock) == 0;
}

/* Opens the file of locked octets. One that is being removed, or was, is not taken. */
static bool open_alive(struct rz_sqlite *journal)
{
    char path[4200];
    struct stat held, named;
    snprintf(path, sizeof path, "%s-runs", journal->journal.name);
    for (int attempt = 0; attempt < ALIVE_ATTEMPTS; attempt++) {
        journal->alive = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (journal->alive < 0)
            return false;
        if (rz_sqlite_lock_use(journal, F_RDLCK) && fstat(journal->alive, &held) == 0
            && stat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev)
            return true;
        close(journal->alive);
        journal->alive = -1;
        journal->journal.context->sleep_ms(journal->journal.context, 1);
    }
    errno = EBUSY;
    return false;
}

/* zone_matches(PATTERN, ZONE): globs in statements are what they are everywhere else. */
static void zone_matches(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *pattern = (const char *)sqlite3_value_text(values[0]);
    const char *zone = (const char *)sqlite3_value_text(values[1]);
    sqlite3_result_int(context, pattern && zone && rz_str_glob(pattern, zone));
}

static void filter_has(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const void *filter = sqlite3_value_blob(values[0]);
    size_t size = (size_t)sqlite3_value_bytes(values[0]);
    sqlite3_result_int(context, rz_owner_index_has(filter, size, sqlite3_value_int64(values[1])));
}

static bool create_functions(struct rz_sqlite *journal)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    return sqlite3_create_function(journal->db, "zone_matches", 2, flags, NULL, zone_matches, NULL,
                                   NULL)
               == SQLITE_OK
           && sqlite3_create_function(journal->db, "filter_has", 2, flags, NULL, filter_has, NULL,
                                      NULL)
                  == SQLITE_OK;
}

static enum rz_status open_database(struct rz_sqlite *journal, struct rz_diags *diags)
{
    if (!prepare_directory(journal, journal->journal.name))
        return fail_to_open(journal, diags);
    if (!open_alive(journal))
        return fail_to_open(journal, diags);
    /* Made here and not by SQLite, so that its mode is ours from the start. */
    int fd = open(journal->journal.name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_to_open(journal, diags);
    close(fd);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX;
    char full[4096 + 4200];
    char *base = realpath(".", NULL); /* SQLITE_OPEN_NOFOLLOW looks at every part of the path */
    snprintf(full, sizeof full, "%s%s%s",
             *journal->journal.name == '/' ? ""
             : base                        ? base
                                           : ".",
             *journal->journal.name == '/' ? "" : "/", journal->journal.name);
    free(base);
    if (sqlite3_open_v2(full, &journal->db, flags, NULL) != SQLITE_OK)
        return rz_sqlite_fail(journal, diags);
    sqlite3_busy_timeout(journal->db, BUSY_MS);
    /* Large pages, which only a new database takes: blocks of changes are large. */
    if (sqlite3_exec(journal->db,
                     "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
                     NULL, NULL, NULL)
        != SQLITE_OK)
        return rz_sqlite_fail(journal, diags);
    return create_functions(journal) ? rz_sqlite_migrate(journal, diags)
                                     : rz_sqlite_fail(journal, diags);
}

static void close_journal(struct rz_journal *journal);

static struct rz_journal *open_journal(const char *state, struct rz_context *context,
                                       struct rz_diags *diags)
{
    struct rz_sqlite *opened = rz_alloc_zero(1, sizeof *opened);
    bool transient = !rz_journal_is_kept(state);
    opened->journal = (struct rz_journal){
        .ops = &rz_database_sqlite, .context = context, .transient = transient};
    opened->journal.name = rz_strdup(transient ? TRANSIENT_PATH : state + strlen("sqlite:"));
    opened->session.journal = &opened->journal;
    opened->alive = -1;
    pthread_mutex_init(&opened->lock, NULL);
    if (open_database(opened, diags) == RZ_OK)
        return &opened->journal;
    close_journal(&opened->journal);
    return NULL;
}

/* With `state: none` nothing is left behind unless a zone still needs mending. */
static bool is_spent(struct rz_sqlite *journal)
{
    struct rz_diags diags = {0};
    int64_t open_zones = 1;
    rz_session_exec(&journal->session, &diags, &open_zones,
                    "SELECT count(*) FROM run_zones WHERE " RZ_ZONE_IS_OPEN, "");
    rz_diags_free(&diags);
    return open_zones == 0;
}

static void close_journal(struct rz_journal *journal)
{
    struct rz_sqlite *own = (struct rz_sqlite *)journal;
    /* Whoever opens it from here on waits until it is gone. */
    bool spent = journal->transient && own->db && rz_sqlite_lock_use(own, F_WRLCK) && is_spent(own);
    sqlite3_close(own->db);
    if (spent) {
        char alive[4200];
        snprintf(alive, sizeof alive, "%s-runs", journal->name);
        unlink(journal->name);
        unlink(alive);
    }
    if (own->alive >= 0)
        close(own->alive);
    pthread_mutex_destroy(&own->lock);
    free(journal->name);
    free(own);
}

/* One octet of the file beside the database is locked for each run that is alive. */
static enum rz_status claim_run(struct rz_session *session, int64_t run, struct rz_diags *diags)
{
    struct rz_sqlite *journal = sqlite_of(session);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    return fcntl(journal->alive, F_OFD_SETLK, &lock) == 0 ? RZ_OK : fail_to_open(journal, diags);
}

static bool run_alive(struct rz_session *session, int64_t run)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    return fcntl(sqlite_of(session)->alive, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* The kernel keeps what says that we live. */
static bool may_send(struct rz_journal *journal)
{
    (void)journal;
    return true;
}

/* There is one writer at a time in any case. */
static enum rz_status serialize(struct rz_session *session, const char *zone, const char *target,
                                struct rz_diags *diags)
{
    (void)session, (void)zone, (void)target, (void)diags;
    return RZ_OK;
}

const struct rz_database_ops rz_database_sqlite = {
    .scheme = "sqlite:",
    .open = open_journal,
    .close = close_journal,
    .start = start,
    .commit = commit,
    .release = release,
    .query = query,
    .stream = query,
    .next = next,
    .column_int = column_int,
    .column_text = column_text,
    .column_blob = column_blob,
    .end = end,
    .inserts_begin = inserts_begin,
    .inserts_add = inserts_add,
    .inserts_end = inserts_end,
    .run_alive = run_alive,
    .claim_run = claim_run,
    .may_send = may_send,
    .serialize = serialize,
    .backup = rz_sqlite_backup,
    .restore = rz_sqlite_restore,
    .shrink = rz_sqlite_shrink,
    .last_numbers = rz_sqlite_last_numbers,
    .go_on_from = rz_sqlite_go_on_from,
    .next_fence = "UPDATE fences SET last = last + 1 RETURNING last",
    .ordered_join = "CROSS JOIN",
    .hold_lock = "",
    .hold_row = "",
};
