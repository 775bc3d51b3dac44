/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits of requests in the journal's database: a row says when the next request of all processes
 * together is due. Who asks moves that on by as many requests as it reserves. */
#include "journal/rate_budget.h"

#include <pthread.h>
#include <stdlib.h>

#include "journal/database.h"
#include "journal/postgresql_url.h"
#include "support/alloc.h"

struct rz_rate_budget {
    struct rz_rate_share share;
    struct rz_context *context;
    char *state;
    pthread_mutex_t lock; /* of what follows */
    struct rz_journal *journal;
    bool failed; /* it could not be asked: this process goes on by itself */
    struct rz_diags diags;
};

/* Of one second's requests some may be late: as many as a second brings, less one. */
static enum rz_status reserve(struct rz_journal *journal, const struct rz_rate_request *request,
                              int64_t *wait, struct rz_diags *diags)
{
    int64_t interval = (int64_t)(1e6 / request->rate);
    int64_t depth = interval < 1000000 ? 1000000 - interval : 0;
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, wait,
        "INSERT INTO rate_budgets AS budget (name, due) "
        "VALUES (?1, clock_timestamp() + (?2 - ?3) * interval '1 microsecond') "
        "ON CONFLICT (name) DO UPDATE SET due = ?2 * interval '1 microsecond' "
        "+ greatest(budget.due, clock_timestamp() - ?3 * interval '1 microsecond') "
        "RETURNING CAST(extract(epoch FROM due - ?2 * interval '1 microsecond' "
        "- clock_timestamp()) * 1000 AS BIGINT)",
        "tii", request->name, interval * (int64_t)request->wanted, depth);
    return rz_session_finish(session, status, diags);
}

static bool ask(void *user, const struct rz_rate_request *request, int64_t *wait)
{
    struct rz_rate_budget *budget = user;
    pthread_mutex_lock(&budget->lock);
    if (!budget->failed && !budget->journal)
        budget->failed = rz_journal_open(&budget->journal, budget->state, budget->context,
                                         &budget->diags)
                         != RZ_OK;
    if (!budget->failed)
        budget->failed = reserve(budget->journal, request, wait, &budget->diags) != RZ_OK;
    bool asked = !budget->failed;
    pthread_mutex_unlock(&budget->lock);
    return asked;
}

struct rz_rate_budget *rz_rate_budget_open(const char *state, struct rz_context *context)
{
    if (!rz_str_starts_with(rz_str_of(state), rz_database_postgresql.scheme)
        && !rz_str_starts_with(rz_str_of(state), "postgres://"))
        return NULL;
    struct rz_rate_budget *budget = rz_alloc_zero(1, sizeof *budget);
    budget->context = context;
    budget->state = rz_strdup(state);
    pthread_mutex_init(&budget->lock, NULL);
    budget->share = (struct rz_rate_share){.reserve = ask, .user = budget};
    context->share = &budget->share;
    return budget;
}

void rz_rate_budget_close(struct rz_rate_budget *budget, struct rz_diags *diags)
{
    if (!budget)
        return;
    if (budget->failed) {
        const char *why = budget->diags.count ? budget->diags.items[0].message : "no reason given";
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5607, (struct rz_place){0},
            "a limit of requests was kept by this process alone: %s", why);
        rz_diag_hint(diags, diag, "mend the database of `state:` before several work at once");
    }
    budget->context->share = NULL;
    rz_journal_close(budget->journal);
    rz_diags_free(&budget->diags);
    pthread_mutex_destroy(&budget->lock);
    free(budget->state);
    free(budget);
}
