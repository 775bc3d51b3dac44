/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and description of the powerdns provider. */
#include "powerdns/powerdns.h"

#include <stddef.h>
#include <stdlib.h>

#include "support/alloc.h"
#include "transport/dns.h"

static const char *const kind_choices[] = {"native", "primary", "master", NULL};
/* By the choice; the API of every 4.x knows the older word. */
const char *const rz_powerdns_kinds[] = {"Native", "Master", "Master"};

#define OPTION(field) offsetof(struct rz_powerdns, options.field)
static const struct rz_field options[] = {
    {.key = "url",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(url),
     .required = true,
     .summary = "Base of the server's HTTP API, such as http://127.0.0.1:8081."},
    {.key = "api_key",
     .kind = RZ_FIELD_SECRET,
     .offset = OPTION(api_key),
     .required = true,
     .summary = "The server's `api-key`, as ${secret:env:NAME} or ${secret:file:PATH}."},
    {.key = "server",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(server),
     .fallback = "localhost",
     .summary = "Id of the server within the API."},
    {.key = "zone_kind",
     .kind = RZ_FIELD_ENUM,
     .offset = OPTION(kind),
     .fallback = "native",
     .choices = kind_choices,
     .summary = "Kind of the zones that rezone makes: native (the database replicates) or primary "
                "(secondaries are notified)."},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(servers),
     .summary = "Servers that serve the zones, asked by verification: address or address:port."},
    {.key = "ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(ca_file),
     .summary = "Certificates in PEM form that the API's certificate must lead to, in place of the "
                "system's."},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(timeout),
     .fallback = "2m",
     .minimum = 1,
     .maximum = 86400,
     .summary = "Longest time for one request."},
    {.key = "notify",
     .kind = RZ_FIELD_BOOL,
     .offset = OPTION(notify),
     .fallback = "false",
     .summary = "Whether secondaries are notified after each change."},
    {.key = "rate",
     .kind = RZ_FIELD_UINT,
     .offset = OPTION(rate),
     .fallback = "0",
     .maximum = 1000000,
     .summary = "Most requests a second; 0: no bound."},
    {.key = "body_limit",
     .kind = RZ_FIELD_SIZE,
     .offset = OPTION(body_limit),
     .fallback = "2M",
     .minimum = 65536,
     .maximum = (uint64_t)1 << 30,
     .summary = "Most octets of one request: the server's `webserver-max-bodysize`, 2 MiB by "
                "default. Larger changes are sent in several requests."},
    {.key = NULL},
};

struct opening {
    struct rz_powerdns *pd;
    const struct rz_node *config;
    const struct rz_source *source;
    struct rz_diags *diags;
    bool failed;
};

/* A map's value, so that a diagnostic can point at it. */
static struct rz_place place_of(const struct opening *opening, const char *key)
{
    const struct rz_node *node = rz_node_get(opening->config, key);
    return rz_node_place(opening->source, node ? node : opening->config);
}

static void refuse(struct opening *opening, const char *key, const char *why, const char *hint)
{
    opening->failed = true;
    struct rz_diag *diag = rz_diags_add(opening->diags, RZ3301, place_of(opening, key), "%s: %s",
                                        key, why);
    rz_diag_hint(opening->diags, diag, "%s", hint);
}

static void refuse_server(struct opening *opening, const char *text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    rz_buffer_printf(&why, "`%s` is no address with an optional port", text);
    refuse(opening, "servers", why.data, "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
}

static void load_servers(struct opening *opening)
{
    struct rz_powerdns *pd = opening->pd;
    const struct rz_strings *servers = &pd->options.servers;
    if (servers->count > RZ_POWERDNS_SERVERS_MAX) {
        refuse(opening, "servers", "there are more than 64", "name the ones to be asked");
        return;
    }
    for (size_t i = 0; i < servers->count; i++)
        if (rz_server_parse(&pd->servers[pd->server_count], servers->items[i]))
            pd->server_count++;
        else
            refuse_server(opening, servers->items[i]);
}

static void load_server_id(struct opening *opening)
{
    struct rz_powerdns *pd = opening->pd;
    const char *id = pd->options.server;
    size_t plain = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    if (!*id || id[plain] || *id == '.')
        refuse(opening, "server", "not an id of a server",
               "it is `localhost` unless a proxy before the API says otherwise");
    else
        pd->root = rz_arena_printf(&pd->arena, "/api/v1/servers/%s", id);
}

static void load_http(struct opening *opening)
{
    struct rz_powerdns *pd = opening->pd;
    struct rz_http_options http = {.url = pd->options.url,
                                   .ca_file = pd->options.ca_file,
                                   .timeout_ms = pd->options.timeout * 1000,
                                   .rate = (double)pd->options.rate};
    if (rz_secret_resolve(&pd->key, pd->options.api_key, place_of(opening, "api_key"),
                          opening->diags)
        != RZ_OK)
        opening->failed = true;
    if (rz_http_client_open(&pd->http, &http, pd->context, place_of(opening, "url"), opening->diags)
        != RZ_OK)
        opening->failed = true;
}

static void powerdns_close(struct rz_provider *provider)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    rz_http_client_close(pd->http);
    rz_secret_close(pd->key);
    rz_powerdns_forget(pd);
    free(pd->made);
    pthread_mutex_destroy(&pd->lock);
    rz_arena_free(&pd->arena);
    free(pd);
}

static void describe(struct rz_powerdns *pd)
{
    pd->capabilities = (struct rz_capabilities){
        .atomicity = RZ_ATOMIC_ZONE,
        .conditional = RZ_COND_SERIAL,
        /* JSON of common RRsets is four to five times their wire form. */
        .batch_octets = (size_t)pd->options.body_limit / 6,
        .signs_online = true,
        .signs = true,
        .creates_zones = true,
        .has_servers = pd->server_count > 0,
        .concurrency = 4,
        .takes_type = rz_powerdns_takes_type,
    };
}

static const struct rz_dnssec_ops dnssec_ops = {
    .list_keys = rz_powerdns_list_keys,
    .import_key = rz_powerdns_import_key,
    .generate_key = rz_powerdns_make_key,
    .remove_key = rz_powerdns_remove_key,
};

extern const struct rz_provider_ops rz_provider_powerdns;

static enum rz_status powerdns_open(struct rz_provider **provider, const char *name,
                                    const struct rz_node *config, const struct rz_source *source,
                                    struct rz_context *context, struct rz_diags *diags)
{
    struct rz_powerdns *pd = rz_alloc_zero(1, sizeof *pd);
    pd->base = (struct rz_provider){&rz_provider_powerdns, name};
    pd->context = context;
    pthread_mutex_init(&pd->lock, NULL);
    struct rz_field_reader reader = {source, &pd->arena, diags};
    struct opening opening = {.pd = pd, .config = config, .source = source, .diags = diags};
    enum rz_status status = rz_fields_load(&reader, config, options, pd);
    if (status == RZ_OK) {
        load_server_id(&opening);
        load_servers(&opening);
        load_http(&opening);
    }
    if (status != RZ_OK || opening.failed) {
        powerdns_close(&pd->base);
        return RZ_INVALID;
    }
    describe(pd);
    *provider = &pd->base;
    return RZ_OK;
}

static const struct rz_capabilities *powerdns_capabilities(const struct rz_provider *provider)
{
    return &((const struct rz_powerdns *)provider)->capabilities;
}

static size_t powerdns_servers(const struct rz_provider *provider, struct rz_server *servers,
                               size_t capacity)
{
    const struct rz_powerdns *pd = (const struct rz_powerdns *)provider;
    size_t count = pd->server_count < capacity ? pd->server_count : capacity;
    memcpy(servers, pd->servers, count * sizeof *servers);
    return count;
}

const struct rz_provider_ops rz_provider_powerdns = {
    .kind = "powerdns",
    .summary = "PowerDNS Authoritative 4.x by its HTTP API.",
    .options = options,
    .open = powerdns_open,
    .close = powerdns_close,
    .capabilities = powerdns_capabilities,
    .list_zones = rz_powerdns_list,
    .fetch = rz_powerdns_fetch,
    .probe = rz_powerdns_probe,
    .apply = rz_powerdns_apply,
    .create_zone = rz_powerdns_create,
    .delete_zone = rz_powerdns_delete,
    .servers = powerdns_servers,
    .refuses = rz_powerdns_refuses,
    .dnssec = &dnssec_ops,
};
