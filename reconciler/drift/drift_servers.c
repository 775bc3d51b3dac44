/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the authoritative servers of a zone have what the provider says. */
#include <inttypes.h>
#include <stdio.h>

#include "drift/drift.h"
#include "support/alloc.h"
#include "transact/servers.h"
#include "transport/dns.h"

static void add_server(struct rz_drift_zone *zone, enum rz_drift_server_kind kind,
                       const char *message)
{
    zone->servers = rz_grow(zone->servers, &zone->server_capacity, zone->server_count + 1,
                            sizeof *zone->servers);
    zone->servers[zone->server_count++] = (struct rz_drift_server){
        kind, rz_arena_strdup(&zone->arena, message)};
    zone->server_kinds[kind]++;
}

/* RFC 1982: whether serial `a` is before `b`. */
static bool is_before(uint32_t a, uint32_t b)
{
    return a != b && (uint32_t)(b - a) < 0x80000000u;
}

static void ask_serial(struct rz_drift_zone *zone, struct rz_project *project,
                       const struct rz_server *server)
{
    uint32_t serial;
    struct rz_diags ignored = {0};
    struct rz_dns_peer peer = {.server = *server, .timeout_ms = 2000, .context = project->context};
    if (rz_dns_serial(&peer, zone->apex.wire, &serial, &ignored) == RZ_OK && zone->has_serial
        && is_before(serial, zone->serial)) {
        char *message = rz_arena_printf(
            &zone->arena, "server %s port %u has serial %" PRIu32 ", %s has %" PRIu32,
            server->address, server->port ? server->port : 53, serial, zone->target, zone->serial);
        add_server(zone, RZ_DRIFT_SERIAL_BEHIND, message);
    }
    rz_diags_free(&ignored);
}

/* What verification found at the servers; errors of other kinds stay diagnostics. */
static void take_findings(struct rz_drift_zone *zone, struct rz_diags *found)
{
    bool behind = zone->server_kinds[RZ_DRIFT_SERIAL_BEHIND] > 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct rz_diag *diag = &found->items[i];
        bool serials = diag->code == RZ5105;
        if (diag->code == RZ5103 || diag->code == RZ5104 || (serials && !behind))
            add_server(zone, serials ? RZ_DRIFT_SERIAL_BEHIND : RZ_DRIFT_DISAGREES, diag->message);
    }
}

void rz_drift_ask(struct rz_drift_zone *zone, struct rz_project *project,
                  struct rz_provider *provider, const struct rz_zone *live)
{
    bool expected;
    struct rz_diags found = {0};
    struct rz_server servers[RZ_SERVERS_MAX];
    struct rz_verify_result result = {0};
    struct rz_verify_request request = {.project = project, .provider = provider, .expected = live};
    size_t count = rz_verify_servers(&request, servers, &expected, &found);
    for (size_t i = 0; i < count; i++)
        ask_serial(zone, project, &servers[i]);
    if (count && rz_verify_dns(&request, &result, &found) != RZ_OK)
        take_findings(zone, &found);
    rz_diags_free(&found);
}
