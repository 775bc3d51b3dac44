/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that are switched off, remembered between a zone's fetch and its changes: a REPLACE that
 * does not send them along would delete them. */
#include <stdlib.h>

#include "powerdns/powerdns.h"
#include "support/alloc.h"

static struct rz_str key_of(const uint8_t *apex)
{
    return (struct rz_str){(const char *)apex, rz_name_size(apex)};
}

static struct rz_powerdns_disabled *copy(struct rz_arena *arena,
                                         const struct rz_powerdns_disabled *items, size_t count)
{
    struct rz_powerdns_disabled *copies = rz_arena_alloc(arena, count * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = items[i];
        copies[i].content = rz_arena_strdup(arena, items[i].content);
        if (!items[i].wire)
            continue;
        uint8_t *wire = rz_arena_bytes(arena, items[i].size);
        memcpy(wire, items[i].wire, items[i].size);
        copies[i].wire = wire;
    }
    return copies;
}

void rz_powerdns_remember(struct rz_powerdns *pd, const uint8_t *apex, uint32_t serial,
                          const struct rz_powerdns_disabled *items, size_t count)
{
    pthread_mutex_lock(&pd->lock);
    struct rz_powerdns_memory *memory = rz_map_get(&pd->by_apex, key_of(apex));
    if (!memory) {
        memory = rz_alloc_zero(1, sizeof *memory);
        memory->next = pd->memories;
        pd->memories = memory;
        rz_name_copy(&memory->apex, apex);
        rz_map_set(&pd->by_apex, key_of(memory->apex.wire), memory);
    }
    rz_arena_free(&memory->arena);
    memory->items = count ? copy(&memory->arena, items, count) : NULL;
    memory->count = count;
    memory->serial = serial;
    pthread_mutex_unlock(&pd->lock);
}

bool rz_powerdns_recall(struct rz_powerdns *pd, const uint8_t *apex, uint32_t serial,
                        struct rz_arena *arena, const struct rz_powerdns_disabled **items,
                        size_t *count)
{
    pthread_mutex_lock(&pd->lock);
    const struct rz_powerdns_memory *memory = rz_map_get(&pd->by_apex, key_of(apex));
    bool known = memory && memory->serial == serial;
    *count = known ? memory->count : 0;
    *items = *count ? copy(arena, memory->items, memory->count) : NULL;
    pthread_mutex_unlock(&pd->lock);
    return known;
}

void rz_powerdns_forget(struct rz_powerdns *pd)
{
    while (pd->memories) {
        struct rz_powerdns_memory *memory = pd->memories;
        pd->memories = memory->next;
        rz_arena_free(&memory->arena);
        free(memory);
    }
    rz_map_free(&pd->by_apex);
}
