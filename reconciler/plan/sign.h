/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of plans: Ed25519 (RFC 8032) over "rezone plan " and the plan's digest. Keys are PEM files
 * as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them. */
#ifndef RZ_PLAN_SIGN_H
#define RZ_PLAN_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "support/diag.h"

#define RZ_KEY_OCTETS 32
#define RZ_SIGNATURE_OCTETS 64
#define RZ_KEY_TEXT (2 * RZ_KEY_OCTETS + 1)
#define RZ_SIGNATURE_TEXT (2 * RZ_SIGNATURE_OCTETS + 1)

struct rz_signature {
    uint8_t key[RZ_KEY_OCTETS]; /* the public key */
    uint8_t value[RZ_SIGNATURE_OCTETS];
};

/* Signs a plan's digest (64 hexadecimal digits) with the private key in the file, which nobody but its
 * owner may read. RZ_REFUSED or RZ_INVALID with a diagnostic. */
enum rz_status rz_sign(struct rz_signature *signature, const char *digest, const char *path,
                       struct rz_diags *diags);
/* Whether the signature is of that digest and by its key. */
bool rz_signature_holds(const struct rz_signature *signature, const char *digest);
/* The public key of a file with a public (or private) key. */
enum rz_status rz_public_key_read(uint8_t key[RZ_KEY_OCTETS], const char *path,
                                  struct rz_diags *diags);

/* Lower-case hexadecimal of `size` octets and a NUL; returns `text`. */
char *rz_hex(char *text, const uint8_t *octets, size_t size);
/* False unless `text` is exactly 2 × size hexadecimal digits. */
bool rz_unhex(uint8_t *octets, size_t size, const char *text);

#endif
