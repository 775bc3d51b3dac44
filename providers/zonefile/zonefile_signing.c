/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the records that say how a zone is signed, its file, and the private keys. */
#include "zonefile/zonefile_signing.h"

#include <stdlib.h>

#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/denial.h"
#include "support/alloc.h"

/* ---- how a file is signed */

static bool contains(const struct rz_rrset *dnskey, struct rz_rdata key)
{
    return dnskey && rz_rrset_contains(dnskey, key.wire, key.size);
}

/* Whether a key made signatures at the apex. */
static bool has_signed(const struct rz_rrset *rrsigs, const struct rz_rrsig_key *key)
{
    struct rz_rrsig rrsig;
    if (rrsigs)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrsigs); rz_rdata_next(&c);)
            if (rz_rrsig_read(&rrsig, c.wire, c.size) && rrsig.tag == key->tag
                && rrsig.algorithm == key->algorithm)
                return true;
    return false;
}

static void note_states(struct rz_stored_keys *keys, const struct rz_zone *zone)
{
    const struct rz_rrset *dnskey = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSKEY);
    const struct rz_rrset *rrsigs = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_RRSIG);
    for (size_t i = 0; i < keys->count; i++) {
        struct rz_stored_key *key = &keys->items[i];
        key->sign.state = (uint8_t)((contains(dnskey, key->sign.key.dnskey) ? RZ_KEY_PUBLISHED : 0)
                                    | (has_signed(rrsigs, &key->sign.key) ? RZ_KEY_SIGNS : 0));
        key->facts.state = key->sign.state;
    }
}

static bool any_signs(const struct rz_stored_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i].sign.state & RZ_KEY_SIGNS)
            return true;
    return false;
}

/* NSEC3 records have the opt-out flag, NSEC3PARAM has not. */
static bool opts_out(const struct rz_zone *zone)
{
    struct rz_nsec3 params;
    for (size_t i = 0; i < zone->count; i++)
        if (zone->rrsets[i].type == RZ_TYPE_NSEC3) {
            struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]);
            return rz_rdata_next(&c) && rz_nsec3_read(&params, c.wire, c.size) && params.opt_out;
        }
    return false;
}

static void read_signing(struct rz_signing *signing, const struct rz_zone *zone, bool ours)
{
    const uint8_t *apex = zone->apex.wire;
    const struct rz_rrset *param = rz_zone_find(zone, apex, RZ_TYPE_NSEC3PARAM);
    const struct rz_rrset *cds = rz_zone_find(zone, apex, RZ_TYPE_CDS);
    struct rz_nsec3 params;
    struct rz_rdata_cursor c = {0};
    *signing = (struct rz_signing){.mode = ours ? RZ_SIGNING_NSEC : RZ_SIGNING_PRESIGNED};
    if (!ours)
        return;
    if (param)
        c = rz_rrset_rdata(param);
    if (param && rz_rdata_next(&c) && rz_nsec3_read(&params, c.wire, c.size)) {
        signing->mode = RZ_SIGNING_NSEC3;
        signing->iterations = params.iterations;
        signing->opt_out = opts_out(zone);
        signing->salt_size = params.salt_size;
        memcpy(signing->salt, params.salt, params.salt_size);
    }
    if (cds)
        c = rz_rrset_rdata(cds);
    if (cds && rz_rdata_next(&c) && c.size > 4)
        signing->cds = c.wire[3];
}

void rz_zonefile_list_keys(struct rz_held_keys *list, struct rz_stored_keys *keys,
                           const struct rz_zone *zone)
{
    const struct rz_rrset *dnskey = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSKEY);
    note_states(keys, zone);
    for (size_t i = 0; i < keys->count; i++)
        rz_held_keys_add(list, &keys->items[i].facts, keys->items[i].file);
    if (!dnskey)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(dnskey); rz_rdata_next(&c);) {
        struct rz_signing_key key;
        if (!rz_signing_key_of_dnskey(&key, c.wire, c.size) || rz_held_keys_find(list, &key))
            continue;
        key.state = RZ_KEY_PUBLISHED;
        rz_held_keys_add(list, &key, "");
    }
}

enum rz_status rz_zonefile_show_signing(const struct rz_zonefile *zf, struct rz_zone *zone,
                                        struct rz_diags *diags)
{
    struct rz_stored_keys keys;
    struct rz_held_keys list = {0};
    struct rz_signing signing;
    const uint8_t *apex = zone->apex.wire;
    if (!rz_zone_find(zone, apex, RZ_TYPE_DNSKEY) || !rz_zone_find(zone, apex, RZ_TYPE_RRSIG))
        return RZ_OK;
    enum rz_status status = rz_key_store_read(zf, apex, &keys, diags);
    if (status == RZ_OK) {
        note_states(&keys, zone);
        bool ours = any_signs(&keys);
        read_signing(&signing, zone, ours);
        if (ours)
            rz_zonefile_list_keys(&list, &keys, zone);
        rz_dnssec_put(zone, &signing, &list);
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    }
    rz_held_keys_free(&list);
    rz_stored_keys_free(&keys);
    return status;
}

int64_t rz_zonefile_signing_due(const struct rz_zonefile *zf, const struct rz_zone *zone)
{
    int64_t now = zf->context->now(zf->context->user), due = 0;
    struct rz_rrsig rrsig;
    for (size_t i = 0; i < zone->count; i++) {
        if (zone->rrsets[i].type != RZ_TYPE_RRSIG)
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]); rz_rdata_next(&c);) {
            if (!rz_rrsig_read(&rrsig, c.wire, c.size))
                continue;
            int64_t at = rz_rrsig_time(rrsig.expires, now) - (int64_t)zf->options.refresh;
            due = !due || at < due ? at : due;
        }
    }
    return due;
}

/* ---- which keys are to sign */

struct choosing {
    const struct rz_zonefile_order *order;
    struct rz_stored_keys keys;
    struct rz_arena arena;
    struct rz_sign_key *chosen;
    bool *taken; /* beside keys.items */
    size_t count;
    struct rz_diags *diags;
};

static enum rz_status refuse(struct choosing *c, const char *why, unsigned tag)
{
    struct rz_diag *diag = rz_diags_add(c->diags, RZ6054, rz_place_named(c->order->path->shown),
                                        "cannot be signed with key %u: %s", tag, why);
    rz_diag_hint(c->diags, diag, "its private part has to be in %s, of the provider %s",
                 c->order->zf->options.keys, c->order->zf->base.name);
    return RZ_REJECTED;
}

/* Pointers into the list would not outlive the next key that is generated. */
static void take(struct choosing *c, size_t index, const struct rz_signing_key *wanted)
{
    struct rz_sign_key *chosen = &c->chosen[c->count++];
    c->taken[index] = true;
    *chosen = c->keys.items[index].sign;
    chosen->role = wanted->role;
    chosen->state = wanted->state;
}

static enum rz_status choose_known(struct choosing *c, const struct rz_signing_key *wanted)
{
    for (size_t i = 0; i < c->keys.count; i++)
        if (rz_signing_key_is(&c->keys.items[i].facts, wanted)) {
            take(c, i, wanted);
            return RZ_OK;
        }
    if (wanted->state != RZ_KEY_PUBLISHED)
        return refuse(c, "it is not among the private keys", rz_signing_key_tag(wanted));
    uint8_t *wire = rz_arena_alloc(&c->arena, RZ_SIGNING_KEY_WIRE_MAX);
    size_t size = rz_signing_key_dnskey(wanted, wire);
    struct rz_sign_key *chosen = &c->chosen[c->count++];
    *chosen = (struct rz_sign_key){.role = wanted->role, .state = wanted->state};
    chosen->key.dnskey = (struct rz_rdata){wire, (uint16_t)size};
    chosen->key.algorithm = wanted->algorithm;
    return RZ_OK;
}

/* One of its kind that does that work already, else a new one. */
static enum rz_status choose_new(struct choosing *c, const struct rz_signing_key *wanted)
{
    for (size_t i = 0; i < c->keys.count; i++)
        if (!c->taken[i] && rz_signing_key_fits(&c->keys.items[i].facts, wanted)) {
            take(c, i, wanted);
            return RZ_OK;
        }
    if (!c->order->may_generate)
        return RZ_UNSUPPORTED;
    enum rz_status status = rz_key_store_generate(c->order->zf, c->order->zone->apex.wire, wanted,
                                                  &c->keys, c->diags);
    if (status == RZ_OK)
        take(c, c->keys.count - 1, wanted);
    return status;
}

static enum rz_status choose(struct choosing *c, const struct rz_rrset *wanted)
{
    enum rz_status status = RZ_OK;
    c->chosen = rz_arena_zero(&c->arena, wanted->rdata_count * sizeof *c->chosen);
    c->taken = rz_arena_zero(&c->arena, (c->keys.count + wanted->rdata_count) * sizeof *c->taken);
    /* Those that are named come first, lest one of them is taken for a new one. */
    for (int new = 0; new <= 1; new ++)
        for (struct rz_rdata_cursor r = rz_rrset_rdata(wanted);
             status == RZ_OK && rz_rdata_next(&r);) {
            struct rz_signing_key key;
            if (!rz_signing_key_from_wire(&key, r.wire, r.size))
                status = refuse(c, "the record that says so is damaged", 0);
            else if ((key.public_size == 0) == new)
                status = new ? choose_new(c, &key) : choose_known(c, &key);
        }
    return status;
}

/* ---- signing */

static void copy_data(const struct rz_zonefile_order *order, struct rz_zone *to, bool presigned)
{
    const struct rz_zone *from = order->zone;
    struct rz_record_origin nowhere = {0};
    for (size_t i = 0; i <= from->count; i++) {
        const struct rz_rrset *rrset = i < from->count ? &from->rrsets[i] : order->soa;
        bool made = rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER;
        if (rz_rtype_is_signing(rrset->type) || (made && !presigned)
            || (i < from->count && rrset->type == RZ_TYPE_SOA))
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            rz_zone_add(to, rrset->owner, rrset->type, rrset->ttl,
                        (struct rz_rdata){c.wire, c.size}, nowhere);
    }
}

/* The zone as it was signed before; nothing is lost where it cannot be read but its signatures. */
static void read_old(const struct rz_zonefile_order *order, struct rz_zone *old)
{
    RZ_CLEANUP(rz_zonefile_content_free) struct rz_zonefile_content content = {0};
    struct rz_diags unseen = {0};
    rz_zone_init(old, order->zone->apex.wire);
    if (rz_zonefile_load(order->directory, order->path, &content, &unseen) == RZ_OK
        && content.exists)
        rz_zonefile_parse(order->zf, order->directory, order->path, &content, old, &unseen);
    rz_zone_finish(old, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
}

static enum rz_status sign(struct choosing *c, const struct rz_zone *data,
                           const struct rz_signing *signing, struct rz_zone *out)
{
    const struct rz_zonefile_order *order = c->order;
    const struct rz_zonefile *zf = order->zf;
    struct rz_signed_counts counts;
    struct rz_zone old;
    const struct rz_rrset *wanted = rz_zone_find(order->zone, order->zone->apex.wire,
                                                 RZ_TYPE_DNSSECKEY);
    read_old(order, &old);
    note_states(&c->keys, &old);
    enum rz_status status = choose(c, wanted);
    if (status == RZ_OK) {
        struct rz_sign_settings settings = {.signing = signing,
                                            .keys = c->chosen,
                                            .key_count = c->count,
                                            .old = &old,
                                            .validity = (uint32_t)zf->options.validity,
                                            .refresh = (uint32_t)zf->options.refresh,
                                            .now = zf->context->now(zf->context->user)};
        const char *why = rz_zone_sign(out, data, &settings, &counts);
        if (why)
            rz_diags_add(c->diags, RZ6054, rz_place_named(order->path->shown),
                         "cannot be signed: %s", why);
        status = why ? RZ_REJECTED : RZ_OK;
    }
    rz_zone_free(&old);
    return status;
}

enum rz_status rz_zonefile_sign(const struct rz_zonefile_order *order, struct rz_zone *out,
                                struct rz_diags *diags)
{
    const uint8_t *apex = order->zone->apex.wire;
    const struct rz_rrset *how = rz_zone_find(order->zone, apex, RZ_TYPE_DNSSEC);
    struct choosing c = {.order = order, .diags = diags};
    struct rz_signing signing = {0};
    struct rz_rdata_cursor r = {0};
    struct rz_zone data;
    if (how)
        r = rz_rrset_rdata(how);
    if (how && rz_rdata_next(&r))
        rz_signing_from_wire(&signing, r.wire, r.size);
    bool signs = rz_zone_find(order->zone, apex, RZ_TYPE_DNSSECKEY)
                 && (signing.mode == RZ_SIGNING_NSEC || signing.mode == RZ_SIGNING_NSEC3);
    rz_zone_init(signs ? &data : out, apex);
    copy_data(order, signs ? &data : out, signing.mode == RZ_SIGNING_PRESIGNED);
    enum rz_status status = rz_zone_finish(signs ? &data : out, RZ_ZONE_LIVE, diags);
    if (!signs)
        return status;
    *out = (struct rz_zone){0};
    if (status == RZ_OK)
        status = rz_key_store_read(order->zf, apex, &c.keys, diags);
    if (status == RZ_OK)
        status = sign(&c, &data, &signing, out);
    rz_stored_keys_free(&c.keys);
    rz_arena_free(&c.arena);
    rz_zone_free(&data);
    return status;
}
