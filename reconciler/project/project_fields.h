/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field tables of rezone.yaml, from which its schema is made too. */
#ifndef RZ_PROJECT_PROJECT_FIELDS_H
#define RZ_PROJECT_PROJECT_FIELDS_H

#include "language/fields.h"

extern const struct rz_field rz_project_fields[];
extern const struct rz_field rz_project_source_fields[];
extern const struct rz_field rz_project_rule_fields[];
extern const struct rz_field rz_project_environment_fields[];

#endif
