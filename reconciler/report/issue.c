/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a report somebody should look at, one by one: for SARIF, annotations, code quality. */
#include <stdlib.h>

#include "report/model.h"
#include "support/alloc.h"

/* An issue before it is put into words. */
struct entry {
    const struct rz_report_section *section;
    const struct rz_report_change *change;
    const struct rz_report_finding *finding;
    struct rz_hash hash;
    size_t index, twin; /* how many before it have the same hash */
};

struct entries {
    struct entry *items;
    size_t count, capacity;
};

static enum rz_severity level_of(const struct entry *entry)
{
    if (entry->finding)
        return entry->finding->level;
    return entry->change->risk == RZ_RISK_HIGH ? RZ_WARNING : RZ_NOTE;
}

static void put_strings(struct rz_buffer *out, struct rz_strings strings)
{
    for (size_t i = 0; i < strings.count; i++)
        rz_buffer_printf(out, "%s%s", i ? ", " : "", strings.items[i]);
}

void rz_report_change_text(struct rz_buffer *out, const struct rz_report_change *change)
{
    bool ttl = change->kind == RZ_UPDATE && change->ttl_before != change->ttl_after
               && change->ttl_before >= 0 && change->ttl_after >= 0;
    rz_buffer_printf(out, "%s %s: %s ", change->owner, change->type,
                     rz_change_kind_text(change->kind));
    put_strings(out, change->before);
    if (change->kind == RZ_UPDATE)
        rz_buffer_text(out, " → ");
    put_strings(out, change->after);
    if (ttl)
        rz_buffer_printf(out, ", TTL %lld → %lld", (long long)change->ttl_before,
                         (long long)change->ttl_after);
}

/* What does not move when lines do. */
static struct rz_hash hash_of(const struct entry *entry)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (entry->section)
        rz_buffer_printf(&text, "%s\n%s\n", entry->section->name,
                         entry->section->target ? entry->section->target : "");
    if (entry->change)
        rz_report_change_text(&text, entry->change);
    else
        rz_buffer_printf(&text, "%s\n%s\n%s", entry->finding->rule, entry->finding->message,
                         entry->finding->place.file ? entry->finding->place.file : "");
    return rz_hash_of(text.data, text.size);
}

static void add(struct entries *entries, struct entry entry)
{
    entry.hash = hash_of(&entry);
    entry.index = entries->count;
    entries->items = rz_grow(entries->items, &entries->capacity, entries->count + 1,
                             sizeof *entries->items);
    entries->items[entries->count++] = entry;
}

static void collect(struct entries *entries, const struct rz_report *report)
{
    for (size_t i = 0; i < report->finding_count; i++)
        add(entries, (struct entry){.finding = &report->findings[i]});
    for (size_t i = 0; i < report->count; i++) {
        const struct rz_report_section *section = report->sections[i];
        for (size_t k = 0; k < section->finding_count; k++)
            add(entries, (struct entry){.section = section, .finding = &section->findings[k]});
        for (size_t k = 0; k < section->count; k++)
            if (section->changes[k]->risk != RZ_RISK_NONE)
                add(entries, (struct entry){.section = section, .change = section->changes[k]});
    }
}

static int compare_hashes(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->hash.high != b->hash.high)
        return a->hash.high < b->hash.high ? -1 : 1;
    if (a->hash.low != b->hash.low)
        return a->hash.low < b->hash.low ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_levels(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = (int)level_of(b) - (int)level_of(a);
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

static void sort(struct entries *entries)
{
    if (entries->count == 0)
        return;
    qsort(entries->items, entries->count, sizeof *entries->items, compare_hashes);
    for (size_t i = 1; i < entries->count; i++)
        if (rz_hash_equal(entries->items[i].hash, entries->items[i - 1].hash))
            entries->items[i].twin = entries->items[i - 1].twin + 1;
    qsort(entries->items, entries->count, sizeof *entries->items, compare_levels);
}

/* A section's own words: "example.com → ns1: …". */
static void put_message(struct rz_buffer *out, const struct entry *entry)
{
    if (entry->section)
        rz_buffer_text(out, entry->section->name);
    if (entry->section && entry->section->target)
        rz_buffer_printf(out, " → %s", entry->section->target);
    if (entry->section)
        rz_buffer_text(out, ": ");
    if (entry->finding) {
        rz_buffer_text(out, entry->finding->message);
        return;
    }
    rz_report_change_text(out, entry->change);
    if (entry->change->why)
        rz_buffer_printf(out, " (%s)", entry->change->why);
}

void rz_report_each_issue(const struct rz_report *report,
                          void (*visit)(void *user, const struct rz_report_issue *issue),
                          void *user)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0}, rule = {0};
    struct entries entries = {0};
    collect(&entries, report);
    sort(&entries);
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry *entry = &entries.items[i];
        struct rz_report_issue issue = {.section = entry->section, .change = entry->change};
        struct rz_hash hash[2] = {entry->hash, {entry->twin, 0}};
        rz_buffer_reset(&message);
        rz_buffer_reset(&rule);
        put_message(&message, entry);
        if (entry->finding) {
            issue.finding = *entry->finding;
        } else {
            rz_buffer_printf(&rule, "%s/%s", report->kind,
                             entry->change->risk == RZ_RISK_HIGH ? "high-risk" : "notice");
            issue.finding = (struct rz_report_finding){
                .level = level_of(entry), .rule = rule.data, .place = entry->change->place};
        }
        issue.finding.message = message.data;
        if (!issue.finding.place.file && entry->section)
            issue.finding.place.file = entry->section->path;
        rz_hash_text(issue.fingerprint, rz_hash_of(hash, sizeof hash));
        visit(user, &issue);
    }
    free(entries.items);
}
