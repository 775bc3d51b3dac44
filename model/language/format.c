/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laying a file out anew from the events of its parser. What lies between two events is punctuation
 * and comments; the comments are carried over. */
#include "language/format_internal.h"

#include <stdlib.h>

#include "language/yaml.h"
#include "support/alloc.h"

#define KEY_OCTETS_MAX 1000 /* longer ones are no simple keys: `? key` */
#define EVENTS_MAX ((size_t)20 << 20)

static bool add_event(struct rz_formatter *formatter, const yaml_event_t *event)
{
    if (formatter->count >= EVENTS_MAX)
        return false;
    formatter->events = rz_grow(formatter->events, &formatter->capacity, formatter->count + 1,
                                sizeof *formatter->events);
    struct rz_format_event *added = &formatter->events[formatter->count++];
    *added = (struct rz_format_event){.type = event->type,
                                      .start = event->start_mark.index,
                                      .end = event->end_mark.index,
                                      .column = event->start_mark.column};
    if (event->type == YAML_SCALAR_EVENT)
        added->block_scalar = event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE
                              || event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
    else if (event->type == YAML_MAPPING_START_EVENT)
        added->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        added->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    return true;
}

/* The parser counts characters, the text is octets. */
static void to_octets(struct rz_formatter *formatter)
{
    size_t octet = 0, character = 0;
    size_t *marks[2];
    for (size_t i = 0; i < formatter->count; i++) {
        marks[0] = &formatter->events[i].start;
        marks[1] = &formatter->events[i].end;
        for (size_t k = 0; k < 2; k++) {
            if (*marks[k] < character)
                character = octet = 0;
            while (character < *marks[k] && octet < formatter->text.size) {
                do
                    octet++;
                while (octet < formatter->text.size
                       && ((unsigned char)formatter->text.data[octet] & 0xC0) == 0x80);
                character++;
            }
            *marks[k] = octet;
        }
    }
}

static bool match_ends(struct rz_formatter *formatter)
{
    size_t stack[RZ_YAML_DEPTH_MAX + 2], depth = 0;
    for (size_t i = 0; i < formatter->count; i++) {
        yaml_event_type_t type = formatter->events[i].type;
        if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT) {
            if (depth > RZ_YAML_DEPTH_MAX)
                return false;
            stack[depth++] = i;
        } else if ((type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT) && depth) {
            formatter->events[stack[--depth]].close = i;
        }
    }
    return depth == 0;
}

bool rz_format_read(struct rz_formatter *formatter)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool good = true, end = false;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)formatter->text.data,
                                 formatter->text.size);
    while (good && !end) {
        good = yaml_parser_parse(&parser, &event) && add_event(formatter, &event);
        end = good && event.type == YAML_STREAM_END_EVENT;
        if (good)
            yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (!good)
        return false;
    to_octets(formatter);
    return match_ends(formatter);
}

static void end_line(struct rz_formatter *formatter)
{
    if (formatter->line_open)
        rz_buffer_char(formatter->out, '\n');
    formatter->line_open = false;
}

/* The output column of a comment: that of the innermost collection it stands in or to the right of. */
static size_t comment_indent(const struct rz_formatter *formatter, size_t column, size_t least)
{
    size_t indent = least;
    for (size_t i = 0; i < formatter->level_count; i++)
        if (formatter->levels[i].source <= column)
            indent = formatter->levels[i].output;
    return indent;
}

/* Characters between the last line end and octet `at`. */
static size_t column_of(const char *text, size_t at)
{
    size_t column = 0;
    while (at > 0 && text[--at] != '\n')
        column += ((unsigned char)text[at] & 0xC0) != 0x80;
    return column;
}

/* Before a comment behind something: up to the column it had, since such comments are often aligned, and
 * two blanks at least. */
static void pad_comment(struct rz_formatter *formatter, size_t at)
{
    size_t wanted = column_of(formatter->text.data, at),
           here = column_of(formatter->out->data, formatter->out->size);
    rz_buffer_pad(formatter->out, ' ', wanted > here + 2 ? wanted - here : 2);
}

/* Writes the comments and blank lines up to octet `to`; those on lines of their own at `indent` or
 * deeper. */
static void carry_comments(struct rz_formatter *formatter, size_t to, size_t indent)
{
    struct rz_buffer *out = formatter->out;
    bool same_line = formatter->line_open;
    size_t breaks = 0, column = 0;
    for (size_t i = formatter->consumed; i < to; i++, column++) {
        char c = formatter->text.data[i];
        if (c == '\n') {
            breaks++;
            same_line = false;
            column = (size_t)-1;
            continue;
        }
        if (c != '#') {
            breaks = c == ' ' || c == '\t' || c == '\r' ? breaks : 0;
            continue;
        }
        const char *line_end = memchr(formatter->text.data + i, '\n', formatter->text.size - i);
        size_t end = line_end ? (size_t)(line_end - formatter->text.data) : formatter->text.size;
        struct rz_str comment = rz_str_trim((struct rz_str){formatter->text.data + i, end - i});
        if (same_line) {
            pad_comment(formatter, i);
        } else {
            end_line(formatter);
            if (breaks > 1 && out->size)
                rz_buffer_char(out, '\n');
            rz_buffer_pad(out, ' ', comment_indent(formatter, column, indent));
        }
        rz_buffer_str(out, comment);
        formatter->line_open = true;
        breaks = 0;
        same_line = false;
        i = end - 1;
    }
    bool blank = breaks > 1 && out->size && to < formatter->text.size;
    if (blank) {
        end_line(formatter);
        rz_buffer_char(out, '\n');
    }
    formatter->consumed = to > formatter->consumed ? to : formatter->consumed;
}

/* Whether a comment or a line of its own lies between here and `to`. */
static bool is_apart(const struct rz_formatter *formatter, size_t to)
{
    return to > formatter->consumed
           && memchr(formatter->text.data + formatter->consumed, '#', to - formatter->consumed);
}

static void start_line(struct rz_formatter *formatter, size_t indent)
{
    end_line(formatter);
    rz_buffer_pad(formatter->out, ' ', indent);
    formatter->line_open = true;
}

static void push_level(struct rz_formatter *formatter, size_t source, size_t output)
{
    if (formatter->level_count < sizeof formatter->levels / sizeof *formatter->levels) {
        formatter->levels[formatter->level_count].source = source;
        formatter->levels[formatter->level_count++].output = output;
    }
}

static void print_node(struct rz_formatter *formatter, size_t indent, bool after_dash);

/* A scalar, an alias or a flow collection, at the end of the current line. */
static void print_inline(struct rz_formatter *formatter, size_t indent)
{
    const struct rz_format_event *event = &formatter->events[formatter->at];
    rz_format_scalar(formatter, event, indent);
    formatter->line_open = true;
    formatter->consumed = event->end;
    /* The end of a block scalar is behind the blank lines that follow it, and its last line end. */
    if (event->block_scalar && formatter->consumed
        && formatter->text.data[formatter->consumed - 1] == '\n')
        formatter->consumed--;
    formatter->at++;
}

/* `key:`, or `? key` and `:` for long ones; the value follows. */
static void print_key(struct rz_formatter *formatter, size_t indent)
{
    const struct rz_format_event *key = &formatter->events[formatter->at];
    bool complex = key->end - key->start > KEY_OCTETS_MAX || key->block_scalar
                   || memchr(formatter->text.data + key->start, '\n', key->end - key->start);
    if (complex)
        rz_buffer_text(formatter->out, "? ");
    print_inline(formatter, indent + 2);
    if (complex)
        start_line(formatter, indent);
    rz_buffer_text(formatter->out, key->type == YAML_ALIAS_EVENT ? " :" : ":");
}

static bool is_block(const struct rz_formatter *formatter, size_t at)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    const struct rz_format_event *event = &formatter->events[at];
    if (event->type != YAML_MAPPING_START_EVENT && event->type != YAML_SEQUENCE_START_EVENT)
        return false;
    if (event->close == at + 1)
        return false; /* [] and {} */
    return !event->flow || !rz_format_flow(formatter, at, &line);
}

/* What stands before a collection: its anchor and tag. */
static void print_properties(struct rz_formatter *formatter, const struct rz_format_event *event)
{
    struct rz_str raw = {formatter->text.data + event->start, event->end - event->start};
    const char *bracket = event->flow ? strpbrk(raw.data, "[{") : NULL;
    if (bracket && (size_t)(bracket - raw.data) < raw.size)
        raw.size = (size_t)(bracket - raw.data);
    raw = rz_str_trim(raw);
    if (raw.size && (raw.data[0] == '&' || raw.data[0] == '!')) {
        rz_buffer_char(formatter->out, ' ');
        rz_buffer_str(formatter->out, raw);
    }
}

static void print_value(struct rz_formatter *formatter, size_t indent)
{
    const struct rz_format_event *event = &formatter->events[formatter->at];
    if (is_block(formatter, formatter->at)) {
        print_properties(formatter, event);
        print_node(formatter, indent + 2, false);
        return;
    }
    if (event->type == YAML_SCALAR_EVENT && event->start == event->end) { /* nothing is written */
        formatter->at++;
        return;
    }
    if (is_apart(formatter, event->start)) {
        carry_comments(formatter, event->start, indent + 2);
        start_line(formatter, indent + 2);
    } else {
        rz_buffer_char(formatter->out, ' ');
    }
    print_node(formatter, indent, false);
}

static void print_mapping(struct rz_formatter *formatter, size_t indent, bool after_dash)
{
    const struct rz_format_event *map = &formatter->events[formatter->at++];
    size_t level = formatter->level_count;
    for (bool first = true; formatter->at < map->close; first = false) {
        const struct rz_format_event *key = &formatter->events[formatter->at];
        if (first) {
            if (map->flow)
                formatter->consumed = map->end;
            push_level(formatter, map->flow ? SIZE_MAX : key->column, indent);
        }
        bool apart = is_apart(formatter, key->start);
        if (!(first && after_dash && !apart)) {
            carry_comments(formatter, key->start, indent);
            start_line(formatter, indent);
        }
        formatter->level_count = level + 1;
        print_key(formatter, indent);
        print_value(formatter, indent);
    }
    formatter->at++;
}

static void print_sequence(struct rz_formatter *formatter, size_t indent, bool after_dash)
{
    const struct rz_format_event *list = &formatter->events[formatter->at++];
    size_t level = formatter->level_count;
    for (bool first = true; formatter->at < list->close; first = false) {
        const struct rz_format_event *item = &formatter->events[formatter->at];
        if (first) {
            if (list->flow)
                formatter->consumed = list->end;
            push_level(formatter, list->flow ? SIZE_MAX : list->column, indent);
        }
        if (!(first && after_dash)) {
            carry_comments(formatter, item->start, indent);
            start_line(formatter, indent);
        }
        formatter->level_count = level + 1;
        rz_buffer_char(formatter->out, '-');
        if (is_block(formatter, formatter->at)) {
            print_properties(formatter, item);
            bool inline_start = item->type == YAML_MAPPING_START_EVENT
                                && formatter->out->data[formatter->out->size - 1] == '-';
            if (inline_start)
                rz_buffer_char(formatter->out, ' ');
            print_node(formatter, indent + 2, inline_start);
        } else if (item->start == item->end && item->type == YAML_SCALAR_EVENT) {
            formatter->at++;
        } else {
            rz_buffer_char(formatter->out, ' ');
            print_node(formatter, indent, false);
        }
    }
    formatter->at++;
}

static void print_node(struct rz_formatter *formatter, size_t indent, bool after_dash)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    const struct rz_format_event *event = &formatter->events[formatter->at];
    bool map = event->type == YAML_MAPPING_START_EVENT,
         list = event->type == YAML_SEQUENCE_START_EVENT;
    if (!map && !list) {
        print_inline(formatter, indent + 2);
        return;
    }
    if (!is_block(formatter, formatter->at)) {
        rz_format_flow(formatter, formatter->at, &line);
        rz_buffer_str(formatter->out, rz_buffer_view(&line));
        formatter->line_open = true;
        formatter->consumed = formatter->events[event->close].end;
        formatter->at = event->close + 1;
        return;
    }
    if (map)
        print_mapping(formatter, indent, after_dash);
    else
        print_sequence(formatter, indent, after_dash);
}

static void print_document(struct rz_formatter *formatter)
{
    for (formatter->at = 0; formatter->at < formatter->count;) {
        const struct rz_format_event *event = &formatter->events[formatter->at];
        bool node = event->type == YAML_SCALAR_EVENT || event->type == YAML_ALIAS_EVENT
                    || event->type == YAML_MAPPING_START_EVENT
                    || event->type == YAML_SEQUENCE_START_EVENT;
        if (event->type == YAML_DOCUMENT_START_EVENT && event->end > event->start) {
            carry_comments(formatter, event->start, 0);
            start_line(formatter, 0);
            rz_buffer_append(formatter->out, formatter->text.data + event->start,
                             event->end - event->start);
            formatter->consumed = event->end;
        }
        if (!node) {
            formatter->at++;
            continue;
        }
        if (!is_block(formatter, formatter->at)) {
            carry_comments(formatter, event->start, 0);
            start_line(formatter, 0);
        }
        print_node(formatter, 0, false);
    }
    carry_comments(formatter, formatter->text.size, 0);
    end_line(formatter);
}

/* Structure and text alike; places differ. */
static bool same_node(const struct rz_node *a, const struct rz_node *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == RZ_NODE_LIST && !same_node(a->items[i], b->items[i]))
            return false;
        if (a->kind == RZ_NODE_MAP
            && (!same_node(a->pairs[i].key, b->pairs[i].key)
                || !same_node(a->pairs[i].value, b->pairs[i].value)))
            return false;
    }
    return a->kind != RZ_NODE_SCALAR
           || (a->quoted == b->quoted && memcmp(a->text, b->text, a->count) == 0);
}

static size_t count_comments(struct rz_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '#';
    return count;
}

static enum rz_status check(const struct rz_source *source, const struct rz_node *before,
                            struct rz_str text, struct rz_diags *diags)
{
    struct rz_arena arena = {0};
    struct rz_diags unused = {0};
    struct rz_source formatted = {source->name, text};
    const struct rz_node *after = rz_yaml_load(&formatted, &arena, NULL, &unused);
    bool same = after && same_node(before, after)
                && count_comments(source->text) == count_comments(text);
    rz_arena_free(&arena);
    rz_diags_free(&unused);
    if (same)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(
        diags, RZ1014, rz_place_named(source->name),
        "the file cannot be laid out without a change of its meaning");
    rz_diag_hint(diags, diag, "it was left as it is; please report it");
    return RZ_UNSUPPORTED;
}

enum rz_status rz_yaml_format(struct rz_buffer *out, const struct rz_source *source,
                              struct rz_diags *diags)
{
    struct rz_arena arena = {0};
    struct rz_formatter formatter = {.out = out, .text = source->text};
    if (rz_str_starts_with(source->text, "\xEF\xBB\xBF")) /* a byte order mark says nothing here */
        formatter.text = (struct rz_str){source->text.data + 3, source->text.size - 3};
    size_t start = out->size;
    const struct rz_node *before = rz_yaml_load(source, &arena, NULL, diags);
    enum rz_status status = before && rz_format_read(&formatter) ? RZ_OK : RZ_INVALID;
    if (status == RZ_OK) {
        print_document(&formatter);
        status = check(source, before,
                       (struct rz_str){out->data ? out->data + start : "", out->size - start},
                       diags);
    }
    free(formatter.events);
    rz_arena_free(&arena);
    return status;
}
