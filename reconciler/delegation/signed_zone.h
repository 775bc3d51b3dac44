/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone with its signatures, as one place gives it: a server by transfer, a server by answers where it
 * refuses that, a file. */
#ifndef RZ_DELEGATION_SIGNED_ZONE_H
#define RZ_DELEGATION_SIGNED_ZONE_H

#include "delegation/lookup.h"
#include "dnssec/verify.h"

#define RZ_SIGNED_QUESTIONS_MAX 5000 /* of one server, where answers must do */

struct rz_signed_zone {
    const char *place; /* "ns1.example.com 192.0.2.1", "files", "signed.zone"; borrowed */
    const char *how;   /* "transfer", "answers", "provider", "file" */
    const char *why;   /* why there is nothing, a static sentence part; NULL: there is a zone */
    struct rz_zone zone;
    bool partial;   /* only answers: names that nobody asked for are missing */
    size_t unasked; /* RRsets beyond RZ_SIGNED_QUESTIONS_MAX */
    bool looked;    /* `look` is made */
    struct rz_signed_look look;
};

/* Asks a server. `names` (may be NULL) is a zone whose RRsets are asked for where a transfer is refused,
 * besides those at the apex and a name that does not exist. RZ_CANCELLED, else RZ_OK whatever came. */
enum rz_status rz_signed_zone_ask(struct rz_signed_zone *signed_zone,
                                  const struct rz_lookup *lookup, const struct rz_server *server,
                                  const uint8_t *apex, const struct rz_zone *names);
void rz_signed_zone_free(struct rz_signed_zone *signed_zone);

#endif
