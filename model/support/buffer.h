/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing run of octets with a ceiling. What would pass the ceiling is dropped and `overflow` set,
 * so that a hostile reply or document cannot take the machine's memory. Always NUL-terminated. */
#ifndef RZ_SUPPORT_BUFFER_H
#define RZ_SUPPORT_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "support/str.h"

/* All zero is a valid empty buffer without a ceiling. */
struct rz_buffer {
    char *data; /* NULL while empty */
    size_t size, capacity;
    size_t limit; /* 0: none */
    bool overflow;
};

#define RZ_BUFFER_CLEANUP __attribute__((cleanup(rz_buffer_free)))

/* Room for `size` more octets at data + size; the caller then adds to `size`. NULL past the limit. */
char *rz_buffer_reserve(struct rz_buffer *buffer, size_t size);
/* In the header: plans are written in pieces of a few octets. */
static inline void rz_buffer_append(struct rz_buffer *buffer, const void *data, size_t size)
{
    bool fits = !buffer->limit && buffer->capacity - buffer->size > size;
    char *room = fits ? buffer->data + buffer->size : rz_buffer_reserve(buffer, size);
    if (!room)
        return;
    if (size)
        memcpy(room, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}
static inline void rz_buffer_str(struct rz_buffer *buffer, struct rz_str text)
{
    rz_buffer_append(buffer, text.data, text.size);
}
static inline void rz_buffer_text(struct rz_buffer *buffer, const char *text)
{
    rz_buffer_append(buffer, text, strlen(text));
}
static inline void rz_buffer_char(struct rz_buffer *buffer, char c)
{
    rz_buffer_append(buffer, &c, 1);
}
void rz_buffer_pad(struct rz_buffer *buffer, char c, size_t count);
void rz_buffer_printf(struct rz_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void rz_buffer_vprintf(struct rz_buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* Decimal, faster than printf. */
void rz_buffer_uint(struct rz_buffer *buffer, uint64_t value);
static inline struct rz_str rz_buffer_view(const struct rz_buffer *buffer)
{
    return (struct rz_str){buffer->data ? buffer->data : "", buffer->size};
}
/* Empty again, memory kept. */
void rz_buffer_reset(struct rz_buffer *buffer);
void rz_buffer_free(struct rz_buffer *buffer);

/* Appends text that may come from strangers so that no terminal acts on it: control characters,
 * bidirectional marks and malformed UTF-8 become visible \u{…} or \xNN escapes. */
void rz_buffer_visible(struct rz_buffer *buffer, struct rz_str text);
/* Whether that would leave the text as it is. */
bool rz_str_is_visible(struct rz_str text);

#endif
