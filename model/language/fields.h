/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Field tables: one row for each key of a YAML map. Loading, checks, hints, schemas and reference
 * pages are made from the same rows. */
#ifndef RZ_LANGUAGE_FIELDS_H
#define RZ_LANGUAGE_FIELDS_H

#include "language/node.h"
#include "support/buffer.h"

enum rz_field_kind {
    RZ_FIELD_STRING,   /* const char *, copied to the arena */
    RZ_FIELD_BOOL,     /* bool: true, false, yes, no, on, off */
    RZ_FIELD_UINT,     /* uint64_t */
    RZ_FIELD_DURATION, /* uint64_t seconds: 90, 90s, 1h30m, 2w */
    RZ_FIELD_SIZE,     /* uint64_t octets: 64k, 10M */
    RZ_FIELD_ENUM,     /* int: index into `choices` */
    RZ_FIELD_SECRET, /* const char *: the text as written (a `${secret:…}` reference); resolved later */
    RZ_FIELD_STRINGS, /* struct rz_strings: a scalar or a list of scalars */
    RZ_FIELD_MAP,     /* a nested struct described by `fields` */
    RZ_FIELD_NODE,    /* const struct rz_node *: read by the caller */
};

struct rz_strings {
    const char **items;
    size_t count;
};

struct rz_field {
    const char *key;
    enum rz_field_kind kind;
    size_t offset; /* in the caller's struct */
    bool required;
    const char *fallback;          /* default in YAML text; NULL: the zero value */
    uint64_t minimum, maximum;     /* UINT, DURATION, SIZE; maximum 0: no bound */
    const char *const *choices;    /* ENUM; ends in NULL */
    const struct rz_field *fields; /* MAP; ends in a row with key NULL */
    const char *summary;           /* one line for schema and reference */
};

/* Where a struct's fields are read from. */
struct rz_field_reader {
    const struct rz_source *source;
    struct rz_arena *arena; /* strings are copied here */
    struct rz_diags *diags;
};

/* Fills `*into` (zeroed by the caller) from a map by `fields` (ends in a row with key NULL).
 * Unknown keys (with the nearest as hint), wrong kinds, ranges, missing required keys: each an
 * error; RZ_INVALID when there was any. A NULL map node gives the defaults. */
enum rz_status rz_fields_load(const struct rz_field_reader *reader, const struct rz_node *map,
                              const struct rz_field *fields, void *into);

/* Duration text to seconds; bare numbers are seconds; units s m h d w, compound. */
bool rz_duration_parse(uint64_t *seconds, struct rz_str text);
/* Shortest compound text: 5400 → "1h30m". */
void rz_duration_print(struct rz_buffer *out, uint64_t seconds);
/* A TTL or another 32-bit duration; false above 2^31-1 (RFC 2181 §8). */
bool rz_ttl_parse(uint32_t *ttl, struct rz_str text);

#endif
