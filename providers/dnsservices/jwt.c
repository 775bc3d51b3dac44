/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JWTs: three parts in base64url, a JSON head that says RS256, JSON claims with times. */
#include "dnsservices/jwt.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "support/alloc.h"

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* base64url without padding (RFC 7515 §2); false for anything else. */
static bool decode(struct rz_buffer *out, struct rz_str text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    if (text.size == 0 || text.size % 4 == 1)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        int value = digit(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8)
            rz_buffer_char(out, (char)(bits >> (count -= 8) & 0xFF));
    }
    return true;
}

/* Head, claims, signature; false where there are not three. */
static bool split(struct rz_str parts[3], struct rz_str token)
{
    for (size_t i = 0; i < 3; i++) {
        const char *dot = memchr(token.data, '.', token.size);
        if ((dot != NULL) != (i < 2))
            return false;
        parts[i] = (struct rz_str){token.data, dot ? (size_t)(dot - token.data) : token.size};
        if (dot)
            token = (struct rz_str){dot + 1, token.size - parts[i].size - 1};
    }
    return true;
}

static json_t *decode_json(struct rz_str part)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!decode(&text, part))
        return NULL;
    json_t *json = json_loadb(rz_buffer_view(&text).data, text.size, 0, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* Seconds since 1970 (RFC 7519 §2, a number that may have a fraction); 0 where absent or absurd. */
static int64_t time_of(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    double seconds = json_is_number(value) ? json_number_value(value) : 0;
    return seconds >= 1 && seconds < 253402300800.0 ? (int64_t)seconds : 0;
}

static const char *check_head(struct rz_str part)
{
    json_t *head = decode_json(part);
    const char *algorithm = json_string_value(json_object_get(head, "alg"));
    const char *why = !head ? "its head is no JSON in base64url"
                      : !algorithm || strcmp(algorithm, "RS256") != 0
                          ? "it is not signed with RS256"
                          : NULL;
    json_decref(head);
    return why;
}

const char *rz_jwt_read(struct rz_jwt *jwt, struct rz_str token)
{
    struct rz_str parts[3];
    RZ_BUFFER_CLEANUP struct rz_buffer signature = {0};
    *jwt = (struct rz_jwt){0};
    if (token.size > RZ_JWT_MAX)
        return "it is longer than 16 KiB";
    if (!split(parts, token))
        return "it has not the three parts of a JWT";
    const char *why = check_head(parts[0]);
    if (why)
        return why;
    if (!decode(&signature, parts[2]) || signature.size < 128)
        return "its signature is no RSA signature in base64url";
    json_t *claims = decode_json(parts[1]);
    if (!claims)
        return "its claims are no JSON in base64url";
    jwt->issued = time_of(claims, "iat");
    if (!jwt->issued)
        jwt->issued = time_of(claims, "nbf");
    jwt->expires = time_of(claims, "exp");
    json_decref(claims);
    if (!jwt->expires)
        return "it does not say when it expires";
    return jwt->issued && jwt->expires <= jwt->issued ? "it expires before it is issued" : NULL;
}

static EVP_PKEY *read_key(struct rz_str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

const char *rz_jwt_verify(struct rz_str token, struct rz_str public_key)
{
    struct rz_str parts[3];
    RZ_BUFFER_CLEANUP struct rz_buffer signature = {0};
    if (!split(parts, token) || !decode(&signature, parts[2]))
        return "it has not the three parts of a JWT";
    EVP_PKEY *key = read_key(public_key);
    if (!key || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        return "the file of `public_key` has no RSA key in PEM form";
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t signed_size = (size_t)(parts[2].data - 1 - token.data);
    bool good = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
                && EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                                    (const unsigned char *)token.data, signed_size)
                       == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good ? NULL : "its signature does not fit `public_key`";
}
