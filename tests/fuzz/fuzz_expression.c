/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions of strangers: read, evaluated with every function, under the budget. A value or a
 * diagnostic comes of each, and the same one each time. */
#include <stdio.h>
#include <stdlib.h>

#include "language/builders.h"
#include "language/functions.h"
#include "support/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct rz_arena arena;
    struct rz_diags diags;
    struct rz_buffer json;
};

static struct rz_bindings scope(struct rz_arena *arena)
{
    struct rz_binding *items = rz_arena_alloc(arena, 4 * sizeof *items);
    struct rz_value *list = rz_arena_alloc(arena, 3 * sizeof *list);
    struct rz_entry *entries = rz_arena_alloc(arena, 2 * sizeof *entries);
    list[0] = rz_value_int(7);
    list[1] = rz_value_text(RZ_STR("192.0.2.1"));
    list[2] = rz_value_float(0.5);
    entries[0] = (struct rz_entry){RZ_STR("a"), rz_value_text(RZ_STR("web"))};
    entries[1] = (struct rz_entry){RZ_STR("b"), rz_value_null()};
    items[0] = (struct rz_binding){RZ_STR("zone"), rz_value_text(RZ_STR("example.com"))};
    items[1] = (struct rz_binding){RZ_STR("x"), rz_value_int(3)};
    items[2] = (struct rz_binding){RZ_STR("l"), {.kind = RZ_VALUE_LIST, .count = 3, .items = list}};
    items[3] = (struct rz_binding){RZ_STR("m"),
                                   {.kind = RZ_VALUE_MAP, .count = 2, .entries = entries}};
    return (struct rz_bindings){NULL, items, 4};
}

/* Keys of an owner's map take what functions take. */
static void build(struct rz_evaluation *evaluation, const struct rz_bindings *bindings,
                  const struct rz_value *value)
{
    for (const char *const *key = rz_builder_keys(); *key; key++) {
        struct rz_built *built;
        size_t count, errors = evaluation->diags->errors;
        evaluation->failed = false;
        if (!rz_builder_apply(evaluation, bindings, rz_str_of(*key), value, &built, &count)
            && evaluation->diags->errors == errors && evaluation->steps <= RZ_EXPRESSION_STEPS_MAX
            && evaluation->octets <= RZ_EXPRESSION_OCTETS_MAX)
            abort();
    }
}

static void run(struct outcome *outcome, struct rz_str text)
{
    *outcome = (struct outcome){0};
    struct rz_source source = {"a.yaml", text};
    struct rz_node node = {.kind = RZ_NODE_SCALAR,
                           .line = 1,
                           .column = 1,
                           .count = (uint32_t)text.size,
                           .text = text.data};
    struct rz_expression_place place = {.source = &source, .node = &node};
    struct rz_evaluation evaluation = {
        .arena = &outcome->arena, .diags = &outcome->diags, .project_dir = -1, .place = place};
    struct rz_bindings bindings = scope(&outcome->arena);
    size_t at = 0;
    const struct rz_expression *expression = rz_expression_parse(&outcome->arena, text, &at, &place,
                                                                 &outcome->diags);
    if (!expression != (outcome->diags.errors > 0))
        abort();
    if (!expression)
        return;
    struct rz_value value = rz_expression_evaluate(&evaluation, expression, &bindings);
    if (evaluation.failed != (outcome->diags.errors > 0))
        abort();
    if (!evaluation.failed && rz_evaluation_spend_value(&evaluation, &value)) {
        rz_value_json(&outcome->json, &value);
        rz_value_to_node(&outcome->arena, &value, &node);
        build(&evaluation, &bindings, &value);
    }
}

static void release(struct outcome *outcome)
{
    rz_arena_free(&outcome->arena);
    rz_diags_free(&outcome->diags);
    rz_buffer_free(&outcome->json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = rz_alloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    struct outcome first, second;
    run(&first, (struct rz_str){text, size});
    run(&second, (struct rz_str){text, size});
    if (!rz_str_equal(rz_buffer_view(&first.json), rz_buffer_view(&second.json))
        || first.diags.errors != second.diags.errors)
        abort();
    release(&first);
    release(&second);
    free(text);
    return 0;
}
