/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests written in templates: arguments, and what the template must give for them, or which error. */
#ifndef RZ_LANGUAGE_TEMPLATE_TEST_H
#define RZ_LANGUAGE_TEMPLATE_TEST_H

#include "language/template.h"
#include "language/zone_document.h"

/* One test that was run. Texts live in the arena of the list. */
struct rz_template_outcome {
    const char *name; /* as written, else "test 2" */
    uint32_t line;
    const char *why; /* lines that tell what differs; NULL: it passed */
};
struct rz_template_outcomes {
    struct rz_arena arena;
    struct rz_template_outcome *items;
    size_t count, capacity, failed;
};

/* Runs all tests of a template and adds what came of them. `options`: as for a native zone of the project;
 * apex and format are the test's. RZ_INVALID where a test is malformed, which `diags` says; the others
 * are run. */
enum rz_status rz_template_test(struct rz_template_outcomes *outcomes,
                                const struct rz_template *template,
                                const struct rz_zone_document_options *options,
                                struct rz_diags *diags);
void rz_template_outcomes_free(struct rz_template_outcomes *outcomes);

/* Applies a template that no zone uses to an empty zone, where each of its parameters may be left out.
 * What an extender might still provide is a warning; other errors are errors. */
void rz_template_check_alone(const struct rz_template *template,
                             const struct rz_zone_document_options *options,
                             struct rz_diags *diags);

extern const struct rz_field rz_template_test_fields[];

#endif
