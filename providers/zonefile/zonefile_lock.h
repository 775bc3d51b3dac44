/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock under which one zone's file is written, against other processes of rezone. */
#ifndef RZ_ZONEFILE_LOCK_H
#define RZ_ZONEFILE_LOCK_H

#include "zonefile/zonefile.h"

struct rz_zonefile_lock {
    int directory, fd;
    char name[RZ_NAME_TEXT_MAX + 8]; /* hidden, so that it is no zone's file */
};

/* Waits ten seconds at most, then RZ_CONFLICT; RZ_IO where no lock file can be made. */
enum rz_status rz_zonefile_lock(const struct rz_zonefile *zf, int directory,
                                const struct rz_zonefile_path *path, struct rz_zonefile_lock *lock,
                                struct rz_diags *diags);
/* Removes the lock file too. */
void rz_zonefile_unlock(struct rz_zonefile_lock *lock);

/* The diagnostic for what errno says about writing `shown`. Returns RZ_IO. */
enum rz_status rz_zonefile_cannot_write(const char *shown, struct rz_diags *diags);

#endif
