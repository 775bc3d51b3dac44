/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of roll-overs, their times, and what each step makes of a zone's keys. */
#include "dnssec/rollover.h"

#include "dns/rtype.h"

const char *const rz_rollover_kinds[RZ_ROLLOVER_KINDS + 1] = {
    "zsk", "zsk-double-signature", "ksk", "ksk-double-ds", "algorithm", NULL};

bool rz_rollover_kind_parse(enum rz_rollover_kind *kind, struct rz_str text)
{
    *kind = RZ_ROLLOVER_KSK;
    if (rz_str_is(text, "csk"))
        return true;
    for (int i = 0; i < RZ_ROLLOVER_KINDS; i++)
        if (rz_str_is(text, rz_rollover_kinds[i])) {
            *kind = (enum rz_rollover_kind)i;
            return true;
        }
    return false;
}

enum {
    NONE = RZ_KEY_RETIRED,
    HIDDEN = RZ_KEY_SIGNS,
    SHOWN = RZ_KEY_PUBLISHED,
    ACTIVE = RZ_KEY_ACTIVE
};

struct rz_rollover_state rz_rollover_begin(void)
{
    return (struct rz_rollover_state){.old_ksk = ACTIVE, .old_zsk = ACTIVE, .old_ds = true};
}

/* Of a state: old KSK, old ZSK, new KSK, new ZSK, old DS, new DS. */
static const struct rz_rollover_step zsk_steps[] = {
    {"publish",
     "the new ZSK is published; the old one signs",
     false,
     RZ_WAIT_KEYS,
     {ACTIVE, ACTIVE, NONE, SHOWN, true, false}},
    {"sign",
     "the new ZSK signs; the old one stays published",
     false,
     RZ_WAIT_DATA,
     {ACTIVE, SHOWN, NONE, ACTIVE, true, false}},
    {"remove",
     "the old ZSK is taken out",
     false,
     RZ_WAIT_NOTHING,
     {ACTIVE, NONE, NONE, ACTIVE, true, false}},
};

static const struct rz_rollover_step zsk_double_steps[] = {
    {"sign",
     "the new ZSK is published and signs, too",
     false,
     RZ_WAIT_BOTH,
     {ACTIVE, ACTIVE, NONE, ACTIVE, true, false}},
    {"remove",
     "the old ZSK is taken out",
     false,
     RZ_WAIT_NOTHING,
     {ACTIVE, NONE, NONE, ACTIVE, true, false}},
};

static const struct rz_rollover_step ksk_steps[] = {
    {"publish",
     "the new KSK is published, and both sign the keys",
     false,
     RZ_WAIT_KEYS,
     {ACTIVE, ACTIVE, ACTIVE, NONE, true, false}},
    {"parent",
     "the parent's DS is replaced by that of the new KSK",
     true,
     RZ_WAIT_DS,
     {ACTIVE, ACTIVE, ACTIVE, NONE, false, true}},
    {"remove",
     "the old KSK is taken out",
     false,
     RZ_WAIT_NOTHING,
     {NONE, ACTIVE, ACTIVE, NONE, false, true}},
};

static const struct rz_rollover_step ksk_ds_steps[] = {
    {"parent",
     "the DS of the new KSK is added at the parent",
     true,
     RZ_WAIT_DS,
     {ACTIVE, ACTIVE, NONE, NONE, true, true}},
    {"exchange",
     "the new KSK takes the place of the old one",
     false,
     RZ_WAIT_KEYS,
     {NONE, ACTIVE, ACTIVE, NONE, true, true}},
    {"parent-remove",
     "the DS of the old KSK is removed at the parent",
     true,
     RZ_WAIT_NOTHING,
     {NONE, ACTIVE, ACTIVE, NONE, false, true}},
};

static const struct rz_rollover_step algorithm_steps[] = {
    {"sign",
     "keys of the new algorithm sign everything, too, and are not published",
     false,
     RZ_WAIT_DATA,
     {ACTIVE, ACTIVE, HIDDEN, HIDDEN, true, false}},
    {"publish",
     "the new keys are published",
     false,
     RZ_WAIT_KEYS,
     {ACTIVE, ACTIVE, ACTIVE, ACTIVE, true, false}},
    {"parent",
     "the parent's DS is replaced by that of the new KSK",
     true,
     RZ_WAIT_DS,
     {ACTIVE, ACTIVE, ACTIVE, ACTIVE, false, true}},
    {"withdraw",
     "the old keys are no longer published, and go on signing",
     false,
     RZ_WAIT_KEYS,
     {HIDDEN, HIDDEN, ACTIVE, ACTIVE, false, true}},
    {"remove",
     "the old keys stop signing",
     false,
     RZ_WAIT_NOTHING,
     {NONE, NONE, ACTIVE, ACTIVE, false, true}},
};

#define TABLE(steps)                                                                               \
    {                                                                                              \
        steps, sizeof(steps) / sizeof *(steps)                                                     \
    }
static const struct {
    const struct rz_rollover_step *steps;
    size_t count;
} tables[RZ_ROLLOVER_KINDS] = {TABLE(zsk_steps), TABLE(zsk_double_steps), TABLE(ksk_steps),
                               TABLE(ksk_ds_steps), TABLE(algorithm_steps)};

const struct rz_rollover_step *rz_rollover_steps(enum rz_rollover_kind kind, size_t *count)
{
    *count = tables[kind].count;
    return tables[kind].steps;
}

int64_t rz_rollover_wait_time(const struct rz_rollover_step *step,
                              const struct rz_rollover_times *times)
{
    int64_t margin = times->margin;
    uint32_t both = times->keys_ttl > times->data_ttl ? times->keys_ttl : times->data_ttl;
    switch (step->wait) {
    case RZ_WAIT_KEYS: return margin + times->keys_ttl;
    case RZ_WAIT_DATA: return margin + times->data_ttl;
    case RZ_WAIT_BOTH: return margin + both;
    case RZ_WAIT_DS: return margin + times->ds_ttl;
    default: return 0;
    }
}

struct rz_rollover_next rz_rollover_next(const struct rz_rollover *rollover, int64_t now)
{
    size_t count;
    rz_rollover_steps(rollover->kind, &count);
    int64_t at = rollover->seen + rollover->wait;
    if (rollover->done == 0)
        return (struct rz_rollover_next){RZ_ROLLOVER_STEP, now};
    if (rollover->done >= count)
        return (struct rz_rollover_next){RZ_ROLLOVER_ENDED, at};
    return (struct rz_rollover_next){now < at ? RZ_ROLLOVER_PAUSE : RZ_ROLLOVER_STEP, at};
}

int64_t rz_rollover_timetable(enum rz_rollover_kind kind, const struct rz_rollover_times *times,
                              int64_t start, int64_t at[RZ_ROLLOVER_STEPS_MAX])
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(kind, &count);
    for (size_t i = 0; i < count; i++) {
        at[i] = start;
        start += (steps[i].at_parent ? times->registration : 0)
                 + rz_rollover_wait_time(&steps[i], times);
    }
    return start;
}

/* ---- keys */

bool rz_rollover_takes(enum rz_rollover_kind kind, const struct rz_signing_key *key)
{
    bool of_zsk = kind == RZ_ROLLOVER_ZSK || kind == RZ_ROLLOVER_ZSK_DOUBLE;
    return kind == RZ_ROLLOVER_ALGORITHM || (key->role & RZ_KEY_KSK) == (of_zsk ? 0 : RZ_KEY_KSK);
}

static struct rz_rdata_cursor each(const struct rz_rrset *rrset)
{
    return rrset ? rz_rrset_rdata(rrset) : (struct rz_rdata_cursor){0};
}

static bool has(const struct rz_rrset *rrset, const struct rz_signing_key *key)
{
    struct rz_signing_key other;
    for (struct rz_rdata_cursor c = each(rrset); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&other, c.wire, c.size) && rz_signing_key_is(&other, key))
            return true;
    return false;
}

bool rz_rollover_is_old(enum rz_rollover_kind kind, const struct rz_rollover_keys *keys,
                        const struct rz_signing_key *key)
{
    return rz_rollover_takes(kind, key) && has(keys->old, key);
}

bool rz_rollover_has_ds(enum rz_rollover_kind kind, const struct rz_rollover_step *step,
                        const struct rz_rollover_keys *keys, const struct rz_signing_key *key)
{
    if (!(key->role & RZ_KEY_KSK))
        return false;
    if (!rz_rollover_takes(kind, key))
        return key->state & RZ_KEY_PUBLISHED;
    return has(keys->old, key) ? step->state.old_ds : step->state.new_ds;
}

static uint8_t state_of(const struct rz_rollover_step *step, uint8_t role, bool old)
{
    const struct rz_rollover_state *state = &step->state;
    bool ksk = role & RZ_KEY_KSK;
    return old ? (ksk ? state->old_ksk : state->old_zsk) : ksk ? state->new_ksk : state->new_zsk;
}

static void add(struct rz_zone *zone, struct rz_signing_key key, uint8_t state)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    key.state = state;
    size_t size = state == RZ_KEY_RETIRED ? 0 : rz_signing_key_to_wire(&key, wire);
    if (size)
        rz_zone_add(zone, zone->apex.wire, RZ_TYPE_DNSSECKEY, 0,
                    (struct rz_rdata){wire, (uint16_t)size}, (struct rz_record_origin){0});
}

/* What is generated: of an algorithm what the file wants, else one of each kind that is exchanged. */
static void add_new(struct rz_zone *after, enum rz_rollover_kind kind,
                    const struct rz_rollover_step *step, const struct rz_rrset *like)
{
    struct rz_signing_key key;
    for (struct rz_rdata_cursor c = each(like); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || key.state != RZ_KEY_ACTIVE
            || !rz_rollover_takes(kind, &key))
            continue;
        key.public_size = 0;
        add(after, key, state_of(step, key.role, false));
    }
}

enum rz_status rz_rollover_after(struct rz_zone *after, enum rz_rollover_kind kind,
                                 const struct rz_rollover_step *step,
                                 const struct rz_rollover_keys *keys, struct rz_diags *diags)
{
    struct rz_signing_key key;
    bool taken_over = false;
    rz_zone_init(after, keys->now->owner);
    for (struct rz_rdata_cursor c = each(keys->now); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size))
            return RZ_INVALID;
        bool rolls = rz_rollover_takes(kind, &key), old = has(keys->old, &key);
        taken_over |= rolls && !old;
        add(after, key, rolls ? state_of(step, key.role, old) : key.state);
    }
    for (struct rz_rdata_cursor c = each(keys->made); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&key, c.wire, c.size)) {
            taken_over = true;
            if (!has(keys->now, &key))
                add(after, key, state_of(step, key.role, false));
        }
    if (!taken_over)
        add_new(after, kind, step, kind == RZ_ROLLOVER_ALGORITHM ? keys->wanted : keys->old);
    return rz_zone_finish(after, RZ_ZONE_LIVE, diags);
}
