/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who last touched lines of a file, by the history of the repository around the project. As in git.h, no
 * program is run. */
#ifndef RZ_PROJECT_BLAME_H
#define RZ_PROJECT_BLAME_H

#include "project/git.h"

struct rz_blame {
    const char *commit; /* hexadecimal digits; NULL: not committed yet, and no other member */
    const char *author; /* the name alone */
    const char *subject;
    int64_t time; /* of the commit, seconds since 1970 */
};

/* Lines that give one thing: `first` and what is indented below it. */
struct rz_blame_lines {
    uint32_t first;
    const struct rz_blame *blame; /* out: of the newest commit among them; NULL: not known */
};

struct rz_blame_query {
    const struct rz_context *context;
    int64_t until;                /* when context->ticks is that, it is given up */
    const char *path;             /* below the project */
    struct rz_blame_lines *lines; /* in ascending order */
    size_t count;
};

/* An RRset that a zone's file and templates no longer give, or no longer give all of. */
struct rz_loss {
    const struct rz_rrset *lost;  /* as it was */
    const struct rz_rrset *now;   /* what is left; NULL: nothing */
    const struct rz_blame *blame; /* out: of the newest commit that took it away; NULL: none did */
};

struct rz_loss_query {
    const struct rz_context *context;
    int64_t until; /* as above */
    struct rz_project *project;
    const struct rz_zone_entry *entry; /* the zone whose history is looked at */
    struct rz_loss *losses;
    size_t count;
};

#define RZ_BLAME_FILE_MAX ((size_t)8 << 20)
#define RZ_BLAME_TEXT_MAX 120 /* characters of a name or subject */

/* Fills in the lines of one file. What it gives lives in `arena`. False where the file cannot be read or
 * traced in time, or is larger than RZ_BLAME_FILE_MAX. */
bool rz_blame_file(struct rz_git *git, const struct rz_blame_query *query, struct rz_arena *arena);
/* Fills in the losses of one zone, by loading what it was: its file (versions larger than RZ_BLAME_FILE_MAX count as
 * empty) and templates as they were, with the rezone.yaml and data files of today. False where the time ran out. */
bool rz_blame_losses(struct rz_git *git, const struct rz_loss_query *query, struct rz_arena *arena);
/* Whether the repository lacks the beginning of its history, so that its oldest commit would be blamed for
 * everything. */
bool rz_blame_is_cut_off(struct rz_git *git);

#endif
