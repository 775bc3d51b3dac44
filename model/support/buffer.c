/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing octets with a ceiling, and escaping for terminals. */
#include "support/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"

char *rz_buffer_reserve(struct rz_buffer *buffer, size_t size)
{
    if (buffer->limit && size > buffer->limit - buffer->size) {
        buffer->overflow = true;
        return NULL;
    }
    if (buffer->capacity - buffer->size <= size) { /* one more for the NUL */
        size_t capacity = buffer->capacity;
        buffer->data = rz_grow(buffer->data, &capacity, buffer->size + size + 1, 1);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void rz_buffer_pad(struct rz_buffer *buffer, char c, size_t count)
{
    char *room = rz_buffer_reserve(buffer, count);
    if (!room)
        return;
    memset(room, c, count);
    buffer->size += count;
    buffer->data[buffer->size] = '\0';
}

void rz_buffer_vprintf(struct rz_buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    if (size > 0) {
        char *room = rz_buffer_reserve(buffer, (size_t)size);
        if (room) {
            vsnprintf(room, (size_t)size + 1, format, again);
            buffer->size += (size_t)size;
        }
    }
    va_end(again);
}

void rz_buffer_printf(struct rz_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    rz_buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void rz_buffer_uint(struct rz_buffer *buffer, uint64_t value)
{
    char digits[20], *start = digits + sizeof digits;
    do
        *--start = (char)('0' + value % 10);
    while (value /= 10);
    rz_buffer_append(buffer, start, (size_t)(digits + sizeof digits - start));
}

void rz_buffer_reset(struct rz_buffer *buffer)
{
    buffer->size = 0;
    buffer->overflow = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void rz_buffer_free(struct rz_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct rz_buffer){.limit = buffer->limit};
}

/* The code point at the start of `text` and its length; length 0 where it is malformed. */
static uint32_t decode_utf8(struct rz_str text, size_t *length)
{
    const unsigned char *s = (const unsigned char *)text.data;
    size_t n = s[0] < 0x80                   ? 1
               : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
               : (s[0] & 0xF0) == 0xE0       ? 3
               : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                             : 0;
    *length = 0;
    if (n == 0 || n > text.size)
        return 0;
    uint32_t point = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (s[i] & 0x3F);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < smallest[n] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
        return 0;
    *length = n;
    return point;
}

bool rz_str_is_utf8(struct rz_str text)
{
    while (text.size) {
        size_t length;
        decode_utf8(text, &length);
        if (length == 0)
            return false;
        text.data += length;
        text.size -= length;
    }
    return true;
}

/* Controls, separators and marks that reorder or hide text (Unicode Cc, Zl, Zp, bidirectional and
 * zero-width characters, fillers without width, byte order mark, tags and selectors), and U+FFFE and
 * U+FFFF, which are no characters and which XML does not take. */
static bool is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x1F},         {0x7F, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},
                  {0x61C, 0x61C},    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
                  {0x200B, 0x200F},  {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
                  {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF},
                  {0xE0000, 0xE01EF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* How many octets at the start are printable ASCII: nearly always all. */
static size_t plain_size(struct rz_str text)
{
    size_t size = 0;
    while (size < text.size && text.data[size] >= ' ' && text.data[size] < 0x7F)
        size++;
    return size;
}

void rz_buffer_visible(struct rz_buffer *buffer, struct rz_str text)
{
    while (text.size) {
        size_t length = plain_size(text);
        rz_buffer_append(buffer, text.data, length);
        text.data += length;
        text.size -= length;
        if (text.size == 0)
            return;
        uint32_t point = decode_utf8(text, &length);
        if (length == 0) {
            rz_buffer_printf(buffer, "\\x%02X", (unsigned char)text.data[0]);
            length = 1;
        } else if (is_deceptive(point)) {
            rz_buffer_printf(buffer, "\\u{%X}", (unsigned)point);
        } else {
            rz_buffer_append(buffer, text.data, length);
        }
        text.data += length;
        text.size -= length;
    }
}

bool rz_str_is_visible(struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, text);
    return rz_str_equal(rz_buffer_view(&shown), text);
}
