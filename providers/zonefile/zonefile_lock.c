/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flock() on a file that exists only while it is held. */
#include "zonefile/zonefile_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_MS 50
#define STEPS 200

enum rz_status rz_zonefile_cannot_write(const char *shown, struct rz_diags *diags)
{
    static const struct {
        int error;
        const char *hint;
    } hints[] = {
        {ENOSPC, "make room on the disk and apply again"},
        {EDQUOT, "make room within the quota and apply again"},
        {EFBIG, "raise the limit of file sizes (ulimit -f) and apply again"},
        {EROFS, "the file system is mounted read-only"},
        {EACCES, "let the user that runs rezone write to the directory"},
        {EPERM, "let the user that runs rezone write to the directory"},
        {ENOENT, "make the directory, or correct `directory`"},
        {ENOTDIR, "a part of `directory` is a file"},
    };
    int error = errno;
    struct rz_diag *diag = rz_diags_add(diags, RZ3203, rz_place_named(shown),
                                        "cannot be written: %s; nothing was changed",
                                        strerror(error));
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (hints[i].error == error)
            rz_diag_hint(diags, diag, "%s", hints[i].hint);
    return RZ_IO;
}

/* Whether the locked file is still the one of that name: its last holder may have removed it. */
static bool is_current(const struct rz_zonefile_lock *lock)
{
    struct stat held, named;
    return fstat(lock->fd, &held) == 0
           && fstatat(lock->directory, lock->name, &named, AT_SYMLINK_NOFOLLOW) == 0
           && held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

enum rz_status rz_zonefile_lock(const struct rz_zonefile *zf, int directory,
                                const struct rz_zonefile_path *path, struct rz_zonefile_lock *lock,
                                struct rz_diags *diags)
{
    lock->directory = directory;
    snprintf(lock->name, sizeof lock->name, ".%s.lock", path->encoded);
    for (int step = 0; step < STEPS; step++) {
        lock->fd = openat(directory, lock->name,
                          O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
        if (lock->fd < 0)
            return rz_zonefile_cannot_write(path->shown, diags);
        bool locked = flock(lock->fd, LOCK_EX | LOCK_NB) == 0;
        if (locked && is_current(lock))
            return RZ_OK;
        close(lock->fd);
        if (locked)
            continue;
        if (rz_context_stopped(zf->context))
            return RZ_CANCELLED;
        zf->context->sleep_ms(zf->context, STEP_MS);
    }
    struct rz_diag *diag = rz_diags_add(
        diags, RZ3210, rz_place_named(path->shown),
        "another process is writing this zone; nothing was changed");
    rz_diag_hint(diags, diag, "wait for it, then plan again");
    return RZ_CONFLICT;
}

void rz_zonefile_unlock(struct rz_zonefile_lock *lock)
{
    unlinkat(lock->directory, lock->name, 0);
    close(lock->fd);
}
