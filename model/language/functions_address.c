/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of IP addresses and networks. IPv6 is printed as RFC 5952 has it. */
#include <arpa/inet.h>
#include <stdio.h>

#include "language/functions.h"

/* An address as a number of `bits` bits, most significant half first. */
struct address {
    uint64_t high, low;
    unsigned bits;   /* 32 or 128 */
    unsigned prefix; /* of a network; `bits` for one address */
};

static uint64_t read_octets(const uint8_t *octets, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | octets[i];
    return number;
}

static void write_octets(uint8_t *octets, size_t count, uint64_t number)
{
    for (; count--; number >>= 8)
        octets[count] = (uint8_t)number;
}

static bool read_address(struct rz_str text, struct address *address)
{
    uint8_t octets[16];
    if (strlen(text.data) != text.size)
        return false;
    if (inet_pton(AF_INET, text.data, octets) == 1)
        *address = (struct address){.low = read_octets(octets, 4), .bits = 32, .prefix = 32};
    else if (inet_pton(AF_INET6, text.data, octets) == 1)
        *address = (struct address){read_octets(octets, 8), read_octets(octets + 8, 8), 128, 128};
    else
        return false;
    return true;
}

/* Ones in the first `prefix` bits. */
static struct address mask_of(const struct address *network)
{
    struct address mask = *network;
    unsigned host = network->bits - network->prefix;
    mask.low = host >= 64 ? 0 : UINT64_MAX << host;
    mask.high = host >= 128 ? 0 : host > 64 ? UINT64_MAX << (host - 64) : UINT64_MAX;
    return mask;
}

/* ADDRESS/LENGTH; bits behind the length become zero. */
static bool read_network(struct rz_str text, struct address *network)
{
    char copy[INET6_ADDRSTRLEN];
    const char *slash = memchr(text.data, '/', text.size);
    size_t size = slash ? (size_t)(slash - text.data) : 0,
           digits = slash ? text.size - size - 1 : 0;
    unsigned prefix = 0;
    if (digits < 1 || digits > 3 || size >= sizeof copy)
        return false;
    memcpy(copy, text.data, size);
    copy[size] = '\0';
    for (size_t i = 1; i <= digits; i++) {
        if (slash[i] < '0' || slash[i] > '9')
            return false;
        prefix = prefix * 10 + (unsigned)(slash[i] - '0');
    }
    if (!read_address((struct rz_str){copy, size}, network) || prefix > network->bits)
        return false;
    network->prefix = prefix;
    struct address mask = mask_of(network);
    network->high &= mask.high;
    network->low &= mask.low;
    return true;
}

/* Adds to an address; false where it leaves the numbers of its family. */
static bool add(struct address *address, uint64_t high, uint64_t low)
{
    uint64_t carry = __builtin_add_overflow(address->low, low, &address->low);
    bool overflow = __builtin_add_overflow(address->high, high, &address->high);
    overflow |= __builtin_add_overflow(address->high, carry, &address->high);
    return !overflow
           && (address->bits == 128 || (address->high == 0 && address->low <= UINT32_MAX));
}

static bool subtract(struct address *address, uint64_t low)
{
    uint64_t borrow = __builtin_sub_overflow(address->low, low, &address->low);
    return !__builtin_sub_overflow(address->high, borrow, &address->high);
}

static bool add_signed(struct address *address, int64_t number)
{
    return number < 0 ? subtract(address, (uint64_t)0 - (uint64_t)number)
                      : add(address, 0, (uint64_t)number);
}

static bool is_inside(const struct address *network, const struct address *address)
{
    struct address mask = mask_of(network);
    return network->bits == address->bits && (address->high & mask.high) == network->high
           && (address->low & mask.low) == network->low;
}

/* `prefix` is printed where it is a network's. */
static struct rz_value address_text(struct rz_call *call, const struct address *address,
                                    bool network)
{
    uint8_t octets[16];
    char text[INET6_ADDRSTRLEN + 5];
    bool v4 = address->bits == 32;
    write_octets(octets, v4 ? 4 : 8, v4 ? address->low : address->high);
    if (!v4)
        write_octets(octets + 8, 8, address->low);
    if (v4)
        rz_ipv4_text(text, octets);
    else
        inet_ntop(AF_INET6, octets, text, INET6_ADDRSTRLEN);
    if (network)
        sprintf(text + strlen(text), "/%u", address->prefix);
    return rz_call_text(call, rz_str_of(text));
}

static struct rz_value no_address(struct rz_call *call, uint32_t i, const char *what)
{
    const struct rz_value *value = &call->arguments[i];
    return rz_call_fail(call, "`%.*s` is no %s", value->count < 80 ? (int)value->count : 80,
                        value->text, what);
}

#define NETWORK_TEXT "network such as 192.0.2.0/24 or 2001:db8::/48"

static struct rz_value call_cidr_host(struct rz_call *call)
{
    struct address network, host;
    int64_t number = call->arguments[1].integer;
    if (!read_network(rz_value_str(&call->arguments[0]), &network))
        return no_address(call, 0, NETWORK_TEXT);
    host = network;
    if (number < 0) { /* from the last address backwards */
        struct address mask = mask_of(&network);
        host.high |= network.bits == 128 ? ~mask.high : 0;
        host.low |= network.bits == 128 ? ~mask.low : ~mask.low & UINT32_MAX;
        number++;
    }
    if (!add_signed(&host, number) || !is_inside(&network, &host))
        return rz_call_fail(call, "the network has no host %lld",
                            (long long)call->arguments[1].integer);
    return address_text(call, &host, false);
}

static struct rz_value call_cidr_subnet(struct rz_call *call)
{
    struct address subnet;
    int64_t bits = call->arguments[1].integer, number = call->arguments[2].integer;
    if (!read_network(rz_value_str(&call->arguments[0]), &subnet))
        return no_address(call, 0, NETWORK_TEXT);
    if (bits < 0 || bits > (int64_t)(subnet.bits - subnet.prefix))
        return rz_call_fail(call, "the network has %u bits for hosts", subnet.bits - subnet.prefix);
    if (number < 0 || (bits < 63 && number >> bits))
        return rz_call_fail(call, "%lld bits make no subnet %lld", (long long)bits,
                            (long long)number);
    subnet.prefix += (unsigned)bits;
    unsigned shift = subnet.bits - subnet.prefix;
    uint64_t index = (uint64_t)number;
    uint64_t high = shift >= 128  ? 0
                    : shift >= 64 ? index << (shift - 64)
                    : shift       ? index >> (64 - shift)
                                  : 0;
    add(&subnet, high, shift >= 64 ? 0 : index << shift);
    return address_text(call, &subnet, true);
}

static struct rz_value call_cidr_contains(struct rz_call *call)
{
    struct address network, other;
    if (!read_network(rz_value_str(&call->arguments[0]), &network))
        return no_address(call, 0, NETWORK_TEXT);
    if (!read_address(rz_value_str(&call->arguments[1]), &other)
        && !read_network(rz_value_str(&call->arguments[1]), &other))
        return no_address(call, 1, "IP address or network");
    return rz_value_bool(other.prefix >= network.prefix && is_inside(&network, &other));
}

static struct rz_value call_ip_add(struct rz_call *call)
{
    struct address address;
    if (!read_address(rz_value_str(&call->arguments[0]), &address))
        return no_address(call, 0, "IP address");
    if (!add_signed(&address, call->arguments[1].integer))
        return rz_call_fail(call, "there is no such address");
    return address_text(call, &address, false);
}

/* Digits of the reverse tree, the least significant first, of the first `prefix` bits. */
static void reverse_labels(struct rz_buffer *out, const struct address *address)
{
    unsigned width = address->bits == 32 ? 8 : 4;
    unsigned whole = address->prefix - address->prefix % width;
    for (unsigned end = whole; end > 0; end -= width) {
        unsigned shift = address->bits - end; /* of the label's lowest bit */
        uint64_t part = shift >= 64 ? address->high >> (shift - 64) : address->low >> shift;
        rz_buffer_printf(out, width == 8 ? "%u." : "%x.", (unsigned)(part & ((1u << width) - 1)));
    }
    rz_buffer_text(out, width == 8 ? "in-addr.arpa." : "ip6.arpa.");
}

static struct rz_value call_reverse_name(struct rz_call *call)
{
    struct address address;
    struct rz_str text = rz_value_str(&call->arguments[0]);
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    if (!read_address(text, &address) && !read_network(text, &address))
        return no_address(call, 0, "IP address or network");
    if (address.bits == 32 && address.prefix > 24 && address.prefix < 32)
        rz_buffer_printf(&out, "%u/%u.", (unsigned)(address.low & 255), address.prefix);
    else if (address.prefix % (address.bits == 32 ? 8 : 4))
        return rz_call_fail(call, "/%u is no cut of the reverse tree, whose labels are of %d bits",
                            address.prefix, address.bits == 32 ? 8 : 4);
    reverse_labels(&out, &address);
    return rz_call_buffer(call, &out);
}

static struct rz_value call_is_ipv4(struct rz_call *call)
{
    struct address address;
    const struct rz_value *value = &call->arguments[0];
    return rz_value_bool(value->kind == RZ_VALUE_STRING
                         && read_address(rz_value_str(value), &address) && address.bits == 32);
}

static struct rz_value call_is_ipv6(struct rz_call *call)
{
    struct address address;
    const struct rz_value *value = &call->arguments[0];
    return rz_value_bool(value->kind == RZ_VALUE_STRING
                         && read_address(rz_value_str(value), &address) && address.bits == 128);
}

/* clang-format off */
const struct rz_function rz_functions_address[] = {
    {"cidr_host", "si", "cidr_host(network, number) → string",
     "An address of a network: 0 is its first one, -1 its last.",
     "[cidr_host(\"192.0.2.0/24\", 10), cidr_host(\"2001:db8::/64\", -1)]",
     "[\"192.0.2.10\",\"2001:db8::ffff:ffff:ffff:ffff\"]", call_cidr_host},
    {"cidr_subnet", "sii", "cidr_subnet(network, bits, number) → string",
     "A subnet whose prefix is longer by `bits`, counted from 0.",
     "[cidr_subnet(\"10.0.0.0/8\", 8, 2), cidr_subnet(\"2001:db8::/32\", 16, 10)]",
     "[\"10.2.0.0/16\",\"2001:db8:a::/48\"]", call_cidr_subnet},
    {"cidr_contains", "ss", "cidr_contains(network, address) → bool",
     "Whether the address, or the whole of a second network, lies in the network.",
     "[cidr_contains(\"10.0.0.0/8\", \"10.9.8.7\"), cidr_contains(\"10.0.0.0/8\", \"10.0.0.0/7\")]", "[true,false]", call_cidr_contains},
    {"ip_add", "si", "ip_add(address, number) → string", "The address that many further; a negative number goes back.",
     "[ip_add(\"192.0.2.255\", 1), ip_add(\"2001:db8::\", -1)]",
     "[\"192.0.3.0\",\"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff\"]", call_ip_add},
    {"reverse_name", "s", "reverse_name(address) → string",
     "The name of an address's PTR record, or of a network's reverse zone; one of /25 to /31 as in RFC 2317 §4.",
     "[reverse_name(\"192.0.2.1\"), reverse_name(\"2001:db8::/32\"), reverse_name(\"192.0.2.128/25\")]",
     "[\"1.2.0.192.in-addr.arpa.\",\"8.b.d.0.1.0.0.2.ip6.arpa.\",\"128/25.2.0.192.in-addr.arpa.\"]", call_reverse_name},
    {"is_ipv4", "a", "is_ipv4(value) → bool", "Whether the value is the text of an IPv4 address.",
     "[is_ipv4(\"192.0.2.1\"), is_ipv4(\"192.0.2.256\")]", "[true,false]", call_is_ipv4},
    {"is_ipv6", "a", "is_ipv6(value) → bool", "Whether the value is the text of an IPv6 address.",
     "[is_ipv6(\"2001:db8::1\"), is_ipv6(\"192.0.2.1\")]", "[true,false]", call_is_ipv6},
    {0},
};
/* clang-format on */
