/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Native zone documents. Entries of `records:` are read as they come; those with variables wait
 * until the document's `vars:` are known. */
#include <stdlib.h>

#include "dns/rdata_fields.h"
#include "language/document_internal.h"
#include "language/variables.h"
#include "language/yaml.h"
#include "support/alloc.h"

/* The keys of a document besides `records`. */
struct head {
    const char *zone;
    const struct rz_node *vars, *ttl, *nameservers, *soa, *records, *ignore, *protect, *lint;
    int manage;
};

static const char *const manage_words[] = {"all", "listed", NULL};

const struct rz_field rz_zone_fields[] = {
    {.key = "zone", .kind = RZ_FIELD_STRING, .offset = offsetof(struct head, zone),
     .summary = "the zone's name, where the file's name is another"},
    {.key = "vars", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, vars),
     .summary = "variables for ${name}"},
    {.key = "ttl", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, ttl),
     .summary = "TTL of records that set none"},
    {.key = "nameservers", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, nameservers),
     .summary = "the apex NS RRset"},
    {.key = "soa", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, soa),
     .summary = "the SOA but its serial"},
    {.key = "records", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, records),
     .summary = "RRsets by owner and type"},
    {.key = "ignore", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, ignore),
     .summary = "live RRsets that are left alone"},
    {.key = "manage", .kind = RZ_FIELD_ENUM, .choices = manage_words, .fallback = "all",
     .offset = offsetof(struct head, manage),
     .summary = "all: the file is the whole zone; listed: other RRsets are left alone"},
    {.key = "protect", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, protect),
     .summary = "RRsets that may not be changed or deleted without --allow protect"},
    {.key = "lint", .kind = RZ_FIELD_NODE, .offset = offsetof(struct head, lint),
     .summary = "findings that are not reported: `allow` with a `reason`"},
    {0},
};

/* Options of an RRset's map that are no fields of its type. */
static bool is_rrset_option(struct rz_str key)
{
    return rz_str_is(key, "ttl") || rz_str_is(key, "comment");
}

static void add_strings(struct rz_document *document, struct rz_record_target *target,
                        const struct rz_node *strings)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {.limit = 4 * RZ_RDATA_MAX};
    for (uint32_t i = 0; strings->kind == RZ_NODE_LIST && i < strings->count; i++) {
        if (strings->items[i]->kind == RZ_NODE_LIST || strings->items[i]->kind == RZ_NODE_MAP) {
            rz_document_error(document, RZ1005, strings->items[i], "a character string is text");
            return;
        }
        rz_buffer_text(&text, i ? " " : "");
        rz_rdata_quote(&text, rz_node_str(strings->items[i]));
    }
    if (text.size == 0)
        rz_document_error(document, RZ1005, strings, "`strings` is a list of texts of at most 255 octets");
    else
        rz_document_add(document, target, strings, rz_buffer_view(&text));
}

/* One record: text, or a map of fields. */
static void add_value(struct rz_document *document, struct rz_record_target *target,
                      const struct rz_node *value)
{
    bool text = rz_rtype_flags(target->type) & RZ_RTYPE_TEXT;
    if (value->kind == RZ_NODE_SCALAR) {
        if (text)
            rz_document_add_text(document, target, value, rz_node_str(value));
        else
            rz_document_add(document, target, value, rz_node_str(value));
        return;
    }
    if (value->kind != RZ_NODE_MAP) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value, "a record is text or a map of fields, not %s",
                                                 rz_node_kind_text(value));
        if (value->kind == RZ_NODE_NULL && text)
            rz_diag_hint(document->diags, diag, "write \"\" for an empty text");
        return;
    }
    const struct rz_node *rdata = rz_node_get(value, "rdata");
    const struct rz_node *strings = text ? rz_node_get(value, "strings") : NULL;
    if (rdata && rdata->kind == RZ_NODE_SCALAR)
        rz_document_add(document, target, rdata, rz_node_str(rdata));
    else if (strings)
        add_strings(document, target, strings);
    else
        rz_document_add_fields(document, target, value, is_rrset_option);
}

/* {values: […], ttl: …, comment: …}: only those keys. */
static const struct rz_node *read_options(struct rz_document *document,
                                          struct rz_record_target *target,
                                          const struct rz_node *map)
{
    const struct rz_node *ttl = rz_node_get(map, "ttl"), *values = rz_node_get(map, "values");
    if (ttl && rz_document_ttl(document, ttl, &target->ttl))
        target->default_ttl = false;
    if (!values)
        return map;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key;
        if (rz_str_is(rz_node_str(key), "values") || is_rrset_option(rz_node_str(key)))
            continue;
        struct rz_diag *diag =
            rz_document_error(document, RZ1004, key, "unknown key `%.60s` beside `values`", key->text);
        rz_diag_hint(document->diags, diag, "known keys: values, ttl, comment");
    }
    return values;
}

static void load_rrset(struct rz_document *document, struct rz_record_target *target,
                       const struct rz_node *value)
{
    if (value->kind == RZ_NODE_NULL)
        return;
    if (value->kind == RZ_NODE_MAP)
        value = read_options(document, target, value);
    if (value->kind != RZ_NODE_LIST) {
        add_value(document, target, value);
        return;
    }
    for (uint32_t i = 0; i < value->count; i++)
        add_value(document, target, value->items[i]);
    if (value->count == 0) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value, "an RRset needs at least one value");
        rz_diag_hint(document->diags, diag, "write `null` to have no RRset here");
    }
}

/* Types are upper case; what is lower case must be an option of the owner. */
static bool is_owner_option(struct rz_document *document, const struct rz_node *key)
{
    if (key->text[0] < 'a' || key->text[0] > 'z')
        return false;
    if (is_rrset_option(rz_node_str(key)))
        return true;
    uint16_t type;
    if (rz_rtype_parse(&type, rz_node_str(key), false))
        return false; /* rz_document_type says to write it in upper case */
    struct rz_diag *diag = rz_document_error(document, RZ1004, key, "unknown key `%.60s`", key->text);
    rz_diag_hint(document->diags, diag, "an owner has record types in upper case, `ttl` and `comment`");
    return true;
}

static void load_owner(struct rz_document *document, const struct rz_node *key,
                       const struct rz_node *value)
{
    struct rz_name owner;
    if (!rz_document_owner(document, key, &owner) || value->kind == RZ_NODE_NULL)
        return;
    if (value->kind != RZ_NODE_MAP) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value, "an owner has a map of types, not %s",
                                                 rz_node_kind_text(value));
        rz_diag_hint(document->diags, diag, "write `%.100s: {A: …}`", key->text);
        return;
    }
    struct rz_record_target target = {.owner = owner.wire, .default_ttl = true};
    const struct rz_node *ttl = rz_node_get(value, "ttl");
    if (ttl && rz_document_ttl(document, ttl, &target.ttl))
        target.default_ttl = false;
    for (uint32_t i = 0; i < value->count; i++) {
        struct rz_record_target rrset = target;
        const struct rz_node *type = value->pairs[i].key;
        if (is_owner_option(document, type)
            || !rz_document_type(document, type, rz_node_str(type), &rrset.type))
            continue;
        rrset.first = true;
        load_rrset(document, &rrset, value->pairs[i].value);
    }
}

static enum rz_yaml_keep take_entry(void *user, const struct rz_node *key,
                                    const struct rz_node *value)
{
    struct rz_document *document = user;
    struct rz_node pair_items = {.kind = RZ_NODE_MAP, .count = 1};
    struct rz_pair pair = {key, value};
    pair_items.pairs = &pair;
    if (!rz_has_variables(&pair_items)) {
        load_owner(document, key, value);
        return RZ_YAML_DROP;
    }
    document->deferred = rz_grow(document->deferred, &document->deferred_capacity,
                                 document->deferred_count + 1, sizeof *document->deferred);
    document->deferred[document->deferred_count++] = pair;
    return RZ_YAML_KEEP;
}

static void load_nameservers(struct rz_document *document, const struct rz_node *list)
{
    struct rz_record_target target = {.owner = document->zone->apex.wire, .type = RZ_TYPE_NS,
                                      .default_ttl = true, .first = true};
    load_rrset(document, &target, list);
}

/* An e-mail address as the name an SOA wants: dots of the local part are escaped. A name may have an
 * escaped `@`, and `@` alone is the apex. */
static struct rz_str rname_of(struct rz_arena *arena, struct rz_str text)
{
    const char *at = memchr(text.data, '@', text.size);
    if (!at || at == text.data || at[-1] == '\\')
        return text;
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    for (size_t i = 0; i < text.size; i++) {
        if (text.data + i < at && text.data[i] == '.')
            rz_buffer_char(&name, '\\');
        rz_buffer_char(&name, text.data + i == at ? '.' : text.data[i]);
    }
    rz_buffer_char(&name, '.'); /* an address is absolute */
    return rz_arena_str(arena, rz_buffer_view(&name));
}

struct soa_fields {
    const char *mname, *rname;
    uint64_t refresh, retry, expire, minimum;
    const struct rz_node *ttl;
};

#define SOA_TIME(name, text, words)                                                                \
    {.key = #name, .kind = RZ_FIELD_DURATION, .fallback = text, .maximum = INT32_MAX,              \
     .offset = offsetof(struct soa_fields, name), .summary = words}

const struct rz_field rz_soa_fields[] = {
    {.key = "mname", .kind = RZ_FIELD_STRING, .required = true,
     .offset = offsetof(struct soa_fields, mname), .summary = "the primary name server"},
    {.key = "rname", .kind = RZ_FIELD_STRING, .required = true,
     .offset = offsetof(struct soa_fields, rname), .summary = "who is responsible: an e-mail address"},
    SOA_TIME(refresh, "2h", "how often secondaries ask"),
    SOA_TIME(retry, "1h", "how soon they ask again"),
    SOA_TIME(expire, "2w", "when they stop answering"),
    SOA_TIME(minimum, "1h", "TTL of negative answers (RFC 2308)"),
    {.key = "ttl", .kind = RZ_FIELD_NODE, .offset = offsetof(struct soa_fields, ttl),
     .summary = "TTL of the SOA itself"},
    {0},
};

static void load_soa(struct rz_document *document, const struct rz_node *map)
{
    struct rz_record_target target = {.owner = document->zone->apex.wire, .type = RZ_TYPE_SOA,
                                      .default_ttl = true, .first = true};
    struct soa_fields soa = {0};
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (map->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, map, "`soa` is a map with mname and rname");
        return;
    }
    if (rz_fields_load(&reader, map, rz_soa_fields, &soa) != RZ_OK) {
        document->failed = true;
        return;
    }
    if (soa.ttl && rz_document_ttl(document, soa.ttl, &target.ttl))
        target.default_ttl = false;
    struct rz_str rname = rname_of(&document->nodes, rz_str_of(soa.rname));
    char *text = rz_arena_printf(&document->nodes, "%s %.*s 0 %llu %llu %llu %llu", soa.mname,
                                 RZ_STR_ARG(rname), (unsigned long long)soa.refresh,
                                 (unsigned long long)soa.retry, (unsigned long long)soa.expire,
                                 (unsigned long long)soa.minimum);
    rz_document_add(document, &target, map, rz_str_of(text));
}

struct pattern_fields {
    const char *name, *type;
};

const struct rz_field rz_pattern_fields[] = {
    {.key = "name", .kind = RZ_FIELD_STRING, .offset = offsetof(struct pattern_fields, name),
     .summary = "glob of owners, relative to the zone; @ is the apex"},
    {.key = "type", .kind = RZ_FIELD_STRING, .offset = offsetof(struct pattern_fields, type),
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
        rz_document_error(document, RZ1005, node, "a pattern is `OWNER TYPE` or {name: …, type: …}");
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
    struct rz_zone_pattern *patterns =
        rz_arena_alloc(&document->zone->arena, list->count * sizeof *patterns);
    for (uint32_t i = 0; i < list->count; i++)
        if (load_pattern(document, list->items[i], &patterns[*count]))
            (*count)++;
    return patterns;
}

static struct rz_variables document_variables(struct rz_document *document, struct rz_scope *outer,
                                              const struct rz_node *vars)
{
    struct rz_variables none = {NULL, 0};
    if (!vars || vars->kind == RZ_NODE_NULL)
        return none;
    if (vars->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, vars, "`vars` is a map of names to values");
        return none;
    }
    struct rz_variable *items = rz_arena_alloc(&document->nodes, vars->count * sizeof *items);
    size_t count = 0;
    for (uint32_t i = 0; i < vars->count; i++) {
        const struct rz_node *value = rz_scope_expand(outer, vars->pairs[i].value);
        if (value->kind == RZ_NODE_LIST || value->kind == RZ_NODE_MAP)
            rz_document_error(document, RZ1005, value, "a variable is text");
        else
            items[count++] = (struct rz_variable){vars->pairs[i].key->text, value->text};
    }
    return (struct rz_variables){items, count};
}

/* -D, then the document, then the project, then `zone`. */
static void open_scope(struct rz_document *document, struct rz_scope *scope,
                       const struct rz_node *vars)
{
    const struct rz_zone_document_options *options = document->options;
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_variable *built_in = rz_arena_alloc(&document->nodes, sizeof *built_in);
    *built_in = (struct rz_variable){
        "zone", rz_arena_strdup(&document->nodes,
                                rz_name_text_plain(zone, document->zone->apex.wire))};
    *scope = (struct rz_scope){.source = document->source, .arena = &document->nodes,
                               .diags = document->diags, .count = 4};
    scope->scopes[0] = (struct rz_variables){options->variables.items, options->override_count};
    if (options->variables.count > options->override_count)
        scope->scopes[2] = (struct rz_variables){options->variables.items + options->override_count,
                                                 options->variables.count - options->override_count};
    scope->scopes[3] = (struct rz_variables){built_in, 1};
    scope->scopes[1] = document_variables(document, scope, vars);
}

static const struct rz_node *expand(struct rz_scope *scope, const struct rz_node *node)
{
    return node ? rz_scope_expand(scope, node) : NULL;
}

static void load_head(struct rz_document *document, const struct rz_node *root)
{
    struct head head = {0};
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (rz_fields_load(&reader, root, rz_zone_fields, &head) != RZ_OK)
        document->failed = true;
    struct rz_scope scope;
    open_scope(document, &scope, head.vars);
    const struct rz_node *ttl = expand(&scope, head.ttl);
    if (ttl && ttl->kind != RZ_NODE_NULL)
        rz_document_ttl(document, ttl, &document->zone->default_ttl);
    if (head.nameservers && head.nameservers->kind != RZ_NODE_NULL)
        load_nameservers(document, expand(&scope, head.nameservers));
    if (head.soa && head.soa->kind != RZ_NODE_NULL)
        load_soa(document, expand(&scope, head.soa));
    if (head.records && head.records->kind != RZ_NODE_MAP && head.records->kind != RZ_NODE_NULL)
        rz_document_error(document, RZ1005, head.records, "`records` is a map of owners, not %s",
                          rz_node_kind_text(head.records));
    document->settings->manage_listed = head.manage == 1;
    document->settings->ignore =
        load_patterns(document, head.ignore, &document->settings->ignore_count);
    document->settings->protect =
        load_patterns(document, head.protect, &document->settings->protect_count);
    reader.arena = &document->zone->arena;
    document->failed |= rz_lint_allowed_load(&document->settings->lint, head.lint, &reader) != RZ_OK;
    document->failed |= scope.failed;
    for (size_t i = 0; i < document->deferred_count; i++) {
        scope.failed = false;
        const struct rz_node *key = rz_scope_expand(&scope, document->deferred[i].key);
        const struct rz_node *value = rz_scope_expand(&scope, document->deferred[i].value);
        if (!scope.failed)
            load_owner(document, key, value);
        document->failed |= scope.failed;
    }
}

void rz_document_load_native(struct rz_document *document)
{
    struct rz_yaml_stream stream = {.key = "records", .entry = take_entry, .user = document};
    const struct rz_node *root =
        rz_yaml_load(document->source, &document->nodes, &stream, document->diags);
    if (!root) {
        document->failed = true;
        return;
    }
    if (root->kind == RZ_NODE_MAP) {
        load_head(document, root);
        return;
    }
    struct rz_diag *diag = rz_document_error(document, RZ1005, root, "a zone document is a map, not %s",
                                             rz_node_kind_text(root));
    rz_diag_hint(document->diags, diag, "begin with `records:` and owners below it");
}
