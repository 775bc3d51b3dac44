/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone whose keys, or their DS at the parent, are changed: its keys, the roll-over at hand, what is to be
 * done next. */
#ifndef RZ_CLI_ROLLING_H
#define RZ_CLI_ROLLING_H

#include "cli/cli.h"
#include "dnssec.h"
#include "dnssec/rollover.h"
#include "journal/rollover.h"
#include "plan/plan.h"

struct rz_rolling {
    struct rz_cli *cli;
    struct rz_project *project;
    const struct rz_zone_list *zones; /* all of the project: the parent may be one */
    const struct rz_zone_entry *entry;
    const char *target;
    struct rz_provider *provider;
    char name[RZ_NAME_TEXT_MAX];
    const char *command; /* for the journal */
    struct rz_zone_settings settings;
    struct rz_zone desired, live;
    struct rz_revision revision;
    const struct rz_rrset *wanted; /* keys of desired; NULL: none */
    struct rz_zone old, made;      /* keys of `row` */
    struct rz_rollover_keys keys;  /* of all these zones */
    struct rz_rollover_times times;
    enum rz_rollover_kind kind;
    const struct rz_rollover_step *steps; /* NULL: no roll-over is at hand */
    size_t count;
    bool csk, ds_known; /* ds_known: the parent told the TTL of its DS */
    struct rz_rollover_row row;
};

/* Reads the zone of that name and its keys. RZ_INVALID with a diagnostic where it is not one that a
 * provider of the project signs. Close in any case. */
enum rz_status rz_rolling_open(struct rz_rolling *rolling, struct rz_cli *cli,
                               struct rz_project *project, const struct rz_zone_list *zones,
                               const char *name);
/* The same of a zone that has no keys yet. */
enum rz_status rz_rolling_open_any(struct rz_rolling *rolling, struct rz_cli *cli,
                                   struct rz_project *project, const struct rz_zone_list *zones,
                                   const char *name);
void rz_rolling_close(struct rz_rolling *rolling);
/* Sets kind, steps and times; with `row` NULL the live keys are those to exchange, and `margin` is its. */
enum rz_status rz_rolling_set(struct rz_rolling *rolling, enum rz_rollover_kind kind,
                              const struct rz_rollover_row *row, int64_t margin);
/* Measures the TTLs of keys and data, for `times`, which it returns. */
const struct rz_rollover_times *rz_rolling_measure(struct rz_rolling *rolling);
/* Sets the TTL of the DS that the parent has; a day where it does not say. */
enum rz_status rz_rolling_ask_parent(struct rz_rolling *rolling);
/* The held key of that tag takes over in the roll-over at hand, instead of one that is generated. */
enum rz_status rz_rolling_take_key(struct rz_rolling *rolling, const char *tag);
/* Generates keys that take over where the first step needs them before the zone shows them. */
enum rz_status rz_rolling_prepare(struct rz_rolling *rolling);
/* Carries out the step `row.step`, or finds it done. RZ_CONFLICT: the parent's DS is still to be
 * exchanged, by others. */
enum rz_status rz_rolling_step(struct rz_rolling *rolling);
/* Makes DNSSECKEY records the zone's, as a run; `how`: the DNSSEC record too, of a zone that had none, or NULL. */
enum rz_status rz_rolling_change_keys(struct rz_rolling *rolling, const struct rz_rrset *after,
                                      const struct rz_rrset *how);
enum rz_status rz_rolling_refuse(struct rz_rolling *rolling, const char *what, const char *hint);

/* The parent's DS (rolling_parent.c). For the step that exchanges it; as rz_rolling_step. */
enum rz_status rz_rolling_exchange_ds(struct rz_rolling *rolling);
enum rz_ds_wish { RZ_DS_SHOW, RZ_DS_SET, RZ_DS_REMOVE };
/* The DS that the zone's keys make, one a line, and those that the parent has; with SET and REMOVE made so
 * where the parent zone or the registration is of the project. `*as_wished`: all servers of the parent
 * have it so. */
enum rz_status rz_rolling_ds(struct rz_rolling *rolling, enum rz_ds_wish wish,
                             struct rz_buffer *wanted_ds, struct rz_buffer *seen_ds,
                             bool *as_wished);
/* Since when the zone has keys, and whether resolvers may still have answers from before: RZ_REFUSED then. */
enum rz_status rz_rolling_wait_for_signatures(struct rz_rolling *rolling,
                                              struct rz_journal *journal);

/* A plan for one zone, live as it is; filled by the caller, then asked about and transacted as a run of its
 * own by rz_rolling_run, which frees it. */
struct rz_zone_plan *rz_rolling_plan(const struct rz_name *apex, const char *target,
                                     const struct rz_zone *live,
                                     const struct rz_revision *revision);
enum rz_status rz_rolling_run(struct rz_rolling *rolling, struct rz_zone_plan *zone);

#endif
