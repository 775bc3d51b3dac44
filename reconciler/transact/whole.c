/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and removing whole zones. An outcome that is not known is settled by looking whether the zone
 * is there, and only then sent again. */
#include "transact/transact_internal.h"

enum found { FOUND_DONE, FOUND_OPEN, FOUND_HALF };

static enum rz_status send_once(struct rz_zone_transaction *zone, const struct rz_zone *after)
{
    const struct rz_provider_ops *ops = zone->provider->ops;
    struct rz_diags *diags = &zone->result->diags;
    enum rz_status status = rz_zone_transaction_hold(zone);
    if (status != RZ_OK)
        return status;
    status = after ? ops->create_zone(zone->provider, after, diags)
                   : ops->delete_zone(zone->provider, zone->plan->apex.wire, diags);
    zone->touched |= status == RZ_OK || status == RZ_UNKNOWN;
    return status;
}

static enum rz_status complain(struct rz_zone_transaction *zone, enum rz_code code,
                               const char *what, enum rz_status status)
{
    rz_diags_add(&zone->result->diags, code, rz_place_named(zone->zone), "%s: %s",
                 zone->plan->target, what);
    return status;
}

/* A server may have made the zone and failed before its records were in: such a one holds nothing. */
static enum rz_status settle(struct rz_zone_transaction *zone, const struct rz_zone *after,
                             enum found *found)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    if (rz_context_stopped(zone->whole->project->context))
        return complain(zone, RZ5002, "stopped before it was known whether the zone is there",
                        RZ_UNKNOWN);
    enum rz_status status = zone->provider->ops->fetch(zone->provider, zone->plan->apex.wire, &live,
                                                       &revision, &zone->result->diags);
    bool foreign = status == RZ_OK && !after && rz_zone_has_foreign(zone->plan, &live);
    *found = revision.exists != (after != NULL) ? FOUND_OPEN : FOUND_DONE;
    if (after && revision.exists && live.count == 0)
        *found = FOUND_HALF;
    rz_zone_free(&live);
    if (status != RZ_OK)
        return complain(zone, RZ5002,
                        after ? "whether the zone was made is not known, and it cannot be read back"
                              : "whether the zone was deleted is not known, and it cannot be read "
                                "back",
                        RZ_UNKNOWN);
    if (foreign)
        return complain(zone, RZ5005,
                        "somebody else has put records into the zone that was to be deleted",
                        RZ_CONFLICT);
    return RZ_OK;
}

/* An earlier request that was slow to arrive is seen by the answer to the next one. */
static bool is_open(enum rz_status status, const struct rz_zone *after, int attempt)
{
    return status == RZ_UNKNOWN || (attempt > 0 && status == (after ? RZ_CONFLICT : RZ_NOT_FOUND));
}

static enum rz_status send(struct rz_zone_transaction *zone, const struct rz_zone *after)
{
    bool touched = zone->touched;
    size_t first = zone->result->diags.count;
    enum rz_status status = send_once(zone, after);
    for (int attempt = 0; is_open(status, after, attempt); attempt++) {
        enum found found;
        status = settle(zone, after, &found);
        if (status != RZ_OK)
            return status;
        if (found == FOUND_DONE)
            break;
        if (after && found == FOUND_OPEN) /* what is left of a zone may lack some of its records */
            zone->touched = touched;
        if (attempt == RZ_RESENDS)
            return complain(zone, RZ5001,
                            after ? "the zone could not be made, again and again"
                                  : "the zone could not be deleted, again and again",
                            RZ_REJECTED);
        rz_zone_transaction_pause(zone, attempt);
        if (found == FOUND_HALF)
            status = rz_zone_transaction_remove(zone);
        if (status == RZ_OK)
            status = send_once(zone, after);
    }
    if (status == RZ_OK)
        rz_zone_transaction_forgive(zone, first);
    return status;
}

enum rz_status rz_zone_transaction_make(struct rz_zone_transaction *zone,
                                        const struct rz_zone *after)
{
    return send(zone, after);
}

enum rz_status rz_zone_transaction_remove(struct rz_zone_transaction *zone)
{
    return send(zone, NULL);
}
