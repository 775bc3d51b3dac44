/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rollback. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/run_plan.h"
#include "transact/rollback.h"

bool rz_cli_run_number(struct rz_cli *cli, int64_t *run)
{
    char *end;
    long long number = strtoll(cli->arguments[0], &end, 10);
    if (*end == '\0' && number > 0) {
        *run = number;
        return true;
    }
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "`%s` is no number of a run", cli->arguments[0]);
    rz_diag_hint(&cli->diags, diag, "`rezone history` lists the runs");
    return false;
}

static void count_zone(void *user, const struct rz_run_zone *zone)
{
    int64_t *count = user;
    *count += zone->run != 0;
}

static enum rz_status make_plan(struct rz_cli *cli, struct rz_project *project, int64_t run,
                                struct rz_mend *mend)
{
    struct rz_journal *journal;
    struct rz_mend_options options = {.run = run, .force = cli->options.given[RZ_OPT_FORCE]};
    int64_t zones = 0;
    enum rz_status status = rz_journal_open(&journal, project->state, &cli->context, &cli->diags);
    if (status == RZ_OK)
        status = rz_journal_run_zones(journal, run, count_zone, &zones, &cli->diags);
    if (status == RZ_OK && zones == 0) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5205, (struct rz_place){0},
                                            "there is no run %lld", (long long)run);
        rz_diag_hint(&cli->diags, diag, "`rezone history` lists the runs");
        status = RZ_NOT_FOUND;
    }
    if (status == RZ_OK)
        status = rz_mend_plan(mend, project, journal, &options, &cli->diags);
    if (status == RZ_OK && mend->plan.count == 0) /* killed before it did anything: it has ended */
        status = rz_journal_close_run(journal, run, &cli->diags);
    rz_journal_close(journal);
    return status;
}

static int carry_out(struct rz_cli *cli, struct rz_project *project, struct rz_mend *mend,
                     int64_t run)
{
    char command[48];
    struct rz_plan *plan = &mend->plan;
    snprintf(command, sizeof command, "rollback %lld", (long long)run);
    rz_cli_show_plan(cli, plan);
    if (plan->count == 0) {
        rz_diags_add(&cli->diags, RZ5010, (struct rz_place){0},
                     "run %lld changed nothing that is not undone", (long long)run);
        return RZ_EXIT_DONE;
    }
    if (plan->has_changes && !rz_cli_ask(cli, "Undo the run so?"))
        return RZ_EXIT_ERROR;
    return rz_cli_run_plan(cli, project, plan, command, mend);
}

int rz_command_rollback(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_mend mend = {0};
    int64_t run;
    int exit_code = RZ_EXIT_ERROR;
    if (!rz_cli_run_number(cli, &run))
        return RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        enum rz_status status = make_plan(cli, &project, run, &mend);
        exit_code = status == RZ_OK ? carry_out(cli, &project, &mend, run) : rz_cli_exit(status);
    }
    rz_mend_free(&mend);
    rz_project_free(&project);
    return exit_code;
}
