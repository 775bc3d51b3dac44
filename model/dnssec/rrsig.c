/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and checking signatures. */
#include "dnssec/rrsig.h"

#include <libdnssec/key.h>
#include <libdnssec/sign.h>

#include "dns/dnskey.h"
#include "dnssec/rrsig_internal.h"

bool rz_rrsig_key_init(struct rz_rrsig_key *key, const uint8_t *apex, struct rz_rdata dnskey)
{
    dnssec_binary_t rdata = {.size = dnskey.size, .data = (uint8_t *)(uintptr_t)dnskey.wire};
    *key = (struct rz_rrsig_key){.dnskey = dnskey,
                                 .flags = rz_dnskey_flags(dnskey.wire, dnskey.size),
                                 .tag = rz_dnskey_tag(dnskey.wire, dnskey.size),
                                 .algorithm = dnskey.size > 3 ? dnskey.wire[3] : 0};
    key->usable = dnskey.size > 4 && dnskey.wire[2] == 3 && key->flags & RZ_DNSKEY_ZONE
                  && dnssec_algorithm_key_support(key->algorithm) && dnssec_key_new(&key->key) == 0
                  && dnssec_key_set_dname(key->key, apex) == 0
                  && dnssec_key_set_rdata(key->key, &rdata) == 0 && dnssec_key_can_verify(key->key)
                  && dnssec_sign_new(&key->context, key->key) == 0;
    if (!key->usable)
        rz_rrsig_key_free(key);
    return key->usable;
}

void rz_rrsig_key_free(struct rz_rrsig_key *key)
{
    dnssec_sign_free(key->context);
    dnssec_key_free(key->key);
    key->context = NULL;
    key->key = NULL;
}

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool rz_rrsig_read(struct rz_rrsig *rrsig, const uint8_t *wire, size_t size)
{
    size_t signer = size > RZ_RRSIG_HEAD ? rz_name_check(wire + RZ_RRSIG_HEAD, size - RZ_RRSIG_HEAD)
                                         : 0;
    if (!signer)
        return false;
    *rrsig = (struct rz_rrsig){.covered = (uint16_t)(wire[0] << 8 | wire[1]),
                               .algorithm = wire[2],
                               .labels = wire[3],
                               .ttl = read_u32(wire + 4),
                               .expires = read_u32(wire + 8),
                               .begins = read_u32(wire + 12),
                               .tag = (uint16_t)(wire[16] << 8 | wire[17]),
                               .wire = wire,
                               .signer = wire + RZ_RRSIG_HEAD,
                               .head = RZ_RRSIG_HEAD + signer,
                               .size = size};
    return true;
}

int64_t rz_rrsig_time(uint32_t time, int64_t now)
{
    return now + (int32_t)(time - (uint32_t)now);
}

unsigned rz_rrsig_labels(const uint8_t *owner)
{
    return rz_name_labels(owner) - rz_name_is_wildcard(owner);
}

/* RFC 4034 §3.1.8.1: the RDATA without the signature, then the RRset in canonical order, with the TTL
 * that was signed. */
void rz_rrsig_octets(struct rz_buffer *out, const struct rz_rrset *rrset, const uint8_t *rrsig,
                     size_t head)
{
    uint8_t fields[8] = {(uint8_t)(rrset->type >> 8), (uint8_t)rrset->type, 0, 1};
    size_t owner = rz_name_size(rrset->owner);
    rz_buffer_append(out, rrsig, head);
    memcpy(fields + 4, rrsig + 4, 4);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        uint8_t size[2] = {(uint8_t)(c.size >> 8), (uint8_t)c.size};
        rz_buffer_append(out, rrset->owner, owner);
        rz_buffer_append(out, fields, sizeof fields);
        rz_buffer_append(out, size, sizeof size);
        rz_buffer_append(out, c.wire, c.size);
    }
}

bool rz_rrsig_is_by(const struct rz_rrsig *rrsig, const struct rz_rrset *rrset,
                    const struct rz_rrsig_key *key)
{
    if (!key->usable || rrsig->tag != key->tag || rrsig->algorithm != key->algorithm
        || !rz_name_equal(rrsig->signer, dnssec_key_get_dname(key->key)))
        return false;
    dnssec_binary_t signature = {.size = rrsig->size - rrsig->head,
                                 .data = (uint8_t *)(uintptr_t)rrsig->wire + rrsig->head};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rrsig_octets(&text, rrset, rrsig->wire, rrsig->head);
    dnssec_binary_t octets = {.size = text.size, .data = (uint8_t *)text.data};
    return signature.size > 0 && dnssec_sign_init(key->context) == 0
           && dnssec_sign_add(key->context, &octets) == 0
           && dnssec_sign_verify(key->context, false, &signature) == 0;
}

/* Serial number arithmetic (RFC 4034 §3.1.5). */
const char *rz_rrsig_check_time(const struct rz_rrsig *rrsig, int64_t now)
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
    struct rz_rrsig_key key;
    if (!rrsigs || !keys)
        return why;
    for (struct rz_rdata_cursor s = rz_rrset_rdata(rrsigs); rz_rdata_next(&s);) {
        if (!rz_rrsig_read(&rrsig, s.wire, s.size) || rrsig.covered != rrset->type)
            continue;
        const char *time = rz_rrsig_check_time(&rrsig, now);
        why = time ? time : "no key that is trusted has made its signature";
        for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); !time && rz_rdata_next(&k);) {
            bool good = rz_rrsig_key_init(&key, signer, (struct rz_rdata){k.wire, k.size})
                        && rz_rrsig_is_by(&rrsig, rrset, &key);
            rz_rrsig_key_free(&key);
            if (good)
                return NULL;
        }
    }
    return why;
}
