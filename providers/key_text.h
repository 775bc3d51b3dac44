/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private keys as text: generated, and read from what others write. Whoever gets a result wipes it
 * (rz_key_text_wipe). */
#ifndef RZ_KEY_TEXT_H
#define RZ_KEY_TEXT_H

#include "dns/signing.h"
#include "dnssec/rrsig.h"

#define RZ_KEY_TEXT_MAX 16384 /* octets */

/* A key in PKCS #8 and PEM. NULL: done; else why not, a static sentence part. `bits` is RSA's. */
const char *rz_key_text_generate(struct rz_buffer *pem, uint8_t algorithm, uint16_t bits);
/* The same of a text in PEM, or in BIND's format, whose public part `facts` has. */
const char *rz_key_text_read(struct rz_buffer *pem, const struct rz_signing_key *facts,
                             struct rz_str text);
/* A key that was made elsewhere, in BIND's format as `import_key` of providers takes it: out of that very format,
 * with the DNSKEY that its public half says (`dnskey`), or out of PEM (PKCS #8, or what OpenSSL wrote before it),
 * whose algorithm is what it is, `rsa` for RSA. `facts` gets role and public part, which lies in `room`. NULL:
 * done, and what it signs was checked with the public part; else why not. */
struct rz_key_text_source {
    struct rz_str text;
    const struct rz_rdata *dnskey; /* NULL: PEM */
    uint8_t role, rsa;
};
const char *rz_key_text_import(struct rz_buffer *bind, struct rz_signing_key *facts,
                               uint8_t room[RZ_SIGNING_KEY_WIRE_MAX],
                               const struct rz_key_text_source *source);
void rz_key_text_wipe(struct rz_buffer *text);
/* Whether the private part fits the public one: something is signed, and checked. */
bool rz_key_text_works(const struct rz_rrsig_key *key);

#endif
