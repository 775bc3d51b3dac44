/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone's transaction, shared by the files that carry it forward and back. */
#ifndef RZ_TRANSACT_TRANSACT_INTERNAL_H
#define RZ_TRANSACT_TRANSACT_INTERNAL_H

#include <pthread.h>

#include "plan/order.h"
#include "transact/transact.h"
#include "transact/verify.h"

struct rz_transaction {
    struct rz_project *project;
    struct rz_journal *journal;
    const struct rz_transact_options *options;
    struct rz_run run;
    struct rz_run_result *result;
    pthread_mutex_t lock; /* progress */
    atomic_size_t next;
    atomic_bool stopped;  /* a zone failed and the others shall not begin */
    int64_t *fences;      /* locks kept to the end of the run, for on_failure: rollback_run; 0: none */
};

struct rz_zone_transaction {
    struct rz_transaction *whole;
    struct rz_zone_result *result;
    const struct rz_zone_plan *plan;
    struct rz_provider *provider;
    char zone[RZ_NAME_TEXT_MAX];
    int64_t fence;
    struct rz_zone live;         /* before anything was sent */
    struct rz_zone after;        /* as it must become */
    struct rz_revision revision; /* as known by the last operation */
    bool fetched, merged;
    bool read_back;              /* the target was read after the last change, and is as it must be */
    bool touched;                /* something was, or may have been, carried out */
    bool undoing;                /* a first signal does not stop the way back */
    size_t batch;                /* the next batch's number in the journal */
};

/* Sets the state here and in the journal, and tells the progress callback. */
enum rz_status rz_zone_transaction_state(struct rz_zone_transaction *zone, enum rz_zone_state state,
                                         const char *detail);
/* Sends the changes in batches and settles unknown outcomes by reading back. `whole` is the zone as
 * it is to be after all of them. RZ_OK: all are done. */
enum rz_status rz_zone_transaction_send(struct rz_zone_transaction *zone, struct rz_zone_plan *plan,
                                        const struct rz_zone *whole);
/* Makes the zone what it was before, as far as nobody else changed it since; proves it by reading it
 * back. The state is RZ_STATE_ROLLED_BACK or RZ_STATE_UNKNOWN afterwards. */
void rz_zone_transaction_undo(struct rz_zone_transaction *zone);

#endif
