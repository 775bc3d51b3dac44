/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, version, help: what needs no network. */
#include <curl/curl.h>
#include <jansson.h>
#include <libknot/version.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <yaml.h>

#include "cli/commands.h"
#include "cli/version.h"
#include "language/template_test.h"
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
    const struct rz_name **apexes = rz_arena_alloc(&cli->arena,
                                                   (zones->count + 1) * sizeof *apexes);
    for (size_t i = 0; i < zones->count; i++)
        apexes[i] = &zones->items[i].apex;
    return apexes;
}

/* Templates that no zone has: said, and checked by themselves. Where zones failed, or were left out, nobody
 * can tell. */
static void check_templates(struct rz_cli *cli, struct rz_project *project, size_t zones)
{
    struct rz_zone_document_options options;
    bool *used = project->templates_used;
    project->templates_used = NULL;
    rz_project_document_options(project, &options);
    for (size_t i = 0; i < project->templates.count; i++) {
        const struct rz_template *template = &project->templates.items[i];
        if (used[i])
            continue;
        if (zones)
            rz_diags_add(&cli->diags, RZ1410, rz_place_named(template->path),
                         "no zone uses template %s@%llu", template->name,
                         (unsigned long long)template->version);
        rz_template_check_alone(template, &options, &cli->diags);
    }
}

int rz_command_validate(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_strings globs = rz_cli_globs(cli);
    size_t rrsets = 0, records = 0;
    bool whole = rz_cli_open(cli, &project, &zones, &globs) && globs.count == 0;
    project.templates_used = rz_arena_zero(&cli->arena, project.templates.count + 1);
    check_providers(cli, &project);
    project.lint.errors_only = false;
    struct rz_lint_project *lint = rz_lint_project_new(apexes_of(cli, &zones), zones.count,
                                                       &project.lint);
    for (size_t i = 0; i < zones.count && !rz_context_cancelled(&cli->context); i++) {
        struct rz_zone zone;
        struct rz_zone_settings settings;
        if (rz_project_load_zone(&project, &zones.items[i], &zone, &settings, &cli->diags)
            == RZ_OK) {
            struct rz_lint_settings own = rz_zone_settings_lint(&settings, &project.lint);
            rz_lint_project_add(lint, &zone, &own);
        }
        rrsets += zone.count;
        records += zone.records;
        rz_zone_free(&zone);
    }
    rz_lint_project_check(lint, &cli->diags);
    rz_lint_project_free(lint);
    if (whole && cli->diags.errors == 0 && !rz_context_cancelled(&cli->context))
        check_templates(cli, &project, zones.count);
    size_t errors = cli->diags.errors, warnings = cli->diags.warnings;
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_text(&text, "{\"diagnostics\":");
        rz_report_diags_json(&text, &cli->diags);
        rz_buffer_printf(
            &text,
            ",\"errors\":%zu,\"records\":%zu,\"rrsets\":%zu,\"warnings\":%zu,\"zones\":%zu}\n",
            errors, records, rrsets, warnings, zones.count);
        rz_cli_json(cli, &text);
    } else {
        rz_buffer_printf(&cli->out.text,
                         "%zu zone%s, %zu RRsets, %zu records: %zu error%s, %zu warning%s\n",
                         zones.count, zones.count == 1 ? "" : "s", rrsets, records, errors,
                         errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return errors ? RZ_EXIT_ERROR : RZ_EXIT_DONE;
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
