/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which order and in which batches changes go out. */
#ifndef RZ_PLAN_ORDER_H
#define RZ_PLAN_ORDER_H

#include "plan/plan.h"

struct rz_batch_list {
    struct rz_change *changes; /* all, in order */
    size_t count;
    size_t *ends; /* index behind the last change of each batch */
    size_t batch_count;
};

/* Creates that others depend on first (addresses before CNAME, MX, NS, SRV that name them; glue
 * before NS; NS before DS), then updates, then deletes with targets last; a change of kind at one
 * owner (CNAME ↔ others) stays together, delete before create, never cut by a batch; DS before the
 * DNSKEY it needs is never removed first (RFC 6781). Cut by the capabilities' bounds; one batch
 * where the provider is atomic for zones and has no bound. Sets `gap` in the plan's changes. */
void rz_order_batches(struct rz_batch_list *batches, struct rz_zone_plan *plan,
                      const struct rz_capabilities *capabilities);
void rz_batch_list_free(struct rz_batch_list *batches);

#endif
