/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who extends which template: read from the `extends` of zones and templates, nothing is applied. */
#ifndef RZ_LANGUAGE_TEMPLATE_USES_H
#define RZ_LANGUAGE_TEMPLATE_USES_H

#include "language/template.h"

/* One entry of an `extends`. */
struct rz_template_use {
    const char *path; /* the file that has it */
    uint32_t line, column;
    const char *request;                /* as written: "web", "web@2" */
    const struct rz_template *template; /* what it means now; NULL: none fits */
    const struct rz_template *by;       /* the template that extends; NULL: a zone does */
    const char *zone; /* that zone, without final dot; the same pointer for all its uses */
};

struct rz_template_uses {
    struct rz_arena arena;
    struct rz_template_use *items;
    size_t count, capacity;
};

/* Adds what the templates themselves extend; to be called before any zone is added. */
void rz_template_uses_of_templates(struct rz_template_uses *uses,
                                   const struct rz_templates *templates);
/* Adds what a native zone document extends. RZ_INVALID where the file is no YAML. Errors in the shape of
 * `extends` are not reported: loading the zone does that. */
enum rz_status rz_template_uses_of_zone(struct rz_template_uses *uses,
                                        const struct rz_templates *templates,
                                        const struct rz_source *source, const char *zone,
                                        struct rz_diags *diags);
void rz_template_uses_free(struct rz_template_uses *uses);

/* Which templates a zone has, directly or through others: sets `reached` (one for each template) for
 * the uses from `first` on that are of the same zone, and returns the index behind them. */
size_t rz_template_uses_reach(const struct rz_template_uses *uses,
                              const struct rz_templates *templates, size_t first, bool *reached);
/* How many zones have each template, directly or through others; `counts` has one for each template. */
void rz_template_uses_count(const struct rz_template_uses *uses,
                            const struct rz_templates *templates, size_t *counts);

#endif
