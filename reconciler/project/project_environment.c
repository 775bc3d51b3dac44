/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `vars:` and `environments:` of rezone.yaml: values, and what --env lays over the rest. */
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
            rz_diags_add(reader->diags, RZ2003, rz_node_place(reader->source, map->pairs[i].key),
                         "there is no provider `%s`", map->pairs[i].key->text);
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
