/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the journal above its database. */
#ifndef RZ_JOURNAL_JOURNAL_INTERNAL_H
#define RZ_JOURNAL_JOURNAL_INTERNAL_H

#include "journal/database.h"
#include "journal/snapshot.h"

/* A condition on run_zones: the zone must be mended before anybody else may have it. */
#define RZ_ZONE_IS_OPEN "state NOT IN ('committed', 'rolled_back', 'failed')"

/* The statements behind history and show. */
void rz_journal_runs_sql(struct rz_buffer *sql, const struct rz_history_filter *filter);
void rz_journal_changes_sql(struct rz_buffer *sql, const struct rz_journal *journal,
                            const struct rz_history_filter *filter);

int64_t rz_journal_now(const struct rz_journal *journal);

/* Within a transaction: the snapshot that a state of the run's zone comes with. */
enum rz_status rz_journal_put_snapshot(struct rz_session *session, int64_t run,
                                       const struct rz_run_zone *zone, struct rz_diags *diags);
/* Within a transaction: closes what the run planned and never sent. */
enum rz_status rz_journal_close_untouched(struct rz_session *session, int64_t run,
                                          struct rz_diags *diags);
/* Within a transaction: the zone of run zone->mends, and of runs that tried to mend it before, gets
 * the state zone->mended. */
enum rz_status rz_journal_settle(struct rz_session *session, const struct rz_run_zone *zone,
                                 struct rz_diags *diags);
/* Within a transaction: gives a run without open zones the status that its zones make, and ends it. */
enum rz_status rz_journal_sum_up(struct rz_session *session, int64_t run, struct rz_diags *diags);

#endif
