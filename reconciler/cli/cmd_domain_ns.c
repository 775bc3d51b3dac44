/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain nameservers get, set, register: the delegation of a registered name. */
#include <arpa/inet.h>

#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/registration_run.h"
#include "dns/rtype.h"
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

static void report(struct rz_cli *cli, const struct rz_domain *domain)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (cli->json) {
        rz_buffer_char(&json, '{');
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
        report(cli, command.domain);
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

/* ---- set */

static enum rz_status fill_nameservers(void *user, struct rz_zone_plan *plan,
                                       const struct rz_zone *live)
{
    const struct rz_strings *names = user;
    struct rz_name wires[NAMESERVERS_MAX];
    struct rz_registration_record records[NAMESERVERS_MAX];
    const char *why;
    for (size_t i = 0; i < names->count; i++) {
        rz_name_parse(&wires[i], rz_str_of(names->items[i]), NULL, &why);
        records[i] = (struct rz_registration_record){wires[i].wire, wires[i].size};
    }
    rz_registration_change(plan, live, plan->apex.wire, RZ_TYPE_NS, records, names->count);
    return RZ_OK;
}

int rz_command_domain_nameservers_set(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_strings nameservers = {0}, domains;
    struct rz_registration_edit edit = {.command = "domain nameservers set",
                                        .operation = "update",
                                        .question = "Delegate to these nameservers?",
                                        .type = RZ_TYPE_NS,
                                        .fill = fill_nameservers,
                                        .user = &nameservers};
    if (!read_names(cli, &nameservers))
        return rz_registration_end(cli, &edit, RZ_EXIT_ERROR);
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    if (status == RZ_OK)
        status = rz_domain_command_names(&command, cli->arguments[0], &domains);
    int exit_code = status == RZ_OK ? rz_registration_run(&command, &domains, &edit)
                                    : rz_cli_exit(status);
    rz_domain_command_close(&command);
    return rz_registration_end(cli, &edit, exit_code);
}

/* ---- register */

struct glue {
    struct rz_name host;
    uint16_t type, size;
    unsigned char octets[16];
};

static bool read_glue(struct rz_cli *cli, struct glue *glue)
{
    struct rz_name domain;
    const char *why;
    glue->type = RZ_TYPE_A;
    glue->size = 4;
    if (inet_pton(AF_INET, cli->arguments[2], glue->octets) != 1) {
        glue->type = RZ_TYPE_AAAA;
        glue->size = 16;
        if (inet_pton(AF_INET6, cli->arguments[2], glue->octets) != 1)
            return refuse(cli, "not an address: ", cli->arguments[2],
                          "such as 192.0.2.53 or 2001:db8::53");
    }
    if (rz_name_parse(&domain, rz_str_of(cli->arguments[0]), NULL, &why) != RZ_OK
        || rz_name_parse(&glue->host, rz_str_of(cli->arguments[1]), NULL, &why) != RZ_OK
        || !rz_name_in(glue->host.wire, domain.wire) || rz_name_equal(glue->host.wire, domain.wire))
        return refuse(cli, "the nameserver is not below the domain: ", cli->arguments[1],
                      "only names below a domain need an address at its parent");
    return true;
}

static enum rz_status fill_glue(void *user, struct rz_zone_plan *plan, const struct rz_zone *live)
{
    const struct glue *glue = user;
    struct rz_registration_record record = {glue->octets, glue->size};
    rz_registration_change(plan, live, glue->host.wire, glue->type, &record, 1);
    return RZ_OK;
}

int rz_command_domain_nameservers_register(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct glue glue = {.type = RZ_TYPE_A};
    struct rz_strings domains = {.items = cli->arguments, .count = 1};
    struct rz_registration_edit edit = {.command = "domain nameservers register",
                                        .operation = "create",
                                        .question = "Register this nameserver at the parent?",
                                        .owner = glue.host.wire,
                                        .fill = fill_glue,
                                        .user = &glue};
    if (!read_glue(cli, &glue))
        return rz_registration_end(cli, &edit, RZ_EXIT_ERROR);
    edit.type = glue.type;
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    int exit_code = status == RZ_OK ? rz_registration_run(&command, &domains, &edit)
                                    : rz_cli_exit(status);
    rz_domain_command_close(&command);
    return rz_registration_end(cli, &edit, exit_code);
}
