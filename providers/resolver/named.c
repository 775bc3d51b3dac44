/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIND as a resolver: `zone … { type forward; … };` statements, one a line, and from 9.20 on a `tls`
 * statement for each name of a certificate (BIND 9 Administrator Reference Manual, "forwarders" and "tls").
 * Without forwarders the name is an exception. named has no command that lists its forwarders, so the file
 * is what is live. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "resolver/named_version.h"
#include "resolver/options.h"
#include "support/alloc.h"

static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(directory),
     .required = true,
     .summary = "Where the files of rules are, which named.conf includes: "
                "`include \"/etc/bind/rezone/*.conf\";`."},
    RZ_RESOLVER_FILE("${zone}.conf"),
    RZ_RESOLVER_CHECK("named-checkconf ${file}"),
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(reload),
     .fallback = "rndc reconfig",
     .summary = "Command run after a file is in place. If it fails the old file is put back."},
    {.key = "version",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(version),
     .summary = "BIND's version, such as 9.20: from then on it forwards by TLS. Left out: what "
                "`named-checkconf -v` says."},
    {.key = "tls_ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(tls_ca_file),
     .summary = "Certificates that named checks those of targets against, by the path where it "
                "runs; written with the next change. Left out: its system's."},
    RZ_RESOLVER_CA_FILE,
    RZ_RESOLVER_SERVERS,
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

/* ` tls "rezone/corp.example/dns.example.net"`: behind the last stroke is the name. */
static bool read_tls(struct rz_str *text, struct rz_forward *forward)
{
    struct rz_str label;
    const char *why;
    if (!skip(text, " tls "))
        return true;
    const char *stroke = rz_rules_quoted(text, &label) && label.size
                             ? memrchr(label.data, '/', label.size)
                             : NULL;
    if (!stroke)
        return false;
    struct rz_str name = {stroke + 1, (size_t)(label.data + label.size - stroke - 1)};
    return rz_name_parse(&forward->tls, name, NULL, &why) == RZ_OK;
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
    return port > 0 && port <= UINT16_MAX && read_tls(text, forward) && skip(text, "; ");
}

static void read_line(struct rz_rules_reader *reader, struct rz_str line)
{
    struct rz_name name;
    struct rz_forward forward;
    bool forwarded = false;
    if (rz_str_starts_with(line, "tls \"rezone/") && rz_str_ends_with(line, "; };"))
        return; /* its label says all */
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

/* `tls` statements are of the whole configuration, so the zone stands in their labels. */
static void write_label(struct rz_buffer *out, const struct rz_zone *zone,
                        const struct rz_name *tls)
{
    char apex[RZ_NAME_TEXT_MAX], name[RZ_NAME_TEXT_MAX];
    rz_buffer_printf(out, "tls \"rezone/%s/%s\"", rz_name_text_plain(apex, zone->apex.wire),
                     rz_name_text_plain(name, tls->wire));
}

static int compare_names(const void *left, const void *right)
{
    const struct rz_name *a = left, *b = right;
    return rz_name_compare(a->wire, b->wire);
}

/* One statement for each name of a certificate. */
static void write_tls(const struct rz_zonefile *zf, struct rz_buffer *out,
                      const struct rz_zone *zone)
{
    struct rz_name *names = NULL;
    size_t count = 0, capacity = 0;
    struct rz_forward forward;
    char text[RZ_NAME_TEXT_MAX];
    for (size_t i = 0; i < zone->count; i++)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]); rz_rdata_next(&c);)
            if (rz_forward_from_wire(&forward, c.wire, c.size) && forward.tls.size > 1) {
                names = rz_grow(names, &capacity, count + 1, sizeof *names);
                names[count++] = forward.tls;
            }
    if (count)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i && compare_names(&names[i - 1], &names[i]) == 0)
            continue;
        write_label(out, zone, &names[i]);
        rz_buffer_printf(out, " { remote-hostname \"%s\"; ",
                         rz_name_text_plain(text, names[i].wire));
        if (zf->options.tls_ca_file)
            rz_buffer_printf(out, "ca-file \"%s\"; ", zf->options.tls_ca_file);
        rz_buffer_text(out, "};\n");
    }
    free(names);
}

static void write_rules(const struct rz_zonefile *zf, struct rz_buffer *out,
                        const struct rz_zone *zone)
{
    char name[RZ_NAME_TEXT_MAX], address[RZ_FORWARD_ADDRESS_MAX];
    rz_buffer_text(out, "# Forwarding rules. Written by rezone; changes by hand are undone.\n");
    write_tls(zf, out, zone);
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rule = &zone->rrsets[i];
        struct rz_forward forward;
        rz_buffer_printf(out, "zone \"%s\" { type forward; ", rz_name_text(name, rule->owner));
        if (!rz_forward_is_exception(rule))
            rz_buffer_text(out, "forward only; ");
        rz_buffer_text(out, "forwarders { ");
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
            if (!rz_forward_from_wire(&forward, c.wire, c.size) || !forward.family)
                continue;
            rz_buffer_printf(out, "%s port %u", rz_forward_address(address, &forward),
                             forward.port);
            if (forward.tls.size > 1) {
                rz_buffer_char(out, ' ');
                write_label(out, zone, &forward.tls);
            }
            rz_buffer_text(out, "; ");
        }
        rz_buffer_text(out, "}; };\n");
    }
}

extern const struct rz_provider_ops rz_provider_named;

static enum rz_status named_open(struct rz_provider **provider, const char *name,
                                 const struct rz_node *config, const struct rz_source *source,
                                 struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_form form = {.read = read_rules, .write = write_rules};
    static const struct rz_zonefile_kind kind = {&rz_provider_named, &form, RZ6103};
    struct rz_zonefile *zf;
    enum rz_status status = rz_resolver_open(&zf, &kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    if (!rz_resolver_is_plain(zf->options.tls_ca_file))
        status = rz_resolver_wrong_option(config, source, "tls_ca_file",
                                          "it has blanks, quotes or such",
                                          "such as /etc/ssl/certs/ca-certificates.crt", diags);
    else if (zf->options.version && !rz_named_version_is_good(zf->options.version))
        status = rz_resolver_wrong_option(config, source, "version", "no version of BIND",
                                          "such as 9.20", diags);
    if (status != RZ_OK)
        rz_zonefile_close(&zf->base);
    else
        *provider = &zf->base;
    return status;
}

static const char *named_refuses(const struct rz_provider *provider, const struct rz_rrset *rule)
{
    static const struct rz_resolver_limits limits = {.mixes_tls = true};
    const char *why = rz_resolver_refuses(rule, &limits);
    return !why && rz_resolver_has_tls(rule)
               ? rz_named_without_tls((const struct rz_zonefile *)provider)
               : why;
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
