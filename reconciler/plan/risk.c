/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reviewer should look at first, and renames. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "plan/diff_internal.h"
#include "support/alloc.h"

/* Renames are looked for among this many changes at most: it is a help for readers, and quadratic
 * readers do not exist. */
#define RENAME_CHANGES_MAX 20000

static int compare_content(const struct rz_rrset *a, const struct rz_rrset *b)
{
    if (a->type != b->type)
        return (int)a->type - (int)b->type;
    if (a->rdata_size != b->rdata_size)
        return a->rdata_size < b->rdata_size ? -1 : 1;
    return memcmp(a->rdata, b->rdata, a->rdata_size);
}

static int compare_subjects(const void *left, const void *right)
{
    const struct rz_plan_change *a = *(struct rz_plan_change *const *)left;
    const struct rz_plan_change *b = *(struct rz_plan_change *const *)right;
    int order = compare_content(rz_change_subject(a->change), rz_change_subject(b->change));
    if (order)
        return order;
    return (int)rz_change_kind(a->change) - (int)rz_change_kind(b->change);
}

/* A group of equal content is a rename where exactly one is created and one deleted. */
static void note_group(struct rz_zone_plan *plan, struct rz_plan_change **group, size_t count)
{
    char owner[RZ_NAME_TEXT_MAX];
    if (count != 2 || rz_change_kind(group[0]->change) != RZ_CREATE
        || rz_change_kind(group[1]->change) != RZ_DELETE)
        return;
    rz_name_text_relative(owner, group[1]->change.before->owner, plan->apex.wire);
    group[0]->renamed_from = rz_arena_strdup(&plan->arena, owner);
}

void rz_note_renames(struct rz_zone_plan *plan)
{
    if (plan->creates == 0 || plan->deletes == 0 || plan->count > RENAME_CHANGES_MAX)
        return;
    struct rz_plan_change **order = rz_alloc(plan->count * sizeof *order);
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (rz_change_kind(plan->changes[i].change) != RZ_UPDATE)
            order[count++] = &plan->changes[i];
    qsort(order, count, sizeof *order, compare_subjects);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count
                          && compare_content(rz_change_subject(order[i]->change),
                                             rz_change_subject(order[end]->change))
                                 == 0;)
            end++;
        note_group(plan, order + i, end - i);
    }
    free(order);
}

static void set_risk(struct rz_plan_change *change, enum rz_risk risk, const char *reason)
{
    if (risk > change->risk) {
        change->risk = (uint8_t)risk;
        change->reason = reason;
    }
}

/* A change of kind at one owner: CNAME on one side, something else on the other. */
static void assess_kind(struct rz_zone_plan *plan, size_t i, const struct rz_capabilities *can)
{
    struct rz_plan_change *change = &plan->changes[i];
    const struct rz_rrset *subject = rz_change_subject(change->change);
    if (subject->type != RZ_TYPE_CNAME || rz_change_kind(change->change) == RZ_UPDATE)
        return;
    for (size_t step = 0; step < 2; step++)
        for (size_t k = i; step ? k + 1 < plan->count : k > 0;) {
            k += step ? 1 : (size_t)-1;
            struct rz_plan_change *other = &plan->changes[k];
            if (!rz_name_equal(rz_change_subject(other->change)->owner, subject->owner))
                break;
            change->gap = other->gap = can->atomicity != RZ_ATOMIC_ZONE;
            set_risk(change, RZ_RISK_NOTICE, "the name changes between alias and data");
        }
}

/* Names that the desired zone's records point at, looked up for each deleted address. */
struct pointer_search {
    struct rz_zone_plan *plan;
    const struct rz_zone *desired;
    const struct rz_rrset *from;
};

static size_t find_deletion(const struct rz_zone_plan *plan, const uint8_t *owner)
{
    size_t low = 0, high = plan->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rz_name_compare(rz_change_subject(plan->changes[middle].change)->owner, owner) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void visit_target(void *user, const uint8_t *name)
{
    struct pointer_search *search = user;
    struct rz_zone_plan *plan = search->plan;
    size_t at = rz_zone_lower_bound(search->desired, name, 0);
    if (at < search->desired->count && rz_name_equal(search->desired->rrsets[at].owner, name))
        return; /* something is left there */
    for (size_t i = find_deletion(plan, name); i < plan->count; i++) {
        struct rz_plan_change *change = &plan->changes[i];
        if (!rz_name_equal(rz_change_subject(change->change)->owner, name))
            return;
        uint16_t type = rz_change_subject(change->change)->type;
        if (rz_change_kind(change->change) != RZ_DELETE || change->dangling
            || (type != RZ_TYPE_A && type != RZ_TYPE_AAAA && type != RZ_TYPE_CNAME))
            continue;
        char owner[RZ_NAME_TEXT_MAX], text[RZ_RTYPE_TEXT_MAX];
        rz_name_text_relative(owner, search->from->owner, plan->apex.wire);
        change->dangling = rz_arena_printf(&plan->arena, "%s %s", owner,
                                           rz_rtype_text(text, search->from->type));
        set_risk(change, RZ_RISK_HIGH, "other records still point here");
    }
}

static void note_dangling(struct rz_zone_plan *plan, const struct rz_zone *desired)
{
    if (plan->deletes == 0)
        return;
    struct pointer_search search = {plan, desired, NULL};
    for (size_t i = 0; i < desired->count; i++) {
        search.from = &desired->rrsets[i];
        if (!(rz_rtype_flags(search.from->type) & RZ_RTYPE_TARGET))
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(search.from); rz_rdata_next(&c);)
            rz_rdata_names(search.from->type, c.wire, c.size, visit_target, &search);
    }
}

static bool leads_somewhere(const struct rz_zone *desired, const uint8_t *owner)
{
    return rz_zone_find(desired, owner, RZ_TYPE_A) || rz_zone_find(desired, owner, RZ_TYPE_AAAA)
           || rz_zone_find(desired, owner, RZ_TYPE_CNAME);
}

static void assess_deletion(struct rz_plan_change *change, const struct rz_zone *desired)
{
    const struct rz_rrset *gone = change->change.before;
    size_t at = rz_zone_lower_bound(desired, gone->owner, 0);
    bool remains = at < desired->count && rz_name_equal(desired->rrsets[at].owner, gone->owner);
    change->vanishes = !leads_somewhere(desired, gone->owner);
    if (gone->type == RZ_TYPE_NS || gone->type == RZ_TYPE_DS)
        set_risk(change, RZ_RISK_HIGH, "a delegation is removed");
    else if (gone->type == RZ_TYPE_MX)
        set_risk(change, RZ_RISK_HIGH, "mail for the name stops");
    else if (!remains)
        set_risk(change, RZ_RISK_NOTICE, "the name disappears");
}

/* What others make of the zone depends on the DS that its parent has. */
static void assess_signing(struct rz_plan_change *change)
{
    bool keys = rz_change_subject(change->change)->type == RZ_TYPE_DNSSECKEY;
    switch (rz_change_kind(change->change)) {
    case RZ_CREATE:
        if (keys)
            set_risk(change, RZ_RISK_NOTICE,
                     "the zone is signed; it counts from when the parent has the DS");
        break;
    case RZ_UPDATE:
        set_risk(change, keys ? RZ_RISK_HIGH : RZ_RISK_NOTICE,
                 keys ? "the keys of a signed zone change" : "all proofs of absence are made anew");
        break;
    case RZ_DELETE:
        if (keys)
            set_risk(change, RZ_RISK_HIGH,
                     "the zone goes unsigned: bogus for all while the parent has a DS");
        break;
    }
}

static void assess_content(struct rz_zone_plan *plan, struct rz_plan_change *change)
{
    const struct rz_rrset *subject = rz_change_subject(change->change);
    bool apex = rz_name_equal(subject->owner, plan->apex.wire);
    enum rz_change_kind kind = rz_change_kind(change->change);
    if (kind == RZ_CREATE && !rz_name_is_wildcard(subject->owner))
        return;
    if (kind == RZ_CREATE)
        set_risk(change, RZ_RISK_NOTICE, "a wildcard answers for every name without data");
    else if (apex && subject->type == RZ_TYPE_NS)
        set_risk(change, RZ_RISK_HIGH, "the zone's own name servers change");
    else if (subject->type == RZ_TYPE_DS)
        set_risk(change, RZ_RISK_HIGH, "a wrong DS makes the delegated zone fail validation");
    else if (subject->type == RZ_TYPE_NS)
        set_risk(change, RZ_RISK_NOTICE, "a delegation changes");
    else if (apex && subject->type == RZ_TYPE_MX)
        set_risk(change, RZ_RISK_NOTICE, "mail for the zone moves");
    else if (subject->type == RZ_TYPE_SOA)
        set_risk(change, RZ_RISK_NOTICE, "SOA fields change for all secondaries");
}

void rz_assess_risks(struct rz_zone_plan *plan, const struct rz_zone *desired,
                     const struct rz_capabilities *capabilities)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct rz_plan_change *change = &plan->changes[i];
        if (rz_rtype_is_signing(rz_change_subject(change->change)->type)) {
            assess_signing(change);
            continue;
        }
        if (rz_change_kind(change->change) == RZ_DELETE)
            assess_deletion(change, desired);
        assess_content(plan, change);
        assess_kind(plan, i, capabilities);
    }
    note_dangling(plan, desired);
}
