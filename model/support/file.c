/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files below a directory, opened component by component so that no link leads out of it. */
#include "support/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/alloc.h"
#include "support/fault.h"

#define PATH_OCTETS_MAX 4096

enum parents { EXISTING, MAKE_MISSING };

static bool is_refused_component(struct rz_str part)
{
    return part.size == 0 || part.size > 255 || rz_str_is(part, "..");
}

/* Opens the directory that holds the last component of `path`; `*last` is that component. The
 * descriptor is the caller's. -1 with errno. */
static int open_parent(int dir_fd, const char *path, const char **last, enum parents parents)
{
    if (path[0] == '/' || strlen(path) >= PATH_OCTETS_MAX) {
        errno = EPERM;
        return -1;
    }
    int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        struct rz_str part = {path, (size_t)(slash - path)};
        if (rz_str_is(part, "."))
            continue;
        if (is_refused_component(part)) {
            close(fd);
            errno = EPERM;
            return -1;
        }
        char name[256];
        snprintf(name, sizeof name, "%.*s", RZ_STR_ARG(part));
        int next = openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
        if (next < 0 && errno == ENOENT && parents == MAKE_MISSING
            && (mkdirat(fd, name, 0755) == 0 || errno == EEXIST))
            next = openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
        int saved = errno;
        struct stat stat;
        /* With O_DIRECTORY, Linux says ENOTDIR of a link. */
        if (next < 0 && saved == ENOTDIR && fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISLNK(stat.st_mode))
            saved = ELOOP;
        close(fd);
        errno = saved;
        fd = next;
    }
    if (fd >= 0 && is_refused_component(rz_str_of(path))) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    *last = path;
    return fd;
}

int rz_file_open(int dir_fd, const char *path)
{
    const char *last;
    int parent = open_parent(dir_fd, path, &last, EXISTING);
    if (parent < 0)
        return -1;
    /* Non-blocking, or opening a FIFO would wait for its writer. */
    int fd = openat(parent, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    int saved = errno;
    close(parent);
    errno = saved;
    return fd;
}

static enum rz_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT: return RZ_NOT_FOUND;
    case EPERM:
    case ELOOP: return RZ_REFUSED;
    default: return RZ_IO;
    }
}

static enum rz_status read_all(int fd, size_t limit, struct rz_buffer *content)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0)
        return RZ_IO;
    if (!S_ISREG(stat.st_mode)) {
        errno = S_ISDIR(stat.st_mode) ? EISDIR : EINVAL;
        return RZ_IO;
    }
    if ((uint64_t)stat.st_size > limit) {
        errno = EFBIG;
        return RZ_LIMIT;
    }
    size_t room = (size_t)stat.st_size + 1; /* one more, to meet the end in the first read */
    for (;;) {
        char *into = rz_buffer_reserve(content, room);
        ssize_t got = read(fd, into, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return RZ_IO;
        content->size += (size_t)got;
        content->data[content->size] = '\0';
        if (got == 0)
            return RZ_OK;
        if (content->size > limit) {
            errno = EFBIG;
            return RZ_LIMIT;
        }
        room = room > (size_t)got ? room - (size_t)got : 65536;
    }
}

enum rz_status rz_file_read(int dir_fd, const char *path, size_t limit, struct rz_buffer *content)
{
    int fd = rz_file_open(dir_fd, path);
    if (fd < 0)
        return status_of_errno();
    enum rz_status status = read_all(fd, limit, content);
    int saved = errno;
    close(fd);
    errno = saved;
    return status;
}

enum rz_status rz_file_digest(int dir_fd, const char *path, struct rz_hash *digest)
{
    struct stat stat;
    int fd = rz_file_open(dir_fd, path);
    if (fd < 0)
        return status_of_errno();
    bool read = fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && rz_hash_of_file(fd, digest);
    int saved = errno;
    close(fd);
    errno = saved;
    return read ? RZ_OK : RZ_IO;
}

static bool write_all(int fd, struct rz_str content)
{
    while (content.size) {
        ssize_t put = write(fd, content.data, content.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        content.data += put;
        content.size -= (size_t)put;
    }
    return true;
}

static enum rz_status failure(void)
{
    return status_of_errno() == RZ_NOT_FOUND ? RZ_NOT_FOUND : RZ_IO;
}

/* Closes file and directory; errno stays. */
static void forget(struct rz_file_new *file)
{
    int saved = errno;
    if (file->fd >= 0)
        close(file->fd);
    if (file->parent >= 0)
        close(file->parent);
    file->fd = file->parent = -1;
    errno = saved;
}

void rz_file_discard(struct rz_file_new *file)
{
    int saved = errno;
    if (file->parent >= 0)
        unlinkat(file->parent, file->temporary, 0);
    errno = saved;
    forget(file);
}

/* A rename would put a file in the place of /dev/null and the like. */
static bool may_replace(int parent, const char *last)
{
    struct stat old;
    if (fstatat(parent, last, &old, AT_SYMLINK_NOFOLLOW) != 0 || S_ISREG(old.st_mode)
        || S_ISLNK(old.st_mode))
        return true;
    errno = S_ISDIR(old.st_mode) ? EISDIR : EEXIST;
    return false;
}

/* Removes a temporary file that no process has locked any more. */
static bool remove_left(int parent, const char *name)
{
    struct stat held, named;
    int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT;
    bool left = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && S_ISREG(held.st_mode)
                && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0
                && held.st_ino == named.st_ino && held.st_dev == named.st_dev
                && unlinkat(parent, name, 0) == 0;
    close(fd);
    return left;
}

static int create_temporary(const struct rz_file_new *file, mode_t mode)
{
    return openat(file->parent, file->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* False when another process took the new file for one that was left, between its creation and the lock.
   Where the file system has no locks, nobody takes it. */
static bool hold_temporary(int fd)
{
    struct stat held;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    return fstat(fd, &held) == 0 && held.st_nlink > 0;
}

/* Named after the file it is for, so that what is left of it is found without reading the directory. */
static bool open_temporary(struct rz_file_new *file, mode_t mode)
{
    struct rz_hash hash = rz_hash_of(file->last, strlen(file->last));
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        snprintf(file->temporary, sizeof file->temporary, ".rezone-%016" PRIx64 "-%u.tmp", hash.low,
                 attempt);
        file->fd = create_temporary(file, mode);
        if (file->fd < 0 && errno != EEXIST)
            return false;
        if (file->fd < 0 && remove_left(file->parent, file->temporary))
            file->fd = create_temporary(file, mode);
        if (file->fd >= 0 && hold_temporary(file->fd))
            return true;
        if (file->fd >= 0)
            close(file->fd);
        file->fd = -1;
    }
    errno = EEXIST;
    return false;
}

enum rz_status rz_file_prepare(struct rz_file_new *file, int dir_fd, const char *path,
                               struct rz_str content, mode_t mode)
{
    const char *last;
    file->fd = -1;
    file->parent = open_parent(dir_fd, path, &last, MAKE_MISSING);
    if (file->parent < 0)
        return status_of_errno();
    snprintf(file->last, sizeof file->last, "%s", last);
    if (!may_replace(file->parent, file->last) || !open_temporary(file, mode)) {
        forget(file);
        return failure();
    }
    if (!write_all(file->fd, content) || fsync(file->fd) != 0) {
        rz_file_discard(file);
        return failure();
    }
    RZ_FAULT("file.written");
    return RZ_OK;
}

enum rz_status rz_file_put(struct rz_file_new *file)
{
    if (!may_replace(file->parent, file->last)
        || renameat(file->parent, file->temporary, file->parent, file->last) != 0) {
        rz_file_discard(file);
        return failure();
    }
    RZ_FAULT("file.renamed");
    bool synced = fsync(file->parent) == 0;
    forget(file);
    return synced ? RZ_OK : failure();
}

/* True: what was there had the digest, and is gone. errno is EBUSY where it had not, and is back. */
static bool take_out(struct rz_file_new *file, struct rz_hash old)
{
    struct rz_hash found;
    if (renameat2(file->parent, file->temporary, file->parent, file->last, RENAME_EXCHANGE) != 0)
        return (errno == EINVAL || errno == ENOSYS)
               && renameat(file->parent, file->temporary, file->parent, file->last) == 0;
    RZ_FAULT("file.exchanged");
    if (rz_file_digest(file->parent, file->temporary, &found) == RZ_OK && rz_hash_equal(found, old))
        return unlinkat(file->parent, file->temporary, 0) == 0;
    if (renameat2(file->parent, file->temporary, file->parent, file->last, RENAME_EXCHANGE) == 0)
        errno = EBUSY;
    return false;
}

/* Locked, so that nobody takes the old file for what a killed process has left. */
static bool exchange(struct rz_file_new *file, struct rz_hash old)
{
    int fd = openat(file->parent, file->last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        (void)!flock(fd, LOCK_EX | LOCK_NB);
    bool done = take_out(file, old);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return done;
}

enum rz_status rz_file_put_known(struct rz_file_new *file, struct rz_hash old)
{
    if (!may_replace(file->parent, file->last) || !exchange(file, old)) {
        rz_file_discard(file);
        return errno == EBUSY ? RZ_CONFLICT : failure();
    }
    RZ_FAULT("file.renamed");
    bool synced = fsync(file->parent) == 0;
    forget(file);
    return synced ? RZ_OK : failure();
}

/* A link never replaces what somebody else has put there meanwhile. */
enum rz_status rz_file_put_new(struct rz_file_new *file)
{
    bool linked = linkat(file->parent, file->temporary, file->parent, file->last, 0) == 0;
    int saved = errno;
    RZ_FAULT("file.linked");
    unlinkat(file->parent, file->temporary, 0);
    errno = saved;
    bool synced = linked && fsync(file->parent) == 0;
    forget(file);
    return synced ? RZ_OK : failure();
}

enum rz_status rz_file_replace(int dir_fd, const char *path, struct rz_str content, mode_t mode)
{
    struct rz_file_new file;
    enum rz_status status = rz_file_prepare(&file, dir_fd, path, content, mode);
    return status == RZ_OK ? rz_file_put(&file) : status;
}

struct walk {
    enum rz_status (*visit)(void *user, const char *path);
    void *user;
    char path[PATH_OCTETS_MAX];
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in a directory but hidden ones, sorted. Frees nothing of `directory`. */
static char **sorted_names(DIR *directory, size_t *count)
{
    char **names = NULL;
    size_t capacity = 0;
    *count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.')
            continue;
        names = rz_grow(names, &capacity, *count + 1, sizeof *names);
        names[(*count)++] = rz_strdup(entry->d_name);
    }
    if (*count)
        qsort(names, *count, sizeof *names, compare_names);
    return names;
}

#define WALK_DEPTH_MAX 32

static enum rz_status walk_directory(struct walk *walk, int fd, size_t size, int depth);

static enum rz_status walk_entry(struct walk *walk, int parent, const char *name, size_t size,
                                 int depth)
{
    struct stat stat;
    if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? RZ_OK : RZ_IO;
    int length = snprintf(walk->path + size, sizeof walk->path - size, "%s%s", size ? "/" : "",
                          name);
    if ((size_t)length >= sizeof walk->path - size) {
        errno = ENAMETOOLONG;
        return RZ_IO;
    }
    if (S_ISREG(stat.st_mode))
        return walk->visit(walk->user, walk->path);
    if (!S_ISDIR(stat.st_mode) || depth >= WALK_DEPTH_MAX)
        return RZ_OK;
    int fd = openat(parent, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
    return fd < 0 ? RZ_IO : walk_directory(walk, fd, size + (size_t)length, depth + 1);
}

/* Takes the descriptor over. */
static enum rz_status walk_directory(struct walk *walk, int fd, size_t size, int depth)
{
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return RZ_IO;
    }
    size_t count;
    char **names = sorted_names(directory, &count);
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < count && status == RZ_OK; i++)
        status = walk_entry(walk, dirfd(directory), names[i], size, depth);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    closedir(directory);
    return status;
}

enum rz_status rz_file_walk(int dir_fd, const char *path,
                            enum rz_status (*visit)(void *user, const char *path), void *user)
{
    struct walk walk = {.visit = visit, .user = user};
    if (path[0] == '\0' || strcmp(path, ".") == 0) {
        int fd = openat(dir_fd, ".", O_DIRECTORY | O_CLOEXEC | O_RDONLY);
        return fd < 0 ? status_of_errno() : walk_directory(&walk, fd, 0, 0);
    }
    const char *last;
    int parent = open_parent(dir_fd, path, &last, EXISTING);
    if (parent < 0)
        return status_of_errno();
    int fd = openat(parent, last, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
    enum rz_status status = fd < 0 ? status_of_errno() : RZ_OK;
    close(parent);
    if (status != RZ_OK)
        return status;
    snprintf(walk.path, sizeof walk.path, "%s", path);
    return walk_directory(&walk, fd, strlen(walk.path), 0);
}
