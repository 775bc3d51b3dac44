/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan that undoes a run, made from the journal and the zones as they are now. */
#include "transact/rollback.h"

#include <inttypes.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

struct undoer {
    struct rz_plan *plan;
    struct rz_project *project;
    struct rz_journal *journal;
    int64_t run;
    bool force;
    struct rz_diags *diags;
    enum rz_status status;
};

/* A zone of the run, noted before the journal is asked for its changes. */
struct noted {
    char zone[RZ_NAME_TEXT_MAX];
    char target[256];
    enum rz_zone_state state;
    bool may_be_partial; /* the target takes records one by one, and the run did not end well */
};

struct notes {
    struct noted *items;
    size_t count, capacity;
};

static void note_zone(void *user, const struct rz_run_zone *zone)
{
    struct notes *notes = user;
    notes->items = rz_grow(notes->items, &notes->capacity, notes->count + 1, sizeof *notes->items);
    struct noted *noted = &notes->items[notes->count++];
    snprintf(noted->zone, sizeof noted->zone, "%s", zone->zone);
    snprintf(noted->target, sizeof noted->target, "%s", zone->target);
    noted->state = zone->state;
}

static bool is_same(const struct rz_rrset *now, const struct rz_rrset *then)
{
    return now && then ? rz_rrset_equal(now, then) : now == then;
}

/* How many RRsets are as before, as after, and neither. */
struct sides {
    size_t before, after, other;
};

static void conflict(struct undoer *undoer, const struct rz_zone_plan *done, const struct noted *noted,
                     const struct rz_rrset *subject)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_name_text_relative(owner, subject->owner, done->apex.wire);
    struct rz_diag *diag = rz_diags_add(
        undoer->diags, RZ5005, rz_place_named(noted->zone),
        "%s %s was changed at %s after run %" PRId64, owner, rz_rtype_text(type, subject->type),
        noted->target, undoer->run);
    if (undoer->force) {
        rz_diag_set_severity(undoer->diags, diag, RZ_WARNING);
        rz_diag_hint(undoer->diags, diag, "--force overwrites it");
        return;
    }
    rz_diag_hint(undoer->diags, diag, "leave it, or overwrite it with --force");
    undoer->status = RZ_REFUSED;
}

static struct sides fill_back(struct undoer *undoer, const struct noted *noted,
                              const struct rz_zone_plan *done, const struct rz_zone *live,
                              struct rz_zone_plan *back)
{
    struct sides sides = {0};
    for (size_t i = 0; i < done->count; i++) {
        const struct rz_change change = done->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(live, subject->owner, subject->type);
        if (is_same(now, change.before)) {
            sides.before++;
            continue;
        }
        if (is_same(now, change.after)
            || (noted->may_be_partial && rz_change_is_partial(change, now))) {
            sides.after++;
        } else {
            sides.other++;
            conflict(undoer, done, noted, subject);
        }
        rz_zone_plan_add(back, now, change.before);
    }
    return sides;
}

static void describe(struct undoer *undoer, const struct noted *noted, const struct sides *sides)
{
    const char *proof = sides->other                   ? "neither as before nor as after the run"
                        : sides->after && sides->before ? "mixed"
                        : sides->after                 ? "wholly as after the run"
                                                       : "wholly as before the run";
    rz_diags_add(undoer->diags, RZ5009, rz_place_named(noted->zone),
                 "at %s the zone is %s (%zu RRsets as before, %zu as after, %zu otherwise)",
                 noted->target, proof, sides->before, sides->after, sides->other);
}

/* A zone that the run made is deleted only while it holds nothing else. */
static bool has_foreign(const struct rz_zone_plan *done, const struct rz_zone *live)
{
    size_t known = 0, own = 0;
    for (size_t i = 0; i < done->count; i++) {
        const struct rz_rrset *after = done->changes[i].change.after;
        known += after && rz_zone_find(live, after->owner, after->type) != NULL;
    }
    for (size_t i = 0; i < live->count; i++) {
        const struct rz_rrset *rrset = &live->rrsets[i];
        bool apex = rz_name_equal(rrset->owner, live->apex.wire);
        own += rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER ? 1
               : apex && (rrset->type == RZ_TYPE_SOA || rrset->type == RZ_TYPE_NS) ? 1 : 0;
    }
    return live->count > known + own;
}

static void add_back(struct undoer *undoer, const struct noted *noted,
                     const struct rz_zone_plan *done, const struct rz_zone *live,
                     const struct rz_revision *revision)
{
    struct rz_zone_plan *back = rz_alloc_zero(1, sizeof *back);
    back->apex = done->apex;
    back->target = rz_arena_strdup(&back->arena, noted->target);
    back->revision = *revision;
    back->live_fingerprint = live->fingerprint;
    back->live_rrsets = live->count;
    struct sides sides = fill_back(undoer, noted, done, live, back);
    back->delete_zone = done->create_zone && revision->exists;
    back->create_zone = done->delete_zone && !revision->exists;
    describe(undoer, noted, &sides);
    if (back->delete_zone && has_foreign(done, live) && !undoer->force) {
        struct rz_diag *diag = rz_diags_add(undoer->diags, RZ5005, rz_place_named(noted->zone),
                                            "the zone that run %" PRId64 " made at %s holds other records now",
                                            undoer->run, noted->target);
        rz_diag_hint(undoer->diags, diag, "leave it, or delete it all with --force");
        undoer->status = RZ_REFUSED;
    }
    struct rz_plan *plan = undoer->plan;
    plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
    plan->zones[plan->count++] = back;
    plan->has_changes |= back->count > 0 || back->delete_zone || back->create_zone;
}

static void undo_zone(struct undoer *undoer, struct noted *noted)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_zone_plan *done;
    struct rz_provider *provider;
    enum rz_status status = rz_journal_zone_plan(undoer->journal, undoer->run, noted->zone,
                                                 noted->target, &done, undoer->diags);
    if (status == RZ_OK)
        status = rz_project_provider(undoer->project, noted->target, &provider, undoer->diags);
    if (status != RZ_OK) {
        undoer->status = undoer->status ? undoer->status : status;
        rz_zone_plan_free(done);
        return;
    }
    noted->may_be_partial = noted->state != RZ_STATE_COMMITTED
                            && provider->ops->capabilities(provider)->atomicity == RZ_ATOMIC_RECORD;
    status = provider->ops->fetch(provider, done->apex.wire, &live, &revision, undoer->diags);
    if (status == RZ_OK)
        add_back(undoer, noted, done, &live, &revision);
    else
        undoer->status = undoer->status ? undoer->status : status;
    rz_zone_free(&live);
    rz_zone_plan_free(done);
}

enum rz_status rz_rollback_plan(struct rz_plan *plan, struct rz_project *project,
                                struct rz_journal *journal, int64_t run, bool force,
                                struct rz_diags *diags)
{
    struct notes notes = {0};
    struct undoer undoer = {plan, project, journal, run, force, diags, RZ_OK};
    *plan = (struct rz_plan){0};
    rz_plan_name(plan, project->context);
    plan->expires = plan->created + 3600;
    enum rz_status status = rz_journal_run_zones(journal, run, note_zone, &notes, diags);
    if (status == RZ_OK && notes.count == 0) {
        struct rz_diag *diag =
            rz_diags_add(diags, RZ5205, (struct rz_place){0}, "there is no run %" PRId64, run);
        rz_diag_hint(diags, diag, "`rezone history` lists the runs");
        status = RZ_NOT_FOUND;
    }
    for (size_t i = 0; status == RZ_OK && i < notes.count; i++)
        if (notes.items[i].state != RZ_STATE_FAILED && notes.items[i].state != RZ_STATE_ROLLED_BACK
            && notes.items[i].state != RZ_STATE_LOCKED && notes.items[i].state != RZ_STATE_PLANNED)
            undo_zone(&undoer, &notes.items[i]);
    free(notes.items);
    return status != RZ_OK ? status : undoer.status;
}
