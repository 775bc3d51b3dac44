/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A borrowed run of octets with a length; not NUL-terminated unless it says so. */
#ifndef RZ_SUPPORT_STR_H
#define RZ_SUPPORT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rz_str {
    const char *data;
    size_t size;
};

#define RZ_STR(literal) ((struct rz_str){(literal), sizeof(literal) - 1})
/* For printf's "%.*s". */
#define RZ_STR_ARG(s) (int)(s).size, (s).data

static inline struct rz_str rz_str_of(const char *text)
{
    return (struct rz_str){text ? text : "", text ? strlen(text) : 0};
}

static inline bool rz_str_equal(struct rz_str a, struct rz_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool rz_str_is(struct rz_str a, const char *text)
{
    return rz_str_equal(a, rz_str_of(text));
}

bool rz_str_starts_with(struct rz_str text, const char *prefix);
bool rz_str_ends_with(struct rz_str text, const char *suffix);
/* ASCII case is ignored. */
bool rz_str_equal_nocase(struct rz_str a, struct rz_str b);
/* Without spaces, tabs and line ends at both ends. */
struct rz_str rz_str_trim(struct rz_str text);
/* The words between blanks and tabs; `room + 1` where there are more than `room`. */
size_t rz_str_words(struct rz_str text, struct rz_str *words, size_t room);
/* A decimal number below 65,536, digits only; false where it is none. */
bool rz_str_uint16(struct rz_str text, uint16_t *number);
/* The value of a hexadecimal digit of either case, or -1. */
int rz_hex_digit(char c);
/* Whether the octets are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool rz_str_is_utf8(struct rz_str text);
/* Glob match: `*` anything within a label, also nothing (`_acme-challenge*` is _acme-challenge too),
 * `**` anything including dots, `?` one octet that is not a dot. ASCII case is ignored. Used for
 * zone and owner patterns. */
bool rz_str_glob(const char *pattern, const char *text);
/* An IPv4 address of four octets as text, which it returns; several times faster than inet_ntop. */
char *rz_ipv4_text(char text[16], const unsigned char *octets);
/* The index of the candidate nearest to `text` (edit distance ≤ a third of its length), or -1.
 * For hints: "did you mean …". */
int rz_str_nearest(struct rz_str text, const char *const *candidates, size_t count);

#endif
