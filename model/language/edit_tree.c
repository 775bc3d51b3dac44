/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libyaml's events into nodes that know their octets. */
#include <stdlib.h>
#include <yaml.h>

#include "language/edit_internal.h"
#include "language/yaml.h"
#include "support/alloc.h"

struct builder {
    yaml_parser_t parser;
    struct rz_str text;
    struct rz_arena *arena;
    uint32_t *offsets; /* octets before each character; NULL: all are ASCII */
    bool failed;
};

/* Marks count characters. */
static void count_characters(struct builder *builder)
{
    const struct rz_str text = builder->text;
    size_t skip = rz_str_starts_with(text, "\xEF\xBB\xBF") ? 3 : 0, character = 0;
    bool ascii = skip == 0;
    for (size_t i = 0; i < text.size && ascii; i++)
        ascii = (text.data[i] & 0x80) == 0;
    if (ascii)
        return;
    builder->offsets = rz_alloc((text.size + 2) * sizeof *builder->offsets);
    for (size_t i = skip; i < text.size; i++)
        if ((text.data[i] & 0xC0) != 0x80)
            builder->offsets[character++] = (uint32_t)i;
    while (character < text.size + 2)
        builder->offsets[character++] = (uint32_t)text.size;
}

static size_t octet_of(const struct builder *builder, yaml_mark_t mark)
{
    size_t at = builder->offsets && mark.index < builder->text.size + 2
                    ? builder->offsets[mark.index]
                    : mark.index;
    return at < builder->text.size ? at : builder->text.size;
}

static bool next_event(struct builder *builder, yaml_event_t *event)
{
    if (!builder->failed && yaml_parser_parse(&builder->parser, event))
        return true;
    builder->failed = true;
    return false;
}

static struct rz_edit_node *new_node(struct builder *builder, const yaml_event_t *event)
{
    struct rz_edit_node *node = rz_arena_zero(builder->arena, sizeof *node);
    node->start = octet_of(builder, event->start_mark);
    node->end = octet_of(builder, event->end_mark);
    return node;
}

static void fill_scalar(struct builder *builder, struct rz_edit_node *node,
                        const yaml_event_t *event)
{
    struct rz_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    yaml_scalar_style_t style = event->data.scalar.style;
    bool plain = style == YAML_PLAIN_SCALAR_STYLE;
    node->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    node->anchored = event->data.scalar.anchor != NULL;
    node->kind = plain
                         && (text.size == 0 || rz_str_is(text, "~") || rz_str_is(text, "null")
                             || rz_str_is(text, "Null") || rz_str_is(text, "NULL"))
                     ? RZ_NODE_NULL
                     : RZ_NODE_SCALAR;
    node->text = rz_arena_str(builder->arena, text).data;
    node->size = text.size;
    /* Its end is where the next token begins. */
    while (node->block && node->end > node->start
           && strchr(" \t\r\n", builder->text.data[node->end - 1]))
        node->end--;
}

static struct rz_edit_node *build(struct builder *builder, yaml_event_t *event);

static void build_items(struct builder *builder, struct rz_edit_node *node, yaml_event_type_t end)
{
    size_t capacity = 0;
    struct rz_edit_node **items = NULL;
    yaml_event_t event;
    while (next_event(builder, &event)) {
        if (event.type == end) {
            if (node->flow || node->count == 0)
                node->end = octet_of(builder, event.end_mark);
            yaml_event_delete(&event);
            break;
        }
        struct rz_edit_node *item = build(builder, &event);
        if (!item)
            break;
        items = rz_grow(items, &capacity, node->count + 1, sizeof *items);
        items[node->count++] = item;
        node->anchored |= item->anchored;
        if (!node->flow)
            node->end = item->end;
    }
    node->items = rz_arena_alloc(builder->arena, (node->count + 1) * sizeof *node->items);
    if (node->count)
        memcpy(node->items, items, node->count * sizeof *items);
    free(items);
}

/* Takes the event over. */
static struct rz_edit_node *build(struct builder *builder, yaml_event_t *event)
{
    struct rz_edit_node *node = new_node(builder, event);
    yaml_event_type_t type = event->type;
    if (type == YAML_SCALAR_EVENT) {
        fill_scalar(builder, node, event);
    } else if (type == YAML_ALIAS_EVENT) {
        node->alias = true;
        node->kind = RZ_NODE_SCALAR;
        node->text = "";
    } else if (type == YAML_SEQUENCE_START_EVENT) {
        node->kind = RZ_NODE_LIST;
        node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        node->anchored = event->data.sequence_start.anchor != NULL;
    } else if (type == YAML_MAPPING_START_EVENT) {
        node->kind = RZ_NODE_MAP;
        node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        node->anchored = event->data.mapping_start.anchor != NULL;
    } else {
        builder->failed = true;
        node = NULL;
    }
    yaml_event_delete(event);
    if (node && node->kind == RZ_NODE_LIST)
        build_items(builder, node, YAML_SEQUENCE_END_EVENT);
    else if (node && node->kind == RZ_NODE_MAP)
        build_items(builder, node, YAML_MAPPING_END_EVENT);
    return node;
}

struct rz_edit_node *rz_edit_tree(struct rz_str text, struct rz_arena *arena)
{
    struct builder builder = {.text = text, .arena = arena};
    struct rz_edit_node *root = NULL;
    yaml_event_t event;
    bool ended = false;
    if (text.size >= UINT32_MAX - 2 || !yaml_parser_initialize(&builder.parser))
        return NULL;
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text.data, text.size);
    count_characters(&builder);
    while (!ended && next_event(&builder, &event)) {
        ended = event.type == YAML_STREAM_END_EVENT;
        bool content = event.type == YAML_SCALAR_EVENT || event.type == YAML_MAPPING_START_EVENT
                       || event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_ALIAS_EVENT;
        if (!content)
            yaml_event_delete(&event);
        else
            root = build(&builder, &event);
    }
    yaml_parser_delete(&builder.parser);
    free(builder.offsets);
    return builder.failed ? NULL : root;
}

struct rz_edit_node *rz_edit_get(const struct rz_edit_node *map, const char *key)
{
    if (!map || map->kind != RZ_NODE_MAP)
        return NULL;
    for (size_t i = 0; i + 1 < map->count; i += 2)
        if (map->items[i]->kind == RZ_NODE_SCALAR && !map->items[i]->alias
            && strcmp(map->items[i]->text, key) == 0)
            return map->items[i + 1];
    return NULL;
}
