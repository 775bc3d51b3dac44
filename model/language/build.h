/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the builders share: reading their maps. Every failure is said through rz_call_fail. */
#ifndef RZ_LANGUAGE_BUILD_H
#define RZ_LANGUAGE_BUILD_H

#include "language/functions.h"

/* Whether all keys of the map are among `known` (ends in NULL). */
bool rz_build_check_keys(struct rz_call *call, const struct rz_value *map,
                         const char *const *known);
/* The value of a key; NULL where it is absent or null. */
const struct rz_value *rz_build_get(const struct rz_value *map, const char *key);
/* The items of a list; anything else is a list of itself, NULL and null a list of none. */
size_t rz_build_items(const struct rz_value *value, const struct rz_value **items);
/* A scalar as its text. `what` names it in the message. */
bool rz_build_text(struct rz_call *call, const struct rz_value *value, const char *what,
                   struct rz_str *text);
/* A whole number between 0 and `maximum`, also as digits. */
bool rz_build_uint(struct rz_call *call, const struct rz_value *value, const char *what,
                   uint32_t maximum, uint32_t *number);
/* A boolean; `fallback` where `value` is NULL. */
bool rz_build_bool(struct rz_call *call, const struct rz_value *value, const char *what,
                   bool fallback, bool *boolean);
/* The index of a text in `words` (ends in NULL), ASCII case ignored; -1 with a failure that lists them. */
int rz_build_word(struct rz_call *call, struct rz_str text, const char *what,
                  const char *const *words);
/* A domain name, with `_` allowed and without relative meaning; `text` loses its final dot. */
bool rz_build_domain(struct rz_call *call, struct rz_str *text, const char *what);
/* An address of a mailbox: something before one `@` and a domain behind it. */
bool rz_build_is_email(struct rz_str text);
/* Appends lower-case hexadecimal. */
void rz_build_hex(struct rz_buffer *out, const uint8_t *octets, size_t size);
void rz_build_base64(struct rz_buffer *out, const uint8_t *octets, size_t size);
/* Octets of base64, blanks ignored; false, nothing appended, where it is none. */
bool rz_build_unbase64(struct rz_buffer *out, struct rz_str text);

#endif
