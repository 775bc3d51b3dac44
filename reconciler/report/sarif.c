/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format): what code scanning takes. */
#include <stdlib.h>

#include "report/formats.h"
#include "support/escape.h"
#include "support/json_write.h"
#include "support/map.h"

#define RESULTS_MAX 20000

static const char *const level_text[] = {"note", "warning", "error"};

struct writing {
    struct rz_buffer *out;
    const struct rz_report *report;
    struct rz_arena arena;
    struct rz_map rules; /* name → index + 1 */
    size_t results;
};

static void put_text(struct rz_buffer *out, const char *key, const char *text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, rz_str_of(text));
    rz_json_key(out, key);
    rz_buffer_char(out, '{');
    rz_json_text(out, "text", shown.data ? shown.data : "");
    rz_buffer_char(out, '}');
}

/* What the rules that are no diagnostic codes mean. */
static void describe(struct rz_buffer *out, const char *rule)
{
    static const struct {
        const char *ending, *title, *meaning;
    } known[] = {
        {"/high-risk", "risky change",
         "The change can take something down that others depend on: look at it before it is applied."},
        {"/notice", "change that deserves a look",
         "The change is often meant, and now and then not."},
        {"/failed", "zone failed",
         "The zone is not as it should be. The message says how it ended."},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rz_str_ends_with(rz_str_of(rule), known[i].ending)) {
            put_text(out, "shortDescription", known[i].title);
            put_text(out, "fullDescription", known[i].meaning);
            return;
        }
    bool policy = rz_str_starts_with(rz_str_of(rule), "policy/");
    put_text(out, "shortDescription", policy ? "safety rule of the project's policy" : rule);
    put_text(out, "fullDescription",
             policy ? "A limit or a protection in `policy:` of rezone.yaml forbids the plan."
                    : "Found by rezone.");
}

static void put_rule(void *user, const struct rz_report_issue *issue)
{
    struct writing *w = user;
    struct rz_str name = rz_str_of(issue->finding.rule);
    if (w->results++ >= RESULTS_MAX || rz_map_get(&w->rules, name))
        return;
    name = rz_arena_str(&w->arena, name);
    rz_map_set(&w->rules, name, (void *)(w->rules.count + 1));
    rz_json_comma(w->out);
    rz_buffer_char(w->out, '{');
    rz_json_text(w->out, "id", name.data);
    const struct rz_code_info *info = rz_str_starts_with(name, "RZ")
                                          ? rz_code_find(atoi(name.data + 2))
                                          : NULL;
    if (info) {
        put_text(w->out, "shortDescription", info->title);
        put_text(w->out, "fullDescription", info->meaning);
    } else {
        describe(w->out, name.data);
    }
    rz_json_key(w->out, "defaultConfiguration");
    rz_buffer_char(w->out, '{');
    rz_json_text(w->out, "level", level_text[issue->finding.level]);
    rz_buffer_text(w->out, "}}");
}

static void put_location(struct writing *w, const struct rz_report_place *place)
{
    RZ_BUFFER_CLEANUP struct rz_buffer uri = {0};
    bool relative = place->file[0] != '/';
    if (relative && w->report->prefix)
        rz_escape_uri_path(&uri, rz_str_of(w->report->prefix));
    if (!relative)
        rz_buffer_text(&uri, "file://");
    rz_escape_uri_path(&uri, rz_str_of(place->file));
    rz_json_key(w->out, "locations");
    rz_buffer_text(w->out, "[{\"physicalLocation\":{\"artifactLocation\":{");
    rz_json_text(w->out, "uri", uri.data);
    if (relative)
        rz_json_text(w->out, "uriBaseId", "%SRCROOT%");
    rz_buffer_text(w->out, "},\"region\":{");
    if (place->column)
        rz_json_int(w->out, "startColumn", place->column);
    rz_json_int(w->out, "startLine", place->line ? place->line : 1);
    rz_buffer_text(w->out, "}}}]");
}

static void put_result(void *user, const struct rz_report_issue *issue)
{
    struct writing *w = user;
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    const struct rz_report_finding *finding = &issue->finding;
    if (w->results++ >= RESULTS_MAX)
        return;
    rz_json_comma(w->out);
    rz_buffer_text(w->out, "\n{");
    rz_json_text(w->out, "level", level_text[finding->level]);
    if (finding->place.file)
        put_location(w, &finding->place);
    rz_buffer_text(&message, finding->message);
    if (finding->hint)
        rz_buffer_printf(&message, ". Hint: %s", finding->hint);
    put_text(w->out, "message", message.data);
    rz_json_key(w->out, "partialFingerprints");
    rz_buffer_char(w->out, '{');
    rz_json_text(w->out, "rezone/v1", issue->fingerprint);
    rz_buffer_char(w->out, '}');
    rz_json_text(w->out, "ruleId", finding->rule);
    rz_json_int(w->out, "ruleIndex",
                (int64_t)(uintptr_t)rz_map_get(&w->rules, rz_str_of(finding->rule)) - 1);
    rz_buffer_char(w->out, '}');
}

void rz_report_sarif(struct rz_output *output, const struct rz_report *report)
{
    struct rz_buffer *out = &output->text;
    struct writing w = {.out = out, .report = report};
    rz_buffer_text(out, "{");
    rz_json_text(out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    rz_json_text(out, "version", "2.1.0");
    rz_json_key(out, "runs");
    rz_buffer_text(out, "[{");
    rz_json_key(out, "automationDetails");
    rz_buffer_char(out, '{');
    rz_json_text(out, "id",
                 rz_arena_printf(&w.arena, "rezone/%s/%s/", report->kind,
                                 report->key ? report->key : "default"));
    rz_buffer_char(out, '}');
    rz_json_text(out, "columnKind", "unicodeCodePoints");
    rz_json_key(out, "tool");
    rz_buffer_text(out, "{\"driver\":{");
    rz_json_text(out, "name", "rezone");
    if (report->version)
        rz_json_text(out, "version", report->version);
    rz_json_key(out, "rules");
    rz_buffer_char(out, '[');
    rz_report_each_issue(report, put_rule, &w);
    rz_buffer_text(out, "]}}");
    rz_json_key(out, "results");
    rz_buffer_char(out, '[');
    w.results = 0;
    rz_report_each_issue(report, put_result, &w);
    rz_buffer_text(out, "]}]}\n");
    rz_map_free(&w.rules);
    rz_arena_free(&w.arena);
}
