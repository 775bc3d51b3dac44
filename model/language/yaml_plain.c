/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain part of YAML, for the map that is streamed: block maps and lists, flow collections and
 * quoted scalars that end in their line, ASCII. Zones of a million records are written so, and
 * libyaml would take most of a plan's time for them. Whatever else a document has is left to
 * libyaml, from the first entry that is not plain to the end: this reader never decides that
 * something is wrong, and reads nothing otherwise than libyaml does. */
#include <string.h>

#include "language/yaml_internal.h"
#include "support/ascii.h"

#define PLAIN_DEPTH_MAX 16  /* of nested collections */
#define SIMPLE_KEY_MAX 1000 /* libyaml takes keys of up to 1,024 octets */
#define SCALAR_MAX 65535

/* At the start of the content of a line, or within one. */
struct reader {
    struct rz_yaml_loader *loader;
    const char *at, *end;
    const char *line_start;
    size_t line; /* 0-based */
    int depth;
};

struct position {
    const char *at, *line_start;
    size_t line;
};

static struct position save(const struct reader *reader)
{
    return (struct position){reader->at, reader->line_start, reader->line};
}

static void restore(struct reader *reader, struct position position)
{
    reader->at = position.at;
    reader->line_start = position.line_start;
    reader->line = position.line;
}

static size_t column(const struct reader *reader)
{
    return (size_t)(reader->at - reader->line_start);
}

static bool at_end(const struct reader *reader)
{
    return reader->at == reader->end;
}

static bool is_at(const struct reader *reader, char c)
{
    return !at_end(reader) && *reader->at == c;
}

/* Whether the octet after next is a blank or an end, as behind an indicator. */
static bool blank_follows(const struct reader *reader)
{
    return reader->at + 1 == reader->end || reader->at[1] == ' ' || reader->at[1] == '\n';
}

static bool is_printable(char c)
{
    return c >= ' ' && c < 0x7F;
}

static void skip_spaces(struct reader *reader)
{
    while (is_at(reader, ' '))
        reader->at++;
}

static struct rz_node *new_node(struct reader *reader, enum rz_node_kind kind, const char *start)
{
    struct rz_yaml_loader *loader = reader->loader;
    struct rz_node *node = rz_arena_alloc(loader->current, sizeof *node);
    size_t from_one = (size_t)(start - reader->line_start) + 1;
    *node = (struct rz_node){.kind = kind,
                             .line = (uint32_t)reader->line + 1,
                             .column = (uint16_t)(from_one > UINT16_MAX ? UINT16_MAX : from_one)};
    loader->size++;
    return node;
}

/* Past the rest of a line: blanks and a comment at most. */
static bool end_line(struct reader *reader)
{
    const char *before = reader->at;
    skip_spaces(reader);
    if (is_at(reader, '#') && reader->at > before)
        while (!at_end(reader) && is_printable(*reader->at))
            reader->at++;
    if (at_end(reader))
        return true;
    if (*reader->at != '\n')
        return false;
    reader->at++;
    reader->line_start = reader->at;
    reader->line++;
    return true;
}

/* From the start of a line to the content of the next line that has any; false where something is
 * not plain. At the end of the text `at` is `end`. */
static bool next_content(struct reader *reader)
{
    while (!at_end(reader)) {
        skip_spaces(reader);
        if (is_at(reader, '#')) {
            while (!at_end(reader) && is_printable(*reader->at))
                reader->at++;
            if (!at_end(reader) && *reader->at != '\n')
                return false;
        }
        if (!is_at(reader, '\n'))
            return true;
        reader->at++;
        reader->line_start = reader->at;
        reader->line++;
    }
    return true;
}

static const struct rz_node *scalar(struct reader *reader, const char *mark, const char *text,
                                    size_t size, bool quoted)
{
    bool null = !quoted && rz_yaml_is_null_word(text, size);
    struct rz_node *node = new_node(reader, null ? RZ_NODE_NULL : RZ_NODE_SCALAR, mark);
    node->quoted = quoted;
    node->count = (uint32_t)size;
    node->text = rz_arena_str(reader->loader->current, (struct rz_str){text, size}).data;
    return size > SCALAR_MAX ? NULL : node;
}

/* Without escapes, which libyaml reads. */
static const struct rz_node *quoted(struct reader *reader)
{
    const char *mark = reader->at;
    char quote = *reader->at++;
    const char *text = reader->at;
    while (!at_end(reader) && is_printable(*reader->at) && *reader->at != quote)
        if (*reader->at++ == '\\' && quote == '"')
            return NULL;
    if (!is_at(reader, quote))
        return NULL;
    size_t size = (size_t)(reader->at++ - text);
    return is_at(reader, quote) ? NULL : scalar(reader, mark, text, size, true);
}

static bool may_start_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || (c && strchr("._/+~$\\(^;", c));
}

static bool is_flow_mark(char c)
{
    return c == ',' || c == '?' || c == '[' || c == ']' || c == '{' || c == '}';
}

/* Whether a plain scalar goes on at `at`, which is no blank. A colon only between what belongs to it. */
static bool goes_on(const struct reader *reader, const char *at, bool flow)
{
    if (!is_printable(*at))
        return false;
    if (*at == ':')
        return at + 1 < reader->end && is_printable(at[1]) && at[1] != ' '
               && !(flow && is_flow_mark(at[1]));
    return !(flow && is_flow_mark(*at));
}

/* Characters that always belong to a plain scalar they stand in; others are looked at closely. */
static const unsigned char ordinary[256] = {RZ_ASCII_DIGITS,
                                            RZ_ASCII_LOWER_LETTERS,
                                            RZ_ASCII_UPPER_LETTERS,
                                            ['.'] = 1,
                                            ['-'] = 1,
                                            ['_'] = 1,
                                            ['/'] = 1,
                                            ['+'] = 1,
                                            ['='] = 1};

static const struct rz_node *plain(struct reader *reader, bool flow)
{
    const char *mark = reader->at, *end = reader->end, *last = mark;
    if (at_end(reader) || !may_start_plain(*mark)
        || (*mark == '.' && mark == reader->line_start)) /* `...` ends the document */
        return NULL;
    for (const char *at = mark; at < end; at++) {
        if (ordinary[(unsigned char)*at]) {
            while (++at < end && ordinary[(unsigned char)*at])
                ;
            last = at--;
            continue;
        }
        if (*at == ' ')
            continue;
        if (*at == '#' && at > last) /* a comment, behind a blank */
            break;
        if (!goes_on(reader, at, flow))
            break;
        last = at + 1;
    }
    reader->at = last;
    return scalar(reader, mark, mark, (size_t)(last - mark), false);
}

static const struct rz_node *flow_value(struct reader *reader);

static const struct rz_node *any_scalar(struct reader *reader, bool flow)
{
    return is_at(reader, '"') || is_at(reader, '\'') ? quoted(reader) : plain(reader, flow);
}

/* A key and its colon. Keys are text, whatever they look like. */
static const struct rz_node *key(struct reader *reader, bool flow)
{
    struct rz_node *node = (struct rz_node *)(uintptr_t)any_scalar(reader, flow);
    if (!node || node->count > SIMPLE_KEY_MAX || !is_at(reader, ':') || !blank_follows(reader))
        return NULL;
    reader->at++;
    node->kind = RZ_NODE_SCALAR;
    return node;
}

/* Whether the collection goes on behind a comma; *good where it does or ends. */
static bool flow_goes_on(struct reader *reader, char close, bool *good)
{
    skip_spaces(reader);
    *good = is_at(reader, ',') || is_at(reader, close);
    if (!*good)
        return false;
    bool more = *reader->at == ',';
    reader->at++;
    if (more) {
        skip_spaces(reader);
        *good = !is_at(reader, close);
    }
    return more && *good;
}

static bool flow_items(struct reader *reader, bool map)
{
    char close = map ? '}' : ']';
    bool good = true;
    reader->at++;
    skip_spaces(reader);
    if (is_at(reader, close)) {
        reader->at++;
        return true;
    }
    do {
        if (map) {
            const struct rz_node *name = key(reader, true);
            if (!name)
                return false;
            rz_yaml_push(reader->loader, name);
            skip_spaces(reader);
        }
        const struct rz_node *value = flow_value(reader);
        if (!value)
            return false;
        rz_yaml_push(reader->loader, value);
    } while (flow_goes_on(reader, close, &good));
    return good;
}

static const struct rz_node *flow_value(struct reader *reader)
{
    struct rz_yaml_loader *loader = reader->loader;
    bool map = is_at(reader, '{');
    if (!map && !is_at(reader, '['))
        return any_scalar(reader, true);
    if (++reader->depth > PLAIN_DEPTH_MAX)
        return NULL;
    size_t base = loader->stack_size;
    struct rz_node *node = new_node(reader, map ? RZ_NODE_MAP : RZ_NODE_LIST, reader->at);
    bool good = flow_items(reader, map);
    reader->depth--;
    if (!good) {
        loader->stack_size = base;
        return NULL;
    }
    if (map)
        return rz_yaml_finish_plain_map(loader, node, base) ? node : NULL;
    rz_yaml_finish_list(loader, node, base);
    return node;
}

static const struct rz_node *block(struct reader *reader);

/* What stands behind a key: in its line, or below it, further in (a list may stand under the key). */
static const struct rz_node *map_value(struct reader *reader, size_t indent)
{
    const char *behind = reader->at;
    skip_spaces(reader);
    if (!at_end(reader) && *reader->at != '\n' && *reader->at != '#') {
        const struct rz_node *value = is_at(reader, '{') || is_at(reader, '[')
                                          ? flow_value(reader)
                                          : any_scalar(reader, false);
        return value && end_line(reader) ? value : NULL;
    }
    reader->at = behind;
    struct rz_node *nothing = new_node(reader, RZ_NODE_NULL, behind);
    nothing->text = "";
    if (!end_line(reader) || !next_content(reader))
        return NULL;
    bool list = is_at(reader, '-') && blank_follows(reader);
    if (at_end(reader) || column(reader) < indent || (column(reader) == indent && !list))
        return nothing;
    return block(reader);
}

/* One pair, pushed; the reader is at the next content then. */
static bool pair(struct reader *reader, size_t indent)
{
    const struct rz_node *name = key(reader, false);
    if (!name)
        return false;
    rz_yaml_push(reader->loader, name);
    const struct rz_node *value = map_value(reader, indent);
    if (!value || !next_content(reader))
        return false;
    rz_yaml_push(reader->loader, value);
    return at_end(reader) || column(reader) <= indent;
}

static bool map_items(struct reader *reader, size_t indent)
{
    do {
        if (!pair(reader, indent))
            return false;
    } while (!at_end(reader) && column(reader) == indent
             && !(is_at(reader, '-') && blank_follows(reader)));
    /* A list at the same place is no part of a map; it may be of the list around it. */
    return true;
}

static bool list_items(struct reader *reader, size_t indent)
{
    do {
        reader->at++;
        skip_spaces(reader);
        const struct rz_node *value = NULL;
        struct position start = save(reader);
        if (is_at(reader, '{') || is_at(reader, '['))
            value = flow_value(reader);
        else if (!is_at(reader, '-') || !blank_follows(reader))
            value = any_scalar(reader, false);
        if (!value)
            return false;
        if (is_at(reader, ':')) { /* a map that begins behind the dash */
            restore(reader, start);
            value = block(reader);
        } else if (!end_line(reader) || !next_content(reader)) {
            return false;
        }
        if (!value || (!at_end(reader) && column(reader) > indent))
            return false;
        rz_yaml_push(reader->loader, value);
    } while (!at_end(reader) && column(reader) == indent && is_at(reader, '-')
             && blank_follows(reader));
    return true;
}

/* A map or list in block form at the content of a line; the reader is at the next content then. */
static const struct rz_node *block(struct reader *reader)
{
    struct rz_yaml_loader *loader = reader->loader;
    bool list = is_at(reader, '-') && blank_follows(reader);
    size_t indent = column(reader), base = loader->stack_size;
    if (++reader->depth > PLAIN_DEPTH_MAX)
        return NULL;
    struct rz_node *node = new_node(reader, list ? RZ_NODE_LIST : RZ_NODE_MAP, reader->at);
    bool good = list ? list_items(reader, indent) : map_items(reader, indent);
    reader->depth--;
    if (!good) {
        loader->stack_size = base;
        return NULL;
    }
    if (!list)
        return rz_yaml_finish_plain_map(loader, node, base) ? node : NULL;
    rz_yaml_finish_list(loader, node, base);
    return node;
}

/* Past what stands before the streamed map, to its first entry. The lines before must be plain too:
 * only then is a line that begins with the key surely that key. */
static bool find_entries(struct reader *reader)
{
    const char *wanted = reader->loader->stream->key;
    bool dashes = reader->end - reader->at > 4 && memcmp(reader->at, "---\n", 4) == 0;
    if (dashes) {
        reader->at += 4;
        reader->line_start = reader->at;
        reader->line++;
    }
    if (!next_content(reader) || at_end(reader))
        return false;
    while (wanted) {
        if (at_end(reader) || column(reader) != 0)
            return false;
        struct position start = save(reader);
        const struct rz_node *name = key(reader, false);
        if (!name)
            return false;
        if (rz_str_is(rz_node_str(name), wanted))
            return end_line(reader) && next_content(reader) && !at_end(reader)
                   && column(reader) > 0;
        restore(reader, start);
        size_t base = reader->loader->stack_size;
        bool good = pair(reader, 0);
        reader->loader->stack_size = base;
        if (!good)
            return false;
    }
    return column(reader) == 0;
}

/* Whether what comes next surely stands for itself: another entry, a top-level key, or nothing. Of
 * what is wrong libyaml is given the entry before too, so that it says the same as without a hole. */
static bool is_boundary(struct reader *reader, size_t indent)
{
    struct position start = save(reader);
    if (at_end(reader))
        return true;
    bool next = (column(reader) == indent || column(reader) == 0) && key(reader, false);
    restore(reader, start);
    return next;
}

void rz_yaml_read_stretch(struct rz_yaml_loader *loader, struct rz_yaml_stretch *stretch)
{
    struct reader reader = {.loader = loader,
                            .at = stretch->begin,
                            .line_start = stretch->begin,
                            .end = stretch->text_end,
                            .line = stretch->line};
    struct rz_arena scratch = {0};
    loader->scratch = &scratch;
    loader->current = loader->keep ? loader->arena : &scratch;
    stretch->end = stretch->begin;
    stretch->end_line = stretch->line;
    bool good = next_content(&reader);
    while (good && !at_end(&reader) && reader.line_start < stretch->stop
           && column(&reader) == stretch->indent) {
        size_t base = loader->stack_size;
        if (!pair(&reader, stretch->indent) || !is_boundary(&reader, stretch->indent)) {
            loader->stack_size = base;
            break;
        }
        const struct rz_node *name = loader->stack[base], *value = loader->stack[base + 1];
        if (rz_yaml_is_merge_key(name)) /* complained of by the ordinary way */
            break;
        loader->stack_size = base;
        rz_yaml_hand_over(loader, name, value);
        stretch->end = at_end(&reader) ? reader.end : reader.line_start;
        stretch->end_line = reader.line;
    }
    loader->stack_size = 0;
    loader->current = loader->arena;
    loader->scratch = NULL;
    rz_arena_free(&scratch);
}

void rz_yaml_stream_plain(struct rz_yaml_loader *loader, struct rz_str text)
{
    struct reader reader = {
        .loader = loader, .at = text.data, .line_start = text.data, .end = text.data + text.size};
    struct rz_arena scratch = {0};
    loader->current = &scratch;
    bool found = find_entries(&reader);
    loader->current = loader->arena;
    loader->stack_size = 0;
    rz_arena_free(&scratch);
    struct rz_yaml_stretch stretch = {.begin = reader.line_start,
                                      .stop = reader.end,
                                      .text_end = reader.end,
                                      .indent = column(&reader),
                                      .line = reader.line,
                                      .end = reader.line_start,
                                      .end_line = reader.line};
    if (found)
        rz_yaml_read_parts(loader, &stretch);
    loader->hole_begin = (size_t)(stretch.begin - text.data);
    loader->hole_end = (size_t)(stretch.end - text.data);
    loader->hole_lines = stretch.end_line - stretch.line;
}
