/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Master files (RFC 1035 §5): reading those of any hand, writing canonical ones. */
#ifndef RZ_DNS_MASTER_FILE_H
#define RZ_DNS_MASTER_FILE_H

#include "dns/zone.h"

struct rz_master_file_options {
    int include_dir;       /* $INCLUDE paths open below this directory; -1: $INCLUDE is an error */
    uint32_t default_ttl;  /* for records that neither they, $TTL nor a record before gives one; 0:
                               the SOA's minimum as in BIND, with a warning, else an error */
    size_t generate_limit; /* records one $GENERATE may make; 0: 65,536. All together: 16 times */
    const char *path;      /* the source's path below include_dir, since $INCLUDE is relative to the
                               including file's directory; NULL: source->name */
    /* Called with each included file before it is read; NULL: not wanted. */
    void (*included)(void *user, const char *path, struct rz_str content);
    void *user;
};

#define RZ_MASTER_FILE_MAX ((size_t)1 << 30) /* octets of a file with all that it includes */

/* Reads `source` into `zone` (not finished). Knows $ORIGIN, $TTL, $INCLUDE (depth ≤ 8) and BIND's
 * $GENERATE. All errors are added to `diags` with line numbers; RZ_INVALID when there was one.
 * The provenance is source->name and the names of included files. */
enum rz_status rz_master_file_read(struct rz_zone *zone, const struct rz_source *source,
                                   const struct rz_master_file_options *options,
                                   struct rz_diags *diags);

struct rz_master_file_style {
    const struct rz_rrset *soa; /* written in place of the zone's own; NULL: the zone's own */
    bool
        origins; /* `; file:line` behind the first record of each RRset. Off by default: a line that
                     moves in a source would change the output of a zone that did not change */
};

/* Appends the finished zone as a canonical master file: $ORIGIN, $TTL (the most common one), the SOA
 * first, one record a line, owners relative and on every line, so that two versions differ only in
 * lines of records that differ. Reading it back gives the same fingerprint and serial. */
void rz_master_file_write(struct rz_buffer *out, const struct rz_zone *zone);
/* The same in a style of the caller's; `style` may be NULL. */
void rz_master_file_write_styled(struct rz_buffer *out, const struct rz_zone *zone,
                                 const struct rz_master_file_style *style);

#endif
