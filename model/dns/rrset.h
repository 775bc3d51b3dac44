/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A resource record set (RFC 2181 §5): owner, type, one TTL, records sorted and distinct. */
#ifndef RZ_DNS_RRSET_H
#define RZ_DNS_RRSET_H

#include "dns/rdata.h"
#include "support/arena.h"

enum rz_rrset_flag {
    RZ_RRSET_DEFAULT_TTL = 1 << 0, /* no TTL was written: the zone's default is put in at the end */
    RZ_RRSET_MIXED_TTL = 1 << 1,   /* live records differed in TTL; ttl is the smallest */
    RZ_RRSET_DISABLED = 1 << 2,    /* the provider keeps records of this RRset switched off */
    RZ_RRSET_FIRST = 1 << 3,       /* first record of an RRset as a document writes it: two of these
                                      for one owner and type are an RRset given twice */
};

/* What still fits into a DNS message beside its header and question. */
#define RZ_RRSET_OCTETS_MAX 65000

/* 40 octets, since a zone may hold a million of them. All pointers are borrowed from an arena. */
struct rz_rrset {
    const uint8_t *owner;
    const uint8_t *rdata; /* rdata_count × (uint16_t length in host order, octets, padding to even):
                             libknot's rdataset layout */
    uint32_t rdata_size;
    uint16_t rdata_count;
    uint16_t type;
    uint32_t ttl;
    uint32_t line;       /* origin; 0: none */
    uint32_t provenance; /* index into the zone's table of files */
    uint16_t column;
    uint16_t flags;
};

/* Walks the records: `for (struct rz_rdata_cursor c = rz_rrset_rdata(set); rz_rdata_next(&c);)
 * use(c.wire, c.size)`. */
struct rz_rdata_cursor {
    const uint8_t *wire;
    uint16_t size;
    uint16_t left;
    const uint8_t *next;
};
struct rz_rdata_cursor rz_rrset_rdata(const struct rz_rrset *rrset);
bool rz_rdata_next(struct rz_rdata_cursor *cursor);

/* Canonical order of owners, then type number. */
int rz_rrset_compare_key(const struct rz_rrset *a, const struct rz_rrset *b);
/* Octets of an SOA's RDATA before its serial; 0 where malformed (RFC 1035 §3.3.13). */
size_t rz_soa_serial_offset(const uint8_t *wire, size_t size);
/* The records alike; of an SOA the serial does not count, and a key that is still to be generated is
 * like any of its kind (signing.h). */
bool rz_rrset_same_rdata(const struct rz_rrset *a, const struct rz_rrset *b);
/* Owner, type, TTL and RDATA. SOA: the serial does not count. */
bool rz_rrset_equal(const struct rz_rrset *a, const struct rz_rrset *b);
bool rz_rrset_contains(const struct rz_rrset *rrset, const uint8_t *wire, uint16_t size);
/* A deep copy in `arena`. */
struct rz_rrset *rz_rrset_copy(struct rz_arena *arena, const struct rz_rrset *rrset);
/* Octets of the RRset in wire form without compression. */
size_t rz_rrset_wire_size(const struct rz_rrset *rrset);

#endif
