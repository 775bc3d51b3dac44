/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as people read it: risky lines first, values aligned, the place that made each. */
#include <inttypes.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "plan/blame.h"
#include "pool.h"
#include "report/report.h"
#include "support/alloc.h"

#define OWNER_COLUMNS_MAX 40
#define VALUE_COLUMNS_MAX 200 /* of a value, unless verbose */

struct columns {
    size_t owner, type, ttl;
    struct rz_str file; /* of most lines, if it can be shown as it is; data NULL: it cannot */
};

static const struct {
    char sign;
    enum rz_tint tint;
} kinds[] = {{'+', RZ_TINT_GREEN}, {'~', RZ_TINT_YELLOW}, {'-', RZ_TINT_RED}};

static size_t digits(uint32_t value)
{
    size_t count = 1;
    while (value /= 10)
        count++;
    return count;
}

/* "300", or "300 → 60" where the TTL changes. */
static size_t ttl_columns(struct rz_change change)
{
    if (rz_change_kind(change) != RZ_UPDATE || change.before->ttl == change.after->ttl)
        return digits(rz_change_subject(change)->ttl);
    return digits(change.before->ttl) + 3 + digits(change.after->ttl);
}

static void print_ttl(struct rz_buffer *out, struct rz_change change)
{
    if (rz_change_kind(change) == RZ_UPDATE && change.before->ttl != change.after->ttl) {
        rz_buffer_uint(out, change.before->ttl);
        rz_buffer_text(out, " → ");
    }
    rz_buffer_uint(out, rz_change_subject(change)->ttl);
}

static struct columns measure(const struct rz_zone_plan *zone)
{
    struct columns columns = {1, 1, 1, {0}};
    const char *file = zone->count ? zone->changes[0].file : NULL;
    if (file && rz_str_is_visible(rz_str_of(file)))
        columns.file = rz_str_of(file);
    for (size_t i = 0; i < zone->count; i++) {
        char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
        const struct rz_rrset *subject = rz_change_subject(zone->changes[i].change);
        size_t size = strlen(rz_name_text_relative(owner, subject->owner, zone->apex.wire));
        size_t ttl = ttl_columns(zone->changes[i].change);
        if (size > columns.owner)
            columns.owner = size < OWNER_COLUMNS_MAX ? size : OWNER_COLUMNS_MAX;
        size = strlen(rz_rtype_text(type, subject->type));
        columns.type = size > columns.type ? size : columns.type;
        columns.ttl = ttl > columns.ttl ? ttl : columns.ttl;
    }
    return columns;
}

static void pad_to(struct rz_buffer *out, size_t size, size_t columns)
{
    rz_buffer_pad(out, ' ', size < columns ? columns - size : 0);
}

static void print_value(struct rz_output *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    if (type == RZ_TYPE_A) { /* nothing in it to hide or to cut; most records are this */
        rz_rdata_print(&out->text, type, wire, size);
        return;
    }
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rdata_print(&text, type, wire, size);
    if (out->verbose || text.size <= VALUE_COLUMNS_MAX) {
        rz_buffer_visible(&out->text, rz_buffer_view(&text));
        return;
    }
    rz_buffer_visible(&out->text, (struct rz_str){text.data, VALUE_COLUMNS_MAX});
    rz_buffer_printf(&out->text, "… (%zu characters)", text.size);
}

/* The records of an RRset that `other` lacks (NULL: all), each on a line of its own but the first. */
static size_t print_records(struct rz_output *out, const struct rz_rrset *rrset,
                            const struct rz_rrset *other, char sign, size_t indent)
{
    size_t printed = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        if (other && rz_rrset_contains(other, c.wire, c.size))
            continue;
        if (sign || printed++) {
            rz_buffer_text(&out->text, "\n");
            rz_buffer_pad(&out->text, ' ', indent);
        }
        if (sign) {
            rz_output_tint(out, sign == '+' ? RZ_TINT_GREEN : RZ_TINT_RED);
            rz_buffer_char(&out->text, sign);
            rz_buffer_char(&out->text, ' ');
        }
        print_value(out, rrset->type, c.wire, c.size);
        if (sign)
            rz_output_tint(out, RZ_TINT_NONE);
    }
    return printed;
}

static struct rz_buffer *begin_note(struct rz_buffer *out, bool *first)
{
    rz_buffer_str(out, *first ? RZ_STR("   # ") : RZ_STR("; "));
    *first = false;
    return out;
}

static void print_note(struct rz_buffer *out, bool *first, const char *text)
{
    rz_buffer_visible(begin_note(out, first), rz_str_of(text));
}

static void print_notes(struct rz_output *out, const struct rz_plan_change *change,
                        const struct columns *columns)
{
    const struct rz_rrset *subject = rz_change_subject(change->change);
    struct rz_buffer *text = &out->text;
    bool first = true, placed = change->file && subject->line;
    if (!change->reason && !change->renamed_from && !change->gap && !placed && !change->blame)
        return;
    rz_output_tint(out, change->risk == RZ_RISK_HIGH ? RZ_TINT_RED : RZ_TINT_DIM);
    if (change->reason)
        print_note(text, &first, change->reason);
    if (change->dangling) {
        rz_buffer_text(text, ": ");
        rz_buffer_visible(text, rz_str_of(change->dangling));
    }
    if (change->renamed_from) {
        print_note(text, &first, "renamed from ");
        rz_buffer_visible(text, rz_str_of(change->renamed_from));
    }
    if (change->gap)
        print_note(text, &first, "without an answer for a moment");
    if (placed) {
        if (change->file == columns->file.data)
            rz_buffer_str(begin_note(text, &first), columns->file);
        else
            print_note(text, &first, change->file);
        rz_buffer_char(text, ':');
        rz_buffer_uint(text, subject->line);
    }
    if (change->blame) {
        RZ_BUFFER_CLEANUP struct rz_buffer blame = {0};
        rz_blame_text(&blame, change->blame);
        print_note(text, &first, blame.data);
    }
    rz_output_tint(out, RZ_TINT_NONE);
}

static void print_change(struct rz_output *out, const struct rz_zone_plan *zone,
                         const struct rz_plan_change *change, const struct columns *columns)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(change->change);
    enum rz_change_kind kind = rz_change_kind(change->change);
    struct rz_buffer *text = &out->text;
    rz_output_tint(out, change->risk == RZ_RISK_HIGH ? RZ_TINT_RED : RZ_TINT_YELLOW);
    rz_buffer_text(text, change->risk == RZ_RISK_HIGH ? " !! " : change->risk ? "  ! " : "    ");
    rz_output_tint(out, RZ_TINT_NONE);
    rz_output_tint(out, kinds[kind].tint);
    rz_buffer_char(text, kinds[kind].sign);
    rz_buffer_char(text, ' ');
    size_t owner_size = strlen(rz_name_text_relative(owner, subject->owner, zone->apex.wire));
    rz_buffer_append(text, owner, owner_size);
    pad_to(text, owner_size, columns->owner);
    rz_buffer_text(text, "  ");
    pad_to(text, ttl_columns(change->change), columns->ttl);
    print_ttl(text, change->change);
    rz_buffer_text(text, "  ");
    size_t type_size = strlen(rz_rtype_text(type, subject->type));
    rz_buffer_append(text, type, type_size);
    pad_to(text, type_size, columns->type);
    rz_output_tint(out, RZ_TINT_NONE);
    size_t owner_columns = owner_size > columns->owner ? owner_size : columns->owner;
    size_t indent = 6 + owner_columns + 2 + columns->ttl + 2 + columns->type + 2;
    if (kind == RZ_UPDATE) {
        print_notes(out, change, columns);
        print_records(out, change->change.before, change->change.after, '-', indent);
        print_records(out, change->change.after, change->change.before, '+', indent);
    } else {
        rz_buffer_text(text, "  ");
        print_records(out, subject, NULL, 0, indent);
        print_notes(out, change, columns);
    }
    rz_buffer_text(text, "\n");
    rz_output_pulse(out);
}

static void print_counts(struct rz_buffer *out, size_t creates, size_t updates, size_t deletes)
{
    rz_buffer_printf(out, "%zu to create, %zu to update, %zu to delete", creates, updates, deletes);
}

static void print_findings(struct rz_output *out, const struct rz_zone_plan *zone)
{
    for (size_t i = 0; i < zone->finding_count; i++) {
        const struct rz_finding *finding = &zone->findings[i];
        rz_output_tint(out, finding->allowed ? RZ_TINT_YELLOW : RZ_TINT_RED);
        rz_buffer_printf(&out->text, "    policy %s: ", finding->rule);
        rz_output_tint(out, RZ_TINT_NONE);
        rz_buffer_visible(&out->text, rz_str_of(finding->message));
        rz_buffer_printf(&out->text, finding->allowed ? " (allowed)\n" : " (--allow %s)\n",
                         finding->rule);
    }
}

/* What is looked at afterwards; all of it with --verbose. */
static void print_checks(struct rz_output *out, const struct rz_zone_plan *zone)
{
    size_t due = 0;
    for (size_t i = 0; i < zone->check_count; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
        if (!rz_check_is_due(&zone->checks[i], true))
            continue;
        due++;
        if (!out->verbose)
            continue;
        rz_check_print(&what, &zone->checks[i]);
        rz_buffer_text(&out->text, "    check ");
        rz_buffer_visible(&out->text, rz_buffer_view(&what));
        rz_buffer_text(&out->text, "\n");
    }
    if (due && !out->verbose)
        rz_buffer_printf(&out->text, "    %zu check%s afterwards\n", due, due == 1 ? "" : "s");
}

static void print_changes(struct rz_output *out, const struct rz_zone_plan *zone,
                          const struct columns *columns, int risk, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (zone->changes[i].risk == risk)
            print_change(out, zone, &zone->changes[i], columns);
}

#define STRETCH 16384 /* changes: work that is worth a thread */

/* Two stretches of a long list, printed at the same time. */
struct stretches {
    struct rz_output *out[2]; /* the second keeps its text */
    const struct rz_zone_plan *zone;
    const struct columns *columns;
    size_t from;
};

static void print_stretch(void *user, size_t which)
{
    const struct stretches *stretches = user;
    size_t from = stretches->from + which * STRETCH, left = stretches->zone->count;
    left = left > from ? left - from : 0;
    print_changes(stretches->out[which], stretches->zone, stretches->columns, RZ_RISK_NONE, from,
                  from + (left < STRETCH ? left : STRETCH));
}

static void print_harmless(struct rz_output *out, const struct rz_zone_plan *zone,
                           const struct columns *columns)
{
    struct rz_output second = *out;
    second.fd = -1;
    second.text = (struct rz_buffer){0};
    struct stretches stretches = {{out, &second}, zone, columns, 0};
    for (; stretches.from < zone->count; stretches.from += 2 * (size_t)STRETCH) {
        rz_pool_run(zone->count - stretches.from > STRETCH ? 2 : 1, 2, print_stretch, &stretches);
        rz_buffer_str(&out->text, rz_buffer_view(&second.text));
        rz_buffer_reset(&second.text);
        rz_output_pulse(out);
    }
    rz_buffer_free(&second.text);
}

/* Risky ones first. */
static void print_all(struct rz_output *out, const struct rz_zone_plan *zone)
{
    struct columns columns = measure(zone);
    for (int risk = RZ_RISK_HIGH; risk > RZ_RISK_NONE; risk--)
        print_changes(out, zone, &columns, risk, 0, zone->count);
    print_harmless(out, zone, &columns);
}

void rz_report_zone_plan(struct rz_output *out, const struct rz_zone_plan *zone)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_output_tinted(out, RZ_TINT_BOLD, rz_name_text_plain(apex, zone->apex.wire));
    rz_buffer_printf(&out->text, " → %s: ", zone->target);
    if (zone->status != RZ_OK) {
        rz_output_tinted(out, RZ_TINT_RED, "not planned, see the errors");
        rz_buffer_text(&out->text, "\n\n");
        return;
    }
    if (zone->create_zone)
        rz_output_tinted(out, RZ_TINT_GREEN, "create zone, ");
    if (zone->delete_zone)
        rz_output_tinted(out, RZ_TINT_RED, "DELETE ZONE, ");
    print_counts(&out->text, zone->creates, zone->updates, zone->deletes);
    if (zone->revision.has_serial)
        rz_buffer_printf(&out->text, ", serial %" PRIu32, zone->revision.serial);
    rz_buffer_text(&out->text, "\n");
    print_all(out, zone);
    print_findings(out, zone);
    if (zone->count)
        print_checks(out, zone);
    rz_buffer_text(&out->text, "\n");
}

void rz_report_plan(struct rz_output *out, const struct rz_plan *plan)
{
    size_t creates = 0, updates = 0, deletes = 0, refused = 0, failed = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_zone_plan *zone = plan->zones[i];
        rz_report_zone_plan(out, zone);
        creates += zone->creates;
        updates += zone->updates;
        deletes += zone->deletes;
        failed += zone->status != RZ_OK;
        for (size_t k = 0; k < zone->finding_count; k++)
            refused += !zone->findings[k].allowed;
    }
    rz_output_tint(out, RZ_TINT_BOLD);
    if (!plan->has_changes && failed == 0) {
        rz_buffer_printf(&out->text,
                         "Plan: nothing to do, %zu RRsets in %zu zone%s are as the files say.",
                         plan->records, plan->unchanged, plan->unchanged == 1 ? "" : "s");
    } else {
        size_t changed = plan->count - failed;
        rz_buffer_text(&out->text, "Plan: ");
        print_counts(&out->text, creates, updates, deletes);
        rz_buffer_printf(&out->text, " in %zu zone%s, %zu unchanged.", changed,
                         changed == 1 ? "" : "s", plan->unchanged);
    }
    if (failed)
        rz_buffer_printf(&out->text, " %zu zone%s could not be planned.", failed,
                         failed == 1 ? "" : "s");
    if (refused)
        rz_buffer_printf(&out->text, " %zu rule%s of the policy forbid%s it.", refused,
                         refused == 1 ? "" : "s", refused == 1 ? "s" : "");
    rz_output_tint(out, RZ_TINT_NONE);
    if (out->verbose && plan->commit) {
        rz_buffer_text(&out->text, " Commit ");
        rz_buffer_visible(&out->text, rz_str_of(plan->commit));
        rz_buffer_char(&out->text, '.');
    }
    rz_buffer_text(&out->text, "\n");
    rz_output_pulse(out);
}
