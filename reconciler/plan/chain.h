/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether changes of keys leave the chain of trust whole that the parent's DS begins. */
#ifndef RZ_PLAN_CHAIN_H
#define RZ_PLAN_CHAIN_H

#include "plan/plan.h"

/* Whether a key that the parent's DS may be of goes out of use. */
bool rz_chain_is_concerned(const struct rz_zone_plan *plan);
/* NULL: the changes do no harm, or are not of keys that a DS could be of. Else why they must not be made, a
 * sentence in `arena`: the parent has DS, and none is of a key that signs afterwards; or its servers
 * cannot be asked. Asks only where a key that may be the parent's goes out of use. */
const char *rz_chain_breaks(struct rz_arena *arena, struct rz_project *project,
                            const struct rz_zone_plan *plan);

/* The same as a finding of policy, rule `dnssec`, in each zone of the plan. RZ_REFUSED where one is not
 * allowed. */
enum rz_status rz_chain_check(struct rz_plan *plan, struct rz_project *project,
                              const struct rz_strings *allow);

#endif
