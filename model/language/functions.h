/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of expressions: one table, from which calls are checked and the reference is made. */
#ifndef RZ_LANGUAGE_FUNCTIONS_H
#define RZ_LANGUAGE_FUNCTIONS_H

#include "language/expression.h"

/* A call under way. Arguments are evaluated; results live in evaluation->arena. */
struct rz_call {
    struct rz_evaluation *evaluation;
    const struct rz_function *function;
    const struct rz_value *arguments;
    uint32_t count;
    uint32_t at, width;                 /* of the call, for diagnostics */
    const struct rz_bindings *bindings; /* for what depends on the zone */
};

struct rz_function {
    const char *name;
    const char *kinds; /* a letter an argument: s string, i whole number, n number, l list, m map,
                            b boolean, a any; behind `?` optional ones; a final `*` repeats the last.
                            `~` alone: one of any kind, null where it names what does not exist */
    const char *signature, *summary; /* for the reference: "split(text, separator) → list" */
    const char *example, *result; /* an expression and its value as JSON; tests run it in the zone
                                        example.com with the files of tests/corpus/functions */
    struct rz_value (*call)(struct rz_call *call);
};

#define RZ_CALL_ARGUMENTS_MAX 16

/* All groups of functions; each ends with a row without a name, the list with NULL. */
extern const struct rz_function *const rz_function_groups[];
extern const char *const rz_function_group_titles[]; /* of the same groups, for the reference */
const struct rz_function *rz_function_find(struct rz_str name);
/* Checks number and kinds of the arguments, then calls. */
struct rz_value rz_function_call(struct rz_call *call);

/* Fails the call: null, with a diagnostic that names the function. */
struct rz_value rz_call_fail(struct rz_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A string in the evaluation's arena, its octets counted. */
struct rz_value rz_call_text(struct rz_call *call, struct rz_str text);
/* The same of a buffer; fails where its limit was passed. */
struct rz_value rz_call_buffer(struct rz_call *call, const struct rz_buffer *text);
/* Room for a list of `count` items. NULL where the budget is used up. */
struct rz_value *rz_call_items(struct rz_call *call, size_t count);
struct rz_value rz_call_list(struct rz_call *call, const struct rz_value *items, size_t count);
/* The same for a map's entries. */
struct rz_entry *rz_call_entries(struct rz_call *call, size_t count);
struct rz_value rz_call_map(struct rz_call *call, const struct rz_entry *entries, size_t count);

/* Why a pattern may take the machine when it is compiled or matched, a sentence part; NULL where it is
 * harmless. That it can be read at all is left to regcomp. */
const char *rz_pattern_check(struct rz_str text);

#endif
