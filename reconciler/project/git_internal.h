/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of the repository share. */
#ifndef RZ_PROJECT_GIT_INTERNAL_H
#define RZ_PROJECT_GIT_INTERNAL_H

#include <git2.h>

#include "project/git.h"

struct rz_git_templates;

struct rz_git {
    git_repository *repository;
    git_tree *tree;                     /* of the revision that was asked for; NULL: none */
    char *prefix;                       /* of the project below the work tree: "dns/" */
    struct rz_git_templates *templates; /* what git_templates.c keeps; NULL: nothing yet */
};

#endif
