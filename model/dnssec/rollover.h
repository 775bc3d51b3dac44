/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs of keys as tables of steps (RFC 6781 §4.1, RFC 7583 §3). Between two steps resolvers get the
 * time to forget what they have cached; the zone can be validated at every moment. Pure.
 *
 * ZSK, pre-publish:         the new key is published · it signs in place of the old one · the old one goes
 * KSK or CSK, double-KSK:   both sign · the parent's DS is exchanged · the old key goes
 * algorithm, RFC 6781 §4.1.4: new keys sign, unpublished · they are published · the parent's DS is exchanged ·
 *                           the old keys are no longer published · they no longer sign */
#ifndef RZ_DNSSEC_ROLLOVER_H
#define RZ_DNSSEC_ROLLOVER_H

#include "dns/signing.h"
#include "dns/zone.h"

enum rz_rollover_kind { RZ_ROLLOVER_ZSK, RZ_ROLLOVER_KSK, RZ_ROLLOVER_ALGORITHM };

/* What a step does. */
enum rz_rollover_action {
    RZ_ROLLOVER_ADD_PUBLISHED,
    RZ_ROLLOVER_ADD_ACTIVE,
    RZ_ROLLOVER_ADD_HIDDEN,
    RZ_ROLLOVER_SWAP,    /* new keys sign, old ones are only published */
    RZ_ROLLOVER_PUBLISH, /* new keys sign and are published */
    RZ_ROLLOVER_DS,      /* at the parent: the new keys' in place of the old ones' */
    RZ_ROLLOVER_HIDE,    /* old keys sign and are not published */
    RZ_ROLLOVER_RETIRE,  /* old keys go out of use */
};

/* What resolvers may have cached that the next step would make worthless. */
enum rz_rollover_wait {
    RZ_WAIT_NOTHING,
    RZ_WAIT_KEYS,    /* the DNSKEY RRset */
    RZ_WAIT_RECORDS, /* any RRset with its signatures, keys too */
    RZ_WAIT_DS,      /* the parent's DS RRset */
};

struct rz_rollover_step {
    enum rz_rollover_action action;
    enum rz_rollover_wait wait; /* before the next one */
    const char *text;           /* what is done, a clause */
};

/* TTLs in seconds; `margin` is for servers that lag. */
struct rz_rollover_times {
    uint32_t keys, records, ds, margin;
};

/* The steps of a kind, NULL-terminated by count. */
const struct rz_rollover_step *rz_rollover_steps(enum rz_rollover_kind kind, size_t *count);
const char *rz_rollover_kind_text(enum rz_rollover_kind kind); /* "zsk", "ksk", "algorithm" */
bool rz_rollover_kind_parse(enum rz_rollover_kind *kind, struct rz_str text);
/* How long to wait after a step. A CSK signs records too, so that `csk` waits for them. */
uint64_t rz_rollover_seconds(const struct rz_rollover_step *step,
                             const struct rz_rollover_times *times, bool csk);

/* Whether a roll-over of this kind exchanges the key. */
bool rz_rollover_takes(enum rz_rollover_kind kind, const struct rz_signing_key *key);
/* Puts the zone's DNSSECKEY records as they are after a step into `after` (initialised, finished here). `now` is
 * the live RRset, `old` the one that the roll-over began with, `wanted` that of the zone's file, whose
 * keys an ADD of an algorithm generates. RZ_INVALID: there is nothing to exchange. */
enum rz_status rz_rollover_after(struct rz_zone *after, enum rz_rollover_kind kind,
                                 enum rz_rollover_action action, const struct rz_rrset *now,
                                 const struct rz_rrset *old, const struct rz_rrset *wanted,
                                 struct rz_diags *diags);

#endif
