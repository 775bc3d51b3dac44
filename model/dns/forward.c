/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FORWARD records between text and wire form. */
#include "dns/forward.h"

#include <arpa/inet.h>
#include <string.h>

#define FIELDS 4

bool rz_forward_set_address(struct rz_forward *forward, const char *address)
{
    memset(forward->address, 0, sizeof forward->address);
    forward->family = inet_pton(AF_INET, address, forward->address) == 1    ? 4
                      : inet_pton(AF_INET6, address, forward->address) == 1 ? 6
                                                                            : 0;
    return forward->family != 0;
}

bool rz_forward_is_unusable(const struct rz_forward *forward)
{
    static const uint8_t unspecified[16];
    const uint8_t *address = forward->address;
    if (forward->family == 4) /* 0.0.0.0/8, 224.0.0.0/4, 255.255.255.255 */
        return address[0] == 0 || (address[0] & 0xf0) == 0xe0
               || memcmp(address, "\xff\xff\xff\xff", 4) == 0;
    return forward->family == 6 && (address[0] == 0xff || memcmp(address, unspecified, 16) == 0);
}

static bool read_address(struct rz_forward *forward, struct rz_str text)
{
    char copy[RZ_FORWARD_ADDRESS_MAX];
    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return rz_forward_set_address(forward, copy);
}

/* The one record without a target is `0 - 0 .`. */
static bool is_consistent(const struct rz_forward *forward)
{
    if (forward->family)
        return forward->port != 0;
    return forward->priority == 0 && forward->port == 0 && forward->tls.size == 1;
}

enum rz_status rz_forward_parse(struct rz_forward *forward, struct rz_str text, const char **why)
{
    static const uint8_t root[] = {0};
    struct rz_str words[FIELDS];
    *forward = (struct rz_forward){0};
    *why = "it must be `PRIORITY ADDRESS PORT TLS-NAME`, such as `10 192.0.2.53 53 .`";
    if (rz_str_words(text, words, FIELDS) != FIELDS || !rz_str_uint16(words[0], &forward->priority)
        || !rz_str_uint16(words[2], &forward->port))
        return RZ_INVALID;
    *why =
        "its second word must be an IPv4 or IPv6 address, or `-` for a name that is not forwarded";
    if (!rz_str_is(words[1], "-") && !read_address(forward, words[1]))
        return RZ_INVALID;
    if (rz_name_parse(&forward->tls, words[3], root, why) != RZ_OK)
        return RZ_INVALID;
    *why = forward->family ? "the port 0 cannot be asked"
                           : "a name that is not forwarded is written `0 - 0 .`";
    return is_consistent(forward) ? RZ_OK : RZ_INVALID;
}

static size_t address_size(uint8_t family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

size_t rz_forward_to_wire(const struct rz_forward *forward, uint8_t wire[RZ_FORWARD_WIRE_MAX])
{
    size_t octets = address_size(forward->family);
    wire[0] = (uint8_t)(forward->priority >> 8);
    wire[1] = (uint8_t)forward->priority;
    wire[2] = (uint8_t)(forward->port >> 8);
    wire[3] = (uint8_t)forward->port;
    wire[4] = forward->family;
    memcpy(wire + 5, forward->address, octets);
    memcpy(wire + 5 + octets, forward->tls.wire, forward->tls.size);
    return 5 + octets + forward->tls.size;
}

bool rz_forward_from_wire(struct rz_forward *forward, const uint8_t *wire, size_t size)
{
    *forward = (struct rz_forward){0};
    if (size < 6 || (wire[4] != 0 && wire[4] != 4 && wire[4] != 6))
        return false;
    size_t octets = address_size(wire[4]), left = size - 5;
    if (left <= octets || rz_name_check(wire + 5 + octets, left - octets) != left - octets)
        return false;
    forward->priority = (uint16_t)(wire[0] << 8 | wire[1]);
    forward->port = (uint16_t)(wire[2] << 8 | wire[3]);
    forward->family = wire[4];
    memcpy(forward->address, wire + 5, octets);
    rz_name_copy(&forward->tls, wire + 5 + octets);
    return is_consistent(forward);
}

size_t rz_forward_name_at(const uint8_t *wire)
{
    return 5 + address_size(wire[4]);
}

char *rz_forward_address(char text[RZ_FORWARD_ADDRESS_MAX], const struct rz_forward *forward)
{
    if (forward->family)
        inet_ntop(forward->family == 4 ? AF_INET : AF_INET6, forward->address, text,
                  RZ_FORWARD_ADDRESS_MAX);
    else
        memcpy(text, "-", 2);
    return text;
}

void rz_forward_print(struct rz_buffer *out, const struct rz_forward *forward)
{
    char address[RZ_FORWARD_ADDRESS_MAX], name[RZ_NAME_TEXT_MAX];
    rz_buffer_printf(out, "%u %s %u %s", forward->priority, rz_forward_address(address, forward),
                     forward->port, rz_name_text(name, forward->tls.wire));
}

bool rz_forward_is_exception(const struct rz_rrset *rule)
{
    struct rz_forward forward;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);)
        if (rz_forward_from_wire(&forward, c.wire, c.size) && forward.family == 0)
            return true;
    return false;
}
