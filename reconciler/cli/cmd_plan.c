/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan and apply. */
#include "cli/commands.h"
#include "cli/plan_files.h"
#include "cli/reports.h"
#include "cli/run_plan.h"
#include "cli/tell.h"
#include "plan/blame.h"
#include "project/git.h"
#include "zone_cache.h"

/* The exit code of a plan that was shown. */
static int plan_exit(const struct rz_plan *plan, enum rz_status status)
{
    if (status != RZ_OK)
        return rz_cli_exit(status);
    return plan->has_changes ? RZ_EXIT_CHANGES : RZ_EXIT_DONE;
}

/* What is shown of a plan. */
struct shown {
    const struct rz_plan *plan;
    const struct rz_buffer *json;
    const char *path; /* where it was saved, NULL */
};

static void show_own(struct rz_cli *cli, void *user)
{
    const struct shown *shown = user;
    if (cli->json) {
        rz_buffer_str(&cli->out.text, rz_buffer_view(shown->json));
        return;
    }
    rz_report_plan(&cli->out, shown->plan);
    if (shown->path && shown->plan->offline)
        rz_buffer_printf(&cli->out.text, "Written to %s, for review: it was made offline.\n",
                         shown->path);
    else if (shown->path)
        rz_buffer_printf(&cli->out.text, "Written to %s; apply it with: rezone apply %s\n",
                         shown->path, shown->path);
}

static void show(struct rz_cli *cli, struct shown *shown)
{
    struct rz_report report;
    rz_cli_report_init(cli, &report, "plan", "DNS plan");
    if (rz_cli_wants_model(cli)) {
        rz_report_fill_plan(&report, shown->plan);
        if (shown->path && !shown->plan->offline)
            report.next = rz_arena_printf(&report.arena, "rezone apply %s", shown->path);
        rz_report_add_diags(&report, &cli->diags, true);
        rz_report_finish(&report);
    }
    rz_cli_report(cli, &report, show_own, shown);
    rz_report_free(&report);
}

static int show_and_save(struct rz_cli *cli, struct rz_project *project,
                         const struct rz_zone_list *zones, struct rz_plan *plan,
                         enum rz_status status)
{
    const char *path = cli->options.last[RZ_OPT_PLAN_FILE],
               *key = cli->options.last[RZ_OPT_SIGN_KEY];
    int exit_code = plan_exit(plan, status);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (path || rz_cli_wants(cli, RZ_FORMAT_JSON)) {
        if (rz_project_digest(project, zones, plan->reads, plan->sources_digest, &cli->diags)
            != RZ_OK)
            return RZ_EXIT_ERROR;
        rz_plan_file_write(&text, plan, rz_report_diags_json, &cli->diags);
        if (key && rz_plan_file_sign(&text, key, &cli->diags) != RZ_OK)
            return RZ_EXIT_ERROR;
    }
    bool saved = path && exit_code != RZ_EXIT_ERROR;
    if (saved && !rz_cli_write_plan(cli, path, &text))
        return RZ_EXIT_ERROR;
    if (plan->has_changes && !cli->options.given[RZ_OPT_OFFLINE])
        rz_cli_tell_planned(cli, project, plan);
    show(cli, &(struct shown){plan, &text, saved ? path : NULL});
    return exit_code;
}

/* A plan of some zones names them, so that their inputs alone count when it is applied. */
static struct rz_strings names_of(struct rz_cli *cli, const struct rz_zone_list *zones)
{
    char name[RZ_NAME_TEXT_MAX];
    const char **names = rz_arena_alloc(&cli->arena, (zones->count + 1) * sizeof *names);
    for (size_t i = 0; i < zones->count; i++)
        names[i] = rz_arena_strdup(&cli->arena,
                                   rz_name_text_plain(name, zones->items[i].apex.wire));
    return (struct rz_strings){names, zones->count};
}

static int plan_zones(struct rz_cli *cli, struct rz_project *project,
                      const struct rz_zone_list *zones)
{
    struct rz_plan plan = {0};
    struct rz_zone_list chosen = {0};
    const char *since = cli->options.last[RZ_OPT_SINCE];
    int exit_code = RZ_EXIT_ERROR;
    if (cli->options.given[RZ_OPT_UNTRUSTED] && !cli->options.given[RZ_OPT_OFFLINE]) {
        rz_diags_add(
            &cli->diags, RZ9001, (struct rz_place){0},
            "--untrusted goes with --offline: servers and secrets are not for strangers' files");
        return RZ_EXIT_ERROR;
    }
    if (!since || rz_git_select(&chosen, project, zones, since, &cli->diags) == RZ_OK) {
        enum rz_status status = rz_cli_plan(cli, &plan, project, since ? &chosen : zones);
        if (chosen.count) {
            plan.selection = names_of(cli, &chosen);
            zones = &chosen;
        }
        if (plan.has_changes)
            rz_cli_note_freeze(cli, project, false);
        if (cli->options.given[RZ_OPT_BLAME])
            rz_plan_blame(&plan, project, zones, &cli->diags);
        if (plan.id[0])
            exit_code = show_and_save(cli, project, zones, &plan, status);
    }
    rz_plan_free(&plan);
    rz_zone_list_free(&chosen);
    return exit_code;
}

int rz_command_plan(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    int exit_code = RZ_EXIT_ERROR;
    struct rz_strings globs = rz_cli_globs(cli);
    if (rz_cli_open(cli, &project, &zones, &globs))
        exit_code = plan_zones(cli, &project, &zones);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return exit_code;
}

int rz_cli_apply_plan(struct rz_cli *cli, struct rz_project *project, struct rz_plan *plan,
                      const struct rz_zone_list *zones, const char *command)
{
    bool asks = zones && !cli->options.given[RZ_OPT_YES];
    bool may = rz_cli_may_apply(cli, plan);
    bool may_begin = may && plan->has_changes && rz_cli_may_begin(cli, project, plan);
    if (asks || !may_begin)
        rz_cli_show_plan(cli, plan);
    if (may && !plan->has_changes)
        return zones ? rz_cli_nothing_to_do(cli, project, zones) : RZ_EXIT_DONE;
    if (!may_begin)
        return RZ_EXIT_REFUSED;
    if (asks && !rz_cli_ask(cli, "Apply these changes?"))
        return RZ_EXIT_ERROR;
    /* Which of it this process does is not known yet. */
    if (!asks && !cli->options.given[RZ_OPT_QUEUE])
        rz_cli_begin_to_show(cli, plan);
    return rz_cli_run_plan(cli, project, plan, command, NULL);
}

static int apply_fresh(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_plan plan = {0};
    int exit_code = RZ_EXIT_ERROR;
    struct rz_strings globs = rz_cli_globs(cli);
    if (rz_cli_open(cli, &project, &zones, &globs)) {
        enum rz_status status = rz_cli_plan(cli, &plan, &project, &zones);
        if (status == RZ_OK || status == RZ_REFUSED)
            exit_code = rz_cli_apply_plan(cli, &project, &plan, &zones, "apply");
        else if (plan.id[0])
            rz_cli_show_plan(cli, &plan);
    }
    rz_plan_free(&plan);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return exit_code;
}

static enum rz_status digest_now(struct rz_cli *cli, struct rz_project *project,
                                 const struct rz_plan *plan, const struct rz_zone_list *zones,
                                 char digest[65])
{
    struct rz_reads *reads = rz_reads_new();
    for (size_t i = 0; i < plan->read_paths.count; i++)
        rz_reads_load(reads, cli->context.project_dir, plan->read_paths.items[i]);
    enum rz_status status = rz_project_digest(project, zones, reads, digest, &cli->diags);
    rz_reads_free(reads);
    return status;
}

/* The inputs as they are now, of the zones that the plan was made for. */
static enum rz_status check_plan_file(struct rz_cli *cli, struct rz_project *project,
                                      const struct rz_plan *plan)
{
    char digest[65];
    struct rz_zone_list zones = {0};
    bool compare = !cli->options.given[RZ_OPT_IGNORE_SOURCES];
    enum rz_status status = RZ_OK;
    bool none = plan->selection.count && strcmp(plan->selection.items[0], RZ_SELECTION_NONE) == 0;
    if (compare && !none)
        status = rz_project_zones(project, &plan->selection, &zones, &cli->diags);
    if (compare && status == RZ_OK)
        status = digest_now(cli, project, plan, &zones, digest);
    if (status == RZ_OK && plan->offline) {
        rz_diags_add(&cli->diags, RZ5505, (struct rz_place){0},
                     "the plan was made with --offline and says nothing of what is live");
        status = RZ_REFUSED;
    }
    if (status == RZ_OK)
        status = rz_plan_file_check(plan, cli->context.now(cli->context.user),
                                    compare ? digest : NULL, &cli->diags);
    rz_zone_list_free(&zones);
    return status;
}

static enum rz_status refuse_command(struct rz_cli *cli, const struct rz_project *project,
                                     const struct rz_check *check, enum rz_code code)
{
    struct rz_diag *diag;
    struct rz_place place = {.name = check->file, .line = check->line, .column = check->column};
    if (code == RZ5112) {
        diag = rz_diags_add(&cli->diags, code, place, "the check runs %s, which %s does not allow",
                            check->command.items[0], project->source.name);
        rz_diag_hint(&cli->diags, diag, "say `verify: {exec: true}` in %s", project->source.name);
    } else {
        diag = rz_diags_add(&cli->diags, code, place,
                            "the plan's check runs %s, and the files here have no such check",
                            check->command.items[0]);
        rz_diag_hint(&cli->diags, diag, "apply it where its files are, with the same -D and --env");
    }
    return RZ_REFUSED;
}

/* Whether the zone's document, as it is here, has the check. */
static bool is_in_files(struct rz_cli *cli, struct rz_project *project,
                        const struct rz_zone_list *zones, const struct rz_zone_plan *plan,
                        const struct rz_check *check)
{
    struct rz_zone zone;
    struct rz_zone_settings settings;
    bool found = false;
    for (size_t i = 0; i < zones->count && !found; i++) {
        if (!rz_name_equal(zones->items[i].apex.wire, plan->apex.wire))
            continue;
        if (rz_project_load_zone(project, &zones->items[i], &zone, &settings, &cli->diags) == RZ_OK)
            for (size_t k = 0; k < settings.check_count; k++)
                found |= rz_check_equal(&settings.checks[k], check);
        rz_zone_free(&zone);
    }
    return found;
}

/* A plan file is data. What it has rezone run must be in the project's own files. */
static enum rz_status check_commands(struct rz_cli *cli, struct rz_project *project,
                                     const struct rz_plan *plan)
{
    struct rz_zone_list zones = {0};
    enum rz_status status = RZ_OK;
    bool listed = false;
    for (size_t i = 0; i < plan->count; i++)
        for (size_t k = 0; k < plan->zones[i]->check_count; k++) {
            const struct rz_check *check = &plan->zones[i]->checks[k];
            if (check->kind != RZ_CHECK_EXEC)
                continue;
            if (!listed
                && rz_project_zones(project, &plan->selection, &zones, &cli->diags) == RZ_OK)
                listed = true;
            if (!project->verify.exec)
                status = refuse_command(cli, project, check, RZ5112);
            else if (!listed || !is_in_files(cli, project, &zones, plan->zones[i], check))
                status = refuse_command(cli, project, check, RZ5113);
        }
    rz_zone_list_free(&zones);
    return status;
}

/* What workers of a queue cannot do together. */
static bool check_queue(struct rz_cli *cli, const struct rz_project *project)
{
    if (!cli->options.given[RZ_OPT_QUEUE] || project->apply.on_failure != RZ_ROLLBACK_RUN)
        return true;
    struct rz_diag *diag = rz_diags_add(
        &cli->diags, RZ5601, rz_place_named(project->source.name),
        "`on_failure: rollback_run` does not go with --queue: each worker is a run of its own");
    rz_diag_hint(&cli->diags, diag,
                 "write `on_failure: rollback_batch` or `stop`; `batch: {canary: …}` tries a few "
                 "zones first");
    return false;
}

static int apply_file(struct rz_cli *cli, const char *path)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_project project;
    struct rz_plan plan = {0};
    int exit_code = RZ_EXIT_ERROR;
    static const enum rz_option_id fixed[] = {RZ_OPT_ZONE, RZ_OPT_SHARD, RZ_OPT_MODE,
                                              RZ_OPT_TARGET};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (cli->options.given[fixed[i]]) {
            rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                         "--%s does not go with a plan file", rz_cli_options[fixed[i]].name);
            return RZ_EXIT_ERROR;
        }
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        enum rz_status status = check_queue(cli, &project)
                                    ? rz_cli_read_plan(cli, path, &plan, &text)
                                    : RZ_INVALID;
        if (status == RZ_OK)
            status = check_plan_file(cli, &project, &plan);
        if (status == RZ_OK)
            status = check_commands(cli, &project, &plan);
        exit_code = status == RZ_OK ? rz_cli_apply_plan(cli, &project, &plan, NULL, "apply")
                                    : rz_cli_exit(status);
    }
    rz_plan_free(&plan);
    rz_project_free(&project);
    return exit_code;
}

int rz_command_apply(struct rz_cli *cli)
{
    /* Writing entries would delay the change; the next plan keeps what it reads. */
    rz_zone_cache_freeze(cli->context.cache);
    if (cli->options.given[RZ_OPT_QUEUE] && !cli->argument_count) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5602, (struct rz_place){0},
                                            "--queue takes the zones of a plan file, the same for "
                                            "all workers");
        rz_diag_hint(&cli->diags, diag,
                     "once: rezone plan -o plan.json; then each: rezone apply plan.json --queue");
        return RZ_EXIT_ERROR;
    }
    return cli->argument_count ? apply_file(cli, cli->arguments[0]) : apply_fresh(cli);
}
