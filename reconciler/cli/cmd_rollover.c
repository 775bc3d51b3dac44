/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec rollover start, step, status, cancel. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/rolling.h"
#include "report/report.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define MARGIN 300 /* seconds, where --margin is not given */
#define STAMP 24

/* What all of these commands begin with. */
struct rollovers {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_journal *journal;
    struct rz_keyroll *rows; /* texts in cli's arena */
    size_t count, capacity;
    struct rz_buffer json;
};

static void take_row(void *user, const struct rz_keyroll *row)
{
    struct rollovers *all = user;
    struct rz_arena *arena = &all->cli->arena;
    all->rows = rz_grow(all->rows, &all->capacity, all->count + 1, sizeof *all->rows);
    struct rz_keyroll *kept = &all->rows[all->count++];
    *kept = *row;
    kept->zone = rz_arena_strdup(arena, row->zone);
    kept->target = rz_arena_strdup(arena, row->target);
    kept->kind = rz_arena_strdup(arena, row->kind);
    kept->old_keys = rz_arena_strdup(arena, row->old_keys);
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
    return status == RZ_OK ? rz_journal_keyrolls(all->journal, take_row, all, &cli->diags) : status;
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

static const struct rz_keyroll *find_row(const struct rollovers *all, const char *zone)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->rows[i].zone, zone) == 0)
            return &all->rows[i];
    return NULL;
}

static bool parse_kind(struct rz_cli *cli, enum rz_keyroll_kind *kind)
{
    if (rz_keyroll_kind_parse(kind, rz_str_of(cli->arguments[1])))
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, rz_place_named(cli->arguments[1]),
                                        "there is no such kind of roll-over");
    rz_diag_hint(&cli->diags, diag, "zsk, ksk (or csk), or algorithm");
    return false;
}

static int64_t margin_of(const struct rz_cli *cli)
{
    uint64_t seconds = MARGIN;
    const char *text = cli->options.last[RZ_OPT_MARGIN];
    if (text)
        rz_duration_parse(&seconds, rz_str_of(text));
    return (int64_t)seconds;
}

/* ---- start and step */

/* Carries out the row's step and notes that, with the time to wait from now on. */
static enum rz_status advance(struct rollovers *all, struct rz_rolling *rolling)
{
    struct rz_keyroll *row = &rolling->row;
    struct rz_diags *diags = &all->cli->diags;
    enum rz_status status = rz_journal_put_keyroll(all->journal, row, diags);
    if (status == RZ_OK)
        status = rz_rolling_step(rolling);
    if (status != RZ_OK)
        return status;
    const struct rz_keyroll_step *step = &rolling->steps[row->step];
    row->done = true;
    /* The second that has begun is not over. */
    row->since = all->cli->context.now(all->cli->context.user) + 1;
    row->wait = (int64_t)rz_keyroll_seconds(step, &rolling->times, rolling->csk);
    bool last = (size_t)row->step + 1 == rolling->count;
    status = last ? rz_journal_end_keyroll(all->journal, row->zone, row->target, diags)
                  : rz_journal_put_keyroll(all->journal, row, diags);
    if (status == RZ_OK && !all->cli->json) {
        char text[STAMP];
        rz_buffer_printf(&all->cli->out.text, "%s: %s", row->zone, step->text);
        if (last)
            rz_buffer_text(&all->cli->out.text, "; the roll-over has ended\n");
        else
            rz_buffer_printf(&all->cli->out.text, "; next not before %s\n",
                             stamp(text, row->since + row->wait));
    }
    return status;
}

int rz_command_rollover_start(struct rz_cli *cli)
{
    struct rollovers all;
    struct rz_rolling rolling;
    enum rz_keyroll_kind kind;
    enum rz_status status = open_all(&all, cli);
    if (status == RZ_OK && !parse_kind(cli, &kind))
        status = RZ_INVALID;
    if (status == RZ_OK) {
        status = rz_rolling_open(&rolling, cli, &all.project, &all.zones, cli->arguments[0]);
        if (status == RZ_OK && find_row(&all, rolling.name)) {
            struct rz_diag *diag = rz_diags_add(&cli->diags, RZ6010, rz_place_named(rolling.name),
                                                "a roll-over of the zone is under way");
            rz_diag_hint(&cli->diags, diag, "`rezone dnssec rollover status` shows it");
            status = RZ_REFUSED;
        }
        rolling.times.margin = (uint32_t)margin_of(cli);
        if (status == RZ_OK)
            status = rz_rolling_set(&rolling, kind, NULL);
        rolling.row.margin = margin_of(cli);
        rolling.row.started = rolling.row.since = cli->context.now(cli->context.user);
        if (status == RZ_OK)
            status = advance(&all, &rolling);
        rz_rolling_close(&rolling);
    }
    if (status == RZ_OK)
        finish(&all, "steps");
    close_all(&all);
    return rz_cli_exit(status);
}

static enum rz_status step_row(struct rollovers *all, const struct rz_keyroll *row)
{
    char text[STAMP];
    struct rz_rolling rolling;
    enum rz_keyroll_kind kind;
    struct rz_cli *cli = all->cli;
    int64_t now = cli->context.now(cli->context.user), due = row->since + row->wait;
    if (row->done && now < due && !cli->options.given[RZ_OPT_FORCE]) {
        if (!cli->json)
            rz_buffer_printf(&cli->out.text, "%s: next not before %s\n", row->zone,
                             stamp(text, due));
        return RZ_OK;
    }
    enum rz_status status = rz_rolling_open(&rolling, cli, &all->project, &all->zones, row->zone);
    if (status == RZ_OK && !rz_keyroll_kind_parse(&kind, rz_str_of(row->kind)))
        status = RZ_INVALID;
    if (status == RZ_OK)
        status = rz_rolling_set(&rolling, kind, row);
    if (status == RZ_OK) {
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

static void show_row(struct rollovers *all, const struct rz_keyroll *row)
{
    char started[STAMP], due[STAMP];
    size_t count;
    enum rz_keyroll_kind kind;
    if (!rz_keyroll_kind_parse(&kind, rz_str_of(row->kind)))
        return;
    const struct rz_keyroll_step *steps = rz_keyroll_steps(kind, &count);
    size_t at = (size_t)row->step < count ? (size_t)row->step : count - 1;
    const char *next = !row->done ? steps[at].text : at + 1 < count ? steps[at + 1].text : "";
    stamp(started, row->started);
    stamp(due, row->done ? row->since + row->wait : row->since);
    rz_json_comma(&all->json);
    rz_buffer_char(&all->json, '{');
    rz_json_text(&all->json, "kind", row->kind);
    rz_json_text(&all->json, "next", next);
    rz_json_text(&all->json, "not_before", due);
    rz_json_text(&all->json, "provider", row->target);
    rz_json_text(&all->json, "started", started);
    rz_json_int(&all->json, "steps_done", row->step + row->done);
    rz_json_int(&all->json, "steps", (int64_t)count);
    rz_json_text(&all->json, "zone", row->zone);
    rz_buffer_char(&all->json, '}');
    if (!all->cli->json)
        rz_buffer_printf(&all->cli->out.text,
                         "%s at %s: %s, begun %s, %" PRId64 " of %zu steps; not before %s: %s\n",
                         row->zone, row->target, row->kind, started, row->step + row->done, count,
                         due, next);
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
    const struct rz_keyroll *row = status == RZ_OK ? find_row(&all, cli->arguments[0]) : NULL;
    if (status == RZ_OK && !row) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ6010, rz_place_named(cli->arguments[0]),
                                            "no roll-over of the zone is under way");
        rz_diag_hint(&cli->diags, diag, "`rezone dnssec rollover status` lists them");
        status = RZ_NOT_FOUND;
    }
    if (status == RZ_OK && !rz_cli_ask(cli, "Forget the roll-over? The keys stay as they are."))
        status = RZ_CANCELLED;
    if (status == RZ_OK)
        status = rz_journal_end_keyroll(all.journal, row->zone, row->target, &cli->diags);
    if (status == RZ_OK)
        finish(&all, "steps");
    close_all(&all);
    return rz_cli_exit(status);
}
