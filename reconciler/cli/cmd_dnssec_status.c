/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec status: the chain of trust of a zone, from the registrar to the parent to every signature. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dnssec_status.h"
#include "dns/dnskey.h"
#include "dns/master_file.h"
#include "dns/rtype.h"

#define WARN_DEFAULT (3 * 86400) /* seconds */

static struct rz_status_line *line_of(struct rz_dnssec_status *status, uint16_t tag,
                                      uint8_t algorithm, uint8_t digest)
{
    struct rz_status_line *lines = status->lines;
    for (size_t i = 0; i < status->line_count; i++)
        if (lines[i].tag == tag && lines[i].algorithm == algorithm
            && (lines[i].digest_type == digest || !digest))
            return &lines[i];
    if (status->line_count == RZ_STATUS_LINES_MAX)
        return &lines[status->line_count - 1];
    struct rz_status_line *line = &lines[status->line_count++];
    *line = (struct rz_status_line){.tag = tag, .algorithm = algorithm, .digest_type = digest};
    return line;
}

static void take_ds(struct rz_dnssec_status *status, const struct rz_rrset *ds,
                    const struct rz_rrset *keys, bool published)
{
    if (!ds)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        struct rz_status_line *line = line_of(status, (uint16_t)(c.wire[0] << 8 | c.wire[1]),
                                              c.wire[2], c.wire[3]);
        line->registered |= !published;
        line->published |= published;
        if (keys)
            for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
                line->in_zone |= rz_ds_matches(c.wire, c.size, ds->owner, k.wire, k.size);
    }
}

/* Key-signing keys that no DS is of. */
static void take_keys(struct rz_dnssec_status *status, const struct rz_rrset *keys)
{
    if (!keys)
        return;
    for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
        if (rz_dnskey_flags(k.wire, k.size) & RZ_DNSKEY_SEP)
            line_of(status, rz_dnskey_tag(k.wire, k.size), k.wire[3], 0)->in_zone = true;
}

/* ---- places */

static struct rz_signed_zone *add_place(struct rz_dnssec_status *status, const char *place)
{
    if (status->place_count == RZ_STATUS_PLACES_MAX)
        return NULL;
    struct rz_signed_zone *made = &status->places[status->place_count++];
    *made = (struct rz_signed_zone){.place = place};
    return made;
}

static void judge(struct rz_dnssec_status *status)
{
    for (size_t i = 0; i < status->place_count; i++) {
        struct rz_signed_zone *place = &status->places[i];
        struct rz_signed_look *look = &place->look;
        struct rz_signed_input input = {
            .ds = status->ds, .partial = place->partial, .now = status->now};
        if (place->why)
            continue;
        rz_signed_look(look, &place->zone, &input);
        place->looked = true;
        status->bad += look->bad;
        if (!look->expires || (status->expires && look->expires >= status->expires))
            continue;
        status->expires = look->expires;
        status->expires_owner = look->expires_owner;
        status->expires_type = look->expires_type;
        status->expires_place = place->place;
    }
    rz_dnssec_events_add_expiry(status);
}

static enum rz_status ask_server(struct rz_dnssec_status *status, const struct rz_lookup *lookup,
                                 const struct rz_server *server, const uint8_t *host,
                                 const struct rz_zone *names)
{
    char text[RZ_SERVER_TEXT_MAX], name[RZ_NAME_TEXT_MAX];
    struct rz_server at = *server;
    if (!at.port)
        at.port = lookup->port;
    const char *label = host ? rz_arena_printf(&status->cli->arena, "%s %s",
                                               rz_name_text_plain(name, host),
                                               rz_server_text(text, &at))
                             : rz_arena_strdup(&status->cli->arena, rz_server_text(text, &at));
    struct rz_signed_zone *place = add_place(status, label);
    return place ? rz_signed_zone_ask(place, lookup, &at, status->apex.wire, names) : RZ_OK;
}

/* Those of --server, else those that the parent names, where there is something to look at. */
static enum rz_status ask_servers(struct rz_dnssec_status *status, const struct rz_lookup *lookup,
                                  const struct rz_zone *names)
{
    bool given = status->cli->options.given[RZ_OPT_SERVER];
    const struct rz_domain_look *look = &status->facts->look;
    enum rz_status result = RZ_OK;
    for (size_t i = 0; i < look->count && result == RZ_OK; i++) {
        const struct rz_nameserver *ns = &look->nameservers[i];
        if (given || (ns->authoritative && (ns->dnskey || status->ds)))
            result = ask_server(status, lookup, &ns->server, given ? NULL : ns->host.wire, names);
    }
    return result;
}

/* How a provider signs stands in the zone as records that nobody serves (dns/signing.h). */
static void drop_settings(struct rz_zone *zone)
{
    size_t kept = 0;
    for (size_t i = 0; i < zone->count; i++)
        if (!rz_rtype_is_signing(zone->rrsets[i].type))
            zone->rrsets[kept++] = zone->rrsets[i];
    zone->count = kept;
}

/* The zone as a provider has it, where that has signatures. */
static void take_target(struct rz_dnssec_status *status, struct rz_project *project,
                        const char *target)
{
    struct rz_provider *provider;
    struct rz_revision revision = {0};
    struct rz_diags unseen = {0};
    struct rz_signed_zone place = {.place = target, .how = "provider"};
    if (rz_project_provider(project, target, &provider, &unseen) == RZ_OK) {
        const struct rz_capabilities *can = provider->ops->capabilities(provider);
        bool has = !can->forwards && !can->is_registration
                   && provider->ops->fetch(provider, status->apex.wire, &place.zone, &revision,
                                           &unseen)
                          == RZ_OK;
        if (has)
            rz_dnssec_events_add_renewal(status, provider, &place.zone);
        drop_settings(&place.zone);
        if (has && rz_zone_find(&place.zone, status->apex.wire, RZ_TYPE_RRSIG)
            && status->place_count < RZ_STATUS_PLACES_MAX)
            *add_place(status, target) = place;
        else
            rz_zone_free(&place.zone);
    }
    rz_diags_free(&unseen);
}

/* A zone of the project: at its targets, and the names to ask servers for. */
static void take_project(struct rz_dnssec_status *status, struct rz_project *project,
                         struct rz_zone *names)
{
    struct rz_zone_list zones = {0};
    struct rz_diags unseen = {0};
    struct rz_strings globs = {.items = &status->name, .count = 1};
    if (rz_project_zones(project, &globs, &zones, &unseen) == RZ_OK && zones.count == 1) {
        struct rz_zone_settings settings = {0};
        rz_zone_free(names); /* it is made anew */
        rz_project_load_zone(project, &zones.items[0], names, &settings, &unseen);
        for (size_t i = 0; i < zones.items[0].rule->targets.count; i++)
            take_target(status, project, zones.items[0].rule->targets.items[i]);
        rz_dnssec_events_add_rollovers(status, project);
    }
    rz_zone_list_free(&zones);
    rz_diags_free(&unseen);
}

/* ---- a file */

static enum rz_status read_text(struct rz_cli *cli, const char *path, struct rz_buffer *text)
{
    char piece[65536];
    text->limit = RZ_MASTER_FILE_MAX;
    FILE *file = fopen(path, "re");
    if (!file) {
        rz_diags_add(&cli->diags, RZ6050, rz_place_named(path), "cannot be read: %s",
                     strerror(errno));
        return RZ_IO;
    }
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0 && !text->overflow;)
        rz_buffer_append(text, piece, got);
    bool good = !ferror(file) && !text->overflow;
    fclose(file);
    if (!good)
        rz_diags_add(&cli->diags, RZ6050, rz_place_named(path),
                     text->overflow ? "is larger than a zone may be" : "cannot be read");
    return good ? RZ_OK : RZ_IO;
}

static enum rz_status take_file(struct rz_dnssec_status *status, const char *path)
{
    struct rz_cli *cli = status->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_signed_zone *place = add_place(status, path);
    place->how = "file";
    rz_zone_init(&place->zone, status->apex.wire);
    enum rz_status result = read_text(cli, path, &text);
    if (result != RZ_OK)
        return result;
    struct rz_source source = {path, rz_buffer_view(&text)};
    char *directory = rz_arena_strdup(&cli->arena, path);
    int include_dir = open(dirname(directory), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    char *name = rz_arena_strdup(&cli->arena, path);
    struct rz_master_file_options options = {.include_dir = include_dir, .path = basename(name)};
    result = rz_master_file_read(&place->zone, &source, &options, &cli->diags);
    if (result == RZ_OK)
        result = rz_zone_finish(&place->zone, RZ_ZONE_LIVE, &cli->diags);
    if (include_dir >= 0)
        close(include_dir);
    return result;
}

/* The parent is asked only where somebody said whom. */
static enum rz_status ask_parent(struct rz_dnssec_status *status)
{
    struct rz_cli *cli = status->cli;
    struct rz_lookup lookup;
    const char *why = NULL;
    if (!cli->options.given[RZ_OPT_PARENT] && !cli->options.given[RZ_OPT_RESOLVER])
        return RZ_OK;
    enum rz_status result = rz_lookup_init(&lookup, &cli->context,
                                           &cli->options.all[RZ_OPT_RESOLVER],
                                           &cli->options.all[RZ_OPT_PARENT], &cli->diags);
    if (result != RZ_OK)
        return result;
    result = rz_delegation_read(&status->delegation, &lookup, status->apex.wire, &why);
    if (result != RZ_OK) {
        rz_diags_add(&cli->diags, RZ6051, rz_place_named(status->name),
                     "the parent cannot be asked for its DS: %s", why ? why : "no answer");
        return result;
    }
    status->ds = status->delegation.ds;
    status->ds_known = true;
    return RZ_OK;
}

static int look_at_file(struct rz_dnssec_status *status)
{
    enum rz_status result = take_file(status, status->cli->arguments[1]);
    if (result == RZ_OK)
        result = ask_parent(status);
    if (result != RZ_OK)
        return rz_cli_exit(result);
    const struct rz_rrset *keys = rz_zone_find(&status->places[0].zone, status->apex.wire,
                                               RZ_TYPE_DNSKEY);
    take_ds(status, status->ds, keys, true);
    take_keys(status, keys);
    judge(status);
    return RZ_EXIT_DONE;
}

/* ---- the world */

static void take_world(struct rz_dnssec_status *status)
{
    bool differ;
    const struct rz_domain_facts *facts = status->facts;
    const struct rz_rrset *keys = rz_domain_look_keys(&facts->look, &differ);
    struct rz_domain_check_input input = {
        .look = &facts->look,
        .registration = facts->has_registration ? &facts->registration : NULL,
        .now = status->now};
    status->ds = facts->look.delegation.ds;
    status->ds_known = !facts->look.delegation_why;
    rz_domain_checks_dnssec(&status->checks, &input);
    if (facts->has_registration) {
        const struct rz_rrset *registered = rz_zone_find(&facts->registration, facts->wire.wire,
                                                         RZ_TYPE_DS);
        status->on_their_way = status->ds_known && !rz_delegation_same(registered, status->ds);
        take_ds(status, registered, keys, false);
    }
    take_ds(status, facts->look.delegation.ds, keys, true);
    take_keys(status, keys);
}

static enum rz_status look_at_world(struct rz_dnssec_status *status,
                                    struct rz_domain_command *command,
                                    struct rz_domain_facts_list *facts)
{
    struct rz_cli *cli = status->cli;
    struct rz_strings names = {.items = cli->arguments, .count = 1};
    struct rz_lookup lookup;
    struct rz_zone desired;
    uint64_t port = 0;
    enum rz_status result = rz_domain_command_open_any(command, cli);
    if (result == RZ_OK)
        result = rz_domain_facts_read(facts, command, &names, 0);
    if (result == RZ_OK)
        result = rz_lookup_init(&lookup, &cli->context, &command->project.verify.resolvers,
                                &command->project.verify.parents, &cli->diags);
    if (result != RZ_OK || !rz_cli_number(cli, RZ_OPT_PORT, UINT16_MAX, &port))
        return result == RZ_OK ? RZ_INVALID : result;
    lookup.port = (uint16_t)port;
    status->facts = &facts->items[0];
    take_world(status);
    rz_zone_init(&desired, status->apex.wire);
    take_project(status, &command->project, &desired);
    result = ask_servers(status, &lookup, &desired);
    rz_zone_free(&desired);
    if (result == RZ_OK)
        judge(status);
    return result;
}

static bool read_arguments(struct rz_dnssec_status *status)
{
    struct rz_cli *cli = status->cli;
    const char *why = NULL, *warn = cli->options.last[RZ_OPT_WARN];
    uint64_t seconds = WARN_DEFAULT;
    status->name = cli->arguments[0];
    status->now = cli->context.now(cli->context.user);
    if (rz_name_parse(&status->apex, rz_str_of(status->name), NULL, &why) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "not the name of a zone: %s: %s",
                     status->name, why);
        return false;
    }
    if (warn && !rz_duration_parse(&seconds, rz_str_of(warn))) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "--warn takes a time, not %s", warn);
        rz_diag_hint(&cli->diags, diag, "such as 12h or 3d");
        return false;
    }
    status->warn = status->now + (int64_t)seconds;
    return true;
}

static int report(const struct rz_dnssec_status *status)
{
    if (status->cli->json)
        rz_dnssec_status_json(status);
    else
        rz_dnssec_status_text(status);
    return rz_dnssec_status_exit(status);
}

int rz_command_dnssec_status(struct rz_cli *cli)
{
    struct rz_domain_command command = {.cli = cli};
    struct rz_domain_facts_list facts = {0};
    struct rz_dnssec_status *status = rz_arena_zero(&cli->arena, sizeof *status);
    status->cli = cli;
    int exit_code = RZ_EXIT_ERROR;
    if (!read_arguments(status))
        return exit_code;
    if (cli->argument_count > 1)
        exit_code = look_at_file(status);
    else
        exit_code = rz_cli_exit(look_at_world(status, &command, &facts));
    if (exit_code == RZ_EXIT_DONE)
        exit_code = report(status);
    for (size_t i = 0; i < status->place_count; i++)
        rz_signed_zone_free(&status->places[i]);
    rz_domain_checks_free(&status->checks);
    rz_delegation_free(&status->delegation);
    rz_domain_facts_free(&facts);
    rz_domain_command_close(&command);
    return exit_code;
}
