/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zone that a live zone becomes by changes. */
#include "plan/plan.h"

#include <string.h>

#include "support/alloc.h"

static void add_rrset(struct rz_zone *zone, const struct rz_zone *from,
                      const struct rz_rrset *rrset)
{
    const char *file = from ? rz_zone_origin_file(from, rrset) : NULL;
    struct rz_record_origin origin = {.provenance = file ? rz_zone_file(zone, file) : 0,
                                      .line = rrset->line,
                                      .column = rrset->column,
                                      .flags = rrset->flags & RZ_RRSET_DISABLED};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        rz_zone_add(zone, rrset->owner, rrset->type, rrset->ttl, (struct rz_rdata){c.wire, c.size},
                    origin);
}

static void add_after(struct rz_zone *zone, const struct rz_plan_change *change)
{
    if (!change->change.after)
        return;
    size_t first = zone->count;
    add_rrset(zone, NULL, change->change.after);
    uint32_t provenance = change->file ? rz_zone_file(zone, change->file) : 0;
    for (size_t i = first; i < zone->count; i++)
        zone->rrsets[i].provenance = provenance;
}

enum rz_status rz_plan_merge(struct rz_zone *after, const struct rz_zone *live,
                             const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    rz_zone_init(after, plan->apex.wire);
    after->rrsets = rz_grow(after->rrsets, &after->capacity, live->count + plan->count,
                            sizeof *after->rrsets);
    size_t l = 0, c = 0;
    while (l < live->count || c < plan->count) {
        const struct rz_rrset *subject = c < plan->count
                                             ? rz_change_subject(plan->changes[c].change)
                                             : NULL;
        int order = l == live->count ? 1
                    : !subject       ? -1
                                     : rz_rrset_compare_key(&live->rrsets[l], subject);
        if (order < 0) {
            add_rrset(after, live, &live->rrsets[l++]);
        } else {
            add_after(after, &plan->changes[c++]);
            l += order == 0;
        }
    }
    return rz_zone_finish(after, RZ_ZONE_LIVE, diags);
}

static void share_rrset(struct rz_zone *after, const struct rz_rrset *rrset, const char *file)
{
    struct rz_rrset *shared = &after->rrsets[after->count++];
    *shared = *rrset;
    shared->flags &= RZ_RRSET_DISABLED;
    shared->provenance = file ? rz_zone_file(after, file) : 0;
}

/* Whether joining RRsets anew would only copy them: one of too many octets must be complained of. */
static bool is_too_large(const struct rz_rrset *rrset)
{
    return rrset && rrset->rdata_size > RZ_RRSET_OCTETS_MAX;
}

enum rz_status rz_plan_merge_shared(struct rz_zone *after, const struct rz_zone *live,
                                    const struct rz_zone_plan *plan, struct rz_diags *diags)
{
    for (size_t i = 0; i < plan->count; i++)
        if (is_too_large(plan->changes[i].change.after))
            return rz_plan_merge(after, live, plan, diags);
    rz_zone_init(after, plan->apex.wire);
    after->rrsets = rz_grow(after->rrsets, &after->capacity, live->count + plan->count,
                            sizeof *after->rrsets);
    for (size_t l = 0, c = 0; l < live->count || c < plan->count;) {
        const struct rz_plan_change *change = c < plan->count ? &plan->changes[c] : NULL;
        int order = l == live->count ? 1
                    : !change
                        ? -1
                        : rz_rrset_compare_key(&live->rrsets[l], rz_change_subject(change->change));
        if (order < 0)
            share_rrset(after, &live->rrsets[l], rz_zone_origin_file(live, &live->rrsets[l]));
        else if (change->change.after)
            share_rrset(after, change->change.after, change->file);
        l += order <= 0;
        c += order >= 0;
    }
    return rz_zone_finish(after, RZ_ZONE_LIVE, diags);
}
