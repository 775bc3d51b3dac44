/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's database: opening, migrations, statements, transactions, runs. */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_internal.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "support/file.h"

#define BUSY_MS 20000
#define ALIVE_ATTEMPTS 2000
#define TRANSIENT_PATH ".rezone/intent.db"

extern const char rz_embedded_sqlite_001[], rz_embedded_sqlite_002[], rz_embedded_sqlite_003[];
static const char *const migrations[] = {rz_embedded_sqlite_001, rz_embedded_sqlite_002,
                                         rz_embedded_sqlite_003};
#define MIGRATIONS (int)(sizeof migrations / sizeof *migrations)

enum rz_status rz_journal_fail(struct rz_journal *journal, struct rz_diags *diags)
{
    int code = sqlite3_errcode(journal->db);
    struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                                        "the journal cannot be used: %s",
                                        sqlite3_errmsg(journal->db));
    rz_diag_hint(diags, diag, "%s",
                 code == SQLITE_FULL   ? "make room on the disk"
                 : code == SQLITE_BUSY ? "another rezone is writing; try again when it has ended"
                 : code == SQLITE_READONLY || code == SQLITE_CANTOPEN
                     ? "its directory must be writable"
                 : code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                     ? "it is damaged: move it away, rezone will start a new one"
                     : "see `state:` in rezone.yaml");
    return RZ_IO;
}

static void bind_all(sqlite3_stmt *statement, const char *types, va_list arguments)
{
    for (int i = 1; types[i - 1]; i++) {
        if (types[i - 1] == 'i') {
            sqlite3_bind_int64(statement, i, va_arg(arguments, int64_t));
        } else if (types[i - 1] == 't') {
            sqlite3_bind_text(statement, i, va_arg(arguments, const char *), -1, SQLITE_STATIC);
        } else {
            const void *data = va_arg(arguments, const void *);
            sqlite3_bind_blob64(statement, i, data, va_arg(arguments, size_t), SQLITE_STATIC);
        }
    }
}

static sqlite3_stmt *prepare(struct rz_journal *journal, struct rz_diags *diags, const char *sql,
                             const char *types, va_list arguments)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        rz_journal_fail(journal, diags);
        return NULL;
    }
    bind_all(statement, types, arguments);
    return statement;
}

sqlite3_stmt *rz_journal_prepare(struct rz_journal *journal, struct rz_diags *diags,
                                 const char *sql, const char *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    sqlite3_stmt *statement = prepare(journal, diags, sql, types, arguments);
    va_end(arguments);
    return statement;
}

enum rz_status rz_journal_exec(struct rz_journal *journal, struct rz_diags *diags, int64_t *result,
                               const char *sql, const char *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    sqlite3_stmt *statement = prepare(journal, diags, sql, types, arguments);
    va_end(arguments);
    if (!statement)
        return RZ_IO;
    bool first = true;
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        if (first && result)
            *result = sqlite3_column_int64(statement, 0);
        first = false;
    }
    enum rz_status status = step == SQLITE_DONE ? RZ_OK : rz_journal_fail(journal, diags);
    sqlite3_finalize(statement);
    return status;
}

enum rz_status rz_journal_start(struct rz_journal *journal, bool durable, struct rz_diags *diags)
{
    pthread_mutex_lock(&journal->lock);
    RZ_FAULT("journal.begin");
    if (sqlite3_exec(journal->db, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                     NULL, NULL, NULL)
            == SQLITE_OK
        && sqlite3_exec(journal->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
        return RZ_OK;
    enum rz_status status = rz_journal_fail(journal, diags);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_finish(struct rz_journal *journal, enum rz_status status,
                                 struct rz_diags *diags)
{
    if (status == RZ_OK) {
        RZ_FAULT("journal.commit");
        if (sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            status = rz_journal_fail(journal, diags);
        RZ_FAULT("journal.committed");
    }
    if (!sqlite3_get_autocommit(journal->db))
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum rz_status rz_journal_migrate(struct rz_journal *journal, struct rz_diags *diags)
{
    int64_t version = 0;
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(journal, diags, &version, "PRAGMA user_version", "");
    if (status == RZ_OK && version > MIGRATIONS) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                                            "the journal was written by a newer rezone");
        rz_diag_hint(diags, diag, "use that one here");
        status = RZ_IO;
    }
    for (; status == RZ_OK && version < MIGRATIONS; version++) {
        char pragma[40];
        snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", (int)version + 1);
        if (sqlite3_exec(journal->db, migrations[version], NULL, NULL, NULL) != SQLITE_OK
            || sqlite3_exec(journal->db, pragma, NULL, NULL, NULL) != SQLITE_OK)
            status = rz_journal_fail(journal, diags);
    }
    return rz_journal_finish(journal, status, diags);
}

/* Makes the directory, and keeps git away from what is in `.rezone`. */
static bool prepare_directory(struct rz_journal *journal, const char *path)
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
        return rz_file_replace(journal->context->project_dir, ".rezone/.gitignore", RZ_STR("*\n"),
                               0600)
               == RZ_OK;
    return true;
}

static enum rz_status fail_to_open(struct rz_journal *journal, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->name),
                                        "the journal cannot be opened: %s", strerror(errno));
    rz_diag_hint(diags, diag,
                 "make its directory writable, or name another in `state:` of rezone.yaml");
    return RZ_IO;
}

/* Octet 0 is locked, shared, by all that have the journal open, so that the last of them can tell. */
bool rz_journal_lock_use(struct rz_journal *journal, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(journal->alive, F_OFD_SETLK, &lock) == 0;
}

/* Opens the file of locked octets. One that is being removed, or was, is not taken. */
static bool open_alive(struct rz_journal *journal)
{
    char path[4200];
    struct stat held, named;
    snprintf(path, sizeof path, "%s-runs", journal->path);
    for (int attempt = 0; attempt < ALIVE_ATTEMPTS; attempt++) {
        journal->alive = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (journal->alive < 0)
            return false;
        if (rz_journal_lock_use(journal, F_RDLCK) && fstat(journal->alive, &held) == 0
            && stat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev)
            return true;
        close(journal->alive);
        journal->alive = -1;
        journal->context->sleep_ms(journal->context, 1);
    }
    errno = EBUSY;
    return false;
}

static enum rz_status open_database(struct rz_journal *journal, struct rz_diags *diags)
{
    if (!prepare_directory(journal, journal->path))
        return fail_to_open(journal, diags);
    if (!open_alive(journal))
        return fail_to_open(journal, diags);
    /* Made here and not by SQLite, so that its mode is ours from the start. */
    int fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_to_open(journal, diags);
    close(fd);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX;
    char full[4096 + 4200];
    char *base = realpath(".", NULL); /* SQLITE_OPEN_NOFOLLOW looks at every part of the path */
    snprintf(full, sizeof full, "%s%s%s",
             *journal->path == '/' ? ""
             : base                ? base
                                   : ".",
             *journal->path == '/' ? "" : "/", journal->path);
    free(base);
    if (sqlite3_open_v2(full, &journal->db, flags, NULL) != SQLITE_OK)
        return rz_journal_fail(journal, diags);
    sqlite3_busy_timeout(journal->db, BUSY_MS);
    /* Large pages, which only a new database takes: blocks of changes are large. */
    if (sqlite3_exec(journal->db,
                     "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
                     NULL, NULL, NULL)
        != SQLITE_OK)
        return rz_journal_fail(journal, diags);
    return rz_journal_migrate(journal, diags);
}

bool rz_journal_is_kept(const char *state)
{
    return strcmp(state, "none") != 0;
}

enum rz_status rz_journal_open(struct rz_journal **journal, const char *state,
                               struct rz_context *context, struct rz_diags *diags)
{
    struct rz_journal *opened = rz_alloc_zero(1, sizeof *opened);
    opened->context = context;
    opened->transient = !rz_journal_is_kept(state);
    opened->name = rz_strdup(opened->transient ? TRANSIENT_PATH : state + strlen("sqlite:"));
    opened->path = opened->name;
    opened->alive = -1;
    pthread_mutex_init(&opened->lock, NULL);
    enum rz_status status = open_database(opened, diags);
    if (status != RZ_OK) {
        rz_journal_close(opened);
        opened = NULL;
    }
    *journal = opened;
    return status;
}

/* With `state: none` nothing is left behind unless a zone still needs mending. */
static bool is_spent(struct rz_journal *journal)
{
    struct rz_diags diags = {0};
    int64_t open_zones = 1;
    rz_journal_exec(journal, &diags, &open_zones,
                    "SELECT count(*) FROM run_zones WHERE state NOT IN "
                    "('committed', 'rolled_back', 'failed')",
                    "");
    rz_diags_free(&diags);
    return open_zones == 0;
}

void rz_journal_close(struct rz_journal *journal)
{
    if (!journal)
        return;
    /* Whoever opens it from here on waits until it is gone. */
    bool spent = journal->transient && journal->db && rz_journal_lock_use(journal, F_WRLCK)
                 && is_spent(journal);
    sqlite3_close(journal->db);
    if (spent) {
        char alive[4200];
        snprintf(alive, sizeof alive, "%s-runs", journal->path);
        unlink(journal->path);
        unlink(alive);
    }
    if (journal->alive >= 0)
        close(journal->alive);
    pthread_mutex_destroy(&journal->lock);
    free(journal->name);
    free(journal);
}

/* One octet of the file beside the database is locked for each run that is alive. */
static bool lock_octet(struct rz_journal *journal, int64_t run)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    return fcntl(journal->alive, F_OFD_SETLK, &lock) == 0;
}

bool rz_journal_is_alive(struct rz_journal *journal, int64_t run)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    return fcntl(journal->alive, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum rz_status rz_journal_begin(struct rz_journal *journal, struct rz_run *run,
                                struct rz_diags *diags)
{
    run->started = journal->context->now(journal->context->user);
    enum rz_status status = rz_journal_start(journal, false, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(
        journal, diags, &run->id,
        "INSERT INTO runs (command, actor, host, commit_id, plan_id, plan_created, "
        "flags, version, signers, started, status, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', nullif(?, 0)) RETURNING id",
        "tttttitttii", run->command, run->actor, run->host, run->commit, run->plan_id,
        run->plan_created, run->flags, run->version, run->signers, run->started, run->undoes);
    if (status == RZ_OK && !lock_octet(journal, run->id))
        status = fail_to_open(journal, diags);
    return rz_journal_finish(journal, status, diags);
}

enum rz_status rz_journal_end(struct rz_journal *journal, int64_t run, const char *status_text,
                              struct rz_diags *diags)
{
    enum rz_status status = rz_journal_start(journal, true, diags);
    if (status != RZ_OK)
        return status;
    status = rz_journal_exec(journal, diags, NULL,
                             "UPDATE runs SET status = ?, ended = ? WHERE id = ?", "tii",
                             status_text, journal->context->now(journal->context->user), run);
    return rz_journal_finish(journal, status, diags);
}
