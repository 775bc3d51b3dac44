/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undoing a run that was journaled, and mending one that was killed. */
#ifndef RZ_TRANSACT_ROLLBACK_H
#define RZ_TRANSACT_ROLLBACK_H

#include "transact/transact.h"

/* The plan that undoes run `run`: its inverse against the zones as they are now. Changes others made
 * to the same RRsets meanwhile are conflicts: reported (RZ_REFUSED) unless `force`. RRsets that are
 * already at their before image make no change. Also used for runs left open by a kill: which zones
 * are fully old, fully new or mixed is said in notes. */
enum rz_status rz_rollback_plan(struct rz_plan *plan, struct rz_project *project,
                                struct rz_journal *journal, int64_t run, bool force,
                                struct rz_diags *diags);

#endif
