/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics: everything rezone has to tell a person about their input or about a server.
 * Made where the facts are, collected in a list, printed by reconciler/report alone. */
#ifndef RZ_SUPPORT_DIAG_H
#define RZ_SUPPORT_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "support/arena.h"
#include "support/codes.h"
#include "support/status.h"

enum rz_severity { RZ_NOTE, RZ_WARNING, RZ_ERROR };

/* A text with a name, to show the offending line of. Must outlive the calls that name it, not the
 * diagnostics: the line is copied. */
struct rz_source {
    const char *name; /* path as the user wrote it, relative to the project */
    struct rz_str text;
};

/* A place in a source. Line and column count from 1 (columns in characters); 0 is "not known". */
struct rz_place {
    const struct rz_source *source; /* may be NULL: then `name` may still say the file or server */
    const char *name;
    uint32_t line, column;
    uint32_t width; /* characters to underline; 0: 1 */
};

struct rz_diag {
    enum rz_severity severity;
    enum rz_code code;
    const char *file; /* NULL: no place */
    uint32_t line, column, width;
    const char *excerpt; /* the line's text, NULL where unknown */
    const char *message;
    const char *hint; /* NULL: none */
    const char
        *related; /* a second place in words, "first given at zones/a.yaml:3:5", NULL: none */
};

/* At most RZ_DIAGS_MAX are kept, the rest counted. Thread-confined: merge with rz_diags_take(). */
#define RZ_DIAGS_MAX 1000

/* All zero is a valid empty list. */
struct rz_diags {
    struct rz_arena arena;
    struct rz_diag *items;
    size_t count, capacity;
    size_t errors, warnings; /* all, including those not kept */
    struct {
        const char *text, *start;
        size_t size;
        uint32_t line;
    } seek; /* where the last excerpt was found; private */
};

/* Adds a diagnostic and returns it, so that hint and related can be set with the calls below.
 * The severity is the code's own (codes.c) unless rz_diag_set_severity changes it. Never NULL; the
 * calls below take NULL and then do nothing, so that a check may be told to be silent. */
struct rz_diag *rz_diags_add(struct rz_diags *diags, enum rz_code code, struct rz_place place,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));
void rz_diag_hint(struct rz_diags *diags, struct rz_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rz_diag_related(struct rz_diags *diags, struct rz_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Changes the severity (and the counts with it). */
void rz_diag_set_severity(struct rz_diags *diags, struct rz_diag *diag, enum rz_severity severity);
/* Moves all of `from` behind those of `to`; `from` is empty afterwards. */
void rz_diags_take(struct rz_diags *to, struct rz_diags *from);
/* By file, line, column, stable. */
void rz_diags_sort(struct rz_diags *diags);
void rz_diags_free(struct rz_diags *diags);

/* A place that is only a name: a server, a file as a whole. */
static inline struct rz_place rz_place_named(const char *name)
{
    return (struct rz_place){.name = name};
}

#endif
