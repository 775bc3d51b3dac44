/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIND as a resolver: `zone … { type forward; … };` statements, one a line (BIND 9 Administrator
 * Reference Manual, "forward" zones). Without forwarders the name is an exception. named has no command
 * that lists its forwarders, so the file is what is live. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "resolver/resolver.h"

static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(directory),
     .required = true,
     .summary = "Where the files of rules are, which named.conf includes: "
                "`include \"/etc/bind/rezone/*.conf\";`."},
    {.key = "file",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(file),
     .fallback = "${zone}.conf",
     .summary = "File name of a zone's rules; ${zone} stands for its name, `@` for the root's."},
    {.key = "check",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(check),
     .fallback = "named-checkconf ${file}",
     .summary = "Command that must accept a new file before it is put in place; no shell."},
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(reload),
     .fallback = "rndc reconfig",
     .summary = "Command run after a file is in place. If it fails the old file is put back."},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(servers),
     .summary = "Where the resolver answers, for verification: address or address:port."},
    {.key = NULL},
};

static bool skip(struct rz_str *text, const char *words)
{
    if (!rz_str_starts_with(*text, words))
        return false;
    text->data += strlen(words);
    text->size -= strlen(words);
    return true;
}

/* "192.0.2.53 port 53; " */
static bool read_forwarder(struct rz_str *text, struct rz_forward *forward)
{
    char address[RZ_FORWARD_ADDRESS_MAX];
    const char *blank = memchr(text->data, ' ', text->size);
    size_t size = blank ? (size_t)(blank - text->data) : 0;
    *forward = (struct rz_forward){.priority = RZ_RESOLVER_PRIORITY, .tls = {.size = 1}};
    if (size == 0 || size >= sizeof address)
        return false;
    memcpy(address, text->data, size);
    address[size] = '\0';
    text->data += size;
    text->size -= size;
    if (!rz_forward_set_address(forward, address) || !skip(text, " port "))
        return false;
    char *end;
    unsigned long port = strtoul(text->data, &end, 10); /* the line's end stops it */
    forward->port = (uint16_t)port;
    text->size -= (size_t)(end - text->data);
    text->data = end;
    return port > 0 && port <= UINT16_MAX && skip(text, "; ");
}

static void read_line(struct rz_rules_reader *reader, struct rz_str line)
{
    struct rz_name name;
    struct rz_forward forward;
    bool forwarded = false;
    bool good = skip(&line, "zone ") && rz_rules_name(&line, &name)
                && skip(&line, " { type forward; ");
    skip(&line, "forward only; ");
    good = good && skip(&line, "forwarders { ");
    while (good && line.size && line.data[0] != '}') {
        good = read_forwarder(&line, &forward);
        if (good)
            rz_rules_add(reader, &name, &forward);
        forwarded = true;
    }
    if (!good || !rz_str_is(line, "}; };"))
        rz_rules_wrong(reader, "not a line of forwarding rules as rezone writes them");
    else if (!forwarded)
        rz_rules_add(reader, &name, NULL);
}

static enum rz_status read_rules(struct rz_zone *zone, const struct rz_source *source,
                                 struct rz_diags *diags)
{
    struct rz_rules_reader reader = {.zone = zone, .source = source, .diags = diags};
    struct rz_str line;
    while (!reader.failed && rz_rules_next(&reader, &line))
        read_line(&reader, line);
    return reader.failed ? RZ_INVALID : RZ_OK;
}

static void write_rules(struct rz_buffer *out, const struct rz_zone *zone)
{
    char name[RZ_NAME_TEXT_MAX], address[RZ_FORWARD_ADDRESS_MAX];
    rz_buffer_text(out, "# Forwarding rules. Written by rezone; changes by hand are undone.\n");
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rule = &zone->rrsets[i];
        struct rz_forward forward;
        rz_buffer_printf(out, "zone \"%s\" { type forward; ", rz_name_text(name, rule->owner));
        if (!rz_forward_is_exception(rule))
            rz_buffer_text(out, "forward only; ");
        rz_buffer_text(out, "forwarders { ");
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);)
            if (rz_forward_from_wire(&forward, c.wire, c.size) && forward.family)
                rz_buffer_printf(out, "%s port %u; ", rz_forward_address(address, &forward),
                                 forward.port);
        rz_buffer_text(out, "}; };\n");
    }
}

extern const struct rz_provider_ops rz_provider_named;

static enum rz_status named_open(struct rz_provider **provider, const char *name,
                                 const struct rz_node *config, const struct rz_source *source,
                                 struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_form form = {read_rules, write_rules, NULL};
    static const struct rz_zonefile_kind kind = {&rz_provider_named, &form, RZ6103};
    struct rz_zonefile *zf;
    enum rz_status status = rz_zonefile_open(&zf, &kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    zf->capabilities.forwards = true;
    zf->capabilities.takes_type = rz_resolver_takes;
    zf->capabilities.creates_zones = false;
    zf->capabilities.has_servers = false;
    *provider = &zf->base;
    return RZ_OK;
}

static const char *named_refuses(const struct rz_provider *provider, const struct rz_rrset *rule)
{
    struct rz_forward forward;
    (void)provider;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);)
        if (rz_forward_from_wire(&forward, c.wire, c.size) && forward.tls.size > 1)
            return "BIND forwards by TLS from 9.20 on, and rezone does not write that yet";
    return rz_resolver_refuses(rule);
}

const struct rz_provider_ops rz_provider_named = {
    .kind = "named",
    .summary = "Forwarding rules of BIND as a resolver: files that its configuration includes.",
    .options = options,
    .open = named_open,
    .close = rz_zonefile_close,
    .capabilities = rz_zonefile_capabilities,
    .list_zones = rz_zonefile_list,
    .fetch = rz_zonefile_fetch,
    .apply = rz_zonefile_apply,
    .delete_zone = rz_zonefile_delete,
    .servers = rz_zonefile_servers,
    .forwarding = &rz_resolver_forwarding,
    .refuses = named_refuses,
};
