/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a plan to a run: what apply, rollback and the zone commands have in common. */
#ifndef RZ_CLI_RUN_PLAN_H
#define RZ_CLI_RUN_PLAN_H

#include "cli/cli.h"
#include "transact/rollback.h"

#define RZ_HOST_MAX 256

/* Plans the zones, with progress on a terminal. The status is rz_plan_make's. */
enum rz_status rz_cli_plan(struct rz_cli *cli, struct rz_plan *plan, struct rz_project *project,
                           const struct rz_zone_list *zones);
/* Whether the plan's zones were all planned and policy lets it pass; says why not. */
bool rz_cli_may_apply(struct rz_cli *cli, const struct rz_plan *plan);
/* Shows the plan on standard error's side of things (text) before a question. */
void rz_cli_show_plan(struct rz_cli *cli, const struct rz_plan *plan);
/* The same for a plan that rz_cli_run_plan carries out next: a long one is printed meanwhile. */
void rz_cli_begin_to_show(struct rz_cli *cli, const struct rz_plan *plan);
/* Who runs: named by the CI system, or the user. */
const char *rz_cli_actor(struct rz_cli *cli);
/* What a run is begun with: who, where, flags, progress. `host` is room for the name. */
struct rz_transact_options rz_cli_transact_options(struct rz_cli *cli, const char *command,
                                                   const struct rz_plan *plan,
                                                   char host[RZ_HOST_MAX]);
/* Opens the journal and applies, without reporting. RZ_OK: the run took place; `result` is to be freed
 * in any case. */
enum rz_status rz_cli_transact(struct rz_cli *cli, struct rz_project *project,
                               const struct rz_plan *plan, const char *command,
                               const struct rz_mend *mend, struct rz_run_result *result);
/* Says that a freeze holds; true when one does. `apply`: it is an error, unless --allow freeze. */
bool rz_cli_note_freeze(struct rz_cli *cli, const struct rz_project *project, bool apply);
/* Opens the journal, applies, reports; `mend` is what a rollback's plan was made of, else NULL. Exit
 * code. */
int rz_cli_run_plan(struct rz_cli *cli, struct rz_project *project, struct rz_plan *plan,
                    const char *command, const struct rz_mend *mend);
/* For a plan of nothing: done, or refused where an earlier run left one of the zones open. */
int rz_cli_nothing_to_do(struct rz_cli *cli, struct rz_project *project,
                         const struct rz_zone_list *zones);

/* Shows the plan, asks, and carries it out. `zones`: what the plan was made of; NULL where it comes from
 * a file, which was reviewed, so that there is nothing left to ask. Returns the exit code. */
int rz_cli_apply_plan(struct rz_cli *cli, struct rz_project *project, struct rz_plan *plan,
                      const struct rz_zone_list *zones, const char *command);

#endif
