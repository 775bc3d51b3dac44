/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a file, traced back through the history to the commits that brought them. */
#ifndef RZ_PROJECT_BLAME_TRACE_H
#define RZ_PROJECT_BLAME_TRACE_H

#include "project/blame.h"
#include "project/git_internal.h"

/* Where two texts differ, so that a line of the new one is found in the old one. */
struct rz_line_hunk {
    uint32_t begin, end; /* lines of the new text that are new: up to, but not including, `end` */
    int64_t shift;       /* what is behind them has this number more in the old text */
};
struct rz_line_map {
    struct rz_line_hunk *hunks;
    size_t count, capacity;
};

/* `old` NULL: nothing. False where libgit2 fails. Free in any case. */
bool rz_line_map_make(struct rz_line_map *map, const git_blob *old, struct rz_str text);
void rz_line_map_free(struct rz_line_map *map);
/* The number that a line of the new text has in the old one; 0: it is new. */
uint32_t rz_line_map_old(const struct rz_line_map *map, uint32_t line);

struct rz_traced_line {
    uint32_t line; /* of HEAD, from 1 */
    git_oid commit;
};

/* What a trace may take: until context->ticks is `until`, or the run is cancelled. */
struct rz_trace_limits {
    const struct rz_context *context;
    int64_t until;
    size_t blob_max; /* octets */
};

/* Fills in `commit`. False where the history cannot be read to its end within the limits. */
bool rz_trace_lines(struct rz_git *git, const char *path, struct rz_traced_line *lines,
                    size_t count, const struct rz_trace_limits *limits);
/* What a commit has at the path; false: nothing. */
bool rz_trace_blob(const git_commit *commit, const char *path, git_oid *blob);
/* Who made the commit; NULL where it cannot be read. */
const struct rz_blame *rz_blame_of(struct rz_git *git, const git_oid *id, struct rz_arena *arena);
/* What HEAD has at the path (below the root of the repository); NULL: nothing, or there is no commit. */
git_blob *rz_trace_head(struct rz_git *git, const char *path);

#endif
