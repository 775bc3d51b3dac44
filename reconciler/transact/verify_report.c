/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of verifications as JSON: for results, and for the journal, which gives them back. */
#include "transact/verify_report.h"

#include <jansson.h>

#include "support/json_write.h"

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

static void server_json(struct rz_buffer *out, const struct rz_server_report *server,
                        size_t answers)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_key(out, "answers");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < server->answer_count && i < answers; i++)
        answer_json(out, &server->answers[i]);
    rz_buffer_char(out, ']');
    rz_json_int(out, "asked", (int64_t)server->asked);
    rz_json_text(out, "dnssec", server->dnssec);
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

void rz_verify_servers_json(struct rz_buffer *out, const struct rz_verify_report *report,
                            size_t answers)
{
    rz_json_key(out, "server_reports");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < report->server_count; i++)
        server_json(out, &report->servers[i], answers);
    rz_buffer_char(out, ']');
}

static void check_json(struct rz_buffer *out, const struct rz_check_report *report)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "check", report->what);
    rz_json_text(out, "file", report->check.file);
    rz_json_text(out, "kind", rz_check_kinds[report->check.kind]);
    rz_json_int(out, "line", report->check.line);
    rz_json_int(out, "milliseconds", report->milliseconds);
    rz_json_bool(out, "passed", report->passed);
    rz_json_text(out, "said", report->said);
    rz_json_int(out, "tries", report->tries);
    rz_buffer_char(out, '}');
}

void rz_verify_checks_json(struct rz_buffer *out, const struct rz_verify_report *report)
{
    rz_json_key(out, "checks");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < report->check_count; i++)
        check_json(out, &report->checks[i]);
    rz_buffer_char(out, ']');
}

void rz_verify_record_write(struct rz_buffer *out, const struct rz_verify_report *report,
                            bool read_back)
{
    rz_buffer_char(out, '{');
    rz_verify_checks_json(out, report);
    rz_json_bool(out, "read_back", read_back);
    rz_verify_servers_json(out, report, RZ_ANSWERS_JOURNALED);
    rz_buffer_char(out, '}');
}

static const char *keep_text(struct rz_arena *arena, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? rz_arena_strdup(arena, text) : NULL;
}

static const char *keep_words(struct rz_arena *arena, const json_t *object, const char *key)
{
    const char *text = keep_text(arena, object, key);
    return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static void read_answer(struct rz_arena *arena, const json_t *item, struct rz_answer_report *answer)
{
    *answer = (struct rz_answer_report){.owner = keep_words(arena, item, "owner"),
                                        .type = keep_words(arena, item, "type"),
                                        .expected = keep_words(arena, item, "expected"),
                                        .wrong = keep_text(arena, item, "wrong"),
                                        .found = keep_text(arena, item, "found"),
                                        .milliseconds = number_of(item, "milliseconds"),
                                        .tries = (unsigned)number_of(item, "tries")};
}

static void read_server(struct rz_arena *arena, const json_t *item, struct rz_server_report *server)
{
    const json_t *answers = json_object_get(item, "answers");
    const json_t *settled = json_object_get(item, "settled_ms");
    *server = (struct rz_server_report){
        .server = keep_words(arena, item, "server"),
        .dnssec = keep_text(arena, item, "dnssec"),
        .expectations = (size_t)number_of(item, "expectations"),
        .right = (size_t)number_of(item, "right"),
        .asked = (size_t)number_of(item, "asked"),
        .settled_ms = json_is_integer(settled) ? (int64_t)json_integer_value(settled) : -1,
        .latency_total_ms = number_of(item, "latency_total_ms"),
        .latency_most = number_of(item, "latency_most_ms"),
        .has_serial = json_is_integer(json_object_get(item, "serial")),
        .serial = (uint32_t)number_of(item, "serial"),
        .answer_count = json_array_size(answers)};
    server->answers = rz_arena_zero(arena, (server->answer_count + 1) * sizeof *server->answers);
    for (size_t i = 0; i < server->answer_count; i++)
        read_answer(arena, json_array_get(answers, i), &server->answers[i]);
}

static void read_check(struct rz_arena *arena, const json_t *item, struct rz_check_report *check)
{
    const char *kind = keep_words(arena, item, "kind");
    *check = (struct rz_check_report){.what = keep_words(arena, item, "check"),
                                      .said = keep_words(arena, item, "said"),
                                      .passed = json_is_true(json_object_get(item, "passed")),
                                      .tries = (unsigned)number_of(item, "tries"),
                                      .milliseconds = number_of(item, "milliseconds")};
    check->check.file = keep_text(arena, item, "file");
    check->check.line = (uint32_t)number_of(item, "line");
    for (int i = 0; rz_check_kinds[i]; i++)
        if (strcmp(rz_check_kinds[i], kind) == 0)
            check->check.kind = i;
}

bool rz_verify_record_read(struct rz_verify_record *record, struct rz_str text)
{
    *record = (struct rz_verify_record){0};
    struct rz_verify_report *report = &record->report;
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *servers = json_object_get(root, "server_reports");
    const json_t *checks = json_object_get(root, "checks");
    bool good = json_is_array(servers) && json_is_array(checks);
    record->read_back = json_is_true(json_object_get(root, "read_back"));
    report->server_count = json_array_size(servers);
    report->check_count = json_array_size(checks);
    report->servers = rz_arena_zero(&report->arena,
                                    (report->server_count + 1) * sizeof *report->servers);
    report->checks = rz_arena_zero(&report->arena,
                                   (report->check_count + 1) * sizeof *report->checks);
    for (size_t i = 0; i < report->server_count; i++)
        read_server(&report->arena, json_array_get(servers, i), &report->servers[i]);
    for (size_t i = 0; i < report->check_count; i++) {
        read_check(&report->arena, json_array_get(checks, i), &report->checks[i]);
        report->checks_passed += report->checks[i].passed;
    }
    json_decref(root);
    return good;
}
