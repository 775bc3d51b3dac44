/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of zones in the journal. They are written with the state that commits a zone
 * (struct rz_run_zone). */
#ifndef RZ_JOURNAL_SNAPSHOT_H
#define RZ_JOURNAL_SNAPSHOT_H

#include "journal/journal.h"

/* A zone as the last committed run left it at a target: what drift is measured against. */
struct rz_snapshot {
    int64_t run, taken; /* which run, when (seconds) */
    uint32_t serial;
    unsigned scope;             /* bits of enum rz_snapshot_scope: what is left out */
    struct rz_hash fingerprint; /* of the zone */
    struct rz_str data;         /* zone_snapshot.h; empty: there is to be none */
};

/* The snapshot of a zone at a target; its data live in `arena`. RZ_NOT_FOUND, without a diagnostic,
 * where there is none: nothing was applied yet, or no journal is kept. */
enum rz_status rz_journal_snapshot(struct rz_journal *journal, const char *zone, const char *target,
                                   struct rz_snapshot *snapshot, struct rz_arena *arena,
                                   struct rz_diags *diags);
/* Replaces the snapshot by what was agreed on without a run (drift --adopt), unless a run has written
 * another meanwhile: RZ_CONFLICT, without a diagnostic. `was`: the fingerprint of the one that was read. */
enum rz_status rz_journal_agree(struct rz_journal *journal, const char *zone, const char *target,
                                const struct rz_snapshot *snapshot, struct rz_hash was,
                                struct rz_diags *diags);

#endif
