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
    bool by_record = zone->provider->ops->capabilities(zone->provider)->atomicity
                     == RZ_ATOMIC_RECORD;
    *conflicts = 0;
    for (size_t i = 0; i < zone->plan->count; i++) {
        const struct rz_change change = zone->plan->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(live, subject->owner, subject->type);
        if (is_same(now, change.before))
            continue;
        /* Keys are made and changed one by one wherever they are. */
        bool in_parts = by_record || rz_rtype_is_signing(subject->type);
        if (is_same(now, change.after) || (in_parts && rz_change_is_partial(change, now))) {
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
                                           &zone->result->diags)
                    == RZ_OK
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

static enum rz_status report_zone(struct rz_zone_transaction *zone, const char *what)
{
    rz_diags_add(&zone->result->diags, RZ5005, rz_place_named(zone->zone), "%s at %s", what,
                 zone->plan->target);
    return RZ_CONFLICT;
}

/* The zone this run made, unless somebody has put records of his own into it. */
static enum rz_status remove_created(struct rz_zone_transaction *zone, const struct rz_zone *live,
                                     bool exists)
{
    if (!exists)
        return RZ_OK;
    if (rz_zone_has_foreign(zone->plan, live))
        return report_zone(zone, "somebody else has put records into the new zone");
    return rz_zone_transaction_remove(zone);
}

/* The zone this run deleted, from the before images of its plan. */
static enum rz_status create_deleted(struct rz_zone_transaction *zone)
{
    struct rz_zone empty, before;
    struct rz_zone_plan *inverse = rz_zone_plan_inverse(zone->plan);
    struct rz_diags *diags = &zone->result->diags;
    rz_zone_init(&empty, zone->plan->apex.wire);
    enum rz_status status = rz_zone_finish(&empty, RZ_ZONE_LIVE, diags);
    enum rz_status merged = rz_plan_merge(&before, &empty, inverse, diags);
    status = status == RZ_OK ? merged : status;
    if (status == RZ_OK)
        status = rz_zone_transaction_create(zone, &before);
    rz_zone_free(&before);
    rz_zone_free(&empty);
    rz_zone_plan_free(inverse);
    return status;
}

/* Reads the zone and does what is needed to have it as before. */
static enum rz_status restore(struct rz_zone_transaction *zone, size_t *conflicts)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    enum rz_status status = zone->provider->ops->fetch(zone->provider, zone->plan->apex.wire, &live,
                                                       &revision, &zone->result->diags);
    zone->revision = revision;
    if (status != RZ_OK) {
        /* cannot be read: unknown */
    } else if (zone->plan->create_zone) {
        status = remove_created(zone, &live, revision.exists);
    } else if (zone->plan->delete_zone && !revision.exists) {
        status = create_deleted(zone);
    } else if (!revision.exists) {
        status = report_zone(zone, "somebody else has deleted the zone");
    } else {
        status = send_back(zone, &live, conflicts);
    }
    rz_zone_free(&live);
    return status;
}

static void leave_undone(struct rz_zone_transaction *zone, const char *what)
{
    struct rz_diag *diag = rz_diags_add(&zone->result->diags, RZ5004, rz_place_named(zone->zone),
                                        "%s at %s", what, zone->plan->target);
    rz_diag_hint(&zone->result->diags, diag, "`rezone recover` takes it up again");
}

void rz_zone_transaction_undo(struct rz_zone_transaction *zone)
{
    uint32_t serial = 0;
    size_t conflicts = 0;
    zone->undoing = true;
    /* Without a journal the way back is still gone: what the journal says then is mended later. */
    rz_zone_transaction_state(zone, RZ_STATE_ROLLING_BACK, NULL);
    enum rz_status status = zone->lost ? RZ_REFUSED : restore(zone, &conflicts);
    if (status != RZ_OK || conflicts || !is_as_before(zone, &serial)) {
        leave_undone(zone, "the rollback is incomplete");
        rz_zone_transaction_state(zone, RZ_STATE_UNKNOWN, "rollback incomplete");
        return;
    }
    zone->result->serial_after = serial;
    if (rz_zone_transaction_state(zone, RZ_STATE_ROLLED_BACK, NULL) == RZ_OK && !zone->lost) {
        rz_diags_add(&zone->result->diags, RZ5003, rz_place_named(zone->zone),
                     "rolled back at %s: read back, it is what it was before", zone->plan->target);
        return;
    }
    zone->result->state = RZ_STATE_UNKNOWN;
    leave_undone(zone, "the zone is what it was before, but the journal could not be told");
}
