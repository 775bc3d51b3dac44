/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone files that are signed when they are written, with keys of rezone's own (option `keys`). The file itself
 * says which keys sign and how absence is denied, so that one rename changes all of it. */
#ifndef RZ_ZONEFILE_SIGNING_H
#define RZ_ZONEFILE_SIGNING_H

#include "dnssec.h"
#include "zonefile/key_store.h"

extern const struct rz_dnssec_ops rz_zonefile_dnssec;

/* Adds to a finished zone, as its file has it, the DNSSEC and DNSSECKEY records that say how it is signed, and
 * finishes it again. A zone signed with keys that are not here is presigned. */
enum rz_status rz_zonefile_show_signing(const struct rz_zonefile *zf, struct rz_zone *zone,
                                        struct rz_diags *diags);

/* Makes `out` (initialised here) of what is to be written, with its SOA as it is given: signed, or without
 * anything of signers. */
enum rz_status rz_zonefile_sign(const struct rz_zonefile_order *order, struct rz_zone *out,
                                struct rz_diags *diags);
/* Adds the seal to the text of a signed zone, and looks whether a file has one that holds (zonefile_seal.c). */
void rz_zonefile_seal(const struct rz_zonefile *zf, const uint8_t *apex, struct rz_buffer *text);
bool rz_zonefile_is_sealed(const struct rz_zonefile *zf, const uint8_t *apex, struct rz_str text);
/* The stored keys in the states that the file gives them, and those that it publishes and whose private part is
 * elsewhere, with "" as their id. */
void rz_zonefile_list_keys(struct rz_held_keys *list, struct rz_stored_keys *keys,
                           const struct rz_zone *zone);
/* When the first signature of the zone has to be renewed; 0: it has none. */
int64_t rz_zonefile_signing_due(const struct rz_zonefile *zf, const struct rz_zone *zone);

#endif
