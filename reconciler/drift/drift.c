/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All zones at all their targets, with a few threads; zones that are in no file. */
#include "drift/drift.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/alloc.h"

const char *rz_drift_kind_text(enum rz_drift_kind kind)
{
    static const char *const texts[] = {"unapplied", "drifted", "both", "differs"};
    return texts[kind];
}

const char *rz_drift_server_kind_text(enum rz_drift_server_kind kind)
{
    static const char *const texts[] = {"serial behind", "server disagrees"};
    return texts[kind];
}

struct rz_drift_zone *rz_drift_add(struct rz_drift *drift, const struct rz_name *apex,
                                   const char *target)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_drift_zone *zone = rz_alloc_zero(1, sizeof *zone);
    zone->apex = *apex;
    zone->name = rz_arena_strdup(&zone->arena, rz_name_text_plain(name, apex->wire));
    zone->target = rz_arena_strdup(&zone->arena, target);
    drift->zones = rz_grow(drift->zones, &drift->capacity, drift->count + 1, sizeof *drift->zones);
    drift->zones[drift->count++] = zone;
    return zone;
}

struct looker {
    struct rz_project *project;
    const struct rz_drift_options *options;
    const struct rz_zone_list *zones;
    struct rz_drift *drift;
    size_t *first; /* of each zone's targets in drift->zones; one more at the end */
    atomic_size_t next;
};

static void look_at(struct looker *looker, size_t index)
{
    struct rz_zone desired;
    struct rz_zone_settings settings;
    struct rz_diags diags = {0};
    size_t first = looker->first[index], end = looker->first[index + 1];
    if (first == end)
        return;
    enum rz_status status = rz_project_load_zone(looker->project, &looker->zones->items[index],
                                                 &desired, &settings, &diags);
    rz_diags_take(&looker->drift->zones[first]->diags, &diags);
    for (size_t i = first; i < end; i++)
        if (status == RZ_OK)
            rz_drift_look(looker->drift->zones[i], looker->project, &desired, &settings,
                          looker->options);
        else
            looker->drift->zones[i]->status = status;
    rz_zone_free(&desired);
    rz_diags_free(&diags);
}

static void *run_looker(void *argument)
{
    struct looker *looker = argument;
    for (size_t i; (i = atomic_fetch_add(&looker->next, 1)) < looker->zones->count;) {
        if (!rz_context_cancelled(looker->project->context)) {
            look_at(looker, i);
            continue;
        }
        for (size_t k = looker->first[i]; k < looker->first[i + 1]; k++)
            looker->drift->zones[k]->status = RZ_CANCELLED;
    }
    return NULL;
}

static void run_lookers(struct looker *looker)
{
    size_t wanted = (size_t)looker->project->context->jobs, started = 0;
    size_t count = wanted < looker->zones->count ? wanted : looker->zones->count;
    pthread_t *threads = rz_alloc((count + 1) * sizeof *threads);
    for (; started + 1 < count; started++)
        if (pthread_create(&threads[started], NULL, run_looker, looker) != 0)
            break;
    run_looker(looker);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

static bool is_of_project(const struct rz_zone_list *zones, const struct rz_name *apex)
{
    for (size_t i = 0; i < zones->count; i++)
        if (rz_name_equal(zones->items[i].apex.wire, apex->wire))
            return true;
    return false;
}

static bool matches_any(const struct rz_strings *globs, const char *name)
{
    for (size_t i = 0; i < globs->count; i++)
        if (rz_str_glob(globs->items[i], name))
            return true;
    return false;
}

/* Of a zone that the target has: whether it is in no file, asked for, and somebody's business. */
static bool is_foreign(const struct rz_project *project, const struct rz_zone_list *all,
                       const struct rz_name *apex, const struct rz_drift_options *options)
{
    char name[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(name, apex->wire);
    return !is_of_project(all, apex)
           && (options->globs.count == 0 || matches_any(&options->globs, name))
           && !matches_any(&project->drift.ignore_foreign, name);
}

static void add_foreign(struct rz_drift *drift, struct rz_project *project, const char *target,
                        const struct rz_zone_list *all, const struct rz_drift_options *options,
                        struct rz_diags *diags)
{
    struct rz_name_list names = {0};
    struct rz_provider *provider = NULL;
    struct rz_diags own = {0};
    if (rz_project_provider(project, target, &provider, &own) == RZ_OK && provider
        && provider->ops->list_zones) {
        enum rz_status status = provider->ops->list_zones(provider, &names, &own);
        /* A protocol that has no words for it is no failure. */
        if (status != RZ_OK && status != RZ_UNSUPPORTED)
            drift->failed++;
        if (status != RZ_UNSUPPORTED)
            rz_diags_take(diags, &own);
    }
    for (size_t i = 0; i < names.count; i++)
        if (is_foreign(project, all, &names.items[i], options))
            rz_drift_add(drift, &names.items[i], target)->foreign = true;
    free(names.items);
    rz_diags_free(&own);
}

static bool is_first_mention(const struct rz_project *project, size_t rule, size_t target)
{
    const char *name = project->rules[rule].targets.items[target];
    for (size_t r = 0; r <= rule; r++)
        for (size_t t = 0; t < (r == rule ? target : project->rules[r].targets.count); t++)
            if (strcmp(project->rules[r].targets.items[t], name) == 0)
                return false;
    return true;
}

static void look_for_foreign(struct rz_drift *drift, struct rz_project *project,
                             const struct rz_drift_options *options, struct rz_diags *diags)
{
    struct rz_zone_list all;
    struct rz_diags ignored = {0};
    bool good = rz_project_zones(project, &(struct rz_strings){0}, &all, &ignored) == RZ_OK;
    for (size_t r = 0; good && r < project->rule_count; r++)
        for (size_t t = 0; t < project->rules[r].targets.count; t++) {
            const char *target = project->rules[r].targets.items[t];
            if (is_first_mention(project, r, t)
                && (!options->provider || strcmp(options->provider, target) == 0))
                add_foreign(drift, project, target, &all, options, diags);
        }
    rz_zone_list_free(&all);
    rz_diags_free(&ignored);
}

bool rz_drift_zone_is_clean(const struct rz_drift_zone *zone)
{
    return zone->status == RZ_OK && !zone->foreign && !zone->missing && zone->count == 0
           && zone->server_count == 0;
}

static void tally(struct rz_drift *drift, const struct rz_drift_zone *zone)
{
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        drift->kinds[i] += zone->kinds[i];
    for (size_t i = 0; i < RZ_DRIFT_SERVER_KINDS; i++)
        drift->server_kinds[i] += zone->server_kinds[i];
    drift->foreign += zone->foreign;
    drift->missing += zone->missing;
    drift->failed += zone->status != RZ_OK;
    drift->clean += rz_drift_zone_is_clean(zone);
}

void rz_drift_make(struct rz_drift *drift, struct rz_project *project,
                   const struct rz_zone_list *zones, const struct rz_drift_options *options,
                   struct rz_diags *diags)
{
    struct rz_context *context = project->context;
    int64_t start = context->ticks(context->user);
    struct looker looker = {.project = project, .options = options, .zones = zones, .drift = drift};
    *drift = (struct rz_drift){.time = context->now(context->user),
                               .partial = options->targets.count > 0};
    looker.first = rz_alloc((zones->count + 1) * sizeof *looker.first);
    rz_project_open_providers(project, zones, diags);
    for (size_t i = 0; i < zones->count; i++) {
        const struct rz_zone_entry *entry = &zones->items[i];
        looker.first[i] = drift->count;
        for (size_t k = 0; k < entry->rule->targets.count; k++)
            if (!options->provider || strcmp(options->provider, entry->rule->targets.items[k]) == 0)
                rz_drift_add(drift, &entry->apex, entry->rule->targets.items[k])->entry = entry;
    }
    looker.first[zones->count] = drift->count;
    run_lookers(&looker);
    free(looker.first);
    if (options->targets.count == 0 && !rz_context_cancelled(context))
        look_for_foreign(drift, project, options, diags);
    for (size_t i = 0; i < drift->count; i++)
        tally(drift, drift->zones[i]);
    drift->milliseconds = context->ticks(context->user) - start;
}

void rz_drift_free(struct rz_drift *drift)
{
    for (size_t i = 0; i < drift->count; i++) {
        struct rz_drift_zone *zone = drift->zones[i];
        rz_diags_free(&zone->diags);
        rz_arena_free(&zone->arena);
        free(zone->rrsets);
        free(zone->servers);
        free(zone);
    }
    free(drift->zones);
    *drift = (struct rz_drift){0};
}

int rz_drift_exit(const struct rz_drift *drift)
{
    return drift->failed ? 1 : drift->clean == drift->count ? 0 : 2;
}
