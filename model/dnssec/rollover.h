/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs of keys (RFC 6781 §4.1, RFC 7583) as tables of steps: which keys sign and are published, and which
 * DS the parent has, after each; and how long resolvers may still hold what was before. Whoever carries one
 * out makes a step's change, looks until all servers have it, and asks here what is next, and when. Pure:
 * neither clock nor network. */
#ifndef RZ_DNSSEC_ROLLOVER_H
#define RZ_DNSSEC_ROLLOVER_H

#include "dns/signing.h"

enum rz_rollover_kind {
    RZ_ROLLOVER_ZSK,       /* pre-publication (RFC 6781 §4.1.1.1) */
    RZ_ROLLOVER_KSK,       /* double-KSK (RFC 7583 §3.3.1) */
    RZ_ROLLOVER_KSK_DS,    /* double-DS (RFC 7583 §3.3.2) */
    RZ_ROLLOVER_ALGORITHM, /* both keys, to another algorithm (RFC 6781 §4.1.4) */
    RZ_ROLLOVER_KINDS
};
extern const char *const rz_rollover_kinds[RZ_ROLLOVER_KINDS + 1]; /* names; ends in NULL */

/* What is published: states of keys (enum rz_key_state) and whether the parent has their DS. */
struct rz_rollover_state {
    uint8_t old_ksk, old_zsk, new_ksk, new_zsk;
    bool old_ds, new_ds;
};

/* What has to run out of caches, once all servers have a step's change, before the next may be made. */
enum rz_rollover_wait { RZ_WAIT_NOTHING, RZ_WAIT_KEYS, RZ_WAIT_DATA, RZ_WAIT_DS };

struct rz_rollover_step {
    const char *name; /* "publish" */
    const char *text; /* what is done: "the new ZSK is published; the old one signs" */
    bool at_parent;   /* the change is of the DS */
    enum rz_rollover_wait wait;
    struct rz_rollover_state state; /* after it */
};

#define RZ_ROLLOVER_STEPS_MAX 5

/* The state that a roll-over begins with, and its steps; `*count` of them. */
const struct rz_rollover_step *rz_rollover_steps(enum rz_rollover_kind kind, size_t *count);
struct rz_rollover_state rz_rollover_begin(void);

/* Seconds. */
struct rz_rollover_times {
    uint32_t keys_ttl;    /* of the DNSKEY set */
    uint32_t data_ttl;    /* the largest of the zone */
    uint32_t ds_ttl;      /* at the parent */
    uint32_t propagation; /* until servers that are not looked at have what the others have */
    uint32_t parent_propagation; /* the same at the parent */
    uint32_t
        registration; /* expected from asking for a DS to when the parent has it; for timetables */
    uint32_t margin;  /* added to each wait; an emergency has none */
};

/* How long the wait after a step is. */
int64_t rz_rollover_wait_time(const struct rz_rollover_step *step,
                              const struct rz_rollover_times *times);

/* Where a roll-over is. */
struct rz_rollover {
    enum rz_rollover_kind kind;
    size_t done;  /* steps whose change was made */
    int64_t seen; /* when all servers were seen with the last of them; 0: not yet */
};

enum rz_rollover_action {
    RZ_ROLLOVER_LOOK,  /* whether the servers, or the parent, have the change of step done - 1 */
    RZ_ROLLOVER_PAUSE, /* until `at` */
    RZ_ROLLOVER_STEP,  /* make the change of step `done` */
    RZ_ROLLOVER_ENDED
};
struct rz_rollover_next {
    enum rz_rollover_action action;
    int64_t at; /* not before; of RZ_ROLLOVER_ENDED when it ended */
};
/* What is next, at `now`. A clock that was set back makes waits longer, never shorter. */
struct rz_rollover_next rz_rollover_next(const struct rz_rollover *rollover,
                                         const struct rz_rollover_times *times, int64_t now);

/* Fills `at` with the time of each step when the first is at `start` and nothing is late, and returns when
 * the last has run out. `at` has room for RZ_ROLLOVER_STEPS_MAX. */
int64_t rz_rollover_timetable(enum rz_rollover_kind kind, const struct rz_rollover_times *times,
                              int64_t start, int64_t at[RZ_ROLLOVER_STEPS_MAX]);

#endif
