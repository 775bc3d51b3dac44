/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drift as JSON (schemas/report.schema.json#/$defs/drift) and as metrics of Prometheus. */
#include <inttypes.h>

#include "dns/rtype.h"
#include "report/drift.h"
#include "support/json_write.h"

static void write_rrset(struct rz_buffer *out, const char *key, const struct rz_rrset *rrset)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_json_key(out, key);
    if (!rrset) {
        rz_buffer_text(out, "null");
        return;
    }
    rz_buffer_text(out, "{\"rdata\":[");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(&text);
        rz_rdata_print(&text, rrset->type, c.wire, c.size);
        rz_json_comma(out);
        rz_json_string(out, rz_buffer_view(&text));
    }
    rz_buffer_char(out, ']');
    rz_json_int(out, "ttl", rrset->ttl);
    rz_buffer_char(out, '}');
}

static void write_drifted(struct rz_buffer *out, const struct rz_drift_rrset *rrset)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    write_rrset(out, "applied", rrset->base);
    write_rrset(out, "desired", rrset->desired);
    rz_json_text(out, "file", rrset->file);
    rz_json_text(out, "kind", rz_drift_kind_text(rrset->kind));
    rz_json_int(out, "line", rrset->desired ? rrset->desired->line : 0);
    write_rrset(out, "live", rrset->live);
    rz_json_text(out, "owner", rz_name_text(owner, subject->owner));
    rz_json_text(out, "type", rz_rtype_text(type, subject->type));
    rz_buffer_char(out, '}');
}

static const char *state_of(const struct rz_drift_zone *zone)
{
    return zone->status != RZ_OK          ? "failed"
           : zone->foreign                ? "foreign zone"
           : zone->missing                ? "missing zone"
           : rz_drift_zone_is_clean(zone) ? "clean"
                                          : "drift";
}

static void write_zone(struct rz_buffer *out, const struct rz_drift_zone *zone)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "path", zone->entry ? zone->entry->path : NULL);
    rz_json_key(out, "rrsets");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->count; i++)
        write_drifted(out, &zone->rrsets[i]);
    rz_buffer_char(out, ']');
    if (zone->has_serial)
        rz_json_int(out, "serial", zone->serial);
    else
        rz_json_text(out, "serial", NULL);
    rz_json_key(out, "servers");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->server_count; i++) {
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        rz_json_text(out, "kind", rz_drift_server_kind_text(zone->servers[i].kind));
        rz_json_text(out, "message", zone->servers[i].message);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
    rz_json_int(out, "since_run", zone->three_way ? zone->run : 0);
    rz_json_text(out, "state", state_of(zone));
    rz_json_text(out, "target", zone->target);
    rz_json_bool(out, "three_way", zone->three_way);
    rz_json_text(out, "zone", zone->name);
    rz_buffer_char(out, '}');
}

void rz_report_drift_json(struct rz_buffer *out, const struct rz_drift *drift)
{
    rz_buffer_char(out, '{');
    rz_json_time(out, "checked", drift->time);
    rz_json_key(out, "summary");
    rz_buffer_char(out, '{');
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        rz_json_int(out, rz_drift_kind_text((enum rz_drift_kind)i), (int64_t)drift->kinds[i]);
    rz_json_int(out, "clean", (int64_t)drift->clean);
    rz_json_int(out, "failed", (int64_t)drift->failed);
    rz_json_int(out, "foreign_zones", (int64_t)drift->foreign);
    rz_json_int(out, "missing_zones", (int64_t)drift->missing);
    rz_json_int(out, "serials_behind", (int64_t)drift->server_kinds[RZ_DRIFT_SERIAL_BEHIND]);
    rz_json_int(out, "servers_disagreeing", (int64_t)drift->server_kinds[RZ_DRIFT_DISAGREES]);
    rz_json_int(out, "zones", (int64_t)drift->count);
    rz_buffer_char(out, '}');
    rz_json_key(out, "zones");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < drift->count; i++)
        write_zone(out, drift->zones[i]);
    rz_buffer_char(out, ']');
}

static void write_label(struct rz_buffer *out, const char *name, const char *text)
{
    rz_buffer_printf(out, "%s=\"", name);
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            rz_buffer_char(out, '\\');
        if (*text == '\n')
            rz_buffer_text(out, "\\n");
        else
            rz_buffer_char(out, *text);
    }
    rz_buffer_char(out, '"');
}

static void begin_family(struct rz_buffer *out, const char *name, const char *help)
{
    rz_buffer_printf(out, "# HELP rezone_drift_%s %s\n# TYPE rezone_drift_%s gauge\n", name, help,
                     name);
}

static void write_sample(struct rz_buffer *out, const char *name, const struct rz_drift_zone *zone,
                         const char *kind, int64_t value)
{
    rz_buffer_printf(out, "rezone_drift_%s{", name);
    write_label(out, "zone", zone->name);
    rz_buffer_char(out, ',');
    write_label(out, "target", zone->target);
    if (kind) {
        rz_buffer_char(out, ',');
        write_label(out, "kind", kind);
    }
    rz_buffer_printf(out, "} %" PRId64 "\n", value);
}

static void write_rrset_samples(struct rz_buffer *out, const struct rz_drift_zone *zone)
{
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        write_sample(out, "rrsets", zone, rz_drift_kind_text((enum rz_drift_kind)i),
                     (int64_t)zone->kinds[i]);
}

void rz_report_drift_metrics(struct rz_buffer *out, const struct rz_drift *drift)
{
    begin_family(out, "rrsets", "RRsets that are live otherwise than the files say.");
    for (size_t i = 0; i < drift->count; i++)
        if (drift->zones[i]->status == RZ_OK && drift->zones[i]->entry)
            write_rrset_samples(out, drift->zones[i]);
    begin_family(out, "zone_clean", "1 where the zone is live as the files say.");
    for (size_t i = 0; i < drift->count; i++)
        write_sample(out, "zone_clean", drift->zones[i], NULL,
                     rz_drift_zone_is_clean(drift->zones[i]));
    begin_family(out, "server_findings", "What authoritative servers answer otherwise.");
    for (size_t i = 0; i < drift->count; i++)
        for (size_t k = 0; k < RZ_DRIFT_SERVER_KINDS; k++)
            write_sample(out, "server_findings", drift->zones[i],
                         rz_drift_server_kind_text((enum rz_drift_server_kind)k),
                         (int64_t)drift->zones[i]->server_kinds[k]);
    begin_family(out, "serial", "Serial of the live SOA.");
    for (size_t i = 0; i < drift->count; i++)
        if (drift->zones[i]->has_serial)
            write_sample(out, "serial", drift->zones[i], NULL, drift->zones[i]->serial);
    begin_family(out, "foreign_zones", "Zones that are live and in no file.");
    rz_buffer_printf(out, "rezone_drift_foreign_zones %zu\n", drift->foreign);
    begin_family(out, "missing_zones", "Zones that are in the files and not live.");
    rz_buffer_printf(out, "rezone_drift_missing_zones %zu\n", drift->missing);
    begin_family(out, "failed_zones", "Zones that could not be compared.");
    rz_buffer_printf(out, "rezone_drift_failed_zones %zu\n", drift->failed);
    begin_family(out, "zones", "Zones looked at.");
    rz_buffer_printf(out, "rezone_drift_zones %zu\n", drift->count);
    begin_family(out, "checked_timestamp_seconds", "When it was last looked.");
    rz_buffer_printf(out, "rezone_drift_checked_timestamp_seconds %" PRId64 "\n", drift->time);
    begin_family(out, "check_duration_milliseconds", "How long that took.");
    rz_buffer_printf(out, "rezone_drift_check_duration_milliseconds %" PRId64 "\n",
                     drift->milliseconds);
}
