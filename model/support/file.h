/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files below a directory that a caller may not leave, and replacement of a file as one step. */
#ifndef RZ_SUPPORT_FILE_H
#define RZ_SUPPORT_FILE_H

#include <sys/types.h>

#include "support/buffer.h"
#include "support/status.h"

/* Paths are relative to the directory `dir_fd`; absolute paths, `..` and symbolic links below it are
 * refused with RZ_REFUSED, errno ELOOP or EPERM. All functions leave errno set when they fail. */

/* Reads a regular file of at most `limit` octets (RZ_LIMIT beyond). RZ_NOT_FOUND where there is none.
 * The content is followed by a NUL that is not counted. */
enum rz_status rz_file_read(int dir_fd, const char *path, size_t limit, struct rz_buffer *content);

/* Opens for reading, with the same checks. Returns a descriptor, or -1 with errno. */
int rz_file_open(int dir_fd, const char *path);

/* Writes a temporary file beside `path`, fsync, rename, fsync of the directory. On failure the old
 * file is untouched and the temporary one removed. A device, pipe or directory is never replaced
 * (EEXIST, EISDIR). Missing sub-directories are made (0755). */
enum rz_status rz_file_replace(int dir_fd, const char *path, struct rz_str content, mode_t mode);

/* The same for a file that has the content `old`: the two files are exchanged, and what has been taken
 * out is looked at. RZ_CONFLICT, with the file put back, where somebody else has changed it. On file
 * systems that cannot exchange files it is rz_file_replace. */
enum rz_status rz_file_replace_known(int dir_fd, const char *path, struct rz_str content,
                                     struct rz_str old, mode_t mode);

/* Calls `visit` for each regular file below `path` ("" for the directory itself), depth first in
 * byte order of names, hidden files and directories left out, symbolic links not followed. A visit
 * that does not return RZ_OK ends the walk. */
enum rz_status rz_file_walk(int dir_fd, const char *path,
                            enum rz_status (*visit)(void *user, const char *path), void *user);

#endif
