/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone's roll-over at hand: its keys, its journal's row, what is to be done next. */
#ifndef RZ_CLI_ROLLING_H
#define RZ_CLI_ROLLING_H

#include "cli/cli.h"
#include "dnssec/keyroll.h"
#include "journal/keyroll.h"
#include "provider.h"

struct rz_rolling {
    struct rz_cli *cli;
    struct rz_project *project;
    const struct rz_zone_list *zones; /* all of the project: the parent may be one */
    const struct rz_zone_entry *entry;
    const char *target;
    struct rz_provider *provider;
    char name[RZ_NAME_TEXT_MAX];
    struct rz_zone desired, live, old; /* old: keys at the start, as DNSSECKEY */
    struct rz_revision revision;
    const struct rz_rrset *keys, *wanted; /* of live and desired; NULL: none */
    enum rz_keyroll_kind kind;
    const struct rz_keyroll_step *steps;
    size_t count;
    bool csk;
    struct rz_keyroll_times times;
    struct rz_keyroll row;
};

/* Reads the zone of that name and its keys. RZ_INVALID with a diagnostic where it is not one that a
 * provider of the project signs. Close in any case. */
enum rz_status rz_rolling_open(struct rz_rolling *rolling, struct rz_cli *cli,
                               struct rz_project *project, const struct rz_zone_list *zones,
                               const char *name);
void rz_rolling_close(struct rz_rolling *rolling);
/* Sets kind, steps and times; with `row` NULL the live keys are those to exchange. */
enum rz_status rz_rolling_set(struct rz_rolling *rolling, enum rz_keyroll_kind kind,
                              const struct rz_keyroll *row);
/* Carries out the step `row.step`, or finds it done. RZ_CONFLICT: the parent's DS is still to be
 * exchanged, by others. */
enum rz_status rz_rolling_step(struct rz_rolling *rolling);
/* The parent's DS, for the step that exchanges it (rolling_parent.c). As rz_rolling_step. */
enum rz_status rz_rolling_exchange_ds(struct rz_rolling *rolling);
enum rz_ds_wish { RZ_DS_SHOW, RZ_DS_SET, RZ_DS_REMOVE };
/* The DS that the zone's keys make, one a line, and those that the parent has; with SET and REMOVE made so in
 * a parent that is a zone of the project. `*as_wished`: all servers of the parent have it so. */
enum rz_status rz_rolling_ds(struct rz_rolling *rolling, enum rz_ds_wish wish,
                             struct rz_buffer *wanted_ds, struct rz_buffer *seen_ds,
                             bool *as_wished);
/* Since when the zone has keys, and whether resolvers may still have answers from before: RZ_REFUSED then. */
enum rz_status rz_rolling_wait_for_signatures(struct rz_rolling *rolling,
                                              struct rz_journal *journal);
/* Transacts one change of an RRset at a target as a run of its own. */
enum rz_status rz_rolling_change(struct rz_rolling *rolling, const struct rz_name *apex,
                                 const char *target, const struct rz_zone *live,
                                 const struct rz_revision *revision, const struct rz_rrset *before,
                                 const struct rz_rrset *after);

#endif
