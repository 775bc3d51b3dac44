/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that encode and hash. */
#include <openssl/evp.h>

#include "language/functions.h"
#include "support/hash.h"

static struct rz_value call_base64(struct rz_call *call)
{
    struct rz_str text = rz_value_str(&call->arguments[0]);
    size_t size = (text.size + 2) / 3 * 4;
    if (text.size > RZ_EXPRESSION_OCTETS_MAX || !rz_evaluation_spend(call->evaluation, 1, size))
        return rz_value_null();
    char *out = rz_arena_bytes(call->evaluation->arena, size + 1);
    EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text.data, (int)text.size);
    return rz_value_text((struct rz_str){out, size});
}

static struct rz_value call_base64_decode(struct rz_call *call)
{
    struct rz_str text = rz_value_str(&call->arguments[0]);
    if (text.size > RZ_EXPRESSION_OCTETS_MAX
        || !rz_evaluation_spend(call->evaluation, 1, text.size))
        return rz_value_null();
    unsigned char *out = rz_arena_bytes(call->evaluation->arena, text.size + 1);
    int size = text.size % 4
                   ? -1
                   : EVP_DecodeBlock(out, (const unsigned char *)text.data, (int)text.size);
    if (size < 0)
        return rz_call_fail(call, "the text is no base64");
    size -= rz_str_ends_with(text, "==") ? 2 : rz_str_ends_with(text, "=");
    out[size] = '\0';
    struct rz_str octets = {(const char *)out, (size_t)size};
    return rz_str_is_utf8(octets) && !memchr(out, 0, octets.size)
               ? rz_value_text(octets)
               : rz_call_fail(call, "what it stands for is no text");
}

static struct rz_value call_hex(struct rz_call *call)
{
    static const char digits[] = "0123456789abcdef";
    struct rz_str text = rz_value_str(&call->arguments[0]);
    if (!rz_evaluation_spend(call->evaluation, 1, text.size * 2))
        return rz_value_null();
    char *out = rz_arena_bytes(call->evaluation->arena, text.size * 2 + 1);
    for (size_t i = 0; i < text.size; i++) {
        out[2 * i] = digits[(unsigned char)text.data[i] >> 4];
        out[2 * i + 1] = digits[text.data[i] & 15];
    }
    out[text.size * 2] = '\0';
    return rz_value_text((struct rz_str){out, text.size * 2});
}

static struct rz_value call_sha256(struct rz_call *call)
{
    char text[65];
    if (!rz_evaluation_spend(call->evaluation, call->arguments[0].count / 64, 0))
        return rz_value_null();
    rz_sha256_text(text, call->arguments[0].text, call->arguments[0].count);
    return rz_call_text(call, rz_str_of(text));
}

static struct rz_value call_xxh3(struct rz_call *call)
{
    char text[RZ_HASH_TEXT];
    if (!rz_evaluation_spend(call->evaluation, call->arguments[0].count / 256, 0))
        return rz_value_null();
    return rz_call_text(call, rz_str_of(rz_hash_text(text, rz_hash_of(call->arguments[0].text,
                                                                      call->arguments[0].count))));
}

/* clang-format off */
const struct rz_function rz_functions_encode[] = {
    {"base64", "s", "base64(text) → string", "Base64 with padding (RFC 4648 §4).", "base64(\"rezone\")", "\"cmV6b25l\"", call_base64},
    {"base64_decode", "s", "base64_decode(text) → string", "The text that base64 stands for.",
     "base64_decode(\"cmV6b25lIQ==\")", "\"rezone!\"", call_base64_decode},
    {"hex", "s", "hex(text) → string", "Each octet as two hexadecimal digits.", "hex(\"az\")", "\"617a\"", call_hex},
    {"sha256", "s", "sha256(text) → string", "The SHA-256 digest in hexadecimal.", "sha256(\"\")",
     "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"", call_sha256},
    {"xxh3", "s", "xxh3(text) → string", "The 128-bit XXH3 digest in hexadecimal: short and fast, no defence against forgery.",
     "xxh3(\"\")", "\"99aa06d3014798d86001c324468d497f\"", call_xxh3},
    {0},
};
/* clang-format on */
