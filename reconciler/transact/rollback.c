/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan that undoes or finishes a run, made from the journal and the zones as they are now. */
#include "transact/rollback.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transact/transact_internal.h"

#define FLIGHT_MS 2000

struct mender {
    struct rz_mend *mend;
    struct rz_project *project;
    struct rz_journal *journal;
    struct rz_diags *diags;
    int64_t begun; /* seconds since 1970 */
    enum rz_status status;
};

/* One zone of it. */
struct mending {
    struct mender *mender;
    struct rz_found_zone *found;
    const struct rz_zone_plan *done;
    const struct rz_zone *live;
    bool exists;
    bool refused;
    bool by_record;    /* an RRset may have been changed in part */
    bool registration; /* what a parent has of a name */
    bool has_partial;
};

const char *rz_found_text(enum rz_found found)
{
    static const char *const texts[] = {
        [RZ_FOUND_OLD] = "old",         [RZ_FOUND_NEW] = "new",       [RZ_FOUND_MIXED] = "mixed",
        [RZ_FOUND_FOREIGN] = "foreign", [RZ_FOUND_UNREAD] = "unread",
    };
    return texts[found];
}

static bool is_asked_for(const struct rz_mend_options *options, const struct rz_run_zone *zone)
{
    return !options->zone
           || (strcmp(zone->zone, options->zone) == 0
               && strcmp(zone->target, options->target) == 0);
}

/* The run's zones are noted before the journal is asked for their changes. */
static void note_zone(void *user, const struct rz_run_zone *zone)
{
    struct rz_mend *mend = user;
    bool open = zone->state != RZ_STATE_FAILED && zone->state != RZ_STATE_ROLLED_BACK
                && zone->state != RZ_STATE_LOCKED && zone->state != RZ_STATE_PLANNED;
    if (!open || !is_asked_for(&mend->options, zone)
        || (mend->options.only_open && zone->state == RZ_STATE_COMMITTED))
        return;
    mend->zones = rz_grow(mend->zones, &mend->capacity, mend->count + 1, sizeof *mend->zones);
    struct rz_found_zone *found = &mend->zones[mend->count++];
    *found = (struct rz_found_zone){.found = RZ_FOUND_UNREAD,
                                    .open = zone->state != RZ_STATE_COMMITTED};
    snprintf(found->zone, sizeof found->zone, "%s", zone->zone);
    snprintf(found->target, sizeof found->target, "%s", zone->target);
}

static bool is_same(const struct rz_rrset *now, const struct rz_rrset *then)
{
    return now && then ? rz_rrset_equal(now, then) : now == then;
}

static bool is_apex_own(const struct rz_zone_plan *plan, const struct rz_rrset *rrset)
{
    return (rrset->type == RZ_TYPE_SOA || rrset->type == RZ_TYPE_NS)
           && rz_name_equal(rrset->owner, plan->apex.wire);
}

bool rz_zone_has_foreign(const struct rz_zone_plan *plan, const struct rz_zone *live)
{
    size_t c = 0;
    for (size_t i = 0; i < live->count; i++) {
        const struct rz_rrset *rrset = &live->rrsets[i];
        const struct rz_rrset *known = NULL;
        if (rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER || is_apex_own(plan, rrset))
            continue;
        for (; c < plan->count; c++) { /* both are in canonical order */
            const struct rz_rrset *subject = rz_change_subject(plan->changes[c].change);
            int order = rz_rrset_compare_key(subject, rrset);
            if (order == 0)
                known = plan->create_zone ? plan->changes[c].change.after
                                          : plan->changes[c].change.before;
            if (order >= 0)
                break;
        }
        if (!is_same(rrset, known))
            return true;
    }
    return false;
}

static void refuse(struct mending *m, const char *what)
{
    struct mender *mender = m->mender;
    struct rz_diag *diag = rz_diags_add(mender->diags, RZ5005, rz_place_named(m->found->zone),
                                        "%s at %s after run %" PRId64, what, m->found->target,
                                        mender->mend->options.run);
    if (mender->mend->options.force) {
        rz_diag_set_severity(mender->diags, diag, RZ_WARNING);
        rz_diag_hint(mender->diags, diag, "--force overwrites it");
        return;
    }
    rz_diag_hint(mender->diags, diag, "leave it, or overwrite it with --force");
    m->refused = true;
}

static void refuse_rrset(struct mending *m, const struct rz_rrset *subject)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], what[RZ_NAME_TEXT_MAX + 64];
    rz_name_text_relative(owner, subject->owner, m->done->apex.wire);
    snprintf(what, sizeof what, "%s %s was changed", owner, rz_rtype_text(type, subject->type));
    refuse(m, what);
}

/* No registrar's call shows or takes back a nameserver's address once it is registered: that it is not
 * there to be seen proves nothing. */
static bool is_beyond_reach(struct mending *m, const struct rz_rrset *subject)
{
    char owner[RZ_NAME_TEXT_MAX], what[RZ_NAME_TEXT_MAX + 96];
    if (!m->registration || (subject->type != RZ_TYPE_A && subject->type != RZ_TYPE_AAAA))
        return false;
    snprintf(what, sizeof what, "the address of %s can only be taken back in the registrar's panel",
             rz_name_text_plain(owner, subject->owner));
    m->found->other++;
    refuse(m, what);
    return true;
}

static void fill(struct mending *m, struct rz_zone_plan *way)
{
    bool forward = m->mender->mend->options.forward;
    for (size_t i = 0; i < m->done->count; i++) {
        const struct rz_change change = m->done->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(m->live, subject->owner, subject->type);
        const struct rz_rrset *want = forward ? change.after : change.before;
        if (is_beyond_reach(m, subject))
            continue;
        if (is_same(now, change.after)) {
            m->found->after++;
        } else if (is_same(now, change.before)
                   /* what a server puts into a new zone by itself */
                   || (m->done->create_zone && is_apex_own(m->done, subject))) {
            m->found->before++;
        } else if ((m->by_record || (m->found->open && rz_rtype_is_signing(subject->type)))
                   && rz_change_is_partial(change, now)) {
            m->found->after++;
            m->has_partial = true;
        } else {
            m->found->other++;
            refuse_rrset(m, subject);
        }
        if (!is_same(now, want))
            rz_zone_plan_add(way, now, want);
    }
}

/* The zone itself is a change too where it was made or deleted. */
static void judge(struct mending *m)
{
    struct rz_found_zone *found = m->found;
    bool before = found->before || m->has_partial, after = found->after;
    if (m->done->create_zone || m->done->delete_zone) {
        bool made = m->done->create_zone == m->exists;
        before |= !made;
        after |= made;
    }
    found->found = found->other || m->refused ? RZ_FOUND_FOREIGN
                   : before && after          ? RZ_FOUND_MIXED
                   : after                    ? RZ_FOUND_NEW
                                              : RZ_FOUND_OLD;
    snprintf(found->detail, sizeof found->detail,
             "was found %s (%zu RRsets as before, %zu as after, %zu otherwise) and %s",
             rz_found_text(found->found), found->before, found->after, found->other,
             m->mender->mend->options.forward ? "finished" : "undone");
    static const char *const proofs[] = {
        [RZ_FOUND_OLD] = "wholly as before the run",
        [RZ_FOUND_NEW] = "wholly as after the run",
        [RZ_FOUND_MIXED] = "mixed",
        [RZ_FOUND_FOREIGN] = "neither as before nor as after the run"};
    rz_diags_add(m->mender->diags, RZ5009, rz_place_named(found->zone),
                 "at %s the zone is %s (%zu RRsets as before, %zu as after, %zu otherwise)",
                 found->target, proofs[found->found], found->before, found->after, found->other);
}

static void add_way(struct mending *m, const struct rz_revision *revision)
{
    struct mender *mender = m->mender;
    bool forward = mender->mend->options.forward;
    struct rz_plan *plan = &mender->mend->plan;
    struct rz_zone_plan *way = rz_alloc_zero(1, sizeof *way);
    way->apex = m->done->apex;
    way->target = rz_arena_strdup(&way->arena, m->found->target);
    way->revision = *revision;
    way->live_fingerprint = m->live->fingerprint;
    way->live_rrsets = m->live->count;
    fill(m, way);
    way->delete_zone = m->exists && (forward ? m->done->delete_zone : m->done->create_zone);
    way->create_zone = !m->exists && (forward ? m->done->create_zone : m->done->delete_zone);
    if (way->delete_zone && rz_zone_has_foreign(m->done, m->live))
        refuse(m, "others have put records into the zone");
    judge(m);
    if (m->refused) {
        rz_zone_plan_free(way);
        mender->status = RZ_REFUSED;
        return;
    }
    m->found->planned = true;
    m->found->index = plan->count;
    plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
    plan->zones[plan->count++] = way;
    plan->has_changes |= way->count > 0 || way->delete_zone || way->create_zone;
}

/* A zone that is gone without the run having deleted it cannot be mended by rezone. */
static bool is_gone(struct mending *m)
{
    if (m->exists || m->done->create_zone || m->done->delete_zone)
        return false;
    rz_diags_add(m->mender->diags, RZ5005, rz_place_named(m->found->zone),
                 "%s no longer has the zone, and not by run %" PRId64, m->found->target,
                 m->mender->mend->options.run);
    m->found->found = RZ_FOUND_FOREIGN;
    m->mender->status = RZ_REFUSED;
    return true;
}

static int64_t flight_ms(void)
{
#ifdef RZ_FAULT_POINTS
    const char *text = getenv("REZONE_FAULT_FLIGHT_MS");
    if (text)
        return strtol(text, NULL, 10);
#endif
    return FLIGHT_MS;
}

/* What a killed run had just sent may still be on its way, and would land on what was found: servers
 * are given a moment to have carried it out. */
static void wait_for_flight(struct mender *mender, const struct rz_found_zone *found,
                            const struct rz_provider *provider)
{
    int64_t last, now;
    struct rz_context *context = mender->project->context;
    if (!mender->mend->options.only_open || provider->ops->capabilities(provider)->is_local
        || rz_journal_in_flight(mender->journal, mender->mend->options.run, found->zone,
                                found->target, &last, mender->diags)
               != RZ_OK)
        return;
    now = context->now(context->user);
    /* Where a batch is many requests, the last of them may be much younger than the batch. */
    if (last && provider->ops->capabilities(provider)->atomicity == RZ_ATOMIC_RECORD)
        last = mender->begun;
    int64_t left = flight_ms() - (now - last) * 1000;
    if (now >= last && left > 0)
        context->sleep_ms(context, left);
}

static enum rz_status mend_zone(struct mender *mender, struct rz_found_zone *found)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_provider *provider;
    enum rz_status status = rz_journal_zone_plan(mender->journal, mender->mend->options.run,
                                                 found->zone, found->target, &found->done,
                                                 mender->diags);
    if (status == RZ_OK)
        status = rz_project_provider(mender->project, found->target, &provider, mender->diags);
    if (status != RZ_OK)
        return status;
    wait_for_flight(mender, found, provider);
    status = provider->ops->fetch(provider, found->done->apex.wire, &live, &revision,
                                  mender->diags);
    struct mending m = {.mender = mender,
                        .found = found,
                        .done = found->done,
                        .live = &live,
                        .exists = revision.exists};
    m.registration = provider->ops->capabilities(provider)->is_registration;
    m.by_record = found->open
                  && provider->ops->capabilities(provider)->atomicity == RZ_ATOMIC_RECORD;
    if (status == RZ_OK && !is_gone(&m))
        add_way(&m, &revision);
    rz_zone_free(&live);
    return status;
}

enum rz_status rz_mend_plan(struct rz_mend *mend, struct rz_project *project,
                            struct rz_journal *journal, const struct rz_mend_options *options,
                            struct rz_diags *diags)
{
    struct mender mender = {.mend = mend,
                            .project = project,
                            .journal = journal,
                            .diags = diags,
                            .begun = project->context->now(project->context->user)};
    *mend = (struct rz_mend){.options = *options};
    rz_plan_name(&mend->plan, project->context);
    mend->plan.expires = mend->plan.created + 3600;
    enum rz_status status = rz_journal_run_zones(journal, options->run, note_zone, mend, diags);
    for (size_t i = 0; status == RZ_OK && i < mend->count; i++) {
        enum rz_status mended = mend_zone(&mender, &mend->zones[i]);
        if (mended != RZ_OK && mender.status == RZ_OK)
            mender.status = mended;
    }
    return status != RZ_OK ? status : mender.status;
}

void rz_mend_free(struct rz_mend *mend)
{
    for (size_t i = 0; i < mend->count; i++)
        rz_zone_plan_free(mend->zones[i].done);
    free(mend->zones);
    rz_plan_free(&mend->plan);
    *mend = (struct rz_mend){0};
}

enum rz_status rz_mend_transact(struct rz_run_result *result, struct rz_project *project,
                                struct rz_journal *journal, const struct rz_mend *mend,
                                struct rz_transact_options options, struct rz_diags *diags)
{
    const char **details = rz_alloc_zero(mend->plan.count + 1, sizeof *details);
    const struct rz_zone_plan **proofs = rz_alloc_zero(mend->plan.count + 1, sizeof *proofs);
    for (size_t i = 0; i < mend->count; i++) {
        const struct rz_found_zone *found = &mend->zones[i];
        if (!found->planned)
            continue;
        details[found->index] = found->detail;
        /* The servers are asked for all that the killed run sent, since it may not have asked. */
        proofs[found->index] = mend->options.forward ? found->done : NULL;
    }
    options.undoes = mend->options.run;
    options.mended = mend->options.forward ? RZ_STATE_COMMITTED : RZ_STATE_ROLLED_BACK;
    options.mended_details = details;
    options.proofs = proofs;
    enum rz_status status = rz_transact(result, project, journal, &mend->plan, &options, diags);
    free(details);
    free(proofs);
    return status;
}
