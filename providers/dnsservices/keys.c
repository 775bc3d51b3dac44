/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNSSEC keys of a registration: what the parent publishes as DS. */
#include <stdlib.h>
#include <strings.h>

#include "dnsservices/registrations.h"
#include "support/alloc.h"
#include "support/json_write.h"

static bool number_of(const json_t *json, const char *name, int64_t most, int64_t *value)
{
    return rz_dnsservices_number(value, json_object_get(json, name)) && *value >= 0
           && *value <= most;
}

static bool read_key(struct rz_domain_keys *keys, const json_t *json)
{
    int64_t tag, algorithm, type, flags = 0, protocol = 3;
    const char *digest = json_string_value(json_object_get(json, "digest"));
    const char *public_key = json_string_value(json_object_get(json, "public_key"));
    if (!digest || !number_of(json, "key_tag", UINT16_MAX, &tag)
        || !number_of(json, "algorithm", UINT8_MAX, &algorithm)
        || !number_of(json, "digest_type", UINT8_MAX, &type))
        return false;
    number_of(json, "flags", UINT16_MAX, &flags);
    number_of(json, "protocol", UINT8_MAX, &protocol);
    keys->items = rz_grow(keys->items, &keys->capacity, keys->count + 1, sizeof *keys->items);
    keys->items[keys->count++] = (struct rz_domain_key){
        .tag = (uint16_t)tag,
        .algorithm = (uint8_t)algorithm,
        .digest_type = (uint8_t)type,
        .digest = rz_arena_strdup(&keys->arena, digest),
        .flags = (uint16_t)flags,
        .public_key = public_key && *public_key ? rz_arena_strdup(&keys->arena, public_key) : NULL,
        .protocol = (uint8_t)protocol};
    return true;
}

enum rz_status rz_dnsservices_keys(struct rz_provider *provider, const struct rz_domain *domain,
                                   struct rz_domain_keys *keys, struct rz_diags *diags)
{
    static const char *const names[] = {"keys", "dnssec", "details", NULL};
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_printf(&path, "/domain/%s/dnssec", domain->id);
    enum rz_status status = rz_dnsservices_ask(ds, "GET", path.data, (struct rz_str){0},
                                               "listing the keys", &reply, diags);
    if (status == RZ_OK) {
        json_t **items;
        size_t count = rz_dnsservices_elements(reply.json, names, &items);
        for (size_t i = 0; i < count && status == RZ_OK; i++)
            if (!read_key(keys, items[i]))
                status = rz_dnsservices_malformed(ds, "the reply is no list of DNSSEC keys", diags);
        free(items);
    }
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* A change that is refused may have been made by an earlier try whose reply was lost: then it is as wished, and
 * `refusal` is dropped. `digest` NULL: any of the tag. */
static enum rz_status settle(struct rz_provider *provider, const struct rz_domain *domain,
                             const struct rz_domain_key *key, bool wanted, enum rz_status status,
                             struct rz_diags *refusal, struct rz_diags *diags)
{
    struct rz_domain_keys keys = {0};
    struct rz_diags unseen = {0};
    bool refused = status == RZ_REJECTED || status == RZ_NOT_FOUND, found = false;
    if (refused && rz_dnsservices_keys(provider, domain, &keys, &unseen) == RZ_OK) {
        for (size_t i = 0; i < keys.count; i++) {
            const struct rz_domain_key *one = &keys.items[i];
            found |= one->tag == key->tag
                     && (!key->digest
                         || (one->algorithm == key->algorithm
                             && one->digest_type == key->digest_type
                             && strcasecmp(one->digest, key->digest) == 0));
        }
        if (found == wanted)
            status = RZ_OK;
    }
    if (status != RZ_OK)
        rz_diags_take(diags, refusal);
    rz_diags_free(refusal);
    rz_diags_free(&unseen);
    free(keys.items);
    rz_arena_free(&keys.arena);
    return status;
}

enum rz_status rz_dnsservices_add_key(struct rz_provider *provider, const struct rz_domain *domain,
                                      const struct rz_domain_key *key, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    struct rz_diags refusal = {0};
    rz_buffer_printf(&path, "/domain/%s/dnssec", domain->id);
    rz_buffer_char(&body, '{');
    rz_json_int(&body, "algorithm", key->algorithm);
    rz_json_text(&body, "digest", key->digest);
    rz_json_int(&body, "digest_type", key->digest_type);
    if (key->public_key)
        rz_json_int(&body, "flags", key->flags);
    rz_json_int(&body, "key_tag", key->tag);
    if (key->public_key) {
        rz_json_int(&body, "protocol", key->protocol);
        rz_json_text(&body, "public_key", key->public_key);
    }
    rz_buffer_char(&body, '}');
    enum rz_status status = rz_dnsservices_ask(ds, "PUT", path.data, rz_buffer_view(&body),
                                               "adding the key", &reply, &refusal);
    rz_dnsservices_reply_free(&reply);
    return settle(provider, domain, key, true, status, &refusal, diags);
}

enum rz_status rz_dnsservices_remove_key(struct rz_provider *provider,
                                         const struct rz_domain *domain, uint16_t tag,
                                         struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply;
    struct rz_diags refusal = {0};
    const struct rz_domain_key any = {.tag = tag};
    rz_buffer_printf(&path, "/domain/%s/dnssec/%u", domain->id, tag);
    enum rz_status status = rz_dnsservices_ask(ds, "DELETE", path.data, (struct rz_str){0},
                                               "removing the key", &reply, &refusal);
    rz_dnsservices_reply_free(&reply);
    return settle(provider, domain, &any, false, status, &refusal, diags);
}
