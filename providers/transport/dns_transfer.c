/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone transfer (RFC 5936) into a zone while it arrives: messages are parsed where the socket put
 * them, and a record is copied once, into the zone's arena. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "transport/dns_internal.h"

#define RECEIVE_BUFFER ((size_t)1 << 20)
#define OCTETS_MAX ((uint64_t)1 << 30) /* a server that never ends would take all memory */

struct transfer {
    const struct rz_dns_peer *peer;
    const uint8_t *apex;
    struct rz_zone *zone;
    struct rz_diags *diags;
    struct rz_dns_stream stream;
    struct rz_tsig_session tsig;
    struct rz_dns_scratch *scratch;
    uint16_t id;
    uint64_t octets;
    bool begun, ended; /* the first and the last SOA were seen */
    char name[RZ_NAME_TEXT_MAX];
};

static enum rz_status malformed(struct transfer *transfer, const char *why)
{
    struct rz_diag *diag = rz_dns_report(transfer->diags, RZ3022, transfer->peer,
                                         "transfer of %s: %s", transfer->name, why);
    rz_diag_hint(transfer->diags, diag, "nothing of the transfer is used");
    return RZ_NETWORK;
}

static enum rz_status take_soa(struct transfer *transfer, const struct rz_dns_record *record,
                               struct rz_rdata rdata)
{
    const struct rz_zone *zone = transfer->zone;
    if (!rz_name_equal(record->rrset.owner, transfer->apex))
        return malformed(transfer, "an SOA stands below the apex");
    if (!rz_soa_serial_offset(rdata.wire, rdata.size))
        return malformed(transfer, "the SOA is malformed");
    if (transfer->begun) {
        transfer->ended = true;
        if (rz_rrset_contains(&zone->rrsets[0], rdata.wire, rdata.size))
            return RZ_OK;
        struct rz_diag *diag = rz_dns_report(transfer->diags, RZ3035, transfer->peer,
                                             "%s changed while it was transferred", transfer->name);
        rz_diag_hint(transfer->diags, diag, "try again");
        return RZ_NETWORK;
    }
    transfer->begun = true;
    rz_zone_add(transfer->zone, record->rrset.owner, RZ_TYPE_SOA, record->rrset.ttl, rdata,
                (struct rz_record_origin){0});
    return RZ_OK;
}

static enum rz_status bad_record(struct transfer *transfer, const struct rz_dns_record *record,
                                 const char *why)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_dns_report(transfer->diags, RZ3022, transfer->peer, "transfer of %s: %s %s %s",
                  transfer->name, rz_name_text(owner, record->rrset.owner),
                  rz_rtype_text(type, record->rrset.type), why);
    return RZ_NETWORK;
}

static enum rz_status take_record(struct transfer *transfer, const struct rz_dns_record *record)
{
    const knot_rrset_t *rrset = &record->rrset;
    struct rz_rdata rdata;
    if (transfer->ended)
        return malformed(transfer, "records follow the last SOA");
    if (rrset->rclass != KNOT_CLASS_IN || rz_rtype_flags(rrset->type) & RZ_RTYPE_META)
        return bad_record(transfer, record, "is no data of a zone");
    if (!rz_dns_record_rdata(record, &rdata))
        return bad_record(transfer, record, "has RDATA that do not fit the type");
    if (rrset->type == RZ_TYPE_SOA)
        return take_soa(transfer, record, rdata);
    if (!transfer->begun)
        return malformed(transfer, "it does not begin with the SOA");
    if (rz_zone_add(transfer->zone, rrset->owner, rrset->type, rrset->ttl, rdata,
                    (struct rz_record_origin){0})
        != RZ_OK)
        return bad_record(transfer, record, "is not in the zone");
    return RZ_OK;
}

/* Takes the answer's records and checks the signature behind them. What is taken before that is
 * thrown away with the whole zone when the signature is wrong. */
static enum rz_status take_message(struct transfer *transfer, struct rz_dns_message *message)
{
    struct rz_dns_record record;
    enum rz_status status;
    bool has_tsig = false;
    while ((status = rz_dns_message_next(message, transfer->scratch, &record)) == RZ_OK) {
        if (has_tsig)
            return malformed(transfer, "a record follows the signature");
        if (record.section == 0) {
            enum rz_status taken = take_record(transfer, &record);
            if (taken != RZ_OK)
                return taken;
        }
        has_tsig = record.section == 2 && record.rrset.type == KNOT_RRTYPE_TSIG;
    }
    if (status != RZ_NOT_FOUND || message->at != message->size)
        return malformed(transfer, "a message is malformed");
    enum rz_tsig_result trust = rz_tsig_check(&transfer->tsig, message, has_tsig ? &record : NULL);
    bool may_lack = transfer->tsig.started && !transfer->ended;
    if (trust == RZ_TSIG_GOOD || (trust == RZ_TSIG_UNSIGNED && may_lack))
        return RZ_OK;
    return rz_tsig_report(trust, transfer->peer, "transferring", transfer->diags);
}

static enum rz_status refused(struct transfer *transfer, unsigned rcode)
{
    char text[16];
    struct rz_diag *diag = rz_dns_report(transfer->diags, RZ3027, transfer->peer,
                                         "refused the transfer of %s (%s)", transfer->name,
                                         rz_dns_rcode_text(text, rcode));
    rz_diag_hint(transfer->diags, diag, "%s",
                 transfer->peer->key
                     ? "allow transfers by this TSIG key on the server (BIND: allow-transfer, "
                       "Knot: acl with action transfer)"
                     : "give the provider the TSIG key that the server allows transfers by, or "
                       "allow this machine's address");
    return RZ_AUTH;
}

/* A refusal means that the zone is not there, or that it is and we may not have it: the answer to
 * an SOA question tells. Servers that say NOTAUTH for both exist. */
static enum rz_status explain_refusal(struct transfer *transfer, unsigned rcode)
{
    struct rz_arena arena = {0};
    struct rz_dns_soa_reply reply;
    enum rz_status status = rz_dns_ask_soa(transfer->peer, transfer->apex,
                                           RZ_DNS_UNTIL_SECOND_SIGNAL, &arena, &reply,
                                           transfer->diags);
    rz_arena_free(&arena);
    if (status != RZ_OK)
        return status;
    if (!reply.trusted) { /* some servers say so of a key that they do not know */
        struct rz_diag *diag = rz_dns_report(
            transfer->diags, RZ3024, transfer->peer,
            "refused the transfer of %s and does not sign its replies", transfer->name);
        rz_diag_hint(transfer->diags, diag,
                     "compare the key's name, algorithm and secret with the "
                     "server's configuration; some servers answer so for a "
                     "zone that they do not have");
        return RZ_AUTH;
    }
    if (reply.authoritative || (rcode == KNOT_RCODE_REFUSED && reply.rcode == KNOT_RCODE_REFUSED))
        return refused(transfer, rcode);
    return RZ_NOT_FOUND;
}

static enum rz_status explain_error(struct transfer *transfer, struct rz_dns_message *message)
{
    char text[16];
    unsigned rcode = message->rcode;
    enum rz_tsig_result trust = rz_tsig_check_message(&transfer->tsig, message, transfer->scratch);
    if (trust != RZ_TSIG_GOOD && trust != RZ_TSIG_UNSIGNED)
        return rz_tsig_report(trust, transfer->peer, "transferring", transfer->diags);
    if (!transfer->begun && (rcode == KNOT_RCODE_NOTAUTH || rcode == KNOT_RCODE_REFUSED))
        return explain_refusal(transfer, rcode);
    struct rz_diag *diag = rz_dns_report(transfer->diags, RZ3036, transfer->peer,
                                         "answered the transfer of %s with %s", transfer->name,
                                         rz_dns_rcode_text(text, rcode));
    rz_diag_hint(transfer->diags, diag, "the server's log may say why");
    return RZ_NETWORK;
}

/* One message of the reply. The question is only in the first for sure (RFC 5936 §2.2.1). */
static enum rz_status receive_message(struct transfer *transfer)
{
    uint8_t *wire;
    size_t size;
    struct rz_dns_message message;
    enum rz_status status = rz_dns_stream_next(&transfer->stream, &wire, &size);
    if (status != RZ_OK)
        return status;
    transfer->octets += size;
    if (transfer->octets > OCTETS_MAX) {
        rz_dns_report(transfer->diags, RZ3034, transfer->peer, "transfer of %s passes 1 GiB",
                      transfer->name);
        return RZ_LIMIT;
    }
    if (!rz_dns_message_open(&message, wire, size) || message.id != transfer->id
        || !message.response || message.opcode != KNOT_OPCODE_QUERY || message.truncated
        || (message.question
            && !rz_dns_message_replies(&message, transfer->id, KNOT_OPCODE_QUERY, transfer->apex,
                                       KNOT_RRTYPE_AXFR)))
        return malformed(transfer, "a message is malformed or replies to another question");
    if (message.rcode != KNOT_RCODE_NOERROR)
        return explain_error(transfer, &message);
    if (message.counts[0] == 0)
        return malformed(transfer, "a message has no records");
    return take_message(transfer, &message);
}

static enum rz_status send_request(struct transfer *transfer)
{
    uint8_t wire[2048];
    struct rz_dns_writer writer;
    transfer->id = rz_dns_random_id(transfer->peer);
    rz_dns_writer_begin(&writer, wire, sizeof wire, transfer->id, KNOT_OPCODE_QUERY, transfer->apex,
                        KNOT_RRTYPE_AXFR);
    if (!rz_tsig_sign(&transfer->tsig, wire, &writer.size, sizeof wire))
        return malformed(transfer, "the request cannot be signed");
    RZ_FAULT("dns.transfer");
    return rz_dns_stream_send(&transfer->stream, wire, writer.size);
}

enum rz_status rz_dns_transfer(const struct rz_dns_peer *peer, const uint8_t *apex,
                               struct rz_zone *zone, struct rz_diags *diags)
{
    struct transfer transfer = {
        .peer = peer, .apex = apex, .zone = zone, .diags = diags, .tsig = {.key = peer->key}};
    rz_name_text_plain(transfer.name, apex);
    transfer.scratch = rz_dns_scratch_new();
    enum rz_status status = rz_dns_stream_open(&transfer.stream, peer, RZ_DNS_UNTIL_SECOND_SIGNAL,
                                               RECEIVE_BUFFER, diags);
    if (status == RZ_OK)
        status = send_request(&transfer);
    while (status == RZ_OK && !transfer.ended)
        status = receive_message(&transfer);
    rz_dns_stream_close(&transfer.stream);
    rz_tsig_session_free(&transfer.tsig);
    free(transfer.scratch);
    return status;
}
