/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets of many zones as text that does not name the zone, so that equal ones have equal text. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/document_internal.h"
#include "language/extract_internal.h"
#include "support/alloc.h"

#define OWNER_MAX 250 /* longer keys would need another form in YAML */
#define VALUES_MAX 64

struct indexer {
    struct rz_extract *extract;
    struct rz_map places, items; /* text → index + 1 */
    struct rz_buffer text;
};

/* `${` stays what it is. */
static void put_text(struct rz_buffer *out, struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '$' && i + 1 < text.size && text.data[i + 1] == '{')
            rz_buffer_char(out, '$');
        rz_buffer_char(out, text.data[i]);
    }
}

/* Deeper names are written with the zone's name, since relative ones look like a forgotten dot. */
static void put_name(struct rz_buffer *out, const uint8_t *name, const struct rz_name *apex)
{
    char text[RZ_NAME_TEXT_MAX], zone[RZ_NAME_TEXT_MAX];
    unsigned depth = rz_name_labels(name), top = rz_name_labels(apex->wire);
    if (top == 0 || !rz_name_in(name, apex->wire)) {
        put_text(out, rz_str_of(rz_name_text(text, name)));
    } else if (depth <= top + 1) {
        put_text(out, rz_str_of(rz_name_text_relative(text, name, apex->wire)));
    } else {
        rz_name_text(text, name);
        rz_name_text(zone, apex->wire);
        put_text(out, (struct rz_str){text, strlen(text) - strlen(zone)});
        rz_buffer_text(out, "${zone}.");
    }
}

static bool is_name_octet(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* A plain text with the zone's name in it: "mailto:dmarc@example.com". */
static void put_plain(struct rz_buffer *out, struct rz_str text, const struct rz_name *apex)
{
    char name[RZ_NAME_TEXT_MAX];
    const char *found, *from = text.data, *end = text.data + text.size;
    rz_name_text_plain(name, apex->wire);
    size_t size = strlen(name);
    while (rz_name_labels(apex->wire) > 1
           && (found = memmem(from, (size_t)(end - from), name, size))) {
        const char *next = found + size;
        bool whole = (found == text.data || !is_name_octet(found[-1]))
                     && found[-(found > text.data)] != '$'
                     && (next == end
                         || (!is_name_octet(*next)
                             && (*next != '.' || next + 1 == end || !is_name_octet(next[1]))));
        put_text(out, (struct rz_str){from, (size_t)((whole ? found : next) - from)});
        if (whole)
            rz_buffer_text(out, "${zone}");
        from = next;
    }
    put_text(out, (struct rz_str){from, (size_t)(end - from)});
}

/* Presentation form with names of the zone made relative, by the type's fields. */
static void put_presentation(struct rz_buffer *out, uint16_t type, struct rz_str text,
                             const struct rz_name *apex)
{
    const struct rz_rtype *row = rz_rtype_find(type);
    bool quoted = false;
    size_t field = 0, start = 0;
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.data[i] == '\\') {
            i++;
            continue;
        }
        if (i < text.size && text.data[i] == '"')
            quoted = !quoted;
        if (i < text.size && (quoted || text.data[i] != ' '))
            continue;
        struct rz_str word = {text.data + start, i - start};
        struct rz_name name;
        const char *why;
        rz_buffer_text(out, field ? " " : "");
        if (row && field < row->field_count && row->fields[field].kind == RZ_RFIELD_NAME
            && rz_name_parse(&name, word, NULL, &why) == RZ_OK)
            put_name(out, name.wire, apex);
        else
            put_text(out, word);
        start = i + 1;
        field++;
    }
}

static void put_value(struct rz_buffer *out, const struct rz_zone *zone, uint16_t type,
                      const struct rz_rdata_cursor *value)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    bool plain = rz_rtype_flags(type) & RZ_RTYPE_TEXT;
    if (plain && rz_rdata_plain_text(&text, value->wire, value->size)) {
        rz_buffer_char(out, '=');
        put_plain(out, rz_buffer_view(&text), &zone->apex);
        return;
    }
    rz_buffer_char(out, plain ? '!' : '=');
    if (type == RZ_TYPE_NS || type == RZ_TYPE_CNAME || type == RZ_TYPE_PTR
        || type == RZ_TYPE_DNAME) {
        put_name(out, value->wire, &zone->apex);
        return;
    }
    rz_rdata_print(&text, type, value->wire, value->size);
    put_presentation(out, type, rz_buffer_view(&text), &zone->apex);
}

/* False where the fields cannot hold it. */
static bool put_soa(const char *values[6], struct rz_extract *extract, const struct rz_zone *zone,
                    const struct rz_rdata_cursor *value)
{
    size_t serial = rz_soa_serial_offset(value->wire, value->size);
    const uint8_t *names[2] = {value->wire, value->wire + rz_name_size(value->wire)};
    for (size_t i = 0; serial && i < 6; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_char(&text, '=');
        if (i < 2) {
            put_name(&text, names[i], &zone->apex);
        } else {
            const uint8_t *at = value->wire + serial + 4 + 4 * (i - 2);
            if (at[0] & 0x80)
                return false;
            rz_duration_print(&text, (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16
                                         | (uint32_t)at[2] << 8 | at[3]);
        }
        values[i] = rz_arena_str(&extract->arena, rz_buffer_view(&text)).data;
    }
    return serial != 0;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The values as text, sorted; NULL where the RRset cannot be shared. */
static const char **read_values(struct indexer *indexer, const struct rz_zone *zone,
                                const struct rz_rrset *rrset, size_t *count)
{
    struct rz_arena *arena = &indexer->extract->arena;
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    *count = rrset->type == RZ_TYPE_SOA ? 6 : rrset->rdata_count;
    if (rrset->rdata_count > VALUES_MAX || (rrset->type == RZ_TYPE_SOA && rrset->rdata_count != 1))
        return NULL;
    const char **values = rz_arena_alloc(arena, *count * sizeof *values);
    if (rrset->type == RZ_TYPE_SOA)
        return rz_rdata_next(&c) && put_soa(values, indexer->extract, zone, &c) ? values : NULL;
    for (size_t i = 0; rz_rdata_next(&c); i++) {
        rz_buffer_reset(&indexer->text);
        put_value(&indexer->text, zone, rrset->type, &c);
        if (memchr(indexer->text.data, '\0', indexer->text.size))
            return NULL;
        values[i] = rz_arena_str(arena, rz_buffer_view(&indexer->text)).data;
    }
    qsort(values, *count, sizeof *values, compare_texts);
    return values;
}

static uint32_t find_place(struct indexer *indexer, const char *owner, uint16_t type)
{
    struct rz_extract *extract = indexer->extract;
    char key[RZ_NAME_TEXT_MAX + 10];
    snprintf(key, sizeof key, "%u %s", type, owner);
    uintptr_t found = (uintptr_t)rz_map_get(&indexer->places, rz_str_of(key));
    if (found)
        return (uint32_t)(found - 1);
    extract->places = rz_grow(extract->places, &extract->place_capacity, extract->place_count + 1,
                              sizeof *extract->places);
    struct rz_str kept = rz_arena_str(&extract->arena, rz_str_of(key));
    extract->places[extract->place_count] = (struct rz_extract_place){
        .owner = strchr(kept.data, ' ') + 1, .type = type, .choice = RZ_EXTRACT_NONE};
    rz_map_set(&indexer->places, kept, (void *)(uintptr_t)(extract->place_count + 1));
    return (uint32_t)extract->place_count++;
}

static uint32_t find_item(struct indexer *indexer, uint32_t place, uint32_t ttl,
                          const char **values, size_t count)
{
    struct rz_extract *extract = indexer->extract;
    struct rz_buffer *key = &indexer->text;
    rz_buffer_reset(key);
    rz_buffer_append(key, &place, sizeof place);
    rz_buffer_append(key, &ttl, sizeof ttl);
    for (size_t i = 0; i < count; i++)
        rz_buffer_append(key, values[i], strlen(values[i]) + 1);
    uintptr_t found = (uintptr_t)rz_map_get(&indexer->items, rz_buffer_view(key));
    if (found)
        return (uint32_t)(found - 1);
    extract->items = rz_grow(extract->items, &extract->item_capacity, extract->item_count + 1,
                             sizeof *extract->items);
    extract->items[extract->item_count] = (struct rz_extract_item){
        .place = place, .ttl = ttl, .values = values, .value_count = count};
    rz_map_set(&indexer->items, rz_arena_str(&extract->arena, rz_buffer_view(key)),
               (void *)(uintptr_t)(extract->item_count + 1));
    return (uint32_t)extract->item_count++;
}

static void read_rrset(struct indexer *indexer, uint32_t number, uint32_t rrset)
{
    struct rz_extract *extract = indexer->extract;
    const struct rz_zone *zone = extract->zones[number].zone;
    const struct rz_rrset *set = &zone->rrsets[rrset];
    char owner[RZ_NAME_TEXT_MAX];
    size_t count;
    extract->zones[number].items[rrset] = RZ_EXTRACT_NONE;
    if (rz_document_repeats_apex(set->owner, &zone->apex))
        return;
    rz_name_text_relative(owner, set->owner, zone->apex.wire);
    if (strlen(owner) > OWNER_MAX)
        return;
    uint32_t index = find_place(indexer, owner, set->type);
    struct rz_extract_place *place = &extract->places[index];
    place->uses = rz_grow(place->uses, &place->use_capacity, place->use_count + 1,
                          sizeof *place->uses);
    place->uses[place->use_count++] = (struct rz_extract_use){number, rrset};
    const char **values = read_values(indexer, zone, set, &count);
    if (!values)
        return;
    index = find_item(indexer, index, set->ttl, values, count);
    extract->zones[number].items[rrset] = index;
    struct rz_extract_item *item = &extract->items[index];
    item->zones = rz_grow(item->zones, &item->zone_capacity, item->zone_count + 1,
                          sizeof *item->zones);
    item->zones[item->zone_count++] = number;
}

void rz_extract_index(struct rz_extract *extract, const struct rz_zone *const *zones, size_t count)
{
    struct indexer indexer = {.extract = extract};
    extract->zones = rz_arena_zero(&extract->arena, (count + 1) * sizeof *extract->zones);
    extract->zone_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct rz_extract_zone *zone = &extract->zones[i];
        zone->zone = zones[i];
        zone->items = rz_arena_alloc(&extract->arena, (zones[i]->count + 1) * sizeof *zone->items);
        zone->given = rz_arena_zero(&extract->arena, zones[i]->count + 1);
        for (uint32_t k = 0; k < zones[i]->count; k++)
            read_rrset(&indexer, i, k);
    }
    rz_map_free(&indexer.places);
    rz_map_free(&indexer.items);
    rz_buffer_free(&indexer.text);
}

uint32_t rz_extract_at(const struct rz_extract_place *place, uint32_t zone)
{
    size_t low = 0, high = place->use_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (place->uses[middle].zone < zone)
            low = middle + 1;
        else
            high = middle;
    }
    return low < place->use_count && place->uses[low].zone == zone ? place->uses[low].rrset
                                                                   : RZ_EXTRACT_NONE;
}
