/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash map from octet strings to pointers. Keys are borrowed and must outlive the map. */
#ifndef RZ_SUPPORT_MAP_H
#define RZ_SUPPORT_MAP_H

#include "support/str.h"

struct rz_map_slot;

/* All zero is a valid empty map. */
struct rz_map {
    struct rz_map_slot *slots;
    size_t count, capacity;
};

/* The value of `key`, NULL where absent. */
void *rz_map_get(const struct rz_map *map, struct rz_str key);
/* Sets `key` to `value` (not NULL); returns the value it had, NULL where new. */
void *rz_map_set(struct rz_map *map, struct rz_str key, void *value);
/* Does not free keys or values. */
void rz_map_free(struct rz_map *map);

#endif
