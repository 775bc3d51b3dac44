/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registered name as the world sees it: the parent's delegation, and each nameserver it names. */
#ifndef RZ_DELEGATION_DOMAIN_LOOK_H
#define RZ_DELEGATION_DOMAIN_LOOK_H

#include "delegation/nameserver.h"
#include "delegation/parent.h"

#define RZ_NAMESERVERS_MAX 64 /* addresses */

struct rz_domain_look {
    struct rz_name name;
    struct rz_delegation delegation;
    const char *delegation_why; /* why the parent could not be asked; NULL: it was */
    struct rz_rrset *hosts;     /* NS set looked at: the parent's, else `expected`; NULL: none */
    struct rz_nameserver *nameservers;
    size_t count;
    struct rz_name homeless[13]; /* hosts without an address */
    size_t homeless_count;
    struct rz_arena arena;
};

/* `expected`: the registrar's NS set, looked at where the parent says nothing; may be NULL. Servers of
 * `lookup` are looked at instead; their host is then the name itself. `challenge`: a name to ask for TXT, or NULL. RZ_CANCELLED, else RZ_OK whatever was found. Free in any case. */
enum rz_status rz_domain_look(struct rz_domain_look *look, const struct rz_lookup *lookup,
                              const uint8_t *name, const struct rz_rrset *expected,
                              const uint8_t *challenge);
void rz_domain_look_free(struct rz_domain_look *look);

/* The DNSKEY set that all nameservers that answer agree on; NULL: there is none, or they differ
 * (`*differ`). */
const struct rz_rrset *rz_domain_look_keys(const struct rz_domain_look *look, bool *differ);

#endif
