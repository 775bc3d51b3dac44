/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that the journal keeps, as reports. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/report.h"
#include "support/alloc.h"

static const char *copy(struct rz_report *report, const char *text)
{
    return text ? rz_arena_strdup(&report->arena, text) : NULL;
}

void rz_report_fill_history(struct rz_report *report, const struct rz_run *run)
{
    char time[RZ_TIME_TEXT_MAX];
    report->title = rz_arena_printf(&report->arena, "DNS run %" PRId64 ": %s", run->id,
                                    run->command);
    report->id = rz_arena_printf(&report->arena, "run %" PRId64, run->id);
    report->commit = copy(report, run->commit);
    report->time = run->started;
    bool good = strcmp(run->status, "committed") == 0;
    report->verdict = good ? RZ_VERDICT_GOOD : RZ_VERDICT_BAD;
    rz_report_note(report, &report->summary, "%s, by %s, %s UTC", run->status, run->actor,
                   rz_time_text(time, run->started));
    rz_report_note(report, &report->summary, "%zu created, %zu updated, %zu deleted in %zu zone%s",
                   run->creates, run->updates, run->deletes, run->zones,
                   run->zones == 1 ? "" : "s");
    if (run->flags)
        rz_report_note(report, &report->summary, "with %s", run->flags);
    if (strcmp(run->status, "unknown") == 0)
        report->next = "rezone recover";
    else if (good)
        report->next = rz_arena_printf(&report->arena, "rezone rollback %" PRId64, run->id);
}

/* Servers and checks in a few words each. */
static void note_verification(struct rz_report *report, struct rz_report_section *section,
                              const struct rz_verify_record *record)
{
    const struct rz_verify_report *found = &record->report;
    if (record->read_back)
        rz_report_note(report, &section->status, "read back");
    for (size_t i = 0; i < found->server_count; i++)
        rz_report_note(report, &section->status, "%s: %zu of %zu answers as expected",
                       found->servers[i].server, found->servers[i].right,
                       found->servers[i].expectations);
    for (size_t i = 0; i < found->check_count; i++)
        rz_report_note(report, &section->status, "check %s: %s", found->checks[i].what,
                       found->checks[i].passed ? "passed" : "failed");
}

void rz_report_add_history_zone(struct rz_report *report, const struct rz_run_zone *zone,
                                const struct rz_verify_record *record)
{
    struct rz_report_section *section = rz_report_add_section(report, zone->zone,
                                                              copy(report, zone->target));
    section->verdict = zone->state == RZ_STATE_COMMITTED ? RZ_VERDICT_GOOD : RZ_VERDICT_BAD;
    rz_report_note(report, &section->status, "%s", rz_zone_state_text(zone->state));
    if (zone->created_zone)
        rz_report_note(report, &section->status, "zone created");
    if (zone->deleted_zone)
        rz_report_note(report, &section->status, "zone deleted");
    if (zone->serial_after)
        rz_report_note(report, &section->status, "serial %" PRIu32 " → %" PRIu32,
                       zone->serial_before, zone->serial_after);
    if (record)
        note_verification(report, section, record);
    if (zone->detail)
        rz_report_note(report, &section->status, "%s", zone->detail);
}

/* Lines of "TTL RDATA" as records; `ttl` becomes that of the first. */
static struct rz_strings read_records(struct rz_report *report, const char *lines, int64_t *ttl)
{
    struct rz_strings records = {0};
    size_t capacity = 1;
    for (const char *at = lines; at && *at; at++)
        capacity += *at == '\n';
    records.items = rz_arena_alloc(&report->arena, capacity * sizeof *records.items);
    while (lines && *lines) {
        char *value;
        size_t size = strcspn(lines, "\n");
        long long number = strtoll(lines, &value, 10);
        *ttl = records.count ? *ttl : number;
        value += *value == ' ';
        struct rz_str record = {value, size - (size_t)(value - lines)};
        records.items[records.count++] = rz_arena_str(&report->arena, record).data;
        lines += size + (lines[size] == '\n');
    }
    return records;
}

/* The section of a zone at a target. */
static struct rz_report_section *find_section(struct rz_report *report, const char *zone,
                                              const char *target)
{
    for (size_t i = report->count; i > 0; i--) {
        struct rz_report_section *section = report->sections[i - 1];
        if (strcmp(section->name, zone) == 0 && strcmp(section->target, target) == 0)
            return section;
    }
    return rz_report_add_section(report, zone, copy(report, target));
}

void rz_report_add_history_change(struct rz_report *report, const struct rz_history_change *from)
{
    struct rz_report_section *section = find_section(report, from->zone, from->target);
    struct rz_report_change *change = rz_report_add_change(report, section,
                                                           !from->before ? RZ_CREATE
                                                           : from->after ? RZ_UPDATE
                                                                         : RZ_DELETE);
    change->owner = copy(report, from->owner);
    change->type = copy(report, from->type);
    change->before = read_records(report, from->before, &change->ttl_before);
    change->after = read_records(report, from->after, &change->ttl_after);
}
