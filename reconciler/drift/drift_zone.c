/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone at one target: files, live and the last snapshot, RRset by RRset. */
#include <stdlib.h>

#include "drift/drift.h"
#include "journal/applied.h"
#include "journal/zone_snapshot.h"
#include "support/alloc.h"

static bool is_same(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a && b ? rz_rrset_equal(a, b) : a == b;
}

/* What a run did is taken back in the image of the zone. */
static bool undo_run(struct rz_zone *base, struct rz_journal *journal, int64_t run,
                     const struct rz_drift_zone *zone)
{
    struct rz_diags ignored = {0};
    struct rz_zone_plan *plan = NULL;
    struct rz_zone earlier;
    bool good = rz_journal_zone_plan(journal, run, zone->name, zone->target, &plan, &ignored)
                == RZ_OK;
    if (good) {
        struct rz_zone_plan *inverse = rz_zone_plan_inverse(plan);
        good = !plan->create_zone && rz_plan_merge(&earlier, base, inverse, &ignored) == RZ_OK;
        if (!plan->create_zone) {
            rz_zone_free(base);
            *base = earlier;
        }
        rz_zone_plan_free(inverse);
        rz_zone_plan_free(plan);
    }
    rz_diags_free(&ignored);
    return good;
}

struct later_runs {
    const struct rz_drift_zone *zone;
    int64_t since;
    int64_t *runs;
    size_t count, capacity;
};

static void note_run(void *user, const struct rz_history_change *change)
{
    struct later_runs *later = user;
    bool known = later->count && later->runs[later->count - 1] == change->run;
    if (known || change->run <= later->since || strcmp(change->status, "committed") != 0
        || strcmp(change->target, later->zone->target) != 0)
        return;
    later->runs = rz_grow(later->runs, &later->capacity, later->count + 1, sizeof *later->runs);
    later->runs[later->count++] = change->run;
}

/* Goes back run by run, the newest first. */
static bool go_back(struct rz_zone *base, const struct rz_drift_zone *zone,
                    const struct rz_drift_options *options)
{
    struct rz_diags ignored = {0};
    struct later_runs later = {.zone = zone, .since = options->since};
    struct rz_history_filter filter = {.zone = zone->name, .limit = SIZE_MAX >> 1};
    bool good = rz_journal_changes(options->journal, &filter, note_run, &later, &ignored) == RZ_OK;
    for (size_t i = 0; good && i < later.count; i++)
        good = undo_run(base, options->journal, later.runs[i], zone);
    free(later.runs);
    rz_diags_free(&ignored);
    return good;
}

bool rz_drift_base(struct rz_drift_zone *zone, struct rz_zone *base,
                   const struct rz_drift_options *options)
{
    if (!options->journal
        || rz_journal_snapshot(options->journal, zone->name, zone->target, &zone->snapshot,
                               &zone->arena, &zone->diags)
               != RZ_OK) {
        rz_zone_init(base, zone->apex.wire);
        return false;
    }
    if (!rz_zone_snapshot_read(base, zone->apex.wire, zone->snapshot.data)) {
        struct rz_diag *diag = rz_diags_add(&zone->diags, RZ5403, rz_place_named(zone->name),
                                            "the snapshot of the zone at %s is damaged",
                                            zone->target);
        rz_diag_hint(&zone->diags, diag, "the next apply writes a new one");
        return false;
    }
    zone->run = zone->snapshot.run;
    zone->taken = zone->snapshot.taken;
    if (!options->since || options->since >= zone->run)
        return true;
    zone->run = options->since;
    return go_back(base, zone, options);
}

static enum rz_drift_kind kind_of(const struct rz_drift_zone *zone, const struct rz_rrset *base,
                                  struct rz_change change)
{
    if (!zone->three_way)
        return RZ_DRIFT_DIFFERS;
    return is_same(base, change.before)  ? RZ_DRIFT_UNAPPLIED
           : is_same(base, change.after) ? RZ_DRIFT_DRIFTED
                                         : RZ_DRIFT_BOTH;
}

static bool is_wanted(const struct rz_drift_zone *zone, const struct rz_drift_options *options,
                      const struct rz_rrset *subject)
{
    for (size_t i = 0; i < options->targets.count; i++)
        if (rz_rrset_matches_text(options->targets.items[i], zone->apex.wire, subject))
            return true;
    return options->targets.count == 0;
}

static void add_rrset(struct rz_drift_zone *zone, const struct rz_zone *base,
                      const struct rz_plan_change *change)
{
    const struct rz_rrset *subject = rz_change_subject(change->change);
    const struct rz_rrset *then = zone->three_way
                                      ? rz_zone_find(base, subject->owner, subject->type)
                                      : NULL;
    struct rz_change moved = change->change;
    zone->rrsets = rz_grow(zone->rrsets, &zone->capacity, zone->count + 1, sizeof *zone->rrsets);
    struct rz_drift_rrset *rrset = &zone->rrsets[zone->count++];
    *rrset = (struct rz_drift_rrset){
        .kind = kind_of(zone, then, moved),
        .base = then ? rz_rrset_copy(&zone->arena, then) : NULL,
        .live = moved.before ? rz_rrset_copy(&zone->arena, moved.before) : NULL,
        .desired = moved.after ? rz_rrset_copy(&zone->arena, moved.after) : NULL,
        .file = change->file ? rz_arena_strdup(&zone->arena, change->file) : NULL};
    zone->kinds[rrset->kind]++;
}

/* What the diff shows, by who moved. */
static void compare(struct rz_drift_zone *zone, const struct rz_zone *desired,
                    const struct rz_zone *live, const struct rz_diff_options *diff,
                    const struct rz_drift_options *options)
{
    struct rz_zone base;
    struct rz_zone_plan plan = {.apex = zone->apex, .target = zone->target};
    zone->three_way = rz_drift_base(zone, &base, options);
    zone->status = rz_diff(&plan, desired, live, diff);
    zone->compared = desired->count;
    for (size_t i = 0; i < plan.count; i++)
        if (is_wanted(zone, options, rz_change_subject(plan.changes[i].change)))
            add_rrset(zone, &base, &plan.changes[i]);
    rz_diags_take(&zone->diags, &plan.diags);
    rz_diags_free(&plan.diags);
    rz_arena_free(&plan.arena);
    free(plan.changes);
    rz_zone_free(&base);
}

void rz_drift_look(struct rz_drift_zone *zone, struct rz_project *project,
                   const struct rz_zone *desired, const struct rz_zone_settings *settings,
                   const struct rz_drift_options *options)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_provider *provider = NULL;
    zone->status = rz_project_provider(project, zone->target, &provider, &zone->diags);
    if (!provider) {
        zone->status = zone->status ? zone->status : RZ_INVALID;
        return;
    }
    zone->status = provider->ops->fetch(provider, zone->apex.wire, &live, &revision, &zone->diags);
    if (zone->status == RZ_OK && !revision.exists) {
        zone->missing = true;
    } else if (zone->status == RZ_OK) {
        struct rz_zone applied;
        struct rz_diff_options diff = {.capabilities = provider->ops->capabilities(provider),
                                       .provider = provider,
                                       .settings = settings,
                                       .project = project,
                                       .applied = rz_project_applied(project, settings,
                                                                     zone->apex.wire, zone->target,
                                                                     &applied, &zone->diags),
                                       .lenient = options->lenient};
        zone->has_serial = revision.has_serial;
        zone->serial = revision.serial;
        zone->revision = revision;
        zone->live_fingerprint = live.fingerprint;
        compare(zone, desired, &live, &diff, options);
        rz_zone_free(&applied);
        if (project->verify.dns)
            rz_drift_ask(zone, project, provider, &live);
    }
    rz_zone_free(&live);
}
