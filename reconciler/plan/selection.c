/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving changes out of a zone's plan. */
#include "plan/selection.h"

#include <string.h>

#include "dns/rtype.h"
#include "plan/plan.h"

const char *const rz_plan_modes[] = {"full", "create-missing", "update-existing", NULL};

bool rz_rrset_matches_text(const char *pattern, const uint8_t *apex, const struct rz_rrset *rrset)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], glob[RZ_NAME_TEXT_MAX];
    const char *blank = strchr(pattern, ' ');
    size_t size = blank ? (size_t)(blank - pattern) : strlen(pattern);
    if (size == 0 || size >= sizeof glob)
        return false;
    memcpy(glob, pattern, size);
    glob[size] = '\0';
    const char *text = glob[size - 1] == '.' ? rz_name_text(owner, rrset->owner)
                                             : rz_name_text_relative(owner, rrset->owner, apex);
    return (strcmp(glob, "*") == 0 || rz_str_glob(glob, text))
           && (!blank || rz_str_glob(blank + 1, rz_rtype_text(type, rrset->type)));
}

static bool is_selected(const struct rz_selection *selection, const uint8_t *apex,
                        struct rz_change change)
{
    enum rz_change_kind kind = rz_change_kind(change);
    if ((selection->mode == RZ_MODE_CREATE_MISSING && kind != RZ_CREATE)
        || (selection->mode == RZ_MODE_UPDATE_EXISTING && kind != RZ_UPDATE))
        return false;
    for (size_t i = 0; i < selection->targets.count; i++)
        if (rz_rrset_matches_text(selection->targets.items[i], apex, rz_change_subject(change)))
            return true;
    return selection->targets.count == 0;
}

/* What a signer makes may stand beside a CNAME (RFC 4034 §3, §4). */
static bool clashes(const struct rz_rrset *one, const struct rz_rrset *other)
{
    bool alias = one->type == RZ_TYPE_CNAME, other_alias = other->type == RZ_TYPE_CNAME;
    return alias != other_alias && rz_name_equal(one->owner, other->owner)
           && !((rz_rtype_flags(one->type) | rz_rtype_flags(other->type)) & RZ_RTYPE_SIGNER);
}

static bool is_deleted(const struct rz_zone_plan *plan, const struct rz_rrset *live)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct rz_change change = plan->changes[i].change;
        if (!change.after && rz_rrset_compare_key(change.before, live) == 0)
            return true;
    }
    return false;
}

/* The live RRset beside which the new one cannot stand; NULL: none. `at` only moves on: both are in
 * the order of owners. */
static const struct rz_rrset *clash(const struct rz_zone_plan *plan, const struct rz_zone *live,
                                    const struct rz_rrset *created, size_t *at)
{
    while (*at < live->count && rz_name_compare(live->rrsets[*at].owner, created->owner) < 0)
        ++*at;
    for (size_t i = *at; i < live->count && rz_name_equal(live->rrsets[i].owner, created->owner);
         i++)
        if (clashes(created, &live->rrsets[i]) && !is_deleted(plan, &live->rrsets[i]))
            return &live->rrsets[i];
    return NULL;
}

static void warn_of_clash(struct rz_zone_plan *plan, const struct rz_rrset *created,
                          const struct rz_rrset *live)
{
    char apex[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX],
        other[RZ_RTYPE_TEXT_MAX];
    rz_name_text_relative(owner, created->owner, plan->apex.wire);
    struct rz_diag *diag = rz_diags_add(
        &plan->diags, RZ4005, rz_place_named(rz_name_text_plain(apex, plan->apex.wire)),
        "%s %s is left out: it cannot stand beside the %s that stays at %s", owner,
        rz_rtype_text(type, created->type), rz_rtype_text(other, live->type), plan->target);
    rz_diag_set_severity(&plan->diags, diag, RZ_WARNING);
    rz_diag_hint(&plan->diags, diag, "select both changes, or plan without --mode and --target");
}

static void note_left_out(struct rz_zone_plan *plan, size_t count)
{
    char apex[RZ_NAME_TEXT_MAX];
    if (count == 0)
        return;
    rz_diags_add(&plan->diags, RZ4005, rz_place_named(rz_name_text_plain(apex, plan->apex.wire)),
                 "%zu change%s at %s left out by --mode or --target", count, count == 1 ? "" : "s",
                 plan->target);
}

static void recount(struct rz_zone_plan *plan)
{
    plan->creates = plan->updates = plan->deletes = 0;
    for (size_t i = 0; i < plan->count; i++)
        switch (rz_change_kind(plan->changes[i].change)) {
        case RZ_CREATE: plan->creates++; break;
        case RZ_UPDATE: plan->updates++; break;
        case RZ_DELETE: plan->deletes++; break;
        }
}

static enum rz_status refuse_missing_zone(struct rz_zone_plan *plan)
{
    char apex[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        &plan->diags, RZ4004, rz_place_named(rz_name_text_plain(apex, plan->apex.wire)),
        "%s does not have the zone, and --target makes none", plan->target);
    rz_diag_hint(&plan->diags, diag,
                 "make the zone with `rezone zone create`, or plan without --target");
    return RZ_INVALID;
}

enum rz_status rz_select_changes(struct rz_zone_plan *plan, const struct rz_zone *live,
                                 const struct rz_selection *selection)
{
    size_t kept = 0, count = plan->count, at = 0;
    if (selection->mode == RZ_MODE_FULL && selection->targets.count == 0)
        return RZ_OK;
    plan->partial = true;
    if (plan->create_zone && selection->targets.count)
        return refuse_missing_zone(plan);
    plan->create_zone = plan->create_zone && selection->mode != RZ_MODE_UPDATE_EXISTING;
    for (size_t i = 0; i < count; i++)
        if (is_selected(selection, plan->apex.wire, plan->changes[i].change))
            plan->changes[kept++] = plan->changes[i];
    plan->count = kept;
    for (size_t i = kept = 0; i < plan->count; i++) {
        const struct rz_change change = plan->changes[i].change;
        const struct rz_rrset *other = change.before ? NULL : clash(plan, live, change.after, &at);
        if (other)
            warn_of_clash(plan, change.after, other);
        else
            plan->changes[kept++] = plan->changes[i];
    }
    plan->count = kept;
    recount(plan);
    note_left_out(plan, count - kept);
    return RZ_OK;
}
