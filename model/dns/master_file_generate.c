/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIND's $GENERATE, rewritten into records:
 *     $GENERATE start-stop[/step] owner [ttl] [class] type rdata
 * `$` in owner and rdata is the iterator, `${offset,width,base}` the same with an offset, padded with
 * zeros to a width, in base d, o, x, X, or as reversed nibbles n, N. `\$` and `$$` are a `$`. */
#include <stdio.h>
#include <string.h>

#include "dns/master_file_internal.h"

#define WIDTH_MAX 255

struct range {
    uint32_t start, stop, step;
};

/* What a `$` stands for. */
struct modifier {
    int64_t offset;
    uint32_t width;
    char base;
};

static bool take_number(struct rz_str *text, uint32_t maximum, uint32_t *number)
{
    uint64_t value = 0;
    size_t digits = 0;
    while (digits < text->size && text->data[digits] >= '0' && text->data[digits] <= '9'
           && value <= maximum)
        value = value * 10 + (uint64_t)(text->data[digits++] - '0');
    *text = (struct rz_str){text->data + digits, text->size - digits};
    *number = (uint32_t)value;
    return digits && value <= maximum;
}

static bool take_char(struct rz_str *text, char c)
{
    if (!text->size || text->data[0] != c)
        return false;
    *text = (struct rz_str){text->data + 1, text->size - 1};
    return true;
}

static bool parse_range(struct range *range, struct rz_str word)
{
    *range = (struct range){.step = 1};
    return take_number(&word, INT32_MAX, &range->start) && take_char(&word, '-')
           && take_number(&word, INT32_MAX, &range->stop)
           && (!take_char(&word, '/') || take_number(&word, INT32_MAX, &range->step))
           && word.size == 0 && range->step && range->stop >= range->start;
}

/* What stands between the braces; `text` begins behind the `{` and ends behind the `}`. */
static bool parse_modifier(struct modifier *modifier, struct rz_str *text)
{
    uint32_t offset = 0;
    bool negative = take_char(text, '-');
    if (!negative)
        take_char(text, '+');
    *modifier = (struct modifier){.base = 'd'};
    if (!take_number(text, INT32_MAX, &offset))
        return false;
    modifier->offset = negative ? -(int64_t)offset : offset;
    if (take_char(text, ',')) {
        if (!take_number(text, WIDTH_MAX, &modifier->width))
            return false;
        if (take_char(text, ',')) {
            if (!text->size || !text->data[0] || !strchr("doxXnN", text->data[0]))
                return false;
            modifier->base = text->data[0];
            take_char(text, modifier->base);
        }
    }
    return take_char(text, '}');
}

/* Lowest nibble first, with dots between; the width counts the dots. */
static void print_nibbles(struct rz_buffer *out, uint32_t value, uint32_t width, char base)
{
    const char *digits = base == 'n' ? "0123456789abcdef" : "0123456789ABCDEF";
    do {
        rz_buffer_char(out, digits[value & 15]);
        value >>= 4;
        width -= width > 0;
        if (width || value) {
            rz_buffer_char(out, '.');
            width -= width > 0;
        }
    } while (width || value);
}

static bool print_iterator(struct rz_buffer *out, struct modifier modifier, uint32_t iterator)
{
    int64_t value = (int64_t)iterator + modifier.offset;
    int width = (int)modifier.width;
    if (value < 0 || value > UINT32_MAX)
        return false;
    switch (modifier.base) {
    case 'd': rz_buffer_printf(out, "%0*u", width, (uint32_t)value); break;
    case 'o': rz_buffer_printf(out, "%0*o", width, (uint32_t)value); break;
    case 'x': rz_buffer_printf(out, "%0*x", width, (uint32_t)value); break;
    case 'X': rz_buffer_printf(out, "%0*X", width, (uint32_t)value); break;
    default: print_nibbles(out, (uint32_t)value, modifier.width, modifier.base);
    }
    return true;
}

static bool substitute(struct rz_buffer *out, struct rz_str text, uint32_t iterator,
                       const char **why)
{
    while (text.size) {
        const char *stop = text.data;
        while (stop < text.data + text.size && *stop != '$' && *stop != '\\')
            stop++;
        size_t plain = (size_t)(stop - text.data);
        rz_buffer_append(out, text.data, plain);
        text = (struct rz_str){stop, text.size - plain};
        if (take_char(&text, '\\')) { /* an escape of the master file, read by the scanner later */
            rz_buffer_char(out, '\\');
            if (text.size)
                rz_buffer_char(out, text.data[0]);
            take_char(&text, text.size ? text.data[0] : '\0');
        } else if (take_char(&text, '$')) {
            struct modifier modifier = {.base = 'd'};
            if (take_char(&text, '$')) {
                rz_buffer_text(out, "\\$");
                continue;
            }
            if (take_char(&text, '{') && !parse_modifier(&modifier, &text)) {
                *why = "a modifier is ${offset,width,base} with base d, o, x, X, n or N";
                return false;
            }
            if (!print_iterator(out, modifier, iterator)) {
                *why = "an offset takes the number below 0 or above 4294967295";
                return false;
            }
        }
    }
    return true;
}

/* A quoted rdata stands for its content (the way to write spaces in BIND), where \" is a quote. */
static void unquote(struct rz_buffer *out, struct rz_str content)
{
    for (size_t i = 0; i < content.size; i++)
        if (content.data[i] != '\\' || i + 1 == content.size || content.data[i + 1] != '"')
            rz_buffer_char(out, content.data[i]);
}

/* TTL, class and type as they stand, then the rdata's text. False: something is missing. */
static bool split_line(struct rz_str rest, struct rz_str *middle, struct rz_buffer *rdata)
{
    struct rz_str word = rz_master_word(&rest, NULL);
    const char *start = word.data;
    /* Before the type, only a TTL and the class. */
    while (word.size
           && ((word.data[0] >= '0' && word.data[0] <= '9')
               || rz_str_equal_nocase(word, RZ_STR("IN"))))
        word = rz_master_word(&rest, NULL);
    if (!word.size)
        return false;
    *middle = (struct rz_str){start, (size_t)(word.data + word.size - start)};
    struct rz_str tail = rz_str_trim(rest);
    bool quoted;
    struct rz_str content = rz_master_word(&rest, &quoted);
    struct rz_str behind = rest;
    if (quoted && !rz_master_word(&behind, NULL).data)
        unquote(rdata, content);
    else
        rz_buffer_str(rdata, tail);
    return rdata->size > 0;
}

bool rz_master_generate(struct rz_buffer *records, struct rz_str rest, size_t limit, size_t *count,
                        const char **why)
{
    struct range range;
    struct rz_str middle, word = rz_master_word(&rest, NULL);
    RZ_BUFFER_CLEANUP struct rz_buffer rdata = {0};
    if (!word.data || !parse_range(&range, word)) {
        *why = "the range is start-stop or start-stop/step";
        return false;
    }
    struct rz_str owner = rz_master_word(&rest, NULL);
    if (!owner.data || !split_line(rest, &middle, &rdata)) {
        *why = "behind the range come owner, type and data";
        return false;
    }
    *count = (range.stop - range.start) / range.step + 1;
    if (*count > limit) {
        *why = "it makes more records than allowed";
        return false;
    }
    for (uint64_t i = range.start; i <= range.stop; i += range.step) {
        if (!substitute(records, owner, (uint32_t)i, why))
            return false;
        rz_buffer_char(records, '\t');
        rz_buffer_str(records, middle);
        rz_buffer_char(records, '\t');
        if (!substitute(records, rz_buffer_view(&rdata), (uint32_t)i, why))
            return false;
        rz_buffer_char(records, '\n');
        if (records->overflow) {
            *why = "its records take more than 64 MiB";
            return false;
        }
    }
    return true;
}
