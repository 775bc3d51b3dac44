/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DKIM keys (RFC 6376 §3.6.1, RFC 8463) at names `SELECTOR._domainkey`. */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lint/lint_mail.h"

#define KEY_MAX 2048
#define RSA_BITS_MIN 1024

/* A key record, read as far as it can be. */
struct dkim {
    struct rz_str version, kind, key;
    bool has_version, has_key, version_first;
};

/* Old forms have names such as `_adsp._domainkey`; keys have selectors. */
static bool is_place(const struct rz_rrset *rrset)
{
    const uint8_t *owner = rrset->owner;
    return owner[0] && owner[1] != '_' && rz_lint_first_label(owner + owner[0] + 1, "_domainkey");
}

/* Whether the text is meant as a key: it says so, or has one. */
static bool read_key(struct dkim *dkim, struct rz_str rest)
{
    struct rz_mail_tag tag;
    *dkim = (struct dkim){.kind = RZ_STR("rsa")};
    for (size_t i = 0; rz_mail_tag_next(&rest, &tag); i++) {
        if (rz_str_is(tag.name, "v")) {
            dkim->has_version = true;
            dkim->version_first = i == 0;
            dkim->version = tag.value;
        } else if (rz_str_is(tag.name, "k")) {
            dkim->kind = tag.value;
        } else if (rz_str_is(tag.name, "p")) {
            dkim->has_key = true;
            dkim->key = tag.value;
        }
    }
    return dkim->has_key || (dkim->has_version && rz_str_is(dkim->version, "DKIM1"));
}

static bool next_key(struct rz_rdata_cursor *c, char text[RZ_LINT_TEXT_MAX + 1], struct dkim *dkim)
{
    struct rz_str joined;
    while (rz_rdata_next(c))
        if (rz_lint_text(text, c, &joined) && read_key(dkim, joined))
            return true;
    return false;
}

/* Base64 with blanks inside; -1 where it is none. */
static int decode(unsigned char octets[KEY_MAX], struct rz_str text)
{
    unsigned char packed[KEY_MAX];
    size_t size = 0;
    int padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ' ' || text.data[i] == '\t')
            continue;
        if (size + 4 >= sizeof packed)
            return -1;
        packed[size++] = (unsigned char)text.data[i];
    }
    while (size % 4) /* some leave the padding out */
        packed[size++] = '=';
    for (size_t i = size; i > 0 && packed[i - 1] == '='; i--)
        padding++;
    int got = padding > 2 ? -1 : EVP_DecodeBlock(octets, packed, (int)size);
    return got < 0 ? -1 : got - padding;
}

/* Bits of an RSA key, in either of the two forms that are in use; 0 where it is none. */
static int rsa_bits(const unsigned char *octets, int size)
{
    const unsigned char *at = octets;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, size);
    if (!key) {
        at = octets;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, size);
    }
    int bits = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get_bits(key) : 0;
    EVP_PKEY_free(key);
    return bits;
}

static const char *fault_of(const struct dkim *dkim)
{
    unsigned char octets[KEY_MAX];
    if (dkim->has_version && !rz_str_is(dkim->version, "DKIM1"))
        return "has a version other than DKIM1";
    if (dkim->has_version && !dkim->version_first)
        return "has `v=DKIM1` behind other tags";
    if (!dkim->has_key)
        return "has no key (p=)";
    if (dkim->key.size == 0)
        return NULL; /* revoked */
    int size = decode(octets, dkim->key);
    if (size < 0)
        return "has a key that is not base64";
    if (rz_str_is(dkim->kind, "ed25519"))
        return size == 32 ? NULL : "has an ed25519 key that is not 32 octets long";
    if (rz_str_is(dkim->kind, "rsa"))
        return rsa_bits(octets, size) ? NULL : "has a key that is no RSA key: it may be cut off";
    return NULL;
}

void rz_dkim_check_form(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct dkim dkim;
    if (!is_place(rrset))
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_key(&c, text, &dkim);) {
        const char *fault = fault_of(&dkim);
        if (!fault)
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset, "%s", fault);
        rz_diag_hint(lint->diags, diag,
                     "copy the whole record that the mail server or service gives");
    }
}

void rz_dkim_check_once(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct dkim dkim;
    unsigned count = 0;
    if (!is_place(rrset))
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_key(&c, text, &dkim);)
        count++;
    if (count < 2)
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has %u keys", count);
    rz_diag_hint(lint->diags, diag, "give each key a selector of its own");
}

void rz_dkim_check_weak(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    unsigned char octets[KEY_MAX];
    struct dkim dkim;
    if (!is_place(rrset))
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_key(&c, text, &dkim);) {
        int size = rz_str_is(dkim.kind, "rsa") && dkim.key.size ? decode(octets, dkim.key) : 0;
        int bits = size > 0 ? rsa_bits(octets, size) : 0;
        if (bits == 0 || bits >= RSA_BITS_MIN)
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset, "has an RSA key of %d bits", bits);
        rz_diag_hint(lint->diags, diag, "make a key of 2048 bits (RFC 8301 §3.2)");
    }
}
