/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys by the API's `cryptokeys`: listed, made, put in and out of use, imported, destroyed. Replies to a
 * POST have the private key in them: no trace shows them, and they are wiped. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "dns/rtype.h"
#include "powerdns/powerdns.h"

#define KEYS "/cryptokeys"
#define BODY_MAX ((size_t)1 << 20) /* of a reply about keys */

static enum rz_status unreadable(const struct rz_powerdns *pd, const char *what,
                                 struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ6006, rz_place_named(pd->base.name),
                                        "the reply about keys cannot be read: %s", what);
    rz_diag_hint(diags, diag,
                 "check that `url` names the API of a PowerDNS Authoritative server 4.3 or later");
    return RZ_NETWORK;
}

/* The API's refusal of a change, in its words. */
static enum rz_status refused(const struct rz_powerdns *pd, const char *what,
                              const struct rz_http_response *response, struct rz_diags *diags)
{
    if (response->status == 401 || response->status == 403 || response->status < 400)
        return rz_powerdns_unexpected(pd, what, response, diags);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_error_text(&text, rz_buffer_view(&response->body));
    rz_diags_add(diags, RZ6006, rz_place_named(pd->base.name), "%s: PowerDNS answers %d%s%s", what,
                 response->status, text.size ? ": " : "", rz_buffer_view(&text).data);
    return response->status >= 500 ? RZ_UNKNOWN : RZ_REJECTED;
}

static void wipe(struct rz_buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->size);
    rz_buffer_free(buffer);
}

enum rz_status rz_powerdns_change(struct rz_powerdns *pd, const uint8_t *apex, const char *method,
                                  const char *suffix, const char *body, const char *what,
                                  struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, suffix);
    struct rz_http_request request = {
        .method = method, .path = path.data, .body = rz_str_of(body ? body : "")};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && (response.status < 200 || response.status > 299))
        status = refused(pd, what, &response, diags);
    else if (status == RZ_NETWORK)
        status = RZ_UNKNOWN; /* the last of several tries may have come through all the same */
    rz_buffer_free(&response.body);
    return status;
}

/* ---- reading */

/* DNSKEY RDATA as text, into a key of the list. What rezone does not know is passed over. */
static bool take_dnskey(struct rz_held_keys *keys, const json_t *object, const char *text)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_rdata rdata;
    struct rz_signing_key key;
    const char *why;
    char id[32];
    json_int_t number = json_integer_value(json_object_get(object, "id"));
    bool good = rz_rdata_read(reader, RZ_TYPE_DNSKEY, rz_str_of(text), NULL, &rdata, &why) == RZ_OK;
    if (good && rz_signing_key_of_dnskey(&key, rdata.wire, rdata.size)) {
        const json_t *published = json_object_get(object, "published");
        key.state = (json_is_true(json_object_get(object, "active")) ? RZ_KEY_SIGNS : 0)
                    | (!published || json_is_true(published) ? RZ_KEY_PUBLISHED : 0);
        snprintf(id, sizeof id, "%lld", (long long)number);
        rz_held_keys_add(keys, &key, id);
    }
    rz_rdata_reader_free(reader);
    return good && number > 0;
}

static bool take_key(struct rz_held_keys *keys, const json_t *object)
{
    const char *dnskey = json_string_value(json_object_get(object, "dnskey"));
    return dnskey && take_dnskey(keys, object, dnskey);
}

/* Where no other key of its algorithm signs, a KSK signs everything. */
static void set_roles(struct rz_held_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct rz_signing_key *key = &keys->items[i].key;
        bool zsk = false;
        if (key->role == RZ_KEY_ZSK)
            continue;
        for (size_t k = 0; k < keys->count; k++) {
            const struct rz_signing_key *other = &keys->items[k].key;
            zsk |= other->role == RZ_KEY_ZSK && other->algorithm == key->algorithm
                   && other->state & RZ_KEY_SIGNS;
        }
        key->role = zsk ? RZ_KEY_KSK : RZ_KEY_CSK;
    }
}

static json_t *parse(const struct rz_buffer *body)
{
    return body->size && body->size <= BODY_MAX
               ? json_loadb(body->data, body->size, JSON_REJECT_DUPLICATES, NULL)
               : NULL;
}

enum rz_status rz_powerdns_list_keys(struct rz_provider *provider, const uint8_t *apex,
                                     struct rz_held_keys *keys, struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, KEYS);
    struct rz_http_request request = {.method = "GET", .path = path.data};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 200)
        status = rz_powerdns_unexpected(pd, "listing keys", &response, diags);
    if (status == RZ_OK) {
        json_t *list = parse(&response.body), *object;
        size_t index;
        bool good = json_is_array(list);
        json_array_foreach(list, index, object) good = good && take_key(keys, object);
        if (!good)
            status = unreadable(pd, "it is no list of keys", diags);
        json_decref(list);
    }
    rz_buffer_free(&response.body);
    set_roles(keys);
    return status;
}

/* ---- changing */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

enum rz_status rz_powerdns_set_state(struct rz_powerdns *pd, const uint8_t *apex,
                                     const struct rz_held_key *key, uint8_t state,
                                     struct rz_diags *diags)
{
    char suffix[64], body[64], what[64];
    snprintf(suffix, sizeof suffix, KEYS "/%s", key->id);
    snprintf(body, sizeof body, "{\"active\":%s,\"published\":%s}", truth(state & RZ_KEY_SIGNS),
             truth(state & RZ_KEY_PUBLISHED));
    snprintf(what, sizeof what, "making the key %u %s", rz_signing_key_tag(&key->key),
             rz_key_state_text(state));
    return rz_powerdns_change(pd, apex, "PUT", suffix, body, what, diags);
}

/* Sends a key, or the wish for one; the reply tells its public half. */
static enum rz_status post(struct rz_powerdns *pd, const uint8_t *apex, struct rz_str body,
                           struct rz_held_keys *made, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, KEYS);
    struct rz_http_request request = {
        .method = "POST", .path = path.data, .body = body, .confidential = true};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 201)
        status = refused(pd, "making a key", &response, diags);
    if (status == RZ_OK) {
        json_t *object = parse(&response.body);
        if (!object || !take_key(made, object)) {
            unreadable(pd, "it does not tell the new key", diags);
            status = RZ_UNKNOWN;
        }
        json_decref(object);
    }
    wipe(&response.body);
    return status;
}

enum rz_status rz_powerdns_generate_key(struct rz_powerdns *pd, const uint8_t *apex,
                                        const struct rz_signing_key *kind,
                                        struct rz_held_keys *made, struct rz_diags *diags)
{
    char algorithm[RZ_SIGNING_ALGORITHM_MAX], body[200];
    snprintf(body, sizeof body,
             "{\"keytype\":\"%s\",\"algorithm\":\"%s\",\"bits\":%u,\"active\":%s,\"published\":%s}",
             rz_key_role_text(kind->role), rz_signing_algorithm_text(algorithm, kind->algorithm),
             kind->bits, truth(kind->state & RZ_KEY_SIGNS), truth(kind->state & RZ_KEY_PUBLISHED));
    return post(pd, apex, rz_str_of(body), made, diags);
}

enum rz_status rz_powerdns_make_key(struct rz_provider *provider, const uint8_t *apex,
                                    const struct rz_signing_key *kind, struct rz_held_keys *made,
                                    struct rz_diags *diags)
{
    struct rz_signing_key hidden = *kind;
    hidden.state = RZ_KEY_RETIRED;
    return rz_powerdns_generate_key((struct rz_powerdns *)provider, apex, &hidden, made, diags);
}

enum rz_status rz_powerdns_import_key(struct rz_provider *provider, const uint8_t *apex,
                                      const struct rz_signing_key *key,
                                      const struct rz_secret *secret, struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    struct rz_held_keys made = {0};
    struct rz_buffer body = {0};
    rz_buffer_printf(&body, "{\"keytype\":\"%s\",\"active\":false,\"published\":false,\"content\":",
                     rz_key_role_text(key->role));
    rz_json_write(&body, rz_str_of(rz_secret_text(secret)));
    rz_buffer_char(&body, '}');
    enum rz_status status = post(pd, apex, rz_buffer_view(&body), &made, diags);
    if (status == RZ_OK && !rz_held_keys_find(&made, key)) {
        rz_diags_add(diags, RZ6006, rz_place_named(pd->base.name),
                     "PowerDNS made another key of the file than it holds");
        status = RZ_REJECTED;
    }
    wipe(&body);
    rz_held_keys_free(&made);
    return status;
}

enum rz_status rz_powerdns_remove_key(struct rz_provider *provider, const uint8_t *apex,
                                      const struct rz_signing_key *key, struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    struct rz_held_keys keys = {0};
    char suffix[64];
    enum rz_status status = rz_powerdns_list_keys(provider, apex, &keys, diags);
    const struct rz_held_key *found = rz_held_keys_find(&keys, key);
    if (status == RZ_OK && found && found->key.state != RZ_KEY_RETIRED)
        status = RZ_CONFLICT;
    if (status == RZ_OK && found) {
        snprintf(suffix, sizeof suffix, KEYS "/%s", found->id);
        status = rz_powerdns_change(pd, apex, "DELETE", suffix, NULL, "removing a key", diags);
    }
    rz_held_keys_free(&keys);
    return status;
}
