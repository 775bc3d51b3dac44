/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unbound: `forward-zone:` clauses (unbound.conf(5), "Forward Zone Options"). A clause without a target
 * is an exception: its names are resolved as if there were no rule above. */
#include <stddef.h>
#include <stdio.h>

#include "resolver/options.h"

static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(directory),
     .required = true,
     .summary = "Where the files of rules are, which unbound.conf includes: "
                "`include: \"/etc/unbound/rezone/*.conf\"`."},
    RZ_RESOLVER_FILE("${zone}.conf"),
    {.key = "control",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(control),
     .summary =
         "How to run unbound-control, such as `unbound-control -c /etc/unbound/unbound.conf`. "
         "With it the rules of the running resolver are read, too."},
    RZ_RESOLVER_CHECK("unbound-checkconf ${file}"),
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(reload),
     .summary = "Command run after a file is in place. If it fails the old file is put back. With "
                "`control` it is that with `reload_keep_cache`, unless another is set."},
    {.key = "ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(ca_file),
     .summary =
         "Certificates that `rezone forward check` trusts, as Unbound's own `tls-cert-bundle` "
         "does; below the project. Left out: the system's."},
    RZ_RESOLVER_SERVERS,
    {.key = NULL},
};

/* A clause being read. */
struct clause {
    struct rz_name name;
    bool open, named, has_targets, tls;
};

static void finish_clause(struct rz_rules_reader *reader, struct clause *clause)
{
    if (clause->open && !clause->named)
        rz_rules_wrong(reader, "a `forward-zone:` without a name");
    else if (clause->open && !clause->has_targets)
        rz_rules_add(reader, &clause->name, NULL);
    *clause = (struct clause){0};
}

/* The value behind a key and its colon; false for another key. */
static bool has_key(struct rz_str line, const char *key, struct rz_str *value)
{
    size_t size = strlen(key);
    if (!rz_str_starts_with(line, key) || line.size == size || line.data[size] != ':')
        return false;
    *value = rz_str_trim((struct rz_str){line.data + size + 1, line.size - size - 1});
    return true;
}

static void read_line(struct rz_rules_reader *reader, struct clause *clause, struct rz_str line)
{
    struct rz_str value;
    struct rz_forward forward;
    if (rz_str_is(line, "forward-zone:")) {
        finish_clause(reader, clause);
        clause->open = true;
    } else if (clause->open && !clause->named && has_key(line, "name", &value)
               && rz_rules_name(&value, &clause->name)) {
        clause->named = true;
    } else if (clause->named && has_key(line, "forward-tls-upstream", &value)
               && rz_str_is(value, "yes")) {
        clause->tls = true;
    } else if (clause->named && has_key(line, "forward-addr", &value)
               && rz_resolver_target(&forward, value) && clause->tls == (forward.tls.size > 1)) {
        clause->has_targets = true;
        rz_rules_add(reader, &clause->name, &forward);
    } else {
        rz_rules_wrong(reader, "not a line of forwarding rules as rezone writes them");
    }
}

static enum rz_status read_rules(struct rz_zone *zone, const struct rz_source *source,
                                 struct rz_diags *diags)
{
    struct rz_rules_reader reader = {.zone = zone, .source = source, .diags = diags};
    struct clause clause = {0};
    struct rz_str line;
    while (!reader.failed && rz_rules_next(&reader, &line))
        read_line(&reader, &clause, line);
    if (!reader.failed)
        finish_clause(&reader, &clause);
    return reader.failed ? RZ_INVALID : RZ_OK;
}

static void write_rule(struct rz_buffer *out, const struct rz_rrset *rule)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_forward forward;
    rz_buffer_printf(out, "forward-zone:\n    name: \"%s\"\n", rz_name_text(name, rule->owner));
    if (rz_resolver_has_tls(rule))
        rz_buffer_text(out, "    forward-tls-upstream: yes\n");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&forward, c.wire, c.size) || !forward.family)
            continue;
        rz_buffer_text(out, "    forward-addr: ");
        rz_resolver_write_target(out, &forward);
        rz_buffer_char(out, '\n');
    }
}

static void write_rules(const struct rz_zonefile *zf, struct rz_buffer *out,
                        const struct rz_zone *zone)
{
    (void)zf;
    rz_buffer_text(out, "# Forwarding rules. Written by rezone; changes by hand are undone.\n");
    for (size_t i = 0; i < zone->count; i++)
        write_rule(out, &zone->rrsets[i]);
}

/* Without a command of its own, `control` reloads; questions that were answered stay in the cache. */
static void default_reload(struct rz_zonefile *zf)
{
    if (zf->reload.count || !zf->control.count)
        return;
    for (size_t i = 0; i < zf->control.count; i++)
        rz_command_add(&zf->reload, zf->control.words[i]);
    rz_command_add(&zf->reload, "reload_keep_cache");
}

extern const struct rz_provider_ops rz_provider_unbound;

static enum rz_status unbound_open(struct rz_provider **provider, const char *name,
                                   const struct rz_node *config, const struct rz_source *source,
                                   struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_form form = {
        .read = read_rules, .write = write_rules, .running = rz_unbound_running};
    static const struct rz_zonefile_kind kind = {&rz_provider_unbound, &form, RZ6103};
    struct rz_zonefile *zf;
    enum rz_status status = rz_resolver_open(&zf, &kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    default_reload(zf);
    *provider = &zf->base;
    return RZ_OK;
}

static const char *unbound_refuses(const struct rz_provider *provider, const struct rz_rrset *rule)
{
    static const struct rz_resolver_limits limits = {0};
    (void)provider;
    return rz_resolver_refuses(rule, &limits);
}

static enum rz_status unbound_apply(struct rz_provider *provider, struct rz_batch *batch,
                                    struct rz_diags *diags)
{
    return rz_resolver_apply(provider, batch, rz_unbound_flush, diags);
}

const struct rz_provider_ops rz_provider_unbound = {
    .kind = "unbound",
    .summary = "Forwarding rules of Unbound: files that its configuration includes.",
    .options = options,
    .open = unbound_open,
    .close = rz_zonefile_close,
    .capabilities = rz_zonefile_capabilities,
    .list_zones = rz_zonefile_list,
    .fetch = rz_zonefile_fetch,
    .apply = unbound_apply,
    .delete_zone = rz_zonefile_delete,
    .servers = rz_zonefile_servers,
    .forwarding = &rz_resolver_forwarding,
    .refuses = unbound_refuses,
};
