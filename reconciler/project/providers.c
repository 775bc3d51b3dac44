/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Providers of a project, opened with the first need; registrations of those that have them. */
#include <pthread.h>
#include <stdlib.h>

#include "project/project_internal.h"
#include "registration.h"
#include "support/alloc.h"

/* The workers of a run may be the first to need a provider. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

/* The entry whose registrations `name` is; NULL where it is not such a name. */
static struct rz_provider_entry *find_registrar(struct rz_project *project, const char *name)
{
    static const char suffix[] = RZ_REGISTRATION_SUFFIX;
    size_t size = strlen(name);
    if (!rz_str_ends_with(rz_str_of(name), suffix))
        return NULL;
    for (size_t i = 0; i < project->provider_count; i++) {
        const char *own = project->providers[i].name;
        if (strlen(own) == size - (sizeof suffix - 1) && memcmp(own, name, strlen(own)) == 0
            && rz_provider_find(project->providers[i].kind)->domains)
            return &project->providers[i];
    }
    return NULL;
}

static enum rz_status open_provider(struct rz_project *project, struct rz_provider_entry *entry,
                                    struct rz_provider **provider, struct rz_diags *diags)
{
    /* A provider that cannot be opened says so once, not for each of its zones. */
    if (!entry->provider && entry->status == RZ_OK)
        entry->status = rz_provider_find(entry->kind)
                            ->open(&entry->provider, entry->name, entry->config, &project->source,
                                   project->context, diags);
    *provider = entry->provider;
    return entry->status;
}

static enum rz_status open_registration(struct rz_project *project, struct rz_provider_entry *entry,
                                        struct rz_provider **provider, struct rz_diags *diags)
{
    enum rz_status status = open_provider(project, entry, provider, diags);
    if (status != RZ_OK)
        return status;
    if (!entry->registration)
        entry->registration = rz_registration_open(entry->provider);
    *provider = entry->registration;
    return RZ_OK;
}

void rz_project_no_provider(const struct rz_project *project, enum rz_code code,
                            struct rz_place place, const char *name, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, code, place, "there is no provider `%s`", name);
    const char **names = rz_alloc((project->provider_count + 1) * sizeof *names);
    for (size_t i = 0; i < project->provider_count; i++)
        names[i] = project->providers[i].name;
    int nearest = rz_str_nearest(rz_str_of(name), names, project->provider_count);
    if (nearest >= 0)
        rz_diag_hint(diags, diag, "did you mean `%s`?", names[nearest]);
    else
        rz_diag_hint(diags, diag, "define it under `providers:` of rezone.yaml");
    free(names);
}

enum rz_status rz_project_provider(struct rz_project *project, const char *name,
                                   struct rz_provider **provider, struct rz_diags *diags)
{
    struct rz_provider_entry *registrar = find_registrar(project, name);
    struct rz_provider_entry *entry = registrar ? registrar : rz_project_entry(project, name);
    *provider = NULL;
    if (!entry) {
        rz_project_no_provider(project, RZ2003, rz_place_named(project->source.name), name, diags);
        return RZ_NOT_FOUND;
    }
    pthread_mutex_lock(&opening);
    enum rz_status status = registrar ? open_registration(project, entry, provider, diags)
                                      : open_provider(project, entry, provider, diags);
    pthread_mutex_unlock(&opening);
    return status;
}

enum rz_status rz_project_open_providers(struct rz_project *project,
                                         const struct rz_zone_list *zones, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < zones->count; i++) {
        const struct rz_strings *targets = &zones->items[i].rule->targets;
        for (size_t k = 0; k < targets->count; k++) {
            struct rz_provider *provider;
            enum rz_status opened = rz_project_provider(project, targets->items[k], &provider,
                                                        diags);
            if (opened != RZ_OK)
                status = opened;
        }
    }
    return status;
}
