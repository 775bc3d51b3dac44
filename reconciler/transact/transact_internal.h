/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One zone's transaction, shared by the files that carry it forward and back. */
#ifndef RZ_TRANSACT_TRANSACT_INTERNAL_H
#define RZ_TRANSACT_TRANSACT_INTERNAL_H

#include <pthread.h>

#include "journal/snapshot.h"
#include "plan/order.h"
#include "transact/transact.h"
#include "transact/verify.h"

/* How often a change is sent again whose outcome was unknown and that was then found not done. */
#define RZ_RESENDS 6

struct rz_transaction {
    struct rz_project *project;
    struct rz_journal *journal;
    const struct rz_transact_options *options;
    struct rz_run run;
    int on_failure; /* enum rz_on_failure */
    struct rz_run_result *result;
    pthread_mutex_t lock;   /* progress */
    atomic_bool stopped;    /* a zone failed and the others shall not begin */
    bool *taken;            /* of the queue; NULL: there is none */
    struct rz_diags *diags; /* of threads, about no zone of theirs; under `lock` */
    int64_t *fences; /* locks kept to the end of the run, for on_failure: rollback_run; 0: none */
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
    struct rz_buffer image;      /* the snapshot of `after`, where it was written ahead */
    struct rz_revision revision; /* as known by the last operation */
    bool fetched, merged;
    bool read_back;  /* the target was read after the last change, and is as it must be */
    bool verified;   /* what came of verification is not in the journal yet */
    bool touched;    /* something was, or may have been, carried out */
    bool taken_back; /* it was committed before: on_failure: rollback_run */
    bool undoing;    /* a first signal does not stop the way back */
    bool lost;       /* the lock was broken: nothing more may be sent */
    size_t index;    /* in the plan */
    size_t batch;    /* the next batch's number in the journal */
};

/* Writes the snapshot of `after` ahead, where it will be needed. */
void rz_zone_transaction_image(struct rz_zone_transaction *zone);
/* What the journal is to keep of the zone as it is committed; NULL: nothing. The snapshot's data are in
 * `octets` or in the image. */
const struct rz_snapshot *rz_zone_transaction_snapshot(struct rz_zone_transaction *zone,
                                                       struct rz_snapshot *snapshot,
                                                       struct rz_buffer *octets);
/* The same when a zone that was committed is rolled back with the rest of its run. */
const struct rz_snapshot *rz_zone_transaction_snapshot_back(struct rz_zone_transaction *zone,
                                                            struct rz_snapshot *snapshot,
                                                            struct rz_buffer *octets);
/* What the journal is to keep of the RRsets that runs put into a zone with `manage: listed`, as the zone
 * is committed or taken back; NULL: what it has. The data are in `octets`. */
const struct rz_str *rz_zone_transaction_applied(struct rz_zone_transaction *zone,
                                                 struct rz_str *applied, struct rz_buffer *octets);
/* Runs all zones, wave by wave. */
void rz_waves_run(struct rz_transaction *whole);
/* Takes zones of the queue until all of it has ended. */
void rz_queue_work(struct rz_transaction *whole);
/* Where the wave that begins at zone `first` of `count` ends. */
size_t rz_wave_end(const struct rz_wave_settings *settings, size_t first, size_t count);
/* Sets the state here and in the journal, and tells the progress callback. */
enum rz_status rz_zone_transaction_state(struct rz_zone_transaction *zone, enum rz_zone_state state,
                                         const char *detail);
/* The same without the journal. */
void rz_zone_transaction_show(struct rz_zone_transaction *zone, enum rz_zone_state state);
/* Before each request that changes something: RZ_REFUSED where the zone may be somebody else's. */
enum rz_status rz_zone_transaction_hold(struct rz_zone_transaction *zone);
/* What is still to do when a new zone exists: a target may have put RRsets of its own in it. */
struct rz_zone_plan *rz_zone_transaction_rest(const struct rz_zone_plan *plan,
                                              const struct rz_zone *live,
                                              const struct rz_zone *after);
/* Creates the zone and puts all of `after` into it, which becomes what the target made of it. */
enum rz_status rz_zone_transaction_create(struct rz_zone_transaction *zone, struct rz_zone *after);
/* Sends the changes in batches and settles unknown outcomes by reading back. `whole` is the zone as
 * it is to be after all of them. RZ_OK: all are done. */
enum rz_status rz_zone_transaction_send(struct rz_zone_transaction *zone, struct rz_zone_plan *plan,
                                        const struct rz_zone *whole);
/* Makes the zone, which then has at least its SOA and NS; removes it. Unknown outcomes are settled by
 * looking whether the zone is there, and what was not carried out is sent again, RZ_RESENDS times at
 * most. RZ_REJECTED: it was proved not to be carried out; RZ_UNKNOWN: that is not known. */
enum rz_status rz_zone_transaction_make(struct rz_zone_transaction *zone,
                                        const struct rz_zone *after);
enum rz_status rz_zone_transaction_remove(struct rz_zone_transaction *zone);
/* Before the next try: a server whose database is busy with other zones' changes needs a moment. By
 * chance, so that several workers do not come back together. */
void rz_zone_transaction_pause(struct rz_zone_transaction *zone, int attempt);
/* A missing reply that reading back made good is no error any more: from diagnostic `first` on. */
void rz_zone_transaction_forgive(struct rz_zone_transaction *zone, size_t first);
/* Whether a zone that the plan creates or deletes has records that the plan does not know. SOA and NS
 * of the apex and a signer's records do not count. */
bool rz_zone_has_foreign(const struct rz_zone_plan *plan, const struct rz_zone *live);
/* Makes the zone what it was before, as far as nobody else changed it since; proves it by reading it
 * back. The state is RZ_STATE_ROLLED_BACK or RZ_STATE_UNKNOWN afterwards. */
void rz_zone_transaction_undo(struct rz_zone_transaction *zone);

#endif
