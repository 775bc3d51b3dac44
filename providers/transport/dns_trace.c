/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages for --trace: what was asked, how it was answered, and the message in hexadecimal. A
 * message holds no secret: a TSIG is a digest that the key cannot be had from. */
#include <inttypes.h>
#include <stdio.h>

#include "dns/rtype.h"
#include "transport/dns_internal.h"

#define SHOWN_OCTETS 1024

static const char *opcode_text(unsigned opcode)
{
    return opcode == KNOT_OPCODE_QUERY    ? "QUERY"
           : opcode == KNOT_OPCODE_UPDATE ? "UPDATE"
                                          : "OPCODE";
}

static void summarise(struct rz_buffer *out, const struct rz_dns_peer *peer, const uint8_t *wire,
                      size_t size)
{
    char text[RZ_DNS_PEER_TEXT], rcode[16], name[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_buffer_printf(out, "%s, %zu octets", rz_dns_peer_text(text, peer), size);
    if (size < RZ_DNS_HEADER)
        return;
    rz_buffer_printf(out, ", %s %s id %u", opcode_text(knot_wire_get_opcode(wire)),
                     rz_dns_rcode_text(rcode, knot_wire_get_rcode(wire)), knot_wire_get_id(wire));
    rz_buffer_printf(out, ", %u/%u/%u/%u records", knot_wire_get_qdcount(wire),
                     knot_wire_get_ancount(wire), knot_wire_get_nscount(wire),
                     knot_wire_get_arcount(wire));
    size_t named = rz_name_check(wire + RZ_DNS_HEADER, size - RZ_DNS_HEADER);
    if (named == 0 || knot_wire_get_qdcount(wire) == 0 || RZ_DNS_HEADER + named + 4 > size)
        return;
    const uint8_t *end = wire + RZ_DNS_HEADER + named;
    rz_buffer_printf(out, ", %s %s", rz_name_text(name, wire + RZ_DNS_HEADER),
                     rz_rtype_text(type, (uint16_t)(end[0] << 8 | end[1])));
}

void rz_dns_trace(const struct rz_dns_peer *peer, const char *kind, const uint8_t *wire,
                  size_t size)
{
    static const char digits[] = "0123456789abcdef";
    struct rz_context *context = peer->context;
    if (!context->trace)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer summary = {0}, octets = {0};
    summarise(&summary, peer, wire, size);
    for (size_t i = 0; i < size && i < SHOWN_OCTETS; i++) {
        rz_buffer_char(&octets, digits[wire[i] >> 4]);
        rz_buffer_char(&octets, digits[wire[i] & 15]);
    }
    rz_trace_write(context->trace, context, kind, rz_buffer_view(&summary),
                   rz_buffer_view(&octets));
}
