/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JUnit's XML, in the subset that Jenkins, GitLab, Azure and others read alike: testsuites, testsuite,
 * testcase, failure, system-out, and their required attributes. */
#include "report/formats.h"
#include "support/escape.h"

static void put_attribute(struct rz_buffer *out, const char *name, const char *value)
{
    rz_buffer_printf(out, " %s=\"", name);
    rz_escape_markup(out, rz_str_of(value));
    rz_buffer_char(out, '"');
}

static void put_counts(struct rz_buffer *out, size_t tests, size_t failures)
{
    rz_buffer_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"0\"",
                     tests, failures);
}

static void put_place(struct rz_buffer *out, const struct rz_report_place *place)
{
    if (!place->file)
        return;
    rz_escape_markup(out, rz_str_of(place->file));
    if (place->line)
        rz_buffer_printf(out, ":%u", place->line);
    if (place->line && place->column)
        rz_buffer_printf(out, ":%u", place->column);
    rz_buffer_text(out, ": ");
}

static void put_finding_text(struct rz_buffer *out, const struct rz_report_finding *finding)
{
    put_place(out, &finding->place);
    rz_escape_markup(out, rz_str_of(finding->message));
    rz_buffer_text(out, "\n");
    if (finding->excerpt) {
        rz_buffer_text(out, "    ");
        rz_escape_markup(out, rz_str_of(finding->excerpt));
        rz_buffer_text(out, "\n");
    }
    if (finding->hint) {
        rz_buffer_text(out, "hint: ");
        rz_escape_markup(out, rz_str_of(finding->hint));
        rz_buffer_text(out, "\n");
    }
}

static void open_case(struct rz_buffer *out, const struct rz_report *report, const char *class,
                      const char *name)
{
    rz_buffer_printf(out, "    <testcase classname=\"rezone.%s.%s\"", report->kind, class);
    put_attribute(out, "name", name);
    rz_buffer_text(out, " time=\"0\">");
}

static void put_finding_case(struct rz_buffer *out, const struct rz_report *report,
                             const struct rz_report_finding *finding)
{
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    rz_buffer_printf(&name, "%s ", finding->rule);
    if (finding->place.file)
        rz_buffer_printf(&name, "%s:%u: ", finding->place.file, finding->place.line);
    rz_buffer_text(&name, finding->message);
    open_case(out, report, "finding", name.data);
    bool failure = finding->level == RZ_ERROR;
    rz_buffer_text(out, failure ? "<failure" : "<system-out>");
    if (failure) {
        put_attribute(out, "type", finding->rule);
        put_attribute(out, "message", finding->message);
        rz_buffer_char(out, '>');
    }
    put_finding_text(out, finding);
    rz_buffer_text(out, failure ? "</failure></testcase>\n" : "</system-out></testcase>\n");
}

static void put_changes(struct rz_buffer *out, const struct rz_report_section *section)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t i = 0; i < section->count; i++) {
        rz_buffer_reset(&text);
        rz_report_change_text(&text, section->changes[i]);
        rz_escape_markup(out, rz_buffer_view(&text));
        if (section->changes[i]->why) {
            rz_buffer_text(out, "   # ");
            rz_escape_markup(out, rz_str_of(section->changes[i]->why));
        }
        rz_buffer_text(out, "\n");
    }
}

/* The section's own case: it fails by its verdict, and says what changes. */
static void put_section_case(struct rz_output *output, const struct rz_report *report,
                             const struct rz_report_section *section)
{
    struct rz_buffer *out = &output->text;
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    rz_buffer_printf(&name, "%s%s%s", section->name, section->target ? " → " : "",
                     section->target ? section->target : "");
    open_case(out, report, "zone", name.data);
    if (section->verdict == RZ_VERDICT_BAD) {
        rz_buffer_text(out, "<failure type=\"failed\"");
        put_attribute(out, "message",
                      section->finding_count ? section->findings[0].message
                      : section->status      ? section->status
                                             : "failed");
        rz_buffer_char(out, '>');
        for (size_t i = 0; i < report->finding_count && section->path; i++)
            if (report->findings[i].place.file
                && strcmp(report->findings[i].place.file, section->path) == 0)
                put_finding_text(out, &report->findings[i]);
        rz_buffer_text(out, "</failure>");
    }
    if (section->count || section->status) {
        rz_buffer_text(out, "<system-out>");
        rz_escape_markup(out, rz_str_of(section->status));
        rz_buffer_text(out, "\n");
        put_changes(out, section);
        rz_buffer_text(out, "</system-out>");
    }
    rz_buffer_text(out, "</testcase>\n");
    rz_output_pulse(output);
}

static size_t failures_of(const struct rz_report_finding *findings, size_t count)
{
    size_t failures = 0;
    for (size_t i = 0; i < count; i++)
        failures += findings[i].level == RZ_ERROR;
    return failures;
}

static void open_suite(struct rz_buffer *out, const char *name, size_t tests, size_t failures)
{
    rz_buffer_text(out, "  <testsuite");
    put_attribute(out, "name", name);
    put_counts(out, tests, failures);
    rz_buffer_text(out, ">\n");
}

static size_t section_failures(const struct rz_report_section *section)
{
    return (section->verdict == RZ_VERDICT_BAD)
           + failures_of(section->findings, section->finding_count);
}

void rz_report_junit(struct rz_output *output, const struct rz_report *report)
{
    struct rz_buffer *out = &output->text;
    size_t tests = report->finding_count;
    size_t own = failures_of(report->findings, report->finding_count), failures = own;
    for (size_t i = 0; i < report->count; i++) {
        tests += 1 + report->sections[i]->finding_count;
        failures += section_failures(report->sections[i]);
    }
    rz_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(out, "name", report->title);
    put_counts(out, tests, failures);
    rz_buffer_text(out, ">\n");
    for (size_t i = 0; i < report->count; i++) {
        const struct rz_report_section *section = report->sections[i];
        open_suite(out, section->name, 1 + section->finding_count, section_failures(section));
        put_section_case(output, report, section);
        for (size_t k = 0; k < section->finding_count; k++)
            put_finding_case(out, report, &section->findings[k]);
        rz_buffer_text(out, "  </testsuite>\n");
    }
    if (report->finding_count) {
        open_suite(out, "diagnostics", report->finding_count, own);
        for (size_t i = 0; i < report->finding_count; i++)
            put_finding_case(out, report, &report->findings[i]);
        rz_buffer_text(out, "  </testsuite>\n");
    }
    rz_buffer_text(out, "</testsuites>\n");
}
