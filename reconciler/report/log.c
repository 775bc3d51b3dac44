/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of logs as JSON. */
#include "report/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/hash.h"
#include "support/json_write.h"

static void random_hex(const struct rz_context *context, char *text, size_t octets)
{
    unsigned char random[16];
    context->random(context->user, random, octets);
    random[0] |= 1; /* an id of nothing but zeros is none */
    for (size_t i = 0; i < octets; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
}

/* "00-TRACE-SPAN-01" (W3C Trace Context): the run is a span below whatever started it. */
static bool read_parent(struct rz_context *context, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    if (!text || strlen(text) < 55 || strspn(text, digits) != 2 || text[2] != '-'
        || strspn(text + 3, digits) != 32 || text[35] != '-' || strspn(text + 36, digits) != 16
        || text[52] != '-' || strncmp(text, "ff", 2) == 0 || strspn(text + 3, "0") == 32
        || strspn(text + 36, "0") == 16)
        return false;
    snprintf(context->trace_id, sizeof context->trace_id, "%.32s", text + 3);
    snprintf(context->parent_span, sizeof context->parent_span, "%.16s", text + 36);
    return true;
}

void rz_log_identify(struct rz_context *context)
{
    if (!read_parent(context, getenv("TRACEPARENT")))
        random_hex(context, context->trace_id, 16);
    random_hex(context, context->span_id, 8);
}

void rz_log_span(char span[RZ_SPAN_TEXT], const struct rz_context *context, const char *words)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "%s %s", context->span_id, words);
    struct rz_hash hash = rz_hash_of(text.data, text.size);
    snprintf(span, RZ_SPAN_TEXT, "%016llx", (unsigned long long)(hash.low | 1));
}

void rz_log_begin(struct rz_buffer *out, const struct rz_context *context,
                  enum rz_severity severity, const char *body, const char *span)
{
    static const struct {
        const char *text;
        int number;
    } severities[] = {
        [RZ_NOTE] = {"INFO", 9}, [RZ_WARNING] = {"WARN", 13}, [RZ_ERROR] = {"ERROR", 17}};
    struct timespec now;
    struct tm tm;
    char stamp[40], date[24];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(stamp, sizeof stamp, "%s.%03ldZ", date, now.tv_nsec / 1000000);
    rz_buffer_char(out, '{');
    rz_json_text(out, "timestamp", stamp);
    rz_json_text(out, "severity", severities[severity].text);
    rz_json_int(out, "severity_number", severities[severity].number);
    rz_json_text(out, "body", body);
    rz_json_text(out, "trace_id", context->trace_id);
    rz_json_text(out, "span_id", span ? span : context->span_id);
    if (span || *context->parent_span)
        rz_json_text(out, "parent_span_id", span ? context->span_id : context->parent_span);
    rz_json_key(out, "attributes");
    rz_buffer_char(out, '{');
}

void rz_log_end(struct rz_buffer *out)
{
    rz_buffer_text(out, "}}\n");
}

static void log_diag(struct rz_buffer *out, const struct rz_context *context,
                     const struct rz_diag *diag)
{
    char code[16];
    snprintf(code, sizeof code, "RZ%04d", (int)diag->code);
    rz_log_begin(out, context, diag->severity, diag->message, NULL);
    rz_json_text(out, "code", code);
    if (diag->file)
        rz_json_text(out, "file", diag->file);
    if (diag->file && diag->line)
        rz_json_int(out, "line", diag->line);
    if (diag->file && diag->line && diag->column)
        rz_json_int(out, "column", diag->column);
    if (diag->hint)
        rz_json_text(out, "hint", diag->hint);
    if (diag->related)
        rz_json_text(out, "related", diag->related);
    rz_log_end(out);
}

void rz_log_diags(struct rz_output *out, const struct rz_context *context,
                  const struct rz_diags *diags, bool quiet)
{
    size_t kept = 0, all = diags->errors + diags->warnings;
    for (size_t i = 0; i < diags->count; i++) {
        kept += diags->items[i].severity != RZ_NOTE;
        if (quiet && diags->items[i].severity == RZ_NOTE)
            continue;
        log_diag(&out->text, context, &diags->items[i]);
        rz_output_pulse(out);
    }
    if (all == kept)
        return;
    rz_log_begin(&out->text, context, RZ_WARNING, "there are more messages than are kept", NULL);
    rz_json_int(&out->text, "more", (int64_t)(all - kept));
    rz_log_end(&out->text);
}
