/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template test: runs the tests written in templates; text, JSON, JUnit. */
#include "cli/commands.h"
#include "cli/templates.h"
#include "language/template_test.h"
#include "support/json_write.h"

struct testing {
    struct rz_cli *cli;
    bool junit;
    struct rz_buffer body; /* of JSON or JUnit */
    size_t run, failed, templates, without;
};

/* Text for XML 1.0: what it cannot hold becomes U+FFFD. */
static void xml_text(struct rz_buffer *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<' || c == '>' || c == '&' || c == '"')
            rz_buffer_printf(out, "&#%d;", c);
        else if (c < ' ' && c != '\n' && c != '\t')
            rz_buffer_text(out, "\xef\xbf\xbd");
        else
            rz_buffer_char(out, (char)c);
    }
}

static void report_junit(struct testing *testing, const struct rz_template *template,
                         const struct rz_template_outcomes *outcomes)
{
    struct rz_buffer *out = &testing->body;
    rz_buffer_text(out, "  <testsuite name=\"");
    xml_text(out, rz_template_label(testing->cli, template));
    rz_buffer_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", outcomes->count,
                     outcomes->failed);
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct rz_template_outcome *outcome = &outcomes->items[i];
        rz_buffer_text(out, "    <testcase classname=\"");
        xml_text(out, template->path);
        rz_buffer_text(out, "\" name=\"");
        xml_text(out, outcome->name);
        rz_buffer_printf(out, "\" line=\"%u\"", outcome->line);
        if (!outcome->why) {
            rz_buffer_text(out, "/>\n");
            continue;
        }
        rz_buffer_text(
            out, ">\n      <failure message=\"the template does not give what is expected\">");
        xml_text(out, outcome->why);
        rz_buffer_text(out, "</failure>\n    </testcase>\n");
    }
    rz_buffer_text(out, "  </testsuite>\n");
}

static void report_json(struct testing *testing, const struct rz_template *template,
                        const struct rz_template_outcomes *outcomes)
{
    struct rz_buffer *out = &testing->body;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct rz_template_outcome *outcome = &outcomes->items[i];
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        rz_json_text(out, "difference", outcome->why);
        rz_json_text(out, "file", template->path);
        rz_json_int(out, "line", outcome->line);
        rz_json_text(out, "name", outcome->name);
        rz_json_bool(out, "passed", !outcome->why);
        rz_json_text(out, "template", rz_template_label(testing->cli, template));
        rz_buffer_char(out, '}');
    }
}

static void print_difference(struct rz_output *out, const char *why)
{
    while (*why) {
        size_t size = strcspn(why, "\n");
        rz_output_tint(out, *why == '-' ? RZ_TINT_RED : *why == '+' ? RZ_TINT_GREEN : RZ_TINT_NONE);
        rz_buffer_text(&out->text, "    ");
        rz_buffer_visible(&out->text, (struct rz_str){why, size});
        rz_output_tint(out, RZ_TINT_NONE);
        rz_buffer_char(&out->text, '\n');
        why += size + (why[size] == '\n');
    }
}

static void report_text(struct testing *testing, const struct rz_template *template,
                        const struct rz_template_outcomes *outcomes)
{
    struct rz_output *out = &testing->cli->out;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct rz_template_outcome *outcome = &outcomes->items[i];
        rz_output_tinted(out, outcome->why ? RZ_TINT_RED : RZ_TINT_GREEN,
                         outcome->why ? "FAILED" : "passed");
        rz_buffer_text(&out->text, "  ");
        rz_buffer_visible(&out->text, rz_str_of(rz_template_label(testing->cli, template)));
        rz_buffer_text(&out->text, ": ");
        rz_buffer_visible(&out->text, rz_str_of(outcome->name));
        rz_buffer_text(&out->text, "  (");
        rz_buffer_visible(&out->text, rz_str_of(template->path));
        rz_buffer_printf(&out->text, ":%u)\n", outcome->line);
        if (outcome->why)
            print_difference(out, outcome->why);
    }
}

static void test_one(struct testing *testing, struct rz_project *project,
                     const struct rz_template *template)
{
    struct rz_template_outcomes outcomes = {0};
    struct rz_zone_document_options options;
    rz_project_document_options(project, &options);
    rz_template_test(&outcomes, template, &options, &testing->cli->diags);
    testing->templates++;
    testing->without += outcomes.count == 0;
    testing->run += outcomes.count;
    testing->failed += outcomes.failed;
    if (testing->junit)
        report_junit(testing, template, &outcomes);
    else if (testing->cli->json)
        report_json(testing, template, &outcomes);
    else
        report_text(testing, template, &outcomes);
    rz_template_outcomes_free(&outcomes);
}

static void finish(struct testing *testing)
{
    struct rz_cli *cli = testing->cli;
    struct rz_buffer *out = &cli->out.text;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (testing->junit) {
        rz_buffer_printf(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" failures=\"%zu\">\n",
            testing->run, testing->failed);
        rz_buffer_str(out, rz_buffer_view(&testing->body));
        rz_buffer_text(out, "</testsuites>\n");
    } else if (cli->json) {
        rz_buffer_text(&json, "{\"diagnostics\":");
        rz_report_diags_json(&json, &cli->diags);
        rz_buffer_printf(&json, ",\"failed\":%zu,\"tests\":[", testing->failed);
        rz_buffer_str(&json, rz_buffer_view(&testing->body));
        rz_buffer_text(&json, "]}\n");
        rz_cli_json(cli, &json);
    } else {
        rz_buffer_printf(out, "%zu test%s of %zu template%s: %zu failed", testing->run,
                         testing->run == 1 ? "" : "s", testing->templates,
                         testing->templates == 1 ? "" : "s", testing->failed);
        if (testing->without)
            rz_buffer_printf(out, "; %zu without tests", testing->without);
        rz_buffer_char(out, '\n');
    }
}

int rz_command_template_test(struct rz_cli *cli)
{
    struct rz_template_view view;
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    struct testing testing = {.cli = cli, .junit = format && strcmp(format, "junit") == 0};
    const struct rz_template *only = NULL;
    bool good = rz_template_view_open(cli, &view);
    if (good && cli->argument_count)
        good = (only = rz_template_view_find(cli, &view, cli->arguments[0], false)) != NULL;
    const struct rz_templates *templates = &view.project.templates;
    for (size_t i = 0; good && i < templates->count; i++)
        if (!only || only == &templates->items[i])
            test_one(&testing, &view.project, &templates->items[i]);
    if (good)
        finish(&testing);
    good &= testing.failed == 0 && cli->diags.errors == 0;
    rz_buffer_free(&testing.body);
    rz_template_view_close(&view);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}
