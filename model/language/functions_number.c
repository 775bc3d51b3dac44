/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of numbers, and from one kind of value to another. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "language/fields.h"
#include "language/functions.h"

#define INT_TEXT_MAX 64 /* digits of base 2 */

static struct rz_value no_number(struct rz_call *call, const struct rz_value *value,
                                 const char *what)
{
    if (value->kind != RZ_VALUE_STRING)
        return rz_call_fail(call, "%s is no %s",
                            rz_value_kind_text((enum rz_value_kind)value->kind), what);
    return rz_call_fail(call, "`%.*s` is no %s", value->count < 80 ? (int)value->count : 80,
                        value->text, what);
}

static struct rz_value int_of_text(struct rz_call *call, int base)
{
    struct rz_str text = rz_str_trim(rz_value_str(&call->arguments[0]));
    char digits[INT_TEXT_MAX + 2], *end;
    if (text.size == 0 || text.size > INT_TEXT_MAX || text.data[0] == '+'
        || memchr(text.data, ' ', text.size))
        return no_number(call, &call->arguments[0], "whole number");
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    errno = 0;
    long long number = strtoll(digits, &end, base);
    if (errno || end != digits + text.size || (base == 16 && strpbrk(digits, "xX")))
        return no_number(call, &call->arguments[0], "whole number");
    return rz_value_int(number);
}

static struct rz_value int_of_float(struct rz_call *call, double number)
{
    if (!(number >= -9e18 && number <= 9e18))
        return rz_call_fail(call, "the number is too large");
    return rz_value_int((int64_t)number);
}

static struct rz_value call_int(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    int64_t base = call->count > 1 ? call->arguments[1].integer : 10;
    if (base < 2 || base > 36)
        return rz_call_fail(call, "a base is from 2 to 36");
    if (value->kind == RZ_VALUE_STRING)
        return int_of_text(call, (int)base);
    if (value->kind == RZ_VALUE_FLOAT)
        return int_of_float(call, value->number);
    if (value->kind == RZ_VALUE_BOOL)
        return rz_value_int(value->boolean);
    return value->kind == RZ_VALUE_INT ? *value : no_number(call, value, "whole number");
}

/* -?D+(.D+)?: no exponents, infinities or hexadecimal of strtod. */
static bool is_decimal(struct rz_str text)
{
    size_t i = text.size && text.data[0] == '-', digits = 0;
    for (; i < text.size; i++) {
        char c = text.data[i];
        if (c == '.' && digits && i + 1 < text.size && !memchr(text.data, '.', i))
            digits = 0;
        else if (c >= '0' && c <= '9')
            digits++;
        else
            return false;
    }
    return digits > 0 && text.size <= INT_TEXT_MAX;
}

static struct rz_value call_float(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    char digits[INT_TEXT_MAX + 1];
    if (value->kind == RZ_VALUE_INT)
        return rz_value_float((double)value->integer);
    if (value->kind == RZ_VALUE_FLOAT)
        return *value;
    struct rz_str text = value->kind == RZ_VALUE_STRING ? rz_str_trim(rz_value_str(value))
                                                        : RZ_STR("");
    if (!is_decimal(text))
        return no_number(call, value, "number");
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    return rz_value_float(strtod(digits, NULL));
}

static struct rz_value call_string(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = RZ_EXPRESSION_OCTETS_MAX};
    if (value->kind == RZ_VALUE_STRING)
        return *value;
    if (!rz_evaluation_spend_value(call->evaluation, value))
        return rz_value_null();
    if (!rz_value_print(&out, value))
        rz_value_json(&out, value);
    return rz_call_buffer(call, &out);
}

static struct rz_value call_bool(struct rz_call *call)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no",
                                                                                "off", "0", ""};
    const struct rz_value *value = &call->arguments[0];
    if (value->kind != RZ_VALUE_STRING)
        return rz_value_bool(rz_value_is_true(value));
    struct rz_str text = rz_str_trim(rz_value_str(value));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (rz_str_equal_nocase(text, rz_str_of(yes[i])))
            return rz_value_bool(true);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (rz_str_equal_nocase(text, rz_str_of(no[i])))
            return rz_value_bool(false);
    return no_number(call, value, "boolean: true, yes, on, 1, false, no, off, 0");
}

static struct rz_value call_duration(struct rz_call *call)
{
    uint64_t seconds;
    struct rz_str text = rz_value_str(&call->arguments[0]);
    if (!rz_duration_parse(&seconds, text) || seconds > INT64_MAX)
        return no_number(call, &call->arguments[0], "duration such as 90, 5m or 1h30m");
    return rz_value_int((int64_t)seconds);
}

static struct rz_value call_abs(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    if (value->kind == RZ_VALUE_FLOAT)
        return rz_value_float(fabs(value->number));
    if (value->integer == INT64_MIN)
        return rz_call_fail(call, "the number gets too large");
    return rz_value_int(value->integer < 0 ? -value->integer : value->integer);
}

static struct rz_value rounded(struct rz_call *call, double (*round_it)(double))
{
    const struct rz_value *value = &call->arguments[0];
    return value->kind == RZ_VALUE_INT ? *value : int_of_float(call, round_it(value->number));
}

static struct rz_value call_floor(struct rz_call *call)
{
    return rounded(call, floor);
}

static struct rz_value call_ceil(struct rz_call *call)
{
    return rounded(call, ceil);
}

static struct rz_value call_round(struct rz_call *call)
{
    return rounded(call, round);
}

/* The smallest or largest of the arguments, or of a list's items. */
static struct rz_value extreme(struct rz_call *call, int wanted)
{
    const struct rz_value *items = call->arguments, *best;
    uint32_t count = call->count;
    if (count == 1 && items[0].kind == RZ_VALUE_LIST) {
        count = items[0].count;
        items = items[0].items;
    }
    if (count == 0)
        return rz_call_fail(call, "the list is empty");
    best = &items[0];
    for (uint32_t i = 0; i < count; i++) {
        int order = 0;
        if (!rz_evaluation_spend_value(call->evaluation, &items[i]))
            return rz_value_null();
        if (!rz_value_compare(&items[i], best, &order))
            return rz_call_fail(call, "%s and %s cannot be compared",
                                rz_value_kind_text((enum rz_value_kind)items[i].kind),
                                rz_value_kind_text((enum rz_value_kind)best->kind));
        if (wanted < 0 ? order < 0 : order > 0)
            best = &items[i];
    }
    return *best;
}

static struct rz_value call_min(struct rz_call *call)
{
    return extreme(call, -1);
}

static struct rz_value call_max(struct rz_call *call)
{
    return extreme(call, 1);
}

static struct rz_value call_defined(struct rz_call *call)
{
    return rz_value_bool(call->arguments[0].kind != RZ_VALUE_NULL);
}

/* clang-format off */
const struct rz_function rz_functions_number[] = {
    {"int", "a?i", "int(value, base = 10) → int",
     "A whole number of a text, of a number (its fraction cut off) or of a boolean.",
     "[int(\"42\"), int(\"ff\", 16), int(-1.9), int(true)]", "[42,255,-1,1]", call_int},
    {"float", "a", "float(value) → float", "A number of a decimal text or a whole number.",
     "float(\"1.5\") * 2 + float(1)", "4", call_float},
    {"string", "a", "string(value) → string", "The value as a text; lists and maps as JSON.",
     "[string(7), string(false), string([1, \"a\"])]", "[\"7\",\"false\",\"[1,\\\"a\\\"]\"]", call_string},
    {"bool", "a", "bool(value) → bool",
     "Of a text true, yes, on, 1 or false, no, off, 0; of other values whether they are not empty or zero.",
     "[bool(\"yes\"), bool(\"off\"), bool([]), bool(2)]", "[true,false,false,true]", call_bool},
    {"duration", "s", "duration(text) → int", "Seconds of a duration in units of s, m, h, d and w.",
     "duration(\"1h30m\")", "5400", call_duration},
    {"abs", "n", "abs(number) → number", "Without the sign.", "abs(-3)", "3", call_abs},
    {"floor", "n", "floor(number) → int", "The next whole number below.", "floor(-1.5)", "-2", call_floor},
    {"ceil", "n", "ceil(number) → int", "The next whole number above.", "ceil(1.2)", "2", call_ceil},
    {"round", "n", "round(number) → int", "The nearest whole number; halves away from zero.", "round(2.5)", "3", call_round},
    {"min", "a*", "min(values…) or min(list) → value", "The smallest, of numbers, strings or lists.",
     "min(3, 1, 2) + min([5, 4])", "5", call_min},
    {"max", "a*", "max(values…) or max(list) → value", "The largest, of numbers, strings or lists.",
     "max(3, 1, 2) + max([5, 4])", "8", call_max},
    {"defined", "~", "defined(value) → bool",
     "Whether a variable, field or item exists and is not null.",
     "[defined(zone), defined(nowhere), defined({a: 1}.b)]", "[true,false,false]", call_defined},
    {0},
};
/* clang-format on */
