/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of DNS.services, tokens and .env files from strangers. What is read as a record must be
 * readable again after it was written. */
#include <stdlib.h>

#include "dnsservices/dnsservices.h"
#include "dnsservices/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t apex[] = "\7example\3com";

/* Sends a row and reads what was sent: the same record. */
static void round_trip(const struct rz_dnsservices_row *row, bool full_names)
{
    struct rz_arena arena = {0};
    struct rz_dnsservices_row again;
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    bool full = false, relative = false;
    const char *why;
    rz_dnsservices_row_write(&text, apex, row->owner, row->type, row->ttl, row->wire, row->size,
                             full_names);
    json_t *json = json_loadb(text.data, text.size, 0, NULL);
    if (!json)
        abort();
    json_object_set_new(json, "id", json_string("1"));
    if (rz_dnsservices_row_read(&again, &arena, reader, apex, json, &full, &relative, &why) != RZ_OK
        || !again.wire || again.size != row->size || again.type != row->type
        || memcmp(again.wire, row->wire, row->size) != 0)
        abort();
    json_decref(json);
    rz_rdata_reader_free(reader);
    rz_arena_free(&arena);
}

static void read_zone(const json_t *json)
{
    struct rz_diags diags = {0};
    struct rz_zone live;
    struct rz_dnsservices_zone *zone = calloc(1, sizeof *zone);
    if (!zone)
        abort();
    rz_name_copy(&zone->apex, apex);
    if (rz_dnsservices_zone_read(zone, json, &diags) == RZ_OK) {
        for (size_t i = 0; i < zone->count; i++)
            if (zone->rows[i].wire)
                round_trip(&zone->rows[i], true);
        rz_dnsservices_fill(&live, zone, &diags);
        rz_zone_free(&live);
    }
    rz_dnsservices_zone_free(zone);
    rz_diags_free(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rz_str text = {(const char *)data, size};
    struct rz_arena arena = {0};
    struct rz_diags diags = {0};
    struct rz_env_entry *entries;
    struct rz_jwt jwt;
    size_t count;
    json_t *json = json_loadb(text.data, text.size, 0, NULL);
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    if (json) {
        rz_dnsservices_is_error(&words, json);
        read_zone(json);
        json_decref(json);
    }
    rz_env_read(&entries, &count, &arena, ".env", text, &diags);
    rz_jwt_read(&jwt, text);
    rz_diags_free(&diags);
    rz_arena_free(&arena);
    return 0;
}
