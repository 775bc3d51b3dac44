/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GitHub Flavored Markdown for a comment on a pull request, and for step summaries. Names and values
 * stand in code spans or in fenced blocks, where nothing in them is a link, a mention or markup. */
#include "report/formats.h"
#include "support/escape.h"

#define ZONES_MAX 100        /* rows of the table of zones */
#define VALUE_CHARACTERS 300 /* of a value */
#define ENDING 600           /* octets kept for what stands at the end */

struct writing {
    struct rz_output *out;
    const struct rz_report *report;
    size_t limit, used; /* octets; limit 0: none */
    struct rz_buffer piece;
    size_t zones_cut, changes_cut, findings_cut;
};

/* Takes the piece over when it fits beside `reserve` more octets; false: it was dropped. */
static bool commit(struct writing *w, size_t reserve)
{
    bool fits = !w->limit || w->used + w->piece.size + reserve <= w->limit;
    if (fits) {
        w->used += w->piece.size;
        rz_buffer_str(&w->out->text, rz_buffer_view(&w->piece));
        rz_output_pulse(w->out);
    }
    rz_buffer_reset(&w->piece);
    return fits;
}

static struct rz_str cut(const char *text)
{
    return rz_str_head(rz_str_of(text), VALUE_CHARACTERS);
}

static void put_marker(struct writing *w)
{
    struct rz_str key = rz_str_of(w->report->key ? w->report->key : "default");
    rz_buffer_printf(&w->piece, "<!-- rezone:%s:", w->report->kind);
    for (size_t i = 0; i < key.size && i < 200; i++) {
        char c = key.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c && strchr("._:/", c));
        if (plain)
            rz_buffer_char(&w->piece, c);
        else
            rz_buffer_printf(&w->piece, "~%02X", (unsigned char)c);
    }
    rz_buffer_text(&w->piece, " -->\n");
}

static const char *sign_of(enum rz_verdict verdict)
{
    static const char *const signs[] = {"✅", "📝", "❌"};
    return signs[verdict];
}

/* Whether the table has columns of changes: not where there are none. */
static bool has_changes(const struct rz_report *report)
{
    return report->kinds[RZ_CREATE] + report->kinds[RZ_UPDATE] + report->kinds[RZ_DELETE] > 0;
}

static void put_head(struct writing *w)
{
    const struct rz_report *report = w->report;
    put_marker(w);
    rz_buffer_printf(&w->piece, "### %s ", sign_of(report->verdict));
    rz_escape_markdown(&w->piece, rz_str_of(report->title), false);
    rz_buffer_text(&w->piece, "\n\n");
    if (report->summary) {
        rz_buffer_text(&w->piece, "**");
        rz_escape_markdown(&w->piece, rz_str_of(report->summary), false);
        rz_buffer_text(&w->piece, ".**\n");
    }
    size_t high = report->risks[RZ_RISK_HIGH], notice = report->risks[RZ_RISK_NOTICE];
    const char *between = "\n";
    if (high)
        rz_buffer_printf(&w->piece, "\n🛑 %zu of high risk", high);
    if (notice)
        rz_buffer_printf(&w->piece, "%s⚠️ %zu to look at", high ? " · " : "\n", notice);
    between = high || notice ? " · " : "\n";
    if (has_changes(report) && (report->errors || report->warnings))
        rz_buffer_printf(&w->piece, "%s%zu error%s, %zu warning%s", between, report->errors,
                         report->errors == 1 ? "" : "s", report->warnings,
                         report->warnings == 1 ? "" : "s");
    rz_buffer_text(&w->piece, "\n");
    commit(w, 0);
}

static void put_zone_row(struct writing *w, const struct rz_report_section *section)
{
    rz_buffer_printf(&w->piece, "| %s ", sign_of(section->verdict));
    rz_escape_markdown_code(&w->piece, cut(section->name), true);
    rz_buffer_text(&w->piece, " | ");
    if (section->target)
        rz_escape_markdown_code(&w->piece, cut(section->target), true);
    if (has_changes(w->report))
        for (int kind = RZ_CREATE; kind <= RZ_DELETE; kind++) {
            rz_buffer_text(&w->piece, " | ");
            if (section->kinds[kind])
                rz_buffer_uint(&w->piece, section->kinds[kind]);
        }
    rz_buffer_text(&w->piece, " | ");
    const char *between = "";
    if (section->risks[RZ_RISK_HIGH]) {
        rz_buffer_printf(&w->piece, "🛑 %zu", section->risks[RZ_RISK_HIGH]);
        between = " ";
    }
    if (section->risks[RZ_RISK_NOTICE]) {
        rz_buffer_printf(&w->piece, "%s⚠️ %zu", between, section->risks[RZ_RISK_NOTICE]);
        between = " ";
    }
    if (section->verdict == RZ_VERDICT_BAD || !has_changes(w->report)) {
        const char *words = section->finding_count ? "refused, see the findings" : section->status;
        rz_buffer_text(&w->piece, between);
        rz_escape_markdown(&w->piece, cut(words ? words : rz_verdict_text(section->verdict)), true);
    }
    rz_buffer_text(&w->piece, " |\n");
}

static void put_zones(struct writing *w)
{
    const struct rz_report *report = w->report;
    size_t shown = 0;
    if (report->count == 0)
        return;
    rz_buffer_text(&w->piece, has_changes(report)
                                  ? "\n| zone | target | create | update | delete | |\n"
                                    "|---|---|---:|---:|---:|---|\n"
                                  : "\n| zone | target | |\n|---|---|---|\n");
    commit(w, ENDING);
    /* Failed ones first, then in their order. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < report->count; i++) {
            const struct rz_report_section *section = report->sections[i];
            if ((section->verdict == RZ_VERDICT_BAD) != (pass == 0))
                continue;
            if (w->limit && shown == ZONES_MAX) {
                w->zones_cut++;
                continue;
            }
            put_zone_row(w, section);
            shown++;
            w->zones_cut += !commit(w, ENDING);
        }
    if (w->zones_cut)
        rz_buffer_printf(&w->piece, "\n… and %zu more zones.\n", w->zones_cut);
    commit(w, 0);
}

static void put_place(struct rz_buffer *out, const struct rz_report_place *place, bool in_table)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!place->file)
        return;
    rz_buffer_text(&text, place->file);
    if (place->line)
        rz_buffer_printf(&text, ":%u", place->line);
    rz_escape_markdown_code(out, rz_buffer_view(&text), in_table);
}

static void put_finding(struct writing *w, const struct rz_report_section *section,
                        const struct rz_report_finding *finding)
{
    static const char *const signs[] = {"ℹ️", "⚠️", "❌"};
    struct rz_buffer *out = &w->piece;
    rz_buffer_printf(out, "- %s ", signs[finding->level]);
    if (section) {
        rz_escape_markdown_code(out, cut(section->name), false);
        rz_buffer_char(out, ' ');
    }
    if (finding->place.file)
        put_place(out, &finding->place, false);
    rz_buffer_printf(out, "%s**%s** ", finding->place.file ? " " : "", finding->rule);
    rz_escape_markdown(out, rz_str_head(rz_str_of(finding->message), 2 * (size_t)VALUE_CHARACTERS),
                       false);
    if (finding->hint) {
        rz_buffer_text(out, "<br>*hint:* ");
        rz_escape_markdown(out, cut(finding->hint), false);
    }
    rz_buffer_text(out, "\n");
    w->findings_cut += !commit(w, w->limit / 2);
}

static void put_findings(struct writing *w)
{
    const struct rz_report *report = w->report;
    bool any = report->finding_count > 0;
    for (size_t i = 0; i < report->count; i++)
        any |= report->sections[i]->finding_count > 0;
    if (!any)
        return;
    rz_buffer_text(&w->piece, "\n#### Findings\n\n");
    commit(w, ENDING);
    for (int level = RZ_ERROR; level >= RZ_NOTE; level--) {
        for (size_t i = 0; i < report->count; i++)
            for (size_t k = 0; k < report->sections[i]->finding_count; k++)
                if (report->sections[i]->findings[k].level == (enum rz_severity)level)
                    put_finding(w, report->sections[i], &report->sections[i]->findings[k]);
        for (size_t i = 0; i < report->finding_count; i++)
            if (report->findings[i].level == (enum rz_severity)level)
                put_finding(w, NULL, &report->findings[i]);
    }
    if (w->findings_cut)
        rz_buffer_printf(&w->piece, "\n… and %zu more.\n", w->findings_cut);
    commit(w, 0);
}

static void put_values(struct rz_buffer *out, struct rz_strings values)
{
    for (size_t i = 0; i < values.count && i < 5; i++) {
        rz_buffer_text(out, i ? "<br>" : "");
        rz_escape_markdown_code(out, rz_str_head(rz_str_of(values.items[i]), 100), true);
    }
    if (values.count > 5)
        rz_buffer_printf(out, "<br>… %zu more", values.count - 5);
}

static void put_risky(struct writing *w, const struct rz_report_section *section,
                      const struct rz_report_change *change)
{
    struct rz_buffer *out = &w->piece;
    rz_buffer_text(out, change->risk == RZ_RISK_HIGH ? "| 🛑 | " : "| ⚠️ | ");
    rz_escape_markdown_code(out, cut(section->name), true);
    rz_buffer_text(out, " | ");
    rz_escape_markdown_code(out, cut(change->owner), true);
    rz_buffer_printf(out, " %s | %s | ", change->type, rz_change_kind_text(change->kind));
    put_values(out, change->before);
    rz_buffer_text(out, change->before.count && change->after.count ? " → " : "");
    put_values(out, change->after);
    rz_buffer_text(out, " | ");
    if (change->why)
        rz_escape_markdown(out, cut(change->why), true);
    if (change->place.file) {
        rz_buffer_text(out, change->why ? "; " : "");
        put_place(out, &change->place, true);
    }
    if (change->by) {
        rz_buffer_text(out, ", ");
        rz_escape_markdown(out, cut(change->by), true);
    }
    rz_buffer_text(out, " |\n");
}

static void put_risks(struct writing *w)
{
    const struct rz_report *report = w->report;
    size_t left_out = 0;
    if (report->risks[RZ_RISK_HIGH] + report->risks[RZ_RISK_NOTICE] == 0)
        return;
    rz_buffer_text(&w->piece, "\n#### Look at these first\n\n"
                              "| | zone | RRset | | records | why |\n|---|---|---|---|---|---|\n");
    commit(w, ENDING);
    for (int risk = RZ_RISK_HIGH; risk > RZ_RISK_NONE; risk--)
        for (size_t i = 0; i < report->count; i++)
            for (size_t k = 0; k < report->sections[i]->count; k++) {
                const struct rz_report_change *change = report->sections[i]->changes[k];
                if (change->risk != (enum rz_risk)risk)
                    continue;
                put_risky(w, report->sections[i], change);
                left_out += !commit(w, w->limit / 4);
            }
    if (left_out)
        rz_buffer_printf(&w->piece, "\n… and %zu more, below.\n", left_out);
    commit(w, 0);
}

/* A line of a diff block. It begins with a sign, so that no text can close the fence. */
static void put_diff_line(struct rz_buffer *out, char sign, const struct rz_report_change *change,
                          const char *value, int64_t ttl)
{
    rz_buffer_printf(out, "%c ", sign);
    rz_buffer_visible(out, cut(change->owner));
    if (ttl >= 0)
        rz_buffer_printf(out, " %lld", (long long)ttl);
    rz_buffer_printf(out, " %s ", change->type);
    struct rz_str head = cut(value);
    rz_buffer_visible(out, head);
    if (head.size < strlen(value))
        rz_buffer_printf(out, "… (%zu characters)", strlen(value));
}

static bool contains(struct rz_strings values, const char *value)
{
    for (size_t i = 0; i < values.count; i++)
        if (strcmp(values.items[i], value) == 0)
            return true;
    return false;
}

static void put_side(struct rz_buffer *out, char sign, const struct rz_report_change *change)
{
    bool before = sign == '-';
    bool all = change->kind != RZ_UPDATE || change->ttl_before != change->ttl_after;
    struct rz_strings values = before ? change->before : change->after;
    for (size_t i = 0; i < values.count; i++) {
        if (!all && contains(before ? change->after : change->before, values.items[i]))
            continue;
        put_diff_line(out, sign, change, values.items[i],
                      before ? change->ttl_before : change->ttl_after);
        rz_buffer_text(out, "\n");
    }
}

static void put_change(struct rz_buffer *out, const struct rz_report_change *change)
{
    if (change->why || change->place.file) {
        rz_buffer_text(out, change->risk == RZ_RISK_HIGH ? "! " : "# ");
        rz_buffer_visible(out, rz_str_of(change->why));
        rz_buffer_text(out, change->why && change->place.file ? "; " : "");
        if (change->place.file)
            rz_buffer_visible(out, rz_str_of(change->place.file));
        if (change->place.file && change->place.line)
            rz_buffer_printf(out, ":%u", change->place.line);
        if (change->by) {
            rz_buffer_text(out, ", ");
            rz_buffer_visible(out, cut(change->by));
        }
        rz_buffer_text(out, "\n");
    }
    put_side(out, '-', change);
    put_side(out, '+', change);
}

static void put_section(struct writing *w, const struct rz_report_section *section)
{
    static const char closing[] = "```\n\n</details>\n";
    size_t shown = 0, reserve = ENDING + sizeof closing;
    rz_buffer_text(&w->piece, "\n<details><summary><code>");
    rz_escape_markup(&w->piece, cut(section->name));
    rz_buffer_text(&w->piece, "</code>");
    if (section->target) {
        rz_buffer_text(&w->piece, " → <code>");
        rz_escape_markup(&w->piece, cut(section->target));
        rz_buffer_text(&w->piece, "</code>");
    }
    if (section->status) {
        rz_buffer_text(&w->piece, ": ");
        rz_escape_markup(&w->piece, cut(section->status));
    }
    rz_buffer_text(&w->piece, "</summary>\n\n```diff\n");
    if (!commit(w, reserve + ENDING)) {
        w->changes_cut += section->count;
        return;
    }
    for (; shown < section->count; shown++) {
        put_change(&w->piece, section->changes[shown]);
        if (!commit(w, reserve))
            break;
    }
    w->changes_cut += section->count - shown;
    if (shown < section->count)
        rz_buffer_printf(&w->piece, "# … and %zu more\n", section->count - shown);
    rz_buffer_text(&w->piece, closing);
    commit(w, 0);
}

static void put_end(struct writing *w, const char *full)
{
    const struct rz_report *report = w->report;
    struct rz_buffer *out = &w->piece;
    if (w->changes_cut || w->zones_cut || w->findings_cut) {
        rz_buffer_printf(out,
                         "\nThis comment is as long as it may be: %zu changes, %zu zones and %zu "
                         "findings are not in it.",
                         w->changes_cut, w->zones_cut, w->findings_cut);
        if (full) {
            rz_buffer_text(out, " All of it is in ");
            rz_escape_markdown_code(out, cut(full), false);
            rz_buffer_text(out, ", attached to this run.");
        }
        rz_buffer_text(out, "\n");
    }
    if (report->next) {
        rz_buffer_text(out, "\nNext: ");
        rz_escape_markdown_code(out, cut(report->next), false);
        rz_buffer_text(out, "\n");
    }
    rz_buffer_printf(out, "\n<sub>rezone %s", report->kind);
    if (report->id && *report->id) {
        rz_buffer_text(out, " <code>");
        rz_escape_markup(out, rz_str_head(rz_str_of(report->id), 64));
        rz_buffer_text(out, "</code>");
    }
    if (report->commit) {
        rz_buffer_text(out, " of commit <code>");
        rz_escape_markup(out, rz_str_head(rz_str_of(report->commit), 12));
        rz_buffer_text(out, "</code>");
    }
    rz_buffer_text(out, "</sub>\n");
    commit(w, 0);
}

bool rz_report_markdown(struct rz_output *out, const struct rz_report *report, size_t limit,
                        const char *full)
{
    struct writing w = {.out = out, .report = report, .limit = limit};
    put_head(&w);
    put_zones(&w);
    put_findings(&w);
    put_risks(&w);
    for (size_t i = 0; i < report->count; i++)
        if (report->sections[i]->count)
            put_section(&w, report->sections[i]);
    put_end(&w, full);
    rz_buffer_free(&w.piece);
    return w.changes_cut + w.zones_cut + w.findings_cut == 0;
}
