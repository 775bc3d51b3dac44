/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a registration for a command; keys from their presentation form. */
#include "cli/domain.h"

#include <stdlib.h>
#include <strings.h>

#include "cli/pick_provider.h"
#include "dns/dnskey.h"
#include "dns/rdata.h"
#include "dns/rtype.h"
#include "registration.h"
#include "support/json_write.h"

static bool has_domains(const struct rz_provider_ops *ops)
{
    return ops->domains != NULL;
}

static enum rz_status read_registration(struct rz_domain_command *command, const char *name)
{
    enum rz_status status = command->ops->get(command->provider, name, &command->list,
                                              &command->cli->diags);
    command->domain = status == RZ_OK ? &command->list.items[0] : NULL;
    return status;
}

/* What the command line says of parents and resolvers goes over rezone.yaml. */
static enum rz_status read_verify_options(struct rz_domain_command *command)
{
    struct rz_cli *cli = command->cli;
    struct rz_verify_settings *verify = &command->project.verify;
    const char *wait = cli->options.last[RZ_OPT_WAIT];
    if (cli->options.given[RZ_OPT_PARENT])
        verify->parents = cli->options.all[RZ_OPT_PARENT];
    if (cli->options.given[RZ_OPT_RESOLVER])
        verify->resolvers = cli->options.all[RZ_OPT_RESOLVER];
    if (wait
        && (!rz_duration_parse(&verify->parent_wait, rz_str_of(wait)) || !verify->parent_wait)) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "--wait takes a time, not %s", wait);
        rz_diag_hint(&cli->diags, diag, "such as 30s or 15m");
        return RZ_INVALID;
    }
    verify->dns |= wait || cli->options.given[RZ_OPT_PARENT] || cli->options.given[RZ_OPT_RESOLVER];
    return RZ_OK;
}

enum rz_status rz_domain_command_names(struct rz_domain_command *command, const char *pattern,
                                       struct rz_strings *names)
{
    struct rz_cli *cli = command->cli;
    struct rz_domain_list list = {0};
    *names = (struct rz_strings){.items = rz_arena_alloc(&cli->arena, sizeof *names->items)};
    if (!strpbrk(pattern, "*?") || !command->ops) {
        names->items[names->count++] = pattern;
        return RZ_OK;
    }
    enum rz_status status = command->ops->list(command->provider, &list, &cli->diags);
    names->items = rz_arena_alloc(&cli->arena, (list.count + 1) * sizeof *names->items);
    for (size_t i = 0; status == RZ_OK && i < list.count; i++)
        if (rz_str_glob(pattern, list.items[i].name)
            && strcasecmp(list.items[i].status, "active") == 0)
            names->items[names->count++] = rz_arena_strdup(&cli->arena, list.items[i].name);
    free(list.items);
    rz_arena_free(&list.arena);
    if (status == RZ_OK && !names->count) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ3518,
                                            rz_place_named(command->provider->name),
                                            "no active registration matches %s", pattern);
        rz_diag_hint(&cli->diags, diag, "`rezone domain list` shows what there is");
        status = RZ_NOT_FOUND;
    }
    return status;
}

static enum rz_status open_command(struct rz_domain_command *command, struct rz_cli *cli,
                                   bool required)
{
    *command = (struct rz_domain_command){.cli = cli};
    if (!rz_cli_open(cli, &command->project, NULL, NULL))
        return RZ_INVALID;
    bool has = cli->options.given[RZ_OPT_PROVIDER];
    for (size_t i = 0; i < command->project.provider_count; i++)
        has |= has_domains(rz_provider_find(command->project.providers[i].kind));
    if (has || required) {
        enum rz_status status = rz_cli_pick_provider(cli, &command->project, has_domains,
                                                     "registers domains", &command->provider);
        if (status != RZ_OK)
            return status;
        command->ops = command->provider->ops->domains;
    }
    return read_verify_options(command);
}

enum rz_status rz_domain_command_open(struct rz_domain_command *command, struct rz_cli *cli,
                                      const char *name)
{
    enum rz_status status = open_command(command, cli, true);
    return status == RZ_OK && name ? read_registration(command, name) : status;
}

enum rz_status rz_domain_command_open_any(struct rz_domain_command *command, struct rz_cli *cli)
{
    return open_command(command, cli, false);
}

void rz_domain_command_close(struct rz_domain_command *command)
{
    free(command->list.items);
    rz_arena_free(&command->list.arena);
    rz_project_free(&command->project);
}

static bool has_name(const struct rz_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

enum rz_status rz_domain_names(struct rz_domain_command *command, struct rz_strings *names)
{
    struct rz_cli *cli = command->cli;
    *names = (struct rz_strings){0};
    for (size_t i = 0; i < cli->argument_count; i++) {
        struct rz_strings found;
        enum rz_status status = rz_domain_command_names(command, cli->arguments[i], &found);
        if (status != RZ_OK)
            return status;
        const char **items = rz_arena_alloc(&cli->arena,
                                            (names->count + found.count + 1) * sizeof *items);
        if (names->count)
            memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        for (size_t k = 0; k < found.count; k++)
            if (!has_name(names, found.items[k]))
                items[names->count++] = found.items[k];
    }
    return RZ_OK;
}

void rz_domain_json(struct rz_buffer *json, const struct rz_domain *domain)
{
    if (domain->has_autorenew)
        rz_json_bool(json, "autorenew", domain->autorenew);
    rz_json_text(json, "created", *domain->created ? domain->created : NULL);
    if (domain->has_days)
        rz_json_int(json, "days_left", domain->days_left);
    rz_json_text(json, "expires", *domain->expires ? domain->expires : NULL);
    if (domain->has_hosted)
        rz_json_bool(json, "hosted", domain->hosted);
    rz_json_text(json, "id", domain->id);
    rz_json_text(json, "name", domain->name);
    if (domain->nameservers.count) {
        rz_json_key(json, "nameservers");
        rz_buffer_char(json, '[');
        for (size_t i = 0; i < domain->nameservers.count; i++) {
            rz_json_comma(json);
            rz_json_string(json, rz_str_of(domain->nameservers.items[i]));
        }
        rz_buffer_char(json, ']');
    }
    rz_json_text(json, "price", *domain->price ? domain->price : NULL);
    rz_json_text(json, "status", domain->status);
}

static const char *from_dnskey(struct rz_domain_key *key, struct rz_arena *arena, const char *name,
                               struct rz_rdata rdata)
{
    struct rz_name owner;
    const char *why;
    uint8_t ds[RZ_DS_MAX];
    if (rz_name_parse(&owner, rz_str_of(name), NULL, &why) != RZ_OK)
        return why;
    size_t size = rz_dnskey_ds(ds, owner.wire, rdata.wire, rdata.size, 2);
    if (!size || rdata.wire[3] < 2)
        return "it is no key that a parent takes";
    rz_domain_key_of(key, arena, (struct rz_rdata){ds, (uint16_t)size}, &rdata);
    return key->flags & RZ_DNSKEY_SEP ? NULL : "it is no key-signing key: its flags are not 257";
}

static const char *from_ds(struct rz_domain_key *key, struct rz_arena *arena, struct rz_rdata rdata)
{
    if (rdata.size < 5 || rdata.size != 4 + rz_ds_digest_size(rdata.wire[3]))
        return "its digest does not fit its type: 1 has 20 octets, 2 has 32, 4 has 48";
    rz_domain_key_of(key, arena, rdata, NULL);
    return NULL;
}

const char *rz_domain_key_parse(struct rz_domain_key *key, struct rz_arena *arena, const char *name,
                                const char *text)
{
    struct rz_rdata rdata;
    const char *why;
    static const uint8_t root[1] = {0};
    /* The protocol of a DNSKEY is 3 (RFC 4034 §2.1.2); as a DS's algorithm 3 is dead (RFC 8624). */
    const char *second = strchr(text, ' ');
    bool is_key = second && second[1] == '3' && second[2] == ' ';
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    if (rz_rdata_read(reader, is_key ? RZ_TYPE_DNSKEY : RZ_TYPE_DS, rz_str_of(text), root, &rdata,
                      &why)
        == RZ_OK)
        why = is_key ? from_dnskey(key, arena, name, rdata) : from_ds(key, arena, rdata);
    else
        why = rz_arena_strdup(arena, why);
    rz_rdata_reader_free(reader);
    return why;
}
