/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and removing zones. */
#include "powerdns/powerdns.h"

static void write_zone(struct rz_buffer *out, const struct rz_powerdns *pd,
                       const struct rz_zone *zone)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_buffer_text(out, "{\"name\":");
    rz_json_write(out, rz_str_of(rz_name_text(apex, zone->apex.wire)));
    rz_buffer_printf(out, ",\"kind\":\"%s\",\"nameservers\":[],\"rrsets\":[",
                     rz_powerdns_kinds[pd->options.kind]);
    bool first = true;
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        if (!rz_name_equal(rrset->owner, zone->apex.wire)
            || (rrset->type != RZ_TYPE_SOA && rrset->type != RZ_TYPE_NS))
            continue;
        if (!first)
            rz_buffer_char(out, ',');
        first = false;
        rz_powerdns_write_rrset(out, rrset, NULL, zone->serial, NULL, 0);
    }
    rz_buffer_text(out, "]}");
}

static enum rz_status explain(const struct rz_powerdns *pd, const struct rz_zone *zone,
                              const struct rz_http_response *response, struct rz_diags *diags)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(apex, zone->apex.wire);
    if (response->status == 409) {
        struct rz_diag *diag = rz_diags_add(diags, RZ3307, rz_place_named(pd->base.name),
                                            "the zone %s exists already", apex);
        rz_diag_hint(diags, diag, "plan again: it is then compared instead");
        return RZ_CONFLICT;
    }
    if (response->status >= 500)
        return rz_powerdns_unsure(pd, "the new zone", response, diags);
    if (response->status != 422 && response->status != 400)
        return rz_powerdns_unexpected(pd, "creating a zone", response, diags);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_error_text(&text, rz_buffer_view(&response->body));
    const struct rz_rrset *blamed = rz_powerdns_blamed(rz_buffer_view(&text), zone);
    struct rz_place place = blamed ? rz_zone_place(zone, blamed) : (struct rz_place){0};
    if (!place.name)
        place = rz_place_named(pd->base.name);
    struct rz_diag *diag = rz_diags_add(diags, RZ3307, place, "PowerDNS refuses to create %s: %s",
                                        apex, rz_buffer_view(&text).data);
    rz_diag_hint(diags, diag, "nothing was changed; correct what it names");
    return RZ_REJECTED;
}

enum rz_status rz_powerdns_create(struct rz_provider *provider, const struct rz_zone *zone,
                                  struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    /* Without `rrsets` in the reply it stays short. */
    rz_buffer_printf(&path, "%s/zones?rrsets=false", pd->root);
    write_zone(&body, pd, zone);
    struct rz_http_request request = {
        .method = "POST", .path = path.data, .body = rz_buffer_view(&body)};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 201)
        status = explain(pd, zone, &response, diags);
    rz_buffer_free(&response.body);
    return status;
}

enum rz_status rz_powerdns_delete(struct rz_provider *provider, const uint8_t *apex,
                                  struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    char zone[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, pd, apex, "");
    struct rz_http_request request = {.method = "DELETE", .path = path.data};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && rz_powerdns_is_missing(&response)) {
        status = rz_powerdns_check_server(pd, diags);
        if (status == RZ_OK) {
            rz_diags_add(diags, RZ3308, rz_place_named(pd->base.name), "there is no zone %s",
                         rz_name_text_plain(zone, apex));
            status = RZ_NOT_FOUND;
        }
    } else if (status == RZ_OK && response.status >= 500) {
        status = rz_powerdns_unsure(pd, "the deletion of the zone", &response, diags);
    } else if (status == RZ_OK && (response.status < 200 || response.status > 299)) {
        status = rz_powerdns_unexpected(pd, "deleting a zone", &response, diags);
    }
    rz_buffer_free(&response.body);
    return status;
}
