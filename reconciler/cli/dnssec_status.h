/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `dnssec status` found out, and how it is shown. */
#ifndef RZ_CLI_DNSSEC_STATUS_H
#define RZ_CLI_DNSSEC_STATUS_H

#include "cli/domain_facts.h"
#include "cli/rollover.h"
#include "delegation/signed_zone.h"

#define RZ_STATUS_PLACES_MAX 80
#define RZ_STATUS_LINES_MAX 64
#define RZ_STATUS_EVENTS_MAX 16

/* What is published of one key, wherever it was found. */
struct rz_status_line {
    uint16_t tag;
    uint8_t algorithm, digest_type; /* digest_type 0: a key without DS */
    bool registered, published, in_zone;
};

enum rz_status_event_kind { RZ_EVENT_ROLLOVER, RZ_EVENT_RENEWAL, RZ_EVENT_EXPIRY };

struct rz_status_event {
    enum rz_status_event_kind kind;
    int64_t at;
    const char *place;              /* the provider, or where the signature was seen */
    struct rz_rollover_ahead ahead; /* of a roll-over */
    bool by_resign;                 /* a renewal that `dnssec resign` makes; else the server does */
    const uint8_t *owner;           /* of a signature that ends */
    uint16_t type;
};

struct rz_dnssec_status {
    struct rz_cli *cli;
    const char *name;
    struct rz_name apex;
    const struct rz_domain_facts *facts; /* NULL: only a file was looked at */
    struct rz_delegation delegation;     /* of a file's zone, with --parent or --resolver */
    const struct rz_rrset *ds;           /* the parent's; NULL: none, or not known */
    bool ds_known;
    bool on_their_way; /* the registrar has other DS than the parent, which is one of the checks */
    struct rz_domain_checks checks;
    struct rz_status_line lines[RZ_STATUS_LINES_MAX];
    size_t line_count;
    struct rz_signed_zone places[RZ_STATUS_PLACES_MAX];
    size_t place_count;
    int64_t now, warn; /* signatures that end before `warn` are told of */
    /* The end of the signature that ends first, 0: none; and what it is of. */
    int64_t expires;
    const uint8_t *expires_owner;
    uint16_t expires_type;
    const char *expires_place;
    struct rz_status_event events[RZ_STATUS_EVENTS_MAX]; /* in the order of time */
    size_t event_count;
    size_t bad; /* faults of all places that resolvers would not forgive */
};

/* secure: the chain holds. insecure: nobody promises one. signed: the signatures are good, and the parent
 * was not asked. expiring: good, and some end soon. bogus: resolvers reject the zone. unknown. */
const char *rz_dnssec_status_word(const struct rz_dnssec_status *status);
int rz_dnssec_status_exit(const struct rz_dnssec_status *status);
void rz_dnssec_status_text(const struct rz_dnssec_status *status);
void rz_dnssec_status_json(const struct rz_dnssec_status *status);

/* ---- what comes next (dnssec_events.c) */

/* Steps of roll-overs that the journal has; a warning where it cannot be read. */
void rz_dnssec_events_add_rollovers(struct rz_dnssec_status *status,
                                    const struct rz_project *project);
/* When the provider's signatures in `zone`, as fetched, are renewed, where it can say. */
void rz_dnssec_events_add_renewal(struct rz_dnssec_status *status, struct rz_provider *provider,
                                  const struct rz_zone *zone);
/* Of `expires`. */
void rz_dnssec_events_add_expiry(struct rz_dnssec_status *status);
void rz_dnssec_events_text(const struct rz_dnssec_status *status);
void rz_dnssec_events_json(struct rz_buffer *json, const struct rz_dnssec_status *status);
void rz_dnssec_events_json_next(struct rz_buffer *json, const struct rz_dnssec_status *status);

#endif
