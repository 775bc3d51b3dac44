/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain list, domain show, domain check, domain tlds. */
#include <stdlib.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/domain.h"
#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define LINES 50

enum order { BY_NAME, BY_EXPIRES, BY_STATUS };

struct wanted {
    const char *status, *search;
    bool has_expiring;
    int64_t days;
    int order;
    uint64_t limit, offset;
};

static bool refuse(struct rz_cli *cli, const char *what, const char *value, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "%s%s", what,
                                        value);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static bool read_options(struct rz_cli *cli, struct wanted *wanted)
{
    static const char *const orders[] = {"name", "expires", "status"};
    const char *expiring = cli->options.last[RZ_OPT_EXPIRING],
               *sort = cli->options.last[RZ_OPT_SORT];
    uint64_t seconds = 0;
    *wanted = (struct wanted){.status = cli->options.last[RZ_OPT_STATUS],
                              .search = cli->options.last[RZ_OPT_SEARCH],
                              .limit = LINES};
    if (expiring && !rz_duration_parse(&seconds, rz_str_of(expiring)))
        return refuse(cli, "--expiring takes a time, not ", expiring, "such as 30d");
    wanted->has_expiring = expiring != NULL;
    wanted->days = (int64_t)(seconds / 86400);
    while (sort && wanted->order < 3 && strcmp(orders[wanted->order], sort) != 0)
        wanted->order++;
    if (wanted->order == 3)
        return refuse(cli, "--sort cannot be ", sort, "one of: name, expires, status");
    return rz_cli_number(cli, RZ_OPT_LIMIT, 1000000, &wanted->limit)
           && rz_cli_number(cli, RZ_OPT_OFFSET, UINT32_MAX, &wanted->offset);
}

static bool is_wanted(const struct wanted *wanted, const struct rz_domain *domain)
{
    return (!wanted->status || strcasecmp(wanted->status, domain->status) == 0)
           && (!wanted->search || strcasestr(domain->name, wanted->search))
           && (!wanted->has_expiring || (domain->has_days && domain->days_left <= wanted->days));
}

static int by_name(const void *left, const void *right)
{
    return strcasecmp(((const struct rz_domain *)left)->name,
                      ((const struct rz_domain *)right)->name);
}

static int by_expires(const void *left, const void *right)
{
    const struct rz_domain *a = left, *b = right;
    int order = strcmp(a->expires, b->expires);
    return order ? order : by_name(left, right);
}

static int by_status(const void *left, const void *right)
{
    const struct rz_domain *a = left, *b = right;
    int order = strcasecmp(a->status, b->status);
    return order ? order : by_name(left, right);
}

static void filter(struct rz_domain_list *list, const struct wanted *wanted)
{
    static int (*const orders[])(const void *, const void *) = {by_name, by_expires, by_status};
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (is_wanted(wanted, &list->items[i]))
            list->items[kept++] = list->items[i];
    list->count = kept;
    if (kept)
        qsort(list->items, kept, sizeof *list->items, orders[wanted->order]);
}

static const char *visible(struct rz_cli *cli, const char *text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, rz_str_of(text));
    return rz_arena_strdup(&cli->arena, rz_buffer_view(&shown).data);
}

static void list_text(struct rz_cli *cli, const struct rz_domain *domain)
{
    struct rz_buffer *out = &cli->out.text;
    rz_buffer_printf(out, "%s  %s", visible(cli, domain->name), visible(cli, domain->status));
    if (*domain->expires)
        rz_buffer_printf(out, "  expires %s", visible(cli, domain->expires));
    if (domain->has_days)
        rz_buffer_printf(out, " (%lld days)", (long long)domain->days_left);
    if (domain->has_autorenew)
        rz_buffer_text(out, domain->autorenew ? "  renews itself" : "  does not renew itself");
    rz_buffer_char(out, '\n');
    rz_output_pulse(&cli->out);
}

static void report_list(struct rz_cli *cli, const struct rz_domain_list *list,
                        const struct wanted *wanted)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    size_t first = wanted->offset < list->count ? (size_t)wanted->offset : list->count;
    size_t end = wanted->limit < list->count - first ? first + (size_t)wanted->limit : list->count;
    rz_buffer_text(&json, "{\"domains\":[");
    for (size_t i = first; i < end; i++) {
        if (!cli->json) {
            list_text(cli, &list->items[i]);
            continue;
        }
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_domain_json(&json, &list->items[i]);
        rz_buffer_char(&json, '}');
    }
    if (!cli->json && end - first < list->count)
        rz_buffer_printf(&cli->out.text, "%zu of %zu domains; --limit and --offset show others\n",
                         end - first, list->count);
    if (!cli->json)
        return;
    rz_buffer_char(&json, ']');
    rz_json_int(&json, "page", wanted->limit ? (int64_t)(wanted->offset / wanted->limit + 1) : 1);
    rz_json_int(&json, "per_page", (int64_t)wanted->limit);
    rz_json_int(&json, "total", (int64_t)list->count);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

int rz_command_domain_list(struct rz_cli *cli)
{
    struct wanted wanted;
    struct rz_domain_command command;
    if (!read_options(cli, &wanted))
        return RZ_EXIT_ERROR;
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    if (status == RZ_OK)
        status = command.ops->list(command.provider, &command.list, &cli->diags);
    if (status == RZ_OK) {
        filter(&command.list, &wanted);
        report_list(cli, &command.list, &wanted);
    }
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

/* ---- show */

/* RRsets of the hosted zone by type. */
static void count_types(struct rz_buffer *json, struct rz_buffer *text, const struct rz_zone *zone)
{
    char name[RZ_RTYPE_TEXT_MAX];
    size_t *counts = rz_alloc_zero(UINT16_MAX + 1, sizeof *counts);
    for (size_t i = 0; i < zone->count; i++)
        counts[zone->rrsets[i].type] += zone->rrsets[i].rdata_count;
    rz_json_key(json, "records");
    rz_buffer_char(json, '{');
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        if (!counts[type])
            continue;
        rz_rtype_text(name, (uint16_t)type);
        rz_json_int(json, name, (int64_t)counts[type]);
        rz_buffer_printf(text, "%s%zu %s", text->size ? ", " : "", counts[type], name);
    }
    rz_buffer_char(json, '}');
    free(counts);
}

static void show_text(struct rz_cli *cli, const struct rz_domain *domain, bool hosted,
                      const char *types)
{
    struct rz_buffer *out = &cli->out.text;
    list_text(cli, domain);
    if (*domain->created)
        rz_buffer_printf(out, "registered   %s\n", visible(cli, domain->created));
    if (*domain->price)
        rz_buffer_printf(out, "price        %s a period\n", visible(cli, domain->price));
    for (size_t i = 0; i < domain->nameservers.count; i++)
        rz_buffer_printf(out, "nameserver   %s\n", visible(cli, domain->nameservers.items[i]));
    rz_buffer_printf(out, "hosted zone  %s\n", hosted ? types : "none here");
}

static enum rz_status show(struct rz_domain_command *command)
{
    struct rz_cli *cli = command->cli;
    struct rz_name apex;
    struct rz_zone zone;
    struct rz_revision revision = {0};
    const char *why;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer types = {0};
    if (rz_name_parse(&apex, rz_str_of(command->domain->name), NULL, &why) != RZ_OK)
        return RZ_INVALID;
    enum rz_status status = command->provider->ops->fetch(command->provider, apex.wire, &zone,
                                                          &revision, &cli->diags);
    if (status == RZ_OK) {
        rz_buffer_char(&json, '{');
        rz_domain_json(&json, command->domain);
        rz_json_bool(&json, "hosted", revision.exists);
        count_types(&json, &types, &zone);
        if (zone.has_soa)
            rz_json_int(&json, "serial", zone.serial);
        rz_buffer_text(&json, "}\n");
        if (cli->json)
            rz_cli_json(cli, &json);
        else
            show_text(cli, command->domain, revision.exists,
                      types.size ? types.data : "no records");
    }
    rz_zone_free(&zone);
    return status;
}

int rz_command_domain_show(struct rz_cli *cli)
{
    struct rz_domain_command command;
    enum rz_status status = rz_domain_command_open(&command, cli, cli->arguments[0]);
    if (status == RZ_OK)
        status = show(&command);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

/* ---- offers */

static void report_offers(struct rz_cli *cli, const struct rz_domain_offers *offers, bool names)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '[');
    for (size_t i = 0; i < offers->count; i++) {
        const struct rz_domain_offer *offer = &offers->items[i];
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        if (names)
            rz_json_bool(&json, "available", offer->available);
        rz_json_text(&json, "name", offer->name);
        rz_json_text(&json, "period", *offer->period ? offer->period : NULL);
        if (names)
            rz_json_bool(&json, "premium", offer->premium);
        rz_json_text(&json, "register", *offer->price ? offer->price : NULL);
        rz_json_text(&json, "renew", *offer->renew ? offer->renew : NULL);
        rz_json_text(&json, "transfer", *offer->transfer ? offer->transfer : NULL);
        rz_buffer_char(&json, '}');
        if (cli->json)
            continue;
        rz_buffer_printf(&cli->out.text, "%s%s%s", visible(cli, offer->name),
                         !names             ? ""
                         : offer->available ? "  available"
                                            : "  taken",
                         offer->premium ? ", premium" : "");
        if (*offer->price)
            rz_buffer_printf(&cli->out.text, "  register %s, renew %s, transfer %s",
                             visible(cli, offer->price), visible(cli, offer->renew),
                             visible(cli, offer->transfer));
        rz_buffer_char(&cli->out.text, '\n');
    }
    rz_buffer_text(&json, "]\n");
    if (cli->json)
        rz_cli_json(cli, &json);
}

static int run_offers(struct rz_cli *cli, bool names)
{
    struct rz_domain_command command;
    struct rz_domain_offers offers = {0};
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    if (status == RZ_OK && !names)
        status = command.ops->tlds(command.provider, &offers, &cli->diags);
    for (size_t i = 0; names && status == RZ_OK && i < cli->argument_count; i++)
        status = command.ops->check(command.provider, cli->arguments[i], &offers, &cli->diags);
    if (status == RZ_OK)
        report_offers(cli, &offers, names);
    free(offers.items);
    rz_arena_free(&offers.arena);
    rz_domain_command_close(&command);
    return rz_cli_exit(status);
}

int rz_command_domain_check(struct rz_cli *cli)
{
    return run_offers(cli, true);
}

int rz_command_domain_tlds(struct rz_cli *cli)
{
    return run_offers(cli, false);
}
