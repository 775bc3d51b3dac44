/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of the KASP database, by keymgr. Private keys never pass through here but when one is imported, and then
 * on keymgr's standard input. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "dns/rtype.h"
#include "rfc2136/knot.h"
#include "support/alloc.h"
#include "support/fault.h"

#define OUTPUT_MAX ((size_t)1 << 20)
#define RUN_MS 30000
#define WORDS_MAX 20

/* ---- running it */

static enum rz_status failed(const struct rz_knot *knot, const char *what,
                             const struct rz_buffer *output, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {.limit = 600};
    struct rz_str rest = rz_str_trim(rz_buffer_view(output));
    for (const char *end; (end = memchr(rest.data, '\n', rest.size));) {
        size_t size = (size_t)(end - rest.data);
        rz_buffer_visible(&text, (struct rz_str){rest.data, size});
        rz_buffer_text(&text, "; ");
        rest = (struct rz_str){end + 1, rest.size - size - 1};
    }
    rz_buffer_visible(&text, rest);
    struct rz_diag *diag = rz_diags_add(diags, RZ6006, rz_place_named(knot->name), "keymgr %s: %s",
                                        what, rz_buffer_view(&text).data);
    rz_diag_hint(diags, diag,
                 "`knot: {keymgr: …}` is the command, with `-c` or `-C` and the server's "
                 "configuration; run rezone as a user who may write the KASP database");
    return RZ_REJECTED;
}

/* `words` end in NULL and come behind the zone. */
static enum rz_status run(const struct rz_knot *knot, const uint8_t *apex, const char *option,
                          const char *const *words, struct rz_str input, struct rz_buffer *output,
                          struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_command command = {0};
    struct rz_command_options options = {.directory = knot->context->project_dir,
                                         .timeout_ms = RUN_MS,
                                         .input = input,
                                         .context = knot->context};
    output->limit = OUTPUT_MAX;
    for (size_t i = 0; i < knot->keymgr.count; i++)
        rz_command_add(&command, knot->keymgr.words[i]);
    if (option)
        rz_command_add(&command, option);
    rz_command_add(&command, "--"); /* a name may begin with a hyphen */
    rz_command_add(&command, rz_name_text(zone, apex));
    for (size_t i = 0; words[i]; i++)
        rz_command_add(&command, words[i]);
    enum rz_command_result result = rz_command_run_with(&command, &options, output);
    rz_command_free(&command);
    RZ_FAULT("knot.keymgr");
    return result == RZ_COMMAND_OK ? RZ_OK : failed(knot, words[0], output, diags);
}

/* ---- reading */

/* Whether the time of this timer has come; 0 is never. */
static bool is_due(const json_t *object, const char *timer, int64_t now)
{
    json_int_t at = json_integer_value(json_object_get(object, timer));
    return at > 0 && at <= now;
}

/* As Knot reads timers. It signs DNSKEY with a KSK as soon as that is published, which is no harm. */
static uint8_t state_of(const json_t *object, int64_t now, bool ksk, bool zsk)
{
    bool signs = is_due(object, "active", now) || is_due(object, "pre-active", now)
                 || (ksk && is_due(object, "ready", now));
    bool published = is_due(object, "publish", now);
    if (is_due(object, "remove", now))
        return RZ_KEY_RETIRED;
    if (is_due(object, "retire", now)) {
        signs = false;
        published = published && zsk;
    }
    if (is_due(object, "post-active", now)) {
        signs = true;
        published = false;
    }
    if (json_is_true(json_object_get(object, "public-only")))
        signs = false;
    return (uint8_t)((signs ? RZ_KEY_SIGNS : 0) | (published ? RZ_KEY_PUBLISHED : 0));
}

/* The key of that tag among those that the zone publishes. */
static bool find_published(struct rz_signing_key *key, const struct rz_zone *zone, unsigned tag,
                           unsigned algorithm)
{
    const struct rz_rrset *rrset = zone ? rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSKEY)
                                        : NULL;
    if (rrset)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            if (rz_signing_key_of_dnskey(key, c.wire, c.size) && key->algorithm == algorithm
                && rz_signing_key_tag(key) == tag)
                return true;
    return false;
}

static enum rz_status unreadable(const struct rz_knot *knot, const char *what,
                                 struct rz_diags *diags)
{
    rz_diags_add(diags, RZ6006, rz_place_named(knot->name),
                 "what keymgr printed cannot be read: %s", what);
    return RZ_REJECTED;
}

/* "ZONE DNSKEY RDATA", possibly behind warnings. The key's octets are copied to the list's arena. */
static enum rz_status ask_public(const struct rz_knot *knot, const uint8_t *apex, const char *id,
                                 struct rz_held_keys *keys, struct rz_signing_key *key,
                                 struct rz_diags *diags)
{
    static const char type[] = " DNSKEY ";
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0};
    const char *why, *words[] = {"dnskey", id, NULL};
    struct rz_rdata rdata;
    enum rz_status status = run(knot, apex, NULL, words, RZ_STR(""), &output, diags);
    if (status != RZ_OK)
        return status;
    const char *found = strstr(rz_buffer_view(&output).data, type);
    struct rz_str text = rz_str_of(found ? found + sizeof type - 1 : "");
    const char *end = memchr(text.data, '\n', text.size);
    text.size = end ? (size_t)(end - text.data) : text.size;
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    bool good = rz_rdata_read(reader, RZ_TYPE_DNSKEY, text, NULL, &rdata, &why) == RZ_OK
                && rz_signing_key_of_dnskey(key, rdata.wire, rdata.size);
    if (good) {
        uint8_t *copy = rz_arena_bytes(&keys->arena, key->public_size);
        memcpy(copy, key->public_key, key->public_size);
        key->public_key = copy;
    }
    rz_rdata_reader_free(reader);
    return good ? RZ_OK : unreadable(knot, "no DNSKEY is there", diags);
}

struct listing {
    const struct rz_knot *knot;
    const uint8_t *apex;
    const struct rz_zone *zone;
    struct rz_held_keys *keys;
    struct rz_diags *diags;
};

static enum rz_status take_key(const struct listing *l, const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    json_int_t tag = json_integer_value(json_object_get(object, "tag"));
    json_int_t algorithm = json_integer_value(json_object_get(object, "algorithm"));
    bool ksk = json_is_true(json_object_get(object, "ksk"));
    bool zsk = json_is_true(json_object_get(object, "zsk"));
    int64_t now = l->knot->context->now(l->knot->context->user);
    struct rz_signing_key key;
    enum rz_status status = RZ_OK;
    if (json_is_true(json_object_get(object, "trash")))
        return RZ_OK; /* of newer versions: destroyed, and kept for a while */
    if (!id || (!ksk && !zsk) || tag < 0 || tag > UINT16_MAX || algorithm < 0 || algorithm > 255)
        return unreadable(l->knot, "a key has no id or no role", l->diags);
    if (!find_published(&key, l->zone, (unsigned)tag, (unsigned)algorithm))
        status = ask_public(l->knot, l->apex, id, l->keys, &key, l->diags);
    if (status != RZ_OK)
        return status;
    key.role = (uint8_t)((ksk ? RZ_KEY_KSK : 0) | (zsk ? RZ_KEY_ZSK : 0));
    key.state = state_of(object, now, ksk, zsk);
    rz_held_keys_add(l->keys, &key, id);
    return RZ_OK;
}

enum rz_status rz_knot_list_keys(const struct rz_knot *knot, const uint8_t *apex,
                                 const struct rz_zone *zone, struct rz_held_keys *keys,
                                 struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0};
    static const char *const words[] = {"list", NULL};
    struct listing listing = {knot, apex, zone, keys, diags};
    enum rz_status status = run(knot, apex, "-j", words, RZ_STR(""), &output, diags);
    if (status != RZ_OK)
        return status;
    /* Nothing is printed of a zone without keys; a warning may stand before the list. */
    const char *text = strchr(rz_buffer_view(&output).data, '[');
    json_t *list = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_array(), *object;
    size_t index;
    if (!json_is_array(list))
        status = unreadable(
            knot, "it is no list of keys in JSON (Knot DNS 3.2 or later prints one)", diags);
    json_array_foreach(list, index, object) if (status == RZ_OK)
        status = take_key(&listing, object);
    json_decref(list);
    return status;
}

/* ---- changing */

/* All timers, so that nothing of a former life of the key counts. */
static size_t timers(const char *words[WORDS_MAX], size_t count, uint8_t state, bool ksk)
{
    bool active = state == RZ_KEY_ACTIVE, retired = state == RZ_KEY_RETIRED;
    words[count++] = state == RZ_KEY_SIGNS ? "pre_active=+0" : "pre_active=0";
    words[count++] = state == RZ_KEY_SIGNS ? "publish=0" : "publish=+0";
    words[count++] = (active || retired) && ksk ? "ready=+0" : "ready=0";
    words[count++] = active || retired ? "active=+0" : "active=0";
    words[count++] = "retire_active=0";
    words[count++] = retired ? "retire=+0" : "retire=0";
    words[count++] = "post_active=0";
    words[count++] = "revoke=0";
    words[count++] = retired ? "remove=+0" : "remove=0";
    words[count] = NULL;
    return count;
}

static const char *yes(bool value)
{
    return value ? "yes" : "no";
}

static struct rz_hash name_of(const uint8_t *apex, const char *id, size_t size)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_append(&text, apex, rz_name_size(apex));
    rz_buffer_append(&text, id, size);
    return rz_hash_of(text.data, text.size);
}

static void remember_made(struct rz_knot *knot, const uint8_t *apex, struct rz_str id)
{
    pthread_mutex_lock(&knot->lock);
    knot->made = rz_grow(knot->made, &knot->made_capacity, knot->made_count + 1,
                         sizeof *knot->made);
    knot->made[knot->made_count++] = name_of(apex, id.data, id.size);
    pthread_mutex_unlock(&knot->lock);
}

static bool was_made_here(struct rz_knot *knot, const uint8_t *apex, const char *id)
{
    struct rz_hash name = name_of(apex, id, strlen(id));
    bool found = false;
    pthread_mutex_lock(&knot->lock);
    for (size_t i = 0; i < knot->made_count; i++)
        found |= rz_hash_equal(knot->made[i], name);
    pthread_mutex_unlock(&knot->lock);
    return found;
}

/* keymgr prints the id in the last line; warnings come before it. */
static struct rz_str last_line(struct rz_str output)
{
    output = rz_str_trim(output);
    const char *line = memrchr(output.data, '\n', output.size);
    size_t start = line ? (size_t)(line + 1 - output.data) : 0;
    return (struct rz_str){output.data + start, output.size - start};
}

enum rz_status rz_knot_generate_key(struct rz_knot *knot, const uint8_t *apex,
                                    const struct rz_signing_key *kind, struct rz_held_keys *made,
                                    struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0}, id = {0};
    char algorithm[32], size[32], ksk[16], zsk[16];
    const char *words[WORDS_MAX] = {"generate", algorithm, ksk, zsk};
    size_t count = 4;
    struct rz_signing_key key;
    bool is_ksk = kind->role & RZ_KEY_KSK;
    snprintf(algorithm, sizeof algorithm, "algorithm=%u", kind->algorithm);
    snprintf(size, sizeof size, "size=%u", kind->bits);
    snprintf(ksk, sizeof ksk, "ksk=%s", yes(is_ksk));
    snprintf(zsk, sizeof zsk, "zsk=%s", yes(kind->role & RZ_KEY_ZSK));
    if (kind->bits)
        words[count++] = size;
    timers(words, count, kind->state, is_ksk);
    enum rz_status status = run(knot, apex, NULL, words, RZ_STR(""), &output, diags);
    if (status != RZ_OK)
        return status;
    rz_buffer_str(&id, last_line(rz_buffer_view(&output)));
    if (!made) {
        remember_made(knot, apex, rz_buffer_view(&id));
        return RZ_OK;
    }
    status = ask_public(knot, apex, rz_buffer_view(&id).data, made, &key, diags);
    if (status == RZ_OK) {
        key.role = kind->role;
        key.state = kind->state;
        rz_held_keys_add(made, &key, rz_buffer_view(&id).data);
    }
    return status;
}

enum rz_status rz_knot_set_state(const struct rz_knot *knot, const uint8_t *apex,
                                 const struct rz_held_key *key, uint8_t state,
                                 struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0}, id = {0};
    rz_buffer_printf(&id, "id=%s", key->id);
    const char *words[WORDS_MAX] = {"set", rz_buffer_view(&id).data};
    timers(words, 2, state, key->key.role & RZ_KEY_KSK);
    return run(knot, apex, NULL, words, RZ_STR(""), &output, diags);
}

enum rz_status rz_knot_retire_key(struct rz_knot *knot, const uint8_t *apex,
                                  const struct rz_held_key *key, struct rz_diags *diags)
{
    enum rz_status status = rz_knot_set_state(knot, apex, key, RZ_KEY_RETIRED, diags);
    return status == RZ_OK && was_made_here(knot, apex, key->id)
               ? rz_knot_delete_key(knot, apex, key, diags)
               : status;
}

enum rz_status rz_knot_delete_key(const struct rz_knot *knot, const uint8_t *apex,
                                  const struct rz_held_key *key, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0}, id = {0};
    rz_buffer_printf(&id, "id=%s", key->id);
    const char *words[] = {"delete", rz_buffer_view(&id).data, NULL};
    return run(knot, apex, NULL, words, RZ_STR(""), &output, diags);
}

enum rz_status rz_knot_import_key(const struct rz_knot *knot, const uint8_t *apex,
                                  const struct rz_signing_key *key, struct rz_str pem,
                                  struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {0};
    char algorithm[32], ksk[16], zsk[16];
    const char *words[WORDS_MAX] = {"import-pem", "/dev/stdin", algorithm, ksk, zsk};
    snprintf(algorithm, sizeof algorithm, "algorithm=%u", key->algorithm);
    snprintf(ksk, sizeof ksk, "ksk=%s", yes(key->role & RZ_KEY_KSK));
    snprintf(zsk, sizeof zsk, "zsk=%s", yes(key->role & RZ_KEY_ZSK));
    timers(words, 5, RZ_KEY_RETIRED, key->role & RZ_KEY_KSK);
    return run(knot, apex, NULL, words, pem, &output, diags);
}
