/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private keys as text: generated, and read from what others write. Results are PKCS #8 in PEM; whoever gets
 * them wipes them. */
#ifndef RZ_ZONEFILE_KEY_TEXT_H
#define RZ_ZONEFILE_KEY_TEXT_H

#include "dns/signing.h"
#include "dnssec/rrsig.h"

/* NULL: done; else why not, a static sentence part. `bits` is RSA's. */
const char *rz_key_text_generate(struct rz_buffer *pem, uint8_t algorithm, uint16_t bits);
/* Of a text in PEM, or in BIND's format, whose public part `facts` has. */
const char *rz_key_text_read(struct rz_buffer *pem, const struct rz_signing_key *facts,
                             struct rz_str text);
/* Whether the private part fits the public one: something is signed, and checked. */
bool rz_key_text_works(const struct rz_rrsig_key *key);

#endif
