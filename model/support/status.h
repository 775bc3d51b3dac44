/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function of rezone can come to. The detail is in a struct rz_diags (diag.h). */
#ifndef RZ_SUPPORT_STATUS_H
#define RZ_SUPPORT_STATUS_H

enum rz_status {
    RZ_OK = 0,
    RZ_INVALID,   /* input is wrong: YAML, a name, RDATA, an option, a plan file */
    RZ_NOT_FOUND, /* the zone, file or run does not exist */
    RZ_IO,        /* a local file or database failed */
    RZ_NETWORK,   /* no connection, timeout before anything was sent, broken reply */
    RZ_AUTH,      /* the other side refused the credentials */
    RZ_CONFLICT,  /* a precondition failed: somebody else changed the same data; nothing was done */
    RZ_REJECTED,  /* the server understood and refused the change; nothing was done */
    RZ_UNKNOWN,   /* the request may or may not have been carried out: read back */
    RZ_REFUSED,   /* a safety rule of rezone forbids it (exit code 3) */
    RZ_LIMIT,     /* a bound was exceeded: size, depth, time */
    RZ_UNSUPPORTED, /* the provider cannot do this */
    RZ_CANCELLED,   /* the user asked to stop */
};

#endif
