/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key tags and digests of DNSSEC keys. */
#include "dns/dnskey.h"

#include <libdnssec/key.h>
#include <libdnssec/sign.h>
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

/* ---- signatures */

#define RRSIG_HEAD 18 /* octets before the signer's name */

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool rz_rrsig_read(struct rz_rrsig *rrsig, const uint8_t *wire, size_t size)
{
    if (size <= RRSIG_HEAD || !rz_name_check(wire + RRSIG_HEAD, size - RRSIG_HEAD))
        return false;
    *rrsig = (struct rz_rrsig){.covered = (uint16_t)(wire[0] << 8 | wire[1]),
                               .algorithm = wire[2],
                               .expires = read_u32(wire + 8),
                               .begins = read_u32(wire + 12),
                               .tag = (uint16_t)(wire[16] << 8 | wire[17])};
    return true;
}

/* RFC 4034 §3.1.8.1: the RDATA without the signature, then the RRset in canonical order, with the TTL
 * that was signed. Wildcards are not looked at. */
static void signed_octets(struct rz_buffer *out, const struct rz_rrset *rrset, const uint8_t *rrsig,
                          size_t head)
{
    uint8_t fields[8] = {(uint8_t)(rrset->type >> 8), (uint8_t)rrset->type, 0, 1};
    rz_buffer_append(out, rrsig, head);
    memcpy(fields + 4, rrsig + 4, 4);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        uint8_t size[2] = {(uint8_t)(c.size >> 8), (uint8_t)c.size};
        rz_buffer_append(out, rrset->owner, rz_name_size(rrset->owner));
        rz_buffer_append(out, fields, sizeof fields);
        rz_buffer_append(out, size, sizeof size);
        rz_buffer_append(out, c.wire, c.size);
    }
}

static bool verify(const struct rz_rrset *rrset, const struct rz_rdata_cursor *rrsig,
                   const struct rz_rdata_cursor *dnskey, const uint8_t *signer)
{
    size_t head = RRSIG_HEAD + rz_name_size(rrsig->wire + RRSIG_HEAD);
    dnssec_binary_t rdata = {.size = dnskey->size, .data = (uint8_t *)(uintptr_t)dnskey->wire};
    dnssec_binary_t signature = {.size = rrsig->size - head,
                                 .data = (uint8_t *)(uintptr_t)rrsig->wire + head};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    dnssec_key_t *key = NULL;
    dnssec_sign_ctx_t *context = NULL;
    signed_octets(&text, rrset, rrsig->wire, head);
    dnssec_binary_t octets = {.size = text.size, .data = (uint8_t *)text.data};
    bool good = rz_name_equal(rrsig->wire + RRSIG_HEAD, signer) && dnssec_key_new(&key) == 0
                && dnssec_key_set_dname(key, signer) == 0 && dnssec_key_set_rdata(key, &rdata) == 0
                && dnssec_sign_new(&context, key) == 0 && dnssec_sign_add(context, &octets) == 0
                && dnssec_sign_verify(context, false, &signature) == 0;
    dnssec_sign_free(context);
    dnssec_key_free(key);
    return good;
}

/* Serial number arithmetic (RFC 4034 §3.1.5). */
static const char *check_time(const struct rz_rrsig *rrsig, int64_t now)
{
    return (int32_t)(rrsig->expires - (uint32_t)now) < 0  ? "its signature has expired"
           : (int32_t)((uint32_t)now - rrsig->begins) < 0 ? "its signature is not valid yet"
                                                          : NULL;
}

const char *rz_rrsig_check(const struct rz_rrset *rrset, const struct rz_rrset *rrsigs,
                           const struct rz_rrset *keys, const uint8_t *signer, int64_t now)
{
    const char *why = "it has no signature";
    struct rz_rrsig rrsig;
    if (!rrsigs || !keys)
        return why;
    for (struct rz_rdata_cursor s = rz_rrset_rdata(rrsigs); rz_rdata_next(&s);) {
        if (!rz_rrsig_read(&rrsig, s.wire, s.size) || rrsig.covered != rrset->type)
            continue;
        const char *time = check_time(&rrsig, now);
        why = time ? time : "no key that is trusted has made its signature";
        for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); !time && rz_rdata_next(&k);)
            if (k.size > 4 && k.wire[3] == rrsig.algorithm
                && rz_dnskey_tag(k.wire, k.size) == rrsig.tag && verify(rrset, &s, &k, signer))
                return NULL;
    }
    return why;
}
