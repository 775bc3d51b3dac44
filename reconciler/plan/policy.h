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

/* The `policy:` of rezone.yaml. */
struct rz_policy {
    struct rz_limit max_changes, max_deletes;         /* a zone's; of live RRsets */
    struct rz_limit max_run_changes, max_run_deletes; /* the run's */
    uint64_t min_rrsets_for_percent; /* percentages count from this many live RRsets on */
    struct rz_strings protect;       /* "OWNER TYPE" globs: "* NS", "@ MX" */
    uint64_t plan_expires;           /* seconds */
};

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

/* All rule names, ends in NULL: for --allow's help and its check. */
extern const char *const rz_policy_rules[];
/* The keys of `policy:`, from which its schema is made too. */
extern const struct rz_field rz_policy_fields[];

#endif
