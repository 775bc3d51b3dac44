/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which zones a project has, which of them were asked for, and where they go. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "project/project.h"
#include "language/yaml.h"
#include "support/alloc.h"
#include "support/file.h"
#include "zone_cache.h"

/* Endings of zone files by format. */
static const char *const native_endings[] = {".yaml", ".yml", NULL};
static const char *const master_endings[] = {".zone", ".db", ".txt", "", NULL};
/* What stands beside master files: pieces for $INCLUDE, journals of BIND. */
static const char *const other_endings[] = {".include", ".jnl", ".jbk", NULL};

struct finder {
    struct rz_project *project;
    const struct rz_source_entry *source;
    const struct rz_strings *globs;
    struct rz_zone_list *zones;
    struct rz_diags *diags;
};

/* The name that a file gives its zone, without the ending; size 0: not a zone file. */
static struct rz_str zone_part(const char *path, int format)
{
    const char *slash = strrchr(path, '/');
    struct rz_str name = rz_str_of(slash ? slash + 1 : path);
    for (const char *const *other = other_endings; format == RZ_FORMAT_ZONEFILE && *other; other++)
        if (rz_str_ends_with(name, *other))
            return (struct rz_str){"", 0};
    const char *const *endings = format == RZ_FORMAT_ZONEFILE ? master_endings : native_endings;
    for (; *endings; endings++)
        if (rz_str_ends_with(name, *endings)) {
            name.size -= strlen(*endings);
            return name;
        }
    return (struct rz_str){"", 0};
}

bool rz_project_is_zone_file(const char *path, int format)
{
    return zone_part(path, format).size > 0;
}

static bool is_wanted(const struct rz_strings *globs, const char *zone)
{
    if (!globs || globs->count == 0)
        return true;
    for (size_t i = 0; i < globs->count; i++)
        if (rz_str_glob(globs->items[i], zone))
            return true;
    return false;
}

static const struct rz_zone_rule *rule_of(const struct rz_project *project, const char *zone)
{
    for (size_t i = 0; i < project->rule_count; i++)
        if (rz_str_glob(project->rules[i].pattern, zone))
            return &project->rules[i];
    return NULL;
}

/* The zone's name: from the file's own `zone:`, or its name. Native documents are looked into only
 * where the name alone cannot settle it. */
static enum rz_status read_apex(struct finder *finder, const char *path, struct rz_name *apex,
                                struct rz_hash *digest)
{
    if (finder->source->format != RZ_FORMAT_NATIVE) {
        struct rz_source none = {.name = path};
        return rz_zone_document_apex(apex, &none, path, (enum rz_zone_format)finder->source->format,
                                     finder->diags);
    }
    struct rz_buffer text = {0};
    enum rz_status status = rz_file_read(finder->project->context->project_dir, path,
                                         RZ_YAML_SIZE_MAX, &text);
    if (status != RZ_OK)
        rz_diags_add(finder->diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
    else {
        struct rz_source source = {path, rz_buffer_view(&text)};
        *digest = rz_hash_of(text.data, text.size);
        status = rz_zone_document_apex(apex, &source, path, RZ_FORMAT_NATIVE, finder->diags);
    }
    rz_buffer_free(&text);
    return status;
}

static void note_apex(struct rz_project *project, const struct rz_name *apex)
{
    uint8_t *copy = rz_arena_bytes(&project->arena, apex->size);
    memcpy(copy, apex->wire, apex->size);
    project->apexes = rz_grow(project->apexes, &project->apex_capacity, project->apex_count + 1,
                              sizeof *project->apexes);
    project->apexes[project->apex_count++] = copy;
}

bool rz_project_has_zone(const struct rz_project *project, const uint8_t *apex)
{
    for (size_t i = 0; i < project->apex_count; i++)
        if (rz_name_equal(project->apexes[i], apex))
            return true;
    return false;
}

static enum rz_status visit_file(void *user, const char *path)
{
    struct finder *finder = user;
    if (zone_part(path, finder->source->format).size == 0)
        return RZ_OK;
    struct rz_name apex;
    struct rz_hash digest = {0};
    if (read_apex(finder, path, &apex, &digest) != RZ_OK)
        return RZ_OK; /* the others are looked at all the same */
    char zone[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(zone, apex.wire);
    note_apex(finder->project, &apex);
    if (!is_wanted(finder->globs, zone))
        return RZ_OK;
    const struct rz_zone_rule *rule = rule_of(finder->project, zone);
    if (!rule) {
        struct rz_diag *diag = rz_diags_add(finder->diags, RZ2004, rz_place_named(path),
                                            "no pattern in `zones` of %s matches %s",
                                            finder->project->source.name, zone);
        rz_diag_hint(finder->diags, diag,
                     "add `\"%s\": {to: PROVIDER}`, or a pattern such as \"**\"", zone);
        return RZ_OK;
    }
    struct rz_zone_list *zones = finder->zones;
    zones->items = rz_grow(zones->items, &zones->capacity, zones->count + 1, sizeof *zones->items);
    zones->items[zones->count++] = (struct rz_zone_entry){
        .apex = apex,
        .path = rz_arena_strdup(&zones->arena, path),
        .format = finder->source->format,
        .rule = rule,
        .text = digest};
    return RZ_OK;
}

static int compare_entries(const void *left, const void *right)
{
    const struct rz_zone_entry *a = left, *b = right;
    int order = rz_name_compare(a->apex.wire, b->apex.wire);
    return order ? order : strcmp(a->path, b->path);
}

static void check_once(const struct rz_zone_list *zones, struct rz_diags *diags)
{
    for (size_t i = 1; i < zones->count; i++) {
        const struct rz_zone_entry *a = &zones->items[i - 1], *b = &zones->items[i];
        if (!rz_name_equal(a->apex.wire, b->apex.wire))
            continue;
        char zone[RZ_NAME_TEXT_MAX];
        struct rz_diag *diag = rz_diags_add(diags, RZ2005, rz_place_named(b->path),
                                            "%s is in two files",
                                            rz_name_text_plain(zone, b->apex.wire));
        rz_diag_related(diags, diag, "the other is %s", a->path);
        rz_diag_hint(diags, diag, "join them, or move one out of the sources");
    }
}

/* "did you mean example.com?", or where to look. */
static void hint_zone(struct rz_project *project, const char *glob, struct rz_diags *diags,
                      struct rz_diag *diag)
{
    struct rz_zone_list all;
    struct rz_diags ignored = {0};
    int nearest = -1;
    const char *file = NULL; /* the zone whose file was named */
    if (rz_project_zones(project, &(struct rz_strings){0}, &all, &ignored) == RZ_OK && all.count) {
        const char **names = rz_arena_alloc(&all.arena, all.count * sizeof *names);
        for (size_t i = 0; i < all.count; i++) {
            char zone[RZ_NAME_TEXT_MAX];
            names[i] = rz_arena_strdup(&all.arena,
                                       rz_name_text_plain(zone, all.items[i].apex.wire));
        }
        nearest = rz_str_nearest(rz_str_of(glob), names, all.count);
        for (size_t i = 0; i < all.count && !file; i++)
            if (strcmp(all.items[i].path, glob) == 0)
                file = names[i];
        if (file)
            rz_diag_hint(diags, diag, "name the zone and not its file: %s", file);
        else if (nearest >= 0)
            rz_diag_hint(diags, diag, "did you mean %s?", names[nearest]);
    }
    if (nearest < 0 && !file)
        rz_diag_hint(diags, diag, "`rezone zone list` shows the zones there are");
    rz_zone_list_free(&all);
    rz_diags_free(&ignored);
}

static void check_globs(struct rz_project *project, const struct rz_strings *globs,
                        const struct rz_zone_list *zones, struct rz_diags *diags)
{
    for (size_t i = 0; globs && i < globs->count; i++) {
        bool matched = false;
        char zone[RZ_NAME_TEXT_MAX];
        for (size_t k = 0; k < zones->count && !matched; k++)
            matched = rz_str_glob(globs->items[i],
                                  rz_name_text_plain(zone, zones->items[k].apex.wire));
        if (!matched) {
            struct rz_diag *diag = rz_diags_add(diags, RZ2006, (struct rz_place){0},
                                                "no zone of this project matches `%s`",
                                                globs->items[i]);
            hint_zone(project, globs->items[i], diags, diag);
        }
    }
}

enum rz_status rz_project_zones(struct rz_project *project, const struct rz_strings *globs,
                                struct rz_zone_list *zones, struct rz_diags *diags)
{
    *zones = (struct rz_zone_list){0};
    size_t errors = diags->errors;
    for (size_t i = 0; i < project->source_count; i++) {
        struct finder finder = {project, &project->sources[i], globs, zones, diags};
        enum rz_status status = rz_file_walk(project->context->project_dir,
                                             project->sources[i].directory, visit_file, &finder);
        if (status != RZ_OK) {
            struct rz_diag *diag = rz_diags_add(diags, RZ1008,
                                                rz_place_named(project->sources[i].directory),
                                                "cannot read the source directory %s: %s",
                                                project->sources[i].directory, strerror(errno));
            rz_diag_hint(diags, diag, "make it, or correct `sources` in %s", project->source.name);
        }
    }
    if (zones->count)
        qsort(zones->items, zones->count, sizeof *zones->items, compare_entries);
    check_once(zones, diags);
    if (diags->errors == errors)
        check_globs(project, globs, zones, diags);
    return diags->errors > errors ? RZ_INVALID : RZ_OK;
}

void rz_zone_list_free(struct rz_zone_list *zones)
{
    rz_arena_free(&zones->arena);
    free(zones->items);
    *zones = (struct rz_zone_list){0};
}

void rz_project_document_options(const struct rz_project *project,
                                 struct rz_zone_document_options *options)
{
    *options = (struct rz_zone_document_options){
        .format = RZ_FORMAT_NATIVE,
        .default_ttl = project->ttl,
        .one_thread = project->one_thread,
        .variables = project->variables,
        .override_count = project->override_count,
        .project_dir = project->context->project_dir,
        .environment_vars = project->environment_vars,
        .environment_var_count = project->environment_var_count,
        .project_vars = project->vars,
        .project_var_count = project->var_count,
        .environment = project->environment,
        .templates = &project->templates,
        .templates_used = project->templates_used,
        .reads = project->reads,
        .reads_user = project->reads_user,
        .allow_env = project->allow_env.items,
        .allow_env_count = project->allow_env.count,
        .lint = &project->lint,
    };
}

/* Smaller documents are read about as fast as an entry of the cache, unless templates and loops make
 * much of little. */
#define CACHED_FROM ((size_t)16 << 10)
#define CACHED_RRSETS 1000

static bool is_worth_caching(struct rz_str text)
{
    return text.size >= CACHED_FROM || memmem(text.data, text.size, "extends:", 8)
           || memmem(text.data, text.size, "each:", 5);
}

/* Over every input that makes the zone: the file, rezone.yaml, -D, the environment, all templates, the
 * levels of lint, this rezone. */
static struct rz_hash inputs_of(const struct rz_project *project, const struct rz_zone_entry *entry,
                                struct rz_hash text, const struct rz_lint_settings *lint)
{
    RZ_BUFFER_CLEANUP struct rz_buffer parts = {0};
    struct rz_hash config = rz_hash_of(project->source.text.data, project->source.text.size);
    rz_buffer_printf(&parts, "document %s %d %s\n", project->context->version, entry->format,
                     entry->path);
    rz_buffer_append(&parts, entry->apex.wire, entry->apex.size);
    rz_buffer_append(&parts, &text, sizeof text);
    rz_buffer_append(&parts, &config, sizeof config);
    rz_buffer_append(&parts, lint->levels, sizeof lint->levels);
    rz_buffer_printf(&parts, "%d %d %s\n", lint->errors_only, lint->partial,
                     project->environment ? project->environment : "");
    for (size_t i = 0; i < project->override_count; i++)
        rz_buffer_printf(&parts, "%s=%s\n", project->variables.items[i].name,
                         project->variables.items[i].value);
    for (size_t i = 0; i < project->templates.count; i++) {
        const struct rz_template *template = &project->templates.items[i];
        rz_buffer_printf(&parts, "%s\n", template->path);
        rz_buffer_append(&parts, &template->digest, sizeof template->digest);
    }
    return rz_hash_of(parts.data, parts.size);
}

/* Zero: not worth it. */
static struct rz_hash cache_key(const struct rz_project *project, const struct rz_zone_entry *entry,
                                const struct rz_source *source, const struct rz_lint_settings *lint)
{
    if (!project->context->cache || !is_worth_caching(source->text))
        return (struct rz_hash){0};
    return inputs_of(project, entry, rz_hash_of(source->text.data, source->text.size), lint);
}

static struct rz_lint_settings lint_of(const struct rz_project *project,
                                       const struct rz_zone_entry *entry)
{
    struct rz_lint_settings lint = project->lint;
    lint.partial |= entry->rule->manage_listed;
    return lint;
}

struct rz_hash rz_project_zone_inputs(const struct rz_project *project,
                                      const struct rz_zone_entry *entry)
{
    struct rz_lint_settings lint = lint_of(project, entry);
    return rz_hash_is_zero(entry->text) ? entry->text
                                        : inputs_of(project, entry, entry->text, &lint);
}

/* Found before anything is sent, in whatever command reads the zone. */
static enum rz_status check_commands(const struct rz_project *project,
                                     const struct rz_zone_settings *settings,
                                     struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < settings->check_count && !project->verify.exec; i++) {
        const struct rz_check *check = &settings->checks[i];
        if (check->kind != RZ_CHECK_EXEC)
            continue;
        struct rz_place place = {.name = check->file, .line = check->line, .column = check->column};
        struct rz_diag *diag = rz_diags_add(diags, RZ5112, place,
                                            "the check runs %s, which %s does not allow",
                                            check->command.items[0], project->source.name);
        rz_diag_hint(diags, diag, "say `verify: {exec: true}` in %s", project->source.name);
        status = RZ_INVALID;
    }
    return status;
}

enum rz_status rz_project_load_zone(struct rz_project *project, const struct rz_zone_entry *entry,
                                    struct rz_zone *zone, struct rz_zone_settings *settings,
                                    struct rz_diags *diags)
{
    return rz_project_explain_zone(project, entry, zone, settings, NULL, diags);
}

enum rz_status rz_project_explain_zone(struct rz_project *project,
                                       const struct rz_zone_entry *entry, struct rz_zone *zone,
                                       struct rz_zone_settings *settings,
                                       struct rz_explanations *explanations, struct rz_diags *diags)
{
    struct rz_buffer text = {0};
    enum rz_status status = rz_file_read(project->context->project_dir, entry->path,
                                         RZ_YAML_SIZE_MAX, &text);
    if (status != RZ_OK) {
        rz_zone_init(zone, entry->apex.wire);
        *settings = (struct rz_zone_settings){0};
        rz_diags_add(diags, RZ1008, rz_place_named(entry->path), "cannot read %s: %s", entry->path,
                     strerror(errno));
        rz_buffer_free(&text);
        return status;
    }
    struct rz_source source = {entry->path, rz_buffer_view(&text)};
    struct rz_lint_settings lint = lint_of(project, entry);
    bool external = false;
    size_t before = diags->count;
    bool told = explanations || project->templates_used; /* reading tells more than the zone */
    struct rz_hash key = told ? (struct rz_hash){0} : cache_key(project, entry, &source, &lint);
    if (!rz_hash_is_zero(key) && rz_zone_cache_get(project->context->cache, key, zone)) {
        *settings = (struct rz_zone_settings){.source_path = entry->path,
                                              .manage_listed = entry->rule->manage_listed};
        rz_buffer_free(&text);
        return RZ_OK;
    }
    struct rz_zone_document_options options;
    rz_project_document_options(project, &options);
    options.format = (enum rz_zone_format)entry->format;
    options.apex = entry->apex.wire;
    options.explanations = explanations;
    options.lint = &lint;
    options.external = &external;
    status = rz_zone_document_load(zone, settings, &source, &options, diags);
    bool plain = settings->ignore_count + settings->protect_count + settings->lint.count
                         + settings->check_count
                     == 0
                 && !settings->manage_listed;
    if (status == RZ_OK && plain && !external && diags->count == before
        && zone->count >= CACHED_RRSETS)
        zone->cache_key = key;
    settings->manage_listed |= entry->rule->manage_listed;
    settings->external = external;
    enum rz_status allowed = check_commands(project, settings, diags);
    rz_buffer_free(&text);
    return status != RZ_OK ? status : allowed;
}

enum rz_status rz_project_load_text(struct rz_project *project, const struct rz_zone_entry *entry,
                                    const struct rz_source *source, struct rz_zone *zone,
                                    struct rz_zone_settings *settings, struct rz_diags *diags)
{
    struct rz_zone_document_options options;
    struct rz_lint_settings lint = lint_of(project, entry);
    rz_project_document_options(project, &options);
    options.format = (enum rz_zone_format)entry->format;
    options.apex = entry->apex.wire;
    options.lint = &lint;
    enum rz_status status = rz_zone_document_load(zone, settings, source, &options, diags);
    settings->manage_listed |= entry->rule->manage_listed;
    return status;
}

/* Names and contents with their sizes before them, so that no two sets of inputs give one stream. */
static void digest_part(EVP_MD_CTX *digest, struct rz_str name, struct rz_str content)
{
    char head[64];
    int size = snprintf(head, sizeof head, "%zu %zu\n", name.size, content.size);
    EVP_DigestUpdate(digest, head, (size_t)size);
    EVP_DigestUpdate(digest, name.data, name.size);
    EVP_DigestUpdate(digest, content.data, content.size);
}

enum rz_status rz_project_digest(struct rz_project *project, const struct rz_zone_list *zones,
                                 struct rz_reads *reads, char digest[65], struct rz_diags *diags)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum rz_status status = RZ_OK;
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    digest_part(context, rz_str_of(project->source.name), project->source.text);
    for (size_t i = 0; i < project->templates.count; i++)
        digest_part(context, rz_str_of(project->templates.items[i].path),
                    project->templates.items[i].source.text);
    struct rz_buffer text = {0};
    for (size_t i = 0; i < zones->count && status == RZ_OK; i++) {
        rz_buffer_reset(&text);
        status = rz_file_read(project->context->project_dir, zones->items[i].path, RZ_YAML_SIZE_MAX,
                              &text);
        if (status == RZ_OK)
            digest_part(context, rz_str_of(zones->items[i].path), rz_buffer_view(&text));
        else
            rz_diags_add(diags, RZ1008, rz_place_named(zones->items[i].path), "cannot read %s: %s",
                         zones->items[i].path, strerror(errno));
    }
    rz_buffer_free(&text);
    if (rz_reads_count(reads))
        rz_reads_digest(reads, context);
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context, octets, &size);
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; i < 32; i++)
        snprintf(digest + 2 * i, 3, "%02x", octets[i]);
    return status;
}
