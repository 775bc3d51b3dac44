/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request and one reply over TCP, and the question for a zone's SOA made of it. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transport/dns_internal.h"

void rz_dns_exchange_init(struct rz_dns_exchange *exchange, const struct rz_dns_peer *peer,
                          enum rz_dns_patience patience, struct rz_diags *diags)
{
    *exchange = (struct rz_dns_exchange){.peer = peer,
                                         .patience = patience,
                                         .diags = diags,
                                         .stream = {.fd = -1},
                                         .tsig = {.key = peer->key}};
    exchange->scratch = rz_dns_scratch_new();
}

void rz_dns_exchange_free(struct rz_dns_exchange *exchange)
{
    rz_dns_stream_close(&exchange->stream);
    rz_tsig_session_free(&exchange->tsig);
    free(exchange->scratch);
}

enum rz_status rz_dns_exchange_run(struct rz_dns_exchange *exchange, struct rz_dns_writer *writer,
                                   unsigned opcode, const uint8_t *name, uint16_t type)
{
    const struct rz_dns_peer *peer = exchange->peer;
    uint16_t id = knot_wire_get_id(writer->wire);
    if (writer->overflow
        || !rz_tsig_sign(&exchange->tsig, writer->wire, &writer->size, RZ_DNS_MESSAGE_MAX)) {
        rz_dns_report(exchange->diags, RZ3022, peer, "the request cannot be signed");
        return RZ_LIMIT;
    }
    enum rz_status status = rz_dns_stream_open(&exchange->stream, peer, exchange->patience,
                                               RZ_DNS_MESSAGE_MAX + 2, exchange->diags);
    if (status == RZ_OK)
        status = rz_dns_stream_send(&exchange->stream, writer->wire, writer->size);
    if (status != RZ_OK)
        return status;
    exchange->sent = true;
    uint8_t *wire;
    size_t size;
    status = rz_dns_stream_next(&exchange->stream, &wire, &size);
    if (status != RZ_OK)
        return status;
    if (!rz_dns_message_open(&exchange->reply, wire, size)
        || !rz_dns_message_replies(&exchange->reply, id, opcode, name, type)) {
        rz_dns_report(exchange->diags, RZ3022, peer,
                      "the reply is malformed or to another question");
        return RZ_NETWORK;
    }
    exchange->trust = rz_tsig_check_message(&exchange->tsig, &exchange->reply, exchange->scratch);
    return RZ_OK;
}

/* The SOA of `apex` in the answer, copied to the arena. False: malformed. */
static bool find_soa(struct rz_dns_exchange *exchange, const uint8_t *apex, struct rz_arena *arena,
                     struct rz_rrset **soa)
{
    struct rz_dns_record record;
    struct rz_rdata rdata;
    enum rz_status status;
    while ((status = rz_dns_message_next(&exchange->reply, exchange->scratch, &record)) == RZ_OK) {
        const knot_rrset_t *rrset = &record.rrset;
        if (record.section != 0 || rrset->type != RZ_TYPE_SOA || rrset->rclass != KNOT_CLASS_IN
            || !rz_name_equal(rrset->owner, apex))
            continue;
        if (*soa || !rz_dns_record_rdata(&record, &rdata)
            || !rz_soa_serial_offset(rdata.wire, rdata.size))
            return false;
        struct rz_zone zone;
        rz_zone_init(&zone, apex);
        rz_zone_add(&zone, apex, RZ_TYPE_SOA, rrset->ttl, rdata, (struct rz_record_origin){0});
        *soa = rz_rrset_copy(arena, &zone.rrsets[0]);
        rz_zone_free(&zone);
    }
    return status == RZ_NOT_FOUND;
}

static enum rz_status read_soa(struct rz_dns_exchange *exchange, const uint8_t *apex,
                               struct rz_arena *arena, struct rz_dns_soa_reply *reply)
{
    reply->rcode = exchange->reply.rcode;
    reply->trusted = exchange->trust == RZ_TSIG_GOOD;
    if (!reply->trusted
        && !(exchange->trust == RZ_TSIG_UNSIGNED && reply->rcode != KNOT_RCODE_NOERROR))
        return rz_tsig_report(exchange->trust, exchange->peer, "asking for the SOA",
                              exchange->diags);
    if (!find_soa(exchange, apex, arena, &reply->soa)) {
        rz_dns_report(exchange->diags, RZ3022, exchange->peer, "the reply has a malformed SOA");
        return RZ_NETWORK;
    }
    reply->authoritative = exchange->reply.authoritative && reply->soa;
    return RZ_OK;
}

enum rz_status rz_dns_ask_soa(const struct rz_dns_peer *peer, const uint8_t *apex,
                              enum rz_dns_patience patience, struct rz_arena *arena,
                              struct rz_dns_soa_reply *reply, struct rz_diags *diags)
{
    struct rz_dns_exchange exchange;
    struct rz_dns_writer writer;
    uint8_t wire[2048];
    *reply = (struct rz_dns_soa_reply){0};
    rz_dns_exchange_init(&exchange, peer, patience, diags);
    rz_dns_writer_begin(&writer, wire, sizeof wire, rz_dns_random_id(peer), KNOT_OPCODE_QUERY, apex,
                        RZ_TYPE_SOA);
    enum rz_status status = rz_dns_exchange_run(&exchange, &writer, KNOT_OPCODE_QUERY, apex,
                                                RZ_TYPE_SOA);
    if (status == RZ_OK)
        status = read_soa(&exchange, apex, arena, reply);
    rz_dns_exchange_free(&exchange);
    return status;
}

static enum rz_status explain_no_soa(const struct rz_dns_peer *peer, const uint8_t *apex,
                                     unsigned rcode, struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX], text[16];
    rz_name_text_plain(zone, apex);
    if (rcode == KNOT_RCODE_REFUSED) {
        struct rz_diag *diag = rz_dns_report(diags, RZ3027, peer, "refused the SOA question for %s",
                                             zone);
        rz_diag_hint(diags, diag,
                     "the server does not have the zone, or does not let this address "
                     "or key ask for it");
        return RZ_AUTH;
    }
    if (rcode == KNOT_RCODE_NOERROR || rcode == KNOT_RCODE_NXDOMAIN
        || rcode == KNOT_RCODE_NOTAUTH) {
        rz_dns_report(diags, RZ3028, peer, "is not authoritative for %s", zone);
        return RZ_NOT_FOUND;
    }
    rz_dns_report(diags, RZ3036, peer, "answered the SOA question for %s with %s", zone,
                  rz_dns_rcode_text(text, rcode));
    return RZ_NETWORK;
}

enum rz_status rz_dns_soa(const struct rz_dns_peer *peer, const uint8_t *apex,
                          struct rz_arena *arena, const struct rz_rrset **soa,
                          struct rz_diags *diags)
{
    struct rz_dns_soa_reply reply;
    enum rz_status status = rz_dns_ask_soa(peer, apex, RZ_DNS_UNTIL_SECOND_SIGNAL, arena, &reply,
                                           diags);
    if (status != RZ_OK)
        return status;
    if (!reply.authoritative)
        return explain_no_soa(peer, apex, reply.rcode, diags);
    *soa = reply.soa;
    return RZ_OK;
}

uint32_t rz_dns_soa_serial(const struct rz_rrset *soa)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(soa);
    if (!rz_rdata_next(&c))
        return 0;
    size_t at = rz_soa_serial_offset(c.wire, c.size);
    return at ? knot_wire_read_u32(c.wire + at) : 0;
}

enum rz_status rz_dns_serial(const struct rz_dns_peer *peer, const uint8_t *apex, uint32_t *serial,
                             struct rz_diags *diags)
{
    struct rz_arena arena = {0};
    const struct rz_rrset *soa;
    enum rz_status status = rz_dns_soa(peer, apex, &arena, &soa, diags);
    if (status == RZ_OK)
        *serial = rz_dns_soa_serial(soa);
    rz_arena_free(&arena);
    return status;
}
