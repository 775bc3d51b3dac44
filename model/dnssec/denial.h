/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names a signed zone must deny the neighbours of, and the NSEC (RFC 4034 §4) or NSEC3 (RFC 5155)
 * records that do so: made from the zone's other records, for signing, and for checking what is there. */
#ifndef RZ_DNSSEC_DENIAL_H
#define RZ_DNSSEC_DENIAL_H

#include "dns/signing.h"
#include "dns/zone.h"

#define RZ_NSEC3_HASH 20 /* octets of SHA-1, the only hash there is (RFC 5155 §11) */

struct rz_nsec3 {
    uint16_t iterations;
    bool opt_out; /* delegations without DS are left out (RFC 5155 §6) */
    uint8_t salt_size, salt[RZ_NSEC3_SALT_MAX];
};

/* A name of the zone that has data of the zone, is a delegation, or has such names below it. */
struct rz_denial_name {
    const uint8_t *owner;
    size_t first, end; /* its RRsets in the zone; the same: there is nothing at it */
    bool cut;          /* a delegation: of its RRsets only DS (and NSEC) are signed */
    bool secure;       /* with DS */
    bool optional;     /* NSEC3 with opt-out may leave it out */
    uint8_t hash[RZ_NSEC3_HASH];
    const uint8_t *record; /* owner of its NSEC or NSEC3, and the RDATA; after rz_denial_link */
    struct rz_rdata rdata;
};

struct rz_denial {
    struct rz_arena arena;
    const struct rz_zone *zone; /* borrowed, finished */
    struct rz_denial_name *names;
    size_t count, capacity;
    bool *is_signed; /* for each RRset of the zone: whether it must have a signature */
};

/* Collects names in canonical order, as NSEC wants them: data only, no empty ones. Types that denial and
 * signatures are made of (RRSIG, NSEC, NSEC3) do not count as data. Free in any case. */
void rz_denial_init(struct rz_denial *denial, const struct rz_zone *zone);
/* As NSEC3 wants them: with the empty names between data and apex, hashed and in the order of hashes.
 * RZ_INVALID: two names have the same hash, so that another salt is needed. */
enum rz_status rz_denial_hash(struct rz_denial *denial, const struct rz_nsec3 *params);
/* Drops optional names that `keep` does not want; NULL drops them all. */
void rz_denial_drop(struct rz_denial *denial,
                    bool (*keep)(void *user, const struct rz_denial_name *name), void *user);
/* Makes the records of the names: NSEC with `params` NULL, else NSEC3. */
void rz_denial_link(struct rz_denial *denial, const struct rz_nsec3 *params);
void rz_denial_free(struct rz_denial *denial);

/* The owner of an NSEC3: the hash in base32hex below the apex. */
const uint8_t *rz_nsec3_owner(struct rz_arena *arena, const uint8_t hash[RZ_NSEC3_HASH],
                              const uint8_t *apex);
/* Reads NSEC3PARAM, or the beginning of NSEC3, RDATA. False: not SHA-1, or malformed. */
bool rz_nsec3_read(struct rz_nsec3 *params, const uint8_t *wire, size_t size);
/* The NSEC3PARAM's RDATA (flags 0, RFC 5155 §4.1.2), in `arena`. */
struct rz_rdata rz_nsec3_param(struct rz_arena *arena, const struct rz_nsec3 *params);

#endif
