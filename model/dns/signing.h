/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a zone is signed, as two types that are no DNS types and stand at the apex, without a TTL. A
 * provider that signs gives and takes them with the zone's other RRsets, so that signing is planned,
 * journaled, verified and rolled back as records are.
 *
 * DNSSEC, one record:
 *     unsigned                            only in desired zones: the zone shall not be signed
 *     nsec                                signed, with NSEC
 *     nsec3 ITERATIONS SALT [opt-out] [narrow]
 *     presigned                           signatures come with the zone, the server makes none
 * and behind the first two `[cds sha256|sha384]`: the server publishes CDS and CDNSKEY (RFC 7344).
 * A live zone that is not signed has none.
 *
 * DNSSECKEY, one record a key:
 *     ROLE ALGORITHM STATE TAG PUBLIC-KEY          csk ecdsap256sha256 active 404 hDQDxPJ9…
 *     ROLE ALGORITHM STATE new                     a key that is still to be generated
 * ROLE is ksk, zsk, or csk, which is both. RSA has its bits behind the algorithm: rsasha256/2048.
 * STATE is `active` (signs, and is in the DNSKEY RRset), `published` (only in it), or `hidden` (only
 * signs). Keys that do neither are not listed: they are at the provider, and harmless.
 * Two such RRsets are the same where their keys are; `new` is the same as any key of its kind. */
#ifndef RZ_DNS_SIGNING_H
#define RZ_DNS_SIGNING_H

#include "dns/rdata.h"
#include "dns/rrset.h"

enum rz_signing_mode {
    RZ_SIGNING_UNSIGNED,
    RZ_SIGNING_NSEC,
    RZ_SIGNING_NSEC3,
    RZ_SIGNING_PRESIGNED
};

#define RZ_NSEC3_SALT_MAX 255

struct rz_signing {
    enum rz_signing_mode mode;
    bool opt_out, narrow; /* NSEC3 */
    uint16_t iterations;  /* more than those of the first hash (RFC 5155 §3.1.3) */
    uint8_t salt_size, salt[RZ_NSEC3_SALT_MAX];
    uint8_t cds; /* digest type of the CDS that are published; 0: none */
};

#define RZ_SIGNING_WIRE_MAX (6 + RZ_NSEC3_SALT_MAX)

enum rz_key_role { RZ_KEY_KSK = 1, RZ_KEY_ZSK = 2, RZ_KEY_CSK = 3 }; /* bits */
enum rz_key_state { RZ_KEY_RETIRED, RZ_KEY_SIGNS = 1, RZ_KEY_PUBLISHED = 2, RZ_KEY_ACTIVE = 3 };

struct rz_signing_key {
    uint8_t role, algorithm, state;
    uint16_t bits;
    const uint8_t *public_key; /* as in DNSKEY RDATA; borrowed */
    uint16_t public_size;      /* 0: to be generated */
};

#define RZ_SIGNING_KEY_WIRE_MAX 4096
#define RZ_DNSKEY_HEAD 4 /* octets of DNSKEY RDATA before the public key */

/* Number of an algorithm by its mnemonic in lower case; 0: none that rezone knows. */
uint8_t rz_signing_algorithm_parse(struct rz_str text);
/* "ecdsap256sha256"; the number where it has no name here. */
#define RZ_SIGNING_ALGORITHM_MAX 24
char *rz_signing_algorithm_text(char text[RZ_SIGNING_ALGORITHM_MAX], uint8_t algorithm);
/* Whether zones may be signed with it anew: not with SHA-1, and not with what nobody validates. */
bool rz_signing_algorithm_is_good(uint8_t algorithm);
/* Bits of a key: of RSA the modulus', else what the algorithm says; 0: not known. */
uint16_t rz_signing_key_bits(uint8_t algorithm, const uint8_t *public_key, size_t size);

/* Text, wire and back. On RZ_INVALID `*why` is a sentence part. A parsed key's octets lie in `room`. */
enum rz_status rz_signing_parse(struct rz_signing *signing, struct rz_str text, const char **why);
size_t rz_signing_to_wire(const struct rz_signing *signing, uint8_t wire[RZ_SIGNING_WIRE_MAX]);
bool rz_signing_from_wire(struct rz_signing *signing, const uint8_t *wire, size_t size);
void rz_signing_print(struct rz_buffer *out, const struct rz_signing *signing);

enum rz_status rz_signing_key_parse(struct rz_signing_key *key,
                                    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX], struct rz_str text,
                                    const char **why);
/* 0 where the public key is too long. */
size_t rz_signing_key_to_wire(const struct rz_signing_key *key,
                              uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX]);
/* The key borrows from `wire`. */
bool rz_signing_key_from_wire(struct rz_signing_key *key, const uint8_t *wire, size_t size);
void rz_signing_key_print(struct rz_buffer *out, const struct rz_signing_key *key);
const char *rz_key_role_text(uint8_t role);
const char *rz_key_state_text(uint8_t state);

/* DNSKEY RDATA of the key; 0 for one that is still to be generated. */
size_t rz_signing_key_dnskey(const struct rz_signing_key *key,
                             uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX]);
/* The other way: role KSK or ZSK by the flags, no state. False where the RDATA is no key of a zone. */
bool rz_signing_key_of_dnskey(struct rz_signing_key *key, const uint8_t *wire, size_t size);
/* Key tag; 0 for one that is still to be generated. */
uint16_t rz_signing_key_tag(const struct rz_signing_key *key);

/* Whether both have the same public key. */
bool rz_signing_key_is(const struct rz_signing_key *a, const struct rz_signing_key *b);
/* Whether a key and what stands for it agree in all that the latter says: kind, state, and public key
 * unless one of them is `new`. Of roles only that counts which the flags of a DNSKEY tell. */
bool rz_signing_key_fits(const struct rz_signing_key *a, const struct rz_signing_key *b);
/* Whether the two DNSSECKEY RRsets are of the same keys in the same states. */
bool rz_signing_keys_same(const struct rz_rrset *a, const struct rz_rrset *b);
/* Whether a record of `rrset` fits the key in `wire`. */
bool rz_signing_keys_contain(const struct rz_rrset *rrset, const uint8_t *wire, size_t size);

#endif
