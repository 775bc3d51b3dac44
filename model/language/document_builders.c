/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builders in an owner's map: `spf: {…}` beside `A:`. What they make joins the RRset of the same type that
 * the map writes out. */
#include <stdlib.h>

#include "language/builders.h"
#include "language/document_internal.h"
#include "support/alloc.h"

/* Most keys are types, in upper case. */
static bool is_builder(const struct rz_node *key)
{
    return key->text[0] >= 'a' && rz_builder_find(rz_node_str(key));
}

bool rz_document_has_builders(const struct rz_node *owner)
{
    for (uint32_t i = 0; owner->kind == RZ_NODE_MAP && i < owner->count; i++)
        if (is_builder(owner->pairs[i].key))
            return true;
    return false;
}

/* The prefix's labels before the owner, unless it has them already. */
static bool place_prefix(struct rz_document *document, const struct rz_node *key,
                         const uint8_t *owner, struct rz_str prefix, struct rz_name *name)
{
    const char *why;
    const uint8_t *above = owner;
    rz_name_copy(name, owner);
    if (prefix.size == 0)
        return true;
    for (size_t i = 0; i <= prefix.size && *above; i++)
        if (i == prefix.size || prefix.data[i] == '.')
            above = rz_name_parent(above);
    if (rz_name_parse(name, prefix, above, &why) == RZ_OK && rz_name_equal(name->wire, owner))
        return true;
    if (rz_name_parse(name, prefix, owner, &why) == RZ_OK)
        return true;
    rz_document_error(document, RZ1101, key, "`%.*s` before the owner makes no name: %s",
                      RZ_STR_ARG(prefix), why);
    return false;
}

static void keep(struct rz_document *document, struct rz_owner_builds *builds, const uint8_t *owner,
                 const struct rz_node *key, const struct rz_built *built)
{
    struct rz_name name;
    if (!place_prefix(document, key, owner, built->prefix, &name))
        return;
    builds->items = rz_grow(builds->items, &builds->capacity, builds->count + 1,
                            sizeof *builds->items);
    builds->items[builds->count++] = (struct rz_owner_build){
        .owner = name, .type = built->type, .key = key, .values = built->values};
}

void rz_document_build(struct rz_document *document, const uint8_t *owner,
                       const struct rz_node *map, struct rz_owner_builds *builds)
{
    struct rz_evaluation *evaluation = document->evaluation;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key, *node = map->pairs[i].value;
        struct rz_built *built;
        size_t count;
        if (!is_builder(key))
            continue;
        if (node->kind == RZ_NODE_NULL) {
            struct rz_diag *diag = rz_document_error(document, RZ1005, node,
                                                     "`%s` has nothing to build from", key->text);
            rz_diag_hint(document->diags, diag,
                         "to remove what a template built, write `null` at the record type");
            continue;
        }
        struct rz_value value = rz_value_of_node(evaluation->arena, node);
        evaluation->place = (struct rz_expression_place){document->source, key, document->chain};
        evaluation->failed = false;
        if (rz_builder_apply(evaluation, document->scope.bindings, rz_node_str(key), &value, &built,
                             &count))
            for (size_t k = 0; k < count; k++)
                keep(document, builds, owner, key, &built[k]);
        else
            document->failed = true;
    }
}

static void add(struct rz_document *document, struct rz_record_target *target,
                struct rz_owner_build *build)
{
    bool text = rz_rtype_flags(target->type) & RZ_RTYPE_TEXT;
    build->added = true;
    for (uint32_t i = 0; i < build->values.count; i++) {
        struct rz_str value = rz_value_str(&build->values.items[i]);
        if (text)
            rz_document_add_text(document, target, build->key, value);
        else
            rz_document_add(document, target, build->key, value);
    }
}

void rz_document_join_built(struct rz_document *document, struct rz_owner_builds *builds,
                            struct rz_record_target *target, const struct rz_node *value)
{
    for (size_t i = 0; i < builds->count; i++) {
        struct rz_owner_build *build = &builds->items[i];
        if (build->added || build->type != target->type
            || !rz_name_equal(build->owner.wire, target->owner))
            continue;
        if (value && value->kind == RZ_NODE_MAP
            && (rz_node_get(value, "add") || rz_node_get(value, "remove"))) {
            build->added = true;
            struct rz_diag *diag = rz_document_error(document, RZ1005, build->key,
                                                     "`%s` beside an RRset that is adjusted",
                                                     build->key->text);
            rz_diag_hint(document->diags, diag,
                         "put what the function gives into `add`: ${%s({…})}", build->key->text);
        } else {
            add(document, target, build);
        }
    }
}

void rz_document_add_built(struct rz_document *document, struct rz_owner_builds *builds,
                           const struct rz_record_target *like)
{
    for (size_t i = 0; i < builds->count; i++) {
        struct rz_record_target target = *like;
        if (builds->items[i].added)
            continue;
        target.owner = builds->items[i].owner.wire;
        target.type = builds->items[i].type;
        target.first = true;
        rz_document_join_built(document, builds, &target, NULL);
    }
    free(builds->items);
}
