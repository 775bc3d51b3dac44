/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the drift command. */
#ifndef RZ_CLI_CMD_DRIFT_H
#define RZ_CLI_CMD_DRIFT_H

#include "cli/cli.h"
#include "drift/adopt.h"
#include "drift/listen.h"

struct rz_drifting {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_journal *journal; /* NULL: none is kept */
    struct rz_drift_options options;
    struct rz_drift drift;
    struct rz_adoptions adoptions;
    struct rz_listener *listener;
    struct rz_hash told; /* what receivers of `notify:` know already */
    uint64_t interval;   /* of --watch, seconds; 0: once */
};

/* Shows what was found, writes metrics, publishes both. */
void rz_drifting_report(struct rz_drifting *drifting);
/* Looks again and again. Returns the exit code of the last look. */
int rz_drifting_watch(struct rz_drifting *drifting);

#endif
