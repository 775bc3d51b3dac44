/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CoreDNS: a server block for each rule, with the plugin *forward* in it (CoreDNS, "Corefile" and "forward").
 * CoreDNS answers a question in the block of the closest domain, so the order of blocks has no meaning. An
 * exception is a block that imports what the rest of the Corefile does. CoreDNS has no way to list what it
 * runs, so the file is what is live. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "resolver/options.h"

#define TARGETS_MAX 15 /* that the plugin takes */

static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(directory),
     .required = true,
     .summary = "Where the files of rules are, which the Corefile imports outside of its blocks: "
                "`import /etc/coredns/rezone/*.conf`."},
    RZ_RESOLVER_FILE("${zone}.conf"),
    {.key = "port",
     .kind = RZ_FIELD_UINT,
     .maximum = 65535,
     .offset = RZ_ZONEFILE_OPTION(port),
     .summary = "Port of the server blocks. Left out: the one that CoreDNS was started with."},
    {.key = "plugins",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(plugins),
     .summary =
         "A snippet of the Corefile that every block of a rule imports, for `errors`, `cache` "
         "and the like."},
    {.key = "otherwise",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(otherwise),
     .summary = "A snippet of the Corefile that resolves names as its own blocks do; exceptions "
                "import it."},
    RZ_RESOLVER_CHECK(NULL),
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(reload),
     .summary = "Command run after a file is in place, such as `systemctl reload coredns`. If it "
                "fails the old file is put back. Not needed with the plugin *reload*."},
    {.key = "tls_ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(tls_ca_file),
     .summary = "Certificates that CoreDNS checks those of targets against, by the path where it "
                "runs; written with the next change. Left out: its system's."},
    RZ_RESOLVER_CA_FILE,
    RZ_RESOLVER_SERVERS,
    {.key = NULL},
};

/* ---- reading */

/* A block being read. */
struct block {
    struct rz_name name;
    struct rz_forward targets[TARGETS_MAX];
    size_t count;
    bool open, forwards, inner; /* within `forward … {` */
    bool sequential;
};

static bool skip(struct rz_str *text, const char *words)
{
    if (!rz_str_starts_with(*text, words))
        return false;
    text->data += strlen(words);
    text->size -= strlen(words);
    return true;
}

/* The next word, and the text behind it and a blank. */
static struct rz_str next_word(struct rz_str *text)
{
    const char *blank = memchr(text->data, ' ', text->size);
    struct rz_str word = {text->data, blank ? (size_t)(blank - text->data) : text->size};
    size_t used = word.size + (blank ? 1 : 0);
    text->data += used;
    text->size -= used;
    return word;
}

/* "192.0.2.53:53", "tls://[2001:db8::53]:853" */
static bool read_target(struct rz_forward *forward, struct rz_str text)
{
    char address[RZ_FORWARD_ADDRESS_MAX];
    *forward = (struct rz_forward){.priority = RZ_RESOLVER_PRIORITY, .tls = {.size = 1}};
    skip(&text, "tls://");
    const char *colon = text.size ? memrchr(text.data, ':', text.size) : NULL;
    bool bracketed = colon && text.data[0] == '[' && colon[-1] == ']';
    struct rz_str host = {text.data + bracketed,
                          colon ? (size_t)(colon - text.data) - 2 * (size_t)bracketed : 0};
    if (host.size == 0 || host.size >= sizeof address)
        return false;
    memcpy(address, host.data, host.size);
    address[host.size] = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10); /* a blank or the line's end stops it */
    forward->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX && end == text.data + text.size
           && rz_forward_set_address(forward, address);
}

/* "corp.example {", with ":PORT" where blocks have one */
static bool read_head(struct block *block, struct rz_str line)
{
    const char *why;
    struct rz_str name = next_word(&line);
    const char *colon = memchr(name.data, ':', name.size);
    name.size = colon ? (size_t)(colon - name.data) : name.size;
    block->open = rz_str_is(line, "{") && rz_name_parse(&block->name, name, NULL, &why) == RZ_OK;
    return block->open;
}

static bool read_targets(struct block *block, struct rz_str line)
{
    while (line.size) {
        struct rz_str word = next_word(&line);
        if (rz_str_is(word, "{")) {
            block->inner = true;
            return line.size == 0 && block->count;
        }
        if (block->count == TARGETS_MAX || !read_target(&block->targets[block->count++], word))
            return false;
    }
    return block->count > 0;
}

static bool read_inner(struct block *block, struct rz_str line)
{
    struct rz_name tls;
    const char *why;
    if (rz_str_is(line, "policy sequential")) {
        block->sequential = true;
        return true;
    }
    if (!skip(&line, "tls_servername "))
        return rz_str_starts_with(line, "tls ");
    if (rz_name_parse(&tls, line, NULL, &why) != RZ_OK)
        return false;
    for (size_t i = 0; i < block->count; i++)
        block->targets[i].tls = tls;
    return true;
}

static void finish_block(struct rz_rules_reader *reader, struct block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        if (block->sequential)
            block->targets[i].priority = (uint16_t)(RZ_RESOLVER_PRIORITY * (i + 1));
        rz_rules_add(reader, &block->name, &block->targets[i]);
    }
    if (!block->forwards)
        rz_rules_add(reader, &block->name, NULL);
    *block = (struct block){0};
}

static bool read_line(struct rz_rules_reader *reader, struct block *block, struct rz_str line)
{
    if (!block->open)
        return read_head(block, line);
    if (block->inner && rz_str_is(line, "}")) {
        block->inner = false;
        return true;
    }
    if (block->inner)
        return read_inner(block, line);
    if (rz_str_is(line, "}")) {
        finish_block(reader, block);
        return true;
    }
    if (!block->forwards && skip(&line, "forward . ")) {
        block->forwards = true;
        return read_targets(block, line);
    }
    return rz_str_starts_with(line, "import ");
}

static enum rz_status read_rules(struct rz_zone *zone, const struct rz_source *source,
                                 struct rz_diags *diags)
{
    struct rz_rules_reader reader = {.zone = zone, .source = source, .diags = diags};
    struct block block = {0};
    struct rz_str line;
    while (!reader.failed && rz_rules_next(&reader, &line))
        if (!read_line(&reader, &block, line))
            rz_rules_wrong(&reader, "not a line of forwarding rules as rezone writes them");
    if (!reader.failed && block.open)
        rz_rules_wrong(&reader, "the last block has no end");
    return reader.failed ? RZ_INVALID : RZ_OK;
}

/* ---- writing */

static void write_target(struct rz_buffer *out, const struct rz_forward *forward)
{
    char address[RZ_FORWARD_ADDRESS_MAX];
    rz_buffer_printf(out, forward->family == 6 ? " %s[%s]:%u" : " %s%s:%u",
                     forward->tls.size > 1 ? "tls://" : "", rz_forward_address(address, forward),
                     forward->port);
}

/* Targets that share one priority are asked at random, which is the plugin's own policy. */
static void write_forward(const struct rz_zonefile *zf, struct rz_buffer *out,
                          const struct rz_rrset *rule)
{
    struct rz_forward forward;
    struct rz_name tls = {.size = 1};
    char name[RZ_NAME_TEXT_MAX];
    bool ordered = false;
    rz_buffer_text(out, "    forward .");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&forward, c.wire, c.size) || !forward.family)
            continue;
        write_target(out, &forward);
        tls = forward.tls;
        ordered |= forward.priority != RZ_RESOLVER_PRIORITY;
    }
    if (!ordered && tls.size == 1) {
        rz_buffer_char(out, '\n');
        return;
    }
    rz_buffer_text(out, " {\n");
    if (ordered)
        rz_buffer_text(out, "        policy sequential\n");
    if (tls.size > 1 && zf->options.tls_ca_file)
        rz_buffer_printf(out, "        tls %s\n", zf->options.tls_ca_file);
    if (tls.size > 1)
        rz_buffer_printf(out, "        tls_servername %s\n", rz_name_text_plain(name, tls.wire));
    rz_buffer_text(out, "    }\n");
}

static void write_rules(const struct rz_zonefile *zf, struct rz_buffer *out,
                        const struct rz_zone *zone)
{
    char name[RZ_NAME_TEXT_MAX];
    rz_buffer_text(out, "# Forwarding rules. Written by rezone; changes by hand are undone.\n");
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rule = &zone->rrsets[i];
        bool exception = rz_forward_is_exception(rule);
        const char *snippet = exception ? zf->options.otherwise : zf->options.plugins;
        rz_buffer_text(out, rz_name_text_plain(name, rule->owner));
        if (zf->options.port)
            rz_buffer_printf(out, ":%u", (unsigned)zf->options.port);
        rz_buffer_text(out, " {\n");
        if (snippet)
            rz_buffer_printf(out, "    import %s\n", snippet);
        if (!exception)
            write_forward(zf, out, rule);
        rz_buffer_text(out, "}\n");
    }
}

/* ---- the provider */

extern const struct rz_provider_ops rz_provider_coredns;

static enum rz_status check_options(const struct rz_zonefile *zf, const struct rz_node *config,
                                    const struct rz_source *source, struct rz_diags *diags)
{
    const struct {
        const char *key, *value;
    } words[] = {{"plugins", zf->options.plugins},
                 {"otherwise", zf->options.otherwise},
                 {"tls_ca_file", zf->options.tls_ca_file}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!rz_resolver_is_plain(words[i].value))
            return rz_resolver_wrong_option(config, source, words[i].key,
                                            "it has blanks, quotes or such",
                                            "write one word, as it stands in the Corefile", diags);
    return RZ_OK;
}

static enum rz_status coredns_open(struct rz_provider **provider, const char *name,
                                   const struct rz_node *config, const struct rz_source *source,
                                   struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_form form = {.read = read_rules, .write = write_rules};
    static const struct rz_zonefile_kind kind = {&rz_provider_coredns, &form, RZ6103};
    struct rz_zonefile *zf;
    enum rz_status status = rz_resolver_open(&zf, &kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    status = check_options(zf, config, source, diags);
    if (status != RZ_OK)
        rz_zonefile_close(&zf->base);
    else
        *provider = &zf->base;
    return status;
}

static const char *coredns_refuses(const struct rz_provider *provider, const struct rz_rrset *rule)
{
    static const struct rz_resolver_limits limits = {
        .orders = true, .one_name = true, .targets = TARGETS_MAX};
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    const char *why = rz_resolver_refuses(rule, &limits);
    if (!why && rz_forward_is_exception(rule) && !zf->options.otherwise)
        return "it resolves an exception by a snippet of its Corefile: name it as `otherwise` on the "
               "provider";
    return why;
}

const struct rz_provider_ops rz_provider_coredns = {
    .kind = "coredns",
    .summary = "Forwarding rules of CoreDNS: files that its Corefile imports.",
    .options = options,
    .open = coredns_open,
    .close = rz_zonefile_close,
    .capabilities = rz_zonefile_capabilities,
    .list_zones = rz_zonefile_list,
    .fetch = rz_zonefile_fetch,
    .apply = rz_zonefile_apply,
    .delete_zone = rz_zonefile_delete,
    .servers = rz_zonefile_servers,
    .forwarding = &rz_resolver_forwarding,
    .refuses = coredns_refuses,
};
