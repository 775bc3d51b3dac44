/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs of keys (RFC 6781 §4.1, RFC 7583) as tables of steps: which keys sign and are published, and which
 * DS the parent has, after each; and how long resolvers may still hold what was before. The timetable that is
 * printed and the steps that are taken are made from the same tables. Pure: neither clock nor network. */
#ifndef RZ_DNSSEC_ROLLOVER_H
#define RZ_DNSSEC_ROLLOVER_H

#include "dns/signing.h"
#include "dns/zone.h"

enum rz_rollover_kind {
    RZ_ROLLOVER_ZSK,        /* pre-publication (RFC 6781 §4.1.1.1) */
    RZ_ROLLOVER_ZSK_DOUBLE, /* double signature (RFC 6781 §4.1.1.2) */
    RZ_ROLLOVER_KSK,        /* double-KSK (RFC 7583 §3.3.1); of a CSK, too */
    RZ_ROLLOVER_KSK_DS,     /* double-DS (RFC 7583 §3.3.2) */
    RZ_ROLLOVER_ALGORITHM,  /* all keys, to another algorithm (RFC 6781 §4.1.4) */
    RZ_ROLLOVER_KINDS
};
extern const char *const rz_rollover_kinds[RZ_ROLLOVER_KINDS + 1]; /* names; ends in NULL */
/* `csk` is exchanged as a KSK is. */
bool rz_rollover_kind_parse(enum rz_rollover_kind *kind, struct rz_str text);

/* What is published: states of keys (enum rz_key_state) and whether the parent has their DS. A CSK is as the
 * KSK of its line. */
struct rz_rollover_state {
    uint8_t old_ksk, old_zsk, new_ksk, new_zsk;
    bool old_ds, new_ds;
};

/* What has to run out of caches, once all servers have a step's change, before the next may be made. */
enum rz_rollover_wait { RZ_WAIT_NOTHING, RZ_WAIT_KEYS, RZ_WAIT_DATA, RZ_WAIT_BOTH, RZ_WAIT_DS };

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

/* Seconds. Of a CSK `keys_ttl` is the larger of both: it signs the data, too. */
struct rz_rollover_times {
    uint32_t keys_ttl; /* of the DNSKEY set */
    uint32_t data_ttl; /* the largest of the zone */
    uint32_t ds_ttl;   /* at the parent */
    uint32_t margin;   /* until servers that nobody looks at have a change, the parent's too */
    uint32_t
        registration; /* expected from asking for a DS to when the parent has it; for timetables */
};

/* How long the wait after a step is. */
int64_t rz_rollover_wait_time(const struct rz_rollover_step *step,
                              const struct rz_rollover_times *times);

/* Where a roll-over is. */
struct rz_rollover {
    enum rz_rollover_kind kind;
    size_t done;  /* steps whose change all servers have */
    int64_t seen; /* when they were seen with the last of them */
    int64_t wait; /* after it, in seconds, by the TTLs that there were then */
};

enum rz_rollover_action {
    RZ_ROLLOVER_PAUSE, /* until `at` */
    RZ_ROLLOVER_STEP,  /* make the change of step `done` */
    RZ_ROLLOVER_ENDED
};
struct rz_rollover_next {
    enum rz_rollover_action action;
    int64_t at; /* not before; of RZ_ROLLOVER_ENDED when it ended */
};
/* What is next, at `now`. A clock that was set back makes waits longer, never shorter. */
struct rz_rollover_next rz_rollover_next(const struct rz_rollover *rollover, int64_t now);

/* Fills `at` with the time of each step when the first is at `start` and nothing is late, and returns when
 * the last has run out. `at` has room for RZ_ROLLOVER_STEPS_MAX. */
int64_t rz_rollover_timetable(enum rz_rollover_kind kind, const struct rz_rollover_times *times,
                              int64_t start, int64_t at[RZ_ROLLOVER_STEPS_MAX]);

/* Whether a roll-over of this kind exchanges the key. */
bool rz_rollover_takes(enum rz_rollover_kind kind, const struct rz_signing_key *key);

/* The zone's DNSSECKEY records around a roll-over; each may be NULL. */
struct rz_rollover_keys {
    const struct rz_rrset *now;    /* live */
    const struct rz_rrset *old;    /* as it began */
    const struct rz_rrset *made;   /* keys that take over and exist already */
    const struct rz_rrset *wanted; /* of the zone's file: an algorithm is rolled to these */
};
/* Whether the key is one of the old ones that are exchanged. */
bool rz_rollover_is_old(enum rz_rollover_kind kind, const struct rz_rollover_keys *keys,
                        const struct rz_signing_key *key);
/* Whether the parent shall have the DS of a key that is published, after the step. */
bool rz_rollover_has_ds(enum rz_rollover_kind kind, const struct rz_rollover_step *step,
                        const struct rz_rollover_keys *keys, const struct rz_signing_key *key);
/* Puts the records as they are after the step into `after` (initialised, finished here). Keys that take over
 * are those of `made`, or live ones that are not old, or else `new` ones, like the old or as wanted. */
enum rz_status rz_rollover_after(struct rz_zone *after, enum rz_rollover_kind kind,
                                 const struct rz_rollover_step *step,
                                 const struct rz_rollover_keys *keys, struct rz_diags *diags);

#endif
