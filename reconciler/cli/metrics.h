/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --http-metrics FILE. */
#ifndef RZ_CLI_METRICS_H
#define RZ_CLI_METRICS_H

#include "cli/cli.h"

/* Begins to measure where the command line asks for it, or the command shows it itself. */
void rz_cli_metrics_open(struct rz_cli *cli);
/* Replaces the file of --http-metrics. False with a diagnostic. */
bool rz_cli_metrics_write(struct rz_cli *cli);

#endif
