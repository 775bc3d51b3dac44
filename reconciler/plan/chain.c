/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's DS against the keys of a zone as they will be. */
#include "plan/chain.h"

#include "delegation/parent.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dns/signing.h"

/* The change of the zone's keys; NULL: none. */
static const struct rz_change *find_keys(const struct rz_zone_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (rz_change_subject(plan->changes[i].change)->type == RZ_TYPE_DNSSECKEY)
            return &plan->changes[i].change;
    return NULL;
}

/* Whether a key that validators may begin with signs the keys, and is among them. */
static bool is_anchor(const struct rz_signing_key *key)
{
    return key->role & RZ_KEY_KSK && key->state == RZ_KEY_ACTIVE;
}

static bool stays(const struct rz_signing_key *key, const struct rz_rrset *after)
{
    struct rz_signing_key other;
    if (after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(after); rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&other, c.wire, c.size) && is_anchor(&other)
                && rz_signing_key_is(&other, key))
                return true;
    return false;
}

static bool loses_anchor(const struct rz_change *keys)
{
    struct rz_signing_key key;
    if (keys && keys->before)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(keys->before); rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&key, c.wire, c.size) && is_anchor(&key)
                && !stays(&key, keys->after))
                return true;
    return false;
}

bool rz_chain_is_concerned(const struct rz_zone_plan *plan)
{
    return loses_anchor(find_keys(plan));
}

static bool is_ds_of(const uint8_t *ds, size_t size, const uint8_t *apex,
                     const struct rz_rrset *after)
{
    struct rz_signing_key key;
    uint8_t dnskey[RZ_SIGNING_KEY_WIRE_MAX];
    if (after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(after); rz_rdata_next(&c);) {
            if (!rz_signing_key_from_wire(&key, c.wire, c.size) || !is_anchor(&key))
                continue;
            size_t length = rz_signing_key_dnskey(&key, dnskey);
            if (length && rz_ds_matches(ds, size, apex, dnskey, length))
                return true;
        }
    return false;
}

/* NULL: some DS is of a key that signs, or there is none. */
static const char *judge(struct rz_arena *arena, const struct rz_rrset *ds, const uint8_t *apex,
                         const struct rz_rrset *after)
{
    RZ_BUFFER_CLEANUP struct rz_buffer tags = {0};
    if (!ds)
        return NULL;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        if (is_ds_of(c.wire, c.size, apex, after))
            return NULL;
        rz_buffer_printf(&tags, "%s%u", tags.size ? ", " : "",
                         (unsigned)(c.wire[0] << 8 | c.wire[1]));
    }
    return rz_arena_printf(arena,
                           "the parent has a DS of key %s, and no such key would sign any more: "
                           "resolvers that validate would reject the zone; %s first, and wait for "
                           "its TTL",
                           tags.data,
                           after ? "put the DS of the new key there" : "remove the DS there");
}

const char *rz_chain_breaks(struct rz_arena *arena, struct rz_project *project,
                            const struct rz_zone_plan *plan)
{
    struct rz_lookup lookup;
    struct rz_delegation seen;
    struct rz_diags diags = {0};
    const char *why = NULL, *breaks = NULL;
    const struct rz_change *keys = find_keys(plan);
    if (!loses_anchor(keys))
        return NULL;
    enum rz_status status = rz_lookup_init(&lookup, project->context, &project->verify.resolvers,
                                           &project->verify.parents, &diags);
    rz_diags_free(&diags);
    if (status != RZ_OK)
        return "an address under `verify: {resolvers, parents}` cannot be used";
    status = rz_delegation_read(&seen, &lookup, plan->apex.wire, &why);
    for (size_t i = 0; status == RZ_OK && i < seen.count && !breaks; i++)
        breaks = judge(arena, seen.servers[i].ds, plan->apex.wire, keys->after);
    rz_delegation_free(&seen);
    if (status != RZ_OK)
        breaks = rz_arena_printf(arena,
                                 "whether the parent has a DS of these keys could not be learned: "
                                 "%s (`verify: {resolvers: …, parents: …}` says whom to ask)",
                                 why);
    return breaks;
}

enum rz_status rz_chain_check(struct rz_plan *plan, struct rz_project *project,
                              const struct rz_strings *allow)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < plan->count && !plan->offline; i++) {
        struct rz_zone_plan *zone = plan->zones[i];
        const char *breaks = zone->status == RZ_OK ? rz_chain_breaks(&zone->arena, project, zone)
                                                   : NULL;
        if (breaks && !rz_policy_find(zone, "dnssec", breaks, allow))
            status = RZ_REFUSED;
    }
    return status;
}
