/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ed25519 through OpenSSL. */
#include "plan/sign.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MESSAGE_PREFIX "rezone plan "
#define MESSAGE_MAX 128

char *rz_hex(char *text, const uint8_t *octets, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[octets[i] >> 4];
        text[2 * i + 1] = digits[octets[i] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rz_unhex(uint8_t *octets, size_t size, const char *text)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        octets[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static enum rz_status refuse(struct rz_diags *diags, const char *path, const char *why,
                             const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ4108, rz_place_named(path), "%s", why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_INVALID;
}

static FILE *open_key(const char *path, bool secret, struct rz_diags *diags)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (!file) {
        refuse(diags, path, strerror(errno),
               "the key is a PEM file, made with `openssl genpkey -algorithm ed25519`");
        return NULL;
    }
    if (secret && (fstat(fileno(file), &status) != 0 || status.st_mode & 077)) {
        refuse(diags, path, "others than its owner may read the private key", "chmod 600 it");
        fclose(file);
        return NULL;
    }
    return file;
}

/* A key with a passphrase cannot be used: nobody is asked for it. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static EVP_PKEY *read_key(const char *path, bool secret, struct rz_diags *diags)
{
    FILE *file = open_key(path, secret, diags);
    if (!file)
        return NULL;
    EVP_PKEY *key = secret ? NULL : PEM_read_PUBKEY(file, NULL, no_passphrase, NULL);
    if (!key) {
        rewind(file);
        key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    }
    fclose(file);
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
        return key;
    EVP_PKEY_free(key);
    refuse(
        diags, path,
        secret ? "is no Ed25519 private key without a passphrase" : "is no Ed25519 key",
        "make one with `openssl genpkey -algorithm ed25519 -out key.pem`, and its public half with "
        "`openssl pkey -in key.pem -pubout`");
    return NULL;
}

static size_t message(char text[MESSAGE_MAX], const char *digest)
{
    return (size_t)snprintf(text, MESSAGE_MAX, MESSAGE_PREFIX "%s", digest);
}

enum rz_status rz_sign(struct rz_signature *signature, const char *digest, const char *path,
                       struct rz_diags *diags)
{
    char text[MESSAGE_MAX];
    size_t text_size = message(text, digest), size = sizeof signature->value,
           key_size = sizeof signature->key;
    EVP_PKEY *key = read_key(path, true, diags);
    if (!key)
        return RZ_INVALID;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_PKEY_get_raw_public_key(key, signature->key, &key_size) == 1
                && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1
                && EVP_DigestSign(context, signature->value, &size, (const unsigned char *)text,
                                  text_size)
                       == 1
                && size == sizeof signature->value;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good ? RZ_OK
                : refuse(diags, path, "the plan could not be signed with it",
                         "see whether OpenSSL can use it");
}

bool rz_signature_holds(const struct rz_signature *signature, const char *digest)
{
    char text[MESSAGE_MAX];
    size_t text_size = message(text, digest);
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, signature->key,
                                                sizeof signature->key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1
                && EVP_DigestVerify(context, signature->value, sizeof signature->value,
                                    (const unsigned char *)text, text_size)
                       == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

enum rz_status rz_public_key_read(uint8_t key[RZ_KEY_OCTETS], const char *path,
                                  struct rz_diags *diags)
{
    size_t size = RZ_KEY_OCTETS;
    EVP_PKEY *read = read_key(path, false, diags);
    if (!read)
        return RZ_INVALID;
    bool good = EVP_PKEY_get_raw_public_key(read, key, &size) == 1 && size == RZ_KEY_OCTETS;
    EVP_PKEY_free(read);
    return good ? RZ_OK
                : refuse(diags, path, "is no Ed25519 key", "see whether OpenSSL can read it");
}
