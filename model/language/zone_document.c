/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file to a finished, checked zone, whatever the form of the file. */
#include "language/zone_document.h"

#include <stdlib.h>

#include "dns/master_file.h"
#include "dns/zone_check.h"
#include "language/document_internal.h"
#include "language/yaml.h"

/* The file's name without directory and the ending of its format. */
static struct rz_str stem_of(const char *path, enum rz_zone_format format)
{
    static const char *const endings[][4] = {
        [RZ_FORMAT_NATIVE] = {".yaml", ".yml"},
        [RZ_FORMAT_OCTODNS] = {".yaml", ".yml"},
        [RZ_FORMAT_ZONEFILE] = {".zone", ".db", ".txt"},
    };
    const char *slash = strrchr(path, '/');
    struct rz_str stem = rz_str_of(slash ? slash + 1 : path);
    for (size_t i = 0; i < 4 && endings[format][i]; i++)
        if (rz_str_ends_with(stem, endings[format][i])) {
            stem.size -= strlen(endings[format][i]);
            break;
        }
    if (stem.size > 1 && stem.data[stem.size - 1] == '.')
        stem.size--; /* OctoDNS names its files "example.com..yaml" or "example.com.yaml" */
    return stem;
}

static bool is_key_start(const char *text, const char *key, size_t left)
{
    size_t size = strlen(key);
    return left > size && memcmp(text, key, size) == 0;
}

/* Whether a line of the text begins with `zone:`: only then is the document looked into twice. */
static bool mentions_zone_key(struct rz_str text)
{
    static const char *const spellings[] = {"zone:", "zone :", "\"zone\"", "'zone'",
                                            "{",     "---",    "?"};
    const char *at = text.data, *end = text.data + text.size;
    if (rz_str_starts_with(text, "\xEF\xBB\xBF"))
        at += 3;
    while (at && at < end) {
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
            if (*at == *spellings[i] && is_key_start(at, spellings[i], (size_t)(end - at)))
                return true;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return false;
}

static enum rz_yaml_keep skip_entry(void *user, const struct rz_node *key,
                                    const struct rz_node *value)
{
    (void)user, (void)key, (void)value;
    return RZ_YAML_DROP;
}

/* The value of `zone:`; false where there is none. Errors of the document are left to the loading. */
static bool read_zone_key(struct rz_name *apex, const struct rz_source *source,
                          enum rz_status *status, struct rz_diags *diags)
{
    if (!mentions_zone_key(source->text))
        return false;
    struct rz_arena arena = {0};
    struct rz_diags unused = {0};
    struct rz_yaml_stream stream = {.key = "records", .entry = skip_entry};
    const struct rz_node *root = rz_yaml_load(source, &arena, &stream, &unused);
    const struct rz_node *zone = root ? rz_node_get(root, "zone") : NULL;
    bool found = zone && zone->kind == RZ_NODE_SCALAR;
    const char *why;
    if (found) {
        *status = rz_name_parse(apex, rz_node_str(zone), NULL, &why);
        if (*status != RZ_OK)
            rz_diags_add(diags, RZ1101, rz_node_place(source, zone), "`%.300s` is no zone name: %s",
                         zone->text, why);
    }
    rz_diags_free(&unused);
    rz_arena_free(&arena);
    return found;
}

enum rz_status rz_zone_document_apex(struct rz_name *apex, const struct rz_source *source,
                                     const char *path, enum rz_zone_format format,
                                     struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    if (format == RZ_FORMAT_NATIVE && read_zone_key(apex, source, &status, diags))
        return status;
    struct rz_str stem = stem_of(path, format);
    const char *why;
    if (rz_name_parse(apex, stem, NULL, &why) == RZ_OK)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(diags, RZ2008, rz_place_named(path),
                                        "`%.*s` is no zone name: %s", RZ_STR_ARG(stem), why);
    rz_diag_hint(diags, diag, "name the file after its zone, or say `zone:` in it");
    return RZ_INVALID;
}

/* Whether the zone has the name: data at it or below it, or a wildcard that covers it. */
static bool name_exists(const struct rz_zone *zone, const uint8_t *name)
{
    size_t at = rz_zone_lower_bound(zone, name, 0);
    if (at < zone->count && rz_name_in(zone->rrsets[at].owner, name))
        return true;
    uint8_t wildcard[RZ_NAME_MAX + 2] = {1, '*'};
    for (const uint8_t *above = rz_name_parent(name); rz_name_in(above, zone->apex.wire);
         above = rz_name_parent(above)) {
        size_t size = rz_name_size(above);
        if (size + 2 <= RZ_NAME_MAX) {
            memcpy(wildcard + 2, above, size);
            at = rz_zone_lower_bound(zone, wildcard, 0);
            if (at < zone->count && rz_name_equal(zone->rrsets[at].owner, wildcard))
                return true;
        }
        if (size == 1)
            break;
    }
    return false;
}

static void check_suspects(struct rz_document *document)
{
    for (size_t i = 0; i < document->suspect_count; i++) {
        const struct rz_suspect *suspect = &document->suspects[i];
        if (name_exists(document->zone, suspect->target))
            continue;
        char full[RZ_NAME_TEXT_MAX];
        struct rz_place place = {.source = suspect->source,
                                 .line = suspect->line,
                                 .column = suspect->column,
                                 .width = (uint32_t)strlen(suspect->text)};
        struct rz_diag *diag = rz_diags_add(
            document->diags, RZ1105, place,
            "`%.300s` is relative, so it means %s, which does not exist", suspect->text,
            rz_name_text(full, suspect->target));
        rz_diag_hint(document->diags, diag,
                     "write `%.300s.` with a final dot for the name outside, or add %s to the zone",
                     suspect->text, full);
        document->failed = true;
    }
}

void rz_document_free(struct rz_document *document)
{
    rz_arena_free(&document->nodes);
    rz_arena_free(&document->scratch);
    free(document->suspects);
    free(document->deferred);
    free(document->ops);
}

/* Whether RRsets that the file does not have may be live all the same. Patterns of names such as
 * `_acme-challenge` do not count: hosts have no such names. */
static bool is_partial(const struct rz_zone_settings *settings)
{
    for (size_t i = 0; i < settings->ignore_count; i++)
        if (!settings->ignore[i].name || settings->ignore[i].name[0] != '_')
            return true;
    return settings->manage_listed;
}

struct rz_lint_settings rz_zone_settings_lint(const struct rz_zone_settings *settings,
                                              const struct rz_lint_settings *project)
{
    struct rz_lint_settings own = *project;
    own.partial |= is_partial(settings);
    rz_lint_allow(&own, settings->lint.codes, settings->lint.count);
    return own;
}

static enum rz_status lint(const struct rz_document *document)
{
    const struct rz_zone_document_options *options = document->options;
    if (!options->lint)
        return rz_zone_check(document->zone, document->diags);
    struct rz_lint_settings own = rz_zone_settings_lint(document->settings, options->lint);
    return rz_lint_zone(document->zone, &own, document->diags);
}

/* Levels for a zone that was read with errors: what follows from them (no NS beside a DS, several records
 * of an RRset that is given twice) would be noise, but what is there contradicts itself all the same. */
static int level_of_rest(const void *user, enum rz_code code)
{
    const struct rz_lint_settings *settings = user;
    int level = settings ? rz_lint_severity(settings, code) : RZ_ERROR;
    return code == RZ1208 || code == RZ1202 || level != RZ_ERROR ? -1 : level;
}

static void check_rest(const struct rz_document *document)
{
    struct rz_lint_settings own;
    if (document->options->lint)
        own = rz_zone_settings_lint(document->settings, document->options->lint);
    struct rz_zone_check_levels levels = {level_of_rest, document->options->lint ? &own : NULL};
    rz_zone_check_with(document->zone, &levels, document->diags);
}

static void note_input(void *user, const char *kind, struct rz_str name, struct rz_str content)
{
    const struct rz_zone_document_options *options = user;
    if (options->external)
        *options->external = true;
    if (options->reads && strcmp(kind, "file") == 0)
        options->reads(options->reads_user, name.data, content);
}

static void note_include(void *user, const char *path, struct rz_str content)
{
    note_input(user, "file", rz_str_of(path), content);
}

/* As input_user and the like, which are never written to. */
static void *as_user(const struct rz_zone_document_options *options)
{
    return (void *)(uintptr_t)options;
}

/* The checks of all layers stay with the zone. */
static void keep_checks(struct rz_document *document)
{
    struct rz_checks *checks = document->checks;
    struct rz_check *kept = rz_arena_alloc(&document->zone->arena,
                                           (checks->count + 1) * sizeof *kept);
    if (checks->count)
        memcpy(kept, checks->items, checks->count * sizeof *kept);
    document->settings->checks = kept;
    document->settings->check_count = checks->count;
    free(checks->items);
}

static void load_master_file(struct rz_document *document)
{
    struct rz_master_file_options options = {.include_dir = document->options->project_dir,
                                             .default_ttl = document->options->default_ttl};
    if (document->options->external || document->options->reads) {
        options.included = note_include;
        options.user = as_user(document->options);
    }
    if (rz_master_file_read(document->zone, document->source, &options, document->diags) != RZ_OK)
        document->failed = true;
}

enum rz_status rz_zone_document_load(struct rz_zone *zone, struct rz_zone_settings *settings,
                                     const struct rz_source *source,
                                     const struct rz_zone_document_options *options,
                                     struct rz_diags *diags)
{
    *settings = (struct rz_zone_settings){0};
    rz_zone_init(zone, options->apex);
    rz_zone_reserve(zone, source->text.size);
    zone->default_ttl = options->default_ttl;
    settings->source_path = rz_arena_strdup(&zone->arena, source->name);
    struct rz_checks checks = {0};
    struct rz_document document = {.zone = zone,
                                   .checks = &checks,
                                   .check_arena = &zone->arena,
                                   .settings = settings,
                                   .source = source,
                                   .options = options,
                                   .diags = diags,
                                   .reader = rz_rdata_reader_new(),
                                   .file = rz_zone_file(zone, source->name)};
    struct rz_evaluation evaluation = {.arena = &document.nodes,
                                       .diags = diags,
                                       .project_dir = options->project_dir,
                                       .allow_env = options->allow_env,
                                       .allow_env_count = options->allow_env_count};
    if (options->external)
        *options->external = false;
    if (options->external || options->reads) {
        evaluation.input = note_input;
        evaluation.input_user = as_user(options);
    }
    document.evaluation = &evaluation;
    document.scope = (struct rz_scope){.evaluation = &evaluation, .source = source};
    if (options->format == RZ_FORMAT_NATIVE)
        rz_document_load_native(&document);
    else if (options->format == RZ_FORMAT_OCTODNS)
        rz_document_load_octodns(&document);
    else
        load_master_file(&document);
    keep_checks(&document);
    enum rz_zone_finish mode = options->format == RZ_FORMAT_ZONEFILE ? RZ_ZONE_MASTER_FILE
                                                                     : RZ_ZONE_DESIRED;
    if (rz_zone_finish(zone, mode, diags) != RZ_OK)
        document.failed = true;
    if (document.failed) {
        check_rest(&document);
    } else {
        check_suspects(&document);
        if (lint(&document) != RZ_OK)
            document.failed = true;
    }
    rz_rdata_reader_free(document.reader);
    rz_document_free(&document);
    return document.failed ? RZ_INVALID : RZ_OK;
}
