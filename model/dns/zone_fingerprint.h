/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fingerprint of a finished zone. */
#ifndef RZ_DNS_ZONE_FINGERPRINT_H
#define RZ_DNS_ZONE_FINGERPRINT_H

#include "dns/zone.h"

/* XXH3-128 over owner, type, TTL and RDATA of each RRset in order; of the SOA without its serial. */
struct rz_hash rz_zone_fingerprint(const struct rz_zone *zone);

#endif
