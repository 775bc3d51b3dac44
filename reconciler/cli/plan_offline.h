/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planning without network: what the last run left stands for what is live or, with --since, what the files
 * of that revision say. */
#ifndef RZ_CLI_PLAN_OFFLINE_H
#define RZ_CLI_PLAN_OFFLINE_H

#include "cli/cli.h"
#include "journal/journal.h"
#include "project/git_files.h"

struct rz_offline {
    struct rz_journal *journal; /* NULL: none that may be read */
    const char *since;          /* the revision; NULL: none */
    struct rz_git_files files;  /* of it */
    struct rz_context context;  /* whose project is there */
    struct rz_project base;
    struct rz_zone_list zones; /* of `base` */
};

/* With --since, loads the project as it was; false with RZ5501, RZ5502 or RZ5507. A project that was not
 * there or had errors has no zones. Else opens the journal where it is a file below the project and
 * --untrusted is not given: a journal that is elsewhere is not the project's to name, and one on a server
 * is network. Says what is compared with (RZ5504). Close it in any case. */
bool rz_offline_open(struct rz_offline *offline, struct rz_cli *cli,
                     const struct rz_project *project);
void rz_offline_close(struct rz_offline *offline);
/* For rz_plan_options: `user` is the rz_offline. */
bool rz_offline_last_known(void *user, const struct rz_name *apex, const char *target,
                           struct rz_zone *live, struct rz_capabilities *can, bool *listed);

#endif
