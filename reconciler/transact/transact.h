/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transaction: lock, refetch, journal, send, verify, commit or roll back; zone by zone. */
#ifndef RZ_TRANSACT_TRANSACT_H
#define RZ_TRANSACT_TRANSACT_H

#include "journal/queue.h"
#include "transact/verify_report.h"

/* How one zone ended. */
struct rz_zone_result {
    const struct rz_zone_plan *plan;
    enum rz_zone_state state;
    bool refused;          /* failed by a safety rule: lock, stale plan */
    struct rz_diags diags; /* why, when not committed; warnings otherwise */
    uint32_t serial_before, serial_after;
    size_t questions, servers; /* asked over DNS during verification */
    bool read_back;            /* verified through the provider */
    struct rz_verify_report report;
    int64_t milliseconds;
};

struct rz_run_result {
    int64_t run;
    struct rz_zone_result
        *zones; /* one for each zone plan; with a queue, for each that was taken */
    size_t count;
    size_t committed, rolled_back, refused, failed, unknown;
    bool unsaved;               /* the journal could not be told that the run has ended */
    struct rz_queue_view queue; /* whose zones these are; id 0: there is none */
};

struct rz_transact_options {
    const char *command; /* for the journal */
    const char *flags;   /* flags that loosened a rule, for the journal */
    bool chain_allowed;  /* keys may go although the parent's DS is of them */
    const char *actor, *host;
    const char *signers;       /* public keys that signed the plan, NULL */
    int64_t undoes;            /* rollback and recover: the run that is undone or finished */
    enum rz_zone_state mended; /* what that run's zones become where this one commits */
    /* One entry for each zone plan, or NULL: words for that run's zones; changes that verification asks
     * the servers for instead of the zone plan's own (NULL entry: its own). */
    const char *const *mended_details;
    const struct rz_zone_plan *const *proofs;
    /* Zones are taken from this queue, and others take them too: set by rz_queue_transact. 0: none. */
    int64_t queue;
    bool queue_made; /* by this process */
    /* Called under a lock when a zone changes its state; may be NULL. */
    void (*progress)(void *user, const struct rz_zone_plan *plan, enum rz_zone_state state);
    void *user;
};

/* Applies the plan's zones with the project's concurrency. RZ_OK: the run took place, `result` says how
 * each zone ended. Otherwise nothing was sent. */
enum rz_status rz_transact(struct rz_run_result *result, struct rz_project *project,
                           struct rz_journal *journal, const struct rz_plan *plan,
                           const struct rz_transact_options *options, struct rz_diags *diags);
void rz_run_result_free(struct rz_run_result *result);
/* The exit code of 1-product: 0, 1, 3, 4 or 5. */
int rz_run_result_exit(const struct rz_run_result *result);

#endif
