/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done with keys besides changes of the zone: list, import, remove; and signatures renewed in time. */
#include "zonefile/zonefile_signing.h"

#include "dns/rtype.h"

/* The zone's stored keys with the states that its file gives them. */
static enum rz_status list_keys(struct rz_provider *provider, const uint8_t *apex,
                                struct rz_held_keys *keys, struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_zone zone;
    struct rz_revision revision;
    struct rz_stored_keys stored = {0};
    if (!zf->options.keys)
        return RZ_UNSUPPORTED;
    enum rz_status status = rz_zonefile_fetch(provider, apex, &zone, &revision, diags);
    if (status == RZ_OK)
        status = rz_key_store_read(zf, apex, &stored, diags);
    if (status == RZ_OK)
        rz_zonefile_list_keys(keys, &stored, &zone);
    rz_stored_keys_free(&stored);
    rz_zone_free(&zone);
    return status;
}

static enum rz_status import_key(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_signing_key *key, const struct rz_secret *secret,
                                 struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_str text = {rz_secret_text(secret), rz_secret_size(secret)};
    return zf->options.keys ? rz_key_store_import(zf, apex, key, text, diags) : RZ_UNSUPPORTED;
}

static enum rz_status generate_key(struct rz_provider *provider, const uint8_t *apex,
                                   const struct rz_signing_key *kind, struct rz_held_keys *made,
                                   struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_stored_keys stored = {0};
    if (!zf->options.keys)
        return RZ_UNSUPPORTED;
    enum rz_status status = rz_key_store_read(zf, apex, &stored, diags);
    if (status == RZ_OK)
        status = rz_key_store_generate(zf, apex, kind, &stored, diags);
    if (status == RZ_OK) {
        const struct rz_stored_key *key = &stored.items[stored.count - 1];
        rz_held_keys_add(made, &key->facts, key->file);
    }
    rz_stored_keys_free(&stored);
    return status;
}

static enum rz_status remove_key(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_signing_key *key, struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_held_keys keys = {0};
    enum rz_status status = list_keys(provider, apex, &keys, diags);
    const struct rz_held_key *found = status == RZ_OK ? rz_held_keys_find(&keys, key) : NULL;
    if (status == RZ_OK && (!found || !*found->id)) {
        status = RZ_NOT_FOUND;
    } else if (status == RZ_OK && found->key.state != RZ_KEY_RETIRED) {
        rz_diags_add(diags, RZ6053, rz_place_named(zf->options.keys), "the key %s is in use",
                     found->id);
        status = RZ_CONFLICT;
    } else if (status == RZ_OK) {
        status = rz_key_store_remove(zf, apex, found->id, diags);
    }
    rz_held_keys_free(&keys);
    return status;
}

static enum rz_status resign(struct rz_provider *provider, const uint8_t *apex,
                             struct rz_resigned *result, struct rz_diags *diags)
{
    struct rz_zonefile *zf = (struct rz_zonefile *)provider;
    struct rz_zone zone;
    struct rz_revision revision;
    *result = (struct rz_resigned){0};
    if (!zf->options.keys)
        return RZ_UNSUPPORTED;
    enum rz_status status = rz_zonefile_fetch(provider, apex, &zone, &revision, diags);
    if (status == RZ_OK)
        result->is_signed = rz_zone_find(&zone, apex, RZ_TYPE_DNSSECKEY) != NULL;
    if (status == RZ_OK && result->is_signed) {
        result->due = rz_zonefile_signing_due(zf, &zone);
        if (result->due <= zf->context->now(zf->context->user)) {
            status = rz_zonefile_rewrite(zf, &zone, &revision, diags);
            result->done = status == RZ_OK;
        }
        result->serial = revision.serial;
    }
    rz_zone_free(&zone);
    return status;
}

static enum rz_status renewal(struct rz_provider *provider, const struct rz_zone *zone, int64_t *at,
                              struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    (void)diags;
    bool signs = zf->options.keys && rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSSECKEY);
    *at = signs ? rz_zonefile_signing_due(zf, zone) : 0;
    return RZ_OK;
}

const struct rz_dnssec_ops rz_zonefile_dnssec = {.list_keys = list_keys,
                                                 .import_key = import_key,
                                                 .generate_key = generate_key,
                                                 .remove_key = remove_key,
                                                 .resign = resign,
                                                 .renewal = renewal};
