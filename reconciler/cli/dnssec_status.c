/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a chain of trust, as text and as JSON. */
#include "cli/dnssec_status.h"
#include "cli/metrics.h"

#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/rrsig.h"
#include "support/json_write.h"

static bool is_signed(const struct rz_dnssec_status *status)
{
    for (size_t i = 0; i < status->place_count; i++)
        if (status->places[i].look.key_count)
            return true;
    return false;
}

/* Whether some place was looked at. */
static bool is_seen(const struct rz_dnssec_status *status)
{
    for (size_t i = 0; i < status->place_count; i++)
        if (status->places[i].looked)
            return true;
    return false;
}

const char *rz_dnssec_status_word(const struct rz_dnssec_status *status)
{
    bool expiring = status->expires && status->expires < status->warn;
    bool trusted = status->ds || !status->ds_known;
    if (status->facts && (status->facts->look.delegation_why || status->ds) && !is_seen(status))
        return "unknown";
    bool broken = status->checks.bad > (status->on_their_way ? 1 : 0);
    if (trusted && (status->bad || (status->ds && broken)))
        return "bogus";
    if (!status->ds_known)
        return !is_signed(status) ? "insecure"
               : status->facts    ? "unknown"
               : expiring         ? "expiring"
                                  : "signed";
    if (!status->ds)
        return "insecure";
    return expiring ? "expiring" : "secure";
}

int rz_dnssec_status_exit(const struct rz_dnssec_status *status)
{
    const char *word = rz_dnssec_status_word(status);
    bool expiring = status->expires && status->expires < status->warn;
    bool good = !status->bad && !status->checks.bad && !expiring && strcmp(word, "unknown") != 0;
    return good ? RZ_EXIT_DONE : RZ_EXIT_CHANGES;
}

/* ---- text */

static void put_name(struct rz_buffer *out, const struct rz_dnssec_status *status,
                     const uint8_t *owner, uint16_t type)
{
    char name[RZ_NAME_TEXT_MAX], text[RZ_RTYPE_TEXT_MAX];
    rz_buffer_text(out, owner ? rz_name_text_relative(name, owner, status->apex.wire) : "zone");
    if (type)
        rz_buffer_printf(out, " %s", rz_rtype_text(text, type));
}

static void put_line(const struct rz_dnssec_status *status, const struct rz_status_line *line)
{
    struct rz_buffer *out = &status->cli->out.text;
    bool registrar = status->facts && status->facts->has_registration;
    rz_buffer_printf(out, "  key %5u  algorithm %u  ", line->tag, line->algorithm);
    if (line->digest_type)
        rz_buffer_printf(out, "DS of type %u%s%s%s\n", line->digest_type,
                         !registrar         ? ""
                         : line->registered ? ", at the registrar"
                                            : ", not at the registrar",
                         line->published ? ", at the parent" : ", not at the parent",
                         line->in_zone ? ", key in the zone" : ", no such key in the zone");
    else
        rz_buffer_printf(out, "key in the zone, %s\n",
                         status->ds_known ? "no DS" : "DS not looked at");
}

static void put_fault(const struct rz_dnssec_status *status, const struct rz_signed_fault *fault)
{
    struct rz_output *out = &status->cli->out;
    rz_buffer_text(&out->text, "    ");
    rz_output_tinted(out, fault->warning ? RZ_TINT_YELLOW : RZ_TINT_RED,
                     fault->warning ? "warning" : "bad");
    rz_buffer_text(&out->text, "  ");
    put_name(&out->text, status, fault->owner, fault->type);
    rz_buffer_printf(&out->text, ": %s\n", fault->text);
}

static void put_denial(struct rz_buffer *out, const struct rz_signed_look *look)
{
    static const char *const kinds[] = {"no proof of absence", "NSEC", "NSEC3"};
    rz_buffer_printf(out, ", %s", kinds[look->denial]);
    if (look->denial)
        rz_buffer_printf(out, " at %zu name%s", look->denials, look->denials == 1 ? "" : "s");
    if (look->denial == RZ_DENIAL_NSEC3)
        rz_buffer_printf(out, " (%u iterations%s)", look->iterations,
                         look->opt_out ? ", opt-out" : "");
}

static void put_place(const struct rz_dnssec_status *status, const struct rz_signed_zone *place)
{
    struct rz_buffer *out = &status->cli->out.text;
    const struct rz_signed_look *look = &place->look;
    rz_buffer_printf(out, "  %s, by %s: ", place->place, place->how);
    if (place->why) {
        rz_buffer_printf(out, "%s\n", place->why);
        return;
    }
    if (!look->key_count && !look->bad) {
        rz_buffer_text(out, "not signed\n");
        return;
    }
    rz_buffer_printf(out, "serial %u, %zu signed RRsets, %zu good signatures", place->zone.serial,
                     look->rrsets, look->signatures);
    if (!place->partial)
        put_denial(out, look);
    if (place->unasked)
        rz_buffer_printf(out, ", %zu RRsets not asked for", place->unasked);
    rz_buffer_char(out, '\n');
    for (size_t i = 0; i < look->fault_count; i++)
        put_fault(status, &look->faults[i]);
    if (look->bad + look->warnings > look->fault_count)
        rz_buffer_printf(out, "    and %zu more\n", look->bad + look->warnings - look->fault_count);
}

void rz_dnssec_status_text(const struct rz_dnssec_status *status)
{
    struct rz_output *out = &status->cli->out;
    const char *word = rz_dnssec_status_word(status);
    bool good = strcmp(word, "secure") == 0 || strcmp(word, "signed") == 0;
    rz_buffer_printf(&out->text, "%s: ", status->name);
    rz_output_tinted(out, good ? RZ_TINT_GREEN : *word == 'b' ? RZ_TINT_RED : RZ_TINT_YELLOW, word);
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < status->line_count; i++)
        put_line(status, &status->lines[i]);
    for (size_t i = 0; i < status->checks.count; i++)
        rz_buffer_printf(&out->text, "  %s%s%s\n",
                         status->checks.items[i].server ? status->checks.items[i].server : "",
                         status->checks.items[i].server ? ": " : "", status->checks.items[i].text);
    for (size_t i = 0; i < status->place_count; i++)
        put_place(status, &status->places[i]);
    rz_dnssec_events_text(status);
}

/* ---- JSON */

static void lines_json(struct rz_buffer *json, const struct rz_dnssec_status *status)
{
    rz_json_key(json, "keys");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < status->line_count; i++) {
        const struct rz_status_line *line = &status->lines[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_int(json, "algorithm", line->algorithm);
        rz_json_bool(json, "at_parent", line->published);
        rz_json_bool(json, "at_registrar", line->registered);
        rz_json_int(json, "digest_type", line->digest_type);
        rz_json_bool(json, "in_zone", line->in_zone);
        rz_json_int(json, "key_tag", line->tag);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void owner_json(struct rz_buffer *json, const uint8_t *owner)
{
    char name[RZ_NAME_TEXT_MAX];
    rz_json_text(json, "name", owner ? rz_name_text_plain(name, owner) : NULL);
}

static void type_json(struct rz_buffer *json, uint16_t type)
{
    char text[RZ_RTYPE_TEXT_MAX];
    rz_json_text(json, "type", type ? rz_rtype_text(text, type) : NULL);
}

static void faults_json(struct rz_buffer *json, const struct rz_signed_look *look)
{
    rz_json_key(json, "faults");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < look->fault_count; i++) {
        const struct rz_signed_fault *fault = &look->faults[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "level", fault->warning ? "warning" : "bad");
        owner_json(json, fault->owner);
        rz_json_text(json, "text", fault->text);
        type_json(json, fault->type);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void zone_keys_json(struct rz_buffer *json, const struct rz_signed_look *look)
{
    rz_json_key(json, "keys");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < look->key_count; i++) {
        const struct rz_signed_key *key = &look->keys[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_int(json, "algorithm", key->algorithm);
        rz_json_int(json, "bits", key->bits);
        rz_json_bool(json, "ds", key->has_ds);
        rz_json_int(json, "flags", key->flags);
        rz_json_int(json, "key_tag", key->tag);
        rz_json_int(json, "signatures", (int64_t)key->signatures);
        rz_json_bool(json, "signs_keys", key->signs_keys);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void place_json(struct rz_buffer *json, const struct rz_signed_zone *place)
{
    static const char *const kinds[] = {NULL, "NSEC", "NSEC3"};
    const struct rz_signed_look *look = &place->look;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_int(json, "bad", (int64_t)look->bad);
    rz_json_bool(json, "complete", !place->partial && !place->why);
    rz_json_text(json, "denial", kinds[look->denial]);
    rz_json_time(json, "expires", look->expires);
    faults_json(json, look);
    rz_json_text(json, "how", place->how);
    rz_json_int(json, "iterations", look->iterations);
    zone_keys_json(json, look);
    rz_json_bool(json, "opt_out", look->opt_out);
    rz_json_text(json, "place", place->place);
    rz_json_int(json, "rrsets", (int64_t)look->rrsets);
    rz_json_int(json, "serial", place->zone.serial);
    rz_json_int(json, "signatures", (int64_t)look->signatures);
    rz_json_int(json, "warnings", (int64_t)look->warnings);
    rz_json_text(json, "why", place->why);
    rz_buffer_char(json, '}');
}

void rz_dnssec_status_json(const struct rz_dnssec_status *status)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_key(&json, "checks");
    rz_domain_checks_json(&json, &status->checks);
    rz_json_text(&json, "domain", status->name);
    rz_dnssec_events_json(&json, status);
    lines_json(&json, status);
    rz_dnssec_events_json_next(&json, status);
    rz_json_text(&json, "status", rz_dnssec_status_word(status));
    rz_json_key(&json, "zones");
    rz_buffer_char(&json, '[');
    for (size_t i = 0; i < status->place_count; i++)
        place_json(&json, &status->places[i]);
    rz_buffer_text(&json, "]}\n");
    rz_cli_requests_json(status->cli, &json);
    rz_cli_json(status->cli, &json);
}
