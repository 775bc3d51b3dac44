/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `${…}` in keys and values; `$${` is a literal `${`. */
#ifndef RZ_LANGUAGE_VARIABLES_H
#define RZ_LANGUAGE_VARIABLES_H

#include "language/expression.h"
#include "language/zone_document.h"

/* What texts of one file are expanded with. */
struct rz_scope {
    struct rz_evaluation *evaluation; /* its arena takes the expanded nodes */
    const struct rz_bindings *bindings;
    const struct rz_source *source;
    const char *chain; /* through which templates the file is used; NULL: directly */
    bool failed;
};

/* Whether the node or one below it has a `${`. */
bool rz_has_variables(const struct rz_node *node);
/* The node with expressions replaced by their values; the node itself where there are none. A scalar
 * that is one expression becomes whatever the value is, a list, a map or nothing too. What cannot be
 * replaced is reported and left out, and scope->failed set. */
const struct rz_node *rz_scope_expand(struct rz_scope *scope, const struct rz_node *node);
/* The value of a scalar that is an expression as a whole (`when`, `assert`). Null where it has none,
 * and scope->failed set. */
struct rz_value rz_scope_evaluate(struct rz_scope *scope, const struct rz_node *node);
/* The same of the part of the scalar from octet `at` on. */
struct rz_value rz_scope_evaluate_from(struct rz_scope *scope, const struct rz_node *node,
                                       size_t at);
/* A node's value after expansion: what `vars` and arguments are. */
struct rz_value rz_scope_value(struct rz_scope *scope, const struct rz_node *node);

#endif
