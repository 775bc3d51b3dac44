/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the authoritative servers of a zone. */
#include "transact/servers.h"

#include "delegation/lookup.h"
#include "dns/rtype.h"
#include "transport/dns.h"

#define LOOKUP_MS 5000

struct collector {
    const struct rz_zone *zone;
    struct rz_lookup *lookup;
    struct rz_server *servers;
    size_t count;
};

static void add_server(struct collector *collector, struct rz_server server)
{
    for (size_t i = 0; i < collector->count; i++)
        if (strcmp(collector->servers[i].address, server.address) == 0)
            return;
    if (collector->count < RZ_SERVERS_MAX)
        collector->servers[collector->count++] = server;
}

static void add_resolved(struct collector *collector, const uint8_t *name)
{
    struct rz_server found[RZ_SERVERS_MAX];
    size_t count = rz_lookup_addresses(collector->lookup, name, found, RZ_SERVERS_MAX);
    for (size_t i = 0; i < count; i++)
        add_server(collector, found[i]);
}

static void add_rrset(struct collector *collector, const struct rz_rrset *rrset)
{
    struct rz_server found[RZ_SERVERS_MAX];
    size_t count = rz_lookup_take(collector->lookup, rrset, found, 0, RZ_SERVERS_MAX);
    for (size_t i = 0; i < count; i++)
        add_server(collector, found[i]);
}

static void visit_name_server(struct collector *collector, const uint8_t *name)
{
    const struct rz_rrset *v4 = rz_zone_find(collector->zone, name, RZ_TYPE_A);
    const struct rz_rrset *v6 = rz_zone_find(collector->zone, name, RZ_TYPE_AAAA);
    add_rrset(collector, v4);
    add_rrset(collector, v6);
    if (!v4 && !v6)
        add_resolved(collector, name);
}

/* Resolvers that do not answer hold nobody up for longer than LOOKUP_MS, and the machine's only once. */
static size_t from_zone(const struct rz_verify_request *request, struct rz_server *servers,
                        struct rz_diags *diags)
{
    struct rz_project *project = request->project;
    struct rz_context *context = project->context;
    const struct rz_zone *zone = request->expected;
    const struct rz_rrset *ns = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_NS);
    struct rz_lookup lookup;
    struct collector collector = {.zone = zone, .lookup = &lookup, .servers = servers};
    if (rz_lookup_init(&lookup, context, &project->verify.resolvers, &(struct rz_strings){0}, diags)
        != RZ_OK)
        return 0;
    if (!lookup.resolvers_given && atomic_load(&project->resolvers_silent))
        lookup.resolver_count = 0;
    lookup.until = context->ticks(context->user) + LOOKUP_MS;
    if (ns)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
            visit_name_server(&collector, c.wire);
    if (!lookup.resolvers_given && context->ticks(context->user) >= lookup.until)
        atomic_store(&project->resolvers_silent, true);
    return collector.count;
}

/* `*own`: `auto` is among them. */
static size_t from_settings(const struct rz_verify_request *request, struct rz_server *servers,
                            bool *own, struct rz_diags *diags)
{
    const struct rz_strings *texts = &request->project->verify.servers;
    size_t count = 0;
    *own = false;
    for (size_t i = 0; i < texts->count && count < RZ_SERVERS_MAX; i++) {
        if (rz_server_parse(&servers[count], texts->items[i])) {
            count++;
        } else if (strcmp(texts->items[i], "auto") == 0) {
            *own = true;
        } else {
            struct rz_diag *diag = rz_diags_add(
                diags, RZ5106, rz_place_named(request->project->source.name),
                "`%s` under `verify: servers` is no address", texts->items[i]);
            rz_diag_hint(diags, diag, "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
        }
    }
    return count;
}

size_t rz_verify_servers(const struct rz_verify_request *request, struct rz_server *servers,
                         bool *expected, struct rz_diags *diags)
{
    const struct rz_provider *provider = request->provider;
    bool own;
    size_t count = from_settings(request, servers, &own, diags);
    *expected = count > 0 || own || provider->ops->capabilities(provider)->has_servers;
    if (count == 0 && provider->ops->servers)
        count = provider->ops->servers(provider, servers, RZ_SERVERS_MAX);
    if (count || !*expected)
        return count;
    return from_zone(request, servers, diags);
}
