/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import: native zone files from live zones, OctoDNS files and master files. Each file is read back
 * and must give the very same zone before it is put in place. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cmd_import.h"
#include "cli/metrics.h"
#include "dns/rtype.h"
#include "language/yaml.h"
#include "lint/lint.h"
#include "support/alloc.h"
#include "support/file.h"
#include "support/json_write.h"

/* The zone without what rezone does not keep in files: an online signer's records, and records that
 * the provider has switched off. */
static void strip(struct rz_importer *importer, const struct rz_zone *zone, bool signer,
                  struct rz_zone *bare)
{
    size_t disabled = 0;
    char apex[RZ_NAME_TEXT_MAX];
    rz_zone_init(bare, zone->apex.wire);
    bare->default_ttl = zone->default_ttl;
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        if (signer && rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER)
            continue;
        if (rrset->flags & RZ_RRSET_DISABLED) {
            disabled++;
            continue;
        }
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            rz_zone_add(bare, rrset->owner, rrset->type, rrset->ttl,
                        (struct rz_rdata){c.wire, c.size}, (struct rz_record_origin){0});
    }
    rz_zone_finish(bare, RZ_ZONE_LIVE, &importer->cli->diags);
    if (disabled)
        rz_diags_add(
            &importer->cli->diags, RZ5009,
            rz_place_named(rz_name_text_plain(apex, zone->apex.wire)),
            "%zu RRsets are switched off at the provider; they are left there and out of the file",
            disabled);
}

/* Keys that the file wants are not those that are there, and what it has no words for it does not say. */
static bool is_same(const struct rz_zone *zone, const struct rz_zone *again)
{
    size_t z = 0, a = 0;
    while (z < zone->count || a < again->count) {
        if (z < zone->count && rz_rtype_is_signing(zone->rrsets[z].type))
            z++;
        else if (a < again->count && rz_rtype_is_signing(again->rrsets[a].type))
            a++;
        else if (z == zone->count || a == again->count
                 || !rz_rrset_equal(&zone->rrsets[z++], &again->rrsets[a++]))
            return false;
    }
    return true;
}

bool rz_import_gives(struct rz_importer *importer, const struct rz_zone *zone,
                     const struct rz_buffer *text, const struct rz_templates *templates,
                     struct rz_diags *diags)
{
    struct rz_zone again;
    struct rz_zone_settings settings;
    const struct rz_project *project = &importer->project;
    char apex[RZ_NAME_TEXT_MAX];
    struct rz_source source = {rz_name_text_plain(apex, zone->apex.wire), rz_buffer_view(text)};
    struct rz_zone_document_options options = {.format = RZ_FORMAT_NATIVE,
                                               .apex = zone->apex.wire,
                                               .default_ttl = project->ttl,
                                               .project_dir = -1,
                                               .project_vars = project->vars,
                                               .project_var_count = project->var_count,
                                               .templates = templates,
                                               .lint = &project->lint};
    size_t errors = diags->errors;
    rz_zone_document_load(&again, &settings, &source, &options, diags);
    bool same = diags->errors == errors
                && (rz_hash_equal(again.fingerprint, zone->fingerprint) || is_same(zone, &again));
    rz_zone_free(&again);
    return same;
}

/* The same, and says so where it does not. */
static bool reads_back(struct rz_importer *importer, const struct rz_zone *zone, const char *path,
                       const struct rz_buffer *text)
{
    size_t errors = importer->cli->diags.errors;
    bool same = rz_import_gives(importer, zone, text, NULL, &importer->cli->diags);
    if (!same && importer->cli->diags.errors == errors) {
        struct rz_diag *diag = rz_diags_add(
            &importer->cli->diags, RZ2008, rz_place_named(path),
            "the file would not give the same zone; it was not written");
        rz_diag_hint(&importer->cli->diags, diag, "please report this with the zone");
    }
    return same;
}

/* Where the zone's file is, or is to be: below --to, else the project's own file of the zone where
 * there is one. */
static void find_path(struct rz_importer *importer, const char *zone, char path[4096])
{
    bool asked = importer->cli->options.given[RZ_OPT_TO];
    for (size_t i = 0; i < importer->zones.count && !asked; i++) {
        char name[RZ_NAME_TEXT_MAX];
        const struct rz_zone_entry *entry = &importer->zones.items[i];
        if (entry->format == RZ_FORMAT_NATIVE
            && strcmp(rz_name_text_plain(name, entry->apex.wire), zone) == 0) {
            snprintf(path, 4096, "%s", entry->path);
            return;
        }
    }
    char name[RZ_NAME_TEXT_MAX];
    snprintf(name, sizeof name, "%s", zone);
    for (char *at = name; *at; at++)
        if (*at == '/' || *at == '\\') /* the document says the zone's true name in any case */
            *at = '_';
    snprintf(path, 4096, "%s/%s.yaml", importer->directory, name);
}

/* What the zone has is there already, so rules that it breaks are no reason to keep it out: they are
 * silenced in its file, and named. */
void rz_import_silence(struct rz_importer *importer, const struct rz_zone *zone,
                       struct rz_buffer *text, bool say)
{
    struct rz_diags found = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer codes = {0};
    char apex[RZ_NAME_TEXT_MAX], code[10];
    rz_lint_zone(zone, &importer->project.lint, &found);
    for (size_t i = 0; i < found.count; i++) {
        snprintf(code, sizeof code, "RZ%04d", (int)found.items[i].code);
        if (found.items[i].severity == RZ_ERROR && !(codes.data && strstr(codes.data, code)))
            rz_buffer_printf(&codes, "%s%s", codes.size ? ", " : "", code);
    }
    rz_diags_free(&found);
    if (codes.size == 0)
        return;
    rz_buffer_printf(text, "lint:\n  allow: [%s]\n  reason: as it was when the zone was imported\n",
                     codes.data);
    if (!say)
        return;
    struct rz_diag *diag = rz_diags_add(
        &importer->cli->diags, RZ2011, rz_place_named(rz_name_text_plain(apex, zone->apex.wire)),
        "the zone breaks rules, which its file silences: %s", codes.data);
    rz_diag_hint(&importer->cli->diags, diag,
                 "mend it, then delete `lint:` from the file; "
                 "`rezone validate` says what is wrong");
}

bool rz_import_put(struct rz_importer *importer, const char *path, const struct rz_buffer *text)
{
    struct rz_diags *diags = &importer->cli->diags;
    struct stat there;
    if (!importer->cli->options.given[RZ_OPT_FORCE]
        && fstatat(importer->cli->context.project_dir, path, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        struct rz_diag *diag = rz_diags_add(diags, RZ9003, rz_place_named(path), "exists already");
        rz_diag_hint(diags, diag, "--force overwrites it");
        return false;
    }
    if (rz_file_replace(importer->cli->context.project_dir, path, rz_buffer_view(text), 0644)
        == RZ_OK)
        return true;
    rz_diags_add(diags, RZ9002, rz_place_named(path), "cannot be written: %s", strerror(errno));
    return false;
}

static void report_written(struct rz_importer *importer, const struct rz_zone *zone,
                           const char *path, bool extends, size_t rrsets)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(apex, zone->apex.wire);
    if (importer->cli->json) {
        rz_json_comma(&importer->json);
        rz_buffer_char(&importer->json, '{');
        if (importer->cli->options.given[RZ_OPT_EXTRACT_TEMPLATES]) {
            rz_json_bool(&importer->json, "extends", extends);
            rz_json_int(&importer->json, "own_rrsets", (int64_t)rrsets);
        }
        rz_json_text(&importer->json, "path", path);
        rz_json_int(&importer->json, "rrsets", (int64_t)zone->count);
        rz_json_text(&importer->json, "zone", apex);
        rz_buffer_char(&importer->json, '}');
        return;
    }
    rz_buffer_printf(&importer->cli->out.text, "%s: %zu RRsets → %s", apex, zone->count, path);
    if (extends)
        rz_buffer_printf(&importer->cli->out.text, " (%zu of its own)", rrsets);
    rz_buffer_char(&importer->cli->out.text, '\n');
    rz_output_pulse(&importer->cli->out);
}

void rz_import_write(struct rz_importer *importer, const struct rz_import_kept *kept,
                     struct rz_buffer *text, size_t rrsets)
{
    char apex[RZ_NAME_TEXT_MAX], path[4096];
    RZ_BUFFER_CLEANUP struct rz_buffer plain = {0};
    const struct rz_zone *zone = &kept->zone;
    bool extends = text != NULL, good = true;
    find_path(importer, rz_name_text_plain(apex, zone->apex.wire), path);
    if (!extends) {
        rz_zone_document_write(&plain, zone, kept->signer);
        text = &plain;
    }
    rz_import_silence(importer, zone, text, true);
    if (!extends)
        good = reads_back(importer, zone, path, text);
    good = good && rz_import_put(importer, path, text);
    importer->written += good;
    importer->failed += !good;
    if (good)
        report_written(importer, zone, path, extends, rrsets);
}

static void import_zone(struct rz_importer *importer, const struct rz_zone *zone, bool signer)
{
    struct rz_import_kept kept = {.signer = signer};
    strip(importer, zone, signer, &kept.zone);
    if (importer->cli->options.given[RZ_OPT_EXTRACT_TEMPLATES]) {
        importer->kept = rz_grow(importer->kept, &importer->kept_capacity, importer->kept_count + 1,
                                 sizeof *importer->kept);
        importer->kept[importer->kept_count++] = kept;
        return;
    }
    rz_import_write(importer, &kept, NULL, kept.zone.count);
    rz_zone_free(&kept.zone);
}

static void import_live_zone(struct rz_importer *importer, struct rz_provider *provider,
                             const uint8_t *apex)
{
    struct rz_zone zone;
    struct rz_revision revision = {0};
    char name[RZ_NAME_TEXT_MAX];
    enum rz_status status = provider->ops->fetch(provider, apex, &zone, &revision,
                                                 &importer->cli->diags);
    if (status == RZ_OK && revision.exists) {
        import_zone(importer, &zone, provider->ops->capabilities(provider)->signs_online);
    } else {
        importer->failed++;
        if (status == RZ_OK)
            rz_diags_add(&importer->cli->diags, RZ5007,
                         rz_place_named(rz_name_text_plain(name, apex)), "%s has no such zone",
                         provider->name);
    }
    rz_zone_free(&zone);
}

/* Names as given, or those of the provider that match the globs. */
static enum rz_status import_live(struct rz_importer *importer)
{
    struct rz_cli *cli = importer->cli;
    struct rz_provider *provider;
    struct rz_name_list names = {0};
    struct rz_strings globs = rz_cli_globs(cli);
    enum rz_status status = rz_project_provider(
        &importer->project, cli->options.last[RZ_OPT_PROVIDER], &provider, &cli->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->list_zones ? provider->ops->list_zones(provider, &names, &cli->diags)
                                       : RZ_UNSUPPORTED;
    if (status == RZ_UNSUPPORTED && globs.count == 0) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "%s cannot list its zones", provider->name);
        rz_diag_hint(&cli->diags, diag, "name the zones to import");
        return status;
    }
    for (size_t i = 0; status == RZ_OK && i < names.count; i++) {
        char name[RZ_NAME_TEXT_MAX];
        bool wanted = globs.count == 0;
        rz_name_text_plain(name, names.items[i].wire);
        for (size_t k = 0; k < globs.count; k++)
            wanted |= rz_str_glob(globs.items[k], name);
        if (wanted)
            import_live_zone(importer, provider, names.items[i].wire);
    }
    for (size_t i = 0; status == RZ_UNSUPPORTED && i < globs.count; i++) {
        struct rz_name apex;
        const char *why;
        if (rz_name_parse(&apex, rz_str_of(globs.items[i]), NULL, &why) == RZ_OK)
            import_live_zone(importer, provider, apex.wire);
        else
            rz_diags_add(&cli->diags, RZ1101, (struct rz_place){0}, "`%s` is no name: %s",
                         globs.items[i], why);
    }
    free(names.items);
    return status == RZ_UNSUPPORTED ? RZ_OK : status;
}

static enum rz_status import_file(void *user, const char *path)
{
    struct rz_importer *importer = user;
    struct rz_cli *cli = importer->cli;
    struct rz_buffer text = {0};
    struct rz_name apex;
    struct rz_zone zone;
    struct rz_zone_settings settings;
    if (!rz_project_is_zone_file(path, importer->format))
        return RZ_OK;
    if (rz_file_read(cli->context.project_dir, path, RZ_YAML_SIZE_MAX, &text) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
        importer->failed++;
        return RZ_OK;
    }
    struct rz_source source = {path, rz_buffer_view(&text)};
    enum rz_zone_format format = (enum rz_zone_format)importer->format;
    if (rz_zone_document_apex(&apex, &source, path, format, &cli->diags) == RZ_OK) {
        struct rz_zone_document_options options = {.format = format,
                                                   .apex = apex.wire,
                                                   .default_ttl = importer->project.ttl,
                                                   .project_dir = cli->context.project_dir};
        if (rz_zone_document_load(&zone, &settings, &source, &options, &cli->diags) == RZ_OK)
            import_zone(importer, &zone, false);
        else
            importer->failed++;
        rz_zone_free(&zone);
    } else {
        importer->failed++;
    }
    rz_buffer_free(&text);
    return RZ_OK;
}

static enum rz_status import_paths(struct rz_importer *importer)
{
    struct rz_cli *cli = importer->cli;
    if (cli->argument_count == 0) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                     "which files or directories to import is not said");
        return RZ_INVALID;
    }
    for (size_t i = 0; i < cli->argument_count; i++) {
        struct stat there;
        const char *path = cli->arguments[i];
        if (fstatat(cli->context.project_dir, path, &there, 0) == 0 && S_ISDIR(there.st_mode)) {
            if (rz_file_walk(cli->context.project_dir, path, import_file, importer) != RZ_OK)
                rz_diags_add(&cli->diags, RZ1008, rz_place_named(path), "cannot be read: %s",
                             strerror(errno));
        } else {
            import_file(importer, path);
        }
    }
    return RZ_OK;
}

static bool read_kind(struct rz_importer *importer, const char *from)
{
    struct rz_cli *cli = importer->cli;
    importer->format = from && strcmp(from, "octodns") == 0    ? RZ_FORMAT_OCTODNS
                       : from && strcmp(from, "zonefile") == 0 ? RZ_FORMAT_ZONEFILE
                       : from && strcmp(from, "bind") == 0     ? RZ_FORMAT_ZONEFILE
                                                               : -1;
    if (importer->format < 0 && (!from || strcmp(from, "live") != 0)) {
        struct rz_place none = {0};
        struct rz_diag *diag = from ? rz_diags_add(&cli->diags, RZ9001, none,
                                                   "--from: `%s` is nothing to import from", from)
                                    : rz_diags_add(&cli->diags, RZ9001, none,
                                                   "what to import from is not said");
        rz_diag_hint(&cli->diags, diag,
                     "--from live --provider NAME, --from octodns DIR, or --from zonefile DIR");
        return false;
    }
    if (importer->format < 0 && !cli->options.given[RZ_OPT_PROVIDER]) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                     "--from live needs --provider NAME");
        return false;
    }
    return true;
}

/* The project's first directory of native zones. */
static const char *default_directory(const struct rz_project *project)
{
    for (size_t i = 0; i < project->source_count; i++)
        if (project->sources[i].format == RZ_FORMAT_NATIVE)
            return project->sources[i].directory;
    return "zones";
}

int rz_command_import(struct rz_cli *cli)
{
    struct rz_importer importer = {.cli = cli};
    struct rz_diags ignored = {0};
    enum rz_status status = RZ_INVALID;
    if (!read_kind(&importer, cli->options.last[RZ_OPT_FROM]))
        return RZ_EXIT_ERROR;
    rz_buffer_text(&importer.json, "{\"imported\":[");
    if (rz_cli_open(cli, &importer.project, NULL, NULL)) {
        /* A source directory that does not exist yet is no error here. */
        rz_project_zones(&importer.project, NULL, &importer.zones, &ignored);
        importer.directory = cli->options.given[RZ_OPT_TO] ? cli->options.last[RZ_OPT_TO]
                                                           : default_directory(&importer.project);
        status = importer.format < 0 ? import_live(&importer) : import_paths(&importer);
        if (importer.kept_count)
            rz_import_extract(&importer);
    }
    if (cli->json) {
        rz_buffer_text(&importer.json, "],\"diagnostics\":");
        rz_report_diags_json(&importer.json, &cli->diags);
        rz_buffer_printf(&importer.json, ",\"failed\":%zu", importer.failed);
        rz_buffer_str(&importer.json, rz_buffer_view(&importer.templates_json));
        rz_buffer_text(&importer.json, "}\n");
        rz_cli_requests_json(cli, &importer.json);
        rz_cli_json(cli, &importer.json);
    } else if (status == RZ_OK) {
        rz_buffer_printf(&cli->out.text, "Imported %zu zone%s, %zu failed.\n", importer.written,
                         importer.written == 1 ? "" : "s", importer.failed);
    }
    for (size_t i = 0; i < importer.kept_count; i++)
        rz_zone_free(&importer.kept[i].zone);
    free(importer.kept);
    rz_buffer_free(&importer.templates_json);
    rz_buffer_free(&importer.json);
    rz_diags_free(&ignored);
    rz_zone_list_free(&importer.zones);
    rz_project_free(&importer.project);
    return status != RZ_OK || importer.failed || cli->diags.errors ? RZ_EXIT_ERROR : RZ_EXIT_DONE;
}
