/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question, one reply, looked at closely. */
#include "transport/dns_probe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/rtype.h"
#include "transport/dns_internal.h"

#define TRIES 3
#define POLL_SLICE_MS 100
#define PAYLOAD 1232
#define QUESTION_MAX 512

struct probing {
    const struct rz_dns_peer *peer;
    const struct rz_dns_probe *probe;
    struct rz_dns_probe_reply *reply;
    struct rz_dns_writer writer;
    uint16_t id;
    uint8_t question[QUESTION_MAX];
};

static void write_question(struct probing *p)
{
    static const uint8_t root[1] = {0};
    uint32_t extended = p->probe->flags & RZ_PROBE_DNSSEC ? 0x8000 : 0;
    p->id = rz_dns_random_id(p->peer);
    rz_dns_writer_begin(&p->writer, p->question, sizeof p->question, p->id, KNOT_OPCODE_QUERY,
                        p->probe->name, p->probe->type);
    if (p->probe->flags & RZ_PROBE_RD)
        knot_wire_set_rd(p->question);
    if (!(p->probe->flags & RZ_PROBE_PLAIN))
        rz_dns_writer_record(&p->writer, 3, root, KNOT_RRTYPE_OPT, PAYLOAD, extended, NULL, 0);
}

static void take_records(struct probing *p, struct rz_dns_message *message)
{
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    struct rz_dns_record record;
    struct rz_rdata rdata;
    enum rz_status status;
    while ((status = rz_dns_message_next(message, scratch, &record)) == RZ_OK) {
        const knot_rrset_t *rrset = &record.rrset;
        if (rrset->type == KNOT_RRTYPE_OPT) {
            p->reply->has_edns = true;
            p->reply->rcode |= (rrset->ttl >> 24) << 4;
            continue;
        }
        if (rrset->rclass != KNOT_CLASS_IN)
            continue;
        if (!rz_dns_record_rdata(&record, &rdata))
            p->reply->malformed = true;
        else
            rz_zone_add(&p->reply->sections[record.section], rrset->owner, rrset->type, rrset->ttl,
                        rdata, (struct rz_record_origin){0});
    }
    p->reply->malformed |= status != RZ_NOT_FOUND;
    free(scratch);
}

/* False: not the reply to the question. */
static bool take_reply(struct probing *p, uint8_t *wire, size_t size)
{
    struct rz_dns_message message;
    struct rz_dns_probe_reply *reply = p->reply;
    if (!rz_dns_message_open(&message, wire, size)
        || !rz_dns_message_replies(&message, p->id, KNOT_OPCODE_QUERY, p->probe->name,
                                   p->probe->type))
        return false;
    reply->replied = true;
    reply->rcode = message.rcode;
    reply->authoritative = message.authoritative;
    reply->truncated = message.truncated;
    reply->recursion = knot_wire_get_ra(wire);
    take_records(p, &message);
    return true;
}

/* Waits for the reply until `deadline`. */
static bool receive(struct probing *p, int fd, int64_t deadline)
{
    uint8_t wire[RZ_DNS_MESSAGE_MAX];
    for (int64_t left; (left = deadline - rz_dns_ticks(p->peer)) > 0;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (rz_dns_cancelled(p->peer, RZ_DNS_UNTIL_SIGNAL))
            return false;
        if (poll(&wait, 1, left < POLL_SLICE_MS ? (int)left : POLL_SLICE_MS) <= 0)
            continue;
        ssize_t got = recv(fd, wire, sizeof wire, 0);
        if (got < 0 && errno == ECONNREFUSED)
            return false; /* nobody listens */
        if (got <= 0)
            continue;
        rz_dns_trace(p->peer, "dns-reply", wire, (size_t)got);
        if (take_reply(p, wire, (size_t)got))
            return true;
    }
    return false;
}

static enum rz_status ask_udp(struct probing *p)
{
    static const int tenths[TRIES] = {2, 3, 5};
    struct sockaddr_storage address;
    struct rz_diags unseen = {0};
    socklen_t size;
    enum rz_status status = rz_dns_address(p->peer, &address, &size, &unseen);
    rz_diags_free(&unseen);
    int fd = status == RZ_OK ? socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) != 0)
        status = RZ_NETWORK;
    for (int i = 0; status == RZ_OK && i < TRIES && !p->reply->replied; i++) {
        write_question(p);
        rz_dns_trace(p->peer, "dns-request", p->question, p->writer.size);
        if (send(fd, p->question, p->writer.size, MSG_NOSIGNAL) >= 0)
            receive(p, fd, rz_dns_deadline(p->peer, rz_dns_timeout(p->peer) * tenths[i] / 10));
    }
    if (fd >= 0)
        close(fd);
    return status;
}

static enum rz_status ask_tcp(struct probing *p)
{
    uint8_t *wire;
    size_t size;
    struct rz_diags unseen = {0};
    struct rz_dns_stream stream = {.fd = -1};
    write_question(p);
    enum rz_status status = rz_dns_stream_open(&stream, p->peer, RZ_DNS_UNTIL_SIGNAL,
                                               RZ_DNS_MESSAGE_MAX + 2, &unseen);
    if (status == RZ_OK)
        status = rz_dns_stream_send(&stream, p->question, p->writer.size);
    if (status == RZ_OK)
        status = rz_dns_stream_next(&stream, &wire, &size);
    if (status == RZ_OK)
        p->reply->over_tcp = take_reply(p, wire, size);
    rz_dns_stream_close(&stream);
    rz_diags_free(&unseen);
    return status == RZ_CANCELLED ? status : RZ_OK;
}

static void begin(struct rz_dns_probe_reply *reply)
{
    static const uint8_t root[1] = {0};
    *reply = (struct rz_dns_probe_reply){0};
    for (int i = 0; i < 3; i++)
        rz_zone_init(&reply->sections[i], root);
}

enum rz_status rz_dns_probe(const struct rz_dns_peer *peer, const struct rz_dns_probe *probe,
                            struct rz_dns_probe_reply *reply)
{
    struct probing p = {.peer = peer, .probe = probe, .reply = reply};
    struct rz_diags unseen = {0};
    enum rz_status status = RZ_OK;
    int64_t start = rz_dns_ticks(peer);
    begin(reply);
    if (!(probe->flags & RZ_PROBE_TCP))
        status = ask_udp(&p);
    if (status == RZ_OK && !(probe->flags & RZ_PROBE_UDP)
        && (probe->flags & RZ_PROBE_TCP || reply->truncated)) {
        rz_dns_probe_reply_free(reply);
        begin(reply);
        status = ask_tcp(&p);
    }
    if (rz_dns_cancelled(peer, RZ_DNS_UNTIL_SIGNAL))
        status = RZ_CANCELLED;
    reply->milliseconds = rz_dns_ticks(peer) - start;
    for (int i = 0; i < 3; i++)
        rz_zone_finish(&reply->sections[i], RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
    return status;
}

void rz_dns_probe_reply_free(struct rz_dns_probe_reply *reply)
{
    for (int i = 0; i < 3; i++)
        rz_zone_free(&reply->sections[i]);
}

const struct rz_rrset *rz_dns_probe_find(const struct rz_dns_probe_reply *reply,
                                         enum rz_dns_section section, const uint8_t *owner,
                                         uint16_t type)
{
    return rz_zone_find(&reply->sections[section], owner, type);
}
