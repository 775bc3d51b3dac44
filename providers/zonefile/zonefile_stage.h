/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New zone files that are written, or ready to be put in place, while their transactions last. */
#ifndef RZ_ZONEFILE_STAGE_H
#define RZ_ZONEFILE_STAGE_H

#include <sys/types.h>

#include "staging.h"
#include "support/file.h"
#include "zonefile/zonefile.h"

/* One zone's file: what is in it, and where it is. */
struct rz_zonefile_made {
    struct rz_zonefile_made *next;
    struct rz_name apex;
    struct rz_hash fingerprint; /* of the zone that is in it */
    struct rz_hash digest;      /* of its octets */
    uint32_t serial;
    struct rz_revision against; /* staged: the live file it is to replace */
    mode_t mode;
    struct rz_file_new file; /* staged: parent >= 0 */
};

/* Takes the file staged for a zone equal to `zone`, to replace the live one at `live` with that mode.
 * NULL: there is none; what does not fit is discarded. The caller puts or discards the file and frees
 * the struct or gives it to rz_zonefile_note. */
struct rz_zonefile_made *rz_zonefile_take_staged(struct rz_zonefile *zf, const struct rz_zone *zone,
                                                 const struct rz_revision *live, mode_t mode);
/* Keeps `made` (allocated) for rz_zonefile_holds. */
void rz_zonefile_note(struct rz_zonefile *zf, struct rz_zonefile_made *made);
void rz_zonefile_forget_all(struct rz_zonefile *zf);

extern const struct rz_staging_ops rz_zonefile_staging;

#endif
