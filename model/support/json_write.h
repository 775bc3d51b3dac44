/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Appends JSON (RFC 8259) to a buffer, for documents too large to build as trees first. Compact and,
 * where the caller gives keys in order, canonical: the octets that jansson's JSON_COMPACT |
 * JSON_SORT_KEYS would give. Reading JSON is jansson's. */
#ifndef RZ_SUPPORT_JSON_WRITE_H
#define RZ_SUPPORT_JSON_WRITE_H

#include "support/buffer.h"

/* Quoted and escaped; octets that are no UTF-8 become U+FFFD. */
void rz_json_string(struct rz_buffer *out, struct rz_str text);
/* `"key":` with a comma before it unless it opens its object. */
void rz_json_key(struct rz_buffer *out, const char *key);
/* A comma unless the array or object has just been opened. */
void rz_json_comma(struct rz_buffer *out);
/* Members: key and value. A NULL text becomes null. */
void rz_json_text(struct rz_buffer *out, const char *key, const char *text);
void rz_json_int(struct rz_buffer *out, const char *key, int64_t value);
void rz_json_bool(struct rz_buffer *out, const char *key, bool value);
/* Seconds since 1970 as "2026-01-31T23:59:59Z"; 0 becomes null. */
void rz_json_time(struct rz_buffer *out, const char *key, int64_t seconds);
/* The same with three digits behind the seconds. */
void rz_json_time_ms(struct rz_buffer *out, const char *key, int64_t seconds, int milliseconds);

#endif
