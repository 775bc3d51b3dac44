/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones of the account: where each is, reading one, making and removing. */
#include <stdlib.h>

#include "dnsservices/dnsservices.h"
#include "support/alloc.h"
#include "support/json_write.h"

static struct rz_str key_of(const uint8_t *apex)
{
    return (struct rz_str){(const char *)apex, rz_name_size(apex)};
}

void rz_dnsservices_forget(struct rz_dnsservices *ds)
{
    while (ds->places) {
        struct rz_dnsservices_place *place = ds->places;
        ds->places = place->next;
        rz_dnsservices_zone_free(place->read);
        free(place);
    }
    rz_map_free(&ds->by_apex);
    ds->by_apex = (struct rz_map){0};
    json_decref(ds->services);
    ds->services = NULL;
    ds->listed = false;
}

/* One element of `zones`. A name that is no domain name is left out: there is nothing to do with it. */
static bool take_zone(struct rz_dnsservices *ds, const json_t *item)
{
    struct rz_dnsservices_place found = {0};
    const char *why;
    const json_t *name = json_object_get(item, "name");
    const json_t *id = json_object_get(item, "domain_id");
    if (!json_is_string(name) || !rz_dnsservices_id(found.id, id ? id : json_object_get(item, "id"))
        || !rz_dnsservices_id(found.service, json_object_get(item, "service_id")))
        return false;
    struct rz_str text = {json_string_value(name), json_string_length(name)};
    if (rz_name_parse(&found.apex, text, NULL, &why) != RZ_OK
        || rz_map_get(&ds->by_apex, key_of(found.apex.wire)))
        return true;
    struct rz_dnsservices_place *place = rz_alloc(sizeof *place);
    *place = found;
    place->next = ds->places;
    ds->places = place;
    rz_map_set(&ds->by_apex, key_of(place->apex.wire), place);
    return true;
}

static bool take_list(struct rz_dnsservices *ds, const json_t *json)
{
    json_t *item, *zones = json_object_get(json, "zones"), *services;
    size_t index;
    if (!json_is_object(json) || (zones && !json_is_array(zones) && !json_is_null(zones)))
        return false;
    json_array_foreach(zones, index, item) if (!take_zone(ds, item)) return false;
    services = json_object_get(json, "service_ids");
    ds->services = json_is_array(services) ? json_incref(services) : json_array();
    return true;
}

/* Under ds->lock. */
static enum rz_status list_places(struct rz_dnsservices *ds, struct rz_diags *diags)
{
    struct rz_dnsservices_reply reply;
    if (ds->listed)
        return RZ_OK;
    enum rz_status status = rz_dnsservices_get(ds, "/dns", ds->settings.cache, &reply, diags);
    if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
        status = rz_dnsservices_refused(ds, RZ3509, RZ_REJECTED, "listing the zones", &reply,
                                        diags);
    if (status == RZ_OK) {
        rz_dnsservices_forget(ds);
        if (take_list(ds, reply.json))
            ds->listed = true;
        else
            status = rz_dnsservices_malformed(ds, "the reply is no list of zones", diags);
    }
    rz_dnsservices_reply_free(&reply);
    return status;
}

enum rz_status rz_dnsservices_list(struct rz_provider *provider, struct rz_name_list *zones,
                                   struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    pthread_mutex_lock(&ds->lock);
    ds->listed = false;
    enum rz_status status = list_places(ds, diags);
    for (struct rz_dnsservices_place *place = ds->places; status == RZ_OK && place;
         place = place->next) {
        zones->items = rz_grow(zones->items, &zones->capacity, zones->count + 1,
                               sizeof *zones->items);
        zones->items[zones->count++] = place->apex;
    }
    pthread_mutex_unlock(&ds->lock);
    return status;
}

/* "/service/10/dns/60" + suffix; false where the account has no such zone. */
static enum rz_status path_of(struct rz_dnsservices *ds, const uint8_t *apex,
                              struct rz_buffer *path, struct rz_dnsservices_zone *zone,
                              struct rz_diags *diags)
{
    pthread_mutex_lock(&ds->lock);
    enum rz_status status = list_places(ds, diags);
    const struct rz_dnsservices_place *place = status == RZ_OK
                                                   ? rz_map_get(&ds->by_apex, key_of(apex))
                                                   : NULL;
    if (place) {
        rz_buffer_printf(path, "/service/%s/dns/%s", place->service, place->id);
        if (zone) {
            memcpy(zone->service, place->service, sizeof zone->service);
            memcpy(zone->id, place->id, sizeof zone->id);
        }
    } else if (status == RZ_OK) {
        status = RZ_NOT_FOUND;
    }
    pthread_mutex_unlock(&ds->lock);
    return status;
}

/* The list is asked for again where a zone is not on it: somebody may have made it since. */
static enum rz_status find_path(struct rz_dnsservices *ds, const uint8_t *apex,
                                struct rz_buffer *path, struct rz_dnsservices_zone *zone,
                                struct rz_diags *diags)
{
    pthread_mutex_lock(&ds->lock);
    bool listed = ds->listed;
    pthread_mutex_unlock(&ds->lock);
    enum rz_status status = path_of(ds, apex, path, zone, diags);
    if (status != RZ_NOT_FOUND || !listed)
        return status;
    pthread_mutex_lock(&ds->lock);
    ds->listed = false;
    pthread_mutex_unlock(&ds->lock);
    return path_of(ds, apex, path, zone, diags);
}

static void drop_place(struct rz_dnsservices *ds)
{
    pthread_mutex_lock(&ds->lock);
    ds->listed = false;
    pthread_mutex_unlock(&ds->lock);
}

/* Whether the name in the reply is the zone's: another zone's records must never be taken for them. */
static bool is_of(const json_t *json, const uint8_t *apex)
{
    struct rz_name name;
    const char *why;
    const json_t *text = json_object_get(json, "name");
    return !text
           || (json_is_string(text)
               && rz_name_parse(&name,
                                (struct rz_str){json_string_value(text), json_string_length(text)},
                                NULL, &why)
                      == RZ_OK
               && rz_name_equal(name.wire, apex));
}

static enum rz_status parse_zone(struct rz_dnsservices *ds, const json_t *json,
                                 struct rz_dnsservices_zone *zone, struct rz_diags *diags)
{
    struct rz_zone live;
    if (!is_of(json, zone->apex.wire) || rz_dnsservices_zone_read(zone, json, diags) != RZ_OK)
        return rz_dnsservices_malformed(ds, "the reply is not the records of the zone", diags);
    if (ds->settings.names != RZ_DNSSERVICES_NAMES_AUTO)
        zone->full_names = ds->settings.names == RZ_DNSSERVICES_NAMES_FULL;
    enum rz_status status = rz_dnsservices_fill(&live, zone, diags);
    zone->fingerprint = live.fingerprint;
    rz_zone_free(&live);
    return status;
}

enum rz_status rz_dnsservices_read(struct rz_dnsservices *ds, const uint8_t *apex,
                                   struct rz_dnsservices_zone **out, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply = {0};
    struct rz_dnsservices_zone *zone = rz_alloc_zero(1, sizeof *zone);
    rz_name_copy(&zone->apex, apex);
    *out = NULL;
    enum rz_status status = find_path(ds, apex, &path, zone, diags);
    bool known = status == RZ_OK;
    if (status == RZ_OK)
        status = rz_dnsservices_get(ds, path.data, ds->settings.cache, &reply, diags);
    if (status == RZ_OK)
        status = parse_zone(ds, reply.json, zone, diags);
    else if (status == RZ_REJECTED)
        status = rz_dnsservices_refused(ds, RZ3509, RZ_REJECTED, "reading a zone", &reply, diags);
    else if (status == RZ_NOT_FOUND && known)
        drop_place(ds); /* it was on the list and is gone */
    rz_dnsservices_reply_free(&reply);
    if (status == RZ_OK) {
        *out = zone;
        return RZ_OK;
    }
    rz_dnsservices_zone_free(zone);
    return status == RZ_NOT_FOUND ? RZ_OK : status;
}

struct rz_dnsservices_zone *rz_dnsservices_take(struct rz_dnsservices *ds, const uint8_t *apex)
{
    struct rz_dnsservices_zone *zone = NULL;
    pthread_mutex_lock(&ds->lock);
    struct rz_dnsservices_place *place = rz_map_get(&ds->by_apex, key_of(apex));
    if (place) {
        zone = place->read;
        place->read = NULL;
    }
    pthread_mutex_unlock(&ds->lock);
    return zone;
}

/* Keeps `zone`, and says once what of it rezone leaves alone. */
static void remember(struct rz_dnsservices *ds, struct rz_dnsservices_zone *zone,
                     struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    bool tell = false;
    size_t foreign = zone->foreign;
    rz_name_text_plain(name, zone->apex.wire);
    pthread_mutex_lock(&ds->lock);
    struct rz_dnsservices_place *place = rz_map_get(&ds->by_apex, key_of(zone->apex.wire));
    if (place) {
        rz_dnsservices_zone_free(place->read);
        place->read = zone;
        tell = foreign > 0 && !place->told_foreign;
        place->told_foreign = true;
    } else {
        rz_dnsservices_zone_free(zone);
    }
    pthread_mutex_unlock(&ds->lock);
    if (!tell)
        return;
    struct rz_diag *diag = rz_diags_add(diags, RZ3512, rz_place_named(name),
                                        "records of the zone that rezone does not hold: %zu",
                                        foreign);
    rz_diag_hint(diags, diag, "kept as they are; `rezone record list` shows them");
}

enum rz_status rz_dnsservices_fetch(struct rz_provider *provider, const uint8_t *apex,
                                    struct rz_zone *zone, struct rz_revision *revision,
                                    struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_dnsservices_zone *read;
    *revision = (struct rz_revision){0};
    enum rz_status status = rz_dnsservices_read(ds, apex, &read, diags);
    if (status != RZ_OK || !read) {
        rz_zone_init(zone, apex);
        return status == RZ_OK ? rz_zone_finish(zone, RZ_ZONE_LIVE, diags) : status;
    }
    status = rz_dnsservices_fill(zone, read, diags);
    if (status != RZ_OK) {
        rz_dnsservices_zone_free(read);
        return status;
    }
    *revision = (struct rz_revision){.exists = true,
                                     .has_serial = zone->has_soa,
                                     .serial = zone->serial,
                                     .digest = zone->fingerprint};
    remember(ds, read, diags);
    return RZ_OK;
}

void rz_dnsservices_visit_foreign(struct rz_provider *provider, const uint8_t *apex,
                                  void (*visit)(void *user, const uint8_t *owner, uint32_t ttl,
                                                const char *text),
                                  void *user)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    pthread_mutex_lock(&ds->lock);
    const struct rz_dnsservices_place *place = rz_map_get(&ds->by_apex, key_of(apex));
    for (size_t i = 0; place && place->read && i < place->read->count; i++) {
        const struct rz_dnsservices_row *row = &place->read->rows[i];
        if (!row->wire)
            visit(user, row->owner, row->ttl, row->text);
    }
    pthread_mutex_unlock(&ds->lock);
}

/* The service that a new zone goes to. */
static enum rz_status pick_service(struct rz_dnsservices *ds, char id[RZ_DNSSERVICES_ID_MAX],
                                   struct rz_diags *diags)
{
    if (ds->settings.service) {
        snprintf(id, RZ_DNSSERVICES_ID_MAX, "%s", ds->settings.service);
        return RZ_OK;
    }
    pthread_mutex_lock(&ds->lock);
    enum rz_status status = list_places(ds, diags);
    size_t count = json_array_size(ds->services);
    bool one = count == 1 && rz_dnsservices_id(id, json_array_get(ds->services, 0));
    pthread_mutex_unlock(&ds->lock);
    if (status != RZ_OK || one)
        return status;
    struct rz_diag *diag = rz_diags_add(diags, RZ3517, rz_place_named(ds->base.name),
                                        "the account has %zu hosting services", count);
    rz_diag_hint(diags, diag, "name the one for new zones with `service:`");
    return RZ_INVALID;
}

enum rz_status rz_dnsservices_create(struct rz_provider *provider, const struct rz_zone *zone,
                                     struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    char name[RZ_NAME_TEXT_MAX], service[RZ_DNSSERVICES_ID_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    enum rz_status status = pick_service(ds, service, diags);
    if (status != RZ_OK)
        return status;
    rz_buffer_printf(&path, "/service/%s/dns", service);
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "name", rz_name_text_plain(name, zone->apex.wire));
    rz_buffer_char(&body, '}');
    status = rz_dnsservices_call(ds, "POST", path.data, rz_buffer_view(&body), &reply, diags);
    drop_place(ds);
    if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
        status = rz_dnsservices_refused(ds, RZ3517, RZ_REJECTED, "creating the zone", &reply,
                                        diags);
    rz_dnsservices_reply_free(&reply);
    if (status != RZ_OK && status != RZ_UNKNOWN)
        return status;
    rz_buffer_reset(&path);
    enum rz_status found = path_of(ds, zone->apex.wire, &path, NULL, diags);
    if (found != RZ_NOT_FOUND)
        return found; /* there, whatever the reply was */
    rz_diags_add(diags, RZ3517, rz_place_named(ds->base.name),
                 "the service answers that %s was created, and it is not there", name);
    return RZ_REJECTED;
}

/* Deleting the zone would take records along that no journal could bring back. */
static enum rz_status check_foreign(struct rz_dnsservices *ds, const uint8_t *apex,
                                    struct rz_diags *diags)
{
    struct rz_dnsservices_zone *zone;
    char name[RZ_NAME_TEXT_MAX];
    enum rz_status status = rz_dnsservices_read(ds, apex, &zone, diags);
    if (status != RZ_OK || !zone)
        return status == RZ_OK ? RZ_NOT_FOUND : status;
    if (zone->foreign) {
        struct rz_diag *diag = rz_diags_add(diags, RZ3517, rz_place_named(ds->base.name),
                                            "%s has %zu records that rezone could not bring back",
                                            rz_name_text_plain(name, apex), zone->foreign);
        rz_diag_hint(diags, diag, "remove URL, FRAME, MXE and unknown records in the panel first");
        status = RZ_REJECTED;
    }
    rz_dnsservices_zone_free(zone);
    return status;
}

enum rz_status rz_dnsservices_delete(struct rz_provider *provider, const uint8_t *apex,
                                     struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply = {0};
    enum rz_status status = check_foreign(ds, apex, diags);
    if (status == RZ_OK)
        status = path_of(ds, apex, &path, NULL, diags);
    if (status == RZ_OK) {
        status = rz_dnsservices_call(ds, "DELETE", path.data, (struct rz_str){0}, &reply, diags);
        drop_place(ds);
        if (status == RZ_REJECTED)
            status = rz_dnsservices_refused(ds, RZ3517, status, "deleting the zone", &reply, diags);
    }
    if (status == RZ_NOT_FOUND)
        rz_diags_add(diags, RZ3517, rz_place_named(ds->base.name), "the zone is not there");
    rz_dnsservices_reply_free(&reply);
    return status;
}
