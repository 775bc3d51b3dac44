/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of keys, and what of them a zone shows. */
#include "dnssec.h"

#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"

void rz_held_keys_free(struct rz_held_keys *keys)
{
    free(keys->items);
    rz_arena_free(&keys->arena);
    *keys = (struct rz_held_keys){0};
}

void rz_held_keys_add(struct rz_held_keys *keys, const struct rz_signing_key *key, const char *id)
{
    uint8_t *copy = rz_arena_bytes(&keys->arena, key->public_size);
    memcpy(copy, key->public_key, key->public_size);
    keys->items = rz_grow(keys->items, &keys->capacity, keys->count + 1, sizeof *keys->items);
    struct rz_held_key *added = &keys->items[keys->count++];
    *added = (struct rz_held_key){.key = *key, .id = rz_arena_strdup(&keys->arena, id)};
    added->key.public_key = copy;
}

const struct rz_held_key *rz_held_keys_find(const struct rz_held_keys *keys,
                                            const struct rz_signing_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (rz_signing_key_is(&keys->items[i].key, key))
            return &keys->items[i];
    return NULL;
}

static void put(struct rz_zone *zone, uint16_t type, const uint8_t *wire, size_t size)
{
    rz_zone_add(zone, zone->apex.wire, type, 0, (struct rz_rdata){wire, (uint16_t)size},
                (struct rz_record_origin){0});
}

void rz_dnssec_put(struct rz_zone *zone, const struct rz_signing *signing,
                   const struct rz_held_keys *keys)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    if (signing)
        put(zone, RZ_TYPE_DNSSEC, wire, rz_signing_to_wire(signing, wire));
    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i].key.state != RZ_KEY_RETIRED)
            put(zone, RZ_TYPE_DNSSECKEY, wire, rz_signing_key_to_wire(&keys->items[i].key, wire));
}
