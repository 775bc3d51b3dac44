/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backup and restore of a SQLite journal: all pages, as they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/sqlite_internal.h"
#include "support/alloc.h"

#define PAGES_AT_ONCE 1024

static enum rz_status fail(struct rz_diags *diags, const char *path, const char *what,
                           const char *why)
{
    rz_diags_add(diags, RZ5201, rz_place_named(path), "%s: %s", what, why);
    return RZ_IO;
}

/* Copies all pages; writers may go on meanwhile, the copy is begun again where they change pages. */
static bool copy(sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return false;
    int step;
    do {
        step = sqlite3_backup_step(backup, PAGES_AT_ONCE);
        if (step == SQLITE_BUSY || step == SQLITE_LOCKED)
            sqlite3_sleep(20);
    } while (step == SQLITE_OK || step == SQLITE_BUSY || step == SQLITE_LOCKED);
    return sqlite3_backup_finish(backup) == SQLITE_OK && step == SQLITE_DONE;
}

static sqlite3 *open_other(const char *path, int flags, struct rz_diags *diags)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK)
        return db;
    fail(diags, path, "cannot be opened", sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
}

/* One file, whole on disk before it gets its name. */
static enum rz_status write_backup(struct rz_sqlite *journal, const char *part,
                                   struct rz_diags *diags)
{
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(diags, part, "cannot be written", strerror(errno));
    sqlite3 *db = open_other(part, SQLITE_OPEN_READWRITE, diags);
    enum rz_status status = db ? RZ_OK : RZ_IO;
    if (db
        && (!copy(db, journal->db)
            || sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK))
        status = fail(diags, part, "the backup cannot be written", sqlite3_errmsg(db));
    sqlite3_close(db);
    if (status == RZ_OK && fsync(fd) != 0)
        status = fail(diags, part, "cannot be written", strerror(errno));
    close(fd);
    return status;
}

enum rz_status rz_sqlite_backup(struct rz_journal *journal, const char *path,
                                struct rz_diags *diags)
{
    struct rz_buffer part = {0};
    rz_buffer_printf(&part, "%s.part-%ld", path, (long)getpid());
    enum rz_status status = write_backup((struct rz_sqlite *)journal, part.data, diags);
    if (status == RZ_OK && rename(part.data, path) != 0)
        status = fail(diags, path, "cannot be written", strerror(errno));
    if (status != RZ_OK)
        unlink(part.data);
    rz_buffer_free(&part);
    return status;
}

static int64_t number_in(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return number;
}

/* Whether the file is a journal that this rezone can go on with. */
static enum rz_status check_backup(sqlite3 *db, int64_t newest, const char *path,
                                   struct rz_diags *diags)
{
    int64_t version = number_in(db, "PRAGMA user_version");
    if (number_in(db, "SELECT count(*) FROM runs") < 0
        || number_in(db, "SELECT count(*) FROM run_zones") < 0
        || number_in(db, "SELECT last FROM fences") < 0 || version < 1)
        return fail(diags, path, "cannot be restored", "it is no journal of rezone");
    if (version > newest)
        return fail(diags, path, "cannot be restored", "it is of a newer rezone");
    if (number_in(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'")
        != 0)
        return fail(diags, path, "cannot be restored", "it is damaged");
    return RZ_OK;
}

static enum rz_status refuse_restore(struct rz_diags *diags, struct rz_sqlite *journal,
                                     const char *why, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5202, rz_place_named(journal->journal.name), "%s",
                                        why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_REFUSED;
}

enum rz_status rz_sqlite_last_numbers(struct rz_session *session, int64_t *run, int64_t *fence,
                                      struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(
        session, diags, run, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'runs'", "");
    return status == RZ_OK ? rz_session_exec(session, diags, fence, "SELECT last FROM fences", "")
                           : status;
}

/* Fences and runs never get a number a second time. */
enum rz_status rz_sqlite_go_on_from(struct rz_session *session, int64_t run, int64_t fence,
                                    struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(session, diags, NULL,
                                            "UPDATE fences SET last = max(last, ?)", "i", fence);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, NULL,
                                 "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'runs'",
                                 "i", run);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'runs', ? WHERE NOT EXISTS "
            "(SELECT 1 FROM sqlite_sequence WHERE name = 'runs')",
            "i", run);
    return status;
}

static enum rz_status go_on_from(struct rz_sqlite *journal, int64_t run, int64_t fence,
                                 struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(&journal->journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    return rz_session_finish(session, rz_sqlite_go_on_from(session, run, fence, diags), diags);
}

static enum rz_status restore_from(struct rz_sqlite *journal, sqlite3 *backup, const char *path,
                                   bool force, struct rz_diags *diags)
{
    enum rz_status status = check_backup(backup, number_in(journal->db, "PRAGMA user_version"),
                                         path, diags);
    if (status != RZ_OK)
        return status;
    if (!force
        && number_in(journal->db, "SELECT count(*) FROM run_zones WHERE " RZ_ZONE_IS_OPEN) != 0)
        return refuse_restore(
            diags, journal,
            "zones are open, and what was in them before is known to this journal alone",
            "`rezone recover` mends them; --force forgets them");
    int64_t run = number_in(journal->db,
                            "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'");
    int64_t fence = number_in(journal->db, "SELECT last FROM fences");
    if (!copy(journal->db, backup))
        return rz_sqlite_fail(journal, diags);
    if (sqlite3_exec(journal->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) != SQLITE_OK)
        return rz_sqlite_fail(journal, diags);
    status = rz_sqlite_migrate(journal, diags);
    return status == RZ_OK ? go_on_from(journal, run, fence, diags) : status;
}

enum rz_status rz_sqlite_restore(struct rz_journal *journal, const char *path, bool force,
                                 struct rz_diags *diags)
{
    struct rz_sqlite *own = (struct rz_sqlite *)journal;
    if (!rz_sqlite_lock_use(own, F_WRLCK))
        return refuse_restore(diags, own, "another rezone has the journal open",
                              "wait until it has ended");
    sqlite3 *backup = open_other(path, SQLITE_OPEN_READONLY, diags);
    enum rz_status status = backup ? restore_from(own, backup, path, force, diags) : RZ_IO;
    sqlite3_close(backup);
    rz_sqlite_lock_use(own, F_RDLCK);
    return status;
}

/* The file shrinks only when nobody is disturbed by it. */
void rz_sqlite_shrink(struct rz_journal *journal)
{
    struct rz_sqlite *own = (struct rz_sqlite *)journal;
    if (!rz_sqlite_lock_use(own, F_WRLCK))
        return;
    sqlite3_exec(own->db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    rz_sqlite_lock_use(own, F_RDLCK);
}
