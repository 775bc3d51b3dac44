/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registrations and their DNSSEC keys, inside the dnsservices provider. */
#ifndef RZ_DNSSERVICES_REGISTRATIONS_H
#define RZ_DNSSERVICES_REGISTRATIONS_H

#include "dnsservices/dnsservices.h"
#include "domains.h"

/* rz_dnsservices_call with a diagnostic for what the service refuses. */
enum rz_status rz_dnsservices_ask(struct rz_dnsservices *ds, const char *method, const char *path,
                                  struct rz_str body, const char *what,
                                  struct rz_dnsservices_reply *reply, struct rz_diags *diags);
/* The elements of a list, or the values of an object, that is `json` itself or the first member of
 * `names` it has. `*items` is to be freed; the elements are borrowed. */
size_t rz_dnsservices_elements(const json_t *json, const char *const *names, json_t ***items);
/* A member as text, copied; "" where it is neither text nor a number. */
const char *rz_dnsservices_text(struct rz_arena *arena, const json_t *json, const char *name);

enum rz_status rz_dnsservices_keys(struct rz_provider *provider, const struct rz_domain *domain,
                                   struct rz_domain_keys *keys, struct rz_diags *diags);
enum rz_status rz_dnsservices_add_key(struct rz_provider *provider, const struct rz_domain *domain,
                                      const struct rz_domain_key *key, struct rz_diags *diags);
enum rz_status rz_dnsservices_remove_key(struct rz_provider *provider,
                                         const struct rz_domain *domain, uint16_t tag,
                                         struct rz_diags *diags);
extern const struct rz_domain_ops rz_dnsservices_domain_ops;

#endif
