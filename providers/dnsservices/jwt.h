/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON Web Tokens (RFC 7519) as far as a client looks into them: shape, times, signature (RS256,
 * RFC 7518 §3.3). Pure. */
#ifndef RZ_DNSSERVICES_JWT_H
#define RZ_DNSSERVICES_JWT_H

#include <stdint.h>

#include "support/buffer.h"

#define RZ_JWT_MAX ((size_t)16 << 10)

struct rz_jwt {
    int64_t issued;  /* `iat`, else `nbf`; 0: not said */
    int64_t expires; /* `exp`; never 0 */
};

/* Reads the token. NULL: good; else what is wrong with it, a static sentence part. */
const char *rz_jwt_read(struct rz_jwt *jwt, struct rz_str token);
/* Checks the signature with an RSA key in PEM form. NULL: it fits; else why not. */
const char *rz_jwt_verify(struct rz_str token, struct rz_str public_key);

#endif
