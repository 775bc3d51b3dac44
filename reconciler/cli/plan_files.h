/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan files on the command line: reading, writing, signing. */
#ifndef RZ_CLI_PLAN_FILES_H
#define RZ_CLI_PLAN_FILES_H

#include "cli/cli.h"
#include "plan/plan_file.h"

/* `text` (empty) is filled with the file's text. */
enum rz_status rz_cli_read_plan(struct rz_cli *cli, const char *path, struct rz_plan *plan,
                                struct rz_buffer *text);
bool rz_cli_write_plan(struct rz_cli *cli, const char *path, const struct rz_buffer *text);
/* Whether a plan may be carried out now: no freeze, and the signatures it needs. Says why not. */
bool rz_cli_may_begin(struct rz_cli *cli, const struct rz_project *project,
                      const struct rz_plan *plan);
/* The public keys that signed the plan, for the journal; NULL: none. */
const char *rz_cli_signers(struct rz_cli *cli, const struct rz_plan *plan);

#endif
