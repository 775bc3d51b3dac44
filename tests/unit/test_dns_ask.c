/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulk asker where this process gets little of the processor. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/rtype.h"
#include "transport/dns.h"

#define QUESTIONS 300

static const uint8_t name[] = "\4host\7example";

/* A server that has no data, authoritatively. */
struct server {
    int fd;
    atomic_bool ended;
    pthread_t thread;
};

static void *serve(void *user)
{
    struct server *server = user;
    while (!atomic_load(&server->ended)) {
        uint8_t message[512];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        struct pollfd fd = {.fd = server->fd, .events = POLLIN};
        if (poll(&fd, 1, 20) <= 0)
            continue;
        ssize_t got = recvfrom(server->fd, message, sizeof message, 0, (struct sockaddr *)&from,
                               &size);
        size_t end = 12 + sizeof name + 4; /* of the question; what follows is left out */
        if (got < (ssize_t)end)
            continue;
        message[2] |= 0x84; /* QR, AA */
        message[10] = message[11] = 0;
        sendto(server->fd, message, end, 0, (struct sockaddr *)&from, size);
    }
    return NULL;
}

static uint16_t begin(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert(bind(server->fd, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(getsockname(server->fd, (struct sockaddr *)&address, &size) == 0);
    cr_assert(pthread_create(&server->thread, NULL, serve, server) == 0);
    return ntohs(address.sin_port);
}

static void end(struct server *server)
{
    atomic_store(&server->ended, true);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* As if this thread had to wait for its turn between any two looks at the clock. */
static int64_t late(void *user)
{
    return *(int64_t *)user += 5;
}

static void fill(void *user, void *octets, size_t size)
{
    (void)user;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)octets)[i] = (uint8_t)rand();
}

static void count_answers(void *user, size_t index, const struct rz_dns_answer *answer)
{
    (void)index;
    *(size_t *)user += answer->result == RZ_DNS_NODATA && answer->authoritative;
}

static size_t ask(int64_t until)
{
    struct server server = {0};
    struct rz_diags diags = {0};
    int64_t clock = 0;
    size_t answered = 0;
    struct rz_context context = {.ticks = late, .random = fill, .user = &clock};
    struct rz_dns_question questions[QUESTIONS];
    struct rz_dns_peer peer = {.server = {.address = "127.0.0.1", .port = begin(&server)},
                               .timeout_ms = 1000000,
                               .until = until,
                               .context = &context};
    for (size_t i = 0; i < QUESTIONS; i++)
        questions[i] = (struct rz_dns_question){name, RZ_TYPE_A};
    cr_expect_eq(rz_dns_ask(&peer, questions, QUESTIONS, count_answers, &answered, &diags), RZ_OK);
    end(&server);
    rz_diags_free(&diags);
    return answered;
}

Test(dns_ask, waits_for_answers_also_where_the_clock_jumps, .timeout = 60)
{
    cr_expect_eq(ask(0), QUESTIONS);
    cr_expect_eq(ask(10000000), QUESTIONS);
}

Test(dns_ask, ends_when_its_time_is_over, .timeout = 60)
{
    cr_expect_lt(ask(1), QUESTIONS);
}
