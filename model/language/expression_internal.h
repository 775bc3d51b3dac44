/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of an expression, shared by parser and evaluator. */
#ifndef RZ_LANGUAGE_EXPRESSION_INTERNAL_H
#define RZ_LANGUAGE_EXPRESSION_INTERNAL_H

#include "language/expression.h"

enum rz_operator {
    RZ_OP_LITERAL,
    RZ_OP_NAME,
    RZ_OP_LIST,
    RZ_OP_MAP,
    RZ_OP_CALL,
    RZ_OP_FIELD,
    RZ_OP_INDEX,
    RZ_OP_NOT,
    RZ_OP_MINUS,
    RZ_OP_MULTIPLY,
    RZ_OP_DIVIDE,
    RZ_OP_MODULO,
    RZ_OP_ADD,
    RZ_OP_SUBTRACT,
    RZ_OP_LESS,
    RZ_OP_LESS_EQUAL,
    RZ_OP_GREATER,
    RZ_OP_GREATER_EQUAL,
    RZ_OP_EQUAL,
    RZ_OP_NOT_EQUAL,
    RZ_OP_IN,
    RZ_OP_AND,
    RZ_OP_OR,
    RZ_OP_COALESCE,
    RZ_OP_CONDITION,
    RZ_OP_COMPREHENSION,
    RZ_OP_TEXT,
};

struct rz_function;

struct rz_expression {
    uint8_t op;         /* enum rz_operator */
    uint32_t at, width; /* in the scalar's text, counted from where the expression begins */
    uint32_t count;     /* children */
    uint32_t depth;     /* of the tree below and with it: evaluation recurses that far */
    struct rz_value literal;
    struct rz_str name, second; /* a name or field; a comprehension's variables */
    const struct rz_function *function;
    const struct rz_expression **children;
    const struct rz_str *keys; /* of a map */
};

#define RZ_EXPRESSION_TREE_DEPTH_MAX 256
#define RZ_EXPRESSION_NODES_MAX 10000

/* expression_place.c: the place of octet `offset` of the scalar's text; the scalar's own place where
 * that cannot be told. */
struct rz_place rz_expression_place_at(const struct rz_expression_place *place, size_t offset,
                                       size_t width);
/* What `expression` names does not exist: true, without a diagnostic to come, where it stands left of a
 * `??`. */
bool rz_evaluation_forgives(struct rz_evaluation *evaluation,
                            const struct rz_expression *expression);

/* operators.c: both operands are evaluated. */
struct rz_value rz_operate(struct rz_evaluation *evaluation, const struct rz_expression *expression,
                           const struct rz_value *left, const struct rz_value *right);

#endif
