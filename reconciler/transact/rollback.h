/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undoing a run that was journaled, and mending one that was killed: what its zones are now, and the
 * plan that leads back or forward from there. */
#ifndef RZ_TRANSACT_ROLLBACK_H
#define RZ_TRANSACT_ROLLBACK_H

#include "transact/transact.h"

/* What a zone is, compared with before and after of a run. */
enum rz_found {
    RZ_FOUND_OLD, /* wholly as before */
    RZ_FOUND_NEW, /* wholly as after */
    RZ_FOUND_MIXED,
    RZ_FOUND_FOREIGN, /* somebody else has changed RRsets of the run since */
    RZ_FOUND_UNREAD,  /* cannot be read */
};
const char *rz_found_text(enum rz_found found);

struct rz_found_zone {
    char zone[RZ_NAME_TEXT_MAX];
    char target[256];
    enum rz_found found;
    size_t before, after, other; /* RRsets of the run; the zone itself is not counted */
    bool planned;                /* is in the plan, at `index` */
    size_t index;
    bool open;                 /* the run did not end well here */
    char detail[160];          /* for the journal */
    struct rz_zone_plan *done; /* what the run did or wanted to do */
};

struct rz_mend_options {
    int64_t run;
    bool forward;              /* finish it; else undo it */
    bool only_open;            /* only zones that the run left open */
    bool force;                /* overwrite what others changed since */
    const char *zone, *target; /* only this one; NULL: all */
};

/* The way from what is live to before or after of a run. */
struct rz_mend {
    struct rz_mend_options options;
    struct rz_plan plan;
    struct rz_found_zone *zones;
    size_t count, capacity;
};

/* Reads the run's zones and plans. Each zone's state is said in a note. A zone in which others have
 * changed the same RRsets is reported and left out, unless `force`: RZ_REFUSED, and the plan has the
 * other zones. The same with zones that cannot be read and that status. Free in any case. */
enum rz_status rz_mend_plan(struct rz_mend *mend, struct rz_project *project,
                            struct rz_journal *journal, const struct rz_mend_options *options,
                            struct rz_diags *diags);
void rz_mend_free(struct rz_mend *mend);

/* Transacts the plan; the run's zones are settled with it. `options` as for rz_transact, but what
 * is about the run that is mended is set here. */
enum rz_status rz_mend_transact(struct rz_run_result *result, struct rz_project *project,
                                struct rz_journal *journal, const struct rz_mend *mend,
                                struct rz_transact_options options, struct rz_diags *diags);

#endif
