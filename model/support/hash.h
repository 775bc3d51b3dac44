/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 128-bit XXH3 digests: fingerprints of zones and inputs. Not a defence against forgery; where that
 * matters (plan files) SHA-256 and signatures are used. */
#ifndef RZ_SUPPORT_HASH_H
#define RZ_SUPPORT_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "support/str.h"

struct rz_hash {
    uint64_t high, low;
};

#define RZ_HASH_TEXT 33 /* 32 hexadecimal digits and a NUL */

struct rz_hash rz_hash_of(const void *data, size_t size);
/* Of what `fd` has from here to its end. False, with errno, where it cannot be read. */
bool rz_hash_of_file(int fd, struct rz_hash *hash);
static inline bool rz_hash_equal(struct rz_hash a, struct rz_hash b)
{
    return a.high == b.high && a.low == b.low;
}
static inline bool rz_hash_is_zero(struct rz_hash h)
{
    return h.high == 0 && h.low == 0;
}
/* Lower-case hexadecimal. Returns `text`. */
char *rz_hash_text(char text[RZ_HASH_TEXT], struct rz_hash hash);
/* False unless `text` is exactly 32 hexadecimal digits. */
bool rz_hash_parse(struct rz_hash *hash, struct rz_str text);
/* SHA-256 as 64 hexadecimal digits and a NUL (OpenSSL). */
void rz_sha256_text(char text[65], const void *data, size_t size);

#endif
