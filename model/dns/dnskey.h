/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNSKEY and DS (RFC 4034): key tags, digests, which key a DS is of. Pure. */
#ifndef RZ_DNS_DNSKEY_H
#define RZ_DNS_DNSKEY_H

#include "dns/rrset.h"

#define RZ_DS_MAX 52 /* octets of a DS with the longest digest, SHA-384 */
enum rz_dnskey_flag { RZ_DNSKEY_SEP = 1, RZ_DNSKEY_REVOKE = 128, RZ_DNSKEY_ZONE = 256 };

/* The flags field; 0 where the RDATA is too short to be a key. */
uint16_t rz_dnskey_flags(const uint8_t *wire, size_t size);
/* The key tag of a DNSKEY (RFC 4034 appendix B; algorithm 1, which is dead, counts otherwise). */
uint16_t rz_dnskey_tag(const uint8_t *wire, size_t size);
/* Octets of a digest of this type (1 SHA-1, 2 SHA-256, 4 SHA-384); 0: not known. */
size_t rz_ds_digest_size(uint8_t type);
/* Writes the DS of a key at `owner` and returns its size; 0 where there can be none. */
size_t rz_dnskey_ds(uint8_t ds[RZ_DS_MAX], const uint8_t *owner, const uint8_t *wire, size_t size,
                    uint8_t digest_type);
/* Whether the DS is of that key at `owner`. */
bool rz_ds_matches(const uint8_t *ds, size_t ds_size, const uint8_t *owner, const uint8_t *wire,
                   size_t size);

#endif
