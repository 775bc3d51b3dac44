/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages (RFC 1035 §4.1): read in place by libknot's record parser with memory of our own, so
 * that a record costs no allocation; written by a small writer that knows UPDATE's odd records. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"
#include "transport/dns_internal.h"

static void *scratch_alloc(void *context, size_t size)
{
    struct rz_dns_scratch *scratch = context;
    size_t rounded = (size + 15) & ~(size_t)15;
    if (rounded < size || rounded > sizeof scratch->memory - scratch->used)
        return NULL;
    void *memory = scratch->memory + scratch->used;
    scratch->used += rounded;
    return memory;
}

static void scratch_free(void *memory)
{
    (void)memory; /* all at once, before the next record */
}

struct rz_dns_scratch *rz_dns_scratch_new(void)
{
    struct rz_dns_scratch *scratch = rz_alloc(sizeof *scratch);
    scratch->mm = (knot_mm_t){.ctx = scratch, .alloc = scratch_alloc, .free = scratch_free};
    scratch->used = 0;
    return scratch;
}

static bool read_question(struct rz_dns_message *message)
{
    uint8_t *name = message->wire + message->at;
    int size = knot_dname_wire_check(name, message->wire + message->size, message->wire);
    if (size <= 0 || message->size - message->at < (size_t)size + 4)
        return false;
    message->question = message->at;
    message->question_type = knot_wire_read_u16(name + size);
    message->question_class = knot_wire_read_u16(name + size + 2);
    message->at += (size_t)size + 4;
    return true;
}

bool rz_dns_message_open(struct rz_dns_message *message, uint8_t *wire, size_t size)
{
    *message = (struct rz_dns_message){.wire = wire, .size = size, .at = RZ_DNS_HEADER};
    if (size < RZ_DNS_HEADER)
        return false;
    message->id = knot_wire_get_id(wire);
    message->rcode = knot_wire_get_rcode(wire);
    message->opcode = knot_wire_get_opcode(wire);
    message->response = knot_wire_get_qr(wire);
    message->authoritative = knot_wire_get_aa(wire);
    message->truncated = knot_wire_get_tc(wire);
    message->counts[0] = knot_wire_get_ancount(wire);
    message->counts[1] = knot_wire_get_nscount(wire);
    message->counts[2] = knot_wire_get_arcount(wire);
    switch (knot_wire_get_qdcount(wire)) {
    case 0: return true;
    case 1: return read_question(message);
    default: return false;
    }
}

bool rz_dns_message_replies(const struct rz_dns_message *message, uint16_t id, unsigned opcode,
                            const uint8_t *name, uint16_t type)
{
    if (message->id != id || !message->response || message->opcode != opcode)
        return false;
    if (!message->question)
        return message->rcode != 0 || opcode != KNOT_OPCODE_QUERY;
    uint8_t asked[RZ_NAME_MAX];
    const uint8_t *question = message->wire + message->question;
    if (knot_dname_unpack(asked, question, sizeof asked, message->wire) <= 0)
        return false;
    knot_dname_to_lower(asked);
    return rz_name_equal(asked, name) && message->question_type == type
           && message->question_class == KNOT_CLASS_IN;
}

enum rz_status rz_dns_message_next(struct rz_dns_message *message, struct rz_dns_scratch *scratch,
                                   struct rz_dns_record *record)
{
    while (message->section < 3 && message->counts[message->section] == 0)
        message->section++;
    if (message->section == 3)
        return RZ_NOT_FOUND;
    scratch->used = 0;
    record->section = message->section;
    record->at = message->at;
    if (message->at >= message->size
        || knot_rrset_rr_from_wire(message->wire, &message->at, message->size, &record->rrset,
                                   &scratch->mm, true)
               != KNOT_EOK
        || record->rrset.rrs.count != 1)
        return RZ_INVALID;
    message->counts[message->section]--;
    return RZ_OK;
}

bool rz_dns_record_rdata(const struct rz_dns_record *record, struct rz_rdata *rdata)
{
    knot_rdata_t *data = record->rrset.rrs.rdata;
    if (rz_rdata_canonical(record->rrset.type, data->data, data->len) != RZ_OK)
        return false;
    *rdata = (struct rz_rdata){data->data, data->len};
    return true;
}

/* ---- writing ---- */

static void put(struct rz_dns_writer *writer, const void *octets, size_t size)
{
    if (size > writer->capacity - writer->size) {
        writer->overflow = true;
        return;
    }
    if (size)
        memcpy(writer->wire + writer->size, octets, size);
    writer->size += size;
}

static void put_u16(struct rz_dns_writer *writer, uint16_t value)
{
    uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(writer, octets, sizeof octets);
}

void rz_dns_writer_begin(struct rz_dns_writer *writer, uint8_t *wire, size_t capacity, uint16_t id,
                         unsigned opcode, const uint8_t *name, uint16_t type)
{
    *writer = (struct rz_dns_writer){.wire = wire, .capacity = capacity, .apex = name};
    memset(wire, 0, RZ_DNS_HEADER);
    knot_wire_set_id(wire, id);
    knot_wire_set_opcode(wire, opcode);
    knot_wire_set_qdcount(wire, 1);
    writer->size = RZ_DNS_HEADER;
    put(writer, name, rz_name_size(name));
    put_u16(writer, type);
    put_u16(writer, KNOT_CLASS_IN);
}

static void put_pointer(struct rz_dns_writer *writer, size_t at)
{
    put_u16(writer, (uint16_t)(0xc000 | at));
}

/* Pointers reach the first 16,383 octets only (RFC 1035 §4.1.4), so that later owners can point at
 * themselves no more, but always at the zone's name. */
static void put_owner(struct rz_dns_writer *writer, const uint8_t *owner)
{
    size_t size = rz_name_size(owner), apex = rz_name_size(writer->apex);
    if (writer->owner_at && (writer->owner == owner || rz_name_equal(writer->owner, owner))) {
        put_pointer(writer, writer->owner_at);
        return;
    }
    size_t at = writer->size;
    if (apex > 1 && rz_name_in(owner, writer->apex)) {
        put(writer, owner, size - apex);
        put_pointer(writer, RZ_DNS_HEADER);
    } else {
        put(writer, owner, size);
    }
    writer->owner = owner;
    writer->owner_at = at < 0x4000 && size > 1 ? at : 0;
}

static void count_record(struct rz_dns_writer *writer, unsigned section)
{
    uint8_t *at = writer->wire + 4 + 2 * section;
    uint16_t count = knot_wire_read_u16(at);
    if (count == UINT16_MAX)
        writer->overflow = true;
    else
        knot_wire_write_u16(at, count + 1);
}

void rz_dns_writer_record(struct rz_dns_writer *writer, unsigned section, const uint8_t *owner,
                          uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *rdata,
                          uint16_t size)
{
    put_owner(writer, owner);
    put_u16(writer, type);
    put_u16(writer, class);
    put_u16(writer, (uint16_t)(ttl >> 16));
    put_u16(writer, (uint16_t)ttl);
    put_u16(writer, size);
    put(writer, rdata, size);
    count_record(writer, section);
}

uint16_t rz_dns_random_id(const struct rz_dns_peer *peer)
{
    uint16_t id;
    peer->context->random(peer->context->user, &id, sizeof id);
    return id;
}

const char *rz_dns_rcode_text(char text[16], unsigned rcode)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
    if (rcode < sizeof names / sizeof *names)
        return names[rcode];
    snprintf(text, 16, "RCODE%u", rcode);
    return text;
}
