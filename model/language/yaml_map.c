/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps: unique keys, merge keys, and the budget of what aliases may add. */
#include <stdlib.h>
#include <xxhash.h>

#include "language/yaml_internal.h"
#include "support/alloc.h"

void rz_yaml_push(struct rz_yaml_loader *loader, const struct rz_node *node)
{
    loader->stack = rz_grow(loader->stack, &loader->stack_capacity, loader->stack_size + 1,
                            sizeof *loader->stack);
    loader->stack[loader->stack_size++] = node;
}

void rz_yaml_keep_all(struct rz_yaml_loader *loader)
{
    if (loader->keep)
        return;
    loader->keep = true;
    if (loader->scratch)
        rz_arena_absorb(loader->arena, loader->scratch);
    loader->current = loader->arena;
}

void rz_yaml_charge(struct rz_yaml_loader *loader, size_t nodes, yaml_mark_t mark)
{
    size_t budget = RZ_YAML_ALIAS_FACTOR * loader->source->text.size;
    if (budget > RZ_YAML_ALIAS_NODES_MAX)
        budget = RZ_YAML_ALIAS_NODES_MAX;
    loader->size += nodes;
    loader->charged += nodes;
    if (loader->charged <= budget || loader->broken)
        return;
    rz_diags_add(loader->diags, RZ1003, rz_yaml_place(loader, mark),
                 "aliases make the document larger than its budget of %zu nodes", budget);
    loader->broken = true;
}

static void report_duplicate(struct rz_yaml_loader *loader, const struct rz_node *key,
                             uint32_t first_line)
{
    struct rz_diag *diag = rz_diags_add(loader->diags, RZ1002, rz_node_place(loader->source, key),
                                        "`%.200s` is given twice in this map", key->text);
    rz_diag_related(loader->diags, diag, "first given at %s:%u", loader->source->name, first_line);
    rz_diag_hint(loader->diags, diag, "join the two, or delete one");
    loader->failed = true;
}

static struct rz_yaml_seen *seen_slot(struct rz_yaml_seen *seen, size_t capacity, uint64_t hash)
{
    size_t at = hash & (capacity - 1);
    while (seen[at].line && seen[at].hash != hash)
        at = (at + 1) & (capacity - 1);
    return &seen[at];
}

static void grow_seen(struct rz_yaml_loader *loader)
{
    size_t capacity = loader->seen_capacity ? loader->seen_capacity * 2 : 64;
    struct rz_yaml_seen *grown = rz_alloc_zero(capacity, sizeof *grown);
    for (size_t i = 0; i < loader->seen_capacity; i++)
        if (loader->seen[i].line)
            *seen_slot(grown, capacity, loader->seen[i].hash) = loader->seen[i];
    free(loader->seen);
    loader->seen = grown;
    loader->seen_capacity = capacity;
}

static void put_seen(struct rz_yaml_loader *loader, struct rz_yaml_seen entry)
{
    if (loader->seen_count * 4 >= loader->seen_capacity * 3)
        grow_seen(loader);
    *seen_slot(loader->seen, loader->seen_capacity, entry.hash) = entry;
    loader->seen_count++;
}

/* Whether the key is behind the one before, as in a file that is sorted: then nothing needs to be
 * looked up, only noted. */
static bool is_ascending(struct rz_yaml_loader *loader, const struct rz_node *key)
{
    size_t size = key->count, common = size < loader->last_size ? size : loader->last_size;
    if (size > sizeof loader->last_key)
        return false;
    int order = memcmp(loader->last_key, key->text, common);
    if (loader->ordered_count && (order > 0 || (order == 0 && loader->last_size >= size)))
        return false;
    memcpy(loader->last_key, key->text, size);
    loader->last_size = size;
    if (!loader->ordered_count) {
        memcpy(loader->first_key, key->text, size);
        loader->first_size = size;
    }
    return true;
}

static void put_ordered(struct rz_yaml_loader *loader, struct rz_yaml_seen entry)
{
    loader->ordered = rz_grow(loader->ordered, &loader->ordered_capacity, loader->ordered_count + 1,
                              sizeof entry);
    loader->ordered[loader->ordered_count++] = entry;
}

/* What was noted in order becomes what is looked up. */
static void end_order(struct rz_yaml_loader *loader)
{
    for (; loader->ordered_count; loader->ordered_count--)
        put_seen(loader, loader->ordered[loader->ordered_count - 1]);
}

static const struct rz_yaml_seen *find_seen(const struct rz_yaml_loader *loader, uint64_t hash)
{
    if (!loader->seen_capacity)
        return NULL;
    const struct rz_yaml_seen *slot = seen_slot(loader->seen, loader->seen_capacity, hash);
    return slot->line ? slot : NULL;
}

/* Hashes stand for the keys: 64 bits of XXH3 make a false alarm among a million keys a chance of
 * one in 10^7, and a false alarm is an error that names both lines, never a wrong zone. */
bool rz_yaml_is_first(struct rz_yaml_loader *loader, const struct rz_node *key)
{
    struct rz_yaml_seen entry = {XXH3_64bits(key->text, key->count), key->line};
    if (loader->seen_count == 0 && is_ascending(loader, key)) {
        put_ordered(loader, entry);
        return true;
    }
    end_order(loader);
    const struct rz_yaml_seen *before = find_seen(loader, entry.hash);
    if (before) {
        report_duplicate(loader, key, before->line);
        return false;
    }
    put_seen(loader, entry);
    return true;
}

/* Whether all keys of both are one ascending row. */
static bool is_continued(const struct rz_yaml_loader *loader, const struct rz_yaml_loader *part)
{
    if (loader->seen_count || part->seen_count)
        return false;
    size_t size = loader->last_size < part->first_size ? loader->last_size : part->first_size;
    int order = memcmp(loader->last_key, part->first_key, size);
    return order < 0 || (order == 0 && loader->last_size < part->first_size);
}

bool rz_yaml_join_keys(struct rz_yaml_loader *loader, const struct rz_yaml_loader *part)
{
    if (is_continued(loader, part)) {
        for (size_t i = 0; i < part->ordered_count; i++)
            put_ordered(loader, part->ordered[i]);
        memcpy(loader->last_key, part->last_key, part->last_size);
        loader->last_size = part->last_size;
        return true;
    }
    end_order(loader);
    for (size_t i = 0; i < part->ordered_count; i++)
        if (find_seen(loader, part->ordered[i].hash))
            return false;
    for (size_t i = 0; i < part->seen_capacity; i++)
        if (part->seen[i].line && find_seen(loader, part->seen[i].hash))
            return false;
    for (size_t i = 0; i < part->ordered_count; i++)
        put_seen(loader, part->ordered[i]);
    for (size_t i = 0; i < part->seen_capacity; i++)
        if (part->seen[i].line)
            put_seen(loader, part->seen[i]);
    return true;
}

#define LINEAR_MAX 16

static int compare_keys(const void *left, const void *right)
{
    const struct rz_node *a = *(const struct rz_node *const *)left;
    const struct rz_node *b = *(const struct rz_node *const *)right;
    size_t common = a->count < b->count ? a->count : b->count;
    int order = memcmp(a->text, b->text, common);
    if (order == 0)
        order = (a->count > b->count) - (a->count < b->count);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Keys of `pairs` that stand there twice, by sorting where there are many. */
static void check_unique(struct rz_yaml_loader *loader, const struct rz_pair *pairs, size_t count)
{
    if (count <= LINEAR_MAX) {
        for (size_t i = 1; i < count; i++)
            for (size_t k = 0; k < i; k++)
                if (rz_str_equal(rz_node_str(pairs[i].key), rz_node_str(pairs[k].key))) {
                    report_duplicate(loader, pairs[i].key, pairs[k].key->line);
                    break;
                }
        return;
    }
    const struct rz_node **keys = rz_alloc(count * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = pairs[i].key;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++)
        if (rz_str_equal(rz_node_str(keys[i]), rz_node_str(keys[i - 1])))
            report_duplicate(loader, keys[i], keys[i - 1]->line);
    free(keys);
}

struct pair_list {
    struct rz_pair *items;
    size_t count, capacity;
    struct rz_map keys; /* of all items, once they are many */
};

static void note_key(struct pair_list *list, const struct rz_node *key)
{
    void *known = list; /* any pointer: only the key counts */
    rz_map_set(&list->keys, rz_node_str(key), known);
}

static bool has_key(struct pair_list *list, const struct rz_node *key)
{
    if (list->count > LINEAR_MAX) {
        for (size_t i = list->keys.count ? list->count : 0; i < list->count; i++)
            note_key(list, list->items[i].key);
        return rz_map_get(&list->keys, rz_node_str(key)) != NULL;
    }
    for (size_t i = 0; i < list->count; i++)
        if (rz_str_equal(rz_node_str(list->items[i].key), rz_node_str(key)))
            return true;
    return false;
}

static void add_pair(struct pair_list *list, struct rz_pair pair)
{
    list->items = rz_grow(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    list->items[list->count++] = pair;
    if (list->keys.count)
        note_key(list, pair.key);
}

/* Pairs of a merged map that the list does not have yet: explicit keys and earlier maps win. */
static void merge_map(struct rz_yaml_loader *loader, struct pair_list *list,
                      const struct rz_node *from, const struct rz_node *at)
{
    yaml_mark_t mark = {0, at->line - 1u, at->column - 1u};
    if (from->kind != RZ_NODE_MAP) {
        rz_diags_add(loader->diags, RZ1010, rz_yaml_place(loader, mark),
                     "`<<` merges maps, but this is %s", rz_node_kind_text(from));
        loader->failed = true;
        return;
    }
    rz_yaml_charge(loader, from->count, mark);
    for (uint32_t i = 0; i < from->count && !loader->broken; i++) {
        if (has_key(list, from->pairs[i].key))
            continue;
        add_pair(list, from->pairs[i]);
    }
}

bool rz_yaml_is_merge_key(const struct rz_node *key)
{
    return !key->quoted && key->count == 2 && memcmp(key->text, "<<", 2) == 0;
}

static void merge_all(struct rz_yaml_loader *loader, struct pair_list *list,
                      const struct rz_node *const *nodes, size_t count)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        const struct rz_node *value = nodes[i + 1];
        if (!rz_yaml_is_merge_key(nodes[i]))
            continue;
        if (value->kind != RZ_NODE_LIST)
            merge_map(loader, list, value, nodes[i]);
        for (uint32_t k = 0; value->kind == RZ_NODE_LIST && k < value->count; k++)
            merge_map(loader, list, value->items[k], nodes[i]);
    }
}

bool rz_yaml_finish_plain_map(struct rz_yaml_loader *loader, struct rz_node *map, size_t base)
{
    size_t count = loader->stack_size - base;
    const struct rz_node *const *nodes = loader->stack + base;
    struct rz_pair *pairs = rz_arena_alloc(loader->current, count / 2 * sizeof *pairs);
    loader->stack_size = base;
    if (count / 2 > LINEAR_MAX)
        return false;
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (rz_yaml_is_merge_key(nodes[i]))
            return false;
        for (size_t k = 0; k < i; k += 2)
            if (rz_str_equal(rz_node_str(nodes[i]), rz_node_str(nodes[k])))
                return false;
        pairs[i / 2] = (struct rz_pair){nodes[i], nodes[i + 1]};
    }
    map->pairs = pairs;
    map->count = (uint32_t)(count / 2);
    return true;
}

void rz_yaml_finish_list(struct rz_yaml_loader *loader, struct rz_node *list, size_t base)
{
    size_t count = loader->stack_size - base;
    const struct rz_node **items = rz_arena_alloc(loader->current, count * sizeof *items);
    if (count)
        memcpy(items, loader->stack + base, count * sizeof *items);
    loader->stack_size = base;
    list->items = items;
    list->count = (uint32_t)count;
}

void rz_yaml_finish_map(struct rz_yaml_loader *loader, struct rz_node *map, size_t base)
{
    size_t count = loader->stack_size - base, own = 0;
    const struct rz_node *const *nodes = count ? loader->stack + base : NULL;
    struct rz_pair *pairs = rz_arena_alloc(loader->current, count / 2 * sizeof *pairs);
    for (size_t i = 0; i + 1 < count; i += 2)
        if (!rz_yaml_is_merge_key(nodes[i]))
            pairs[own++] = (struct rz_pair){nodes[i], nodes[i + 1]};
    check_unique(loader, pairs, own);
    if (own < count / 2) {
        struct pair_list list = {.count = own, .capacity = own};
        list.items = rz_alloc(own * sizeof *list.items);
        if (own)
            memcpy(list.items, pairs, own * sizeof *pairs);
        merge_all(loader, &list, nodes, count);
        pairs = rz_arena_alloc(loader->current, list.count * sizeof *pairs);
        if (list.count)
            memcpy(pairs, list.items, list.count * sizeof *pairs);
        own = list.count;
        free(list.items);
        rz_map_free(&list.keys);
    }
    loader->stack_size = base;
    map->pairs = pairs;
    map->count = (uint32_t)own;
}
