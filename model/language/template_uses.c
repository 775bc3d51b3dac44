/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Static reading of `extends`. */
#include "language/template_uses.h"

#include <stdlib.h>

#include "language/yaml.h"
#include "support/alloc.h"

/* Who has the `extends` that is read. */
struct owner {
    const struct rz_templates *templates;
    const char *path, *zone;
    const struct rz_template *by;
};

static void add(struct rz_template_uses *uses, const struct owner *owner,
                const struct rz_node *name)
{
    uses->items = rz_grow(uses->items, &uses->capacity, uses->count + 1, sizeof *uses->items);
    uses->items[uses->count++] = (struct rz_template_use){
        .path = owner->path,
        .line = name->line,
        .column = name->column,
        .request = rz_arena_strdup(&uses->arena, name->text),
        .template = rz_templates_find(owner->templates, rz_node_str(name)),
        .by = owner->by,
        .zone = owner->zone};
}

/* "web", {web: {…}}, {web: {…}, groups: […]}: the first key is the template. */
static void read_entry(struct rz_template_uses *uses, const struct owner *owner,
                       const struct rz_node *entry)
{
    if (entry->kind == RZ_NODE_SCALAR)
        add(uses, owner, entry);
    else if (entry->kind == RZ_NODE_MAP && entry->count)
        add(uses, owner, entry->pairs[0].key);
}

static void read_extends(struct rz_template_uses *uses, const struct owner *owner,
                         const struct rz_node *extends)
{
    if (!extends)
        return;
    if (extends->kind != RZ_NODE_LIST)
        read_entry(uses, owner, extends);
    for (uint32_t i = 0; extends->kind == RZ_NODE_LIST && i < extends->count; i++)
        read_entry(uses, owner, extends->items[i]);
}

void rz_template_uses_of_templates(struct rz_template_uses *uses,
                                   const struct rz_templates *templates)
{
    for (size_t i = 0; i < templates->count; i++) {
        const struct rz_template *template = &templates->items[i];
        struct owner owner = {.templates = templates, .path = template->path, .by = template};
        read_extends(uses, &owner, template->extends);
    }
}

static enum rz_yaml_keep drop_entry(void *user, const struct rz_node *key,
                                    const struct rz_node *value)
{
    (void)user;
    (void)key;
    (void)value;
    return RZ_YAML_DROP;
}

enum rz_status rz_template_uses_of_zone(struct rz_template_uses *uses,
                                        const struct rz_templates *templates,
                                        const struct rz_source *source, const char *zone,
                                        struct rz_diags *diags)
{
    struct rz_arena arena = {0};
    struct rz_yaml_stream stream = {.key = "records", .entry = drop_entry};
    const struct rz_node *root = rz_yaml_load(source, &arena, &stream, diags);
    if (root && root->kind == RZ_NODE_MAP) {
        struct owner owner = {.templates = templates,
                              .path = rz_arena_strdup(&uses->arena, source->name),
                              .zone = rz_arena_strdup(&uses->arena, zone)};
        read_extends(uses, &owner, rz_node_get(root, "extends"));
    }
    rz_arena_free(&arena);
    return root ? RZ_OK : RZ_INVALID;
}

void rz_template_uses_free(struct rz_template_uses *uses)
{
    rz_arena_free(&uses->arena);
    free(uses->items);
    *uses = (struct rz_template_uses){0};
}

/* The templates that `template` extends, and those behind them. Circles end where one was reached. */
static void reach(const struct rz_template_uses *uses, const struct rz_templates *templates,
                  const struct rz_template *template, bool *reached)
{
    size_t number = (size_t)(template - templates->items);
    if (reached[number])
        return;
    reached[number] = true;
    for (size_t i = 0; i < uses->count && !uses->items[i].zone; i++)
        if (uses->items[i].by == template && uses->items[i].template)
            reach(uses, templates, uses->items[i].template, reached);
}

size_t rz_template_uses_reach(const struct rz_template_uses *uses,
                              const struct rz_templates *templates, size_t first, bool *reached)
{
    const char *zone = uses->items[first].zone;
    size_t i = first;
    for (; i < uses->count && uses->items[i].zone == zone; i++)
        if (uses->items[i].template)
            reach(uses, templates, uses->items[i].template, reached);
    return i;
}

void rz_template_uses_count(const struct rz_template_uses *uses,
                            const struct rz_templates *templates, size_t *counts)
{
    bool *reached = rz_alloc(templates->count + 1);
    for (size_t i = 0; i < templates->count; i++)
        counts[i] = 0;
    for (size_t i = 0; i < uses->count;) {
        if (!uses->items[i].zone) {
            i++;
            continue;
        }
        memset(reached, 0, templates->count);
        i = rz_template_uses_reach(uses, templates, i, reached);
        for (size_t k = 0; k < templates->count; k++)
            counts[k] += reached[k];
    }
    free(reached);
}
