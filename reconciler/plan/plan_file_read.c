/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads plan files. The digest shows damage and careless edits; since anybody can compute one, what
 * is inside is checked as if it came from a stranger. */
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "dns/rtype.h"
#include "plan/plan_checks.h"
#include "plan/plan_file.h"
#include "support/alloc.h"

#define SIGNATURES_MAX 64

struct reader {
    struct rz_plan *plan;
    const char *name; /* of the file, for messages */
    struct rz_diags *diags;
    struct rz_rdata_reader *rdata;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static bool complain(struct reader *reader,
                                                           const char *format, ...)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    va_list arguments;
    va_start(arguments, format);
    rz_buffer_vprintf(&message, format, arguments);
    va_end(arguments);
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ4101, rz_place_named(reader->name), "%s",
                                        message.data);
    rz_diag_hint(reader->diags, diag, "make a new plan with `rezone plan -o FILE`");
    reader->failed = true;
    return false;
}

static void drop_json(json_t **json)
{
    json_decref(*json);
}

/* The text of a member; NULL where it is absent, null or no text. */
static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *keep(struct rz_arena *arena, const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    return text ? rz_arena_strdup(arena, text) : NULL;
}

static uint64_t number_of(const json_t *object, const char *key, uint64_t maximum)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value < 0 ? 0 : (uint64_t)value > maximum ? maximum : (uint64_t)value;
}

/* Milliseconds where there are any: plans of older versions have whole seconds. 0: no time. */
static int64_t time_of(const json_t *object, const char *key, int *milliseconds)
{
    struct tm tm = {0};
    const char *text = text_of(object, key);
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    *milliseconds = 0;
    if (end && *end == '.') {
        size_t digits = strspn(++end, "0123456789");
        if (digits != 3)
            return 0;
        *milliseconds = atoi(end);
        end += digits;
    }
    return end && strcmp(end, "Z") == 0 ? (int64_t)timegm(&tm) : 0;
}

/* Adds the records of `before` or `after` to a zone in which they are joined and sorted. */
static bool read_records(struct reader *reader, const json_t *rrset, struct rz_zone *zone,
                         const uint8_t *owner, uint16_t type, struct rz_record_origin origin)
{
    size_t i;
    json_t *value;
    const json_t *records = json_object_get(rrset, "rdata");
    const json_t *ttl = json_object_get(rrset, "ttl");
    if (!json_is_array(records) || json_array_size(records) == 0 || !json_is_integer(ttl)
        || json_integer_value(ttl) < 0 || json_integer_value(ttl) > INT32_MAX)
        return complain(reader, "an RRset lacks its records or its TTL");
    json_array_foreach(records, i, value)
    {
        struct rz_rdata rdata;
        const char *why = "it is no text";
        if (!json_is_string(value)
            || rz_rdata_read(reader->rdata, type,
                             (struct rz_str){json_string_value(value), json_string_length(value)},
                             zone->apex.wire, &rdata, &why)
                   != RZ_OK)
            return complain(reader, "a record cannot be read: %s", why);
        if (rz_zone_add(zone, owner, type, (uint32_t)json_integer_value(ttl), rdata, origin)
            != RZ_OK)
            return complain(reader, "an owner lies outside its zone");
    }
    return true;
}

/* One zone while it is read: all `before` and all `after`, then the changes between them. */
struct sides {
    struct rz_zone before, after;
};

static bool read_subject(struct reader *reader, const json_t *item, struct rz_name *owner,
                         uint16_t *type)
{
    const char *why, *text = text_of(item, "owner"), *type_text = text_of(item, "type");
    if (!text || rz_name_parse(owner, rz_str_of(text), NULL, &why) != RZ_OK)
        return complain(reader, "a change has no readable owner");
    if (!type_text || !rz_rtype_parse(type, rz_str_of(type_text), true))
        return complain(reader, "a change has no known type");
    return true;
}

static bool read_sides(struct reader *reader, const json_t *item, struct sides *sides)
{
    struct rz_name owner;
    uint16_t type;
    const json_t *before = json_object_get(item, "before"), *after = json_object_get(item, "after");
    if (!read_subject(reader, item, &owner, &type))
        return false;
    if (!json_is_object(before) && !json_is_object(after))
        return complain(reader, "a change has neither before nor after");
    struct rz_record_origin origin = {.line = (uint32_t)number_of(item, "line", UINT32_MAX),
                                      .column = (uint16_t)number_of(item, "column", UINT16_MAX)};
    return (!json_is_object(before)
            || read_records(reader, before, &sides->before, owner.wire, type,
                            (struct rz_record_origin){0}))
           && (!json_is_object(after)
               || read_records(reader, after, &sides->after, owner.wire, type, origin));
}

/* Who wrote it, where the plan says so. */
static const struct rz_blame *read_blame(const json_t *item, struct rz_arena *arena)
{
    int milliseconds;
    const json_t *json = json_object_get(item, "blame");
    if (!json_is_object(json))
        return NULL;
    struct rz_blame *blame = rz_arena_alloc(arena, sizeof *blame);
    *blame = (struct rz_blame){.author = keep(arena, json, "author"),
                               .commit = keep(arena, json, "commit"),
                               .subject = keep(arena, json, "subject"),
                               .time = time_of(json, "time", &milliseconds)};
    if (!blame->author || !blame->subject)
        blame->commit = NULL;
    return blame;
}

/* Both sides are finished; the change is added in the order of the file, which must be canonical. */
static bool add_change(struct reader *reader, const json_t *item, const struct sides *sides,
                       struct rz_zone_plan *zone)
{
    static const char *const risks[] = {"none", "notice", "high"};
    struct rz_name owner;
    uint16_t type;
    if (!read_subject(reader, item, &owner, &type))
        return false;
    const struct rz_rrset *before = rz_zone_find(&sides->before, owner.wire, type);
    const struct rz_rrset *after = rz_zone_find(&sides->after, owner.wire, type);
    if (zone->count) {
        const struct rz_rrset *last = rz_change_subject(zone->changes[zone->count - 1].change);
        if (rz_rrset_compare_key(last, after ? after : before) >= 0)
            return complain(reader, "the changes of %s are not in order", text_of(item, "owner"));
    }
    struct rz_plan_change *change = rz_zone_plan_add(zone, before, after);
    const char *action = text_of(item, "action"), *risk = text_of(item, "risk");
    if (!action || strcmp(action, rz_change_kind_text(rz_change_kind(change->change))) != 0)
        return complain(reader, "the action of %s does not fit its before and after",
                        text_of(item, "owner"));
    change->file = keep(&zone->arena, item, "file");
    change->reason = keep(&zone->arena, item, "reason");
    change->renamed_from = keep(&zone->arena, item, "renamed_from");
    change->dangling = keep(&zone->arena, item, "dangling");
    change->blame = read_blame(item, &zone->arena);
    change->gap = json_is_true(json_object_get(item, "gap"));
    for (uint8_t i = 0; risk && i < 3; i++)
        if (strcmp(risk, risks[i]) == 0)
            change->risk = i;
    return true;
}

static void read_findings(const json_t *list, struct rz_zone_plan *zone)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        zone->findings = rz_grow(zone->findings, &zone->finding_capacity, zone->finding_count + 1,
                                 sizeof *zone->findings);
        const char *rule = keep(&zone->arena, item, "rule"),
                   *message = keep(&zone->arena, item, "message");
        zone->findings[zone->finding_count++] = (struct rz_finding){
            rule && rz_str_is_visible(rz_str_of(rule)) ? rule : "", message ? message : "",
            json_is_true(json_object_get(item, "allowed"))};
    }
}

static bool read_changes(struct reader *reader, const json_t *list, struct rz_zone_plan *zone)
{
    size_t i;
    json_t *item;
    struct sides sides;
    bool good = true;
    rz_zone_init(&sides.before, zone->apex.wire);
    rz_zone_init(&sides.after, zone->apex.wire);
    json_array_foreach(list, i, item) good = good && read_sides(reader, item, &sides);
    size_t errors = reader->diags->errors;
    if (good) {
        rz_zone_finish(&sides.before, RZ_ZONE_LIVE, reader->diags);
        rz_zone_finish(&sides.after, RZ_ZONE_DESIRED, reader->diags);
        good = reader->diags->errors == errors;
    }
    json_array_foreach(list, i, item) good = good && add_change(reader, item, &sides, zone);
    rz_zone_free(&sides.before);
    rz_zone_free(&sides.after);
    return good;
}

static bool read_zone(struct reader *reader, const json_t *item)
{
    struct rz_plan *plan = reader->plan;
    struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
    const char *why, *apex = text_of(item, "zone"), *target = text_of(item, "target");
    plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
    plan->zones[plan->count++] = zone;
    if (!apex || !target || !rz_str_is_visible(rz_str_of(target))
        || rz_name_parse(&zone->apex, rz_str_of(apex), NULL, &why) != RZ_OK)
        return complain(reader, "a zone has no readable name or target");
    const json_t *changes = json_object_get(item, "changes"),
                 *serial = json_object_get(item, "serial");
    const char *live = text_of(item, "live_fingerprint"),
               *desired = text_of(item, "desired_fingerprint");
    if (!json_is_array(changes) || !live || !desired
        || !rz_hash_parse(&zone->live_fingerprint, rz_str_of(live))
        || !rz_hash_parse(&zone->desired_fingerprint, rz_str_of(desired)))
        return complain(reader, "zone %s lacks its changes or fingerprints", apex);
    zone->target = rz_arena_strdup(&zone->arena, target);
    zone->path = keep(&zone->arena, item, "path");
    zone->create_zone = json_is_true(json_object_get(item, "create_zone"));
    zone->delete_zone = json_is_true(json_object_get(item, "delete_zone"));
    zone->partial = json_is_true(json_object_get(item, "partial"));
    zone->manage_listed = json_is_true(json_object_get(item, "manage_listed"));
    if (!rz_plan_ignore_read(zone, json_object_get(item, "ignore")))
        return complain(reader, "the patterns of %s cannot be read", apex);
    zone->revision = (struct rz_revision){.exists = !zone->create_zone,
                                          .has_serial = json_is_integer(serial),
                                          .serial = (uint32_t)json_integer_value(serial)};
    zone->live_rrsets = number_of(item, "live_rrsets", SIZE_MAX >> 8);
    if (json_is_false(json_object_get(item, "planned")))
        return complain(reader, "zone %s could not be planned when the file was written", apex);
    read_findings(json_object_get(item, "findings"), zone);
    if (!rz_plan_checks_read(zone, json_object_get(item, "checks")))
        return complain(reader, "the checks of %s cannot be read", apex);
    plan->has_changes |= json_array_size(changes) > 0 || zone->create_zone || zone->delete_zone;
    return read_changes(reader, changes, zone);
}

/* Each signature must be of this plan: one that is not is a sign of forgery, whoever is asked for. */
static bool read_signatures(struct reader *reader, const json_t *list, const char *digest)
{
    size_t i;
    json_t *item;
    struct rz_plan *plan = reader->plan;
    if (!list)
        return true;
    if (!json_is_array(list) || json_array_size(list) > SIGNATURES_MAX)
        return complain(reader, "its signatures are no list of at most %d", SIGNATURES_MAX);
    plan->signatures = rz_arena_zero(&plan->arena,
                                     (json_array_size(list) + 1) * sizeof *plan->signatures);
    json_array_foreach(list, i, item)
    {
        struct rz_signature *signature = &plan->signatures[i];
        const char *key = text_of(item, "key"), *value = text_of(item, "value");
        if (!key || !value || !rz_unhex(signature->key, sizeof signature->key, key)
            || !rz_unhex(signature->value, sizeof signature->value, value))
            return complain(reader, "a signature cannot be read");
        if (!rz_signature_holds(signature, digest)) {
            rz_diags_add(reader->diags, RZ4107, rz_place_named(reader->name),
                         "the signature by the key %.16s… is not of this plan", key);
            return false;
        }
        plan->signature_count++;
    }
    return true;
}

/* Removes `digest` and compares it with the digest of the rest. */
static bool check_digest(struct reader *reader, json_t *root)
{
    char digest[65];
    const char *claimed = text_of(root, "digest");
    RZ_CLEANUP(rz_free_pointer) char *kept = claimed ? rz_strdup(claimed) : NULL;
    json_object_del(root, "digest");
    RZ_CLEANUP(drop_json) json_t *signatures = json_incref(json_object_get(root, "signatures"));
    json_object_del(root, "signatures");
    RZ_CLEANUP(rz_free_pointer) char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    if (!kept || !text)
        return complain(reader, "it has no digest");
    rz_sha256_text(digest, text, strlen(text));
    if (strcmp(digest, kept) == 0) {
        memcpy(reader->plan->digest, digest, sizeof digest);
        return read_signatures(reader, signatures, digest);
    }
    struct rz_diag *diag = rz_diags_add(
        reader->diags, RZ4102, rz_place_named(reader->name),
        "the plan was changed after rezone wrote it: its digest is %.16s…, not %.16s…", digest,
        kept);
    rz_diag_hint(reader->diags, diag, "make a new plan with `rezone plan -o FILE`");
    return false;
}

static struct rz_strings read_texts(struct rz_plan *plan, const json_t *list)
{
    size_t i, count = 0;
    json_t *item;
    const char **texts = rz_arena_alloc(&plan->arena, (json_array_size(list) + 1) * sizeof *texts);
    json_array_foreach(list, i, item) if (json_is_string(item))
        texts[count++] = rz_arena_strdup(&plan->arena, json_string_value(item));
    return (struct rz_strings){texts, count};
}

static bool read_head(struct reader *reader, const json_t *root)
{
    struct rz_plan *plan = reader->plan;
    const char *id = text_of(root, "id"), *sources = text_of(root, "sources");
    if (json_integer_value(json_object_get(root, "schema")) != RZ_PLAN_SCHEMA)
        return complain(reader, "it is of another version than this rezone reads");
    if (!id || strlen(id) >= sizeof plan->id || !sources || strlen(sources) != 64)
        return complain(reader, "it lacks its id or the digest of its sources");
    strcpy(plan->id, id);
    memcpy(plan->sources_digest, sources, 65);
    int ignored;
    plan->created = time_of(root, "created", &plan->created_ms);
    plan->expires = time_of(root, "expires", &ignored);
    plan->offline = json_is_true(json_object_get(root, "offline"));
    plan->version = keep(&plan->arena, root, "rezone");
    plan->commit = keep(&plan->arena, root, "commit");
    plan->selection = read_texts(plan, json_object_get(root, "selection"));
    plan->read_paths = read_texts(plan, json_object_get(root, "reads"));
    const json_t *summary = json_object_get(root, "summary");
    plan->unchanged = number_of(summary, "unchanged", SIZE_MAX >> 8);
    plan->records = number_of(summary, "rrsets", SIZE_MAX >> 8);
    if (plan->created == 0 || plan->expires == 0)
        return complain(reader, "it lacks its times");
    return true;
}

static void read_zones(struct reader *reader, const json_t *list)
{
    size_t i;
    json_t *item;
    if (!json_is_array(list))
        complain(reader, "it lacks its zones");
    json_array_foreach(list, i, item) read_zone(reader, item);
}

enum rz_status rz_plan_file_read(struct rz_plan *plan, struct rz_str text, const char *name,
                                 struct rz_diags *diags)
{
    json_error_t error;
    struct reader reader = {.plan = plan, .name = name, .diags = diags};
    *plan = (struct rz_plan){0};
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!root || !json_is_object(root)) {
        complain(&reader, "it is no plan file: %s", root ? "not an object" : error.text);
        json_decref(root);
        return RZ_INVALID;
    }
    enum rz_status status = RZ_OK;
    reader.rdata = rz_rdata_reader_new();
    if (!check_digest(&reader, root)) {
        status = reader.failed ? RZ_INVALID : RZ_REFUSED;
    } else if (read_head(&reader, root)) {
        read_zones(&reader, json_object_get(root, "zones"));
    }
    rz_rdata_reader_free(reader.rdata);
    json_decref(root);
    return reader.failed ? RZ_INVALID : status;
}
