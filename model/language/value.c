/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values: comparison, printing, and the way from and to YAML nodes. */
#include "language/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"
#include "support/json_write.h"

const char *rz_value_kind_text(enum rz_value_kind kind)
{
    static const char *const texts[] = {"null",     "a boolean", "a whole number", "a number",
                                        "a string", "a list",    "a map"};
    return texts[kind];
}

/* The shortest spelling that reads back as the same number. */
static void print_float(struct rz_buffer *out, double number)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    rz_buffer_text(out, text);
}

static void print_int(struct rz_buffer *out, int64_t number)
{
    if (number < 0)
        rz_buffer_char(out, '-');
    rz_buffer_uint(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

bool rz_value_print(struct rz_buffer *out, const struct rz_value *value)
{
    switch ((enum rz_value_kind)value->kind) {
    case RZ_VALUE_NULL: return true;
    case RZ_VALUE_BOOL: rz_buffer_text(out, value->boolean ? "true" : "false"); return true;
    case RZ_VALUE_INT: print_int(out, value->integer); return true;
    case RZ_VALUE_FLOAT: print_float(out, value->number); return true;
    case RZ_VALUE_STRING: rz_buffer_str(out, rz_value_str(value)); return true;
    default: return false;
    }
}

void rz_value_json(struct rz_buffer *out, const struct rz_value *value)
{
    switch ((enum rz_value_kind)value->kind) {
    case RZ_VALUE_NULL: rz_buffer_text(out, "null"); return;
    case RZ_VALUE_STRING: rz_json_string(out, rz_value_str(value)); return;
    case RZ_VALUE_LIST:
        rz_buffer_char(out, '[');
        for (uint32_t i = 0; i < value->count; i++) {
            rz_json_comma(out);
            rz_value_json(out, &value->items[i]);
        }
        rz_buffer_char(out, ']');
        return;
    case RZ_VALUE_MAP:
        rz_buffer_char(out, '{');
        for (uint32_t i = 0; i < value->count; i++) {
            rz_json_comma(out);
            rz_json_string(out, value->entries[i].key);
            rz_buffer_char(out, ':');
            rz_value_json(out, &value->entries[i].value);
        }
        rz_buffer_char(out, '}');
        return;
    default: rz_value_print(out, value);
    }
}

bool rz_value_is_true(const struct rz_value *value)
{
    switch ((enum rz_value_kind)value->kind) {
    case RZ_VALUE_NULL: return false;
    case RZ_VALUE_BOOL: return value->boolean;
    case RZ_VALUE_INT: return value->integer != 0;
    case RZ_VALUE_FLOAT: return value->number != 0;
    default: return value->count > 0;
    }
}

static bool is_number(const struct rz_value *value)
{
    return value->kind == RZ_VALUE_INT || value->kind == RZ_VALUE_FLOAT;
}

static double as_double(const struct rz_value *value)
{
    return value->kind == RZ_VALUE_INT ? (double)value->integer : value->number;
}

static bool equal_items(const struct rz_value *a, const struct rz_value *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!rz_value_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct rz_entry *const *left = a, *const *right = b;
    struct rz_str x = (*left)->key, y = (*right)->key;
    int order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

/* The caller frees. */
static const struct rz_entry **sorted_entries(const struct rz_value *map)
{
    const struct rz_entry **sorted = rz_alloc((map->count + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < map->count; i++)
        sorted[i] = &map->entries[i];
    qsort(sorted, map->count, sizeof *sorted, by_key);
    return sorted;
}

/* Order does not matter, but is most often the same. */
static bool equal_entries(const struct rz_value *a, const struct rz_value *b)
{
    uint32_t same = 0;
    if (a->count != b->count)
        return false;
    for (; same < a->count && rz_str_equal(a->entries[same].key, b->entries[same].key); same++)
        if (!rz_value_equal(&a->entries[same].value, &b->entries[same].value))
            return false;
    if (same == a->count)
        return true;
    const struct rz_entry **left = sorted_entries(a), **right = sorted_entries(b);
    bool equal = true;
    for (uint32_t i = 0; equal && i < a->count; i++)
        equal = rz_str_equal(left[i]->key, right[i]->key)
                && rz_value_equal(&left[i]->value, &right[i]->value);
    free(left);
    free(right);
    return equal;
}

bool rz_value_equal(const struct rz_value *a, const struct rz_value *b)
{
    if (is_number(a) && is_number(b))
        return a->kind == RZ_VALUE_INT && b->kind == RZ_VALUE_INT ? a->integer == b->integer
                                                                  : as_double(a) == as_double(b);
    if (a->kind != b->kind)
        return false;
    switch ((enum rz_value_kind)a->kind) {
    case RZ_VALUE_NULL: return true;
    case RZ_VALUE_BOOL: return a->boolean == b->boolean;
    case RZ_VALUE_STRING: return rz_str_equal(rz_value_str(a), rz_value_str(b));
    case RZ_VALUE_LIST: return equal_items(a, b);
    default: return equal_entries(a, b);
    }
}

bool rz_value_compare(const struct rz_value *a, const struct rz_value *b, int *order)
{
    if (a->kind == RZ_VALUE_INT && b->kind == RZ_VALUE_INT) {
        *order = (a->integer > b->integer) - (a->integer < b->integer);
        return true;
    }
    if (is_number(a) && is_number(b)) {
        *order = (as_double(a) > as_double(b)) - (as_double(a) < as_double(b));
        return true;
    }
    if (a->kind == RZ_VALUE_STRING && b->kind == RZ_VALUE_STRING) {
        uint32_t shared = a->count < b->count ? a->count : b->count;
        *order = memcmp(a->text, b->text, shared);
        if (*order == 0)
            *order = (a->count > b->count) - (a->count < b->count);
        return true;
    }
    if (a->kind != RZ_VALUE_LIST || b->kind != RZ_VALUE_LIST)
        return false;
    for (uint32_t i = 0; i < a->count && i < b->count; i++)
        if (!rz_value_compare(&a->items[i], &b->items[i], order))
            return false;
        else if (*order)
            return true;
    *order = (a->count > b->count) - (a->count < b->count);
    return true;
}

const struct rz_value *rz_value_get(const struct rz_value *map, struct rz_str key)
{
    for (uint32_t i = 0; map->kind == RZ_VALUE_MAP && i < map->count; i++)
        if (rz_str_equal(map->entries[i].key, key))
            return &map->entries[i].value;
    return NULL;
}

/* -?(0|[1-9][0-9]*) of at most 18 digits: the spelling that printing gives back. */
static bool is_canonical_int(struct rz_str text)
{
    size_t i = text.size && text.data[0] == '-';
    if (i == text.size || text.size - i > 18 || (text.data[i] == '0' && text.size > 1))
        return false;
    for (; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

struct rz_value rz_value_of_text(struct rz_str text)
{
    if (is_canonical_int(text))
        return rz_value_int(strtoll(text.data, NULL, 10));
    if (rz_str_is(text, "true") || rz_str_is(text, "false"))
        return rz_value_bool(text.data[0] == 't');
    return rz_value_text(text);
}

struct rz_value rz_value_of_node(struct rz_arena *arena, const struct rz_node *node)
{
    struct rz_value value = {.kind = RZ_VALUE_NULL, .count = node->count};
    if (node->kind == RZ_NODE_SCALAR)
        return node->quoted ? rz_value_text(rz_node_str(node))
                            : rz_value_of_text(rz_node_str(node));
    if (node->kind == RZ_NODE_LIST) {
        struct rz_value *items = rz_arena_alloc(arena, node->count * sizeof *items);
        for (uint32_t i = 0; i < node->count; i++)
            items[i] = rz_value_of_node(arena, node->items[i]);
        value.kind = RZ_VALUE_LIST;
        value.items = items;
    } else if (node->kind == RZ_NODE_MAP) {
        struct rz_entry *entries = rz_arena_alloc(arena, node->count * sizeof *entries);
        for (uint32_t i = 0; i < node->count; i++)
            entries[i] = (struct rz_entry){rz_node_str(node->pairs[i].key),
                                           rz_value_of_node(arena, node->pairs[i].value)};
        value.kind = RZ_VALUE_MAP;
        value.entries = entries;
    }
    return value;
}

static const struct rz_node *scalar_node(struct rz_arena *arena, struct rz_str text,
                                         const struct rz_node *like)
{
    struct rz_node *node = rz_arena_alloc(arena, sizeof *node);
    *node = (struct rz_node){.kind = RZ_NODE_SCALAR,
                             .quoted = true,
                             .column = like->column,
                             .line = like->line,
                             .count = (uint32_t)text.size,
                             .text = text.data};
    return node;
}

const struct rz_node *rz_value_to_node(struct rz_arena *arena, const struct rz_value *value,
                                       const struct rz_node *like)
{
    struct rz_node *node = rz_arena_alloc(arena, sizeof *node);
    *node = (struct rz_node){.kind = RZ_NODE_NULL, .column = like->column, .line = like->line};
    if (value->kind == RZ_VALUE_NULL)
        return node;
    if (value->kind == RZ_VALUE_LIST) {
        const struct rz_node **items = rz_arena_alloc(arena, value->count * sizeof *items);
        for (uint32_t i = 0; i < value->count; i++)
            items[i] = rz_value_to_node(arena, &value->items[i], like);
        node->kind = RZ_NODE_LIST;
        node->items = items;
        node->count = value->count;
        return node;
    }
    if (value->kind == RZ_VALUE_MAP) {
        struct rz_pair *pairs = rz_arena_alloc(arena, value->count * sizeof *pairs);
        for (uint32_t i = 0; i < value->count; i++)
            pairs[i] = (struct rz_pair){scalar_node(arena, value->entries[i].key, like),
                                        rz_value_to_node(arena, &value->entries[i].value, like)};
        node->kind = RZ_NODE_MAP;
        node->pairs = pairs;
        node->count = value->count;
        return node;
    }
    if (value->kind == RZ_VALUE_STRING)
        return scalar_node(arena, rz_value_str(value), like);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_value_print(&text, value);
    return scalar_node(arena, rz_arena_str(arena, rz_buffer_view(&text)), like);
}
