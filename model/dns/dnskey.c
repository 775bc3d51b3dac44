/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key tags and digests of DNSSEC keys. */
#include "dns/dnskey.h"

#include <openssl/evp.h>
#include <string.h>

uint16_t rz_dnskey_flags(const uint8_t *wire, size_t size)
{
    return size < 5 ? 0 : (uint16_t)(wire[0] << 8 | wire[1]);
}

uint16_t rz_dnskey_tag(const uint8_t *wire, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += i & 1 ? wire[i] : (uint32_t)wire[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

size_t rz_ds_digest_size(uint8_t type)
{
    static const size_t sizes[] = {[1] = 20, [2] = 32, [4] = 48};
    return type < sizeof sizes / sizeof *sizes ? sizes[type] : 0;
}

size_t rz_dnskey_ds(uint8_t ds[RZ_DS_MAX], const uint8_t *owner, const uint8_t *wire, size_t size,
                    uint8_t digest_type)
{
    const EVP_MD *digest = digest_type == 1   ? EVP_sha1()
                           : digest_type == 2 ? EVP_sha256()
                           : digest_type == 4 ? EVP_sha384()
                                              : NULL;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!digest || size < 5 || wire[2] != 3)
        return 0;
    uint16_t tag = rz_dnskey_tag(wire, size);
    rz_buffer_append(&text, owner, rz_name_size(owner));
    rz_buffer_append(&text, wire, size);
    ds[0] = (uint8_t)(tag >> 8);
    ds[1] = (uint8_t)tag;
    ds[2] = wire[3];
    ds[3] = digest_type;
    if (EVP_Digest(text.data, text.size, ds + 4, NULL, digest, NULL) != 1)
        return 0;
    return 4 + rz_ds_digest_size(digest_type);
}

bool rz_ds_matches(const uint8_t *ds, size_t ds_size, const uint8_t *owner, const uint8_t *wire,
                   size_t size)
{
    uint8_t made[RZ_DS_MAX];
    size_t made_size = ds_size > 4 ? rz_dnskey_ds(made, owner, wire, size, ds[3]) : 0;
    return made_size && made_size == ds_size && memcmp(made, ds, ds_size) == 0;
}
