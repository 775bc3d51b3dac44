/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making signatures. */
#include <libdnssec/key.h>
#include <libdnssec/sign.h>
#include <string.h>

#include "dns/dnskey.h"
#include "dnssec/rrsig_internal.h"

const char *rz_rrsig_key_load(struct rz_rrsig_key *key, const uint8_t *apex, uint16_t flags,
                              uint8_t algorithm, struct rz_str pem)
{
    dnssec_binary_t text = {.size = pem.size, .data = (uint8_t *)(uintptr_t)pem.data}, rdata;
    const char *why = NULL;
    *key = (struct rz_rrsig_key){.flags = flags, .algorithm = algorithm};
    if (dnssec_key_new(&key->key) != 0 || dnssec_key_set_dname(key->key, apex) != 0
        || dnssec_key_set_flags(key->key, flags) != 0 || dnssec_key_set_protocol(key->key, 3) != 0
        || dnssec_key_set_algorithm(key->key, algorithm) != 0)
        why = "the algorithm is not known here";
    else if (dnssec_key_load_pkcs8(key->key, &text) != 0)
        why = "it is no private key of this algorithm in PEM";
    else if (dnssec_sign_new(&key->context, key->key) != 0
             || dnssec_key_get_rdata(key->key, &rdata) != 0)
        why = "it cannot be used";
    if (why) {
        rz_rrsig_key_free(key);
        return why;
    }
    key->dnskey = (struct rz_rdata){rdata.data, (uint16_t)rdata.size};
    key->tag = rz_dnskey_tag(rdata.data, rdata.size);
    key->usable = key->signs = true;
    return NULL;
}

/* Sets the context to what is signed under this head. */
static bool begin(const struct rz_rrset *rrset, const struct rz_rrsig_key *key,
                  const uint8_t *rrsig, size_t head)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rrsig_octets(&text, rrset, rrsig, head);
    dnssec_binary_t octets = {.size = text.size, .data = (uint8_t *)text.data};
    return dnssec_sign_init(key->context) == 0 && dnssec_sign_add(key->context, &octets) == 0;
}

static dnssec_sign_flags_t how(const struct rz_rrsig_key *key)
{
    return dnssec_algorithm_reproducible(key->algorithm, true) ? DNSSEC_SIGN_REPRODUCIBLE
                                                               : DNSSEC_SIGN_NORMAL;
}

bool rz_rrsig_is_same(const struct rz_rrsig *rrsig, const struct rz_rrset *rrset,
                      const struct rz_rrsig_key *key)
{
    dnssec_binary_t made = {0};
    if (!key->signs || !dnssec_algorithm_reproducible(key->algorithm, true))
        return rz_rrsig_is_by(rrsig, rrset, key);
    bool same = rrsig->labels == rz_rrsig_labels(rrset->owner)
                && rz_name_equal(rrsig->signer, dnssec_key_get_dname(key->key))
                && begin(rrset, key, rrsig->wire, rrsig->head)
                && dnssec_sign_write(key->context, how(key), &made) == 0
                && made.size == rrsig->size - rrsig->head
                && memcmp(made.data, rrsig->wire + rrsig->head, made.size) == 0;
    dnssec_binary_free(&made);
    /* One that was made by other means may still be good. */
    return same || rz_rrsig_is_by(rrsig, rrset, key);
}

static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, (uint16_t)(value >> 16));
    put_u16(at + 2, (uint16_t)value);
}

bool rz_rrsig_make(struct rz_buffer *out, const struct rz_rrset *rrset,
                   const struct rz_rrsig_key *key, uint32_t begins, uint32_t expires)
{
    uint8_t head[RZ_RRSIG_HEAD + RZ_NAME_MAX];
    const uint8_t *signer = dnssec_key_get_dname(key->key);
    size_t size = rz_name_size(signer);
    dnssec_binary_t made = {0};
    put_u16(head, rrset->type);
    head[2] = key->algorithm;
    head[3] = (uint8_t)rz_rrsig_labels(rrset->owner);
    put_u32(head + 4, rrset->ttl);
    put_u32(head + 8, expires);
    put_u32(head + 12, begins);
    put_u16(head + 16, key->tag);
    memcpy(head + RZ_RRSIG_HEAD, signer, size);
    bool good = key->signs && begin(rrset, key, head, RZ_RRSIG_HEAD + size)
                && dnssec_sign_write(key->context, how(key), &made) == 0;
    if (good) {
        rz_buffer_append(out, head, RZ_RRSIG_HEAD + size);
        rz_buffer_append(out, made.data, made.size);
    }
    dnssec_binary_free(&made);
    return good;
}
