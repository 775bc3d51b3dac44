/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling people and programs what came of runs: `notify:` of rezone.yaml. Nothing here can make a run
 * fail or wait: what is told goes to threads of its own, and what cannot be delivered is a warning. */
#ifndef RZ_NOTIFY_NOTIFY_H
#define RZ_NOTIFY_NOTIFY_H

#include "project/project.h"

/* What is told of one zone at one target. */
struct rz_notice_zone {
    const char *zone, *target;
    enum rz_event event;
    size_t changes;
    const char *why; /* the first thing that was wrong; NULL: nothing */
};

/* What happened. Each receiver gets the zones that it asks about, as one message whose event is the
 * worst of theirs; none where it asks about none of them, or not about that event. */
struct rz_notice {
    const char *command, *actor, *host, *commit, *plan; /* NULL: not known */
    int64_t run;                                        /* 0: none */
    const struct rz_notice_zone *zones;
    size_t count;
};

struct rz_journal;
struct rz_notifier;
/* NULL where nobody is to be told. A receiver whose secret cannot be had is a warning. What the journal
 * has of earlier messages is sent again, meanwhile; NULL: it is not looked at. */
struct rz_notifier *rz_notifier_open(struct rz_project *project, struct rz_journal *journal,
                                     struct rz_diags *diags);
/* Copies what it needs and returns at once. */
void rz_notifier_tell(struct rz_notifier *notifier, const struct rz_notice *notice);
/* Waits for what is under way, for as long as each receiver's `wait` says; the rest is warned of and kept
 * in the journal, which is opened for that where there is none. */
void rz_notifier_close(struct rz_notifier *notifier, struct rz_diags *diags);

/* All three in one: for commands that tell one thing, such as drift. */
void rz_notify(struct rz_project *project, struct rz_journal *journal,
               const struct rz_notice *notice, struct rz_diags *diags);
/* Whether any receiver asks about the event. */
bool rz_notify_wants(const struct rz_project *project, enum rz_event event);

#endif
