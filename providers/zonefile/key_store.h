/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private keys of zones, in a directory that only its owner may read: KEYS/ZONE/ROLE-ALGORITHM-TAG.pem, each
 * PKCS #8 in PEM. Nothing else is kept of a key: which keys sign stands in the signed zone. */
#ifndef RZ_ZONEFILE_KEY_STORE_H
#define RZ_ZONEFILE_KEY_STORE_H

#include "dnssec/sign.h"
#include "zonefile/zonefile.h"

struct rz_stored_key {
    struct rz_sign_key sign;     /* state: RZ_KEY_RETIRED until told */
    struct rz_signing_key facts; /* of it; borrows */
    char file[48];
};

struct rz_stored_keys {
    struct rz_stored_key *items;
    size_t count, capacity;
};

/* Reads all keys of a zone. A directory or file that others may read, a symbolic link, a file that is no
 * key: RZ_REFUSED or RZ_INVALID with a diagnostic each. No directory: no keys. */
enum rz_status rz_key_store_read(const struct rz_zonefile *zf, const uint8_t *apex,
                                 struct rz_stored_keys *keys, struct rz_diags *diags);
void rz_stored_keys_free(struct rz_stored_keys *keys);

/* Generates a key of that kind (role, algorithm, bits; 0: as the algorithm has it), writes it, and adds it to
 * `keys`. Its tag is none that `keys` have already. */
enum rz_status rz_key_store_generate(const struct rz_zonefile *zf, const uint8_t *apex,
                                     const struct rz_signing_key *kind, struct rz_stored_keys *keys,
                                     struct rz_diags *diags);
/* Writes a private key that was made elsewhere: PKCS #8 in PEM, or BIND's format ("Private-key-format"). Its
 * public part must be that of `facts`. RZ_CONFLICT where the key is there already. */
enum rz_status rz_key_store_import(const struct rz_zonefile *zf, const uint8_t *apex,
                                   const struct rz_signing_key *facts, struct rz_str text,
                                   struct rz_diags *diags);
/* The secret that signed zone files are sealed with (zonefile_seal.c), made where there is none and `make`. False:
 * there is none, or it cannot be read. */
#define RZ_SEAL_KEY 32 /* octets */
bool rz_key_store_seal(const struct rz_zonefile *zf, const uint8_t *apex, bool make,
                       uint8_t key[RZ_SEAL_KEY]);
enum rz_status rz_key_store_remove(const struct rz_zonefile *zf, const uint8_t *apex,
                                   const char *file, struct rz_diags *diags);

#endif
