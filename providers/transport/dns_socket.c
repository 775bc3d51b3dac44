/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets of the DNS transport. No wait is longer than the peer's timeout, and each looks at the
 * context's cancellation several times a second, since a signal may go to another thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/alloc.h"
#include "transport/dns_internal.h"

#define POLL_SLICE_MS 100

/* A decimal number from 1 to 65,535 and nothing else; 0 otherwise. */
static uint16_t parse_port(const char *text)
{
    char *end;
    if (*text < '0' || *text > '9')
        return 0;
    unsigned long number = strtoul(text, &end, 10);
    return *end || number > 65535 ? 0 : (uint16_t)number;
}

bool rz_server_parse(struct rz_server *server, const char *text)
{
    char copy[sizeof server->address + 8], *host = copy, *port = NULL;
    unsigned char octets[16];
    *server = (struct rz_server){0};
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    if (*host == '[') {
        char *close = strchr(++host, ']');
        if (!close || (close[1] && close[1] != ':'))
            return false;
        *close = '\0';
        port = close[1] ? close + 2 : NULL;
    } else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':')) {
        port = strchr(host, ':');
        *port++ = '\0';
    }
    if (port && !(server->port = parse_port(port)))
        return false;
    if (inet_pton(AF_INET, host, octets) != 1 && inet_pton(AF_INET6, host, octets) != 1)
        return false;
    memcpy(server->address, host, strlen(host) + 1); /* shorter than INET6_ADDRSTRLEN */
    return true;
}

char *rz_server_text(char text[RZ_SERVER_TEXT_MAX], const struct rz_server *server)
{
    struct rz_dns_peer peer = {.server = *server};
    if (server->port && server->port != 53)
        return rz_dns_peer_text(text, &peer);
    snprintf(text, RZ_SERVER_TEXT_MAX, "%s", server->address);
    return text;
}

static unsigned port_of(const struct rz_dns_peer *peer)
{
    return peer->server.port ? peer->server.port : 53;
}

char *rz_dns_peer_text(char text[RZ_DNS_PEER_TEXT], const struct rz_dns_peer *peer)
{
    bool v6 = strchr(peer->server.address, ':') != NULL;
    snprintf(text, RZ_DNS_PEER_TEXT, "%s%s%s:%u", v6 ? "[" : "", peer->server.address,
             v6 ? "]" : "", port_of(peer));
    return text;
}

struct rz_diag *rz_dns_report(struct rz_diags *diags, enum rz_code code,
                              const struct rz_dns_peer *peer, const char *format, ...)
{
    char place[RZ_DNS_PEER_TEXT];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    rz_buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    return rz_diags_add(diags, code, rz_place_named(rz_dns_peer_text(place, peer)), "%s",
                        rz_buffer_view(&text).data);
}

int64_t rz_dns_ticks(const struct rz_dns_peer *peer)
{
    return peer->context->ticks(peer->context->user);
}

int64_t rz_dns_timeout(const struct rz_dns_peer *peer)
{
    uint64_t timeout = peer->timeout_ms ? peer->timeout_ms : RZ_DNS_TIMEOUT_MS;
    return timeout < INT32_MAX ? (int64_t)timeout : INT32_MAX;
}

int64_t rz_dns_deadline(const struct rz_dns_peer *peer, int64_t ms)
{
    int64_t deadline = rz_dns_ticks(peer) + ms;
    return peer->until && peer->until < deadline ? peer->until : deadline;
}

bool rz_dns_cancelled(const struct rz_dns_peer *peer, enum rz_dns_patience patience)
{
    return atomic_load(&peer->context->cancelled) >= (int)patience;
}

enum rz_status rz_dns_address(const struct rz_dns_peer *peer, struct sockaddr_storage *address,
                              socklen_t *size, struct rz_diags *diags)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(peer))};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
    *address = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, peer->server.address, &v4.sin_addr) == 1) {
        memcpy(address, &v4, *size = sizeof v4);
        return RZ_OK;
    }
    if (inet_pton(AF_INET6, peer->server.address, &v6.sin6_addr) == 1) {
        memcpy(address, &v6, *size = sizeof v6);
        return RZ_OK;
    }
    struct rz_diag *diag = rz_dns_report(diags, RZ3020, peer, "is not the address of a server");
    rz_diag_hint(diags, diag, "write an IPv4 or IPv6 address, such as 192.0.2.53 or 2001:db8::53");
    return RZ_NETWORK;
}

/* Waits until the socket is ready for `events`; `doing` is for the diagnostic. */
static enum rz_status wait_for(struct rz_dns_stream *stream, short events, int64_t deadline,
                               const char *doing)
{
    for (;;) {
        if (rz_dns_cancelled(stream->peer, stream->patience))
            return RZ_CANCELLED;
        int64_t left = deadline - rz_dns_ticks(stream->peer);
        if (left <= 0) {
            struct rz_diag *diag = rz_dns_report(stream->diags, RZ3021, stream->peer,
                                                 "%s took longer than %lld ms", doing,
                                                 (long long)rz_dns_timeout(stream->peer));
            rz_diag_hint(stream->diags, diag,
                         "see whether the server runs and a firewall lets DNS over TCP through, or "
                         "raise `timeout`");
            return RZ_NETWORK;
        }
        struct pollfd fd = {.fd = stream->fd, .events = events};
        int ready = poll(&fd, 1, left < POLL_SLICE_MS ? (int)left : POLL_SLICE_MS);
        if (ready > 0)
            return RZ_OK;
        if (ready < 0 && errno != EINTR)
            return RZ_OK; /* the call that follows says what is wrong */
    }
}

static enum rz_status fail(struct rz_dns_stream *stream, const char *doing, int error)
{
    char text[128];
    struct rz_diag *diag = rz_dns_report(stream->diags, RZ3020, stream->peer, "%s: %s", doing,
                                         strerror_r(error, text, sizeof text));
    rz_diag_hint(stream->diags, diag,
                 "see whether the server runs and listens on this address and "
                 "port over TCP");
    return RZ_NETWORK;
}

static enum rz_status finish_connect(struct rz_dns_stream *stream)
{
    int64_t deadline = rz_dns_deadline(stream->peer, rz_dns_timeout(stream->peer));
    enum rz_status status = wait_for(stream, POLLOUT, deadline, "connecting");
    if (status != RZ_OK)
        return status;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    return error ? fail(stream, "cannot connect", error) : RZ_OK;
}

enum rz_status rz_dns_stream_open(struct rz_dns_stream *stream, const struct rz_dns_peer *peer,
                                  enum rz_dns_patience patience, size_t capacity,
                                  struct rz_diags *diags)
{
    struct sockaddr_storage address;
    socklen_t size;
    *stream = (struct rz_dns_stream){
        .peer = peer, .diags = diags, .patience = patience, .fd = -1, .capacity = capacity};
    enum rz_status status = rz_dns_address(peer, &address, &size, diags);
    if (status != RZ_OK)
        return status;
    stream->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0)
        return fail(stream, "cannot make a socket", errno);
    int on = 1;
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    stream->buffer = rz_alloc(capacity);
    if (connect(stream->fd, (struct sockaddr *)&address, size) == 0)
        return RZ_OK;
    return errno == EINPROGRESS ? finish_connect(stream) : fail(stream, "cannot connect", errno);
}

void rz_dns_stream_close(struct rz_dns_stream *stream)
{
    if (stream->peer && stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    free(stream->buffer);
    stream->buffer = NULL;
}

enum rz_status rz_dns_stream_send(struct rz_dns_stream *stream, const uint8_t *wire, size_t size)
{
    uint8_t prefix[2] = {(uint8_t)(size >> 8), (uint8_t)size};
    int64_t deadline = rz_dns_deadline(stream->peer, rz_dns_timeout(stream->peer));
    uint8_t *body;
    memcpy(&body, &wire, sizeof body); /* sendmsg does not write */
    rz_dns_trace(stream->peer, "dns-request", wire, size);
    for (size_t done = 0; done < 2 + size;) {
        size_t in_body = done > 2 ? done - 2 : 0, in_prefix = done < 2 ? done : 2;
        struct iovec parts[2] = {{prefix + in_prefix, 2 - in_prefix},
                                 {body + in_body, size - in_body}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            done += (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            enum rz_status status = wait_for(stream, POLLOUT, deadline, "sending");
            if (status != RZ_OK)
                return status;
        } else if (errno != EINTR) {
            return fail(stream, "cannot send", errno);
        }
    }
    return RZ_OK;
}

/* Receives until at least `need` octets are there. */
static enum rz_status fill(struct rz_dns_stream *stream, size_t need, int64_t deadline)
{
    if (stream->start && stream->start + need > stream->capacity) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
        stream->end -= stream->start;
        stream->start = 0;
    }
    while (stream->end - stream->start < need) {
        ssize_t got = recv(stream->fd, stream->buffer + stream->end, stream->capacity - stream->end,
                           0);
        if (got > 0) {
            stream->end += (size_t)got;
        } else if (got == 0) {
            struct rz_diag *diag = rz_dns_report(
                stream->diags, RZ3022, stream->peer, "closed the connection %s",
                stream->end > stream->start ? "in the middle of a message"
                : stream->replied           ? "before the reply was complete"
                                            : "without a reply");
            rz_diag_hint(stream->diags, diag, "the server's log may say why");
            return RZ_NETWORK;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            enum rz_status status = wait_for(stream, POLLIN, deadline, "the reply");
            if (status != RZ_OK)
                return status;
        } else if (errno != EINTR) {
            return fail(stream, "the connection broke", errno);
        }
    }
    return RZ_OK;
}

enum rz_status rz_dns_stream_next(struct rz_dns_stream *stream, uint8_t **wire, size_t *size)
{
    int64_t deadline = rz_dns_deadline(stream->peer, rz_dns_timeout(stream->peer));
    if (rz_dns_cancelled(stream->peer, stream->patience))
        return RZ_CANCELLED;
    if (stream->start == stream->end)
        stream->start = stream->end = 0;
    enum rz_status status = fill(stream, 2, deadline);
    if (status != RZ_OK)
        return status;
    *size = (size_t)stream->buffer[stream->start] << 8 | stream->buffer[stream->start + 1];
    status = fill(stream, 2 + *size, deadline);
    if (status != RZ_OK)
        return status;
    *wire = stream->buffer + stream->start + 2;
    stream->start += 2 + *size;
    stream->replied = true;
    rz_dns_trace(stream->peer, "dns-reply", *wire, *size);
    return RZ_OK;
}
