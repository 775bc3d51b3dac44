/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From libyaml's events to positioned nodes. The entries of one streamed map are built in a scratch
 * arena that is reset for each, until an anchor or a receiver wants nodes to stay. */
#include "language/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "language/yaml_internal.h"
#include "support/alloc.h"

/* The longest RDATA, each octet written as \DDD, with the quotes of its strings. */
#define SCALAR_OCTETS_MAX 327680

static bool next_event(struct rz_yaml_loader *loader, yaml_event_t *event)
{
    if (yaml_parser_parse(&loader->parser, event))
        return true;
    rz_yaml_report_syntax(loader);
    loader->broken = true;
    return false;
}

struct rz_place rz_yaml_place(const struct rz_yaml_loader *loader, yaml_mark_t mark)
{
    return (struct rz_place){.source = loader->source,
                             .line = (uint32_t)mark.line + 1,
                             .column = (uint32_t)mark.column + 1};
}

static struct rz_node *new_node(struct rz_yaml_loader *loader, enum rz_node_kind kind,
                                yaml_mark_t mark)
{
    struct rz_node *node = rz_arena_alloc(loader->current, sizeof *node);
    size_t column = mark.column + 1;
    *node = (struct rz_node){.kind = kind,
                             .line = (uint32_t)mark.line + 1,
                             .column = (uint16_t)(column > UINT16_MAX ? UINT16_MAX : column)};
    loader->size++;
    return node;
}

bool rz_yaml_is_null_word(const char *text, size_t size)
{
    return size == 0 || (size == 1 && *text == '~')
           || (size == 4
               && (memcmp(text, "null", 4) == 0 || memcmp(text, "NULL", 4) == 0
                   || memcmp(text, "Null", 4) == 0));
}

static struct rz_node *scalar_node(struct rz_yaml_loader *loader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    struct rz_node *node = new_node(loader, RZ_NODE_SCALAR, event->start_mark);
    if (size > SCALAR_OCTETS_MAX) {
        rz_diags_add(loader->diags, RZ1003, rz_yaml_place(loader, event->start_mark),
                     "a value has %zu octets; at most %d are allowed", size, SCALAR_OCTETS_MAX);
        loader->failed = true;
        size = 0;
    }
    node->quoted = quoted;
    node->count = (uint32_t)size;
    node->text = rz_arena_str(loader->current, (struct rz_str){text, size}).data;
    if (!quoted && !event->data.scalar.tag && rz_yaml_is_null_word(text, size))
        node->kind = RZ_NODE_NULL;
    return node;
}

/* Tags would change what a scalar is, which only fields may. */
static void check_tag(struct rz_yaml_loader *loader, const yaml_char_t *tag, yaml_mark_t mark)
{
    if (!tag || strncmp((const char *)tag, "tag:yaml.org,2002:", 18) == 0
        || strcmp((const char *)tag, "!") == 0)
        return;
    struct rz_diag *diag = rz_diags_add(loader->diags, RZ1005, rz_yaml_place(loader, mark),
                                        "tags such as `%.60s` have no meaning here",
                                        (const char *)tag);
    rz_diag_hint(loader->diags, diag, "delete the tag");
    loader->failed = true;
}

static const struct rz_node *compose(struct rz_yaml_loader *loader, yaml_event_t *event, int depth);

static const struct rz_node *compose_list(struct rz_yaml_loader *loader, yaml_mark_t mark,
                                          int depth)
{
    struct rz_node *node = new_node(loader, RZ_NODE_LIST, mark);
    size_t base = loader->stack_size;
    yaml_event_t event;
    while (!loader->broken && next_event(loader, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        rz_yaml_push(loader, compose(loader, &event, depth + 1));
    }
    rz_yaml_finish_list(loader, node, base);
    return node;
}

/* Keys must be scalars; anything else is reported and given an empty name. */
static const struct rz_node *compose_key(struct rz_yaml_loader *loader, yaml_event_t *event,
                                         int depth)
{
    yaml_mark_t mark = event->start_mark;
    const struct rz_node *key = compose(loader, event, depth);
    if (key->kind == RZ_NODE_SCALAR || loader->broken)
        return key;
    struct rz_node *text = new_node(loader, RZ_NODE_SCALAR, mark);
    bool is_word = key->kind == RZ_NODE_NULL && key->text; /* no text: an alias that failed */
    text->text = is_word ? key->text : "";
    text->count = is_word ? key->count : 0;
    if (key->kind != RZ_NODE_NULL) {
        rz_diags_add(loader->diags, RZ1005, rz_yaml_place(loader, mark),
                     "a key must be text, not %s", rz_node_kind_text(key));
        loader->failed = true;
    }
    return text;
}

/* Whether the event is the nothing that stays where the plain reader took a whole map. */
static bool is_emptied(const struct rz_yaml_loader *loader, const yaml_event_t *event)
{
    return loader->hole_end > loader->hole_begin && event->type == YAML_SCALAR_EVENT
           && event->data.scalar.length == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
           && !event->data.scalar.tag && !event->data.scalar.anchor;
}

static const struct rz_node *compose_map(struct rz_yaml_loader *loader, yaml_mark_t mark, int depth)
{
    struct rz_node *node = new_node(loader, RZ_NODE_MAP, mark);
    size_t base = loader->stack_size;
    yaml_event_t event;
    while (!loader->broken && next_event(loader, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        const struct rz_node *key = compose_key(loader, &event, depth + 1);
        if (loader->broken || !next_event(loader, &event))
            break;
        bool streamed = depth == 0 && loader->stream && loader->stream->key
                        && (event.type == YAML_MAPPING_START_EVENT || is_emptied(loader, &event))
                        && strcmp(key->text, loader->stream->key) == 0;
        rz_yaml_push(loader, key);
        rz_yaml_push(loader, streamed ? rz_yaml_stream_map(loader, &event)
                                      : compose(loader, &event, depth + 1));
    }
    rz_yaml_finish_map(loader, node, base);
    return node;
}

static const struct rz_node *compose_alias(struct rz_yaml_loader *loader, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct rz_yaml_anchor *anchor = rz_map_get(&loader->anchors, rz_str_of(name));
    if (!anchor || !anchor->node) {
        struct rz_diag *diag = rz_diags_add(loader->diags, RZ1010,
                                            rz_yaml_place(loader, event->start_mark),
                                            anchor ? "`*%s` stands inside the value it names"
                                                   : "there is no anchor `&%s` before this alias",
                                            name);
        rz_diag_hint(loader->diags, diag, "a value that begins with `*` needs quotes: \"*%s\"",
                     name);
        loader->failed = true;
        return new_node(loader, RZ_NODE_NULL, event->start_mark);
    }
    rz_yaml_charge(loader, anchor->size, event->start_mark);
    return anchor->node;
}

static struct rz_yaml_anchor *open_anchor(struct rz_yaml_loader *loader, const yaml_char_t *name)
{
    if (!name)
        return NULL;
    rz_yaml_keep_all(loader);
    struct rz_yaml_anchor *anchor = rz_arena_zero(loader->arena, sizeof *anchor);
    anchor->size = loader->size;
    rz_map_set(&loader->anchors, rz_arena_str(loader->arena, rz_str_of((const char *)name)),
               anchor);
    return anchor;
}

static const yaml_char_t *anchor_name(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor;
    default: return NULL;
    }
}

/* Takes the event over. */
static const struct rz_node *compose(struct rz_yaml_loader *loader, yaml_event_t *event, int depth)
{
    yaml_mark_t mark = event->start_mark;
    const struct rz_node *node = NULL;
    if (depth > RZ_YAML_DEPTH_MAX) {
        rz_diags_add(loader->diags, RZ1003, rz_yaml_place(loader, mark),
                     "the document is nested deeper than %d levels", RZ_YAML_DEPTH_MAX);
        loader->broken = true;
        yaml_event_delete(event);
        return new_node(loader, RZ_NODE_NULL, mark);
    }
    struct rz_yaml_anchor *anchor = open_anchor(loader, anchor_name(event));
    yaml_event_type_t type = event->type;
    if (type == YAML_SCALAR_EVENT) {
        check_tag(loader, event->data.scalar.tag, mark);
        node = scalar_node(loader, event);
    } else if (type == YAML_ALIAS_EVENT) {
        node = compose_alias(loader, event);
    } else if (type == YAML_SEQUENCE_START_EVENT) {
        check_tag(loader, event->data.sequence_start.tag, mark);
    } else if (type == YAML_MAPPING_START_EVENT) {
        check_tag(loader, event->data.mapping_start.tag, mark);
    }
    yaml_event_delete(event);
    if (type == YAML_SEQUENCE_START_EVENT)
        node = compose_list(loader, mark, depth);
    else if (type == YAML_MAPPING_START_EVENT)
        node = compose_map(loader, mark, depth);
    if (!node) { /* an event that cannot stand here: the reading was broken off before */
        loader->broken = true;
        node = new_node(loader, RZ_NODE_NULL, mark);
    }
    if (anchor) {
        anchor->size = loader->size - anchor->size;
        anchor->node = node;
    }
    return node;
}

void rz_yaml_hand_over(struct rz_yaml_loader *loader, const struct rz_node *key,
                       const struct rz_node *value)
{
    if (rz_yaml_is_merge_key(key)) {
        rz_diags_add(loader->diags, RZ1010, rz_node_place(loader->source, key),
                     "`<<` cannot merge owners; merge inside an owner's map");
        loader->failed = true;
        return;
    }
    if (!rz_yaml_is_first(loader, key))
        return;
    if (loader->stream->entry(loader->stream->user, key, value) == RZ_YAML_KEEP)
        rz_yaml_keep_all(loader);
    if (!loader->keep)
        rz_arena_reset(loader->scratch);
}

/* Hands the entries of the map that `event` starts over one by one; the result is an empty map. */
const struct rz_node *rz_yaml_stream_map(struct rz_yaml_loader *loader, yaml_event_t *event)
{
    struct rz_node *map = new_node(loader, RZ_NODE_MAP, event->start_mark);
    bool emptied = event->type == YAML_SCALAR_EVENT;
    yaml_event_delete(event);
    if (emptied)
        return map;
    struct rz_arena scratch = {0};
    loader->scratch = &scratch;
    if (!loader->keep)
        loader->current = &scratch;
    while (!loader->broken && next_event(loader, event)) {
        if (event->type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(event);
            break;
        }
        const struct rz_node *key = compose_key(loader, event, 2);
        if (loader->broken || !next_event(loader, event))
            break;
        const struct rz_node *value = compose(loader, event, 2);
        if (loader->broken)
            break;
        rz_yaml_hand_over(loader, key, value);
    }
    loader->current = loader->arena;
    loader->scratch = NULL;
    rz_arena_free(&scratch);
    return map;
}

static const struct rz_node *compose_document(struct rz_yaml_loader *loader)
{
    const struct rz_node *root = NULL;
    yaml_event_t event;
    while (!loader->broken && next_event(loader, &event)) {
        yaml_event_type_t type = event.type;
        if (type == YAML_STREAM_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            rz_diags_add(loader->diags, RZ1001, rz_yaml_place(loader, event.start_mark),
                         "a second document begins here; a file holds one");
            loader->broken = true;
        }
        bool content = type == YAML_SCALAR_EVENT || type == YAML_MAPPING_START_EVENT
                       || type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT;
        if (!content)
            yaml_event_delete(&event);
        else if (loader->stream && !loader->stream->key
                 && (type == YAML_MAPPING_START_EVENT || is_emptied(loader, &event)))
            root = rz_yaml_stream_map(loader, &event);
        else
            root = compose(loader, &event, 0);
    }
    if (!root && !loader->broken)
        root = new_node(loader, loader->hole_end > loader->hole_begin ? RZ_NODE_MAP : RZ_NODE_NULL,
                        (yaml_mark_t){0});
    return root;
}

/* libyaml's input: the text, with the lines that were read already as empty ones. */
static int feed(void *user, unsigned char *buffer, size_t size, size_t *given)
{
    struct rz_yaml_loader *loader = user;
    size_t before = loader->hole_begin, hole = before + loader->hole_lines;
    size_t total = hole + (loader->text.size - loader->hole_end);
    size_t stop = loader->fed < before ? before : loader->fed < hole ? hole : total;
    size_t count = stop - loader->fed < size ? stop - loader->fed : size;
    if (loader->fed >= before && loader->fed < hole)
        memset(buffer, '\n', count);
    else if (count)
        memcpy(buffer,
               loader->text.data
                   + (loader->fed < before ? loader->fed : loader->fed - hole + loader->hole_end),
               count);
    loader->fed += count;
    *given = count;
    return 1;
}

const struct rz_node *rz_yaml_load(const struct rz_source *source, struct rz_arena *arena,
                                   const struct rz_yaml_stream *stream, struct rz_diags *diags)
{
    struct rz_str text = source->text;
    if (text.size > RZ_YAML_SIZE_MAX) {
        rz_diags_add(diags, RZ1003, (struct rz_place){.name = source->name},
                     "the file has %zu octets; at most %u are allowed", text.size,
                     RZ_YAML_SIZE_MAX);
        return NULL;
    }
    if (rz_str_starts_with(text, "\xEF\xBB\xBF")) { /* a UTF-8 byte order mark says nothing */
        text.data += 3;
        text.size -= 3;
    }
    struct rz_yaml_loader loader = {
        .source = source, .arena = arena, .current = arena, .stream = stream, .diags = diags};
    if (!yaml_parser_initialize(&loader.parser))
        rz_out_of_memory();
    yaml_parser_set_encoding(&loader.parser, YAML_UTF8_ENCODING);
    loader.text = text;
    if (stream)
        rz_yaml_stream_plain(&loader, text);
    yaml_parser_set_input(&loader.parser, feed, &loader);
    const struct rz_node *root = compose_document(&loader);
    yaml_parser_delete(&loader.parser);
    rz_map_free(&loader.anchors);
    free(loader.stack);
    free(loader.seen);
    free(loader.ordered);
    return loader.failed || loader.broken ? NULL : root;
}
