/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal as a whole: which database it is, and the beginning and end of runs. */
#include "journal/journal.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "journal/journal_internal.h"
#include "journal/postgresql_url.h"

static const struct rz_database_ops *const backends[] = {&rz_database_sqlite,
                                                         &rz_database_postgresql};

static const struct rz_database_ops *find_backend(const char *state)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (rz_str_starts_with(rz_str_of(state), backends[i]->scheme))
            return backends[i];
    if (rz_str_starts_with(rz_str_of(state), "postgres://")) /* libpq takes both */
        return &rz_database_postgresql;
    return &rz_database_sqlite; /* none: a file, for as long as it is needed */
}

bool rz_journal_check_state(const char *state, struct rz_buffer *scratch, const char **wrong,
                            const char **hint)
{
    struct rz_str text = rz_str_of(state);
    *wrong = NULL;
    *hint = "write sqlite:.rezone/state.db, postgresql://USER:${secret:env:NAME}@HOST/DATABASE, "
            "or none";
    if (rz_str_starts_with(text, rz_database_postgresql.scheme)
        || rz_str_starts_with(text, "postgres://"))
        return !(*wrong = rz_pg_url_check(state, scratch, hint));
    return rz_str_is(text, "none") || (rz_str_starts_with(text, "sqlite:") && text.size > 7);
}

bool rz_journal_is_kept(const char *state)
{
    return strcmp(state, "none") != 0;
}

bool rz_journal_is_begun(const char *state, const struct rz_context *context)
{
    struct stat found;
    if (!rz_journal_is_kept(state))
        return false;
    return find_backend(state) != &rz_database_sqlite
           || fstatat(context->project_dir, state + strlen(rz_database_sqlite.scheme), &found, 0)
                  == 0;
}

enum rz_status rz_journal_open(struct rz_journal **journal, const char *state,
                               struct rz_context *context, struct rz_diags *diags)
{
    *journal = find_backend(state)->open(state, context, diags);
    return *journal ? RZ_OK : RZ_IO;
}

void rz_journal_close(struct rz_journal *journal)
{
    if (journal)
        journal->ops->close(journal);
}

int64_t rz_journal_now(const struct rz_journal *journal)
{
    return journal->context->now(journal->context->user);
}

enum rz_status rz_journal_begin(struct rz_journal *journal, struct rz_run *run,
                                struct rz_diags *diags)
{
    run->started = rz_journal_now(journal);
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, &run->id,
        "INSERT INTO runs (command, actor, host, commit_id, plan_id, plan_created, "
        "flags, version, signers, started, status, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', nullif(?, 0)) RETURNING id",
        "tttttitttii", run->command, run->actor, run->host, run->commit, run->plan_id,
        run->plan_created, run->flags, run->version, run->signers, run->started, run->undoes);
    if (status == RZ_OK)
        status = journal->ops->claim_run(session, run->id, diags);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_end(struct rz_journal *journal, int64_t run, const char *status_text,
                              struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(session, diags, NULL,
                                            "UPDATE runs SET status = ?, ended = ? WHERE id = ?",
                                            "tii", status_text, rz_journal_now(journal), run);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_backup(struct rz_journal *journal, const char *path, bool force,
                                 struct rz_diags *diags)
{
    struct stat old;
    if (force || lstat(path, &old) != 0)
        return journal->ops->backup(journal, path, diags);
    struct rz_diag *diag = rz_diags_add(diags, RZ9003, rz_place_named(path),
                                        "there is such a file already");
    rz_diag_hint(diags, diag, "name another, or overwrite it with --force");
    return RZ_REFUSED;
}

enum rz_status rz_journal_restore(struct rz_journal *journal, const char *path, bool force,
                                  struct rz_diags *diags)
{
    return journal->ops->restore(journal, path, force, diags);
}

static enum rz_status delete_pruned(struct rz_session *session, struct rz_diags *diags)
{
    static const char *const steps[] = {
        "DELETE FROM change_blocks WHERE run_zone IN "
        "(SELECT id FROM run_zones WHERE run IN (SELECT id FROM pruned))",
        "DELETE FROM owner_index WHERE run_zone IN "
        "(SELECT id FROM run_zones WHERE run IN (SELECT id FROM pruned))",
        "DELETE FROM verifications WHERE run_zone IN "
        "(SELECT id FROM run_zones WHERE run IN (SELECT id FROM pruned))",
        "DELETE FROM batches WHERE run_zone IN "
        "(SELECT id FROM run_zones WHERE run IN (SELECT id FROM pruned))",
        "DELETE FROM run_zones WHERE run IN (SELECT id FROM pruned)",
        "DELETE FROM runs WHERE id IN (SELECT id FROM pruned)",
        "DROP TABLE pruned",
    };
    enum rz_status status = RZ_OK;
    for (size_t i = 0; status == RZ_OK && i < sizeof steps / sizeof *steps; i++)
        status = rz_session_exec(session, diags, NULL, steps[i], "");
    return status;
}

/* Those that nobody works off; what their zones have come to is in the runs. */
static enum rz_status delete_queues(struct rz_session *session, int64_t before,
                                    struct rz_diags *diags)
{
    if (!session->journal->ops->has_queues)
        return RZ_OK;
    return rz_session_exec(session, diags, NULL,
                           "DELETE FROM queues WHERE created < ? AND NOT EXISTS (SELECT 1 "
                           "FROM queue_runs JOIN runs ON runs.id = run "
                           "WHERE queue = queues.id AND status = 'running')",
                           "i", before);
}

enum rz_status rz_journal_prune(struct rz_journal *journal, int64_t before, size_t *runs,
                                size_t *changes, struct rz_diags *diags)
{
    int64_t pruned = 0, in_them = 0;
    *runs = *changes = 0;
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "CREATE TEMP TABLE pruned AS SELECT id FROM runs WHERE started < ? AND status <> 'running' "
        "AND NOT EXISTS (SELECT 1 FROM run_zones WHERE run = runs.id AND " RZ_ZONE_IS_OPEN ") "
        "AND id NOT IN (SELECT max(run) FROM run_zones WHERE state = 'committed' GROUP BY zone, target)",
        "i", before);
    if (status == RZ_OK)
        status = rz_session_exec(session, diags, &pruned, "SELECT count(*) FROM pruned", "");
    if (status == RZ_OK)
        status = rz_session_exec(
            session, diags, &in_them,
            "SELECT CAST(sum(creates + updates + deletes) AS BIGINT) FROM run_zones "
            "WHERE run IN (SELECT id FROM pruned)",
            "");
    if (status == RZ_OK)
        status = delete_pruned(session, diags);
    if (status == RZ_OK)
        status = delete_queues(session, before, diags);
    status = rz_session_finish(session, status, diags);
    *runs = (size_t)pruned;
    *changes = (size_t)in_them;
    if (status == RZ_OK && pruned)
        journal->ops->shrink(journal);
    return status;
}
