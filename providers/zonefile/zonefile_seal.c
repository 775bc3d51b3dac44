/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seal of a signed zone file: its last line, a comment, has a MAC of all octets before it, with a secret that
 * lies beside the private keys. A file whose seal holds is as rezone wrote it, so that its signatures need not be
 * checked one by one; any other file's are. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "zonefile/zonefile_signing.h"

#define HEAD "; sealed "
#define MAC 32 /* octets of HMAC-SHA-256 */
#define LINE (sizeof HEAD - 1 + 2 * (size_t)MAC + 1)

static bool write_line(char line[LINE + 1], const uint8_t key[RZ_SEAL_KEY], struct rz_str text)
{
    uint8_t mac[MAC];
    char *at = line + sizeof HEAD - 1;
    memcpy(line, HEAD, sizeof HEAD);
    if (!HMAC(EVP_sha256(), key, RZ_SEAL_KEY, (const unsigned char *)text.data, text.size, mac,
              NULL))
        return false;
    for (size_t i = 0; i < MAC; i++, at += 2) {
        at[0] = "0123456789abcdef"[mac[i] >> 4];
        at[1] = "0123456789abcdef"[mac[i] & 15];
    }
    at[0] = '\n';
    at[1] = '\0';
    return true;
}

void rz_zonefile_seal(const struct rz_zonefile *zf, const uint8_t *apex, struct rz_buffer *text)
{
    char line[LINE + 1];
    uint8_t key[RZ_SEAL_KEY];
    if (rz_key_store_seal(zf, apex, true, key) && write_line(line, key, rz_buffer_view(text)))
        rz_buffer_append(text, line, LINE);
    OPENSSL_cleanse(key, sizeof key);
}

bool rz_zonefile_is_sealed(const struct rz_zonefile *zf, const uint8_t *apex, struct rz_str text)
{
    char line[LINE + 1];
    uint8_t key[RZ_SEAL_KEY];
    bool holds = text.size > LINE && rz_key_store_seal(zf, apex, false, key)
                 && write_line(line, key, (struct rz_str){text.data, text.size - LINE})
                 && CRYPTO_memcmp(line, text.data + text.size - LINE, LINE) == 0;
    OPENSSL_cleanse(key, sizeof key);
    return holds;
}
