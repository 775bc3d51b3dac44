/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety rules: what a plan may do without a person saying so. */
#ifndef RZ_PLAN_POLICY_H
#define RZ_PLAN_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "language/fields.h"

struct rz_zone_plan;
struct rz_plan;

/* `30%` or `12`; unset: no limit. */
struct rz_limit {
    bool set, percent;
    uint64_t value;
};

/* `text` NULL: unset. False where it is no limit. */
bool rz_limit_parse(struct rz_limit *limit, const char *text);

/* A time in which nothing may be applied, UTC. */
struct rz_freeze {
    const char *text; /* as written */
    int64_t period;   /* 0: once; else minutes of a day or a week (from Monday on) */
    int64_t from,
        to; /* once: seconds since 1970, else minutes in the period; `to` is not part of it */
};
/* "2026-12-24..2027-01-02" (both days as a whole), "2026-12-24T16:00..2027-01-02T08:00",
 * "Fri 16:00..Mon 08:00", "22:00..06:00". */
bool rz_freeze_parse(struct rz_freeze *freeze, const char *text);
bool rz_freeze_covers(const struct rz_freeze *freeze, int64_t now);

/* The `policy:` of rezone.yaml. */
struct rz_policy {
    struct rz_limit max_changes, max_deletes;         /* a zone's; of live RRsets */
    struct rz_limit max_run_changes, max_run_deletes; /* the run's */
    uint64_t min_rrsets_for_percent; /* percentages count from this many live RRsets on */
    struct rz_strings protect;       /* "OWNER TYPE" globs: "* NS", "@ MX" */
    uint64_t plan_expires;           /* seconds */
    uint64_t approvals;              /* trusted keys that must have signed a plan; 0: none */
    struct rz_strings trusted_keys;  /* paths of public keys */
    struct rz_freeze *freeze;
    size_t freeze_count;
};

/* The freeze that holds now, NULL: none. */
const struct rz_freeze *rz_policy_frozen(const struct rz_policy *policy, int64_t now);

/* One rule that a plan breaks. */
struct rz_finding {
    const char *rule;    /* "max-deletes": what --allow takes */
    const char *message; /* which rule, which RRsets, how many */
    bool allowed;        /* by --allow */
};

/* Reads `policy:` (NULL: the defaults: max_changes 30%, max_deletes 20%, min 10, protect apex NS
 * and every DS). */
enum rz_status rz_policy_load(struct rz_policy *policy, const struct rz_node *map,
                              const struct rz_field_reader *reader);

/* Adds findings to each zone plan and marks those in `allow`. RZ_REFUSED when one is not allowed. */
enum rz_status rz_policy_check(const struct rz_policy *policy, struct rz_plan *plan,
                               const struct rz_strings *allow);

/* Adds one finding; false where its rule is not in `allow` (which may be NULL). */
bool rz_policy_find(struct rz_zone_plan *zone, const char *rule, const char *message,
                    const struct rz_strings *allow);

/* All rule names, ends in NULL: for --allow's help and its check. */
extern const char *const rz_policy_rules[];
/* The keys of `policy:`, from which its schema is made too. */
extern const struct rz_field rz_policy_fields[];

#endif
