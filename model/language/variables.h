/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain variables: `${name}` in keys and values; `$${` is a literal `${`. */
#ifndef RZ_LANGUAGE_VARIABLES_H
#define RZ_LANGUAGE_VARIABLES_H

#include "language/zone_document.h"

/* Scopes that are asked in turn. */
struct rz_scope {
    struct rz_variables scopes[4];
    size_t count;
    const struct rz_source *source;
    struct rz_arena *arena; /* expanded nodes */
    struct rz_diags *diags;
    size_t octets; /* of all expanded values so far */
    bool failed;
};

/* Whether the node or one below it has a `${`. */
bool rz_has_variables(const struct rz_node *node);
/* The node with variables replaced; the node itself where there are none. What cannot be replaced is
 * reported and left out, and scope->failed set. */
const struct rz_node *rz_scope_expand(struct rz_scope *scope, const struct rz_node *node);

#endif
