/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a run, zone by zone. */
#include <inttypes.h>
#include <time.h>

#include "report/report.h"
#include "support/json_write.h"

char *rz_time_text(char text[RZ_TIME_TEXT_MAX], int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm tm;
    if (!gmtime_r(&time, &tm) || strftime(text, RZ_TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        text[0] = '\0';
    return text;
}

static enum rz_tint tint_of(enum rz_zone_state state)
{
    return state == RZ_STATE_COMMITTED     ? RZ_TINT_GREEN
           : state == RZ_STATE_ROLLED_BACK ? RZ_TINT_YELLOW
                                           : RZ_TINT_RED;
}

static void print_time(struct rz_buffer *out, int64_t milliseconds)
{
    if (milliseconds < 1000)
        rz_buffer_printf(out, "%" PRId64 " ms", milliseconds);
    else
        rz_buffer_printf(out, "%" PRId64 ".%" PRId64 " s", milliseconds / 1000,
                         milliseconds / 100 % 10);
}

/* What came of it, behind its state. */
static void print_outcome(struct rz_output *out, const struct rz_zone_result *zone)
{
    if (zone->state == RZ_STATE_COMMITTED)
        rz_buffer_printf(&out->text, ", %zu change%s", zone->plan->count,
                         zone->plan->count == 1 ? "" : "s");
    if (zone->serial_before != zone->serial_after && zone->serial_after)
        rz_buffer_printf(&out->text, ", serial %" PRIu32 " → %" PRIu32, zone->serial_before,
                         zone->serial_after);
    if (zone->read_back)
        rz_buffer_text(&out->text, ", read back");
    if (zone->questions) /* which may have been answered wrongly, or not at all */
        rz_buffer_printf(&out->text, ", %zu %s%s %s %zu server%s", zone->questions,
                         zone->state == RZ_STATE_COMMITTED ? "answer" : "question",
                         zone->questions == 1 ? "" : "s",
                         zone->state == RZ_STATE_COMMITTED ? "from" : "to", zone->servers,
                         zone->servers == 1 ? "" : "s");
    rz_report_check_count(out, &zone->report);
    rz_buffer_text(&out->text, ", ");
    print_time(&out->text, zone->milliseconds);
}

static void print_zone(struct rz_output *out, const struct rz_zone_result *zone)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_buffer_text(&out->text, rz_name_text_plain(apex, zone->plan->apex.wire));
    rz_buffer_printf(&out->text, " → %s: ", zone->plan->target);
    rz_output_tinted(out, tint_of(zone->state), rz_zone_state_text(zone->state));
    print_outcome(out, zone);
    rz_buffer_text(&out->text, "\n");
    if (out->verbose)
        rz_report_verification(out, &zone->report, "");
    rz_output_pulse(out);
}

static void print_totals(struct rz_buffer *out, const struct rz_run_result *result)
{
    rz_buffer_printf(
        out, "Run %" PRId64 ": %zu committed, %zu rolled back, %zu failed, %zu unknown",
        result->run, result->committed, result->rolled_back, result->failed, result->unknown);
    if (result->refused)
        rz_buffer_printf(out, ", %zu refused", result->refused);
}

/* What all workers of the queue have come to. */
static void print_queue(struct rz_buffer *out, const struct rz_queue_view *queue)
{
    const size_t *counts = queue->counts;
    size_t left = counts[RZ_QUEUE_WAITING] + counts[RZ_QUEUE_TAKEN] + counts[RZ_QUEUE_LOST];
    rz_buffer_printf(out,
                     "Queue %" PRId64 ": %zu committed, %zu rolled back, %zu failed, %zu unknown",
                     queue->id, counts[RZ_QUEUE_COMMITTED], counts[RZ_QUEUE_ROLLED_BACK],
                     counts[RZ_QUEUE_FAILED], counts[RZ_QUEUE_UNKNOWN]);
    if (counts[RZ_QUEUE_REFUSED])
        rz_buffer_printf(out, ", %zu refused", counts[RZ_QUEUE_REFUSED]);
    if (left)
        rz_buffer_printf(out, ", %zu not done", left);
}

static void print_bold(struct rz_output *out, struct rz_buffer *line)
{
    rz_output_tint(out, RZ_TINT_BOLD);
    rz_buffer_str(&out->text, rz_buffer_view(line));
    rz_buffer_text(&out->text, ".");
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_text(&out->text, "\n");
    rz_buffer_reset(line);
}

void rz_report_run(struct rz_output *out, const struct rz_run_result *result)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    for (size_t i = 0; i < result->count; i++)
        print_zone(out, &result->zones[i]);
    if (result->run) { /* a worker may have come when all was done */
        print_totals(&line, result);
        print_bold(out, &line);
    }
    if (result->queue.id) {
        print_queue(&line, &result->queue);
        print_bold(out, &line);
        if (result->queue.counts[RZ_QUEUE_COMMITTED] == 0 || rz_run_result_exit(result))
            rz_buffer_printf(&out->text, "See: rezone queue show %" PRId64 "\n", result->queue.id);
    }
    if (result->unknown)
        rz_buffer_printf(&out->text, "Mend it with: rezone recover\n");
}

/* What a run has made is no risk any more: what is to be looked at is how it ended. */
static void settle(struct rz_report_section *section)
{
    for (size_t i = 0; i < section->count; i++)
        section->changes[i]->risk = RZ_RISK_NONE;
}

void rz_report_fill_run(struct rz_report *report, const struct rz_run_result *result)
{
    RZ_BUFFER_CLEANUP struct rz_buffer totals = {0};
    report->verdict = RZ_VERDICT_GOOD;
    for (size_t i = 0; i < result->count; i++) {
        const struct rz_zone_result *zone = &result->zones[i];
        struct rz_report_section *section = rz_report_add_zone_plan(report, zone->plan);
        struct rz_output outcome = {.fd = -1};
        rz_buffer_text(&outcome.text, rz_zone_state_text(zone->state));
        print_outcome(&outcome, zone);
        section->status = rz_arena_str(&report->arena, rz_buffer_view(&outcome.text)).data;
        section->verdict = zone->state == RZ_STATE_COMMITTED ? RZ_VERDICT_GOOD : RZ_VERDICT_BAD;
        if (section->verdict == RZ_VERDICT_BAD)
            report->verdict = RZ_VERDICT_BAD;
        settle(section);
        rz_buffer_free(&outcome.text);
    }
    print_totals(&totals, result);
    report->summary = rz_arena_str(&report->arena, rz_buffer_view(&totals)).data;
    report->id = rz_arena_printf(&report->arena, "run %" PRId64, result->run);
    if (result->queue.id) {
        rz_buffer_text(&totals, "; ");
        print_queue(&totals, &result->queue);
        report->summary = rz_arena_str(&report->arena, rz_buffer_view(&totals)).data;
        if (rz_run_result_exit(result))
            report->verdict = RZ_VERDICT_BAD;
    }
    if (result->unknown)
        report->next = "rezone recover";
}

static void zone_json(struct rz_buffer *out, const struct rz_zone_result *zone)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_int(out, "changes", (int64_t)zone->plan->count);
    rz_verify_checks_json(out, &zone->report);
    rz_json_int(out, "milliseconds", zone->milliseconds);
    rz_json_int(out, "questions", (int64_t)zone->questions);
    rz_json_bool(out, "read_back", zone->read_back);
    rz_json_int(out, "serial_after", zone->serial_after);
    rz_json_int(out, "serial_before", zone->serial_before);
    rz_verify_servers_json(out, &zone->report, RZ_ANSWERS_KEPT);
    rz_json_int(out, "servers", (int64_t)zone->servers);
    rz_json_text(out, "state", rz_zone_state_text(zone->state));
    rz_json_text(out, "target", zone->plan->target);
    rz_json_text(out, "zone", rz_name_text_plain(apex, zone->plan->apex.wire));
    rz_buffer_char(out, '}');
}

void rz_report_queue_counts_json(struct rz_buffer *out, const size_t counts[RZ_QUEUE_STATES])
{
    rz_json_int(out, "committed", (int64_t)counts[RZ_QUEUE_COMMITTED]);
    rz_json_int(out, "failed", (int64_t)counts[RZ_QUEUE_FAILED]);
    rz_json_int(out, "lost", (int64_t)counts[RZ_QUEUE_LOST]);
    rz_json_int(out, "refused", (int64_t)counts[RZ_QUEUE_REFUSED]);
    rz_json_int(out, "rolled_back", (int64_t)counts[RZ_QUEUE_ROLLED_BACK]);
    rz_json_int(out, "taken", (int64_t)counts[RZ_QUEUE_TAKEN]);
    rz_json_int(out, "unknown", (int64_t)counts[RZ_QUEUE_UNKNOWN]);
    rz_json_int(out, "waiting", (int64_t)counts[RZ_QUEUE_WAITING]);
}

static void queue_json(struct rz_buffer *out, const struct rz_queue_view *queue)
{
    rz_json_key(out, "queue");
    rz_buffer_char(out, '{');
    rz_json_int(out, "queue", queue->id);
    rz_report_queue_counts_json(out, queue->counts);
    rz_buffer_char(out, '}');
}

void rz_report_run_json(struct rz_buffer *out, const struct rz_run_result *result,
                        const struct rz_diags *diags)
{
    rz_buffer_char(out, '{');
    rz_json_key(out, "diagnostics");
    rz_report_diags_json(out, diags);
    rz_json_int(out, "exit", rz_run_result_exit(result));
    if (result->queue.id)
        queue_json(out, &result->queue);
    rz_json_int(out, "run", result->run);
    rz_json_key(out, "summary");
    rz_buffer_printf(out, "{\"committed\":%zu,\"failed\":%zu,\"refused\":%zu,", result->committed,
                     result->failed, result->refused);
    rz_buffer_printf(out, "\"rolled_back\":%zu,\"unknown\":%zu}", result->rolled_back,
                     result->unknown);
    rz_json_key(out, "zones");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < result->count; i++)
        zone_json(out, &result->zones[i]);
    rz_buffer_text(out, "]}\n");
}
