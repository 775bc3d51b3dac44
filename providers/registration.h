/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parent has of a registered name, as a zone: NS and DS at the name, the public keys that the
 * registrar keeps beside the DS as DNSKEY, and A and AAAA of nameservers below it (glue). So plans,
 * transactions, journal, rollback and recovery of registrations are those of zones. The target of such
 * a zone is the registrar's name with RZ_REGISTRATION_SUFFIX, so that it is never mixed up with the
 * zone of the same name that the registrar may host. */
#ifndef RZ_REGISTRATION_H
#define RZ_REGISTRATION_H

#include "domains.h"

#define RZ_REGISTRATION_SUFFIX ":registration"

/* Registrations have no TTL; in their RRsets it is this. */
#define RZ_REGISTRATION_TTL 0

/* Opens the view of a provider that has `ops->domains`, which must outlive it. */
struct rz_provider *rz_registration_open(struct rz_provider *registrar);
bool rz_provider_is_registration(const struct rz_provider *provider);

/* DS and DNSKEY RDATA of a key, appended. False where digest or key cannot be read. */
bool rz_domain_key_ds(struct rz_buffer *rdata, const struct rz_domain_key *key);
bool rz_domain_key_dnskey(struct rz_buffer *rdata, const struct rz_domain_key *key);
/* The other way; texts are in `arena`. `dnskey` NULL: the public key is not known. */
void rz_domain_key_of(struct rz_domain_key *key, struct rz_arena *arena, struct rz_rdata ds,
                      const struct rz_rdata *dnskey);

#endif
