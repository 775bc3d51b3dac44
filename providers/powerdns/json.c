/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A push reader of JSON: one state for each place in the grammar where a piece may end. */
#include "powerdns/json.h"

enum state {
    AT_VALUE,
    AT_VALUE_OR_END,
    AT_KEY,
    AT_KEY_OR_END,
    AT_COLON,
    AT_COMMA_OR_END,
    AT_DONE,
    IN_STRING,
    IN_ESCAPE,
    IN_UNICODE,
    IN_NUMBER,
    IN_WORD,
};

static bool fail(struct rz_json *json, const char *why)
{
    if (!json->error)
        json->error = why;
    return false;
}

static bool in_list(const struct rz_json *json)
{
    return json->lists >> json->depth & 1;
}

static void after_value(struct rz_json *json)
{
    json->state = json->depth ? AT_COMMA_OR_END : AT_DONE;
}

static bool open_container(struct rz_json *json, bool list)
{
    if (json->depth == RZ_JSON_DEPTH_MAX)
        return fail(json, "it is nested too deep");
    json->depth++;
    json->lists = (json->lists & ~(UINT64_C(1) << json->depth)) | (uint64_t)list << json->depth;
    json->state = list ? AT_VALUE_OR_END : AT_KEY_OR_END;
    return json->event(json->user, list ? RZ_JSON_LIST : RZ_JSON_OBJECT, RZ_STR(""));
}

static bool close_container(struct rz_json *json, bool list)
{
    if (json->depth == 0 || in_list(json) != list)
        return fail(json, "a bracket closes that was not opened");
    json->depth--;
    after_value(json);
    return json->event(json->user, list ? RZ_JSON_LIST_END : RZ_JSON_OBJECT_END, RZ_STR(""));
}

static bool start_value(struct rz_json *json, char c)
{
    if (c == '{' || c == '[')
        return open_container(json, c == '[');
    rz_buffer_reset(&json->text);
    if (c == '"') {
        json->is_key = false;
        json->state = IN_STRING;
        return true;
    }
    if (c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z'))
        return fail(json, "a value is missing, or is none that JSON knows");
    json->state = c >= 'a' ? IN_WORD : IN_NUMBER;
    rz_buffer_char(&json->text, c);
    return true;
}

static bool start_key(struct rz_json *json, char c)
{
    if (c != '"')
        return fail(json, "a member's name is missing");
    rz_buffer_reset(&json->text);
    json->is_key = true;
    json->state = IN_STRING;
    return true;
}

/* A character outside tokens. */
static bool structure(struct rz_json *json, char c)
{
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
        return true;
    switch (json->state) {
    case AT_VALUE_OR_END: return c == ']' ? close_container(json, true) : start_value(json, c);
    case AT_VALUE: return start_value(json, c);
    case AT_KEY_OR_END: return c == '}' ? close_container(json, false) : start_key(json, c);
    case AT_KEY: return start_key(json, c);
    case AT_COLON: json->state = AT_VALUE; return c == ':' || fail(json, "a colon is missing");
    case AT_COMMA_OR_END:
        if (c == ']' || c == '}')
            return close_container(json, c == ']');
        json->state = in_list(json) ? AT_VALUE : AT_KEY;
        return c == ',' || fail(json, "a comma is missing");
    default: return fail(json, "there is more behind the value");
    }
}

static bool end_string(struct rz_json *json, struct rz_str text)
{
    if (json->high)
        return fail(json, "half a surrogate pair stands in a string");
    if (json->is_key)
        json->state = AT_COLON;
    else
        after_value(json);
    return json->event(json->user, json->is_key ? RZ_JSON_KEY : RZ_JSON_STRING, text);
}

/* Octets of a string up to its end, an escape, or the piece's end; returns how many were read. */
static size_t in_string(struct rz_json *json, const char *data, size_t size)
{
    size_t run = 0;
    while (run < size && data[run] != '"' && data[run] != '\\' && (unsigned char)data[run] >= ' ')
        run++;
    struct rz_str text = {data, run};
    if (run && json->high)
        return fail(json, "half a surrogate pair stands in a string"), 0;
    if (run < size && data[run] == '"' && json->text.size == 0)
        return end_string(json, text) ? run + 1 : 0; /* most strings: no copy */
    if (json->text.size > RZ_JSON_TOKEN_MAX || run > RZ_JSON_TOKEN_MAX - json->text.size)
        return fail(json, "a string is too long"), 0;
    rz_buffer_str(&json->text, text);
    if (run == size)
        return run;
    if (data[run] == '"')
        return end_string(json, rz_buffer_view(&json->text)) ? run + 1 : 0;
    if (data[run] != '\\')
        return fail(json, "a control character stands in a string"), 0;
    json->state = IN_ESCAPE;
    return run + 1;
}

static bool in_escape(struct rz_json *json, char c)
{
    static const char letters[] = "\"\\/bfnrt", octets[] = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
        json->state = IN_UNICODE;
        json->digits = 0;
        json->unit = 0;
        return true;
    }
    const char *letter = c ? strchr(letters, c) : NULL;
    if (!letter || json->high)
        return fail(json, "an escape in a string is none that JSON knows");
    rz_buffer_char(&json->text, octets[letter - letters]);
    json->state = IN_STRING;
    return true;
}

static void put_character(struct rz_json *json, uint32_t code)
{
    struct rz_buffer *text = &json->text;
    if (code < 0x80) {
        rz_buffer_char(text, (char)code);
        return;
    }
    if (code < 0x800) {
        rz_buffer_char(text, (char)(0xC0 | code >> 6));
    } else {
        if (code < 0x10000) {
            rz_buffer_char(text, (char)(0xE0 | code >> 12));
        } else {
            rz_buffer_char(text, (char)(0xF0 | code >> 18));
            rz_buffer_char(text, (char)(0x80 | (code >> 12 & 0x3F)));
        }
        rz_buffer_char(text, (char)(0x80 | (code >> 6 & 0x3F)));
    }
    rz_buffer_char(text, (char)(0x80 | (code & 0x3F)));
}

static bool end_unicode(struct rz_json *json)
{
    uint32_t unit = json->unit;
    bool low = unit >= 0xDC00 && unit < 0xE000, high = unit >= 0xD800 && unit < 0xDC00;
    if (low != (json->high != 0))
        return fail(json, "half a surrogate pair stands in a string");
    json->state = IN_STRING;
    if (high) {
        json->high = unit;
        return true;
    }
    put_character(json, low ? 0x10000 + ((json->high - 0xD800) << 10) + (unit - 0xDC00) : unit);
    json->high = 0;
    return true;
}

static bool in_unicode(struct rz_json *json, char c)
{
    unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                            : 16;
    if (digit == 16)
        return fail(json, "an escape in a string is none that JSON knows");
    json->unit = json->unit << 4 | digit;
    return ++json->digits < 4 || end_unicode(json);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *c)
{
    while (is_digit(*c))
        c++;
    return c;
}

/* RFC 8259 §6; `c` ends in a NUL. */
static bool is_number(const char *c)
{
    if (*c == '-')
        c++;
    if (!is_digit(*c))
        return false;
    c = *c == '0' ? c + 1 : skip_digits(c);
    if (*c == '.') {
        if (!is_digit(*++c))
            return false;
        c = skip_digits(c);
    }
    if (*c == 'e' || *c == 'E') {
        c += c[1] == '+' || c[1] == '-' ? 2 : 1;
        if (!is_digit(*c))
            return false;
        c = skip_digits(c);
    }
    return *c == '\0';
}

static bool end_bare(struct rz_json *json)
{
    struct rz_str text = rz_buffer_view(&json->text);
    bool number = json->state == IN_NUMBER;
    after_value(json);
    if (number)
        return is_number(text.data) ? json->event(json->user, RZ_JSON_NUMBER, text)
                                    : fail(json, "a number is malformed");
    if (rz_str_is(text, "true"))
        return json->event(json->user, RZ_JSON_TRUE, text);
    if (rz_str_is(text, "false"))
        return json->event(json->user, RZ_JSON_FALSE, text);
    if (rz_str_is(text, "null"))
        return json->event(json->user, RZ_JSON_NULL, text);
    return fail(json, "a value is none that JSON knows");
}

/* A character of a number or word; false: the token ended before it. */
static bool in_bare(struct rz_json *json, char c)
{
    bool more = is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+'
                || c == 'E';
    if (more && json->text.size < 64)
        rz_buffer_char(&json->text, c);
    else if (more)
        fail(json, "a number is too long");
    return more;
}

bool rz_json_feed(struct rz_json *json, const char *data, size_t size)
{
    size_t at = 0;
    bool good = !json->error;
    while (good && at < size) {
        size_t used = 1;
        switch (json->state) {
        case IN_STRING:
            used = in_string(json, data + at, size - at);
            good = used > 0;
            break;
        case IN_ESCAPE: good = in_escape(json, data[at]); break;
        case IN_UNICODE: good = in_unicode(json, data[at]); break;
        case IN_NUMBER:
        case IN_WORD:
            if (!in_bare(json, data[at])) {
                used = 0; /* it is read again outside the token */
                good = end_bare(json);
            } else {
                good = !json->error;
            }
            break;
        default: good = structure(json, data[at]); break;
        }
        at += used;
    }
    json->offset += at;
    return good;
}

bool rz_json_end(struct rz_json *json)
{
    if (json->error)
        return false;
    if (json->depth == 0 && (json->state == IN_NUMBER || json->state == IN_WORD) && !end_bare(json))
        return false;
    return json->state == AT_DONE || fail(json, "it ends before its time");
}

void rz_json_restart(struct rz_json *json)
{
    struct rz_buffer text = json->text;
    rz_buffer_reset(&text);
    *json = (struct rz_json){.event = json->event, .user = json->user, .text = text};
}

void rz_json_free(struct rz_json *json)
{
    rz_buffer_free(&json->text);
}

bool rz_json_uint(uint64_t *value, struct rz_str text, uint64_t most)
{
    uint64_t sum = 0;
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit > 9 || digit > most || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

void rz_json_write(struct rz_buffer *out, struct rz_str text)
{
    static const char hex[] = "0123456789abcdef";
    size_t start = 0;
    rz_buffer_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= ' ' && c != '"' && c != '\\' && c != 0x7F)
            continue;
        rz_buffer_append(out, text.data + start, i - start);
        start = i + 1;
        char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        bool plain = c == '"' || c == '\\';
        escape[1] = plain ? (char)c : 'u';
        rz_buffer_append(out, escape, plain ? 2 : sizeof escape);
    }
    rz_buffer_append(out, text.data + start, text.size - start);
    rz_buffer_char(out, '"');
}
