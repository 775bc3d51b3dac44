/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing of whole zones. */
#include "dnssec/sign.h"

#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/denial.h"
#include "support/hash.h"

#define BEFORE 3600 /* seconds that signatures begin before now, for clocks that are behind */
#define TTL_FALLBACK 3600

struct signing {
    const struct rz_sign_settings *settings;
    const struct rz_rrset
        *old_keys; /* DNSKEY of a good old zone; NULL: its signatures are checked */
    struct rz_signed_counts *counts;
    struct rz_zone *out;
    const char *why;
};

static const struct rz_record_origin nowhere;

static bool copies(uint16_t type)
{
    return !(rz_rtype_flags(type) & (RZ_RTYPE_SIGNER | RZ_RTYPE_PROVIDER)) && type != RZ_TYPE_RRSIG
           && !rz_rtype_is_signing(type);
}

static void copy_rrset(struct rz_zone *to, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        rz_zone_add(to, rrset->owner, rrset->type, rrset->ttl, (struct rz_rdata){c.wire, c.size},
                    nowhere);
}

static void finish(struct rz_zone *zone)
{
    struct rz_diags unseen = {0};
    rz_zone_finish(zone, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
}

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* RFC 9077: the smaller of the SOA's TTL and its minimum. */
static uint32_t denial_ttl(const struct rz_rrset *soa)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(soa);
    if (!rz_rdata_next(&c) || c.size < 20)
        return TTL_FALLBACK;
    uint32_t minimum = read_u32(c.wire + c.size - 4);
    return minimum < soa->ttl ? minimum : soa->ttl;
}

/* ---- keys and what is said of them at the apex */

static bool is_delegated_to(const struct rz_sign_key *key)
{
    return key->role & RZ_KEY_KSK && key->state == RZ_KEY_ACTIVE;
}

static void add_keys(const struct signing *s, struct rz_zone *zone, uint32_t ttl)
{
    const uint8_t *apex = zone->apex.wire;
    uint8_t cds = s->settings->signing->cds;
    for (size_t i = 0; i < s->settings->key_count; i++) {
        const struct rz_sign_key *key = &s->settings->keys[i];
        uint8_t ds[RZ_DS_MAX];
        if (!(key->state & RZ_KEY_PUBLISHED))
            continue;
        rz_zone_add(zone, apex, RZ_TYPE_DNSKEY, ttl, key->key.dnskey, nowhere);
        if (!cds || !is_delegated_to(key))
            continue;
        size_t size = rz_dnskey_ds(ds, apex, key->key.dnskey.wire, key->key.dnskey.size, cds);
        rz_zone_add(zone, apex, RZ_TYPE_CDS, ttl, (struct rz_rdata){ds, (uint16_t)size}, nowhere);
        rz_zone_add(zone, apex, RZ_TYPE_CDNSKEY, ttl, key->key.dnskey, nowhere);
    }
}

static void nsec3_of(struct rz_nsec3 *params, const struct rz_signing *signing)
{
    *params = (struct rz_nsec3){.iterations = signing->iterations,
                                .opt_out = signing->opt_out,
                                .salt_size = signing->salt_size};
    memcpy(params->salt, signing->salt, signing->salt_size);
}

/* The zone's data with its keys, without proofs of absence. */
static void gather(const struct signing *s, struct rz_zone *to, const struct rz_zone *zone,
                   const struct rz_rrset *soa)
{
    struct rz_arena arena = {0};
    struct rz_nsec3 params;
    for (size_t i = 0; i < zone->count; i++)
        if (copies(zone->rrsets[i].type))
            copy_rrset(to, &zone->rrsets[i]);
    add_keys(s, to, soa->ttl);
    if (s->settings->signing->mode == RZ_SIGNING_NSEC3) {
        nsec3_of(&params, s->settings->signing);
        rz_zone_add(to, to->apex.wire, RZ_TYPE_NSEC3PARAM, 0, rz_nsec3_param(&arena, &params),
                    nowhere);
    }
    finish(to);
    rz_arena_free(&arena);
}

/* ---- proofs of absence */

static void add_denial(struct signing *s, const struct rz_zone *data, uint32_t ttl)
{
    struct rz_denial denial;
    struct rz_nsec3 params;
    bool nsec3 = s->settings->signing->mode == RZ_SIGNING_NSEC3;
    rz_denial_init(&denial, data);
    if (nsec3) {
        nsec3_of(&params, s->settings->signing);
        if (rz_denial_hash(&denial, &params) != RZ_OK)
            s->why = "two names have the same NSEC3 hash: choose another salt";
        if (params.opt_out)
            rz_denial_drop(&denial, NULL, NULL);
    }
    rz_denial_link(&denial, nsec3 ? &params : NULL);
    for (size_t i = 0; i < denial.count; i++)
        if (rz_zone_add(s->out, denial.names[i].record, nsec3 ? RZ_TYPE_NSEC3 : RZ_TYPE_NSEC, ttl,
                        denial.names[i].rdata, nowhere)
            != RZ_OK)
            s->why = "the zone's name is too long for NSEC3";
    rz_denial_free(&denial);
}

/* ---- signatures */

/* DNSKEY, CDS and CDNSKEY are signed by what the parent trusts, the rest by the others, or by the same
 * where there are no others of that algorithm. */
static bool signs(const struct rz_sign_settings *settings, const struct rz_sign_key *key,
                  uint16_t type)
{
    bool of_keys = type == RZ_TYPE_DNSKEY || type == RZ_TYPE_CDS || type == RZ_TYPE_CDNSKEY;
    if (!(key->state & RZ_KEY_SIGNS))
        return false;
    uint8_t wanted = of_keys ? RZ_KEY_KSK : RZ_KEY_ZSK;
    if (key->role & wanted)
        return true;
    for (size_t i = 0; i < settings->key_count; i++)
        if (settings->keys[i].state & RZ_KEY_SIGNS && settings->keys[i].role & wanted
            && settings->keys[i].key.algorithm == key->key.algorithm)
            return false;
    return true;
}

/* Whether what has the tag of a key in the old zone is by that key: it was published there, and tags are
 * not taken twice. */
static bool is_known(const struct signing *s, const struct rz_sign_key *key)
{
    const struct rz_sign_settings *settings = s->settings;
    if (!s->old_keys || !rz_rrset_contains(s->old_keys, key->key.dnskey.wire, key->key.dnskey.size))
        return false;
    size_t same = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(s->old_keys); rz_rdata_next(&c);)
        same += rz_dnskey_tag(c.wire, c.size) == key->key.tag;
    for (size_t i = 0; i < settings->key_count; i++)
        if (settings->keys[i].key.tag == key->key.tag && &settings->keys[i] != key)
            return false;
    return same == 1;
}

/* The signature that the RRset had, if it may stay. */
static bool old_signature(const struct signing *s, const struct rz_rrset *rrset,
                          const struct rz_rrset *before, const struct rz_rrset *rrsigs,
                          const struct rz_sign_key *key, struct rz_rrsig *rrsig)
{
    int64_t now = s->settings->now;
    if (!before || !rrsigs || before->ttl != rrset->ttl || before->rdata_size != rrset->rdata_size
        || memcmp(before->rdata, rrset->rdata, rrset->rdata_size) != 0)
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrsigs); rz_rdata_next(&c);)
        if (rz_rrsig_read(rrsig, c.wire, c.size) && rrsig->covered == rrset->type
            && rrsig->tag == key->key.tag && rrsig->algorithm == key->key.algorithm
            && rrsig->ttl == rrset->ttl && !rz_rrsig_check_time(rrsig, now)
            && rz_rrsig_time(rrsig->expires, now) - now > (int64_t)s->settings->refresh
            && rz_rrsig_time(rrsig->expires, now) - now <= (int64_t)s->settings->validity
            && (key->known || rz_rrsig_is_same(rrsig, rrset, &key->key)))
            return true;
    return false;
}

/* Ends are spread over a quarter of the time before they are renewed, by name, so that not all of a zone
 * is signed anew at once. */
static uint32_t expiry(const struct rz_sign_settings *settings, const struct rz_rrset *rrset)
{
    struct rz_hash hash = rz_hash_of(rrset->owner, rz_name_size(rrset->owner));
    uint32_t room = (settings->validity - settings->refresh) / 4, part;
    memcpy(&part, &hash, sizeof part);
    return (uint32_t)settings->now + settings->validity - (room ? (part ^ rrset->type) % room : 0);
}

static void sign_rrset(struct signing *s, const struct rz_rrset *rrset)
{
    const struct rz_sign_settings *settings = s->settings;
    const struct rz_zone *old = settings->old;
    const struct rz_rrset *before = old ? rz_zone_find(old, rrset->owner, rrset->type) : NULL;
    const struct rz_rrset *rrsigs = old ? rz_zone_find(old, rrset->owner, RZ_TYPE_RRSIG) : NULL;
    RZ_BUFFER_CLEANUP struct rz_buffer made = {0};
    for (size_t k = 0; k < settings->key_count && !s->why; k++) {
        const struct rz_sign_key *key = &settings->keys[k];
        struct rz_rrsig rrsig;
        if (!signs(settings, key, rrset->type))
            continue;
        bool kept = old_signature(s, rrset, before, rrsigs, key, &rrsig);
        rz_buffer_reset(&made);
        if (kept)
            rz_buffer_append(&made, rrsig.wire, rrsig.size);
        else if (!rz_rrsig_make(&made, rrset, &key->key, (uint32_t)settings->now - BEFORE,
                                expiry(settings, rrset))
                 || !rz_rrsig_read(&rrsig, (const uint8_t *)made.data, made.size))
            s->why = "a key cannot sign";
        *(kept ? &s->counts->kept : &s->counts->made) += 1;
        int64_t due = rz_rrsig_time(rrsig.expires, settings->now) - settings->refresh;
        if (!s->why && (!s->counts->due || due < s->counts->due))
            s->counts->due = due;
        rz_zone_add(s->out, rrset->owner, RZ_TYPE_RRSIG, rrset->ttl,
                    (struct rz_rdata){(const uint8_t *)made.data, (uint16_t)made.size}, nowhere);
    }
}

static void sign_all(struct signing *s, const struct rz_zone *whole)
{
    struct rz_denial denial;
    const struct rz_sign_settings *settings = s->settings;
    if (settings->old && settings->old_is_good)
        s->old_keys = rz_zone_find(settings->old, settings->old->apex.wire, RZ_TYPE_DNSKEY);
    for (size_t i = 0; i < settings->key_count; i++)
        settings->keys[i].known = is_known(s, &settings->keys[i]);
    rz_denial_init(&denial, whole);
    for (size_t i = 0; i < whole->count && !s->why; i++)
        if (denial.is_signed[i])
            sign_rrset(s, &whole->rrsets[i]);
    rz_denial_free(&denial);
}

/* Some key must sign the keys, and some key the rest. */
static const char *check_keys(const struct rz_sign_settings *settings)
{
    bool published = false;
    for (size_t i = 0; i < settings->key_count; i++) {
        const struct rz_sign_key *key = &settings->keys[i];
        published |= key->state == RZ_KEY_ACTIVE;
        if (key->state & RZ_KEY_SIGNS && !key->key.signs)
            return "the private part of a key that signs is not here";
    }
    return published ? NULL : "no key is active";
}

const char *rz_zone_sign(struct rz_zone *out, const struct rz_zone *zone,
                         const struct rz_sign_settings *settings, struct rz_signed_counts *counts)
{
    struct signing s = {.settings = settings, .counts = counts, .out = out};
    const struct rz_rrset *soa = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_SOA);
    struct rz_zone data, whole;
    *counts = (struct rz_signed_counts){0};
    rz_zone_init(out, zone->apex.wire);
    s.why = soa ? check_keys(settings) : "the zone has no SOA";
    if (s.why)
        return s.why;
    rz_zone_init(&data, zone->apex.wire);
    rz_zone_init(&whole, zone->apex.wire);
    gather(&s, &data, zone, soa);
    s.out = &whole;
    for (size_t i = 0; i < data.count; i++)
        copy_rrset(&whole, &data.rrsets[i]);
    add_denial(&s, &data, denial_ttl(soa));
    finish(&whole);
    s.out = out;
    for (size_t i = 0; i < whole.count; i++)
        copy_rrset(out, &whole.rrsets[i]);
    sign_all(&s, &whole);
    finish(out);
    rz_zone_free(&whole);
    rz_zone_free(&data);
    return s.why;
}
