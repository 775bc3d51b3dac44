/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNSSECKEY records, the keys of a zone, between text and wire form, and which of them are the same. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "dns/dnskey.h"
#include "dns/signing.h"

#define WORDS_MAX 5
#define WIRE_HEAD 5  /* role, algorithm, state, bits */
#define KEYS_MAX 64  /* of one RRset that are compared */
#define BITS_MIN 512 /* of RSA, as many as its algorithms have between them (RFC 3110, RFC 5702) */
#define BITS_MAX 16384

/* By number. Without bits of their own those of a key count. */
static const struct algorithm {
    uint8_t number;
    bool good;
    uint16_t bits;
    const char *name;
} algorithms[] = {
    {5, false, 0, "rsasha1"},           {7, false, 0, "rsasha1nsec3sha1"},
    {8, true, 0, "rsasha256"},          {10, true, 0, "rsasha512"},
    {13, true, 256, "ecdsap256sha256"}, {14, true, 384, "ecdsap384sha384"},
    {15, true, 256, "ed25519"},         {16, true, 456, "ed448"},
};

static const struct algorithm *find_algorithm(uint8_t number)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (algorithms[i].number == number)
            return &algorithms[i];
    return NULL;
}

uint8_t rz_signing_algorithm_parse(struct rz_str text)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (rz_str_is(text, algorithms[i].name))
            return algorithms[i].number;
    return 0;
}

char *rz_signing_algorithm_text(char text[RZ_SIGNING_ALGORITHM_MAX], uint8_t algorithm)
{
    const struct algorithm *found = find_algorithm(algorithm);
    if (found)
        snprintf(text, RZ_SIGNING_ALGORITHM_MAX, "%s", found->name);
    else
        snprintf(text, RZ_SIGNING_ALGORITHM_MAX, "%u", algorithm);
    return text;
}

bool rz_signing_algorithm_is_good(uint8_t algorithm)
{
    const struct algorithm *found = find_algorithm(algorithm);
    return found && found->good;
}

/* RFC 3110 §2: length of the exponent in one octet, or in the two behind a zero; exponent; modulus. */
static uint16_t modulus_bits(const uint8_t *key, size_t size)
{
    size_t head = size > 0 && key[0] ? 1 : 3;
    if (size < head)
        return 0;
    size_t exponent = head == 1 ? key[0] : (size_t)key[1] << 8 | key[2];
    size_t at = head + exponent;
    while (at < size && key[at] == 0)
        at++;
    if (at >= size || size - at > BITS_MAX / 8)
        return 0;
    size_t bits = (size - at) * 8;
    for (uint8_t first = key[at]; !(first & 0x80); first = (uint8_t)(first << 1))
        bits--;
    return (uint16_t)bits;
}

/* Whether keys of the algorithm can have so many bits. */
static bool are_bits(const struct algorithm *algorithm, uint16_t bits)
{
    return algorithm->bits ? bits == algorithm->bits : bits >= BITS_MIN && bits <= BITS_MAX;
}

uint16_t rz_signing_key_bits(uint8_t algorithm, const uint8_t *public_key, size_t size)
{
    const struct algorithm *found = find_algorithm(algorithm);
    return !found ? 0 : found->bits ? found->bits : modulus_bits(public_key, size);
}

/* ---- base64 (RFC 4648 §4), with its padding */

static bool decode(uint8_t *octets, size_t room, size_t *size, struct rz_str text)
{
    unsigned char block[RZ_SIGNING_KEY_WIRE_MAX + 2];
    if (text.size == 0 || text.size % 4 || text.size / 4 * 3 > sizeof block)
        return false;
    for (size_t i = 0; i < text.size; i++) /* OpenSSL would trim what is around it */
        if (text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '-')
            return false;
    int got = EVP_DecodeBlock(block, (const unsigned char *)text.data, (int)text.size);
    size_t padding = text.data[text.size - 1] != '=' ? 0 : text.data[text.size - 2] != '=' ? 1 : 2;
    *size = got < 0 ? 0 : (size_t)got - padding;
    if (got < 0 || *size > room)
        return false;
    memcpy(octets, block, *size);
    return true;
}

static void encode(struct rz_buffer *out, const uint8_t *octets, size_t size)
{
    unsigned char text[RZ_SIGNING_KEY_WIRE_MAX / 3 * 4 + 8];
    int count = EVP_EncodeBlock(text, octets, (int)size);
    rz_buffer_append(out, text, (size_t)count);
}

/* ---- words */

const char *rz_key_role_text(uint8_t role)
{
    static const char *const words[] = {
        [RZ_KEY_KSK] = "ksk", [RZ_KEY_ZSK] = "zsk", [RZ_KEY_CSK] = "csk"};
    return words[role];
}

const char *rz_key_state_text(uint8_t state)
{
    static const char *const words[] = {[RZ_KEY_RETIRED] = "retired",
                                        [RZ_KEY_SIGNS] = "hidden",
                                        [RZ_KEY_PUBLISHED] = "published",
                                        [RZ_KEY_ACTIVE] = "active"};
    return words[state];
}

static uint8_t parse_word(struct rz_str text, const char *(*word)(uint8_t), uint8_t first)
{
    for (uint8_t i = first; i <= 3; i++)
        if (rz_str_is(text, word(i)))
            return i;
    return 0;
}

/* "rsasha256/2048"; the bits of other algorithms are not written. */
static bool parse_kind(struct rz_signing_key *key, struct rz_str text)
{
    const char *slash = memchr(text.data, '/', text.size);
    struct rz_str name = {text.data, slash ? (size_t)(slash - text.data) : text.size};
    key->algorithm = rz_signing_algorithm_parse(name);
    const struct algorithm *found = find_algorithm(key->algorithm);
    if (!found || (slash != NULL) != (found->bits == 0))
        return false;
    key->bits = found->bits;
    if (!slash)
        return true;
    struct rz_str bits = {slash + 1, text.size - name.size - 1};
    return rz_str_uint16(bits, &key->bits) && are_bits(found, key->bits);
}

enum rz_status rz_signing_key_parse(struct rz_signing_key *key,
                                    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX], struct rz_str text,
                                    const char **why)
{
    struct rz_str words[WORDS_MAX];
    size_t count = rz_str_words(text, words, WORDS_MAX);
    uint16_t tag;
    *key = (struct rz_signing_key){0};
    *why = "it must be `ROLE ALGORITHM STATE TAG PUBLIC-KEY` or `ROLE ALGORITHM STATE new`";
    if (count < 4 || count > WORDS_MAX)
        return RZ_INVALID;
    key->role = parse_word(words[0], rz_key_role_text, RZ_KEY_KSK);
    key->state = parse_word(words[2], rz_key_state_text, RZ_KEY_SIGNS);
    if (!key->role || !key->state || !parse_kind(key, words[1]))
        return RZ_INVALID;
    if (count == 4)
        return rz_str_is(words[3], "new") ? RZ_OK : RZ_INVALID;
    size_t size;
    *why = "its public key is no base64 of such a key";
    if (!rz_str_uint16(words[3], &tag)
        || !decode(room, RZ_SIGNING_KEY_WIRE_MAX - WIRE_HEAD, &size, words[4]) || size == 0)
        return RZ_INVALID;
    key->public_key = room;
    key->public_size = (uint16_t)size;
    if (rz_signing_key_bits(key->algorithm, room, size) != key->bits)
        return RZ_INVALID;
    *why = "its tag is not that of its public key";
    return rz_signing_key_tag(key) == tag ? RZ_OK : RZ_INVALID;
}

size_t rz_signing_key_to_wire(const struct rz_signing_key *key,
                              uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX])
{
    if (key->public_size > RZ_SIGNING_KEY_WIRE_MAX - WIRE_HEAD)
        return 0;
    wire[0] = key->role;
    wire[1] = key->algorithm;
    wire[2] = key->state;
    wire[3] = (uint8_t)(key->bits >> 8);
    wire[4] = (uint8_t)key->bits;
    if (key->public_size)
        memcpy(wire + WIRE_HEAD, key->public_key, key->public_size);
    return (size_t)WIRE_HEAD + key->public_size;
}

bool rz_signing_key_from_wire(struct rz_signing_key *key, const uint8_t *wire, size_t size)
{
    *key = (struct rz_signing_key){0};
    if (size < WIRE_HEAD || size > RZ_SIGNING_KEY_WIRE_MAX || wire[0] < RZ_KEY_KSK
        || wire[0] > RZ_KEY_CSK || wire[2] < RZ_KEY_SIGNS || wire[2] > RZ_KEY_ACTIVE
        || !find_algorithm(wire[1]))
        return false;
    key->role = wire[0];
    key->algorithm = wire[1];
    key->state = wire[2];
    key->bits = (uint16_t)(wire[3] << 8 | wire[4]);
    key->public_key = wire + WIRE_HEAD;
    key->public_size = (uint16_t)(size - WIRE_HEAD);
    uint16_t bits = rz_signing_key_bits(key->algorithm, key->public_key, key->public_size);
    return are_bits(find_algorithm(key->algorithm), key->bits)
           && (key->public_size == 0 || key->bits == bits);
}

void rz_signing_key_print(struct rz_buffer *out, const struct rz_signing_key *key)
{
    char name[RZ_SIGNING_ALGORITHM_MAX];
    const struct algorithm *found = find_algorithm(key->algorithm);
    rz_buffer_printf(out, "%s %s", rz_key_role_text(key->role),
                     rz_signing_algorithm_text(name, key->algorithm));
    if (found && found->bits == 0)
        rz_buffer_printf(out, "/%u", key->bits);
    rz_buffer_printf(out, " %s ", rz_key_state_text(key->state));
    if (key->public_size == 0) {
        rz_buffer_text(out, "new");
        return;
    }
    rz_buffer_printf(out, "%u ", rz_signing_key_tag(key));
    encode(out, key->public_key, key->public_size);
}

/* ---- DNSKEY */

size_t rz_signing_key_dnskey(const struct rz_signing_key *key,
                             uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX])
{
    if (key->public_size == 0 || key->public_size > RZ_SIGNING_KEY_WIRE_MAX - RZ_DNSKEY_HEAD)
        return 0;
    wire[0] = RZ_DNSKEY_ZONE >> 8;
    wire[1] = key->role & RZ_KEY_KSK ? RZ_DNSKEY_SEP : 0;
    wire[2] = 3;
    wire[3] = key->algorithm;
    memcpy(wire + RZ_DNSKEY_HEAD, key->public_key, key->public_size);
    return (size_t)RZ_DNSKEY_HEAD + key->public_size;
}

bool rz_signing_key_of_dnskey(struct rz_signing_key *key, const uint8_t *wire, size_t size)
{
    uint16_t flags = rz_dnskey_flags(wire, size);
    *key = (struct rz_signing_key){0};
    if (size <= RZ_DNSKEY_HEAD || size > RZ_SIGNING_KEY_WIRE_MAX - WIRE_HEAD
        || !(flags & RZ_DNSKEY_ZONE) || wire[2] != 3 || !find_algorithm(wire[3]))
        return false;
    key->role = flags & RZ_DNSKEY_SEP ? RZ_KEY_KSK : RZ_KEY_ZSK;
    key->algorithm = wire[3];
    key->public_key = wire + RZ_DNSKEY_HEAD;
    key->public_size = (uint16_t)(size - RZ_DNSKEY_HEAD);
    key->bits = rz_signing_key_bits(key->algorithm, key->public_key, key->public_size);
    return are_bits(find_algorithm(key->algorithm), key->bits);
}

uint16_t rz_signing_key_tag(const struct rz_signing_key *key)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    size_t size = rz_signing_key_dnskey(key, wire);
    return size ? rz_dnskey_tag(wire, size) : 0;
}

/* ---- which are the same */

bool rz_signing_key_is(const struct rz_signing_key *a, const struct rz_signing_key *b)
{
    return a->public_size && a->public_size == b->public_size && a->algorithm == b->algorithm
           && memcmp(a->public_key, b->public_key, a->public_size) == 0;
}

bool rz_signing_key_fits(const struct rz_signing_key *a, const struct rz_signing_key *b)
{
    return (a->role & RZ_KEY_KSK) == (b->role & RZ_KEY_KSK) && a->algorithm == b->algorithm
           && a->bits == b->bits && a->state == b->state
           && (a->public_size == 0 || b->public_size == 0 || rz_signing_key_is(a, b));
}

static size_t read_keys(struct rz_signing_key keys[KEYS_MAX], const struct rz_rrset *rrset)
{
    size_t count = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c) && count < KEYS_MAX;)
        if (rz_signing_key_from_wire(&keys[count], c.wire, c.size))
            count++;
    return count;
}

/* Takes out of `others` one that fits each key of `keys`, those with the same public key first, so that
 * a `new` does not take another's. */
static bool match(const struct rz_signing_key *keys, size_t count, struct rz_signing_key *others)
{
    bool done[KEYS_MAX] = {false}, taken[KEYS_MAX] = {false};
    for (int by_kind = 0; by_kind <= 1; by_kind++)
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < count && !done[i]; k++)
                if (!taken[k] && (by_kind || rz_signing_key_is(&keys[i], &others[k]))
                    && rz_signing_key_fits(&keys[i], &others[k]))
                    done[i] = taken[k] = true;
    for (size_t i = 0; i < count; i++)
        if (!done[i])
            return false;
    return true;
}

bool rz_signing_keys_same(const struct rz_rrset *a, const struct rz_rrset *b)
{
    struct rz_signing_key keys[KEYS_MAX], others[KEYS_MAX];
    if (a->rdata_count != b->rdata_count)
        return false;
    size_t count = read_keys(keys, a);
    return count == a->rdata_count && read_keys(others, b) == count && match(keys, count, others);
}

bool rz_signing_keys_contain(const struct rz_rrset *rrset, const uint8_t *wire, size_t size)
{
    struct rz_signing_key wanted, key;
    if (!rz_signing_key_from_wire(&wanted, wire, size))
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&key, c.wire, c.size) && rz_signing_key_fits(&key, &wanted))
            return true;
    return false;
}
