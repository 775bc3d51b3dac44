/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans as reports. */
#include <inttypes.h>

#include "dns/rtype.h"
#include "plan/blame.h"
#include "report/model.h"

static void add_notes(struct rz_report *report, struct rz_report_change *change,
                      const struct rz_plan_change *from)
{
    if (from->reason && from->dangling)
        rz_report_note(report, &change->why, "%s: %s", from->reason, from->dangling);
    else if (from->reason)
        rz_report_note(report, &change->why, "%s", from->reason);
    if (from->renamed_from)
        rz_report_note(report, &change->why, "renamed from %s", from->renamed_from);
    if (from->gap)
        rz_report_note(report, &change->why, "without an answer for a moment");
    if (change->kind == RZ_DELETE)
        rz_report_note(report, &change->why, "in no file");
}

/* The path in the report's own memory: that of the change before, where it is the same. */
static const char *keep_path(struct rz_report *report, const struct rz_report_section *section,
                             const char *path)
{
    const char *last = section->count > 1 ? section->changes[section->count - 2]->place.file : NULL;
    return last && strcmp(last, path) == 0 ? last : rz_arena_strdup(&report->arena, path);
}

static void add_change(struct rz_report *report, struct rz_report_section *section,
                       const struct rz_zone_plan *plan, const struct rz_plan_change *from)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(from->change);
    struct rz_report_change *change = rz_report_add_change(report, section,
                                                           rz_change_kind(from->change));
    change->owner = rz_arena_strdup(&report->arena,
                                    rz_name_text_relative(owner, subject->owner, plan->apex.wire));
    change->type = rz_arena_strdup(&report->arena, rz_rtype_text(type, subject->type));
    change->before = rz_report_records(report, from->change.before);
    change->after = rz_report_records(report, from->change.after);
    if (from->change.before)
        change->ttl_before = from->change.before->ttl;
    if (from->change.after)
        change->ttl_after = from->change.after->ttl;
    change->risk = from->risk;
    if (from->file)
        change->place = (struct rz_report_place){keep_path(report, section, from->file),
                                                 subject->line,
                                                 subject->line ? subject->column : 0};
    if (from->blame) {
        RZ_BUFFER_CLEANUP struct rz_buffer by = {0};
        rz_blame_text(&by, from->blame);
        change->by = rz_arena_strdup(&report->arena, by.data);
    }
    add_notes(report, change, from);
}

static void add_findings(struct rz_report *report, struct rz_report_section *section,
                         const struct rz_zone_plan *plan)
{
    for (size_t i = 0; i < plan->finding_count; i++) {
        const struct rz_finding *from = &plan->findings[i];
        struct rz_report_finding *finding = rz_report_add_finding(
            report, section, from->allowed ? RZ_WARNING : RZ_ERROR,
            rz_arena_printf(&report->arena, "policy/%s", from->rule));
        finding->message = from->allowed
                               ? rz_arena_printf(&report->arena, "%s (allowed)", from->message)
                               : from->message;
        if (!from->allowed) {
            finding->hint = rz_arena_printf(&report->arena, "if that is meant, say --allow %s",
                                            from->rule);
            section->verdict = RZ_VERDICT_BAD;
        }
    }
}

struct rz_report_section *rz_report_add_zone_plan(struct rz_report *report,
                                                  const struct rz_zone_plan *plan)
{
    char apex[RZ_NAME_TEXT_MAX];
    struct rz_report_section *section = rz_report_add_section(
        report, rz_name_text_plain(apex, plan->apex.wire), plan->target);
    section->path = plan->path;
    section->verdict = plan->count ? RZ_VERDICT_CHANGES : RZ_VERDICT_GOOD;
    if (plan->status != RZ_OK) {
        section->verdict = RZ_VERDICT_BAD;
        section->status = "not planned, see the errors";
        return section;
    }
    if (plan->create_zone)
        section->status = "the zone is created";
    if (plan->delete_zone)
        section->status = "THE ZONE IS DELETED";
    if (plan->create_zone || plan->delete_zone)
        section->verdict = RZ_VERDICT_CHANGES;
    rz_report_note(report, &section->status, "%zu to create, %zu to update, %zu to delete",
                   plan->creates, plan->updates, plan->deletes);
    if (plan->revision.has_serial)
        rz_report_note(report, &section->status, "serial %" PRIu32, plan->revision.serial);
    for (size_t i = 0; i < plan->count; i++)
        add_change(report, section, plan, &plan->changes[i]);
    add_findings(report, section, plan);
    return section;
}

static const char *summary(struct rz_report *report, const struct rz_plan *plan, size_t failed)
{
    size_t kinds[3] = {0}, changed = plan->count - failed;
    const char *text = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        kinds[RZ_CREATE] += plan->zones[i]->creates;
        kinds[RZ_UPDATE] += plan->zones[i]->updates;
        kinds[RZ_DELETE] += plan->zones[i]->deletes;
    }
    if (!plan->has_changes && failed == 0)
        rz_report_note(report, &text,
                       "Nothing to do, %zu RRsets in %zu zone%s are as the files say",
                       plan->records, plan->unchanged, plan->unchanged == 1 ? "" : "s");
    else
        rz_report_note(report, &text,
                       "%zu to create, %zu to update, %zu to delete in %zu zone%s, %zu unchanged",
                       kinds[RZ_CREATE], kinds[RZ_UPDATE], kinds[RZ_DELETE], changed,
                       changed == 1 ? "" : "s", plan->unchanged);
    if (failed)
        rz_report_note(report, &text, "%zu zone%s could not be planned", failed,
                       failed == 1 ? "" : "s");
    return text;
}

void rz_report_fill_plan(struct rz_report *report, const struct rz_plan *plan)
{
    size_t failed = 0, refused = 0;
    report->version = plan->version;
    report->id = plan->id;
    report->commit = plan->commit;
    report->time = plan->created;
    report->unchanged = plan->unchanged;
    report->verdict = plan->has_changes ? RZ_VERDICT_CHANGES : RZ_VERDICT_GOOD;
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_zone_plan *zone = plan->zones[i];
        failed += zone->status != RZ_OK;
        rz_report_add_zone_plan(report, zone);
        for (size_t k = 0; k < zone->finding_count; k++)
            refused += !zone->findings[k].allowed;
    }
    report->summary = summary(report, plan, failed);
    if (refused)
        rz_report_note(report, &report->summary, "%zu rule%s of the policy forbid%s it", refused,
                       refused == 1 ? "" : "s", refused == 1 ? "s" : "");
    if (plan->offline)
        rz_report_note(report, &report->summary, "made offline, without a look at what is live");
    if (failed || refused)
        report->verdict = RZ_VERDICT_BAD;
}
