/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain names in wire form. Comparison and checks are libknot's; reading is done here in one pass
 * without allocation, since every owner of a zone passes through it. */
#include "dns/name.h"

#include <idn2.h>
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"

#define LABEL_MAX 63

static const char too_long_label[] = "a label is longer than 63 octets";
static const char too_long_name[] = "the name is longer than 255 octets";
static const char control[] = "it has a space or a control character (write \\032 for a space)";
static const char empty_label[] = "a label is empty (two dots in a row, or a dot at the start)";

/* One label being read, and the name so far. */
struct reader {
    struct rz_name *name;
    uint8_t label[LABEL_MAX + 1]; /* one more, to see that it is too long */
    unsigned size;
    const char *why;
};

static bool end_label(struct reader *reader)
{
    struct rz_name *name = reader->name;
    if (reader->size == 0)
        reader->why = empty_label;
    else if (reader->size > LABEL_MAX)
        reader->why = too_long_label;
    else if (name->size + 1u + reader->size + 1u > RZ_NAME_MAX)
        reader->why = too_long_name;
    else {
        name->wire[name->size] = (uint8_t)reader->size;
        memcpy(name->wire + name->size + 1, reader->label, reader->size);
        name->size = (uint8_t)(name->size + 1 + reader->size);
        reader->size = 0;
        return true;
    }
    return false;
}

static void put(struct reader *reader, uint8_t octet)
{
    if (reader->size <= LABEL_MAX)
        reader->label[reader->size++] = octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* The octet of an escape that starts at text[*at] == '\\'; moves *at to its last character. */
static bool read_escape(struct reader *reader, struct rz_str text, size_t *at)
{
    const char *s = text.data + *at + 1;
    size_t left = text.size - *at - 1;
    if (left == 0) {
        reader->why = "it ends in a backslash";
        return false;
    }
    if (*s < '0' || *s > '9') {
        put(reader, (uint8_t)*s);
        *at += 1;
        return true;
    }
    unsigned value = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= left || s[i] < '0' || s[i] > '9') {
            reader->why = "an escape must be a backslash and three digits";
            return false;
        }
        value = value * 10 + (unsigned)(s[i] - '0');
    }
    if (value > 255) {
        reader->why = "an escape is above \\255";
        return false;
    }
    put(reader, (uint8_t)value);
    *at += 3;
    return true;
}

static bool append_origin(struct reader *reader, const uint8_t *origin)
{
    struct rz_name *name = reader->name;
    size_t size = origin ? knot_dname_size(origin) : 1;
    if (name->size + size > RZ_NAME_MAX) {
        reader->why = too_long_name;
        return false;
    }
    if (origin)
        memcpy(name->wire + name->size, origin, size);
    else
        name->wire[name->size] = 0;
    name->size = (uint8_t)(name->size + size);
    return true;
}

static bool read_labels(struct reader *reader, struct rz_str text, bool *absolute)
{
    *absolute = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t octet = (uint8_t)text.data[i];
        if (octet == '.') {
            if (!end_label(reader))
                return false;
            *absolute = i + 1 == text.size;
        } else if (octet == '\\') {
            if (!read_escape(reader, text, &i))
                return false;
        } else if (octet <= ' ' || octet == 0x7F) {
            reader->why = control;
            return false;
        } else {
            put(reader, octet);
        }
    }
    return *absolute || end_label(reader);
}

static bool has_unicode(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return true;
    return false;
}

/* Converts the labels that are not ASCII to A-labels, leaving others (`_dmarc`, `*`, escapes) as
 * they are: IDNA would refuse those. */
static bool to_ascii(char *out, size_t room, struct rz_str text, const char **why)
{
    size_t used = 0;
    while (text.size) {
        const char *dot = memchr(text.data, '.', text.size);
        struct rz_str label = {text.data, dot ? (size_t)(dot - text.data) : text.size};
        char copy[256], *ascii = NULL;
        const char *converted = copy;
        if (label.size >= sizeof copy) {
            *why = too_long_label;
            return false;
        }
        if (memchr(label.data, '\0', label.size)) {
            *why = control;
            return false;
        }
        memcpy(copy, label.data, label.size);
        copy[label.size] = '\0';
        if (has_unicode(label)) {
            int rc = idn2_to_ascii_8z(copy, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
            if (rc != IDN2_OK) {
                *why = idn2_strerror(rc);
                return false;
            }
            converted = ascii;
        }
        size_t size = strlen(converted);
        bool fits = used + size + 2 <= room;
        if (fits) {
            memcpy(out + used, converted, size);
            used += size;
            if (dot)
                out[used++] = '.';
        }
        idn2_free(ascii);
        if (!fits) {
            *why = too_long_name;
            return false;
        }
        text.data += label.size + (dot ? 1 : 0);
        text.size -= label.size + (dot ? 1 : 0);
    }
    out[used] = '\0';
    return true;
}

enum rz_status rz_name_parse(struct rz_name *name, struct rz_str text, const uint8_t *origin,
                             const char **why)
{
    char ascii[RZ_NAME_TEXT_MAX];
    name->size = 0;
    if (text.size == 0) {
        *why = "it is empty";
        return RZ_INVALID;
    }
    if (has_unicode(text)) {
        if (!to_ascii(ascii, sizeof ascii, text, why))
            return RZ_INVALID;
        text = rz_str_of(ascii);
    }
    struct reader reader = {.name = name};
    bool absolute = false, good;
    if (text.size == 1 && text.data[0] == '@')
        good = append_origin(&reader, origin);
    else if (text.size == 1 && text.data[0] == '.')
        good = append_origin(&reader, NULL);
    else
        good = read_labels(&reader, text, &absolute)
               && append_origin(&reader, absolute ? NULL : origin);
    *why = reader.why;
    return good ? RZ_OK : RZ_INVALID;
}

void rz_name_copy(struct rz_name *name, const uint8_t *wire)
{
    name->size = (uint8_t)knot_dname_store(name->wire, wire);
    knot_dname_to_lower(name->wire);
}

size_t rz_name_check(const uint8_t *wire, size_t size)
{
    size_t at = 0;
    while (at < size && at < RZ_NAME_MAX) {
        uint8_t label = wire[at];
        if (label == 0)
            return at + 1;
        if (label > LABEL_MAX)
            return 0;
        at += 1u + label;
    }
    return 0;
}

/* These are asked several times for every record: libknot's would not be inlined. */

size_t rz_name_size(const uint8_t *name)
{
    const uint8_t *label = name;
    while (*label)
        label += 1 + *label;
    return (size_t)(label - name) + 1;
}

/* Offsets of the labels; their count. */
static unsigned label_offsets(uint8_t offsets[RZ_NAME_MAX / 2 + 1], const uint8_t *name)
{
    unsigned count = 0;
    for (const uint8_t *label = name; *label; label += 1 + *label)
        offsets[count++] = (uint8_t)(label - name);
    return count;
}

static int compare_labels(const uint8_t *one, const uint8_t *two)
{
    int order = memcmp(one + 1, two + 1, *one < *two ? *one : *two);
    return order ? order : (int)*one - (int)*two;
}

int rz_name_compare(const uint8_t *a, const uint8_t *b)
{
    /* Neighbours in a zone have one parent, as a rule. */
    if (*a && *b && rz_name_equal(a + 1 + *a, b + 1 + *b))
        return compare_labels(a, b);
    uint8_t in_a[RZ_NAME_MAX / 2 + 1], in_b[RZ_NAME_MAX / 2 + 1];
    unsigned left_a = label_offsets(in_a, a), left_b = label_offsets(in_b, b);
    while (left_a && left_b) {
        int order = compare_labels(a + in_a[--left_a], b + in_b[--left_b]);
        if (order)
            return order;
    }
    return (int)left_a - (int)left_b;
}

bool rz_name_equal(const uint8_t *a, const uint8_t *b)
{
    while (*a == *b && *a) {
        if (memcmp(a + 1, b + 1, *a) != 0)
            return false;
        a += 1 + *a;
        b += 1 + *b;
    }
    return *a == *b;
}

/* Where in `name` the ancestor begins; NULL where it does not. */
static const uint8_t *find_ancestor(const uint8_t *name, const uint8_t *ancestor)
{
    size_t size = rz_name_size(name), tail = rz_name_size(ancestor);
    if (tail > size)
        return NULL;
    const uint8_t *start = name + size - tail, *label = name;
    while (label < start)
        label += 1 + *label;
    return label == start && memcmp(start, ancestor, tail) == 0 ? start : NULL;
}

bool rz_name_in(const uint8_t *name, const uint8_t *ancestor)
{
    return find_ancestor(name, ancestor) != NULL;
}

bool rz_name_is_wildcard(const uint8_t *name)
{
    return knot_dname_is_wildcard(name);
}

unsigned rz_name_labels(const uint8_t *name)
{
    return (unsigned)knot_dname_labels(name, NULL);
}

const uint8_t *rz_name_parent(const uint8_t *name)
{
    return name[0] ? name + 1 + name[0] : name;
}

/* Characters of labels that stand for themselves: libzscanner takes no other without a backslash. */
static const unsigned char bare[256] = {
    RZ_ASCII_DIGITS, RZ_ASCII_LOWER_LETTERS, ['-'] = 1, ['_'] = 1, ['*'] = 1, ['/'] = 1};

/* Presentation form of the labels before `stop` (a pointer into the name), without a final dot. */
static char *print_labels(char *out, const uint8_t *name, const uint8_t *stop)
{
    for (const uint8_t *label = name; label != stop && *label; label += 1 + *label) {
        if (label != name)
            *out++ = '.';
        for (const uint8_t *at = label + 1, *end = at + *label; at < end; at++) {
            uint8_t c = *at;
            if (bare[c]) {
                *out++ = (char)c;
            } else if (c > ' ' && c < 0x7F && c != '#') {
                /* `\#` at the start of RDATA would announce RFC 3597 form. */
                *out++ = '\\';
                *out++ = (char)c;
            } else {
                *out++ = '\\';
                *out++ = (char)('0' + c / 100);
                *out++ = (char)('0' + c / 10 % 10);
                *out++ = (char)('0' + c % 10);
            }
        }
    }
    *out = '\0';
    return out;
}

char *rz_name_text(char text[RZ_NAME_TEXT_MAX], const uint8_t *name)
{
    char *end = print_labels(text, name, NULL);
    end[0] = '.';
    end[1] = '\0';
    return text;
}

char *rz_name_text_plain(char text[RZ_NAME_TEXT_MAX], const uint8_t *name)
{
    if (name[0] == 0)
        return rz_name_text(text, name);
    print_labels(text, name, NULL);
    return text;
}

char *rz_name_text_relative(char text[RZ_NAME_TEXT_MAX], const uint8_t *name, const uint8_t *apex)
{
    const uint8_t *stop = find_ancestor(name, apex);
    if (!stop)
        return rz_name_text(text, name);
    if (stop == name)
        return strcpy(text, "@");
    print_labels(text, name, stop);
    return text;
}
