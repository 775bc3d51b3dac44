/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One look at a signed zone. */
#ifndef RZ_DNSSEC_VERIFY_INTERNAL_H
#define RZ_DNSSEC_VERIFY_INTERNAL_H

#include "dnssec/denial.h"
#include "dnssec/rrsig.h"
#include "dnssec/verify.h"

struct rz_verifier {
    struct rz_signed_look *look;
    const struct rz_zone *zone;
    const struct rz_signed_input *input;
    const struct rz_rrset *dnskey;
    struct rz_rrsig_key *keys; /* beside look->keys */
    uint64_t algorithms[4];    /* bits: those of the keys */
    struct rz_denial denial;
};

/* `where` gives owner and type; NULL: the zone as a whole. */
void rz_signed_fault(struct rz_verifier *v, bool warning, const struct rz_signed_fault *where,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The signatures of one RRset. */
void rz_verify_rrset(struct rz_verifier *v, const struct rz_rrset *rrset);
/* The chain of NSEC or NSEC3 records. */
void rz_verify_denial(struct rz_verifier *v);

#endif
