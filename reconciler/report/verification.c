/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verification asked and was answered: server by server, check by check. */
#include <inttypes.h>

#include "report/report.h"

#define ANSWERS_SHOWN 20 /* of one server, in text */

static void print_word(struct rz_output *out, bool good, const char *word)
{
    rz_output_tinted(out, good ? RZ_TINT_GREEN : RZ_TINT_RED, word);
}

static void print_answer(struct rz_output *out, const struct rz_answer_report *answer,
                         const char *indent)
{
    rz_buffer_printf(&out->text, "%s    ", indent);
    rz_buffer_visible(&out->text, rz_str_of(answer->owner));
    rz_buffer_printf(&out->text, " %s: ", answer->type);
    print_word(out, !answer->wrong, answer->wrong ? answer->wrong : answer->expected);
    if (answer->found) {
        rz_buffer_text(&out->text, ": ");
        rz_buffer_visible(&out->text, rz_str_of(answer->found));
    }
    rz_buffer_printf(&out->text, ", %" PRId64 " ms", answer->milliseconds);
    if (answer->tries > 1)
        rz_buffer_printf(&out->text, ", asked %u times", answer->tries);
    rz_buffer_text(&out->text, "\n");
}

static void print_server(struct rz_output *out, const struct rz_server_report *server,
                         const char *indent)
{
    bool good = server->right == server->expectations && server->has_serial;
    rz_buffer_printf(&out->text, "%s  ", indent);
    rz_buffer_visible(&out->text, rz_str_of(server->server));
    rz_buffer_text(&out->text, ": ");
    print_word(out, good, good ? "agrees" : "does not agree");
    rz_buffer_printf(&out->text, ", %zu of %zu answers as expected", server->right,
                     server->expectations);
    if (server->has_serial)
        rz_buffer_printf(&out->text, ", serial %" PRIu32, server->serial);
    if (server->dnssec) {
        rz_buffer_text(&out->text, ", ");
        rz_buffer_visible(&out->text, rz_str_of(server->dnssec));
    }
    if (server->expectations)
        rz_buffer_printf(&out->text, ", %" PRId64 " ms at most", server->latency_most);
    if (server->settled_ms >= 0)
        rz_buffer_printf(&out->text, ", settled after %" PRId64 " ms", server->settled_ms);
    rz_buffer_text(&out->text, "\n");
    size_t wanted = out->verbose ? server->expectations : server->expectations - server->right;
    size_t shown = 0; /* wrong ones come first */
    for (; shown < wanted && shown < server->answer_count && shown < ANSWERS_SHOWN; shown++)
        print_answer(out, &server->answers[shown], indent);
    if (wanted > shown)
        rz_buffer_printf(&out->text, "%s    … and %zu more\n", indent, wanted - shown);
    rz_output_pulse(out);
}

static void print_check(struct rz_output *out, const struct rz_check_report *report,
                        const char *indent)
{
    rz_buffer_printf(&out->text, "%s  check ", indent);
    rz_buffer_visible(&out->text, rz_str_of(report->what));
    rz_buffer_text(&out->text, ": ");
    print_word(out, report->passed, report->passed ? "passed" : "failed");
    rz_buffer_text(&out->text, ", ");
    rz_buffer_visible(&out->text, rz_str_of(report->said));
    rz_buffer_printf(&out->text, ", %" PRId64 " ms", report->milliseconds);
    if (report->tries > 1)
        rz_buffer_printf(&out->text, ", %u tries", report->tries);
    rz_buffer_text(&out->text, "\n");
}

void rz_report_verification(struct rz_output *out, const struct rz_verify_report *report,
                            const char *indent)
{
    for (size_t i = 0; i < report->server_count; i++)
        print_server(out, &report->servers[i], indent);
    for (size_t i = 0; i < report->check_count; i++)
        print_check(out, &report->checks[i], indent);
}

void rz_report_check_count(struct rz_output *out, const struct rz_verify_report *report)
{
    if (!report->check_count)
        return;
    rz_buffer_printf(&out->text, ", %zu of %zu check%s passed", report->checks_passed,
                     report->check_count, report->check_count == 1 ? "" : "s");
}
