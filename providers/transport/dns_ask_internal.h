/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulk asker in two parts: questions in flight (dns_ask.c), and what a reply says, with the way
 * over TCP (dns_answer.c). */
#ifndef RZ_TRANSPORT_DNS_ASK_INTERNAL_H
#define RZ_TRANSPORT_DNS_ASK_INTERNAL_H

#include "transport/dns_internal.h"

#define RZ_DNS_COOKIE_CLIENT 8
#define RZ_DNS_COOKIE_SERVER_MAX 32

struct rz_dns_asker {
    const struct rz_dns_peer *peer;
    const struct rz_dns_question *questions;
    size_t count;
    void (*done)(void *user, size_t index, const struct rz_dns_answer *answer);
    void *user;
    struct rz_diags *diags;
    struct rz_dns_scratch *scratch;
    uint8_t cookie[RZ_DNS_COOKIE_CLIENT + RZ_DNS_COOKIE_SERVER_MAX]; /* RFC 7873 */
    size_t server_cookie; /* octets of it that are known */
    int64_t sent;         /* ticks at which the question being judged went out */
    size_t *truncated;    /* questions to ask again over TCP */
    size_t truncated_count, truncated_capacity;
};

/* Writes and signs a question. `edns` adds OPT with the cookie. */
bool rz_dns_ask_write(const struct rz_dns_asker *asker, const struct rz_dns_question *question,
                      uint16_t id, bool edns, struct rz_tsig_session *tsig, uint8_t *wire,
                      size_t *size, size_t capacity);

enum rz_dns_verdict {
    RZ_DNS_TAKEN,    /* the answer was handed over */
    RZ_DNS_IGNORED,  /* malformed or not from the server: as if it had not come */
    RZ_DNS_TOO_LONG, /* truncated */
    RZ_DNS_NO_EDNS,  /* FORMERR, perhaps since the server knows no EDNS */
    RZ_DNS_BAD_COOKIE,
};
/* Judges a reply that matches id and question, and calls `done` where it is an answer. */
enum rz_dns_verdict rz_dns_ask_judge(struct rz_dns_asker *asker, size_t index,
                                     struct rz_dns_message *message, struct rz_tsig_session *tsig,
                                     bool tcp);
/* Calls `done` for a question that got no reply. */
void rz_dns_ask_give_up(struct rz_dns_asker *asker, size_t index, bool truncated);
/* Asks the truncated questions over TCP. RZ_CANCELLED or RZ_OK. */
enum rz_status rz_dns_ask_tcp(struct rz_dns_asker *asker);

#endif
