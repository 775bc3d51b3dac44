/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands `dnssec rollover …` have in common. */
#ifndef RZ_CLI_ROLLOVER_H
#define RZ_CLI_ROLLOVER_H

#include "cli/cli.h"
#include "dnssec/rollover.h"
#include "journal/rollover.h"

/* The kind that the second argument names; false with a diagnostic. */
bool rz_rollover_argument(struct rz_cli *cli, enum rz_rollover_kind *kind);
/* Seconds of --margin, or of --emergency, which has none. */
int64_t rz_rollover_margin(const struct rz_cli *cli);

/* What a roll-over of the journal does next. */
struct rz_rollover_ahead {
    enum rz_rollover_kind kind;
    size_t step, steps; /* from 1; of how many */
    const char *text;   /* what the step does */
    int64_t due;        /* not before; of a step that is begun, since when it is */
    bool begun;         /* it was killed, or waits for the parent */
};
/* False: the row is of no kind that this version knows. */
bool rz_rollover_ahead(struct rz_rollover_ahead *ahead, const struct rz_rollover_row *row);

#endif
