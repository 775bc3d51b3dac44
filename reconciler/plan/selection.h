/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a zone's changes: by what they do (--mode) and by which RRset they are of (--target). */
#ifndef RZ_PLAN_SELECTION_H
#define RZ_PLAN_SELECTION_H

#include "dns/zone.h"
#include "language/fields.h"

struct rz_zone_plan;

enum rz_plan_mode { RZ_MODE_FULL, RZ_MODE_CREATE_MISSING, RZ_MODE_UPDATE_EXISTING };
extern const char *const rz_plan_modes[]; /* their names, ends in NULL */

struct rz_selection {
    enum rz_plan_mode mode;
    struct rz_strings targets; /* "OWNER TYPE" or "OWNER" globs; none: all */
};

/* "OWNER TYPE" or "OWNER", either of them a glob; OWNER is relative to `apex`, or ends with a dot. The
 * owner `*` alone stands for all owners. */
bool rz_rrset_matches_text(const char *pattern, const uint8_t *apex, const struct rz_rrset *rrset);

/* Leaves out of the plan what is not selected, and what would stand beside a CNAME that stays (or
 * would be one beside other records), which is warned of. How many were left out is said in a note.
 * RZ_INVALID where the selection cannot hold: --target in a zone that does not exist. */
enum rz_status rz_select_changes(struct rz_zone_plan *plan, const struct rz_zone *live,
                                 const struct rz_selection *selection);

#endif
