/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs of keys as tables of steps (RFC 6781 §4.1, RFC 7583 §3). Between two steps resolvers get the
 * time to forget what they have cached; the zone can be validated at every moment. Pure.
 *
 * ZSK, pre-publish:         the new key is published · it signs in place of the old one · the old one goes
 * KSK or CSK, double-KSK:   both sign · the parent's DS is exchanged · the old key goes
 * algorithm, RFC 6781 §4.1.4: new keys sign, unpublished · they are published · the parent's DS is exchanged ·
 *                           the old keys are no longer published · they no longer sign */
#ifndef RZ_DNSSEC_KEYROLL_H
#define RZ_DNSSEC_KEYROLL_H

#include "dns/signing.h"
#include "dns/zone.h"

enum rz_keyroll_kind { RZ_KEYROLL_ZSK, RZ_KEYROLL_KSK, RZ_KEYROLL_ALGORITHM };

/* What a step does. */
enum rz_keyroll_action {
    RZ_KEYROLL_ADD_PUBLISHED,
    RZ_KEYROLL_ADD_ACTIVE,
    RZ_KEYROLL_ADD_HIDDEN,
    RZ_KEYROLL_SWAP,    /* new keys sign, old ones are only published */
    RZ_KEYROLL_PUBLISH, /* new keys sign and are published */
    RZ_KEYROLL_DS,      /* at the parent: the new keys' in place of the old ones' */
    RZ_KEYROLL_HIDE,    /* old keys sign and are not published */
    RZ_KEYROLL_RETIRE,  /* old keys go out of use */
};

/* What resolvers may have cached that the next step would make worthless. */
enum rz_keyroll_wait {
    RZ_KEYROLL_WAIT_NOTHING,
    RZ_KEYROLL_WAIT_KEYS,    /* the DNSKEY RRset */
    RZ_KEYROLL_WAIT_RECORDS, /* any RRset with its signatures, keys too */
    RZ_KEYROLL_WAIT_DS,      /* the parent's DS RRset */
};

struct rz_keyroll_step {
    enum rz_keyroll_action action;
    enum rz_keyroll_wait wait; /* before the next one */
    const char *text;          /* what is done, a clause */
};

/* TTLs in seconds; `margin` is for servers that lag. */
struct rz_keyroll_times {
    uint32_t keys, records, ds, margin;
};

/* The steps of a kind, NULL-terminated by count. */
const struct rz_keyroll_step *rz_keyroll_steps(enum rz_keyroll_kind kind, size_t *count);
const char *rz_keyroll_kind_text(enum rz_keyroll_kind kind); /* "zsk", "ksk", "algorithm" */
bool rz_keyroll_kind_parse(enum rz_keyroll_kind *kind, struct rz_str text);
/* How long to wait after a step. A CSK signs records too, so that `csk` waits for them. */
uint64_t rz_keyroll_seconds(const struct rz_keyroll_step *step,
                            const struct rz_keyroll_times *times, bool csk);

/* Whether a roll-over of this kind exchanges the key. */
bool rz_keyroll_takes(enum rz_keyroll_kind kind, const struct rz_signing_key *key);
/* Puts the zone's DNSSECKEY records as they are after a step into `after` (initialised, finished here). `now` is
 * the live RRset, `old` the one that the roll-over began with, `wanted` that of the zone's file, whose
 * keys an ADD of an algorithm generates. RZ_INVALID: there is nothing to exchange. */
enum rz_status rz_keyroll_after(struct rz_zone *after, enum rz_keyroll_kind kind,
                                enum rz_keyroll_action action, const struct rz_rrset *now,
                                const struct rz_rrset *old, const struct rz_rrset *wanted,
                                struct rz_diags *diags);

#endif
