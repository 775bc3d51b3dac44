/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filling a report in. */
#include "report/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

void rz_report_init(struct rz_report *report, const char *kind, const char *title)
{
    *report = (struct rz_report){.kind = kind, .title = title};
}

void rz_report_free(struct rz_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->sections[i]->changes);
        free(report->sections[i]->findings);
    }
    free(report->sections);
    free(report->findings);
    rz_arena_free(&report->arena);
    *report = (struct rz_report){0};
}

struct rz_report_section *rz_report_add_section(struct rz_report *report, const char *name,
                                                const char *target)
{
    struct rz_report_section *section = rz_arena_zero(&report->arena, sizeof *section);
    section->name = rz_arena_strdup(&report->arena, name);
    section->target = target;
    report->sections = rz_grow(report->sections, &report->capacity, report->count + 1,
                               sizeof(struct rz_report_section *));
    return report->sections[report->count++] = section;
}

struct rz_report_change *rz_report_add_change(struct rz_report *report,
                                              struct rz_report_section *section,
                                              enum rz_change_kind kind)
{
    struct rz_report_change *change = rz_arena_zero(&report->arena, sizeof *change);
    change->kind = kind;
    change->ttl_before = change->ttl_after = -1;
    section->changes = rz_grow(section->changes, &section->capacity, section->count + 1,
                               sizeof(struct rz_report_change *));
    return section->changes[section->count++] = change;
}

struct rz_report_finding *rz_report_add_finding(struct rz_report *report,
                                                struct rz_report_section *section,
                                                enum rz_severity level, const char *rule)
{
    struct rz_report_finding **items = section ? &section->findings : &report->findings;
    size_t *count = section ? &section->finding_count : &report->finding_count;
    size_t *capacity = section ? &section->finding_capacity : &report->finding_capacity;
    *items = rz_grow(*items, capacity, *count + 1, sizeof **items);
    struct rz_report_finding *finding = &(*items)[(*count)++];
    *finding = (struct rz_report_finding){.level = level, .rule = rule, .message = ""};
    return finding;
}

void rz_report_add_diags(struct rz_report *report, const struct rz_diags *diags, bool notes)
{
    size_t kept = 0;
    for (size_t i = 0; i < diags->count; i++) {
        const struct rz_diag *diag = &diags->items[i];
        kept += diag->severity != RZ_NOTE;
        if (diag->severity == RZ_NOTE && !notes)
            continue;
        struct rz_report_finding *finding = rz_report_add_finding(
            report, NULL, diag->severity,
            rz_arena_printf(&report->arena, "RZ%04d", (int)diag->code));
        finding->message = diag->related ? rz_arena_printf(&report->arena, "%s (%s)", diag->message,
                                                           diag->related)
                                         : diag->message;
        finding->hint = diag->hint;
        finding->excerpt = diag->excerpt;
        finding->place = (struct rz_report_place){diag->file, diag->line, diag->column};
    }
    if (diags->errors + diags->warnings <= kept)
        return;
    struct rz_report_finding *more = rz_report_add_finding(
        report, NULL, diags->errors ? RZ_ERROR : RZ_WARNING, "more");
    more->message = rz_arena_printf(&report->arena, "… and %zu more errors and warnings",
                                    diags->errors + diags->warnings - kept);
}

void rz_report_note(struct rz_report *report, const char **clauses, const char *format, ...)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    va_list arguments;
    if (*clauses)
        rz_buffer_printf(&text, "%s; ", *clauses);
    va_start(arguments, format);
    rz_buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    *clauses = rz_arena_str(&report->arena, rz_buffer_view(&text)).data;
}

struct rz_strings rz_report_records(struct rz_report *report, const struct rz_rrset *rrset)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_strings records = {0};
    if (!rrset)
        return records;
    records.items = rz_arena_alloc(&report->arena,
                                   (rrset->rdata_count + 1u) * sizeof *records.items);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(&text);
        rz_rdata_print(&text, rrset->type, c.wire, c.size);
        records.items[records.count++] = rz_arena_str(&report->arena, rz_buffer_view(&text)).data;
    }
    return records;
}

/* Risky ones first, else as they were. */
static void sort_changes(struct rz_report_section *section)
{
    struct rz_report_change **sorted = rz_alloc((section->count + 1) * sizeof(void *));
    size_t count = 0;
    for (int risk = RZ_RISK_HIGH; risk >= RZ_RISK_NONE; risk--)
        for (size_t i = 0; i < section->count; i++)
            if (section->changes[i]->risk == (enum rz_risk)risk)
                sorted[count++] = section->changes[i];
    free(section->changes);
    section->changes = sorted;
    section->capacity = section->count + 1;
}

static void finish_section(struct rz_report *report, struct rz_report_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        section->kinds[section->changes[i]->kind]++;
        section->risks[section->changes[i]->risk]++;
    }
    for (size_t i = 0; i < section->finding_count; i++) {
        section->errors += section->findings[i].level == RZ_ERROR;
        section->warnings += section->findings[i].level == RZ_WARNING;
    }
    sort_changes(section);
    for (size_t k = 0; k < 3; k++) {
        report->kinds[k] += section->kinds[k];
        report->risks[k] += section->risks[k];
    }
    report->errors += section->errors;
    report->warnings += section->warnings;
}

/* Whether a diagnostic's name is one of a file: they are of servers and zones as well. */
static bool is_path(const struct rz_report_place *place)
{
    struct rz_str name = rz_str_of(place->file);
    return place->line || strchr(place->file, '/') || rz_str_ends_with(name, ".yaml")
           || rz_str_ends_with(name, ".yml") || rz_str_ends_with(name, ".json");
}

static const char *match_of(const struct rz_report_section *section, bool path)
{
    return path ? section->path : section->name;
}

static int compare_paths(const void *left, const void *right)
{
    const struct rz_report_section *a = *(struct rz_report_section *const *)left;
    const struct rz_report_section *b = *(struct rz_report_section *const *)right;
    return strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

static int compare_names(const void *left, const void *right)
{
    const struct rz_report_section *a = *(struct rz_report_section *const *)left;
    const struct rz_report_section *b = *(struct rz_report_section *const *)right;
    return strcmp(a->name, b->name);
}

/* The first of the sections, sorted by path or name, that is `key`'s. */
static size_t find(struct rz_report_section *const *sorted, size_t count, const char *key,
                   bool path)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *at = match_of(sorted[middle], path);
        if (strcmp(at ? at : "", key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Counts a diagnostic at the sections of its file; one that names a zone is given the zone's file. */
static void attribute(struct rz_report *report, struct rz_report_finding *finding,
                      struct rz_report_section *const *sorted, bool path)
{
    const char *key = finding->place.file;
    const char *file = NULL;
    for (size_t i = find(sorted, report->count, key, path); i < report->count; i++) {
        const char *at = match_of(sorted[i], path);
        if (!at || strcmp(at, key) != 0)
            break;
        file = sorted[i]->path ? sorted[i]->path : file;
        sorted[i]->errors += finding->level == RZ_ERROR;
        sorted[i]->warnings += finding->level == RZ_WARNING;
    }
    if (path)
        return;
    finding->message = rz_arena_printf(&report->arena, "%s: %s", key, finding->message);
    finding->place.file = file;
}

void rz_report_finish(struct rz_report *report)
{
    struct rz_report_section **sorted = rz_alloc((report->count + 1) * sizeof(void *));
    for (size_t i = 0; i < report->count; i++)
        finish_section(report, report->sections[i]);
    for (int path = 1; path >= 0; path--) {
        if (report->count)
            memcpy(sorted, report->sections, report->count * sizeof(void *));
        qsort(sorted, report->count, sizeof(void *), path ? compare_paths : compare_names);
        for (size_t i = 0; i < report->finding_count; i++)
            if (report->findings[i].place.file
                && is_path(&report->findings[i].place) == (path == 1))
                attribute(report, &report->findings[i], sorted, path == 1);
    }
    free(sorted);
    for (size_t i = 0; i < report->finding_count; i++) {
        report->errors += report->findings[i].level == RZ_ERROR;
        report->warnings += report->findings[i].level == RZ_WARNING;
    }
    for (size_t i = 0; i < report->count; i++)
        if (report->sections[i]->errors && report->sections[i]->verdict == RZ_VERDICT_GOOD)
            report->sections[i]->verdict = RZ_VERDICT_BAD;
    if (report->errors && report->verdict == RZ_VERDICT_GOOD)
        report->verdict = RZ_VERDICT_BAD;
}

const char *rz_verdict_text(enum rz_verdict verdict)
{
    static const char *const texts[] = {"ok", "changes", "failed"};
    return texts[verdict];
}
