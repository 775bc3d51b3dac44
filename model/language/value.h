/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of expressions. Immutable; what they point at lives in an arena. */
#ifndef RZ_LANGUAGE_VALUE_H
#define RZ_LANGUAGE_VALUE_H

#include <stdint.h>

#include "language/node.h"
#include "support/buffer.h"

enum rz_value_kind {
    RZ_VALUE_NULL,
    RZ_VALUE_BOOL,
    RZ_VALUE_INT,
    RZ_VALUE_FLOAT,
    RZ_VALUE_STRING,
    RZ_VALUE_LIST,
    RZ_VALUE_MAP,
};

struct rz_entry;

struct rz_value {
    uint8_t kind;   /* enum rz_value_kind */
    uint32_t count; /* octets of a string, items of a list, entries of a map */
    union {
        bool boolean;
        int64_t integer;
        double number;
        const char *text; /* NUL-terminated */
        const struct rz_value *items;
        const struct rz_entry *entries; /* in the order written */
    };
};

struct rz_entry {
    struct rz_str key;
    struct rz_value value;
};

static inline struct rz_value rz_value_null(void)
{
    return (struct rz_value){.kind = RZ_VALUE_NULL};
}
static inline struct rz_value rz_value_bool(bool boolean)
{
    return (struct rz_value){.kind = RZ_VALUE_BOOL, .boolean = boolean};
}
static inline struct rz_value rz_value_int(int64_t integer)
{
    return (struct rz_value){.kind = RZ_VALUE_INT, .integer = integer};
}
static inline struct rz_value rz_value_float(double number)
{
    return (struct rz_value){.kind = RZ_VALUE_FLOAT, .number = number};
}
/* Borrows the text, which must be NUL-terminated. */
static inline struct rz_value rz_value_text(struct rz_str text)
{
    return (struct rz_value){
        .kind = RZ_VALUE_STRING, .count = (uint32_t)text.size, .text = text.data};
}
static inline struct rz_str rz_value_str(const struct rz_value *value)
{
    return (struct rz_str){value->text, value->count};
}

/* "a string", "a list": for messages. */
const char *rz_value_kind_text(enum rz_value_kind kind);
/* Appends what stands in a text for the value; false for lists and maps. Null is empty. */
bool rz_value_print(struct rz_buffer *out, const struct rz_value *value);
/* Appends JSON, for messages and for json(). */
void rz_value_json(struct rz_buffer *out, const struct rz_value *value);
/* Null, false, 0, "", [] and {} are false. */
bool rz_value_is_true(const struct rz_value *value);
/* Deep equality; an integer equals a float of the same number. */
bool rz_value_equal(const struct rz_value *a, const struct rz_value *b);
/* Order of numbers, strings (octets) and lists; false where the kinds have none. */
bool rz_value_compare(const struct rz_value *a, const struct rz_value *b, int *order);
/* The value of a map's key, NULL where absent. */
const struct rz_value *rz_value_get(const struct rz_value *map, struct rz_str key);

/* A YAML node as a value. Plain scalars that are whole numbers in their only spelling, true and false
 * become typed, since they print back as the same text; all others stay strings. */
struct rz_value rz_value_of_node(struct rz_arena *arena, const struct rz_node *node);
/* The same for a text from the command line. */
struct rz_value rz_value_of_text(struct rz_str text);
/* A value as a node at the place of `like`, for the loaders. */
const struct rz_node *rz_value_to_node(struct rz_arena *arena, const struct rz_value *value,
                                       const struct rz_node *like);

#endif
