/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drift as people read it. */
#include "report/drift.h"

#include <inttypes.h>
#include <stdio.h>

#include "dns/rtype.h"
#include "report/report.h"

#define VALUE_COLUMNS_MAX 200 /* of a value, unless verbose */

static const enum rz_tint tints[RZ_DRIFT_KINDS] = {RZ_TINT_YELLOW, RZ_TINT_RED, RZ_TINT_RED,
                                                   RZ_TINT_YELLOW};

static void print_value(struct rz_output *out, const struct rz_rrset *rrset, const uint8_t *wire,
                        uint16_t size)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rdata_print(&text, rrset->type, wire, size);
    bool cut = !out->verbose && text.size > VALUE_COLUMNS_MAX;
    rz_buffer_visible(&out->text, (struct rz_str){text.data, cut ? VALUE_COLUMNS_MAX : text.size});
    if (cut)
        rz_buffer_printf(&out->text, "… (%zu characters)", text.size);
}

/* One line a record, behind whose value it is. */
static void print_values(struct rz_output *out, const char *word, const struct rz_rrset *rrset)
{
    bool first = true;
    if (!rrset)
        rz_buffer_printf(&out->text, "        %-8s none\n", word);
    for (struct rz_rdata_cursor c = rrset ? rz_rrset_rdata(rrset) : (struct rz_rdata_cursor){0};
         rrset && rz_rdata_next(&c);) {
        rz_buffer_printf(&out->text, "        %-8s %" PRIu32 " ", first ? word : "", rrset->ttl);
        print_value(out, rrset, c.wire, c.size);
        rz_buffer_char(&out->text, '\n');
        first = false;
    }
}

static void print_rrset(struct rz_output *out, const struct rz_drift_zone *zone,
                        const struct rz_drift_rrset *rrset)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
    rz_buffer_text(&out->text, "    ");
    rz_output_tinted(out, tints[rrset->kind], rz_drift_kind_text(rrset->kind));
    rz_buffer_pad(&out->text, ' ', 11 - strlen(rz_drift_kind_text(rrset->kind)));
    rz_buffer_printf(&out->text, "%s %s",
                     rz_name_text_relative(owner, subject->owner, zone->apex.wire),
                     rz_rtype_text(type, subject->type));
    if (rrset->file && rrset->desired && rrset->desired->line) {
        rz_buffer_text(&out->text, "   # ");
        rz_buffer_visible(&out->text, rz_str_of(rrset->file));
        rz_buffer_printf(&out->text, ":%" PRIu32, rrset->desired->line);
    }
    rz_buffer_char(&out->text, '\n');
    if (rrset->kind == RZ_DRIFT_BOTH)
        print_values(out, "applied", rrset->base);
    print_values(out, "files", rrset->desired);
    print_values(out, "live", rrset->live);
    rz_output_pulse(out);
}

static void print_counts(struct rz_output *out, const struct rz_drift_zone *zone)
{
    size_t shown = 0;
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        if (zone->kinds[i])
            rz_buffer_printf(&out->text, "%s%zu %s", shown++ ? ", " : "", zone->kinds[i],
                             rz_drift_kind_text((enum rz_drift_kind)i));
    for (size_t i = 0; i < RZ_DRIFT_SERVER_KINDS; i++)
        if (zone->server_kinds[i])
            rz_buffer_printf(&out->text, "%s%zu × %s", shown++ ? ", " : "", zone->server_kinds[i],
                             rz_drift_server_kind_text((enum rz_drift_server_kind)i));
}

static void print_base(struct rz_output *out, const struct rz_drift_zone *zone)
{
    char time[RZ_TIME_TEXT_MAX];
    rz_output_tint(out, RZ_TINT_DIM);
    if (zone->three_way)
        rz_buffer_printf(&out->text, " since run %" PRId64 " (%s)", zone->run,
                         rz_time_text(time, zone->taken));
    else
        rz_buffer_text(&out->text, " (two-way: no run has left a snapshot, so nobody knows who "
                                   "moved)");
    rz_output_tint(out, RZ_TINT_NONE);
}

static void print_zone(struct rz_output *out, const struct rz_drift_zone *zone)
{
    rz_output_tinted(out, RZ_TINT_BOLD, zone->name);
    rz_buffer_printf(&out->text, " → %s: ", zone->target);
    if (zone->status != RZ_OK) {
        rz_output_tinted(out, RZ_TINT_RED, "could not be compared, see the errors");
    } else if (zone->foreign) {
        rz_output_tinted(out, RZ_TINT_YELLOW, "foreign zone");
        rz_buffer_text(&out->text, ": lives there and is in no file");
    } else if (zone->missing) {
        rz_output_tinted(out, RZ_TINT_RED, "missing zone");
        rz_buffer_text(&out->text, ": is in the files and not there");
    } else {
        print_counts(out, zone);
        if (zone->count)
            print_base(out, zone);
    }
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < zone->count; i++)
        print_rrset(out, zone, &zone->rrsets[i]);
    for (size_t i = 0; i < zone->server_count; i++) {
        const char *kind = rz_drift_server_kind_text(zone->servers[i].kind);
        rz_buffer_text(&out->text, "    ");
        rz_output_tinted(out, RZ_TINT_RED, kind);
        rz_buffer_text(&out->text, "  ");
        rz_buffer_visible(&out->text, rz_str_of(zone->servers[i].message));
        rz_buffer_char(&out->text, '\n');
    }
    rz_buffer_char(&out->text, '\n');
}

void rz_report_drift(struct rz_output *out, const struct rz_drift *drift)
{
    size_t shown = 0, rrsets = 0;
    for (size_t i = 0; i < drift->count; i++)
        if (!rz_drift_zone_is_clean(drift->zones[i]))
            print_zone(out, drift->zones[i]);
    for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
        rrsets += drift->kinds[i];
    rz_output_tint(out, RZ_TINT_BOLD);
    rz_buffer_text(&out->text, "Drift: ");
    if (drift->clean == drift->count && drift->failed == 0) {
        rz_buffer_printf(&out->text, "none, %zu zone%s live as the files say%s.\n", drift->clean,
                         drift->clean == 1 ? " is" : "s are",
                         drift->partial ? ", as far as --target goes" : "");
    } else {
        for (size_t i = 0; i < RZ_DRIFT_KINDS; i++)
            if (drift->kinds[i])
                rz_buffer_printf(&out->text, "%s%zu %s", shown++ ? ", " : "", drift->kinds[i],
                                 rz_drift_kind_text((enum rz_drift_kind)i));
        if (rrsets)
            rz_buffer_text(&out->text, rrsets == 1 ? " RRset" : " RRsets");
        if (drift->server_kinds[0] + drift->server_kinds[1])
            rz_buffer_printf(&out->text, "%s%zu findings at servers", shown++ ? ", " : "",
                             drift->server_kinds[0] + drift->server_kinds[1]);
        if (drift->missing)
            rz_buffer_printf(&out->text, "%s%zu missing", shown++ ? ", " : "", drift->missing);
        if (drift->foreign)
            rz_buffer_printf(&out->text, "%s%zu foreign", shown++ ? ", " : "", drift->foreign);
        if (drift->failed)
            rz_buffer_printf(&out->text, "%s%zu not compared", shown ? ", " : "", drift->failed);
        rz_buffer_printf(&out->text, "; %zu of %zu zones clean.\n", drift->clean, drift->count);
    }
    rz_output_tint(out, RZ_TINT_NONE);
    rz_output_pulse(out);
}
