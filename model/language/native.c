/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Native zone documents. Entries of `records:` are read as they come; those with variables wait
 * until the document's `vars:` are known. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "language/document_internal.h"
#include "language/variables.h"
#include "language/yaml.h"
#include "language/zone_fields.h"
#include "support/alloc.h"

/* The keys of a document besides `records`. */
struct head {
    const char *zone;
    const struct rz_node *extends, *vars, *ttl, *nameservers, *soa, *records, *each, *ignore,
        *protect, *checks, *forwarding, *dnssec;
    int manage;
    struct rz_lint_zone_keys lint;
};

static const char *const manage_words[] = {"all", "listed", NULL};

const struct rz_field rz_zone_fields[] = {
    {.key = "zone",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct head, zone),
     .summary = "the zone's name, where the file's name is another"},
    {.key = "extends",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, extends),
     .summary = "templates, later ones over earlier ones; each may take arguments"},
    {.key = "vars",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, vars),
     .summary = "variables for ${name}"},
    {.key = "ttl",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, ttl),
     .summary = "TTL of records that set none"},
    {.key = "nameservers",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, nameservers),
     .summary = "the apex NS RRset"},
    {.key = "soa",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, soa),
     .summary = "the SOA but its serial"},
    {.key = "records",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, records),
     .summary = "RRsets by owner and type"},
    {.key = "each",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, each),
     .summary = "records made in loops"},
    {.key = "forwarding",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, forwarding),
     .summary = "where resolvers send questions for names of the zone"},
    {.key = "dnssec",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, dnssec),
     .summary = "how the zone is signed; where left out, signing is left alone"},
    {.key = "ignore",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, ignore),
     .summary = "live RRsets that are left alone"},
    {.key = "manage",
     .kind = RZ_FIELD_ENUM,
     .choices = manage_words,
     .fallback = "all",
     .offset = offsetof(struct head, manage),
     .summary =
         "all: the file is the whole zone; listed: others that no run put there are left alone"},
    {.key = "protect",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, protect),
     .summary = "RRsets that may not be changed or deleted without --allow protect"},
    {.key = "checks",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct head, checks),
     .summary = "what must work after apply"},
    {.key = "lint",
     .kind = RZ_FIELD_MAP,
     .fields = rz_lint_zone_fields,
     .offset = offsetof(struct head, lint),
     .summary = "findings that are not reported, and why"},
    {0},
};

static enum rz_yaml_keep take_entry(void *user, const struct rz_node *key,
                                    const struct rz_node *value)
{
    struct rz_document *document = user;
    struct rz_node pair_items = {.kind = RZ_NODE_MAP, .count = 1};
    struct rz_pair pair = {key, value};
    pair_items.pairs = &pair;
    if (!rz_has_variables(&pair_items) && !rz_document_has_builders(value)) {
        size_t ops = document->op_count;
        rz_document_load_owner(document, key, value);
        return document->op_count > ops ? RZ_YAML_KEEP : RZ_YAML_DROP;
    }
    document->deferred = rz_grow(document->deferred, &document->deferred_capacity,
                                 document->deferred_count + 1, sizeof *document->deferred);
    document->deferred[document->deferred_count++] = pair;
    return RZ_YAML_KEEP;
}

/* What one part of a large `records:` receives. */
struct part {
    struct rz_document document; /* first: it stands for the part */
    struct rz_zone zone;
};

static void *open_part(void *user, size_t octets, struct rz_diags *diags)
{
    const struct rz_document *whole = user;
    struct part *part = rz_alloc_zero(1, sizeof *part);
    rz_zone_init(&part->zone, whole->zone->apex.wire);
    rz_zone_reserve(&part->zone, octets);
    part->zone.default_ttl = whole->zone->default_ttl;
    part->document = (struct rz_document){.zone = &part->zone,
                                          .settings = whole->settings,
                                          .source = whole->source,
                                          .options = whole->options,
                                          .diags = diags,
                                          .reader = rz_rdata_reader_new(),
                                          .file = rz_zone_file(&part->zone, whole->source->name)};
    return &part->document;
}

/* Puts the items of a growing list behind those of another. */
#define APPEND(to, from, items, count, capacity)                                                   \
    do {                                                                                           \
        (to)->items = rz_grow((to)->items, &(to)->capacity, (to)->count + (from)->count,           \
                              sizeof *(to)->items);                                                \
        if ((from)->count)                                                                         \
            memcpy((to)->items + (to)->count, (from)->items, (from)->count * sizeof *(to)->items); \
        (to)->count += (from)->count;                                                              \
    } while (0)

static void close_part(void *user, void *received, bool take)
{
    struct rz_document *whole = user, *document = received; /* of a struct part, its first member */
    if (take) {
        rz_zone_append(whole->zone, document->zone);
        APPEND(whole, document, suspects, suspect_count, suspect_capacity);
        APPEND(whole, document, deferred, deferred_count, deferred_capacity);
        APPEND(whole, document, ops, op_count, op_capacity);
        rz_arena_absorb(&whole->nodes, &document->nodes);
    }
    rz_rdata_reader_free(document->reader);
    rz_zone_free(document->zone);
    rz_document_free(document);
    free(document);
}

/* Of a few zones only: many small ones are loaded side by side, each in one piece. */
#define PART_OCTETS ((size_t)512 << 10)

static unsigned processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 1 ? (unsigned)count : 1;
}

struct pattern_fields {
    const char *name, *type;
};

const struct rz_field rz_pattern_fields[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct pattern_fields, name),
     .summary = "glob of owners, relative to the zone; @ is the apex"},
    {.key = "type",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct pattern_fields, type),
     .summary = "record type; all where left out"},
    {0},
};

/* "OWNER TYPE" or {name: …, type: …}. */
static bool load_pattern(struct rz_document *document, const struct rz_node *node,
                         struct rz_zone_pattern *pattern)
{
    struct pattern_fields fields = {0};
    struct rz_arena *arena = &document->zone->arena;
    struct rz_field_reader reader = {document->source, arena, document->diags};
    if (node->kind == RZ_NODE_SCALAR) {
        const char *blank = strchr(node->text, ' ');
        fields.name = blank ? rz_arena_printf(arena, "%.*s", (int)(blank - node->text), node->text)
                            : rz_arena_strdup(arena, node->text);
        fields.type = blank ? rz_arena_strdup(arena, blank + 1) : NULL;
    } else if (node->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, node,
                          "a pattern is `OWNER TYPE` or {name: …, type: …}");
        return false;
    } else if (rz_fields_load(&reader, node, rz_pattern_fields, &fields) != RZ_OK) {
        document->failed = true;
        return false;
    }
    pattern->name = fields.name;
    pattern->type = 0;
    return !fields.type || rz_str_is(rz_str_of(fields.type), "*")
           || rz_document_type(document, node, rz_str_of(fields.type), &pattern->type);
}

static const struct rz_zone_pattern *load_patterns(struct rz_document *document,
                                                   const struct rz_node *list, size_t *count)
{
    *count = 0;
    if (!list || list->kind == RZ_NODE_NULL)
        return NULL;
    if (list->kind != RZ_NODE_LIST) {
        rz_document_error(document, RZ1005, list, "patterns are a list");
        return NULL;
    }
    struct rz_zone_pattern *patterns = rz_arena_alloc(&document->zone->arena,
                                                      list->count * sizeof *patterns);
    for (uint32_t i = 0; i < list->count; i++)
        if (load_pattern(document, list->items[i], &patterns[*count]))
            (*count)++;
    return patterns;
}

static const struct rz_bindings *bind_texts(struct rz_document *document,
                                            const struct rz_variable *items, size_t count,
                                            const struct rz_bindings *outer)
{
    if (count == 0)
        return outer;
    struct rz_binding *bindings = rz_arena_alloc(&document->nodes, count * sizeof *bindings);
    for (size_t i = 0; i < count; i++)
        bindings[i] = (struct rz_binding){rz_str_of(items[i].name),
                                          rz_value_of_text(rz_str_of(items[i].value))};
    struct rz_bindings *scope = rz_arena_alloc(&document->nodes, sizeof *scope);
    *scope = (struct rz_bindings){outer, bindings, count};
    return scope;
}

static const struct rz_bindings *bind_values(struct rz_document *document,
                                             const struct rz_binding *items, size_t count,
                                             const struct rz_bindings *outer)
{
    if (count == 0)
        return outer;
    struct rz_bindings *scope = rz_arena_alloc(&document->nodes, sizeof *scope);
    *scope = (struct rz_bindings){outer, items, count};
    return scope;
}

/* `zone` and `environment`, which every other scope may hide. */
static const struct rz_bindings *bind_built_in(struct rz_document *document)
{
    char zone[RZ_NAME_TEXT_MAX];
    const char *environment = document->options->environment;
    struct rz_binding *items = rz_arena_alloc(&document->nodes, 2 * sizeof *items);
    rz_name_text_plain(zone, document->zone->apex.wire);
    /* Text also where it looks like a number. */
    items[0] = (struct rz_binding){RZ_STR("zone"),
                                   rz_value_text(rz_arena_str(&document->nodes, rz_str_of(zone)))};
    items[1] = (struct rz_binding){RZ_STR("environment"), rz_value_text(rz_str_of(environment))};
    return bind_values(document, items, 2, NULL);
}

/* From the inside: -D, the document, the environment, the project, `zone`. */
static void open_scope(struct rz_document *document, const struct rz_node *vars)
{
    const struct rz_zone_document_options *options = document->options;
    const struct rz_variable *items = options->variables.items;
    size_t defines = options->override_count, rest = options->variables.count - defines;
    const struct rz_bindings *scope = bind_built_in(document);
    scope = bind_texts(document, rest ? items + defines : NULL, rest, scope);
    scope = bind_values(document, options->project_vars, options->project_var_count, scope);
    document->project = scope;
    scope = bind_values(document, options->environment_vars, options->environment_var_count, scope);
    document->scope.bindings = scope;
    scope = rz_document_bind(document, vars, scope, bind_texts(document, items, defines, NULL));
    document->scope.bindings = bind_texts(document, items, defines, scope);
}

static void load_head(struct rz_document *document, const struct rz_node *root)
{
    struct head head = {0};
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (rz_fields_load(&reader, root, rz_zone_fields, &head) != RZ_OK)
        document->failed = true;
    open_scope(document, head.vars);
    const struct rz_node *ttl = head.ttl ? rz_scope_expand(&document->scope, head.ttl) : NULL;
    document->failed |= document->scope.failed;
    if (ttl && ttl->kind != RZ_NODE_NULL && !document->scope.failed)
        rz_document_ttl(document, ttl, &document->zone->default_ttl);
    rz_document_load_apex(document, head.nameservers, head.soa);
    if (head.records && head.records->kind != RZ_NODE_MAP && head.records->kind != RZ_NODE_NULL)
        rz_document_error(document, RZ1005, head.records, "`records` is a map of owners, not %s",
                          rz_node_kind_text(head.records));
    document->settings->manage_listed = head.manage == 1;
    document->settings->ignore = load_patterns(document, head.ignore,
                                               &document->settings->ignore_count);
    document->settings->protect = load_patterns(document, head.protect,
                                                &document->settings->protect_count);
    reader.arena = &document->zone->arena;
    document->failed |= rz_lint_allowed_load(&document->settings->lint, &head.lint, &reader)
                        != RZ_OK;
    for (size_t i = 0; i < document->deferred_count; i++)
        rz_document_load_entry(document, &document->deferred[i]);
    rz_document_load_each(document, head.each);
    rz_document_load_forwarding(document, head.forwarding);
    rz_document_load_dnssec(document, head.dnssec);
    if (head.extends || document->op_count)
        rz_document_extend(document, head.extends);
    rz_document_load_checks(document, head.checks);
}

void rz_document_load_native(struct rz_document *document)
{
    struct rz_yaml_stream stream = {.key = "records",
                                    .entry = take_entry,
                                    .user = document,
                                    .parts = document->options->one_thread ? 1 : 2 * processors(),
                                    .part_octets = PART_OCTETS,
                                    .open_part = open_part,
                                    .close_part = close_part};
    const struct rz_node *root = rz_yaml_load(document->source, &document->nodes, &stream,
                                              document->diags);
    if (!root) {
        document->failed = true;
        return;
    }
    if (root->kind == RZ_NODE_MAP) {
        load_head(document, root);
        return;
    }
    struct rz_diag *diag = rz_document_error(
        document, RZ1005, root, "a zone document is a map, not %s", rz_node_kind_text(root));
    rz_diag_hint(document->diags, diag, "begin with `records:` and owners below it");
}
