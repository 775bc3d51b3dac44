/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain list, domain show, domain check, domain tlds. */
#include <stdlib.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/metrics.h"
#include "dns/rdata.h"
#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define LINES 50

enum order { BY_NAME, BY_EXPIRES, BY_STATUS };

struct wanted {
    const char *status, *search, *nameserver;
    const char *hosted, *autorenew; /* "yes", "no", NULL: both */
    bool has_expiring, details;
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

static bool read_answer(struct rz_cli *cli, enum rz_option_id id, const char **answer)
{
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    *answer = cli->options.last[id];
    if (!*answer || strcmp(*answer, "yes") == 0 || strcmp(*answer, "no") == 0)
        return true;
    rz_buffer_printf(&what, "--%s cannot be ", rz_cli_options[id].name);
    return refuse(cli, what.data, *answer, "yes or no");
}

static bool read_options(struct rz_cli *cli, struct wanted *wanted)
{
    static const char *const orders[] = {"name", "expires", "status"};
    const char *expiring = cli->options.last[RZ_OPT_EXPIRING],
               *sort = cli->options.last[RZ_OPT_SORT];
    uint64_t seconds = 0;
    *wanted = (struct wanted){.status = cli->options.last[RZ_OPT_STATUS],
                              .search = cli->options.last[RZ_OPT_SEARCH],
                              .nameserver = cli->options.last[RZ_OPT_NAMESERVER],
                              .details = cli->options.given[RZ_OPT_DETAILS],
                              .limit = LINES};
    if (expiring && !rz_duration_parse(&seconds, rz_str_of(expiring)))
        return refuse(cli, "--expiring takes a time, not ", expiring, "such as 30d");
    wanted->has_expiring = expiring != NULL;
    wanted->days = (int64_t)(seconds / 86400);
    while (sort && wanted->order < 3 && strcmp(orders[wanted->order], sort) != 0)
        wanted->order++;
    if (wanted->order == 3)
        return refuse(cli, "--sort cannot be ", sort, "one of: name, expires, status");
    return read_answer(cli, RZ_OPT_HOSTED, &wanted->hosted)
           && read_answer(cli, RZ_OPT_AUTORENEW, &wanted->autorenew)
           && rz_cli_number(cli, RZ_OPT_LIMIT, 1000000, &wanted->limit)
           && rz_cli_number(cli, RZ_OPT_OFFSET, UINT32_MAX, &wanted->offset);
}

static bool is_answer(const char *answer, bool known, bool is)
{
    return !answer || (known && is == (*answer == 'y'));
}

static bool is_wanted(const struct wanted *wanted, const struct rz_domain *domain)
{
    return (!wanted->status || strcasecmp(wanted->status, domain->status) == 0)
           && (!wanted->search || strcasestr(domain->name, wanted->search))
           && (!wanted->has_expiring || (domain->has_days && domain->days_left <= wanted->days))
           && is_answer(wanted->hosted, domain->has_hosted, domain->hosted)
           && is_answer(wanted->autorenew, domain->has_autorenew, domain->autorenew);
}

static bool has_nameserver(const struct rz_domain *domain, const char *pattern)
{
    for (size_t i = 0; i < domain->nameservers.count; i++) {
        char name[RZ_NAME_TEXT_MAX];
        snprintf(name, sizeof name, "%s", domain->nameservers.items[i]);
        size_t size = strlen(name);
        if (size > 1 && name[size - 1] == '.')
            name[size - 1] = '\0';
        if (rz_str_glob(pattern, name))
            return true;
    }
    return false;
}

/* Each has to be asked for, so this comes after all that is known from the list. */
static enum rz_status filter_nameservers(struct rz_domain_command *command, const char *pattern)
{
    struct rz_domain_list *list = &command->list;
    size_t kept = 0;
    enum rz_status status = rz_domain_details(command, list);
    for (size_t i = 0; i < list->count; i++)
        if (has_nameserver(&list->items[i], pattern))
            list->items[kept++] = list->items[i];
    list->count = kept;
    return status;
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
    if (domain->has_hosted)
        rz_buffer_text(out, domain->hosted ? "  hosted" : "  not hosted");
    for (size_t i = 0; i < domain->nameservers.count; i++)
        rz_buffer_printf(out, "%s%s", i ? ", " : "  at ",
                         visible(cli, domain->nameservers.items[i]));
    rz_buffer_char(out, '\n');
    rz_output_pulse(&cli->out);
}

static size_t first_of(const struct rz_domain_list *list, const struct wanted *wanted)
{
    return wanted->offset < list->count ? (size_t)wanted->offset : list->count;
}

static size_t end_of(const struct rz_domain_list *list, const struct wanted *wanted)
{
    size_t first = first_of(list, wanted);
    return wanted->limit < list->count - first ? first + (size_t)wanted->limit : list->count;
}

/* Only of the page that is shown. */
static enum rz_status complete_page(struct rz_domain_command *command, const struct wanted *wanted)
{
    struct rz_domain_list *list = &command->list, page = {.arena = list->arena};
    if (!wanted->details || wanted->nameserver)
        return RZ_OK;
    page.items = list->items + first_of(list, wanted);
    page.count = end_of(list, wanted) - first_of(list, wanted);
    enum rz_status status = rz_domain_details(command, &page);
    list->arena = page.arena;
    return status;
}

static void report_list(struct rz_cli *cli, const struct rz_domain_list *list,
                        const struct wanted *wanted)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    size_t first = first_of(list, wanted), end = end_of(list, wanted);
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
    rz_cli_requests_json(cli, &json);
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
    if (status == RZ_OK)
        status = rz_domain_mark_hosted(&command, &command.list);
    if (status == RZ_OK)
        filter(&command.list, &wanted);
    if (status == RZ_OK && wanted.nameserver)
        status = filter_nameservers(&command, wanted.nameserver);
    if (status == RZ_OK)
        status = complete_page(&command, &wanted);
    if (status == RZ_OK)
        report_list(cli, &command.list, &wanted);
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

static const struct rz_rrset *apex_rrset(const struct rz_zone *zone, uint16_t type)
{
    return rz_zone_find(zone, zone->apex.wire, type);
}

/* Whether what is hosted is what the world is sent to. */
static const char *configuration(const struct rz_domain *domain, const struct rz_zone *zone)
{
    const struct rz_rrset *ns = apex_rrset(zone, RZ_TYPE_NS);
    struct rz_name name;
    const char *why;
    size_t same = 0;
    if (!domain->hosted)
        return "not hosted";
    if (!domain->nameservers.count)
        return "not delegated";
    for (size_t i = 0; ns && i < domain->nameservers.count; i++)
        same += rz_name_parse(&name, rz_str_of(domain->nameservers.items[i]), NULL, &why) == RZ_OK
                && rz_rrset_contains(ns, name.wire, name.size);
    return same == domain->nameservers.count && ns && same == ns->rdata_count ? "complete"
           : same                                                             ? "partly delegated"
                  : "delegated elsewhere";
}

static const char *const operations[] = {"domain nameservers set",
                                         "domain nameservers register",
                                         "dnssec add",
                                         "dnssec remove",
                                         "record create",
                                         "record update",
                                         "record delete"};

/* A registration that is not active takes no changes; records need a hosted zone. */
static size_t first_operation(const struct rz_domain *domain)
{
    return strcasecmp(domain->status, "active") == 0 ? 0 : 4;
}

static size_t end_operation(const struct rz_domain *domain)
{
    return domain->hosted ? sizeof operations / sizeof *operations : 4;
}

static void print_soa(struct rz_buffer *out, const struct rz_zone *zone)
{
    const struct rz_rrset *soa = apex_rrset(zone, RZ_TYPE_SOA);
    if (!soa)
        return;
    struct rz_rdata_cursor c = rz_rrset_rdata(soa);
    if (rz_rdata_next(&c))
        rz_rdata_print(out, RZ_TYPE_SOA, c.wire, c.size);
}

static void show_text(struct rz_cli *cli, const struct rz_domain *domain,
                      const struct rz_zone *zone, const char *types)
{
    struct rz_buffer *out = &cli->out.text;
    RZ_BUFFER_CLEANUP struct rz_buffer soa = {0};
    struct rz_domain head = *domain;
    head.nameservers.count = 0;
    list_text(cli, &head);
    if (*domain->created)
        rz_buffer_printf(out, "registered   %s\n", visible(cli, domain->created));
    if (*domain->price)
        rz_buffer_printf(out, "price        %s a period\n", visible(cli, domain->price));
    for (size_t i = 0; i < domain->nameservers.count; i++)
        rz_buffer_printf(out, "nameserver   %s\n", visible(cli, domain->nameservers.items[i]));
    rz_buffer_printf(out, "hosted zone  %s\n", domain->hosted ? types : "none here");
    print_soa(&soa, zone);
    if (soa.size)
        rz_buffer_printf(out, "SOA          %s\n", soa.data);
    rz_buffer_printf(out, "configured   %s\n", configuration(domain, zone));
    rz_buffer_text(out, "operations   ");
    for (size_t i = first_operation(domain); i < end_operation(domain); i++)
        rz_buffer_printf(out, "%s%s", i == first_operation(domain) ? "" : ", ", operations[i]);
    rz_buffer_char(out, '\n');
}

static void show_json(struct rz_buffer *json, const struct rz_domain *domain,
                      const struct rz_zone *zone, const struct rz_buffer *records)
{
    RZ_BUFFER_CLEANUP struct rz_buffer soa = {0};
    rz_buffer_char(json, '{');
    rz_domain_json(json, domain);
    rz_json_text(json, "configuration", configuration(domain, zone));
    rz_json_key(json, "operations");
    rz_buffer_char(json, '[');
    for (size_t i = first_operation(domain); i < end_operation(domain); i++) {
        rz_json_comma(json);
        rz_json_string(json, rz_str_of(operations[i]));
    }
    rz_buffer_char(json, ']');
    rz_json_comma(json);
    rz_buffer_str(json, rz_buffer_view(records));
    if (zone->has_soa)
        rz_json_int(json, "serial", zone->serial);
    print_soa(&soa, zone);
    rz_json_text(json, "soa", soa.size ? soa.data : NULL);
    rz_buffer_text(json, "}\n");
}

static enum rz_status show(struct rz_domain_command *command, struct rz_domain *domain,
                           struct rz_buffer *json)
{
    struct rz_cli *cli = command->cli;
    struct rz_name apex;
    struct rz_zone zone;
    struct rz_revision revision = {0};
    const char *why;
    RZ_BUFFER_CLEANUP struct rz_buffer records = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer types = {0};
    if (rz_name_parse(&apex, rz_str_of(domain->name), NULL, &why) != RZ_OK)
        return RZ_INVALID;
    enum rz_status status = command->provider->ops->fetch(command->provider, apex.wire, &zone,
                                                          &revision, &cli->diags);
    if (status == RZ_OK) {
        domain->has_hosted = true;
        domain->hosted = revision.exists;
        count_types(&records, &types, &zone);
        if (cli->json)
            show_json(json, domain, &zone, &records);
        else
            show_text(cli, domain, &zone, types.size ? types.data : "no records");
    }
    rz_zone_free(&zone);
    return status;
}

int rz_command_domain_show(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_strings names = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    enum rz_status status = rz_domain_command_open(&command, cli, NULL);
    if (status == RZ_OK)
        status = rz_domain_names(&command, &names);
    for (size_t i = 0; status == RZ_OK && i < names.count; i++) {
        struct rz_domain_list list = {0};
        status = command.ops->get(command.provider, names.items[i], &list, &cli->diags);
        if (status == RZ_OK && i && !cli->json)
            rz_buffer_char(&cli->out.text, '\n');
        if (status == RZ_OK)
            status = show(&command, &list.items[0], &json);
        free(list.items);
        rz_arena_free(&list.arena);
    }
    if (status == RZ_OK && cli->json)
        rz_cli_json(cli, &json);
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
