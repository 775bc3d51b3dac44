/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec rollover start, step, status, cancel. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/rollover.h"
#include "cli/rolling.h"
#include "report/report.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define STAMP 24

/* What all of these commands begin with. */
struct rollovers {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_journal *journal;
    struct rz_rollover_row *rows; /* texts in cli's arena */
    size_t count, capacity;
    struct rz_buffer json;
};

static void take_row(void *user, const struct rz_rollover_row *row)
{
    struct rollovers *all = user;
    struct rz_arena *arena = &all->cli->arena;
    all->rows = rz_grow(all->rows, &all->capacity, all->count + 1, sizeof *all->rows);
    struct rz_rollover_row *kept = &all->rows[all->count++];
    *kept = *row;
    kept->zone = rz_arena_strdup(arena, row->zone);
    kept->target = rz_arena_strdup(arena, row->target);
    kept->kind = rz_arena_strdup(arena, row->kind);
    kept->old_keys = rz_arena_strdup(arena, row->old_keys);
    kept->new_keys = rz_arena_strdup(arena, row->new_keys);
}

static enum rz_status open_all(struct rollovers *all, struct rz_cli *cli)
{
    *all = (struct rollovers){.cli = cli};
    rz_buffer_char(&all->json, '[');
    if (!rz_cli_open(cli, &all->project, &all->zones, NULL))
        return RZ_INVALID;
    if (!rz_journal_is_kept(all->project.state)) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5206, (struct rz_place){0},
                                            "a roll-over needs a journal that remembers it");
        rz_diag_hint(&cli->diags, diag, "set `state` in rezone.yaml");
        return RZ_INVALID;
    }
    enum rz_status status = rz_journal_open(&all->journal, all->project.state, &cli->context,
                                            &cli->diags);
    return status == RZ_OK ? rz_journal_rollovers(all->journal, take_row, all, &cli->diags)
                           : status;
}

static void close_all(struct rollovers *all)
{
    free(all->rows);
    rz_buffer_free(&all->json);
    rz_journal_close(all->journal);
    rz_zone_list_free(&all->zones);
    rz_project_free(&all->project);
}

static void finish(struct rollovers *all, const char *key)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!all->cli->json)
        return;
    rz_buffer_text(&text, "{\"diagnostics\":");
    rz_report_diags_json(&text, &all->cli->diags);
    rz_buffer_printf(&text, ",\"%s\":%s]}\n", key, all->json.data);
    rz_cli_json(all->cli, &text);
}

static const char *stamp(char text[STAMP], int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(text, STAMP, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

static const struct rz_rollover_row *find_row(const struct rollovers *all, const char *zone)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->rows[i].zone, zone) == 0)
            return &all->rows[i];
    return NULL;
}

/* ---- start and step */

static void tell_step(struct rollovers *all, const struct rz_rollover_row *row, const char *text,
                      bool last)
{
    char due[STAMP];
    stamp(due, row->since + row->wait);
    rz_json_comma(&all->json);
    rz_buffer_char(&all->json, '{');
    rz_json_text(&all->json, "at", due);
    rz_json_text(&all->json, "step", text);
    rz_json_text(&all->json, "zone", row->zone);
    rz_buffer_char(&all->json, '}');
    if (all->cli->json)
        return;
    rz_buffer_printf(&all->cli->out.text, "%s: %s", row->zone, text);
    if (last)
        rz_buffer_text(&all->cli->out.text, "; the roll-over has ended\n");
    else
        rz_buffer_printf(&all->cli->out.text, "; next not before %s\n", due);
}

/* Carries out the row's step and notes that, with the time to wait from now on. */
static enum rz_status advance(struct rollovers *all, struct rz_rolling *rolling)
{
    struct rz_rollover_row *row = &rolling->row;
    struct rz_diags *diags = &all->cli->diags;
    enum rz_status status = rz_rolling_prepare(rolling);
    if (status == RZ_OK)
        status = rz_journal_put_rollover(all->journal, row, diags);
    if (status == RZ_OK)
        status = rz_rolling_step(rolling);
    if (status == RZ_CONFLICT) { /* the TTL counts of what the parent has had meanwhile, too */
        row->wait = rolling->times.ds_ttl;
        enum rz_status noted = rz_journal_put_rollover(all->journal, row, diags);
        return noted == RZ_OK ? status : noted;
    }
    if (status != RZ_OK)
        return status;
    const struct rz_rollover_step *step = &rolling->steps[row->step];
    row->done = true;
    /* The second that has begun is not over. */
    row->since = all->cli->context.now(all->cli->context.user) + 1;
    row->wait = rz_rollover_wait_time(step, &rolling->times);
    bool last = (size_t)row->step + 1 == rolling->count;
    status = last ? rz_journal_end_rollover(all->journal, row->zone, row->target, diags)
                  : rz_journal_put_rollover(all->journal, row, diags);
    if (status == RZ_OK)
        tell_step(all, row, step->text, last);
    return status;
}

/* Opens the zone and takes the first step. */
static enum rz_status begin(struct rollovers *all, const char *zone, enum rz_rollover_kind kind)
{
    struct rz_cli *cli = all->cli;
    struct rz_rolling rolling;
    const char *key = cli->options.last[RZ_OPT_KEY];
    enum rz_status status = rz_rolling_open(&rolling, cli, &all->project, &all->zones, zone);
    if (status == RZ_OK && find_row(all, rolling.name)) {
        rz_rolling_refuse(&rolling, "a roll-over of the zone is under way",
                          "`rezone dnssec rollover status` shows it");
        status = RZ_REFUSED;
    }
    if (status == RZ_OK)
        status = rz_rolling_set(&rolling, kind, NULL, rz_rollover_margin(cli));
    rolling.row.started = rolling.row.since = cli->context.now(cli->context.user);
    if (status == RZ_OK && key)
        status = rz_rolling_take_key(&rolling, key);
    if (status == RZ_OK)
        status = advance(all, &rolling);
    rz_rolling_close(&rolling);
    return status;
}

int rz_command_rollover_start(struct rz_cli *cli)
{
    struct rollovers all;
    enum rz_rollover_kind kind;
    enum rz_status status = open_all(&all, cli);
    bool opened = status == RZ_OK;
    if (opened)
        status = rz_rollover_argument(cli, &kind) ? begin(&all, cli->arguments[0], kind)
                                                  : RZ_INVALID;
    bool waits = status == RZ_CONFLICT;
    if (status == RZ_OK || waits)
        finish(&all, "steps");
    close_all(&all);
    return waits ? RZ_EXIT_CHANGES : rz_cli_exit(status);
}

static struct rz_rollover place_of(const struct rz_rollover_row *row, enum rz_rollover_kind kind)
{
    return (struct rz_rollover){.kind = kind,
                                .done = (size_t)row->step + row->done,
                                .seen = row->since,
                                .wait = row->done ? row->wait : 0};
}

static enum rz_status step_row(struct rollovers *all, const struct rz_rollover_row *row)
{
    char text[STAMP];
    struct rz_rolling rolling;
    enum rz_rollover_kind kind;
    struct rz_cli *cli = all->cli;
    if (!rz_rollover_kind_parse(&kind, rz_str_of(row->kind)))
        return RZ_INVALID;
    struct rz_rollover place = place_of(row, kind);
    struct rz_rollover_next next = rz_rollover_next(&place, cli->context.now(cli->context.user));
    if (next.action == RZ_ROLLOVER_PAUSE && !cli->options.given[RZ_OPT_FORCE]) {
        if (!cli->json)
            rz_buffer_printf(&cli->out.text, "%s: next not before %s\n", row->zone,
                             stamp(text, next.at));
        return RZ_OK;
    }
    enum rz_status status = rz_rolling_open(&rolling, cli, &all->project, &all->zones, row->zone);
    if (status == RZ_OK)
        status = rz_rolling_set(&rolling, kind, row, row->margin);
    if (status == RZ_OK) {
        if (row->done)
            rolling.row.wait = 0;
        rolling.row.step += row->done;
        rolling.row.done = false;
        status = advance(all, &rolling);
    }
    rz_rolling_close(&rolling);
    return status;
}

int rz_command_rollover_step(struct rz_cli *cli)
{
    struct rollovers all;
    bool waits = false;
    enum rz_status status = open_all(&all, cli);
    bool opened = status == RZ_OK;
    for (size_t i = 0; opened && i < all.count; i++) {
        bool wanted = cli->argument_count == 0;
        for (size_t k = 0; k < cli->argument_count; k++)
            wanted |= strcmp(cli->arguments[k], all.rows[i].zone) == 0;
        enum rz_status one = wanted ? step_row(&all, &all.rows[i]) : RZ_OK;
        waits |= one == RZ_CONFLICT;
        status = status == RZ_OK && one != RZ_CONFLICT ? one : status;
    }
    if (opened)
        finish(&all, "steps");
    close_all(&all);
    return status == RZ_OK && waits ? RZ_EXIT_CHANGES : rz_cli_exit(status);
}

/* ---- status and cancel */

static void show_row(struct rollovers *all, const struct rz_rollover_row *row)
{
    char started[STAMP], due[STAMP];
    struct rz_rollover_ahead ahead;
    if (!rz_rollover_ahead(&ahead, row))
        return;
    stamp(started, row->started);
    stamp(due, ahead.due);
    rz_json_comma(&all->json);
    rz_buffer_char(&all->json, '{');
    rz_json_text(&all->json, "kind", row->kind);
    rz_json_text(&all->json, "next", ahead.text);
    rz_json_text(&all->json, "not_before", due);
    rz_json_text(&all->json, "provider", row->target);
    rz_json_text(&all->json, "started", started);
    rz_json_int(&all->json, "steps_done", row->step + row->done);
    rz_json_int(&all->json, "steps", (int64_t)ahead.steps);
    rz_json_text(&all->json, "zone", row->zone);
    rz_buffer_char(&all->json, '}');
    if (!all->cli->json)
        rz_buffer_printf(&all->cli->out.text,
                         "%s at %s: %s, begun %s, %" PRId64 " of %zu steps; not before %s: %s\n",
                         row->zone, row->target, row->kind, started, row->step + row->done,
                         ahead.steps, due, ahead.text);
}

int rz_command_rollover_status(struct rz_cli *cli)
{
    struct rollovers all;
    enum rz_status status = open_all(&all, cli);
    for (size_t i = 0; status == RZ_OK && i < all.count; i++)
        show_row(&all, &all.rows[i]);
    if (status == RZ_OK && all.count == 0 && !cli->json)
        rz_buffer_text(&cli->out.text, "No roll-overs.\n");
    if (status == RZ_OK)
        finish(&all, "rollovers");
    close_all(&all);
    return rz_cli_exit(status);
}

int rz_command_rollover_cancel(struct rz_cli *cli)
{
    struct rollovers all;
    enum rz_status status = open_all(&all, cli);
    const struct rz_rollover_row *row = status == RZ_OK ? find_row(&all, cli->arguments[0]) : NULL;
    if (status == RZ_OK && !row) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ6010, rz_place_named(cli->arguments[0]),
                                            "no roll-over of the zone is under way");
        rz_diag_hint(&cli->diags, diag, "`rezone dnssec rollover status` lists them");
        status = RZ_NOT_FOUND;
    }
    if (status == RZ_OK && !rz_cli_ask(cli, "Forget the roll-over? The keys stay as they are."))
        status = RZ_CANCELLED;
    if (status == RZ_OK)
        status = rz_journal_end_rollover(all.journal, row->zone, row->target, &cli->diags);
    if (status == RZ_OK)
        finish(&all, "steps");
    close_all(&all);
    return rz_cli_exit(status);
}
