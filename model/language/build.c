/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the builders share. */
#include "language/build.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "dns/name.h"
#include "support/alloc.h"

bool rz_build_check_keys(struct rz_call *call, const struct rz_value *map, const char *const *known)
{
    size_t count = 0;
    while (known[count])
        count++;
    for (uint32_t i = 0; i < map->count; i++) {
        struct rz_str key = map->entries[i].key;
        bool found = false;
        for (size_t k = 0; k < count && !found; k++)
            found = rz_str_is(key, known[k]);
        if (found)
            continue;
        int nearest = rz_str_nearest(key, known, count);
        rz_call_fail(call, "unknown key `%.*s`%s%s%s", key.size < 80 ? (int)key.size : 80, key.data,
                     nearest >= 0 ? "; did you mean `" : "", nearest >= 0 ? known[nearest] : "",
                     nearest >= 0 ? "`?" : "");
        return false;
    }
    return true;
}

const struct rz_value *rz_build_get(const struct rz_value *map, const char *key)
{
    const struct rz_value *value = rz_value_get(map, rz_str_of(key));
    return value && value->kind != RZ_VALUE_NULL ? value : NULL;
}

size_t rz_build_items(const struct rz_value *value, const struct rz_value **items)
{
    *items = value;
    if (!value || value->kind == RZ_VALUE_NULL)
        return 0;
    if (value->kind != RZ_VALUE_LIST)
        return 1;
    *items = value->items;
    return value->count;
}

bool rz_build_text(struct rz_call *call, const struct rz_value *value, const char *what,
                   struct rz_str *text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer printed = {0};
    *text = RZ_STR("");
    if (!value || value->kind == RZ_VALUE_NULL) {
        rz_call_fail(call, "`%s` is missing", what);
        return false;
    }
    if (value->kind == RZ_VALUE_STRING) {
        *text = rz_value_str(value);
        return true;
    }
    if (!rz_value_print(&printed, value)) {
        rz_call_fail(call, "`%s` is %s, and must be a text", what,
                     rz_value_kind_text((enum rz_value_kind)value->kind));
        return false;
    }
    *text = rz_arena_str(call->evaluation->arena, rz_buffer_view(&printed));
    return true;
}

bool rz_build_uint(struct rz_call *call, const struct rz_value *value, const char *what,
                   uint32_t maximum, uint32_t *number)
{
    struct rz_str text;
    uint64_t read = 0;
    if (!rz_build_text(call, value, what, &text))
        return false;
    bool good = text.size > 0 && text.size <= 10;
    for (size_t i = 0; good && i < text.size; i++) {
        good = text.data[i] >= '0' && text.data[i] <= '9';
        read = read * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (!good || read > maximum) {
        rz_call_fail(call, "`%s` is a whole number from 0 to %u", what, maximum);
        return false;
    }
    *number = (uint32_t)read;
    return true;
}

bool rz_build_bool(struct rz_call *call, const struct rz_value *value, const char *what,
                   bool fallback, bool *boolean)
{
    *boolean = fallback;
    if (!value)
        return true;
    if (value->kind != RZ_VALUE_BOOL) {
        rz_call_fail(call, "`%s` is true or false", what);
        return false;
    }
    *boolean = value->boolean;
    return true;
}

int rz_build_word(struct rz_call *call, struct rz_str text, const char *what,
                  const char *const *words)
{
    RZ_BUFFER_CLEANUP struct rz_buffer all = {0};
    for (int i = 0; words[i]; i++) {
        if (rz_str_equal_nocase(text, rz_str_of(words[i])))
            return i;
        if (i)
            rz_buffer_text(&all, ", ");
        rz_buffer_text(&all, words[i]);
    }
    rz_call_fail(call, "`%s` is one of %s, not `%.*s`", what, all.data,
                 text.size < 40 ? (int)text.size : 40, text.data);
    return -1;
}

bool rz_build_domain(struct rz_call *call, struct rz_str *text, const char *what)
{
    struct rz_name name;
    const char *why = "it has octets that no host's name has";
    bool good = text->size > 0 && !rz_str_is(*text, ".");
    for (size_t i = 0; good && i < text->size; i++) {
        char c = text->data[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '-' || c == '.' || c == '_';
    }
    if (!good || rz_name_parse(&name, *text, NULL, &why) != RZ_OK) {
        rz_call_fail(call, "%s `%.*s` is no domain name: %s", what,
                     text->size < 80 ? (int)text->size : 80, text->data, why);
        return false;
    }
    text->size -= rz_str_ends_with(*text, ".");
    return true;
}

bool rz_build_is_email(struct rz_str text)
{
    struct rz_name name;
    const char *why, *at = memchr(text.data, '@', text.size);
    if (!at || at == text.data || text.size > 254)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 127
            || strchr("<>()[]\\,;:\"", text.data[i]))
            return false;
    struct rz_str domain = {at + 1, text.size - (size_t)(at + 1 - text.data)};
    return !memchr(domain.data, '@', domain.size)
           && rz_name_parse(&name, domain, NULL, &why) == RZ_OK && name.size > 1;
}

void rz_build_hex(struct rz_buffer *out, const uint8_t *octets, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        rz_buffer_char(out, digits[octets[i] >> 4]);
        rz_buffer_char(out, digits[octets[i] & 15]);
    }
}

void rz_build_base64(struct rz_buffer *out, const uint8_t *octets, size_t size)
{
    char group[5];
    for (size_t i = 0; i < size; i += 3) {
        EVP_EncodeBlock((unsigned char *)group, octets + i, size - i < 3 ? (int)(size - i) : 3);
        rz_buffer_append(out, group, 4);
    }
}

bool rz_build_unbase64(struct rz_buffer *out, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer plain = {0};
    for (size_t i = 0; i < text.size; i++)
        if (!strchr(" \t\r\n", text.data[i]))
            rz_buffer_char(&plain, text.data[i]);
    size_t padding = rz_str_ends_with(rz_buffer_view(&plain), "==")
                         ? 2
                         : rz_str_ends_with(rz_buffer_view(&plain), "=");
    if (plain.size == 0 || plain.size % 4 || plain.size > 1 << 20)
        return false;
    RZ_CLEANUP(rz_free_pointer) uint8_t *octets = rz_alloc(plain.size);
    int size = EVP_DecodeBlock(octets, (const unsigned char *)plain.data, (int)plain.size);
    if (size < 0)
        return false;
    rz_buffer_append(out, octets, (size_t)size - padding);
    return true;
}
