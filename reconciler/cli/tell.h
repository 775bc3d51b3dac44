/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling the receivers of `notify:` what commands found that are no runs. */
#ifndef RZ_CLI_TELL_H
#define RZ_CLI_TELL_H

#include "cli/cmd_drift.h"
#include "plan/plan.h"

/* `planned`: a plan has changes. */
void rz_cli_tell_planned(struct rz_cli *cli, struct rz_project *project,
                         const struct rz_plan *plan);
/* `drift`: live zones are not what the last run left, unless that was told before (--watch). */
void rz_cli_tell_drift(struct rz_drifting *drifting);

#endif
