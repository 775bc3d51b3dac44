/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private keys by OpenSSL: new ones, and those of BIND's *.private files. */
#include "key_text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "dns/dnskey.h"

#define OCTETS_MAX 1024 /* of one number of a key */
#define RSA_BITS 2048   /* unless told */

static const char cannot[] = "the library cannot make a key of this algorithm";

void rz_key_text_wipe(struct rz_buffer *text)
{
    if (text->data)
        OPENSSL_cleanse(text->data, text->capacity);
    rz_buffer_free(text);
}

/* The private key in PEM. */
static const char *put_pem(struct rz_buffer *pem, EVP_PKEY *key)
{
    char *text;
    BIO *bio = key ? BIO_new(BIO_s_secmem()) : NULL;
    bool good = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long size = good ? BIO_get_mem_data(bio, &text) : 0;
    if (size > 0)
        rz_buffer_append(pem, text, (size_t)size);
    BIO_free(bio);
    return size > 0 && !pem->overflow ? NULL : cannot;
}

/* The same; frees the key. */
static const char *write_pem(struct rz_buffer *pem, EVP_PKEY *key)
{
    const char *why = put_pem(pem, key);
    EVP_PKEY_free(key);
    return why;
}

static const char *curve_of(uint8_t algorithm)
{
    return algorithm == 13 ? "P-256" : algorithm == 14 ? "P-384" : NULL;
}

static const char *edwards_of(uint8_t algorithm)
{
    return algorithm == 15 ? "ED25519" : algorithm == 16 ? "ED448" : NULL;
}

static bool is_rsa(uint8_t algorithm)
{
    return algorithm == 8 || algorithm == 10;
}

const char *rz_key_text_generate(struct rz_buffer *pem, uint8_t algorithm, uint16_t bits)
{
    EVP_PKEY *key = NULL;
    if (curve_of(algorithm))
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve_of(algorithm));
    else if (edwards_of(algorithm))
        key = EVP_PKEY_Q_keygen(NULL, NULL, edwards_of(algorithm));
    else if (is_rsa(algorithm))
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)(bits ? bits : RSA_BITS));
    return write_pem(pem, key);
}

/* ---- BIND's format: "Name: base64" a line */

struct number {
    uint8_t octets[OCTETS_MAX];
    int size; /* 0: not there */
};

static bool find_line(struct rz_str text, const char *name, struct rz_str *value)
{
    size_t length = strlen(name);
    for (size_t at = 0; at < text.size;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.size - at);
        size_t size = end ? (size_t)(end - line) : text.size - at;
        if (size > length && memcmp(line, name, length) == 0 && line[length] == ':') {
            *value = rz_str_trim((struct rz_str){line + length + 1, size - length - 1});
            return true;
        }
        at += size + 1;
    }
    return false;
}

static bool read_number(struct number *number, struct rz_str text, const char *name)
{
    struct rz_str value;
    *number = (struct number){0};
    if (!find_line(text, name, &value) || value.size % 4 || value.size / 4 * 3 > OCTETS_MAX
        || !value.size)
        return false;
    int size = EVP_DecodeBlock(number->octets, (const unsigned char *)value.data, (int)value.size);
    while (size > 0 && value.size && value.data[value.size - 1] == '=')
        size--, value.size--;
    number->size = size;
    return size > 0;
}

static EVP_PKEY *from_parameters(const char *kind, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static EVP_PKEY *read_curve(const struct rz_signing_key *facts, struct rz_str text)
{
    struct number secret;
    uint8_t point[1 + 96] = {4};
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    BIGNUM *scalar = read_number(&secret, text, "PrivateKey")
                         ? BN_bin2bn(secret.octets, secret.size, BN_secure_new())
                         : NULL;
    if (scalar && facts->public_size < sizeof point) {
        memcpy(point + 1, facts->public_key, facts->public_size);
        if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                            curve_of(facts->algorithm), 0)
            && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                facts->public_size + 1u)
            && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar))
            key = from_parameters("EC", builder);
    }
    BN_clear_free(scalar);
    OSSL_PARAM_BLD_free(builder);
    OPENSSL_cleanse(&secret, sizeof secret);
    return key;
}

static EVP_PKEY *read_edwards(const struct rz_signing_key *facts, struct rz_str text)
{
    struct number secret;
    EVP_PKEY *key = NULL;
    if (read_number(&secret, text, "PrivateKey"))
        key = EVP_PKEY_new_raw_private_key_ex(NULL, edwards_of(facts->algorithm), NULL,
                                              secret.octets, (size_t)secret.size);
    OPENSSL_cleanse(&secret, sizeof secret);
    return key;
}

static const char *const rsa_names[][2] = {{"Modulus", OSSL_PKEY_PARAM_RSA_N},
                                           {"PublicExponent", OSSL_PKEY_PARAM_RSA_E},
                                           {"PrivateExponent", OSSL_PKEY_PARAM_RSA_D},
                                           {"Prime1", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                           {"Prime2", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                           {"Exponent1", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                           {"Exponent2", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                           {"Coefficient", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
enum { RSA_NUMBERS = sizeof rsa_names / sizeof *rsa_names };

static EVP_PKEY *read_rsa(struct rz_str text)
{
    BIGNUM *numbers[RSA_NUMBERS] = {0};
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    bool good = true;
    for (size_t i = 0; i < RSA_NUMBERS && good; i++) {
        struct number number;
        good = read_number(&number, text, rsa_names[i][0])
               && (numbers[i] = BN_bin2bn(number.octets, number.size, BN_secure_new())) != NULL
               && OSSL_PARAM_BLD_push_BN(builder, rsa_names[i][1], numbers[i]);
        OPENSSL_cleanse(&number, sizeof number);
    }
    EVP_PKEY *key = good ? from_parameters("RSA", builder) : NULL;
    for (size_t i = 0; i < RSA_NUMBERS; i++)
        BN_clear_free(numbers[i]);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

const char *rz_key_text_read(struct rz_buffer *pem, const struct rz_signing_key *facts,
                             struct rz_str text)
{
    struct rz_str format;
    EVP_PKEY *key = NULL;
    if (rz_str_starts_with(rz_str_trim(text), "-----BEGIN PRIVATE KEY-----")) {
        rz_buffer_str(pem, text);
        return pem->overflow ? "it is too long" : NULL;
    }
    if (!find_line(text, "Private-key-format", &format) || !rz_str_starts_with(format, "v1."))
        return "it is neither PKCS #8 in PEM (BEGIN PRIVATE KEY) nor BIND's format (Private-key-format: v1…)";
    if (curve_of(facts->algorithm))
        key = read_curve(facts, text);
    else if (edwards_of(facts->algorithm))
        key = read_edwards(facts, text);
    else if (is_rsa(facts->algorithm))
        key = read_rsa(text);
    return key ? write_pem(pem, key)
               : "its numbers are missing, damaged, or of another algorithm than the public key";
}

bool rz_key_text_works(const struct rz_rrsig_key *key)
{
    static const uint8_t root[1] = {0}, record[] = {4, 0, 192, 0, 2, 1};
    struct rz_rrset rrset = {
        .owner = root, .type = 1, .ttl = 1, .rdata = record, .rdata_count = 1, .rdata_size = 6};
    uint16_t size = 4;
    uint8_t room[6];
    struct rz_rrsig rrsig;
    RZ_BUFFER_CLEANUP struct rz_buffer made = {0};
    memcpy(room, &size, sizeof size);
    memcpy(room + 2, record + 2, 4);
    rrset.rdata = room;
    return rz_rrsig_make(&made, &rrset, key, 0, 1)
           && rz_rrsig_read(&rrsig, (const uint8_t *)made.data, made.size)
           && rz_rrsig_is_by(&rrsig, &rrset, key);
}

/* ---- taking keys of others */

/* No passphrase is known, and none is asked for. */
static int no_passphrase(char *buffer, int size, int writes, void *user)
{
    (void)buffer, (void)size, (void)writes, (void)user;
    return -1;
}

static EVP_PKEY *read_pem(struct rz_str text)
{
    BIO *bio = text.size <= RZ_KEY_TEXT_MAX ? BIO_new_mem_buf(text.data, (int)text.size) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    return key;
}

/* 0: none that zones are signed with. */
static uint8_t algorithm_of(const EVP_PKEY *key, uint8_t rsa)
{
    char curve[32] = "";
    if (EVP_PKEY_is_a(key, "ED25519"))
        return 15;
    if (EVP_PKEY_is_a(key, "ED448"))
        return 16;
    if (EVP_PKEY_is_a(key, "RSA"))
        return rsa;
    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) != 1)
        return 0;
    return strcmp(curve, "prime256v1") == 0 || strcmp(curve, "P-256") == 0  ? 13
           : strcmp(curve, "secp384r1") == 0 || strcmp(curve, "P-384") == 0 ? 14
                                                                            : 0;
}

static void put_line(struct rz_buffer *out, const char *name, const uint8_t *octets, int size)
{
    unsigned char text[OCTETS_MAX / 3 * 4 + 8];
    int count = EVP_EncodeBlock(text, octets, size);
    rz_buffer_printf(out, "%s: ", name);
    rz_buffer_append(out, text, (size_t)count);
    rz_buffer_char(out, '\n');
    OPENSSL_cleanse(text, sizeof text);
}

/* A number with at least so many octets. */
static bool put_number(struct rz_buffer *out, const EVP_PKEY *key, const char *parameter,
                       const char *name, int least)
{
    struct number number;
    BIGNUM *value = NULL;
    bool good = EVP_PKEY_get_bn_param(key, parameter, &value) == 1
                && BN_num_bytes(value) <= OCTETS_MAX;
    if (good) {
        number.size = BN_num_bytes(value) > least ? BN_num_bytes(value) : least;
        good = BN_bn2binpad(value, number.octets, number.size) == number.size;
    }
    if (good)
        put_line(out, name, number.octets, number.size);
    BN_clear_free(value);
    OPENSSL_cleanse(&number, sizeof number);
    return good;
}

static bool put_edwards(struct rz_buffer *out, const EVP_PKEY *key)
{
    struct number number;
    size_t size = sizeof number.octets;
    bool good = EVP_PKEY_get_raw_private_key(key, number.octets, &size) == 1;
    if (good)
        put_line(out, "PrivateKey", number.octets, (int)size);
    OPENSSL_cleanse(&number, sizeof number);
    return good;
}

static bool put_bind(struct rz_buffer *out, const EVP_PKEY *key, uint8_t algorithm)
{
    char name[RZ_SIGNING_ALGORITHM_MAX];
    bool good = true;
    rz_buffer_printf(out, "Private-key-format: v1.2\nAlgorithm: %u (%s)\n", algorithm,
                     rz_signing_algorithm_text(name, algorithm));
    if (curve_of(algorithm))
        return put_number(out, key, OSSL_PKEY_PARAM_PRIV_KEY, "PrivateKey",
                          algorithm == 13 ? 32 : 48);
    if (edwards_of(algorithm))
        return put_edwards(out, key);
    for (size_t i = 0; i < RSA_NUMBERS && good; i++)
        good = put_number(out, key, rsa_names[i][1], rsa_names[i][0], 1);
    return good;
}

/* Public part and a trial signature, by the library that will sign. */
static const char *try_key(struct rz_signing_key *facts, uint8_t room[RZ_SIGNING_KEY_WIRE_MAX],
                           const struct rz_key_text_source *source, uint8_t algorithm,
                           const struct rz_buffer *pem)
{
    static const uint8_t root[1] = {0};
    struct rz_rrsig_key key;
    uint16_t flags = source->role & RZ_KEY_KSK ? RZ_DNSKEY_ZONE | RZ_DNSKEY_SEP : RZ_DNSKEY_ZONE;
    const char *why = rz_rrsig_key_load(&key, root, flags, algorithm, rz_buffer_view(pem));
    if (why)
        return why;
    if (source->dnskey
        && (source->dnskey->size != key.dnskey.size
            || memcmp(source->dnskey->wire + 4, key.dnskey.wire + 4, key.dnskey.size - 4) != 0))
        why = "it is not the private half of the public key beside it";
    else if (key.dnskey.size > RZ_SIGNING_KEY_WIRE_MAX
             || !rz_signing_key_of_dnskey(facts, key.dnskey.wire, key.dnskey.size))
        why = "it has fewer or more bits than keys of its algorithm";
    else if (!rz_key_text_works(&key))
        why = "what it signs cannot be checked with its public part";
    if (!why) {
        memcpy(room, facts->public_key, facts->public_size);
        facts->public_key = room;
        facts->role = source->role;
    }
    rz_rrsig_key_free(&key);
    return why;
}

static const char *take_pem(struct rz_buffer *bind, struct rz_signing_key *facts,
                            uint8_t room[RZ_SIGNING_KEY_WIRE_MAX],
                            const struct rz_key_text_source *source)
{
    struct rz_buffer pem = {.limit = RZ_KEY_TEXT_MAX};
    EVP_PKEY *key = read_pem(source->text);
    uint8_t algorithm = key ? algorithm_of(key, source->rsa) : 0;
    const char *why = !key ? "it is no private key in PEM, or has a passphrase: take that off"
                      : !algorithm
                          ? "zones are signed with RSA, ECDSA P-256 or P-384, Ed25519 or Ed448"
                          : put_pem(&pem, key);
    if (!why)
        why = try_key(facts, room, source, algorithm, &pem);
    if (!why && (!put_bind(bind, key, algorithm) || bind->overflow))
        why = cannot;
    EVP_PKEY_free(key);
    rz_key_text_wipe(&pem);
    return why;
}

const char *rz_key_text_import(struct rz_buffer *bind, struct rz_signing_key *facts,
                               uint8_t room[RZ_SIGNING_KEY_WIRE_MAX],
                               const struct rz_key_text_source *source)
{
    struct rz_buffer pem = {.limit = RZ_KEY_TEXT_MAX};
    struct rz_key_text_source clean = *source;
    struct rz_signing_key told = {0};
    struct rz_str format;
    bool is_bind = find_line(source->text, "Private-key-format", &format);
    const char *why = NULL;
    if (source->dnskey
        && !rz_signing_key_of_dnskey(&told, source->dnskey->wire, source->dnskey->size))
        why = "its public half is none that zones are signed with";
    else if (source->dnskey && !rz_signing_algorithm_is_good(told.algorithm))
        why = "its algorithm is not to be used any more (RFC 8624)";
    else if (is_bind && !source->dnskey)
        why = "its public half, the file .key, is not beside it";
    else if (is_bind)
        why = rz_key_text_read(&pem, &told, source->text);
    if (is_bind)
        clean.text = rz_buffer_view(&pem);
    if (source->dnskey)
        clean.rsa = told.algorithm;
    if (!why)
        why = take_pem(bind, facts, room, &clean);
    rz_key_text_wipe(&pem);
    return why;
}
