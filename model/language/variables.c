/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replacement of `${name}`. */
#include "language/variables.h"

#include <stdlib.h>

#define EXPANDED_OCTETS_MAX 65536
#define EXPANDED_TOTAL_MAX ((size_t)256 << 20) /* of one document, as large as a file may be */

static bool text_has_variables(const struct rz_node *node)
{
    return memmem(node->text, node->count, "${", 2) != NULL;
}

bool rz_has_variables(const struct rz_node *node)
{
    if (node->kind == RZ_NODE_SCALAR)
        return text_has_variables(node);
    for (uint32_t i = 0; i < node->count; i++)
        if (node->kind == RZ_NODE_LIST
                ? rz_has_variables(node->items[i])
                : node->kind == RZ_NODE_MAP
                      && (text_has_variables(node->pairs[i].key)
                          || rz_has_variables(node->pairs[i].value)))
            return true;
    return false;
}

static const char *look_up(const struct rz_scope *scope, struct rz_str name)
{
    for (size_t i = 0; i < scope->count; i++)
        for (size_t k = 0; k < scope->scopes[i].count; k++)
            if (rz_str_is(name, scope->scopes[i].items[k].name))
                return scope->scopes[i].items[k].value;
    return NULL;
}

/* The place of a part of a scalar; notes that the expansion failed. */
static struct rz_place fail_at(struct rz_scope *scope, const struct rz_node *node, size_t at,
                               size_t width)
{
    struct rz_place place = rz_node_place(scope->source, node);
    place.column += (uint32_t)at + (node->quoted ? 1 : 0);
    place.width = (uint32_t)width;
    scope->failed = true;
    return place;
}

static void report_undefined(struct rz_scope *scope, const struct rz_node *node, size_t at,
                             struct rz_str name)
{
    const char *names[256];
    size_t count = 0;
    for (size_t i = 0; i < scope->count; i++)
        for (size_t k = 0; k < scope->scopes[i].count && count < 256; k++)
            names[count++] = scope->scopes[i].items[k].name;
    struct rz_diag *diag =
        rz_diags_add(scope->diags, RZ1011, fail_at(scope, node, at, name.size + 3),
                     "there is no variable `%.*s`", RZ_STR_ARG(name));
    int nearest = rz_str_nearest(name, names, count);
    if (nearest >= 0)
        rz_diag_hint(scope->diags, diag, "did you mean `${%s}`?", names[nearest]);
    else
        rz_diag_hint(scope->diags, diag, "define it under `vars:`, or with -D %.*s=VALUE",
                     RZ_STR_ARG(name));
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

static const struct rz_node *expand_text(struct rz_scope *scope, const struct rz_node *node)
{
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = EXPANDED_OCTETS_MAX};
    const char *text = node->text;
    size_t size = node->count;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '$' || i + 1 >= size) {
            rz_buffer_char(&out, text[i]);
        } else if (text[i + 1] == '$' && i + 2 < size && text[i + 2] == '{') {
            rz_buffer_text(&out, "${");
            i += 2;
        } else if (text[i + 1] != '{') {
            rz_buffer_char(&out, text[i]);
        } else {
            const char *end = memchr(text + i, '}', size - i);
            struct rz_str name = {text + i + 2, end ? (size_t)(end - text) - i - 2 : size - i - 2};
            const char *value = end && is_name(name) ? look_up(scope, name) : NULL;
            if (!end)
                rz_diags_add(scope->diags, RZ1011, fail_at(scope, node, i, 2),
                             "`${` is not closed with a `}`");
            else if (!is_name(name))
                rz_diags_add(scope->diags, RZ1011, fail_at(scope, node, i, name.size + 3),
                             "`%.*s` is no variable's name", RZ_STR_ARG(name));
            else if (!value)
                report_undefined(scope, node, i, name);
            if (!end)
                break;
            rz_buffer_text(&out, value ? value : "");
            i = (size_t)(end - text);
        }
    }
    bool first_over = scope->octets <= EXPANDED_TOTAL_MAX;
    scope->octets += out.size;
    if (scope->octets > EXPANDED_TOTAL_MAX) {
        if (first_over)
            rz_diags_add(scope->diags, RZ1003, fail_at(scope, node, 0, 1),
                         "the variables of this document expand to more than 256 MiB");
        scope->failed = true;
        rz_buffer_reset(&out);
    } else if (out.overflow) {
        rz_diags_add(scope->diags, RZ1003, fail_at(scope, node, 0, 1),
                     "the expanded value is over 64 KiB");
    }
    struct rz_node *expanded = rz_arena_alloc(scope->arena, sizeof *expanded);
    *expanded = *node;
    expanded->text = rz_arena_str(scope->arena, rz_buffer_view(&out)).data;
    expanded->count = (uint32_t)out.size;
    return expanded;
}

const struct rz_node *rz_scope_expand(struct rz_scope *scope, const struct rz_node *node)
{
    if (!rz_has_variables(node))
        return node;
    if (node->kind == RZ_NODE_SCALAR)
        return expand_text(scope, node);
    struct rz_node *expanded = rz_arena_alloc(scope->arena, sizeof *expanded);
    *expanded = *node;
    if (node->kind == RZ_NODE_LIST) {
        const struct rz_node **items = rz_arena_alloc(scope->arena, node->count * sizeof *items);
        for (uint32_t i = 0; i < node->count; i++)
            items[i] = rz_scope_expand(scope, node->items[i]);
        expanded->items = items;
        return expanded;
    }
    struct rz_pair *pairs = rz_arena_alloc(scope->arena, node->count * sizeof *pairs);
    for (uint32_t i = 0; i < node->count; i++)
        pairs[i] = (struct rz_pair){rz_scope_expand(scope, node->pairs[i].key),
                                    rz_scope_expand(scope, node->pairs[i].value)};
    expanded->pairs = pairs;
    return expanded;
}
