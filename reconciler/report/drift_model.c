/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drift as a report. What is shown as a change is the drift itself: from what the files say to what is
 * live; but what the files alone moved is shown as apply would make it. */
#include <inttypes.h>

#include "dns/rtype.h"
#include "report/drift.h"

static const char *const whys[RZ_DRIFT_KINDS] = {
    "unapplied: the files moved, live is as the last run left it",
    "drifted: live moved, the files are as the last run left it",
    "both moved: files and live differ from each other and from what the last run left",
    "differs: without a snapshot nobody knows who moved"};

static void add_rrset(struct rz_report *report, struct rz_report_section *section,
                      const struct rz_drift_zone *zone, const struct rz_drift_rrset *from)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    bool forward = from->kind == RZ_DRIFT_UNAPPLIED;
    const struct rz_change shown = {.before = forward ? from->live : from->desired,
                                    .after = forward ? from->desired : from->live};
    const struct rz_rrset *subject = rz_change_subject(shown);
    struct rz_report_change *change = rz_report_add_change(report, section, rz_change_kind(shown));
    change->owner = rz_arena_strdup(&report->arena,
                                    rz_name_text_relative(owner, subject->owner, zone->apex.wire));
    change->type = rz_arena_strdup(&report->arena, rz_rtype_text(type, subject->type));
    change->before = rz_report_records(report, shown.before);
    change->after = rz_report_records(report, shown.after);
    if (shown.before)
        change->ttl_before = shown.before->ttl;
    if (shown.after)
        change->ttl_after = shown.after->ttl;
    change->risk = from->kind == RZ_DRIFT_UNAPPLIED ? RZ_RISK_NONE
                   : from->kind == RZ_DRIFT_BOTH    ? RZ_RISK_HIGH
                                                    : RZ_RISK_NOTICE;
    rz_report_note(report, &change->why, "%s", whys[from->kind]);
    struct rz_strings base = rz_report_records(report,
                                               from->kind == RZ_DRIFT_BOTH ? from->base : NULL);
    for (size_t i = 0; i < base.count; i++)
        rz_report_note(report, &change->why, "was %s", base.items[i]);
    if (from->file && from->desired)
        change->place = (struct rz_report_place){from->file, from->desired->line,
                                                 from->desired->line ? from->desired->column : 0};
}

static void add_server(struct rz_report *report, struct rz_report_section *section,
                       const struct rz_drift_server *server)
{
    bool behind = server->kind == RZ_DRIFT_SERIAL_BEHIND;
    struct rz_report_finding *finding = rz_report_add_finding(
        report, section, RZ_WARNING, behind ? "drift/serial-behind" : "drift/server-disagrees");
    finding->message = rz_arena_printf(&report->arena, "%s: %s",
                                       rz_drift_server_kind_text(server->kind), server->message);
}

static void add_whole(struct rz_report *report, struct rz_report_section *section, const char *rule,
                      const char *message)
{
    struct rz_report_finding *finding = rz_report_add_finding(report, section, RZ_WARNING, rule);
    finding->message = message;
    rz_report_note(report, &section->status, "%s", message);
}

static void add_zone(struct rz_report *report, const struct rz_drift_zone *zone)
{
    struct rz_report_section *section = rz_report_add_section(report, zone->name, zone->target);
    section->path = zone->entry ? zone->entry->path : NULL;
    section->verdict = RZ_VERDICT_CHANGES;
    if (zone->status != RZ_OK) {
        section->verdict = RZ_VERDICT_BAD;
        section->status = "could not be compared, see the errors";
        return;
    }
    if (zone->foreign)
        add_whole(report, section, "drift/foreign-zone", "foreign zone: lives there, in no file");
    if (zone->missing)
        add_whole(report, section, "drift/missing-zone", "missing zone: in the files, not there");
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        if (zone->kinds[i])
            rz_report_note(report, &section->status, "%zu %s", zone->kinds[i],
                           rz_drift_kind_text((enum rz_drift_kind)i));
    if (zone->three_way && zone->count)
        rz_report_note(report, &section->status, "since run %" PRId64, zone->run);
    for (size_t i = 0; i < zone->count; i++)
        add_rrset(report, section, zone, &zone->rrsets[i]);
    for (size_t i = 0; i < zone->server_count; i++)
        add_server(report, section, &zone->servers[i]);
}

void rz_report_fill_drift(struct rz_report *report, const struct rz_drift *drift)
{
    size_t servers = drift->server_kinds[0] + drift->server_kinds[1];
    report->time = drift->time;
    report->unchanged = drift->clean;
    for (size_t i = 0; i < drift->count; i++)
        if (!rz_drift_zone_is_clean(drift->zones[i]))
            add_zone(report, drift->zones[i]);
    report->verdict = drift->failed                  ? RZ_VERDICT_BAD
                      : drift->clean == drift->count ? RZ_VERDICT_GOOD
                                                     : RZ_VERDICT_CHANGES;
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        if (drift->kinds[i])
            rz_report_note(report, &report->summary, "%zu %s", drift->kinds[i],
                           rz_drift_kind_text((enum rz_drift_kind)i));
    if (servers)
        rz_report_note(report, &report->summary, "%zu findings at servers", servers);
    if (drift->missing)
        rz_report_note(report, &report->summary, "%zu missing", drift->missing);
    if (drift->foreign)
        rz_report_note(report, &report->summary, "%zu foreign", drift->foreign);
    if (drift->failed)
        rz_report_note(report, &report->summary, "%zu not compared", drift->failed);
    rz_report_note(report, &report->summary, "%zu of %zu zones are live as the files say%s",
                   drift->clean, drift->count, drift->partial ? ", as far as --target goes" : "");
}
