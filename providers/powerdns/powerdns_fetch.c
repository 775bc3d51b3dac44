/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading from the server: zones, what is said of them, and which there are. */
#include <stdlib.h>

#include "powerdns/powerdns.h"
#include "support/alloc.h"

/* Sends a GET of the zone whose reply `reader` takes. */
static enum rz_status get(struct rz_powerdns *pd, const uint8_t *apex, const char *query,
                          struct rz_powerdns_reader *reader, bool *exists,
                          struct rz_powerdns_head *head, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, query ? query : "");
    struct rz_http_request request = {.method = "GET",
                                      .path = path.data,
                                      .user = reader,
                                      .receive = rz_powerdns_reader_feed,
                                      .restart = rz_powerdns_reader_restart};
    struct rz_http_response response;
    *exists = false;
    *head = (struct rz_powerdns_head){0};
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status == 200) {
        *exists = true;
        status = rz_powerdns_reader_end(reader, head);
    } else if (status == RZ_OK && rz_powerdns_is_missing(&response)) {
        status = rz_powerdns_check_server(pd, diags);
    } else if (status == RZ_OK) {
        status = rz_powerdns_unexpected(pd, "reading a zone", &response, diags);
    }
    if (*exists)
        atomic_store(&pd->seen, true);
    rz_buffer_free(&response.body);
    return status;
}

enum rz_status rz_powerdns_head(struct rz_powerdns *pd, const uint8_t *apex, bool *exists,
                                struct rz_powerdns_head *head, struct rz_diags *diags)
{
    struct rz_powerdns_reader *reader = rz_powerdns_reader_new(NULL, pd->base.name, diags);
    enum rz_status status = get(pd, apex, "?rrsets=false", reader, exists, head, diags);
    rz_powerdns_reader_free(reader);
    return status;
}

static void note_disabled(const struct rz_powerdns *pd, const struct rz_powerdns_disabled *items,
                          size_t count, const uint8_t *apex, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    if (count == 0)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer list = {0};
    for (size_t i = 0; i < count && i < 5; i++)
        rz_buffer_printf(&list, "%s%s %s", i ? ", " : "",
                         rz_name_text_relative(owner, items[i].owner.wire, apex),
                         rz_rtype_text(type, items[i].type));
    struct rz_diag *diag = rz_diags_add(diags, RZ3309, rz_place_named(pd->base.name),
                                        "%s has %zu disabled record%s: %s%s",
                                        rz_name_text_plain(zone, apex), count,
                                        count == 1 ? "" : "s", list.data, count > 5 ? ", …" : "");
    rz_diag_hint(diags, diag, "they are not served, not compared, and stay as they are");
}

enum rz_status rz_powerdns_read(struct rz_powerdns *pd, const uint8_t *apex, const char *query,
                                struct rz_zone *zone, bool *exists, struct rz_powerdns_head *head,
                                struct rz_diags *diags)
{
    struct rz_powerdns_reader *reader = rz_powerdns_reader_new(zone, pd->base.name, diags);
    enum rz_status status = get(pd, apex, query, reader, exists, head, diags);
    if (status == RZ_OK && *exists && !query) {
        size_t count;
        const struct rz_powerdns_disabled *items = rz_powerdns_reader_disabled(reader, &count);
        note_disabled(pd, items, count, apex, diags);
        rz_powerdns_remember(pd, apex, head->serial, items, count);
    }
    rz_powerdns_reader_free(reader);
    return status;
}

enum rz_status rz_powerdns_fetch(struct rz_provider *provider, const uint8_t *apex,
                                 struct rz_zone *zone, struct rz_revision *revision,
                                 struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    struct rz_powerdns_head head;
    rz_zone_init(zone, apex);
    *revision = (struct rz_revision){0};
    bool exists;
    enum rz_status status = rz_powerdns_read(pd, apex, NULL, zone, &exists, &head, diags);
    if (status == RZ_OK && exists && head.is_signed)
        status = rz_powerdns_read_signing(pd, zone, &head, diags);
    if (status == RZ_OK)
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    if (status == RZ_OK)
        *revision = (struct rz_revision){
            .exists = exists, .has_serial = exists && head.has_serial, .serial = head.serial};
    return status;
}

enum rz_status rz_powerdns_probe(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_revision *revision, bool *same,
                                 struct rz_diags *diags)
{
    struct rz_powerdns_head head;
    bool exists;
    enum rz_status status = rz_powerdns_head((struct rz_powerdns *)provider, apex, &exists, &head,
                                             diags);
    *same = status == RZ_OK && exists && revision->exists && head.has_serial && revision->has_serial
            && head.serial == revision->serial;
    return status;
}

/* Names out of [{"name": "example.com.", …}, …]. */
struct lister {
    struct rz_json json;
    struct rz_name_list *zones;
    unsigned depth;
    bool is_list, is_name;
    const char *why;
};

static bool take_name(struct lister *lister, struct rz_str text)
{
    struct rz_name_list *zones = lister->zones;
    struct rz_name name;
    if (rz_name_parse(&name, text, NULL, &lister->why) != RZ_OK)
        return false;
    zones->items = rz_grow(zones->items, &zones->capacity, zones->count + 1, sizeof *zones->items);
    zones->items[zones->count++] = name;
    return true;
}

static bool take_listed(void *user, enum rz_json_event event, struct rz_str text)
{
    struct lister *lister = user;
    if (event == RZ_JSON_OBJECT || event == RZ_JSON_LIST) {
        if (lister->depth++ == 0)
            lister->is_list = event == RZ_JSON_LIST;
    } else if (event == RZ_JSON_OBJECT_END || event == RZ_JSON_LIST_END) {
        lister->depth--;
    } else if (event == RZ_JSON_KEY) {
        lister->is_name = lister->depth == 2 && rz_str_is(text, "name");
    } else if (event == RZ_JSON_STRING && lister->is_name && lister->depth == 2) {
        lister->is_name = false;
        return take_name(lister, text);
    }
    return true;
}

static bool feed_lister(void *user, const char *data, size_t size)
{
    struct lister *lister = user;
    return rz_json_feed(&lister->json, data, size);
}

static void restart_lister(void *user)
{
    struct lister *lister = user;
    rz_json_restart(&lister->json);
    lister->zones->count = 0;
    lister->depth = 0;
    lister->why = NULL;
    lister->is_list = lister->is_name = false;
}

static enum rz_status end_lister(struct lister *lister, const char *server, struct rz_diags *diags)
{
    if (!lister->why && rz_json_end(&lister->json) && lister->is_list)
        return RZ_OK;
    const char *why = lister->why          ? lister->why
                      : lister->json.error ? lister->json.error
                                           : "it is no list";
    struct rz_diag *diag = rz_diags_add(diags, RZ3304, rz_place_named(server),
                                        "the reply is no list of zones: %s", why);
    rz_diag_hint(diags, diag,
                 "check that `url` names the API of a PowerDNS Authoritative server 4.x");
    return RZ_NETWORK;
}

enum rz_status rz_powerdns_list(struct rz_provider *provider, struct rz_name_list *zones,
                                struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_buffer_printf(&path, "%s/zones?dnssec=false",
                     pd->root); /* spares the server a look-up each */
    struct rz_name_list found = {0};
    struct lister lister = {.zones = &found};
    lister.json = (struct rz_json){.event = take_listed, .user = &lister};
    struct rz_http_request request = {.method = "GET",
                                      .path = path.data,
                                      .user = &lister,
                                      .receive = feed_lister,
                                      .restart = restart_lister};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 200)
        status = rz_powerdns_unexpected(pd, "listing zones", &response, diags);
    else if (status == RZ_OK)
        status = end_lister(&lister, pd->base.name, diags);
    for (size_t i = 0; status == RZ_OK && i < found.count; i++) {
        zones->items = rz_grow(zones->items, &zones->capacity, zones->count + 1,
                               sizeof *zones->items);
        zones->items[zones->count++] = found.items[i];
    }
    free(found.items);
    rz_json_free(&lister.json);
    rz_buffer_free(&response.body);
    return status;
}
