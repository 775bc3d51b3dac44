/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How PowerDNS signs a zone: read as DNSSEC and DNSSECKEY records, and changed by them. The API has no
 * request for several keys: each change is made by itself, what comes new before what goes. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"
#include "powerdns/powerdns.h"
#include "support/alloc.h"

#define CDS "/metadata/PUBLISH-CDS"
#define CDNSKEY "/metadata/PUBLISH-CDNSKEY"

/* ---- reading */

bool rz_powerdns_nsec3param(struct rz_signing *signing, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    const char *why;
    text = rz_str_trim(text);
    *signing = (struct rz_signing){.mode = RZ_SIGNING_NSEC};
    if (text.size == 0)
        return true;
    bool opt_out = rz_str_starts_with(text, "1 1 ");
    if (!opt_out && !rz_str_starts_with(text, "1 0 "))
        return false;
    rz_buffer_text(&words, "nsec3 ");
    rz_buffer_append(&words, text.data + 4, text.size - 4);
    if (rz_signing_parse(signing, rz_buffer_view(&words), &why) != RZ_OK)
        return false;
    signing->opt_out = opt_out;
    return true;
}

static const json_t *metadata_of(const json_t *list, const char *kind)
{
    size_t index;
    json_t *object;
    json_array_foreach(list, index, object)
    {
        const char *name = json_string_value(json_object_get(object, "kind"));
        const json_t *values = json_object_get(object, "metadata");
        if (name && strcmp(name, kind) == 0 && json_array_size(values))
            return json_array_get(values, 0);
    }
    return NULL;
}

/* "2", or "2,4": the first counts. */
static uint8_t digest_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return !text || strcmp(text, "0") == 0 ? 0 : strncmp(text, "4", 1) == 0 ? 4 : 2;
}

static enum rz_status read_metadata(struct rz_powerdns *pd, const uint8_t *apex,
                                    struct rz_signing *signing, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, "/metadata");
    struct rz_http_request request = {.method = "GET", .path = path.data};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 200)
        status = rz_powerdns_unexpected(pd, "reading a zone's metadata", &response, diags);
    if (status == RZ_OK) {
        json_t *list = json_loadb(rz_buffer_view(&response.body).data, response.body.size,
                                  JSON_REJECT_DUPLICATES, NULL);
        const char *presigned = json_string_value(metadata_of(list, "PRESIGNED"));
        signing->cds = digest_of(metadata_of(list, "PUBLISH-CDS"));
        if (presigned && strcmp(presigned, "1") == 0)
            *signing = (struct rz_signing){.mode = RZ_SIGNING_PRESIGNED};
        if (!json_is_array(list)) {
            rz_diags_add(diags, RZ6006, rz_place_named(pd->base.name),
                         "the reply about a zone's metadata is no list");
            status = RZ_NETWORK;
        }
        json_decref(list);
    }
    rz_buffer_free(&response.body);
    return status;
}

enum rz_status rz_powerdns_read_signing(struct rz_powerdns *pd, struct rz_zone *zone,
                                        const struct rz_powerdns_head *head, struct rz_diags *diags)
{
    struct rz_held_keys keys = {0};
    struct rz_signing signing = head->denial;
    signing.narrow = head->narrow && signing.mode == RZ_SIGNING_NSEC3;
    if (signing.mode == RZ_SIGNING_UNSIGNED)
        signing.mode = RZ_SIGNING_NSEC; /* NSEC3PARAM was not said: an old server */
    enum rz_status status = read_metadata(pd, zone->apex.wire, &signing, diags);
    if (status == RZ_OK && signing.mode != RZ_SIGNING_PRESIGNED)
        status = rz_powerdns_list_keys(&pd->base, zone->apex.wire, &keys, diags);
    if (status == RZ_OK)
        rz_dnssec_put(zone, &signing, &keys);
    rz_held_keys_free(&keys);
    return status;
}

/* ---- changing */

struct signer {
    struct rz_powerdns *pd;
    struct rz_batch *batch;
    struct rz_diags *diags;
    struct rz_held_keys keys; /* as they are */
};

bool rz_powerdns_is_signing(const struct rz_batch *batch)
{
    return rz_rtype_is_signing(rz_change_subject(batch->changes[0])->type);
}

static bool is_same(const struct rz_rrset *now, const struct rz_rrset *then)
{
    return now && then ? rz_rrset_same_rdata(now, then) : now == then;
}

/* Reads how the zone is signed now; RZ_CONFLICT where it is not as the changes say. */
static enum rz_status look(struct signer *s)
{
    struct rz_zone zone;
    struct rz_powerdns_head head;
    bool exists, same = true;
    char name[RZ_NAME_TEXT_MAX];
    const uint8_t *apex = s->batch->apex;
    rz_zone_init(&zone, apex);
    enum rz_status status = rz_powerdns_head(s->pd, apex, &exists, &head, s->diags);
    if (status == RZ_OK && exists && head.is_signed)
        status = rz_powerdns_read_signing(s->pd, &zone, &head, s->diags);
    if (status == RZ_OK)
        status = rz_powerdns_list_keys(&s->pd->base, apex, &s->keys, s->diags);
    if (status == RZ_OK)
        status = rz_zone_finish(&zone, RZ_ZONE_LIVE, s->diags);
    for (size_t i = 0; status == RZ_OK && i < s->batch->count; i++)
        same &= is_same(rz_zone_find(&zone, apex, rz_change_subject(s->batch->changes[i])->type),
                        s->batch->changes[i].before);
    rz_zone_free(&zone);
    if (status != RZ_OK || (same && exists))
        return status;
    struct rz_diag *diag = rz_diags_add(s->diags, RZ3305, rz_place_named(s->pd->base.name),
                                        "how %s is signed was changed meanwhile",
                                        rz_name_text_plain(name, apex));
    rz_diag_hint(s->diags, diag, "nothing was sent; plan again");
    return RZ_CONFLICT;
}

static enum rz_status set_metadata(struct signer *s, const char *suffix, const char *value)
{
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    const char *kind = strrchr(suffix, '/') + 1;
    if (!value)
        return rz_powerdns_change(s->pd, s->batch->apex, "DELETE", suffix, NULL,
                                  "taking back metadata of a zone", s->diags);
    rz_buffer_printf(&body, "{\"kind\":\"%s\",\"metadata\":[\"%s\"]}", kind, value);
    return rz_powerdns_change(s->pd, s->batch->apex, "PUT", suffix, body.data,
                              "setting metadata of a zone", s->diags);
}

static bool read(struct rz_signing *signing, const struct rz_rrset *rrset)
{
    *signing = (struct rz_signing){0};
    struct rz_rdata_cursor c = {0};
    if (rrset)
        c = rz_rrset_rdata(rrset);
    return rrset && rz_rdata_next(&c) && rz_signing_from_wire(signing, c.wire, c.size);
}

/* NSEC or NSEC3. With `api_rectify` the server keeps the order of names, which proofs of absence need,
 * whenever records change. */
static enum rz_status set_denial(struct signer *s, const struct rz_signing *signing)
{
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    bool three = signing->mode == RZ_SIGNING_NSEC3;
    rz_buffer_text(&body, "{\"api_rectify\":true,\"nsec3param\":\"");
    if (three)
        rz_buffer_printf(&body, "1 %d %u ", signing->opt_out, signing->iterations);
    for (size_t i = 0; three && i < signing->salt_size; i++)
        rz_buffer_printf(&body, "%02x", signing->salt[i]);
    if (three && signing->salt_size == 0)
        rz_buffer_char(&body, '-');
    rz_buffer_printf(&body, "\",\"nsec3narrow\":%s}", signing->narrow ? "true" : "false");
    return rz_powerdns_change(s->pd, s->batch->apex, "PUT", "", body.data,
                              "setting NSEC or NSEC3 of a zone", s->diags);
}

static bool is_same_denial(const struct rz_signing *a, const struct rz_signing *b)
{
    return a->mode == b->mode && a->opt_out == b->opt_out && a->narrow == b->narrow
           && a->iterations == b->iterations && a->salt_size == b->salt_size
           && memcmp(a->salt, b->salt, a->salt_size) == 0;
}

static enum rz_status change_signing(struct signer *s, struct rz_change change)
{
    struct rz_signing before, after;
    enum rz_status status = RZ_OK;
    bool was = read(&before, change.before), is = read(&after, change.after);
    if ((was && before.mode == RZ_SIGNING_PRESIGNED)
        || (is && after.mode == RZ_SIGNING_PRESIGNED)) {
        rz_diags_add(s->diags, RZ6006, rz_place_named(s->pd->base.name),
                     "rezone does not make zones presigned, nor takes that off them");
        return RZ_REJECTED;
    }
    if (was != is || !is_same_denial(&before, &after))
        status = set_denial(s, &after);
    if (status == RZ_OK && before.cds != after.cds)
        status = set_metadata(s, CDS, after.cds == 4 ? "4" : after.cds ? "2" : NULL);
    if (status == RZ_OK && (before.cds != 0) != (after.cds != 0))
        status = set_metadata(s, CDNSKEY, after.cds ? "1" : NULL);
    return status;
}

static struct rz_hash name_of(const struct signer *s, const struct rz_signing_key *key)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_append(&text, s->batch->apex, rz_name_size(s->batch->apex));
    rz_buffer_append(&text, key->public_key, key->public_size);
    return rz_hash_of(text.data, text.size);
}

static void remember_made(struct signer *s, const struct rz_signing_key *key)
{
    struct rz_powerdns *pd = s->pd;
    pthread_mutex_lock(&pd->lock);
    pd->made = rz_grow(pd->made, &pd->made_capacity, pd->made_count + 1, sizeof *pd->made);
    pd->made[pd->made_count++] = name_of(s, key);
    pthread_mutex_unlock(&pd->lock);
}

static bool was_made_here(struct signer *s, const struct rz_signing_key *key)
{
    struct rz_hash name = name_of(s, key);
    bool found = false;
    pthread_mutex_lock(&s->pd->lock);
    for (size_t i = 0; i < s->pd->made_count; i++)
        found |= rz_hash_equal(s->pd->made[i], name);
    pthread_mutex_unlock(&s->pd->lock);
    return found;
}

static enum rz_status lacks_key(struct signer *s, const struct rz_signing_key *key)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        s->diags, RZ6005, rz_place_named(rz_name_text_plain(zone, s->batch->apex)),
        "%s no longer has the key %u", s->pd->base.name, rz_signing_key_tag(key));
    rz_diag_hint(s->diags, diag, "import its private key again, then repeat");
    return RZ_REJECTED;
}

/* A key of `after`: made, or put into its state where that adds to what it does. */
static enum rz_status bring(struct signer *s, const struct rz_signing_key *key)
{
    if (key->public_size == 0) {
        struct rz_held_keys made = {0};
        enum rz_status status = rz_powerdns_generate_key(s->pd, s->batch->apex, key, &made,
                                                         s->diags);
        for (size_t i = 0; status == RZ_OK && i < made.count; i++)
            remember_made(s, &made.items[i].key);
        rz_held_keys_free(&made);
        return status;
    }
    const struct rz_held_key *found = rz_held_keys_find(&s->keys, key);
    if (!found)
        return lacks_key(s, key);
    return key->state & ~found->key.state
               ? rz_powerdns_set_state(s->pd, s->batch->apex, found, key->state, s->diags)
               : RZ_OK;
}

static enum rz_status retire(struct signer *s, const struct rz_held_key *key)
{
    enum rz_status status = rz_powerdns_set_state(s->pd, s->batch->apex, key, RZ_KEY_RETIRED,
                                                  s->diags);
    if (status == RZ_OK && was_made_here(s, &key->key))
        status = rz_powerdns_remove_key(&s->pd->base, s->batch->apex, &key->key, s->diags);
    return status;
}

/* A key in use that `after` has in a lesser state, or not at all. */
static enum rz_status take_away(struct signer *s, const struct rz_held_key *key,
                                const struct rz_rrset *after)
{
    struct rz_signing_key wanted;
    if (after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(after); rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&wanted, c.wire, c.size)
                && rz_signing_key_is(&wanted, &key->key))
                return wanted.state == key->key.state || wanted.state & ~key->key.state
                           ? RZ_OK /* as it is, or set already */
                           : rz_powerdns_set_state(s->pd, s->batch->apex, key, wanted.state,
                                                   s->diags);
    return retire(s, key);
}

static enum rz_status change_keys(struct signer *s, struct rz_change change)
{
    enum rz_status status = RZ_OK;
    struct rz_signing_key key;
    if (change.after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(change.after);
             status == RZ_OK && rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&key, c.wire, c.size))
                status = bring(s, &key);
    for (size_t i = 0; status == RZ_OK && i < s->keys.count; i++)
        if (s->keys.items[i].key.state != RZ_KEY_RETIRED)
            status = take_away(s, &s->keys.items[i], change.after);
    return status;
}

/* Changes of keys do not move the serial, without which secondaries would never fetch the signatures. The
 * SOA is written as it is, and the server counts on. */
static enum rz_status move_serial(struct signer *s)
{
    const struct rz_rrset *soa = rz_zone_find(s->batch->desired, s->batch->apex, RZ_TYPE_SOA);
    struct rz_change change = {soa, soa};
    enum rz_outcome outcome;
    if (!soa)
        return RZ_OK;
    struct rz_batch batch = {.apex = s->batch->apex,
                             .changes = &change,
                             .count = 1,
                             .expected = {.exists = true},
                             .outcomes = &outcome,
                             .desired = s->batch->desired};
    enum rz_status status = rz_powerdns_apply(&s->pd->base, &batch, s->diags);
    s->batch->expected = batch.expected;
    return status;
}

static enum rz_status rectify(struct signer *s)
{
    for (size_t i = 0; i < s->batch->count; i++)
        if (s->batch->changes[i].after)
            return rz_powerdns_change(s->pd, s->batch->apex, "PUT", "/rectify", NULL,
                                      "ordering the names of a signed zone", s->diags);
    return RZ_OK;
}

/* PowerDNS takes NSEC3PARAM only of a zone with keys: they come first, and go last, which is the order
 * of the types. */
static size_t pick(const struct rz_batch *batch, size_t i)
{
    bool begins = false;
    for (size_t k = 0; k < batch->count; k++)
        begins |= !batch->changes[k].before;
    return begins ? batch->count - 1 - i : i;
}

enum rz_status rz_powerdns_apply_signing(struct rz_powerdns *pd, struct rz_batch *batch,
                                         struct rz_diags *diags)
{
    struct signer s = {.pd = pd, .batch = batch, .diags = diags};
    enum rz_status status = look(&s);
    bool sent = false;
    for (size_t i = 0; status == RZ_OK && i < batch->count; i++) {
        size_t which = pick(batch, i);
        struct rz_change change = batch->changes[which];
        sent = true;
        status = rz_change_subject(change)->type == RZ_TYPE_DNSSEC ? change_signing(&s, change)
                                                                   : change_keys(&s, change);
        /* A change is several requests: what came of the first ones is read back. */
        batch->outcomes[which] = status == RZ_OK ? RZ_OUTCOME_DONE : RZ_OUTCOME_UNKNOWN;
    }
    if (status == RZ_OK)
        status = rectify(&s);
    if (status == RZ_OK)
        status = move_serial(&s);
    rz_held_keys_free(&s.keys);
    return status == RZ_CONFLICT && sent ? RZ_REJECTED : status;
}
