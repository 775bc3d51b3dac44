/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluation of expressions, under a budget of steps and octets. */
#include <stdio.h>
#include <stdlib.h>

#include "language/expression_internal.h"
#include "language/functions.h"
#include "support/alloc.h"

typedef struct rz_value (*evaluate_function)(struct rz_evaluation *, const struct rz_expression *,
                                             const struct rz_bindings *);

struct rz_diag *rz_evaluation_error(struct rz_evaluation *evaluation, size_t offset, size_t width,
                                    const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct rz_place place = rz_expression_place_at(&evaluation->place, offset, width);
    evaluation->failed = true;
    struct rz_diag *diag = rz_diags_add(evaluation->diags, RZ1013, place, "%s", message);
    if (evaluation->place.chain)
        rz_diag_related(evaluation->diags, diag, "%s", evaluation->place.chain);
    return diag;
}

bool rz_evaluation_spend(struct rz_evaluation *evaluation, size_t steps, size_t octets)
{
    bool had = evaluation->steps <= RZ_EXPRESSION_STEPS_MAX
               && evaluation->octets <= RZ_EXPRESSION_OCTETS_MAX;
    evaluation->steps += steps;
    evaluation->octets += octets;
    if (evaluation->steps <= RZ_EXPRESSION_STEPS_MAX
        && evaluation->octets <= RZ_EXPRESSION_OCTETS_MAX)
        return true;
    if (had) {
        struct rz_place place = rz_node_place(evaluation->place.source, evaluation->place.node);
        struct rz_diag *diag = rz_diags_add(evaluation->diags, RZ1003, place,
                                            "the expressions of this zone take too much work");
        rz_diag_hint(evaluation->diags, diag, "a zone may use %d steps and %zu MiB of values",
                     RZ_EXPRESSION_STEPS_MAX, RZ_EXPRESSION_OCTETS_MAX >> 20);
    }
    evaluation->failed = true;
    return false;
}

/* Counts the values below, as far as `left` reaches. */
static bool count_values(const struct rz_value *value, size_t *left, size_t *octets)
{
    if (*left == 0)
        return false;
    --*left;
    if (value->kind == RZ_VALUE_STRING)
        *octets += value->count;
    else if (value->kind == RZ_VALUE_LIST)
        for (uint32_t i = 0; i < value->count; i++)
            if (!count_values(&value->items[i], left, octets))
                return false;
    if (value->kind == RZ_VALUE_MAP)
        for (uint32_t i = 0; i < value->count; i++) {
            *octets += value->entries[i].key.size;
            if (!count_values(&value->entries[i].value, left, octets))
                return false;
        }
    return true;
}

bool rz_evaluation_spend_value(struct rz_evaluation *evaluation, const struct rz_value *value)
{
    size_t all = RZ_EXPRESSION_STEPS_MAX, octets = 0;
    if (evaluation->steps < all)
        all -= evaluation->steps;
    else
        all = 0;
    size_t left = all;
    bool whole = count_values(value, &left, &octets);
    return rz_evaluation_spend(evaluation, whole ? all - left + octets / 64 : all + 1, 0);
}

/* Whether the absence of `part` is that of `e`: `a.b` where there is no `a` is absent, `f(a)` is wrong. */
static bool is_absence(const struct rz_expression *e, const struct rz_expression *part)
{
    while (e != part) {
        if (e->op == RZ_OP_CONDITION && is_absence(e->children[1], part))
            return true;
        if (e->op == RZ_OP_FIELD || e->op == RZ_OP_INDEX)
            e = e->children[0];
        else if (e->op == RZ_OP_COALESCE || e->op == RZ_OP_CONDITION)
            e = e->children[e->count - 1];
        else
            return false;
    }
    return true;
}

bool rz_evaluation_forgives(struct rz_evaluation *evaluation,
                            const struct rz_expression *expression)
{
    if (!evaluation->forgiven || !is_absence(evaluation->forgiven, expression))
        return false;
    evaluation->failed = evaluation->absent = true;
    return true;
}

const struct rz_value *rz_bindings_find(const struct rz_bindings *bindings, struct rz_str name)
{
    for (; bindings; bindings = bindings->outer)
        for (size_t i = 0; i < bindings->count; i++)
            if (rz_str_equal(bindings->items[i].name, name))
                return &bindings->items[i].value;
    return NULL;
}

static struct rz_value undefined(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                 const struct rz_bindings *bindings)
{
    if (rz_evaluation_forgives(evaluation, e))
        return rz_value_null();
    const char *names[256];
    size_t count = 0;
    for (const struct rz_bindings *at = bindings; at; at = at->outer)
        for (size_t i = 0; i < at->count && count < 256; i++)
            names[count++] = at->items[i].name.data;
    evaluation->failed = true;
    struct rz_place place = rz_expression_place_at(&evaluation->place, e->at, e->width);
    struct rz_diag *diag = rz_diags_add(evaluation->diags, RZ1011, place,
                                        "there is no variable `%.*s`", RZ_STR_ARG(e->name));
    int nearest = rz_str_nearest(e->name, names, count);
    if (nearest >= 0)
        rz_diag_hint(evaluation->diags, diag, "did you mean `%s`?", names[nearest]);
    else
        rz_diag_hint(evaluation->diags, diag, "define it under `vars:`, or with -D %.*s=VALUE",
                     RZ_STR_ARG(e->name));
    if (evaluation->place.chain)
        rz_diag_related(evaluation->diags, diag, "%s", evaluation->place.chain);
    return rz_value_null();
}

static struct rz_value evaluate_name(struct rz_evaluation *evaluation,
                                     const struct rz_expression *e,
                                     const struct rz_bindings *bindings)
{
    const struct rz_value *value = rz_bindings_find(bindings, e->name);
    return value ? *value : undefined(evaluation, e, bindings);
}

static struct rz_value evaluate_list(struct rz_evaluation *evaluation,
                                     const struct rz_expression *e,
                                     const struct rz_bindings *bindings)
{
    if (!rz_evaluation_spend(evaluation, e->count, e->count * sizeof(struct rz_value)))
        return rz_value_null();
    struct rz_value *items = rz_arena_alloc(evaluation->arena, e->count * sizeof *items);
    for (uint32_t i = 0; i < e->count; i++)
        items[i] = rz_expression_evaluate(evaluation, e->children[i], bindings);
    return (struct rz_value){.kind = RZ_VALUE_LIST, .count = e->count, .items = items};
}

static struct rz_value evaluate_map(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                    const struct rz_bindings *bindings)
{
    if (!rz_evaluation_spend(evaluation, e->count, e->count * sizeof(struct rz_entry)))
        return rz_value_null();
    struct rz_entry *entries = rz_arena_alloc(evaluation->arena, e->count * sizeof *entries);
    for (uint32_t i = 0; i < e->count; i++)
        entries[i] = (struct rz_entry){
            e->keys[i], rz_expression_evaluate(evaluation, e->children[i], bindings)};
    return (struct rz_value){.kind = RZ_VALUE_MAP, .count = e->count, .entries = entries};
}

/* Null, without a diagnostic, for what does not exist. */
static struct rz_value evaluate_lenient(struct rz_evaluation *evaluation,
                                        const struct rz_expression *e,
                                        const struct rz_bindings *bindings)
{
    const struct rz_expression *outer = evaluation->forgiven;
    if (evaluation->failed)
        return rz_value_null();
    evaluation->forgiven = e;
    evaluation->absent = false;
    struct rz_value value = rz_expression_evaluate(evaluation, e, bindings);
    evaluation->forgiven = outer;
    if (evaluation->absent)
        evaluation->failed = evaluation->absent = false;
    return value;
}

static struct rz_value evaluate_call(struct rz_evaluation *evaluation,
                                     const struct rz_expression *e,
                                     const struct rz_bindings *bindings)
{
    struct rz_value arguments[RZ_CALL_ARGUMENTS_MAX];
    bool lenient = e->function->kinds[0] == '~';
    if (e->count > RZ_CALL_ARGUMENTS_MAX) {
        rz_evaluation_error(evaluation, e->at, e->width, "more than %d arguments",
                            RZ_CALL_ARGUMENTS_MAX);
        return rz_value_null();
    }
    for (uint32_t i = 0; i < e->count; i++)
        arguments[i] = (lenient ? evaluate_lenient
                                : rz_expression_evaluate)(evaluation, e->children[i], bindings);
    if (evaluation->failed)
        return rz_value_null();
    struct rz_call call = {evaluation, e->function, arguments, e->count, e->at, e->width, bindings};
    return rz_function_call(&call);
}

static struct rz_value evaluate_text(struct rz_evaluation *evaluation,
                                     const struct rz_expression *e,
                                     const struct rz_bindings *bindings)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {.limit = RZ_EXPRESSION_OCTETS_MAX};
    for (uint32_t i = 0; i < e->count; i++) {
        struct rz_value part = rz_expression_evaluate(evaluation, e->children[i], bindings);
        if (!rz_value_print(&text, &part)) {
            struct rz_diag *diag = rz_evaluation_error(
                evaluation, e->children[i]->at, e->children[i]->width, "%s cannot stand in a text",
                rz_value_kind_text(part.kind));
            rz_diag_hint(evaluation->diags, diag, "join(list, \", \") makes a text of a list");
        }
    }
    if (!rz_evaluation_spend(evaluation, 1,
                             text.overflow ? RZ_EXPRESSION_OCTETS_MAX + 1 : text.size))
        return rz_value_null();
    return rz_value_text(rz_arena_str(evaluation->arena, rz_buffer_view(&text)));
}

static void no_field(struct rz_evaluation *evaluation, const struct rz_expression *e,
                     const struct rz_value *map)
{
    const char *names[64];
    size_t count = 0;
    for (uint32_t i = 0; i < map->count && count < 64; i++)
        names[count++] = map->entries[i].key.data;
    struct rz_diag *diag = rz_evaluation_error(evaluation, e->at, e->width, "the map has no `%.*s`",
                                               RZ_STR_ARG(e->name));
    int nearest = rz_str_nearest(e->name, names, count);
    if (nearest >= 0)
        rz_diag_hint(evaluation->diags, diag, "did you mean `.%s`?", names[nearest]);
    else
        rz_diag_hint(evaluation->diags, diag,
                     "`.%.*s ?? other` gives another value where there is none",
                     RZ_STR_ARG(e->name));
}

static struct rz_value evaluate_field(struct rz_evaluation *evaluation,
                                      const struct rz_expression *e,
                                      const struct rz_bindings *bindings)
{
    struct rz_value map = rz_expression_evaluate(evaluation, e->children[0], bindings);
    if (evaluation->failed
        || !rz_evaluation_spend(evaluation, map.kind == RZ_VALUE_MAP ? map.count / 32 : 0, 0))
        return rz_value_null();
    if (map.kind != RZ_VALUE_MAP) {
        if (map.kind != RZ_VALUE_NULL || !rz_evaluation_forgives(evaluation, e))
            rz_evaluation_error(evaluation, e->at, e->width, "`.%.*s` is asked of %s, not of a map",
                                RZ_STR_ARG(e->name),
                                rz_value_kind_text((enum rz_value_kind)map.kind));
        return rz_value_null();
    }
    const struct rz_value *found = rz_value_get(&map, e->name);
    if (found)
        return *found;
    if (!rz_evaluation_forgives(evaluation, e))
        no_field(evaluation, e, &map);
    return rz_value_null();
}

static struct rz_value evaluate_condition(struct rz_evaluation *evaluation,
                                          const struct rz_expression *e,
                                          const struct rz_bindings *bindings)
{
    struct rz_value condition = rz_expression_evaluate(evaluation, e->children[0], bindings);
    if (evaluation->failed)
        return rz_value_null();
    return rz_expression_evaluate(evaluation, e->children[rz_value_is_true(&condition) ? 1 : 2],
                                  bindings);
}

/* `a ?? b`: b where a is null, or a name or field that does not exist. */
static struct rz_value evaluate_coalesce(struct rz_evaluation *evaluation,
                                         const struct rz_expression *e,
                                         const struct rz_bindings *bindings)
{
    struct rz_value left = evaluate_lenient(evaluation, e->children[0], bindings);
    return left.kind == RZ_VALUE_NULL && !evaluation->failed
               ? rz_expression_evaluate(evaluation, e->children[1], bindings)
               : left;
}

static struct rz_value evaluate_logic(struct rz_evaluation *evaluation,
                                      const struct rz_expression *e,
                                      const struct rz_bindings *bindings)
{
    struct rz_value left = rz_expression_evaluate(evaluation, e->children[0], bindings);
    bool truth = rz_value_is_true(&left);
    if (evaluation->failed)
        return rz_value_null();
    if (truth == (e->op == RZ_OP_OR))
        return rz_value_bool(truth);
    struct rz_value right = rz_expression_evaluate(evaluation, e->children[1], bindings);
    return rz_value_bool(rz_value_is_true(&right));
}

/* The items that a comprehension walks: of a list, or keys and values of a map. */
static bool bind_item(const struct rz_expression *e, const struct rz_value *over, uint32_t i,
                      struct rz_binding bindings[2])
{
    bool map = over->kind == RZ_VALUE_MAP;
    if (map) {
        bindings[0] = (struct rz_binding){e->name, rz_value_text(over->entries[i].key)};
        bindings[1] = (struct rz_binding){e->second, over->entries[i].value};
    } else {
        bindings[0] = (struct rz_binding){e->name, over->items[i]};
        bindings[1] = (struct rz_binding){e->second, rz_value_null()};
        if (e->second.size) {
            bindings[1].value = over->items[i];
            bindings[0].value = rz_value_int(i);
        }
    }
    return e->second.size > 0;
}

static struct rz_value evaluate_comprehension(struct rz_evaluation *evaluation,
                                              const struct rz_expression *e,
                                              const struct rz_bindings *bindings)
{
    struct rz_value over = rz_expression_evaluate(evaluation, e->children[1], bindings);
    if (evaluation->failed)
        return rz_value_null();
    if (over.kind != RZ_VALUE_LIST && over.kind != RZ_VALUE_MAP) {
        rz_evaluation_error(evaluation, e->children[1]->at, e->children[1]->width,
                            "`for` walks a list or a map, not %s", rz_value_kind_text(over.kind));
        return rz_value_null();
    }
    if (!rz_evaluation_spend(evaluation, over.count, over.count * sizeof(struct rz_value)))
        return rz_value_null();
    struct rz_value *items = rz_arena_alloc(evaluation->arena, over.count * sizeof *items);
    uint32_t count = 0;
    for (uint32_t i = 0; i < over.count && !evaluation->failed; i++) {
        struct rz_binding pair[2];
        bool two = bind_item(e, &over, i, pair);
        struct rz_bindings inner = {bindings, pair, two ? 2 : 1};
        if (e->count > 2) {
            struct rz_value condition = rz_expression_evaluate(evaluation, e->children[2], &inner);
            if (!rz_value_is_true(&condition))
                continue;
        }
        items[count++] = rz_expression_evaluate(evaluation, e->children[0], &inner);
    }
    return (struct rz_value){.kind = RZ_VALUE_LIST, .count = count, .items = items};
}

static struct rz_value evaluate_operator(struct rz_evaluation *evaluation,
                                         const struct rz_expression *e,
                                         const struct rz_bindings *bindings)
{
    struct rz_value left = rz_expression_evaluate(evaluation, e->children[0], bindings);
    struct rz_value right = rz_value_null();
    if (e->count > 1 && !evaluation->failed)
        right = rz_expression_evaluate(evaluation, e->children[1], bindings);
    return evaluation->failed ? rz_value_null() : rz_operate(evaluation, e, &left, &right);
}

struct rz_value rz_expression_evaluate(struct rz_evaluation *evaluation,
                                       const struct rz_expression *expression,
                                       const struct rz_bindings *bindings)
{
    static const evaluate_function functions[] = {
        [RZ_OP_NAME] = evaluate_name,
        [RZ_OP_LIST] = evaluate_list,
        [RZ_OP_MAP] = evaluate_map,
        [RZ_OP_CALL] = evaluate_call,
        [RZ_OP_FIELD] = evaluate_field,
        [RZ_OP_AND] = evaluate_logic,
        [RZ_OP_OR] = evaluate_logic,
        [RZ_OP_COALESCE] = evaluate_coalesce,
        [RZ_OP_CONDITION] = evaluate_condition,
        [RZ_OP_COMPREHENSION] = evaluate_comprehension,
        [RZ_OP_TEXT] = evaluate_text,
    };
    if (expression->op == RZ_OP_LITERAL)
        return expression->literal;
    if (!rz_evaluation_spend(evaluation, 1, 0))
        return rz_value_null();
    evaluate_function function = functions[expression->op];
    return function ? function(evaluation, expression, bindings)
                    : evaluate_operator(evaluation, expression, bindings);
}
