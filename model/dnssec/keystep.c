/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One key's next state, looked at by what caches may hold. */
#include "dnssec/keystep.h"

static uint8_t state_of(const struct rz_keystep *step, size_t i, bool after)
{
    return after && i == step->which ? step->state : step->keys[i].key.state;
}

/* Whether a key signs what keys of that role are for: itself, or where no key of its algorithm with that
 * role signs. */
static bool signs_for(const struct rz_keystep *step, size_t i, uint8_t role, bool after)
{
    const struct rz_signing_key *key = &step->keys[i].key;
    if (!(state_of(step, i, after) & RZ_KEY_SIGNS))
        return false;
    if (key->role & role)
        return true;
    for (size_t k = 0; k < step->count; k++)
        if (state_of(step, k, after) & RZ_KEY_SIGNS && step->keys[k].key.role & role
            && step->keys[k].key.algorithm == key->algorithm)
            return false;
    return true;
}

static int64_t later(int64_t time, int64_t wait)
{
    return time ? time + wait : 0;
}

/* Some key that resolvers have, and its signatures too, goes on signing for the role. */
static enum rz_keystep_fault check_role(const struct rz_keystep *step, uint8_t role, int64_t *until)
{
    const struct rz_rollover_times *times = step->times;
    enum rz_keystep_fault fault = RZ_KEYSTEP_ONLY_ONE;
    bool lost = false;
    for (size_t i = 0; i < step->count; i++)
        lost |= signs_for(step, i, role, false) && !signs_for(step, i, role, true);
    for (size_t i = 0; i < step->count && lost; i++) {
        const struct rz_keystep_key *key = &step->keys[i];
        if (!signs_for(step, i, role, true) || !(state_of(step, i, true) & RZ_KEY_PUBLISHED)
            || key->key.algorithm != step->keys[step->which].key.algorithm)
            continue;
        int64_t known = later(key->published, (int64_t)times->keys_ttl + times->margin);
        if (known && known <= step->now)
            return RZ_KEYSTEP_FINE;
        if (fault == RZ_KEYSTEP_ONLY_ONE || (known && known < *until))
            *until = known;
        fault = RZ_KEYSTEP_UNKNOWN;
    }
    return lost ? fault : RZ_KEYSTEP_FINE;
}

/* A published algorithm must sign everything (RFC 4035 §2.2), which one key at a time cannot bring about. */
static bool is_new_algorithm(const struct rz_keystep *step)
{
    bool any = false;
    for (size_t i = 0; i < step->count; i++) {
        const struct rz_signing_key *key = &step->keys[i].key;
        if (i == step->which || key->state != RZ_KEY_ACTIVE)
            continue;
        any = true;
        if (key->algorithm == step->keys[step->which].key.algorithm)
            return false;
    }
    return any;
}

enum rz_keystep_fault rz_keystep_check(const struct rz_keystep *step, int64_t *until)
{
    const struct rz_keystep_key *it = &step->keys[step->which];
    uint8_t gained = step->state & ~it->key.state, lost = it->key.state & ~step->state;
    const struct rz_rollover_times *times = step->times;
    *until = 0;
    if (gained && is_new_algorithm(step))
        return RZ_KEYSTEP_ALGORITHM;
    enum rz_keystep_fault fault = check_role(step, RZ_KEY_ZSK, until);
    if (fault == RZ_KEYSTEP_FINE)
        fault = check_role(step, RZ_KEY_KSK, until);
    if (fault != RZ_KEYSTEP_FINE || !(lost & RZ_KEY_PUBLISHED))
        return fault;
    if (!(it->key.role & RZ_KEY_ZSK) && !signs_for(step, step->which, RZ_KEY_ZSK, false))
        return RZ_KEYSTEP_FINE; /* what a KSK signs goes with it */
    if (it->key.state & RZ_KEY_SIGNS)
        return RZ_KEYSTEP_SIGNS;
    if (it->never_signed)
        return RZ_KEYSTEP_FINE;
    *until = later(it->signs, (int64_t)times->data_ttl + times->margin);
    return *until && *until <= step->now ? RZ_KEYSTEP_FINE : RZ_KEYSTEP_CACHED;
}
