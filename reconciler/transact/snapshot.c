/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot of a zone that a run leaves: drift is measured against it afterwards. */
#include "journal/applied.h"
#include "journal/zone_snapshot.h"
#include "support/alloc.h"
#include "transact/transact_internal.h"

static unsigned scope_of(const struct rz_capabilities *can)
{
    return (can->owns_soa ? RZ_SCOPE_OWN_SOA : 0u) | (can->owns_apex_ns ? RZ_SCOPE_OWN_APEX_NS : 0u)
           | (can->signs_online ? RZ_SCOPE_SIGNED : 0u);
}

static void write_out(struct rz_zone_transaction *zone, const struct rz_zone *image,
                      struct rz_snapshot *snapshot, struct rz_buffer *octets)
{
    bool made = image == &zone->after && zone->image.size;
    snapshot->scope = scope_of(zone->provider->ops->capabilities(zone->provider));
    snapshot->serial = zone->result->serial_after;
    snapshot->fingerprint = image->fingerprint;
    if (!made)
        rz_zone_snapshot_write(octets, image, snapshot->scope);
    snapshot->data = rz_buffer_view(made ? &zone->image : octets);
}

/* Plans that are not of files say nothing of what they do not touch. */
static bool is_partial(const struct rz_zone_plan *plan)
{
    return plan->partial || !plan->path;
}

void rz_zone_transaction_image(struct rz_zone_transaction *zone)
{
    if (rz_journal_is_kept(zone->whole->project->state) && !is_partial(zone->plan))
        rz_zone_snapshot_write(&zone->image, &zone->after,
                               scope_of(zone->provider->ops->capabilities(zone->provider)));
}

/* The snapshot there is with the plan's changes made: what the run did not touch stays as it was last
 * agreed on, and not as it happens to be live. False where there is none to begin with. */
static bool write_changed(struct rz_zone_transaction *zone, const struct rz_zone_plan *changes,
                          int64_t only_of_run, struct rz_snapshot *snapshot,
                          struct rz_buffer *octets)
{
    struct rz_arena arena = {0};
    struct rz_diags ignored = {0};
    struct rz_snapshot old;
    struct rz_zone before, after;
    bool good = rz_journal_snapshot(zone->whole->journal, zone->zone, zone->plan->target, &old,
                                    &arena, &ignored)
                    == RZ_OK
                && (only_of_run == 0 || old.run == only_of_run);
    if (good) {
        good = rz_zone_snapshot_read(&before, changes->apex.wire, old.data);
        if (good) {
            good = rz_plan_merge(&after, &before, changes, &ignored) == RZ_OK;
            if (good)
                write_out(zone, &after, snapshot, octets);
            rz_zone_free(&after);
        }
        rz_zone_free(&before);
    }
    rz_diags_free(&ignored);
    rz_arena_free(&arena);
    return good;
}

const struct rz_snapshot *rz_zone_transaction_snapshot(struct rz_zone_transaction *zone,
                                                       struct rz_snapshot *snapshot,
                                                       struct rz_buffer *octets)
{
    *snapshot = (struct rz_snapshot){0};
    if (!rz_journal_is_kept(zone->whole->project->state))
        return NULL;
    if (zone->plan->delete_zone)
        return snapshot; /* there is none any more */
    if (!is_partial(zone->plan) || zone->plan->create_zone
        || !write_changed(zone, zone->plan, 0, snapshot, octets))
        write_out(zone, &zone->after, snapshot, octets);
    return snapshot;
}

const struct rz_snapshot *rz_zone_transaction_snapshot_back(struct rz_zone_transaction *zone,
                                                            struct rz_snapshot *snapshot,
                                                            struct rz_buffer *octets)
{
    *snapshot = (struct rz_snapshot){0};
    if (!rz_journal_is_kept(zone->whole->project->state) || !zone->taken_back)
        return NULL;
    struct rz_zone_plan *inverse = rz_zone_plan_inverse(zone->plan);
    bool kept = !zone->plan->create_zone
                && write_changed(zone, inverse, zone->whole->run.id, snapshot, octets);
    rz_zone_plan_free(inverse);
    /* Where it cannot be told what there was, there is none, and drift compares two and not three. */
    if (!kept)
        *snapshot = (struct rz_snapshot){0};
    return snapshot;
}

/* Of `changes`, those of RRsets that runs put there: what a person changes by a command stays his. */
static struct rz_zone_plan *changes_of_applied(const struct rz_zone_plan *changes,
                                               const struct rz_zone *applied)
{
    struct rz_zone_plan *own = rz_alloc_zero(1, sizeof *own);
    own->apex = changes->apex;
    for (size_t i = 0; i < changes->count; i++) {
        const struct rz_change change = changes->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        if (rz_zone_find(applied, subject->owner, subject->type))
            rz_zone_plan_add(own, change.before, change.after);
    }
    return own;
}

/* What was changed, as far as it counts; `*made` is to be freed. */
static const struct rz_zone_plan *counting_changes(struct rz_zone_transaction *zone,
                                                   const struct rz_zone *applied,
                                                   struct rz_zone_plan **made)
{
    const struct rz_transact_options *options = zone->whole->options;
    *made = NULL;
    if (zone->taken_back)
        return *made = rz_zone_plan_inverse(zone->plan);
    /* recover --forward: what the killed run did counts as well */
    if (options->proofs && options->proofs[zone->index])
        return options->proofs[zone->index];
    if (zone->plan->path || zone->whole->run.undoes)
        return zone->plan;
    return *made = changes_of_applied(zone->plan, applied);
}

const struct rz_str *rz_zone_transaction_applied(struct rz_zone_transaction *zone,
                                                 struct rz_str *applied, struct rz_buffer *octets)
{
    struct rz_diags ignored = {0};
    struct rz_zone before, after;
    bool of_files = zone->plan->path && zone->whole->run.undoes == 0;
    *applied = (struct rz_str){0};
    if (!rz_journal_is_kept(zone->whole->project->state))
        return NULL;
    if (zone->plan->delete_zone || (of_files && !zone->plan->manage_listed))
        return applied;
    enum rz_status status = rz_journal_applied(zone->whole->journal, zone->plan->apex.wire,
                                               zone->plan->target, &before, &ignored);
    bool wanted = status == RZ_OK || (of_files && status == RZ_NOT_FOUND);
    if (wanted) {
        struct rz_zone_plan *made;
        const struct rz_zone_plan *changes = counting_changes(zone, &before, &made);
        wanted = rz_plan_merge(&after, &before, changes, &ignored) == RZ_OK;
        if (wanted)
            rz_zone_snapshot_write(octets, &after, 0);
        rz_zone_free(&after);
        rz_zone_plan_free(made);
    }
    rz_zone_free(&before);
    rz_diags_free(&ignored);
    *applied = rz_buffer_view(octets);
    return wanted ? applied : NULL;
}
