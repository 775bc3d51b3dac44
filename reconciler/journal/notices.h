/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of `notify:` that could not be delivered yet. The journal keeps them, bounded, for the next
 * command that tells something. Nothing in them is a secret. */
#ifndef RZ_JOURNAL_NOTICES_H
#define RZ_JOURNAL_NOTICES_H

#include "journal/journal.h"

#define RZ_NOTICES_KEPT 100                     /* of one receiver; the oldest go first */
#define RZ_NOTICES_AGE ((int64_t)7 * 24 * 3600) /* seconds */

struct rz_kept_notice {
    const char *receiver; /* hash of what it is in rezone.yaml */
    const char *message;  /* id, the same in every try */
    const char *shown;    /* the receiver, for people */
    const char *event, *why;
    const char *subject, *body, *json;
    int64_t run, created; /* run 0: none */
    int64_t tries;        /* commands that did not get it through */
};

/* Keeps a message, or notes another try of one that is kept; what is too old or too many goes. Nothing
 * with `state: none`. */
enum rz_status rz_journal_keep_notice(struct rz_journal *journal,
                                      const struct rz_kept_notice *notice, struct rz_diags *diags);
/* It was delivered, or never will be. */
enum rz_status rz_journal_drop_notice(struct rz_journal *journal, const char *receiver,
                                      const char *message, struct rz_diags *diags);
/* Those of a receiver (NULL: of all), the oldest first. */
enum rz_status rz_journal_notices(struct rz_journal *journal, const char *receiver,
                                  void (*visit)(void *user, const struct rz_kept_notice *notice),
                                  void *user, struct rz_diags *diags);

#endif
