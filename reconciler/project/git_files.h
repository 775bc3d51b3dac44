/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The project's files as a revision has them, in a directory of their own for as long as they are needed. */
#ifndef RZ_PROJECT_GIT_FILES_H
#define RZ_PROJECT_GIT_FILES_H

#include "project/git.h"

#define RZ_GIT_FILES_MAX 100000
#define RZ_GIT_FILES_OCTETS_MAX ((uint64_t)1 << 30)

struct rz_git_files {
    int dir; /* descriptor; -1: there are none */
    char path[512];
};

/* Writes what the revision has below the project: regular files alone, under names that lead nowhere else.
 * False with RZ5507 where that fails or is too much. rz_git_files_remove() in any case. */
bool rz_git_files_write(struct rz_git_files *files, struct rz_git *git, struct rz_diags *diags);
void rz_git_files_remove(struct rz_git_files *files);

#endif
