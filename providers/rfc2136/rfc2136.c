/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and description of the rfc2136 provider. */
#include "rfc2136/rfc2136.h"

#include <stddef.h>
#include <stdlib.h>

#include "support/alloc.h"

#define TSIG(field)                                                                                \
    (offsetof(struct rz_rfc2136, options.tsig.field) - offsetof(struct rz_rfc2136, options.tsig))
static const struct rz_field tsig_options[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     .offset = TSIG(name),
     .required = true,
     .summary = "Name of the key, as the server's configuration has it."},
    {.key = "algorithm",
     .kind = RZ_FIELD_STRING,
     .offset = TSIG(algorithm),
     .fallback = "hmac-sha256",
     .summary = "hmac-sha256, hmac-sha384 or hmac-sha512."},
    {.key = "secret",
     .kind = RZ_FIELD_SECRET,
     .offset = TSIG(secret),
     .required = true,
     .summary = "Reference to the secret, which is base64."},
    {.key = NULL},
};

#define KNOT(field)                                                                                \
    (offsetof(struct rz_rfc2136, options.knot.field) - offsetof(struct rz_rfc2136, options.knot))
static const char *const configurations[] = {"file", "database", NULL};
static const struct rz_field knot_options[] = {
    {.key = "socket",
     .kind = RZ_FIELD_STRING,
     .offset = KNOT(socket),
     .fallback = "/run/knot/knot.sock",
     .summary = "The server's control socket: its `control: listen`."},
    {.key = "configuration",
     .kind = RZ_FIELD_ENUM,
     .offset = KNOT(configuration),
     .fallback = "file",
     .choices = configurations,
     .summary = "What the server was started with: a file, which rezone does not change, or a "
                "database, in which it sets `dnssec-signing` and policies."},
    {.key = "keymgr",
     .kind = RZ_FIELD_STRINGS,
     .offset = KNOT(keymgr),
     .fallback = "keymgr",
     .summary = "Command that changes keys, such as `keymgr -c /etc/knot/knot.conf`. Without an "
                "option it takes the default database or file."},
    {.key = NULL},
};

#define OPTION(field) offsetof(struct rz_rfc2136, options.field)
static const struct rz_field options[] = {
    {.key = "server",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(server),
     .required = true,
     .summary = "The zones' primary server: address or address:port (port 53)."},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(servers),
     .summary = "Servers asked by verification: address or address:port. Default: the server."},
    {.key = "tsig",
     .kind = RZ_FIELD_MAP,
     .offset = OPTION(tsig),
     .fields = tsig_options,
     .summary = "Key that signs transfers and updates. Without it they are not signed."},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(timeout),
     .fallback = "5s",
     .minimum = 1,
     .maximum = 600,
     .summary = "How long to wait for each message of a reply."},
    {.key = "knot",
     .kind = RZ_FIELD_MAP,
     .offset = OPTION(knot),
     .fields = knot_options,
     .summary = "The server is a Knot DNS on this machine: `dnssec:` of zones is set up there."},
    {.key = NULL},
};

/* What the loaders below share. */
struct opening {
    struct rz_rfc2136 *provider;
    const struct rz_node *config;
    const struct rz_source *source;
    struct rz_diags *diags;
    bool failed;
};

static struct rz_place place_of(const struct opening *opening, const struct rz_node *map,
                                const char *key)
{
    const struct rz_node *node = rz_node_get(map, key);
    return rz_node_place(opening->source, node ? node : map);
}

static bool load_server(struct opening *opening, const char *key, const char *text,
                        struct rz_server *server)
{
    if (rz_server_parse(server, text))
        return true;
    opening->failed = true;
    struct rz_diag *diag = rz_diags_add(opening->diags, RZ3401,
                                        place_of(opening, opening->config, key),
                                        "%s: not an address with an optional port", key);
    rz_diag_hint(opening->diags, diag, "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
    return false;
}

static void load_servers(struct opening *opening)
{
    struct rz_rfc2136 *provider = opening->provider;
    const struct rz_strings *servers = &provider->options.servers;
    load_server(opening, "server", provider->options.server, &provider->server);
    if (servers->count > RZ_RFC2136_SERVERS_MAX) {
        opening->failed = true;
        rz_diags_add(opening->diags, RZ3401, place_of(opening, opening->config, "servers"),
                     "servers: there are more than %d", RZ_RFC2136_SERVERS_MAX);
        return;
    }
    for (size_t i = 0; i < servers->count; i++)
        if (load_server(opening, "servers", servers->items[i],
                        &provider->servers[provider->server_count]))
            provider->server_count++;
    if (servers->count == 0)
        provider->servers[provider->server_count++] = provider->server;
}

static void load_key(struct opening *opening)
{
    struct rz_rfc2136 *provider = opening->provider;
    const struct rz_node *map = rz_node_get(opening->config, "tsig");
    if (!map || map->kind != RZ_NODE_MAP)
        return;
    struct rz_secret *secret = NULL;
    enum rz_status status = rz_secret_resolve(&secret, provider->options.tsig.secret,
                                              place_of(opening, map, "secret"), opening->diags);
    if (status == RZ_OK)
        status = rz_tsig_key_open(&provider->key, provider->options.tsig.name,
                                  provider->options.tsig.algorithm, secret,
                                  rz_node_place(opening->source, map), opening->diags);
    /* The secret stays known to redaction only while it is open; the key has its own copy, which is
     * never printed. */
    rz_secret_close(secret);
    opening->failed |= status != RZ_OK;
}

/* A text is split into words; a list is words already. */
static void load_keymgr(struct opening *opening, const struct rz_node *map)
{
    const struct rz_strings *words = &opening->provider->options.knot.keymgr;
    const struct rz_node *node = rz_node_get(map, "keymgr");
    struct rz_command *command = &opening->provider->knot.keymgr;
    const char *why;
    for (size_t i = 0; node && node->kind != RZ_NODE_SCALAR && i < words->count; i++)
        rz_command_add(command, words->items[i]);
    if (command->count
        || rz_command_split(command, words->count ? words->items[0] : "", &why) == RZ_OK)
        return;
    opening->failed = true;
    struct rz_diag *diag = rz_diags_add(opening->diags, RZ3401, place_of(opening, map, "keymgr"),
                                        "keymgr: %s", why);
    rz_diag_hint(opening->diags, diag, "write the program and its arguments, or a list of them");
}

static void load_knot(struct opening *opening, const char *name)
{
    struct rz_rfc2136 *provider = opening->provider;
    const struct rz_node *map = rz_node_get(opening->config, "knot");
    if (!map || map->kind != RZ_NODE_MAP)
        return;
    provider->knot.socket = provider->options.knot.socket;
    provider->knot.configuration = provider->options.knot.configuration;
    provider->knot.context = provider->context;
    provider->knot.name = name;
    load_keymgr(opening, map);
}

static void rfc2136_close(struct rz_provider *base)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    rz_rfc2136_forget_all(provider);
    rz_tsig_key_close(provider->key);
    rz_command_free(&provider->knot.keymgr);
    free(provider->knot.made);
    pthread_mutex_destroy(&provider->knot.control);
    pthread_mutex_destroy(&provider->knot.lock);
    pthread_mutex_destroy(&provider->lock);
    rz_arena_free(&provider->arena);
    free(provider);
}

extern const struct rz_provider_ops rz_provider_rfc2136;

static enum rz_status rfc2136_open(struct rz_provider **provider, const char *name,
                                   const struct rz_node *config, const struct rz_source *source,
                                   struct rz_context *context, struct rz_diags *diags)
{
    struct rz_rfc2136 *made = rz_alloc_zero(1, sizeof *made);
    made->base = (struct rz_provider){&rz_provider_rfc2136, name};
    made->context = context;
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_init(&made->knot.lock, NULL);
    pthread_mutex_init(&made->knot.control, NULL);
    struct rz_field_reader reader = {source, &made->arena, diags};
    struct opening opening = {.provider = made, .config = config, .source = source, .diags = diags};
    enum rz_status status = rz_fields_load(&reader, config, options, made);
    if (status == RZ_OK) {
        load_servers(&opening);
        load_key(&opening);
        load_knot(&opening, name);
    }
    if (status != RZ_OK || opening.failed) {
        rfc2136_close(&made->base);
        return RZ_INVALID;
    }
    made->capabilities = (struct rz_capabilities){
        .atomicity = RZ_ATOMIC_ZONE,
        .conditional = RZ_COND_PREREQUISITE,
        .batch_octets = RZ_RFC2136_BATCH_OCTETS,
        .signs_online = true,
        .signs = made->knot.socket != NULL,
        .has_servers = true,
        .concurrency = 8,
    };
    *provider = &made->base;
    return RZ_OK;
}

struct rz_dns_peer rz_rfc2136_peer(const struct rz_rfc2136 *provider)
{
    return (struct rz_dns_peer){.server = provider->server,
                                .key = provider->key,
                                .timeout_ms = provider->options.timeout * 1000,
                                .context = provider->context};
}

static const struct rz_capabilities *rfc2136_capabilities(const struct rz_provider *provider)
{
    return &((const struct rz_rfc2136 *)provider)->capabilities;
}

/* RFC 2136 has no question for what zones there are (catalog zones aside). */
static enum rz_status rfc2136_list(struct rz_provider *provider, struct rz_name_list *zones,
                                   struct rz_diags *diags)
{
    (void)provider;
    (void)zones;
    (void)diags;
    return RZ_UNSUPPORTED;
}

static size_t rfc2136_servers(const struct rz_provider *base, struct rz_server *servers,
                              size_t capacity)
{
    const struct rz_rfc2136 *provider = (const struct rz_rfc2136 *)base;
    size_t count = provider->server_count < capacity ? provider->server_count : capacity;
    memcpy(servers, provider->servers, count * sizeof *servers);
    return count;
}

const struct rz_provider_ops rz_provider_rfc2136 = {
    .kind = "rfc2136",
    .summary =
        "Any server that takes zone transfers and dynamic updates, such as BIND or Knot DNS.",
    .options = options,
    .open = rfc2136_open,
    .close = rfc2136_close,
    .capabilities = rfc2136_capabilities,
    .list_zones = rfc2136_list,
    .fetch = rz_rfc2136_fetch,
    .probe = rz_rfc2136_probe,
    .apply = rz_rfc2136_apply,
    .servers = rfc2136_servers,
    .refuses = rz_rfc2136_refuses,
    .dnssec = &rz_rfc2136_dnssec,
};
