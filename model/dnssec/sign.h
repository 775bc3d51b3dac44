/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signs a zone (RFC 4035 §2): the zone's data in, the zone with DNSKEY, NSEC or NSEC3 and RRSIG records
 * out. What was signed before and is as it was keeps its signatures, so that two versions differ in what
 * has changed, its signatures, and its neighbours in the chain. Pure: the clock is an argument, and nothing
 * is random but signatures of algorithms that cannot do without. */
#ifndef RZ_DNSSEC_SIGN_H
#define RZ_DNSSEC_SIGN_H

#include "dns/signing.h"
#include "dns/zone.h"
#include "dnssec/rrsig.h"

/* A key of the zone. Keys that sign have their private part (rz_rrsig_key_load). */
struct rz_sign_key {
    struct rz_rrsig_key key;
    uint8_t role, state; /* enum rz_key_role, enum rz_key_state */
    bool known;          /* set by rz_zone_sign: signatures of its tag in the old zone are by it */
};

struct rz_sign_settings {
    const struct rz_signing *signing; /* NSEC or NSEC3, and CDS */
    struct rz_sign_key *keys;
    size_t key_count;
    const struct rz_zone *old; /* the zone as it was signed before; NULL: not */
    bool old_is_good;  /* its signatures were checked when it was made, and are as they were */
    uint32_t validity; /* seconds that a signature is good for, from now on */
    uint32_t refresh;  /* a signature that has less left is made anew */
    int64_t now;
};

struct rz_signed_counts {
    size_t kept, made; /* signatures */
    int64_t due;       /* when the first of all has no more than `refresh` left */
};

/* Makes `out` (initialised here, finished) of `zone`, whose own records of signers' types are left out.
 * The SOA is as it is in `zone`. NULL: done; else why not, a static sentence part. Free `out` in any case. */
const char *rz_zone_sign(struct rz_zone *out, const struct rz_zone *zone,
                         const struct rz_sign_settings *settings, struct rz_signed_counts *counts);

#endif
