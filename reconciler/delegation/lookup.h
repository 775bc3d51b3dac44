/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking resolvers, and what every question about a delegation needs: whom to ask, at which port, how
 * long to wait. */
#ifndef RZ_DELEGATION_LOOKUP_H
#define RZ_DELEGATION_LOOKUP_H

#include "transport/dns_probe.h"

#define RZ_RESOLVERS_MAX 16
#define RZ_PARENTS_MAX 16

struct rz_lookup {
    struct rz_context *context;
    struct rz_server resolvers[RZ_RESOLVERS_MAX]; /* those given, else the machine's own */
    size_t resolver_count;
    bool resolvers_given;
    struct rz_server parents[RZ_PARENTS_MAX]; /* those given; none: found by asking resolvers */
    size_t parent_count;
    const struct rz_server *servers; /* looked at in place of those that a parent names */
    size_t server_count;             /* 0: those */
    uint16_t port;                   /* of nameservers; 0: 53 */
    uint64_t timeout_ms;
    int64_t until; /* ticks after which nobody is asked any more; 0: no such end */
};

/* Texts are addresses with an optional port. RZ_INVALID, with a diagnostic for each, where one is not. */
enum rz_status rz_lookup_init(struct rz_lookup *lookup, struct rz_context *context,
                              const struct rz_strings *resolvers, const struct rz_strings *parents,
                              struct rz_diags *diags);

/* One question to a server. */
enum rz_status rz_lookup_ask(const struct rz_lookup *lookup, const struct rz_server *server,
                             const uint8_t *name, uint16_t type, unsigned flags,
                             struct rz_dns_probe_reply *reply);
/* The same to the first resolver that answers. False where none does. */
bool rz_lookup_resolve(const struct rz_lookup *lookup, const uint8_t *name, uint16_t type,
                       struct rz_dns_probe_reply *reply);

/* Addresses of an RRset of A or AAAA, NULL for none, behind the `count` there are already. Returns how
 * many there are then. */
size_t rz_lookup_take(const struct rz_lookup *lookup, const struct rz_rrset *rrset,
                      struct rz_server *servers, size_t count, size_t capacity);
/* All addresses of a host, by resolvers. Returns how many. */
size_t rz_lookup_addresses(const struct rz_lookup *lookup, const uint8_t *host,
                           struct rz_server *servers, size_t capacity);

#endif
