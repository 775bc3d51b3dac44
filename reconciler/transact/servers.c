/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the authoritative servers of a zone. */
#include "transact/servers.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "transport/dns.h"

struct collector {
    const struct rz_zone *zone;
    struct rz_server *servers;
    size_t count;
};

static void add_address(struct collector *collector, int family, const void *octets)
{
    struct rz_server server = {0};
    inet_ntop(family, octets, server.address, sizeof server.address);
    for (size_t i = 0; i < collector->count; i++)
        if (strcmp(collector->servers[i].address, server.address) == 0)
            return;
    if (collector->count < RZ_SERVERS_MAX)
        collector->servers[collector->count++] = server;
}

static void add_resolved(struct collector *collector, const uint8_t *name)
{
    char text[RZ_NAME_TEXT_MAX];
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (getaddrinfo(rz_name_text_plain(text, name), NULL, &hints, &found) != 0)
        return;
    for (const struct addrinfo *at = found; at; at = at->ai_next)
        if (at->ai_family == AF_INET)
            add_address(collector, AF_INET,
                        &((const struct sockaddr_in *)(const void *)at->ai_addr)->sin_addr);
        else if (at->ai_family == AF_INET6)
            add_address(collector, AF_INET6,
                        &((const struct sockaddr_in6 *)(const void *)at->ai_addr)->sin6_addr);
    freeaddrinfo(found);
}

static void visit_name_server(void *user, const uint8_t *name)
{
    struct collector *collector = user;
    const struct rz_rrset *v4 = rz_zone_find(collector->zone, name, RZ_TYPE_A);
    const struct rz_rrset *v6 = rz_zone_find(collector->zone, name, RZ_TYPE_AAAA);
    if (!v4 && !v6)
        add_resolved(collector, name);
    if (v4)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(v4); rz_rdata_next(&c);)
            add_address(collector, AF_INET, c.wire);
    if (v6)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(v6); rz_rdata_next(&c);)
            add_address(collector, AF_INET6, c.wire);
}

static size_t from_settings(const struct rz_verify_request *request, struct rz_server *servers,
                            struct rz_diags *diags)
{
    const struct rz_strings *texts = &request->project->verify.servers;
    size_t count = 0;
    for (size_t i = 0; i < texts->count && count < RZ_SERVERS_MAX; i++) {
        if (rz_server_parse(&servers[count], texts->items[i])) {
            count++;
        } else if (strcmp(texts->items[i], "auto") != 0) {
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
    const struct rz_zone *zone = request->expected;
    size_t count = from_settings(request, servers, diags);
    *expected = count > 0 || provider->ops->capabilities(provider)->has_servers;
    if (count == 0 && provider->ops->servers)
        count = provider->ops->servers(provider, servers, RZ_SERVERS_MAX);
    if (count || !*expected)
        return count;
    struct collector collector = {.zone = zone, .servers = servers};
    const struct rz_rrset *ns = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_NS);
    if (ns)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
            visit_name_server(&collector, c.wire);
    return collector.count;
}
