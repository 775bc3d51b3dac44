/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled zones on this machine, found by a hash of everything that made them. Kept in the user's
 * cache directory and not in the project, where a repository could bring entries of its own. */
#ifndef RZ_ZONE_CACHE_H
#define RZ_ZONE_CACHE_H

#include "dns/zone.h"
#include "support/buffer.h"

struct rz_zone_cache;

#define RZ_ZONE_CACHE_LIMIT ((uint64_t)1 << 30) /* octets; the longest unused entries go first */

/* The directory of $REZONE_CACHE_DIR, else rezone below $XDG_CACHE_HOME or ~/.cache; made 0700. NULL
 * where there is none, it cannot be made, or it belongs to somebody else: then there is no cache. */
struct rz_zone_cache *rz_zone_cache_open(uint64_t limit);
void rz_zone_cache_close(struct rz_zone_cache *cache);
const char *rz_zone_cache_directory(const struct rz_zone_cache *cache);

/* Makes the finished zone that was put under the key; false where there is none, or it is damaged.
 * All are safe between threads and processes; a NULL cache has nothing and keeps nothing. */
bool rz_zone_cache_get(struct rz_zone_cache *cache, struct rz_hash key, struct rz_zone *zone);
void rz_zone_cache_put(struct rz_zone_cache *cache, struct rz_hash key, const struct rz_zone *zone);

/* Puts a zone in while the caller goes on. The zone is read until the release returns; writing may take
 * longer, and rz_zone_cache_close waits for it. A small zone is written at once. NULL where nothing is on
 * its way. */
struct rz_zone_keeping;
struct rz_zone_keeping *rz_zone_cache_keep(struct rz_zone_cache *cache, struct rz_hash key,
                                           const struct rz_zone *zone);
void rz_zone_cache_release(struct rz_zone_keeping *keeping); /* NULL is fine */

/* The same for rows that belong to no one zone; what they mean is the caller's. `rows` is empty where
 * there are none, or they are damaged. */
bool rz_zone_cache_get_rows(struct rz_zone_cache *cache, struct rz_hash key,
                            struct rz_buffer *rows);
void rz_zone_cache_put_rows(struct rz_zone_cache *cache, struct rz_hash key, struct rz_str rows);

/* From here on entries are used and none are added. */
void rz_zone_cache_freeze(struct rz_zone_cache *cache);

struct rz_zone_cache_stats {
    uint64_t entries, octets, limit;
    uint64_t hits, misses; /* of this process */
};
void rz_zone_cache_stats(struct rz_zone_cache *cache, struct rz_zone_cache_stats *stats);
/* Removes all entries; the number of those removed. */
uint64_t rz_zone_cache_clear(struct rz_zone_cache *cache);

#endif
