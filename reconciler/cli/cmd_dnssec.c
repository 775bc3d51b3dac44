/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec list, dnssec add, dnssec remove: the DS records that the parent of a registered name has. What
 * was changed is read back. */
#include <stdlib.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/domain.h"
#include "support/json_write.h"

static void free_keys(struct rz_domain_keys *keys)
{
    free(keys->items);
    rz_arena_free(&keys->arena);
    *keys = (struct rz_domain_keys){0};
}

static bool same_key(const struct rz_domain_key *a, const struct rz_domain_key *b)
{
    return a->tag == b->tag && a->algorithm == b->algorithm && a->digest_type == b->digest_type
           && strcasecmp(a->digest, b->digest) == 0;
}

static bool has_key(const struct rz_domain_keys *keys, const struct rz_domain_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (same_key(&keys->items[i], key))
            return true;
    return false;
}

static bool has_tag(const struct rz_domain_keys *keys, uint16_t tag)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i].tag == tag)
            return true;
    return false;
}

static void report(struct rz_cli *cli, const struct rz_domain_keys *keys, const char *domain)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_text(&json, "domain", domain);
    rz_json_key(&json, "keys");
    rz_buffer_char(&json, '[');
    for (size_t i = 0; i < keys->count; i++) {
        const struct rz_domain_key *key = &keys->items[i];
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_json_int(&json, "algorithm", key->algorithm);
        rz_json_text(&json, "digest", key->digest);
        rz_json_int(&json, "digest_type", key->digest_type);
        rz_json_int(&json, "key_tag", key->tag);
        rz_json_text(&json, "public_key", key->public_key);
        rz_buffer_char(&json, '}');
        if (cli->json)
            continue;
        rz_buffer_printf(&cli->out.text, "%u %u %u ", key->tag, key->algorithm, key->digest_type);
        rz_buffer_visible(&cli->out.text, rz_str_of(key->digest));
        rz_buffer_char(&cli->out.text, '\n');
    }
    rz_buffer_text(&json, "]}\n");
    if (cli->json)
        rz_cli_json(cli, &json);
}

static enum rz_status read_keys(struct rz_domain_command *command, struct rz_domain_keys *keys)
{
    free_keys(keys);
    return command->ops->keys(command->provider, command->domain, keys, &command->cli->diags);
}

static enum rz_status refuse(struct rz_cli *cli, enum rz_code code, const char *what,
                             const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, code, rz_place_named(cli->arguments[0]), "%s",
                                        what);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return RZ_INVALID;
}

int rz_command_dnssec_list(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_domain_keys keys = {0};
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK)
        status = read_keys(&command, &keys);
    if (status == RZ_OK)
        report(cli, &keys, command.domain->name);
    free_keys(&keys);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

/* Sends, where the key is not there yet, and looks. */
static enum rz_status add(struct rz_domain_command *command, struct rz_domain_keys *keys,
                          const struct rz_domain_key *key)
{
    struct rz_cli *cli = command->cli;
    enum rz_status status = read_keys(command, keys);
    if (status != RZ_OK || has_key(keys, key))
        return status;
    if (!cli->json)
        rz_buffer_printf(&cli->out.text, "  + %u %u %u %s\n", key->tag, key->algorithm,
                         key->digest_type, key->digest);
    rz_output_flush(&cli->out);
    if (!rz_cli_ask(cli, "Add this DS record at the parent?"))
        return RZ_INVALID;
    status = command->ops->add_key(command->provider, command->domain, key, &cli->diags);
    if (status == RZ_OK || status == RZ_UNKNOWN)
        status = read_keys(command, keys);
    if (status == RZ_OK && !has_key(keys, key))
        status = refuse(cli, RZ5101, "read back, the key is not there",
                        "nothing was changed; see the panel");
    return status;
}

int rz_command_dnssec_add(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_domain_keys keys = {0};
    struct rz_domain_key key;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t i = 1; i < cli->argument_count; i++)
        rz_buffer_printf(&text, "%s%s", text.size ? " " : "", cli->arguments[i]);
    const char *why = rz_domain_key_parse(&key, &cli->arena, cli->arguments[0],
                                          rz_buffer_view(&text).data);
    if (why) {
        refuse(cli, RZ9001, why, "give a DS (`12345 13 2 DIGEST`) or a DNSKEY (`257 3 13 KEY`)");
        return RZ_EXIT_ERROR;
    }
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK)
        status = add(&command, &keys, &key);
    if (status == RZ_OK)
        report(cli, &keys, command.domain->name);
    free_keys(&keys);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

/* The last key gone, the zone is unsigned for the world; another gone, it may be bogus. */
static enum rz_status remove_key(struct rz_domain_command *command, struct rz_domain_keys *keys,
                                 uint16_t tag)
{
    struct rz_cli *cli = command->cli;
    enum rz_status status = read_keys(command, keys);
    if (status == RZ_OK && !has_tag(keys, tag))
        status = refuse(cli, RZ3542, "there is no key of this tag",
                        "`rezone dnssec list` shows the keys");
    if (status != RZ_OK)
        return status;
    if (!rz_cli_ask(
            cli,
            "Remove this DS record? Resolvers reject a zone that is signed with other keys only."))
        return RZ_INVALID;
    status = command->ops->remove_key(command->provider, command->domain, tag, &cli->diags);
    if (status == RZ_OK || status == RZ_UNKNOWN)
        status = read_keys(command, keys);
    if (status == RZ_OK && has_tag(keys, tag))
        status = refuse(cli, RZ5101, "read back, the key is still there",
                        "nothing was changed; see the panel");
    return status;
}

int rz_command_dnssec_remove(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_domain_keys keys = {0};
    char *end;
    unsigned long tag = strtoul(cli->arguments[1], &end, 10);
    if (*cli->arguments[1] < '0' || *cli->arguments[1] > '9' || *end || tag > UINT16_MAX) {
        refuse(cli, RZ9001, "not a key tag", "a number up to 65535, as `rezone dnssec list` shows");
        return RZ_EXIT_ERROR;
    }
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK)
        status = remove_key(&command, &keys, (uint16_t)tag);
    if (status == RZ_OK)
        report(cli, &keys, command.domain->name);
    free_keys(&keys);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}
