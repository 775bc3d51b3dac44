/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone as a native document that a person can go on with. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/document_internal.h"
#include "language/yaml.h"
#include "support/alloc.h"

/* YAML wants `? ` before keys of more than 1,024 characters; names with many escapes are that long. */
#define SIMPLE_KEY_MAX 1000

struct writer {
    struct rz_buffer *out;
    const struct rz_zone *zone;
    uint32_t ttl; /* of the document */
    bool leave_out_signer_types;
    const struct rz_rrset *soa, *ns; /* written as `soa:` and `nameservers:`, else NULL */
};

static int compare_ttls(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The most common TTL; the smallest of equally common ones. */
static uint32_t common_ttl(const struct rz_zone *zone)
{
    uint32_t *ttls = rz_alloc((zone->count + 1) * sizeof *ttls), best = 3600;
    size_t most = 0;
    for (size_t i = 0; i < zone->count; i++)
        ttls[i] = zone->rrsets[i].ttl;
    qsort(ttls, zone->count, sizeof *ttls, compare_ttls);
    for (size_t i = 0, end; i < zone->count; i = end) {
        for (end = i + 1; end < zone->count && ttls[end] == ttls[i];)
            end++;
        if (end - i > most) {
            most = end - i;
            best = ttls[i];
        }
    }
    free(ttls);
    return best;
}

static void write_name(struct writer *writer, const uint8_t *name, bool key)
{
    char text[RZ_NAME_TEXT_MAX];
    const struct rz_name *apex = &writer->zone->apex;
    if (key && rz_document_repeats_apex(name, apex)) /* the relative form would be refused */
        rz_name_text(text, name);
    else
        rz_name_text_relative(text, name, apex->wire);
    rz_yaml_print_scalar(writer->out, rz_str_of(text), key);
}

static bool is_name_type(uint16_t type)
{
    return type == RZ_TYPE_NS || type == RZ_TYPE_CNAME || type == RZ_TYPE_PTR
           || type == RZ_TYPE_DNAME || type == RZ_TYPE_ALIAS;
}

/* A scalar in which `${` stays what it is. */
static void write_text(struct writer *writer, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer escaped = {0};
    const char *found;
    while ((found = memmem(text.data, text.size, "${", 2))) {
        size_t before = (size_t)(found - text.data);
        rz_buffer_append(&escaped, text.data, before);
        rz_buffer_text(&escaped, "$${");
        text = (struct rz_str){found + 2, text.size - before - 2};
    }
    rz_buffer_str(&escaped, text);
    rz_yaml_print_scalar(writer->out, rz_buffer_view(&escaped), false);
}

/* A value on its line. Names are absolute where relative ones could be mistaken. */
static void write_value(struct writer *writer, uint16_t type, const uint8_t *wire, uint16_t size)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    bool plain = rz_rtype_flags(type) & RZ_RTYPE_TEXT;
    if (plain && rz_rdata_plain_text(&text, wire, size)) {
        write_text(writer, rz_buffer_view(&text));
        return;
    }
    if (is_name_type(type) && rz_name_in(wire, writer->zone->apex.wire)
        && rz_name_labels(wire) <= rz_name_labels(writer->zone->apex.wire) + 1) {
        write_name(writer, wire, false);
        return;
    }
    rz_rdata_print(&text, type, wire, size);
    if (plain)
        rz_buffer_text(writer->out, "{rdata: ");
    write_text(writer, rz_buffer_view(&text));
    if (plain)
        rz_buffer_char(writer->out, '}');
}

void rz_zone_document_write_value(struct rz_buffer *out, const struct rz_name *apex, uint16_t type,
                                  const uint8_t *wire, uint16_t size)
{
    struct rz_zone zone = {.apex = *apex};
    struct writer writer = {.out = out, .zone = &zone};
    write_value(&writer, type, wire, size);
}

/* The values behind `key:`, one on the line, several below it. */
static void write_values(struct writer *writer, const struct rz_rrset *rrset, unsigned indent)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    if (rrset->rdata_count == 1) {
        rz_rdata_next(&c);
        rz_buffer_char(writer->out, ' ');
        write_value(writer, rrset->type, c.wire, c.size);
        rz_buffer_char(writer->out, '\n');
        return;
    }
    rz_buffer_char(writer->out, '\n');
    while (rz_rdata_next(&c)) {
        rz_buffer_pad(writer->out, ' ', indent);
        rz_buffer_text(writer->out, "- ");
        write_value(writer, rrset->type, c.wire, c.size);
        rz_buffer_char(writer->out, '\n');
    }
}

static void write_ttl(struct writer *writer, unsigned indent, uint32_t ttl)
{
    rz_buffer_pad(writer->out, ' ', indent);
    rz_buffer_text(writer->out, "ttl: ");
    rz_duration_print(writer->out, ttl);
    rz_buffer_char(writer->out, '\n');
}

static void write_rrset(struct writer *writer, const struct rz_rrset *rrset, uint32_t owner_ttl)
{
    char type[RZ_RTYPE_TEXT_MAX];
    rz_buffer_printf(writer->out, "    %s:", rz_rtype_text(type, rrset->type));
    if (rrset->ttl == owner_ttl) {
        write_values(writer, rrset, 6);
        return;
    }
    rz_buffer_char(writer->out, '\n');
    write_ttl(writer, 6, rrset->ttl);
    rz_buffer_text(writer->out, "      values:");
    write_values(writer, rrset, 8);
}

static bool is_left_out(const struct writer *writer, const struct rz_rrset *rrset)
{
    return rrset == writer->soa || rrset == writer->ns || rz_rtype_is_signing(rrset->type)
           || (writer->leave_out_signer_types && rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER);
}

/* The RRsets of one owner, [first, end). */
static void write_owner(struct writer *writer, size_t first, size_t end)
{
    const struct rz_rrset *rrsets = writer->zone->rrsets;
    size_t shown = 0, last = first;
    bool same = true;
    for (size_t i = first; i < end; i++) {
        if (is_left_out(writer, &rrsets[i]))
            continue;
        same &= shown == 0 || rrsets[i].ttl == rrsets[last].ttl;
        last = i;
        shown++;
    }
    if (shown == 0)
        return;
    uint32_t owner_ttl = same ? rrsets[last].ttl : writer->ttl;
    size_t start = writer->out->size;
    rz_buffer_text(writer->out, "  ");
    write_name(writer, rrsets[first].owner, true);
    if (writer->out->size - start > SIMPLE_KEY_MAX) {
        writer->out->size = start;
        rz_buffer_text(writer->out, "  ? ");
        write_name(writer, rrsets[first].owner, true);
        rz_buffer_text(writer->out, "\n  ");
    }
    rz_buffer_text(writer->out, ":\n");
    if (owner_ttl != writer->ttl)
        write_ttl(writer, 4, owner_ttl);
    for (size_t i = first; i < end; i++)
        if (!is_left_out(writer, &rrsets[i]))
            write_rrset(writer, &rrsets[i], owner_ttl);
}

static void write_soa(struct writer *writer)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(writer->soa);
    rz_rdata_next(&c);
    size_t mname = rz_name_size(c.wire), serial = rz_soa_serial_offset(c.wire, c.size);
    char text[RZ_NAME_TEXT_MAX];
    static const char *const times[] = {"refresh", "retry", "expire", "minimum"};
    rz_buffer_text(writer->out, "soa:\n  mname: ");
    rz_yaml_print_scalar(writer->out, rz_str_of(rz_name_text(text, c.wire)), false);
    rz_buffer_text(writer->out, "\n  rname: ");
    rz_yaml_print_scalar(writer->out, rz_str_of(rz_name_text(text, c.wire + mname)), false);
    rz_buffer_char(writer->out, '\n');
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *at = c.wire + serial + 4 + 4 * i;
        uint32_t seconds = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8
                           | at[3];
        rz_buffer_printf(writer->out, "  %s: ", times[i]);
        rz_duration_print(writer->out, seconds);
        rz_buffer_char(writer->out, '\n');
    }
    if (writer->soa->ttl != writer->ttl)
        write_ttl(writer, 2, writer->soa->ttl);
}

/* `soa:` holds what fits its fields; an SOA with times over 2^31-1 stays a plain record. */
static bool fits_soa_fields(const struct rz_rrset *soa)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(soa);
    rz_rdata_next(&c);
    size_t serial = rz_soa_serial_offset(c.wire, c.size);
    for (size_t i = 0; serial && i < 4; i++)
        if (c.wire[serial + 4 + 4 * i] & 0x80)
            return false;
    return serial != 0;
}

void rz_zone_document_write(struct rz_buffer *out, const struct rz_zone *zone,
                            bool leave_out_signer_types)
{
    struct writer writer = {.out = out,
                            .zone = zone,
                            .ttl = common_ttl(zone),
                            .leave_out_signer_types = leave_out_signer_types};
    char text[RZ_NAME_TEXT_MAX];
    writer.soa = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_SOA);
    writer.ns = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_NS);
    if (writer.soa && !fits_soa_fields(writer.soa))
        writer.soa = NULL;
    if (writer.ns && writer.ns->ttl != writer.ttl)
        writer.ns = NULL;
    rz_buffer_text(out, "zone: ");
    rz_yaml_print_scalar(out, rz_str_of(rz_name_text_plain(text, zone->apex.wire)), false);
    rz_buffer_char(out, '\n');
    write_ttl(&writer, 0, writer.ttl);
    if (writer.soa)
        write_soa(&writer);
    if (writer.ns) {
        rz_buffer_text(out, "nameservers:");
        write_values(&writer, writer.ns, 2);
    }
    rz_zone_document_write_dnssec(out, zone);
    rz_buffer_text(out, "records:\n");
    for (size_t i = 0, end; i < zone->count; i = end) {
        for (end = i + 1;
             end < zone->count && rz_name_equal(zone->rrsets[i].owner, zone->rrsets[end].owner);)
            end++;
        write_owner(&writer, i, end);
    }
}
