/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history and show: what the journal knows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/reports.h"
#include "journal/journal.h"
#include "support/json_write.h"

#define LIMIT_MAX 1000000

bool rz_cli_time(struct rz_cli *cli, enum rz_option_id id, int64_t *seconds)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"};
    const char *text = cli->options.last[id];
    uint64_t age;
    if (!text)
        return true;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);
        if (end && *end == '\0') {
            *seconds = (int64_t)timegm(&tm);
            return true;
        }
    }
    if (rz_duration_parse(&age, rz_str_of(text))) {
        *seconds = cli->context.now(cli->context.user) - (int64_t)age;
        return true;
    }
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--%s: `%s` is no time", rz_cli_options[id].name, text);
    rz_diag_hint(&cli->diags, diag, "write 2026-01-31, 2026-01-31T23:59:59Z, or 7d for a week ago");
    return false;
}

/* What is being printed. */
struct listing {
    struct rz_cli *cli;
    struct rz_output *out;    /* for text; NULL: none is wanted */
    struct rz_report *report; /* NULL: none is wanted */
    bool wants_json;
    struct rz_buffer json;
    size_t count;
    bool full; /* one run, with all that is known of it */
};

static void run_json(struct rz_buffer *out, const struct rz_run *run)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "actor", run->actor);
    rz_json_text(out, "command", run->command);
    rz_json_text(out, "commit", run->commit);
    rz_json_int(out, "creates", (int64_t)run->creates);
    rz_json_int(out, "deletes", (int64_t)run->deletes);
    rz_json_time(out, "ended", run->ended);
    rz_json_text(out, "flags", run->flags);
    rz_json_text(out, "host", run->host);
    rz_json_text(out, "plan", run->plan_id);
    rz_json_text(out, "rezone", run->version);
    rz_json_int(out, "run", run->id);
    rz_json_text(out, "signers", run->signers);
    rz_json_time(out, "started", run->started);
    rz_json_text(out, "status", run->status);
    rz_json_int(out, "updates", (int64_t)run->updates);
    rz_json_int(out, "zones", (int64_t)run->zones);
    rz_buffer_char(out, '}');
}

static void print_detail(struct rz_output *out, const char *what, const char *value)
{
    if (!value)
        return;
    rz_buffer_printf(&out->text, "  %s ", what);
    rz_buffer_visible(&out->text, rz_str_of(value));
    rz_buffer_text(&out->text, "\n");
}

static void print_run_details(struct rz_output *out, const struct rz_run *run)
{
    print_detail(out, "with", run->flags);
    print_detail(out, "signed by", run->signers);
}

static void print_run(void *user, const struct rz_run *run)
{
    struct listing *listing = user;
    struct rz_output *out = listing->out;
    char time[RZ_TIME_TEXT_MAX];
    listing->count++;
    if (listing->report)
        rz_report_fill_history(listing->report, run);
    if (listing->wants_json)
        run_json(&listing->json, run);
    if (!out)
        return;
    rz_buffer_printf(&out->text, "%5" PRId64 "  %s  %-12s  ", run->id,
                     rz_time_text(time, run->started), run->status);
    rz_buffer_printf(&out->text, "+%zu ~%zu -%zu in %zu zone%s  ", run->creates, run->updates,
                     run->deletes, run->zones, run->zones == 1 ? "" : "s");
    rz_buffer_visible(&out->text, rz_str_of(run->actor));
    rz_buffer_printf(&out->text, "  %s", run->command);
    if (run->commit)
        rz_buffer_printf(&out->text, "  %.10s", run->commit);
    rz_buffer_text(&out->text, "\n");
    if (listing->full)
        print_run_details(out, run);
    rz_output_pulse(out);
}

static void change_json(struct rz_buffer *out, const struct rz_history_change *change)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "action", change->action);
    rz_json_text(out, "actor", change->actor);
    rz_json_text(out, "after", change->after);
    rz_json_text(out, "before", change->before);
    rz_json_text(out, "commit", change->commit);
    rz_json_text(out, "owner", change->owner);
    rz_json_int(out, "run", change->run);
    rz_json_text(out, "state", change->status);
    rz_json_text(out, "target", change->target);
    rz_json_time(out, "time", change->time);
    rz_json_text(out, "type", change->type);
    rz_json_text(out, "zone", change->zone);
    rz_buffer_char(out, '}');
}

static void print_lines(struct rz_output *out, char sign, const char *lines)
{
    while (lines && *lines) {
        size_t size = strcspn(lines, "\n");
        rz_output_tint(out, sign == '+' ? RZ_TINT_GREEN : RZ_TINT_RED);
        rz_buffer_printf(&out->text, "      %c ", sign);
        rz_buffer_visible(&out->text, (struct rz_str){lines, size});
        rz_output_tint(out, RZ_TINT_NONE);
        rz_buffer_text(&out->text, "\n");
        lines += size + (lines[size] == '\n');
    }
}

static void print_change(void *user, const struct rz_history_change *change)
{
    struct listing *listing = user;
    struct rz_output *out = listing->out;
    char time[RZ_TIME_TEXT_MAX];
    listing->count++;
    if (listing->report)
        rz_report_add_history_change(listing->report, change);
    if (listing->wants_json)
        change_json(&listing->json, change);
    if (!out)
        return;
    rz_buffer_printf(&out->text, "%5" PRId64 "  %s  %s %s  ", change->run,
                     rz_time_text(time, change->time), change->owner, change->type);
    rz_buffer_printf(&out->text, "%s → %s, %s, by ", change->action, change->target,
                     change->status);
    rz_buffer_visible(&out->text, rz_str_of(change->actor));
    if (change->commit)
        rz_buffer_printf(&out->text, ", %.10s", change->commit);
    rz_buffer_text(&out->text, "\n");
    print_lines(out, '-', change->before);
    print_lines(out, '+', change->after);
    rz_output_pulse(out);
}

static bool check_status(struct rz_cli *cli)
{
    static const char *const known[] = {"committed", "rolled_back", "failed", "unknown", "running"};
    const char *status = cli->options.last[RZ_OPT_STATUS];
    for (size_t i = 0; status && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], status) == 0)
            return true;
    if (!status)
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--status cannot be `%s`", status);
    rz_diag_hint(&cli->diags, diag, "one of: committed, rolled_back, failed, unknown, running");
    return false;
}

static bool read_filter(struct rz_cli *cli, struct rz_history_filter *filter)
{
    uint64_t limit = 0, offset = 0;
    *filter = (struct rz_history_filter){.zone = cli->options.last[RZ_OPT_ZONE],
                                         .actor = cli->options.last[RZ_OPT_ACTOR],
                                         .status = cli->options.last[RZ_OPT_STATUS],
                                         .oldest_first = cli->options.given[RZ_OPT_OLDEST_FIRST]};
    bool good = rz_cli_number(cli, RZ_OPT_LIMIT, LIMIT_MAX, &limit)
                && rz_cli_number(cli, RZ_OPT_OFFSET, INT32_MAX, &offset)
                && rz_cli_time(cli, RZ_OPT_SINCE, &filter->since)
                && rz_cli_time(cli, RZ_OPT_UNTIL, &filter->until) && check_status(cli);
    filter->limit = limit;
    filter->offset = offset;
    return good;
}

/* The owner as the journal has it: lower case, A-labels, no final dot. */
static bool read_owner(struct rz_cli *cli, struct rz_history_filter *filter)
{
    struct rz_name name;
    const char *why;
    if (cli->argument_count == 0)
        return true;
    if (rz_name_parse(&name, rz_str_of(cli->arguments[0]), NULL, &why) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ1101, (struct rz_place){0}, "`%s` is no name: %s",
                     cli->arguments[0], why);
        return false;
    }
    char *owner = rz_arena_alloc(&cli->arena, RZ_NAME_TEXT_MAX);
    filter->owner = rz_name_text_plain(owner, name.wire);
    filter->type = cli->argument_count > 1 ? cli->arguments[1] : NULL;
    return true;
}

static enum rz_status open_journal(struct rz_cli *cli, const struct rz_project *project,
                                   struct rz_journal **journal)
{
    if (rz_journal_is_kept(project->state))
        return rz_journal_open(journal, project->state, &cli->context, &cli->diags);
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5206, rz_place_named(project->source.name),
                                        "this project keeps no journal: `state: none`");
    rz_diag_hint(&cli->diags, diag,
                 "write `state: sqlite:.rezone/state.db` to keep one from now on");
    *journal = NULL;
    return RZ_NOT_FOUND;
}

static int list(struct rz_cli *cli, struct rz_project *project,
                const struct rz_history_filter *filter)
{
    struct rz_journal *journal;
    struct listing listing = {
        .cli = cli, .wants_json = cli->json, .out = cli->json ? NULL : &cli->out};
    rz_buffer_text(&listing.json, "[");
    enum rz_status status = open_journal(cli, project, &journal);
    if (status == RZ_OK)
        status = filter->owner
                     ? rz_journal_changes(journal, filter, print_change, &listing, &cli->diags)
                     : rz_journal_runs(journal, filter, print_run, &listing, &cli->diags);
    rz_journal_close(journal);
    if (status == RZ_OK && cli->json) {
        rz_buffer_text(&listing.json, "]\n");
        rz_cli_json(cli, &listing.json);
    } else if (status == RZ_OK && listing.count == 0) {
        rz_buffer_text(&cli->out.text, "Nothing found.\n");
    }
    rz_buffer_free(&listing.json);
    return rz_cli_exit(status);
}

int rz_command_history(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_history_filter filter;
    int exit_code = RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL) && read_filter(cli, &filter)
        && read_owner(cli, &filter))
        exit_code = list(cli, &project, &filter);
    rz_project_free(&project);
    return exit_code;
}

static void zone_json(struct rz_buffer *json, const struct rz_run_zone *zone,
                      const struct rz_verify_record *record)
{
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_time(json, "changed", zone->changed);
    rz_json_bool(json, "created_zone", zone->created_zone);
    rz_json_bool(json, "deleted_zone", zone->deleted_zone);
    rz_json_text(json, "detail", zone->detail);
    rz_json_int(json, "serial_after", zone->serial_after);
    rz_json_int(json, "serial_before", zone->serial_before);
    rz_json_text(json, "state", rz_zone_state_text(zone->state));
    rz_json_text(json, "target", zone->target);
    if (record) {
        rz_json_key(json, "verification");
        rz_verify_record_write(json, &record->report, record->read_back);
    } else {
        rz_json_text(json, "verification", NULL);
    }
    rz_json_text(json, "zone", zone->zone);
    rz_buffer_char(json, '}');
}

static void print_line(struct rz_output *out, const struct rz_run_zone *zone)
{
    rz_buffer_printf(&out->text, "  %s → %s: %s%s%s, +%zu ~%zu -%zu", zone->zone, zone->target,
                     rz_zone_state_text(zone->state), zone->created_zone ? ", zone created" : "",
                     zone->deleted_zone ? ", zone deleted" : "", zone->creates, zone->updates,
                     zone->deletes);
    if (zone->serial_after)
        rz_buffer_printf(&out->text, ", serial %" PRIu32 " → %" PRIu32, zone->serial_before,
                         zone->serial_after);
}

/* What the journal keeps of its verification; NULL: nothing was verified. */
static const struct rz_verify_record *read_verification(struct listing *listing,
                                                        const struct rz_run_zone *zone,
                                                        struct rz_verify_record *record)
{
    *record = (struct rz_verify_record){0};
    if (!zone->verification)
        return NULL;
    if (rz_verify_record_read(record, rz_str_of(zone->verification)))
        return record;
    struct rz_diag *diag = rz_diags_add(
        &listing->cli->diags, RZ5201, rz_place_named(zone->zone),
        "what the journal has of the zone's verification is damaged");
    rz_diag_set_severity(&listing->cli->diags, diag, RZ_WARNING);
    return NULL;
}

static void print_zone(void *user, const struct rz_run_zone *zone)
{
    struct listing *listing = user;
    struct rz_output *out = listing->out;
    struct rz_verify_record read;
    const struct rz_verify_record *record = read_verification(listing, zone, &read);
    if (listing->report)
        rz_report_add_history_zone(listing->report, zone, record);
    if (listing->wants_json)
        zone_json(&listing->json, zone, record);
    if (out) {
        print_line(out, zone);
        if (record && record->read_back)
            rz_buffer_text(&out->text, ", read back");
        if (record)
            rz_report_check_count(out, &record->report);
        if (zone->detail) {
            rz_buffer_text(&out->text, ": ");
            rz_buffer_visible(&out->text, rz_str_of(zone->detail));
        }
        rz_buffer_text(&out->text, "\n");
        if (record)
            rz_report_verification(out, &record->report, "  ");
    }
    rz_verify_report_free(&read.report);
}

/* Reads the run into whatever is wanted. */
static enum rz_status read_run(struct listing *listing, struct rz_journal *journal,
                               const struct rz_history_filter *filter)
{
    struct rz_diags *diags = &listing->cli->diags;
    struct rz_buffer *json = &listing->json;
    struct rz_history_filter only = {.run = filter->run};
    rz_buffer_text(json, "{\"runs\":[");
    enum rz_status status = rz_journal_runs(journal, &only, print_run, listing, diags);
    if (status == RZ_OK && listing->count == 0) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5205, (struct rz_place){0},
                                            "there is no run %" PRId64, filter->run);
        rz_diag_hint(diags, diag, "`rezone history` lists the runs");
        status = RZ_NOT_FOUND;
    }
    rz_buffer_text(json, "],\"zones\":[");
    if (status == RZ_OK)
        status = rz_journal_run_zones(journal, filter->run, print_zone, listing, diags);
    rz_buffer_text(json, "],\"changes\":[");
    if (status == RZ_OK)
        status = rz_journal_changes(journal, filter, print_change, listing, diags);
    rz_buffer_text(json, "]}\n");
    return status;
}

static void show_own(struct rz_cli *cli, void *user)
{
    const struct listing *listing = user;
    if (cli->json)
        rz_buffer_str(&cli->out.text, rz_buffer_view(&listing->json));
    else if (listing->out && listing->out->fd < 0)
        rz_buffer_str(&cli->out.text, rz_buffer_view(&listing->out->text));
}

static enum rz_status show(struct rz_cli *cli, struct rz_journal *journal,
                           const struct rz_history_filter *filter)
{
    struct rz_report report;
    struct rz_output text = {.fd = -1, .color = cli->out.color, .verbose = cli->out.verbose};
    struct listing listing = {
        .cli = cli, .full = true, .wants_json = rz_cli_wants(cli, RZ_FORMAT_JSON)};
    rz_cli_report_init(cli, &report, "show", "DNS run");
    if (rz_cli_wants_model(cli))
        listing.report = &report;
    if (rz_cli_wants(cli, RZ_FORMAT_TEXT)) /* as it comes, where it goes nowhere else */
        listing.out = rz_cli_is_text(cli) && cli->report_count == 0 ? &cli->out : &text;
    enum rz_status status = read_run(&listing, journal, filter);
    if (status == RZ_OK) {
        rz_report_finish(&report);
        rz_cli_report(cli, &report, show_own, &listing);
    }
    rz_report_free(&report);
    rz_buffer_free(&listing.json);
    rz_buffer_free(&text.text);
    return status;
}

int rz_command_show(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_history_filter filter;
    struct rz_journal *journal = NULL;
    enum rz_status status = RZ_INVALID;
    int64_t run;
    if (!rz_cli_run_number(cli, &run))
        return RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL) && read_filter(cli, &filter)) {
        filter.run = run;
        filter.oldest_first = true;
        status = open_journal(cli, &project, &journal);
        if (status == RZ_OK)
            status = show(cli, journal, &filter);
    }
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}
