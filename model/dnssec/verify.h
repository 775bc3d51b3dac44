/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a zone's signatures hold, all of them (RFC 4035): from the DS, or from its own key-signing keys,
 * to each RRset, and that every name that does not exist can be denied. Pure: the clock is an argument. */
#ifndef RZ_DNSSEC_VERIFY_H
#define RZ_DNSSEC_VERIFY_H

#include "dns/zone.h"

#define RZ_ZONE_KEYS_MAX 64

struct rz_signed_fault {
    bool warning;         /* resolvers accept it all the same */
    const uint8_t *owner; /* NULL: of the zone as a whole */
    uint16_t type;        /* 0: of the name */
    const char *text;     /* a clause: "it has no signature" */
};

struct rz_signed_key {
    uint16_t tag, flags;
    uint8_t algorithm;
    unsigned bits;
    bool usable;
    bool has_ds;       /* a DS given is of it */
    bool signs_keys;   /* it made a good signature of the DNSKEY set */
    size_t signatures; /* good ones of other RRsets */
};

enum rz_denial_kind { RZ_DENIAL_NONE, RZ_DENIAL_NSEC, RZ_DENIAL_NSEC3 };

/* What was seen. At most RZ_SIGNED_FAULTS_MAX faults are kept, all are counted. */
#define RZ_SIGNED_FAULTS_MAX 200
struct rz_signed_look {
    struct rz_arena arena;
    struct rz_signed_fault *faults;
    size_t fault_count, capacity;
    size_t bad, warnings;
    struct rz_signed_key keys[RZ_ZONE_KEYS_MAX];
    size_t key_count;
    size_t rrsets, signatures; /* RRsets that must be signed; good signatures */
    enum rz_denial_kind denial;
    uint16_t iterations; /* of NSEC3 */
    bool opt_out;
    size_t denials; /* NSEC or NSEC3 records */
    /* When the first RRset is left without a good signature; 0: none has one. */
    int64_t expires;
    const uint8_t *expires_owner;
    uint16_t expires_type;
};

struct rz_signed_input {
    const struct rz_rrset *ds; /* the parent's; NULL: not known */
    bool partial;              /* not the whole zone: denial and what is missing are not judged */
    int64_t now;
};

/* `zone` is finished and outlives the look. Free in any case. */
void rz_signed_look(struct rz_signed_look *look, const struct rz_zone *zone,
                    const struct rz_signed_input *input);
void rz_signed_look_free(struct rz_signed_look *look);

#endif
