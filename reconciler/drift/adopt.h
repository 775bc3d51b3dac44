/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking over into the files what is live. */
#ifndef RZ_DRIFT_ADOPT_H
#define RZ_DRIFT_ADOPT_H

#include "drift/drift.h"

/* What became of one RRset. Pointers live in the drift's zones and in `arena` of the list. */
struct rz_adoption {
    const struct rz_drift_zone *zone;
    const struct rz_drift_rrset *rrset;
    bool adopted;
    const char *how; /* adopted: the file; else why not, a sentence part */
};

struct rz_adoptions {
    struct rz_arena arena;
    struct rz_adoption *items;
    size_t count, capacity;
    size_t adopted;
};

/* Writes the live value of each RRset that drifted (or differs, where nobody knows who moved; or, with
 * `force`, where both did) into the zone's own file. Each edit is proved by loading the result: it must
 * give exactly the live RRset and leave all others; what cannot be said so is left and named. A file is
 * replaced whole, once, and only if it is still what was read. Snapshots agree afterwards. Free the
 * list in any case. */
void rz_drift_adopt(struct rz_adoptions *adoptions, const struct rz_drift *drift,
                    struct rz_project *project, struct rz_journal *journal, bool force,
                    struct rz_diags *diags);
void rz_adoptions_free(struct rz_adoptions *adoptions);

#endif
