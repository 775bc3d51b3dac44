/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file is which zone's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "zonefile/zonefile.h"

static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void rz_zonefile_encode(char text[RZ_NAME_TEXT_MAX], const uint8_t *apex)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = text;
    if (*apex == 0)
        *out++ = '@';
    for (; *apex; apex += 1 + *apex) {
        if (out > text)
            *out++ = '.';
        for (unsigned i = 1; i <= *apex; i++) {
            if (is_plain(apex[i])) {
                *out++ = (char)apex[i];
                continue;
            }
            *out++ = '%';
            *out++ = digits[apex[i] >> 4];
            *out++ = digits[apex[i] & 15];
        }
    }
    *out = '\0';
}

/* The inverse of encoding; what does not give the same text again was not made by it. */
static bool decode(struct rz_str text, struct rz_name *apex)
{
    uint8_t wire[RZ_NAME_MAX + 1];
    size_t size = 1, label = 0;
    wire[0] = 0;
    for (size_t i = 0; i < text.size && !rz_str_is(text, "@"); i++) {
        if (size >= RZ_NAME_MAX)
            return false;
        if (text.data[i] == '.') {
            label = size;
            wire[size++] = 0;
            continue;
        }
        uint8_t octet = (uint8_t)text.data[i];
        if (octet == '%') {
            int high = i + 2 < text.size ? rz_hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? rz_hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            octet = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (++wire[label] > 63)
            return false;
        wire[size++] = octet;
    }
    if (size > 1 && size < RZ_NAME_MAX)
        wire[size++] = 0;
    char again[RZ_NAME_TEXT_MAX];
    if (rz_name_check(wire, size) != size)
        return false;
    rz_name_copy(apex, wire);
    rz_zonefile_encode(again, apex->wire);
    return rz_str_is(text, again);
}

bool rz_zonefile_decode(const struct rz_zonefile *zf, const char *path, struct rz_name *apex)
{
    struct rz_str text = rz_str_of(path);
    size_t prefix = strlen(zf->prefix), suffix = strlen(zf->suffix);
    if (text.size <= prefix + suffix || !rz_str_starts_with(text, zf->prefix)
        || !rz_str_ends_with(text, zf->suffix))
        return false;
    return decode((struct rz_str){path + prefix, text.size - prefix - suffix}, apex);
}

enum rz_status rz_zonefile_path(const struct rz_zonefile *zf, const uint8_t *apex,
                                struct rz_zonefile_path *path, struct rz_diags *diags)
{
    rz_name_text_plain(path->zone, apex);
    rz_zonefile_encode(path->encoded, apex);
    int size = snprintf(path->path, sizeof path->path, "%s%s%s", zf->prefix, path->encoded,
                        zf->suffix);
    const char *slash = strrchr(zf->prefix, '/');
    size_t directories = slash ? (size_t)(slash + 1 - zf->prefix) : 0;
    snprintf(path->shown, sizeof path->shown, "%s/%s", zf->options.directory, path->path);
    /* Temporary files and locks add a dot and up to six octets. */
    if ((size_t)size >= sizeof path->path || (size_t)size - directories > 248
        || strlen(zf->options.directory) >= RZ_ZONEFILE_PATH_MAX) {
        struct rz_diag *diag = rz_diags_add(diags, RZ3209, rz_place_named(zf->base.name),
                                            "the zone %s has too long a name for a file",
                                            path->zone);
        rz_diag_hint(diags, diag, "keep it with another provider");
        return RZ_INVALID;
    }
    return RZ_OK;
}

static void make_directories(int project, const char *path)
{
    char part[RZ_ZONEFILE_PATH_MAX];
    for (size_t i = 1; path[i - 1] && i < sizeof part; i++) {
        if (path[i] && path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        mkdirat(project, part, 0755); /* opening says whether it worked */
    }
}

int rz_zonefile_directory(const struct rz_zonefile *zf, bool make)
{
    int project = zf->context->project_dir, flags = O_DIRECTORY | O_RDONLY | O_CLOEXEC;
    int fd = openat(project, zf->options.directory, flags);
    if (fd >= 0 || errno != ENOENT || !make)
        return fd;
    make_directories(project, zf->options.directory);
    return openat(project, zf->options.directory, flags);
}
