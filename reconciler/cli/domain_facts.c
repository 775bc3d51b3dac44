/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding out about registered names, several at a time. */
#include "cli/domain_facts.h"

#include <pthread.h>
#include <stdlib.h>

#include "cli/challenge.h"
#include "dns/rtype.h"
#include "registration.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define THREADS 8

struct gathering {
    struct rz_domain_command *command;
    struct rz_provider *view; /* NULL: there is no registrar */
    struct rz_lookup lookup;
    struct rz_domain_facts_list *facts;
    unsigned what;
    atomic_size_t next;
};

/* A name that is registered elsewhere can be looked at all the same. */
static enum rz_status read_registration(struct gathering *g, struct rz_domain_facts *facts)
{
    struct rz_revision revision;
    struct rz_diags unseen = {0};
    if (!g->view)
        return RZ_OK;
    enum rz_status status = g->command->ops->get(g->command->provider, facts->name, &facts->list,
                                                 &unseen);
    if (status == RZ_NOT_FOUND) {
        rz_diags_free(&unseen);
        return RZ_OK;
    }
    rz_diags_take(&facts->diags, &unseen);
    if (status != RZ_OK)
        return status;
    facts->domain = &facts->list.items[0];
    status = g->view->ops->fetch(g->view, facts->wire.wire, &facts->registration, &revision,
                                 &facts->diags);
    facts->has_registration = true;
    return status;
}

static enum rz_status read_zone(struct gathering *g, struct rz_domain_facts *facts)
{
    struct rz_revision revision = {0};
    struct rz_provider *provider = g->command->provider;
    if (!(g->what & RZ_FACTS_ZONE) || !provider)
        return RZ_OK;
    enum rz_status status = provider->ops->fetch(provider, facts->wire.wire, &facts->zone,
                                                 &revision, &facts->diags);
    facts->hosted_known = true;
    facts->hosted = status == RZ_OK && revision.exists;
    return status;
}

static enum rz_status check(struct gathering *g, struct rz_domain_facts *facts)
{
    struct rz_context *context = &g->command->cli->context;
    const struct rz_rrset *expected = facts->has_registration ? rz_zone_find(
                                          &facts->registration, facts->wire.wire, RZ_TYPE_NS)
                                                              : NULL;
    bool owns = *facts->token != '\0';
    enum rz_status status = rz_domain_look(&facts->look, &g->lookup, facts->wire.wire, expected,
                                           owns ? facts->challenge.wire : NULL);
    struct rz_domain_check_input input = {
        .lookup = &g->lookup,
        .look = &facts->look,
        .domain = facts->domain,
        .registration = facts->has_registration ? &facts->registration : NULL,
        .token = owns ? facts->token : NULL,
        .challenge = facts->challenge.wire,
        .now = context->now(context->user)};
    return status == RZ_OK ? rz_domain_checks_make(&facts->checks, &input) : status;
}

static void gather(struct gathering *g, struct rz_domain_facts *facts)
{
    facts->status = read_registration(g, facts);
    if (facts->status == RZ_OK)
        facts->status = read_zone(g, facts);
    if (facts->status == RZ_OK)
        facts->status = check(g, facts);
}

static void *work(void *user)
{
    struct gathering *g = user;
    for (size_t i; (i = atomic_fetch_add(&g->next, 1)) < g->facts->count;)
        gather(g, &g->facts->items[i]);
    return NULL;
}

static enum rz_status begin(struct gathering *g, const struct rz_strings *names)
{
    struct rz_cli *cli = g->command->cli;
    const char *why = NULL;
    enum rz_status status = RZ_OK;
    g->facts->items = rz_alloc_zero(names->count + 1, sizeof *g->facts->items);
    for (size_t i = 0; i < names->count; i++) {
        struct rz_domain_facts *facts = &g->facts->items[g->facts->count++];
        facts->name = names->items[i];
        if (rz_name_parse(&facts->wire, rz_str_of(facts->name), NULL, &why) != RZ_OK
            || !*facts->wire.wire) {
            rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                         "not the name of a domain: %s%s%s", facts->name, why ? ": " : "",
                         why ? why : "");
            status = RZ_INVALID;
        } else if (cli->options.given[RZ_OPT_OWNERSHIP]
                   && !rz_challenge(cli, &facts->wire, &facts->challenge, facts->token)) {
            status = RZ_IO;
        }
    }
    return status;
}

/* Of --server. */
static bool read_servers(struct gathering *g)
{
    struct rz_cli *cli = g->command->cli;
    const struct rz_strings *given = &cli->options.all[RZ_OPT_SERVER];
    struct rz_server *servers = rz_arena_zero(&cli->arena, (given->count + 1) * sizeof *servers);
    for (size_t i = 0; i < given->count; i++) {
        if (!rz_server_parse(&servers[i], given->items[i])) {
            struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                                "--server takes the address of a server, not `%s`",
                                                given->items[i]);
            rz_diag_hint(&cli->diags, diag, "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]");
            return false;
        }
        if (!servers[i].port)
            servers[i].port = g->lookup.port;
    }
    g->lookup.servers = servers;
    g->lookup.server_count = given->count;
    return true;
}

static enum rz_status set_up_lookup(struct gathering *g)
{
    struct rz_cli *cli = g->command->cli;
    const struct rz_verify_settings *verify = &g->command->project.verify;
    uint64_t port = 0;
    if (!rz_cli_number(cli, RZ_OPT_PORT, UINT16_MAX, &port))
        return RZ_INVALID;
    enum rz_status status = rz_lookup_init(&g->lookup, &cli->context, &verify->resolvers,
                                           &verify->parents, &cli->diags);
    g->lookup.port = (uint16_t)port;
    return status == RZ_OK && !read_servers(g) ? RZ_INVALID : status;
}

enum rz_status rz_domain_facts_read(struct rz_domain_facts_list *facts,
                                    struct rz_domain_command *command,
                                    const struct rz_strings *names, unsigned what)
{
    struct gathering g = {.command = command, .facts = facts, .what = what};
    pthread_t threads[THREADS];
    size_t started = 0;
    *facts = (struct rz_domain_facts_list){0};
    enum rz_status status = begin(&g, names);
    if (status == RZ_OK)
        status = set_up_lookup(&g);
    if (status == RZ_OK && command->provider) {
        const char *target = rz_arena_printf(&command->cli->arena, "%s%s", command->provider->name,
                                             RZ_REGISTRATION_SUFFIX);
        status = rz_project_provider(&command->project, target, &g.view, &command->cli->diags);
    }
    if (status != RZ_OK)
        return status;
    while (started + 1 < facts->count && started < THREADS
           && pthread_create(&threads[started], NULL, work, &g) == 0)
        started++;
    work(&g);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < facts->count; i++) {
        rz_diags_take(&command->cli->diags, &facts->items[i].diags);
        status = status == RZ_OK ? facts->items[i].status : status;
    }
    return status;
}

void rz_domain_facts_free(struct rz_domain_facts_list *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        struct rz_domain_facts *one = &facts->items[i];
        rz_domain_checks_free(&one->checks);
        rz_domain_look_free(&one->look);
        rz_zone_free(&one->registration);
        rz_zone_free(&one->zone);
        rz_diags_free(&one->diags);
        free(one->list.items);
        rz_arena_free(&one->list.arena);
    }
    free(facts->items);
    *facts = (struct rz_domain_facts_list){0};
}

void rz_domain_checks_json(struct rz_buffer *json, const struct rz_domain_checks *checks)
{
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < checks->count; i++) {
        const struct rz_domain_check *check = &checks->items[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "check", check->name);
        rz_json_text(json, "result", rz_domain_result_text(check->result));
        rz_json_text(json, "server", check->server);
        rz_json_text(json, "text", check->text);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

int rz_domain_facts_exit(const struct rz_domain_facts_list *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].checks.bad)
            return RZ_EXIT_CHANGES;
    return RZ_EXIT_DONE;
}
