/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices of plans and of drift. */
#include "cli/tell.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/run_plan.h"
#include "notify/notify.h"

/* Warnings of it are for standard error alone where JSON was made before. */
static void tell(struct rz_cli *cli, struct rz_project *project, struct rz_journal *journal,
                 struct rz_notice *notice)
{
    char host[RZ_HOST_MAX];
    if (gethostname(host, sizeof host) != 0)
        snprintf(host, sizeof host, "unknown");
    host[sizeof host - 1] = '\0';
    notice->host = host;
    notice->actor = rz_cli_actor(cli);
    rz_notify(project, journal, notice, &cli->diags);
}

/* The rule that forbids it, if one does. */
static const char *first_finding(const struct rz_zone_plan *zone)
{
    for (size_t i = 0; i < zone->finding_count; i++)
        if (!zone->findings[i].allowed)
            return zone->findings[i].message;
    return NULL;
}

void rz_cli_tell_planned(struct rz_cli *cli, struct rz_project *project, const struct rz_plan *plan)
{
    if (!rz_notify_wants(project, RZ_EVENT_PLANNED))
        return;
    struct rz_notice_zone *zones = rz_arena_zero(&cli->arena, (plan->count + 1) * sizeof *zones);
    struct rz_notice notice = {
        .command = "plan", .commit = plan->commit, .plan = plan->id, .zones = zones};
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_zone_plan *zone = plan->zones[i];
        char apex[RZ_NAME_TEXT_MAX];
        if (zone->count == 0 && !zone->create_zone && !zone->delete_zone)
            continue;
        zones[notice.count++] = (struct rz_notice_zone){
            .zone = rz_arena_strdup(&cli->arena, rz_name_text_plain(apex, zone->apex.wire)),
            .target = zone->target,
            .event = RZ_EVENT_PLANNED,
            .changes = zone->count,
            .why = first_finding(zone)};
    }
    tell(cli, project, NULL, &notice);
}

/* What has changed without rezone, in words; "" where only the files moved. */
static void say_drift(struct rz_buffer *out, const struct rz_drift_zone *zone)
{
    static const enum rz_drift_kind moved[] = {RZ_DRIFT_DRIFTED, RZ_DRIFT_BOTH, RZ_DRIFT_DIFFERS};
    if (zone->foreign)
        rz_buffer_text(out, "the zone is in no file");
    if (zone->missing && zone->three_way)
        rz_buffer_text(out, "the zone is gone");
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++)
        if (zone->kinds[moved[i]])
            rz_buffer_printf(out, "%s%zu %s", out->size ? ", " : "", zone->kinds[moved[i]],
                             rz_drift_kind_text(moved[i]));
    for (int kind = 0; kind < RZ_DRIFT_SERVER_KINDS; kind++)
        if (zone->server_kinds[kind])
            rz_buffer_printf(out, "%s%zu %s", out->size ? ", " : "", zone->server_kinds[kind],
                             rz_drift_server_kind_text((enum rz_drift_server_kind)kind));
}

static bool note_zone(struct rz_arena *arena, struct rz_buffer *all,
                      const struct rz_drift_zone *zone, struct rz_notice_zone *noted)
{
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    char fingerprint[RZ_HASH_TEXT];
    say_drift(&why, zone);
    if (why.size == 0)
        return false;
    rz_buffer_printf(all, "%s %s %s %s\n", zone->name, zone->target, why.data,
                     rz_hash_text(fingerprint, zone->live_fingerprint));
    *noted = (struct rz_notice_zone){.zone = zone->name,
                                     .target = zone->target,
                                     .event = RZ_EVENT_DRIFT,
                                     .changes = zone->count - zone->kinds[RZ_DRIFT_UNAPPLIED],
                                     .why = rz_arena_strdup(arena, why.data)};
    return true;
}

void rz_cli_tell_drift(struct rz_drifting *drifting)
{
    struct rz_arena arena = {0};
    const struct rz_drift *drift = &drifting->drift;
    RZ_BUFFER_CLEANUP struct rz_buffer all = {0};
    if (!rz_notify_wants(&drifting->project, RZ_EVENT_DRIFT))
        return;
    struct rz_notice_zone *zones = rz_arena_zero(&arena, (drift->count + 1) * sizeof *zones);
    struct rz_notice notice = {.command = "drift", .zones = zones};
    for (size_t i = 0; i < drift->count; i++)
        notice.count += note_zone(&arena, &all, drift->zones[i], &zones[notice.count]);
    struct rz_hash found = rz_hash_of(all.data, all.size);
    if (notice.count && !rz_hash_equal(found, drifting->told))
        tell(drifting->cli, &drifting->project, drifting->journal, &notice);
    drifting->told = found;
    rz_arena_free(&arena);
}
