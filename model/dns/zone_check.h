/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no server should see, whatever the source of a zone: the structural errors among lint's. */
#ifndef RZ_DNS_ZONE_CHECK_H
#define RZ_DNS_ZONE_CHECK_H

#include "dns/zone.h"

/* Checks a finished desired zone: other data beside a CNAME (RFC 2181 §10.1), more than one record
 * in a single-record RRset, CNAME at the apex, data below a DNAME (which may itself be at the apex,
 * RFC 6672 §2.3), SOA, DNSKEY, NSEC3PARAM or ZONEMD off the apex, DS without NS or at the apex, meta
 * types, TTL over 2^31-1 (RFC 2181 §8), NS, MX or SRV naming a CNAME of the zone (RFC 2181 §10.3).
 * RZ_INVALID when an error was added. Linear in the zone. */
enum rz_status rz_zone_check(const struct rz_zone *zone, struct rz_diags *diags);

/* What becomes of a finding: an enum rz_severity, or a negative number for nothing. */
struct rz_zone_check_levels {
    int (*of)(const void *user, enum rz_code code);
    const void *user;
};
/* The same with levels other than RZ_ERROR. */
enum rz_status rz_zone_check_with(const struct rz_zone *zone,
                                  const struct rz_zone_check_levels *levels,
                                  struct rz_diags *diags);

#endif
