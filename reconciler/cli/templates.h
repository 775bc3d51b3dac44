/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the `template` commands share: the project's templates and who uses them. */
#ifndef RZ_CLI_TEMPLATES_H
#define RZ_CLI_TEMPLATES_H

#include "cli/cli.h"
#include "language/template_uses.h"

struct rz_template_view {
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_template_uses uses; /* of templates, then zone by zone */
    size_t *zone_counts;          /* how many zones have each template, directly or not */
};

/* Loads the project, its templates, and what all zones extend. False with diagnostics; close in any
 * case. */
bool rz_template_view_open(struct rz_cli *cli, struct rz_template_view *view);
void rz_template_view_close(struct rz_template_view *view);

/* The template that "web" or "web@2" means; NULL with a diagnostic. `single`: a name without version
 * must not leave several to choose from. */
const struct rz_template *rz_template_view_find(struct rz_cli *cli,
                                                const struct rz_template_view *view,
                                                const char *request, bool single);
/* "web@2" */
const char *rz_template_label(struct rz_cli *cli, const struct rz_template *template);
/* "zones/example.com.yaml:2:11" */
const char *rz_template_use_place(struct rz_cli *cli, const struct rz_template_use *use);
/* The names of a template's groups, ", " between them; "" where there are none. */
const char *rz_template_groups(struct rz_cli *cli, const struct rz_template *template);

#endif
