/* SPDX-License-Identifier: GPL-3.0-or-later */
/* $INCLUDE: only below one directory, without links, loops or great depth, since the files may come
 * from strangers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dns/master_file_internal.h"
#include "support/alloc.h"
#include "support/file.h"

#define DEPTH_MAX 8
#define INCLUDES_MAX 4096

/* Appends `path` to `out`, which holds a directory or nothing, with `.` and `..` taken away by name:
 * no component is a link, or opening refuses it. False where it leads out. */
static bool join_path(struct rz_buffer *out, const char *path)
{
    while (*path) {
        size_t size = strcspn(path, "/");
        struct rz_str part = {path, size};
        path += size + strspn(path + size, "/");
        if (size == 0 || rz_str_is(part, "."))
            continue;
        if (!rz_str_is(part, "..")) {
            if (out->size)
                rz_buffer_char(out, '/');
            rz_buffer_str(out, part);
            continue;
        }
        if (!out->size)
            return false;
        while (out->size && out->data[out->size - 1] != '/')
            out->size--;
        out->size -= out->size > 0;
        out->data[out->size] = '\0';
    }
    return out->size > 0;
}

/* The path below the include directory that `name` means in this file. */
static bool resolve(const struct rz_master_input *input, const char *name, struct rz_buffer *path)
{
    const char *slash = strrchr(input->path, '/');
    if (name[0] == '/')
        return false;
    if (slash) {
        RZ_CLEANUP(rz_free_pointer)
        char *directory = rz_strndup(input->path, (size_t)(slash - input->path));
        if (!join_path(path, directory))
            return false;
    }
    return join_path(path, name);
}

/* The file's name in messages: with what stands before the path in the including file's name. */
static void display_name(const struct rz_master_input *input, const char *path,
                         struct rz_buffer *name)
{
    struct rz_str whole = rz_str_of(input->source->name);
    if (rz_str_ends_with(whole, input->path))
        rz_buffer_append(name, whole.data, whole.size - strlen(input->path));
    rz_buffer_text(name, path);
}

static bool is_open(const struct rz_master_input *input, const char *path)
{
    for (; input; input = input->parent)
        if (strcmp(input->path, path) == 0)
            return true;
    return false;
}

static void refuse(struct rz_master_input *input, struct rz_place place, const char *path,
                   const char *why, const char *hint)
{
    struct rz_diag *diag = rz_master_error(input, RZ1315, place, "$INCLUDE %s: %s", path, why);
    if (hint)
        rz_diag_hint(input->reader->diags, diag, "%s", hint);
}

/* Reads the file's text, or says why not. */
static bool load(struct rz_master_input *input, const char *path, struct rz_place place,
                 struct rz_buffer *content)
{
    struct rz_master_reader *reader = input->reader;
    if (is_open(input, path)) {
        refuse(input, place, path, "the file includes itself", NULL);
        return false;
    }
    if (input->depth + 1 > DEPTH_MAX || ++reader->includes > INCLUDES_MAX) {
        refuse(input, place, path, "too many files in one another (8) or in all (4,096)", NULL);
        return false;
    }
    enum rz_status status = rz_file_read(reader->options->include_dir, path,
                                         RZ_MASTER_FILE_MAX - reader->octets, content);
    if (status == RZ_LIMIT)
        refuse(input, place, path, "over 1 GiB in all", NULL);
    else if (status == RZ_REFUSED)
        refuse(input, place, path, "a symbolic link", "include the file that it points to");
    else if (status != RZ_OK)
        refuse(input, place, path, strerror(errno),
               "the path is relative to the directory of the including file");
    reader->octets += content->size;
    return status == RZ_OK;
}

static void read_included(struct rz_master_input *input, const char *path, const uint8_t *origin,
                          struct rz_str content)
{
    struct rz_master_reader *reader = input->reader;
    const zs_scanner_t *outer = input->scanner;
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer copy = {0};
    display_name(input, path, &name);
    if (reader->options->included)
        reader->options->included(reader->options->user, path, content);
    struct rz_source source = {name.data, content};
    struct rz_master_input inner = {
        .reader = reader,
        .parent = input,
        .source = &source,
        .text = rz_master_plain_text(&copy, content),
        .path = path,
        .provenance = rz_zone_file(reader->zone, name.data),
        .depth = input->depth + 1,
        .scanner = rz_master_scanner_new(origin, outer->r_owner_length ? outer->r_owner : NULL),
    };
    rz_master_input_read(&inner);
    zs_deinit(inner.scanner);
    free(inner.scanner);
}

void rz_master_include(struct rz_master_input *input, struct rz_str rest, struct rz_place place)
{
    struct rz_str word = rz_master_word(&rest, NULL), origin_word = rz_master_word(&rest, NULL);
    struct rz_name origin;
    const char *why;
    rz_name_copy(&origin, input->scanner->zone_origin);
    if (!word.size || word.size > 1024 || memchr(word.data, '\0', word.size)) {
        rz_master_error(input, RZ1314, place, "$INCLUDE needs the path of a file");
        return;
    }
    if (origin_word.data
        && rz_name_parse(&origin, origin_word, input->scanner->zone_origin, &why) != RZ_OK) {
        rz_master_error(input, RZ1314, place, "$INCLUDE with a bad origin: %s", why);
        return;
    }
    RZ_CLEANUP(rz_free_pointer) char *name = rz_strndup(word.data, word.size);
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    if (input->reader->options->include_dir < 0)
        refuse(input, place, name, "not allowed here", "write the records into this file");
    else if (!resolve(input, name, &path))
        refuse(input, place, name, "outside the directory that may be read",
               "move the file beside this one and name it by a relative path");
    else if (load(input, path.data, place, &content))
        read_included(input, path.data, origin.wire, rz_buffer_view(&content));
}
