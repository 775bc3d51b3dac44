/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks every signature of a zone. */
#include "dnssec/verify.h"

#include <libdnssec/key.h>
#include <stdlib.h>

#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/rrsig.h"
#include "dnssec/verify_internal.h"
#include "support/alloc.h"

/* Signatures tried on one RRset: a hostile zone may have thousands (CVE-2023-50387). */
#define TRIES_MAX 32

void rz_signed_fault(struct rz_verifier *v, bool warning, const struct rz_signed_fault *where,
                     const char *format, ...)
{
    struct rz_signed_look *look = v->look;
    va_list arguments;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    *(warning ? &look->warnings : &look->bad) += 1;
    if (look->fault_count == RZ_SIGNED_FAULTS_MAX)
        return;
    va_start(arguments, format);
    rz_buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    look->faults = rz_grow(look->faults, &look->capacity, look->fault_count + 1,
                           sizeof *look->faults);
    look->faults[look->fault_count++] = (struct rz_signed_fault){
        .warning = warning,
        .owner = where ? where->owner : NULL,
        .type = where ? where->type : 0,
        .text = rz_arena_strdup(&look->arena, rz_buffer_view(&text).data)};
}

/* ---- keys */

/* RFC 8624 §3.1: what new zones must not be signed with. */
static bool is_outdated(unsigned algorithm)
{
    return algorithm < 8 || algorithm == 12;
}

static void judge_key(struct rz_verifier *v, const struct rz_rdata_cursor *c, bool usable)
{
    struct rz_signed_fault at = {.owner = v->zone->apex.wire, .type = RZ_TYPE_DNSKEY};
    unsigned tag = rz_dnskey_tag(c->wire, c->size), algorithm = c->size > 3 ? c->wire[3] : 0;
    if (c->size < 5 || c->wire[2] != 3)
        rz_signed_fault(v, true, &at, "key %u is no key of DNSSEC: its protocol is not 3", tag);
    else if (!(rz_dnskey_flags(c->wire, c->size) & RZ_DNSKEY_ZONE))
        rz_signed_fault(v, true, &at, "key %u is no key of a zone: its flags are %u", tag,
                        rz_dnskey_flags(c->wire, c->size));
    else if (!usable)
        rz_signed_fault(v, true, &at,
                        "key %u has the algorithm %u, which is not looked at by many resolvers",
                        tag, algorithm);
    else if (is_outdated(algorithm))
        rz_signed_fault(v, true, &at, "key %u has the outdated algorithm %u", tag, algorithm);
}

static void read_keys(struct rz_verifier *v)
{
    struct rz_signed_look *look = v->look;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(v->dnskey); rz_rdata_next(&c);) {
        if (look->key_count == RZ_ZONE_KEYS_MAX) {
            rz_signed_fault(v, true, NULL, "has more than %u keys: the rest is not looked at",
                            RZ_ZONE_KEYS_MAX);
            return;
        }
        struct rz_rrsig_key *key = &v->keys[look->key_count];
        struct rz_signed_key *seen = &look->keys[look->key_count++];
        bool usable = rz_rrsig_key_init(key, v->zone->apex.wire, (struct rz_rdata){c.wire, c.size});
        *seen = (struct rz_signed_key){.tag = key->tag,
                                       .flags = key->flags,
                                       .algorithm = key->algorithm,
                                       .usable = usable,
                                       .bits = usable ? dnssec_key_get_size(key->key) : 0};
        if (v->input->ds)
            for (struct rz_rdata_cursor d = rz_rrset_rdata(v->input->ds); rz_rdata_next(&d);)
                seen->has_ds |= rz_ds_matches(d.wire, d.size, v->zone->apex.wire, c.wire, c.size);
        judge_key(v, &c, usable);
    }
}

/* ---- signatures of one RRset */

/* The best that can be said of an RRset's signatures. */
struct verdict {
    const char *why;        /* why there is no good one; NULL: there is */
    int64_t expires;        /* of the good one that lives longest */
    uint64_t algorithms[4]; /* bits: those of good signatures */
    size_t tries;
};

static void try_signature(struct rz_verifier *v, const struct rz_rrset *rrset,
                          const struct rz_rrsig *rrsig, struct verdict *verdict)
{
    struct rz_signed_look *look = v->look;
    bool known = false;
    for (size_t k = 0; k < look->key_count; k++) {
        struct rz_rrsig_key *key = &v->keys[k];
        if (!key->usable || key->tag != rrsig->tag || key->algorithm != rrsig->algorithm)
            continue;
        known = true;
        if (++verdict->tries > TRIES_MAX || !rz_rrsig_is_by(rrsig, rrset, key))
            continue;
        int64_t expires = rz_rrsig_time(rrsig->expires, v->input->now);
        verdict->why = NULL;
        verdict->algorithms[key->algorithm / 64] |= 1ull << key->algorithm % 64;
        if (expires > verdict->expires)
            verdict->expires = expires;
        look->signatures++;
        if (rrset->type == RZ_TYPE_DNSKEY)
            look->keys[k].signs_keys = true;
        else
            look->keys[k].signatures++;
        return;
    }
    if (verdict->why)
        verdict->why = verdict->tries > TRIES_MAX
                           ? "it has more signatures of one key tag than a resolver looks at"
                       : known ? "its signature is wrong: it is not of these records and key"
                               : "its signature is by a key that the zone does not have";
}

static void judge_signature(struct rz_verifier *v, const struct rz_rrset *rrset,
                            const struct rz_rrsig *rrsig, struct verdict *verdict)
{
    const char *time = rz_rrsig_check_time(rrsig, v->input->now);
    if (rrsig->labels != rz_rrsig_labels(rrset->owner))
        time = "its signature counts other labels than the name has";
    else if (!rz_name_equal(rrsig->signer, v->zone->apex.wire))
        time = "its signature names another zone as its signer";
    if (!time)
        try_signature(v, rrset, rrsig, verdict);
    else if (verdict->why)
        verdict->why = time;
}

/* RFC 4035 §2.2 wants one by each algorithm of the keys; resolvers do with one (RFC 6840 §5.11). */
static void judge_algorithms(struct rz_verifier *v, const struct rz_rrset *rrset,
                             const struct verdict *verdict)
{
    struct rz_signed_fault at = {.owner = rrset->owner, .type = rrset->type};
    for (unsigned a = 0; a < 256; a++)
        if (v->algorithms[a / 64] & ~verdict->algorithms[a / 64] & 1ull << a % 64)
            rz_signed_fault(
                v, true, &at,
                "it has no good signature of the algorithm %u, which the zone has a key of", a);
}

void rz_verify_rrset(struct rz_verifier *v, const struct rz_rrset *rrset)
{
    struct rz_signed_look *look = v->look;
    struct rz_signed_fault at = {.owner = rrset->owner, .type = rrset->type};
    struct verdict verdict = {.why = "it has no signature"};
    struct rz_rrsig rrsig;
    const struct rz_rrset *rrsigs = rz_zone_find(v->zone, rrset->owner, RZ_TYPE_RRSIG);
    look->rrsets++;
    struct rz_rdata_cursor none = {0};
    for (struct rz_rdata_cursor s = rrsigs ? rz_rrset_rdata(rrsigs) : none; rz_rdata_next(&s);) {
        if (!rz_rrsig_read(&rrsig, s.wire, s.size) || rrsig.covered != rrset->type)
            continue;
        if (!v->input->partial && rrsig.ttl < rrset->ttl)
            rz_signed_fault(v, true, &at, "its TTL is %u, and %u was signed: resolvers take that",
                            rrset->ttl, rrsig.ttl);
        judge_signature(v, rrset, &rrsig, &verdict);
    }
    if (verdict.why) {
        rz_signed_fault(v, false, &at, "%s", verdict.why);
        return;
    }
    judge_algorithms(v, rrset, &verdict);
    if (!look->expires || verdict.expires < look->expires) {
        look->expires = verdict.expires;
        look->expires_owner = rrset->owner;
        look->expires_type = rrset->type;
    }
}

/* ---- the zone */

/* Whether the zone's keys are the parent's. */
static void judge_chain(struct rz_verifier *v)
{
    const struct rz_signed_look *look = v->look;
    struct rz_signed_fault at = {.owner = v->zone->apex.wire, .type = RZ_TYPE_DNSKEY};
    bool has_ds = false, chained = false, sep = false;
    for (size_t i = 0; i < look->key_count; i++) {
        const struct rz_signed_key *key = &look->keys[i];
        bool live = key->signs_keys && !(key->flags & RZ_DNSKEY_REVOKE);
        has_ds |= key->has_ds;
        chained |= key->has_ds && live;
        sep |= live;
    }
    if (v->input->ds && !has_ds)
        rz_signed_fault(v, false, &at, "no DS of the parent is of a key of the zone");
    else if (v->input->ds && !chained)
        rz_signed_fault(v, false, &at, "no key that the parent has a DS of has signed the keys");
    else if (!v->input->ds && !sep)
        rz_signed_fault(v, false, &at, "no key has signed the keys");
}

static void collect_algorithms(struct rz_verifier *v)
{
    for (size_t i = 0; i < v->look->key_count; i++)
        if (v->keys[i].usable && !(v->keys[i].flags & RZ_DNSKEY_REVOKE))
            v->algorithms[v->keys[i].algorithm / 64] |= 1ull << v->keys[i].algorithm % 64;
}

static void verify_signatures(struct rz_verifier *v)
{
    for (size_t i = 0; i < v->zone->count; i++)
        if (v->denial.is_signed[i])
            rz_verify_rrset(v, &v->zone->rrsets[i]);
}

void rz_signed_look(struct rz_signed_look *look, const struct rz_zone *zone,
                    const struct rz_signed_input *input)
{
    struct rz_verifier v = {.look = look, .zone = zone, .input = input};
    *look = (struct rz_signed_look){0};
    v.dnskey = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSKEY);
    if (!v.dnskey) {
        if (input->ds)
            rz_signed_fault(&v, false, NULL, "has no keys, and the parent has a DS");
        return;
    }
    v.keys = rz_alloc_zero(RZ_ZONE_KEYS_MAX, sizeof *v.keys);
    rz_denial_init(&v.denial, zone);
    read_keys(&v);
    collect_algorithms(&v);
    verify_signatures(&v);
    judge_chain(&v);
    if (!input->partial)
        rz_verify_denial(&v);
    rz_denial_free(&v.denial);
    for (size_t i = 0; i < look->key_count; i++)
        rz_rrsig_key_free(&v.keys[i]);
    free(v.keys);
}

void rz_signed_look_free(struct rz_signed_look *look)
{
    free(look->faults);
    rz_arena_free(&look->arena);
    *look = (struct rz_signed_look){0};
}
