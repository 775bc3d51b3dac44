/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record get, record list: what is live, as the provider gives it. */
#include "cli/commands.h"
#include "cli/record.h"
#include "support/json_write.h"

#define LINES 50

struct listing {
    struct rz_cli *cli;
    const struct rz_zone *zone;
    struct rz_provider *provider;
    const uint8_t *owner;   /* only this one; NULL: all */
    const char *glob;       /* of owners; NULL: all */
    uint16_t type;          /* 0: all */
    uint64_t limit, offset; /* limit 0: no bound */
    size_t seen, shown;
    const struct rz_rrset *last;
    struct rz_buffer records; /* JSON */
};

static bool is_wanted(const struct listing *listing, const uint8_t *owner, uint16_t type)
{
    char name[RZ_NAME_TEXT_MAX];
    if ((listing->owner && !rz_name_equal(owner, listing->owner))
        || (listing->type && type != listing->type))
        return false;
    return !listing->glob || rz_str_glob(listing->glob, rz_name_text_plain(name, owner));
}

static bool is_on_page(struct listing *listing)
{
    size_t index = listing->seen++;
    bool shown = index >= listing->offset
                 && (!listing->limit || index < listing->offset + listing->limit);
    listing->shown += shown;
    return shown;
}

static void show_rrset(struct listing *listing, const struct rz_rrset *rrset)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    struct rz_buffer *out = &listing->cli->out.text;
    if (!is_wanted(listing, rrset->owner, rrset->type) || !is_on_page(listing))
        return;
    listing->last = rrset;
    if (listing->cli->json) {
        rz_record_rrset_json(&listing->records, NULL, rrset, listing->zone->apex.wire);
        return;
    }
    rz_name_text_relative(owner, rrset->owner, listing->zone->apex.wire);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_printf(out, "%s  %u  %s  ", owner, rrset->ttl, rz_rtype_text(type, rrset->type));
        rz_rdata_print(out, rrset->type, c.wire, c.size);
        rz_buffer_char(out, '\n');
    }
    rz_output_pulse(&listing->cli->out);
}

/* URL, FRAME, MXE: shown, not managed. */
static void show_foreign(void *user, const uint8_t *owner, uint32_t ttl, const char *text)
{
    struct listing *listing = user;
    char name[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    if (listing->type || !is_wanted(listing, owner, 0) || !is_on_page(listing))
        return;
    if (listing->cli->json) {
        rz_json_comma(&listing->records);
        rz_buffer_char(&listing->records, '{');
        rz_json_bool(&listing->records, "managed", false);
        rz_json_text(&listing->records, "name", rz_name_text_plain(name, owner));
        rz_json_text(&listing->records, "text", text);
        rz_json_int(&listing->records, "ttl", ttl);
        rz_buffer_char(&listing->records, '}');
        return;
    }
    rz_buffer_visible(&shown, rz_str_of(text));
    rz_buffer_printf(&listing->cli->out.text, "%s  %u  %s  ; not managed\n",
                     rz_name_text_relative(name, owner, listing->zone->apex.wire), ttl,
                     rz_buffer_view(&shown).data);
}

static void report_json(struct listing *listing, int64_t milliseconds)
{
    struct rz_cli *cli = listing->cli;
    char domain[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    bool one = listing->shown == 1 && listing->last && listing->owner;
    struct rz_record_envelope head = {
        .success = true,
        .operation = "read",
        .milliseconds = milliseconds,
        .type = listing->type,
        .domain = rz_name_text_plain(domain, listing->zone->apex.wire),
        .provider = listing->provider->name,
        .has_ttl = one,
        .ttl = one ? listing->last->ttl : 0,
        .per_page = listing->limit,
        .page = listing->limit ? listing->offset / listing->limit + 1 : 0,
        .total = listing->seen};
    rz_record_envelope_begin(&json, &head, cli->context.now(cli->context.user));
    rz_record_rrset_json(&json, "before", one ? listing->last : NULL, listing->zone->apex.wire);
    rz_record_rrset_json(&json, "after", one ? listing->last : NULL, listing->zone->apex.wire);
    rz_json_bool(&json, "verified", true);
    rz_json_key(&json, "records");
    rz_buffer_printf(&json, "[%s]", listing->records.size ? listing->records.data : "");
    rz_record_envelope_end(&json, &head);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

/* Reads the zone at one target and shows what is asked for. */
static enum rz_status list_zone(struct listing *listing, struct rz_project *project,
                                const struct rz_name *apex, const char *target)
{
    struct rz_cli *cli = listing->cli;
    struct rz_zone zone;
    struct rz_revision revision = {0};
    int64_t start = cli->context.ticks(cli->context.user);
    enum rz_status status = rz_project_provider(project, target, &listing->provider, &cli->diags);
    if (status != RZ_OK)
        return status;
    const struct rz_provider_ops *ops = listing->provider->ops;
    status = ops->fetch(listing->provider, apex->wire, &zone, &revision, &cli->diags);
    listing->zone = &zone;
    for (size_t i = 0; status == RZ_OK && i < zone.count; i++)
        show_rrset(listing, &zone.rrsets[i]);
    if (status == RZ_OK && ops->visit_foreign)
        ops->visit_foreign(listing->provider, apex->wire, show_foreign, listing);
    if (status == RZ_OK && listing->owner && !listing->seen) {
        rz_diags_add(&cli->diags, RZ3542, (struct rz_place){0}, "%s has no such record", target);
        status = RZ_NOT_FOUND;
    } else if (status == RZ_OK && cli->json) {
        report_json(listing, cli->context.ticks(cli->context.user) - start);
    } else if (status == RZ_OK && listing->shown < listing->seen) {
        rz_buffer_printf(&cli->out.text, "%zu of %zu RRsets; --limit and --offset show others\n",
                         listing->shown, listing->seen);
    }
    rz_buffer_free(&listing->records);
    rz_zone_free(&zone);
    return status;
}

/* The zone's first target stands for all: they are kept alike. */
static int run(struct rz_cli *cli, struct listing *listing, const struct rz_name *name)
{
    struct rz_project project;
    struct rz_name apex;
    struct rz_strings targets;
    struct rz_record_finder finder;
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        rz_record_finder_init(&finder, cli, &project);
        status = RZ_NOT_FOUND;
        if (rz_record_find_zone(&finder, name->wire, &apex, &targets))
            status = list_zone(listing, &project, &apex, targets.items[0]);
        rz_record_finder_free(&finder);
    }
    rz_project_free(&project);
    return rz_cli_exit(status);
}

/* A failure has the envelope too. */
static int report_failure(struct rz_cli *cli, const struct listing *listing, int exit_code)
{
    if (exit_code != RZ_EXIT_DONE)
        rz_record_failure_json(cli, "read", NULL, listing->type);
    return exit_code;
}

int rz_command_record_get(struct rz_cli *cli)
{
    struct rz_name owner;
    struct listing listing = {.cli = cli, .owner = owner.wire};
    struct rz_place nowhere = {0};
    if (!rz_record_parse_owner(cli, nowhere, cli->arguments[0], &owner)
        || (cli->argument_count > 1
            && !rz_record_parse_type(cli, nowhere, cli->arguments[1], &listing.type)))
        return report_failure(cli, &listing, RZ_EXIT_ERROR);
    return report_failure(cli, &listing, run(cli, &listing, &owner));
}

int rz_command_record_list(struct rz_cli *cli)
{
    struct rz_name zone;
    struct listing listing = {.cli = cli, .limit = LINES};
    struct rz_place nowhere = {0};
    if (!rz_record_parse_owner(cli, nowhere, cli->arguments[0], &zone)
        || (cli->argument_count > 2
            && !rz_record_parse_type(cli, nowhere, cli->arguments[2], &listing.type))
        || !rz_cli_number(cli, RZ_OPT_LIMIT, 1000000, &listing.limit)
        || !rz_cli_number(cli, RZ_OPT_OFFSET, UINT32_MAX, &listing.offset))
        return report_failure(cli, &listing, RZ_EXIT_ERROR);
    if (cli->argument_count > 1)
        listing.glob = cli->arguments[1];
    return report_failure(cli, &listing, run(cli, &listing, &zone));
}
