/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verification asked and was answered: server by server, check by check. */
#include <inttypes.h>

#include "report/report.h"
#include "support/json_write.h"

#define ANSWERS_SHOWN 20 /* of one server, in text */

static void print_word(struct rz_output *out, bool good, const char *word)
{
    rz_output_tinted(out, good ? RZ_TINT_GREEN : RZ_TINT_RED, word);
}

static void print_answer(struct rz_output *out, const struct rz_answer_report *answer)
{
    rz_buffer_text(&out->text, "    ");
    rz_buffer_visible(&out->text, rz_str_of(answer->owner));
    rz_buffer_printf(&out->text, " %s: ", answer->type);
    print_word(out, !answer->wrong, answer->wrong ? answer->wrong : answer->expected);
    if (answer->found)
        rz_buffer_printf(&out->text, ": %s", answer->found); /* visible already */
    rz_buffer_printf(&out->text, ", %" PRId64 " ms", answer->milliseconds);
    if (answer->tries > 1)
        rz_buffer_printf(&out->text, ", asked %u times", answer->tries);
    rz_buffer_text(&out->text, "\n");
}

static void print_server(struct rz_output *out, const struct rz_server_report *server)
{
    bool good = server->right == server->expectations && server->has_serial;
    rz_buffer_printf(&out->text, "  %s: ", server->server);
    print_word(out, good, good ? "agrees" : "does not agree");
    rz_buffer_printf(&out->text, ", %zu of %zu answers as expected", server->right,
                     server->expectations);
    if (server->has_serial)
        rz_buffer_printf(&out->text, ", serial %" PRIu32, server->serial);
    if (server->expectations)
        rz_buffer_printf(&out->text, ", %" PRId64 " ms at most", server->latency_most);
    if (server->settled_ms >= 0)
        rz_buffer_printf(&out->text, ", settled after %" PRId64 " ms", server->settled_ms);
    rz_buffer_text(&out->text, "\n");
    size_t shown = server->answer_count < ANSWERS_SHOWN ? server->answer_count : ANSWERS_SHOWN;
    for (size_t i = 0; i < shown; i++)
        print_answer(out, &server->answers[i]);
    if (server->expectations > shown)
        rz_buffer_printf(&out->text, "    … and %zu more\n", server->expectations - shown);
    rz_output_pulse(out);
}

static void print_check(struct rz_output *out, const struct rz_check_report *report)
{
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    rz_check_print(&what, &report->check);
    rz_buffer_text(&out->text, "  check ");
    rz_buffer_visible(&out->text, rz_buffer_view(&what));
    rz_buffer_text(&out->text, ": ");
    print_word(out, report->passed, report->passed ? "passed" : "failed");
    rz_buffer_printf(&out->text, ", %s, %" PRId64 " ms", report->said, report->milliseconds);
    if (report->tries > 1)
        rz_buffer_printf(&out->text, ", %u tries", report->tries);
    rz_buffer_text(&out->text, "\n");
}

void rz_report_verification(struct rz_output *out, const struct rz_verify_report *report)
{
    for (size_t i = 0; i < report->server_count; i++)
        print_server(out, &report->servers[i]);
    for (size_t i = 0; i < report->check_count; i++)
        print_check(out, &report->checks[i]);
}

void rz_report_check_count(struct rz_output *out, const struct rz_verify_report *report)
{
    if (!report->check_count)
        return;
    rz_buffer_printf(&out->text, ", %zu of %zu check%s passed", report->checks_passed,
                     report->check_count, report->check_count == 1 ? "" : "s");
}

static void answer_json(struct rz_buffer *out, const struct rz_answer_report *answer)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "expected", answer->expected);
    rz_json_text(out, "found", answer->found);
    rz_json_int(out, "milliseconds", answer->milliseconds);
    rz_json_text(out, "owner", answer->owner);
    rz_json_int(out, "tries", answer->tries);
    rz_json_text(out, "type", answer->type);
    rz_json_text(out, "wrong", answer->wrong);
    rz_buffer_char(out, '}');
}

static void server_json(struct rz_buffer *out, const struct rz_server_report *server)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_key(out, "answers");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < server->answer_count; i++)
        answer_json(out, &server->answers[i]);
    rz_buffer_char(out, ']');
    rz_json_int(out, "asked", (int64_t)server->asked);
    rz_json_int(out, "expectations", (int64_t)server->expectations);
    rz_json_int(out, "latency_most_ms", server->latency_most);
    rz_json_int(out, "latency_total_ms", server->latency_total_ms);
    rz_json_int(out, "right", (int64_t)server->right);
    if (server->has_serial)
        rz_json_int(out, "serial", server->serial);
    else
        rz_json_text(out, "serial", NULL);
    rz_json_text(out, "server", server->server);
    if (server->settled_ms >= 0)
        rz_json_int(out, "settled_ms", server->settled_ms);
    else
        rz_json_text(out, "settled_ms", NULL);
    rz_buffer_char(out, '}');
}

void rz_report_servers_json(struct rz_buffer *out, const struct rz_verify_report *report)
{
    rz_json_key(out, "server_reports");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < report->server_count; i++)
        server_json(out, &report->servers[i]);
    rz_buffer_char(out, ']');
}

static void check_json(struct rz_buffer *out, const struct rz_check_report *report)
{
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    rz_check_print(&what, &report->check);
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "check", what.data);
    rz_json_text(out, "file", report->check.file);
    rz_json_text(out, "kind", rz_check_kinds[report->check.kind]);
    rz_json_int(out, "line", report->check.line);
    rz_json_int(out, "milliseconds", report->milliseconds);
    rz_json_bool(out, "passed", report->passed);
    rz_json_text(out, "said", report->said);
    rz_json_int(out, "tries", report->tries);
    rz_buffer_char(out, '}');
}

void rz_report_checks_json(struct rz_buffer *out, const struct rz_verify_report *report)
{
    rz_json_key(out, "checks");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < report->check_count; i++)
        check_json(out, &report->checks[i]);
    rz_buffer_char(out, ']');
}
