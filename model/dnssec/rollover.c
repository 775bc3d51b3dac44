/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of roll-overs and the one function that reads them. */
#include "dnssec/rollover.h"

const char *const rz_rollover_kinds[RZ_ROLLOVER_KINDS + 1] = {"zsk", "ksk", "ksk-double-ds",
                                                              "algorithm", NULL};

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
static const struct rz_rollover_step zsk[] = {
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

static const struct rz_rollover_step ksk[] = {
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

static const struct rz_rollover_step ksk_ds[] = {
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

static const struct rz_rollover_step algorithm[] = {
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
} tables[RZ_ROLLOVER_KINDS] = {TABLE(zsk), TABLE(ksk), TABLE(ksk_ds), TABLE(algorithm)};

const struct rz_rollover_step *rz_rollover_steps(enum rz_rollover_kind kind, size_t *count)
{
    *count = tables[kind].count;
    return tables[kind].steps;
}

int64_t rz_rollover_wait_time(const struct rz_rollover_step *step,
                              const struct rz_rollover_times *times)
{
    int64_t margin = times->margin;
    switch (step->wait) {
    case RZ_WAIT_KEYS: return margin + times->propagation + times->keys_ttl;
    case RZ_WAIT_DATA: return margin + times->propagation + times->data_ttl;
    case RZ_WAIT_DS: return margin + times->parent_propagation + times->ds_ttl;
    default: return 0;
    }
}

struct rz_rollover_next rz_rollover_next(const struct rz_rollover *rollover,
                                         const struct rz_rollover_times *times, int64_t now)
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(rollover->kind, &count);
    if (rollover->done == 0)
        return (struct rz_rollover_next){RZ_ROLLOVER_STEP, now};
    if (!rollover->seen)
        return (struct rz_rollover_next){RZ_ROLLOVER_LOOK, now};
    int64_t at = rollover->seen + rz_rollover_wait_time(&steps[rollover->done - 1], times);
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
