/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues: the zones of one plan, which several processes take one by one. They are in the journal's
 * database, in PostgreSQL alone. A zone is in the hand of the run that took it while that run is alive
 * (journal.h); then it is lost, and the next one that takes it looks first what became of it. */
#ifndef RZ_JOURNAL_QUEUE_H
#define RZ_JOURNAL_QUEUE_H

#include "journal/journal.h"

enum rz_queue_state {
    RZ_QUEUE_WAITING,
    RZ_QUEUE_TAKEN,
    RZ_QUEUE_LOST, /* taken by a process that is gone */
    RZ_QUEUE_COMMITTED,
    RZ_QUEUE_ROLLED_BACK,
    RZ_QUEUE_FAILED,  /* nothing was changed */
    RZ_QUEUE_REFUSED, /* the same, by a safety rule */
    RZ_QUEUE_UNKNOWN, /* `rezone recover` says what it is */
    RZ_QUEUE_STATES,
};
extern const char *const rz_queue_state_texts[RZ_QUEUE_STATES + 1]; /* ends with NULL */

/* A queue as it is at one moment. */
struct rz_queue {
    int64_t id, created; /* created: seconds */
    const char *plan_id, *actor, *host, *commit, *reason;
    const char *status; /* "open", "stopped", "cancelled", "done", "failed" */
    size_t counts[RZ_QUEUE_STATES];
    size_t workers; /* alive */
};

/* Where a queue stands, for one that works it off. */
struct rz_queue_view {
    int64_t id;
    size_t counts[RZ_QUEUE_STATES];
    size_t ready; /* could be taken now */
    bool open;    /* zones are given away */
    bool ended;   /* nothing will be any more, and nobody has one in hand */
};

/* A zone that was taken. */
struct rz_queue_item {
    size_t number;    /* place in the plan */
    int64_t lost_run; /* it was taken from this dead run; 0: it was waiting */
    int64_t attempts; /* this one too */
    bool open;        /* false: the queue was stopped; it is to be mended and given back */
    bool journaled;   /* the dead run has the zone in the journal, as `left` */
    enum rz_zone_state left;
    int64_t left_by; /* the run that left it so */
};

bool rz_journal_has_queues(const struct rz_journal *journal);

/* How a queue is made. */
struct rz_queue_origin {
    const char *actor, *host;
    const size_t
        *waves;     /* of each zone, from 0; one begins when all of the one before are committed */
    uint64_t pause; /* seconds between waves */
};
/* Finds the queue of the plan, or makes it with all its zones. RZ_REFUSED: the plan was applied before, or
 * another one has its id. */
enum rz_status rz_queue_put(struct rz_journal *journal, const struct rz_plan *plan,
                            const struct rz_queue_origin *origin, int64_t *queue, bool *made,
                            struct rz_diags *diags);
/* The queue of a plan; 0: there is none. */
enum rz_status rz_queue_find(struct rz_journal *journal, const char *plan_id, int64_t *queue,
                             struct rz_diags *diags);

/* The run will take zones. */
enum rz_status rz_queue_join(struct rz_journal *journal, int64_t queue, int64_t run,
                             struct rz_diags *diags);
/* Also begins the next wave where this one is done, or stops the queue where it failed. */
enum rz_status rz_queue_look(struct rz_journal *journal, int64_t queue, struct rz_queue_view *view,
                             struct rz_diags *diags);
/* RZ_NOT_FOUND: there is none to take now. */
enum rz_status rz_queue_take(struct rz_journal *journal, int64_t queue, int64_t run,
                             struct rz_queue_item *item, struct rz_diags *diags);
/* Whether this process's runs are still alive to the others. */
bool rz_queue_may_take(struct rz_journal *journal);

/* What became of a zone that `run` has in hand; nothing happens where it no longer has it. */
struct rz_queue_mark {
    size_t number;
    enum rz_queue_state state; /* RZ_QUEUE_WAITING: gives it back */
    int64_t ended_by;          /* the run whose zone it is in the journal; 0: `run` */
    const char *detail;        /* NULL: none */
    bool stops;                /* the queue is stopped by it */
};
enum rz_status rz_queue_set(struct rz_journal *journal, int64_t queue, int64_t run,
                            const struct rz_queue_mark *mark, struct rz_diags *diags);

/* The oldest of the queue's runs that left the zone open and is dead; 0: none. */
enum rz_status rz_queue_left_open(struct rz_journal *journal, int64_t queue, const char *zone,
                                  const char *target, int64_t *run, struct rz_diags *diags);
/* Closes dead runs of the queue that have left nothing open. */
enum rz_status rz_queue_close_runs(struct rz_journal *journal, int64_t queue,
                                   struct rz_diags *diags);

/* No zone is given away any more; `zones` are left. RZ_NOT_FOUND: there is no such queue, or it has
 * ended. */
enum rz_status rz_queue_cancel(struct rz_journal *journal, int64_t queue, size_t *zones,
                               struct rz_diags *diags);
/* Puts back what failed, was refused or was rolled back, and opens the queue again; `zones` wait then.
 * RZ_REFUSED while it is being worked off. */
enum rz_status rz_queue_retry(struct rz_journal *journal, int64_t queue, size_t *zones,
                              struct rz_diags *diags);

struct rz_queue_filter {
    int64_t queue;        /* 0: all; of zones, none */
    const char *status;   /* of zones; NULL: all */
    size_t limit, offset; /* limit 0: 50 */
};
/* The newest first. */
enum rz_status rz_queue_list(struct rz_journal *journal, const struct rz_queue_filter *filter,
                             void (*visit)(void *user, const struct rz_queue *queue), void *user,
                             struct rz_diags *diags);
struct rz_queue_zone {
    const char *zone, *target, *detail;
    enum rz_queue_state state;
    int64_t run, attempts, changed; /* run 0: none yet; changed: seconds */
};
/* In the order of the plan. */
enum rz_status rz_queue_zones(struct rz_journal *journal, const struct rz_queue_filter *filter,
                              void (*visit)(void *user, const struct rz_queue_zone *zone),
                              void *user, struct rz_diags *diags);

#endif
