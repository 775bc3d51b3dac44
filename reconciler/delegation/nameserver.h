/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One nameserver of a zone at one address, looked at from outside. */
#ifndef RZ_DELEGATION_NAMESERVER_H
#define RZ_DELEGATION_NAMESERVER_H

#include "delegation/lookup.h"

struct rz_nameserver {
    struct rz_name host;
    struct rz_server server;
    struct rz_arena arena; /* of the RRsets */
    bool unaskable;        /* this machine has no way there: no IPv6 */
    bool udp, tcp;         /* replied */
    bool authoritative, edns, recursive, has_serial;
    bool mangled; /* a reply could not be read to its end */
    unsigned rcode;
    uint32_t serial;
    int64_t milliseconds;
    const struct rz_rrset *ns, *soa, *dnskey, *signatures, *challenge; /* NULL: none */
};

/* Asks over UDP and TCP; `challenge` (a name, NULL for none) is asked for its TXT. `nameserver` has host
 * and server set and is otherwise zero. From any thread. */
void rz_nameserver_look(struct rz_nameserver *nameserver, const struct rz_lookup *lookup,
                        const uint8_t *apex, const uint8_t *challenge);
/* The same for many, in threads. */
void rz_nameservers_look(struct rz_nameserver *nameservers, size_t count,
                         const struct rz_lookup *lookup, const uint8_t *apex,
                         const uint8_t *challenge);
void rz_nameserver_free(struct rz_nameserver *nameserver);

#endif
