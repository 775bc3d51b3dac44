/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, render, version, help: what needs no network. */
#include <curl/curl.h>
#include <jansson.h>
#include <libknot/version.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <yaml.h>

#include "cli/commands.h"
#include "cli/version.h"
#include "dns/master_file.h"
#include "dns/rtype.h"
#include "lint/lint.h"
#include "support/alloc.h"
#include "support/json_write.h"

/* Larger than any provider's struct, into which the options are read to be checked. */
#define PROVIDER_SCRATCH ((size_t)64 << 10)

/* The options of every provider by its table. Providers are not opened: that would want secrets. */
static void check_providers(struct rz_cli *cli, const struct rz_project *project)
{
    void *scratch = rz_alloc_zero(1, PROVIDER_SCRATCH);
    struct rz_arena arena = {0};
    struct rz_field_reader reader = {&project->source, &arena, &cli->diags};
    for (size_t i = 0; i < project->provider_count; i++)
        rz_fields_load(&reader, project->providers[i].config,
                       rz_provider_find(project->providers[i].kind)->options, scratch);
    rz_arena_free(&arena);
    free(scratch);
}

/* The zones' names, in an order for rz_lint_project_new(). */
static const struct rz_name *const *apexes_of(struct rz_cli *cli, const struct rz_zone_list *zones)
{
    const struct rz_name **apexes = rz_arena_alloc(&cli->arena, (zones->count + 1) * sizeof *apexes);
    for (size_t i = 0; i < zones->count; i++)
        apexes[i] = &zones->items[i].apex;
    return apexes;
}

int rz_command_validate(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_strings globs = rz_cli_globs(cli);
    size_t rrsets = 0, records = 0;
    rz_cli_open(cli, &project, &zones, &globs);
    check_providers(cli, &project);
    project.lint.errors_only = false;
    struct rz_lint_project *lint =
        rz_lint_project_new(apexes_of(cli, &zones), zones.count, &project.lint);
    for (size_t i = 0; i < zones.count && !rz_context_cancelled(&cli->context); i++) {
        struct rz_zone zone;
        struct rz_zone_settings settings;
        if (rz_project_load_zone(&project, &zones.items[i], &zone, &settings, &cli->diags) == RZ_OK) {
            struct rz_lint_settings own = rz_zone_settings_lint(&settings, &project.lint);
            rz_lint_project_add(lint, &zone, &own);
        }
        rrsets += zone.count;
        records += zone.records;
        rz_zone_free(&zone);
    }
    rz_lint_project_check(lint, &cli->diags);
    rz_lint_project_free(lint);
    size_t errors = cli->diags.errors, warnings = cli->diags.warnings;
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_text(&text, "{\"diagnostics\":");
        rz_report_diags_json(&text, &cli->diags);
        rz_buffer_printf(&text, ",\"errors\":%zu,\"records\":%zu,\"rrsets\":%zu,\"warnings\":%zu,\"zones\":%zu}\n",
                         errors, records, rrsets, warnings, zones.count);
        rz_cli_json(cli, &text);
    } else {
        rz_buffer_printf(&cli->out.text, "%zu zone%s, %zu RRsets, %zu records: %zu error%s, %zu warning%s\n",
                         zones.count, zones.count == 1 ? "" : "s", rrsets, records, errors,
                         errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return errors ? RZ_EXIT_ERROR : RZ_EXIT_DONE;
}

static void rrset_json(struct rz_buffer *out, const struct rz_zone *zone, const struct rz_rrset *rrset,
                       struct rz_buffer *scratch)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "file", rz_zone_origin_file(zone, rrset));
    rz_json_int(out, "line", rrset->line);
    rz_json_text(out, "owner", rz_name_text(owner, rrset->owner));
    rz_json_key(out, "rdata");
    rz_buffer_char(out, '[');
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(scratch);
        rz_rdata_print(scratch, rrset->type, c.wire, c.size);
        rz_json_comma(out);
        rz_json_string(out, rz_buffer_view(scratch));
    }
    rz_buffer_char(out, ']');
    rz_json_int(out, "ttl", rrset->ttl);
    rz_json_text(out, "type", rz_rtype_text(type, rrset->type));
    rz_buffer_char(out, '}');
}

static void zone_json(struct rz_buffer *out, const struct rz_zone *zone)
{
    char apex[RZ_NAME_TEXT_MAX], hash[RZ_HASH_TEXT];
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "fingerprint", rz_hash_text(hash, zone->fingerprint));
    rz_json_key(out, "rrsets");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->count; i++)
        rrset_json(out, zone, &zone->rrsets[i], &scratch);
    rz_buffer_char(out, ']');
    rz_json_text(out, "zone", rz_name_text_plain(apex, zone->apex.wire));
    rz_buffer_char(out, '}');
}

static void render_zone(struct rz_cli *cli, const struct rz_zone *zone, struct rz_buffer *json)
{
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    if (cli->json)
        zone_json(json, zone);
    else if (format && strcmp(format, "yaml") == 0)
        rz_zone_document_write(&cli->out.text, zone, false);
    else
        rz_master_file_write(&cli->out.text, zone);
    rz_output_pulse(&cli->out);
}

int rz_command_render(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_strings globs = rz_cli_globs(cli);
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    bool good = rz_cli_open(cli, &project, &zones, &globs);
    rz_buffer_text(&json, "[");
    for (size_t i = 0; good && i < zones.count; i++) {
        struct rz_zone zone;
        struct rz_zone_settings settings;
        if (rz_project_load_zone(&project, &zones.items[i], &zone, &settings, &cli->diags) == RZ_OK)
            render_zone(cli, &zone, &json);
        rz_zone_free(&zone);
    }
    good = cli->diags.errors == 0;
    if (cli->json && good) {
        rz_buffer_text(&json, "]\n");
        rz_cli_json(cli, &json);
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}

int rz_command_version(struct rz_cli *cli)
{
    const char *libknot = rz_arena_printf(&cli->arena, "%d.%d.%d", KNOT_VERSION_MAJOR,
                                          KNOT_VERSION_MINOR, KNOT_VERSION_PATCH);
    const char *libcurl = curl_version_info(CURLVERSION_NOW)->version;
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_char(&text, '{');
        rz_json_text(&text, "jansson", jansson_version_str());
        rz_json_text(&text, "libcurl", libcurl);
        rz_json_text(&text, "libknot", libknot);
        rz_json_text(&text, "libyaml", yaml_get_version_string());
        rz_json_text(&text, "rezone", rz_version);
        rz_json_text(&text, "sqlite", sqlite3_libversion());
        rz_buffer_text(&text, "}\n");
        rz_cli_json(cli, &text);
    } else {
        rz_buffer_printf(&cli->out.text,
                         "rezone %s (libknot %s, libcurl %s, libyaml %s, jansson %s, SQLite %s)\n",
                         rz_version, libknot, libcurl, yaml_get_version_string(),
                         jansson_version_str(), sqlite3_libversion());
    }
    return RZ_EXIT_DONE;
}

int rz_command_help(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    if (cli->argument_count == 0) {
        rz_cli_help(&cli->out, NULL);
        return RZ_EXIT_DONE;
    }
    for (size_t i = 0; i < cli->argument_count; i++)
        rz_buffer_printf(&name, "%s%s", i ? " " : "", cli->arguments[i]);
    for (const struct rz_command *command = rz_commands; command->name; command++)
        if (strcmp(command->name, name.data) == 0) {
            rz_cli_help(&cli->out, command);
            return RZ_EXIT_DONE;
        }
    rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "there is no command `%s`", name.data);
    return RZ_EXIT_ERROR;
}
