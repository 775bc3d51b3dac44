/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private keys by OpenSSL: new ones, and those of BIND's *.private files. */
#include "zonefile/key_text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#define OCTETS_MAX 1024 /* of one number of a key */
#define RSA_BITS 2048   /* unless told */

static const char cannot[] = "the library cannot make a key of this algorithm";

/* The private key in PEM; frees it. */
static const char *write_pem(struct rz_buffer *pem, EVP_PKEY *key)
{
    char *text;
    BIO *bio = key ? BIO_new(BIO_s_secmem()) : NULL;
    bool good = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long size = good ? BIO_get_mem_data(bio, &text) : 0;
    if (size > 0)
        rz_buffer_append(pem, text, (size_t)size);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return size > 0 && !pem->overflow ? NULL : cannot;
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

static EVP_PKEY *read_rsa(struct rz_str text)
{
    static const char *const names[][2] = {{"Modulus", OSSL_PKEY_PARAM_RSA_N},
                                           {"PublicExponent", OSSL_PKEY_PARAM_RSA_E},
                                           {"PrivateExponent", OSSL_PKEY_PARAM_RSA_D},
                                           {"Prime1", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                           {"Prime2", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                           {"Exponent1", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                           {"Exponent2", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                           {"Coefficient", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    enum { COUNT = sizeof names / sizeof *names };
    BIGNUM *numbers[COUNT] = {0};
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    bool good = true;
    for (size_t i = 0; i < COUNT && good; i++) {
        struct number number;
        good = read_number(&number, text, names[i][0])
               && (numbers[i] = BN_bin2bn(number.octets, number.size, BN_secure_new())) != NULL
               && OSSL_PARAM_BLD_push_BN(builder, names[i][1], numbers[i]);
        OPENSSL_cleanse(&number, sizeof number);
    }
    EVP_PKEY *key = good ? from_parameters("RSA", builder) : NULL;
    for (size_t i = 0; i < COUNT; i++)
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
