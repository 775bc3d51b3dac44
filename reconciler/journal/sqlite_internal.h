/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the SQLite journal. */
#ifndef RZ_JOURNAL_SQLITE_INTERNAL_H
#define RZ_JOURNAL_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "journal/journal_internal.h"

struct rz_sqlite {
    struct rz_journal journal;
    struct rz_session session; /* one connection, one writer at a time */
    pthread_mutex_t lock;      /* who has the session */
    sqlite3 *db;
    int alive; /* descriptor whose locked octets are the runs alive */
};

/* RZ_IO with the database's own words. */
enum rz_status rz_sqlite_fail(struct rz_sqlite *journal, struct rz_diags *diags);
/* Runs the migrations that the database lacks, with its new number in one transaction. */
enum rz_status rz_sqlite_migrate(struct rz_sqlite *journal, struct rz_diags *diags);
/* Octet 0 of the file beside the database: F_RDLCK held by all that have it open. */
bool rz_sqlite_lock_use(struct rz_sqlite *journal, short type);

enum rz_status rz_sqlite_backup(struct rz_journal *journal, const char *path,
                                struct rz_diags *diags);
enum rz_status rz_sqlite_restore(struct rz_journal *journal, const char *path, bool force,
                                 struct rz_diags *diags);
void rz_sqlite_shrink(struct rz_journal *journal);
enum rz_status rz_sqlite_last_numbers(struct rz_session *session, int64_t *run, int64_t *fence,
                                      struct rz_diags *diags);
enum rz_status rz_sqlite_go_on_from(struct rz_session *session, int64_t run, int64_t fence,
                                    struct rz_diags *diags);

#endif
