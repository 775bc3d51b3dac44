/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the provider remembers of each zone: the SOA it last saw, and whether that can be a condition. */
#include <stdlib.h>

#include "rfc2136/rfc2136.h"
#include "support/alloc.h"

struct rz_rfc2136_soa {
    struct rz_arena arena;
    struct rz_name apex;
    const struct rz_rrset *soa; /* NULL: forgotten */
    unsigned flags;             /* enum rz_rfc2136_flag */
    struct rz_knot_zone knot;
    struct rz_rfc2136_soa *next; /* all of them, for the end */
};

static const char all_key[] = "\377"; /* no name: head of the list */

static struct rz_str key_of(const uint8_t *apex)
{
    return (struct rz_str){(const char *)apex, rz_name_size(apex)};
}

static struct rz_rfc2136_soa *entry_of(struct rz_rfc2136 *provider, const uint8_t *apex)
{
    struct rz_rfc2136_soa *entry = rz_map_get(&provider->soas, key_of(apex));
    if (entry)
        return entry;
    entry = rz_alloc_zero(1, sizeof *entry);
    rz_name_copy(&entry->apex, apex);
    rz_map_set(&provider->soas, key_of(entry->apex.wire), entry);
    entry->next = rz_map_set(&provider->soas, RZ_STR(all_key), entry);
    return entry;
}

unsigned rz_rfc2136_flags(struct rz_rfc2136 *provider, const uint8_t *apex)
{
    pthread_mutex_lock(&provider->lock);
    unsigned flags = entry_of(provider, apex)->flags;
    pthread_mutex_unlock(&provider->lock);
    return flags;
}

void rz_rfc2136_set_flag(struct rz_rfc2136 *provider, const uint8_t *apex,
                         enum rz_rfc2136_flag flag, bool set)
{
    pthread_mutex_lock(&provider->lock);
    struct rz_rfc2136_soa *entry = entry_of(provider, apex);
    entry->flags = set ? entry->flags | flag : entry->flags & ~(unsigned)flag;
    pthread_mutex_unlock(&provider->lock);
}

void rz_rfc2136_remember(struct rz_rfc2136 *provider, const uint8_t *apex,
                         const struct rz_rrset *soa)
{
    pthread_mutex_lock(&provider->lock);
    struct rz_rfc2136_soa *entry = entry_of(provider, apex);
    rz_arena_reset(&entry->arena);
    entry->soa = soa ? rz_rrset_copy(&entry->arena, soa) : NULL;
    pthread_mutex_unlock(&provider->lock);
}

const struct rz_rrset *rz_rfc2136_recall(struct rz_rfc2136 *provider, const uint8_t *apex,
                                         uint32_t serial, struct rz_arena *arena)
{
    const struct rz_rrset *soa = NULL;
    pthread_mutex_lock(&provider->lock);
    const struct rz_rfc2136_soa *entry = rz_map_get(&provider->soas, key_of(apex));
    if (entry && entry->soa && rz_dns_soa_serial(entry->soa) == serial)
        soa = rz_rrset_copy(arena, entry->soa);
    pthread_mutex_unlock(&provider->lock);
    return soa;
}

void rz_rfc2136_set_knot(struct rz_rfc2136 *provider, const uint8_t *apex,
                         const struct rz_knot_zone *known)
{
    pthread_mutex_lock(&provider->lock);
    entry_of(provider, apex)->knot = *known;
    pthread_mutex_unlock(&provider->lock);
}

struct rz_knot_zone rz_rfc2136_knot(struct rz_rfc2136 *provider, const uint8_t *apex)
{
    pthread_mutex_lock(&provider->lock);
    struct rz_knot_zone known = entry_of(provider, apex)->knot;
    pthread_mutex_unlock(&provider->lock);
    return known;
}

void rz_rfc2136_forget_all(struct rz_rfc2136 *provider)
{
    struct rz_rfc2136_soa *entry = rz_map_get(&provider->soas, RZ_STR(all_key));
    while (entry) {
        struct rz_rfc2136_soa *next = entry->next;
        rz_arena_free(&entry->arena);
        free(entry);
        entry = next;
    }
    rz_map_free(&provider->soas);
}
