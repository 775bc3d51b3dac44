/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that make a zone's plan. */
#ifndef RZ_PLAN_DIFF_INTERNAL_H
#define RZ_PLAN_DIFF_INTERNAL_H

#include "plan/plan.h"

struct rz_differ {
    struct rz_zone_plan *plan;
    const struct rz_zone *desired;
    const struct rz_diff_options *options;
    const char *file; /* last origin, interned in the plan's arena */
};

/* Whether the target can hold the RRset; a diagnostic at its origin where not. */
bool rz_capability_check(struct rz_differ *differ, const struct rz_rrset *desired);
/* The same of what the provider itself says, without a diagnostic. */
bool rz_capability_has(const struct rz_differ *differ, const struct rz_rrset *desired);
/* What an RRset that says how the zone is signed makes of the plan (signing.c); one of both may be NULL. */
void rz_diff_signing(struct rz_differ *differ, const struct rz_rrset *live,
                     const struct rz_rrset *desired);
/* Whether a live DNSSEC RRset (NULL: none) says that signatures come with the zone's data. */
bool rz_diff_is_presigned(const struct rz_rrset *live);
/* Adds a change, with the place that it comes from. */
void rz_diff_change(struct rz_differ *differ, const struct rz_rrset *before,
                    const struct rz_rrset *after);
/* Pairs creates and deletes of the same type and RDATA: `renamed_from`. */
void rz_note_renames(struct rz_zone_plan *plan);
/* Sets risk, reason and gap of each change. */
void rz_assess_risks(struct rz_zone_plan *plan, const struct rz_zone *desired,
                     const struct rz_capabilities *capabilities);

#endif
