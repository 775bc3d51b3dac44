/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of roll-overs, and what each makes of a zone's keys. */
#include "dnssec/keyroll.h"

#include <string.h>

#include "dns/rtype.h"

static const struct rz_keyroll_step zsk_steps[] = {
    {RZ_KEYROLL_ADD_PUBLISHED, RZ_KEYROLL_WAIT_KEYS, "a new ZSK is published"},
    {RZ_KEYROLL_SWAP, RZ_KEYROLL_WAIT_RECORDS, "the new ZSK signs, the old one is only published"},
    {RZ_KEYROLL_RETIRE, RZ_KEYROLL_WAIT_NOTHING, "the old ZSK goes out of use"},
};
static const struct rz_keyroll_step ksk_steps[] = {
    {RZ_KEYROLL_ADD_ACTIVE, RZ_KEYROLL_WAIT_KEYS, "a new KSK signs beside the old one"},
    {RZ_KEYROLL_DS, RZ_KEYROLL_WAIT_DS, "the parent has the new key's DS and not the old one's"},
    {RZ_KEYROLL_RETIRE, RZ_KEYROLL_WAIT_NOTHING, "the old KSK goes out of use"},
};
static const struct rz_keyroll_step algorithm_steps[] = {
    {RZ_KEYROLL_ADD_HIDDEN, RZ_KEYROLL_WAIT_RECORDS,
     "keys of the new algorithm sign, not published"},
    {RZ_KEYROLL_PUBLISH, RZ_KEYROLL_WAIT_KEYS, "the new keys are published"},
    {RZ_KEYROLL_DS, RZ_KEYROLL_WAIT_DS, "the parent has the new key's DS and not the old one's"},
    {RZ_KEYROLL_HIDE, RZ_KEYROLL_WAIT_KEYS, "the old keys sign, no longer published"},
    {RZ_KEYROLL_RETIRE, RZ_KEYROLL_WAIT_NOTHING, "the old keys go out of use"},
};

#define STEPS(table) (*count = sizeof table / sizeof *table, table)
const struct rz_keyroll_step *rz_keyroll_steps(enum rz_keyroll_kind kind, size_t *count)
{
    switch (kind) {
    case RZ_KEYROLL_ZSK: return STEPS(zsk_steps);
    case RZ_KEYROLL_KSK: return STEPS(ksk_steps);
    default: return STEPS(algorithm_steps);
    }
}

static const char *const kind_words[] = {
    [RZ_KEYROLL_ZSK] = "zsk", [RZ_KEYROLL_KSK] = "ksk", [RZ_KEYROLL_ALGORITHM] = "algorithm"};

const char *rz_keyroll_kind_text(enum rz_keyroll_kind kind)
{
    return kind_words[kind];
}

bool rz_keyroll_kind_parse(enum rz_keyroll_kind *kind, struct rz_str text)
{
    if (rz_str_is(text, "csk")) { /* it is exchanged as a KSK is */
        *kind = RZ_KEYROLL_KSK;
        return true;
    }
    for (size_t i = 0; i < sizeof kind_words / sizeof *kind_words; i++)
        if (rz_str_is(text, kind_words[i])) {
            *kind = (enum rz_keyroll_kind)i;
            return true;
        }
    return false;
}

uint64_t rz_keyroll_seconds(const struct rz_keyroll_step *step,
                            const struct rz_keyroll_times *times, bool csk)
{
    uint32_t longest = times->records > times->keys ? times->records : times->keys;
    uint64_t margin = times->margin;
    switch (step->wait) {
    case RZ_KEYROLL_WAIT_KEYS: return margin + (csk ? longest : times->keys);
    case RZ_KEYROLL_WAIT_RECORDS: return margin + longest;
    case RZ_KEYROLL_WAIT_DS: return margin + times->ds;
    default: return 0;
    }
}

bool rz_keyroll_takes(enum rz_keyroll_kind kind, const struct rz_signing_key *key)
{
    return kind == RZ_KEYROLL_ALGORITHM
           || (key->role & RZ_KEY_KSK) == (kind == RZ_KEYROLL_KSK ? RZ_KEY_KSK : 0);
}

static void add(struct rz_zone *zone, const struct rz_signing_key *key)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    size_t size = rz_signing_key_to_wire(key, wire);
    rz_zone_add(zone, zone->apex.wire, RZ_TYPE_DNSSECKEY, 0,
                (struct rz_rdata){wire, (uint16_t)size}, (struct rz_record_origin){0});
}

static bool has(const struct rz_rrset *rrset, const struct rz_signing_key *key)
{
    struct rz_signing_key other;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&other, c.wire, c.size) && rz_signing_key_is(&other, key))
            return true;
    return false;
}

/* The state of a key after the step; RZ_KEY_RETIRED: it goes. */
static uint8_t state_after(enum rz_keyroll_action action, uint8_t state, bool old)
{
    switch (action) {
    case RZ_KEYROLL_SWAP: return old ? RZ_KEY_PUBLISHED : RZ_KEY_ACTIVE;
    case RZ_KEYROLL_PUBLISH: return old ? state : RZ_KEY_ACTIVE;
    case RZ_KEYROLL_HIDE: return old ? RZ_KEY_SIGNS : state;
    case RZ_KEYROLL_RETIRE: return old ? RZ_KEY_RETIRED : state;
    default: return state;
    }
}

/* What is generated: of an algorithm what the file wants, else one of each kind that is exchanged. */
static void add_new(struct rz_zone *after, enum rz_keyroll_kind kind, enum rz_keyroll_action action,
                    const struct rz_rrset *like)
{
    struct rz_signing_key key;
    uint8_t state = action == RZ_KEYROLL_ADD_PUBLISHED ? RZ_KEY_PUBLISHED
                    : action == RZ_KEYROLL_ADD_HIDDEN  ? RZ_KEY_SIGNS
                                                       : RZ_KEY_ACTIVE;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(like); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || key.state != RZ_KEY_ACTIVE
            || !rz_keyroll_takes(kind, &key))
            continue;
        key.public_size = 0;
        key.state = state;
        add(after, &key);
    }
}

static bool is_add(enum rz_keyroll_action action)
{
    return action == RZ_KEYROLL_ADD_PUBLISHED || action == RZ_KEYROLL_ADD_ACTIVE
           || action == RZ_KEYROLL_ADD_HIDDEN;
}

enum rz_status rz_keyroll_after(struct rz_zone *after, enum rz_keyroll_kind kind,
                                enum rz_keyroll_action action, const struct rz_rrset *now,
                                const struct rz_rrset *old, const struct rz_rrset *wanted,
                                struct rz_diags *diags)
{
    struct rz_signing_key key;
    size_t changed = 0;
    rz_zone_init(after, now->owner);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(now); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size))
            return RZ_INVALID;
        bool rolls = rz_keyroll_takes(kind, &key);
        uint8_t state = rolls ? state_after(action, key.state, has(old, &key)) : key.state;
        changed += state != key.state;
        key.state = state;
        if (state != RZ_KEY_RETIRED)
            add(after, &key);
    }
    size_t count = after->count;
    if (is_add(action)) {
        const struct rz_rrset *like = kind == RZ_KEYROLL_ALGORITHM ? wanted : old;
        if (like)
            add_new(after, kind, action, like);
        changed += after->count - count;
    }
    enum rz_status status = rz_zone_finish(after, RZ_ZONE_LIVE, diags);
    return status != RZ_OK ? status : changed ? RZ_OK : RZ_INVALID;
}
