/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing canonical master files: the same zone gives the same octets, and a changed record changes
 * only its own line. */
#include <string.h>

#include "dns/master_file.h"
#include "dns/rtype.h"
#include "support/alloc.h"

#define OWNER_COLUMN 24
#define TTL_COLUMN 8
#define TYPE_COLUMN 8

struct writer {
    struct rz_buffer *out;
    const struct rz_zone *zone;
    const struct rz_master_file_style *style;
    uint32_t default_ttl;
    const uint8_t *owner; /* whose text is in owner_text */
    size_t owner_size;
    char owner_text[RZ_NAME_TEXT_MAX + OWNER_COLUMN];
    uint16_t type; /* whose text is in type_text */
    size_t type_size;
    char type_text[RZ_RTYPE_TEXT_MAX + TYPE_COLUMN];
};

#define TTL_SLOTS 64

/* The TTL that most RRsets have, the smallest of equals, so that most lines need none. Zones use few
 * TTLs; where there are more than slots, those met first compete. */
static uint32_t common_ttl(const struct rz_zone *zone)
{
    struct {
        uint32_t ttl;
        size_t count;
    } slots[TTL_SLOTS];
    size_t used = 0, best = 0;
    for (size_t i = 0, last = 0; i < zone->count; i++) {
        uint32_t ttl = zone->rrsets[i].ttl;
        if (!used || slots[last].ttl != ttl) {
            for (last = 0; last < used && slots[last].ttl != ttl; last++)
                ;
            if (last == used && used < TTL_SLOTS)
                slots[used++].ttl = ttl, slots[last].count = 0;
            else if (last == used)
                last = 0;
        }
        slots[last].count += slots[last].ttl == ttl;
    }
    for (size_t i = 1; i < used; i++)
        if (slots[i].count > slots[best].count
            || (slots[i].count == slots[best].count && slots[i].ttl < slots[best].ttl))
            best = i;
    return used ? slots[best].ttl : 3600;
}

/* Labels of letters, digits, `-`, `_` and `*` need no escapes. 0 where a name has others. */
static size_t plain_owner(char *text, const uint8_t *name, const uint8_t *stop)
{
    char *out = text;
    while (name < stop) {
        unsigned size = *name++;
        for (unsigned i = 0; i < size; i++) {
            uint8_t c = name[i];
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'
                  || c == '*'))
                return 0;
            out[i] = (char)c;
        }
        out += size;
        name += size;
        *out++ = '.';
    }
    return out > text ? (size_t)(out - 1 - text) : 0;
}

static size_t pad(char *text, size_t size, size_t column)
{
    do
        text[size++] = ' ';
    while (size < column);
    return size;
}

static void set_owner(struct writer *writer, const uint8_t *owner)
{
    if (writer->owner == owner)
        return;
    const uint8_t *apex = writer->zone->apex.wire;
    const uint8_t *stop = owner + rz_name_size(owner) - writer->zone->apex.size;
    size_t size = plain_owner(writer->owner_text, owner, stop);
    if (!size) {
        rz_name_text_relative(writer->owner_text, owner, apex);
        size = strlen(writer->owner_text);
    }
    writer->owner_size = pad(writer->owner_text, size, OWNER_COLUMN);
    writer->owner = owner;
}

static void set_type(struct writer *writer, uint16_t type)
{
    if (writer->type == type && writer->type_size)
        return;
    rz_rtype_text(writer->type_text, type);
    writer->type_size = pad(writer->type_text, strlen(writer->type_text), TYPE_COLUMN);
    writer->type = type;
}

static void write_ttl(struct writer *writer, uint32_t ttl)
{
    if (ttl == writer->default_ttl) {
        rz_buffer_pad(writer->out, ' ', TTL_COLUMN);
        return;
    }
    size_t before = writer->out->size;
    rz_buffer_uint(writer->out, ttl);
    size_t size = writer->out->size - before;
    rz_buffer_pad(writer->out, ' ', size < TTL_COLUMN ? TTL_COLUMN - size : 1);
}

static void write_origin(struct writer *writer, const struct rz_rrset *rrset)
{
    const char *file = rz_zone_origin_file(writer->zone, rrset);
    if (!file)
        return;
    rz_buffer_text(writer->out, " ; ");
    rz_buffer_visible(writer->out, rz_str_of(file));
    if (rrset->line)
        rz_buffer_printf(writer->out, ":%u", rrset->line);
}

/* Signatures of different types share an RRset and not a TTL: each has that of what it is of (RFC 4034
 * §3.1.4), which stands in it. */
static uint32_t ttl_of(const struct rz_rrset *rrset, const struct rz_rdata_cursor *record)
{
    const uint8_t *at = record->wire + 4;
    if (rrset->type != RZ_TYPE_RRSIG || record->size < 18)
        return rrset->ttl;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_rrset(struct writer *writer, const struct rz_rrset *rrset)
{
    bool first = writer->style->origins;
    set_owner(writer, rrset->owner);
    set_type(writer, rrset->type);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c); first = false) {
        rz_buffer_append(writer->out, writer->owner_text, writer->owner_size);
        write_ttl(writer, ttl_of(rrset, &c));
        rz_buffer_append(writer->out, writer->type_text, writer->type_size);
        rz_rdata_print(writer->out, rrset->type, c.wire, c.size);
        if (first)
            write_origin(writer, rrset);
        rz_buffer_char(writer->out, '\n');
    }
}

void rz_master_file_write_styled(struct rz_buffer *out, const struct rz_zone *zone,
                                 const struct rz_master_file_style *style)
{
    static const struct rz_master_file_style plain;
    struct writer writer = {.out = out, .zone = zone, .style = style ? style : &plain};
    char apex[RZ_NAME_TEXT_MAX];
    writer.default_ttl = common_ttl(zone);
    rz_buffer_printf(out, "$ORIGIN %s\n$TTL %u\n", rz_name_text(apex, zone->apex.wire),
                     writer.default_ttl);
    const struct rz_rrset *soa = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_SOA);
    const struct rz_rrset *written = writer.style->soa ? writer.style->soa : soa;
    if (written)
        write_rrset(&writer, written);
    for (size_t i = 0; i < zone->count; i++)
        if (&zone->rrsets[i] != soa)
            write_rrset(&writer, &zone->rrsets[i]);
}

void rz_master_file_write(struct rz_buffer *out, const struct rz_zone *zone)
{
    rz_master_file_write_styled(out, zone, NULL);
}
