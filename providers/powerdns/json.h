/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON (RFC 8259) read while it arrives, in pieces of any size, without a tree; and strings written.
 * A zone of 100,000 RRsets is read in the time the server needs to send it. */
#ifndef RZ_POWERDNS_JSON_H
#define RZ_POWERDNS_JSON_H

#include "support/buffer.h"

#define RZ_JSON_DEPTH_MAX 32
#define RZ_JSON_TOKEN_MAX ((size_t)1 << 20) /* octets of one string or number */

enum rz_json_event {
    RZ_JSON_OBJECT,
    RZ_JSON_OBJECT_END,
    RZ_JSON_LIST,
    RZ_JSON_LIST_END,
    RZ_JSON_KEY,
    RZ_JSON_STRING,
    RZ_JSON_NUMBER,
    RZ_JSON_TRUE,
    RZ_JSON_FALSE,
    RZ_JSON_NULL,
};

/* Zero but for `event` and `user` before the first piece. Any octets are safe: what is no JSON ends
 * in an error. Strings are decoded; octets above 127 are passed as they are, unchecked. */
struct rz_json {
    /* `text` is that of keys, strings and numbers, borrowed for the call. False ends the reading. */
    bool (*event)(void *user, enum rz_json_event event, struct rz_str text);
    void *user;
    const char *error; /* static sentence part; NULL: none. Set for good by the first error. */
    size_t offset;     /* octets read, for messages */
    /* private */
    struct rz_buffer text; /* token so far */
    uint64_t lists;        /* one bit a level: a list, not an object */
    uint32_t high, unit;   /* first half of a surrogate pair; \u escape being read */
    uint8_t depth, state, digits;
    bool is_key;
};

/* False once there is an error, or when `event` returned false (then error may be NULL). */
bool rz_json_feed(struct rz_json *json, const char *data, size_t size);
/* Whether what was fed is one whole value. */
bool rz_json_end(struct rz_json *json);
/* Ready for another document; memory is kept. */
void rz_json_restart(struct rz_json *json);
void rz_json_free(struct rz_json *json);

/* A number as an unsigned integer; false for a fraction, a sign, an exponent, or over `most`. */
bool rz_json_uint(uint64_t *value, struct rz_str text, uint64_t most);
/* Appends a string in its quotes. Octets above 127 are written as they are. */
void rz_json_write(struct rz_buffer *out, struct rz_str text);

#endif
