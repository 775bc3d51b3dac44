/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of RRsets (RFC 4034 §3) and the keys that make and check them, by libdnssec. Pure. */
#ifndef RZ_DNSSEC_RRSIG_H
#define RZ_DNSSEC_RRSIG_H

#include "dns/rrset.h"

struct dnssec_key;
struct dnssec_sign_ctx;

/* A key of a zone, made ready for many signatures. Not for two threads at once. */
struct rz_rrsig_key {
    struct rz_rdata dnskey; /* borrowed */
    uint16_t flags, tag;
    uint8_t algorithm;
    bool usable; /* this program can check its signatures */
    bool signs;  /* and, since its private part is here, make them */
    struct dnssec_key *key;
    struct dnssec_sign_ctx *context;
};

/* From a DNSKEY at `apex`, which is borrowed. False: not usable, and nothing needs to be freed. */
bool rz_rrsig_key_init(struct rz_rrsig_key *key, const uint8_t *apex, struct rz_rdata dnskey);
/* A key with its private part, in PEM (PKCS #8). Of the key, `dnskey` is its own. NULL: done; else why
 * not, a static sentence part, and nothing needs to be freed. */
const char *rz_rrsig_key_load(struct rz_rrsig_key *key, const uint8_t *apex, uint16_t flags,
                              uint8_t algorithm, struct rz_str pem);
void rz_rrsig_key_free(struct rz_rrsig_key *key);

/* An RRSIG (RFC 4034 §3.1), read in place. */
struct rz_rrsig {
    uint16_t covered, tag;
    uint8_t algorithm, labels;
    uint32_t ttl;             /* original TTL */
    uint32_t expires, begins; /* seconds since 1970, modulo 2³² */
    const uint8_t *wire, *signer;
    size_t head; /* octets before the signature */
    size_t size;
};
/* False where malformed. */
bool rz_rrsig_read(struct rz_rrsig *rrsig, const uint8_t *wire, size_t size);
/* A time of a signature as seconds since 1970, the one next to `now` (RFC 4034 §3.1.5). */
int64_t rz_rrsig_time(uint32_t time, int64_t now);
/* Labels that an RRSIG of that owner counts: without the root and a leading asterisk. */
unsigned rz_rrsig_labels(const uint8_t *owner);
/* Whether the key made that signature of the RRset. Time is not looked at, nor wildcards expanded. */
bool rz_rrsig_is_by(const struct rz_rrsig *rrsig, const struct rz_rrset *rrset,
                    const struct rz_rrsig_key *key);
/* The same for a key that signs: whether it would make this very signature again, which costs less than
 * checking it. Algorithms that never sign alike are checked. */
bool rz_rrsig_is_same(const struct rz_rrsig *rrsig, const struct rz_rrset *rrset,
                      const struct rz_rrsig_key *key);
/* Appends the RDATA of a new signature with these times. False: the key cannot sign. */
bool rz_rrsig_make(struct rz_buffer *out, const struct rz_rrset *rrset,
                   const struct rz_rrsig_key *key, uint32_t begins, uint32_t expires);
/* Whether `time` is within the signature's life. NULL: yes; else why not, a static sentence part. */
const char *rz_rrsig_check_time(const struct rz_rrsig *rrsig, int64_t now);
/* Whether the RRset has a signature of `rrsigs` that is good now by a key of `keys` at `signer`. NULL:
 * yes; else why not, a static sentence part. */
const char *rz_rrsig_check(const struct rz_rrset *rrset, const struct rz_rrset *rrsigs,
                           const struct rz_rrset *keys, const uint8_t *signer, int64_t now);

#endif
