/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drift: what is live otherwise than the files say; taking it over, or putting it back. */
#include "cli/cmd_drift.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/metrics.h"
#include "cli/reports.h"
#include "cli/run_plan.h"
#include "cli/tell.h"
#include "dns/rtype.h"
#include "journal/applied.h"
#include "report/drift.h"
#include "support/alloc.h"
#include "support/file.h"
#include "support/json_write.h"

static bool wrong_use(struct rz_cli *cli, const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "%s", what);
    if (hint)
        rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static bool read_options(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    uint64_t run = 0;
    const char *watch = cli->options.last[RZ_OPT_WATCH];
    bool adopt = cli->options.given[RZ_OPT_ADOPT], repair = cli->options.given[RZ_OPT_REPAIR];
    if (adopt + repair + (watch != NULL) > 1)
        return wrong_use(cli, "--adopt, --repair and --watch do not go together", NULL);
    if (cli->options.given[RZ_OPT_FORCE] && !adopt)
        return wrong_use(cli, "--force goes with --adopt", "`--repair --allow RULE` loosens rules");
    if (cli->options.given[RZ_OPT_LISTEN] && !watch)
        return wrong_use(cli, "--listen goes with --watch", NULL);
    if (watch
        && (!rz_duration_parse(&drifting->interval, rz_str_of(watch)) || drifting->interval == 0))
        return wrong_use(cli, "--watch takes an interval", "such as 10m or 90s");
    if (!rz_cli_number(cli, RZ_OPT_SINCE, INT64_MAX, &run))
        return false;
    drifting->options = (struct rz_drift_options){
        .since = (int64_t)run,
        .targets = cli->options.all[RZ_OPT_TARGET],
        .provider = cli->options.last[RZ_OPT_PROVIDER],
        .globs = rz_cli_globs(cli),
        .lenient = cli->options.given[RZ_OPT_LENIENT],
    };
    return true;
}

static bool open_journal(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    const char *state = drifting->project.state;
    if (!rz_journal_is_kept(state)) {
        if (drifting->options.since)
            return wrong_use(cli, "--since RUN needs a journal, and `state: none` keeps none",
                             NULL);
        return true;
    }
    if (rz_journal_open(&drifting->journal, state, &cli->context, &cli->diags) != RZ_OK)
        return false;
    drifting->options.journal = drifting->journal;
    rz_project_applied_from(&drifting->project, drifting->journal);
    return true;
}

static bool check_provider(struct rz_drifting *drifting)
{
    const char *name = drifting->options.provider;
    for (size_t i = 0; name && i < drifting->project.provider_count; i++)
        if (strcmp(drifting->project.providers[i].name, name) == 0)
            return true;
    if (name)
        rz_project_no_provider(&drifting->project, RZ9001, (struct rz_place){0}, name,
                               &drifting->cli->diags);
    return !name;
}

static void write_metrics(struct rz_cli *cli, struct rz_str text)
{
    const char *path = cli->options.last[RZ_OPT_METRICS];
    if (!path)
        return;
    const char *slash = strrchr(path, '/');
    char *directory = slash ? rz_arena_printf(&cli->arena, "%.*s/", (int)(slash - path), path)
                            : rz_arena_strdup(&cli->arena, ".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || rz_file_replace(fd, slash ? slash + 1 : path, text, 0644) != RZ_OK)
        rz_diags_add(&cli->diags, RZ5404, rz_place_named(path), "cannot be written: %s",
                     strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void write_adoptions(struct rz_buffer *json, const struct rz_adoptions *adoptions)
{
    rz_json_key(json, "adoptions");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < adoptions->count; i++) {
        char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
        const struct rz_adoption *adoption = &adoptions->items[i];
        const struct rz_drift_rrset *rrset = adoption->rrset;
        const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_bool(json, "adopted", adoption->adopted);
        rz_json_text(json, "file", adoption->adopted ? adoption->how : NULL);
        rz_json_text(json, "owner", rz_name_text(owner, subject->owner));
        rz_json_text(json, "target", adoption->zone->target);
        rz_json_text(json, "type", rz_rtype_text(type, subject->type));
        rz_json_text(json, "why_not", adoption->adopted ? NULL : adoption->how);
        rz_json_text(json, "zone", adoption->zone->name);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void make_json(struct rz_drifting *drifting, struct rz_buffer *json)
{
    rz_report_drift_json(json, &drifting->drift);
    write_adoptions(json, &drifting->adoptions);
    rz_json_key(json, "diagnostics");
    rz_report_diags_json(json, &drifting->cli->diags);
    rz_json_int(json, "exit", rz_drift_exit(&drifting->drift));
    rz_buffer_text(json, "}\n");
    rz_cli_requests_json(drifting->cli, json);
}

static void report_adoptions(struct rz_cli *cli, const struct rz_adoptions *adoptions)
{
    for (size_t i = 0; i < adoptions->count; i++) {
        char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
        const struct rz_adoption *adoption = &adoptions->items[i];
        const struct rz_drift_rrset *rrset = adoption->rrset;
        const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
        rz_name_text_relative(owner, subject->owner, adoption->zone->apex.wire);
        rz_rtype_text(type, subject->type);
        if (adoption->adopted) {
            if (rz_cli_is_text(cli))
                rz_buffer_printf(&cli->out.text, "adopted from %s: %s %s, in %s\n",
                                 adoption->zone->target, owner, type, adoption->how);
            continue;
        }
        struct rz_place place = {.name = rrset->file ? rrset->file : adoption->zone->entry->path,
                                 .line = rrset->file && rrset->desired ? rrset->desired->line : 0,
                                 .column = rrset->file && rrset->desired ? rrset->desired->column
                                                                         : 0};
        rz_diags_add(&cli->diags, RZ5401, place, "%s %s of %s was not adopted from %s: %s", owner,
                     type, adoption->zone->name, adoption->zone->target, adoption->how);
    }
}

/* The command's own forms. */
static void show_own(struct rz_cli *cli, void *user)
{
    struct rz_drifting *drifting = user;
    if (cli->json)
        make_json(drifting, &cli->out.text);
    else
        rz_report_drift(&cli->out, &drifting->drift);
    rz_output_pulse(&cli->out);
}

static void show(struct rz_drifting *drifting)
{
    struct rz_report report;
    struct rz_cli *cli = drifting->cli;
    rz_cli_rewind_reports(cli);
    rz_cli_report_init(cli, &report, "drift", "DNS drift");
    if (rz_cli_wants_model(cli)) {
        rz_report_fill_drift(&report, &drifting->drift);
        rz_report_add_diags(&report, &cli->diags, true);
        rz_report_finish(&report);
    }
    rz_cli_report(cli, &report, show_own, drifting);
    rz_report_free(&report);
}

void rz_drifting_report(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0}, metrics = {0};
    for (size_t i = 0; i < drifting->drift.count; i++)
        rz_diags_take(&cli->diags, &drifting->drift.zones[i]->diags);
    rz_report_drift_metrics(&metrics, &drifting->drift);
    write_metrics(cli, rz_buffer_view(&metrics));
    if (drifting->listener) {
        make_json(drifting, &json);
        rz_listener_publish(drifting->listener, rz_buffer_view(&metrics), rz_buffer_view(&json));
    }
    show(drifting);
}

/* Takes over, and looks again: what is left is the result. */
static int adopt(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    struct rz_drift before = drifting->drift;
    size_t errors = cli->diags.errors;
    rz_drift_adopt(&drifting->adoptions, &before, &drifting->project, drifting->journal,
                   cli->options.given[RZ_OPT_FORCE], &cli->diags);
    report_adoptions(cli, &drifting->adoptions);
    if (drifting->adoptions.adopted) {
        rz_drift_make(&drifting->drift, &drifting->project, &drifting->zones, &drifting->options,
                      &cli->diags);
        rz_drifting_report(drifting);
        rz_drift_free(&before);
    } else if (!rz_cli_is_text(cli)) {
        rz_drifting_report(drifting);
    }
    int exit_code = rz_drift_exit(&drifting->drift);
    return cli->diags.errors > errors ? RZ_EXIT_ERROR : exit_code;
}

/* The zones that drifted, through plan, policy, apply and verification as ever. */
static int repair(struct rz_drifting *drifting)
{
    struct rz_plan plan = {0};
    struct rz_zone_list some = {0};
    struct rz_cli *cli = drifting->cli;
    some.items = rz_alloc((drifting->zones.count + 1) * sizeof *some.items);
    for (size_t i = 0; i < drifting->drift.count; i++) {
        const struct rz_drift_zone *zone = drifting->drift.zones[i];
        bool known = some.count
                     && rz_name_equal(some.items[some.count - 1].apex.wire, zone->apex.wire);
        if (zone->entry && (zone->count || zone->missing) && !known)
            some.items[some.count++] = *zone->entry;
    }
    int exit_code = RZ_EXIT_CHANGES; /* nothing that files could mend */
    rz_cli_rewind_reports(cli);
    if (some.count) {
        enum rz_status status = rz_cli_plan(cli, &plan, &drifting->project, &some);
        exit_code = status == RZ_OK || status == RZ_REFUSED
                        ? rz_cli_apply_plan(cli, &drifting->project, &plan, &some, "drift --repair")
                        : rz_cli_exit(status);
    }
    rz_plan_free(&plan);
    free(some.items);
    return exit_code;
}

static int look_once(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    bool adopting = cli->options.given[RZ_OPT_ADOPT];
    rz_drift_make(&drifting->drift, &drifting->project, &drifting->zones, &drifting->options,
                  &cli->diags);
    rz_cli_tell_drift(drifting);
    int exit_code = rz_drift_exit(&drifting->drift);
    size_t errors = cli->diags.errors;
    bool mending = exit_code == RZ_EXIT_CHANGES && (adopting || cli->options.given[RZ_OPT_REPAIR]);
    if (!mending || rz_cli_is_text(cli)) /* other forms have one result: the last */
        rz_drifting_report(drifting);
    if (!mending)
        return cli->diags.errors > errors ? RZ_EXIT_ERROR : exit_code;
    return adopting ? adopt(drifting) : repair(drifting);
}

static int run(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    const char *listen = cli->options.last[RZ_OPT_LISTEN];
    if (!open_journal(drifting) || !check_provider(drifting))
        return RZ_EXIT_ERROR;
    drifting->project.lint.errors_only = true; /* validate tells the rest */
    if (listen && !(drifting->listener = rz_listener_open(listen, &cli->diags)))
        return RZ_EXIT_ERROR;
    return drifting->interval ? rz_drifting_watch(drifting) : look_once(drifting);
}

int rz_command_drift(struct rz_cli *cli)
{
    struct rz_drifting drifting = {.cli = cli};
    int exit_code = RZ_EXIT_ERROR;
    if (read_options(&drifting)
        && rz_cli_open(cli, &drifting.project, &drifting.zones, &drifting.options.globs))
        exit_code = run(&drifting);
    rz_listener_close(drifting.listener);
    rz_adoptions_free(&drifting.adoptions);
    rz_drift_free(&drifting.drift);
    rz_journal_close(drifting.journal);
    rz_zone_list_free(&drifting.zones);
    rz_project_free(&drifting.project);
    return exit_code;
}
