/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of a report. Text and JSON are each command's own; the others are made of the model. */
#ifndef RZ_REPORT_FORMATS_H
#define RZ_REPORT_FORMATS_H

#include "report/model.h"
#include "report/output.h"

/* The order of rz_format_names. */
enum rz_format {
    RZ_FORMAT_TEXT,
    RZ_FORMAT_JSON,
    RZ_FORMAT_MARKDOWN,
    RZ_FORMAT_HTML,
    RZ_FORMAT_JUNIT,
    RZ_FORMAT_SARIF,
    RZ_FORMAT_GITHUB,
    RZ_FORMAT_GITLAB,
    RZ_FORMAT_COUNT /* also: a form of one command alone, such as dot */
};
extern const char *const rz_format_names[RZ_FORMAT_COUNT];
enum rz_format rz_format_find(struct rz_str name);

/* A pull-request comment may have 65,536 characters at GitHub; this leaves room for what others add. */
#define RZ_MARKDOWN_COMMENT ((size_t)60000)
/* GitHub takes a step summary of 1 MiB. */
#define RZ_MARKDOWN_SUMMARY ((size_t)1000000)

/* For a comment on a pull request: a hidden marker `<!-- rezone:KIND:KEY -->` by which the next run finds
 * and replaces it, a table of zones, errors, what deserves a look, and each zone's changes folded. At most
 * `limit` octets (0: no limit); what does not fit is counted, and `full` (NULL: none) named as the place
 * to see all. False where something was left out. */
bool rz_report_markdown(struct rz_output *out, const struct rz_report *report, size_t limit,
                        const char *full);
/* One self-contained page that works without network: search, filters, folding, before beside after. */
void rz_report_html(struct rz_output *out, const struct rz_report *report);
/* A test suite a section and one of the diagnostics; a test case a section and a finding. */
void rz_report_junit(struct rz_output *out, const struct rz_report *report);
/* SARIF 2.1.0: a result each issue, with its line. The 20,000 gravest, since GitHub refuses more than
 * 25,000. */
void rz_report_sarif(struct rz_output *out, const struct rz_report *report);
/* Workflow commands of GitHub Actions: an annotation each issue and one for the result. */
void rz_report_github(struct rz_output *out, const struct rz_report *report);
/* GitLab's code quality report: a JSON array of issues. */
void rz_report_gitlab(struct rz_output *out, const struct rz_report *report);

/* Any form but text and JSON. */
void rz_report_write(struct rz_output *out, const struct rz_report *report, enum rz_format format);

#endif
