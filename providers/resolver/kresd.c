/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knot Resolver 5: Lua that its configuration runs (Knot Resolver, "Query policies"). Policies are tried one
 * after the other, which is slow for many rules and makes their order part of their meaning. So all files
 * share one policy, made by the first that is run, which finds the rule of the closest domain above a
 * name. Running a file again exchanges its rules as one step. */
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "resolver/options.h"

static const struct rz_field options[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(directory),
     .required = true,
     .summary = "Where the files of rules are, each of which kresd.conf runs: "
                "`dofile('/etc/knot-resolver/rezone/corp.example.lua')`. Absolute with `control`."},
    RZ_RESOLVER_FILE("${zone}.lua"),
    {.key = "control",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(control),
     .summary =
         "Control sockets, one for each process, such as `/run/knot-resolver/control/1`. With "
         "them new rules are taken at once, and those of the running resolver are read, too."},
    RZ_RESOLVER_CHECK(NULL),
    {.key = "reload",
     .kind = RZ_FIELD_STRINGS,
     .offset = RZ_ZONEFILE_OPTION(reload),
     .summary =
         "Command run after a file is in place, such as `systemctl restart kresd@1`, in place "
         "of what `control` does. If it fails the old file is put back."},
    {.key = "tls_ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = RZ_ZONEFILE_OPTION(tls_ca_file),
     .summary = "Certificates that the resolver checks those of targets against, by the path where "
                "it runs; written with the next change. Left out: its system's."},
    RZ_RESOLVER_CA_FILE,
    RZ_RESOLVER_SERVERS,
    {.key = NULL},
};

/* Rules as text, and an action for each. `rezone.show` lists the rules, 200 a page, since a control
 * socket takes no more than fits into its buffer; none where the policy was removed or suspended. */
static const char prelude[] =
    "-- Forwarding rules. Written by rezone; changes by hand are undone.\n"
    "if not rezone then\n"
    "    rezone = {files = {}, actions = {}}\n"
    "\n"
    "    local function action(targets, ca_file)\n"
    "        local tls, plain = {}, {}\n"
    "        for word in targets:gmatch('%S+') do\n"
    "            local address, name = word:match('^([^#]+)#?(.*)$')\n"
    "            if name ~= '' then\n"
    "                table.insert(tls, {address, hostname = name, ca_file = ca_file})\n"
    "            else\n"
    "                table.insert(plain, address)\n"
    "            end\n"
    "        end\n"
    "        if #tls > 0 then return policy.TLS_FORWARD(tls) end\n"
    "        return #plain > 0 and policy.FORWARD(plain) or nil\n"
    "    end\n"
    "\n"
    "    function rezone.set(file, rules, ca_file)\n"
    "        local made = {}\n"
    "        for name, targets in pairs(rules) do\n"
    "            made[kres.str2dname(name)] = {file = file, action = action(targets, ca_file)}\n"
    "        end\n"
    "        for name in pairs(rezone.files[file] or {}) do\n"
    "            local key = kres.str2dname(name)\n"
    "            local old = rezone.actions[key]\n"
    "            if old and old.file == file then rezone.actions[key] = nil end\n"
    "        end\n"
    "        for key, rule in pairs(made) do rezone.actions[key] = rule end\n"
    "        rezone.files[file] = rules\n"
    "    end\n"
    "\n"
    "    rezone.policy = policy.add(function (_, query)\n"
    "        local name, at = query:name():lower(), 1\n"
    "        while at <= #name do\n"
    "            local rule = rezone.actions[name:sub(at)]\n"
    "            if rule then return rule.action end\n"
    "            at = at + name:byte(at) + 1\n"
    "        end\n"
    "    end)\n"
    "\n"
    "    function rezone.show(page)\n"
    "        local lines, works = {}, false\n"
    "        for _, rule in ipairs(policy.rules) do\n"
    "            works = works or (rule == rezone.policy and not rule.suspended)\n"
    "        end\n"
    "        for _, rules in pairs(works and rezone.files or {}) do\n"
    "            for name, targets in pairs(rules) do\n"
    "                table.insert(lines, name .. ' IN forward ' .. targets)\n"
    "            end\n"
    "        end\n"
    "        table.sort(lines)\n"
    "        return table.concat(lines, '\\n', 200 * page + 1, math.min(200 * page + 200, #lines))\n"
    "    end\n"
    "end\n"
    "\n";

/* "['corp.example.'] = '192.0.2.53@53 192.0.2.54@53'," */
static void read_line(struct rz_rules_reader *reader, struct rz_str line)
{
    static const char open[] = "['", middle[] = "'] = '", close[] = "',";
    const char *why;
    struct rz_name name;
    const char *at = memmem(line.data, line.size, middle, sizeof middle - 1);
    const char *end = line.data + line.size - (sizeof close - 1);
    if (!at || !rz_str_starts_with(line, open) || !rz_str_ends_with(line, close)
        || at + sizeof middle - 1 > end
        || rz_name_parse(&name, (struct rz_str){line.data + 2, (size_t)(at - line.data - 2)}, NULL,
                         &why)
               != RZ_OK) {
        rz_rules_wrong(reader, "not a line of forwarding rules as rezone writes them");
        return;
    }
    at += sizeof middle - 1;
    rz_rules_add_all(reader, &name, (struct rz_str){at, (size_t)(end - at)});
}

static enum rz_status read_rules(struct rz_zone *zone, const struct rz_source *source,
                                 struct rz_diags *diags)
{
    struct rz_rules_reader reader = {.zone = zone, .source = source, .diags = diags};
    struct rz_str line;
    bool inside = false, closed = false;
    if (source->text.size == 0)
        return RZ_OK;
    if (!rz_str_starts_with(source->text, "-- Forwarding rules. Written by rezone;")) {
        reader.number = 1;
        rz_rules_wrong(&reader, "not a file of forwarding rules as rezone writes it");
        return RZ_INVALID;
    }
    while (!reader.failed && rz_rules_next(&reader, &line))
        if (!inside && !closed)
            inside = rz_str_starts_with(line, "rezone.set('");
        else if (inside && rz_str_starts_with(line, "}"))
            inside = false, closed = true;
        else
            read_line(&reader, line);
    if (!reader.failed && !closed)
        rz_rules_wrong(&reader, "the file of forwarding rules has no end");
    return reader.failed ? RZ_INVALID : RZ_OK;
}

static void write_rules(const struct rz_zonefile *zf, struct rz_buffer *out,
                        const struct rz_zone *zone)
{
    char text[RZ_NAME_TEXT_MAX];
    struct rz_forward forward;
    rz_buffer_text(out, prelude);
    rz_buffer_printf(out, "rezone.set('%s', {\n", rz_name_text(text, zone->apex.wire));
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rule = &zone->rrsets[i];
        bool first = true;
        rz_buffer_printf(out, "['%s'] = '", rz_name_text(text, rule->owner));
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
            if (!rz_forward_from_wire(&forward, c.wire, c.size) || !forward.family)
                continue;
            if (!first)
                rz_buffer_char(out, ' ');
            rz_resolver_write_target(out, &forward);
            first = false;
        }
        rz_buffer_text(out, "',\n");
    }
    rz_buffer_char(out, '}');
    if (zf->options.tls_ca_file)
        rz_buffer_printf(out, ", '%s'", zf->options.tls_ca_file);
    rz_buffer_text(out, ")\n");
}

extern const struct rz_provider_ops rz_provider_kresd;

/* Paths stand in Lua as they are. */
static enum rz_status check_options(const struct rz_zonefile *zf, const struct rz_node *config,
                                    const struct rz_source *source, struct rz_diags *diags)
{
    struct sockaddr_un address;
    for (size_t i = 0; i < zf->control.count; i++)
        if (zf->control.words[i][0] != '/'
            || strlen(zf->control.words[i]) >= sizeof address.sun_path)
            return rz_resolver_wrong_option(config, source, "control",
                                            "not the absolute path of a socket",
                                            "such as /run/knot-resolver/control/1", diags);
    if (zf->control.count && zf->options.directory[0] != '/')
        return rz_resolver_wrong_option(
            config, source, "directory",
            "it is not absolute, and with `control` the resolver reads its files by this path",
            "such as /etc/knot-resolver/rezone", diags);
    if (!rz_resolver_is_plain(zf->options.directory))
        return rz_resolver_wrong_option(config, source, "directory",
                                        "it has blanks, quotes or such", "name another", diags);
    if ((*zf->prefix && !rz_resolver_is_plain(zf->prefix))
        || (*zf->suffix && !rz_resolver_is_plain(zf->suffix)))
        return rz_resolver_wrong_option(config, source, "file", "it has blanks, quotes or such",
                                        "such as \"${zone}.lua\"", diags);
    if (!rz_resolver_is_plain(zf->options.tls_ca_file))
        return rz_resolver_wrong_option(config, source, "tls_ca_file",
                                        "it has blanks, quotes or such",
                                        "such as /etc/ssl/certs/ca-certificates.crt", diags);
    return RZ_OK;
}

static enum rz_status kresd_open(struct rz_provider **provider, const char *name,
                                 const struct rz_node *config, const struct rz_source *source,
                                 struct rz_context *context, struct rz_diags *diags)
{
    static const struct rz_zonefile_form form = {.read = read_rules,
                                                 .write = write_rules,
                                                 .running = rz_kresd_running,
                                                 .reload = rz_kresd_reload};
    static const struct rz_zonefile_kind kind = {&rz_provider_kresd, &form, RZ6103};
    struct rz_zonefile *zf;
    enum rz_status status = rz_resolver_open(&zf, &kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    zf->capabilities.one_tls_name = true;
    status = check_options(zf, config, source, diags);
    if (status != RZ_OK)
        rz_zonefile_close(&zf->base);
    else
        *provider = &zf->base;
    return status;
}

static const char *kresd_refuses(const struct rz_provider *provider, const struct rz_rrset *rule)
{
    static const struct rz_resolver_limits limits = {0};
    (void)provider;
    return rz_resolver_refuses(rule, &limits);
}

static enum rz_status kresd_apply(struct rz_provider *provider, struct rz_batch *batch,
                                  struct rz_diags *diags)
{
    return rz_resolver_apply(provider, batch, rz_kresd_flush, diags);
}

const struct rz_provider_ops rz_provider_kresd = {
    .kind = "kresd",
    .summary = "Forwarding rules of Knot Resolver: files that its configuration runs.",
    .options = options,
    .open = kresd_open,
    .close = rz_zonefile_close,
    .capabilities = rz_zonefile_capabilities,
    .list_zones = rz_zonefile_list,
    .fetch = rz_zonefile_fetch,
    .apply = kresd_apply,
    .delete_zone = rz_zonefile_delete,
    .servers = rz_zonefile_servers,
    .forwarding = &rz_resolver_forwarding,
    .refuses = kresd_refuses,
};
