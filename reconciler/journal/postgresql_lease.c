/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs live: each has a row that expires by the server's clock unless a thread of its process
 * keeps it. What has expired never comes back, so that whoever takes over need not fear it. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "journal/postgresql_internal.h"
#include "support/alloc.h"

#define BEATS 3 /* in the time of a lease */

static int64_t ticks(const struct rz_pg *journal)
{
    return journal->journal.context->ticks(journal->journal.context->user);
}

void rz_pg_leases_init(struct rz_pg_leases *leases)
{
    pthread_condattr_t clock;
    pthread_mutex_init(&leases->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&leases->changed, &clock);
    pthread_condattr_destroy(&clock);
}

/* "{1,2}", of our own workers. The caller holds their lock. */
static void list_workers(struct rz_buffer *out, const struct rz_pg_leases *leases)
{
    rz_buffer_char(out, '{');
    for (size_t i = 0; i < leases->count; i++)
        rz_buffer_printf(out, "%s%" PRId64, i ? "," : "", leases->workers[i]);
    rz_buffer_char(out, '}');
}

/* A statement on the connection of the leases, opened where it is not: its result, NULL with a
 * diagnostic. The caller holds the lock. */
static PGresult *execute(struct rz_pg *journal, const char *sql, const char *const *values,
                         int count, struct rz_diags *diags)
{
    struct rz_pg_leases *leases = &journal->leases;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!leases->connection)
            leases->connection = rz_pg_connect(journal, diags);
        if (!leases->connection)
            return NULL;
        PGresult *result = PQexecParams(leases->connection, sql, count, NULL, values, NULL, NULL,
                                        0);
        if (PQresultStatus(result) == PGRES_TUPLES_OK)
            return result;
        bool gone = PQstatus(leases->connection) == CONNECTION_BAD;
        if (!gone || attempt == 1)
            rz_pg_fail(journal, leases->connection, result, diags);
        PQclear(result);
        PQfinish(leases->connection);
        leases->connection = NULL;
        if (!gone)
            return NULL;
    }
    return NULL;
}

/* Keeps all rows for another lease. What the server's clock adds to a time read here before asking is
 * later than what we believe. The caller holds the lock. */
static void beat(struct rz_pg *journal)
{
    char lease[24];
    struct rz_diags ignored = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer workers = {0};
    struct rz_pg_leases *leases = &journal->leases;
    list_workers(&workers, leases);
    snprintf(lease, sizeof lease, "%" PRId64, journal->lease);
    int64_t asked = ticks(journal);
    PGresult *result = execute(
        journal,
        "UPDATE workers SET expires = clock_timestamp() + $2::bigint * interval '1 millisecond' "
        "WHERE id = ANY ($1::bigint[]) AND expires > clock_timestamp() RETURNING id",
        (const char *[]){workers.data, lease}, 2, &ignored);
    if (result && (size_t)PQntuples(result) == leases->count) {
        atomic_store(&leases->until, asked + journal->lease);
    } else if (result) { /* it came too late, for all of them: one thread keeps them */
        leases->count = 0;
        atomic_store(&leases->until, 0);
    }
    PQclear(result);
    rz_diags_free(&ignored);
}

static void *keep(void *argument)
{
    struct rz_pg *journal = argument;
    struct rz_pg_leases *leases = &journal->leases;
    pthread_mutex_lock(&leases->lock);
    while (!leases->ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t wait = journal->lease / BEATS;
        until.tv_sec += wait / 1000;
        until.tv_nsec += wait % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        int waited = 0;
        while (!leases->ending && waited != ETIMEDOUT)
            waited = pthread_cond_timedwait(&leases->changed, &leases->lock, &until);
        if (!leases->ending && leases->count)
            beat(journal);
    }
    pthread_mutex_unlock(&leases->lock);
    return NULL;
}

/* Signals are for the threads that know what to do about them. */
static bool start_keeping(struct rz_pg *journal)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&journal->leases.thread, NULL, keep, journal) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

enum rz_status rz_pg_claim_run(struct rz_session *session, int64_t run, struct rz_diags *diags)
{
    char number[24], lease[24];
    struct rz_pg *journal = rz_pg_of(session);
    struct rz_pg_leases *leases = &journal->leases;
    snprintf(number, sizeof number, "%" PRId64, run);
    snprintf(lease, sizeof lease, "%" PRId64, journal->lease);
    pthread_mutex_lock(&leases->lock);
    int64_t asked = ticks(journal);
    /* Not in the transaction that makes the run: the thread must see it from now on. */
    PGresult *result = execute(
        journal,
        "INSERT INTO workers (run, expires) VALUES ($1::bigint, "
        "clock_timestamp() + $2::bigint * interval '1 millisecond') RETURNING id",
        (const char *[]){number, lease}, 2, diags);
    if (result) {
        leases->workers = rz_grow(leases->workers, &leases->capacity, leases->count + 1,
                                  sizeof *leases->workers);
        leases->workers[leases->count++] = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        if (leases->count == 1)
            atomic_store(&leases->until, asked + journal->lease);
        if (!leases->started)
            leases->started = start_keeping(journal);
    }
    bool kept = leases->started;
    PQclear(result);
    pthread_mutex_unlock(&leases->lock);
    return result && kept ? RZ_OK : RZ_IO;
}

/* An expired worker is deleted here, within the transaction that goes on from its end: a heartbeat
 * that comes too late finds no row, and one that was in time is waited for and seen. */
bool rz_pg_run_alive(struct rz_session *session, int64_t run)
{
    struct rz_diags ignored = {0};
    int64_t alive = 0;
    RZ_BUFFER_CLEANUP struct rz_buffer own = {0};
    struct rz_pg *journal = rz_pg_of(session);
    pthread_mutex_lock(&journal->leases.lock);
    list_workers(&own, &journal->leases);
    pthread_mutex_unlock(&journal->leases.lock);
    enum rz_status status = RZ_OK;
    if (rz_pg_session(session)->kind != RZ_READ)
        status = rz_session_exec(
            session, &ignored, NULL,
            "DELETE FROM workers WHERE run = ? AND expires <= clock_timestamp()", "i", run);
    if (status == RZ_OK)
        status = rz_session_exec(
            session, &ignored, &alive,
            "SELECT count(*) FROM workers WHERE run = ? AND expires > clock_timestamp() "
            "AND id <> ALL (CAST(CAST(? AS TEXT) AS BIGINT[]))",
            "it", run, own.data);
    rz_diags_free(&ignored);
    return status != RZ_OK || alive; /* who cannot be asked may be alive */
}

bool rz_pg_may_send(struct rz_journal *base)
{
    struct rz_pg *journal = (struct rz_pg *)base;
    return ticks(journal) < atomic_load(&journal->leases.until);
}

enum rz_status rz_pg_serialize(struct rz_session *session, const char *zone, const char *target,
                               struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer key = {0};
    rz_buffer_printf(&key, "%s %s", zone, target);
    return rz_session_exec(session, diags, NULL, "SELECT pg_advisory_xact_lock(?)", "i",
                           (int64_t)rz_hash_of(key.data, key.size).low);
}

void rz_pg_leases_close(struct rz_pg *journal)
{
    struct rz_pg_leases *leases = &journal->leases;
    pthread_mutex_lock(&leases->lock);
    leases->ending = true;
    pthread_cond_signal(&leases->changed);
    pthread_mutex_unlock(&leases->lock);
    if (leases->started)
        pthread_join(leases->thread, NULL);
    if (leases->count && leases->connection) {
        RZ_BUFFER_CLEANUP struct rz_buffer workers = {0};
        list_workers(&workers, leases);
        PQclear(PQexecParams(leases->connection,
                             "DELETE FROM workers WHERE id = ANY ($1::bigint[])", 1, NULL,
                             (const char *[]){workers.data}, NULL, NULL, 0));
    }
    PQfinish(leases->connection);
    free(leases->workers);
    pthread_cond_destroy(&leases->changed);
    pthread_mutex_destroy(&leases->lock);
}
