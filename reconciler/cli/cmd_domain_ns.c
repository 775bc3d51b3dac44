/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain nameservers get, set, register: the delegation of a registered name. What was set is read back,
 * and put back as it was where that shows something else. */
#include <arpa/inet.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/domain.h"
#include "support/json_write.h"

#define NAMESERVERS_MAX 13

static bool refuse(struct rz_cli *cli, const char *what, const char *value, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "%s%s", what,
                                        value);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static bool same_name(const char *a, const char *b)
{
    struct rz_name left, right;
    const char *why;
    return rz_name_parse(&left, rz_str_of(a), NULL, &why) == RZ_OK
           && rz_name_parse(&right, rz_str_of(b), NULL, &why) == RZ_OK
           && rz_name_equal(left.wire, right.wire);
}

/* The same names in whatever order. */
static bool same_names(const struct rz_strings *a, const struct rz_strings *b)
{
    for (size_t i = 0; i < a->count; i++) {
        bool found = false;
        for (size_t k = 0; k < b->count; k++)
            found |= same_name(a->items[i], b->items[k]);
        if (!found)
            return false;
    }
    return a->count == b->count;
}

static void report(struct rz_cli *cli, const struct rz_domain *domain, bool changed)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (cli->json) {
        rz_buffer_char(&json, '{');
        rz_json_bool(&json, "changed", changed);
        rz_json_text(&json, "domain", domain->name);
        rz_json_key(&json, "nameservers");
        rz_buffer_char(&json, '[');
        for (size_t i = 0; i < domain->nameservers.count; i++) {
            rz_json_comma(&json);
            rz_json_string(&json, rz_str_of(domain->nameservers.items[i]));
        }
        rz_buffer_text(&json, "]}\n");
        rz_cli_json(cli, &json);
        return;
    }
    for (size_t i = 0; i < domain->nameservers.count; i++) {
        rz_buffer_visible(&cli->out.text, rz_str_of(domain->nameservers.items[i]));
        rz_buffer_char(&cli->out.text, '\n');
    }
}

int rz_command_domain_nameservers_get(struct rz_cli *cli)
{
    struct rz_domain_command command;
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK)
        report(cli, command.domain, false);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

/* The names asked for, plain and without final dots. */
static bool read_names(struct rz_cli *cli, struct rz_strings *names)
{
    names->items = rz_arena_alloc(&cli->arena, (cli->argument_count + 1) * sizeof *names->items);
    for (size_t i = 1; i < cli->argument_count; i++) {
        char text[RZ_NAME_TEXT_MAX];
        struct rz_name name;
        const char *why;
        if (rz_name_parse(&name, rz_str_of(cli->arguments[i]), NULL, &why) != RZ_OK
            || rz_name_labels(name.wire) < 2)
            return refuse(cli, "not the name of a nameserver: ", cli->arguments[i],
                          "such as ns1.example.net");
        for (size_t k = 0; k < names->count; k++)
            if (same_name(names->items[k], cli->arguments[i]))
                return refuse(cli, "named twice: ", cli->arguments[i], "name each nameserver once");
        names->items[names->count++] = rz_arena_strdup(&cli->arena,
                                                       rz_name_text_plain(text, name.wire));
    }
    return names->count <= NAMESERVERS_MAX
           || refuse(cli, "more than 13 nameservers", "", "parents take from 2 to 13");
}

static void show_change(struct rz_cli *cli, const struct rz_strings *old,
                        const struct rz_strings *new)
{
    struct rz_buffer *out = &cli->out.text;
    for (size_t i = 0; i < old->count && !cli->json; i++) {
        rz_buffer_text(out, "  - ");
        rz_buffer_visible(out, rz_str_of(old->items[i]));
        rz_buffer_char(out, '\n');
    }
    for (size_t i = 0; i < new->count && !cli->json; i++)
        rz_buffer_printf(out, "  + %s\n", new->items[i]);
    rz_output_flush(&cli->out);
}

/* Copies that outlive a second reading. */
static struct rz_strings copy(struct rz_cli *cli, const struct rz_strings *names)
{
    struct rz_strings copies = {
        .items = rz_arena_alloc(&cli->arena, (names->count + 1) * sizeof *copies.items)};
    for (size_t i = 0; i < names->count; i++)
        copies.items[copies.count++] = rz_arena_strdup(&cli->arena, names->items[i]);
    return copies;
}

static int put_back(struct rz_domain_command *command, const struct rz_strings *old)
{
    struct rz_cli *cli = command->cli;
    enum rz_status status = rz_domain_command_reread(command);
    if (status == RZ_OK && !same_names(&command->domain->nameservers, old)) {
        status = command->ops->set_nameservers(command->provider, command->domain, old,
                                               &cli->diags);
        if (status == RZ_OK)
            status = rz_domain_command_reread(command);
    }
    bool good = status == RZ_OK && same_names(&command->domain->nameservers, old);
    rz_diags_add(&cli->diags, good ? RZ5003 : RZ5004, rz_place_named(cli->arguments[0]),
                 good ? "the nameservers are what they were before"
                      : "the nameservers could not be proved to be what they were before");
    return good ? RZ_EXIT_ROLLED_BACK : RZ_EXIT_INCOMPLETE;
}

static int set(struct rz_domain_command *command, const struct rz_strings *names)
{
    struct rz_cli *cli = command->cli;
    struct rz_strings old = copy(cli, &command->domain->nameservers);
    if (same_names(&old, names)) {
        report(cli, command->domain, false);
        return RZ_EXIT_DONE;
    }
    show_change(cli, &old, names);
    if (!rz_cli_ask(cli, "Delegate the domain to these nameservers?"))
        return RZ_EXIT_ERROR;
    enum rz_status status = command->ops->set_nameservers(command->provider, command->domain, names,
                                                          &cli->diags);
    if (status != RZ_OK && status != RZ_UNKNOWN)
        return rz_cli_exit(status);
    status = rz_domain_command_reread(command);
    if (status == RZ_OK && same_names(&command->domain->nameservers, names)) {
        report(cli, command->domain, true);
        return RZ_EXIT_DONE;
    }
    rz_diags_add(&cli->diags, RZ5101, rz_place_named(cli->arguments[0]),
                 "read back, the nameservers are not those that were set");
    return put_back(command, &old);
}

int rz_command_domain_nameservers_set(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_strings names = {0};
    if (!read_names(cli, &names))
        return RZ_EXIT_ERROR;
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    int exit_code = status == RZ_OK ? set(&command, &names) : rz_cli_exit(status);
    rz_domain_command_close(&command);
    return exit_code;
}

static bool check_host(struct rz_cli *cli)
{
    unsigned char octets[16];
    struct rz_name domain, host;
    const char *why;
    if (inet_pton(AF_INET, cli->arguments[2], octets) != 1
        && inet_pton(AF_INET6, cli->arguments[2], octets) != 1)
        return refuse(cli, "not an address: ", cli->arguments[2],
                      "such as 192.0.2.53 or 2001:db8::53");
    if (rz_name_parse(&domain, rz_str_of(cli->arguments[0]), NULL, &why) != RZ_OK
        || rz_name_parse(&host, rz_str_of(cli->arguments[1]), NULL, &why) != RZ_OK
        || !rz_name_in(host.wire, domain.wire) || rz_name_equal(host.wire, domain.wire))
        return refuse(cli, "the nameserver is not below the domain: ", cli->arguments[1],
                      "only names below a domain need an address at its parent");
    return true;
}

int rz_command_domain_nameservers_register(struct rz_cli *cli)
{
    struct rz_domain_command command;
    char text[RZ_NAME_TEXT_MAX];
    struct rz_name host;
    const char *why;
    if (!check_host(cli))
        return RZ_EXIT_ERROR;
    rz_name_parse(&host, rz_str_of(cli->arguments[1]), NULL, &why);
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK && !rz_cli_ask(cli, "Register this nameserver at the parent?"))
        status = RZ_INVALID;
    if (status == RZ_OK)
        status = command.ops->register_host(command.provider, command.domain,
                                            rz_name_text_plain(text, host.wire), cli->arguments[2],
                                            &cli->diags);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}
