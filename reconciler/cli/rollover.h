/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands `dnssec rollover …` have in common. */
#ifndef RZ_CLI_ROLLOVER_H
#define RZ_CLI_ROLLOVER_H

#include "cli/cli.h"
#include "dnssec/rollover.h"

/* The kind that the second argument names; false with a diagnostic. */
bool rz_rollover_argument(struct rz_cli *cli, enum rz_rollover_kind *kind);
/* Seconds of --margin, or of --emergency, which has none. */
int64_t rz_rollover_margin(const struct rz_cli *cli);

#endif
