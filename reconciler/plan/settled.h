/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones that an earlier plan found as their files say. Where neither what makes such a zone nor what its
 * target keeps has changed since, both by their content, there is nothing to load and to compare. Kept
 * in the cache, for all zones of the project together; only of zones with one target, whose revision is
 * a digest of all it holds. */
#ifndef RZ_PLAN_SETTLED_H
#define RZ_PLAN_SETTLED_H

#include "project/project.h"

struct rz_settled;

/* What is known of a zone that is as its file says. */
struct rz_settled_zone {
    struct rz_hash inputs; /* rz_project_zone_inputs */
    struct rz_revision revision;
    size_t rrsets;
    bool points; /* into other zones of the list */
};

/* NULL where there is no cache. `zones` are borrowed. */
struct rz_settled *rz_settled_open(struct rz_project *project, const struct rz_zone_list *zones);
/* Keeps what was noted, and frees. */
void rz_settled_close(struct rz_settled *settled);

/* Whether the zone of this index of the list has the same inputs and is still as it was found; asks its
 * provider by ops->probe. Safe in threads, as the next; `settled` may be NULL. */
bool rz_settled_find(struct rz_settled *settled, size_t index, struct rz_settled_zone *zone);
/* Notes a zone without any change, for the next plan. Those not noted are forgotten. */
void rz_settled_note(struct rz_settled *settled, size_t index, const struct rz_settled_zone *zone);

#endif
