/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone as it was left by the last run that was committed, as octets that do not depend on the
 * machine: what drift is measured against. Origins and the SOA serial are not kept.
 *
 * "rzsnap2", then for each RRset in canonical order: the owner by the owner before, type (2 octets,
 * big-endian), size of the image (compact.h), the image (rrset_image.h). */
#ifndef RZ_JOURNAL_ZONE_SNAPSHOT_H
#define RZ_JOURNAL_ZONE_SNAPSHOT_H

#include "dns/zone.h"

#define RZ_SNAPSHOT_EMPTY "rzsnap2" /* of a zone without RRsets */

/* Which RRsets of a live zone are not rezone's to set, as the target's capabilities had it. */
enum rz_snapshot_scope {
    RZ_SCOPE_OWN_SOA = 1 << 0,     /* of the target: without the SOA */
    RZ_SCOPE_OWN_APEX_NS = 1 << 1, /* without the NS of the apex */
    RZ_SCOPE_SIGNED = 1 << 2,      /* without what an online signer makes */
};

/* Appends the finished zone without what `scope` (bits of rz_snapshot_scope) leaves out. */
void rz_zone_snapshot_write(struct rz_buffer *out, const struct rz_zone *zone, unsigned scope);
/* Initialises and finishes `zone`, also where it returns false: damaged. */
bool rz_zone_snapshot_read(struct rz_zone *zone, const uint8_t *apex, struct rz_str octets);

#endif
