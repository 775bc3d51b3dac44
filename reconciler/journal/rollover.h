/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs under way, as the journal keeps them: what was done last, and when. */
#ifndef RZ_JOURNAL_ROLLOVER_H
#define RZ_JOURNAL_ROLLOVER_H

#include "journal/journal.h"

struct rz_rollover_row {
    const char *zone, *target; /* name without final dot; provider's name */
    const char *kind;          /* of rz_rollover_kinds */
    int64_t step;              /* of the kind's, from 0: the last that is begun */
    bool done;                 /* it is, and the waiting has begun */
    int64_t started, since;    /* seconds; since: of `step` */
    int64_t wait;   /* seconds, after `step`; while it is not done the longest TTL of DS seen */
    int64_t margin; /* seconds, for servers that lag */
    const char *old_keys; /* DNSSECKEY records at the start, one a line */
    const char *new_keys; /* the same of keys that take over and were there before a step brought
                                  them; "" none */
};

/* Writes it, in place of the one there is of the zone at that target. Survives a power cut. */
enum rz_status rz_journal_put_rollover(struct rz_journal *journal,
                                       const struct rz_rollover_row *rollover,
                                       struct rz_diags *diags);
/* Takes it out: it has ended, or was given up. */
enum rz_status rz_journal_end_rollover(struct rz_journal *journal, const char *zone,
                                       const char *target, struct rz_diags *diags);
/* All, in the order of zones; texts are valid for the call. */
enum rz_status rz_journal_rollovers(struct rz_journal *journal,
                                    void (*visit)(void *user,
                                                  const struct rz_rollover_row *rollover),
                                    void *user, struct rz_diags *diags);

#endif
