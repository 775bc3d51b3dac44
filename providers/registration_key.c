/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of registrations between the registrar's fields and RDATA. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "registration.h"
#include "support/alloc.h"

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool rz_domain_key_ds(struct rz_buffer *rdata, const struct rz_domain_key *key)
{
    uint8_t head[4] = {(uint8_t)(key->tag >> 8), (uint8_t)key->tag, key->algorithm,
                       key->digest_type};
    size_t size = strlen(key->digest);
    if (!size || size % 2 || size > 2 * 255)
        return false;
    rz_buffer_append(rdata, head, sizeof head);
    for (size_t i = 0; i < size; i += 2) {
        int high = digit(key->digest[i]), low = digit(key->digest[i + 1]);
        if (high < 0 || low < 0)
            return false;
        rz_buffer_char(rdata, (char)(high << 4 | low));
    }
    return true;
}

bool rz_domain_key_dnskey(struct rz_buffer *rdata, const struct rz_domain_key *key)
{
    uint8_t head[4] = {(uint8_t)(key->flags >> 8), (uint8_t)key->flags, key->protocol,
                       key->algorithm};
    size_t size = key->public_key ? strlen(key->public_key) : 0;
    if (!size || size % 4 || size > 8192)
        return false;
    unsigned char *octets = rz_alloc(size / 4 * 3 + 1);
    int made = EVP_DecodeBlock(octets, (const unsigned char *)key->public_key, (int)size);
    if (made > 0) {
        for (size_t i = size; i > size - 2 && key->public_key[i - 1] == '='; i--)
            made--;
        rz_buffer_append(rdata, head, sizeof head);
        rz_buffer_append(rdata, octets, (size_t)made);
    }
    free(octets);
    return made > 0;
}

void rz_domain_key_of(struct rz_domain_key *key, struct rz_arena *arena, struct rz_rdata ds,
                      const struct rz_rdata *dnskey)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t i = 4; i < ds.size; i++)
        rz_buffer_printf(&text, "%02X", ds.wire[i]);
    *key = (struct rz_domain_key){.tag = (uint16_t)(ds.wire[0] << 8 | ds.wire[1]),
                                  .algorithm = ds.wire[2],
                                  .digest_type = ds.wire[3],
                                  .digest = rz_arena_strdup(arena, rz_buffer_view(&text).data)};
    if (!dnskey || dnskey->size < 5)
        return;
    size_t size = dnskey->size - 4U;
    unsigned char *encoded = rz_arena_alloc(arena, size / 3 * 4 + 8);
    EVP_EncodeBlock(encoded, dnskey->wire + 4, (int)size);
    key->public_key = (const char *)encoded;
    key->flags = (uint16_t)(dnskey->wire[0] << 8 | dnskey->wire[1]);
    key->protocol = dnskey->wire[2];
}
