/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain names. Everywhere inside rezone a name is lower-case uncompressed wire form
 * (RFC 1035 §3.1, at most 255 octets), passed as `const uint8_t *`; struct rz_name is storage. */
#ifndef RZ_DNS_NAME_H
#define RZ_DNS_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "support/buffer.h"
#include "support/status.h"

#define RZ_NAME_MAX 255
/* Longest presentation form: each octet as \DDD, dots, NUL. */
#define RZ_NAME_TEXT_MAX 1010

struct rz_name {
    uint8_t wire[RZ_NAME_MAX];
    uint8_t size; /* octets in use, with the root label */
};

/* Reads presentation form (RFC 1035 §5.1: \DDD, \X): relative to `origin` unless it ends in a dot;
 * "@" is the origin; Unicode labels become A-labels (IDNA 2008 by libidn2). `origin` may be NULL:
 * then a name without a final dot counts as absolute. On RZ_INVALID `*why` is a static sentence
 * part such as "label is longer than 63 octets". */
enum rz_status rz_name_parse(struct rz_name *name, struct rz_str text, const uint8_t *origin,
                             const char **why);
/* Copies and lowers a wire name that is known to be well formed. */
void rz_name_copy(struct rz_name *name, const uint8_t *wire);
/* Checks octets that may be anything: a whole uncompressed name within `size`, else 0. */
size_t rz_name_check(const uint8_t *wire, size_t size);

size_t rz_name_size(const uint8_t *name);
/* Canonical order (RFC 4034 §6.1). */
int rz_name_compare(const uint8_t *a, const uint8_t *b);
bool rz_name_equal(const uint8_t *a, const uint8_t *b);
/* Whether `name` is `ancestor` or below it. */
bool rz_name_in(const uint8_t *name, const uint8_t *ancestor);
bool rz_name_is_wildcard(const uint8_t *name);
/* Labels without the root. */
unsigned rz_name_labels(const uint8_t *name);
/* The name without its first label; the root stays the root. */
const uint8_t *rz_name_parent(const uint8_t *name);

/* Absolute presentation form with the final dot. Returns `text`. */
char *rz_name_text(char text[RZ_NAME_TEXT_MAX], const uint8_t *name);
/* Without the final dot, as users write zones ("example.com"); "." for the root. */
char *rz_name_text_plain(char text[RZ_NAME_TEXT_MAX], const uint8_t *name);
/* Relative to `apex`: "@" for the apex itself, "www", else absolute with the final dot. */
char *rz_name_text_relative(char text[RZ_NAME_TEXT_MAX], const uint8_t *name, const uint8_t *apex);

#endif
