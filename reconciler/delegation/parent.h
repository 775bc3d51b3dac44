/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the servers of the parent zone say of a name: the delegation as the world sees it. */
#ifndef RZ_DELEGATION_PARENT_H
#define RZ_DELEGATION_PARENT_H

#include "delegation/lookup.h"

/* One server of the parent, and what it says. */
struct rz_parent_answer {
    struct rz_server server;
    bool reachable, answered;       /* answered: a delegation, or that there is none */
    const struct rz_rrset *ns, *ds; /* NULL: none; in the delegation's arena */
    unsigned rcode;
};

struct rz_delegation {
    struct rz_arena arena;
    struct rz_name name, parent; /* of the parent only where it was looked up */
    struct rz_parent_answer servers[RZ_PARENTS_MAX];
    size_t count;                   /* of servers */
    size_t answered;                /* that answered */
    const struct rz_rrset *ns, *ds; /* of the first that answered with a delegation; NULL: none */
    struct rz_zone glue;            /* addresses that came along, of all servers */
    bool agree;                     /* all that answered say the same */
};

/* Finds the parent's servers (those of the lookup, else by resolvers) and asks each. RZ_OK: somebody
 * answered. RZ_NETWORK: nobody did, with why in `*why`, a static sentence part. Free in any case. */
enum rz_status rz_delegation_read(struct rz_delegation *delegation, const struct rz_lookup *lookup,
                                  const uint8_t *name, const char **why);
void rz_delegation_free(struct rz_delegation *delegation);

/* The same records, or both none. TTLs do not count. */
bool rz_delegation_same(const struct rz_rrset *a, const struct rz_rrset *b);

#endif
