/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many questions to one server over UDP: a window of them is in flight, each with a random id, over
 * sockets with random ports. A reply must come from the server's address to the right socket with
 * the right id and question (RFC 5452). */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/alloc.h"
#include "transport/dns_ask_internal.h"

#define SOCKETS 4
#define WINDOW 128 /* what a server's receive buffer of usual size holds */
#define TRIES 3
#define POLL_SLICE_MS 100
#define QUESTION_MAX 1024

struct flight {
    size_t index;
    int64_t deadline, sent;
    uint16_t id;
    uint8_t socket, tries;
    bool used, plain; /* plain: without EDNS */
    struct rz_tsig_session tsig;
};

struct pipeline {
    struct rz_dns_asker *asker;
    int sockets[SOCKETS];
    struct flight flights[WINDOW];
    uint8_t by_id[65536]; /* flight + 1; 0: none */
    size_t next, active;
    int64_t timeout, last_heard;
    bool dead; /* nothing heard for the whole timeout: no use in asking on */
};

/* The tries together take the timeout. */
static int64_t patience_of(const struct pipeline *pipeline, unsigned tries)
{
    static const int tenths[TRIES] = {2, 3, 5};
    return (pipeline->timeout * tenths[tries - 1] + 9) / 10;
}

static void land(struct pipeline *pipeline, struct flight *flight)
{
    pipeline->by_id[flight->id] = 0;
    rz_tsig_session_free(&flight->tsig);
    flight->used = false;
    pipeline->active--;
}

/* Sends a flight's question under a new id. False where the socket's buffer is full. */
static bool send_question(struct pipeline *pipeline, struct flight *flight)
{
    struct rz_dns_asker *asker = pipeline->asker;
    uint8_t wire[QUESTION_MAX];
    size_t size;
    if (flight->tries)
        pipeline->by_id[flight->id] = 0;
    do
        flight->id = rz_dns_random_id(asker->peer);
    while (pipeline->by_id[flight->id]);
    pipeline->by_id[flight->id] = (uint8_t)(flight - pipeline->flights + 1);
    flight->tries++;
    flight->sent = rz_dns_ticks(asker->peer);
    flight->deadline = rz_dns_deadline(asker->peer, patience_of(pipeline, flight->tries));
    rz_tsig_session_free(&flight->tsig);
    if (!rz_dns_ask_write(asker, &asker->questions[flight->index], flight->id, !flight->plain,
                          &flight->tsig, wire, &size, sizeof wire))
        return true; /* cannot be asked: runs out of tries */
    rz_dns_trace(asker->peer, "dns-request", wire, size);
    ssize_t sent = send(pipeline->sockets[flight->socket], wire, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == ECONNREFUSED) /* of an earlier question; this one was not sent */
        sent = send(pipeline->sockets[flight->socket], wire, size, MSG_NOSIGNAL);
    return sent >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS);
}

/* Fills the window. */
static void launch(struct pipeline *pipeline)
{
    for (size_t i = 0; i < WINDOW && pipeline->next < pipeline->asker->count; i++) {
        struct flight *flight = &pipeline->flights[i];
        if (flight->used)
            continue;
        *flight = (struct flight){
            .index = pipeline->next, .used = true, .socket = (uint8_t)(pipeline->next % SOCKETS)};
        pipeline->active++;
        pipeline->next++;
        if (!send_question(pipeline, flight))
            return; /* it will be sent again when its time is up */
    }
}

static void give_up(struct pipeline *pipeline, struct flight *flight)
{
    rz_dns_ask_give_up(pipeline->asker, flight->index, false);
    land(pipeline, flight);
}

/* Asks again what got no reply, or gives up. Returns the next deadline. */
static int64_t expire(struct pipeline *pipeline)
{
    int64_t now = rz_dns_ticks(pipeline->asker->peer), next = now + POLL_SLICE_MS;
    for (size_t i = 0; i < WINDOW; i++) {
        struct flight *flight = &pipeline->flights[i];
        if (!flight->used)
            continue;
        if (flight->deadline <= now && flight->tries < TRIES) {
            send_question(pipeline, flight);
        } else if (flight->deadline <= now) {
            pipeline->dead |= now - pipeline->last_heard >= pipeline->timeout;
            give_up(pipeline, flight);
            continue;
        }
        next = flight->deadline < next ? flight->deadline : next;
    }
    return next;
}

static void remember_truncated(struct rz_dns_asker *asker, size_t index)
{
    asker->truncated = rz_grow(asker->truncated, &asker->truncated_capacity,
                               asker->truncated_count + 1, sizeof *asker->truncated);
    asker->truncated[asker->truncated_count++] = index;
}

static void take_reply(struct pipeline *pipeline, size_t socket, uint8_t *wire, size_t size)
{
    struct rz_dns_asker *asker = pipeline->asker;
    struct rz_dns_message message;
    if (!rz_dns_message_open(&message, wire, size) || !pipeline->by_id[message.id])
        return;
    struct flight *flight = &pipeline->flights[pipeline->by_id[message.id] - 1];
    const struct rz_dns_question *question = &asker->questions[flight->index];
    if (!flight->used || flight->socket != socket
        || !rz_dns_message_replies(&message, flight->id, KNOT_OPCODE_QUERY, question->name,
                                   question->type))
        return;
    pipeline->last_heard = rz_dns_ticks(asker->peer);
    asker->sent = flight->sent;
    switch (rz_dns_ask_judge(asker, flight->index, &message, &flight->tsig, false)) {
    case RZ_DNS_IGNORED: return;
    case RZ_DNS_TAKEN: break;
    case RZ_DNS_NO_EDNS:
        if (!flight->plain && flight->tries < TRIES) {
            flight->plain = true;
            send_question(pipeline, flight);
            return;
        }
        remember_truncated(asker, flight->index);
        break;
    case RZ_DNS_BAD_COOKIE:
        if (flight->tries < TRIES) {
            send_question(pipeline, flight);
            return;
        }
        remember_truncated(asker, flight->index);
        break;
    case RZ_DNS_TOO_LONG: remember_truncated(asker, flight->index); break;
    }
    land(pipeline, flight);
}

static void receive(struct pipeline *pipeline, int64_t until)
{
    struct pollfd fds[SOCKETS];
    uint8_t wire[RZ_DNS_MESSAGE_MAX];
    for (size_t i = 0; i < SOCKETS; i++)
        fds[i] = (struct pollfd){.fd = pipeline->sockets[i], .events = POLLIN};
    int64_t left = until - rz_dns_ticks(pipeline->asker->peer);
    if (poll(fds, SOCKETS, left < 0 ? 0 : (int)left) <= 0)
        return;
    for (size_t i = 0; i < SOCKETS; i++) {
        /* A bound, so that a flood cannot keep the timers from running. */
        for (int n = 0; fds[i].revents && n < WINDOW; n++) {
            ssize_t got = recv(pipeline->sockets[i], wire, sizeof wire, 0);
            if (got < 0 && errno != EINTR)
                break; /* empty, or an ICMP error of an earlier question */
            if (got < 0)
                continue;
            rz_dns_trace(pipeline->asker->peer, "dns-reply", wire, (size_t)got);
            take_reply(pipeline, i, wire, (size_t)got);
        }
    }
}

/* By one look at the clock: between two this thread may have had to wait for a processor. */
static bool is_over(const struct rz_dns_peer *peer)
{
    return peer->until && peer->until <= rz_dns_ticks(peer);
}

static enum rz_status run(struct pipeline *pipeline)
{
    struct rz_dns_asker *asker = pipeline->asker;
    while ((pipeline->next < asker->count || pipeline->active) && !pipeline->dead
           && !is_over(asker->peer)) {
        if (rz_dns_cancelled(asker->peer, RZ_DNS_UNTIL_SIGNAL))
            return RZ_CANCELLED;
        launch(pipeline);
        receive(pipeline, expire(pipeline));
    }
    for (size_t i = 0; i < WINDOW; i++)
        if (pipeline->flights[i].used)
            give_up(pipeline, &pipeline->flights[i]);
    while (pipeline->next < asker->count)
        rz_dns_ask_give_up(asker, pipeline->next++, false);
    return rz_dns_ask_tcp(asker);
}

/* Connected sockets: the kernel picks a random port and drops what comes from elsewhere. */
static enum rz_status open_sockets(struct pipeline *pipeline)
{
    struct rz_dns_asker *asker = pipeline->asker;
    struct sockaddr_storage address;
    socklen_t size;
    enum rz_status status = rz_dns_address(asker->peer, &address, &size, asker->diags);
    for (size_t i = 0; status == RZ_OK && i < SOCKETS; i++) {
        pipeline->sockets[i] = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                      0);
        if (pipeline->sockets[i] >= 0
            && connect(pipeline->sockets[i], (struct sockaddr *)&address, size) == 0)
            continue;
        char text[128];
        rz_dns_report(asker->diags, RZ3020, asker->peer, "cannot be asked over UDP: %s",
                      strerror_r(errno, text, sizeof text));
        status = RZ_NETWORK;
    }
    return status;
}

enum rz_status rz_dns_ask(const struct rz_dns_peer *peer, const struct rz_dns_question *questions,
                          size_t count,
                          void (*done)(void *user, size_t index,
                                       const struct rz_dns_answer *answer),
                          void *user, struct rz_diags *diags)
{
    struct rz_dns_asker asker = {.peer = peer,
                                 .questions = questions,
                                 .count = count,
                                 .done = done,
                                 .user = user,
                                 .diags = diags};
    struct pipeline *pipeline = rz_alloc_zero(1, sizeof *pipeline);
    for (size_t i = 0; i < SOCKETS; i++)
        pipeline->sockets[i] = -1;
    pipeline->asker = &asker;
    pipeline->timeout = rz_dns_timeout(peer);
    pipeline->last_heard = rz_dns_ticks(peer);
    asker.scratch = rz_dns_scratch_new();
    peer->context->random(peer->context->user, asker.cookie, RZ_DNS_COOKIE_CLIENT);
    enum rz_status status = open_sockets(pipeline);
    if (status == RZ_OK)
        status = run(pipeline);
    for (size_t i = 0; i < SOCKETS; i++)
        if (pipeline->sockets[i] >= 0)
            close(pipeline->sockets[i]);
    for (size_t i = 0; i < WINDOW; i++)
        rz_tsig_session_free(&pipeline->flights[i].tsig);
    free(asker.truncated);
    free(asker.scratch);
    free(pipeline);
    return status;
}
