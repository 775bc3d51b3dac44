/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans many zones with a few threads. A worker holds one zone at a time; while it loads the
 * document another thread fetches the live zone of the first target. */
#include "plan/plan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/version.h"
#include "journal/applied.h"
#include "dns/rtype.h"
#include "meter.h"
#include "plan/chain.h"
#include "plan/forwarding.h"
#include "plan/pointers.h"
#include "plan/settled.h"
#include "pool.h"
#include "project/commit.h"
#include "support/alloc.h"
#include "zone_cache.h"

/* What came of one zone, for the collection in order afterwards. */
struct zone_work {
    const struct rz_zone_entry *entry;
    struct rz_zone_plan **plans; /* one a target */
    struct rz_diags diags;       /* of the document */
    enum rz_status status;       /* of the document */
    bool settled, points;        /* as an earlier plan found it; and into other zones */
};

struct planner {
    struct rz_project *project;
    const struct rz_plan_options *options;
    struct zone_work *work;
    size_t count;
    struct rz_pointers pointers;
    struct rz_settled *settled; /* NULL: all are read */
    pthread_mutex_t lock;       /* forwarding */
    struct rz_forwarding forwarding;
};

/* A fetch, on a thread of its own or not. */
struct fetch {
    struct rz_provider *provider;
    const struct rz_context *context;
    const uint8_t *apex;
    struct rz_zone live;
    struct rz_revision revision;
    struct rz_diags diags;
    enum rz_status status;
    struct rz_capabilities can; /* without a provider */
    bool listed; /* the same: all of `live` was in files that managed what they list */
};

static void *run_fetch(void *argument)
{
    struct fetch *fetch = argument;
    int64_t begun = rz_meter_begin(fetch->context, RZ_PHASE_FETCH);
    fetch->status = fetch->provider->ops->fetch(fetch->provider, fetch->apex, &fetch->live,
                                                &fetch->revision, &fetch->diags);
    rz_meter_end(fetch->context, RZ_PHASE_FETCH, begun);
    return NULL;
}

static struct rz_zone_plan *new_zone_plan(const struct rz_zone_entry *entry, const char *target)
{
    struct rz_zone_plan *plan = rz_alloc_zero(1, sizeof *plan);
    plan->apex = entry->apex;
    plan->target = rz_arena_strdup(&plan->arena, target);
    plan->path = rz_arena_strdup(&plan->arena, entry->path);
    return plan;
}

/* Better now than when the plan is applied. */
static void warn_of_missing_zone(struct rz_zone_plan *plan, const struct rz_capabilities *can)
{
    char apex[RZ_NAME_TEXT_MAX];
    if (can->creates_zones)
        return;
    struct rz_diag *diag = rz_diags_add(
        &plan->diags, RZ5007, rz_place_named(rz_name_text_plain(apex, plan->apex.wire)),
        "%s does not have the zone, and rezone cannot create zones there", plan->target);
    rz_diag_hint(&plan->diags, diag, "create it on the server before the plan is applied");
    rz_diag_set_severity(&plan->diags, diag, RZ_WARNING);
}

/* The document's arena goes, the plan stays. */
static void keep_checks(struct rz_zone_plan *plan, const struct rz_zone_settings *settings)
{
    struct rz_check *checks = rz_arena_alloc(&plan->arena,
                                             (settings->check_count + 1) * sizeof *checks);
    for (size_t i = 0; i < settings->check_count; i++)
        checks[i] = rz_check_copy(&plan->arena, &settings->checks[i]);
    plan->checks = checks;
    plan->check_count = settings->check_count;
}

/* With `manage: listed`: what runs put there, or what files would have had them put there. */
static const struct rz_zone *find_applied(struct planner *planner, const struct zone_work *work,
                                          const struct rz_zone_settings *settings,
                                          const struct fetch *fetch, struct rz_zone_plan *plan,
                                          struct rz_zone *applied)
{
    const struct rz_zone *found = rz_project_applied(
        planner->project, work->status == RZ_OK ? settings : NULL, plan->apex.wire, plan->target,
        applied, &plan->diags);
    return fetch->listed ? &fetch->live : found;
}

static void finish_target(struct planner *planner, struct zone_work *work, size_t target,
                          struct fetch *fetch, const struct rz_zone *desired,
                          const struct rz_zone_settings *settings)
{
    struct rz_zone_plan *plan = new_zone_plan(work->entry,
                                              work->entry->rule->targets.items[target]);
    work->plans[target] = plan;
    plan->status = fetch->status;
    rz_diags_take(&plan->diags, &fetch->diags);
    if (plan->status == RZ_OK) {
        struct rz_zone applied;
        const struct rz_provider *provider = fetch->provider;
        const struct rz_diff_options options = {
            .capabilities = provider ? provider->ops->capabilities(provider) : &fetch->can,
            .provider = provider,
            .settings = settings,
            .project = planner->project,
            .applied = find_applied(planner, work, settings, fetch, plan, &applied),
            .lenient = planner->options->lenient,
            .selection = planner->options->selection};
        plan->revision = fetch->revision;
        plan->forwards = options.capabilities->forwards;
        plan->signs = options.capabilities->signs;
        plan->create_zone = !fetch->revision.exists;
        plan->shares = work->entry->rule->targets.count == 1;
        if (work->status == RZ_OK) {
            int64_t begun = rz_meter_begin(fetch->context, RZ_PHASE_DIFF);
            plan->status = rz_diff(plan, desired, &fetch->live, &options);
            rz_meter_end(fetch->context, RZ_PHASE_DIFF, begun);
            keep_checks(plan, settings);
        }
        rz_zone_free(&applied);
        if (plan->create_zone && plan->status == RZ_OK)
            warn_of_missing_zone(plan, options.capabilities);
    }
    if (!plan->shares)
        rz_zone_free(&fetch->live);
}

static bool open_target(struct planner *planner, struct zone_work *work, size_t target,
                        struct fetch *fetch)
{
    *fetch = (struct fetch){.apex = work->entry->apex.wire, .context = planner->project->context};
    if (planner->options->last_known) {
        fetch->revision.exists = planner->options->last_known(
            planner->options->user, &work->entry->apex, work->entry->rule->targets.items[target],
            &fetch->live, &fetch->can, &fetch->listed);
        return false; /* there is nothing more to fetch */
    }
    fetch->status = rz_project_provider(planner->project, work->entry->rule->targets.items[target],
                                        &fetch->provider, &fetch->diags);
    return fetch->provider != NULL;
}

/* Rules need a resolver to hold them, and records a name server. */
static enum rz_status check_kinds(struct zone_work *work)
{
    bool rules = false, records = false, resolver = false, server = false;
    for (size_t i = 0; i < work->entry->rule->targets.count; i++) {
        const struct rz_zone_plan *plan = work->plans[i];
        if (!plan || plan->status != RZ_OK)
            return RZ_OK; /* what is wrong is said already */
        bool rest = plan->desired_rrsets > plan->elsewhere, other = plan->elsewhere > 0;
        resolver |= plan->forwards;
        server |= !plan->forwards;
        rules |= plan->forwards ? rest : other;
        records |= plan->forwards ? other : rest;
    }
    if ((!rules || resolver) && (!records || server) && (records || !rules || !server))
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(
        &work->diags, RZ6107, rz_place_named(work->entry->path),
        !records    ? "the file has forwarding rules and nothing for the name servers it goes to"
        : !resolver ? "the file has forwarding rules, and goes to no resolver"
                    : "the file has records, and goes to no name server");
    rz_diag_hint(&work->diags, diag,
                 "send it, in `zones`, to a provider that holds them: of kind `unbound` or `named` "
                 "for rules");
    return RZ_INVALID;
}

/* What one target signs cannot be validated with the keys of another. */
static enum rz_status check_signers(struct zone_work *work, const struct rz_zone *desired)
{
    size_t signers = 0;
    const struct rz_rrset *wish = rz_zone_find(desired, work->entry->apex.wire, RZ_TYPE_DNSSECKEY);
    for (size_t i = 0; i < work->entry->rule->targets.count; i++)
        signers += work->plans[i] && work->plans[i]->signs;
    if (!wish || signers < 2)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(
        &work->diags, RZ6004, rz_zone_place(desired, wish),
        "%zu targets would sign the zone, each with keys of its own", signers);
    rz_diag_hint(&work->diags, diag,
                 "send it to one that signs, in `zones`; others can be its secondaries");
    return RZ_INVALID;
}

static void note_rules(struct planner *planner, struct zone_work *work,
                       const struct rz_zone *desired)
{
    for (size_t i = 0; i < work->entry->rule->targets.count; i++) {
        struct rz_provider *provider;
        if (!work->plans[i]->forwards)
            continue;
        if (rz_project_provider(planner->project, work->plans[i]->target, &provider, &work->diags)
            != RZ_OK)
            continue;
        pthread_mutex_lock(&planner->lock);
        rz_forwarding_note(&planner->forwarding, provider, desired);
        pthread_mutex_unlock(&planner->lock);
    }
}

/* Nothing was said of the zone and there is nothing to do: so it will be, until something changes. Not so
 * with `manage: listed`: what is to be deleted there depends on the journal, too. */
static void note_settled(struct planner *planner, const struct zone_work *work,
                         const struct rz_zone_settings *settings, bool points)
{
    const struct rz_zone_plan *plan = work->plans[0];
    size_t index = (size_t)(work - planner->work);
    if (!planner->settled || work->status != RZ_OK || work->diags.count || settings->external
        || settings->manage_listed || work->entry->rule->targets.count != 1 || plan->status != RZ_OK
        || plan->count || plan->diags.count || plan->create_zone || plan->partial || plan->forwards
        || plan->signs)
        return;
    const struct rz_settled_zone zone = {
        .inputs = rz_project_zone_inputs(planner->project, work->entry),
        .revision = plan->revision,
        .rrsets = plan->desired_rrsets,
        .points = points};
    rz_settled_note(planner->settled, index, &zone);
}

static bool is_settled(struct planner *planner, struct zone_work *work)
{
    struct rz_settled_zone known;
    size_t index = (size_t)(work - planner->work);
    if (!rz_settled_find(planner->settled, index, &known))
        return false;
    work->settled = true;
    work->points = known.points;
    work->plans[0] = new_zone_plan(work->entry, work->entry->rule->targets.items[0]);
    work->plans[0]->revision = known.revision;
    work->plans[0]->desired_rrsets = known.rrsets;
    rz_settled_note(planner->settled, index, &known);
    return true;
}

/* What settled zones point at matters only where something is taken away. */
static void add_pointers(void *user, size_t i)
{
    struct planner *planner = user;
    const struct zone_work *work = &planner->work[i];
    struct rz_zone desired;
    struct rz_zone_settings settings;
    struct rz_diags unheard = {0};
    if (!work->settled || !work->points)
        return;
    if (rz_project_load_zone(planner->project, work->entry, &desired, &settings, &unheard) == RZ_OK)
        rz_pointers_add(&planner->pointers, &desired);
    rz_zone_free(&desired);
    rz_diags_free(&unheard);
}

static bool takes_away(const struct planner *planner)
{
    for (size_t i = 0; i < planner->count; i++)
        for (size_t k = 0; k < planner->work[i].entry->rule->targets.count; k++)
            if (planner->work[i].plans[k] && planner->work[i].plans[k]->deletes)
                return true;
    return false;
}

/* Other zones keep the processors busy where nothing is waited for. */
static bool is_fetched_apart(const struct planner *planner, const struct fetch *fetch)
{
    return planner->count <= (size_t)planner->project->context->jobs
           || !fetch->provider->ops->capabilities(fetch->provider)->is_local;
}

static void plan_zone(struct planner *planner, struct zone_work *work)
{
    struct rz_zone desired;
    struct rz_zone_settings settings;
    struct fetch fetch;
    pthread_t thread;
    bool opened = open_target(planner, work, 0, &fetch);
    bool threaded = opened && is_fetched_apart(planner, &fetch)
                    && pthread_create(&thread, NULL, run_fetch, &fetch) == 0;
    int64_t begun = rz_meter_begin(planner->project->context, RZ_PHASE_LOAD);
    work->status = rz_project_load_zone(planner->project, work->entry, &desired, &settings,
                                        &work->diags);
    rz_meter_end(planner->project->context, RZ_PHASE_LOAD, begun);
    struct rz_zone_keeping *keeping = NULL;
    if (work->status == RZ_OK && !rz_hash_is_zero(desired.cache_key))
        keeping = rz_zone_cache_keep(planner->project->context->cache, desired.cache_key, &desired);
    if (threaded)
        pthread_join(thread, NULL);
    else if (opened)
        run_fetch(&fetch);
    bool points = work->status == RZ_OK && rz_pointers_add(&planner->pointers, &desired);
    finish_target(planner, work, 0, &fetch, &desired, &settings);
    for (size_t i = 1; i < work->entry->rule->targets.count; i++) {
        if (open_target(planner, work, i, &fetch))
            run_fetch(&fetch);
        finish_target(planner, work, i, &fetch, &desired, &settings);
    }
    if (work->status == RZ_OK)
        work->status = check_kinds(work);
    if (work->status == RZ_OK)
        work->status = check_signers(work, &desired);
    if (work->status == RZ_OK)
        note_rules(planner, work, &desired);
    note_settled(planner, work, &settings, points);
    rz_zone_cache_release(keeping);
    rz_zone_plan_settle(work->plans[0], &desired, &fetch.live);
    rz_zone_free(&fetch.live);
    rz_zone_free(&desired);
}

static void plan_next(void *user, size_t i)
{
    struct planner *planner = user;
    if (!rz_context_cancelled(planner->project->context) && !is_settled(planner, &planner->work[i]))
        plan_zone(planner, &planner->work[i]);
    rz_meter_zone(planner->project->context);
}

static void keep(struct rz_plan *plan, struct rz_zone_plan *zone)
{
    plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
    plan->zones[plan->count++] = zone;
}

/* In the order of zones and targets, whatever the threads did. */
static enum rz_status collect(struct rz_plan *plan, struct planner *planner, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < planner->count; i++) {
        struct zone_work *work = &planner->work[i];
        rz_diags_take(diags, &work->diags);
        if (work->status != RZ_OK && status == RZ_OK)
            status = work->status;
        for (size_t k = 0; k < work->entry->rule->targets.count; k++) {
            struct rz_zone_plan *zone = work->plans[k];
            if (!zone) {
                status = RZ_CANCELLED;
                continue;
            }
            rz_diags_take(diags, &zone->diags);
            rz_pointers_mark(&planner->pointers, zone);
            plan->records += zone->desired_rrsets;
            if (zone->status != RZ_OK && status == RZ_OK)
                status = zone->status;
            if (zone->status != RZ_OK || work->status != RZ_OK)
                zone->status = zone->status ? zone->status : work->status;
            bool changed = zone->count || (zone->create_zone && zone->status == RZ_OK);
            plan->has_changes |= changed;
            if (changed || zone->status != RZ_OK) {
                keep(plan, zone);
            } else {
                plan->unchanged++;
                rz_zone_plan_free(zone);
            }
        }
        free(work->plans);
    }
    return status;
}

void rz_plan_name(struct rz_plan *plan, struct rz_context *context)
{
    unsigned char octets[4];
    char stamp[20];
    int64_t now = context->now_ms(context->user);
    plan->created = now / 1000;
    plan->created_ms = (int)(now % 1000);
    time_t seconds = (time_t)plan->created;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
    context->random(context->user, octets, sizeof octets);
    snprintf(plan->id, sizeof plan->id, "p-%s-%02x%02x%02x%02x", stamp, octets[0], octets[1],
             octets[2], octets[3]);
    plan->version = rz_version;
}

/* Whether a server's answer is waited for longer than a document takes to be read, so that more threads for
 * the document would only slow down the reading of the answer. */
static bool waits_for_servers(const struct rz_project *project)
{
    for (size_t i = 0; i < project->provider_count; i++) {
        const struct rz_provider *opened = project->providers[i].provider;
        if (opened && !opened->ops->capabilities(opened)->is_local)
            return true;
    }
    return false;
}

enum rz_status rz_plan_make(struct rz_plan *plan, struct rz_project *project,
                            const struct rz_zone_list *zones, const struct rz_plan_options *options,
                            struct rz_diags *diags)
{
    char commit[RZ_COMMIT_MAX];
    *plan = (struct rz_plan){0};
    rz_plan_name(plan, project->context);
    plan->expires = plan->created + options->expires_in;
    rz_project_commit(project->context->project_dir, commit);
    plan->commit = *commit ? rz_arena_strdup(&plan->arena, commit) : NULL;
    plan->offline = options->last_known != NULL;
    enum rz_status opened = plan->offline ? RZ_OK
                                          : rz_project_open_providers(project, zones, diags);
    project->one_thread = !plan->offline && waits_for_servers(project);
    struct planner planner = {.project = project, .options = options, .count = zones->count};
    planner.work = rz_alloc_zero(zones->count, sizeof *planner.work);
    for (size_t i = 0; i < zones->count; i++) {
        planner.work[i].entry = &zones->items[i];
        planner.work[i].plans = rz_alloc_zero(zones->items[i].rule->targets.count,
                                              sizeof *planner.work[i].plans);
    }
    rz_pointers_open(&planner.pointers, zones);
    pthread_mutex_init(&planner.lock, NULL);
    planner.settled = options->only_shown ? rz_settled_open(project, zones) : NULL;
    rz_pool_run((size_t)project->context->jobs, planner.count, plan_next, &planner);
    rz_settled_close(planner.settled);
    if (planner.settled && takes_away(&planner))
        rz_pool_run((size_t)project->context->jobs, planner.count, add_pointers, &planner);
    pthread_mutex_destroy(&planner.lock);
    enum rz_status status = collect(plan, &planner, diags);
    rz_pointers_close(&planner.pointers);
    free(planner.work);
    enum rz_status forwarding = rz_forwarding_check(&planner.forwarding, diags);
    rz_forwarding_free(&planner.forwarding);
    status = status != RZ_OK ? status : forwarding;
    enum rz_status policy = rz_policy_check(&project->policy, plan, options->allow);
    enum rz_status chain = rz_chain_check(plan, project, options->allow);
    policy = policy != RZ_OK ? policy : chain;
    return opened != RZ_OK ? opened : status != RZ_OK ? status : policy;
}

void rz_plan_free(struct rz_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        rz_zone_plan_free(plan->zones[i]);
    free(plan->zones);
    rz_reads_free(plan->reads);
    rz_arena_free(&plan->arena);
    *plan = (struct rz_plan){0};
}
