/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typed parameters of templates. */
#ifndef RZ_LANGUAGE_PARAMETER_H
#define RZ_LANGUAGE_PARAMETER_H

#include "language/variables.h"

enum rz_parameter_type {
    RZ_PARAM_STRING,
    RZ_PARAM_BOOL,
    RZ_PARAM_INT,
    RZ_PARAM_FLOAT,
    RZ_PARAM_DURATION,
    RZ_PARAM_SIZE,
    RZ_PARAM_IPV4,
    RZ_PARAM_IPV6,
    RZ_PARAM_IP,
    RZ_PARAM_CIDR,
    RZ_PARAM_NAME,
    RZ_PARAM_LABEL,
    RZ_PARAM_EMAIL,
    RZ_PARAM_URL,
    RZ_PARAM_LIST,
    RZ_PARAM_MAP,
    RZ_PARAM_ANY,
};

struct rz_parameter {
    const char *name;
    int type; /* enum rz_parameter_type */
    bool required, has_minimum, has_maximum;
    double minimum, maximum;  /* of numbers and durations; of lists and strings: their length */
    struct rz_value fallback; /* `default`; null: none */
    const struct rz_node *fallback_node; /* where it stands; NULL: none */
    struct rz_value choices;             /* `enum`, a list; null: any */
    const char *pattern;                 /* extended regular expression, anchored; NULL: any */
    const char *description;
    const struct rz_parameter *of; /* of a list: one, its items; of a map: its fields or values */
    size_t of_count;
    bool of_fields;             /* `of` are named fields of each item or of the map */
    const struct rz_node *node; /* the whole row, for diagnostics */
};

/* Reads `params:`, a map of names to types or to maps. Errors of all rows at once; defaults are
 * converted and checked too. */
enum rz_status rz_parameters_load(struct rz_arena *arena, const struct rz_source *source,
                                  const struct rz_node *map, struct rz_parameter **parameters,
                                  size_t *count, struct rz_diags *diags);

/* Converts a value to the parameter's type and checks it. False with `*why`, a sentence part that names
 * the expected type and the value seen, in the arena. */
bool rz_parameter_convert(struct rz_arena *arena, const struct rz_parameter *parameter,
                          struct rz_value *value, const char **why);

/* "ipv4", "list": as templates write it. */
const char *rz_parameter_type_text(int type);
extern const struct rz_field rz_parameter_fields[];

#endif
