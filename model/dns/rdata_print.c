/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Canonical wire form to presentation form. Addresses, single names and character strings are
 * printed here, since whole zones are; the rest is libknot's. */
#include <arpa/inet.h>
#include <libknot/libknot.h>
#include <string.h>

#include "dns/forward.h"
#include "dns/signing.h"
#include "dns/rdata.h"
#include "dns/rtype.h"

/* RFC 3597 §5. */
static void print_generic(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    static const char digits[] = "0123456789abcdef";
    rz_buffer_printf(out, "\\# %u", size);
    char *room = size ? rz_buffer_reserve(out, 2u * size + 1) : NULL;
    if (!room)
        return;
    *room++ = ' ';
    for (size_t i = 0; i < size; i++) {
        *room++ = digits[wire[i] >> 4];
        *room++ = digits[wire[i] & 15];
    }
    *room = '\0';
    out->size += 2u * size + 1;
}

static void print_string(struct rz_buffer *out, const uint8_t *octets, size_t size)
{
    char *start = rz_buffer_reserve(out, 4 * size + 2), *room = start;
    if (!room)
        return;
    *room++ = '"';
    for (size_t i = 0; i < size; i++) {
        uint8_t c = octets[i];
        if (c == '"' || c == '\\') {
            *room++ = '\\';
            *room++ = (char)c;
        } else if (c >= ' ' && c < 0x7F) {
            *room++ = (char)c;
        } else {
            *room++ = '\\';
            *room++ = (char)('0' + c / 100);
            *room++ = (char)('0' + c / 10 % 10);
            *room++ = (char)('0' + c % 10);
        }
    }
    *room++ = '"';
    *room = '\0';
    out->size += (size_t)(room - start);
}

static void print_strings(struct rz_buffer *out, const uint8_t *wire, size_t size)
{
    for (size_t at = 0; at < size; at += 1u + wire[at]) {
        if (at)
            rz_buffer_char(out, ' ');
        print_string(out, wire + at + 1, wire[at]);
    }
}

static void print_name(struct rz_buffer *out, const uint8_t *wire)
{
    char text[RZ_NAME_TEXT_MAX];
    rz_buffer_text(out, rz_name_text(text, wire));
}

static void print_signing(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    struct rz_signing signing;
    if (rz_signing_from_wire(&signing, wire, size))
        rz_signing_print(out, &signing);
}

static void print_signing_key(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    struct rz_signing_key key;
    if (rz_signing_key_from_wire(&key, wire, size))
        rz_signing_key_print(out, &key);
}

static void print_forward(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    struct rz_forward forward;
    if (rz_forward_from_wire(&forward, wire, size))
        rz_forward_print(out, &forward);
}

/* The types printed here; false leaves the type to libknot. */
static bool print_known(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    char text[RZ_RTYPE_TEXT_MAX], address[INET6_ADDRSTRLEN];
    switch (type) {
    case RZ_TYPE_A: rz_buffer_text(out, rz_ipv4_text(address, wire)); return true;
    case RZ_TYPE_AAAA:
        rz_buffer_text(out, inet_ntop(AF_INET6, wire, address, sizeof address));
        return true;
    case RZ_TYPE_NS:
    case RZ_TYPE_CNAME:
    case RZ_TYPE_PTR:
    case RZ_TYPE_DNAME:
    case RZ_TYPE_ALIAS: print_name(out, wire); return true;
    case RZ_TYPE_MX:
        rz_buffer_uint(out, (uint64_t)wire[0] << 8 | wire[1]);
        rz_buffer_char(out, ' ');
        print_name(out, wire + 2);
        return true;
    case RZ_TYPE_TXT:
    case RZ_TYPE_SPF: print_strings(out, wire, size); return true;
    case RZ_TYPE_LUA:
        rz_buffer_printf(out, "%s ", rz_rtype_text(text, (uint16_t)(wire[0] << 8 | wire[1])));
        print_strings(out, wire + 2, size - 2u);
        return true;
    case RZ_TYPE_FORWARD: print_forward(out, wire, size); return true;
    case RZ_TYPE_DNSSEC: print_signing(out, wire, size); return true;
    case RZ_TYPE_DNSSECKEY: print_signing_key(out, wire, size); return true;
    case RZ_TYPE_CAA:
        rz_buffer_printf(out, "%u %.*s ", wire[0], wire[1], (const char *)wire + 2);
        print_string(out, wire + 2 + wire[1], size - 2u - wire[1]);
        return true;
    default: return false;
    }
}

/* A CAA tag is letters and digits (RFC 8659 §4.1.1); other octets would not read back. */
static bool is_plain_tag(const uint8_t *wire)
{
    for (size_t i = 0; i < wire[1]; i++) {
        uint8_t c = wire[2 + i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}

static bool print_by_libknot(struct rz_buffer *out, uint16_t type, const uint8_t *wire,
                             uint16_t size)
{
    uint8_t set[2 + RZ_RDATA_MAX + 1];
    memcpy(set, &size, sizeof size);
    memcpy(set + 2, wire, size);
    knot_dname_t root[] = {0};
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, root, type, KNOT_CLASS_IN, 0);
    rrset.rrs.count = 1;
    rrset.rrs.size = (uint32_t)knot_rdata_size(size);
    rrset.rrs.rdata = (knot_rdata_t *)(void *)set;
    knot_dump_style_t style = KNOT_DUMP_STYLE_DEFAULT;
    style.wrap = false;
    style.human_ttl = false;
    style.human_timestamp = true;
    style.verbose = false;
    size_t room = 1024 + 5u * size;
    char *text = rz_buffer_reserve(out, room);
    if (!text)
        return true; /* over the buffer's own limit: nothing more is printed */
    int written = knot_rrset_txt_dump_data(&rrset, 0, text, room, &style);
    if (written <= 0) {
        *text = '\0';
        return false;
    }
    while (written > 0 && text[written - 1] == ' ')
        text[--written] = '\0';
    out->size += (size_t)written;
    return true;
}

/* Types that libknot prints for any octets rz_rdata_canonical lets pass so that they read back. Others
 * are read back to be sure: not every printer of libknot has its match in libzscanner. */
static bool prints_faithfully(uint16_t type)
{
    return type == RZ_TYPE_SOA || type == RZ_TYPE_SRV || type == RZ_TYPE_DS
           || type == RZ_TYPE_DNSKEY;
}

static bool reads_back(uint16_t type, struct rz_str text, const uint8_t *wire, uint16_t size)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_rdata again;
    const char *why;
    bool same = rz_rdata_read(reader, type, text, NULL, &again, &why) == RZ_OK && again.size == size
                && memcmp(again.wire, wire, size) == 0;
    rz_rdata_reader_free(reader);
    return same;
}

static bool print_checked(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    size_t start = out->size;
    if (!knot_get_rdata_descriptor(type)->type_name || !print_by_libknot(out, type, wire, size))
        return false;
    struct rz_str text = {out->data + start, out->size - start};
    if (out->overflow || prints_faithfully(type) || reads_back(type, text, wire, size))
        return true;
    out->size = start;
    out->data[start] = '\0';
    return false;
}

void rz_rdata_print(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    uint8_t copy[RZ_RDATA_MAX];
    bool fixed = (type == RZ_TYPE_A && size == 4) || (type == RZ_TYPE_AAAA && size == 16);
    if (!fixed) {
        memcpy(copy, wire, size);
        fixed = rz_rdata_canonical(type, copy, size) == RZ_OK
                && (type != RZ_TYPE_CAA || is_plain_tag(wire));
    }
    if (!fixed || (!print_known(out, type, wire, size) && !print_checked(out, type, wire, size)))
        print_generic(out, wire, size);
}

bool rz_rdata_plain_text(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    size_t total = 0;
    for (size_t at = 0; at < size; at += 1u + wire[at]) {
        bool last = at + 1u + wire[at] == size;
        if ((wire[at] != 255 && !last) || (last && wire[at] == 0 && at > 0)
            || at + 1u + wire[at] > size)
            return false;
        total += wire[at];
    }
    size_t start = out->size;
    char *room = rz_buffer_reserve(out, total);
    if (!room || size == 0)
        return false;
    for (size_t at = 0; at < size; at += 1u + wire[at]) {
        memcpy(room, wire + at + 1, wire[at]);
        room += wire[at];
    }
    struct rz_str text = {out->data + start, total};
    *room = '\0';
    if (memchr(text.data, 0, text.size) || !rz_str_is_utf8(text)) {
        out->data[start] = '\0';
        return false;
    }
    out->size += total;
    return true;
}
