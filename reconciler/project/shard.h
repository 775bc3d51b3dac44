/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A share of the project's zones: several machines, each with another K of the same N, have each zone
 * exactly once, whatever zones there are. */
#ifndef RZ_PROJECT_SHARD_H
#define RZ_PROJECT_SHARD_H

#include "project/project.h"

#define RZ_SHARDS_MAX 10000

struct rz_shard {
    uint32_t number, count; /* number from 1 to count; count 0: all zones */
};

/* "3/8". False for anything else. */
bool rz_shard_parse(struct rz_shard *shard, struct rz_str text);
/* Whether the zone is of this share: by the XXH3 hash of its name in lower case without final dot, so
 * it stays in its share while others come and go. */
bool rz_shard_has(struct rz_shard shard, const uint8_t *apex);
/* Leaves only the zones of the share. */
void rz_shard_select(struct rz_shard shard, struct rz_zone_list *zones);

#endif
