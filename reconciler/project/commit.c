/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds HEAD of the repository around the project. */
#include "project/commit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "support/file.h"

#define PARENTS_MAX 24
#define GIT_FILE_MAX ((size_t)16 << 20)

static bool copy_digits(char commit[RZ_COMMIT_MAX], struct rz_str text)
{
    size_t size = 0;
    while (size < text.size && size < RZ_COMMIT_MAX - 1
           && strchr("0123456789abcdef", text.data[size]) && text.data[size])
        size++;
    if (size != 40 && size != 64)
        return false;
    memcpy(commit, text.data, size);
    commit[size] = '\0';
    return true;
}

/* "DIGITS refs/heads/main" lines. */
static void find_packed(int git_dir, struct rz_str ref, char commit[RZ_COMMIT_MAX])
{
    RZ_BUFFER_CLEANUP struct rz_buffer packed = {0};
    if (rz_file_read(git_dir, "packed-refs", GIT_FILE_MAX, &packed) != RZ_OK)
        return;
    for (const char *line = packed.data; line && *line;
         line = strchr(line, '\n'), line += line != NULL) {
        const char *blank = strchr(line, ' '), *end = strchr(line, '\n');
        if (blank && end && blank < end && (size_t)(end - blank - 1) == ref.size
            && memcmp(blank + 1, ref.data, ref.size) == 0)
            copy_digits(commit, (struct rz_str){line, (size_t)(blank - line)});
    }
}

static void read_head(int git_dir, char commit[RZ_COMMIT_MAX])
{
    RZ_BUFFER_CLEANUP struct rz_buffer head = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer ref = {0};
    if (rz_file_read(git_dir, "HEAD", 4096, &head) != RZ_OK)
        return;
    struct rz_str text = rz_str_trim(rz_buffer_view(&head));
    if (!rz_str_starts_with(text, "ref: ")) {
        copy_digits(commit, text);
        return;
    }
    struct rz_str name = {text.data + 5, text.size - 5};
    char path[1024];
    snprintf(path, sizeof path, "%.*s", RZ_STR_ARG(name));
    if (rz_file_read(git_dir, path, 4096, &ref) == RZ_OK)
        copy_digits(commit, rz_str_trim(rz_buffer_view(&ref)));
    else
        find_packed(git_dir, name, commit);
}

void rz_project_commit(int project_dir, char commit[RZ_COMMIT_MAX])
{
    commit[0] = '\0';
    int dir = fcntl(project_dir, F_DUPFD_CLOEXEC, 3);
    for (int i = 0; dir >= 0 && i < PARENTS_MAX; i++) {
        int git = openat(dir, ".git", O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
        if (git >= 0) {
            read_head(git, commit);
            close(git);
            break;
        }
        int parent = openat(dir, "..", O_DIRECTORY | O_CLOEXEC | O_RDONLY);
        close(dir);
        dir = parent;
    }
    if (dir >= 0)
        close(dir);
}
