/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to one server, with all that the reply says: flags, EDNS, the records of each section.
 * For looking at servers and asking resolvers; whole zones are asked for with rz_dns_ask. */
#ifndef RZ_TRANSPORT_DNS_PROBE_H
#define RZ_TRANSPORT_DNS_PROBE_H

#include "transport/dns.h"

enum rz_dns_probe_flag {
    RZ_PROBE_TCP = 1 << 0,    /* over TCP only; else UDP, and TCP where the reply is cut */
    RZ_PROBE_UDP = 1 << 1,    /* over UDP only, however the reply is cut */
    RZ_PROBE_RD = 1 << 2,     /* recursion desired */
    RZ_PROBE_PLAIN = 1 << 3,  /* without EDNS */
    RZ_PROBE_DNSSEC = 1 << 4, /* the DO bit */
};

struct rz_dns_probe {
    const uint8_t *name;
    uint16_t type;
    unsigned flags;
};

enum rz_dns_section { RZ_SECTION_ANSWER, RZ_SECTION_AUTHORITY, RZ_SECTION_ADDITIONAL };

struct rz_dns_probe_reply {
    bool replied; /* a well-formed reply to the question came */
    bool authoritative, recursion, truncated, has_edns;
    bool over_tcp;
    bool malformed; /* what came cannot be read */
    unsigned rcode;
    int64_t milliseconds;
    struct rz_zone sections[3]; /* by enum rz_dns_section; below the root; finished */
};

/* Asks, three times over UDP. RZ_OK: reply->replied says whether something came. RZ_NETWORK: the address
 * cannot be used; RZ_CANCELLED. Without diagnostics. Free the reply in any case. */
enum rz_status rz_dns_probe(const struct rz_dns_peer *peer, const struct rz_dns_probe *probe,
                            struct rz_dns_probe_reply *reply);
void rz_dns_probe_reply_free(struct rz_dns_probe_reply *reply);

/* An RRset of a section; NULL: absent. */
const struct rz_rrset *rz_dns_probe_find(const struct rz_dns_probe_reply *reply,
                                         enum rz_dns_section section, const uint8_t *owner,
                                         uint16_t type);

#endif
