/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The difference of two zones: one walk over two sorted arrays. Only what differs is copied. */
#include "plan/diff_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

/* Whether a live or desired RRset takes no part: the provider's own, or ignored by the document. */
static bool is_out_of_scope(const struct rz_differ *differ, const struct rz_rrset *rrset)
{
    const struct rz_capabilities *can = differ->options->capabilities;
    bool apex = rz_name_equal(rrset->owner, differ->plan->apex.wire);
    if (rz_rtype_is_resolvers(rrset->type) != can->forwards) {
        differ->plan->elsewhere++;
        return true;
    }
    if (can->signs_online && rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER)
        return true;
    if (can->owns_soa && rrset->type == RZ_TYPE_SOA)
        return true;
    return can->owns_apex_ns && apex && rrset->type == RZ_TYPE_NS;
}

bool rz_pattern_matches(const struct rz_zone_pattern *pattern, const uint8_t *apex,
                        const struct rz_rrset *rrset)
{
    char owner[RZ_NAME_TEXT_MAX];
    if (pattern->type && pattern->type != rrset->type)
        return false;
    return !pattern->name
           || rz_str_glob(pattern->name, rz_name_text_relative(owner, rrset->owner, apex));
}

static bool is_ignored(struct rz_differ *differ, const struct rz_rrset *rrset)
{
    const struct rz_zone_settings *settings = differ->options->settings;
    for (size_t i = 0; settings && i < settings->ignore_count; i++)
        if (rz_pattern_matches(&settings->ignore[i], differ->plan->apex.wire, rrset)) {
            differ->plan->ignored++;
            return true;
        }
    return false;
}

static void own_change(struct rz_zone_plan *plan, struct rz_plan_change *change)
{
    struct rz_change *rrsets = &change->change;
    rrsets->before = rrsets->before ? rz_rrset_copy(&plan->arena, rrsets->before) : NULL;
    rrsets->after = rrsets->after ? rz_rrset_copy(&plan->arena, rrsets->after) : NULL;
}

struct rz_plan_change *rz_zone_plan_add(struct rz_zone_plan *plan, const struct rz_rrset *before,
                                        const struct rz_rrset *after)
{
    plan->changes = rz_grow(plan->changes, &plan->capacity, plan->count + 1, sizeof *plan->changes);
    struct rz_plan_change *change = &plan->changes[plan->count++];
    *change = (struct rz_plan_change){.change = {before, after}};
    if (!plan->shares)
        own_change(plan, change);
    switch (rz_change_kind(change->change)) {
    case RZ_CREATE: plan->creates++; break;
    case RZ_UPDATE: plan->updates++; break;
    case RZ_DELETE: plan->deletes++; break;
    }
    return change;
}

static const char *intern_file(struct rz_differ *differ, const struct rz_rrset *after)
{
    const char *file = rz_zone_origin_file(differ->desired, after);
    if (!file)
        return NULL;
    if (!differ->file || strcmp(differ->file, file) != 0)
        differ->file = rz_arena_strdup(&differ->plan->arena, file);
    return differ->file;
}

void rz_diff_change(struct rz_differ *differ, const struct rz_rrset *before,
                    const struct rz_rrset *after)
{
    struct rz_plan_change *change = rz_zone_plan_add(differ->plan, before, after);
    change->file = after ? intern_file(differ, after) : NULL;
}

static void create_or_update(struct rz_differ *differ, const struct rz_rrset *before,
                             const struct rz_rrset *after)
{
    if (before && before->ttl == after->ttl && !(before->flags & RZ_RRSET_MIXED_TTL)
        && rz_rrset_same_rdata(before, after))
        return;
    rz_diff_change(differ, before, after);
}

/* The files say nothing of an SOA or apex NS they do not have: those of the live zone stay. */
static bool stays_without_mention(const struct rz_differ *differ, const struct rz_rrset *live)
{
    const struct rz_zone_settings *settings = differ->options->settings;
    const struct rz_zone *applied = differ->options->applied;
    if (live->flags & RZ_RRSET_DISABLED)
        return true;
    /* Of a part that is managed, what earlier runs put there is rezone's. */
    if (settings && settings->manage_listed
        && !(applied && rz_zone_find(applied, live->owner, live->type)))
        return true;
    return (live->type == RZ_TYPE_SOA || live->type == RZ_TYPE_NS)
           && rz_name_equal(live->owner, differ->plan->apex.wire);
}

/* The DS of a delegated zone that is of the project too come from its keys, by its roll-overs. */
static bool is_childs_ds(const struct rz_differ *differ, const struct rz_rrset *live)
{
    return live->type == RZ_TYPE_DS && differ->options->project
           && rz_zone_find(differ->desired, live->owner, RZ_TYPE_NS)
           && rz_project_has_zone(differ->options->project, live->owner);
}

static void only_live(struct rz_differ *differ, const struct rz_rrset *live)
{
    if (rz_rtype_is_signing(live->type)) {
        rz_diff_signing(differ, live, NULL);
        return;
    }
    if (is_out_of_scope(differ, live) || is_ignored(differ, live) || is_childs_ds(differ, live)
        || stays_without_mention(differ, live))
        return;
    rz_zone_plan_add(differ->plan, live, NULL);
}

static void in_desired(struct rz_differ *differ, const struct rz_rrset *live,
                       const struct rz_rrset *desired)
{
    if (rz_rtype_is_signing(desired->type)) {
        rz_diff_signing(differ, live, desired);
        return;
    }
    if (is_out_of_scope(differ, desired) || is_ignored(differ, desired))
        return;
    if (rz_capability_check(differ, desired))
        create_or_update(differ, live, desired);
}

static void walk(struct rz_differ *differ, const struct rz_zone *live)
{
    const struct rz_zone *desired = differ->desired;
    size_t l = 0, d = 0;
    while (l < live->count || d < desired->count) {
        int order = l == live->count ? 1
                    : d == desired->count
                        ? -1
                        : rz_rrset_compare_key(&live->rrsets[l], &desired->rrsets[d]);
        if (order < 0) {
            only_live(differ, &live->rrsets[l++]);
        } else if (order > 0) {
            in_desired(differ, NULL, &desired->rrsets[d++]);
        } else {
            in_desired(differ, &live->rrsets[l], &desired->rrsets[d]);
            l++, d++;
        }
    }
}

static const struct rz_zone_pattern *copy_patterns(struct rz_zone_plan *plan,
                                                   const struct rz_zone_pattern *patterns,
                                                   size_t count)
{
    struct rz_zone_pattern *copies = rz_arena_alloc(&plan->arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = patterns[i];
        if (copies[i].name)
            copies[i].name = rz_arena_strdup(&plan->arena, copies[i].name);
    }
    return copies;
}

/* The document's zone is freed before policy is checked and the result verified. */
static void keep_settings(struct rz_zone_plan *plan, const struct rz_zone_settings *settings)
{
    plan->protect = copy_patterns(plan, settings->protect, settings->protect_count);
    plan->protect_count = settings->protect_count;
    plan->ignore = copy_patterns(plan, settings->ignore, settings->ignore_count);
    plan->ignore_count = settings->ignore_count;
    plan->manage_listed = settings->manage_listed;
}

enum rz_status rz_diff(struct rz_zone_plan *plan, const struct rz_zone *desired,
                       const struct rz_zone *live, const struct rz_diff_options *options)
{
    struct rz_differ differ = {.plan = plan, .desired = desired, .options = options};
    plan->live_fingerprint = live->fingerprint;
    plan->desired_fingerprint = desired->fingerprint;
    plan->live_rrsets = live->count;
    plan->desired_rrsets = desired->count;
    plan->presigned = rz_diff_is_presigned(rz_zone_find(live, plan->apex.wire, RZ_TYPE_DNSSEC));
    size_t errors = plan->diags.errors;
    walk(&differ, live);
    if (options->settings)
        keep_settings(plan, options->settings);
    if (rz_select_changes(plan, live, &options->selection) != RZ_OK)
        return RZ_INVALID;
    rz_note_renames(plan);
    rz_assess_risks(plan, desired, options->capabilities);
    return plan->diags.errors > errors ? RZ_INVALID : RZ_OK;
}

void rz_zone_plan_settle(struct rz_zone_plan *plan, struct rz_zone *desired, struct rz_zone *live)
{
    if (!plan->shares)
        return;
    plan->shares = false;
    if (plan->count * 2 < desired->count + live->count) {
        for (size_t i = 0; i < plan->count; i++)
            own_change(plan, &plan->changes[i]);
        return;
    }
    plan->kept = rz_alloc(2 * sizeof *plan->kept);
    plan->kept[0] = *desired;
    plan->kept[1] = *live;
    *desired = *live = (struct rz_zone){0};
}

void rz_zone_plan_free(struct rz_zone_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; plan->kept && i < 2; i++)
        rz_zone_free(&plan->kept[i]);
    free(plan->kept);
    rz_arena_free(&plan->arena);
    rz_diags_free(&plan->diags);
    free(plan->changes);
    free(plan->findings);
    free(plan);
}

struct rz_zone_plan *rz_zone_plan_inverse(const struct rz_zone_plan *plan)
{
    struct rz_zone_plan *inverse = rz_alloc_zero(1, sizeof *inverse);
    inverse->apex = plan->apex;
    inverse->target = rz_arena_strdup(&inverse->arena, plan->target);
    inverse->revision = plan->revision;
    inverse->create_zone = plan->delete_zone;
    inverse->delete_zone = plan->create_zone;
    for (size_t i = 0; i < plan->count; i++)
        rz_zone_plan_add(inverse, plan->changes[i].change.after, plan->changes[i].change.before);
    return inverse;
}
