/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic, comparison, membership and indexing. */
#include <math.h>

#include "language/expression_internal.h"

static struct rz_value mismatch(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                const struct rz_value *left, const struct rz_value *right)
{
    static const char *const symbols[] = {
        [RZ_OP_MINUS] = "-",          [RZ_OP_MULTIPLY] = "*",    [RZ_OP_DIVIDE] = "/",
        [RZ_OP_MODULO] = "%",         [RZ_OP_ADD] = "+",         [RZ_OP_SUBTRACT] = "-",
        [RZ_OP_LESS] = "<",           [RZ_OP_LESS_EQUAL] = "<=", [RZ_OP_GREATER] = ">",
        [RZ_OP_GREATER_EQUAL] = ">=", [RZ_OP_IN] = "in",         [RZ_OP_INDEX] = "[…]"};
    if (e->op == RZ_OP_MINUS)
        rz_evaluation_error(evaluation, e->at, e->width, "`-` does not take %s",
                            rz_value_kind_text(left->kind));
    else
        rz_evaluation_error(evaluation, e->at, e->width, "`%s` does not take %s and %s",
                            symbols[e->op], rz_value_kind_text(left->kind),
                            rz_value_kind_text(right->kind));
    return rz_value_null();
}

static bool is_number(const struct rz_value *value)
{
    return value->kind == RZ_VALUE_INT || value->kind == RZ_VALUE_FLOAT;
}

static double as_double(const struct rz_value *value)
{
    return value->kind == RZ_VALUE_INT ? (double)value->integer : value->number;
}

static struct rz_value fail_number(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                   const char *message)
{
    rz_evaluation_error(evaluation, e->at, e->width, "%s", message);
    return rz_value_null();
}

static struct rz_value operate_ints(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                    int64_t left, int64_t right)
{
    int64_t result = 0;
    bool overflow = false;
    switch (e->op) {
    case RZ_OP_ADD: overflow = __builtin_add_overflow(left, right, &result); break;
    case RZ_OP_SUBTRACT: overflow = __builtin_sub_overflow(left, right, &result); break;
    case RZ_OP_MULTIPLY: overflow = __builtin_mul_overflow(left, right, &result); break;
    default:
        if (right == 0)
            return fail_number(evaluation, e, "division by zero");
        if (right == -1) /* the smallest number has no counterpart */
            overflow = e->op == RZ_OP_DIVIDE && __builtin_sub_overflow((int64_t)0, left, &result);
        else
            result = e->op == RZ_OP_DIVIDE ? left / right : left % right;
    }
    return overflow ? fail_number(evaluation, e, "the number gets too large")
                    : rz_value_int(result);
}

static struct rz_value operate_floats(struct rz_evaluation *evaluation,
                                      const struct rz_expression *e, double left, double right)
{
    double result = e->op == RZ_OP_ADD        ? left + right
                    : e->op == RZ_OP_SUBTRACT ? left - right
                    : e->op == RZ_OP_MULTIPLY ? left * right
                    : e->op == RZ_OP_DIVIDE   ? left / right
                                              : fmod(left, right);
    return isfinite(result)
               ? rz_value_float(result)
               : fail_number(evaluation, e,
                             right == 0 ? "division by zero" : "the number gets too large");
}

/* `+` also joins strings and lists. */
static struct rz_value add(struct rz_evaluation *evaluation, const struct rz_expression *e,
                           const struct rz_value *left, const struct rz_value *right)
{
    size_t total = (size_t)left->count + right->count;
    if (left->kind == RZ_VALUE_STRING && right->kind == RZ_VALUE_STRING) {
        if (!rz_evaluation_spend(evaluation, 1, total))
            return rz_value_null();
        char *text = rz_arena_bytes(evaluation->arena, total + 1);
        memcpy(text, left->text, left->count);
        memcpy(text + left->count, right->text, right->count);
        text[total] = '\0';
        return rz_value_text((struct rz_str){text, total});
    }
    if (left->kind != RZ_VALUE_LIST || right->kind != RZ_VALUE_LIST)
        return mismatch(evaluation, e, left, right);
    if (!rz_evaluation_spend(evaluation, total, total * sizeof *left))
        return rz_value_null();
    struct rz_value *items = rz_arena_alloc(evaluation->arena, total * sizeof *items);
    for (uint32_t i = 0; i < left->count; i++)
        items[i] = left->items[i];
    for (uint32_t i = 0; i < right->count; i++)
        items[left->count + i] = right->items[i];
    return (struct rz_value){.kind = RZ_VALUE_LIST, .count = (uint32_t)total, .items = items};
}

static struct rz_value compare(struct rz_evaluation *evaluation, const struct rz_expression *e,
                               const struct rz_value *left, const struct rz_value *right)
{
    int order = 0;
    if (left->kind == RZ_VALUE_LIST && !rz_evaluation_spend_value(evaluation, left))
        return rz_value_null();
    if (!rz_value_compare(left, right, &order))
        return mismatch(evaluation, e, left, right);
    return rz_value_bool(e->op == RZ_OP_LESS         ? order < 0
                         : e->op == RZ_OP_LESS_EQUAL ? order <= 0
                         : e->op == RZ_OP_GREATER    ? order > 0
                                                     : order >= 0);
}

/* An item of a list, a key of a map, a part of a string. */
static struct rz_value is_in(struct rz_evaluation *evaluation, const struct rz_expression *e,
                             const struct rz_value *left, const struct rz_value *right)
{
    if (right->kind == RZ_VALUE_LIST) {
        for (uint32_t i = 0; i < right->count; i++)
            if (!rz_evaluation_spend_value(evaluation, &right->items[i]))
                return rz_value_null();
            else if (rz_value_equal(left, &right->items[i]))
                return rz_value_bool(true);
        return rz_value_bool(false);
    }
    if (!rz_evaluation_spend(evaluation, right->kind > RZ_VALUE_FLOAT ? right->count / 32 : 0, 0))
        return rz_value_null();
    if (left->kind == RZ_VALUE_STRING && right->kind == RZ_VALUE_MAP)
        return rz_value_bool(rz_value_get(right, rz_value_str(left)) != NULL);
    if (left->kind == RZ_VALUE_STRING && right->kind == RZ_VALUE_STRING)
        return rz_value_bool(memmem(right->text, right->count, left->text, left->count) != NULL);
    return mismatch(evaluation, e, left, right);
}

static struct rz_value index_of(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                const struct rz_value *left, const struct rz_value *right)
{
    if (left->kind == RZ_VALUE_NULL && rz_evaluation_forgives(evaluation, e))
        return rz_value_null();
    if (left->kind == RZ_VALUE_MAP && right->kind == RZ_VALUE_STRING) {
        if (!rz_evaluation_spend(evaluation, left->count / 32, 0))
            return rz_value_null();
        const struct rz_value *found = rz_value_get(left, rz_value_str(right));
        if (found)
            return *found;
        if (!rz_evaluation_forgives(evaluation, e))
            rz_evaluation_error(evaluation, e->at, e->width, "the map has no `%.*s`",
                                RZ_STR_ARG(rz_value_str(right)));
        return rz_value_null();
    }
    if (left->kind != RZ_VALUE_LIST || right->kind != RZ_VALUE_INT)
        return mismatch(evaluation, e, left, right);
    int64_t at = right->integer < 0 ? right->integer + left->count : right->integer;
    if (at >= 0 && at < (int64_t)left->count)
        return left->items[at];
    if (!rz_evaluation_forgives(evaluation, e))
        rz_evaluation_error(evaluation, e->at, e->width, "the list has %u items, so none at %lld",
                            left->count, (long long)right->integer);
    return rz_value_null();
}

static struct rz_value arithmetic(struct rz_evaluation *evaluation, const struct rz_expression *e,
                                  const struct rz_value *left, const struct rz_value *right)
{
    if (left->kind == RZ_VALUE_INT && right->kind == RZ_VALUE_INT)
        return operate_ints(evaluation, e, left->integer, right->integer);
    if (is_number(left) && is_number(right))
        return operate_floats(evaluation, e, as_double(left), as_double(right));
    return e->op == RZ_OP_ADD ? add(evaluation, e, left, right)
                              : mismatch(evaluation, e, left, right);
}

static struct rz_value negate(struct rz_evaluation *evaluation, const struct rz_expression *e,
                              const struct rz_value *operand)
{
    if (operand->kind == RZ_VALUE_FLOAT)
        return rz_value_float(-operand->number);
    if (operand->kind != RZ_VALUE_INT)
        return mismatch(evaluation, e, operand, operand);
    return operand->integer == INT64_MIN ? fail_number(evaluation, e, "the number gets too large")
                                         : rz_value_int(-operand->integer);
}

struct rz_value rz_operate(struct rz_evaluation *evaluation, const struct rz_expression *e,
                           const struct rz_value *left, const struct rz_value *right)
{
    switch (e->op) {
    case RZ_OP_NOT: return rz_value_bool(!rz_value_is_true(left));
    case RZ_OP_MINUS: return negate(evaluation, e, left);
    case RZ_OP_EQUAL:
    case RZ_OP_NOT_EQUAL:
        if (!rz_evaluation_spend_value(evaluation, left))
            return rz_value_null();
        return rz_value_bool(rz_value_equal(left, right) == (e->op == RZ_OP_EQUAL));
    case RZ_OP_LESS:
    case RZ_OP_LESS_EQUAL:
    case RZ_OP_GREATER:
    case RZ_OP_GREATER_EQUAL: return compare(evaluation, e, left, right);
    case RZ_OP_IN: return is_in(evaluation, e, left, right);
    case RZ_OP_INDEX: return index_of(evaluation, e, left, right);
    default: return arithmetic(evaluation, e, left, right);
    }
}
