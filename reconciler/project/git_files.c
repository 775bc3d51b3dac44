/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libgit2's own checkout would run the filters that the repository names and follow its attributes, and takes
 * the names of a tree as they are. Here blobs become files as they are, and each name is looked at. */
#include "project/git_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "project/git_internal.h"

#define DEPTH_MAX 64

struct writing {
    git_repository *repository;
    size_t files;
    uint64_t octets;
    const char *why; /* it failed, a sentence part */
};

static bool stop(struct writing *w, const char *why)
{
    w->why = why;
    return false;
}

static bool is_safe(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool write_blob(struct writing *w, int dir, const char *name, const git_oid *id)
{
    git_blob *blob = NULL;
    if (git_blob_lookup(&blob, w->repository, id) != 0)
        return stop(w, "a file of it cannot be read");
    size_t size = (size_t)git_blob_rawsize(blob);
    w->octets += size;
    bool fits = ++w->files <= RZ_GIT_FILES_MAX && w->octets <= RZ_GIT_FILES_OCTETS_MAX;
    int fd = fits ? openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                  : -1;
    bool good = fd >= 0;
    for (size_t at = 0; good && at < size;) {
        ssize_t put = write(fd, (const char *)git_blob_rawcontent(blob) + at, size - at);
        good = put > 0 || (put < 0 && errno == EINTR);
        at += put > 0 ? (size_t)put : 0;
    }
    if (fd >= 0)
        close(fd);
    git_blob_free(blob);
    return good || stop(w, fits ? strerror(errno) : "it has more files than rezone lays out");
}

static bool write_tree(struct writing *w, int dir, const git_oid *id, int depth);

static bool write_entry(struct writing *w, int dir, const git_tree_entry *entry, int depth)
{
    const char *name = git_tree_entry_name(entry);
    git_filemode_t mode = git_tree_entry_filemode(entry);
    if (!is_safe(name))
        return stop(w, "a name in it is none");
    if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE)
        return write_blob(w, dir, name, git_tree_entry_id(entry));
    if (mode != GIT_FILEMODE_TREE) /* links are refused, other repositories no files of this one */
        return true;
    if (mkdirat(dir, name, 0700) != 0)
        return stop(w, strerror(errno));
    int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0)
        return stop(w, strerror(errno));
    bool good = write_tree(w, below, git_tree_entry_id(entry), depth + 1);
    close(below);
    return good;
}

static bool write_tree(struct writing *w, int dir, const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    bool good = true;
    if (depth > DEPTH_MAX)
        return stop(w, "its directories are nested too deeply");
    if (git_tree_lookup(&tree, w->repository, id) != 0)
        return stop(w, "a directory of it cannot be read");
    for (size_t i = 0; i < git_tree_entrycount(tree) && good; i++)
        good = write_entry(w, dir, git_tree_entry_byindex(tree, i), depth);
    git_tree_free(tree);
    return good;
}

/* The tree of the project: that of the revision, or one below it. Absent: an empty directory. */
static bool write_project(struct writing *w, struct rz_git *git, int dir)
{
    git_tree_entry *entry = NULL;
    if (!*git->prefix)
        return write_tree(w, dir, git_tree_id(git->tree), 0);
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_buffer_append(&path, git->prefix, strlen(git->prefix) - 1); /* its final slash */
    bool good = git_tree_entry_bypath(&entry, git->tree, path.data) != 0
                || git_tree_entry_type(entry) != GIT_OBJECT_TREE
                || write_tree(w, dir, git_tree_entry_id(entry), 0);
    git_tree_entry_free(entry);
    return good;
}

bool rz_git_files_write(struct rz_git_files *files, struct rz_git *git, struct rz_diags *diags)
{
    struct writing w = {.repository = git->repository};
    *files = (struct rz_git_files){.dir = -1};
    const char *place = getenv("TMPDIR");
    bool usable = place && *place && strlen(place) + 32 < sizeof files->path;
    snprintf(files->path, sizeof files->path, "%s/rezone-files-XXXXXX", usable ? place : "/tmp");
    if (!mkdtemp(files->path))
        files->path[0] = '\0';
    else
        files->dir = open(files->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool good = files->dir < 0 ? stop(&w, strerror(errno)) : write_project(&w, git, files->dir);
    if (!good) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5507, (struct rz_place){0},
                                            "the files of the revision cannot be laid out: %s",
                                            w.why);
        rz_diag_hint(diags, diag, "without --since the plan is made against the last run");
    }
    return good;
}

static void empty(int dir)
{
    DIR *listing = fdopendir(dir);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        if (!is_safe(entry->d_name))
            continue;
        if (unlinkat(dirfd(listing), entry->d_name, 0) == 0)
            continue;
        int below = openat(dirfd(listing), entry->d_name,
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            empty(below);
        unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR);
    }
    if (listing)
        closedir(listing);
    else
        close(dir);
}

void rz_git_files_remove(struct rz_git_files *files)
{
    if (files->dir >= 0)
        empty(files->dir);
    if (files->path[0])
        rmdir(files->path);
    *files = (struct rz_git_files){.dir = -1};
}
