/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wire RDATA: checks and canonical form by libknot's descriptors of where names stand. */
#include <libknot/descriptor.h>
#include <string.h>

#include "dns/forward.h"
#include "dns/signing.h"
#include "dns/rdata.h"
#include "dns/rtype.h"

/* What to do with each domain name. */
struct name_visitor {
    void (*visit)(void *user, uint8_t *name, size_t size);
    void *user;
};

/* Order, preference and three character strings (RFC 3403 §4.1). 0: malformed. */
static size_t naptr_header(const uint8_t *wire, size_t size)
{
    size_t at = 4;
    for (int i = 0; i < 3; i++) {
        if (at >= size)
            return 0;
        at += 1u + wire[at];
    }
    return at <= size ? at : 0;
}

/* Walks the blocks of a descriptor; false where the octets do not fit it. */
static bool walk(uint16_t type, uint8_t *wire, size_t size, const struct name_visitor *visitor)
{
    const knot_rdata_descriptor_t *descriptor = knot_get_rdata_descriptor(type);
    if (!descriptor->type_name)
        descriptor = knot_get_obsolete_rdata_descriptor(type);
    size_t at = 0;
    for (size_t i = 0; i < KNOT_MAX_RDATA_BLOCKS && descriptor->block_types[i] != KNOT_RDATA_WF_END;
         i++) {
        int block = descriptor->block_types[i];
        size_t taken;
        switch (block) {
        case KNOT_RDATA_WF_FIXED_DNAME:
        case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
        case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
            taken = rz_name_check(wire + at, size - at);
            if (taken == 0)
                return false;
            visitor->visit(visitor->user, wire + at, taken);
            break;
        case KNOT_RDATA_WF_NAPTR_HEADER:
            taken = naptr_header(wire + at, size - at);
            if (taken == 0)
                return false;
            break;
        case KNOT_RDATA_WF_REMAINDER: taken = size - at; break;
        default:
            taken = (size_t)block;
            if (taken > size - at)
                return false;
        }
        at += taken;
    }
    return at == size;
}

static bool is_string_chain(const uint8_t *wire, size_t size)
{
    size_t at = 0;
    while (at < size)
        at += 1u + wire[at];
    return size > 0 && at == size;
}

/* Keys in rising order, lengths that fit (RFC 9460 §2.2). */
static bool are_svcb_params(const uint8_t *wire, size_t size)
{
    size_t name = size > 2 ? rz_name_check(wire + 2, size - 2) : 0;
    if (name == 0)
        return false;
    int last = -1;
    size_t at = 2 + name;
    while (at < size) {
        if (size - at < 4)
            return false;
        int key = wire[at] << 8 | wire[at + 1];
        size_t length = (size_t)wire[at + 2] << 8 | wire[at + 3];
        if (key <= last || length > size - at - 4)
            return false;
        last = key;
        at += 4 + length;
    }
    return true;
}

#define NO_NAME SIZE_MAX

/* Where a name stands in RDATA that libknot's descriptors do not tell of. */
static size_t hidden_name(uint16_t type, const uint8_t *wire, size_t size)
{
    switch (type) {
    case RZ_TYPE_ALIAS: return 0;
    case RZ_TYPE_SVCB:
    case RZ_TYPE_HTTPS: return 2;
    case RZ_TYPE_FORWARD: return size > 5 ? rz_forward_name_at(wire) : NO_NAME;
    default: return NO_NAME;
    }
}

static bool is_signing(const uint8_t *wire, size_t size)
{
    struct rz_signing signing;
    return rz_signing_from_wire(&signing, wire, size);
}

static bool is_signing_key(const uint8_t *wire, size_t size)
{
    struct rz_signing_key key;
    return rz_signing_key_from_wire(&key, wire, size);
}

static bool is_forward(const uint8_t *wire, size_t size)
{
    struct rz_forward forward;
    return rz_forward_from_wire(&forward, wire, size);
}

/* What libknot's descriptors call a remainder but has a form of its own. */
static bool has_good_remainder(uint16_t type, const uint8_t *wire, size_t size)
{
    switch (type) {
    case RZ_TYPE_A: return size == 4;
    case RZ_TYPE_AAAA: return size == 16;
    case RZ_TYPE_TXT:
    case RZ_TYPE_SPF: return is_string_chain(wire, size);
    case RZ_TYPE_LUA: /* answers for a type, then code */
        return size > 2 && (wire[0] || wire[1]) && is_string_chain(wire + 2, size - 2);
    case RZ_TYPE_ALIAS: return rz_name_check(wire, size) == size && size > 0;
    case RZ_TYPE_FORWARD: return is_forward(wire, size);
    case RZ_TYPE_DNSSEC: return is_signing(wire, size);
    case RZ_TYPE_DNSSECKEY: return is_signing_key(wire, size);
    case RZ_TYPE_SVCB:
    case RZ_TYPE_HTTPS: return are_svcb_params(wire, size);
    case RZ_TYPE_CAA: return size >= 3 && wire[1] > 0 && 2u + wire[1] <= size;
    case RZ_TYPE_DS:
    case RZ_TYPE_CDS: return size > 4;
    default: return true;
    }
}

static void lower(void *user, uint8_t *name, size_t size)
{
    (void)user;
    for (size_t at = 0; at < size && name[at]; at += 1u + name[at])
        for (size_t i = at + 1; i <= at + name[at]; i++)
            if (name[i] >= 'A' && name[i] <= 'Z')
                name[i] |= 0x20;
}

enum rz_status rz_rdata_canonical(uint16_t type, uint8_t *wire, uint16_t size)
{
    static const struct name_visitor lowering = {lower, NULL};
    if (!has_good_remainder(type, wire, size) || !walk(type, wire, size, &lowering))
        return RZ_INVALID;
    size_t name = hidden_name(type, wire, size);
    if (name < size)
        lower(NULL, wire + name, size - name);
    return RZ_OK;
}

struct reading {
    void (*visit)(void *user, const uint8_t *name);
    void *user;
};

static void read_only(void *user, uint8_t *name, size_t size)
{
    const struct reading *reading = user;
    (void)size;
    reading->visit(reading->user, name);
}

void rz_rdata_names(uint16_t type, const uint8_t *wire, uint16_t size,
                    void (*visit)(void *user, const uint8_t *name), void *user)
{
    size_t name = hidden_name(type, wire, size);
    if (name != NO_NAME) {
        if (name < size && rz_name_check(wire + name, size - name))
            visit(user, wire + name);
        return;
    }
    struct reading reading = {visit, user};
    struct name_visitor visitor = {read_only, &reading};
    uint8_t *walked;
    memcpy(&walked, &wire, sizeof walked); /* the visitor does not write */
    walk(type, walked, size, &visitor);
}
