/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolvers: those given, else those of $REZONE_RESOLVERS, else those of /etc/resolv.conf. */
#include "delegation/lookup.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"

#define RESOLV_LINES 1000
#define TIMEOUT_MS 2000

static bool read_servers(const struct rz_strings *texts, const char *option,
                         struct rz_server *servers, size_t capacity, size_t *count,
                         struct rz_diags *diags)
{
    bool good = true;
    for (size_t i = 0; i < texts->count; i++) {
        if (*count < capacity && rz_server_parse(&servers[*count], texts->items[i])) {
            ++*count;
            continue;
        }
        struct rz_diag *diag = rz_diags_add(diags, RZ9001, (struct rz_place){0},
                                            "--%s takes the address of a server, not `%s`", option,
                                            texts->items[i]);
        rz_diag_hint(diags, diag,
                     "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53, %zu at most",
                     capacity);
        good = false;
    }
    return good;
}

static void add_resolver(struct rz_lookup *lookup, const char *address)
{
    if (lookup->resolver_count < RZ_RESOLVERS_MAX
        && rz_server_parse(&lookup->resolvers[lookup->resolver_count], address))
        lookup->resolver_count++;
}

/* False where it is not set; addresses with blanks or commas between, `none` and the like are none. */
static bool read_environment(struct rz_lookup *lookup)
{
    char text[512], *rest = text;
    const char *own = getenv("REZONE_RESOLVERS");
    if (!own || strlen(own) >= sizeof text)
        return false;
    strcpy(text, own);
    for (char *address; (address = strsep(&rest, " ,"));)
        add_resolver(lookup, address);
    return true;
}

static void read_system(struct rz_lookup *lookup)
{
    char line[512], address[64];
    if (read_environment(lookup))
        return;
    FILE *file = fopen("/etc/resolv.conf", "re");
    for (int lines = 0; file && lines < RESOLV_LINES && fgets(line, sizeof line, file); lines++)
        if (sscanf(line, " nameserver %63s", address) == 1)
            add_resolver(lookup, address);
    if (file)
        fclose(file);
}

enum rz_status rz_lookup_init(struct rz_lookup *lookup, struct rz_context *context,
                              const struct rz_strings *resolvers, const struct rz_strings *parents,
                              struct rz_diags *diags)
{
    *lookup = (struct rz_lookup){
        .context = context, .timeout_ms = TIMEOUT_MS, .resolvers_given = resolvers->count > 0};
    bool good = read_servers(resolvers, "resolver", lookup->resolvers, RZ_RESOLVERS_MAX,
                             &lookup->resolver_count, diags);
    good &= read_servers(parents, "parent", lookup->parents, RZ_PARENTS_MAX, &lookup->parent_count,
                         diags);
    if (!resolvers->count)
        read_system(lookup);
    return good ? RZ_OK : RZ_INVALID;
}

enum rz_status rz_lookup_ask(const struct rz_lookup *lookup, const struct rz_server *server,
                             const uint8_t *name, uint16_t type, unsigned flags,
                             struct rz_dns_probe_reply *reply)
{
    struct rz_dns_peer peer = {.server = *server,
                               .timeout_ms = lookup->timeout_ms,
                               .until = lookup->until,
                               .context = lookup->context};
    struct rz_dns_probe probe = {name, type, flags};
    return rz_dns_probe(&peer, &probe, reply);
}

bool rz_lookup_resolve(const struct rz_lookup *lookup, const uint8_t *name, uint16_t type,
                       struct rz_dns_probe_reply *reply)
{
    for (size_t i = 0; i < lookup->resolver_count; i++) {
        enum rz_status status = rz_lookup_ask(lookup, &lookup->resolvers[i], name, type,
                                              RZ_PROBE_RD, reply);
        if (status == RZ_OK && reply->replied && (reply->rcode == 0 || reply->rcode == 3))
            return true;
        rz_dns_probe_reply_free(reply);
        if (status == RZ_CANCELLED)
            break;
    }
    *reply = (struct rz_dns_probe_reply){0};
    return false;
}

size_t rz_lookup_take(const struct rz_lookup *lookup, const struct rz_rrset *rrset,
                      struct rz_server *servers, size_t count, size_t capacity)
{
    if (!rrset)
        return count;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c) && count < capacity;) {
        servers[count] = (struct rz_server){.port = lookup->port};
        if (inet_ntop(rrset->type == RZ_TYPE_A ? AF_INET : AF_INET6, c.wire, servers[count].address,
                      sizeof servers[count].address))
            count++;
    }
    return count;
}

size_t rz_lookup_addresses(const struct rz_lookup *lookup, const uint8_t *host,
                           struct rz_server *servers, size_t capacity)
{
    static const uint16_t types[] = {RZ_TYPE_A, RZ_TYPE_AAAA};
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        struct rz_dns_probe_reply reply;
        if (!rz_lookup_resolve(lookup, host, types[i], &reply))
            continue;
        /* An alias is followed by the resolver; a nameserver that is one is told elsewhere. */
        const struct rz_zone *answer = &reply.sections[RZ_SECTION_ANSWER];
        for (size_t k = 0; k < answer->count; k++)
            if (answer->rrsets[k].type == types[i])
                count = rz_lookup_take(lookup, &answer->rrsets[k], servers, count, capacity);
        rz_dns_probe_reply_free(&reply);
    }
    return count;
}
