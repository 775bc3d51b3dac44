/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Order by phase, then batches. A phase says what must be there before what. */
#include "plan/order.h"

#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

enum phase {
    CREATE_DATA, /* addresses, glue, everything nothing hangs on */
    CREATE_NS,
    CREATE_TARGETS, /* CNAME, MX, SRV …: what they name is there now */
    CREATE_DS,
    REPLACE_KIND, /* CNAME ↔ other data at one owner: delete, then create, together */
    UPDATE,
    DELETE_DS,
    DELETE_TARGETS,
    DELETE_DATA, /* addresses last: nothing names them any more */
    SIGN,        /* how the zone is signed, in a batch without other changes (providers/dnssec.h) */
};

struct item {
    struct rz_plan_change *change;
    enum phase phase;
    size_t group; /* index of the first change at the owner for REPLACE_KIND, else the own index */
    size_t index;
};

static bool names_targets(uint16_t type)
{
    return rz_rtype_flags(type) & RZ_RTYPE_TARGET || type == RZ_TYPE_SVCB || type == RZ_TYPE_HTTPS;
}

static enum phase phase_of(struct rz_change change)
{
    uint16_t type = rz_change_subject(change)->type;
    if (rz_rtype_is_signing(type))
        return SIGN;
    switch (rz_change_kind(change)) {
    case RZ_UPDATE: return UPDATE;
    case RZ_CREATE:
        return type == RZ_TYPE_DS    ? CREATE_DS
               : type == RZ_TYPE_NS  ? CREATE_NS
               : names_targets(type) ? CREATE_TARGETS
                                     : CREATE_DATA;
    default:
        return type == RZ_TYPE_DS ? DELETE_DS : names_targets(type) ? DELETE_TARGETS : DELETE_DATA;
    }
}

/* Whether the changes [first, end) of one owner turn an alias into data or data into an alias. */
static bool replaces_kind(const struct rz_zone_plan *plan, size_t first, size_t end)
{
    bool alias = false;
    for (size_t i = first; i < end; i++) {
        struct rz_change change = plan->changes[i].change;
        alias |= rz_change_subject(change)->type == RZ_TYPE_CNAME
                 && rz_change_kind(change) != RZ_UPDATE;
    }
    return alias && end - first > 1;
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->phase != b->phase)
        return (int)a->phase - (int)b->phase;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    /* Within a group the old data goes first. */
    int kind = (int)rz_change_kind(b->change->change) - (int)rz_change_kind(a->change->change);
    if (a->phase == REPLACE_KIND && kind)
        return kind;
    return (a->index > b->index) - (a->index < b->index);
}

static struct item *sort_changes(struct rz_zone_plan *plan)
{
    struct item *items = rz_alloc(plan->count * sizeof *items);
    for (size_t first = 0, end; first < plan->count; first = end) {
        const uint8_t *owner = rz_change_subject(plan->changes[first].change)->owner;
        for (end = first + 1;
             end < plan->count
             && rz_name_equal(rz_change_subject(plan->changes[end].change)->owner, owner);)
            end++;
        bool replaced = replaces_kind(plan, first, end);
        for (size_t i = first; i < end; i++)
            items[i] = (struct item){&plan->changes[i],
                                     replaced ? REPLACE_KIND : phase_of(plan->changes[i].change),
                                     replaced ? first : i, i};
    }
    if (plan->count)
        qsort(items, plan->count, sizeof *items, compare_items);
    return items;
}

static size_t octets_of(struct rz_change change)
{
    return (change.before ? rz_rrset_wire_size(change.before) : 0)
           + (change.after ? rz_rrset_wire_size(change.after) : 0);
}

static bool is_full(const struct rz_capabilities *can, size_t count, size_t octets)
{
    return (can->batch_changes && count > can->batch_changes)
           || (can->batch_octets && octets > can->batch_octets);
}

void rz_order_batches(struct rz_batch_list *batches, struct rz_zone_plan *plan,
                      const struct rz_capabilities *capabilities)
{
    struct item *items = sort_changes(plan);
    *batches = (struct rz_batch_list){.count = plan->count};
    batches->changes = rz_alloc(plan->count * sizeof *batches->changes);
    batches->ends = rz_alloc((plan->count + 1) * sizeof *batches->ends);
    size_t start = 0, octets = 0;
    for (size_t first = 0, end; first < plan->count; first = end) {
        size_t group_octets = octets_of(items[first].change->change);
        for (end = first + 1; end < plan->count && items[end].phase == REPLACE_KIND
                              && items[first].phase == REPLACE_KIND
                              && items[end].group == items[first].group;)
            group_octets += octets_of(items[end++].change->change);
        bool begins_signing = items[first].phase == SIGN && items[start].phase != SIGN;
        if (first > start
            && (begins_signing || is_full(capabilities, end - start, octets + group_octets))) {
            batches->ends[batches->batch_count++] = first;
            start = first;
            octets = 0;
        }
        octets += group_octets;
    }
    if (plan->count)
        batches->ends[batches->batch_count++] = plan->count;
    for (size_t i = 0; i < plan->count; i++)
        batches->changes[i] = items[i].change->change;
    free(items);
}

void rz_batch_list_free(struct rz_batch_list *batches)
{
    free(batches->changes);
    free(batches->ends);
    *batches = (struct rz_batch_list){0};
}
