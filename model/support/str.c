/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text without allocation: comparison, globs, nearest word. */
#include "support/str.h"

#include <strings.h>

bool rz_str_starts_with(struct rz_str text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

bool rz_str_ends_with(struct rz_str text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && memcmp(text.data + text.size - size, suffix, size) == 0;
}

bool rz_str_equal_nocase(struct rz_str a, struct rz_str b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct rz_str rz_str_trim(struct rz_str text)
{
    while (text.size && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

size_t rz_str_words(struct rz_str text, struct rz_str *words, size_t room)
{
    size_t count = 0, at = 0;
    while (at < text.size) {
        size_t start = at;
        while (at < text.size && text.data[at] != ' ' && text.data[at] != '\t')
            at++;
        if (at > start && count == room)
            return room + 1;
        if (at > start)
            words[count++] = (struct rz_str){text.data + start, at - start};
        at++;
    }
    return count;
}

bool rz_str_uint16(struct rz_str text, uint16_t *number)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || value > UINT16_MAX)
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *number = (uint16_t)value;
    return text.size > 0 && value <= UINT16_MAX;
}

int rz_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Iterative with one point of return a kind of star: the last `*` seen, and the last `**`, which
 * may also cross dots. Quadratic at worst. */
bool rz_str_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *star_text = NULL, *deep = NULL, *deep_text = NULL;
    while (*text || *pattern) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            deep = pattern += 2;
            deep_text = text;
            star = NULL;
        } else if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
        } else if (*text && *pattern
                   && (lower(*pattern) == lower(*text) || (*pattern == '?' && *text != '.'))) {
            pattern++;
            text++;
        } else if (star && *star_text && *star_text != '.') {
            text = ++star_text;
            pattern = star;
        } else if (deep && *deep_text) {
            text = ++deep_text;
            pattern = deep;
            star = NULL;
        } else {
            return false;
        }
    }
    return true;
}

#define WORD_MAX 40

char *rz_ipv4_text(char text[16], const unsigned char *octets)
{
    char *out = text;
    for (int i = 0; i < 4; i++) {
        unsigned octet = octets[i];
        if (octet >= 100)
            *out++ = (char)('0' + octet / 100);
        if (octet >= 10)
            *out++ = (char)('0' + octet / 10 % 10);
        *out++ = (char)('0' + octet % 10);
        *out++ = '.';
    }
    out[-1] = '\0';
    return text;
}

/* Levenshtein distance with one row; ASCII case is ignored. */
static size_t distance(struct rz_str a, struct rz_str b)
{
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t above = row[j];
            size_t best = diagonal + (lower(a.data[i - 1]) != lower(b.data[j - 1]));
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b.size];
}

int rz_str_nearest(struct rz_str text, const char *const *candidates, size_t count)
{
    int nearest = -1;
    if (text.size == 0 || text.size > WORD_MAX)
        return -1;
    size_t best = text.size / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        struct rz_str candidate = rz_str_of(candidates[i]);
        if (candidate.size > WORD_MAX)
            continue;
        size_t d = distance(text, candidate);
        if (d < best || (d == best && nearest < 0)) {
            best = d;
            nearest = (int)i;
        }
    }
    return nearest;
}
