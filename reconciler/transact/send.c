/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sending a zone's changes in batches. An outcome that is not known is settled by reading back,
 * never by sending again blindly. */
#include <stdlib.h>

#include "support/alloc.h"
#include "transact/transact_internal.h"

#define WAIT_FIRST_MS 50

enum settled { ALL_DONE, NONE_DONE, MIXED };

/* What the live zone says of a batch whose reply is missing. */
static enum settled settle(const struct rz_batch *batch, const struct rz_zone *live)
{
    size_t done = 0, open = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct rz_change change = batch->changes[i];
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(live, subject->owner, subject->type);
        if (change.after ? now && rz_rrset_equal(now, change.after) : !now)
            done++;
        else if (change.before ? now && rz_rrset_equal(now, change.before) : !now)
            open++;
    }
    return done == batch->count ? ALL_DONE : open == batch->count ? NONE_DONE : MIXED;
}

/* RZ_OK where sending may go on: without a journal that is only so on the way back, and with a broken
 * lock never, because the zone may be somebody else's now. */
static enum rz_status note_batch(struct rz_zone_transaction *zone, size_t first, size_t count,
                                 const char *outcome)
{
    struct rz_run_zone row = {.zone = zone->zone, .target = zone->plan->target};
    if (zone->lost)
        return RZ_REFUSED;
    enum rz_status status = rz_journal_batch(zone->whole->journal, zone->whole->run.id, zone->fence,
                                             &row, zone->batch, first, first + count, outcome,
                                             &zone->result->diags);
    zone->lost |= status == RZ_REFUSED;
    return zone->undoing && !zone->lost ? RZ_OK : status;
}

static enum rz_status complain(struct rz_zone_transaction *zone, enum rz_code code,
                               const char *what)
{
    rz_diags_add(&zone->result->diags, code, rz_place_named(zone->zone), "%s: %s",
                 zone->plan->target, what);
    return code == RZ5002 ? RZ_UNKNOWN : RZ_REJECTED;
}

static enum rz_status send_once(struct rz_zone_transaction *zone, struct rz_batch *batch)
{
    enum rz_status status = rz_zone_transaction_hold(zone);
    if (status != RZ_OK)
        return status;
    status = zone->provider->ops->apply(zone->provider, batch, &zone->result->diags);
    zone->touched |= status == RZ_OK || status == RZ_UNKNOWN;
    for (size_t i = 0; i < batch->count; i++)
        zone->touched |= batch->outcomes[i] == RZ_OUTCOME_DONE
                         || batch->outcomes[i] == RZ_OUTCOME_UNKNOWN;
    return status;
}

static bool is_stopped(const struct rz_zone_transaction *zone)
{
    const struct rz_context *context = zone->whole->project->context;
    return zone->undoing ? rz_context_stopped(context) : rz_context_cancelled(context);
}

void rz_zone_transaction_forgive(struct rz_zone_transaction *zone, size_t first)
{
    struct rz_diags *diags = &zone->result->diags;
    for (size_t i = first; i < diags->count; i++)
        if (diags->items[i].severity == RZ_ERROR)
            rz_diag_set_severity(diags, &diags->items[i], RZ_WARNING);
}

static enum rz_status settle_unknown(struct rz_zone_transaction *zone, struct rz_batch *batch,
                                     enum settled *settled)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    enum rz_status status = RZ_CANCELLED;
    if (!rz_context_stopped(zone->whole->project->context)) {
        status = zone->provider->ops->fetch(zone->provider, batch->apex, &live, &revision,
                                            &zone->result->diags);
        *settled = status == RZ_OK ? settle(batch, &live) : MIXED;
        rz_zone_free(&live);
        batch->expected = revision;
    }
    if (status != RZ_OK)
        return complain(zone, RZ5002,
                        "the reply to a change is missing, and the zone cannot be read back");
    return *settled == MIXED ? complain(zone, RZ5001, "part of the changes of a batch arrived")
                             : RZ_OK;
}

void rz_zone_transaction_pause(struct rz_zone_transaction *zone, int attempt)
{
    uint16_t chance;
    struct rz_context *context = zone->whole->project->context;
    context->random(context->user, &chance, sizeof chance);
    int64_t most = (int64_t)WAIT_FIRST_MS << attempt;
    context->sleep_ms(context, most / 2 + chance % most);
}

static enum rz_status send_batch(struct rz_zone_transaction *zone, struct rz_batch *batch)
{
    enum settled settled = NONE_DONE;
    bool touched = zone->touched;
    size_t first = zone->result->diags.count;
    enum rz_status status = send_once(zone, batch);
    for (int attempt = 0; status == RZ_UNKNOWN; attempt++) {
        status = settle_unknown(zone, batch, &settled);
        if (status != RZ_OK)
            return status;
        if (settled == ALL_DONE)
            break;
        zone->touched = touched;
        if (attempt == RZ_RESENDS)
            return complain(zone, RZ5001,
                            "the reply to a change was missing again and again, and it was not "
                            "carried out");
        rz_zone_transaction_pause(zone, attempt);
        status = send_once(zone, batch);
    }
    if (status == RZ_OK)
        rz_zone_transaction_forgive(zone, first);
    return status;
}

enum rz_status rz_zone_transaction_send(struct rz_zone_transaction *zone, struct rz_zone_plan *plan,
                                        const struct rz_zone *whole)
{
    struct rz_batch_list batches;
    enum rz_status status = RZ_OK;
    rz_order_batches(&batches, plan, zone->provider->ops->capabilities(zone->provider));
    enum rz_outcome *outcomes = rz_alloc_zero(plan->count + 1, sizeof *outcomes);
    for (size_t i = 0, first = 0; i < batches.batch_count && status == RZ_OK;
         first = batches.ends[i++]) {
        struct rz_batch batch = {.apex = plan->apex.wire,
                                 .changes = batches.changes + first,
                                 .count = batches.ends[i] - first,
                                 .expected = zone->revision,
                                 .outcomes = outcomes + first,
                                 .desired = whole};
        if (i > 0 && is_stopped(zone)) {
            complain(zone, RZ5006, "stopped between two batches");
            status = RZ_CANCELLED;
            break;
        }
        status = note_batch(zone, first, batch.count, "sent");
        if (status != RZ_OK)
            break;
        status = send_batch(zone, &batch);
        zone->revision = batch.expected;
        enum rz_status noted = note_batch(zone, first, batch.count,
                                          status == RZ_OK        ? "done"
                                          : status == RZ_UNKNOWN ? "unknown"
                                                                 : "not done");
        status = status == RZ_OK ? noted : status;
        zone->batch++;
    }
    free(outcomes);
    rz_batch_list_free(&batches);
    return status;
}
