/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authenticated denial of existence, made from a zone's data. */
#include "dnssec/denial.h"

#include <libdnssec/nsec.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

/* What names and signatures are counted without. */
static bool is_made(uint16_t type)
{
    return type == RZ_TYPE_RRSIG || type == RZ_TYPE_NSEC || type == RZ_TYPE_NSEC3;
}

static struct rz_denial_name *add_name(struct rz_denial *denial, const uint8_t *owner)
{
    denial->names = rz_grow(denial->names, &denial->capacity, denial->count + 1,
                            sizeof *denial->names);
    struct rz_denial_name *name = &denial->names[denial->count++];
    *name = (struct rz_denial_name){.owner = owner};
    return name;
}

/* One owner: RRsets first … end. Names below a delegation or DNAME are not the zone's (RFC 4035 §2.3). */
static void take_owner(struct rz_denial *denial, size_t first, size_t end, const uint8_t **hidden)
{
    const struct rz_rrset *rrsets = denial->zone->rrsets;
    const uint8_t *owner = rrsets[first].owner;
    bool apex = rz_name_equal(owner, denial->zone->apex.wire), data = false, cut = false;
    bool alias = false, secure = false;
    if (*hidden && rz_name_in(owner, *hidden)) {
        for (size_t i = first; i < end; i++) /* those below a DNAME at the apex */
            denial->is_signed[i] = rrsets[i].type == RZ_TYPE_NSEC3;
        return;
    }
    for (size_t i = first; i < end; i++) {
        data |= !is_made(rrsets[i].type);
        cut |= rrsets[i].type == RZ_TYPE_NS && !apex;
        alias |= rrsets[i].type == RZ_TYPE_DNAME;
        secure |= rrsets[i].type == RZ_TYPE_DS;
    }
    for (size_t i = first; i < end; i++) {
        uint16_t type = rrsets[i].type;
        bool kept_at_cut = type == RZ_TYPE_DS || type == RZ_TYPE_NSEC;
        denial->is_signed[i] = type != RZ_TYPE_RRSIG && (!cut || kept_at_cut);
    }
    *hidden = cut || alias ? owner : NULL;
    if (!data)
        return;
    struct rz_denial_name *name = add_name(denial, owner);
    name->first = first;
    name->end = end;
    name->cut = cut;
    name->secure = secure;
    name->optional = cut && !secure;
}

void rz_denial_init(struct rz_denial *denial, const struct rz_zone *zone)
{
    const uint8_t *hidden = NULL;
    *denial = (struct rz_denial){.zone = zone};
    denial->is_signed = rz_alloc_zero(zone->count + 1, sizeof *denial->is_signed);
    for (size_t i = 0, end; i < zone->count; i = end) {
        for (end = i + 1;
             end < zone->count && rz_name_equal(zone->rrsets[i].owner, zone->rrsets[end].owner);)
            end++;
        take_owner(denial, i, end, &hidden);
    }
}

void rz_denial_free(struct rz_denial *denial)
{
    free(denial->names);
    free(denial->is_signed);
    rz_arena_free(&denial->arena);
    *denial = (struct rz_denial){0};
}

/* ---- NSEC3: empty names, hashes, order */

static int compare_names(const void *a, const void *b)
{
    const struct rz_denial_name *one = a, *two = b;
    return rz_name_compare(one->owner, two->owner);
}

static int compare_hashes(const void *a, const void *b)
{
    const struct rz_denial_name *one = a, *two = b;
    return memcmp(one->hash, two->hash, RZ_NSEC3_HASH);
}

/* In canonical order an ancestor that has data stands before, and only its descendants between: what the
 * name before is not below of either is empty. */
static void add_empty_names(struct rz_denial *denial)
{
    size_t count = denial->count;
    const uint8_t *apex = denial->zone->apex.wire;
    for (size_t i = 1; i < count; i++) {
        const uint8_t *before = denial->names[i - 1].owner;
        const uint8_t *up = rz_name_parent(denial->names[i].owner);
        bool optional = denial->names[i].optional;
        for (; rz_name_in(up, apex) && !rz_name_in(before, up); up = rz_name_parent(up))
            add_name(denial, up)->optional = optional;
    }
    if (denial->count > count)
        qsort(denial->names, denial->count, sizeof *denial->names, compare_names);
}

/* An empty name is needed if anything below it is. */
static void require_ancestors(struct rz_denial *denial)
{
    for (size_t i = 0; i < denial->count; i++) {
        struct rz_denial_name key = {.owner = denial->names[i].owner}, *found;
        while (!denial->names[i].optional && !rz_name_equal(key.owner, denial->zone->apex.wire)
               && rz_name_labels(key.owner) > 0) {
            key.owner = rz_name_parent(key.owner);
            found = bsearch(&key, denial->names, denial->count, sizeof key, compare_names);
            if (!found || !found->optional)
                break;
            found->optional = false;
        }
    }
}

enum rz_status rz_denial_hash(struct rz_denial *denial, const struct rz_nsec3 *params)
{
    dnssec_nsec3_params_t with = {
        .algorithm = DNSSEC_NSEC3_ALGORITHM_SHA1,
        .iterations = params->iterations,
        .salt = {.size = params->salt_size, .data = (uint8_t *)(uintptr_t)params->salt}};
    dnssec_binary_t hash = {0};
    add_empty_names(denial);
    require_ancestors(denial);
    for (size_t i = 0; i < denial->count; i++) {
        struct rz_denial_name *name = &denial->names[i];
        dnssec_binary_t owner = {.size = rz_name_size(name->owner),
                                 .data = (uint8_t *)(uintptr_t)name->owner};
        if (dnssec_nsec3_hash(&owner, &with, &hash) != 0 || hash.size != RZ_NSEC3_HASH)
            rz_out_of_memory();
        memcpy(name->hash, hash.data, RZ_NSEC3_HASH);
    }
    dnssec_binary_free(&hash);
    qsort(denial->names, denial->count, sizeof *denial->names, compare_hashes);
    for (size_t i = 1; i < denial->count; i++)
        if (memcmp(denial->names[i - 1].hash, denial->names[i].hash, RZ_NSEC3_HASH) == 0)
            return RZ_INVALID;
    return RZ_OK;
}

void rz_denial_drop(struct rz_denial *denial,
                    bool (*keep)(void *user, const struct rz_denial_name *name), void *user)
{
    size_t count = 0;
    for (size_t i = 0; i < denial->count; i++)
        if (!denial->names[i].optional || (keep && keep(user, &denial->names[i])))
            denial->names[count++] = denial->names[i];
    denial->count = count;
}

const uint8_t *rz_nsec3_owner(struct rz_arena *arena, const uint8_t hash[RZ_NSEC3_HASH],
                              const uint8_t *apex)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    size_t size = rz_name_size(apex);
    if (size + 33 > RZ_NAME_MAX) /* an apex so long has no NSEC3 */
        size = 1, apex = (const uint8_t *)"";
    uint8_t *owner = rz_arena_bytes(arena, size + 33);
    owner[0] = 32;
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = i * 5, at = bit / 8;
        unsigned two = (unsigned)hash[at] << 8 | (at + 1 < RZ_NSEC3_HASH ? hash[at + 1] : 0);
        owner[1 + i] = (uint8_t)digits[two >> (11 - bit % 8) & 31];
    }
    memcpy(owner + 33, apex, size);
    return owner;
}

/* ---- RDATA */

static bool has_signature(const struct rz_denial *denial, const struct rz_denial_name *name)
{
    for (size_t i = name->first; i < name->end; i++)
        if (denial->is_signed[i] && !is_made(denial->zone->rrsets[i].type))
            return true;
    return false;
}

/* Of a delegation only NS and DS are the zone's own (RFC 4035 §2.3). */
static void append_types(struct rz_buffer *out, const struct rz_denial *denial,
                         const struct rz_denial_name *name, bool nsec, dnssec_nsec_bitmap_t *bitmap)
{
    dnssec_nsec_bitmap_clear(bitmap);
    for (size_t i = name->first; i < name->end; i++) {
        uint16_t type = denial->zone->rrsets[i].type;
        if (!is_made(type) && (!name->cut || type == RZ_TYPE_NS || type == RZ_TYPE_DS))
            dnssec_nsec_bitmap_add(bitmap, type);
    }
    if (nsec)
        dnssec_nsec_bitmap_add(bitmap, RZ_TYPE_NSEC);
    if (nsec || has_signature(denial, name))
        dnssec_nsec_bitmap_add(bitmap, RZ_TYPE_RRSIG);
    size_t size = dnssec_nsec_bitmap_size(bitmap);
    char *at = size ? rz_buffer_reserve(out, size) : NULL;
    if (!at)
        return;
    dnssec_nsec_bitmap_write(bitmap, (uint8_t *)at);
    out->size += size;
}

static void append_params(struct rz_buffer *out, const struct rz_nsec3 *params, uint8_t flags)
{
    uint8_t head[] = {DNSSEC_NSEC3_ALGORITHM_SHA1, flags, (uint8_t)(params->iterations >> 8),
                      (uint8_t)params->iterations, params->salt_size};
    rz_buffer_append(out, head, sizeof head);
    rz_buffer_append(out, params->salt, params->salt_size);
}

void rz_denial_link(struct rz_denial *denial, const struct rz_nsec3 *params)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    dnssec_nsec_bitmap_t *bitmap = dnssec_nsec_bitmap_new();
    if (!bitmap)
        rz_out_of_memory();
    for (size_t i = 0; i < denial->count; i++) {
        struct rz_denial_name *name = &denial->names[i];
        const struct rz_denial_name *next = &denial->names[(i + 1) % denial->count];
        rz_buffer_reset(&text);
        if (params) {
            uint8_t size = RZ_NSEC3_HASH;
            append_params(&text, params, params->opt_out);
            rz_buffer_append(&text, &size, 1);
            rz_buffer_append(&text, next->hash, RZ_NSEC3_HASH);
        } else {
            rz_buffer_append(&text, next->owner, rz_name_size(next->owner));
        }
        append_types(&text, denial, name, !params, bitmap);
        name->record = params ? rz_nsec3_owner(&denial->arena, name->hash, denial->zone->apex.wire)
                              : name->owner;
        name->rdata.wire = memcpy(rz_arena_bytes(&denial->arena, text.size), text.data, text.size);
        name->rdata.size = (uint16_t)text.size;
    }
    dnssec_nsec_bitmap_free(bitmap);
}

bool rz_nsec3_read(struct rz_nsec3 *params, const uint8_t *wire, size_t size)
{
    *params = (struct rz_nsec3){0};
    if (size < 5 || wire[0] != DNSSEC_NSEC3_ALGORITHM_SHA1 || size < 5u + wire[4])
        return false;
    params->opt_out = wire[1] & 1;
    params->iterations = (uint16_t)(wire[2] << 8 | wire[3]);
    params->salt_size = wire[4];
    memcpy(params->salt, wire + 5, wire[4]);
    return true;
}

struct rz_rdata rz_nsec3_param(struct rz_arena *arena, const struct rz_nsec3 *params)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    append_params(&text, params, 0);
    return (struct rz_rdata){memcpy(rz_arena_bytes(arena, text.size), text.data, text.size),
                             (uint16_t)text.size};
}
