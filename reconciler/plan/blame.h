/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who wrote what a plan changes. */
#ifndef RZ_PLAN_BLAME_H
#define RZ_PLAN_BLAME_H

#include "plan/plan.h"

/* Files are looked at until this is over; what is left stays without a name, and a warning says so. */
#define RZ_BLAME_TIME_MAX_MS 20000

/* Fills in `blame` of the changes that have a line in a file, and of those that take away what the file of
 * one of `zones` had once. What cannot be told is a warning: RZ5502, RZ5506. */
void rz_plan_blame(struct rz_plan *plan, struct rz_project *project,
                   const struct rz_zone_list *zones, struct rz_diags *diags);

/* "by Ann in 0123456789ab: Move mail" or "not committed", of strangers; nothing for NULL. */
void rz_blame_text(struct rz_buffer *out, const struct rz_blame *blame);
/* Appends the member `blame`. */
void rz_blame_json(struct rz_buffer *out, const struct rz_blame *blame);

#endif
