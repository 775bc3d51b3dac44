/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One page with everything in it: the report as JSON, page/page.css and page/page.js, which shows it. The
 * content security policy names the two by their hashes and forbids everything else, so that nothing a zone
 * says could run or be fetched even if an escape were wrong. */
#include <openssl/evp.h>

#include "report/formats.h"
#include "report/report.h"
#include "support/escape.h"
#include "support/json_write.h"

#define ZONES_WITHOUT_SCRIPT 500

extern const char rz_embedded_report_css[], rz_embedded_report_js[];

/* 'sha256-…' of what stands within the element. */
static void put_hash(struct rz_buffer *out, const char *text)
{
    unsigned char digest[32], encoded[48];
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
    EVP_EncodeBlock(encoded, digest, sizeof digest);
    rz_buffer_printf(out, "'sha256-%s'", (const char *)encoded);
}

static void put_head(struct rz_buffer *out, const struct rz_report *report)
{
    rz_buffer_text(out,
                   "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src ");
    put_hash(out, rz_embedded_report_css);
    rz_buffer_text(out, "; script-src ");
    put_hash(out, rz_embedded_report_js);
    rz_buffer_text(out, "; base-uri 'none'; form-action 'none'\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n"
                        "<meta name=\"referrer\" content=\"no-referrer\">\n"
                        "<meta name=\"robots\" content=\"noindex\">\n<title>");
    rz_escape_markup(out, rz_str_of(report->title));
    rz_buffer_text(out, "</title>\n<style>");
    rz_buffer_text(out, rz_embedded_report_css);
    rz_buffer_text(out, "</style>\n</head>\n");
}

static void put_fact(struct rz_buffer *out, const char *between, const char *label,
                     const char *value)
{
    rz_buffer_printf(out, "%s%s <code>", between, label);
    rz_escape_markup(out, rz_str_of(value));
    rz_buffer_text(out, "</code>");
}

static void put_header(struct rz_buffer *out, const struct rz_report *report)
{
    char time[RZ_TIME_TEXT_MAX];
    rz_buffer_text(
        out, "<body>\n<a class=\"skip\" href=\"#results\">Skip to the zones</a>\n<header>\n<h1>");
    rz_escape_markup(out, rz_str_of(report->title));
    rz_buffer_printf(out, "</h1>\n<span class=\"badge %s\">%s</span>\n",
                     rz_verdict_text(report->verdict), rz_verdict_text(report->verdict));
    rz_buffer_text(out, "<button type=\"button\" id=\"theme\">Theme: auto</button>\n");
    if (report->summary) {
        rz_buffer_text(out, "<p class=\"summary\">");
        rz_escape_markup(out, rz_str_of(report->summary));
        rz_buffer_text(out, ".</p>\n");
    }
    rz_buffer_printf(out, "<p class=\"facts\">rezone %s", report->kind);
    if (report->id && *report->id)
        put_fact(out, " ", "", report->id);
    if (report->commit)
        put_fact(out, " · ", "commit", report->commit);
    if (report->time)
        put_fact(out, " · ", "made", rz_time_text(time, report->time));
    if (report->time)
        rz_buffer_text(out, " UTC");
    if (report->next)
        put_fact(out, " · ", "next:", report->next);
    rz_buffer_text(out, "</p>\n</header>\n");
}

static void put_choice(struct rz_buffer *out, const char *name, const char *label)
{
    rz_buffer_printf(out, "<label><input type=\"checkbox\" name=\"%s\" checked>%s</label>", name,
                     label);
}

static void put_controls(struct rz_buffer *out)
{
    rz_buffer_text(
        out,
        "<div id=\"app\" hidden>\n<h2>Zones</h2>\n"
        "<form id=\"filters\" class=\"filters\" role=\"search\" aria-label=\"Filter the changes\">\n"
        "<label class=\"field wide\">Search (press /)"
        "<input type=\"search\" id=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\n"
        "<label class=\"field\">Zone<input type=\"text\" id=\"zone\" autocomplete=\"off\" "
        "spellcheck=\"false\"></label>\n"
        "<label class=\"field\">Type<select id=\"type\"><option value=\"\">all</option></select></label>\n"
        "<fieldset><legend>Action</legend>");
    put_choice(out, "action", "create");
    put_choice(out, "action", "update");
    put_choice(out, "action", "delete");
    rz_buffer_text(out, "</fieldset>\n<fieldset><legend>Risk</legend>");
    put_choice(out, "risk", "none");
    put_choice(out, "risk", "look");
    put_choice(out, "risk", "high");
    rz_buffer_text(
        out, "</fieldset>\n<button type=\"button\" id=\"open-all\">Open all</button>\n"
             "<button type=\"button\" id=\"close-all\">Close all</button>\n</form>\n"
             "<p id=\"count\" role=\"status\"></p>\n<div id=\"results\" tabindex=\"-1\"></div>\n"
             "</div>\n");
}

/* What a reader without scripts gets. */
static void put_plain(struct rz_buffer *out, const struct rz_report *report)
{
    rz_buffer_text(out, "<noscript>\n<p>The changes are shown by a script in this page.</p>\n"
                        "<table><thead><tr><th scope=\"col\">zone</th><th scope=\"col\">result</th>"
                        "</tr></thead><tbody>\n");
    for (size_t i = 0; i < report->count && i < ZONES_WITHOUT_SCRIPT; i++) {
        rz_buffer_text(out, "<tr><td>");
        rz_escape_markup(out, rz_str_of(report->sections[i]->name));
        rz_buffer_text(out, "</td><td>");
        rz_escape_markup(out, rz_str_of(report->sections[i]->status));
        rz_buffer_text(out, "</td></tr>\n");
    }
    rz_buffer_text(out, "</tbody></table>\n</noscript>\n");
}

/* An element of an array: text as a terminal may show it; NULL: empty. */
static void put_text(struct rz_buffer *json, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, text);
    rz_json_comma(json);
    rz_json_string(json, rz_buffer_view(&shown));
}

static void put_place(struct rz_buffer *json, const struct rz_report_place *place)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (place->file)
        rz_buffer_text(&text, place->file);
    if (place->file && place->line)
        rz_buffer_printf(&text, ":%u", place->line);
    put_text(json, rz_buffer_view(&text));
}

static void put_list(struct rz_buffer *json, struct rz_strings values)
{
    rz_json_comma(json);
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < values.count; i++)
        put_text(json, rz_str_of(values.items[i]));
    rz_buffer_char(json, ']');
}

/* Moves what has been written to the page, escaped to stand within <script>. */
static void move(struct rz_output *output, struct rz_buffer *json)
{
    rz_escape_script(&output->text, rz_buffer_view(json));
    rz_buffer_reset(json);
    rz_output_pulse(output);
}

static void put_change(struct rz_buffer *json, const struct rz_report_change *change)
{
    rz_buffer_printf(json, "[%d", (int)change->kind);
    put_text(json, rz_str_of(change->owner));
    put_text(json, rz_str_of(change->type));
    rz_buffer_printf(json, ",%lld,%lld,%d", (long long)change->ttl_before,
                     (long long)change->ttl_after, (int)change->risk);
    put_text(json, rz_str_of(change->why));
    put_place(json, &change->place);
    put_list(json, change->before);
    put_list(json, change->after);
    if (change->by)
        put_text(json, rz_str_of(change->by));
    rz_buffer_char(json, ']');
}

static void put_findings(struct rz_buffer *json, const struct rz_report_finding *findings,
                         size_t count)
{
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < count; i++) {
        rz_buffer_printf(json, "%s[%d", i ? "," : "", (int)findings[i].level);
        put_text(json, rz_str_of(findings[i].rule));
        put_text(json, rz_str_of(findings[i].message));
        put_text(json, rz_str_of(findings[i].hint));
        put_place(json, &findings[i].place);
        rz_buffer_char(json, ']');
    }
    rz_buffer_char(json, ']');
}

/* A member of a section: a key of one letter, since there may be many sections. */
static void put_member(struct rz_buffer *json, char key, const char *text)
{
    rz_buffer_printf(json, "\"%c\":", key);
    put_text(json, rz_str_of(text));
    rz_buffer_char(json, ',');
}

static void put_section(struct rz_output *output, struct rz_buffer *json,
                        const struct rz_report_section *section)
{
    rz_buffer_char(json, '{');
    put_member(json, 'n', section->name);
    put_member(json, 't', section->target);
    put_member(json, 's', section->status);
    put_member(json, 'v', rz_verdict_text(section->verdict));
    rz_buffer_printf(json, "\"e\":%zu,\"w\":%zu,\"f\":", section->errors, section->warnings);
    put_findings(json, section->findings, section->finding_count);
    rz_buffer_text(json, ",\"c\":[");
    for (size_t i = 0; i < section->count; i++) {
        if (i)
            rz_buffer_char(json, ',');
        put_change(json, section->changes[i]);
        move(output, json);
    }
    rz_buffer_text(json, "]}");
    move(output, json);
}

static void put_data(struct rz_output *output, const struct rz_report *report)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_text(&output->text, "<script type=\"application/json\" id=\"data\">");
    rz_buffer_text(&json, "{\"findings\":");
    put_findings(&json, report->findings, report->finding_count);
    rz_buffer_text(&json, ",\"sections\":[");
    for (size_t i = 0; i < report->count; i++) {
        if (i)
            rz_buffer_char(&json, ',');
        put_section(output, &json, report->sections[i]);
    }
    rz_buffer_text(&json, "]}");
    move(output, &json);
    rz_buffer_text(&output->text, "</script>\n");
}

void rz_report_html(struct rz_output *output, const struct rz_report *report)
{
    struct rz_buffer *out = &output->text;
    put_head(out, report);
    put_header(out, report);
    rz_buffer_text(out, "<main>\n<section id=\"findings\" aria-label=\"Findings\"></section>\n");
    put_controls(out);
    put_plain(out, report);
    rz_buffer_text(out, "</main>\n");
    put_data(output, report);
    rz_buffer_text(out, "<script>");
    rz_buffer_text(out, rz_embedded_report_js);
    rz_buffer_text(out, "</script>\n</body>\n</html>\n");
}
