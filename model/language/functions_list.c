/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of lists. */
#include "language/functions.h"
#include "support/alloc.h"
#include "support/hash.h"

#define FLATTEN_DEPTH_MAX 64

static struct rz_value call_range(struct rz_call *call)
{
    int64_t first = call->count > 1 ? call->arguments[0].integer : 0;
    int64_t end = call->arguments[call->count > 1].integer;
    int64_t step = call->count > 2 ? call->arguments[2].integer : 1, span;
    if (step == 0 || step == INT64_MIN)
        return rz_call_fail(call, "the step is 0");
    if (__builtin_sub_overflow(step > 0 ? end : first, step > 0 ? first : end, &span))
        return rz_call_fail(call, "the range is too large");
    uint64_t width = (uint64_t)(step > 0 ? step : -step);
    size_t count = span > 0 ? (size_t)(((uint64_t)span - 1) / width + 1) : 0;
    if (count > RZ_EXPRESSION_STEPS_MAX) /* before its octets are reckoned */
        count = RZ_EXPRESSION_STEPS_MAX + 1;
    struct rz_value *items = rz_call_items(call, count);
    for (size_t i = 0; items && i < count; i++)
        items[i] = rz_value_int(first + (int64_t)i * step);
    return rz_call_list(call, items, count);
}

static struct rz_value call_concat(struct rz_call *call)
{
    size_t count = 0, at = 0;
    for (uint32_t i = 0; i < call->count; i++)
        count += call->arguments[i].count;
    struct rz_value *items = rz_call_items(call, count);
    for (uint32_t i = 0; items && i < call->count; i++)
        for (uint32_t j = 0; j < call->arguments[i].count; j++)
            items[at++] = call->arguments[i].items[j];
    return rz_call_list(call, items, count);
}

/* Counts the items that are no lists, and writes them where `out` is given. */
static bool flatten(struct rz_call *call, const struct rz_value *list, unsigned depth,
                    struct rz_value *out, size_t *count)
{
    if (depth > FLATTEN_DEPTH_MAX) {
        rz_call_fail(call, "the list is nested more than %d deep", FLATTEN_DEPTH_MAX);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (!rz_evaluation_spend(call->evaluation, 1, 0))
            return false;
        if (list->items[i].kind != RZ_VALUE_LIST) {
            if (out)
                out[*count] = list->items[i];
            ++*count;
        } else if (!flatten(call, &list->items[i], depth + 1, out, count)) {
            return false;
        }
    }
    return true;
}

static struct rz_value call_flatten(struct rz_call *call)
{
    size_t count = 0, written = 0;
    if (!flatten(call, &call->arguments[0], 0, NULL, &count))
        return rz_value_null();
    struct rz_value *items = rz_call_items(call, count);
    if (!items || !flatten(call, &call->arguments[0], 0, items, &written))
        return rz_value_null();
    return rz_call_list(call, items, written);
}

/* Stable, in place, without recursion; false where two items have no order. */
static bool merge_sort(struct rz_call *call, struct rz_value *items, struct rz_value *other,
                       size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = start + 2 * run < count ? start + 2 * run : count;
            for (size_t a = start, b = middle, to = start; to < end; to++) {
                int order = 0;
                bool both = a < middle && b < end;
                if (both && !rz_value_compare(&items[a], &items[b], &order)) {
                    rz_call_fail(call, "%s and %s have no order",
                                 rz_value_kind_text((enum rz_value_kind)items[a].kind),
                                 rz_value_kind_text((enum rz_value_kind)items[b].kind));
                    return false;
                }
                other[to] = (both ? order <= 0 : a < middle) ? items[a++] : items[b++];
            }
        }
        memcpy(items, other, count * sizeof *items);
    }
    return true;
}

static struct rz_value call_sort(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    unsigned rounds = 1;
    while (list->count >> rounds)
        rounds++;
    for (unsigned i = 0; i < rounds; i++) /* each round may compare every item */
        if (!rz_evaluation_spend(call->evaluation, list->count / 16, 0))
            return rz_value_null();
    if (!rz_evaluation_spend_value(call->evaluation, list))
        return rz_value_null();
    struct rz_value *items = rz_call_items(call, list->count);
    struct rz_value *other = items ? rz_call_items(call, list->count) : NULL;
    if (!other)
        return rz_value_null();
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    return merge_sort(call, items, other, list->count) ? rz_call_list(call, items, list->count)
                                                       : rz_value_null();
}

/* Items that are equal hash alike: a number by its value as a double. */
static uint64_t hash_value(const struct rz_value *value)
{
    uint64_t hash = 0xcbf29ce484222325u
                    ^ (value->kind == RZ_VALUE_INT ? RZ_VALUE_FLOAT : value->kind);
    double number = value->kind == RZ_VALUE_INT ? (double)value->integer : value->number;
    if (value->kind == RZ_VALUE_BOOL)
        hash += value->boolean;
    else if (value->kind == RZ_VALUE_STRING)
        hash ^= rz_hash_of(value->text, value->count).low;
    else if (value->kind == RZ_VALUE_INT || value->kind == RZ_VALUE_FLOAT)
        hash ^= number == 0 ? 0 : rz_hash_of(&number, sizeof number).low;
    else
        hash += value->count; /* lists and maps of one size meet */
    return hash;
}

static struct rz_value call_unique(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    size_t slots = 8, count = 0;
    while (slots < (size_t)list->count * 2)
        slots *= 2;
    struct rz_value *items = rz_call_items(call, list->count);
    if (!items)
        return rz_value_null();
    RZ_CLEANUP(rz_free_pointer) uint32_t *table = rz_alloc_zero(slots, sizeof *table);
    for (uint32_t i = 0; i < list->count; i++) {
        size_t at = hash_value(&list->items[i]) & (slots - 1);
        for (; table[at] && !rz_value_equal(&items[table[at] - 1], &list->items[i]);
             at = (at + 1) & (slots - 1))
            if (!rz_evaluation_spend_value(call->evaluation, &list->items[i]))
                return rz_value_null();
        if (!table[at]) {
            items[count++] = list->items[i];
            table[at] = (uint32_t)count;
        }
    }
    return rz_call_list(call, items, count);
}

static struct rz_value call_zip(struct rz_call *call)
{
    size_t count = call->arguments[0].count;
    for (uint32_t i = 1; i < call->count; i++)
        if (call->arguments[i].count < count)
            count = call->arguments[i].count;
    struct rz_value *items = rz_call_items(call, count);
    for (size_t i = 0; items && i < count; i++) {
        struct rz_value *group = rz_call_items(call, call->count);
        if (!group)
            return rz_value_null();
        for (uint32_t j = 0; j < call->count; j++)
            group[j] = call->arguments[j].items[i];
        items[i] = rz_call_list(call, group, call->count);
    }
    return rz_call_list(call, items, count);
}

static struct rz_value call_reverse(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    struct rz_value *items = rz_call_items(call, list->count);
    for (uint32_t i = 0; items && i < list->count; i++)
        items[i] = list->items[list->count - 1 - i];
    return rz_call_list(call, items, list->count);
}

/* An end of the list; of an empty one the default, if there is one. */
static struct rz_value end_of(struct rz_call *call, bool last)
{
    const struct rz_value *list = &call->arguments[0];
    if (list->count)
        return list->items[last ? list->count - 1 : 0];
    return call->count > 1 ? call->arguments[1] : rz_call_fail(call, "the list is empty");
}

static struct rz_value call_first(struct rz_call *call)
{
    return end_of(call, false);
}

static struct rz_value call_last(struct rz_call *call)
{
    return end_of(call, true);
}

/* Items from `from` up to, without, `to`; negative ones count from the end. */
static struct rz_value call_slice(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    int64_t size = list->count, ends[2] = {call->arguments[1].integer, size};
    if (call->count > 2)
        ends[1] = call->arguments[2].integer;
    for (int i = 0; i < 2; i++) {
        ends[i] = ends[i] < -size ? 0 : ends[i] < 0 ? ends[i] + size : ends[i];
        ends[i] = ends[i] > size ? size : ends[i];
    }
    size_t count = ends[1] > ends[0] ? (size_t)(ends[1] - ends[0]) : 0;
    return rz_call_list(call, count ? list->items + ends[0] : list->items, count);
}

static struct rz_value call_sum(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    int64_t total = 0;
    double number = 0;
    bool is_float = false;
    if (!rz_evaluation_spend(call->evaluation, list->count, 0))
        return rz_value_null();
    for (uint32_t i = 0; i < list->count; i++) {
        const struct rz_value *item = &list->items[i];
        if (item->kind != RZ_VALUE_INT && item->kind != RZ_VALUE_FLOAT)
            return rz_call_fail(call, "item %u is %s", i,
                                rz_value_kind_text((enum rz_value_kind)item->kind));
        is_float |= item->kind == RZ_VALUE_FLOAT;
        number += item->kind == RZ_VALUE_INT ? (double)item->integer : item->number;
        if (item->kind == RZ_VALUE_INT && __builtin_add_overflow(total, item->integer, &total))
            return rz_call_fail(call, "the number gets too large");
    }
    return is_float ? rz_value_float(number) : rz_value_int(total);
}

static struct rz_value count_true(struct rz_call *call, bool wanted)
{
    const struct rz_value *list = &call->arguments[0];
    if (!rz_evaluation_spend(call->evaluation, list->count, 0))
        return rz_value_null();
    for (uint32_t i = 0; i < list->count; i++)
        if (rz_value_is_true(&list->items[i]) == wanted)
            return rz_value_bool(wanted);
    return rz_value_bool(!wanted);
}

static struct rz_value call_any(struct rz_call *call)
{
    return count_true(call, true);
}

static struct rz_value call_all(struct rz_call *call)
{
    return count_true(call, false);
}

/* clang-format off */
const struct rz_function rz_functions_list[] = {
    {"range", "i?ii", "range(end) or range(first, end, step = 1) → list",
     "Whole numbers from `first` (0) up to, without, `end`.", "[range(3), range(1, 4), range(10, 0, -5)]",
     "[[0,1,2],[1,2,3],[10,5]]", call_range},
    {"concat", "l*", "concat(lists…) → list", "The items of all lists.", "concat([1], [2, 3], [])", "[1,2,3]", call_concat},
    {"flatten", "l", "flatten(list) → list", "The items of the lists inside, at any depth.",
     "flatten([1, [2, [3]], []])", "[1,2,3]", call_flatten},
    {"unique", "l", "unique(list) → list", "Each item once, where it is first.", "unique([2, 1, 2, 1.0])", "[2,1]", call_unique},
    {"sort", "l", "sort(list) → list", "In ascending order: numbers, strings by octets, or lists.",
     "sort([\"b\", \"a\"])", "[\"a\",\"b\"]", call_sort},
    {"zip", "l*", "zip(lists…) → list", "Lists of the first items, the second ones and so on, as far as the shortest list reaches.",
     "zip([\"a\", \"b\"], [1, 2])", "[[\"a\",1],[\"b\",2]]", call_zip},
    {"reverse", "l", "reverse(list) → list", "The last item first.", "reverse([1, 2, 3])", "[3,2,1]", call_reverse},
    {"first", "l?a", "first(list, default) → value", "The first item; the default of an empty list.",
     "[first([1, 2]), first([], 0)]", "[1,0]", call_first},
    {"last", "l?a", "last(list, default) → value", "The last item; the default of an empty list.",
     "[last([1, 2]), last([], 0)]", "[2,0]", call_last},
    {"slice", "li?i", "slice(list, from, to) → list",
     "The items from index `from` up to, without, `to` (the end); negative indexes count from the end.",
     "[slice([1, 2, 3, 4], 1, 3), slice([1, 2, 3], -2)]", "[[2,3],[2,3]]", call_slice},
    {"sum", "l", "sum(list) → number", "The numbers added up.", "sum([1, 2, 3])", "6", call_sum},
    {"any", "l", "any(list) → bool", "Whether an item is true.", "any([v > 2 for v in [1, 3]])", "true", call_any},
    {"all", "l", "all(list) → bool", "Whether all items are true; so they are in an empty list.",
     "all([v > 2 for v in [1, 3]])", "false", call_all},
    {0},
};
/* clang-format on */
