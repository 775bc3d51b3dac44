/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, version, help: what needs no network. */
#include <curl/curl.h>
#include <jansson.h>
#include <libknot/version.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <yaml.h>

#include "cli/commands.h"
#include "cli/reports.h"
#include "cli/version.h"
#include "language/template_test.h"
#include "lint/lint.h"
#include "pool.h"
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

/* What was read. Zones are loaded side by side, and what is said of them is said in their order. */
struct validated {
    struct rz_cli *cli;
    struct rz_project *project;
    const struct rz_zone_list *zones;
    struct rz_lint_project *lint;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t turn; /* the zone whose turn it is */
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

static void add_zone(struct validated *v, const struct rz_zone *zone,
                     const struct rz_zone_settings *settings, struct rz_diags *diags)
{
    rz_diags_take(&v->cli->diags, diags);
    if (settings) {
        struct rz_lint_settings own = rz_zone_settings_lint(settings, &v->project->lint);
        rz_lint_project_add(v->lint, zone, &own);
    }
    v->rrsets += zone->count;
    v->records += zone->records;
}

static void read_zone(void *user, size_t i)
{
    struct validated *v = user;
    struct rz_zone zone = {0};
    struct rz_zone_settings settings;
    struct rz_diags diags = {0};
    bool good = !rz_context_cancelled(&v->cli->context)
                && rz_project_load_zone(v->project, &v->zones->items[i], &zone, &settings, &diags)
                       == RZ_OK;
    pthread_mutex_lock(&v->lock);
    while (v->turn != i)
        pthread_cond_wait(&v->turned, &v->lock);
    add_zone(v, &zone, good ? &settings : NULL, &diags);
    v->turn++;
    pthread_cond_broadcast(&v->turned);
    pthread_mutex_unlock(&v->lock);
    rz_zone_free(&zone);
}

static void read_zones(struct validated *v)
{
    v->lint = rz_lint_project_new(apexes_of(v->cli, v->zones), v->zones->count, &v->project->lint);
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->turned, NULL);
    rz_pool_run((size_t)v->cli->context.jobs, v->zones->count, read_zone, v);
    pthread_cond_destroy(&v->turned);
    pthread_mutex_destroy(&v->lock);
    rz_lint_project_check(v->lint, &v->cli->diags);
    rz_lint_project_free(v->lint);
}

int rz_command_validate(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct validated v = {.cli = cli, .project = &project, .zones = &zones};
    struct rz_strings globs = rz_cli_globs(cli);
    bool whole = rz_cli_open(cli, &project, &zones, &globs) && globs.count == 0;
    project.templates_used = rz_arena_zero(&cli->arena, project.templates.count + 1);
    check_providers(cli, &project);
    project.lint.errors_only = false;
    read_zones(&v);
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
