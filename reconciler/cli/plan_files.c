/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing plan files. */
#include "cli/plan_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "support/file.h"

#define PLAN_FILE_MAX ((size_t)1 << 30)

bool rz_cli_write_plan(struct rz_cli *cli, const char *path, const struct rz_buffer *text)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? rz_arena_printf(&cli->arena, "%.*s/", (int)(slash - path), path)
                            : rz_arena_strdup(&cli->arena, ".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool written = fd >= 0
                   && rz_file_replace(fd, slash ? slash + 1 : path, rz_buffer_view(text), 0600) == RZ_OK;
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (written)
        return true;
    errno = error;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "the plan cannot be written: %s", strerror(errno));
    return false;
}

enum rz_status rz_cli_read_plan(struct rz_cli *cli, const char *path, struct rz_plan *plan,
                                struct rz_buffer *text)
{
    char *buffer = NULL;
    FILE *file = fopen(path, "re");
    if (!file) {
        rz_diags_add(&cli->diags, RZ4101, rz_place_named(path), "cannot be read: %s", strerror(errno));
        return RZ_NOT_FOUND;
    }
    text->limit = PLAN_FILE_MAX;
    size_t got;
    while ((buffer = rz_buffer_reserve(text, 1 << 16)) && (got = fread(buffer, 1, 1 << 16, file)) > 0)
        text->size += got;
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || text->overflow) {
        rz_diags_add(&cli->diags, RZ4101, rz_place_named(path), failed ? "cannot be read" : "is larger than 1 GiB");
        return RZ_IO;
    }
    return rz_plan_file_read(plan, rz_buffer_view(text), path, &cli->diags);
}
