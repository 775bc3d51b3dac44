/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets in libknot's rdataset layout. */
#include "dns/rrset.h"

#include <string.h>

#include "dns/rtype.h"
#include "dns/signing.h"

struct rz_rdata_cursor rz_rrset_rdata(const struct rz_rrset *rrset)
{
    return (struct rz_rdata_cursor){.left = rrset->rdata_count, .next = rrset->rdata};
}

bool rz_rdata_next(struct rz_rdata_cursor *cursor)
{
    if (cursor->left == 0)
        return false;
    memcpy(&cursor->size, cursor->next, sizeof cursor->size);
    cursor->wire = cursor->next + sizeof cursor->size;
    cursor->next = cursor->wire + cursor->size + (cursor->size & 1);
    cursor->left--;
    return true;
}

int rz_rrset_compare_key(const struct rz_rrset *a, const struct rz_rrset *b)
{
    int order = a->owner == b->owner ? 0 : rz_name_compare(a->owner, b->owner);
    return order ? order : (int)a->type - (int)b->type;
}

size_t rz_soa_serial_offset(const uint8_t *wire, size_t size)
{
    size_t mname = rz_name_check(wire, size);
    size_t rname = mname ? rz_name_check(wire + mname, size - mname) : 0;
    return rname && mname + rname + 20 == size ? mname + rname : 0;
}

static bool same_soa(const struct rz_rrset *a, const struct rz_rrset *b)
{
    struct rz_rdata_cursor one = rz_rrset_rdata(a), two = rz_rrset_rdata(b);
    if (a->rdata_count != 1 || b->rdata_count != 1)
        return false;
    rz_rdata_next(&one);
    rz_rdata_next(&two);
    size_t names = rz_soa_serial_offset(one.wire, one.size);
    return names && one.size == two.size && memcmp(one.wire, two.wire, names) == 0
           && memcmp(one.wire + names + 4, two.wire + names + 4, 16) == 0;
}

bool rz_rrset_same_rdata(const struct rz_rrset *a, const struct rz_rrset *b)
{
    if (a->type == RZ_TYPE_SOA && b->type == RZ_TYPE_SOA)
        return same_soa(a, b);
    if (a->type == RZ_TYPE_DNSSECKEY && b->type == RZ_TYPE_DNSSECKEY)
        return rz_signing_keys_same(a, b);
    return a->rdata_count == b->rdata_count && a->rdata_size == b->rdata_size
           && memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

bool rz_rrset_equal(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a->type == b->type && a->ttl == b->ttl && rz_rrset_same_rdata(a, b)
           && rz_name_equal(a->owner, b->owner);
}

bool rz_rrset_contains(const struct rz_rrset *rrset, const uint8_t *wire, uint16_t size)
{
    if (rrset->type == RZ_TYPE_DNSSECKEY)
        return rz_signing_keys_contain(rrset, wire, size);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        if (c.size == size && memcmp(c.wire, wire, size) == 0)
            return true;
    return false;
}

struct rz_rrset *rz_rrset_copy(struct rz_arena *arena, const struct rz_rrset *rrset)
{
    struct rz_rrset *copy = rz_arena_alloc(arena, sizeof *copy);
    *copy = *rrset;
    uint8_t *rdata = rz_arena_alloc(arena, rrset->rdata_size);
    memcpy(rdata, rrset->rdata, rrset->rdata_size);
    size_t size = rz_name_size(rrset->owner);
    uint8_t *owner = rz_arena_bytes(arena, size);
    memcpy(owner, rrset->owner, size);
    copy->rdata = rdata;
    copy->owner = owner;
    return copy;
}

size_t rz_rrset_wire_size(const struct rz_rrset *rrset)
{
    /* Type, class, TTL and RDLENGTH are ten octets beside each owner. */
    size_t size = rrset->rdata_count * (rz_name_size(rrset->owner) + 10);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        size += c.size;
    return size;
}
