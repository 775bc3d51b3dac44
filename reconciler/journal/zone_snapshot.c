/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones as octets. */
#include "journal/zone_snapshot.h"

#include "dns/rtype.h"
#include "journal/rrset_image.h"

#define MAGIC "rzsnap1"
#define MAGIC_SIZE (sizeof MAGIC - 1)

static bool is_left_out(const struct rz_zone *zone, const struct rz_rrset *rrset, unsigned scope)
{
    if (scope & RZ_SCOPE_SIGNED && rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER)
        return true;
    if (rrset->flags & RZ_RRSET_DISABLED)
        return true;
    if (scope & RZ_SCOPE_OWN_SOA && rrset->type == RZ_TYPE_SOA)
        return true;
    return scope & RZ_SCOPE_OWN_APEX_NS && rrset->type == RZ_TYPE_NS
           && rz_name_equal(rrset->owner, zone->apex.wire);
}

static void put_owner(struct rz_buffer *out, const uint8_t *owner, const uint8_t *last)
{
    size_t size = rz_name_size(owner), last_size = last ? rz_name_size(last) : 0, shared = 0;
    while (shared < size && shared < last_size
           && owner[size - 1 - shared] == last[last_size - 1 - shared])
        shared++;
    rz_buffer_char(out, (char)(size - shared));
    rz_buffer_append(out, owner, size - shared);
    rz_buffer_char(out, (char)shared);
}

static void put_number(uint8_t *out, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

void rz_zone_snapshot_write(struct rz_buffer *out, const struct rz_zone *zone, unsigned scope)
{
    const uint8_t *last = NULL;
    rz_buffer_append(out, MAGIC, MAGIC_SIZE);
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        uint8_t head[6];
        if (is_left_out(zone, rrset, scope))
            continue;
        put_owner(out, rrset->owner, last);
        last = rrset->owner;
        size_t at = out->size;
        rz_buffer_append(out, head, sizeof head);
        rz_rrset_image_write(out, rrset);
        put_number(head, rrset->type, 2);
        put_number(head + 2, (uint32_t)(out->size - at - sizeof head), 4);
        memcpy(out->data + at, head, sizeof head);
    }
}

struct reader {
    const uint8_t *at, *end;
    struct rz_name owner; /* the last */
};

static bool take(struct reader *reader, const uint8_t **octets, size_t size)
{
    *octets = reader->at;
    if ((size_t)(reader->end - reader->at) < size)
        return false;
    reader->at += size;
    return true;
}

static bool take_number(struct reader *reader, uint32_t *value, size_t size)
{
    const uint8_t *octets;
    if (!take(reader, &octets, size))
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value = *value << 8 | octets[i];
    return true;
}

static bool take_owner(struct reader *reader)
{
    uint32_t own, shared;
    const uint8_t *octets;
    struct rz_name owner = {.size = 0};
    if (!take_number(reader, &own, 1) || !take(reader, &octets, own)
        || !take_number(reader, &shared, 1) || own + shared > RZ_NAME_MAX
        || shared > reader->owner.size)
        return false;
    memcpy(owner.wire, octets, own);
    memcpy(owner.wire + own, reader->owner.wire + reader->owner.size - shared, shared);
    owner.size = (uint8_t)(own + shared);
    reader->owner = owner;
    return own + shared > 0 && rz_name_check(owner.wire, owner.size) == owner.size;
}

static bool read_rrset(struct reader *reader, struct rz_zone *zone, struct rz_arena *scratch)
{
    uint32_t type, size;
    const uint8_t *image;
    struct rz_rrset rrset;
    if (!take_owner(reader) || !take_number(reader, &type, 2) || !take_number(reader, &size, 4)
        || !take(reader, &image, size)
        || !rz_rrset_image_read(&rrset, scratch, reader->owner.wire, (uint16_t)type, image, size))
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(&rrset); rz_rdata_next(&c);)
        if (rz_zone_add(zone, rrset.owner, rrset.type, rrset.ttl,
                        (struct rz_rdata){.wire = c.wire, .size = c.size},
                        (struct rz_record_origin){0})
            != RZ_OK)
            return false;
    rz_arena_reset(scratch);
    return true;
}

bool rz_zone_snapshot_read(struct rz_zone *zone, const uint8_t *apex, struct rz_str octets)
{
    struct rz_arena scratch = {0};
    struct rz_diags ignored = {0};
    bool good = octets.size >= MAGIC_SIZE && memcmp(octets.data, MAGIC, MAGIC_SIZE) == 0;
    struct reader reader = {.at = (const uint8_t *)octets.data + MAGIC_SIZE,
                            .end = (const uint8_t *)octets.data + octets.size};
    rz_zone_init(zone, apex);
    rz_zone_reserve(zone, octets.size);
    while (good && reader.at < reader.end)
        good = read_rrset(&reader, zone, &scratch);
    good &= rz_zone_finish(zone, RZ_ZONE_LIVE, &ignored) == RZ_OK;
    rz_diags_free(&ignored);
    rz_arena_free(&scratch);
    return good;
}
