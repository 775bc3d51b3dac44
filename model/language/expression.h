/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions: total, pure and bounded. A text is parsed into a tree once and evaluated in scopes as
 * often as wanted. */
#ifndef RZ_LANGUAGE_EXPRESSION_H
#define RZ_LANGUAGE_EXPRESSION_H

#include "language/value.h"

#define RZ_EXPRESSION_DEPTH_MAX 64
#define RZ_EXPRESSION_STEPS_MAX 1000000              /* of one zone */
#define RZ_EXPRESSION_OCTETS_MAX ((size_t)256 << 20) /* of all values of one zone */

struct rz_expression; /* lives in the arena it was parsed into; may be shared between threads */

/* A name and its value; scopes are asked from the inside out. */
struct rz_binding {
    struct rz_str name;
    struct rz_value value;
};
struct rz_bindings {
    const struct rz_bindings *outer; /* NULL: the outermost */
    const struct rz_binding *items;
    size_t count;
};

/* Where an expression stands: for diagnostics. */
struct rz_expression_place {
    const struct rz_source *source;
    const struct rz_node *node; /* the scalar it is in */
    const char *chain;          /* through which templates; NULL: none */
};

/* What one zone's evaluations share. */
struct rz_evaluation {
    struct rz_arena *arena;
    struct rz_diags *diags;
    size_t steps, octets;         /* used so far */
    int project_dir;              /* of file(), json(), yaml(), csv(); -1: none */
    const char *const *allow_env; /* names env() may read, ends in NULL; NULL: none */
    size_t allow_env_count;
    struct rz_expression_place place; /* of the expression under way */
    bool failed;
    /* Told of each file and environment variable that was read, for caches; NULL: nobody asks. The
     * content is that of the file or variable; its data is NULL where there is none. */
    void (*input)(void *user, const char *kind, struct rz_str name, struct rz_str content);
    void *input_user;
    /* Private: */
    const struct rz_expression
        *forgiven; /* may name what does not exist: the left side of a `??` */
    bool absent;   /* failed only since that did not exist */
};

/* Parses `text` from `*at` on, up to an unbalanced `}` or the end, and leaves `*at` there. NULL, with a
 * diagnostic at `place`, where it is no expression. */
const struct rz_expression *rz_expression_parse(struct rz_arena *arena, struct rz_str text,
                                                size_t *at, const struct rz_expression_place *place,
                                                struct rz_diags *diags);
/* The value; null, with evaluation->failed set and a diagnostic, where there is none. */
struct rz_value rz_expression_evaluate(struct rz_evaluation *evaluation,
                                       const struct rz_expression *expression,
                                       const struct rz_bindings *bindings);

/* A diagnostic at octet `offset` of the expression's text. */
struct rz_diag *rz_evaluation_error(struct rz_evaluation *evaluation, size_t offset, size_t width,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Counts work; false where the budget is used up (said once). */
bool rz_evaluation_spend(struct rz_evaluation *evaluation, size_t steps, size_t octets);
/* The same for a walk through a whole value: values share their parts, so that a small one may be
 * huge when written out. To be asked before rz_value_json, rz_value_to_node and the like. */
bool rz_evaluation_spend_value(struct rz_evaluation *evaluation, const struct rz_value *value);
const struct rz_value *rz_bindings_find(const struct rz_bindings *bindings, struct rz_str name);

#endif
