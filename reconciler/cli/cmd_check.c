/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, version, help: what needs no network. */
#include <curl/curl.h>
#include <jansson.h>
#include <libknot/version.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <yaml.h>

#include "cli/commands.h"
#include "cli/reports.h"
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

/* What was read. */
struct validated {
    const struct rz_zone_list *zones;
    size_t rrsets, records, errors, warnings;
};

static void show_own(struct rz_cli *cli, void *user)
{
    const struct validated *v = user;
    struct rz_buffer *out = &cli->out.text;
    if (cli->json) {
        rz_buffer_text(out, "{\"diagnostics\":");
        rz_report_diags_json(out, &cli->diags);
        rz_buffer_printf(
            out, ",\"errors\":%zu,\"records\":%zu,\"rrsets\":%zu,\"warnings\":%zu,\"zones\":%zu}\n",
            v->errors, v->records, v->rrsets, v->warnings, v->zones->count);
        return;
    }
    rz_buffer_printf(out, "%zu zone%s, %zu RRsets, %zu records: %zu error%s, %zu warning%s\n",
                     v->zones->count, v->zones->count == 1 ? "" : "s", v->rrsets, v->records,
                     v->errors, v->errors == 1 ? "" : "s", v->warnings,
                     v->warnings == 1 ? "" : "s");
}

static void show(struct rz_cli *cli, struct validated *v)
{
    struct rz_report report;
    char name[RZ_NAME_TEXT_MAX];
    rz_cli_report_init(cli, &report, "validate", "DNS validation");
    for (size_t i = 0; i < v->zones->count; i++) {
        const struct rz_zone_entry *zone = &v->zones->items[i];
        rz_report_add_section(&report, rz_name_text_plain(name, zone->apex.wire), NULL)->path =
            zone->path;
    }
    rz_report_note(&report, &report.summary,
                   "%zu zone%s, %zu RRsets, %zu records: %zu error%s, %zu warning%s",
                   v->zones->count, v->zones->count == 1 ? "" : "s", v->rrsets, v->records,
                   v->errors, v->errors == 1 ? "" : "s", v->warnings, v->warnings == 1 ? "" : "s");
    rz_report_add_diags(&report, &cli->diags, true);
    rz_report_finish(&report);
    rz_cli_report(cli, &report, show_own, v);
    rz_report_free(&report);
}

static void read_zones(struct rz_cli *cli, struct rz_project *project, struct validated *v)
{
    struct rz_lint_project *lint = rz_lint_project_new(apexes_of(cli, v->zones), v->zones->count,
                                                       &project->lint);
    for (size_t i = 0; i < v->zones->count && !rz_context_cancelled(&cli->context); i++) {
        struct rz_zone zone;
        struct rz_zone_settings settings;
        if (rz_project_load_zone(project, &v->zones->items[i], &zone, &settings, &cli->diags)
            == RZ_OK) {
            struct rz_lint_settings own = rz_zone_settings_lint(&settings, &project->lint);
            rz_lint_project_add(lint, &zone, &own);
        }
        v->rrsets += zone.count;
        v->records += zone.records;
        rz_zone_free(&zone);
    }
    rz_lint_project_check(lint, &cli->diags);
    rz_lint_project_free(lint);
}

int rz_command_validate(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct validated v = {.zones = &zones};
    struct rz_strings globs = rz_cli_globs(cli);
    bool whole = rz_cli_open(cli, &project, &zones, &globs) && globs.count == 0;
    project.templates_used = rz_arena_zero(&cli->arena, project.templates.count + 1);
    check_providers(cli, &project);
    project.lint.errors_only = false;
    read_zones(cli, &project, &v);
    if (whole && cli->diags.errors == 0 && !rz_context_cancelled(&cli->context))
        check_templates(cli, &project, zones.count);
    v.errors = cli->diags.errors;
    v.warnings = cli->diags.warnings;
    show(cli, &v);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return v.errors ? RZ_EXIT_ERROR : RZ_EXIT_DONE;
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
