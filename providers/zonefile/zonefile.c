/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and description of the zonefile provider. */
#include "zonefile/zonefile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"
#include "zonefile/zonefile_signing.h"
#include "zonefile/zonefile_stage.h"

static const char *const serial_choices[] = {"increment", "unixtime", "date", NULL};

#define SIGNATURE_MAX (3650 * 86400ull) /* seconds, within serial arithmetic of 32 bits */
#define OPTION(field) RZ_ZONEFILE_OPTION(field)
static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(directory),
     .required = true,
     .summary = "Where the zone files are; relative to the project, or absolute."},
    {.key = "file",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(file),
     .fallback = "${zone}.zone",
     .summary = "File name of a zone below the directory; ${zone} stands for its name."},
    {.key = "serial",
     .kind = RZ_FIELD_ENUM,
     .offset = OPTION(serial),
     .fallback = "increment",
     .choices = serial_choices,
     .summary = "How the SOA serial moves; it never goes back."},
    {.key = "comments",
     .kind = RZ_FIELD_BOOL,
     .offset = OPTION(comments),
     .fallback = "false",
     .summary = "Whether each RRset's file and line is written behind it. Moving a line in the "
                "sources then changes the zone file when it is next written."},
    {.key = "flatten",
     .kind = RZ_FIELD_BOOL,
     .offset = OPTION(flatten),
     .fallback = "false",
     .summary = "Whether a file with $INCLUDE may be replaced by one without."},
    {.key = "check",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(check),
     .summary =
         "Command that must accept a new file before it is put in place; ${file} and ${zone} "
         "are set. A list of words, or a text that is split at blanks; no shell."},
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(reload),
     .summary = "Command run after a file is in place, such as `rndc reload ${zone}`. If it fails "
                "the old file is put back."},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(servers),
     .summary = "Servers that serve the files, asked by verification: address or address:port."},
    {.key = "keys",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(keys),
     .summary = "Directory of private keys, which only its owner may read. With it, zones that say "
                "`dnssec:` are signed when they are written."},
    {.key = "signature_validity",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(validity),
     .fallback = "14d",
     .summary = "How long a new signature is good."},
    {.key = "signature_refresh",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(refresh),
     .fallback = "5d",
     .summary =
         "A signature with less time left than this is made anew, with the next change or by "
         "`rezone dnssec resign`."},
    {.key = NULL},
};

/* A map's value, so that a diagnostic can point at it. */
static struct rz_place place_of(const struct rz_source *source, const struct rz_node *config,
                                const char *key)
{
    const struct rz_node *node = rz_node_get(config, key);
    return rz_node_place(source, node ? node : config);
}

static bool is_scalar(const struct rz_node *config, const char *key)
{
    const struct rz_node *node = rz_node_get(config, key);
    return node && node->kind == RZ_NODE_SCALAR;
}

/* What the loaders below share. */
struct opening {
    struct rz_zonefile *zf;
    enum rz_code code;
    const struct rz_node *config;
    const struct rz_source *source;
    struct rz_diags *diags;
    bool failed;
};

static void refuse(struct opening *opening, const char *key, const char *why, const char *hint)
{
    opening->failed = true;
    struct rz_diag *diag = rz_diags_add(opening->diags, opening->code,
                                        place_of(opening->source, opening->config, key), "%s: %s",
                                        key, why);
    rz_diag_hint(opening->diags, diag, "%s", hint);
}

static void load_command(struct opening *opening, const char *key, const struct rz_strings *words,
                         struct rz_command *command)
{
    const char *why = "";
    if (is_scalar(opening->config, key) || !rz_node_get(opening->config, key)) {
        if (words->count && rz_command_split(command, words->items[0], &why) != RZ_OK)
            refuse(opening, key, why, "write the program and its arguments, or a list of them");
        return;
    }
    for (size_t i = 0; i < words->count; i++)
        rz_command_add(command, words->items[i]);
}

/* Components that are hidden would not be listed, and `..` would lead out. */
static bool is_hidden(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/'), part = part ? part + 1 : NULL)
        if (*part == '.' || *part == '/')
            return true;
    return false;
}

static void load_pattern(struct opening *opening)
{
    struct rz_zonefile *zf = opening->zf;
    static const char mark[] = "${zone}";
    const char *pattern = zf->options.file, *at = strstr(pattern, mark);
    if (!zf->options.directory[0])
        refuse(opening, "directory", "it is empty", "write `.` for the project's own directory");
    if (!at || strstr(at + 1, mark) || is_hidden(pattern) || strchr(at, '/')) {
        refuse(opening, "file",
               "it must have ${zone} once, in its last part, and no part that begins with a dot",
               "such as \"${zone}.zone\" or \"db.${zone}\"");
        return;
    }
    RZ_BUFFER_CLEANUP struct rz_buffer prefix = {0};
    rz_buffer_append(&prefix, pattern, (size_t)(at - pattern));
    zf->prefix = rz_arena_strdup(&zf->arena, rz_buffer_view(&prefix).data);
    zf->suffix = at + sizeof mark - 1;
}

/* address, address:port, [address]:port */
static bool parse_server(struct rz_server *server, const char *text)
{
    char address[sizeof server->address + 8];
    unsigned char octets[16];
    *server = (struct rz_server){0};
    if (strlen(text) >= sizeof address)
        return false;
    strcpy(address, text);
    char *host = address, *port = NULL;
    if (*host == '[') {
        char *close = strchr(++host, ']');
        if (!close || (close[1] && close[1] != ':'))
            return false;
        *close = '\0';
        port = close[1] ? close + 2 : NULL;
    } else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':')) {
        port = strchr(host, ':');
        *port++ = '\0';
    }
    if (port) {
        char *end;
        unsigned long number = strtoul(port, &end, 10);
        if (*port < '0' || *port > '9' || *end || number == 0 || number > 65535)
            return false;
        server->port = (uint16_t)number;
    }
    if (inet_pton(AF_INET, host, octets) != 1 && inet_pton(AF_INET6, host, octets) != 1)
        return false;
    memcpy(server->address, host, strlen(host) + 1); /* shorter than INET6_ADDRSTRLEN */
    return true;
}

static void load_signing(struct opening *opening)
{
    struct rz_zonefile *zf = opening->zf;
    if (!zf->options.keys)
        return;
    if (!zf->options.keys[0])
        refuse(opening, "keys", "it is empty", "such as `keys`, for a directory of the project");
    if (zf->options.validity > SIGNATURE_MAX || zf->options.validity < 1)
        refuse(opening, "signature_validity", "it is not from 1 second to 10 years", "such as 14d");
    else if (zf->options.refresh >= zf->options.validity)
        refuse(opening, "signature_refresh", "it must be less than signature_validity",
               "such as a third of it");
}

static void load_servers(struct opening *opening)
{
    struct rz_zonefile *zf = opening->zf;
    const struct rz_strings *servers = &zf->options.servers;
    if (servers->count > RZ_ZONEFILE_SERVERS_MAX) {
        refuse(opening, "servers", "there are more than 64", "name the ones to be asked");
        return;
    }
    for (size_t i = 0; i < servers->count; i++)
        if (parse_server(&zf->servers[zf->server_count], servers->items[i]))
            zf->server_count++;
        else
            refuse(opening, "servers", "not an address with an optional port",
                   "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
}

void rz_zonefile_close(struct rz_provider *provider)
{
    struct rz_zonefile *zf = (struct rz_zonefile *)provider;
    rz_zonefile_forget_all(zf);
    pthread_mutex_destroy(&zf->lock);
    rz_command_free(&zf->reload);
    rz_command_free(&zf->check);
    rz_command_free(&zf->control);
    rz_arena_free(&zf->arena);
    free(zf);
}

enum rz_status rz_zonefile_open(struct rz_zonefile **zonefile, const struct rz_zonefile_kind *kind,
                                const char *name, const struct rz_node *config,
                                const struct rz_source *source, struct rz_context *context,
                                struct rz_diags *diags)
{
    struct rz_zonefile *zf = rz_alloc_zero(1, sizeof *zf);
    zf->base = (struct rz_provider){kind->ops, name};
    zf->form = kind->form;
    pthread_mutex_init(&zf->lock, NULL);
    zf->context = context;
    struct rz_field_reader reader = {source, &zf->arena, diags};
    struct opening opening = {
        .zf = zf, .code = kind->code, .config = config, .source = source, .diags = diags};
    enum rz_status status = rz_fields_load(&reader, config, kind->ops->options, zf);
    if (status == RZ_OK) {
        load_pattern(&opening);
        load_command(&opening, "check", &zf->options.check, &zf->check);
        load_command(&opening, "reload", &zf->options.reload, &zf->reload);
        load_command(&opening, "control", &zf->options.control, &zf->control);
        load_servers(&opening);
        load_signing(&opening);
    }
    if (status != RZ_OK || opening.failed) {
        rz_zonefile_close(&zf->base);
        return RZ_INVALID;
    }
    *zonefile = zf;
    zf->capabilities = (struct rz_capabilities){
        .atomicity = RZ_ATOMIC_ZONE,
        .conditional = RZ_COND_DIGEST,
        .creates_zones = true,
        .has_servers = zf->server_count > 0,
        .is_local = true,
        .signs_online = zf->options.keys != NULL,
        .signs = zf->options.keys != NULL,
        .concurrency = 64,
    };
    return RZ_OK;
}

extern const struct rz_provider_ops rz_provider_zonefile;

static enum rz_status zonefile_open(struct rz_provider **provider, const char *name,
                                    const struct rz_node *config, const struct rz_source *source,
                                    struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_kind kind = {&rz_provider_zonefile, NULL, RZ3201};
    struct rz_zonefile *zf;
    enum rz_status status = rz_zonefile_open(&zf, &kind, name, config, source, context, diags);
    if (status == RZ_OK)
        *provider = &zf->base;
    return status;
}

const struct rz_capabilities *rz_zonefile_capabilities(const struct rz_provider *provider)
{
    return &((const struct rz_zonefile *)provider)->capabilities;
}

size_t rz_zonefile_servers(const struct rz_provider *provider, struct rz_server *servers,
                           size_t capacity)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    size_t count = zf->server_count < capacity ? zf->server_count : capacity;
    memcpy(servers, zf->servers, count * sizeof *servers);
    return count;
}

const struct rz_provider_ops rz_provider_zonefile = {
    .kind = "zonefile",
    .summary = "A directory of master files, for servers on this machine or files kept elsewhere.",
    .options = options,
    .open = zonefile_open,
    .close = rz_zonefile_close,
    .capabilities = rz_zonefile_capabilities,
    .list_zones = rz_zonefile_list,
    .fetch = rz_zonefile_fetch,
    .probe = rz_zonefile_probe,
    .apply = rz_zonefile_apply,
    .create_zone = rz_zonefile_create,
    .delete_zone = rz_zonefile_delete,
    .servers = rz_zonefile_servers,
    .staging = &rz_zonefile_staging,
    .dnssec = &rz_zonefile_dnssec,
};
