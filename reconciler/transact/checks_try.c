/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One try of a check: where it goes, and whether what comes back is what was wanted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>

#include "command.h"
#include "dns/rtype.h"
#include "secret.h"
#include "transact/checks.h"
#include "transport/probe.h"

#define ADDRESSES_MAX 16
#define ALIASES_MAX 8
#define OUTPUT_MAX ((size_t)4096)

/* ---- where to connect ---- */

struct addresses {
    char items[ADDRESSES_MAX][INET6_ADDRSTRLEN];
    size_t count;
};

static void add_addresses(struct addresses *found, const struct rz_rrset *rrset, int family)
{
    if (!rrset)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
         found->count < ADDRESSES_MAX && rz_rdata_next(&c);)
        if (inet_ntop(family, c.wire, found->items[found->count], INET6_ADDRSTRLEN))
            found->count++;
}

/* What the zone as it must be gives for the host, its aliases followed. False: the zone does not say. */
static bool find_addresses(const struct rz_zone *zone, const char *host, struct addresses *found)
{
    struct rz_name name;
    const char *why;
    *found = (struct addresses){0};
    if (rz_name_parse(&name, rz_str_of(host), NULL, &why) != RZ_OK)
        return false;
    const uint8_t *at = name.wire;
    for (int i = 0; i < ALIASES_MAX; i++) {
        const struct rz_rrset *cname = rz_zone_find(zone, at, RZ_TYPE_CNAME);
        if (!cname)
            break;
        struct rz_rdata_cursor c = rz_rrset_rdata(cname);
        rz_rdata_next(&c);
        at = c.wire;
    }
    add_addresses(found, rz_zone_find(zone, at, RZ_TYPE_A), AF_INET);
    add_addresses(found, rz_zone_find(zone, at, RZ_TYPE_AAAA), AF_INET6);
    return found->count > 0;
}

/* ---- http, tcp, tls ---- */

static bool has_status(const struct rz_check *check, int status)
{
    for (size_t i = 0; i < check->expect.count; i++)
        if (atoi(check->expect.items[i]) == status)
            return true;
    return check->expect.count == 0 && status >= 200 && status <= 299;
}

static bool judge_http(const struct rz_check *check, struct rz_probe_answer *answer)
{
    if (!has_status(check, answer->status)) {
        rz_buffer_text(&answer->said, ", not ");
        if (!check->expect.count)
            rz_buffer_text(&answer->said, "200 to 299");
        for (size_t i = 0; i < check->expect.count; i++)
            rz_buffer_printf(&answer->said, "%s%s", i ? " or " : "", check->expect.items[i]);
        return false;
    }
    for (size_t i = 0; i < check->contains.count; i++) {
        const char *text = check->contains.items[i];
        if (answer->body.size && memmem(answer->body.data, answer->body.size, text, strlen(text)))
            continue;
        rz_buffer_printf(&answer->said, ", and the body does not have `%s`", text);
        return false;
    }
    return true;
}

static bool judge_tls(const struct rz_check *check, struct rz_probe_answer *answer, int64_t now)
{
    int64_t days = answer->not_after / 86400 - now / 86400;
    if (!answer->not_after) {
        rz_buffer_text(&answer->said, ", but the end of its certificate cannot be read");
        return check->days == 0;
    }
    rz_buffer_printf(&answer->said, ", certificate good for %" PRId64 " days", days);
    if (answer->not_after - now >= (int64_t)check->days * 86400)
        return true;
    rz_buffer_printf(&answer->said, ", not %" PRIu64, check->days);
    return false;
}

static bool probe_once(struct rz_check_try *attempt, const char *address)
{
    char host[256] = "";
    const struct rz_check *check = attempt->check;
    struct rz_context *context = attempt->request->project->context;
    struct rz_probe_answer answer = {0};
    struct rz_probe probe = {.url = check->subject,
                             .address = address,
                             .ca_file = check->ca_file,
                             .name = check->name,
                             .timeout_ms = attempt->timeout_ms,
                             .context = context};
    bool good;
    if (check->kind != RZ_CHECK_HTTP && !rz_check_split(check->subject, host, &probe.port))
        return false;
    probe.host = host;
    if (check->kind == RZ_CHECK_HTTP)
        rz_probe_http(&probe, &answer);
    else if (check->kind == RZ_CHECK_TLS)
        rz_probe_tls(&probe, &answer);
    else
        rz_probe_tcp(&probe, &answer);
    good = answer.reached;
    if (good && check->kind == RZ_CHECK_HTTP)
        good = judge_http(check, &answer);
    if (good && check->kind == RZ_CHECK_TLS)
        good = judge_tls(check, &answer, context->now(context->user));
    if (address && check->kind == RZ_CHECK_HTTP)
        rz_buffer_printf(&attempt->said, "%s: ", address);
    rz_buffer_visible(&attempt->said, rz_buffer_view(&answer.said));
    rz_buffer_free(&answer.said);
    rz_buffer_free(&answer.body);
    return good;
}

/* The host of a URL, or of `host:port`. */
static void host_of(const struct rz_check *check, char host[256])
{
    uint16_t port;
    if (check->kind != RZ_CHECK_HTTP) {
        host[0] = '\0';
        rz_check_split(check->subject, host, &port);
        return;
    }
    const char *start = strstr(check->subject, "://");
    start = start ? start + 3 : check->subject;
    size_t size = strcspn(start, "/?#:");
    snprintf(host, 256, "%.*s", (int)(size < 255 ? size : 255), start);
}

/* Every address of the zone must serve, but those that this machine has no way to. */
static bool probe_all(struct rz_check_try *attempt)
{
    char host[256];
    struct addresses addresses;
    size_t tried = 0;
    if (!attempt->check->resolve)
        return probe_once(attempt, NULL);
    host_of(attempt->check, host);
    if (!find_addresses(attempt->request->expected, host, &addresses)) {
        rz_buffer_printf(&attempt->said, "the zone has no address for %s", host);
        return false;
    }
    for (size_t i = 0; i < addresses.count; i++) {
        bool far = !rz_probe_has_route(addresses.items[i]);
        if (far && strchr(addresses.items[i], ':'))
            continue;
        rz_buffer_text(&attempt->said, tried++ ? "; " : "");
        if (!probe_once(attempt, addresses.items[i]))
            return false;
    }
    if (!tried)
        rz_buffer_printf(&attempt->said, "this machine has no way to %s", addresses.items[0]);
    return tried > 0;
}

/* ---- exec ---- */

static bool run_command(struct rz_check_try *attempt)
{
    const struct rz_check *check = attempt->check;
    struct rz_context *context = attempt->request->project->context;
    struct rz_command command = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = OUTPUT_MAX};
    for (size_t i = 0; i < check->command.count; i++)
        rz_command_add(&command, check->command.items[i]);
    struct rz_command_options options = {
        .directory = context->project_dir, .timeout_ms = attempt->timeout_ms, .context = context};
    enum rz_command_result result = rz_command_run_with(&command, &options, &output);
    rz_command_free(&command);
    if (result == RZ_COMMAND_NOT_RUN)
        rz_buffer_text(&attempt->said, "cannot be run: ");
    rz_command_quote(&attempt->said, &output);
    if (output.size == 0)
        rz_buffer_text(&attempt->said, "it exited with code 0");
    return result == RZ_COMMAND_OK;
}

bool rz_check_attempt(struct rz_check_try *attempt)
{
    switch (attempt->check->kind) {
    case RZ_CHECK_EXEC: return run_command(attempt);
    case RZ_CHECK_DNS: return rz_check_attempt_dns(attempt);
    default: return probe_all(attempt);
    }
}
