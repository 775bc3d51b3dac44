/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of a zone, as PowerDNS's API gives it, straight into a struct rz_zone. */
#ifndef RZ_POWERDNS_ZONE_READER_H
#define RZ_POWERDNS_ZONE_READER_H

#include "dns/signing.h"
#include "dns/zone.h"
#include "powerdns/json.h"

/* A record that is switched off. A change of its RRset must send it along, or it would be lost. */
struct rz_powerdns_disabled {
    struct rz_name owner;
    uint16_t type;
    uint32_t ttl;
    const char *content; /* as the server has it */
    const uint8_t *wire; /* canonical; NULL where it cannot be read */
    uint16_t size;
};

/* What the API says of a zone beside its RRsets. Filled by the reader. */
struct rz_powerdns_head {
    bool has_name, has_serial;
    struct rz_name name;
    uint32_t serial;          /* of the SOA as it is stored */
    bool keeps_serial;        /* no SOA-EDIT-API: the server does not move the serial by itself */
    bool is_signed;           /* keys sign it, or signatures came with it */
    bool narrow;              /* NSEC3 that is made for each answer */
    struct rz_signing denial; /* NSEC or NSEC3 as NSEC3PARAM says; of a signed zone */
    bool steps_serial;        /* by one with each change, or to the first number of a new day */
};

/* "1 FLAGS ITERATIONS SALT"; empty: NSEC. */
bool rz_powerdns_nsec3param(struct rz_signing *signing, struct rz_str text);

struct rz_powerdns_reader;

/* Records go to `zone` (initialised, not finished), which may be NULL: then only the head is read.
 * `server` names it in diagnostics. Zone, server and diags are borrowed. */
struct rz_powerdns_reader *rz_powerdns_reader_new(struct rz_zone *zone, const char *server,
                                                  struct rz_diags *diags);
void rz_powerdns_reader_free(struct rz_powerdns_reader *reader);
/* Usable as rz_http_request's `receive` and `restart`. */
bool rz_powerdns_reader_feed(void *reader, const char *data, size_t size);
void rz_powerdns_reader_restart(void *reader);
/* RZ_NETWORK: no zone, or a record that cannot be read; with diagnostics. */
enum rz_status rz_powerdns_reader_end(struct rz_powerdns_reader *reader,
                                      struct rz_powerdns_head *head);
/* Records found switched off; borrowed from the reader. */
const struct rz_powerdns_disabled *rz_powerdns_reader_disabled(
    const struct rz_powerdns_reader *reader, size_t *count);

#endif
