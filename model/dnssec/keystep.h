/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a single key may be put into another state without some resolver finding the zone bogus. Pure. */
#ifndef RZ_DNSSEC_KEYSTEP_H
#define RZ_DNSSEC_KEYSTEP_H

#include "dns/signing.h"
#include "dnssec/rollover.h"

/* A key of the zone, or one that is held out of use (RZ_KEY_RETIRED), and when it last began or ceased to be
 * published, and to sign; seconds, 0: not known. */
struct rz_keystep_key {
    struct rz_signing_key key;
    int64_t published, signs;
    bool never_signed; /* since it came into use */
};

struct rz_keystep {
    const struct rz_keystep_key *keys; /* before, all of them */
    size_t count, which;
    uint8_t state; /* of keys[which], afterwards */
    const struct rz_rollover_times *times;
    int64_t now;
};

enum rz_keystep_fault {
    RZ_KEYSTEP_FINE,
    RZ_KEYSTEP_ALGORITHM, /* it is the first key of its algorithm in a zone that has others */
    RZ_KEYSTEP_ONLY_ONE,  /* no other key that resolvers know signs what it signs */
    RZ_KEYSTEP_SIGNS,     /* it still signs what would be checked with it */
    RZ_KEYSTEP_CACHED,    /* caches may have signatures of it, until `until` */
    RZ_KEYSTEP_UNKNOWN,   /* caches may not have the key that signs in its place, until `until` */
};

/* The first thing that is wrong. `*until` is when it will no longer be; 0: that is not known. */
enum rz_keystep_fault rz_keystep_check(const struct rz_keystep *step, int64_t *until);

#endif
