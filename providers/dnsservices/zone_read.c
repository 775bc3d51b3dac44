/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of a zone: `records` is a list, an object keyed by id, or absent. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "dnsservices/dnsservices.h"
#include "support/alloc.h"

#define WARNINGS_MOST 20

struct reading {
    struct rz_dnsservices_zone *zone;
    struct rz_rdata_reader *reader;
    struct rz_diags *diags;
    size_t full, relative, warned;
    char name[RZ_NAME_TEXT_MAX];
};

void rz_dnsservices_zone_free(struct rz_dnsservices_zone *zone)
{
    if (!zone)
        return;
    rz_arena_free(&zone->arena);
    free(zone);
}

static int compare_key(const uint8_t *owner, uint16_t type, const struct rz_dnsservices_row *row)
{
    int order = rz_name_compare(owner, row->owner);
    return order ? order : (int)type - (int)row->type;
}

static int compare_rows(const void *left, const void *right)
{
    const struct rz_dnsservices_row *a = left, *b = right;
    int order = compare_key(a->owner, a->type, b);
    /* By id within an RRset, so that a second look finds the same order. */
    return order ? order
           : strlen(a->id) != strlen(b->id)
               ? (strlen(a->id) > strlen(b->id)) - (strlen(a->id) < strlen(b->id))
               : strcmp(a->id, b->id);
}

static void warn(struct reading *reading, const struct rz_dnsservices_row *row, const char *why)
{
    if (++reading->warned > WARNINGS_MOST)
        return;
    char owner[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_visible(&text, rz_str_of(row->text));
    rz_name_text_relative(owner, row->owner, reading->zone->apex.wire);
    struct rz_diag *diag = rz_diags_add(reading->diags, RZ3513, rz_place_named(reading->name),
                                        "record %s, %s %.*s: %s", row->id, owner,
                                        (int)(text.size < 200 ? text.size : 200), text.data, why);
    rz_diag_hint(reading->diags, diag, "it is kept as it is");
}

/* An id that the record itself lacks may be its key. */
static enum rz_status read_row(struct reading *reading, json_t *json, const char *key)
{
    struct rz_dnsservices_zone *zone = reading->zone;
    struct rz_dnsservices_row *row = &zone->rows[zone->count];
    bool full = false, relative = false;
    const char *why;
    if (key && json_is_object(json) && !json_object_get(json, "id"))
        json_object_set_new(json, "id", json_string(key));
    enum rz_status status = rz_dnsservices_row_read(row, &zone->arena, reading->reader,
                                                    zone->apex.wire, json, &full, &relative, &why);
    if (status != RZ_OK)
        return status;
    reading->full += full;
    reading->relative += relative;
    zone->count++;
    zone->foreign += !row->wire;
    if (why)
        warn(reading, row, why);
    return RZ_OK;
}

static enum rz_status read_rows(struct reading *reading, const json_t *records)
{
    enum rz_status status = RZ_OK;
    json_t *item,
        *object = (json_t *)(uintptr_t)records; /* jansson walks objects through non-const */
    const char *key;
    size_t index;
    if (json_is_object(records)) {
        json_object_foreach(object, key, item) if (status == RZ_OK)
            status = read_row(reading, item, key);
    } else {
        json_array_foreach(records, index, item) if (status == RZ_OK)
            status = read_row(reading, item, NULL);
    }
    return status;
}

enum rz_status rz_dnsservices_zone_read(struct rz_dnsservices_zone *zone, const json_t *json,
                                        struct rz_diags *diags)
{
    const json_t *records = json_object_get(json, "records");
    size_t count = json_is_object(records) ? json_object_size(records) : json_array_size(records);
    if (!json_is_object(json)
        || (records && !json_is_object(records) && !json_is_array(records)
            && !json_is_null(records)))
        return RZ_INVALID;
    struct reading reading = {.zone = zone, .diags = diags};
    rz_name_text_plain(reading.name, zone->apex.wire);
    zone->rows = rz_arena_zero(&zone->arena, (count + 1) * sizeof *zone->rows);
    zone->count = zone->foreign = 0;
    reading.reader = rz_rdata_reader_new();
    enum rz_status status = records ? read_rows(&reading, records) : RZ_OK;
    rz_rdata_reader_free(reading.reader);
    if (reading.warned > WARNINGS_MOST)
        rz_diags_add(diags, RZ3513, rz_place_named(reading.name), "and %zu more",
                     reading.warned - WARNINGS_MOST);
    zone->full_names = reading.full > 0;
    if (zone->count)
        qsort(zone->rows, zone->count, sizeof *zone->rows, compare_rows);
    return status;
}

size_t rz_dnsservices_zone_find(const struct rz_dnsservices_zone *zone, const uint8_t *owner,
                                uint16_t type, size_t *count)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_key(owner, type, &zone->rows[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < zone->count && compare_key(owner, type, &zone->rows[low + *count]) == 0)
        ++*count;
    return low;
}

enum rz_status rz_dnsservices_fill(struct rz_zone *zone, const struct rz_dnsservices_zone *read,
                                   struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    rz_zone_init(zone, read->apex.wire);
    for (size_t i = 0; i < read->count && status == RZ_OK; i++) {
        const struct rz_dnsservices_row *row = &read->rows[i];
        if (row->wire)
            status = rz_zone_add(zone, row->owner, row->type, row->ttl,
                                 (struct rz_rdata){row->wire, row->size},
                                 (struct rz_record_origin){0});
    }
    return status == RZ_OK ? rz_zone_finish(zone, RZ_ZONE_LIVE, diags) : status;
}
