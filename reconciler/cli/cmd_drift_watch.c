/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drift --watch: cheap looks at serials, and whole ones at what moved. */
#include <pthread.h>
#include <stdlib.h>

#include "cli/cmd_drift.h"
#include "cli/tell.h"
#include "journal/applied.h"
#include "support/alloc.h"
#include "support/file.h"
#include "transact/servers.h"
#include "transport/dns.h"

/* A serial need not move when records do (somebody wrote into the database of the server): now and then
 * everything is read. */
#define WHOLE_EVERY 6
#define PROBERS 16 /* zones that are asked at the same time */

static bool has_serial(const struct rz_server *server, struct rz_context *context,
                       const struct rz_drift_zone *zone)
{
    uint32_t serial;
    struct rz_diags ignored = {0};
    struct rz_dns_peer peer = {.server = *server, .timeout_ms = 2000, .context = context};
    bool same = rz_dns_serial(&peer, zone->apex.wire, &serial, &ignored) == RZ_OK
                && serial == zone->serial;
    rz_diags_free(&ignored);
    return same;
}

static bool servers_are_quiet(struct rz_drifting *drifting, const struct rz_drift_zone *zone,
                              struct rz_provider *provider, size_t *count)
{
    bool expected, quiet = true;
    struct rz_zone empty;
    struct rz_diags ignored = {0};
    struct rz_server servers[RZ_SERVERS_MAX];
    rz_zone_init(&empty, zone->apex.wire);
    struct rz_verify_request request = {
        .project = &drifting->project, .provider = provider, .expected = &empty};
    *count = rz_verify_servers(&request, servers, &expected, &ignored);
    for (size_t i = 0; i < *count && quiet; i++)
        quiet = has_serial(&servers[i], drifting->project.context, zone);
    rz_zone_free(&empty);
    rz_diags_free(&ignored);
    return quiet;
}

/* Whether provider and servers still have what the last look saw. Zones at providers that have no cheap
 * way to tell, and no servers to ask, are read. */
static bool is_quiet(struct rz_drifting *drifting, const struct rz_drift_zone *zone)
{
    size_t count = 0;
    bool quiet = false;
    struct rz_diags ignored = {0};
    struct rz_provider *provider = NULL;
    if (zone->status != RZ_OK || !zone->entry || !zone->has_serial || zone->missing
        || zone->server_count)
        return false;
    if (rz_project_provider(&drifting->project, zone->target, &provider, &ignored) == RZ_OK
        && provider) {
        bool probes = provider->ops->probe != NULL;
        quiet = !probes
                || (provider->ops->probe(provider, zone->apex.wire, &zone->revision, &quiet,
                                         &ignored)
                        == RZ_OK
                    && quiet);
        if (quiet && (drifting->project.verify.dns || !probes))
            quiet = servers_are_quiet(drifting, zone, provider, &count) && (probes || count);
    }
    rz_diags_free(&ignored);
    return quiet;
}

/* The files that zones and templates read, as they were at the last whole look. */
struct watched {
    char *path;
    struct rz_hash digest;
};

struct watch {
    struct rz_drifting *drifting;
    pthread_mutex_t lock; /* of what follows: zones are loaded by several threads */
    struct watched *files;
    size_t count, capacity;
};

static void note_read(void *user, const char *path, struct rz_str content)
{
    struct watch *watch = user;
    struct rz_hash digest = rz_hash_of(content.data, content.size);
    pthread_mutex_lock(&watch->lock);
    bool known = false;
    for (size_t i = 0; i < watch->count && !known; i++)
        known = strcmp(watch->files[i].path, path) == 0;
    if (!known) {
        watch->files = rz_grow(watch->files, &watch->capacity, watch->count + 1,
                               sizeof *watch->files);
        watch->files[watch->count++] = (struct watched){rz_strdup(path), digest};
    }
    pthread_mutex_unlock(&watch->lock);
}

static void forget_files(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        free(watch->files[i].path);
    watch->count = 0;
}

static bool files_moved(const struct watch *watch)
{
    struct rz_hash now;
    for (size_t i = 0; i < watch->count; i++)
        if (rz_file_digest(watch->drifting->project.context->project_dir, watch->files[i].path,
                           &now)
                != RZ_OK
            || !rz_hash_equal(now, watch->files[i].digest))
            return true;
    return false;
}

/* Reads rezone.yaml, the templates and which zones there are anew; `*moved`: they, a zone's file or what
 * it reads are not what they were. */
static bool refresh(struct watch *watch, char digest[65], bool *moved)
{
    struct rz_drifting *drifting = watch->drifting;
    char now[65] = "";
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_diags *diags = &drifting->cli->diags;
    bool good = rz_cli_open(drifting->cli, &project, &zones, &drifting->options.globs)
                && rz_project_digest(&project, &zones, NULL, now, diags) == RZ_OK;
    *moved = good && strcmp(now, digest) != 0;
    if (!*moved) {
        rz_zone_list_free(&zones);
        rz_project_free(&project);
        *moved = good && files_moved(watch);
        return good;
    }
    memcpy(digest, now, sizeof now);
    project.lint.errors_only = true;
    rz_drift_free(&drifting->drift); /* it points into the list */
    rz_zone_list_free(&drifting->zones);
    rz_project_free(&drifting->project);
    drifting->project = project;
    drifting->zones = zones;
    rz_project_applied_from(&drifting->project, drifting->journal);
    return true;
}

/* Zones are probed side by side, since each is a wait for an answer or two. */
struct prober {
    struct rz_drifting *drifting;
    atomic_size_t next;
    atomic_bool moved;
};

static void *run_prober(void *argument)
{
    struct prober *prober = argument;
    const struct rz_drift *drift = &prober->drifting->drift;
    for (size_t i; (i = atomic_fetch_add(&prober->next, 1)) < drift->count;) {
        if (atomic_load(&prober->moved) || rz_context_cancelled(&prober->drifting->cli->context))
            break;
        if (!drift->zones[i]->foreign && !is_quiet(prober->drifting, drift->zones[i]))
            atomic_store(&prober->moved, true);
    }
    return NULL;
}

static bool all_quiet(struct rz_drifting *drifting)
{
    size_t started = 0, count = drifting->drift.count;
    pthread_t threads[PROBERS];
    struct prober prober = {.drifting = drifting};
    for (; started + 1 < PROBERS && started + 1 < count; started++)
        if (pthread_create(&threads[started], NULL, run_prober, &prober) != 0)
            break;
    run_prober(&prober);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return count > 0 && !atomic_load(&prober.moved);
}

/* What is said of one look must not be said again at the end. */
static void tell(struct rz_drifting *drifting)
{
    struct rz_cli *cli = drifting->cli;
    rz_output_flush(&cli->out);
    rz_report_diags(&cli->err, &cli->diags, cli->options.given[RZ_OPT_QUIET]);
    rz_output_flush(&cli->err);
    rz_diags_free(&cli->diags);
    cli->diags = (struct rz_diags){0};
}

static void look(struct watch *watch, bool whole)
{
    struct rz_drifting *drifting = watch->drifting;
    struct rz_context *context = &drifting->cli->context;
    if (whole || !all_quiet(drifting)) {
        forget_files(watch);
        drifting->project.reads = note_read;
        drifting->project.reads_user = watch;
        rz_drift_free(&drifting->drift);
        rz_drift_make(&drifting->drift, &drifting->project, &drifting->zones, &drifting->options,
                      &drifting->cli->diags);
    } else {
        drifting->drift.time = context->now(context->user);
    }
}

int rz_drifting_watch(struct rz_drifting *drifting)
{
    char digest[65] = "";
    bool moved = false;
    struct rz_context *context = &drifting->cli->context;
    int exit_code = RZ_EXIT_ERROR;
    struct watch watch = {.drifting = drifting};
    pthread_mutex_init(&watch.lock, NULL);
    for (size_t round = 0; !rz_context_cancelled(context); round++) {
        if (refresh(&watch, digest, &moved)) {
            look(&watch, moved || round % WHOLE_EVERY == 0);
            if (rz_context_cancelled(context))
                break;
            rz_cli_tell_drift(drifting);
            rz_drifting_report(drifting);
            exit_code = rz_drift_exit(&drifting->drift);
        } else {
            exit_code = RZ_EXIT_ERROR;
        }
        tell(drifting);
        context->sleep_ms(context, (int64_t)drifting->interval * 1000);
    }
    drifting->project.reads = NULL;
    forget_files(&watch);
    free(watch.files);
    pthread_mutex_destroy(&watch.lock);
    /* To be stopped is how this ends well. */
    atomic_store(&context->cancelled, 0);
    return exit_code;
}
