/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec ds show, set, remove: the DS records of a zone's keys, and its parent. */
#include <inttypes.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/rolling.h"
#include "report/report.h"
#include "support/json_write.h"

static void note_time(void *user, const struct rz_history_change *change)
{
    int64_t *time = user;
    if (!*time && strcmp(change->status, "committed") == 0 && !change->before)
        *time = change->time;
}

enum rz_status rz_rolling_wait_for_signatures(struct rz_rolling *r, struct rz_journal *journal)
{
    struct rz_history_filter filter = {
        .zone = r->name, .owner = r->name, .type = "DNSSECKEY", .limit = 1};
    int64_t began = 0, now = r->cli->context.now(r->cli->context.user);
    enum rz_status status = rz_journal_changes(journal, &filter, note_time, &began, &r->cli->diags);
    for (size_t i = 0; i < r->live.count; i++)
        if (r->live.rrsets[i].ttl > r->times.data_ttl)
            r->times.data_ttl = r->live.rrsets[i].ttl;
    if (status != RZ_OK || !began || now > began + (int64_t)r->times.data_ttl
        || r->cli->options.given[RZ_OPT_FORCE])
        return status;
    struct rz_diag *diag = rz_diags_add(&r->cli->diags, RZ6009, rz_place_named(r->name),
                                        "the zone was signed %" PRId64
                                        " s ago, and resolvers may have answers without signatures "
                                        "for %u s",
                                        now - began, r->times.data_ttl);
    rz_diag_hint(&r->cli->diags, diag, "wait that long, or say --force");
    return RZ_REFUSED;
}

static void write_lines(struct rz_buffer *json, const char *key, const struct rz_buffer *lines)
{
    rz_json_key(json, key);
    rz_buffer_char(json, '[');
    for (const char *line = lines->size ? lines->data : ""; *line;) {
        size_t size = strcspn(line, "\n");
        rz_json_comma(json);
        rz_json_string(json, (struct rz_str){line, size});
        line += size + (line[size] == '\n');
    }
    rz_buffer_char(json, ']');
}

static void print_lines(struct rz_buffer *out, const char *title, const struct rz_buffer *lines)
{
    rz_buffer_printf(out, "%s\n", title);
    for (const char *line = lines->size ? lines->data : ""; *line;) {
        size_t size = strcspn(line, "\n");
        rz_buffer_printf(out, "  %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    if (lines->size == 0)
        rz_buffer_text(out, "  none\n");
}

static void report(struct rz_rolling *r, const struct rz_buffer *wanted,
                   const struct rz_buffer *seen, bool as_wished)
{
    struct rz_cli *cli = r->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!cli->json) {
        print_lines(&cli->out.text, "DS that the parent shall have:", wanted);
        print_lines(&cli->out.text, "DS that the parent has:", seen);
        return;
    }
    rz_buffer_char(&json, '{');
    rz_json_bool(&json, "as_wished", as_wished);
    rz_json_key(&json, "diagnostics");
    rz_report_diags_json(&json, &cli->diags);
    write_lines(&json, "seen", seen);
    write_lines(&json, "wanted", wanted);
    rz_json_text(&json, "zone", r->name);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

struct searching {
    struct rz_rolling *rolling;
    bool found;
};

static void find_rollover(void *user, const struct rz_rollover_row *row)
{
    struct searching *searching = user;
    searching->found |= strcmp(row->zone, searching->rolling->name) == 0;
}

/* A roll-over says itself which DS the parent shall have; and a zone that was signed just now is not
 * signed for all. */
static enum rz_status check_time(struct rz_rolling *r, enum rz_ds_wish wish)
{
    struct rz_journal *journal;
    struct searching searching = {.rolling = r};
    enum rz_status status = rz_journal_open(&journal, r->project->state, &r->cli->context,
                                            &r->cli->diags);
    if (status == RZ_OK)
        status = rz_journal_rollovers(journal, find_rollover, &searching, &r->cli->diags);
    if (status == RZ_OK && searching.found) {
        rz_rolling_refuse(r, "a roll-over of the zone is under way, which sets the DS in its turn",
                          "`rezone dnssec rollover step` goes on with it, `cancel` forgets it");
        status = RZ_REFUSED;
    }
    if (status == RZ_OK && wish == RZ_DS_SET)
        status = rz_rolling_wait_for_signatures(r, journal);
    rz_journal_close(journal);
    return status;
}

static int run(struct rz_cli *cli, enum rz_ds_wish wish)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_rolling rolling;
    RZ_BUFFER_CLEANUP struct rz_buffer wanted = {0}, seen = {0};
    bool as_wished = false;
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, &zones, NULL)) {
        status = rz_rolling_open(&rolling, cli, &project, &zones, cli->arguments[0]);
        if (status == RZ_OK && wish != RZ_DS_SHOW)
            status = check_time(&rolling, wish);
        if (status == RZ_OK)
            status = rz_rolling_ds(&rolling, wish, &wanted, &seen, &as_wished);
        if (status == RZ_OK)
            report(&rolling, &wanted, &seen, as_wished);
        rz_rolling_close(&rolling);
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return status != RZ_OK ? rz_cli_exit(status) : as_wished ? RZ_EXIT_DONE : RZ_EXIT_CHANGES;
}

int rz_command_dnssec_ds_show(struct rz_cli *cli)
{
    return run(cli, RZ_DS_SHOW);
}

int rz_command_dnssec_ds_set(struct rz_cli *cli)
{
    return run(cli, RZ_DS_SET);
}

int rz_command_dnssec_ds_remove(struct rz_cli *cli)
{
    return run(cli, RZ_DS_REMOVE);
}
