/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops: `each` makes records for every item of a list or map; `vars` bind names. */
#include <stdlib.h>

#include "language/document_internal.h"
#include "language/fields.h"

#define EACH_DEPTH_MAX 8

struct each_fields {
    const struct rz_node *loop, *when, *vars, *records, *each;
};

const struct rz_field rz_each_fields[] = {
    {.key = "for",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct each_fields, loop),
     .summary = "`x in list`, or `key, value in map`"},
    {.key = "when",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct each_fields, when),
     .summary = "an expression: items for which it is false are passed over"},
    {.key = "vars",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct each_fields, vars),
     .summary = "variables of one round"},
    {.key = "records",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct each_fields, records),
     .summary = "RRsets by owner and type"},
    {.key = "each",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct each_fields, each),
     .summary = "loops within the loop"},
    {0},
};

/* `k, v in EXPRESSION`: names, and where the expression begins. */
struct loop {
    struct rz_str first, second;
    size_t expression;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_word(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (!first && c >= '0' && c <= '9');
}

static struct rz_str take_word(struct rz_str text, size_t *at)
{
    while (*at < text.size && is_blank(text.data[*at]))
        ++*at;
    size_t start = *at;
    while (*at < text.size && is_word(text.data[*at], *at == start))
        ++*at;
    return (struct rz_str){text.data + start, *at - start};
}

static bool parse_loop(struct rz_document *document, const struct rz_node *node, struct loop *loop)
{
    struct rz_str text = rz_node_str(node);
    size_t at = 0;
    bool good = node->kind == RZ_NODE_SCALAR;
    if (good) {
        loop->first = take_word(text, &at);
        while (at < text.size && is_blank(text.data[at]))
            at++;
        loop->second = (struct rz_str){"", 0};
        if (at < text.size && text.data[at] == ',') {
            at++;
            loop->second = take_word(text, &at);
            good = loop->second.size > 0;
        }
        good = good && loop->first.size && rz_str_is(take_word(text, &at), "in");
        loop->expression = at;
    }
    if (good)
        return true;
    struct rz_diag *diag = rz_document_error(document, RZ1012, node, "`for` cannot be read");
    rz_diag_hint(document->diags, diag, "write `x in list`, or `key, value in map`");
    return false;
}

static void run_rounds(struct rz_document *document, const struct each_fields *fields,
                       const struct loop *loop, const struct rz_value *over, unsigned depth);

static void load_each(struct rz_document *document, const struct rz_node *list, unsigned depth);

static void run_loop(struct rz_document *document, const struct rz_node *map, unsigned depth)
{
    struct each_fields fields = {0};
    struct loop loop;
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (map->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, map, "a loop is a map with `for` and `records`");
        return;
    }
    if (rz_fields_load(&reader, map, rz_each_fields, &fields) != RZ_OK) {
        document->failed = true;
        return;
    }
    if (!parse_loop(document, fields.loop, &loop))
        return;
    document->scope.failed = false;
    struct rz_value over = rz_scope_evaluate_from(&document->scope, fields.loop, loop.expression);
    if (document->scope.failed) {
        document->failed = true;
        return;
    }
    if (over.kind == RZ_VALUE_NULL)
        return;
    if (over.kind != RZ_VALUE_LIST && over.kind != RZ_VALUE_MAP) {
        rz_document_error(document, RZ1013, fields.loop, "`for` walks a list or a map, not %s",
                          rz_value_kind_text(over.kind));
        return;
    }
    run_rounds(document, &fields, &loop, &over, depth);
}

static size_t bind_round(const struct loop *loop, const struct rz_value *over, uint32_t i,
                         struct rz_binding bindings[2])
{
    bool map = over->kind == RZ_VALUE_MAP, two = loop->second.size > 0;
    struct rz_value value = map ? over->entries[i].value : over->items[i];
    struct rz_value key = map ? rz_value_text(over->entries[i].key) : rz_value_int(i);
    bindings[0] = (struct rz_binding){loop->first, two || map ? key : value};
    bindings[1] = (struct rz_binding){loop->second, value};
    return two ? 2 : 1;
}

static void run_rounds(struct rz_document *document, const struct each_fields *fields,
                       const struct loop *loop, const struct rz_value *over, unsigned depth)
{
    const struct rz_bindings *outer = document->scope.bindings;
    for (uint32_t i = 0; i < over->count; i++) {
        struct rz_binding pair[2];
        struct rz_bindings inner = {outer, pair, bind_round(loop, over, i, pair)};
        document->scope.bindings = &inner;
        document->scope.failed = false;
        if (!rz_evaluation_spend(document->evaluation, 1, 0)) {
            document->failed = true;
            break;
        }
        struct rz_value when = rz_value_bool(true);
        if (fields->when)
            when = rz_scope_evaluate(&document->scope, fields->when);
        document->failed |= document->scope.failed;
        if (document->scope.failed || !rz_value_is_true(&when))
            continue;
        if (fields->vars)
            document->scope.bindings = rz_document_bind(document, fields->vars, &inner, NULL);
        rz_document_load_records(document, fields->records);
        load_each(document, fields->each, depth + 1);
    }
    document->scope.bindings = outer;
}

static void load_each(struct rz_document *document, const struct rz_node *list, unsigned depth)
{
    if (!list || list->kind == RZ_NODE_NULL)
        return;
    if (list->kind != RZ_NODE_LIST || depth > EACH_DEPTH_MAX) {
        rz_document_error(document, RZ1005, list,
                          depth > EACH_DEPTH_MAX ? "loops are nested too deeply"
                                                 : "`each` is a list of loops");
        return;
    }
    for (uint32_t i = 0; i < list->count; i++)
        run_loop(document, list->items[i], depth);
}

void rz_document_load_each(struct rz_document *document, const struct rz_node *list)
{
    load_each(document, list, 0);
}

const struct rz_bindings *rz_document_bind(struct rz_document *document, const struct rz_node *vars,
                                           const struct rz_bindings *outer,
                                           const struct rz_bindings *over)
{
    if (!vars || vars->kind == RZ_NODE_NULL)
        return outer;
    if (vars->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, vars, "`vars` is a map of names to values");
        return outer;
    }
    struct rz_binding *items = rz_arena_alloc(&document->nodes, (vars->count + 1) * sizeof *items);
    struct rz_bindings *bindings = rz_arena_alloc(&document->nodes, sizeof *bindings);
    *bindings = (struct rz_bindings){outer, items, 0};
    const struct rz_bindings *before = document->scope.bindings;
    struct rz_bindings top = {bindings, over ? over->items : NULL, over ? over->count : 0};
    document->scope.bindings = &top;
    for (uint32_t i = 0; i < vars->count; i++) {
        document->scope.failed = false;
        struct rz_value value = rz_scope_value(&document->scope, vars->pairs[i].value);
        document->failed |= document->scope.failed;
        items[bindings->count++] = (struct rz_binding){rz_node_str(vars->pairs[i].key), value};
    }
    document->scope.bindings = before;
    return bindings;
}
