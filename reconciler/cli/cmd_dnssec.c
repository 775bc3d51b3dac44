/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec list, dnssec add, dnssec remove: the DS records that the parent of a registered name has. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/domain_facts.h"
#include "cli/registration_run.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "dnssec/rrsig.h"
#include "registration.h"
#include "support/json_write.h"

#define KEYS_MAX 32 /* of one registration */

static void free_keys(struct rz_domain_keys *keys)
{
    free(keys->items);
    rz_arena_free(&keys->arena);
    *keys = (struct rz_domain_keys){0};
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

/* ---- add */

struct adding {
    struct rz_cli *cli;
    struct rz_buffer *ds, *dnskeys; /* RDATA, one buffer each */
    size_t count;
};

static void free_adding(struct adding *adding)
{
    for (size_t i = 0; i < adding->count; i++) {
        rz_buffer_free(&adding->ds[i]);
        rz_buffer_free(&adding->dnskeys[i]);
    }
}

static void push_key(struct adding *adding, const struct rz_domain_key *key)
{
    adding->ds[adding->count] = (struct rz_buffer){0};
    adding->dnskeys[adding->count] = (struct rz_buffer){0};
    rz_domain_key_ds(&adding->ds[adding->count], key);
    rz_domain_key_dnskey(&adding->dnskeys[adding->count], key);
    adding->count++;
}

static size_t take_rrset(struct rz_registration_record *records, const struct rz_zone *live,
                         uint16_t type)
{
    size_t count = 0;
    const struct rz_rrset *rrset = rz_zone_find(live, live->apex.wire, type);
    if (rrset)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
             rz_rdata_next(&c) && count < KEYS_MAX;)
            records[count++] = (struct rz_registration_record){c.wire, c.size};
    return count;
}

/* The registrar's records and those added: twice the same is once. */
static enum rz_status fill_added(void *user, struct rz_zone_plan *plan, const struct rz_zone *live)
{
    const struct adding *adding = user;
    struct rz_registration_record ds[2 * KEYS_MAX], keys[2 * KEYS_MAX];
    size_t ds_count = take_rrset(ds, live, RZ_TYPE_DS);
    size_t key_count = take_rrset(keys, live, RZ_TYPE_DNSKEY);
    for (size_t i = 0; i < adding->count; i++) {
        const struct rz_buffer *one = &adding->ds[i], *key = &adding->dnskeys[i];
        ds[ds_count++] = (struct rz_registration_record){(const uint8_t *)one->data,
                                                         (uint16_t)one->size};
        if (key->size)
            keys[key_count++] = (struct rz_registration_record){(const uint8_t *)key->data,
                                                                (uint16_t)key->size};
    }
    rz_registration_change(plan, live, live->apex.wire, RZ_TYPE_DS, ds, ds_count);
    /* A public key alone is no change: the registrar has the DS already, and keeps what it has. */
    if (plan->count)
        rz_registration_change(plan, live, live->apex.wire, RZ_TYPE_DNSKEY, keys, key_count);
    return RZ_OK;
}

static enum rz_status take_argument(struct adding *adding)
{
    struct rz_cli *cli = adding->cli;
    struct rz_domain_key key;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t i = 1; i < cli->argument_count; i++)
        rz_buffer_printf(&text, "%s%s", text.size ? " " : "", cli->arguments[i]);
    const char *why = rz_domain_key_parse(&key, &cli->arena, cli->arguments[0],
                                          rz_buffer_view(&text).data);
    if (why)
        return refuse(cli, RZ9001, why,
                      "give a DS (`12345 13 2 DIGEST`) or a DNSKEY (`257 3 13 KEY`)");
    push_key(adding, &key);
    return RZ_OK;
}

/* The key-signing keys that all nameservers of the zone publish. A key that nobody vouches for yet must
 * come from every server alike, with a signature of its own. */
static enum rz_status take_keys(struct adding *adding, const struct rz_domain_facts *facts)
{
    bool differ;
    struct rz_domain_key key;
    const struct rz_rrset *keys = rz_domain_look_keys(&facts->look, &differ);
    const struct rz_rrset *signatures = NULL;
    for (size_t i = 0; keys && i < facts->look.count; i++)
        if (facts->look.nameservers[i].dnskey == keys)
            signatures = facts->look.nameservers[i].signatures;
    if (!keys)
        return refuse(adding->cli, RZ3553,
                      differ ? "the nameservers differ in the keys they publish"
                             : "no nameserver answers with DNSKEY records",
                      "`rezone domain verify` shows more; or give the key itself");
    const char *why = rz_rrsig_check(keys, signatures, keys, facts->wire.wire,
                                     adding->cli->context.now(adding->cli->context.user));
    if (why) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_printf(&text, "the keys that the zone publishes cannot be trusted: %s", why);
        return refuse(adding->cli, RZ3553, text.data, "mend the signing, or give the key itself");
    }
    for (struct rz_rdata_cursor c = rz_rrset_rdata(keys);
         rz_rdata_next(&c) && adding->count < KEYS_MAX;) {
        uint8_t ds[RZ_DS_MAX];
        uint16_t flags = rz_dnskey_flags(c.wire, c.size);
        size_t size = rz_dnskey_ds(ds, facts->wire.wire, c.wire, c.size, 2);
        if (!size || !(flags & RZ_DNSKEY_SEP) || flags & RZ_DNSKEY_REVOKE)
            continue;
        struct rz_rdata rdata = {c.wire, c.size};
        rz_domain_key_of(&key, &adding->cli->arena, (struct rz_rdata){ds, (uint16_t)size}, &rdata);
        push_key(adding, &key);
    }
    return adding->count ? RZ_OK
                         : refuse(adding->cli, RZ3553, "the zone has no key-signing key",
                                  "a key with flags 257; or give the key itself");
}

static enum rz_status take_zone(struct adding *adding, struct rz_domain_command *command)
{
    struct rz_domain_facts_list facts;
    struct rz_strings names = {.items = command->cli->arguments, .count = 1};
    enum rz_status status = rz_domain_facts_read(&facts, command, &names, 0);
    if (status == RZ_OK)
        status = take_keys(adding, &facts.items[0]);
    rz_domain_facts_free(&facts);
    return status;
}

int rz_command_dnssec_add(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_buffer ds[KEYS_MAX], dnskeys[KEYS_MAX];
    struct adding adding = {.cli = cli, .ds = ds, .dnskeys = dnskeys};
    struct rz_strings domains = {.items = cli->arguments, .count = 1};
    struct rz_registration_edit edit = {.command = "dnssec add",
                                        .operation = "create",
                                        .question = "Change these DS records at the parent?",
                                        .type = RZ_TYPE_DS,
                                        .fill = fill_added,
                                        .user = &adding};
    bool given = cli->argument_count > 1;
    if (given && take_argument(&adding) != RZ_OK)
        return rz_registration_end(cli, &edit, RZ_EXIT_ERROR);
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    if (status == RZ_OK && !given)
        status = take_zone(&adding, &command);
    int exit_code = status == RZ_OK ? rz_registration_run(&command, &domains, &edit)
                                    : rz_cli_exit(status);
    free_adding(&adding);
    rz_domain_command_close(&command);
    return rz_registration_end(cli, &edit, exit_code);
}

/* ---- remove */

struct removing {
    struct rz_cli *cli;
    uint16_t tag;
};

static uint16_t tag_of(uint16_t type, const uint8_t *wire, size_t size)
{
    return type == RZ_TYPE_DS ? (uint16_t)(wire[0] << 8 | wire[1]) : rz_dnskey_tag(wire, size);
}

static size_t without_tag(struct rz_registration_record *records, size_t count, uint16_t type,
                          uint16_t tag)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (tag_of(type, records[i].wire, records[i].size) != tag)
            records[kept++] = records[i];
    return kept;
}

/* The last key gone, the zone is unsigned for the world; another gone, it may be bogus. */
static enum rz_status fill_removed(void *user, struct rz_zone_plan *plan,
                                   const struct rz_zone *live)
{
    static const uint16_t types[] = {RZ_TYPE_DS, RZ_TYPE_DNSKEY};
    const struct removing *removing = user;
    for (size_t i = 0; i < 2; i++) {
        struct rz_registration_record records[KEYS_MAX];
        size_t count = take_rrset(records, live, types[i]);
        size_t kept = without_tag(records, count, types[i], removing->tag);
        if (types[i] == RZ_TYPE_DS && kept == count)
            return refuse(removing->cli, RZ3542, "there is no key of this tag",
                          "`rezone dnssec list` shows the keys");
        rz_registration_change(plan, live, live->apex.wire, types[i], records, kept);
    }
    return RZ_OK;
}

int rz_command_dnssec_remove(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct removing removing = {.cli = cli};
    struct rz_strings domains = {.items = cli->arguments, .count = 1};
    struct rz_registration_edit edit = {
        .command = "dnssec remove",
        .operation = "delete",
        .question = "Remove these DS records? Resolvers reject a zone signed with other keys only.",
        .type = RZ_TYPE_DS,
        .fill = fill_removed,
        .user = &removing};
    char *end;
    unsigned long tag = strtoul(cli->arguments[1], &end, 10);
    if (*cli->arguments[1] < '0' || *cli->arguments[1] > '9' || *end || tag > UINT16_MAX) {
        refuse(cli, RZ9001, "not a key tag", "a number up to 65535, as `rezone dnssec list` shows");
        return rz_registration_end(cli, &edit, RZ_EXIT_ERROR);
    }
    removing.tag = (uint16_t)tag;
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    int exit_code = status == RZ_OK ? rz_registration_run(&command, &domains, &edit)
                                    : rz_cli_exit(status);
    rz_domain_command_close(&command);
    return rz_registration_end(cli, &edit, exit_code);
}
