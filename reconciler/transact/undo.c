/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back: what the zone is now is compared with before and after of each change, and only what
 * this run changed is put back. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transact/transact_internal.h"

static bool is_same(const struct rz_rrset *now, const struct rz_rrset *then)
{
    return now && then ? rz_rrset_equal(now, then) : now == then;
}

static void report_conflict(struct rz_zone_transaction *zone, const struct rz_rrset *subject)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_name_text_relative(owner, subject->owner, zone->plan->apex.wire);
    rz_diags_add(&zone->result->diags, RZ5005, rz_place_named(zone->zone),
                 "%s %s was changed by somebody else at %s meanwhile; it is left as it is", owner,
                 rz_rtype_text(type, subject->type), zone->plan->target);
}

/* The changes that lead back; `*conflicts` counts RRsets that are neither before nor after. */
static struct rz_zone_plan *way_back(struct rz_zone_transaction *zone, const struct rz_zone *live,
                                     size_t *conflicts)
{
    struct rz_zone_plan *back = rz_alloc_zero(1, sizeof *back);
    back->apex = zone->plan->apex;
    back->target = zone->plan->target;
    bool by_record =
        zone->provider->ops->capabilities(zone->provider)->atomicity == RZ_ATOMIC_RECORD;
    *conflicts = 0;
    for (size_t i = 0; i < zone->plan->count; i++) {
        const struct rz_change change = zone->plan->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(live, subject->owner, subject->type);
        if (is_same(now, change.before))
            continue;
        if (is_same(now, change.after) || (by_record && rz_change_is_partial(change, now))) {
            rz_zone_plan_add(back, now, change.before);
        } else {
            report_conflict(zone, subject);
            ++*conflicts;
        }
    }
    return back;
}

/* Whether every RRset of the plan is as it was before. */
static bool is_as_before(struct rz_zone_transaction *zone, uint32_t *serial)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    bool same = zone->provider->ops->fetch(zone->provider, zone->plan->apex.wire, &live, &revision,
                                           &zone->result->diags) == RZ_OK
                && revision.exists == !zone->plan->create_zone;
    for (size_t i = 0; same && i < zone->plan->count && revision.exists; i++) {
        const struct rz_change change = zone->plan->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        same = is_same(rz_zone_find(&live, subject->owner, subject->type), change.before);
    }
    if (revision.has_serial)
        *serial = revision.serial;
    rz_zone_free(&live);
    return same;
}

static enum rz_status send_back(struct rz_zone_transaction *zone, const struct rz_zone *live,
                                size_t *conflicts)
{
    struct rz_zone whole;
    struct rz_zone_plan *back = way_back(zone, live, conflicts);
    enum rz_status status = rz_plan_merge(&whole, live, back, &zone->result->diags);
    if (status == RZ_OK && back->count)
        status = rz_zone_transaction_send(zone, back, &whole);
    rz_zone_free(&whole);
    rz_zone_plan_free(back);
    return status;
}

/* Reads the zone and does what is needed to have it as before. */
static enum rz_status restore(struct rz_zone_transaction *zone, size_t *conflicts)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    const struct rz_provider_ops *ops = zone->provider->ops;
    const uint8_t *apex = zone->plan->apex.wire;
    enum rz_status status = ops->fetch(zone->provider, apex, &live, &revision, &zone->result->diags);
    zone->revision = revision;
    if (status != RZ_OK) {
        /* cannot be read: unknown */
    } else if (zone->plan->create_zone) {
        status = revision.exists ? ops->delete_zone(zone->provider, apex, &zone->result->diags) : RZ_OK;
    } else if (!revision.exists) {
        status = ops->create_zone ? ops->create_zone(zone->provider, &zone->live, &zone->result->diags)
                                  : RZ_UNSUPPORTED;
    } else {
        status = send_back(zone, &live, conflicts);
    }
    rz_zone_free(&live);
    return status;
}

void rz_zone_transaction_undo(struct rz_zone_transaction *zone)
{
    uint32_t serial = 0;
    size_t conflicts = 0;
    zone->undoing = true;
    rz_zone_transaction_state(zone, RZ_STATE_ROLLING_BACK, NULL);
    enum rz_status status = restore(zone, &conflicts);
    if (status == RZ_OK && conflicts == 0 && is_as_before(zone, &serial)) {
        zone->result->serial_after = serial;
        rz_diags_add(&zone->result->diags, RZ5003, rz_place_named(zone->zone),
                     "rolled back at %s: read back, it is what it was before", zone->plan->target);
        rz_zone_transaction_state(zone, RZ_STATE_ROLLED_BACK, NULL);
        return;
    }
    struct rz_diag *diag = rz_diags_add(&zone->result->diags, RZ5004, rz_place_named(zone->zone),
                                        "the rollback at %s is incomplete", zone->plan->target);
    rz_diag_hint(&zone->result->diags, diag, "`rezone rollback %lld` takes it up again",
                 (long long)zone->whole->run.id);
    rz_zone_transaction_state(zone, RZ_STATE_UNKNOWN, "rollback incomplete");
}
