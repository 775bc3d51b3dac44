/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TSIG (RFC 8945): keys in locked memory, signing of requests, checking of replies that have one
 * message or, in a transfer, thousands. */
#include <libknot/tsig-op.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "support/alloc.h"
#include "transport/dns_internal.h"

/* Messages that may follow each other unsigned (RFC 8945 §5.3.1). */
#define UNSIGNED_MAX 99

struct rz_tsig_key {
    knot_tsig_key_t knot;
    struct rz_name name;
    size_t mapped; /* octets of the whole, which is a mapping of its own */
    uint8_t secret[];
};

static const struct {
    const char *name;
    dnssec_tsig_algorithm_t algorithm;
} algorithms[] = {
    {"hmac-sha256", DNSSEC_TSIG_HMAC_SHA256},
    {"hmac-sha384", DNSSEC_TSIG_HMAC_SHA384},
    {"hmac-sha512", DNSSEC_TSIG_HMAC_SHA512},
};

static dnssec_tsig_algorithm_t find_algorithm(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (rz_str_equal_nocase(rz_str_of(algorithms[i].name), rz_str_of(name)))
            return algorithms[i].algorithm;
    return DNSSEC_TSIG_UNKNOWN;
}

/* Decodes base64 into the key; 0 where it is none. */
static size_t decode(uint8_t *into, const char *text, size_t size)
{
    size_t padding = size && text[size - 1] == '=' ? 1 + (size > 1 && text[size - 2] == '=') : 0;
    if (size == 0 || size % 4 != 0 || size > INT32_MAX || memchr(text, '=', size - padding))
        return 0;
    int decoded = EVP_DecodeBlock(into, (const unsigned char *)text, (int)size);
    return decoded > 0 ? (size_t)decoded - padding : 0;
}

static struct rz_tsig_key *map_key(size_t secret)
{
    size_t size = sizeof(struct rz_tsig_key) + secret;
    struct rz_tsig_key *key = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                   -1, 0);
    if (key == MAP_FAILED)
        return NULL;
    mlock(key, size); /* best effort: the limit may be low */
    madvise(key, size, MADV_DONTDUMP);
    key->mapped = size;
    return key;
}

static enum rz_status refuse(struct rz_diags *diags, struct rz_place place, const char *what,
                             const char *why, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3023, place, "%s %s", what, why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_INVALID;
}

enum rz_status rz_tsig_key_open(struct rz_tsig_key **key, const char *name, const char *algorithm,
                                const struct rz_secret *secret, struct rz_place place,
                                struct rz_diags *diags)
{
    dnssec_tsig_algorithm_t known = find_algorithm(algorithm);
    if (known == DNSSEC_TSIG_UNKNOWN)
        return refuse(diags, place, "the algorithm", "is not one of those that are safe today",
                      "use hmac-sha256, hmac-sha384 or hmac-sha512");
    struct rz_tsig_key *made = map_key(rz_secret_size(secret) + 4);
    if (!made)
        return refuse(diags, place, "the secret", "finds no memory",
                      "see the limits of the process");
    const char *why = "";
    if (rz_name_parse(&made->name, rz_str_of(name), NULL, &why) != RZ_OK) {
        rz_tsig_key_close(made);
        return refuse(diags, place, "the key's name cannot be read:", why,
                      "write it as the server's configuration has it");
    }
    size_t size = decode(made->secret, rz_secret_text(secret), rz_secret_size(secret));
    if (size == 0) {
        rz_tsig_key_close(made);
        return refuse(diags, place, "the secret", "is not base64",
                      "store it as the server's configuration or tsig-keygen shows it");
    }
    made->knot = (knot_tsig_key_t){known, made->name.wire, {.size = size, .data = made->secret}};
    *key = made;
    return RZ_OK;
}

void rz_tsig_key_close(struct rz_tsig_key *key)
{
    if (!key)
        return;
    size_t mapped = key->mapped;
    OPENSSL_cleanse(key, mapped);
    munmap(key, mapped);
}

size_t rz_tsig_size(const struct rz_tsig_key *key)
{
    return key ? knot_tsig_wire_size(&key->knot) : 0;
}

bool rz_tsig_sign(struct rz_tsig_session *session, uint8_t *wire, size_t *size, size_t capacity)
{
    if (!session->key)
        return true;
    session->mac_size = sizeof session->mac;
    return knot_tsig_sign(wire, size, capacity, NULL, 0, session->mac, &session->mac_size,
                          &session->key->knot, 0, 0)
           == KNOT_EOK;
}

/* A reply without a TSIG: kept for the digest of the next signed message of a transfer. */
static enum rz_tsig_result keep_unsigned(struct rz_tsig_session *session,
                                         const struct rz_dns_message *message)
{
    if (session->started && ++session->unsigned_count <= UNSIGNED_MAX)
        rz_buffer_append(&session->pending, message->wire, message->size);
    return RZ_TSIG_UNSIGNED;
}

/* What the server says of our signature in its (then often unsigned) reply. */
static enum rz_tsig_result error_of(const knot_rrset_t *tsig)
{
    switch (knot_tsig_rdata_error(tsig)) {
    case 0: return RZ_TSIG_GOOD;
    case KNOT_RCODE_BADKEY: return RZ_TSIG_BAD_KEY;
    case KNOT_RCODE_BADTIME: return RZ_TSIG_BAD_TIME;
    default: return RZ_TSIG_BAD_SIGNATURE;
    }
}

/* The digest covers all messages since the last signed one, and the MAC of that. */
static int check_digest(struct rz_tsig_session *session, const struct rz_dns_message *message,
                        const knot_rrset_t *tsig)
{
    const knot_tsig_key_t *key = &session->key->knot;
    if (!session->started)
        return knot_tsig_client_check(tsig, message->wire, message->size, session->mac,
                                      session->mac_size, key, session->time_signed);
    const uint8_t *wire = message->wire;
    size_t size = message->size;
    if (session->unsigned_count) {
        rz_buffer_append(&session->pending, message->wire, message->size);
        wire = (const uint8_t *)session->pending.data;
        size = session->pending.size;
    }
    return knot_tsig_client_check_next(tsig, wire, size, session->mac, session->mac_size, key,
                                       session->time_signed);
}

enum rz_tsig_result rz_tsig_check(struct rz_tsig_session *session, struct rz_dns_message *message,
                                  const struct rz_dns_record *tsig)
{
    if (!session->key)
        return RZ_TSIG_GOOD;
    if (!tsig)
        return keep_unsigned(session, message);
    const knot_rrset_t *rrset = &tsig->rrset;
    if (session->unsigned_count > UNSIGNED_MAX || rrset->rclass != KNOT_CLASS_ANY
        || !knot_tsig_rdata_is_ok(rrset) || knot_tsig_rdata_mac_length(rrset) > sizeof session->mac)
        return RZ_TSIG_FORGED;
    enum rz_tsig_result said = error_of(rrset);
    if (said != RZ_TSIG_GOOD)
        return said;
    message->size = tsig->at;
    knot_wire_set_arcount(message->wire, knot_wire_get_arcount(message->wire) - 1);
    if (check_digest(session, message, rrset) != KNOT_EOK)
        return RZ_TSIG_FORGED;
    session->started = true;
    session->unsigned_count = 0;
    rz_buffer_reset(&session->pending);
    session->time_signed = knot_tsig_rdata_time_signed(rrset);
    session->mac_size = knot_tsig_rdata_mac_length(rrset);
    memcpy(session->mac, knot_tsig_rdata_mac(rrset), session->mac_size);
    return RZ_TSIG_GOOD;
}

enum rz_tsig_result rz_tsig_check_message(struct rz_tsig_session *session,
                                          struct rz_dns_message *message,
                                          struct rz_dns_scratch *scratch)
{
    if (!session->key)
        return RZ_TSIG_GOOD;
    struct rz_dns_message walk = *message;
    struct rz_dns_record record;
    enum rz_status status;
    bool last = false, found = false;
    while ((status = rz_dns_message_next(&walk, scratch, &record)) == RZ_OK) {
        last = record.rrset.type == KNOT_RRTYPE_TSIG;
        if (found || (last && record.section != 2))
            return RZ_TSIG_FORGED;
        found = last;
    }
    if (status != RZ_NOT_FOUND || walk.at != message->size)
        return RZ_TSIG_FORGED;
    enum rz_tsig_result result = rz_tsig_check(session, message, found ? &record : NULL);
    if (result == RZ_TSIG_GOOD)
        message->counts[2]--;
    return result;
}

void rz_tsig_session_free(struct rz_tsig_session *session)
{
    rz_buffer_free(&session->pending);
}

enum rz_status rz_tsig_report(enum rz_tsig_result result, const struct rz_dns_peer *peer,
                              const char *doing, struct rz_diags *diags)
{
    static const struct {
        enum rz_code code;
        const char *message, *hint;
    } rows[] = {
        [RZ_TSIG_UNSIGNED] = {RZ3026, "the reply is not signed", "set the key on the server too"},
        [RZ_TSIG_BAD_KEY] =
            {RZ3024, "the server does not know the TSIG key",
             "compare the key's name and algorithm with the server's configuration"},
        [RZ_TSIG_BAD_SIGNATURE] = {RZ3024, "the server found the TSIG signature wrong",
                                   "compare the key's secret with the server's configuration"},
        [RZ_TSIG_BAD_TIME] = {RZ3025,
                              "the clocks of this machine and of the server differ by more "
                              "than TSIG allows",
                              "set the clocks, by NTP for example"},
        [RZ_TSIG_FORGED] = {RZ3026, "the reply's TSIG signature is wrong",
                            "compare the keys; if they are the same somebody changes messages on "
                            "the way"},
    };
    struct rz_diag *diag = rz_dns_report(diags, rows[result].code, peer, "%s: %s", doing,
                                         rows[result].message);
    rz_diag_hint(diags, diag, "%s", rows[result].hint);
    return RZ_AUTH;
}
