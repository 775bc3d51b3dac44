/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing with linear probing; XXH3 as the hash. */
#include "support/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <xxhash.h>

#include "support/alloc.h"

struct rz_map_slot {
    struct rz_str key;
    uint64_t hash;
    void *value; /* NULL: free */
};

static struct rz_map_slot *slot_of(const struct rz_map *map, struct rz_str key, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct rz_map_slot *slot = &map->slots[i];
        if (!slot->value || (slot->hash == hash && rz_str_equal(slot->key, key)))
            return slot;
    }
}

static void grow(struct rz_map *map)
{
    struct rz_map grown = {.count = map->count, .capacity = map->capacity ? map->capacity * 2 : 16};
    grown.slots = rz_alloc_zero(grown.capacity, sizeof *grown.slots);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value)
            *slot_of(&grown, map->slots[i].key, map->slots[i].hash) = map->slots[i];
    free(map->slots);
    *map = grown;
}

void *rz_map_get(const struct rz_map *map, struct rz_str key)
{
    return map->count ? slot_of(map, key, XXH3_64bits(key.data, key.size))->value : NULL;
}

void *rz_map_set(struct rz_map *map, struct rz_str key, void *value)
{
    if (map->count * 4 >= map->capacity * 3)
        grow(map);
    uint64_t hash = XXH3_64bits(key.data, key.size);
    struct rz_map_slot *slot = slot_of(map, key, hash);
    void *old = slot->value;
    if (!old) {
        map->count++;
        slot->key = key;
        slot->hash = hash;
    }
    slot->value = value;
    return old;
}

void rz_map_free(struct rz_map *map)
{
    free(map->slots);
    *map = (struct rz_map){0};
}
