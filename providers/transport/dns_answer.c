/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reply to one of many questions says, and the questions whose replies need TCP. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transport/dns_ask_internal.h"

#define EDNS_PAYLOAD 1232
#define OPTION_COOKIE 10
#define BADCOOKIE 23
#define TCP_TRIES 3
#define TCP_WINDOW 16 /* questions sent before their replies are read; they fit any socket buffer */

static const uint8_t root[1] = {0};

bool rz_dns_ask_write(const struct rz_dns_asker *asker, const struct rz_dns_question *question,
                      uint16_t id, bool edns, struct rz_tsig_session *tsig, uint8_t *wire,
                      size_t *size, size_t capacity)
{
    struct rz_dns_writer writer;
    rz_dns_writer_begin(&writer, wire, capacity, id, KNOT_OPCODE_QUERY, question->name,
                        question->type);
    if (asker->peer->recursive)
        knot_wire_set_rd(wire);
    if (edns) {
        uint8_t option[4 + sizeof asker->cookie];
        size_t cookie = RZ_DNS_COOKIE_CLIENT + asker->server_cookie;
        knot_wire_write_u16(option, OPTION_COOKIE);
        knot_wire_write_u16(option + 2, (uint16_t)cookie);
        memcpy(option + 4, asker->cookie, cookie);
        rz_dns_writer_record(&writer, 3, root, KNOT_RRTYPE_OPT, EDNS_PAYLOAD, 0, option,
                             (uint16_t)(4 + cookie));
    }
    *tsig = (struct rz_tsig_session){.key = asker->peer->key};
    if (writer.overflow || !rz_tsig_sign(tsig, wire, &writer.size, capacity))
        return false;
    *size = writer.size;
    return true;
}

/* Finds the cookie option (RFC 7873 §4). False: it has a client part that is not ours, so the reply
 * is not to our question. */
static bool take_cookie(struct rz_dns_asker *asker, const knot_rdata_t *options)
{
    for (size_t at = 0; options->len - at >= 4;) {
        size_t size = knot_wire_read_u16(options->data + at + 2);
        const uint8_t *data = options->data + at + 4;
        if (size > options->len - at - 4)
            return true;
        if (knot_wire_read_u16(options->data + at) == OPTION_COOKIE) {
            if (size < RZ_DNS_COOKIE_CLIENT
                || memcmp(data, asker->cookie, RZ_DNS_COOKIE_CLIENT) != 0)
                return false;
            if (size >= RZ_DNS_COOKIE_CLIENT + 8 && size <= sizeof asker->cookie) {
                memcpy(asker->cookie, data, size);
                asker->server_cookie = size - RZ_DNS_COOKIE_CLIENT;
            }
            return true;
        }
        at += 4 + size;
    }
    return true;
}

/* What of the message matters, as a zone at the root: RRset assembly is a zone's business. */
struct findings {
    struct rz_zone zone;
    const uint8_t *name; /* of the question, or where its aliases lead */
    struct rz_name target;
    bool recursive;
    uint16_t type;
    const uint8_t *cut; /* owner of the authority's NS records, in the zone's arena */
    bool answered, aliased, has_soa, foreign;
};

static bool keep(struct findings *found, const struct rz_dns_record *record)
{
    struct rz_rdata rdata;
    return rz_dns_record_rdata(record, &rdata)
           && rz_zone_add(&found->zone, record->rrset.owner, record->rrset.type, record->rrset.ttl,
                          rdata, (struct rz_record_origin){0})
                  == RZ_OK;
}

static bool look_at(struct findings *found, struct rz_dns_asker *asker,
                    struct rz_dns_message *message, const struct rz_dns_record *record)
{
    const knot_rrset_t *rrset = &record->rrset;
    bool own = rz_name_equal(rrset->owner, found->name);
    if (rrset->type == KNOT_RRTYPE_OPT && record->section == 2) {
        message->rcode |= (rrset->ttl >> 24) << 4; /* RFC 6891 §6.1.3 */
        found->foreign |= !take_cookie(asker, rrset->rrs.rdata);
        return true;
    }
    if (rrset->rclass != KNOT_CLASS_IN)
        return true;
    if (record->section == 0 && own
        && (rrset->type == found->type || rrset->type == RZ_TYPE_CNAME)) {
        if (rrset->type != found->type && found->recursive) { /* RFC 1034 §3.6.2 */
            rz_name_copy(&found->target, rrset->rrs.rdata->data);
            found->name = found->target.wire;
            return true;
        }
        found->answered |= rrset->type == found->type;
        found->aliased |= rrset->type != found->type;
        return keep(found, record);
    }
    if (record->section == 1 && rrset->type == RZ_TYPE_SOA)
        found->has_soa = true;
    if (record->section == 1 && rrset->type == RZ_TYPE_NS && !found->answered && !found->aliased
        && rz_name_in(found->name, rrset->owner)) {
        if (!keep(found, record))
            return false;
        found->cut = found->zone.rrsets[found->zone.count - 1].owner;
    }
    return true;
}

static void classify(struct rz_dns_answer *answer, const struct findings *found)
{
    const struct rz_zone *zone = &found->zone;
    if (found->aliased && !found->answered
        && (answer->rcode == KNOT_RCODE_NOERROR || answer->rcode == KNOT_RCODE_NXDOMAIN)) {
        /* The rest of the reply is about the alias's target (RFC 6604). */
        answer->result = RZ_DNS_NODATA;
        answer->rrset = rz_zone_find(zone, found->name, RZ_TYPE_CNAME);
    } else if (answer->rcode == KNOT_RCODE_NXDOMAIN) {
        answer->result = RZ_DNS_NXDOMAIN;
    } else if (answer->rcode != KNOT_RCODE_NOERROR) {
        answer->result = RZ_DNS_RCODE;
    } else if (found->answered) {
        answer->result = RZ_DNS_ANSWER;
        answer->rrset = rz_zone_find(zone, found->name, found->type);
    } else if (found->cut && !found->has_soa && !answer->authoritative) {
        answer->result = RZ_DNS_REFERRAL;
        answer->rrset = rz_zone_find(zone, found->cut, RZ_TYPE_NS);
    } else {
        answer->result = RZ_DNS_NODATA;
    }
}

/* The server's complaint about our signature counts as its answer; a forged reply does not. */
static bool is_trusted(enum rz_tsig_result trust, unsigned rcode)
{
    return trust == RZ_TSIG_GOOD || (trust != RZ_TSIG_FORGED && rcode != KNOT_RCODE_NOERROR);
}

enum rz_dns_verdict rz_dns_ask_judge(struct rz_dns_asker *asker, size_t index,
                                     struct rz_dns_message *message, struct rz_tsig_session *tsig,
                                     bool tcp)
{
    const struct rz_dns_question *question = &asker->questions[index];
    if (!is_trusted(rz_tsig_check_message(tsig, message, asker->scratch), message->rcode))
        return RZ_DNS_IGNORED;
    if (message->truncated)
        return tcp ? RZ_DNS_IGNORED : RZ_DNS_TOO_LONG;
    struct findings found = {
        .name = question->name, .type = question->type, .recursive = asker->peer->recursive};
    struct rz_diags unused = {0};
    struct rz_dns_record record;
    enum rz_status status;
    enum rz_dns_verdict verdict = RZ_DNS_IGNORED;
    rz_zone_init(&found.zone, root);
    while ((status = rz_dns_message_next(message, asker->scratch, &record)) == RZ_OK
           && look_at(&found, asker, message, &record))
        ;
    if (status == RZ_NOT_FOUND && !found.foreign) {
        rz_zone_finish(&found.zone, RZ_ZONE_LIVE, &unused);
        struct rz_dns_answer answer = {.rcode = message->rcode,
                                       .truncated_udp = tcp,
                                       .authoritative = message->authoritative,
                                       .milliseconds = rz_dns_ticks(asker->peer) - asker->sent};
        classify(&answer, &found);
        verdict = message->rcode == BADCOOKIE            ? RZ_DNS_BAD_COOKIE
                  : message->rcode == KNOT_RCODE_FORMERR ? RZ_DNS_NO_EDNS
                                                         : RZ_DNS_TAKEN;
        if (verdict == RZ_DNS_TAKEN || tcp)
            asker->done(asker->user, index, &answer);
    }
    rz_zone_free(&found.zone);
    rz_diags_free(&unused);
    return tcp && verdict != RZ_DNS_IGNORED ? RZ_DNS_TAKEN : verdict;
}

void rz_dns_ask_give_up(struct rz_dns_asker *asker, size_t index, bool truncated)
{
    struct rz_dns_answer answer = {.result = RZ_DNS_NO_REPLY, .truncated_udp = truncated};
    asker->done(asker->user, index, &answer);
}

/* ---- over TCP ---- */

/* Questions sent together. */
struct volley {
    size_t count, left;
    struct {
        size_t index;
        uint16_t id;
        bool answered;
        struct rz_tsig_session tsig;
    } items[TCP_WINDOW];
};

static enum rz_status send_volley(struct rz_dns_asker *asker, struct rz_dns_stream *stream,
                                  struct volley *volley, const size_t *indices, size_t count)
{
    uint8_t wire[1024];
    size_t size;
    uint16_t first = rz_dns_random_id(asker->peer);
    *volley = (struct volley){.count = count, .left = count};
    asker->sent = rz_dns_ticks(asker->peer);
    for (size_t i = 0; i < count; i++) {
        volley->items[i].index = indices[i];
        volley->items[i].id = (uint16_t)(first + i);
        if (!rz_dns_ask_write(asker, &asker->questions[indices[i]], volley->items[i].id, true,
                              &volley->items[i].tsig, wire, &size, sizeof wire))
            return RZ_INVALID;
        enum rz_status status = rz_dns_stream_send(stream, wire, size);
        if (status != RZ_OK)
            return status;
    }
    return RZ_OK;
}

static enum rz_status read_volley(struct rz_dns_asker *asker, struct rz_dns_stream *stream,
                                  struct volley *volley)
{
    while (volley->left) {
        uint8_t *wire;
        size_t size;
        struct rz_dns_message message;
        enum rz_status status = rz_dns_stream_next(stream, &wire, &size);
        if (status != RZ_OK)
            return status;
        if (!rz_dns_message_open(&message, wire, size))
            return RZ_NETWORK;
        size_t i = (uint16_t)(message.id - volley->items[0].id);
        if (i >= volley->count || volley->items[i].answered)
            return RZ_NETWORK;
        const struct rz_dns_question *question = &asker->questions[volley->items[i].index];
        if (!rz_dns_message_replies(&message, volley->items[i].id, KNOT_OPCODE_QUERY,
                                    question->name, question->type)
            || rz_dns_ask_judge(asker, volley->items[i].index, &message, &volley->items[i].tsig,
                                true)
                   != RZ_DNS_TAKEN)
            return RZ_NETWORK;
        volley->items[i].answered = true;
        volley->left--;
    }
    return RZ_OK;
}

/* Those of the volley without an answer go back to the front of what is left. */
static size_t put_back(struct rz_dns_asker *asker, const struct volley *volley, size_t next)
{
    for (size_t i = volley->count; i-- > 0;)
        if (!volley->items[i].answered)
            asker->truncated[--next] = volley->items[i].index;
    return next;
}

/* One connection, used until it fails; returns the first question that is left. */
static enum rz_status ask_connection(struct rz_dns_asker *asker, size_t *next,
                                     struct rz_diags *trouble)
{
    struct rz_dns_stream stream;
    enum rz_status status = rz_dns_stream_open(&stream, asker->peer, RZ_DNS_UNTIL_SIGNAL,
                                               RZ_DNS_MESSAGE_MAX + 2, trouble);
    while (status == RZ_OK && *next < asker->truncated_count) {
        struct volley volley;
        size_t count = asker->truncated_count - *next;
        count = count < TCP_WINDOW ? count : TCP_WINDOW;
        status = send_volley(asker, &stream, &volley, asker->truncated + *next, count);
        *next += count;
        if (status == RZ_OK)
            status = read_volley(asker, &stream, &volley);
        *next = put_back(asker, &volley, *next);
        for (size_t i = 0; i < count; i++)
            rz_tsig_session_free(&volley.items[i].tsig);
    }
    rz_dns_stream_close(&stream);
    return status;
}

enum rz_status rz_dns_ask_tcp(struct rz_dns_asker *asker)
{
    size_t next = 0;
    for (int tries = 0; next < asker->truncated_count && tries < TCP_TRIES;) {
        size_t before = next;
        struct rz_diags trouble = {0};
        enum rz_status status = ask_connection(asker, &next, &trouble);
        rz_diags_free(&trouble);
        if (status == RZ_CANCELLED)
            return status;
        tries = next > before ? 0 : tries + 1;
    }
    for (; next < asker->truncated_count; next++)
        rz_dns_ask_give_up(asker, asker->truncated[next], true);
    return RZ_OK;
}
