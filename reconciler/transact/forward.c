/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone forward: lock, refetch, compare, journal, send, verify, commit; or the way back. */
#include "transact/forward.h"

#include <inttypes.h>
#include <stdlib.h>

#include "meter.h"
#include "plan/chain.h"
#include "plan/plan_file.h"
#include "pool.h"
#include "staging.h"
#include "support/alloc.h"
#include "transact/checks.h"

#define READIED_FROM 1000 /* RRsets of the zone */

#define LOCK_PAUSE_MS 200

void rz_zone_transaction_show(struct rz_zone_transaction *zone, enum rz_zone_state state)
{
    struct rz_transaction *whole = zone->whole;
    zone->result->state = state;
    pthread_mutex_lock(&whole->lock);
    if (whole->options->progress)
        whole->options->progress(whole->options->user, zone->plan, state);
    pthread_mutex_unlock(&whole->lock);
}

enum rz_status rz_zone_transaction_state(struct rz_zone_transaction *zone, enum rz_zone_state state,
                                         const char *detail)
{
    struct rz_transaction *whole = zone->whole;
    struct rz_run_zone row = {.zone = zone->zone,
                              .target = zone->plan->target,
                              .state = state,
                              .detail = detail,
                              .serial_after = zone->result->serial_after,
                              .mends = whole->run.undoes,
                              .mended = whole->options->mended};
    struct rz_snapshot snapshot;
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer applied_octets = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer record = {0};
    struct rz_str applied;
    if (zone->verified) {
        rz_verify_record_write(&record, &zone->result->report, zone->result->read_back);
        row.verification = record.data;
        zone->verified = false; /* once is enough */
    }
    if (whole->options->mended_details)
        row.mended_detail = whole->options->mended_details[zone->index];
    if (state == RZ_STATE_COMMITTED || (state == RZ_STATE_ROLLED_BACK && zone->taken_back))
        row.applied = rz_zone_transaction_applied(zone, &applied, &applied_octets);
    if (state == RZ_STATE_COMMITTED)
        row.snapshot = rz_zone_transaction_snapshot(zone, &snapshot, &octets);
    else if (state == RZ_STATE_ROLLED_BACK)
        row.snapshot = rz_zone_transaction_snapshot_back(zone, &snapshot, &octets);
    rz_zone_transaction_show(zone, state);
    if (zone->fence == 0 || zone->lost)
        return RZ_OK;
    enum rz_status status = rz_journal_state(whole->journal, whole->run.id, zone->fence, &row,
                                             &zone->result->diags);
    zone->lost |= status == RZ_REFUSED;
    return status;
}

enum rz_status rz_zone_transaction_hold(struct rz_zone_transaction *zone)
{
    if (!zone->lost)
        zone->lost = rz_journal_hold(zone->whole->journal, zone->zone, zone->plan->target,
                                     &zone->result->diags)
                     != RZ_OK;
    return zone->lost ? RZ_REFUSED : RZ_OK;
}

/* Waits for another run as long as the settings say; never for a zone that was left open. */
static enum rz_status wait_for_lock(struct rz_zone_transaction *zone)
{
    struct rz_transaction *whole = zone->whole;
    struct rz_context *context = whole->project->context;
    int64_t deadline = context->ticks(context->user)
                       + (int64_t)whole->project->apply.lock_wait * 1000;
    for (;;) {
        struct rz_diags diags = {0};
        enum rz_status status = rz_journal_lock(whole->journal, whole->run.id, zone->zone,
                                                zone->plan->target, &zone->fence, &diags);
        if (status != RZ_CONFLICT || context->ticks(context->user) >= deadline
            || rz_context_cancelled(context)) {
            rz_diags_take(&zone->result->diags, &diags);
            return status == RZ_CONFLICT ? RZ_REFUSED : status;
        }
        rz_diags_free(&diags);
        rz_context_wait(context, LOCK_PAUSE_MS);
    }
}

static enum rz_status lock_zone(struct rz_zone_transaction *zone)
{
    struct rz_diags *diags = &zone->result->diags;
    int64_t newest = 0;
    struct rz_transaction *whole = zone->whole;
    enum rz_status status = wait_for_lock(zone);
    if (status != RZ_OK) {
        zone->fence = 0;
        return status;
    }
    /* What a lost worker had begun was taken back, for this plan to be made anew. */
    status = rz_journal_newest_plan(whole->journal, zone->zone, zone->plan->target,
                                    whole->options->queue ? whole->run.plan_id : NULL, &newest,
                                    diags);
    if (status == RZ_OK && newest > whole->run.plan_created) {
        struct rz_diag *diag = rz_diags_add(diags, RZ4106, rz_place_named(zone->zone),
                                            "a newer plan was applied to the zone at %s already",
                                            zone->plan->target);
        rz_diag_hint(diags, diag, "make a new plan");
        status = RZ_REFUSED;
    }
    return status;
}

static enum rz_status refuse_moved(struct rz_zone_transaction *zone, const char *what)
{
    struct rz_diag *diag = rz_diags_add(&zone->result->diags, RZ4105, rz_place_named(zone->zone),
                                        "%s %s", zone->plan->target, what);
    rz_diag_hint(&zone->result->diags, diag, "make a new plan");
    return RZ_REFUSED;
}

/* The live zone once more, under the lock. */
static enum rz_status refetch(struct rz_zone_transaction *zone)
{
    bool unrelated = false;
    struct rz_diags *diags = &zone->result->diags;
    struct rz_context *context = zone->whole->project->context;
    int64_t begun = rz_meter_begin(context, RZ_PHASE_FETCH);
    enum rz_status status = zone->provider->ops->fetch(zone->provider, zone->plan->apex.wire,
                                                       &zone->live, &zone->revision, diags);
    rz_meter_end(context, RZ_PHASE_FETCH, begun);
    zone->fetched = true;
    if (status != RZ_OK)
        return status;
    zone->result->serial_before = zone->revision.serial;
    if (zone->plan->create_zone && zone->revision.exists)
        return refuse_moved(zone, "has the zone meanwhile");
    if (zone->plan->revision.exists && !zone->revision.exists)
        return refuse_moved(zone, "no longer has the zone");
    status = rz_plan_stale(zone->plan, &zone->live, &unrelated, diags);
    if (status == RZ_OK && unrelated && zone->plan->delete_zone)
        return refuse_moved(zone,
                            "has RRsets in the zone that the plan to delete it does not know");
    if (status == RZ_OK && unrelated) {
        rz_diags_add(diags, RZ5008, rz_place_named(zone->zone),
                     "%s has changed since the plan in RRsets that the plan does not touch",
                     zone->plan->target);
    }
    return status;
}

/* The intent, and what can be made ready while the disk takes it. */
struct readying {
    struct rz_zone_transaction *zone;
    enum rz_status status; /* of the intent */
};

static void make_ready(void *user, size_t which)
{
    struct readying *readying = user;
    struct rz_zone_transaction *zone = readying->zone;
    if (which == 0) {
        /* The revision is the refetched one, so that the journal has the serial as it was. */
        struct rz_zone_plan intent = *zone->plan;
        intent.revision = zone->revision;
        readying->status = rz_journal_intent(zone->whole->journal, zone->whole->run.id, zone->fence,
                                             &intent, &zone->result->diags);
    } else if (which == 1) {
        rz_zone_transaction_image(zone);
    } else {
        zone->provider->ops->staging->stage(zone->provider, &zone->after, &zone->revision);
    }
}

static enum rz_status write_intent(struct rz_zone_transaction *zone)
{
    struct readying readying = {.zone = zone};
    enum rz_status status = rz_plan_merge_shared(&zone->after, &zone->live, zone->plan,
                                                 &zone->result->diags);
    zone->merged = true;
    if (status != RZ_OK)
        return status;
    /* A small zone is written before a thread would have begun. */
    bool large = zone->after.count >= READIED_FROM && !zone->plan->delete_zone;
    size_t count = !large ? 1 : zone->provider->ops->staging ? 3 : 2;
    rz_pool_run(count, count, make_ready, &readying);
    return readying.status;
}

/* Whether the target is proved to have `zone` without fetching it. */
static bool holds(struct rz_zone_transaction *zone, const struct rz_zone *after)
{
    const struct rz_staging_ops *staging = zone->provider->ops->staging;
    return staging && staging->holds(zone->provider, after, &zone->revision);
}

static void forget_staged(struct rz_zone_transaction *zone)
{
    if (zone->provider && zone->provider->ops->staging)
        zone->provider->ops->staging->forget(zone->provider, zone->plan->apex.wire);
}

struct rz_zone_plan *rz_zone_transaction_rest(const struct rz_zone_plan *plan,
                                              const struct rz_zone *live,
                                              const struct rz_zone *after)
{
    struct rz_zone_plan *rest = rz_alloc_zero(1, sizeof *rest);
    rest->apex = plan->apex;
    rest->target = plan->target;
    size_t l = 0, a = 0;
    while (l < live->count || a < after->count) {
        int order = l == live->count    ? 1
                    : a == after->count ? -1
                                        : rz_rrset_compare_key(&live->rrsets[l], &after->rrsets[a]);
        const struct rz_rrset *have = order <= 0 ? &live->rrsets[l] : NULL;
        const struct rz_rrset *want = order >= 0 ? &after->rrsets[a] : NULL;
        /* An SOA or NS that the target made for itself and the files do not mention stays. */
        if (want && (!have || !rz_rrset_equal(have, want)))
            rz_zone_plan_add(rest, have, want);
        l += order <= 0;
        a += order >= 0;
    }
    return rest;
}

enum rz_status rz_zone_transaction_create(struct rz_zone_transaction *zone, struct rz_zone *after)
{
    struct rz_zone live, whole;
    struct rz_revision revision = {0};
    struct rz_diags *diags = &zone->result->diags;
    const struct rz_provider_ops *ops = zone->provider->ops;
    if (!ops->create_zone || !ops->capabilities(zone->provider)->creates_zones) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5007, rz_place_named(zone->zone),
            "%s does not have the zone, and rezone cannot create zones there", zone->plan->target);
        rz_diag_hint(diags, diag, "create it on the server, then plan again");
        return RZ_UNSUPPORTED;
    }
    enum rz_status status = rz_zone_transaction_make(zone, after);
    if (status != RZ_OK)
        return status;
    if (holds(zone, after)) {
        zone->read_back = true;
        return RZ_OK;
    }
    status = ops->fetch(zone->provider, zone->plan->apex.wire, &live, &revision, diags);
    if (status == RZ_OK) {
        struct rz_zone_plan *rest = rz_zone_transaction_rest(zone->plan, &live, after);
        zone->revision = revision;
        zone->read_back = rest->count == 0;
        if (zone->read_back) {
            whole = live;
            rz_zone_init(&live, zone->plan->apex.wire);
        } else {
            status = rz_plan_merge(&whole, &live, rest, diags);
        }
        if (status == RZ_OK && rest->count)
            status = rz_zone_transaction_send(zone, rest, &whole);
        rz_zone_plan_free(rest);
        /* From here on the zone with the target's own RRsets is what must be there. */
        rz_zone_free(after);
        *after = whole;
        rz_buffer_free(&zone->image);
    }
    rz_zone_free(&live);
    return status;
}

static enum rz_status delete_zone(struct rz_zone_transaction *zone)
{
    if (!zone->provider->ops->delete_zone) {
        rz_diags_add(&zone->result->diags, RZ5007, rz_place_named(zone->zone),
                     "rezone cannot delete zones at %s", zone->plan->target);
        return RZ_UNSUPPORTED;
    }
    return rz_zone_transaction_remove(zone);
}

static enum rz_status send(struct rz_zone_transaction *zone)
{
    if (zone->plan->delete_zone)
        return delete_zone(zone);
    if (zone->plan->create_zone)
        return rz_zone_transaction_create(zone, &zone->after);
    /* Ordering marks gaps in the plan, which is shared and constant here. */
    struct rz_zone_plan own = *zone->plan;
    return rz_zone_transaction_send(zone, &own, &zone->after);
}

static enum rz_status verify_deleted(struct rz_zone_transaction *zone)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    enum rz_status status = zone->provider->ops->fetch(zone->provider, zone->plan->apex.wire, &live,
                                                       &revision, &zone->result->diags);
    rz_zone_free(&live);
    if (status != RZ_OK || !revision.exists)
        return status;
    rz_diags_add(&zone->result->diags, RZ5101, rz_place_named(zone->zone), "%s still has the zone",
                 zone->plan->target);
    return RZ_CONFLICT;
}

static enum rz_status verify(struct rz_zone_transaction *zone)
{
    const struct rz_verify_settings *settings = &zone->whole->project->verify;
    const struct rz_zone_plan *proof = zone->plan;
    if (zone->whole->options->proofs && zone->whole->options->proofs[zone->index])
        proof = zone->whole->options->proofs[zone->index];
    struct rz_change *changes = rz_alloc((proof->count + 1) * sizeof *changes);
    for (size_t i = 0; i < proof->count; i++)
        changes[i] = proof->changes[i].change;
    struct rz_verify_request request = {.project = zone->whole->project,
                                        .provider = zone->provider,
                                        .expected = &zone->after,
                                        .changes = changes,
                                        .count = proof->count,
                                        .plan = zone->plan,
                                        .way_back = zone->whole->run.undoes != 0,
                                        .wait = true,
                                        .report = &zone->result->report};
    struct rz_verify_result asked = {0};
    enum rz_status status = RZ_OK;
    if (zone->plan->delete_zone) {
        status = verify_deleted(zone);
        zone->result->read_back = true;
    } else {
        /* A new zone was read when it was made. */
        if (zone->read_back || (settings->readback && holds(zone, &zone->after))) {
            zone->result->serial_after = zone->revision.serial;
            zone->result->read_back = true;
        } else if (settings->readback) {
            status = rz_verify_readback(&request, &zone->result->serial_after,
                                        &zone->result->diags);
            zone->result->read_back = status == RZ_OK;
        }
        request.end = rz_verify_end(&request);
        /* Where nothing had to be sent (recover, rollback), reading back is the proof. */
        if (status == RZ_OK && settings->dns && proof->count)
            status = zone->provider->ops->capabilities(zone->provider)->is_registration
                         ? rz_verify_parent(&request, &asked, &zone->result->diags)
                         : rz_verify_dns(&request, &asked, &zone->result->diags);
        /* A way back is not held up by what was wrong before. */
        if (status == RZ_OK && zone->plan->check_count && !zone->whole->run.undoes)
            status = rz_checks_run(&request, zone->plan->checks, zone->plan->check_count,
                                   &zone->result->diags);
    }
    zone->result->questions = asked.questions;
    zone->result->servers = asked.servers;
    free(changes);
    return status;
}

struct removed_ds {
    int64_t time, ttl; /* of the newest change that took it away; 0: none */
    bool seen;
};

static void note_ds(void *user, const struct rz_history_change *change)
{
    struct removed_ds *removed = user;
    if (!removed->seen && change->before && !change->after) {
        removed->time = change->time;
        removed->ttl = strtoll(change->before, NULL, 10);
    }
    removed->seen = true;
}

/* A DS that this project took away may be in caches until its TTL is over. */
static const char *cached_ds(struct rz_zone_transaction *zone, struct rz_arena *arena)
{
    struct removed_ds removed = {0};
    struct rz_diags ignored = {0};
    struct rz_context *context = zone->whole->project->context;
    struct rz_history_filter filter = {
        .owner = zone->zone, .type = "DS", .status = "committed", .limit = 1};
    if (!rz_chain_is_concerned(zone->plan))
        return NULL;
    rz_journal_changes(zone->whole->journal, &filter, note_ds, &removed, &ignored);
    rz_diags_free(&ignored);
    int64_t left = removed.time + removed.ttl + 1 - context->now(context->user);
    return removed.ttl && left > 0 ? rz_arena_printf(
               arena,
               "the parent's DS was removed, and resolvers may have it for %" PRId64
               " more seconds",
               left)
                                   : NULL;
}

/* The parent may have got a DS since the plan was made; and a plan that undoes something was not asked. */
static enum rz_status check_chain(struct rz_zone_transaction *zone)
{
    struct rz_arena arena = {0};
    struct rz_diags *diags = &zone->result->diags;
    const char *breaks = zone->whole->options->chain_allowed
                             ? NULL
                             : rz_chain_breaks(&arena, zone->whole->project, zone->plan);
    if (!breaks && !zone->whole->options->chain_allowed)
        breaks = cached_ds(zone, &arena);
    if (breaks) {
        struct rz_diag *diag = rz_diags_add(diags, RZ6009, rz_place_named(zone->zone), "%s",
                                            breaks);
        rz_diag_hint(diags, diag,
                     "nothing was changed; `--allow dnssec`, or `--force` of rollback and "
                     "recover, does it all the same");
    }
    rz_arena_free(&arena);
    return breaks ? RZ_REFUSED : RZ_OK;
}

/* Everything up to the first octet sent; on failure nothing has changed anywhere. */
static enum rz_status prepare(struct rz_zone_transaction *zone)
{
    enum rz_status status = lock_zone(zone);
    if (status == RZ_OK)
        status = rz_zone_transaction_state(zone, RZ_STATE_LOCKED, NULL);
    if (status == RZ_OK)
        status = refetch(zone);
    if (status == RZ_OK && rz_context_cancelled(zone->whole->project->context)) {
        rz_diags_add(&zone->result->diags, RZ5006, rz_place_named(zone->zone),
                     "not begun at %s: the run was stopped", zone->plan->target);
        status = RZ_CANCELLED;
    }
    if (status == RZ_OK)
        status = check_chain(zone);
    if (status == RZ_OK)
        status = write_intent(zone);
    return status;
}

static void fail(struct rz_zone_transaction *zone, enum rz_status status)
{
    zone->result->refused = status == RZ_REFUSED || status == RZ_CONFLICT;
    const struct rz_diags *diags = &zone->result->diags;
    rz_zone_transaction_state(zone, RZ_STATE_FAILED,
                              diags->count ? diags->items[diags->count - 1].message : NULL);
}

static void leave(struct rz_zone_transaction *zone, const char *why)
{
    struct rz_diag *diag = rz_diags_add(&zone->result->diags, RZ5004, rz_place_named(zone->zone),
                                        "the zone was left as it is at %s: %s", zone->plan->target,
                                        why);
    rz_diag_hint(&zone->result->diags, diag,
                 "`rezone recover` undoes it, `rezone recover --forward` finishes it");
    rz_zone_transaction_state(zone, RZ_STATE_UNKNOWN, why);
}

/* Undo, unless the settings or a second signal say to leave it, or the zone is no longer ours. */
static void give_up(struct rz_zone_transaction *zone)
{
    if (zone->lost)
        leave(zone, "its lock was broken");
    else if (rz_context_stopped(zone->whole->project->context))
        leave(zone, "stopped by a second signal");
    else if (zone->whole->on_failure == RZ_STOP)
        leave(zone, "`on_failure: stop`");
    else
        rz_zone_transaction_undo(zone);
}

/* A zone is committed when the journal says so, not before. */
static void commit(struct rz_zone_transaction *zone)
{
    if (rz_zone_transaction_state(zone, RZ_STATE_COMMITTED, NULL) == RZ_OK && !zone->lost)
        return;
    zone->result->state = RZ_STATE_UNKNOWN;
    struct rz_diag *diag = rz_diags_add(
        &zone->result->diags, RZ5004, rz_place_named(zone->zone),
        "the zone at %s is as planned, but the journal could not be told", zone->plan->target);
    rz_diag_hint(&zone->result->diags, diag, "`rezone recover --forward` settles it");
}

static void carry_out(struct rz_zone_transaction *zone)
{
    enum rz_status status = prepare(zone);
    if (status != RZ_OK) {
        fail(zone, status);
        return;
    }
    /* The intent has set the state already. */
    rz_zone_transaction_show(zone, RZ_STATE_APPLYING);
    struct rz_context *context = zone->whole->project->context;
    int64_t begun = rz_meter_begin(context, RZ_PHASE_SEND);
    status = send(zone);
    rz_meter_end(context, RZ_PHASE_SEND, begun);
    if (status != RZ_OK && !zone->touched) { /* refused whole, or never sent: nothing to undo */
        fail(zone, status);
        return;
    }
    if (status == RZ_OK)
        status = rz_zone_transaction_state(zone, RZ_STATE_VERIFYING, NULL);
    begun = rz_meter_begin(context, RZ_PHASE_VERIFY);
    if (status == RZ_OK) {
        status = verify(zone);
        zone->verified = true;
    }
    rz_meter_end(context, RZ_PHASE_VERIFY, begun);
    if (status == RZ_OK)
        commit(zone);
    else
        give_up(zone);
}

/* A lock that stays is nobody's as soon as this process has ended, so that failing here harms no one. */
static void unlock(struct rz_zone_transaction *zone)
{
    struct rz_diags *diags = &zone->result->diags;
    size_t first = diags->count;
    rz_journal_unlock(zone->whole->journal, zone->whole->run.id, zone->zone, zone->plan->target,
                      zone->fence, diags);
    for (size_t i = first; i < diags->count; i++)
        rz_diag_set_severity(diags, &diags->items[i], RZ_WARNING);
}

void rz_zone_transaction_run(struct rz_transaction *whole, size_t index)
{
    struct rz_zone_result *result = &whole->result->zones[index];
    struct rz_context *context = whole->project->context;
    struct rz_zone_transaction zone = {
        .whole = whole, .result = result, .plan = result->plan, .index = index};
    int64_t start = context->ticks(context->user);
    rz_name_text_plain(zone.zone, zone.plan->apex.wire);
    if (rz_context_cancelled(context) || atomic_load(&whole->stopped)) {
        rz_diags_add(&result->diags, RZ5006, rz_place_named(zone.zone),
                     "not begun at %s: the run was stopped", zone.plan->target);
        result->state = RZ_STATE_FAILED;
        return;
    }
    if (rz_project_provider(whole->project, zone.plan->target, &zone.provider, &result->diags)
        != RZ_OK) {
        fail(&zone, RZ_INVALID);
        return;
    }
    carry_out(&zone);
    if (whole->fences && result->state == RZ_STATE_COMMITTED)
        whole->fences[index] = zone.fence;
    else if (zone.fence)
        unlock(&zone);
    forget_staged(&zone);
    rz_buffer_free(&zone.image);
    if (zone.merged)
        rz_zone_free(&zone.after);
    if (zone.fetched)
        rz_zone_free(&zone.live);
    result->milliseconds = context->ticks(context->user) - start;
}

void rz_zone_transaction_end(struct rz_transaction *whole, size_t index, bool take_back)
{
    struct rz_zone_result *result = &whole->result->zones[index];
    struct rz_zone_transaction zone = {.whole = whole,
                                       .result = result,
                                       .plan = result->plan,
                                       .fence = whole->fences[index],
                                       .taken_back = true,
                                       .index = index};
    rz_name_text_plain(zone.zone, zone.plan->apex.wire);
    if (take_back
        && rz_project_provider(whole->project, zone.plan->target, &zone.provider, &result->diags)
               == RZ_OK)
        rz_zone_transaction_undo(&zone);
    forget_staged(&zone);
    unlock(&zone);
}
