/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replacement of `${…}` in YAML nodes. */
#include "language/variables.h"

#include <stdlib.h>

#define EXPANDED_OCTETS_MAX 65536

/* Every scalar of a zone is looked at, and most have no `$`: memmem takes several times longer. */
static bool text_has_variables(const struct rz_node *node)
{
    const char *end = node->text + node->count;
    for (const char *at = node->text; (at = memchr(at, '$', (size_t)(end - at))); at++)
        if (at + 1 < end && at[1] == '{')
            return true;
    return false;
}

bool rz_has_variables(const struct rz_node *node)
{
    if (node->kind == RZ_NODE_SCALAR)
        return text_has_variables(node);
    for (uint32_t i = 0; i < node->count; i++)
        if (node->kind == RZ_NODE_LIST ? rz_has_variables(node->items[i])
                                       : node->kind == RZ_NODE_MAP
                                             && (text_has_variables(node->pairs[i].key)
                                                 || rz_has_variables(node->pairs[i].value)))
            return true;
    return false;
}

/* One scalar while it is expanded. */
struct expansion {
    struct rz_scope *scope;
    const struct rz_node *node;
    struct rz_expression_place place;
};

static void enter(struct expansion *expansion, struct rz_scope *scope, const struct rz_node *node)
{
    *expansion = (struct expansion){scope, node, {scope->source, node, scope->chain}};
    scope->evaluation->place = expansion->place;
    scope->evaluation->failed = false;
}

static void fail_at(struct expansion *expansion, enum rz_code code, size_t at, size_t width,
                    const char *message)
{
    struct rz_place place = rz_node_place(expansion->scope->source, expansion->node);
    place.column += (uint32_t)at + (expansion->node->quoted ? 1 : 0);
    place.width = (uint32_t)width;
    struct rz_diag *diag = rz_diags_add(expansion->scope->evaluation->diags, code, place, "%s",
                                        message);
    if (expansion->scope->chain)
        rz_diag_related(expansion->scope->evaluation->diags, diag, "%s", expansion->scope->chain);
    expansion->scope->failed = true;
}

static bool is_name(struct rz_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
              || (i && ((c >= '0' && c <= '9') || c == '-'))))
            return false;
    }
    return name.size > 0;
}

/* The value of the expression that begins at `*at`, behind `${`; `*at` is behind its `}` afterwards.
 * A name is looked up as it is, so that it may have hyphens. With `only_at_end` an expression with
 * text behind it is read, but not evaluated. */
static struct rz_value take_expression(struct expansion *expansion, size_t *at, bool only_at_end)
{
    struct rz_scope *scope = expansion->scope;
    struct rz_str text = rz_node_str(expansion->node);
    size_t start = *at;
    const char *brace = memchr(text.data + start, '}', text.size - start);
    struct rz_str name = {text.data + start, brace ? (size_t)(brace - text.data) - start : 0};
    const struct rz_value *found = is_name(name) ? rz_bindings_find(scope->bindings, name) : NULL;
    if (found) {
        *at = start + name.size + 1;
        return *found;
    }
    if (!brace) {
        fail_at(expansion, RZ1011, start - 2, 2, "`${` is not closed with a `}`");
        *at = text.size;
        return rz_value_null();
    }
    const struct rz_expression *expression = rz_expression_parse(
        scope->evaluation->arena, text, at, &expansion->place, scope->evaluation->diags);
    if (!expression || *at >= text.size || text.data[*at] != '}') {
        if (expression)
            fail_at(expansion, RZ1011, start - 2, 2, "`${` is not closed with a `}`");
        scope->failed = true;
        *at = text.size;
        return rz_value_null();
    }
    if (++*at < text.size && only_at_end)
        return rz_value_null();
    struct rz_value value = rz_expression_evaluate(scope->evaluation, expression, scope->bindings);
    scope->failed |= scope->evaluation->failed;
    return value;
}

/* Whether the scalar is one `${…}` and nothing else; then `*value` is its value. */
static bool is_whole(struct expansion *expansion, struct rz_value *value)
{
    struct rz_str text = rz_node_str(expansion->node);
    size_t at = 2;
    if (text.size < 4 || memcmp(text.data, "${", 2) != 0 || text.data[text.size - 1] != '}')
        return false;
    struct rz_diags unused = {0}, *diags = expansion->scope->evaluation->diags;
    bool failed = expansion->scope->failed;
    expansion->scope->evaluation->diags = &unused;
    *value = take_expression(expansion, &at, true);
    expansion->scope->evaluation->diags = diags;
    bool whole = at == text.size && !expansion->scope->failed;
    if (at == text.size && expansion->scope->failed) {
        rz_diags_take(diags, &unused);
        whole = true;
    } else {
        expansion->scope->failed = failed;
    }
    rz_diags_free(&unused);
    return whole;
}

static void append(struct expansion *expansion, struct rz_buffer *out, const struct rz_value *value,
                   size_t at, size_t end)
{
    if (rz_value_print(out, value))
        return;
    fail_at(expansion, RZ1013, at, end - at,
            value->kind == RZ_VALUE_LIST
                ? "a list cannot stand within a text; join(list, \", \") makes a text of it"
                : "a map cannot stand within a text");
}

static struct rz_value expand_text(struct expansion *expansion)
{
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = EXPANDED_OCTETS_MAX};
    struct rz_str text = rz_node_str(expansion->node);
    for (size_t i = 0; i < text.size;) {
        struct rz_str rest = {text.data + i, text.size - i};
        if (rz_str_starts_with(rest, "$${")) {
            rz_buffer_text(&out, "${");
            i += 3;
        } else if (rz_str_starts_with(rest, "${")) {
            size_t at = i + 2;
            struct rz_value value = take_expression(expansion, &at, false);
            append(expansion, &out, &value, i, at);
            i = at;
        } else {
            rz_buffer_char(&out, text.data[i++]);
        }
    }
    if (out.overflow)
        fail_at(expansion, RZ1003, 0, 1, "the expanded value is over 64 KiB");
    if (!rz_evaluation_spend(expansion->scope->evaluation, 1, out.size)) {
        expansion->scope->failed = true;
        return rz_value_null();
    }
    return rz_value_text(rz_arena_str(expansion->scope->evaluation->arena, rz_buffer_view(&out)));
}

static struct rz_value expand_scalar(struct rz_scope *scope, const struct rz_node *node)
{
    struct expansion expansion;
    struct rz_value value;
    enter(&expansion, scope, node);
    if (!is_whole(&expansion, &value))
        return expand_text(&expansion);
    /* What a value of text makes of the zone is bounded too. */
    if (value.kind == RZ_VALUE_STRING && !rz_evaluation_spend(scope->evaluation, 0, value.count))
        scope->failed = true;
    return value;
}

struct rz_value rz_scope_value(struct rz_scope *scope, const struct rz_node *node)
{
    if (node->kind == RZ_NODE_SCALAR && text_has_variables(node))
        return expand_scalar(scope, node);
    return rz_value_of_node(scope->evaluation->arena, rz_scope_expand(scope, node));
}

struct rz_value rz_scope_evaluate_from(struct rz_scope *scope, const struct rz_node *node,
                                       size_t at)
{
    struct expansion expansion;
    if (node->kind != RZ_NODE_SCALAR) {
        rz_diags_add(scope->evaluation->diags, RZ1005, rz_node_place(scope->source, node),
                     "an expression is text, not %s", rz_node_kind_text(node));
        scope->failed = true;
        return rz_value_null();
    }
    enter(&expansion, scope, node);
    struct rz_str text = rz_node_str(node);
    if (at == 0 && rz_str_starts_with(text, "${") && rz_str_ends_with(text, "}"))
        return expand_scalar(scope, node); /* braces where none are needed */
    const struct rz_expression *expression = rz_expression_parse(
        scope->evaluation->arena, text, &at, &expansion.place, scope->evaluation->diags);
    if (expression && at < text.size) {
        fail_at(&expansion, RZ1012, at, 1, "`}` without a `{`");
        expression = NULL;
    }
    struct rz_value value = expression ? rz_expression_evaluate(scope->evaluation, expression,
                                                                scope->bindings)
                                       : rz_value_null();
    scope->failed |= !expression || scope->evaluation->failed;
    return value;
}

struct rz_value rz_scope_evaluate(struct rz_scope *scope, const struct rz_node *node)
{
    return rz_scope_evaluate_from(scope, node, 0);
}

static const struct rz_node *expand_list(struct rz_scope *scope, const struct rz_node *node)
{
    struct rz_arena *arena = scope->evaluation->arena;
    struct rz_node *expanded = rz_arena_alloc(arena, sizeof *expanded);
    const struct rz_node **items = rz_arena_alloc(arena, node->count * sizeof *items);
    for (uint32_t i = 0; i < node->count; i++)
        items[i] = rz_scope_expand(scope, node->items[i]);
    *expanded = *node;
    expanded->items = items;
    return expanded;
}

static const struct rz_node *expand_key(struct rz_scope *scope, const struct rz_node *key)
{
    const struct rz_node *expanded = rz_scope_expand(scope, key);
    if (expanded->kind == RZ_NODE_SCALAR)
        return expanded;
    struct expansion expansion;
    enter(&expansion, scope, key);
    fail_at(&expansion, RZ1005, 0, key->count, "a key must be text");
    return key;
}

const struct rz_node *rz_scope_expand(struct rz_scope *scope, const struct rz_node *node)
{
    if (!rz_has_variables(node))
        return node;
    struct rz_arena *arena = scope->evaluation->arena;
    if (node->kind == RZ_NODE_LIST)
        return expand_list(scope, node);
    if (node->kind == RZ_NODE_SCALAR) {
        struct rz_value value = expand_scalar(scope, node);
        /* Parts that a value shares become nodes of their own, exponentially many at worst. */
        if (value.kind >= RZ_VALUE_LIST && !rz_evaluation_spend_value(scope->evaluation, &value)) {
            scope->failed = true;
            value = rz_value_null();
        }
        return rz_value_to_node(arena, &value, node);
    }
    struct rz_node *expanded = rz_arena_alloc(arena, sizeof *expanded);
    struct rz_pair *pairs = rz_arena_alloc(arena, node->count * sizeof *pairs);
    for (uint32_t i = 0; i < node->count; i++)
        pairs[i] = (struct rz_pair){expand_key(scope, node->pairs[i].key),
                                    rz_scope_expand(scope, node->pairs[i].value)};
    *expanded = *node;
    expanded->pairs = pairs;
    return expanded;
}
