/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing plan files. */
#include "cli/plan_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file.h"

#define PLAN_FILE_MAX ((size_t)1 << 30)

/* To a device or a pipe, such as /dev/stdout, as it is. */
static bool write_through(const char *path, const struct rz_buffer *text)
{
    struct rz_output out = {.fd = open(path, O_WRONLY | O_CLOEXEC)};
    if (out.fd < 0)
        return false;
    rz_buffer_str(&out.text, rz_buffer_view(text));
    bool written = rz_output_flush(&out);
    close(out.fd);
    rz_buffer_free(&out.text);
    errno = out.error;
    return written;
}

static bool replace_file(struct rz_cli *cli, const char *path, const struct rz_buffer *text)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? rz_arena_printf(&cli->arena, "%.*s/", (int)(slash - path), path)
                            : rz_arena_strdup(&cli->arena, ".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool written = fd >= 0
                   && rz_file_replace(fd, slash ? slash + 1 : path, rz_buffer_view(text), 0600)
                          == RZ_OK;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return written;
}

bool rz_cli_write_plan(struct rz_cli *cli, const char *path, const struct rz_buffer *text)
{
    struct stat old;
    bool special = stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode);
    if (special ? write_through(path, text) : replace_file(cli, path, text))
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "the plan cannot be written: %s",
                 strerror(errno));
    return false;
}

enum rz_status rz_cli_read_plan(struct rz_cli *cli, const char *path, struct rz_plan *plan,
                                struct rz_buffer *text)
{
    char *buffer = NULL;
    FILE *file = fopen(path, "re");
    if (!file) {
        bool missing = errno == ENOENT;
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ4101, rz_place_named(path),
                                            "cannot be read: %s", strerror(errno));
        /* `plan` takes zones where `apply` takes a file. */
        if (missing && strchr(path, '.') && !strchr(path, '/')
            && !rz_str_ends_with(rz_str_of(path), ".json"))
            rz_diag_hint(&cli->diags, diag, "a plan file is meant; zones are named by --zone %s",
                         path);
        return RZ_NOT_FOUND;
    }
    text->limit = PLAN_FILE_MAX;
    size_t got;
    while ((buffer = rz_buffer_reserve(text, 1 << 16))
           && (got = fread(buffer, 1, 1 << 16, file)) > 0)
        text->size += got;
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || text->overflow) {
        rz_diags_add(&cli->diags, RZ4101, rz_place_named(path),
                     failed ? "cannot be read" : "is larger than 1 GiB");
        return RZ_IO;
    }
    return rz_plan_file_read(plan, rz_buffer_view(text), path, &cli->diags);
}
