/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of the JSON reader to records. Members come in any order (the server sorts them by name, so
 * that an RRset's records precede its TTL and type): contents are kept until the RRset ends. */
#include "powerdns/zone_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "powerdns/powerdns_rdata.h"
#include "support/alloc.h"

/* Where in the document the reader is. */
enum place { AT_TOP, AT_ZONE, AT_RRSETS, AT_RRSET, AT_RECORDS, AT_RECORD, AT_END };
enum member {
    OTHER,
    NAME,
    TYPE,
    TTL,
    CONTENT,
    DISABLED,
    RECORDS,
    RRSETS,
    SERIAL,
    SOA_EDIT_API,
    DNSSEC,
    NSEC3PARAM,
    NARROW
};

struct record {
    size_t at, size; /* in `contents` */
    bool has_content, disabled;
};

struct known_type {
    char text[RZ_RTYPE_TEXT_MAX];
    size_t size;
    uint16_t code;
};
#define KNOWN_TYPES 8

struct rz_powerdns_reader {
    struct rz_json json;
    struct rz_zone *zone;
    const char *server;
    struct rz_diags *diags;
    struct rz_rdata_reader *rdata;
    struct rz_buffer scratch;
    struct rz_arena arena; /* of `disabled` */
    struct rz_powerdns_head head;
    const char *why; /* what is wrong with the document; NULL: nothing */
    bool failed;     /* a record could not be read */
    bool has_rrsets;
    enum place place;
    enum member member;
    unsigned skip; /* depth inside a member that is not read */
    struct {       /* RRset being read */
        struct rz_name owner;
        bool has_owner, has_type, has_ttl, unreadable;
        uint16_t type;
        uint32_t ttl;
        struct record *records;
        size_t count, capacity;
        struct rz_buffer contents;
    } rrset;
    struct known_type known[KNOWN_TYPES]; /* a zone has few types: spares their look-up */
    unsigned known_next;
    struct rz_powerdns_disabled *disabled;
    size_t disabled_count, disabled_capacity;
};

static bool stop(struct rz_powerdns_reader *reader, const char *why)
{
    reader->why = why;
    return false;
}

static struct rz_diag *unreadable(struct rz_powerdns_reader *reader, const char *what,
                                  struct rz_str text, const char *why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    bool cut = text.size > 200;
    rz_buffer_visible(&shown, (struct rz_str){text.data, cut ? 200 : text.size});
    reader->failed = true;
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ3310, rz_place_named(reader->server),
                                        "%s `%s%s` cannot be read: %s", what,
                                        rz_buffer_view(&shown).data, cut ? "…" : "", why);
    rz_diag_hint(reader->diags, diag, "correct or delete it on the server");
    return diag;
}

static enum member member_of(enum place place, struct rz_str key)
{
    static const struct {
        enum place place;
        enum member member;
        struct rz_str key;
    } members[] = {
        {AT_RECORD, CONTENT, {"content", 7}},
        {AT_RECORD, DISABLED, {"disabled", 8}},
        {AT_RRSET, NAME, {"name", 4}},
        {AT_RRSET, RECORDS, {"records", 7}},
        {AT_RRSET, TTL, {"ttl", 3}},
        {AT_RRSET, TYPE, {"type", 4}},
        {AT_ZONE, NAME, {"name", 4}},
        {AT_ZONE, RRSETS, {"rrsets", 6}},
        {AT_ZONE, SERIAL, {"serial", 6}},
        {AT_ZONE, SOA_EDIT_API, {"soa_edit_api", 12}},
        {AT_ZONE, DNSSEC, {"dnssec", 6}},
        {AT_ZONE, NSEC3PARAM, {"nsec3param", 10}},
        {AT_ZONE, NARROW, {"nsec3narrow", 11}},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].place == place && rz_str_equal(members[i].key, key))
            return members[i].member;
    return OTHER;
}

static bool type_of(struct rz_powerdns_reader *reader, struct rz_str text, uint16_t *code)
{
    for (size_t i = 0; i < KNOWN_TYPES; i++) {
        const struct known_type *known = &reader->known[i];
        if (known->size == text.size && text.size
            && memcmp(known->text, text.data, text.size) == 0) {
            *code = known->code;
            return true;
        }
    }
    if (!rz_powerdns_type_parse(code, text))
        return false;
    struct known_type *known = &reader->known[reader->known_next++ % KNOWN_TYPES];
    if (text.size <= sizeof known->text) {
        memcpy(known->text, text.data, text.size);
        known->size = text.size;
        known->code = *code;
    }
    return true;
}

static void keep_disabled(struct rz_powerdns_reader *reader, struct rz_str content,
                          const struct rz_rdata *rdata)
{
    reader->disabled = rz_grow(reader->disabled, &reader->disabled_capacity,
                               reader->disabled_count + 1, sizeof *reader->disabled);
    uint8_t *wire = rdata ? rz_arena_bytes(&reader->arena, rdata->size) : NULL;
    if (rdata)
        memcpy(wire, rdata->wire, rdata->size);
    reader->disabled[reader->disabled_count++] = (struct rz_powerdns_disabled){
        .owner = reader->rrset.owner,
        .type = reader->rrset.type,
        .ttl = reader->rrset.ttl,
        .content = rz_arena_str(&reader->arena, content).data,
        .wire = wire,
        .size = rdata ? rdata->size : 0};
}

static void take_record(struct rz_powerdns_reader *reader, const struct record *record)
{
    struct rz_str content = {rz_buffer_view(&reader->rrset.contents).data + record->at,
                             record->size};
    const char *why = "";
    struct rz_rdata rdata;
    bool good = rz_powerdns_read_rdata(reader->rdata, &reader->scratch, reader->rrset.type, content,
                                       &rdata, &why)
                == RZ_OK;
    if (record->disabled) {
        keep_disabled(reader, content, good ? &rdata : NULL);
        return;
    }
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], what[RZ_NAME_TEXT_MAX + 32];
    if (!good) {
        snprintf(what, sizeof what, "%s %s", rz_name_text(owner, reader->rrset.owner.wire),
                 rz_rtype_text(type, reader->rrset.type));
        unreadable(reader, what, content, why);
        return;
    }
    if (rz_zone_add(reader->zone, reader->rrset.owner.wire, reader->rrset.type, reader->rrset.ttl,
                    rdata, (struct rz_record_origin){0})
        != RZ_OK)
        rz_diags_add(reader->diags, RZ3313, rz_place_named(reader->server),
                     "%s %s lies outside the zone and is not served",
                     rz_name_text(owner, reader->rrset.owner.wire),
                     rz_rtype_text(type, reader->rrset.type));
}

static bool end_rrset(struct rz_powerdns_reader *reader)
{
    if (reader->rrset.count && !reader->rrset.unreadable && reader->zone) {
        if (!reader->rrset.has_owner || !reader->rrset.has_type || !reader->rrset.has_ttl)
            return stop(reader, "an RRset lacks its name, type or TTL");
        for (size_t i = 0; i < reader->rrset.count; i++)
            take_record(reader, &reader->rrset.records[i]);
    }
    reader->rrset.has_owner = reader->rrset.has_type = reader->rrset.has_ttl = false;
    reader->rrset.unreadable = false;
    reader->rrset.count = 0;
    rz_buffer_reset(&reader->rrset.contents);
    return true;
}

static bool start_record(struct rz_powerdns_reader *reader)
{
    reader->rrset.records = rz_grow(reader->rrset.records, &reader->rrset.capacity,
                                    reader->rrset.count + 1, sizeof *reader->rrset.records);
    reader->rrset.records[reader->rrset.count++] = (struct record){0};
    return true;
}

/* An object or list begins: one that is read, or one that is skipped as a whole. */
static bool enter(struct rz_powerdns_reader *reader, bool list)
{
    if (reader->skip) {
        reader->skip++;
        return true;
    }
    enum place from = reader->place;
    enum member member = reader->member;
    reader->member = OTHER;
    if (from == AT_TOP && !list)
        reader->place = AT_ZONE;
    else if (from == AT_ZONE && member == RRSETS && list)
        reader->place = AT_RRSETS, reader->has_rrsets = true;
    else if (from == AT_RRSETS && !list)
        reader->place = AT_RRSET;
    else if (from == AT_RRSET && member == RECORDS && list)
        reader->place = AT_RECORDS;
    else if (from == AT_RECORDS && !list)
        return reader->place = AT_RECORD, start_record(reader);
    else if (member == OTHER && (from == AT_ZONE || from == AT_RRSET || from == AT_RECORD))
        reader->skip = 1;
    else
        return stop(reader, "an object or a list stands where another value belongs");
    return true;
}

static bool leave(struct rz_powerdns_reader *reader)
{
    static const enum place parents[] = {[AT_ZONE] = AT_END,
                                         [AT_RRSETS] = AT_ZONE,
                                         [AT_RRSET] = AT_RRSETS,
                                         [AT_RECORDS] = AT_RRSET,
                                         [AT_RECORD] = AT_RECORDS};
    if (reader->skip) {
        reader->skip--;
        return true;
    }
    enum place from = reader->place;
    reader->place = parents[from];
    if (from == AT_RECORD && !reader->rrset.records[reader->rrset.count - 1].has_content)
        return stop(reader, "a record lacks its content");
    return from != AT_RRSET || end_rrset(reader);
}

static bool take_owner(struct rz_powerdns_reader *reader, struct rz_str text)
{
    const char *why = "";
    reader->rrset.has_owner = rz_name_parse(&reader->rrset.owner, text, NULL, &why) == RZ_OK;
    if (!reader->rrset.has_owner) {
        reader->rrset.unreadable = true;
        unreadable(reader, "the owner", text, why);
    }
    return true;
}

static bool take_type(struct rz_powerdns_reader *reader, struct rz_str text)
{
    reader->rrset.has_type = type_of(reader, text, &reader->rrset.type);
    if (!reader->rrset.has_type) {
        reader->rrset.unreadable = true;
        unreadable(reader, "the record type", text, "there is no such type");
    }
    return true;
}

static bool take_content(struct rz_powerdns_reader *reader, struct rz_str text)
{
    struct record *record = &reader->rrset.records[reader->rrset.count - 1];
    if (text.size > RZ_JSON_TOKEN_MAX
        || reader->rrset.contents.size + text.size > 64 * RZ_JSON_TOKEN_MAX)
        return stop(reader, "an RRset is too large");
    record->at = reader->rrset.contents.size;
    record->size = text.size;
    record->has_content = true;
    rz_buffer_str(&reader->rrset.contents, text);
    return true;
}

static bool take_string(struct rz_powerdns_reader *reader, struct rz_str text)
{
    const char *why;
    switch (reader->place << 8 | reader->member) {
    case AT_RRSET << 8 | NAME: return take_owner(reader, text);
    case AT_RRSET << 8 | TYPE: return take_type(reader, text);
    case AT_RECORD << 8 | CONTENT: return take_content(reader, text);
    case AT_ZONE << 8 | NAME:
        reader->head.has_name = rz_name_parse(&reader->head.name, text, NULL, &why) == RZ_OK;
        return reader->head.has_name || stop(reader, "the zone's name cannot be read");
    case AT_ZONE << 8 | SOA_EDIT_API:
        reader->head.keeps_serial = text.size == 0;
        reader->head.steps_serial = rz_str_equal(text, RZ_STR("DEFAULT"))
                                    || rz_str_equal(text, RZ_STR("INCREASE"));
        return true;
    case AT_ZONE << 8 | NSEC3PARAM:
        return rz_powerdns_nsec3param(&reader->head.denial, text)
               || stop(reader, "NSEC3PARAM of the zone cannot be read");
    default: return stop(reader, "a text stands where another value belongs");
    }
}

static bool take_number(struct rz_powerdns_reader *reader, struct rz_str text)
{
    uint64_t value;
    if (!rz_json_uint(&value, text, UINT32_MAX))
        return stop(reader, "a serial or TTL is no number of 32 bits");
    if (reader->place == AT_RRSET && reader->member == TTL) {
        reader->rrset.has_ttl = true;
        reader->rrset.ttl = (uint32_t)value;
        return true;
    }
    if (reader->place != AT_ZONE || reader->member != SERIAL)
        return stop(reader, "a number stands where another value belongs");
    reader->head.has_serial = true;
    reader->head.serial = (uint32_t)value;
    return true;
}

static bool take_word(struct rz_powerdns_reader *reader, enum rz_json_event event)
{
    if (reader->place == AT_RECORD && reader->member == DISABLED && event != RZ_JSON_NULL) {
        reader->rrset.records[reader->rrset.count - 1].disabled = event == RZ_JSON_TRUE;
        return true;
    }
    if (reader->place == AT_ZONE && (reader->member == DNSSEC || reader->member == NARROW)) {
        *(reader->member == DNSSEC ? &reader->head.is_signed
                                   : &reader->head.narrow) = event == RZ_JSON_TRUE;
        return true;
    }
    if (reader->place == AT_ZONE && event == RZ_JSON_NULL)
        return true; /* not known is as good as not there */
    return stop(reader, "true, false or null stands where another value belongs");
}

static bool take(void *user, enum rz_json_event event, struct rz_str text)
{
    struct rz_powerdns_reader *reader = user;
    bool container = event <= RZ_JSON_LIST_END;
    if (container) {
        bool begins = event == RZ_JSON_OBJECT || event == RZ_JSON_LIST;
        return begins ? enter(reader, event == RZ_JSON_LIST) : leave(reader);
    }
    if (reader->skip)
        return true;
    if (event == RZ_JSON_KEY) {
        reader->member = member_of(reader->place, text);
        return true;
    }
    bool in_object = reader->place == AT_ZONE || reader->place == AT_RRSET
                     || reader->place == AT_RECORD;
    if (!in_object)
        return stop(reader, "a plain value stands where an object belongs");
    if (reader->member == OTHER)
        return true;
    bool good = event == RZ_JSON_STRING   ? take_string(reader, text)
                : event == RZ_JSON_NUMBER ? take_number(reader, text)
                                          : take_word(reader, event);
    reader->member = OTHER;
    return good;
}

struct rz_powerdns_reader *rz_powerdns_reader_new(struct rz_zone *zone, const char *server,
                                                  struct rz_diags *diags)
{
    struct rz_powerdns_reader *reader = rz_alloc_zero(1, sizeof *reader);
    reader->json = (struct rz_json){.event = take, .user = reader};
    reader->zone = zone;
    reader->server = server;
    reader->diags = diags;
    reader->rdata = rz_rdata_reader_new();
    return reader;
}

void rz_powerdns_reader_free(struct rz_powerdns_reader *reader)
{
    if (!reader)
        return;
    rz_json_free(&reader->json);
    rz_rdata_reader_free(reader->rdata);
    rz_buffer_free(&reader->rrset.contents);
    rz_buffer_free(&reader->scratch);
    free(reader->rrset.records);
    free(reader->disabled);
    rz_arena_free(&reader->arena);
    free(reader);
}

bool rz_powerdns_reader_feed(void *user, const char *data, size_t size)
{
    struct rz_powerdns_reader *reader = user;
    return !reader->why && rz_json_feed(&reader->json, data, size);
}

void rz_powerdns_reader_restart(void *user)
{
    struct rz_powerdns_reader *reader = user;
    rz_json_restart(&reader->json);
    if (reader->zone) {
        struct rz_name apex = reader->zone->apex;
        rz_zone_free(reader->zone);
        rz_zone_init(reader->zone, apex.wire);
    }
    reader->rrset.count = 0;
    reader->rrset.has_owner = reader->rrset.has_type = reader->rrset.has_ttl = false;
    reader->rrset.unreadable = false;
    rz_buffer_reset(&reader->rrset.contents);
    reader->disabled_count = 0;
    rz_arena_reset(&reader->arena);
    reader->head = (struct rz_powerdns_head){0};
    reader->why = NULL;
    reader->failed = reader->has_rrsets = false;
    reader->place = AT_TOP;
    reader->member = OTHER;
    reader->skip = 0;
}

enum rz_status rz_powerdns_reader_end(struct rz_powerdns_reader *reader,
                                      struct rz_powerdns_head *head)
{
    bool whole = !reader->why && rz_json_end(&reader->json);
    const char *why = reader->why ? reader->why : reader->json.error;
    if (whole && !reader->head.has_name)
        why = "it lacks the zone's name";
    else if (whole && reader->zone && !reader->has_rrsets)
        why = "it lacks `rrsets`";
    else if (whole && reader->zone
             && !rz_name_equal(reader->head.name.wire, reader->zone->apex.wire))
        why = "it is another zone";
    if (why) {
        struct rz_diag *diag = rz_diags_add(reader->diags, RZ3304, rz_place_named(reader->server),
                                            "the reply is no zone of the PowerDNS API: %s "
                                            "(after %zu octets)",
                                            why, reader->json.offset);
        rz_diag_hint(reader->diags, diag,
                     "check that `url` names the API of a PowerDNS Authoritative server 4.x");
        return RZ_NETWORK;
    }
    *head = reader->head;
    return reader->failed ? RZ_NETWORK : RZ_OK;
}

const struct rz_powerdns_disabled *rz_powerdns_reader_disabled(
    const struct rz_powerdns_reader *reader, size_t *count)
{
    *count = reader->disabled_count;
    return reader->disabled;
}
