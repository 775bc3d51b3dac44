/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the PostgreSQL journal. */
#ifndef RZ_JOURNAL_POSTGRESQL_INTERNAL_H
#define RZ_JOURNAL_POSTGRESQL_INTERNAL_H

#include <libpq-fe.h>
#include <pthread.h>

#include "journal/journal_internal.h"
#include "secret.h"

#define RZ_PG_SESSIONS 4    /* connections of a process, beside the one of the heartbeat */
#define RZ_PG_STATEMENTS 64 /* prepared ones of a connection */
#define RZ_PG_SCHEMA "rezone"
#define RZ_PG_LEASE_DEFAULT 30

/* A connection. */
struct rz_pg_session {
    struct rz_session session;
    PGconn *connection; /* NULL: not open */
    bool used;
    enum rz_transaction kind;
    struct rz_hash prepared[RZ_PG_STATEMENTS]; /* of the statement's text; its name is its place */
    size_t prepared_count;
    unsigned cursors; /* opened in this transaction */
};

/* What the process holds of its runs: rows of `workers`, which a thread keeps from expiring. */
struct rz_pg_leases {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, ending;
    PGconn *connection;
    int64_t *workers;
    size_t count, capacity;
    _Atomic int64_t until; /* ticks; 0: no worker. Others may think us dead from then on */
};

struct rz_pg {
    struct rz_journal journal;
    struct rz_secret *url; /* with the password */
    int64_t lease;         /* milliseconds */
    pthread_mutex_t lock;  /* of what follows */
    pthread_cond_t given;
    struct rz_pg_session sessions[RZ_PG_SESSIONS];
    bool opened; /* the database was there once: a lost connection is worth some patience */
    _Atomic int64_t away_since; /* ticks of the first attempt in vain; 0: it is there */
    struct rz_pg_leases leases;
};

static inline struct rz_pg_session *rz_pg_session(struct rz_session *session)
{
    return (struct rz_pg_session *)session;
}
static inline struct rz_pg *rz_pg_of(struct rz_session *session)
{
    return (struct rz_pg *)session->journal;
}

/* Opens a connection that is set up for use; waits for a server that was there before. NULL with a
 * diagnostic. */
PGconn *rz_pg_connect(struct rz_pg *journal, struct rz_diags *diags);
/* RZ_IO with what the server or libpq says. `result` may be NULL. */
enum rz_status rz_pg_fail(struct rz_pg *journal, PGconn *connection, const PGresult *result,
                          struct rz_diags *diags);
/* Executes one or more simple statements. */
enum rz_status rz_pg_run(struct rz_pg *journal, PGconn *connection, const char *sql,
                         struct rz_diags *diags);

/* Statements: database.h. */
struct rz_rows *rz_pg_query(struct rz_session *session, struct rz_diags *diags, const char *sql,
                            const struct rz_bound *bound);
struct rz_rows *rz_pg_stream(struct rz_session *session, struct rz_diags *diags, const char *sql,
                             const struct rz_bound *bound);
bool rz_pg_next(struct rz_rows *rows);
int64_t rz_pg_column_int(struct rz_rows *rows, int column);
const char *rz_pg_column_text(struct rz_rows *rows, int column);
const void *rz_pg_column_blob(struct rz_rows *rows, int column, size_t *size);
enum rz_status rz_pg_end(struct rz_rows *rows, struct rz_diags *diags);
struct rz_inserts *rz_pg_inserts_begin(struct rz_session *session, struct rz_diags *diags,
                                       const char *sql, const char *types);
bool rz_pg_inserts_add(struct rz_inserts *inserts, const struct rz_bound *bound);
enum rz_status rz_pg_inserts_end(struct rz_inserts *inserts, struct rz_diags *diags);

/* Leases: database.h. */
void rz_pg_leases_init(struct rz_pg_leases *leases);
/* Gives back all that is held, ends the thread. */
void rz_pg_leases_close(struct rz_pg *journal);
enum rz_status rz_pg_claim_run(struct rz_session *session, int64_t run, struct rz_diags *diags);
bool rz_pg_run_alive(struct rz_session *session, int64_t run);
enum rz_status rz_pg_serialize(struct rz_session *session, const char *zone, const char *target,
                               struct rz_diags *diags);
bool rz_pg_may_send(struct rz_journal *journal);

#endif
