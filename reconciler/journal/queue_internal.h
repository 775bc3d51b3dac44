/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of queues. */
#ifndef RZ_JOURNAL_QUEUE_INTERNAL_H
#define RZ_JOURNAL_QUEUE_INTERNAL_H

#include "journal/database.h"
#include "journal/queue.h"

enum rz_queue_state rz_queue_state_of(const char *text);
/* Within a transaction: the queue's zones by state. */
enum rz_status rz_queue_count(struct rz_session *session, int64_t queue,
                              size_t counts[RZ_QUEUE_STATES], struct rz_diags *diags);

#endif
