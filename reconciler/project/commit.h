/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commit a run was made from, for plans and the journal. */
#ifndef RZ_PROJECT_COMMIT_H
#define RZ_PROJECT_COMMIT_H

#define RZ_COMMIT_MAX 65

/* The commit of the working tree that `project_dir` is in, as hexadecimal digits; an empty string
 * where there is none. Reads `.git` itself: running git would run what a hostile repository has in
 * its configuration. */
void rz_project_commit(int project_dir, char commit[RZ_COMMIT_MAX]);

#endif
