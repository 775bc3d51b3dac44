/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knot Resolver as it runs. Its control sockets take a line of Lua and give back what it is worth; after
 * `__binary` without a prompt and behind its length (Knot Resolver, "Control sockets"). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "resolver/resolver.h"

#define TIMEOUT_S 10
#define TRIES 20 /* while it restarts it takes no connection */
#define PAUSE_MS 100
#define REPLY_MAX ((size_t)1 << 20)
#define PAGES_MAX 100000

/* A connection; -1 with errno. */
static int open_socket(const struct rz_zonefile *zf, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = TIMEOUT_S};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (int i = 0; i < TRIES && !rz_context_stopped(zf->context); i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return -1;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        int saved = errno;
        close(fd);
        errno = saved;
        if (saved != ECONNREFUSED && saved != ENOENT)
            return -1;
        zf->context->sleep_ms(zf->context, PAUSE_MS);
    }
    return -1;
}

static bool send_all(int fd, struct rz_str text)
{
    while (text.size) {
        ssize_t sent = send(fd, text.data, text.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        text.data += sent;
        text.size -= (size_t)sent;
    }
    return true;
}

static bool receive(int fd, void *data, size_t size)
{
    for (uint8_t *at = data; size;) {
        ssize_t got = recv(fd, at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ECONNRESET;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* A prompt may come before the first length, which never begins with its octet. */
static bool receive_reply(int fd, struct rz_buffer *reply)
{
    uint8_t head[4];
    if (!receive(fd, head, 2))
        return false;
    while (head[0] == '>')
        if (!receive(fd, head, 2))
            return false;
    if (!receive(fd, head + 2, 2))
        return false;
    size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    char *room = size < REPLY_MAX ? rz_buffer_reserve(reply, size) : NULL;
    if (!room) {
        errno = EMSGSIZE;
        return false;
    }
    if (!receive(fd, room, size))
        return false;
    reply->size += size;
    return true;
}

/* What a line of Lua is worth, which must be a string, without its quotes; else false, with what was said
 * or went wrong. */
static bool evaluate(const struct rz_zonefile *zf, const char *path, const char *line,
                     struct rz_buffer *reply)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "__binary\n%s\n", line);
    reply->limit = REPLY_MAX + 1;
    rz_buffer_reset(reply);
    int fd = open_socket(zf, path);
    bool good = fd >= 0 && send_all(fd, rz_buffer_view(&text)) && receive_reply(fd, reply);
    if (!good)
        rz_buffer_printf(reply, "%s",
                         errno == EAGAIN ? "no answer for 10 seconds" : strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!good || reply->size < 2 || reply->data[0] != '\'' || reply->data[reply->size - 1] != '\'')
        return false;
    reply->size -= 2;
    memmove(reply->data, reply->data + 1, reply->size);
    reply->data[reply->size] = '\0';
    return true;
}

/* Of an error with its trace what it comes to, which stands at the end. */
static struct rz_str essence(const struct rz_buffer *reply)
{
    static const char mark[] = "\nERROR: ";
    struct rz_str text = rz_buffer_view(reply);
    const char *at = memmem(text.data, text.size, mark, sizeof mark - 1);
    if (!at)
        return rz_str_trim(text);
    size_t before = (size_t)(at - text.data) + sizeof mark - 1;
    return rz_str_trim((struct rz_str){text.data + before, text.size - before});
}

static enum rz_status refused(const struct rz_zonefile *zf, const char *path,
                              const struct rz_buffer *reply, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer visible = {.limit = 1500};
    rz_buffer_visible(&visible, essence(reply));
    struct rz_diag *diag = rz_diags_add(diags, RZ6105, rz_place_named(zf->base.name), "%s: %s",
                                        path, rz_buffer_view(&visible).data);
    rz_diag_hint(diags, diag,
                 "see that kresd runs, and that this user may use the sockets of `control`");
    return RZ_NETWORK;
}

static enum rz_status list_rules(const struct rz_zonefile *zf, const char *path,
                                 struct rz_buffer *lines, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer reply = {0};
    for (int page = 0; page < PAGES_MAX; page++) {
        char line[64];
        snprintf(line, sizeof line, "rezone and rezone.show(%d) or ''", page);
        if (!evaluate(zf, path, line, &reply))
            return refused(zf, path, &reply, diags);
        if (reply.size == 0)
            break;
        rz_buffer_str(lines, rz_buffer_view(&reply));
        rz_buffer_char(lines, '\n');
    }
    if (!lines->overflow)
        return RZ_OK;
    rz_buffer_reset(&reply);
    rz_buffer_text(&reply, "it lists more than 16 MiB of rules");
    return refused(zf, path, &reply, diags);
}

enum rz_status rz_kresd_running(const struct rz_zonefile *zf, struct rz_zone *zone,
                                struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < zf->control.count && status == RZ_OK; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer lines = {.limit = RZ_RESOLVER_OUTPUT_MAX};
        status = list_rules(zf, zf->control.words[i], &lines, diags);
        if (status == RZ_OK)
            status = rz_resolver_join(zf, zone, rz_buffer_view(&lines), diags);
    }
    return status;
}

enum rz_command_result rz_kresd_reload(const struct rz_zonefile *zf,
                                       const struct rz_zonefile_path *path,
                                       struct rz_buffer *output)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer reply = {0};
    struct rz_name apex;
    char zone[RZ_NAME_TEXT_MAX];
    const char *why;
    rz_name_parse(&apex, rz_str_of(path->zone), NULL, &why);
    rz_buffer_printf(&line,
                     "(function() local file, why, code = io.open('%s') "
                     "if file then file:close() dofile('%s') "
                     "elseif code ~= 2 then error(why) "
                     "elseif rezone then rezone.set('%s', {}) end return 'taken' end)()",
                     path->shown, path->shown, rz_name_text(zone, apex.wire));
    for (size_t i = 0; i < zf->control.count; i++)
        if (!evaluate(zf, zf->control.words[i], rz_buffer_view(&line).data, &reply)
            || !rz_str_is(rz_buffer_view(&reply), "taken")) {
            rz_buffer_printf(output, "%s: ", zf->control.words[i]);
            rz_buffer_str(output, essence(&reply));
            return RZ_COMMAND_FAILED;
        }
    return RZ_COMMAND_OK;
}

void rz_kresd_flush(const struct rz_zonefile *zf, const uint8_t *name, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer reply = {0};
    char text[RZ_NAME_TEXT_MAX], line[RZ_NAME_TEXT_MAX + 64];
    if (strpbrk(rz_name_text(text, name), "'\\\n"))
        return;
    snprintf(line, sizeof line, "cache.clear('%s') and 'taken'", text);
    for (size_t i = 0; i < zf->control.count; i++)
        if (!evaluate(zf, zf->control.words[i], line, &reply)) {
            refused(zf, zf->control.words[i], &reply, diags);
            rz_diag_set_severity(diags, &diags->items[diags->count - 1], RZ_WARNING);
        }
}
