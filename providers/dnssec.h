/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that sign zones. How a zone is signed is in the zone itself, as DNSSEC and
 * DNSSECKEY RRsets at the apex (dns/signing.h):
 *
 * `fetch` adds them to a live zone that is signed: DNSSEC with what NSEC3PARAM and CDS are, DNSSECKEY
 * with all keys that sign or are published. A zone that is not signed has neither.
 *
 * `apply` gets them as changes, in a batch that has no others (plan/order.c):
 *   - of DNSSEC: sets NSEC or NSEC3 and CDS; a delete takes the settings back;
 *   - of DNSSECKEY: a record `new` is a key to generate; a key of `after` that is not in `before` is one
 *     that the provider has hidden (RZ6005 where it has not); one of both in two states is put into the
 *     second; a key of `before` that is not in `after` stops to sign and to be published, and is kept,
 *     hidden, so that every change can be taken back. New keys come first, and old ones go last.
 *   The keys must be those of `before` when it begins, or it is RZ_CONFLICT.
 * A key that `apply` has generated and that the next change takes out again may be deleted.
 *
 * The calls here are for what is not a state of the zone. */
#ifndef RZ_DNSSEC_H
#define RZ_DNSSEC_H

#include "dns/signing.h"
#include "provider.h"
#include "secret.h"

/* A key as the provider has it. `key.state` RZ_KEY_RETIRED: kept, and out of use. */
struct rz_held_key {
    struct rz_signing_key key; /* borrows from the list's arena */
    const char *id;            /* the provider's own name for it; never NULL */
};

struct rz_held_keys {
    struct rz_arena arena;
    struct rz_held_key *items;
    size_t count, capacity;
};

/* What came of renewing signatures. */
struct rz_resigned {
    bool is_signed; /* the zone has signatures of this provider */
    bool done;      /* some were due, and the zone was written */
    int64_t due;    /* when the first signature was or is to be renewed; 0: never */
    uint32_t serial;
};

struct rz_dnssec_ops {
    /* All keys of the zone, in use or not. The caller has zeroed the list and frees it. */
    enum rz_status (*list_keys)(struct rz_provider *provider, const uint8_t *apex,
                                struct rz_held_keys *keys, struct rz_diags *diags);
    /* Takes a private key in BIND's format ("Private-key-format: v1.2 …"), out of use until a change puts
     * it into it. `key` says role and public key. */
    enum rz_status (*import_key)(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_signing_key *key, const struct rz_secret *secret,
                                 struct rz_diags *diags);
    /* Generates a key of that kind (role, algorithm, bits), out of use as an imported one is, and adds it to
     * `made`, zeroed by the caller. NULL: only changes can generate keys. */
    enum rz_status (*generate_key)(struct rz_provider *provider, const uint8_t *apex,
                                   const struct rz_signing_key *kind, struct rz_held_keys *made,
                                   struct rz_diags *diags);
    /* Destroys a key that is out of use. RZ_CONFLICT where it is in use. */
    enum rz_status (*remove_key)(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_signing_key *key, struct rz_diags *diags);
    /* Makes signatures anew that are due; NULL: the provider does so by itself. */
    enum rz_status (*resign)(struct rz_provider *provider, const uint8_t *apex,
                             struct rz_resigned *result, struct rz_diags *diags);
    /* When the first signature of `zone`, as fetched just now, is to be renewed; 0: not known, or never.
     * NULL: signatures are made when they are asked for. */
    enum rz_status (*renewal)(struct rz_provider *provider, const struct rz_zone *zone, int64_t *at,
                              struct rz_diags *diags);
};

void rz_held_keys_free(struct rz_held_keys *keys);
/* Appends a key, copied. */
void rz_held_keys_add(struct rz_held_keys *keys, const struct rz_signing_key *key, const char *id);
/* The one with that public key; NULL: none. */
const struct rz_held_key *rz_held_keys_find(const struct rz_held_keys *keys,
                                            const struct rz_signing_key *key);
/* Puts those that sign or are published into the zone, as DNSSECKEY records, and `signing` (NULL: none)
 * as DNSSEC; before rz_zone_finish. */
void rz_dnssec_put(struct rz_zone *zone, const struct rz_signing *signing,
                   const struct rz_held_keys *keys);

#endif
