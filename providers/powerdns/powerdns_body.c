/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes as the JSON of a PATCH. No `comments` member is sent, so that those of an RRset stay. */
#include <stdlib.h>

#include "powerdns/powerdns.h"

void rz_powerdns_body_free(struct rz_powerdns_body *body)
{
    rz_buffer_free(&body->deletes);
    rz_buffer_free(&body->replaces);
}

void rz_powerdns_body_reset(struct rz_powerdns_body *body)
{
    rz_buffer_reset(&body->deletes);
    rz_buffer_reset(&body->replaces);
}

size_t rz_powerdns_body_size(const struct rz_powerdns_body *body)
{
    return body->deletes.size + body->replaces.size + sizeof "{\"rrsets\":[,]}";
}

static void write_head(struct rz_buffer *out, const uint8_t *owner, uint16_t type,
                       const char *changetype)
{
    char name[RZ_NAME_TEXT_MAX], text[RZ_RTYPE_TEXT_MAX];
    rz_buffer_text(out, "{\"name\":");
    rz_json_write(out, rz_str_of(rz_name_text(name, owner)));
    rz_buffer_text(out, ",\"type\":\"");
    rz_buffer_text(out, rz_powerdns_type_text(text, type));
    rz_buffer_char(out, '"');
    if (changetype) {
        rz_buffer_text(out, ",\"changetype\":\"");
        rz_buffer_text(out, changetype);
        rz_buffer_char(out, '"');
    }
}

static void write_record(struct rz_buffer *out, struct rz_str content, bool disabled, bool first)
{
    if (!first)
        rz_buffer_char(out, ',');
    rz_buffer_text(out, "{\"content\":");
    rz_json_write(out, content);
    rz_buffer_text(out, disabled ? ",\"disabled\":true}" : ",\"disabled\":false}");
}

/* RDATA of an SOA with another serial. */
static void print_soa(struct rz_buffer *out, const uint8_t *wire, uint16_t size, uint32_t serial)
{
    uint8_t copy[2 * RZ_NAME_MAX + 20];
    size_t at = rz_soa_serial_offset(wire, size);
    if (at == 0 || size > sizeof copy) {
        rz_powerdns_print(out, RZ_TYPE_SOA, wire, size);
        return;
    }
    memcpy(copy, wire, size);
    for (int i = 0; i < 4; i++)
        copy[at + (size_t)i] = (uint8_t)(serial >> (24 - 8 * i));
    rz_powerdns_print(out, RZ_TYPE_SOA, copy, size);
}

void rz_powerdns_write_rrset(struct rz_buffer *out, const struct rz_rrset *rrset,
                             const char *changetype, uint32_t serial,
                             const struct rz_powerdns_disabled *disabled, size_t count)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    write_head(out, rrset->owner, rrset->type, changetype);
    rz_buffer_text(out, ",\"ttl\":");
    rz_buffer_uint(out, rrset->ttl);
    rz_buffer_text(out, ",\"records\":[");
    bool first = true;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c); first = false) {
        rz_buffer_reset(&content);
        if (rrset->type == RZ_TYPE_SOA)
            print_soa(&content, c.wire, c.size, serial);
        else
            rz_powerdns_print(&content, rrset->type, c.wire, c.size);
        write_record(out, rz_buffer_view(&content), false, first);
    }
    for (size_t i = 0; i < count; i++) {
        /* A record is there once: switched on, the disabled one is gone. */
        if (disabled[i].wire && rz_rrset_contains(rrset, disabled[i].wire, disabled[i].size))
            continue;
        write_record(out, rz_str_of(disabled[i].content), true, first);
        first = false;
    }
    rz_buffer_text(out, "]}");
}

static void write_only_disabled(struct rz_buffer *out, const struct rz_rrset *gone,
                                const struct rz_powerdns_disabled *disabled, size_t count)
{
    write_head(out, gone->owner, gone->type, "REPLACE");
    rz_buffer_printf(out, ",\"ttl\":%u,\"records\":[", disabled[0].ttl);
    for (size_t i = 0; i < count; i++)
        write_record(out, rz_str_of(disabled[i].content), true, i == 0);
    rz_buffer_text(out, "]}");
}

void rz_powerdns_body_add(struct rz_powerdns_body *body, struct rz_change change,
                          const struct rz_powerdns_disabled *disabled, size_t count)
{
    struct rz_buffer *out = change.after ? &body->replaces : &body->deletes;
    if (out->size)
        rz_buffer_char(out, ',');
    if (change.after) {
        rz_powerdns_write_rrset(out, change.after, "REPLACE", body->serial, disabled, count);
    } else if (count) {
        write_only_disabled(out, change.before, disabled, count);
    } else {
        write_head(out, change.before->owner, change.before->type, "DELETE");
        rz_buffer_char(out, '}');
    }
}

void rz_powerdns_body_write(struct rz_buffer *out, const struct rz_powerdns_body *body)
{
    rz_buffer_text(out, "{\"rrsets\":[");
    rz_buffer_str(out, rz_buffer_view(&body->deletes));
    if (body->deletes.size && body->replaces.size)
        rz_buffer_char(out, ',');
    rz_buffer_str(out, rz_buffer_view(&body->replaces));
    rz_buffer_text(out, "]}");
}

/* "RRset NAME IN TYPE: …", "Record NAME IN TYPE …" and "Record NAME/TYPE 'CONTENT': …", where names
 * may have slashes but no spaces. */
static bool split_blame(struct rz_str error, struct rz_str *name, struct rz_str *type)
{
    bool record = rz_str_starts_with(error, "Record ");
    if (!record && !rz_str_starts_with(error, "RRset "))
        return false;
    const char *start = error.data + (record ? 7 : 6), *end = error.data + error.size;
    const char *space = memchr(start, ' ', (size_t)(end - start));
    if (!space)
        return false;
    const char *slash = memrchr(start, '/', (size_t)(space - start));
    const char *from = end - space > 4 && memcmp(space, " IN ", 4) == 0 ? space + 4
                       : slash                                          ? slash + 1
                                                                        : NULL;
    if (!from)
        return false;
    const char *to = from;
    while (to < end && *to != ' ' && *to != ':')
        to++;
    *name = (struct rz_str){start, (size_t)((from == space + 4 ? space : slash) - start)};
    *type = (struct rz_str){from, (size_t)(to - from)};
    return true;
}

const struct rz_rrset *rz_powerdns_blamed(struct rz_str error, const struct rz_zone *zone)
{
    struct rz_str name, type;
    struct rz_name owner;
    uint16_t code;
    const char *why;
    if (!zone || !split_blame(error, &name, &type)
        || rz_name_parse(&owner, name, NULL, &why) != RZ_OK || !rz_powerdns_type_parse(&code, type))
        return NULL;
    return rz_zone_find(zone, owner.wire, code);
}

bool rz_powerdns_takes_type(uint16_t type)
{
    return !(rz_rtype_flags(type) & RZ_RTYPE_META);
}

/* Octets that the API allows in owners. */
static bool is_plain(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-'
           || octet == '_' || octet == '/';
}

const char *rz_powerdns_refuses(const struct rz_provider *provider, const struct rz_rrset *rrset)
{
    (void)provider;
    const uint8_t *label = rrset->owner;
    if (rz_name_is_wildcard(label))
        label += 1 + *label;
    for (; *label; label += 1 + *label)
        for (unsigned i = 1; i <= *label; i++)
            if (!is_plain(label[i]))
                return "PowerDNS takes letters, digits, `-`, `_` and `/` in owners, and `*` only as "
                       "the first label";
    const char *why = NULL;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); !why && rz_rdata_next(&c);)
        why = rz_powerdns_refuses_rdata(rrset->type, c.wire, c.size);
    return why;
}
