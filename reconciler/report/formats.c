/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of forms, and the two that are a plain list of issues: annotations and code quality. */
#include "report/formats.h"

#include <stdio.h>

#include "support/escape.h"
#include "support/json_write.h"

const char *const rz_format_names[RZ_FORMAT_COUNT] = {"text",  "json",  "markdown", "html",
                                                      "junit", "sarif", "github",   "gitlab"};

enum rz_format rz_format_find(struct rz_str name)
{
    for (size_t i = 0; i < RZ_FORMAT_COUNT; i++)
        if (rz_str_is(name, rz_format_names[i]))
            return (enum rz_format)i;
    return RZ_FORMAT_COUNT;
}

void rz_report_write(struct rz_output *out, const struct rz_report *report, enum rz_format format)
{
    switch (format) {
    case RZ_FORMAT_MARKDOWN: rz_report_markdown(out, report, RZ_MARKDOWN_COMMENT, NULL); break;
    case RZ_FORMAT_HTML: rz_report_html(out, report); break;
    case RZ_FORMAT_JUNIT: rz_report_junit(out, report); break;
    case RZ_FORMAT_SARIF: rz_report_sarif(out, report); break;
    case RZ_FORMAT_GITHUB: rz_report_github(out, report); break;
    case RZ_FORMAT_GITLAB: rz_report_gitlab(out, report); break;
    case RZ_FORMAT_TEXT:
    case RZ_FORMAT_JSON:
    case RZ_FORMAT_COUNT: break;
    }
}

struct writing {
    struct rz_output *out;
    const struct rz_report *report;
};

/* The path from the root of the repository. */
static const char *path_of(struct rz_buffer *scratch, const struct rz_report *report,
                           const char *file)
{
    rz_buffer_reset(scratch);
    rz_buffer_printf(scratch, "%s%s", report->prefix && *file != '/' ? report->prefix : "", file);
    return scratch->data;
}

static void annotate(void *user, const struct rz_report_issue *issue)
{
    static const char *const commands[] = {"notice", "warning", "error"};
    struct writing *w = user;
    struct rz_buffer *out = &w->out->text;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    const struct rz_report_finding *finding = &issue->finding;
    rz_buffer_printf(out, "::%s ", commands[finding->level]);
    if (finding->place.file) {
        rz_buffer_text(out, "file=");
        rz_escape_workflow_property(out, rz_str_of(path_of(&path, w->report, finding->place.file)));
        rz_buffer_printf(out, ",line=%u,", finding->place.line ? finding->place.line : 1);
        if (finding->place.column)
            rz_buffer_printf(out, "col=%u,", finding->place.column);
    }
    rz_buffer_text(out, "title=rezone ");
    rz_escape_workflow_property(out, rz_str_of(finding->rule));
    rz_buffer_text(out, "::");
    rz_escape_workflow(out, rz_str_of(finding->message));
    if (finding->hint) {
        rz_buffer_text(out, "%0Ahint: ");
        rz_escape_workflow(out, rz_str_of(finding->hint));
    }
    rz_buffer_text(out, "\n");
    rz_output_pulse(w->out);
}

void rz_report_github(struct rz_output *out, const struct rz_report *report)
{
    static const char *const commands[] = {"notice", "notice", "error"};
    struct writing w = {out, report};
    rz_report_each_issue(report, annotate, &w);
    rz_buffer_printf(&out->text, "::%s title=rezone %s::", commands[report->verdict], report->kind);
    rz_escape_workflow(&out->text, rz_str_of(report->summary ? report->summary
                                                             : rz_verdict_text(report->verdict)));
    rz_buffer_text(&out->text, "\n");
}

static void rate(void *user, const struct rz_report_issue *issue)
{
    static const char *const severities[] = {"info", "minor", "critical"};
    struct writing *w = user;
    struct rz_buffer *out = &w->out->text;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0}, path = {0};
    const struct rz_report_finding *finding = &issue->finding;
    bool risky = issue->change && issue->change->risk == RZ_RISK_HIGH;
    rz_json_comma(out);
    rz_buffer_text(out, "\n{");
    rz_json_text(out, "check_name", finding->rule);
    rz_buffer_visible(&text, rz_str_of(finding->message));
    rz_json_text(out, "description", text.data ? text.data : "");
    rz_json_text(out, "fingerprint", issue->fingerprint);
    rz_json_key(out, "location");
    rz_buffer_text(out, "{\"lines\":{");
    rz_json_int(out, "begin", finding->place.line ? finding->place.line : 1);
    rz_buffer_char(out, '}');
    /* The form wants a path; what is of no file is of the project. */
    const char *file = finding->place.file ? finding->place.file : "rezone.yaml";
    rz_buffer_reset(&text);
    rz_buffer_visible(&text, rz_str_of(path_of(&path, w->report, file)));
    rz_json_text(out, "path", text.data);
    rz_buffer_char(out, '}');
    rz_json_text(out, "severity", risky ? "major" : severities[finding->level]);
    rz_buffer_char(out, '}');
    rz_output_pulse(w->out);
}

void rz_report_gitlab(struct rz_output *out, const struct rz_report *report)
{
    struct writing w = {out, report};
    rz_buffer_char(&out->text, '[');
    rz_report_each_issue(report, rate, &w);
    rz_buffer_text(&out->text, "]\n");
}
