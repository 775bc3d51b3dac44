/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON envelope of imperative operations. */
#include "cli/record.h"
#include "support/json_write.h"

void rz_record_rrset_json(struct rz_buffer *json, const char *key, const struct rz_rrset *rrset,
                          const uint8_t *apex)
{
    char name[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer value = {0};
    if (key)
        rz_json_key(json, key);
    else
        rz_json_comma(json);
    if (!rrset) {
        rz_buffer_text(json, "null");
        return;
    }
    rz_buffer_char(json, '{');
    rz_json_text(json, "name", rz_name_text_plain(name, rrset->owner));
    rz_json_text(json, "relative_name", rz_name_text_relative(name, rrset->owner, apex));
    rz_json_int(json, "ttl", rrset->ttl);
    rz_json_text(json, "type", rz_rtype_text(type, rrset->type));
    rz_json_key(json, "values");
    rz_buffer_char(json, '[');
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(&value);
        rz_rdata_print(&value, rrset->type, c.wire, c.size);
        rz_json_comma(json);
        rz_json_string(json, rz_buffer_view(&value));
    }
    rz_buffer_text(json, "]}");
}

void rz_record_envelope_begin(struct rz_buffer *json, const struct rz_record_envelope *envelope,
                              int64_t now)
{
    rz_buffer_char(json, '{');
    rz_json_text(json, "status", envelope->success ? "success" : "error");
    rz_json_text(json, "operation", envelope->operation);
    rz_json_time(json, "timestamp", now);
    rz_json_key(json, "data");
    rz_buffer_char(json, '{');
}

void rz_record_envelope_end(struct rz_buffer *json, const struct rz_record_envelope *envelope)
{
    char type[RZ_RTYPE_TEXT_MAX], run[24];
    snprintf(run, sizeof run, "%lld", (long long)envelope->run);
    rz_buffer_char(json, '}');
    rz_json_key(json, "metadata");
    rz_buffer_char(json, '{');
    rz_json_text(json, "domain", envelope->domain);
    rz_json_text(json, "record_type", envelope->type ? rz_rtype_text(type, envelope->type) : NULL);
    rz_json_key(json, "ttl");
    if (envelope->has_ttl)
        rz_buffer_uint(json, envelope->ttl);
    else
        rz_buffer_text(json, "null");
    rz_json_text(json, "provider", envelope->provider);
    rz_json_text(json, "run", envelope->run ? run : NULL);
    rz_json_int(json, "duration_ms", envelope->milliseconds);
    if (envelope->per_page) {
        rz_json_int(json, "page", (int64_t)envelope->page);
        rz_json_int(json, "per_page", (int64_t)envelope->per_page);
        rz_json_int(json, "total", (int64_t)envelope->total);
    }
    rz_buffer_char(json, '}');
}

/* What became of a zone plan; NULL: it was not begun. */
static const struct rz_zone_result *result_of(const struct rz_run_result *result,
                                              const struct rz_zone_plan *zone)
{
    for (size_t i = 0; result && i < result->count; i++)
        if (result->zones[i].plan == zone)
            return &result->zones[i];
    return NULL;
}

static void change_json(struct rz_buffer *json, const struct rz_record_envelope *whole,
                        const struct rz_zone_plan *zone, const struct rz_zone_result *done,
                        const struct rz_change *change, int64_t now)
{
    char domain[RZ_NAME_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(*change);
    bool committed = done && done->state == RZ_STATE_COMMITTED;
    struct rz_record_envelope head = *whole;
    head.success = committed || whole->run == 0;
    head.domain = rz_name_text_plain(domain, zone->apex.wire);
    head.provider = zone->target;
    head.type = subject->type;
    head.has_ttl = true;
    head.ttl = subject->ttl;
    head.milliseconds = done ? done->milliseconds : 0;
    rz_record_envelope_begin(json, &head, now);
    rz_record_rrset_json(json, "before", change->before, zone->apex.wire);
    rz_record_rrset_json(json, "after", change->after, zone->apex.wire);
    rz_json_bool(json, "verified", committed && (done->read_back || done->questions));
    rz_record_envelope_end(json, &head);
    if (done && done->diags.count) {
        rz_json_key(json, "diagnostics");
        rz_report_diags_json(json, &done->diags);
    }
    rz_buffer_text(json, "}\n");
}

void rz_record_changes_json(struct rz_cli *cli, struct rz_buffer *json, const char *operation,
                            uint16_t type, const struct rz_plan *plan,
                            const struct rz_run_result *result)
{
    struct rz_record_envelope head = {.operation = operation, .run = result ? result->run : 0};
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_zone_plan *zone = plan->zones[i];
        for (size_t k = 0; k < zone->count; k++)
            if (!type || rz_change_subject(zone->changes[k].change)->type == type)
                change_json(json, &head, zone, result_of(result, zone), &zone->changes[k].change,
                            cli->context.now(cli->context.user));
    }
}

void rz_record_failure_json(struct rz_cli *cli, const char *operation, const char *domain,
                            uint16_t type)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    struct rz_record_envelope head = {.operation = operation, .domain = domain, .type = type};
    if (!cli->json || cli->reported)
        return;
    rz_record_envelope_begin(&json, &head, cli->context.now(cli->context.user));
    rz_record_rrset_json(&json, "before", NULL, NULL);
    rz_record_rrset_json(&json, "after", NULL, NULL);
    rz_json_bool(&json, "verified", false);
    rz_record_envelope_end(&json, &head);
    rz_json_key(&json, "diagnostics");
    rz_report_diags_json(&json, &cli->diags);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}
