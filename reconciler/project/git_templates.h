/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates as commits had them. */
#ifndef RZ_PROJECT_GIT_TEMPLATES_H
#define RZ_PROJECT_GIT_TEMPLATES_H

#include "project/git_internal.h"

#define RZ_GIT_TEMPLATES_OCTETS_MAX ((uint64_t)32 << 20) /* of one commit; the rest is left out */

/* The tree of the project's templates in a commit; zero: it has none. */
void rz_git_templates_find(struct rz_git *git, git_commit *commit, git_oid *tree);
/* What can be read of them; the zero tree has none. Valid until a few others have been asked for: it does not
 * grow with the history. */
const struct rz_templates *rz_git_templates(struct rz_git *git, const git_oid *tree);
/* NULL is fine. */
void rz_git_templates_free(struct rz_git_templates *kept);

#endif
