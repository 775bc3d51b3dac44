/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files below a directory that a caller may not leave, and replacement of a file as one step. */
#ifndef RZ_SUPPORT_FILE_H
#define RZ_SUPPORT_FILE_H

#include <sys/types.h>

#include "support/buffer.h"
#include "support/hash.h"
#include "support/status.h"

/* Paths are relative to the directory `dir_fd`; absolute paths, `..` and symbolic links below it are
 * refused with RZ_REFUSED, errno ELOOP or EPERM. All functions leave errno set when they fail. */

/* Reads a regular file of at most `limit` octets (RZ_LIMIT beyond). RZ_NOT_FOUND where there is none.
 * The content is followed by a NUL that is not counted. */
enum rz_status rz_file_read(int dir_fd, const char *path, size_t limit, struct rz_buffer *content);

/* The digest of a regular file's octets, without keeping them; else as rz_file_read. */
enum rz_status rz_file_digest(int dir_fd, const char *path, struct rz_hash *digest);

/* Opens for reading, with the same checks. Returns a descriptor, or -1 with errno. */
int rz_file_open(int dir_fd, const char *path);

/* A new file under a temporary name beside the one it is for, on the disk already. */
struct rz_file_new {
    int parent; /* the directory; -1: nothing is here any more */
    int fd; /* of the temporary file, locked: what no process has locked was left by a killed one */
    char temporary[48]; /* names in it */
    char last[256];
};

/* Writes and syncs the temporary file. Missing sub-directories are made (0755). What a killed process has
 * left of the same file is removed. Afterwards exactly one of the four below must be called. */
enum rz_status rz_file_prepare(struct rz_file_new *file, int dir_fd, const char *path,
                               struct rz_str content, mode_t mode);
/* Renames it over the old file and syncs the directory. On failure the old file is untouched, unless
 * only the last step failed, and the temporary one removed. A device, pipe or directory is never
 * replaced (EEXIST, EISDIR). */
enum rz_status rz_file_put(struct rz_file_new *file);
/* The same for a file whose octets had the digest `old`: the two files are exchanged, and what was
 * taken out is looked at. RZ_CONFLICT, with that put back, where somebody else has changed it, were it
 * a moment ago. On file systems that cannot exchange files it is rz_file_put. */
enum rz_status rz_file_put_known(struct rz_file_new *file, struct rz_hash old);
/* The same without replacing anything, whoever put it there: EEXIST. */
enum rz_status rz_file_put_new(struct rz_file_new *file);
/* Removes the temporary file. */
void rz_file_discard(struct rz_file_new *file);

/* rz_file_prepare, then rz_file_put. */
enum rz_status rz_file_replace(int dir_fd, const char *path, struct rz_str content, mode_t mode);

/* Calls `visit` for each regular file below `path` ("" for the directory itself), depth first in
 * byte order of names, hidden files and directories left out, symbolic links not followed. A visit
 * that does not return RZ_OK ends the walk. */
enum rz_status rz_file_walk(int dir_fd, const char *path,
                            enum rz_status (*visit)(void *user, const char *path), void *user);

#endif
