/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones with `manage: listed`: which of their RRsets runs of rezone put there from the files. These are
 * rezone's to delete when the files no longer have them; all others that the files do not name are
 * somebody else's. The journal keeps them as a zone, as runs left them (zone_snapshot.h). */
#ifndef RZ_JOURNAL_APPLIED_H
#define RZ_JOURNAL_APPLIED_H

#include "journal/journal.h"

/* Initialises and finishes `applied`. RZ_NOT_FOUND, without a diagnostic, where nothing is kept: no run
 * was committed while the zone was managed so. */
enum rz_status rz_journal_applied(struct rz_journal *journal, const uint8_t *apex,
                                  const char *target, struct rz_zone *applied,
                                  struct rz_diags *diags);

/* The same for a diff of the project's zone: NULL where `settings` manage the whole zone or nothing is
 * known. The journal is opened the first time, if there is one already, and stays with the project; one
 * that cannot be opened is a warning, once: nothing that the files no longer have is deleted then. Free
 * `applied` in any case. Safe in threads. */
const struct rz_zone *rz_project_applied(struct rz_project *project,
                                         const struct rz_zone_settings *settings,
                                         const uint8_t *apex, const char *target,
                                         struct rz_zone *applied, struct rz_diags *diags);
/* A journal that is open anyhow is read instead (NULL: none at all); the caller closes it, after
 * having called this again or freed the project. */
void rz_project_applied_from(struct rz_project *project, struct rz_journal *journal);
/* Closes what was opened, so that the file is free for a run. */
void rz_project_applied_close(struct rz_project *project);

#endif
