/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages and TSIG without a network: what is written reads back, what is broken is refused, and
 * the running digest of a transfer notices every change. */
#include <criterion/criterion.h>
#include <libknot/tsig-op.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/node.h"
#include "transport/dns_internal.h"

static const uint8_t apex[] = "\7example\3com";
static const uint8_t www[] = "\3www\7example\3com";
static const char secret_text[] = "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=";

Test(rfc2136, server_addresses)
{
    static const struct {
        const char *text, *address;
        unsigned port;
    } good[] = {
        {"192.0.2.53", "192.0.2.53", 0},
        {"127.0.0.1:5353", "127.0.0.1", 5353},
        {"2001:db8::53", "2001:db8::53", 0},
        {"[2001:db8::53]:53", "2001:db8::53", 53},
        {"[::1]", "::1", 0},
    };
    static const char *const bad[] = {
        "",
        "localhost",
        "192.0.2",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:53x",
        "192.0.2.1:-1",
        "[::1",
        "[::1]53",
        "[192.0.2.1:53",
        ":53",
        "192.0.2.1 ",
        "::1%lo",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee:ffff:0000:1111:2222",
    };
    struct rz_server server;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(rz_server_parse(&server, good[i].text), "%s", good[i].text);
        cr_assert_str_eq(server.address, good[i].address);
        cr_assert_eq(server.port, good[i].port);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(rz_server_parse(&server, bad[i]), "%s", bad[i]);
}

/* ---- messages ---- */

static size_t write_sample(uint8_t *wire, size_t capacity)
{
    struct rz_dns_writer writer;
    rz_dns_writer_begin(&writer, wire, capacity, 0x1234, KNOT_OPCODE_UPDATE, apex, RZ_TYPE_SOA);
    rz_dns_writer_record(&writer, 1, www, RZ_TYPE_A, KNOT_CLASS_IN, 0,
                         (const uint8_t *)"\300\0\2\1", 4);
    rz_dns_writer_record(&writer, 1, www, RZ_TYPE_AAAA, KNOT_CLASS_NONE, 0, NULL, 0);
    rz_dns_writer_record(&writer, 2, apex, RZ_TYPE_NS, KNOT_CLASS_IN, 300,
                         (const uint8_t *)"\2NS\7example\3com", 16);
    cr_assert_not(writer.overflow);
    knot_wire_set_qr(wire);
    return writer.size;
}

Test(rfc2136, a_message_reads_back)
{
    uint8_t wire[512];
    size_t size = write_sample(wire, sizeof wire);
    /* Header and zone, then owners as pointers: 6 + 10 + 4, 2 + 10, 2 + 10 + 16. */
    cr_assert_eq(size, 12 + 17 + 20 + 12 + 28);
    struct rz_dns_message message;
    struct rz_dns_record record;
    struct rz_rdata rdata;
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    cr_assert(rz_dns_message_open(&message, wire, size));
    cr_assert(rz_dns_message_replies(&message, 0x1234, KNOT_OPCODE_UPDATE, apex, RZ_TYPE_SOA));
    cr_assert_not(rz_dns_message_replies(&message, 0x1235, KNOT_OPCODE_UPDATE, apex, RZ_TYPE_SOA));
    cr_assert_not(rz_dns_message_replies(&message, 0x1234, KNOT_OPCODE_QUERY, apex, RZ_TYPE_SOA));
    cr_assert_not(rz_dns_message_replies(&message, 0x1234, KNOT_OPCODE_UPDATE, www, RZ_TYPE_SOA));
    cr_assert_eq(rz_dns_message_next(&message, scratch, &record), RZ_OK);
    cr_assert(rz_name_equal(record.rrset.owner, www));
    cr_assert_eq(record.rrset.type, RZ_TYPE_A);
    cr_assert(rz_dns_record_rdata(&record, &rdata));
    cr_assert_eq(rdata.size, 4);
    cr_assert_eq(rz_dns_message_next(&message, scratch, &record), RZ_OK);
    cr_assert(rz_name_equal(record.rrset.owner, www));
    cr_assert_eq(record.rrset.rclass, KNOT_CLASS_NONE);
    cr_assert_eq(rz_dns_message_next(&message, scratch, &record), RZ_OK);
    cr_assert_eq(record.section, 1);
    cr_assert(rz_dns_record_rdata(&record, &rdata));
    cr_assert_arr_eq(rdata.wire, "\2ns\7example\3com", 16);
    cr_assert_eq(rz_dns_message_next(&message, scratch, &record), RZ_NOT_FOUND);
    cr_assert_eq(message.at, size);
    free(scratch);
}

Test(rfc2136, a_message_that_does_not_fit_says_so)
{
    uint8_t wire[512];
    size_t whole = write_sample(wire, sizeof wire);
    for (size_t capacity = 29; capacity < whole; capacity++) {
        struct rz_dns_writer writer;
        rz_dns_writer_begin(&writer, wire, capacity, 1, KNOT_OPCODE_QUERY, apex, RZ_TYPE_SOA);
        for (int i = 0; i < 4; i++)
            rz_dns_writer_record(&writer, 1, www, RZ_TYPE_A, KNOT_CLASS_IN, 0,
                                 (const uint8_t *)"\300\0\2\1", 4);
        cr_assert(writer.overflow);
        cr_assert_leq(writer.size, capacity);
    }
}

/* Owners past the reach of pointers, and no more records than a section can count. */
Test(rfc2136, large_messages_read_back)
{
    uint8_t *wire = malloc(RZ_DNS_MESSAGE_MAX), owner[] = "\4h000\7example\3com";
    struct rz_dns_writer writer;
    rz_dns_writer_begin(&writer, wire, RZ_DNS_MESSAGE_MAX, 1, KNOT_OPCODE_QUERY, apex, RZ_TYPE_SOA);
    size_t written = 0;
    while (!writer.overflow) {
        uint8_t other[sizeof owner];
        memcpy(other, owner, sizeof owner);
        other[2] = (uint8_t)('a' + written % 26);
        other[3] = (uint8_t)('a' + written / 26 % 26);
        other[4] = (uint8_t)('a' + written / 676 % 26);
        writer.owner_at = 0; /* `other` is a new name at the same place */
        rz_dns_writer_record(&writer, 1, other, RZ_TYPE_A, KNOT_CLASS_IN, 0,
                             (const uint8_t *)"\300\0\2\1", 4);
        written++;
    }
    /* The last one did not fit as a whole. */
    knot_wire_set_ancount(wire, (uint16_t)--written);
    struct rz_dns_message message;
    struct rz_dns_record record;
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    cr_assert(rz_dns_message_open(&message, wire, writer.size));
    for (size_t i = 0; i < written; i++) {
        cr_assert_eq(rz_dns_message_next(&message, scratch, &record), RZ_OK);
        cr_assert_eq(record.rrset.owner[2], 'a' + i % 26);
        cr_assert_eq(record.rrset.owner[4], 'a' + i / 676 % 26);
    }
    cr_assert_gt(written, 2500);
    free(scratch);
    free(wire);
}

/* Every cut and many changed octets: the reader ends, and never leaves the message. */
Test(rfc2136, broken_messages_do_no_harm)
{
    uint8_t good[512];
    size_t size = write_sample(good, sizeof good);
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    static const uint8_t values[] = {0, 1, 2, 0x3f, 0x40, 0x7f, 0xc0, 0xff};
    for (size_t cut = 0; cut <= size; cut++)
        for (size_t at = 0; at < size; at++)
            for (size_t v = 0; v < sizeof values; v++) {
                uint8_t *wire = malloc(size); /* so that a sanitizer sees its end */
                memcpy(wire, good, size);
                wire[at] = values[v];
                struct rz_dns_message message;
                struct rz_dns_record record;
                struct rz_rdata rdata;
                if (rz_dns_message_open(&message, wire, cut)) {
                    rz_dns_message_replies(&message, 0x1234, KNOT_OPCODE_UPDATE, apex, RZ_TYPE_SOA);
                    while (rz_dns_message_next(&message, scratch, &record) == RZ_OK)
                        rz_dns_record_rdata(&record, &rdata);
                    cr_assert_leq(message.at, cut);
                }
                free(wire);
                if (cut < size && cut % 7)
                    v += 3; /* enough for the cuts in between */
            }
    free(scratch);
}

Test(rfc2136, rcodes_have_names)
{
    char text[16];
    cr_assert_str_eq(rz_dns_rcode_text(text, 5), "REFUSED");
    cr_assert_str_eq(rz_dns_rcode_text(text, 10), "NOTZONE");
    cr_assert_str_eq(rz_dns_rcode_text(text, 24), "RCODE24");
}

/* ---- TSIG ---- */

static struct rz_tsig_key *open_key(const char *name, const char *algorithm, const char *text,
                                    enum rz_status expected)
{
    struct rz_diags diags = {0};
    struct rz_secret *secret = NULL;
    struct rz_tsig_key *key = NULL;
    setenv("RZ_TEST_TSIG", text, 1);
    cr_assert_eq(
        rz_secret_resolve(&secret, "${secret:env:RZ_TEST_TSIG}", rz_place_named("test"), &diags),
        RZ_OK);
    enum rz_status status = rz_tsig_key_open(&key, name, algorithm, secret, rz_place_named("test"),
                                             &diags);
    cr_assert_eq(status, expected, "%s %s %s", name, algorithm, text);
    cr_assert_eq(diags.errors, expected == RZ_OK ? 0u : 1u);
    for (size_t i = 0; i < diags.count; i++)
        cr_assert_null(strstr(diags.items[i].message, text), "the secret is shown");
    rz_secret_close(secret);
    rz_diags_free(&diags);
    return key;
}

Test(rfc2136, keys)
{
    rz_tsig_key_close(open_key("rezone", "hmac-sha256", secret_text, RZ_OK));
    rz_tsig_key_close(open_key("Re.Zone.", "HMAC-SHA384", "eA==", RZ_OK));
    rz_tsig_key_close(open_key("rezone", "hmac-sha512", "eHg=", RZ_OK));
    open_key("rezone", "hmac-md5", secret_text, RZ_INVALID);
    open_key("rezone", "hmac-sha1", secret_text, RZ_INVALID);
    open_key("rezone", "", secret_text, RZ_INVALID);
    open_key("a..b", "hmac-sha256", secret_text, RZ_INVALID);
    open_key("rezone", "hmac-sha256", "n&t base64", RZ_INVALID);
    open_key("rezone", "hmac-sha256", "====", RZ_INVALID);
    open_key("rezone", "hmac-sha256", "abc", RZ_INVALID);
}

/* The other side: signs replies as a server does. */
struct signer {
    knot_tsig_key_t key;
    uint8_t mac[RZ_TSIG_MAC_MAX];
    size_t mac_size;
    bool begun;
    struct rz_buffer to_sign;
};

static size_t make_reply(uint8_t *wire, size_t number)
{
    struct rz_dns_writer writer;
    uint8_t address[4] = {192, 0, 2, (uint8_t)number};
    rz_dns_writer_begin(&writer, wire, RZ_DNS_MESSAGE_MAX, 7, KNOT_OPCODE_QUERY, apex,
                        KNOT_RRTYPE_AXFR);
    rz_dns_writer_record(&writer, 1, www, RZ_TYPE_A, KNOT_CLASS_IN, 60, address, sizeof address);
    knot_wire_set_qr(wire);
    return writer.size;
}

static size_t sign_reply(struct signer *signer, uint8_t *wire, size_t size, bool sign)
{
    rz_buffer_append(&signer->to_sign, wire, size);
    if (!sign)
        return size;
    uint8_t mac[RZ_TSIG_MAC_MAX];
    size_t mac_size = sizeof mac;
    int result = signer->begun
                     ? knot_tsig_sign_next(wire, &size, RZ_DNS_MESSAGE_MAX, signer->mac,
                                           signer->mac_size, mac, &mac_size, &signer->key,
                                           (uint8_t *)signer->to_sign.data, signer->to_sign.size)
                     : knot_tsig_sign(wire, &size, RZ_DNS_MESSAGE_MAX, signer->mac,
                                      signer->mac_size, mac, &mac_size, &signer->key, 0, 0);
    cr_assert_eq(result, KNOT_EOK);
    memcpy(signer->mac, mac, mac_size);
    signer->mac_size = mac_size;
    signer->begun = true;
    rz_buffer_reset(&signer->to_sign);
    return size;
}

/* Runs a transfer of `count` messages of which each `every`th is signed, and the last; in message
 * `broken` an octet of the data is changed on the way. Returns the first result that is neither good
 * nor a permitted unsigned message. */
static enum rz_tsig_result run_transfer(const char *algorithm, size_t count, size_t every,
                                        size_t broken)
{
    struct rz_tsig_key *key = open_key("rezone", algorithm, secret_text, RZ_OK);
    struct rz_tsig_session session = {.key = key};
    struct signer signer = {0};
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    uint8_t *wire = malloc(RZ_DNS_MESSAGE_MAX);
    enum rz_tsig_result result = RZ_TSIG_GOOD;
    size_t size = make_reply(wire, 0);
    cr_assert(rz_tsig_sign(&session, wire, &size, RZ_DNS_MESSAGE_MAX));
    cr_assert_eq(knot_tsig_key_init(&signer.key, algorithm, "rezone.", secret_text), KNOT_EOK);
    memcpy(signer.mac, session.mac, session.mac_size);
    signer.mac_size = session.mac_size;
    for (size_t i = 0; i < count; i++) {
        bool sign = i % every == 0 || i + 1 == count;
        size = sign_reply(&signer, wire, make_reply(wire, i), sign);
        if (i == broken)
            wire[48] ^= 1; /* in the address */
        struct rz_dns_message message;
        cr_assert(rz_dns_message_open(&message, wire, size));
        result = rz_tsig_check_message(&session, &message, scratch);
        if (result == RZ_TSIG_UNSIGNED && session.started && i + 1 < count)
            continue;
        if (result != RZ_TSIG_GOOD)
            break;
    }
    knot_tsig_key_deinit(&signer.key);
    rz_buffer_free(&signer.to_sign);
    rz_tsig_session_free(&session);
    rz_tsig_key_close(key);
    free(scratch);
    free(wire);
    return result;
}

Test(rfc2136, transfers_with_every_message_signed)
{
    cr_assert_eq(run_transfer("hmac-sha256", 1, 1, SIZE_MAX), RZ_TSIG_GOOD);
    cr_assert_eq(run_transfer("hmac-sha384", 5, 1, SIZE_MAX), RZ_TSIG_GOOD);
    cr_assert_eq(run_transfer("hmac-sha512", 5, 1, SIZE_MAX), RZ_TSIG_GOOD);
    for (size_t broken = 0; broken < 5; broken++)
        cr_assert_eq(run_transfer("hmac-sha256", 5, 1, broken), RZ_TSIG_FORGED);
}

Test(rfc2136, transfers_with_unsigned_messages_in_between)
{
    cr_assert_eq(run_transfer("hmac-sha256", 250, 100, SIZE_MAX), RZ_TSIG_GOOD);
    cr_assert_eq(run_transfer("hmac-sha256", 30, 7, SIZE_MAX), RZ_TSIG_GOOD);
    for (size_t broken = 0; broken < 30; broken++)
        cr_assert_eq(run_transfer("hmac-sha256", 30, 7, broken), RZ_TSIG_FORGED, "%zu", broken);
    /* More than 99 in a row are not allowed (RFC 8945 §5.3.1). */
    cr_assert_eq(run_transfer("hmac-sha256", 200, 101, SIZE_MAX), RZ_TSIG_FORGED);
}

Test(rfc2136, a_reply_without_or_with_another_signature_is_not_believed)
{
    struct rz_tsig_key *key = open_key("rezone", "hmac-sha256", secret_text, RZ_OK);
    struct rz_dns_scratch *scratch = rz_dns_scratch_new();
    static uint8_t request[RZ_DNS_MESSAGE_MAX], wire[RZ_DNS_MESSAGE_MAX];
    struct rz_tsig_session session = {.key = key};
    struct rz_dns_message message;
    size_t size = make_reply(request, 0);
    cr_assert(rz_tsig_sign(&session, request, &size, sizeof request));
    size = make_reply(wire, 1);
    cr_assert(rz_dns_message_open(&message, wire, size));
    cr_assert_eq(rz_tsig_check_message(&session, &message, scratch), RZ_TSIG_UNSIGNED);
    /* Signed with the right key, but as an answer to another request. */
    struct signer signer = {.mac_size = 32};
    cr_assert_eq(knot_tsig_key_init(&signer.key, "hmac-sha256", "rezone.", secret_text), KNOT_EOK);
    size = sign_reply(&signer, wire, make_reply(wire, 1), true);
    cr_assert(rz_dns_message_open(&message, wire, size));
    cr_assert_eq(rz_tsig_check_message(&session, &message, scratch), RZ_TSIG_FORGED);
    knot_tsig_key_deinit(&signer.key);
    rz_buffer_free(&signer.to_sign);
    rz_tsig_session_free(&session);
    rz_tsig_key_close(key);
    free(scratch);
}

Test(rfc2136, serial_of_an_soa)
{
    struct rz_zone zone;
    rz_zone_init(&zone, apex);
    uint8_t soa[] = "\2ns\0\1h\0\0\0\1\2\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0";
    soa[sizeof soa - 1] = 1;
    struct rz_rdata rdata = {soa, sizeof soa};
    cr_assert_eq(rz_zone_add(&zone, apex, RZ_TYPE_SOA, 60, rdata, (struct rz_record_origin){0}),
                 RZ_OK);
    cr_assert_eq(rz_dns_soa_serial(&zone.rrsets[0]), 0x102);
    rz_zone_free(&zone);
}
