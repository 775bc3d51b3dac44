/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The repository around the project, read with libgit2: no program is run, so that nothing which a
 * hostile repository configures (fsmonitor, hooks, filters, textconv, pagers) is either. */
#ifndef RZ_PROJECT_GIT_H
#define RZ_PROJECT_GIT_H

#include "project/project.h"

struct rz_git;

/* Opens the repository and looks `revision` up: a branch, tag, commit, `HEAD~2`, or `main...` for where
 * HEAD left main; NULL: none. NULL with a diagnostic: RZ5501, RZ5502. */
struct rz_git *rz_git_open(const char *revision, struct rz_diags *diags);
void rz_git_close(struct rz_git *git);
/* Whether the file (below the project) has this content in the revision. */
bool rz_git_has(struct rz_git *git, const char *path, struct rz_str content);

/* Fills `chosen` with those of `zones` of which an input differs from the revision: the file itself, a template it
 * is made by, a file that either reads, rezone.yaml. What git does not know counts as different.
 * The entries borrow from `zones`; free the list before that. */
enum rz_status rz_git_select(struct rz_zone_list *chosen, struct rz_project *project,
                             const struct rz_zone_list *zones, const char *revision,
                             struct rz_diags *diags);

#endif
