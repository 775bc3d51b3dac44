/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec rollover plan: the timetable of an exchange of keys, with the TTLs that there are. What it shows is
 * what `dnssec rollover start` and `step` do. */
#include "cli/commands.h"
#include "cli/rolling.h"
#include "cli/rollover.h"
#include "support/json_write.h"

#define MARGIN 3600 /* seconds, where --margin is not given */

bool rz_rollover_argument(struct rz_cli *cli, enum rz_rollover_kind *kind)
{
    RZ_BUFFER_CLEANUP struct rz_buffer hint = {0};
    if (rz_rollover_kind_parse(kind, rz_str_of(cli->arguments[1])))
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, rz_place_named(cli->arguments[1]),
                                        "there is no such kind of roll-over");
    for (int i = 0; i < RZ_ROLLOVER_KINDS; i++)
        rz_buffer_printf(&hint, "%s%s",
                         i == 0                       ? ""
                         : i + 1 == RZ_ROLLOVER_KINDS ? " or "
                                                      : ", ",
                         rz_rollover_kinds[i]);
    rz_diag_hint(&cli->diags, diag, "%s", hint.data);
    return false;
}

int64_t rz_rollover_margin(const struct rz_cli *cli)
{
    uint64_t seconds = cli->options.given[RZ_OPT_EMERGENCY] ? 0 : MARGIN;
    const char *text = cli->options.last[RZ_OPT_MARGIN];
    if (text)
        rz_duration_parse(&seconds, rz_str_of(text));
    return (int64_t)seconds;
}

bool rz_rollover_ahead(struct rz_rollover_ahead *ahead, const struct rz_rollover_row *row)
{
    enum rz_rollover_kind kind;
    if (!rz_rollover_kind_parse(&kind, rz_str_of(row->kind)))
        return false;
    *ahead = (struct rz_rollover_ahead){
        .kind = kind, .due = row->done ? row->since + row->wait : row->since, .begun = !row->done};
    const struct rz_rollover_step *steps = rz_rollover_steps(kind, &ahead->steps);
    size_t next = (size_t)row->step + row->done; /* the row goes with its last step */
    if (row->step < 0 || next >= ahead->steps)
        return false;
    ahead->step = next + 1;
    ahead->text = steps[next].text;
    return true;
}

/* ---- how it is shown */

static void put_wait(struct rz_buffer *out, const struct rz_rolling *r,
                     const struct rz_rollover_step *step)
{
    static const char *const of[] = {[RZ_WAIT_KEYS] = "DNSKEY TTL",
                                     [RZ_WAIT_DATA] = "largest TTL",
                                     [RZ_WAIT_BOTH] = "largest TTL",
                                     [RZ_WAIT_DS] = "DS TTL"};
    const struct rz_rollover_times *times = &r->times;
    int64_t wait = rz_rollover_wait_time(step, times);
    if (step->at_parent)
        rz_buffer_pad(out, ' ', 23), rz_buffer_text(out, "until the parent's servers have it\n");
    if (step->wait == RZ_WAIT_NOTHING)
        return;
    rz_buffer_pad(out, ' ', 23);
    rz_buffer_text(out, "then ");
    rz_duration_print(out, (uint64_t)wait);
    rz_buffer_printf(out, ": %s ",
                     step->wait == RZ_WAIT_KEYS && r->csk ? "largest TTL" : of[step->wait]);
    rz_duration_print(out, (uint64_t)(wait - times->margin));
    if (times->margin) {
        rz_buffer_text(out, ", margin ");
        rz_duration_print(out, times->margin);
    }
    rz_buffer_char(out, '\n');
}

static void report_text(const struct rz_rolling *r, const int64_t *at, int64_t end)
{
    char time[RZ_TIME_TEXT_MAX];
    bool parent = false;
    struct rz_buffer *out = &r->cli->out.text;
    rz_buffer_printf(out, "%s at %s: %s, %zu steps\n", r->name, r->target,
                     rz_rollover_kinds[r->kind], r->count);
    for (size_t i = 0; i < r->count; i++) {
        rz_buffer_printf(out, "  %s  %s: %s\n", rz_time_text(time, at[i]), r->steps[i].name,
                         r->steps[i].text);
        put_wait(out, r, &r->steps[i]);
        parent |= r->steps[i].at_parent;
    }
    rz_buffer_printf(out, "  %s  end\n", rz_time_text(time, end));
    if (!r->ds_known && parent)
        rz_buffer_text(out, "The parent has no DS, or did not say: its TTL is taken for a day.\n");
}

static void steps_json(struct rz_buffer *json, const struct rz_rolling *r, const int64_t *at)
{
    rz_json_key(json, "steps");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < r->count; i++) {
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_time(json, "at", at[i]);
        rz_json_bool(json, "at_parent", r->steps[i].at_parent);
        rz_json_text(json, "name", r->steps[i].name);
        rz_json_text(json, "text", r->steps[i].text);
        rz_json_int(json, "wait", rz_rollover_wait_time(&r->steps[i], &r->times));
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void report_json(const struct rz_rolling *r, const int64_t *at, int64_t end)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_int(&json, "data_ttl", r->times.data_ttl);
    rz_json_int(&json, "dnskey_ttl", r->times.keys_ttl);
    rz_json_bool(&json, "ds_known", r->ds_known);
    rz_json_int(&json, "ds_ttl", r->times.ds_ttl);
    rz_json_time(&json, "end", end);
    rz_json_text(&json, "kind", rz_rollover_kinds[r->kind]);
    rz_json_int(&json, "margin", r->times.margin);
    steps_json(&json, r, at);
    rz_json_text(&json, "target", r->target);
    rz_json_text(&json, "zone", r->name);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(r->cli, &json);
}

int rz_command_dnssec_rollover_plan(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_rolling rolling;
    enum rz_rollover_kind kind;
    int64_t at[RZ_ROLLOVER_STEPS_MAX];
    enum rz_status status = RZ_INVALID;
    if (!rz_rollover_argument(cli, &kind))
        return RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, &zones, NULL)) {
        if (cli->options.given[RZ_OPT_PARENT])
            project.verify.parents = cli->options.all[RZ_OPT_PARENT];
        status = rz_rolling_open(&rolling, cli, &project, &zones, cli->arguments[0]);
        if (status == RZ_OK)
            status = rz_rolling_set(&rolling, kind, NULL, rz_rollover_margin(cli));
        if (status == RZ_OK)
            status = rz_rolling_ask_parent(&rolling);
        if (status == RZ_OK) {
            int64_t now = cli->context.now(cli->context.user);
            int64_t end = rz_rollover_timetable(kind, &rolling.times, now, at);
            (cli->json ? report_json : report_text)(&rolling, at, end);
        }
        rz_rolling_close(&rolling);
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rz_cli_exit(status);
}
