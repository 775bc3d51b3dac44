/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: runs that live and die, locks with fencing numbers, settling, the use of indexes. With
 * REZONE_TEST_STATE=postgresql://… all of it is of that database, whose schema `rezone` is dropped
 * before each test; tests/integration/test_postgresql.py does that. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_internal.h"
#include "journal/notices.h"
#include "journal/owner_index.h"
#include "journal/postgresql_url.h"
#include "support/alloc.h"

/* One state; each journal opened on it is another process as far as locks are concerned. */
struct state {
    char directory[64];
    const char *uri; /* of PostgreSQL, or of a file in the directory */
    char file[128];
    bool postgresql;
    struct rz_context context;
    struct rz_diags diags;
};

static void drop_schema(const char *uri)
{
    struct rz_pg_url url;
    struct rz_diags diags = {0};
    cr_assert_eq(rz_pg_url_open(&url, uri, &diags), RZ_OK);
    PGconn *connection = PQconnectdb(rz_secret_text(url.url));
    PGresult *result = PQexec(connection, "SET client_min_messages TO warning;"
                                          "DROP SCHEMA IF EXISTS rezone CASCADE");
    cr_assert_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s", PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
    rz_secret_close(url.url);
    free(url.name);
    rz_diags_free(&diags);
}

static struct state *set_up(void)
{
    struct state *state = rz_alloc_zero(1, sizeof *state);
    snprintf(state->directory, sizeof state->directory, "/tmp/rz-journal-XXXXXX");
    cr_assert_not_null(mkdtemp(state->directory));
    snprintf(state->file, sizeof state->file, "sqlite:%s/state.db", state->directory);
    rz_context_init(&state->context);
    state->uri = getenv("REZONE_TEST_STATE");
    state->postgresql = state->uri != NULL;
    if (!state->postgresql)
        state->uri = state->file;
    else
        drop_schema(state->uri);
    return state;
}

static void tear_down(struct state *state)
{
    static const char *const files[] = {"state.db", "state.db-wal", "state.db-shm", "state.db-runs",
                                        "copy.db"};
    char path[160];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", state->directory, files[i]);
        unlink(path);
    }
    cr_expect_eq(rmdir(state->directory), 0);
    rz_diags_free(&state->diags);
    free(state);
}

static struct rz_journal *open_journal(struct state *state)
{
    struct rz_journal *journal;
    cr_assert_eq(rz_journal_open(&journal, state->uri, &state->context, &state->diags), RZ_OK, "%s",
                 state->diags.count ? state->diags.items[0].message : "");
    return journal;
}

static int64_t begin(struct state *state, struct rz_journal *journal, int64_t undoes)
{
    struct rz_run run = {.command = "apply",
                         .actor = "somebody",
                         .host = "here",
                         .version = "0",
                         .plan_id = "p",
                         .plan_created = 10,
                         .undoes = undoes};
    cr_assert_eq(rz_journal_begin(journal, &run, &state->diags), RZ_OK);
    return run.id;
}

/* A zone plan with `count` changes of A records. */
static struct rz_zone_plan *make_plan(size_t count)
{
    struct rz_zone_plan *plan = rz_alloc_zero(1, sizeof *plan);
    const char *why;
    cr_assert_eq(rz_name_parse(&plan->apex, RZ_STR("example.com"), NULL, &why), RZ_OK);
    plan->target = "files";
    for (size_t i = 0; i < count; i++) {
        char text[64];
        struct rz_name owner;
        uint8_t image[10] = {0, 0, 14, 16, 0, 4, 192, 0, 2, (uint8_t)i};
        struct rz_rrset after;
        snprintf(text, sizeof text, "h%05zu.example.com", i);
        cr_assert_eq(rz_name_parse(&owner, rz_str_of(text), NULL, &why), RZ_OK);
        uint8_t rdata[8] = {4, 0, image[6], image[7], image[8], image[9]};
        uint16_t size = 4;
        memcpy(rdata, &size, sizeof size);
        after = (struct rz_rrset){.owner = owner.wire,
                                  .type = 1,
                                  .ttl = 3600,
                                  .rdata = rdata,
                                  .rdata_count = 1,
                                  .rdata_size = 6};
        rz_zone_plan_add(plan, NULL, &after);
    }
    return plan;
}

static enum rz_status set(struct state *state, struct rz_journal *journal, int64_t run,
                          int64_t fence, enum rz_zone_state to)
{
    struct rz_run_zone row = {.zone = "example.com", .target = "files", .state = to};
    return rz_journal_state(journal, run, fence, &row, &state->diags);
}

static enum rz_status lock(struct state *state, struct rz_journal *journal, int64_t run,
                           int64_t *fence)
{
    return rz_journal_lock(journal, run, "example.com", "files", fence, &state->diags);
}

static void note_state(void *user, const struct rz_run_zone *zone)
{
    *(enum rz_zone_state *)user = zone->state;
}

static enum rz_zone_state state_of(struct state *state, struct rz_journal *journal, int64_t run)
{
    enum rz_zone_state found = RZ_STATE_PLANNED;
    cr_assert_eq(rz_journal_run_zones(journal, run, note_state, &found, &state->diags), RZ_OK);
    return found;
}

Test(journal, only_one_run_has_a_zone)
{
    struct state *state = set_up();
    struct rz_journal *one = open_journal(state), *two = open_journal(state);
    int64_t first = begin(state, one, 0), second = begin(state, two, 0), fence = 0, other = 0;
    cr_expect_gt(second, first);
    cr_expect_eq(lock(state, one, first, &fence), RZ_OK);
    cr_expect_eq(lock(state, two, second, &other), RZ_CONFLICT);
    cr_expect_eq(state->diags.items[0].code, RZ5202);
    cr_expect_eq(set(state, one, first, fence, RZ_STATE_FAILED), RZ_OK);
    cr_expect_eq(rz_journal_unlock(one, first, "example.com", "files", fence, &state->diags),
                 RZ_OK);
    cr_expect_eq(lock(state, two, second, &other), RZ_OK);
    cr_expect_gt(other, fence);
    cr_expect_eq(set(state, one, first, fence, RZ_STATE_APPLYING), RZ_REFUSED,
                 "the stale writer is refused");
    rz_journal_close(one);
    rz_journal_close(two);
    tear_down(state);
}

Test(journal, the_lock_of_the_dead_falls_and_their_zone_stays_open)
{
    struct state *state = set_up();
    struct rz_journal *one = open_journal(state);
    struct rz_zone_plan *plan = make_plan(2);
    int64_t first = begin(state, one, 0), fence = 0, other = 0, *runs;
    size_t count;
    cr_assert_eq(lock(state, one, first, &fence), RZ_OK);
    cr_assert_eq(rz_journal_intent(one, first, fence, plan, &state->diags), RZ_OK);
    struct rz_journal *two = open_journal(state);
    cr_expect_eq(rz_journal_left_open(two, &runs, &count, &state->diags), RZ_OK);
    cr_expect_eq(count, 0, "it is alive");
    free(runs);
    rz_journal_close(one); /* what a killed process leaves */
    int64_t second = begin(state, two, 0);
    cr_expect_eq(lock(state, two, second, &other), RZ_REFUSED);
    cr_expect_eq(state->diags.items[0].code, RZ5203, "%s", state->diags.items[0].message);
    cr_assert_eq(rz_journal_end(two, second, "failed", &state->diags), RZ_OK);
    cr_expect_eq(rz_journal_left_open(two, &runs, &count, &state->diags), RZ_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(runs[0], first);
    free(runs);

    int64_t third = begin(state, two, first);
    cr_assert_eq(lock(state, two, third, &other), RZ_OK, "the run that mends may");
    struct rz_run_zone row = {.zone = "example.com",
                              .target = "files",
                              .state = RZ_STATE_COMMITTED,
                              .mends = first,
                              .mended = RZ_STATE_ROLLED_BACK,
                              .mended_detail = "so"};
    cr_assert_eq(rz_journal_state(two, third, other, &row, &state->diags), RZ_OK);
    cr_expect_eq(state_of(state, two, first), RZ_STATE_ROLLED_BACK);
    cr_expect_eq(state_of(state, two, third), RZ_STATE_COMMITTED);
    cr_assert_eq(rz_journal_end(two, third, "committed", &state->diags), RZ_OK);
    cr_expect_eq(rz_journal_left_open(two, &runs, &count, &state->diags), RZ_OK);
    cr_expect_eq(count, 0);
    free(runs);
    rz_zone_plan_free(plan);
    rz_journal_close(two);
    tear_down(state);
}

Test(journal, a_run_that_died_before_it_sent_is_closed)
{
    struct state *state = set_up();
    struct rz_journal *one = open_journal(state);
    int64_t fence, first = begin(state, one, 0), *runs;
    size_t count;
    cr_assert_eq(lock(state, one, first, &fence), RZ_OK);
    rz_journal_close(one);
    one = open_journal(state);
    cr_expect_eq(rz_journal_left_open(one, &runs, &count, &state->diags), RZ_OK);
    cr_expect_eq(count, 1);
    free(runs);
    cr_expect_eq(rz_journal_close_run(one, first, &state->diags), RZ_OK);
    cr_expect_eq(state_of(state, one, first), RZ_STATE_FAILED);
    cr_expect_eq(rz_journal_left_open(one, &runs, &count, &state->diags), RZ_OK);
    cr_expect_eq(count, 0);
    free(runs);
    int64_t second = begin(state, one, 0);
    cr_expect_eq(lock(state, one, second, &fence), RZ_OK);
    rz_journal_close(one);
    tear_down(state);
}

static void count_lock(void *user, const struct rz_lock *found)
{
    struct rz_lock *last = user;
    last->alive = found->alive;
    last->zone_open = found->zone_open;
    last->fence = found->fence;
    last->run++;
}

Test(journal, locks_are_shown_and_broken)
{
    struct state *state = set_up();
    struct rz_journal *one = open_journal(state), *two = open_journal(state);
    struct rz_zone_plan *plan = make_plan(1);
    struct rz_lock found = {0};
    int64_t fence, first = begin(state, one, 0);
    cr_assert_eq(lock(state, one, first, &fence), RZ_OK);
    cr_expect_eq(rz_journal_locks(two, count_lock, &found, &state->diags), RZ_OK);
    cr_expect(found.run == 1 && found.alive && !found.zone_open && found.fence == fence);
    cr_assert_eq(rz_journal_intent(one, first, fence, plan, &state->diags), RZ_OK);
    cr_expect_eq(rz_journal_locks(two, count_lock, &found, &state->diags), RZ_OK);
    cr_expect(found.zone_open);
    cr_expect_eq(rz_journal_break_lock(two, "example.com", "files", fence + 1, &state->diags),
                 RZ_NOT_FOUND);
    cr_expect_eq(rz_journal_break_lock(two, "example.com", "files", fence, &state->diags), RZ_OK);
    cr_expect_eq(set(state, one, first, fence, RZ_STATE_VERIFYING), RZ_REFUSED);
    int64_t other, second = begin(state, two, 0);
    cr_expect_eq(lock(state, two, second, &other), RZ_REFUSED, "broken, but still open");
    rz_zone_plan_free(plan);
    rz_journal_close(one);
    rz_journal_close(two);
    tear_down(state);
}

Test(journal, changes_come_back_as_they_were)
{
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    struct rz_zone_plan *plan = make_plan(300), *back;
    int64_t fence, run = begin(state, journal, 0);
    cr_assert_eq(lock(state, journal, run, &fence), RZ_OK);
    cr_assert_eq(rz_journal_intent(journal, run, fence, plan, &state->diags), RZ_OK);
    cr_assert_eq(rz_journal_zone_plan(journal, run, "example.com", "files", &back, &state->diags),
                 RZ_OK);
    cr_assert_eq(back->count, plan->count);
    for (size_t i = 0; i < plan->count; i++) {
        cr_expect_null(back->changes[i].change.before);
        cr_expect(rz_rrset_equal(back->changes[i].change.after, plan->changes[i].change.after));
    }
    rz_zone_plan_free(plan);
    rz_zone_plan_free(back);
    rz_journal_close(journal);
    tear_down(state);
}

/* How the database goes about the statement, one step a line. */
static void explain(struct rz_journal *journal, bool postgresql, const struct rz_buffer *sql,
                    const char *types, struct rz_buffer *steps)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_diags diags = {0};
    rz_buffer_printf(&text, "EXPLAIN %s%s", postgresql ? "" : "QUERY PLAN ", sql->data);
    struct rz_session *session = rz_session_start(journal, RZ_READ, &diags);
    cr_assert_not_null(session);
    if (postgresql) /* the tables are too small for an index to be worth while */
        cr_assert_eq(rz_session_exec(session, &diags, NULL, "SET enable_seqscan TO off", ""),
                     RZ_OK);
    struct rz_rows *row = rz_session_query(session, &diags, text.data, types, (int64_t)1, "a", "b",
                                           (int64_t)1, (int64_t)1, "c", (int64_t)1, (int64_t)1);
    rz_buffer_reset(steps);
    while (row && rz_rows_next(row))
        rz_buffer_printf(steps, "%s\n", rz_rows_text(row, postgresql ? 0 : 3));
    cr_assert_eq(rz_session_finish(session, rz_rows_end(row, &diags), &diags), RZ_OK, "%s",
                 diags.count ? diags.items[0].message : "");
}

Test(journal, history_uses_indexes)
{
    static const struct {
        struct rz_history_filter filter;
        bool runs;
        const char *uses, *never;
    } cases[] = {
        {{.owner = "www.example.com"},
         false,
         "SEARCH owner_index USING PRIMARY KEY (key=?)",
         "SCAN"},
        {{.owner = "www.example.com", .type = "A"},
         false,
         "SEARCH owner_index USING PRIMARY KEY (key=?)",
         "SCAN"},
        {{.owner = "www.example.com", .actor = "a", .zone = "*"},
         false,
         "SEARCH owner_index USING PRIMARY KEY (key=?)",
         "SCAN"},
        {{.run = 3}, false, "SEARCH runs USING INTEGER PRIMARY KEY", "SCAN"},
        {{.actor = "a"}, false, "SEARCH change_blocks USING", "SCAN change_blocks"},
        {{.run = 3}, true, "SEARCH runs USING INTEGER PRIMARY KEY", "SCAN"},
        {{.zone = "example.com"}, true, "SEARCH run_zones", "TEMP B-TREE"},
        {{.oldest_first = true}, true, "SEARCH run_zones", "TEMP B-TREE"},
    };
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer sql = {0}, steps = {0};
        if (cases[i].runs)
            rz_journal_runs_sql(&sql, &cases[i].filter);
        else
            rz_journal_changes_sql(&sql, journal, &cases[i].filter);
        explain(journal, state->postgresql, &sql, cases[i].runs ? "ittiitii" : "ittiit", &steps);
        if (!state->postgresql)
            cr_expect(strstr(steps.data, cases[i].uses), "case %zu: %s", i, steps.data);
        cr_expect_null(strstr(steps.data, state->postgresql ? "Seq Scan" : cases[i].never),
                       "case %zu: %s", i, steps.data);
    }
    rz_journal_close(journal);
    tear_down(state);
}

/* A committed run of one zone with `count` changes, which began at `at`. */
static int64_t committed_run(struct state *state, struct rz_journal *journal, size_t count,
                             int64_t at)
{
    struct rz_zone_plan *plan = make_plan(count);
    int64_t fence, run = begin(state, journal, 0);
    cr_assert_eq(lock(state, journal, run, &fence), RZ_OK);
    cr_assert_eq(rz_journal_intent(journal, run, fence, plan, &state->diags), RZ_OK);
    struct rz_run_zone row = {.zone = "example.com",
                              .target = "files",
                              .state = RZ_STATE_COMMITTED,
                              .verification = "{}"};
    cr_assert_eq(rz_journal_state(journal, run, fence, &row, &state->diags), RZ_OK);
    cr_assert_eq(rz_journal_unlock(journal, run, "example.com", "files", fence, &state->diags),
                 RZ_OK);
    cr_assert_eq(rz_journal_end(journal, run, "committed", &state->diags), RZ_OK);
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, &state->diags);
    cr_assert_not_null(session);
    enum rz_status dated = rz_session_exec(
        session, &state->diags, NULL, "UPDATE runs SET started = ? WHERE id = ?", "ii", at, run);
    cr_assert_eq(rz_session_finish(session, dated, &state->diags), RZ_OK);
    rz_zone_plan_free(plan);
    return run;
}

static void count_run(void *user, const struct rz_run *run)
{
    (void)run;
    ++*(size_t *)user;
}

static size_t runs_in(struct state *state, struct rz_journal *journal)
{
    size_t count = 0;
    cr_assert_eq(
        rz_journal_runs(journal, &(struct rz_history_filter){0}, count_run, &count, &state->diags),
        RZ_OK);
    return count;
}

static int64_t rows_of(struct state *state, struct rz_journal *journal, const char *table)
{
    char sql[80];
    int64_t count = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    struct rz_session *session = rz_session_start(journal, RZ_READ, &state->diags);
    cr_assert_not_null(session);
    enum rz_status status = rz_session_exec(session, &state->diags, &count, sql, "");
    cr_assert_eq(rz_session_finish(session, status, &state->diags), RZ_OK);
    return count;
}

Test(journal, pruning_keeps_what_is_needed)
{
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    size_t runs, changes;
    int64_t fence;
    committed_run(state, journal, 3, 100);
    committed_run(state, journal, 4, 200);
    committed_run(state, journal, 5, 300);
    cr_assert_eq(rz_journal_prune(journal, 1000, &runs, &changes, &state->diags), RZ_OK);
    cr_expect(runs == 2 && changes == 7, "%zu runs, %zu changes", runs, changes);
    cr_expect_eq(runs_in(state, journal), 1, "the last one of the zone stays");
    static const char *const tables[] = {"change_blocks", "verifications"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        cr_expect_eq(rows_of(state, journal, tables[i]), 1, "of %s too", tables[i]);
    committed_run(state, journal, 1, 2000);
    cr_assert_eq(rz_journal_prune(journal, 100, &runs, &changes, &state->diags), RZ_OK);
    cr_expect_eq(runs, 0);
    struct rz_zone_plan *plan = make_plan(1);
    int64_t run = begin(state, journal, 0);
    cr_assert_eq(lock(state, journal, run, &fence), RZ_OK);
    cr_assert_eq(rz_journal_intent(journal, run, fence, plan, &state->diags), RZ_OK);
    cr_assert_eq(rz_journal_end(journal, run, "unknown", &state->diags), RZ_OK);
    cr_assert_eq(rz_journal_prune(journal, INT64_MAX, &runs, &changes, &state->diags), RZ_OK);
    cr_expect_eq(runs_in(state, journal), 2, "the open one and the last committed one");
    rz_zone_plan_free(plan);
    rz_journal_close(journal);
    tear_down(state);
}

static void count_notice(void *user, const struct rz_kept_notice *notice)
{
    cr_expect_str_eq(notice->json, "{}");
    ++*(size_t *)user;
}

static size_t notices_of(struct state *state, struct rz_journal *journal, const char *receiver)
{
    size_t count = 0;
    cr_assert_eq(rz_journal_notices(journal, receiver, count_notice, &count, &state->diags), RZ_OK);
    return count;
}

Test(journal, messages_that_wait_are_bounded)
{
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    int64_t now = rz_journal_now(journal);
    struct rz_kept_notice notice = {.shown = "somebody",
                                    .event = "committed",
                                    .why = "down",
                                    .subject = "",
                                    .body = "",
                                    .json = "{}"};
    for (int i = 0; i < RZ_NOTICES_KEPT + 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "%05d", i);
        notice.receiver = i % 50 ? "a" : "b";
        notice.message = id;
        notice.created = now - RZ_NOTICES_AGE + (i == 50 ? -1 : 100 + i);
        cr_assert_eq(rz_journal_keep_notice(journal, &notice, &state->diags), RZ_OK);
    }
    cr_expect_eq(notices_of(state, journal, "a"), RZ_NOTICES_KEPT);
    cr_expect_eq(notices_of(state, journal, "b"), 2, "one of three is too old");
    cr_expect_eq(rows_of(state, journal, "notices"), RZ_NOTICES_KEPT + 2);
    cr_assert_eq(rz_journal_drop_notice(journal, "a", "00001", &state->diags), RZ_OK);
    cr_assert_eq(rz_journal_drop_notice(journal, "a", "00104", &state->diags), RZ_OK);
    cr_expect_eq(notices_of(state, journal, NULL), RZ_NOTICES_KEPT + 1,
                 "the first was gone already: the oldest go");
    rz_journal_close(journal);
    tear_down(state);
}

Test(journal, a_backup_comes_back)
{
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    char path[128];
    int64_t before = 0, after = 0;
    struct stat mode;
    snprintf(path, sizeof path, "%s/copy.db", state->directory);
    committed_run(state, journal, 3, 100);
    cr_assert_eq(rz_journal_backup(journal, path, false, &state->diags), RZ_OK);
    cr_expect_eq(rz_journal_backup(journal, path, false, &state->diags), RZ_REFUSED);
    cr_expect_eq(rz_journal_backup(journal, path, true, &state->diags), RZ_OK);
    cr_expect(stat(path, &mode) == 0 && (mode.st_mode & 0777) == 0600);
    before = committed_run(state, journal, 2, 200);
    struct rz_journal *other = open_journal(state);
    cr_expect_eq(rz_journal_restore(journal, path, false, &state->diags), RZ_REFUSED,
                 "somebody else is there");
    rz_journal_close(other);
    cr_assert_eq(rz_journal_restore(journal, path, false, &state->diags), RZ_OK, "%s",
                 state->diags.items[state->diags.count - 1].message);
    cr_expect_eq(runs_in(state, journal), 1);
    after = committed_run(state, journal, 1, 300);
    cr_expect_gt(after, before, "no number is given twice");
    rz_journal_close(journal);
    journal = open_journal(state);
    cr_expect_eq(runs_in(state, journal), 2);
    FILE *file = fopen(path, "w");
    fputs("no journal, but long enough to be read as something or other by SQLite", file);
    fclose(file);
    cr_expect_eq(rz_journal_restore(journal, path, true, &state->diags), RZ_IO);
    cr_expect_eq(runs_in(state, journal), 2);
    rz_journal_close(journal);
    tear_down(state);
}

static void count_change(void *user, const struct rz_history_change *change)
{
    (void)change;
    ++*(size_t *)user;
}

static size_t changes_of(struct state *state, struct rz_journal *journal, const char *owner)
{
    size_t count = 0;
    struct rz_history_filter filter = {.owner = owner};
    cr_assert_eq(rz_journal_changes(journal, &filter, count_change, &count, &state->diags), RZ_OK);
    return count;
}

/* Large blocks have a filter, small ones a row for each owner; those from before there was an index get
 * theirs with the migration. */
Test(journal, an_owner_is_found_in_blocks_of_every_size)
{
    struct state *state = set_up();
    struct rz_journal *journal = open_journal(state);
    committed_run(state, journal, 9000, 100);
    committed_run(state, journal, 3, 200);
    committed_run(state, journal, 40, 300);
    for (int filled = 0; filled < 2; filled++) {
        cr_expect_eq(changes_of(state, journal, "h00001.example.com"), 3);
        cr_expect_eq(changes_of(state, journal, "h00039.example.com"), 2);
        cr_expect_eq(changes_of(state, journal, "h08999.example.com"), 1);
        cr_expect_eq(changes_of(state, journal, "h09000.example.com"), 0);
        cr_expect_eq(changes_of(state, journal, "h00001.example.org"), 0);
        struct rz_session *session = rz_session_start(journal, RZ_WRITE, &state->diags);
        cr_assert_not_null(session);
        enum rz_status status = rz_session_exec(session, &state->diags, NULL,
                                                "DELETE FROM owner_index", "");
        if (status == RZ_OK)
            status = rz_owner_index_fill(session, &state->diags);
        cr_assert_eq(rz_session_finish(session, status, &state->diags), RZ_OK);
    }
    rz_journal_close(journal);
    tear_down(state);
}
