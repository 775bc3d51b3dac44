/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON text, written straight. */
#include "support/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The length of the well-formed UTF-8 character at `text`, 0 where there is none. */
static size_t character_size(struct rz_str text)
{
    unsigned char first = (unsigned char)text.data[0];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size > text.size || !rz_str_is_utf8((struct rz_str){text.data, size}))
        return 0;
    return size;
}

static void escape(struct rz_buffer *out, unsigned char octet)
{
    static const char letters[] = "btn\0fr"; /* of octets 8 to 13 */
    if (octet == '"' || octet == '\\') {
        rz_buffer_char(out, '\\');
        rz_buffer_char(out, (char)octet);
    } else if (octet >= 8 && octet <= 13 && letters[octet - 8]) {
        rz_buffer_char(out, '\\');
        rz_buffer_char(out, letters[octet - 8]);
    } else {
        rz_buffer_printf(out, "\\u%04X", octet);
    }
}

void rz_json_string(struct rz_buffer *out, struct rz_str text)
{
    size_t start = 0, i = 0;
    rz_buffer_char(out, '"');
    while (i < text.size) {
        unsigned char octet = (unsigned char)text.data[i];
        size_t size = octet < 0x80 ? 1
                                   : character_size((struct rz_str){text.data + i, text.size - i});
        if (size && octet >= 0x20 && octet != '"' && octet != '\\') {
            i += size;
            continue;
        }
        rz_buffer_append(out, text.data + start, i - start);
        if (size)
            escape(out, octet);
        else
            rz_buffer_text(out, "\xEF\xBF\xBD");
        start = ++i;
    }
    rz_buffer_append(out, text.data + start, i - start);
    rz_buffer_char(out, '"');
}

void rz_json_comma(struct rz_buffer *out)
{
    char last = out->size ? out->data[out->size - 1] : '{';
    if (last != '{' && last != '[' && last != ':' && last != ',' && last != '\n')
        rz_buffer_char(out, ',');
}

void rz_json_key(struct rz_buffer *out, const char *key)
{
    rz_json_comma(out);
    rz_json_string(out, rz_str_of(key));
    rz_buffer_char(out, ':');
}

void rz_json_text(struct rz_buffer *out, const char *key, const char *text)
{
    rz_json_key(out, key);
    if (text)
        rz_json_string(out, rz_str_of(text));
    else
        rz_buffer_text(out, "null");
}

void rz_json_int(struct rz_buffer *out, const char *key, int64_t value)
{
    rz_json_key(out, key);
    if (value < 0)
        rz_buffer_printf(out, "%" PRId64, value);
    else
        rz_buffer_uint(out, (uint64_t)value);
}

void rz_json_bool(struct rz_buffer *out, const char *key, bool value)
{
    rz_json_key(out, key);
    rz_buffer_text(out, value ? "true" : "false");
}

static bool time_text(char text[32], int64_t seconds)
{
    struct tm tm;
    time_t time = (time_t)seconds;
    return seconds != 0 && gmtime_r(&time, &tm) && strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void rz_json_time(struct rz_buffer *out, const char *key, int64_t seconds)
{
    char text[32];
    rz_json_text(out, key, time_text(text, seconds) ? text : NULL);
}

void rz_json_time_ms(struct rz_buffer *out, const char *key, int64_t seconds, int milliseconds)
{
    char text[32], fraction[16];
    if (!time_text(text, seconds)) {
        rz_json_text(out, key, NULL);
        return;
    }
    snprintf(fraction, sizeof fraction, ".%03dZ", milliseconds);
    strcpy(strchr(text, 'Z'), fraction);
    rz_json_text(out, key, text);
}
