/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Working off a queue (journal/queue.h): zones are taken one by one, each is the ordinary transaction,
 * and those of processes that are gone are mended first, as `recover` does. */
#ifndef RZ_TRANSACT_QUEUE_H
#define RZ_TRANSACT_QUEUE_H

#include "transact/transact.h"

/* How often a zone may be taken: one with which so many processes were lost is left for a person. */
#define RZ_QUEUE_ATTEMPTS 5

/* Puts the plan into its queue, unless it is there, and works until every zone of it has ended, whoever
 * had it, or this process is told to stop. `options` as for rz_transact; command and queue are set here.
 * RZ_OK: result->queue says what all have come to, and the rest what this process did; result->run is 0
 * where it did nothing. */
enum rz_status rz_queue_transact(struct rz_run_result *result, struct rz_project *project,
                                 struct rz_journal *journal, const struct rz_plan *plan,
                                 struct rz_transact_options options, struct rz_diags *diags);

#endif
