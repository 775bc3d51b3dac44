/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of keys and certificates: DKIM (RFC 6376, 8301, 8463), TLSA (RFC 6698, 7671) and SSHFP
 * (RFC 4255, 6594, 7479, 8709). Private keys are refused before anything reads them. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "language/build.h"

#define RSA_BITS_MIN 1024 /* RFC 8301 §3.2 */

static bool is_private(struct rz_call *call, struct rz_str text)
{
    if (!memmem(text.data, text.size, "PRIVATE KEY", strlen("PRIVATE KEY")))
        return false;
    rz_call_fail(call,
                 "this is a private key, which belongs into no repository; give the public one");
    return true;
}

/* The first block of PEM. No block is decrypted, so that nothing asks for a passphrase. */
static bool read_pem(struct rz_str text, struct rz_buffer *der, char kind[32])
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size = 0;
    BIO *bio = text.size <= 1 << 20 ? BIO_new_mem_buf(text.data, (int)text.size) : NULL;
    bool good = bio && PEM_read_bio(bio, &name, &header, &data, &size) == 1 && header[0] == '\0'
                && strlen(name) < 32;
    if (good) {
        strcpy(kind, name);
        rz_buffer_append(der, data, (size_t)size);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(bio);
    ERR_clear_error();
    return good;
}

/* A SubjectPublicKeyInfo, or the RSAPublicKey inside of one. NULL where it is neither. */
static EVP_PKEY *read_public_key(const struct rz_buffer *der)
{
    const unsigned char *at = (const unsigned char *)der->data;
    EVP_PKEY *key = der->size ? d2i_PUBKEY(NULL, &at, (long)der->size) : NULL;
    if (!key && der->size) {
        at = (const unsigned char *)der->data;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der->size);
    }
    if (key && at != (const unsigned char *)der->data + der->size) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

/* `k=…; p=…` of a key. */
static bool append_dkim_key(struct rz_call *call, struct rz_buffer *out, EVP_PKEY *key)
{
    unsigned char *spki = NULL;
    uint8_t raw[32];
    size_t size = sizeof raw;
    int id = EVP_PKEY_get_base_id(key);
    if (id == EVP_PKEY_ED25519 && EVP_PKEY_get_raw_public_key(key, raw, &size) == 1) {
        rz_buffer_text(out, "k=ed25519; p=");
        rz_build_base64(out, raw, size);
        return true;
    }
    if (id != EVP_PKEY_RSA) {
        rz_call_fail(call, "the key is neither RSA nor Ed25519 (RFC 6376 §3.3, RFC 8463)");
        return false;
    }
    if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
        rz_call_fail(
            call,
            "the RSA key has %d bits; receivers take no signature below 1,024 (RFC 8301 §3.2)",
            EVP_PKEY_get_bits(key));
        return false;
    }
    int octets = i2d_PUBKEY(key, &spki);
    rz_buffer_text(out, "k=rsa; p=");
    if (octets > 0)
        rz_build_base64(out, spki, (size_t)octets);
    OPENSSL_free(spki);
    return octets > 0;
}

static bool append_key_text(struct rz_call *call, struct rz_buffer *out, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer der = {0};
    char kind[32] = "";
    text = rz_str_trim(text);
    if (text.size == 0) { /* revoked: RFC 6376 §3.6.1 */
        rz_buffer_text(out, "p=");
        return true;
    }
    if (is_private(call, text))
        return false;
    bool pem = rz_str_starts_with(text, "-----");
    if (pem ? !read_pem(text, &der, kind) || !strstr(kind, "PUBLIC KEY")
            : !rz_build_unbase64(&der, text)) {
        rz_call_fail(call, "the key is a public one in PEM, or its base64 (RFC 6376 §3.6.1)");
        return false;
    }
    EVP_PKEY *key = der.size == 32 && !pem ? EVP_PKEY_new_raw_public_key(
                        EVP_PKEY_ED25519, NULL, (const unsigned char *)der.data, 32)
                                           : read_public_key(&der);
    bool good = key && append_dkim_key(call, out, key);
    if (!key)
        rz_call_fail(call, "no public key can be read of it (RFC 6376 §3.6.1)");
    EVP_PKEY_free(key);
    return good;
}

static bool append_flags(struct rz_call *call, struct rz_buffer *out, const struct rz_value *map)
{
    bool testing, strict;
    if (!rz_build_bool(call, rz_build_get(map, "testing"), "testing", false, &testing)
        || !rz_build_bool(call, rz_build_get(map, "strict"), "strict", false, &strict))
        return false;
    if (testing || strict)
        rz_buffer_printf(out, "t=%s%s%s; ", testing ? "y" : "", testing && strict ? ":" : "",
                         strict ? "s" : "");
    return true;
}

static struct rz_value call_dkim(struct rz_call *call)
{
    static const char *const known[] = {"key",     "selector", "hash", "service",
                                        "testing", "strict",   NULL};
    static const char *const hashes[] = {"sha256", NULL}, *const services[] = {"*", "email", NULL};
    const struct rz_value *value = &call->arguments[0], *map = value;
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    struct rz_str text;
    rz_buffer_text(&out, "v=DKIM1; ");
    if (map->kind == RZ_VALUE_MAP) {
        const struct rz_value *hash = rz_build_get(map, "hash"),
                              *service = rz_build_get(map, "service");
        if (!rz_build_check_keys(call, map, known))
            return rz_value_null();
        if (hash
            && (!rz_build_text(call, hash, "hash", &text)
                || rz_build_word(call, text, "hash", hashes) < 0))
            return rz_value_null();
        rz_buffer_text(&out, hash ? "h=sha256; " : "");
        if (service
            && (!rz_build_text(call, service, "service", &text)
                || rz_build_word(call, text, "service", services) < 0))
            return rz_value_null();
        if (service)
            rz_buffer_printf(&out, "s=%.*s; ", RZ_STR_ARG(text));
        if (!append_flags(call, &out, map))
            return rz_value_null();
        value = rz_value_get(map, RZ_STR("key"));
    }
    if (!rz_build_text(call, value, "key", &text) || !append_key_text(call, &out, text))
        return rz_value_null();
    return rz_call_buffer(call, &out);
}

/* What a TLSA record is about: the certificate's DER, or its key's (RFC 6698 §2.1.2). */
static bool select_octets(struct rz_call *call, struct rz_str text, bool key_only,
                          struct rz_buffer *out)
{
    RZ_BUFFER_CLEANUP struct rz_buffer der = {0};
    char kind[32] = "";
    if (is_private(call, text))
        return false;
    bool pem = read_pem(text, &der, kind);
    if (pem && key_only && strcmp(kind, "PUBLIC KEY") == 0) {
        EVP_PKEY *key = read_public_key(&der);
        if (key)
            rz_buffer_append(out, der.data, der.size);
        EVP_PKEY_free(key);
    } else if (pem && strcmp(kind, "CERTIFICATE") == 0) {
        const unsigned char *at = (const unsigned char *)der.data;
        unsigned char *octets = NULL;
        X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
        int size = !certificate ? 0
                   : key_only   ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &octets)
                                : 0;
        if (size > 0)
            rz_buffer_append(out, octets, (size_t)size);
        else if (certificate && !key_only)
            rz_buffer_append(out, der.data, der.size);
        OPENSSL_free(octets);
        X509_free(certificate);
        ERR_clear_error();
    }
    if (out->size == 0)
        rz_call_fail(
            call,
            "a certificate in PEM is expected, as file(\"cert.pem\") gives it (RFC 6698 §2.1)");
    return out->size > 0;
}

/* A number below `count`, or its mnemonic of RFC 7218. */
static int mnemonic(struct rz_call *call, const struct rz_value *value, const char *what, int count,
                    const char *const *words)
{
    struct rz_str text;
    if (!rz_build_text(call, value, what, &text))
        return -1;
    if (text.size == 1 && text.data[0] >= '0' && text.data[0] - '0' < count)
        return text.data[0] - '0';
    return rz_build_word(call, text, what, words);
}

static struct rz_value tlsa_record(struct rz_call *call, const struct rz_value fields[4])
{
    static const char *const usages[] = {"pkix-ta", "pkix-ee", "dane-ta", "dane-ee", NULL};
    static const char *const selectors[] = {"cert", "spki", NULL};
    static const char *const matchings[] = {"full",   "sha2-256", "sha2-512",
                                            "sha256", "sha512",   NULL};
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0}, out = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct rz_str text;
    int usage = mnemonic(call, &fields[0], "usage", 4, usages);
    int selector = usage < 0 ? -1 : mnemonic(call, &fields[1], "selector", 2, selectors);
    int matching = selector < 0 ? -1 : mnemonic(call, &fields[2], "matching", 3, matchings);
    if (matching < 0 || !rz_build_text(call, &fields[3], "certificate", &text)
        || !select_octets(call, text, selector == 1, &octets))
        return rz_value_null();
    matching -= matching > 2 ? 2 : 0;
    rz_buffer_printf(&out, "%d %d %d ", usage, selector, matching);
    if (matching == 0) {
        rz_build_hex(&out, (const uint8_t *)octets.data, octets.size);
    } else {
        EVP_Digest(octets.data, octets.size, digest, &size,
                   matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
        rz_build_hex(&out, digest, size);
    }
    return rz_call_buffer(call, &out);
}

static struct rz_value call_tlsa(struct rz_call *call)
{
    static const char *const known[] = {"usage", "selector", "matching", "certificate",
                                        "port",  "protocol", NULL};
    const struct rz_value *map = &call->arguments[0];
    struct rz_value fields[4] = {rz_value_int(3), rz_value_int(1), rz_value_int(1),
                                 rz_value_null()};
    if (map->kind != RZ_VALUE_MAP) {
        if (call->count != 4)
            return rz_call_fail(call, "four arguments are expected, or one map");
        return tlsa_record(call, call->arguments);
    }
    if (call->count != 1)
        return rz_call_fail(call, "behind a map nothing follows");
    if (!rz_build_check_keys(call, map, known))
        return rz_value_null();
    for (int i = 0; i < 4; i++) {
        const struct rz_value *given = rz_build_get(map, known[i]);
        fields[i] = given ? *given : fields[i];
    }
    return tlsa_record(call, fields);
}

/* Algorithm numbers of RFC 4255, 6594, 7479 and 8709; 0: not known. */
static int ssh_algorithm(struct rz_str type)
{
    static const struct {
        const char *type;
        int number;
    } types[] = {{"ssh-rsa", 1},
                 {"ssh-dss", 2},
                 {"ecdsa-sha2-nistp256", 3},
                 {"ecdsa-sha2-nistp384", 3},
                 {"ecdsa-sha2-nistp521", 3},
                 {"ssh-ed25519", 4},
                 {"ssh-ed448", 6}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (rz_str_is(type, types[i].type))
            return types[i].number;
    return 0;
}

static struct rz_str take_word(struct rz_str *line)
{
    *line = rz_str_trim(*line);
    size_t size = 0;
    while (size < line->size && line->data[size] != ' ' && line->data[size] != '\t')
        size++;
    struct rz_str word = {line->data, size};
    line->data += size;
    line->size -= size;
    return word;
}

/* `TYPE BASE64 [comment]`, as ssh-keyscan prints it also behind a host. */
static bool sshfp_record(struct rz_call *call, struct rz_str line, bool sha1,
                         struct rz_value *record)
{
    RZ_BUFFER_CLEANUP struct rz_buffer blob = {0}, out = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct rz_str type = take_word(&line);
    if (!ssh_algorithm(type))
        type = take_word(&line);
    struct rz_str key = take_word(&line);
    int algorithm = ssh_algorithm(type);
    if (!algorithm || !rz_build_unbase64(&blob, key) || blob.size < 4 + type.size
        || memcmp(blob.data, "\0\0\0", 3) != 0 || (uint8_t)blob.data[3] != type.size
        || memcmp(blob.data + 4, type.data, type.size) != 0) {
        rz_call_fail(
            call,
            "a line of an OpenSSH public key is expected, such as `ssh-ed25519 AAAA…` (RFC 4255 §3)");
        return false;
    }
    if (sha1 && algorithm >= 3) {
        rz_call_fail(call, "SHA-1 is for RSA and DSA keys only (RFC 6594 §4, RFC 7479)");
        return false;
    }
    EVP_Digest(blob.data, blob.size, digest, &size, sha1 ? EVP_sha1() : EVP_sha256(), NULL);
    rz_buffer_printf(&out, "%d %d ", algorithm, sha1 ? 1 : 2);
    rz_build_hex(&out, digest, size);
    *record = rz_call_buffer(call, &out);
    return record->kind == RZ_VALUE_STRING;
}

/* Each line of each text; comments and blank lines are left out. With `records` NULL only counts. */
static bool sshfp_lines(struct rz_call *call, bool sha1, struct rz_value *records, size_t *count)
{
    const struct rz_value *items;
    struct rz_str text;
    for (size_t i = 0, given = rz_build_items(&call->arguments[0], &items); i < given; i++) {
        if (!rz_build_text(call, &items[i], "key", &text) || is_private(call, text))
            return false;
        while (text.size) {
            const char *end = memchr(text.data, '\n', text.size);
            struct rz_str line = {text.data, end ? (size_t)(end - text.data) : text.size};
            text.data += line.size + (end != NULL);
            text.size -= line.size + (end != NULL);
            line = rz_str_trim(line);
            if (line.size == 0 || line.data[0] == '#')
                continue;
            if (records && !sshfp_record(call, line, sha1, &records[*count]))
                return false;
            ++*count;
        }
    }
    return true;
}

static struct rz_value call_sshfp(struct rz_call *call)
{
    static const char *const digests[] = {"sha256", "sha1", NULL};
    size_t all = 0, count = 0;
    int digest = call->count > 1
                     ? rz_build_word(call, rz_value_str(&call->arguments[1]), "digest", digests)
                     : 0;
    if (digest < 0 || !sshfp_lines(call, digest == 1, NULL, &all))
        return rz_value_null();
    struct rz_value *records = rz_call_items(call, all);
    if (!records || !sshfp_lines(call, digest == 1, records, &count))
        return rz_value_null();
    return count ? rz_call_list(call, records, count) : rz_call_fail(call, "no key is given");
}

/* clang-format off */
const struct rz_function rz_functions_key[] = {
    {"dkim", "a", "dkim(key) or dkim(map) → string",
     "A DKIM key record for `SELECTOR._domainkey` (RFC 6376 §3.6.1) of a public key in PEM or base64, RSA of at least 1,024 bits or Ed25519 "
     "(RFC 8463); an empty key is a revoked one. Keys: `key`, `hash`, `service`, `testing`, `strict`.",
     "dkim({key: file(\"dkim-ed25519.pem\"), testing: true})",
     "\"v=DKIM1; t=y; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"", call_dkim},
    {"tlsa", "a?aas", "tlsa(usage, selector, matching, certificate) or tlsa(map) → string",
     "A TLSA record (RFC 6698) of a certificate in PEM, of which the first block counts. Usage 0 to 3 or pkix-ta, pkix-ee, dane-ta, dane-ee; selector "
     "0 to 1 or cert, spki; matching 0 to 2 or full, sha2-256, sha2-512. A map defaults to 3 1 1.",
     "tlsa(\"dane-ee\", \"spki\", \"sha2-256\", file(\"cert.pem\"))",
     "\"3 1 1 3875784dc0e804f8645ef5e9bda41f1e6c164f347a9b68410e697b8bfbf828cd\"", call_tlsa},
    {"sshfp", "a?s", "sshfp(keys, digest = \"sha256\") → list",
     "SSHFP records (RFC 4255, 6594, 7479) of OpenSSH public keys, a line each; digest sha256 or sha1.",
     "sshfp(file(\"ssh_host_ed25519_key.pub\"))", "[\"4 2 3e04b324ca85e6163ba1baf9aa55437e245579f5e3a34bd7348f2aecfb24ea95\"]", call_sshfp},
    {0},
};
/* clang-format on */
