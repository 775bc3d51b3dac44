/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates: loaded once, read-only and shared by threads afterwards. */
#ifndef RZ_LANGUAGE_TEMPLATE_H
#define RZ_LANGUAGE_TEMPLATE_H

#include "language/parameter.h"
#include "support/hash.h"

#define RZ_TEMPLATES_DIRECTORY "templates" /* of a project */

struct rz_template {
    const char *name; /* "mail/google" */
    uint64_t version; /* 1 where none is said */
    const char *path; /* below the project */
    struct rz_source source;
    struct rz_hash digest; /* of its text */
    const char *description, *deprecated;
    const struct rz_node *root;
    const struct rz_node *extends, *rules, *vars, *ttl, *nameservers, *soa, *records, *each,
        *groups, *checks, *dnssec, *tests;
    struct rz_parameter *params;
    size_t param_count;
    bool override; /* may replace what unrelated templates gave */
};

struct rz_templates {
    struct rz_arena arena;
    struct rz_template *items; /* by name, then version falling */
    size_t count, capacity;
};

/* Reads all templates below `directory` (a missing one is no error). All errors of all files at once;
 * RZ_INVALID when there was any. */
enum rz_status rz_templates_load(struct rz_templates *templates, int project_dir,
                                 const char *directory, struct rz_diags *diags);
/* One more, from a text that is no file yet; `path` is what it would be, below `directory`. Replaces
 * none. */
enum rz_status rz_templates_add(struct rz_templates *templates, const char *directory,
                                const char *path, struct rz_str text, struct rz_diags *diags);
void rz_templates_free(struct rz_templates *templates);

/* "web", "web@2", "web@>=2", "mail.google": the newest that fits; NULL where there is none. */
const struct rz_template *rz_templates_find(const struct rz_templates *templates,
                                            struct rz_str request);
/* The nearest name, for hints; NULL. */
const char *rz_templates_nearest(const struct rz_templates *templates, struct rz_str request);

extern const struct rz_field rz_template_fields[];

#endif
