/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Journals of other databases as SQLite files, and back: one form of backup for all, so that a journal
 * can move from one kind to the other. */
#ifndef RZ_JOURNAL_COPY_H
#define RZ_JOURNAL_COPY_H

#include "journal/database.h"

/* As in struct rz_database_ops. */
enum rz_status rz_copy_backup(struct rz_journal *journal, const char *path, struct rz_diags *diags);
enum rz_status rz_copy_restore(struct rz_journal *journal, const char *path, bool force,
                               struct rz_diags *diags);

#endif
