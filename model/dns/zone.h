/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone: RRsets in canonical order with a fingerprint. Desired and live state are both this.
 * Filled record by record, then finished once; read-only and shareable between threads after. */
#ifndef RZ_DNS_ZONE_H
#define RZ_DNS_ZONE_H

#include "dns/rrset.h"
#include "support/diag.h"
#include "support/hash.h"

struct rz_zone {
    struct rz_arena arena;
    struct rz_name apex;
    struct rz_rrset *rrsets;
    size_t count, capacity;
    size_t records;             /* after finish */
    struct rz_hash fingerprint; /* over owner, type, TTL, RDATA; without the SOA serial */
    uint32_t serial;            /* of the SOA; 0 without one */
    bool has_soa;
    uint32_t default_ttl; /* put in where RZ_RRSET_DEFAULT_TTL is set */
    const char **files;   /* provenance table; index 0 is "not known" */
    const char **chains;  /* beside files: through which templates, NULL for none */
    size_t file_count, file_capacity;
    void *image; /* mapping that the RRsets point into; NULL: all is in the arena */
    size_t image_size;
    struct rz_hash cache_key; /* under which the zone may be kept; zero: it may not */
};

/* Empty zone with this apex (copied). */
void rz_zone_init(struct rz_zone *zone, const uint8_t *apex);
void rz_zone_free(struct rz_zone *zone);

/* Room for as many records as a text of this many octets may hold: growing by and by would copy a
 * large zone several times. Memory that is not used is never touched. */
void rz_zone_reserve(struct rz_zone *zone, size_t octets);

/* Interns a file's name and returns its provenance index. */
uint32_t rz_zone_file(struct rz_zone *zone, const char *name);
/* The same for a file that is used through templates: `chain` says which. NULL: as rz_zone_file. */
uint32_t rz_zone_file_chain(struct rz_zone *zone, const char *name, const char *chain);
/* The chain of an RRset's origin, NULL where there is none. */
const char *rz_zone_origin_chain(const struct rz_zone *zone, const struct rz_rrset *rrset);
/* The file of an RRset's origin, NULL where not known. */
const char *rz_zone_origin_file(const struct rz_zone *zone, const struct rz_rrset *rrset);

/* The same as a place for diagnostics. */
struct rz_place rz_zone_place(const struct rz_zone *zone, const struct rz_rrset *rrset);

/* Where a record came from, and flags of enum rz_rrset_flag. */
struct rz_record_origin {
    uint32_t provenance, line;
    uint16_t column, flags;
};
/* Adds one record; owner and RDATA (canonical wire) are copied. Types of resolvers and of
 * signing have the TTL 0, whatever is given. RZ_INVALID: the owner is not in the zone. */
enum rz_status rz_zone_add(struct rz_zone *zone, const uint8_t *owner, uint16_t type, uint32_t ttl,
                           struct rz_rdata rdata, struct rz_record_origin origin);

/* Moves the records of `more` behind those of `zone`. Neither is finished, and both have the same apex and
 * files; `more` has no records afterwards. */
void rz_zone_append(struct rz_zone *zone, struct rz_zone *more);

enum rz_zone_finish {
    RZ_ZONE_DESIRED, /* duplicate records and RRsets given twice are errors in `diags` */
    RZ_ZONE_LIVE,    /* duplicates are dropped, unequal TTLs take the smallest and are flagged */
    RZ_ZONE_MASTER_FILE, /* a user's master file: scattered records join, duplicates are dropped with a warning, unequal TTLs are errors */
};
/* Sorts, joins, checks and fingerprints. */
enum rz_status rz_zone_finish(struct rz_zone *zone, enum rz_zone_finish mode,
                              struct rz_diags *diags);

/* Binary search in a finished zone; NULL where absent. */
const struct rz_rrset *rz_zone_find(const struct rz_zone *zone, const uint8_t *owner,
                                    uint16_t type);
/* The index of the first RRset that is not before (owner, type). */
size_t rz_zone_lower_bound(const struct rz_zone *zone, const uint8_t *owner, uint16_t type);

#endif
