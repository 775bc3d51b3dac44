/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the SQLite journal. */
#ifndef RZ_JOURNAL_JOURNAL_INTERNAL_H
#define RZ_JOURNAL_JOURNAL_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "journal/snapshot.h"

/* A condition on run_zones: the zone must be mended before anybody else may have it. */
#define RZ_ZONE_IS_OPEN "state NOT IN ('committed', 'rolled_back', 'failed')"

struct rz_journal {
    sqlite3 *db;
    pthread_mutex_t lock; /* one connection, one writer at a time */
    struct rz_context *context;
    const char *path;
    char *name;     /* of messages: the path */
    int alive;      /* descriptor whose locked octets are the runs alive */
    bool transient; /* state: none */
};

/* The statement's parameters by letters: i int64_t, t text (NULL allowed), b pointer and size_t. With
 * `result`, the first column of the first row is stored there as an integer, *result stays where
 * there is no row. Returns RZ_OK, or RZ_IO with a diagnostic. The caller holds the lock. */
enum rz_status rz_journal_exec(struct rz_journal *journal, struct rz_diags *diags, int64_t *result,
                               const char *sql, const char *types, ...);
/* A prepared statement with the parameters bound; NULL with a diagnostic. */
sqlite3_stmt *rz_journal_prepare(struct rz_journal *journal, struct rz_diags *diags,
                                 const char *sql, const char *types, ...);
/* RZ_IO with the database's own words. */
enum rz_status rz_journal_fail(struct rz_journal *journal, struct rz_diags *diags);

/* Transactions. `durable`: commit waits for the disk. */
enum rz_status rz_journal_start(struct rz_journal *journal, bool durable, struct rz_diags *diags);
enum rz_status rz_journal_finish(struct rz_journal *journal, enum rz_status status,
                                 struct rz_diags *diags);

/* Whether the process that runs `run` still lives. The caller's own runs do not show. */
bool rz_journal_is_alive(struct rz_journal *journal, int64_t run);

/* The statements behind history and show. */
void rz_journal_runs_sql(struct rz_buffer *sql, const struct rz_history_filter *filter);
void rz_journal_changes_sql(struct rz_buffer *sql, const struct rz_history_filter *filter);

/* Runs the migrations that the database lacks, with its new number in one transaction. */
enum rz_status rz_journal_migrate(struct rz_journal *journal, struct rz_diags *diags);
/* Octet 0 of the file beside the database: F_RDLCK held by all that have it open. */
bool rz_journal_lock_use(struct rz_journal *journal, short type);

/* Within a transaction: the snapshot that a state of the run's zone comes with. */
enum rz_status rz_journal_put_snapshot(struct rz_journal *journal, int64_t run,
                                       const struct rz_run_zone *zone, struct rz_diags *diags);
/* Within a transaction: closes what the run planned and never sent. */
enum rz_status rz_journal_close_untouched(struct rz_journal *journal, int64_t run,
                                          struct rz_diags *diags);
/* Within a transaction: the zone of run zone->mends, and of runs that tried to mend it before, gets
 * the state zone->mended. */
enum rz_status rz_journal_settle(struct rz_journal *journal, const struct rz_run_zone *zone,
                                 struct rz_diags *diags);
/* Within a transaction: gives a run without open zones the status that its zones make, and ends it. */
enum rz_status rz_journal_sum_up(struct rz_journal *journal, int64_t run, struct rz_diags *diags);

#endif
