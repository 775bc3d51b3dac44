/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of rezone.yaml share. */
#ifndef RZ_PROJECT_PROJECT_INTERNAL_H
#define RZ_PROJECT_PROJECT_INTERNAL_H

#include "language/fields.h"
#include "project/project.h"

/* Whether a node is of a kind; says what it should be where it is not. */
bool rz_project_expect(const struct rz_field_reader *reader, const struct rz_node *node,
                       enum rz_node_kind kind, const char *what);
/* The provider of a name; NULL. */
struct rz_provider_entry *rz_project_entry(struct rz_project *project, const char *name);
/* `vars:` as typed values, in the project's arena; NULL where there are none. */
const struct rz_binding *rz_project_values(struct rz_project *project,
                                           const struct rz_field_reader *reader,
                                           const struct rz_node *map, size_t *count);
/* Notes the names of the environments, and lays the one of `name` (NULL: none) over variables and
 * providers. */
void rz_project_environment(struct rz_project *project, const struct rz_field_reader *reader,
                            const struct rz_node *map, const char *name);
/* Lays `PROVIDER.KEY=VALUE` of the command line over the options of providers; the last wins. */
void rz_project_set(struct rz_project *project, const struct rz_strings *settings,
                    struct rz_diags *diags);

#endif
