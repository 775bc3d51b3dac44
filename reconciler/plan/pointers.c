/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in RDATA that lead from zone to zone. */
#include "plan/pointers.h"

#include <stdlib.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "support/alloc.h"

struct collector {
    struct rz_pointers *pointers;
    const struct rz_zone *zone;
    const struct rz_rrset *from;
    bool found;
};

void rz_pointers_open(struct rz_pointers *pointers, const struct rz_zone_list *zones)
{
    *pointers = (struct rz_pointers){.zones = zones};
    pthread_mutex_init(&pointers->lock, NULL);
}

void rz_pointers_close(struct rz_pointers *pointers)
{
    pthread_mutex_destroy(&pointers->lock);
    rz_arena_free(&pointers->arena);
    free(pointers->items);
}

static bool has_zone(const struct rz_zone_list *zones, const uint8_t *apex)
{
    size_t low = 0, high = zones->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = rz_name_compare(zones->items[middle].apex.wire, apex);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_in_a_zone(const struct rz_zone_list *zones, const uint8_t *name)
{
    for (const uint8_t *at = name; *at; at = rz_name_parent(at))
        if (has_zone(zones, at))
            return true;
    return false;
}

static void visit(void *user, const uint8_t *name)
{
    struct collector *collector = user;
    struct rz_pointers *pointers = collector->pointers;
    const struct rz_zone *zone = collector->zone;
    if (rz_name_in(name, zone->apex.wire) || !is_in_a_zone(pointers->zones, name))
        return;
    collector->found = true;
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], apex[RZ_NAME_TEXT_MAX];
    size_t size = rz_name_size(name);
    rz_name_text_relative(owner, collector->from->owner, zone->apex.wire);
    rz_name_text_plain(apex, zone->apex.wire);
    pthread_mutex_lock(&pointers->lock);
    uint8_t *target = rz_arena_bytes(&pointers->arena, size);
    memcpy(target, name, size);
    pointers->items = rz_grow(pointers->items, &pointers->capacity, pointers->count + 1,
                              sizeof *pointers->items);
    pointers->items[pointers->count++] = (struct rz_pointer){
        target, rz_arena_printf(&pointers->arena, "%s %s of %s", owner,
                                rz_rtype_text(type, collector->from->type), apex)};
    pthread_mutex_unlock(&pointers->lock);
}

bool rz_pointers_add(struct rz_pointers *pointers, const struct rz_zone *desired)
{
    struct collector collector = {.pointers = pointers, .zone = desired};
    if (pointers->zones->count < 2)
        return false;
    for (size_t i = 0; i < desired->count; i++) {
        collector.from = &desired->rrsets[i];
        if (!(rz_rtype_flags(collector.from->type) & RZ_RTYPE_TARGET))
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(collector.from); rz_rdata_next(&c);)
            rz_rdata_names(collector.from->type, c.wire, c.size, visit, &collector);
    }
    return collector.found;
}

static int compare(const void *left, const void *right)
{
    const struct rz_pointer *a = left, *b = right;
    int order = rz_name_compare(a->target, b->target);
    return order ? order : strcmp(a->from, b->from); /* whatever the threads did */
}

static const struct rz_pointer *find(const struct rz_pointers *pointers, const uint8_t *name)
{
    size_t low = 0, high = pointers->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rz_name_compare(pointers->items[middle].target, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pointers->count && rz_name_equal(pointers->items[low].target, name)
               ? &pointers->items[low]
               : NULL;
}

void rz_pointers_mark(struct rz_pointers *pointers, struct rz_zone_plan *plan)
{
    if (pointers->count == 0 || plan->deletes == 0)
        return;
    if (!pointers->sorted)
        qsort(pointers->items, pointers->count, sizeof *pointers->items, compare);
    pointers->sorted = true;
    for (size_t i = 0; i < plan->count; i++) {
        struct rz_plan_change *change = &plan->changes[i];
        const struct rz_rrset *gone = change->change.before;
        if (change->change.after || !change->vanishes || change->dangling
            || (gone->type != RZ_TYPE_A && gone->type != RZ_TYPE_AAAA
                && gone->type != RZ_TYPE_CNAME))
            continue;
        const struct rz_pointer *pointer = find(pointers, gone->owner);
        if (!pointer)
            continue;
        change->dangling = rz_arena_strdup(&plan->arena, pointer->from);
        change->risk = RZ_RISK_HIGH;
        change->reason = "other records still point here";
    }
}
