/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of maps. A map keeps its entries in the order written. */
#include <stdlib.h>

#include "language/functions.h"
#include "support/alloc.h"
#include "support/hash.h"

static struct rz_value call_keys(struct rz_call *call)
{
    const struct rz_value *map = &call->arguments[0];
    struct rz_value *items = rz_call_items(call, map->count);
    for (uint32_t i = 0; items && i < map->count; i++)
        items[i] = rz_value_text(map->entries[i].key);
    return rz_call_list(call, items, map->count);
}

static struct rz_value call_values(struct rz_call *call)
{
    const struct rz_value *map = &call->arguments[0];
    struct rz_value *items = rz_call_items(call, map->count);
    for (uint32_t i = 0; items && i < map->count; i++)
        items[i] = map->entries[i].value;
    return rz_call_list(call, items, map->count);
}

/* Entries while a map is made; keys are found by hash. */
struct making {
    struct rz_entry *entries;
    size_t count, slots;
    uint32_t *table; /* of indexes + 1 */
};

static bool making_begin(struct rz_call *call, struct making *making, size_t most)
{
    *making = (struct making){.slots = 8, .entries = rz_call_entries(call, most)};
    if (!making->entries)
        return false;
    while (making->slots < most * 2)
        making->slots *= 2;
    making->table = rz_alloc_zero(making->slots, sizeof *making->table);
    return true;
}

/* The entry of a key, new ones with null. */
static struct rz_entry *making_entry(struct making *making, struct rz_str key)
{
    size_t at = rz_hash_of(key.data, key.size).low & (making->slots - 1);
    for (; making->table[at]; at = (at + 1) & (making->slots - 1))
        if (rz_str_equal(making->entries[making->table[at] - 1].key, key))
            return &making->entries[making->table[at] - 1];
    making->entries[making->count++] = (struct rz_entry){key, rz_value_null()};
    making->table[at] = (uint32_t)making->count;
    return &making->entries[making->count - 1];
}

static struct rz_value call_merge(struct rz_call *call)
{
    struct making making;
    size_t most = 0;
    for (uint32_t i = 0; i < call->count; i++)
        most += call->arguments[i].count;
    if (!making_begin(call, &making, most))
        return rz_value_null();
    for (uint32_t i = 0; i < call->count; i++)
        for (uint32_t j = 0; j < call->arguments[i].count; j++)
            making_entry(&making, call->arguments[i].entries[j].key)->value =
                call->arguments[i].entries[j].value;
    free(making.table);
    return rz_call_map(call, making.entries, making.count);
}

/* Where the entries' keys or values cannot be told, false. */
static bool read_pair(struct rz_call *call, const struct rz_value *item, uint32_t i,
                      struct rz_str *key, struct rz_value *value)
{
    if (item->kind != RZ_VALUE_LIST || item->count != 2 || item->items[0].kind >= RZ_VALUE_LIST) {
        rz_call_fail(call, "item %u is not a list of a key and a value", i);
        return false;
    }
    struct rz_buffer text = {0};
    rz_value_print(&text, &item->items[0]);
    struct rz_value printed = rz_call_buffer(call, &text);
    rz_buffer_free(&text);
    *key = printed.kind == RZ_VALUE_STRING ? rz_value_str(&printed) : RZ_STR("");
    *value = item->items[1];
    return printed.kind == RZ_VALUE_STRING;
}

static struct rz_value call_map(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    struct making making;
    struct rz_str key;
    struct rz_value value;
    if (!making_begin(call, &making, list->count))
        return rz_value_null();
    for (uint32_t i = 0; i < list->count; i++) {
        if (!read_pair(call, &list->items[i], i, &key, &value)) {
            free(making.table);
            return rz_value_null();
        }
        making_entry(&making, key)->value = value;
    }
    free(making.table);
    return rz_call_map(call, making.entries, making.count);
}

/* The key under which group_by() files an item: its field as a text. */
static bool group_key(struct rz_call *call, const struct rz_value *item, uint32_t i,
                      struct rz_str *key)
{
    struct rz_str field = rz_value_str(&call->arguments[1]);
    const struct rz_value *found = rz_value_get(item, field);
    if (!found || found->kind >= RZ_VALUE_LIST) {
        rz_call_fail(call, "item %u has no plain `%.*s`", i, RZ_STR_ARG(field));
        return false;
    }
    struct rz_buffer text = {0};
    rz_value_print(&text, found);
    struct rz_value printed = rz_call_buffer(call, &text);
    rz_buffer_free(&text);
    *key = printed.kind == RZ_VALUE_STRING ? rz_value_str(&printed) : RZ_STR("");
    return printed.kind == RZ_VALUE_STRING;
}

/* Two passes: the sizes of the groups stand as whole numbers until their lists have room. */
static bool group_items(struct rz_call *call, struct making *making, struct rz_str *keys)
{
    const struct rz_value *list = &call->arguments[0];
    for (uint32_t i = 0; i < list->count; i++) {
        if (!group_key(call, &list->items[i], i, &keys[i]))
            return false;
        struct rz_entry *entry = making_entry(making, keys[i]);
        entry->value = rz_value_int(entry->value.kind == RZ_VALUE_INT ? entry->value.integer + 1
                                                                      : 1);
    }
    RZ_CLEANUP(rz_free_pointer)
    struct rz_value **groups = rz_alloc((making->count + 1) * sizeof *groups);
    for (size_t i = 0; i < making->count; i++) {
        groups[i] = rz_call_items(call, (size_t)making->entries[i].value.integer);
        if (!groups[i])
            return false;
        making->entries[i].value = rz_call_list(call, groups[i], 0);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        struct rz_entry *entry = making_entry(making, keys[i]);
        groups[entry - making->entries][entry->value.count++] = list->items[i];
    }
    return true;
}

static struct rz_value call_group_by(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    struct making making;
    if (!making_begin(call, &making, list->count))
        return rz_value_null();
    struct rz_str *keys = rz_alloc((list->count + 1) * sizeof *keys);
    bool done = group_items(call, &making, keys);
    free(keys);
    free(making.table);
    return done ? rz_call_map(call, making.entries, making.count) : rz_value_null();
}

static struct rz_value call_lookup(struct rz_call *call)
{
    const struct rz_value *map = &call->arguments[0];
    struct rz_str key = rz_value_str(&call->arguments[1]);
    if (!rz_evaluation_spend(call->evaluation, map->count / 32, 0))
        return rz_value_null();
    const struct rz_value *found = rz_value_get(map, key);
    if (found)
        return *found;
    return call->count > 2 ? call->arguments[2]
                           : rz_call_fail(call, "the map has no `%.*s`",
                                          key.size < 80 ? (int)key.size : 80, key.data);
}

/* clang-format off */
const struct rz_function rz_functions_map[] = {
    {"keys", "m", "keys(map) → list", "The keys in the order written.", "keys({b: 1, a: 2})", "[\"b\",\"a\"]", call_keys},
    {"values", "m", "values(map) → list", "The values in the order written.", "values({b: 1, a: 2})", "[1,2]", call_values},
    {"merge", "m*", "merge(maps…) → map", "The entries of all maps; of a key that several have, the last value.",
     "merge({a: 1, b: 2}, {b: 3})", "{\"a\":1,\"b\":3}", call_merge},
    {"map", "l", "map(pairs) → map", "A map of a list of keys and values, such as zip() and comprehensions make.",
     "map([[h, format(\"192.0.2.%d\", i)] for i, h in [\"a\", \"b\"]])", "{\"a\":\"192.0.2.0\",\"b\":\"192.0.2.1\"}", call_map},
    {"group_by", "ls", "group_by(list, field) → map", "The items, which are maps, as lists by the text of a field.",
     "group_by([{n: \"a\", s: 1}, {n: \"b\", s: 2}, {n: \"c\", s: 1}], \"s\")[\"1\"]",
     "[{\"n\":\"a\",\"s\":1},{\"n\":\"c\",\"s\":1}]", call_group_by},
    {"lookup", "ms?a", "lookup(map, key, default) → value", "The value of a key; the default where there is none.",
     "[lookup({a: 1}, \"a\"), lookup({a: 1}, \"b\", 0)]", "[1,0]", call_lookup},
    {0},
};
/* clang-format on */
