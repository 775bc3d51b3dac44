/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registrations of the account: lists, one of them, what is free, nameservers at the parent. */
#include "dnsservices/registrations.h"

#include <stdlib.h>
#include <strings.h>

#include "support/alloc.h"
#include "support/json_write.h"

size_t rz_dnsservices_elements(const json_t *json, const char *const *names, json_t ***items)
{
    const char *key;
    json_t *value,
        *holder = (json_t *)(uintptr_t)json; /* jansson walks objects through non-const */
    size_t count = 0, index;
    for (; json_is_object(json) && *names; names++)
        if (json_object_get(json, *names)) {
            holder = json_object_get(json, *names);
            break;
        }
    *items = rz_alloc_zero(json_array_size(holder) + json_object_size(holder) + 1, sizeof **items);
    json_array_foreach(holder, index, value)(*items)[count++] = value;
    if (json_is_object(holder) && holder != json)
        json_object_foreach(holder, key, value)(*items)[count++] = value;
    return count;
}

const char *rz_dnsservices_text(struct rz_arena *arena, const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    if (json_is_string(value))
        return rz_arena_strdup(arena, json_string_value(value));
    if (json_is_integer(value))
        return rz_arena_printf(arena, "%lld", (long long)json_integer_value(value));
    return json_is_real(value) ? rz_arena_printf(arena, "%.2f", json_real_value(value)) : "";
}

static bool is_yes(const json_t *value)
{
    int64_t number;
    const char *text = json_string_value(value);
    if (rz_dnsservices_number(&number, value))
        return number != 0;
    return json_is_true(value)
           || (text
               && (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0
                   || strcasecmp(text, "on") == 0));
}

enum rz_status rz_dnsservices_ask(struct rz_dnsservices *ds, const char *method, const char *path,
                                  struct rz_str body, const char *what,
                                  struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    bool reads = strcmp(method, "GET") == 0;
    enum rz_status status = reads ? rz_dnsservices_get(ds, path, ds->settings.cache_domains, reply,
                                                       diags)
                                  : rz_dnsservices_call(ds, method, path, body, reply, diags);
    if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
        return rz_dnsservices_refused(ds, status == RZ_NOT_FOUND ? RZ3518 : RZ3509, status, what,
                                      reply, diags);
    return status;
}

static void read_nameservers(struct rz_domain_list *list, struct rz_domain *domain,
                             const json_t *json)
{
    static const char *const names[] = {"nameservers", "ns", NULL};
    json_t **items;
    size_t count = rz_dnsservices_elements(json, names, &items);
    domain->nameservers.count = 0;
    const char **texts = rz_arena_alloc(&list->arena, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(
            json_is_object(items[i]) ? json_object_get(items[i], "name") : items[i]);
        if (text && *text)
            texts[domain->nameservers.count++] = rz_arena_strdup(&list->arena, text);
    }
    domain->nameservers.items = texts;
    free(items);
}

/* Days from today to YYYY-MM-DD; false for what is no date. */
static bool days_until(const struct rz_dnsservices *ds, const char *date, int64_t *days)
{
    int year, month, day;
    if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3 || year < 1970 || month < 1
        || month > 12)
        return false;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    int64_t now = ds->context->now(ds->context->user);
    *days = (int64_t)timegm(&tm) / 86400 - now / 86400;
    return true;
}

static bool read_domain(struct rz_dnsservices *ds, struct rz_domain_list *list, const json_t *json)
{
    char id[RZ_DNSSERVICES_ID_MAX];
    if (!rz_dnsservices_id(id, json_object_get(json, "id"))
        || !json_is_string(json_object_get(json, "name")))
        return false;
    list->items = rz_grow(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    struct rz_domain *domain = &list->items[list->count++];
    *domain = (struct rz_domain){.id = rz_arena_strdup(&list->arena, id)};
    domain->name = rz_dnsservices_text(&list->arena, json, "name");
    domain->status = rz_dnsservices_text(&list->arena, json, "status");
    domain->created = rz_dnsservices_text(&list->arena, json, "date_created");
    domain->expires = rz_dnsservices_text(&list->arena, json, "expires");
    domain->price = rz_dnsservices_text(&list->arena, json, "recurring_amount");
    domain->has_days = rz_dnsservices_number(&domain->days_left,
                                             json_object_get(json, "daytoexpire"))
                       || days_until(ds, domain->expires, &domain->days_left);
    domain->has_autorenew = json_object_get(json, "autorenew") != NULL;
    domain->autorenew = is_yes(json_object_get(json, "autorenew"));
    if (json_object_get(json, "nameservers"))
        read_nameservers(list, domain, json);
    return true;
}

static enum rz_status read_domains(struct rz_dnsservices *ds, struct rz_domain_list *list,
                                   const json_t *json, const char *const *names,
                                   struct rz_diags *diags)
{
    json_t **items;
    bool good = json_is_object(json) || json_is_array(json);
    size_t count = rz_dnsservices_elements(json, names, &items);
    for (size_t i = 0; i < count && good; i++)
        good = read_domain(ds, list, items[i]);
    free(items);
    return good ? RZ_OK : rz_dnsservices_malformed(ds, "the reply is no list of domains", diags);
}

static enum rz_status list_domains(struct rz_provider *provider, struct rz_domain_list *list,
                                   struct rz_diags *diags)
{
    static const char *const names[] = {"domains", NULL};
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_dnsservices_reply reply;
    enum rz_status status = rz_dnsservices_ask(ds, "GET", "/domain", (struct rz_str){0},
                                               "listing the domains", &reply, diags);
    if (status == RZ_OK)
        status = read_domains(ds, list, reply.json, names, diags);
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* A name for a URL: what the name parser lets through, lower case, in plain characters. */
static enum rz_status plain_name(const struct rz_dnsservices *ds, const char *name,
                                 char text[RZ_NAME_TEXT_MAX], struct rz_diags *diags)
{
    struct rz_name parsed;
    const char *why = "it has characters that no registered name has";
    bool good = rz_name_parse(&parsed, rz_str_of(name), NULL, &why) == RZ_OK && *parsed.wire;
    if (good) {
        rz_name_text_plain(text, parsed.wire);
        good = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(text);
        why = good ? why : "it has characters that no registered name has";
    }
    if (good)
        return RZ_OK;
    rz_diags_add(diags, RZ3518, rz_place_named(ds->base.name), "not the name of a domain: %s", why);
    return RZ_INVALID;
}

/* Some replies have no nameservers in the details: there is a call for them alone. */
static enum rz_status complete(struct rz_dnsservices *ds, struct rz_domain_list *list,
                               struct rz_diags *diags)
{
    struct rz_domain *domain = &list->items[0];
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply = {0};
    if (domain->nameservers.count)
        return RZ_OK;
    rz_buffer_printf(&path, "/domain/%s/ns", domain->id);
    enum rz_status status = rz_dnsservices_ask(ds, "GET", path.data, (struct rz_str){0},
                                               domain->name, &reply, diags);
    if (status == RZ_OK)
        read_nameservers(list, domain, reply.json);
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* The registration that counts is moved to the front. */
static bool pick_active(struct rz_domain_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i].status, "active") == 0) {
            struct rz_domain active = list->items[i];
            list->items[i] = list->items[0];
            list->items[0] = active;
            list->count = 1;
            return true;
        }
    return list->count == 1;
}

static enum rz_status get_domain(struct rz_provider *provider, const char *name,
                                 struct rz_domain_list *list, struct rz_diags *diags)
{
    static const char *const names[] = {"details", NULL};
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    char text[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_dnsservices_reply reply = {0};
    enum rz_status status = plain_name(ds, name, text, diags);
    if (status != RZ_OK)
        return status;
    rz_buffer_printf(&path, "/domain/name/%s", text);
    status = rz_dnsservices_ask(ds, "GET", path.data, (struct rz_str){0}, text, &reply, diags);
    if (status == RZ_OK && json_is_object(json_object_get(reply.json, "details")))
        status = read_domain(ds, list, json_object_get(reply.json, "details"))
                     ? RZ_OK
                     : rz_dnsservices_malformed(ds, "the reply is no domain", diags);
    else if (status == RZ_OK)
        status = read_domains(ds, list, reply.json, names, diags);
    if (status == RZ_OK && !pick_active(list)) {
        rz_diags_add(diags, RZ3518, rz_place_named(ds->base.name),
                     "%s: no registration of it is active", text);
        status = RZ_NOT_FOUND;
    }
    rz_dnsservices_reply_free(&reply);
    return status == RZ_OK ? complete(ds, list, diags) : status;
}

/* ---- what can be had */

static struct rz_domain_offer *add_offer(struct rz_domain_offers *offers, const char *name)
{
    offers->items = rz_grow(offers->items, &offers->capacity, offers->count + 1,
                            sizeof *offers->items);
    struct rz_domain_offer *offer = &offers->items[offers->count++];
    *offer = (struct rz_domain_offer){.name = rz_arena_strdup(&offers->arena, name)};
    return offer;
}

static void read_prices(struct rz_domain_offers *offers, struct rz_domain_offer *offer,
                        const json_t *json)
{
    static const char *const names[] = {"periods", NULL};
    json_t **items, *periods = json_object_get(json, "periods");
    size_t count = periods ? rz_dnsservices_elements(json, names, &items) : 0;
    const json_t *first = count ? items[0] : NULL;
    offer->period = rz_dnsservices_text(&offers->arena, first, "period");
    offer->price = rz_dnsservices_text(&offers->arena, first, "register");
    offer->transfer = rz_dnsservices_text(&offers->arena, first, "transfer");
    offer->renew = rz_dnsservices_text(&offers->arena, first, "renew");
    if (periods)
        free(items);
}

/* `available`, or `status: ok` in older replies; nothing at all where the name is taken. */
static enum rz_status check_domain(struct rz_provider *provider, const char *name,
                                   struct rz_domain_offers *offers, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    char text[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply = {0};
    enum rz_status status = plain_name(ds, name, text, diags);
    if (status != RZ_OK)
        return status;
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "name", text);
    rz_buffer_char(&body, '}');
    status = rz_dnsservices_ask(ds, "POST", "/domain/lookup", rz_buffer_view(&body), text, &reply,
                                diags);
    if (status == RZ_OK) {
        struct rz_domain_offer *offer = add_offer(offers, text);
        const char *word = json_string_value(json_object_get(reply.json, "status"));
        offer->available = is_yes(json_object_get(reply.json, "available"))
                           || (word && strcasecmp(word, "ok") == 0);
        offer->premium = is_yes(json_object_get(reply.json, "premium"));
        read_prices(offers, offer, reply.json);
    }
    rz_dnsservices_reply_free(&reply);
    return status == RZ_UNKNOWN ? RZ_NETWORK : status; /* a question changes nothing */
}

static enum rz_status list_tlds(struct rz_provider *provider, struct rz_domain_offers *offers,
                                struct rz_diags *diags)
{
    static const char *const names[] = {"tlds", NULL};
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_dnsservices_reply reply;
    enum rz_status status = rz_dnsservices_ask(ds, "GET", "/domain/order", (struct rz_str){0},
                                               "listing the TLDs", &reply, diags);
    if (status == RZ_OK) {
        json_t **items;
        size_t count = rz_dnsservices_elements(reply.json, names, &items);
        for (size_t i = 0; i < count; i++) {
            const char *tld = json_string_value(json_object_get(items[i], "tld"));
            if (!tld)
                continue;
            struct rz_domain_offer *offer = add_offer(offers, tld);
            offer->available = true;
            read_prices(offers, offer, items[i]);
        }
        free(items);
    }
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* ---- nameservers */

static enum rz_status set_nameservers(struct rz_provider *provider, const struct rz_domain *domain,
                                      const struct rz_strings *names, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_printf(&path, "/domain/%s/ns", domain->id);
    rz_buffer_text(&body, "{\"nameservers\":[");
    for (size_t i = 0; i < names->count; i++) {
        rz_json_comma(&body);
        rz_json_string(&body, rz_str_of(names->items[i]));
    }
    rz_buffer_text(&body, "]}");
    enum rz_status status = rz_dnsservices_ask(ds, "PUT", path.data, rz_buffer_view(&body),
                                               "setting the nameservers", &reply, diags);
    rz_dnsservices_reply_free(&reply);
    return status;
}

static enum rz_status register_host(struct rz_provider *provider, const struct rz_domain *domain,
                                    const char *host, const char *address, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_printf(&path, "/domain/%s/reg", domain->id);
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "address", address);
    rz_json_text(&body, "name", host);
    rz_buffer_char(&body, '}');
    enum rz_status status = rz_dnsservices_ask(ds, "POST", path.data, rz_buffer_view(&body),
                                               "registering the nameserver", &reply, diags);
    rz_dnsservices_reply_free(&reply);
    return status;
}

const struct rz_domain_ops rz_dnsservices_domain_ops = {
    .list = list_domains,
    .get = get_domain,
    .check = check_domain,
    .tlds = list_tlds,
    .set_nameservers = set_nameservers,
    .register_host = register_host,
    .keys = rz_dnsservices_keys,
    .add_key = rz_dnsservices_add_key,
    .remove_key = rz_dnsservices_remove_key,
};
