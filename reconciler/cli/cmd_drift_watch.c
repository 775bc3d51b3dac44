/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drift --watch: cheap looks at serials, and whole ones at what moved. */
#include <stdlib.h>

#include "cli/cmd_drift.h"
#include "cli/tell.h"
#include "journal/applied.h"
#include "support/alloc.h"
#include "transact/servers.h"
#include "transport/dns.h"

/* A serial need not move when records do (somebody wrote into the database of the server): now and then
 * everything is read. */
#define WHOLE_EVERY 6

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

/* Whether all servers still have the serial of the last look. Zones that nobody serves are read: they
 * are files. */
static bool is_quiet(struct rz_drifting *drifting, const struct rz_drift_zone *zone)
{
    bool expected;
    struct rz_diags ignored = {0};
    struct rz_server servers[RZ_SERVERS_MAX];
    struct rz_provider *provider = NULL;
    struct rz_zone empty;
    if (zone->status != RZ_OK || !zone->entry || !zone->has_serial || zone->missing
        || zone->server_count
        || rz_project_provider(&drifting->project, zone->target, &provider, &ignored) != RZ_OK
        || !provider) {
        rz_diags_free(&ignored);
        return false;
    }
    rz_zone_init(&empty, zone->apex.wire);
    struct rz_verify_request request = {
        .project = &drifting->project, .provider = provider, .expected = &empty};
    size_t count = rz_verify_servers(&request, servers, &expected, &ignored);
    bool quiet = count > 0;
    for (size_t i = 0; i < count && quiet; i++)
        quiet = has_serial(&servers[i], drifting->project.context, zone);
    rz_zone_free(&empty);
    rz_diags_free(&ignored);
    return quiet;
}

/* Reads rezone.yaml, the templates and which zones there are anew; `*moved`: they, or a zone's file, are
 * not what they were. Data files are seen by the next whole look. */
static bool refresh(struct rz_drifting *drifting, char digest[65], bool *moved)
{
    char now[65] = "";
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_diags *diags = &drifting->cli->diags;
    bool good = rz_cli_open(drifting->cli, &project, &zones, &drifting->options.globs)
                && rz_project_digest(&project, &zones, now, diags) == RZ_OK;
    *moved = good && strcmp(now, digest) != 0;
    if (!*moved) {
        rz_zone_list_free(&zones);
        rz_project_free(&project);
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

static bool all_quiet(struct rz_drifting *drifting)
{
    for (size_t i = 0; i < drifting->drift.count; i++)
        if (!drifting->drift.zones[i]->foreign && !is_quiet(drifting, drifting->drift.zones[i]))
            return false;
    return drifting->drift.count > 0;
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

static void look(struct rz_drifting *drifting, bool whole)
{
    struct rz_context *context = &drifting->cli->context;
    if (whole || !all_quiet(drifting)) {
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
    for (size_t round = 0; !rz_context_cancelled(context); round++) {
        if (refresh(drifting, digest, &moved)) {
            look(drifting, moved || round % WHOLE_EVERY == 0);
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
    /* To be stopped is how this ends well. */
    atomic_store(&context->cancelled, 0);
    return exit_code;
}
