/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scalars and flow collections as they are written in canonical layout. */
#include <stdlib.h>

#include "language/format_internal.h"
#include "support/alloc.h"

#define LINE_COLUMNS 100

static size_t leading_blanks(struct rz_str line)
{
    size_t count = 0;
    while (count < line.size && line.data[count] == ' ')
        count++;
    return count;
}

/* The line at `*at`, without its end; `*at` is behind it afterwards. */
static struct rz_str take_line(struct rz_str text, size_t *at)
{
    const char *start = text.data + *at;
    const char *end = memchr(start, '\n', text.size - *at);
    struct rz_str line = {start, end ? (size_t)(end - start) : text.size - *at};
    *at += line.size + (end ? 1 : 0);
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* The header of a block scalar: an indentation that is said is said anew. */
static size_t print_header(struct rz_formatter *formatter, struct rz_str header)
{
    size_t said = 0;
    for (size_t i = 0; i < header.size; i++) {
        char c = header.data[i];
        bool comment = c == '#' && i && (header.data[i - 1] == ' ' || header.data[i - 1] == '\t');
        if (c >= '1' && c <= '9' && !memchr(header.data, '#', i)) {
            said = (size_t)(c - '0');
            rz_buffer_char(formatter->out, '2');
        } else {
            rz_buffer_char(formatter->out, c);
        }
        if (comment) {
            rz_buffer_append(formatter->out, header.data + i + 1, header.size - i - 1);
            break;
        }
    }
    while (formatter->out->size && formatter->out->data[formatter->out->size - 1] == ' ')
        formatter->out->data[--formatter->out->size] = '\0';
    return said;
}

/* How far the content of a block scalar is indented: by its first line that is not empty. */
static size_t content_indent(struct rz_str text, size_t at)
{
    while (at < text.size) {
        struct rz_str line = take_line(text, &at);
        if (leading_blanks(line) < line.size)
            return leading_blanks(line);
    }
    return 0;
}

static void print_block(struct rz_formatter *formatter, struct rz_str text, size_t indent)
{
    size_t at = 0, blank = 0;
    struct rz_str header = take_line(text, &at);
    size_t said = print_header(formatter, header);
    size_t parent = formatter->level_count ? formatter->levels[formatter->level_count - 1].source
                                           : 0;
    size_t base = said ? parent + said : content_indent(text, at);
    bool keep = memchr(header.data, '+', header.size) != NULL;
    while (at < text.size) {
        struct rz_str line = take_line(text, &at);
        size_t skip = leading_blanks(line) < base ? leading_blanks(line) : base;
        struct rz_str rest = {line.data + skip, line.size - skip};
        if (rest.size == 0) {
            blank++;
            continue;
        }
        rz_buffer_pad(formatter->out, '\n', blank + 1);
        rz_buffer_pad(formatter->out, ' ', indent);
        rz_buffer_str(formatter->out, rest);
        blank = 0;
    }
    if (keep)
        rz_buffer_pad(formatter->out, '\n', blank);
}

void rz_format_scalar(struct rz_formatter *formatter, const struct rz_format_event *event,
                      size_t indent)
{
    struct rz_str text = {formatter->text.data + event->start, event->end - event->start};
    if (event->block_scalar) {
        print_block(formatter, text, indent);
        return;
    }
    for (size_t at = 0, first = 1; at < text.size || first; first = 0) {
        struct rz_str line = take_line(text, &at);
        if (!first) {
            line = rz_str_trim(line);
            rz_buffer_char(formatter->out, '\n');
            rz_buffer_pad(formatter->out, ' ', line.size ? indent : 0);
        } else if (at < text.size) {
            while (line.size
                   && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t'))
                line.size--;
        }
        rz_buffer_str(formatter->out, line);
    }
}

static bool has_comment(const struct rz_formatter *formatter, size_t from, size_t to)
{
    return memchr(formatter->text.data + from, '#', to - from) != NULL;
}

/* Nodes of a flow collection, one after another; false where a line cannot hold them. */
static bool print_flow(const struct rz_formatter *formatter, size_t *at, struct rz_buffer *line)
{
    const struct rz_format_event *event = &formatter->events[*at];
    bool map = event->type == YAML_MAPPING_START_EVENT;
    if (event->type != YAML_SEQUENCE_START_EVENT && !map) {
        struct rz_str raw = {formatter->text.data + event->start, event->end - event->start};
        rz_buffer_str(line, raw);
        ++*at;
        return !event->block_scalar && !memchr(raw.data, '\n', raw.size);
    }
    const char *open = memchr(formatter->text.data + event->start, map ? '{' : '[',
                              event->end - event->start);
    if (!open) /* `[a: b]`: a pair without braces */
        return false;
    rz_buffer_append(line, formatter->text.data + event->start,
                     (size_t)(open + 1 - formatter->text.data) - event->start);
    size_t previous = event->end;
    ++*at;
    for (size_t i = 0; *at < event->close; i++) {
        const struct rz_format_event *next = &formatter->events[*at];
        if (has_comment(formatter, previous, next->start))
            return false;
        if (i)
            rz_buffer_text(line, map && i % 2 ? ": " : ", ");
        if (map && i % 2 && next->start == next->end) { /* `{a, b}`: keys without values */
            line->size -= 2;
            line->data[line->size] = '\0';
        }
        if (!print_flow(formatter, at, line))
            return false;
        previous = formatter->events[*at - 1].end;
    }
    if (has_comment(formatter, previous, formatter->events[*at].start))
        return false;
    rz_buffer_char(line, map ? '}' : ']');
    ++*at;
    return true;
}

bool rz_format_flow(const struct rz_formatter *formatter, size_t at, struct rz_buffer *line)
{
    rz_buffer_reset(line);
    return print_flow(formatter, &at, line) && line->size <= LINE_COLUMNS;
}
