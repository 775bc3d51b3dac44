/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal in PostgreSQL: connections, migrations, transactions. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/copy.h"
#include "journal/owner_index.h"
#include "journal/postgresql_internal.h"
#include "journal/postgresql_url.h"
#include "support/alloc.h"
#include "support/fault.h"

#define PATIENCE_MS 10000 /* for a server that was there before */
#define PATIENCE_STEP_MS 200
#define MIGRATION_LOCK "x'72657a6f6e65'" /* "rezone" */
#define USE_LOCK "7497594, 1"            /* held, shared, by all that have the journal open */

extern const char rz_embedded_postgresql_001[], rz_embedded_postgresql_002[],
    rz_embedded_postgresql_003[], rz_embedded_postgresql_004[], rz_embedded_postgresql_005[],
    rz_embedded_postgresql_006[], rz_embedded_postgresql_007[], rz_embedded_postgresql_008[];
static const char *const migrations[] = {rz_embedded_postgresql_001, rz_embedded_postgresql_002,
                                         rz_embedded_postgresql_003, rz_embedded_postgresql_004,
                                         rz_embedded_postgresql_005, rz_embedded_postgresql_006,
                                         rz_embedded_postgresql_007, rz_embedded_postgresql_008};
#define INDEXED_FROM 2 /* the migration that brings the index of owners */
#define MIGRATIONS (int)(sizeof migrations / sizeof *migrations)

/* Bounds that the URL's own `options` may set otherwise. A server that commits asynchronously by its
 * configuration still waits for the disk where a commit must be durable. */
static const char setup[] =
    "SET client_min_messages TO warning; SET search_path TO " RZ_PG_SCHEMA ", pg_temp;"
    "SELECT set_config('statement_timeout', '60s', false) "
    "WHERE current_setting('statement_timeout') = '0';"
    "SELECT set_config('lock_timeout', '20s', false) WHERE current_setting('lock_timeout') = '0';"
    "SELECT set_config('idle_in_transaction_session_timeout', '60s', false) "
    "WHERE current_setting('idle_in_transaction_session_timeout') = '0';"
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local');"
    "SELECT pg_advisory_lock_shared(" USE_LOCK ")";

static bool mentions(const char *message, const char *const *words)
{
    for (; *words; words++)
        if (strstr(message, *words))
            return true;
    return false;
}

/* What to do about an error that has no SQLSTATE: one of connecting. The words are the server's, in
 * English; in other languages the hint is the last one. */
static enum rz_code connect_code(const char *message, const char **hint)
{
    static const char *const login[] = {"authentication failed", "no password supplied",
                                        "no pg_hba.conf entry", "role \"", NULL};
    static const char *const database[] = {"database \"", NULL};
    static const char *const full[] = {"too many clients", "remaining connection slots", NULL};
    if (mentions(message, full)) {
        *hint = "let other programs end, or raise `max_connections` of the server; each rezone "
                "takes up to 5";
        return RZ5210;
    }
    if (mentions(message, database) && strstr(message, "does not exist")) {
        *hint = "create it: createdb NAME";
        return RZ5212;
    }
    if (mentions(message, login)) {
        *hint = "check user and password in `state:`, and pg_hba.conf of the server";
        return RZ5211;
    }
    *hint =
        "start the server, or mend host and port in `state:`; nothing is sent without a journal";
    return RZ5210;
}

static enum rz_code state_code(const char *state, const char **hint)
{
    if (strcmp(state, "57014") == 0 || strcmp(state, "55P03") == 0
        || strcmp(state, "25P03") == 0) { /* query_canceled, lock_not_available, idle */
        *hint = "the database is busy, or a statement waits for another; `options=-c "
                "statement_timeout=…` in `state:` sets another bound";
        return RZ5214;
    }
    if (strcmp(state, "42501") == 0 || strcmp(state, "25006") == 0) {
        *hint = "as an administrator: CREATE SCHEMA " RZ_PG_SCHEMA " AUTHORIZATION user";
        return RZ5212;
    }
    if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0) {
        *hint = "try again when the server is back";
        return RZ5213;
    }
    *hint = strncmp(state, "53", 2) == 0 ? "make room for the database"
                                         : "see `state:` in rezone.yaml";
    return RZ5201;
}

enum rz_status rz_pg_fail(struct rz_pg *journal, PGconn *connection, const PGresult *result,
                          struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0}, shown = {0};
    const char *hint, *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    enum rz_code code;
    rz_secret_redact(&message,
                     rz_str_trim(rz_str_of(primary ? primary : PQerrorMessage(connection))));
    for (size_t i = 0; i < message.size; i++) /* one line */
        if (message.data[i] == '\n' || message.data[i] == '\t')
            message.data[i] = ' ';
    rz_buffer_visible(&shown, rz_buffer_view(&message));
    if (PQstatus(connection) == CONNECTION_BAD && journal->opened) {
        code = RZ5213;
        hint = "try again when the server is back";
    } else {
        code = state ? state_code(state, &hint)
                     : connect_code(message.size ? message.data : "", &hint);
    }
    struct rz_diag *diag = rz_diags_add(diags, code, rz_place_named(journal->journal.name),
                                        "the journal cannot be used: %s",
                                        shown.size ? shown.data : "the connection was lost");
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_IO;
}

enum rz_status rz_pg_run(struct rz_pg *journal, PGconn *connection, const char *sql,
                         struct rz_diags *diags)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType got = PQresultStatus(result);
    enum rz_status status = got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK
                                ? RZ_OK
                                : rz_pg_fail(journal, connection, result, diags);
    PQclear(result);
    return status;
}

static void hear_nothing(void *user, const PGresult *notice)
{
    (void)user, (void)notice;
}

static PGconn *connect_once(struct rz_pg *journal)
{
    /* The URL comes after what it may set otherwise. */
    static const char *const keywords[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",
        "fallback_application_name", "client_encoding",  NULL};
    const char *values[] = {"10",     "10",   "5", "3", "20000", rz_secret_text(journal->url),
                            "rezone", "UTF8", NULL};
    PGconn *connection = PQconnectdbParams(keywords, values, 1);
    PQsetNoticeReceiver(connection, hear_nothing, NULL);
    return connection;
}

/* A server that was there before gets some time to come back, once for each time it is away: less than
 * a lease, or waiting would help nobody. */
static bool has_patience(struct rz_pg *journal)
{
    struct rz_context *context = journal->journal.context;
    int64_t patience = journal->lease / 2 < PATIENCE_MS ? journal->lease / 2 : PATIENCE_MS;
    int64_t now = context->ticks(context->user), none = 0;
    atomic_compare_exchange_strong(&journal->away_since, &none, now);
    return journal->opened && now - atomic_load(&journal->away_since) < patience
           && !rz_context_stopped(context);
}

PGconn *rz_pg_connect(struct rz_pg *journal, struct rz_diags *diags)
{
    struct rz_context *context = journal->journal.context;
    PGconn *connection = connect_once(journal);
    while (PQstatus(connection) != CONNECTION_OK && has_patience(journal)) {
        PQfinish(connection);
        context->sleep_ms(context, PATIENCE_STEP_MS);
        connection = connect_once(journal);
    }
    enum rz_status status = PQstatus(connection) == CONNECTION_OK
                                ? rz_pg_run(journal, connection, setup, diags)
                                : rz_pg_fail(journal, connection, NULL, diags);
    if (status != RZ_OK) {
        PQfinish(connection);
        return NULL;
    }
    atomic_store(&journal->away_since, 0);
    return connection;
}

static const char *begin_text(enum rz_transaction kind)
{
    return kind == RZ_READ      ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
           : kind == RZ_DURABLE ? "BEGIN"
                                : "BEGIN; SET LOCAL synchronous_commit TO off";
}

static void drop(struct rz_pg_session *session)
{
    PQfinish(session->connection);
    session->connection = NULL;
    session->prepared_count = 0;
}

/* A connection that was lost while it was idle shows here, where nothing is lost with it. */
static bool begin(struct rz_pg *journal, struct rz_pg_session *session, struct rz_diags *diags)
{
    struct rz_diags first = {0};
    bool good = session->connection
                && rz_pg_run(journal, session->connection, begin_text(session->kind), &first)
                       == RZ_OK;
    rz_diags_free(&first);
    if (good)
        return true;
    drop(session);
    session->connection = rz_pg_connect(journal, diags);
    return session->connection
           && rz_pg_run(journal, session->connection, begin_text(session->kind), diags) == RZ_OK;
}

static struct rz_pg_session *take_session(struct rz_pg *journal)
{
    struct rz_pg_session *free_one = NULL;
    pthread_mutex_lock(&journal->lock);
    while (!free_one) {
        for (size_t i = RZ_PG_SESSIONS; i-- > 0;) {
            struct rz_pg_session *session = &journal->sessions[i];
            if (!session->used && (!free_one || session->connection))
                free_one = session;
        }
        if (!free_one)
            pthread_cond_wait(&journal->given, &journal->lock);
    }
    free_one->used = true;
    pthread_mutex_unlock(&journal->lock);
    return free_one;
}

static void give_session(struct rz_pg *journal, struct rz_pg_session *session)
{
    pthread_mutex_lock(&journal->lock);
    session->used = false;
    pthread_cond_signal(&journal->given);
    pthread_mutex_unlock(&journal->lock);
}

static struct rz_session *start(struct rz_journal *base, enum rz_transaction kind,
                                struct rz_diags *diags)
{
    struct rz_pg *journal = (struct rz_pg *)base;
    struct rz_pg_session *session = take_session(journal);
    session->kind = kind;
    session->cursors = 0;
    if (begin(journal, session, diags))
        return &session->session;
    drop(session);
    give_session(journal, session);
    return NULL;
}

/* A reply that is missing says nothing; what hangs on it asks again under the lock. */
static enum rz_status commit(struct rz_session *base, struct rz_diags *diags)
{
    struct rz_pg_session *session = rz_pg_session(base);
    if (session->kind != RZ_READ)
        RZ_FAULT("journal.commit");
    PGresult *result = PQexec(session->connection, "COMMIT");
    enum rz_status status = RZ_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK || strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = rz_pg_fail(rz_pg_of(base), session->connection, result, diags);
    PQclear(result);
    if (session->kind != RZ_READ)
        RZ_FAULT("journal.committed");
    return status;
}

static void release(struct rz_session *base)
{
    struct rz_pg_session *session = rz_pg_session(base);
    PGTransactionStatusType status = PQtransactionStatus(session->connection);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(PQexec(session->connection, "ROLLBACK"));
    if (PQtransactionStatus(session->connection) != PQTRANS_IDLE)
        drop(session);
    give_session(rz_pg_of(base), session);
}

/* The first number of a statement without parameters; -1 where there is none. */
static int64_t number_of(struct rz_pg *journal, PGconn *connection, const char *sql,
                         struct rz_diags *diags)
{
    PGresult *result = PQexec(connection, sql);
    int64_t number = -1;
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        rz_pg_fail(journal, connection, result, diags);
    else if (PQntuples(result))
        number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

static int64_t read_version(struct rz_pg *journal, PGconn *connection, struct rz_diags *diags)
{
    int64_t there = number_of(
        journal, connection,
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('" RZ_PG_SCHEMA ".version')", diags);
    return there == 1 ? number_of(journal, connection, "SELECT number FROM version", diags) : there;
}

static enum rz_status run_migrations(struct rz_pg *journal, PGconn *connection, int64_t version,
                                     struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    if (version == 0) {
        if (number_of(journal, connection,
                      "SELECT count(*) FROM pg_namespace WHERE nspname = '" RZ_PG_SCHEMA "'", diags)
            == 0)
            status = rz_pg_run(journal, connection, "CREATE SCHEMA " RZ_PG_SCHEMA, diags);
        if (status == RZ_OK)
            status = rz_pg_run(journal, connection,
                               "CREATE TABLE version (number BIGINT NOT NULL);"
                               "INSERT INTO version VALUES (0)",
                               diags);
    }
    for (; status == RZ_OK && version < MIGRATIONS; version++) {
        char update[64];
        snprintf(update, sizeof update, "UPDATE version SET number = %d", (int)version + 1);
        status = rz_pg_run(journal, connection, migrations[version], diags);
        if (status == RZ_OK)
            status = rz_pg_run(journal, connection, update, diags);
    }
    return status;
}

/* Two that start for the first time at once do it one after the other. */
static enum rz_status migrate(struct rz_pg *journal, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(&journal->journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    PGconn *connection = rz_pg_session(session)->connection;
    int64_t version = read_version(journal, connection, diags);
    enum rz_status status = version < 0 ? RZ_IO : RZ_OK;
    if (version > MIGRATIONS) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5201, rz_place_named(journal->journal.name),
                                            "the journal was written by a newer rezone");
        rz_diag_hint(diags, diag, "use that one here");
        status = RZ_IO;
    } else if (status == RZ_OK && version < MIGRATIONS) {
        status = rz_pg_run(journal, connection,
                           "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK "::bigint)", diags);
        version = status == RZ_OK ? read_version(journal, connection, diags) : -1;
        status = version < 0 ? RZ_IO : run_migrations(journal, connection, version, diags);
        if (status == RZ_OK && version < INDEXED_FROM)
            status = rz_owner_index_fill(session, diags);
    }
    return rz_session_finish(session, status, diags);
}

static void close_journal(struct rz_journal *base)
{
    struct rz_pg *journal = (struct rz_pg *)base;
    rz_pg_leases_close(journal);
    for (size_t i = 0; i < RZ_PG_SESSIONS; i++)
        drop(&journal->sessions[i]);
    pthread_cond_destroy(&journal->given);
    pthread_mutex_destroy(&journal->lock);
    rz_secret_close(journal->url);
    free(base->name);
    free(journal);
}

static struct rz_journal *open_journal(const char *state, struct rz_context *context,
                                       struct rz_diags *diags)
{
    struct rz_pg_url url;
    struct rz_pg *journal = rz_alloc_zero(1, sizeof *journal);
    enum rz_status status = rz_pg_url_open(&url, state, diags);
    journal->journal = (struct rz_journal){
        .ops = &rz_database_postgresql, .context = context, .name = url.name};
    journal->url = url.url;
    journal->lease = (int64_t)url.lease * 1000;
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->given, NULL);
    rz_pg_leases_init(&journal->leases);
    for (size_t i = 0; i < RZ_PG_SESSIONS; i++)
        journal->sessions[i].session.journal = &journal->journal;
    if (status == RZ_OK)
        status = migrate(journal, diags);
    journal->opened = true;
    if (status == RZ_OK)
        return &journal->journal;
    close_journal(&journal->journal);
    return NULL;
}

static void shrink(struct rz_journal *journal)
{
    (void)journal; /* the server's autovacuum does it */
}

static enum rz_status last_numbers(struct rz_session *session, int64_t *run, int64_t *fence,
                                   struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(session, diags, run,
                                            "SELECT last_value FROM runs_id_seq", "");
    return status == RZ_OK
               ? rz_session_exec(session, diags, fence, "SELECT last_value FROM fences", "")
               : status;
}

static enum rz_status go_on_from(struct rz_session *session, int64_t run, int64_t fence,
                                 struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "SELECT setval('runs_id_seq', greatest(?, (SELECT last_value FROM runs_id_seq)))", "i",
        run < 1 ? 1 : run);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "SELECT setval('fences', greatest(?, (SELECT last_value FROM fences)))", "i",
            fence < 1 ? 1 : fence);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, NULL,
            "SELECT setval('run_zones_id_seq', greatest((SELECT max(id) FROM run_zones), "
            "(SELECT last_value FROM run_zones_id_seq)))",
            "");
    return status;
}

static enum rz_status lock_all(struct rz_session *session, int64_t *others, struct rz_diags *diags)
{
    struct rz_pg *journal = rz_pg_of(session);
    RZ_BUFFER_CLEANUP struct rz_buffer sql = {0};
    rz_buffer_printf(&sql,
                     "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_database "
                     "ON pg_database.oid = database AND datname = current_database() "
                     "WHERE locktype = 'advisory' AND classid = 7497594 AND objid = 1 "
                     "AND pid NOT IN (%d",
                     PQbackendPID(journal->leases.connection));
    for (size_t i = 0; i < RZ_PG_SESSIONS; i++)
        rz_buffer_printf(&sql, ", %d", PQbackendPID(journal->sessions[i].connection));
    rz_buffer_char(&sql, ')');
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "LOCK TABLE runs, run_zones, change_blocks, owner_index, batches, locks, zone_snapshots, "
        "queues IN ACCESS EXCLUSIVE MODE",
        "");
    return status == RZ_OK ? rz_session_exec(session, diags, others, sql.data, "") : status;
}

const struct rz_database_ops rz_database_postgresql = {
    .scheme = "postgresql://",
    .open = open_journal,
    .close = close_journal,
    .start = start,
    .commit = commit,
    .release = release,
    .query = rz_pg_query,
    .stream = rz_pg_stream,
    .next = rz_pg_next,
    .column_int = rz_pg_column_int,
    .column_text = rz_pg_column_text,
    .column_blob = rz_pg_column_blob,
    .end = rz_pg_end,
    .inserts_begin = rz_pg_inserts_begin,
    .inserts_add = rz_pg_inserts_add,
    .inserts_end = rz_pg_inserts_end,
    .run_alive = rz_pg_run_alive,
    .claim_run = rz_pg_claim_run,
    .may_send = rz_pg_may_send,
    .serialize = rz_pg_serialize,
    .backup = rz_copy_backup,
    .restore = rz_copy_restore,
    .shrink = shrink,
    .last_numbers = last_numbers,
    .go_on_from = go_on_from,
    .lock_all = lock_all,
    .has_queues = true,
    .next_fence = "SELECT nextval('fences')",
    .ordered_join = "JOIN",
    .hold_lock = " FOR SHARE OF locks",
    .hold_row = " FOR NO KEY UPDATE",
};
