/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `vars:` and `environments:` of rezone.yaml: values, and what --env and --set lay over the rest. */
#include "project/project_fields.h"
#include "project/project_internal.h"

/* `vars:` as typed values. */
const struct rz_binding *rz_project_values(struct rz_project *project,
                                           const struct rz_field_reader *reader,
                                           const struct rz_node *map, size_t *count)
{
    *count = 0;
    if (!map || map->kind == RZ_NODE_NULL
        || !rz_project_expect(reader, map, RZ_NODE_MAP, "`vars` is a map of names to values"))
        return NULL;
    struct rz_binding *items = rz_arena_alloc(&project->arena, (map->count + 1) * sizeof *items);
    for (size_t i = 0; i < map->count; i++)
        items[(*count)++] = (struct rz_binding){
            rz_node_str(map->pairs[i].key), rz_value_of_node(&project->arena, map->pairs[i].value)};
    return items;
}

struct environment_fields {
    const struct rz_node *vars, *providers;
};

const struct rz_field rz_project_environment_fields[] = {
    {.key = "vars",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct environment_fields, vars),
     .summary = "variables over those of the project and the defaults of templates"},
    {.key = "providers",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct environment_fields, providers),
     .summary = "options of providers, each over the one above"},
    {0},
};

/* The provider's options with those of the environment in their places. */
static const struct rz_node *overlay(struct rz_project *project, const struct rz_node *base,
                                     const struct rz_node *over)
{
    struct rz_node *map = rz_arena_alloc(&project->arena, sizeof *map);
    struct rz_pair *pairs = rz_arena_alloc(&project->arena,
                                           (base->count + over->count) * sizeof *pairs);
    *map = *base;
    map->pairs = pairs;
    map->count = 0;
    for (uint32_t i = 0; i < base->count; i++)
        if (!rz_node_get(over, base->pairs[i].key->text))
            pairs[map->count++] = base->pairs[i];
    for (uint32_t i = 0; i < over->count; i++)
        pairs[map->count++] = over->pairs[i];
    return map;
}

static void overlay_providers(struct rz_project *project, const struct rz_field_reader *reader,
                              const struct rz_node *map)
{
    if (!map || map->kind == RZ_NODE_NULL
        || !rz_project_expect(reader, map, RZ_NODE_MAP,
                              "`providers` is a map of names to settings"))
        return;
    for (uint32_t i = 0; i < map->count; i++) {
        struct rz_provider_entry *entry = rz_project_entry(project, map->pairs[i].key->text);
        if (!entry)
            rz_project_no_provider(project, RZ2003,
                                   rz_node_place(reader->source, map->pairs[i].key),
                                   map->pairs[i].key->text, reader->diags);
        else if (rz_project_expect(reader, map->pairs[i].value, RZ_NODE_MAP,
                                   "a provider's options are a map"))
            entry->config = overlay(project, entry->config, map->pairs[i].value);
    }
}

static struct rz_strings environment_names(struct rz_project *project, const struct rz_node *map)
{
    const char **names = rz_arena_alloc(&project->arena, (map->count + 1) * sizeof *names);
    for (size_t i = 0; i < map->count; i++)
        names[i] = map->pairs[i].key->text;
    return (struct rz_strings){names, map->count};
}

void rz_project_environment(struct rz_project *project, const struct rz_field_reader *reader,
                            const struct rz_node *map, const char *name)
{
    struct environment_fields fields = {0};
    if (map && map->kind != RZ_NODE_NULL
        && !rz_project_expect(reader, map, RZ_NODE_MAP,
                              "`environments` is a map of names to overlays"))
        return;
    if (map && map->kind == RZ_NODE_MAP)
        project->environments = environment_names(project, map);
    const struct rz_node *node = map && name ? rz_node_get(map, name) : NULL;
    if (name && !node) {
        struct rz_diag *diag = rz_diags_add(reader->diags, RZ2009,
                                            map ? rz_node_place(reader->source, map)
                                                : rz_place_named(reader->source->name),
                                            "there is no environment `%s`", name);
        rz_diag_hint(reader->diags, diag, "define it under `environments:`");
    }
    if (!node || node->kind == RZ_NODE_NULL
        || !rz_project_expect(reader, node, RZ_NODE_MAP,
                              "an environment is a map with `vars` and `providers`")
        || rz_fields_load(reader, node, rz_project_environment_fields, &fields) != RZ_OK)
        return;
    project->environment_vars = rz_project_values(project, reader, fields.vars,
                                                  &project->environment_var_count);
    overlay_providers(project, reader, fields.providers);
}

/* ---- --set */

static struct rz_node *scalar(struct rz_project *project, const char *text, size_t size)
{
    struct rz_node *node = rz_arena_zero(&project->arena, sizeof *node);
    *node = (struct rz_node){.kind = RZ_NODE_SCALAR,
                             .count = (uint32_t)size,
                             .text = rz_arena_printf(&project->arena, "%.*s", (int)size, text)};
    return node;
}

static void refuse_setting(struct rz_diags *diags, const char *text, size_t shown, const char *what,
                           const char *hint)
{
    /* The value is not shown: it may be what it should not be, a password. */
    struct rz_diag *diag = rz_diags_add(diags, RZ9001, (struct rz_place){0}, "--set %.*s: %s",
                                        (int)shown, text, what);
    rz_diag_hint(diags, diag, "%s", hint);
}

static const struct rz_field *find_field(const struct rz_provider_entry *entry, const char *key)
{
    for (const struct rz_field *field = rz_provider_find(entry->kind)->options; field->key; field++)
        if (strcmp(field->key, key) == 0)
            return field;
    return NULL;
}

static void set_one(struct rz_project *project, const char *text, struct rz_diags *diags)
{
    const char *equals = strchr(text, '='), *dot = NULL;
    size_t shown = equals ? (size_t)(equals - text) : strcspn(text, " ");
    for (const char *at = text; equals && at < equals; at++)
        dot = *at == '.' ? at : dot; /* the last: names of providers may have dots */
    if (!dot || dot == text || dot + 1 == equals) {
        refuse_setting(diags, text, shown, "it is not PROVIDER.KEY=VALUE",
                       "such as --set live.timeout=10s");
        return;
    }
    struct rz_node *name = scalar(project, text, (size_t)(dot - text));
    struct rz_node *key = scalar(project, dot + 1, (size_t)(equals - dot - 1));
    struct rz_provider_entry *entry = rz_project_entry(project, name->text);
    const struct rz_field *field = entry ? find_field(entry, key->text) : NULL;
    if (!entry)
        refuse_setting(diags, text, shown, "there is no such provider",
                       "`providers:` of rezone.yaml has the names");
    else if (!field)
        refuse_setting(diags, text, shown, "the provider has no such option",
                       "the reference of rezone.yaml lists the options of each kind");
    else if (field->kind == RZ_FIELD_SECRET && strncmp(equals + 1, "${secret:", 9) != 0)
        refuse_setting(diags, text, shown,
                       "other users see the command line: a secret is not "
                       "written there",
                       "give its place, as ${secret:env:NAME} or ${secret:file:PATH}");
    if (!entry || !field)
        return;
    struct rz_pair *pair = rz_arena_zero(&project->arena, sizeof *pair);
    *pair = (struct rz_pair){key, scalar(project, equals + 1, strlen(equals + 1))};
    struct rz_node over = {.kind = RZ_NODE_MAP, .count = 1, .pairs = pair};
    entry->config = overlay(project, entry->config, &over);
}

void rz_project_set(struct rz_project *project, const struct rz_strings *settings,
                    struct rz_diags *diags)
{
    for (size_t i = 0; i < settings->count; i++)
        set_one(project, settings->items[i], diags);
}
