/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record create, record update, record delete: plans of a few RRsets through the same pipeline as apply,
 * at every provider. */
#include "cli/commands.h"
#include "cli/record.h"
#include "cli/run_plan.h"
#include "support/json_write.h"

static const char *const verbs[] = {"create", "update", "delete"};

/* One envelope a line: each RRset of the plan. `result` NULL: nothing was sent. */
static void report_json(struct rz_cli *cli, enum rz_record_verb verb, const struct rz_plan *plan,
                        const struct rz_run_result *result)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_record_changes_json(cli, &json, verbs[verb], 0, plan, result);
    rz_cli_json(cli, &json);
}

/* Files of the project that will say otherwise. */
static void note_files(struct rz_cli *cli, struct rz_project *project, const struct rz_plan *plan)
{
    struct rz_zone_list zones = {0};
    struct rz_diags unseen = {0};
    char zone[RZ_NAME_TEXT_MAX];
    rz_project_zones(project, &(struct rz_strings){0}, &zones, &unseen);
    for (size_t i = 0; i < plan->count; i++)
        for (size_t k = 0; k < zones.count; k++)
            if (rz_name_equal(zones.items[k].apex.wire, plan->zones[i]->apex.wire)) {
                struct rz_diag *diag = rz_diags_add(
                    &cli->diags, RZ3544, rz_place_named(zones.items[k].path),
                    "%s is kept in this file, which does not change with it",
                    rz_name_text_plain(zone, zones.items[k].apex.wire));
                rz_diag_hint(&cli->diags, diag,
                             "put it into the file too: the next apply follows the file");
            }
    rz_zone_list_free(&zones);
    rz_diags_free(&unseen);
}

static int carry_out(struct rz_cli *cli, struct rz_project *project, enum rz_record_verb verb,
                     struct rz_plan *plan)
{
    char command[32];
    struct rz_run_result result;
    snprintf(command, sizeof command, "record %s", verbs[verb]);
    enum rz_status status = rz_cli_transact(cli, project, plan, command, NULL, &result);
    int exit_code = status == RZ_OK ? rz_run_result_exit(&result) : rz_cli_exit(status);
    if (status == RZ_OK && cli->json)
        report_json(cli, verb, plan, &result);
    else if (status == RZ_OK)
        rz_report_run(&cli->out, &result);
    rz_run_result_free(&result);
    return exit_code;
}

static int act(struct rz_cli *cli, struct rz_project *project, enum rz_record_verb verb,
               struct rz_plan *plan)
{
    bool dry = cli->options.given[RZ_OPT_DRY_RUN];
    rz_cli_show_plan(cli, plan);
    if (!plan->has_changes || dry) {
        if (cli->json)
            report_json(cli, verb, plan, NULL);
        return RZ_EXIT_DONE;
    }
    if (!rz_cli_may_apply(cli, plan))
        return RZ_EXIT_REFUSED;
    if (!rz_cli_ask(cli, "Change these records?"))
        return RZ_EXIT_ERROR;
    note_files(cli, project, plan);
    return carry_out(cli, project, verb, plan);
}

static int run(struct rz_cli *cli, enum rz_record_verb verb)
{
    struct rz_project project;
    struct rz_plan plan = {0};
    struct rz_record_finder finder;
    struct rz_record_entries entries = {0};
    int exit_code = RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL) && rz_record_entries_read(cli, verb, &entries)) {
        rz_record_finder_init(&finder, cli, &project);
        enum rz_status status = rz_record_plan(&finder, verb, &entries, &plan);
        exit_code = status == RZ_OK ? act(cli, &project, verb, &plan) : rz_cli_exit(status);
        rz_record_finder_free(&finder);
    }
    rz_record_failure_json(cli, verbs[verb], NULL, entries.count == 1 ? entries.items[0].type : 0);
    rz_plan_free(&plan);
    rz_project_free(&project);
    return exit_code;
}

int rz_command_record_create(struct rz_cli *cli)
{
    return run(cli, RZ_RECORD_CREATE);
}

int rz_command_record_update(struct rz_cli *cli)
{
    return run(cli, RZ_RECORD_UPDATE);
}

int rz_command_record_delete(struct rz_cli *cli)
{
    return run(cli, RZ_RECORD_DELETE);
}
