/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing at a server whose control rezone has (knot.h). */
#include "dns/rtype.h"
#include "rfc2136/rfc2136.h"
#include "key_text.h"

const char *rz_rfc2136_refuses(const struct rz_provider *base, const struct rz_rrset *rrset)
{
    struct rz_rfc2136 *provider;
    memcpy(&provider, &base, sizeof base); /* its memory is behind a lock */
    if (!rz_rtype_is_signing(rrset->type))
        return NULL;
    struct rz_knot_zone known = rz_rfc2136_knot(provider, rrset->owner);
    return rz_knot_refuses(&provider->knot, &known, rrset);
}

static bool is_same(const struct rz_rrset *now, const struct rz_rrset *then)
{
    return now && then ? rz_rrset_same_rdata(now, then) : now == then;
}

static enum rz_status compare(const struct rz_rfc2136 *provider, const struct rz_batch *batch,
                              const struct rz_zone *live, struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    bool same = true;
    for (size_t i = 0; i < batch->count; i++)
        same &= is_same(rz_zone_find(live, batch->apex, rz_change_subject(batch->changes[i])->type),
                        batch->changes[i].before);
    if (same)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(diags, RZ3402, rz_place_named(provider->base.name),
                                        "how %s is signed was changed meanwhile",
                                        rz_name_text_plain(name, batch->apex));
    rz_diag_hint(diags, diag, "nothing was sent; plan again");
    return RZ_CONFLICT;
}

/* The serial has moved, and the signer has begun or ended. */
static enum rz_status look_again(struct rz_rfc2136 *provider, struct rz_batch *batch,
                                 struct rz_diags *diags)
{
    struct rz_zone zone;
    enum rz_status status = rz_rfc2136_fetch(&provider->base, batch->apex, &zone, &batch->expected,
                                             diags);
    rz_zone_free(&zone);
    return status == RZ_OK ? RZ_OK : RZ_UNKNOWN;
}

enum rz_status rz_rfc2136_apply_signing(struct rz_rfc2136 *provider, struct rz_batch *batch,
                                        struct rz_diags *diags)
{
    struct rz_zone live;
    struct rz_revision revision;
    bool sent = false;
    enum rz_status status = rz_rfc2136_fetch(&provider->base, batch->apex, &live, &revision, diags);
    if (status == RZ_OK)
        status = compare(provider, batch, &live, diags);
    if (status == RZ_OK) {
        struct rz_knot_zone known = rz_rfc2136_knot(provider, batch->apex);
        status = rz_knot_apply_signing(&provider->knot, batch, &live, &known, &sent, diags);
    }
    rz_zone_free(&live);
    if (status == RZ_OK)
        status = look_again(provider, batch, diags);
    /* A change is many steps: what came of the first ones is read back. */
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = status == RZ_OK         ? RZ_OUTCOME_DONE
                             : sent                  ? RZ_OUTCOME_UNKNOWN
                             : status == RZ_REJECTED ? RZ_OUTCOME_NOT_DONE
                                                     : RZ_OUTCOME_NOT_SENT;
    return status;
}

/* ---- keys */

static enum rz_status list_keys(struct rz_provider *base, const uint8_t *apex,
                                struct rz_held_keys *keys, struct rz_diags *diags)
{
    const struct rz_rfc2136 *provider = (const struct rz_rfc2136 *)base;
    return provider->knot.socket ? rz_knot_list_keys(&provider->knot, apex, NULL, keys, diags)
                                 : RZ_UNSUPPORTED;
}

static enum rz_status import_key(struct rz_provider *base, const uint8_t *apex,
                                 const struct rz_signing_key *key, const struct rz_secret *secret,
                                 struct rz_diags *diags)
{
    const struct rz_rfc2136 *provider = (const struct rz_rfc2136 *)base;
    struct rz_buffer pem = {0};
    enum rz_status status = RZ_INVALID;
    if (!provider->knot.socket)
        return RZ_UNSUPPORTED;
    const char *why = rz_key_text_read(
        &pem, key, (struct rz_str){rz_secret_text(secret), rz_secret_size(secret)});
    if (why)
        rz_diags_add(diags, RZ6053, rz_place_named(base->name), "%s", why);
    else
        status = rz_knot_import_key(&provider->knot, apex, key, rz_buffer_view(&pem), diags);
    if (pem.data)
        explicit_bzero(pem.data, pem.capacity);
    rz_buffer_free(&pem);
    return status;
}

static enum rz_status generate_key(struct rz_provider *base, const uint8_t *apex,
                                   const struct rz_signing_key *kind, struct rz_held_keys *made,
                                   struct rz_diags *diags)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    struct rz_signing_key unused = *kind;
    unused.state = RZ_KEY_RETIRED;
    return provider->knot.socket ? rz_knot_generate_key(&provider->knot, apex, &unused, made, diags)
                                 : RZ_UNSUPPORTED;
}

static enum rz_status remove_key(struct rz_provider *base, const uint8_t *apex,
                                 const struct rz_signing_key *key, struct rz_diags *diags)
{
    const struct rz_rfc2136 *provider = (const struct rz_rfc2136 *)base;
    struct rz_held_keys keys = {0};
    enum rz_status status = list_keys(base, apex, &keys, diags);
    const struct rz_held_key *found = rz_held_keys_find(&keys, key);
    if (status == RZ_OK && !found)
        status = RZ_NOT_FOUND;
    else if (status == RZ_OK && found->key.state != RZ_KEY_RETIRED)
        status = RZ_CONFLICT;
    else if (status == RZ_OK)
        status = rz_knot_delete_key(&provider->knot, apex, found, diags);
    rz_held_keys_free(&keys);
    return status;
}

static enum rz_status renewal(struct rz_provider *base, const struct rz_zone *zone, int64_t *at,
                              struct rz_diags *diags)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    *at = 0;
    return provider->knot.socket && rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSSECKEY)
               ? rz_knot_renewal(&provider->knot, zone->apex.wire, at, diags)
               : RZ_OK;
}

const struct rz_dnssec_ops rz_rfc2136_dnssec = {
    .list_keys = list_keys,
    .import_key = import_key,
    .generate_key = generate_key,
    .remove_key = remove_key,
    .renewal = renewal,
};
