/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs under way, as the journal keeps them: what was done last, and when. */
#ifndef RZ_JOURNAL_KEYROLL_H
#define RZ_JOURNAL_KEYROLL_H

#include "journal/journal.h"

struct rz_keyroll {
    const char *zone, *target; /* name without final dot; provider's name */
    const char *kind;          /* "zsk", "ksk", "algorithm" */
    int64_t step;              /* of the kind's, from 0: the last that is begun */
    bool done;                 /* it is, and the waiting has begun */
    int64_t started, since;    /* seconds; since: of `step` */
    int64_t wait, margin;      /* seconds, before the next step; for servers that lag */
    const char *old_keys;      /* DNSSECKEY records at the start, one a line */
};

/* Writes it, in place of the one there is of the zone at that target. Survives a power cut. */
enum rz_status rz_journal_put_keyroll(struct rz_journal *journal, const struct rz_keyroll *rollover,
                                      struct rz_diags *diags);
/* Takes it out: it has ended, or was given up. */
enum rz_status rz_journal_end_keyroll(struct rz_journal *journal, const char *zone,
                                      const char *target, struct rz_diags *diags);
/* All, in the order of zones; texts are valid for the call. */
enum rz_status rz_journal_keyrolls(struct rz_journal *journal,
                                   void (*visit)(void *user, const struct rz_keyroll *rollover),
                                   void *user, struct rz_diags *diags);

#endif
