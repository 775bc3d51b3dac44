/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Master files (RFC 1035 §5): reading those of any hand, writing canonical ones. */
#ifndef RZ_DNS_MASTER_FILE_H
#define RZ_DNS_MASTER_FILE_H

#include "dns/zone.h"

struct rz_master_file_options {
    int include_dir;        /* $INCLUDE paths open below this directory; -1: $INCLUDE is an error */
    uint32_t default_ttl;   /* before any $TTL: used when a record has none; 0: an error */
    size_t generate_limit;  /* records one $GENERATE may make; 0: 65,536 */
};

/* Reads `source` into `zone` (not finished). Knows $ORIGIN, $TTL, $INCLUDE (depth ≤ 8) and BIND's
 * $GENERATE. All errors are added to `diags` with line numbers; RZ_INVALID when there was one.
 * The provenance is source->name and the names of included files. */
enum rz_status rz_master_file_read(struct rz_zone *zone, const struct rz_source *source,
                                   const struct rz_master_file_options *options,
                                   struct rz_diags *diags);

/* Appends the finished zone as a canonical master file: $ORIGIN, $TTL, the SOA first, one record a
 * line, owners relative, stable order. Reading it back gives the same fingerprint and serial. */
void rz_master_file_write(struct rz_buffer *out, const struct rz_zone *zone);

#endif
