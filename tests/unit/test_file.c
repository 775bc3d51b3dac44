/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files below a directory: nothing outside is reached, replacement is one step, walks are sorted. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file.h"

struct place {
    char path[32];
    int fd;
};

static struct place open_place(void)
{
    struct place place = {.path = "/tmp/rezone-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(place.path));
    place.fd = open(place.path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    cr_assert_geq(place.fd, 0);
    return place;
}

static void remove_below(int fd)
{
    DIR *directory = fdopendir(dup(fd));
    rewinddir(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int child = openat(fd, entry->d_name, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
        if (child >= 0) {
            remove_below(child);
            close(child);
        }
        unlinkat(fd, entry->d_name, child >= 0 ? AT_REMOVEDIR : 0);
    }
    closedir(directory);
}

static void close_place(struct place *place)
{
    remove_below(place->fd);
    close(place->fd);
    rmdir(place->path);
}

static void put(struct place *place, const char *path, const char *text)
{
    cr_assert_eq(rz_file_replace(place->fd, path, rz_str_of(text), 0644), RZ_OK, "%s", path);
}

Test(file, what_is_written_is_read)
{
    struct place place = open_place();
    struct rz_buffer content = {0};
    put(&place, "a.yaml", "one\n");
    put(&place, "./deep/er/b.yaml", "two\n");
    cr_expect_eq(rz_file_read(place.fd, "a.yaml", 4, &content), RZ_OK);
    cr_expect_str_eq(content.data, "one\n");
    rz_buffer_reset(&content);
    cr_expect_eq(rz_file_read(place.fd, "deep/./er/b.yaml", 100, &content), RZ_OK);
    cr_expect_str_eq(content.data, "two\n");
    put(&place, "a.yaml", "three\n");
    rz_buffer_reset(&content);
    cr_expect_eq(rz_file_read(place.fd, "a.yaml", 100, &content), RZ_OK);
    cr_expect_str_eq(content.data, "three\n");
    rz_buffer_reset(&content);
    put(&place, "empty", "");
    cr_expect_eq(rz_file_read(place.fd, "empty", 0, &content), RZ_OK);
    cr_expect_eq(content.size, 0);
    rz_buffer_free(&content);
    close_place(&place);
}

Test(file, files_without_a_size_are_read_to_their_end)
{
    struct rz_buffer content = {0};
    int proc = open("/proc/self", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    cr_assert_geq(proc, 0);
    cr_expect_eq(rz_file_read(proc, "status", 1 << 20, &content), RZ_OK);
    cr_expect_gt(content.size, 100);
    rz_buffer_reset(&content);
    cr_expect_eq(rz_file_read(proc, "status", 10, &content), RZ_LIMIT,
                 "grew beyond what stat said");
    rz_buffer_free(&content);
    close(proc);
}

Test(file, refusals)
{
    struct place place = open_place();
    static char long_name[300], long_path[5000];
    memset(long_name, 'x', sizeof long_name - 1);
    memset(long_path, 'x', sizeof long_path - 1);
    put(&place, "file", "12345");
    put(&place, "dir/file", "x");
    cr_assert_eq(symlinkat("file", place.fd, "link"), 0);
    cr_assert_eq(symlinkat("dir", place.fd, "dirlink"), 0);
    cr_assert_eq(mkfifoat(place.fd, "fifo", 0600), 0);
    const struct {
        const char *path;
        enum rz_status status;
    } cases[] = {
        {"/etc/passwd", RZ_REFUSED},
        {"../x", RZ_REFUSED},
        {"dir/../file", RZ_REFUSED},
        {"..", RZ_REFUSED},
        {"dir/..", RZ_REFUSED},
        {"", RZ_REFUSED},
        {"dir/", RZ_REFUSED},
        {"dir//file", RZ_REFUSED},
        {"link", RZ_REFUSED},
        {"dirlink/file", RZ_REFUSED},
        {long_name, RZ_REFUSED},
        {long_path, RZ_REFUSED},
        {"absent", RZ_NOT_FOUND},
        {"absent/file", RZ_NOT_FOUND},
        {"dir", RZ_IO},
        {"fifo", RZ_IO},
        {"file/x", RZ_IO},
        {"file", RZ_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_buffer content = {0};
        errno = 0;
        cr_expect_eq(rz_file_read(place.fd, cases[i].path, 4, &content), cases[i].status,
                     "%.20s gave %d", cases[i].path,
                     (int)rz_file_read(place.fd, cases[i].path, 4, &content));
        cr_expect_neq(errno, 0, "%.20s", cases[i].path);
        rz_buffer_free(&content);
    }
    cr_expect_eq(rz_file_open(place.fd, "dirlink/file"), -1);
    cr_expect_eq(errno, ELOOP);
    close_place(&place);
}

Test(file, a_failed_replacement_leaves_the_old_file_and_nothing_else)
{
    struct place place = open_place();
    put(&place, "dir/old", "old");
    cr_expect_eq(rz_file_replace(place.fd, "../x", RZ_STR("x"), 0644), RZ_REFUSED);
    cr_expect_eq(rz_file_replace(place.fd, "dir", RZ_STR("x"), 0644), RZ_IO, "a directory");
    cr_expect_eq(rz_file_replace(place.fd, "dir/old/x", RZ_STR("x"), 0644), RZ_IO, "below a file");
    struct rz_buffer content = {0};
    cr_expect_eq(rz_file_read(place.fd, "dir/old", 10, &content), RZ_OK);
    cr_expect_str_eq(content.data, "old");
    rz_buffer_free(&content);
    DIR *directory = fdopendir(dup(place.fd));
    int entries = 0;
    while (readdir(directory))
        entries++;
    closedir(directory);
    cr_expect_eq(entries, 3, "no temporary file stays"); /* ., .., dir */
    close_place(&place);
}

Test(file, a_replacement_takes_the_place_of_a_link_and_the_mode_asked_for)
{
    struct place place = open_place();
    struct stat stat;
    put(&place, "target", "t");
    cr_assert_eq(symlinkat("target", place.fd, "link"), 0);
    umask(0);
    cr_expect_eq(rz_file_replace(place.fd, "link", RZ_STR("new"), 0600), RZ_OK);
    cr_assert_eq(fstatat(place.fd, "link", &stat, AT_SYMLINK_NOFOLLOW), 0);
    cr_expect(S_ISREG(stat.st_mode) && (stat.st_mode & 0777) == 0600);
    struct rz_buffer content = {0};
    cr_expect_eq(rz_file_read(place.fd, "target", 10, &content), RZ_OK);
    cr_expect_str_eq(content.data, "t");
    rz_buffer_free(&content);
    close_place(&place);
}

static enum rz_status note(void *user, const char *path)
{
    struct rz_buffer *seen = user;
    rz_buffer_printf(seen, "%s\n", path);
    return rz_str_ends_with(rz_str_of(path), "stop") ? RZ_CANCELLED : RZ_OK;
}

Test(file, walks_are_sorted_and_leave_out_what_is_hidden_or_linked)
{
    struct place place = open_place();
    static const char *const files[] = {"z",           "a/y",  "a/b/x", ".hidden",
                                        ".git/config", "a/.x", "B",     "c"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put(&place, files[i], "");
    cr_assert_eq(symlinkat("/etc/passwd", place.fd, "link"), 0);
    cr_assert_eq(symlinkat("a", place.fd, "dirlink"), 0);
    static const struct {
        const char *from, *seen;
        enum rz_status status;
    } cases[] = {
        {"", "B\na/b/x\na/y\nc\nz\n", RZ_OK},
        {".", "B\na/b/x\na/y\nc\nz\n", RZ_OK},
        {"a", "a/b/x\na/y\n", RZ_OK},
        {"a/b", "a/b/x\n", RZ_OK},
        {"absent", "", RZ_NOT_FOUND},
        {"../x", "", RZ_REFUSED},
        {"z", "", RZ_IO},
        {"absent/x", "", RZ_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_buffer seen = {0};
        cr_expect_eq(rz_file_walk(place.fd, cases[i].from, note, &seen), cases[i].status, "%s",
                     cases[i].from);
        cr_expect(rz_str_is(rz_buffer_view(&seen), cases[i].seen), "%s: %s", cases[i].from,
                  seen.data);
        rz_buffer_free(&seen);
    }
    cr_expect_neq(rz_file_walk(place.fd, "dirlink", note, &(struct rz_buffer){0}), RZ_OK);
    put(&place, "b-stop", "");
    struct rz_buffer seen = {0};
    cr_expect_eq(rz_file_walk(place.fd, "", note, &seen), RZ_CANCELLED, "a visit can end the walk");
    cr_expect_str_eq(seen.data, "B\na/b/x\na/y\nb-stop\n");
    rz_buffer_free(&seen);
    close_place(&place);
}
