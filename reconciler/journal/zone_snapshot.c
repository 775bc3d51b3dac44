/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones as octets. */
#include "journal/zone_snapshot.h"

#include "dns/rtype.h"
#include "journal/compact.h"
#include "journal/rrset_image.h"

#define MAGIC RZ_SNAPSHOT_EMPTY
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

void rz_zone_snapshot_write(struct rz_buffer *out, const struct rz_zone *zone, unsigned scope)
{
    const uint8_t *last = NULL;
    rz_buffer_append(out, MAGIC, MAGIC_SIZE);
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        if (is_left_out(zone, rrset, scope))
            continue;
        rz_compact_name(out, rrset->owner, last);
        last = rrset->owner;
        rz_buffer_append(out, (uint8_t[]){(uint8_t)(rrset->type >> 8), (uint8_t)rrset->type}, 2);
        rz_compact_number(out, (uint32_t)rz_rrset_image_size(rrset));
        rz_rrset_image_write(out, rrset);
    }
}

static bool read_rrset(struct rz_compact *in, struct rz_name *owner, struct rz_zone *zone,
                       struct rz_arena *scratch)
{
    struct rz_rrset rrset;
    rz_compact_take_name(in, owner);
    const uint8_t *type = rz_compact_take(in, 2);
    size_t size = rz_compact_take_number(in);
    const uint8_t *image = rz_compact_take(in, size);
    if (!type || !image
        || !rz_rrset_image_read(&rrset, scratch, owner->wire, (uint16_t)(type[0] << 8 | type[1]),
                                image, size))
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
    struct rz_name owner = {.size = 0};
    struct rz_compact in = {.at = (const uint8_t *)octets.data + MAGIC_SIZE,
                            .end = (const uint8_t *)octets.data + octets.size};
    rz_zone_init(zone, apex);
    rz_zone_reserve(zone, octets.size);
    while (good && in.at < in.end)
        good = read_rrset(&in, &owner, zone, &scratch);
    good &= rz_zone_finish(zone, RZ_ZONE_LIVE, &ignored) == RZ_OK;
    rz_diags_free(&ignored);
    rz_arena_free(&scratch);
    return good;
}
