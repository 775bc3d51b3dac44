/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Description of the dnsservices provider; opening and closing it. */
#include "dnsservices/registrations.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/alloc.h"
#include "support/file.h"
#include "transport/dns.h"

#define RESPONSE_LIMIT ((size_t)8 << 20) /* some 50,000 records */
#define TRACE_FILE ".rezone/dns-services.trace"
#define PUBLIC_KEY_MAX ((size_t)64 << 10)

extern const struct rz_provider_ops rz_provider_dnsservices;

struct opening {
    struct rz_dnsservices *ds;
    const struct rz_node *config;
    const struct rz_source *source;
    struct rz_diags *diags;
    bool failed;
};

static struct rz_place place_of(const struct opening *opening, const char *key)
{
    const struct rz_node *node = rz_node_get(opening->config, key);
    return rz_node_place(opening->source, node ? node : opening->config);
}

static void refuse(struct opening *opening, const char *key, const char *what, const char *hint)
{
    opening->failed = true;
    struct rz_diag *diag = rz_diags_add(opening->diags, RZ3501, place_of(opening, key), "%s: %s",
                                        key, what);
    rz_diag_hint(opening->diags, diag, "%s", hint);
}

static void load_servers(struct opening *opening)
{
    struct rz_dnsservices *ds = opening->ds;
    const struct rz_strings *servers = &ds->settings.servers;
    for (size_t i = 0; i < servers->count; i++)
        if (ds->server_count == RZ_DNSSERVICES_SERVERS_MAX
            || !rz_server_parse(&ds->servers[ds->server_count++], servers->items[i]))
            refuse(opening, "servers",
                   "no list of at most 64 addresses, each with an optional port",
                   "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
}

static void load_public_key(struct opening *opening)
{
    struct rz_dnsservices *ds = opening->ds;
    if (ds->settings.public_key
        && rz_file_read(ds->context->project_dir, ds->settings.public_key, PUBLIC_KEY_MAX,
                        &ds->public_key)
               != RZ_OK)
        refuse(opening, "public_key", "the file cannot be read",
               "name a file below the project with the RSA key in PEM form");
}

static void load_basic(struct rz_dnsservices *ds)
{
    struct rz_buffer text = {0};
    if (ds->settings.auth_type != RZ_DNSSERVICES_BASIC)
        return;
    rz_buffer_printf(&text, "%s:%s", ds->settings.username, rz_secret_text(ds->settings.password));
    unsigned char *encoded = rz_alloc(text.size / 3 * 4 + 8);
    int size = EVP_EncodeBlock(encoded, (const unsigned char *)text.data, (int)text.size);
    ds->basic = rz_secret_keep((struct rz_str){(const char *)encoded, (size_t)size});
    OPENSSL_cleanse(text.data, text.size);
    OPENSSL_cleanse(encoded, (size_t)size);
    rz_buffer_free(&text);
    free(encoded);
}

static void load_http(struct opening *opening)
{
    struct rz_dnsservices *ds = opening->ds;
    const struct rz_dnsservices_settings *settings = &ds->settings;
    struct rz_http_options http = {.url = settings->base_url,
                                   .ca_file = settings->ca_file,
                                   .timeout_ms = settings->timeout * 1000,
                                   .response_limit = RESPONSE_LIMIT,
                                   .rate = (double)settings->rate,
                                   .unverified = !settings->verify_ssl};
    if (rz_http_client_open(&ds->http, &http, ds->context, place_of(opening, "base_url"),
                            opening->diags)
        != RZ_OK)
        opening->failed = true;
    if (settings->verify_ssl)
        return;
    struct rz_diag *diag = rz_diags_add(opening->diags, RZ3502, place_of(opening, "verify_ssl"),
                                        "the certificate of %s is not checked", settings->base_url);
    rz_diag_hint(opening->diags, diag,
                 "name its authority with ca_file, and take out verify_ssl: false");
}

/* The trace belongs to the run, which closes it. One that --trace opened is left alone. */
static void start_trace(struct opening *opening)
{
    struct rz_context *context = opening->ds->context;
    if (!opening->ds->settings.debug || context->trace)
        return;
    if (mkdirat(context->project_dir, ".rezone", 0700) == 0 || errno == EEXIST)
        context->trace = rz_trace_open(TRACE_FILE);
    if (context->trace)
        rz_diags_add(opening->diags, RZ3519, rz_place_named(TRACE_FILE),
                     "requests are traced there");
    else
        refuse(opening, "debug", "the trace " TRACE_FILE " cannot be written",
               "make .rezone a directory of yours, or take out debug");
}

static void describe(struct rz_dnsservices *ds)
{
    ds->capabilities = (struct rz_capabilities){
        .atomicity = RZ_ATOMIC_RECORD,
        .conditional = RZ_COND_DIGEST,
        .owns_soa = true,
        .creates_zones = true,
        .has_servers = ds->server_count > 0,
        .concurrency = (unsigned)ds->settings.concurrency,
        .takes_type = rz_dnsservices_takes_type,
    };
}

static void dnsservices_close(struct rz_provider *provider)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    rz_dnsservices_cache_close(ds);
    rz_dnsservices_session_close(ds);
    rz_dnsservices_forget(ds);
    rz_http_client_close(ds->http);
    rz_secret_close(ds->basic);
    rz_dnsservices_settings_close(&ds->settings);
    rz_buffer_free(&ds->public_key);
    pthread_mutex_destroy(&ds->lock);
    rz_arena_free(&ds->arena);
    free(ds);
}

static enum rz_status dnsservices_open(struct rz_provider **provider, const char *name,
                                       const struct rz_node *config, const struct rz_source *source,
                                       struct rz_context *context, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = rz_alloc_zero(1, sizeof *ds);
    ds->base = (struct rz_provider){&rz_provider_dnsservices, name};
    ds->context = context;
    pthread_mutex_init(&ds->lock, NULL);
    rz_dnsservices_session_init(ds);
    rz_dnsservices_cache_init(ds);
    struct opening opening = {.ds = ds, .config = config, .source = source, .diags = diags};
    enum rz_status status = rz_dnsservices_settings_load(&ds->settings, &ds->arena, config, source,
                                                         context, diags);
    load_servers(&opening);
    load_public_key(&opening);
    if (ds->settings.base_url)
        load_http(&opening);
    if (status == RZ_OK && !opening.failed) {
        load_basic(ds);
        start_trace(&opening);
    }
    if (status != RZ_OK || opening.failed) {
        dnsservices_close(&ds->base);
        return RZ_INVALID;
    }
    describe(ds);
    *provider = &ds->base;
    return RZ_OK;
}

static const struct rz_capabilities *dnsservices_capabilities(const struct rz_provider *provider)
{
    return &((const struct rz_dnsservices *)provider)->capabilities;
}

static size_t dnsservices_servers(const struct rz_provider *provider, struct rz_server *servers,
                                  size_t capacity)
{
    const struct rz_dnsservices *ds = (const struct rz_dnsservices *)provider;
    size_t count = ds->server_count < capacity ? ds->server_count : capacity;
    memcpy(servers, ds->servers, count * sizeof *servers);
    return count;
}

const struct rz_provider_ops rz_provider_dnsservices = {
    .kind = "dnsservices",
    .summary = "The hosting service DNS.services by its User API.",
    .options = rz_dnsservices_fields,
    .open = dnsservices_open,
    .close = dnsservices_close,
    .capabilities = dnsservices_capabilities,
    .list_zones = rz_dnsservices_list,
    .fetch = rz_dnsservices_fetch,
    .apply = rz_dnsservices_apply,
    .create_zone = rz_dnsservices_create,
    .delete_zone = rz_dnsservices_delete,
    .servers = dnsservices_servers,
    .refuses = rz_dnsservices_refuses,
    .visit_foreign = rz_dnsservices_visit_foreign,
    .session = &rz_dnsservices_session_ops,
    .domains = &rz_dnsservices_domain_ops,
    .cache = &rz_dnsservices_cache_ops,
};
