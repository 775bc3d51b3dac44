/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What HTTP requests were made: in results that are JSON, and in the file of --http-metrics. */
#ifndef RZ_CLI_METRICS_H
#define RZ_CLI_METRICS_H

#include "cli/cli.h"

/* Begins to measure where the command line asks for it, or the command shows it itself. */
void rz_cli_metrics_open(struct rz_cli *cli);
/* Replaces the file of --http-metrics. False with a diagnostic. */
bool rz_cli_metrics_write(struct rz_cli *cli);
/* Adds `requests` to the JSON object whose "}\n" ends the text, where HTTP requests were made. Not for
 * plans, which are contracts, nor for envelopes of records, whose form is fixed. */
void rz_cli_requests_json(struct rz_cli *cli, struct rz_buffer *json);

#endif
