/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests by xxHash and OpenSSL. */
#include "support/hash.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "support/alloc.h"

#define PIECE ((size_t)256 << 10)

struct rz_hash rz_hash_of(const void *data, size_t size)
{
    XXH128_hash_t hash = XXH3_128bits(data, size);
    return (struct rz_hash){hash.high64, hash.low64};
}

bool rz_hash_of_file(int fd, struct rz_hash *hash)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        rz_out_of_memory(); /* not "the file is another", which a failure means to callers */
    char *piece = rz_alloc(PIECE);
    ssize_t got = -1;
    if (XXH3_128bits_reset(state) == XXH_OK)
        while ((got = read(fd, piece, PIECE)) > 0 || (got < 0 && errno == EINTR))
            if (got > 0)
                XXH3_128bits_update(state, piece, (size_t)got);
    if (got == 0) {
        XXH128_hash_t digest = XXH3_128bits_digest(state);
        *hash = (struct rz_hash){digest.high64, digest.low64};
    }
    int saved = errno;
    free(piece);
    XXH3_freeState(state);
    errno = saved;
    return got == 0;
}

char *rz_hash_text(char text[RZ_HASH_TEXT], struct rz_hash hash)
{
    snprintf(text, RZ_HASH_TEXT, "%016llx%016llx", (unsigned long long)hash.high,
             (unsigned long long)hash.low);
    return text;
}

static bool parse_half(uint64_t *half, const char *digits)
{
    *half = 0;
    for (int i = 0; i < 16; i++) {
        char c = digits[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        *half = *half << 4 | (unsigned)digit;
    }
    return true;
}

bool rz_hash_parse(struct rz_hash *hash, struct rz_str text)
{
    return text.size == 32 && parse_half(&hash->high, text.data)
           && parse_half(&hash->low, text.data + 16);
}

void rz_sha256_text(char text[65], const void *data, size_t size)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(data, size, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}
