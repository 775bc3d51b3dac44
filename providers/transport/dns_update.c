/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UPDATE messages (RFC 2136). The prerequisites make a message a compare-and-swap; the order of its
 * update section keeps clear of the rules of §3.4.2, by which servers silently skip records:
 * deletes go before adds (CNAME beside other data), but the apex NS set is added to before it is
 * taken from (its last record cannot be deleted), and an SOA is only taken with a newer serial. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "transport/dns_internal.h"

enum { PREREQUISITE = 1, UPDATE = 2 };

struct update {
    const uint8_t *apex;
    const struct rz_change *changes;
    size_t count;
    const struct rz_rrset *soa; /* live; NULL: not known */
    bool soa_condition;         /* it must be as it was */
    struct rz_dns_writer writer;
};

static bool is_apex_ns(const struct update *update, const struct rz_rrset *rrset)
{
    return rrset->type == RZ_TYPE_NS && rz_name_equal(rrset->owner, update->apex);
}

/* All records of the RRset, or those that `except` does not have. */
static void put_records(struct update *update, unsigned section, uint16_t class, uint32_t ttl,
                        const struct rz_rrset *rrset, const struct rz_rrset *except)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
         !update->writer.overflow && rz_rdata_next(&c);)
        if (!except || !rz_rrset_contains(except, c.wire, c.size))
            rz_dns_writer_record(&update->writer, section, rrset->owner, rrset->type, class, ttl,
                                 c.wire, c.size);
}

static void put_whole(struct update *update, unsigned section, uint16_t class,
                      const struct rz_rrset *rrset)
{
    rz_dns_writer_record(&update->writer, section, rrset->owner, rrset->type, class, 0, NULL, 0);
}

/* RFC 2136 §2.4: TTL 0 throughout. */
static void put_prerequisites(struct update *update, bool values)
{
    if (update->soa_condition)
        put_records(update, PREREQUISITE, KNOT_CLASS_IN, 0, update->soa, NULL);
    for (size_t i = 0; values && i < update->count; i++) {
        struct rz_change change = update->changes[i];
        if (update->soa && rz_change_subject(change)->type == RZ_TYPE_SOA)
            continue; /* stands above, or its serial moves on its own */
        if (change.before)
            put_records(update, PREREQUISITE, KNOT_CLASS_IN, 0, change.before, NULL);
        else
            put_whole(update, PREREQUISITE, KNOT_CLASS_NONE, change.after);
    }
}

/* Whether all records must go, since a TTL belongs to the whole RRset. */
static bool is_replaced(struct rz_change change)
{
    return change.before->ttl != change.after->ttl || change.before->flags & RZ_RRSET_MIXED_TTL;
}

static void put_deletes(struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        struct rz_change change = update->changes[i];
        if (!change.before || change.before->type == RZ_TYPE_SOA
            || is_apex_ns(update, change.before))
            continue;
        if (!change.after || is_replaced(change))
            put_whole(update, UPDATE, KNOT_CLASS_ANY, change.before);
        else
            put_records(update, UPDATE, KNOT_CLASS_NONE, 0, change.before, change.after);
    }
}

/* The desired SOA with the serial behind the live one. */
static void put_soa(struct update *update, struct rz_change change)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(change.after);
    const struct rz_rrset *live = update->soa ? update->soa : change.before;
    size_t at = rz_rdata_next(&c) ? rz_soa_serial_offset(c.wire, c.size) : 0;
    if (!at)
        return;
    uint8_t rdata[2 * RZ_NAME_MAX + 20];
    memcpy(rdata, c.wire, c.size);
    if (live) {
        uint32_t serial = rz_dns_soa_serial(live) + 1;
        knot_wire_write_u32(rdata + at, serial ? serial : 1);
    }
    rz_dns_writer_record(&update->writer, UPDATE, update->apex, RZ_TYPE_SOA, KNOT_CLASS_IN,
                         change.after->ttl, rdata, c.size);
}

static void put_adds(struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        struct rz_change change = update->changes[i];
        if (!change.after)
            continue;
        if (change.after->type == RZ_TYPE_SOA)
            put_soa(update, change);
        else
            put_records(update, UPDATE, KNOT_CLASS_IN, change.after->ttl, change.after,
                        change.before && !is_replaced(change) ? change.before : NULL);
    }
    for (size_t i = 0; i < update->count; i++) {
        struct rz_change change = update->changes[i];
        if (change.before && change.after && is_apex_ns(update, change.before))
            put_records(update, UPDATE, KNOT_CLASS_NONE, 0, change.before, change.after);
    }
}

/* False where it does not fit. */
static bool compose(struct update *update, uint8_t *wire, size_t capacity, uint16_t id, bool values)
{
    rz_dns_writer_begin(&update->writer, wire, capacity, id, KNOT_OPCODE_UPDATE, update->apex,
                        RZ_TYPE_SOA);
    put_prerequisites(update, values);
    put_deletes(update);
    put_adds(update);
    return !update->writer.overflow;
}

/* What the diagnostics call the update. */
static const char *describe(struct rz_buffer *text, const struct update *update)
{
    char name[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    if (update->count == 1) {
        const struct rz_rrset *subject = rz_change_subject(update->changes[0]);
        rz_buffer_printf(text, "update of %s %s", rz_name_text(name, subject->owner),
                         rz_rtype_text(type, subject->type));
    } else {
        rz_buffer_printf(text, "update of %zu RRsets of %s", update->count,
                         rz_name_text_plain(name, update->apex));
    }
    return rz_buffer_view(text).data;
}

static enum rz_status unknown(struct rz_dns_exchange *exchange, const char *what)
{
    struct rz_diag *diag = rz_dns_report(exchange->diags, RZ3032, exchange->peer,
                                         "%s: it was sent, but no reply tells whether it was done",
                                         what);
    rz_diag_hint(exchange->diags, diag, "the zone must be read back");
    return RZ_UNKNOWN;
}

static enum rz_status refused(struct rz_dns_exchange *exchange, const char *what)
{
    struct rz_diag *diag = rz_dns_report(exchange->diags, RZ3030, exchange->peer,
                                         "%s: the server refused it", what);
    rz_diag_hint(exchange->diags, diag, "%s",
                 exchange->peer->key
                     ? "allow updates of these names and types by this TSIG key on the server "
                       "(BIND: update-policy or allow-update, Knot: acl with action update)"
                     : "give the provider a TSIG key that the server allows updates by");
    return RZ_AUTH;
}

static enum rz_status explain(struct rz_dns_exchange *exchange, unsigned rcode, const char *what)
{
    char text[16];
    const struct rz_dns_peer *peer = exchange->peer;
    struct rz_diag *diag;
    switch (rcode) {
    case KNOT_RCODE_NOERROR: return RZ_OK;
    case KNOT_RCODE_YXDOMAIN:
    case KNOT_RCODE_YXRRSET:
    case KNOT_RCODE_NXRRSET:
    case KNOT_RCODE_NXDOMAIN:
        diag = rz_dns_report(exchange->diags, RZ3029, peer,
                             "%s: the zone is not what it was (%s), nothing was done", what,
                             rz_dns_rcode_text(text, rcode));
        rz_diag_hint(exchange->diags, diag, "somebody else changed it meanwhile: plan again");
        return RZ_CONFLICT;
    case KNOT_RCODE_REFUSED: return refused(exchange, what);
    case KNOT_RCODE_NOTAUTH:
        diag = rz_dns_report(exchange->diags, RZ3028, peer,
                             "%s: the server is not authoritative for the zone or not its primary",
                             what);
        rz_diag_hint(exchange->diags, diag,
                     "send updates to the zone's primary, with a key that it allows them by");
        return RZ_AUTH;
    default:
        diag = rz_dns_report(exchange->diags, RZ3031, peer, "%s: the server answered %s", what,
                             rz_dns_rcode_text(text, rcode));
        rz_diag_hint(exchange->diags, diag, "the server's log may say why");
        return RZ_REJECTED;
    }
}

/* Refusals made before anything is done, by servers that cannot sign them. */
static bool is_early_refusal(unsigned rcode)
{
    return rcode == KNOT_RCODE_FORMERR || rcode == KNOT_RCODE_NOTIMPL || rcode == KNOT_RCODE_REFUSED
           || rcode == KNOT_RCODE_NOTAUTH;
}

static enum rz_status read_reply(struct rz_dns_exchange *exchange, const char *what)
{
    unsigned rcode = exchange->reply.rcode;
    switch (exchange->trust) {
    case RZ_TSIG_GOOD: return explain(exchange, rcode, what);
    case RZ_TSIG_UNSIGNED:
        if (is_early_refusal(rcode))
            return explain(exchange, rcode, what);
        break;
    case RZ_TSIG_BAD_KEY:
    case RZ_TSIG_BAD_SIGNATURE:
    case RZ_TSIG_BAD_TIME:
        if (rcode != KNOT_RCODE_NOERROR)
            return rz_tsig_report(exchange->trust, exchange->peer, what, exchange->diags);
        break;
    case RZ_TSIG_FORGED: break;
    }
    rz_tsig_report(exchange->trust, exchange->peer, what, exchange->diags);
    return unknown(exchange, what);
}

static enum rz_status send_update(struct update *update, const struct rz_dns_peer *peer,
                                  const char *what, struct rz_diags *diags)
{
    struct rz_dns_exchange exchange;
    rz_dns_exchange_init(&exchange, peer, RZ_DNS_UNTIL_SECOND_SIGNAL, diags);
    RZ_FAULT("dns.update");
    enum rz_status status = rz_dns_exchange_run(&exchange, &update->writer, KNOT_OPCODE_UPDATE,
                                                update->apex, RZ_TYPE_SOA);
    RZ_FAULT("dns.updated");
    if (status == RZ_OK)
        status = read_reply(&exchange, what);
    else if (exchange.sent)
        status = unknown(&exchange, what);
    rz_dns_exchange_free(&exchange);
    return status;
}

/* The server would skip such deletes in silence (RFC 2136 §3.4.2.3 and §3.4.2.4). */
static enum rz_status check_apex(const struct update *update, const struct rz_dns_peer *peer,
                                 struct rz_diags *diags)
{
    for (size_t i = 0; i < update->count; i++) {
        struct rz_change change = update->changes[i];
        if (change.after)
            continue;
        if (change.before->type != RZ_TYPE_SOA && !is_apex_ns(update, change.before))
            continue;
        struct rz_diag *diag = rz_dns_report(diags, RZ3037, peer, "the apex keeps its %s",
                                             change.before->type == RZ_TYPE_SOA ? "SOA"
                                                                                : "last NS record");
        rz_diag_hint(diags, diag, "UPDATE can replace it, but not delete it");
        return RZ_REJECTED;
    }
    return RZ_OK;
}

static enum rz_status run_update(struct update *update, const struct rz_dns_peer *peer,
                                 struct rz_diags *diags)
{
    enum rz_status status = check_apex(update, peer, diags);
    if (status != RZ_OK)
        return status;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const char *what = describe(&text, update);
    RZ_CLEANUP(rz_free_pointer) uint8_t *wire = rz_alloc(RZ_DNS_MESSAGE_MAX);
    size_t capacity = RZ_DNS_MESSAGE_MAX - rz_tsig_size(peer->key);
    uint16_t id = rz_dns_random_id(peer);
    /* Where the RRsets as they were leave no room, the SOA alone stands for them: its serial moves
     * with every change of the zone. */
    bool fits = compose(update, wire, capacity, id, true);
    if (!fits && update->soa) {
        update->soa_condition = true;
        fits = compose(update, wire, capacity, id, false);
    }
    if (fits)
        return send_update(update, peer, what, diags);
    struct rz_diag *diag = rz_dns_report(diags, RZ3033, peer,
                                         "%s does not fit into one message of 65,535 octets", what);
    rz_diag_hint(diags, diag, "make the RRset smaller, or change it in two steps");
    return RZ_LIMIT;
}

enum rz_status rz_dns_update(const struct rz_dns_peer *peer, const uint8_t *apex,
                             const struct rz_change *changes, size_t count,
                             const struct rz_rrset *soa_before, struct rz_diags *diags)
{
    struct update update = {.apex = apex,
                            .changes = changes,
                            .count = count,
                            .soa = soa_before,
                            .soa_condition = soa_before != NULL};
    return run_update(&update, peer, diags);
}

enum rz_status rz_dns_update_loose(const struct rz_dns_peer *peer, const uint8_t *apex,
                                   const struct rz_change *changes, size_t count,
                                   const struct rz_rrset *soa_live, struct rz_diags *diags)
{
    struct update update = {.apex = apex, .changes = changes, .count = count, .soa = soa_live};
    return run_update(&update, peer, diags);
}
