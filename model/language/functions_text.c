/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of strings. Letters are those of ASCII, as in names; lengths count characters. */
#include <inttypes.h>

#include "language/functions.h"

#define FORMAT_WIDTH_MAX 255

static struct rz_str text_at(const struct rz_call *call, uint32_t i)
{
    return rz_value_str(&call->arguments[i]);
}

static struct rz_value map_octets(struct rz_call *call, char first, char last, int delta)
{
    struct rz_str text = text_at(call, 0);
    if (!rz_evaluation_spend(call->evaluation, 1, text.size))
        return rz_value_null();
    char *octets = rz_arena_bytes(call->evaluation->arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        octets[i] = c >= first && c <= last ? (char)(c + delta) : c;
    }
    octets[text.size] = '\0';
    return rz_value_text((struct rz_str){octets, text.size});
}

static struct rz_value call_lower(struct rz_call *call)
{
    return map_octets(call, 'A', 'Z', 'a' - 'A');
}

static struct rz_value call_upper(struct rz_call *call)
{
    return map_octets(call, 'a', 'z', 'A' - 'a');
}

static struct rz_value call_trim(struct rz_call *call)
{
    return rz_call_text(call, rz_str_trim(text_at(call, 0)));
}

/* Where `part` begins at or behind `from`; the text's size where it does not. */
static size_t find(struct rz_str text, struct rz_str part, size_t from)
{
    const char *found = memmem(text.data + from, text.size - from, part.data, part.size);
    return found ? (size_t)(found - text.data) : text.size;
}

static struct rz_value call_replace(struct rz_call *call)
{
    struct rz_str text = text_at(call, 0), from = text_at(call, 1), to = text_at(call, 2);
    if (from.size == 0)
        return rz_call_fail(call, "the text to replace is empty");
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = RZ_EXPRESSION_OCTETS_MAX};
    for (size_t at = 0; at < text.size && !out.overflow;) {
        size_t found = find(text, from, at);
        rz_buffer_append(&out, text.data + at, found - at);
        if (found == text.size)
            break;
        rz_buffer_str(&out, to);
        at = found + from.size;
    }
    return rz_call_buffer(call, &out);
}

static struct rz_value call_split(struct rz_call *call)
{
    struct rz_str text = text_at(call, 0), separator = text_at(call, 1);
    if (separator.size == 0)
        return rz_call_fail(call, "the separator is empty");
    size_t count = text.size > 0;
    for (size_t at = 0; text.size && (at = find(text, separator, at)) < text.size; count++)
        at += separator.size;
    struct rz_value *items = rz_call_items(call, count);
    if (!items)
        return rz_value_null();
    for (size_t i = 0, at = 0; i < count; i++) {
        size_t end = i + 1 < count ? find(text, separator, at) : text.size;
        items[i] = rz_call_text(call, (struct rz_str){text.data + at, end - at});
        at = end + separator.size;
    }
    return rz_call_list(call, items, count);
}

static struct rz_value call_join(struct rz_call *call)
{
    const struct rz_value *list = &call->arguments[0];
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = RZ_EXPRESSION_OCTETS_MAX};
    if (!rz_evaluation_spend(call->evaluation, list->count, 0))
        return rz_value_null();
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            rz_buffer_str(&out, call->count > 1 ? text_at(call, 1) : rz_str_of(""));
        if (!rz_value_print(&out, &list->items[i]))
            return rz_call_fail(call, "item %u is %s", i,
                                rz_value_kind_text((enum rz_value_kind)list->items[i].kind));
    }
    return rz_call_buffer(call, &out);
}

static int64_t characters(struct rz_str text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static struct rz_value call_length(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    if (value->kind == RZ_VALUE_STRING)
        return rz_value_int(characters(rz_value_str(value)));
    if (value->kind != RZ_VALUE_LIST && value->kind != RZ_VALUE_MAP)
        return rz_call_fail(call, "%s has no length",
                            rz_value_kind_text((enum rz_value_kind)value->kind));
    return rz_value_int(value->count);
}

static struct rz_value call_contains(struct rz_call *call)
{
    const struct rz_value *in = &call->arguments[0], *part = &call->arguments[1];
    if (in->kind == RZ_VALUE_LIST) {
        for (uint32_t i = 0; i < in->count; i++)
            if (!rz_evaluation_spend_value(call->evaluation, &in->items[i]))
                return rz_value_null();
            else if (rz_value_equal(&in->items[i], part))
                return rz_value_bool(true);
        return rz_value_bool(false);
    }
    if (part->kind != RZ_VALUE_STRING || (in->kind != RZ_VALUE_STRING && in->kind != RZ_VALUE_MAP))
        return rz_call_fail(call, "%s cannot contain %s",
                            rz_value_kind_text((enum rz_value_kind)in->kind),
                            rz_value_kind_text((enum rz_value_kind)part->kind));
    if (!rz_evaluation_spend(call->evaluation, in->count / 32, 0))
        return rz_value_null();
    return rz_value_bool(in->kind == RZ_VALUE_MAP
                             ? rz_value_get(in, rz_value_str(part)) != NULL
                             : memmem(in->text, in->count, part->text, part->count) != NULL);
}

static struct rz_value call_starts_with(struct rz_call *call)
{
    struct rz_str text = text_at(call, 0), part = text_at(call, 1);
    return rz_value_bool(text.size >= part.size && memcmp(text.data, part.data, part.size) == 0);
}

static struct rz_value call_ends_with(struct rz_call *call)
{
    struct rz_str text = text_at(call, 0), part = text_at(call, 1);
    return rz_value_bool(text.size >= part.size
                         && memcmp(text.data + text.size - part.size, part.data, part.size) == 0);
}

/* One `%[0][width]X` of format(). */
struct directive {
    bool zeros;
    size_t width;
    char letter;
};

static bool read_directive(struct rz_str pattern, size_t *at, struct directive *directive)
{
    *directive = (struct directive){0};
    if (*at < pattern.size && pattern.data[*at] == '0') {
        directive->zeros = true;
        ++*at;
    }
    for (; *at < pattern.size && pattern.data[*at] >= '0' && pattern.data[*at] <= '9'; ++*at)
        if ((directive->width = directive->width * 10 + (size_t)(pattern.data[*at] - '0'))
            > FORMAT_WIDTH_MAX)
            return false;
    directive->letter = *at < pattern.size ? pattern.data[(*at)++] : '\0';
    return directive->letter && strchr("sdxX", directive->letter);
}

static bool print_directive(struct rz_buffer *out, const struct directive *directive,
                            const struct rz_value *value)
{
    int width = (int)directive->width;
    if (directive->letter == 's') {
        size_t before = out->size;
        if (!rz_value_print(out, value))
            return false;
        for (size_t written = out->size - before; written < directive->width; written++)
            rz_buffer_char(out, ' ');
        return true;
    }
    if (value->kind != RZ_VALUE_INT || (directive->letter != 'd' && value->integer < 0))
        return false;
    if (directive->letter == 'd')
        rz_buffer_printf(out, directive->zeros ? "%0*" PRId64 : "%*" PRId64, width, value->integer);
    else if (directive->letter == 'x')
        rz_buffer_printf(out, directive->zeros ? "%0*" PRIx64 : "%*" PRIx64, width,
                         (uint64_t)value->integer);
    else
        rz_buffer_printf(out, directive->zeros ? "%0*" PRIX64 : "%*" PRIX64, width,
                         (uint64_t)value->integer);
    return true;
}

static struct rz_value call_format(struct rz_call *call)
{
    struct rz_str pattern = text_at(call, 0);
    RZ_BUFFER_CLEANUP struct rz_buffer out = {.limit = RZ_EXPRESSION_OCTETS_MAX};
    struct directive directive;
    uint32_t next = 1;
    for (size_t at = 0; at < pattern.size;) {
        char c = pattern.data[at++];
        if (c != '%' || (at < pattern.size && pattern.data[at] == '%')) {
            rz_buffer_char(&out, c);
            at += c == '%';
            continue;
        }
        if (!read_directive(pattern, &at, &directive))
            return rz_call_fail(
                call,
                "a `%%` is followed by s, d, x, X, a width of at most %d before one "
                "of these, or a second `%%`",
                FORMAT_WIDTH_MAX);
        if (next >= call->count)
            return rz_call_fail(call, "the pattern takes more values than the %u given",
                                call->count - 1);
        if (!print_directive(&out, &directive, &call->arguments[next]))
            return rz_call_fail(call, "%%%c does not take %s", directive.letter,
                                rz_value_kind_text((enum rz_value_kind)call->arguments[next].kind));
        next++;
    }
    if (next < call->count)
        return rz_call_fail(call, "the pattern takes %u values, and %u are given", next - 1,
                            call->count - 1);
    return rz_call_buffer(call, &out);
}

/* clang-format off */
const struct rz_function rz_functions_text[] = {
    {"lower", "s", "lower(text) → string", "ASCII letters in lower case.", "lower(\"WWW\")", "\"www\"", call_lower},
    {"upper", "s", "upper(text) → string", "ASCII letters in upper case.", "upper(\"mx\")", "\"MX\"", call_upper},
    {"trim", "s", "trim(text) → string", "Without blanks and line ends around it.", "trim(\" a \")", "\"a\"", call_trim},
    {"replace", "sss", "replace(text, from, to) → string", "Every `from` in the text becomes `to`.",
     "replace(\"a.b.c\", \".\", \"-\")", "\"a-b-c\"", call_replace},
    {"split", "ss", "split(text, separator) → list", "The parts between separators; none of an empty text.",
     "split(\"a,b,,c\", \",\")", "[\"a\",\"b\",\"\",\"c\"]", call_split},
    {"join", "l?s", "join(list, separator = \"\") → string", "The items as one text.",
     "join([\"a\", 1, true], \"; \")", "\"a; 1; true\"", call_join},
    {"length", "a", "length(value) → int", "Characters of a string, items of a list, entries of a map.",
     "length(\"zürich\") + length([1, 2])", "8", call_length},
    {"contains", "aa", "contains(value, part) → bool",
     "Whether a list has the item, a map the key, or a string the part. The same as `part in value`.",
     "contains([\"prod\", \"stage\"], \"prod\")", "true", call_contains},
    {"starts_with", "ss", "starts_with(text, part) → bool", "Whether the text begins with the part.",
     "starts_with(\"mx1\", \"mx\")", "true", call_starts_with},
    {"ends_with", "ss", "ends_with(text, part) → bool", "Whether the text ends with the part.",
     "ends_with(\"a.example.\", \".\")", "true", call_ends_with},
    {"format", "s?a*", "format(pattern, values…) → string",
     "The pattern with `%s` (any scalar), `%d`, `%x`, `%X` (whole numbers) replaced by the values in turn; "
     "`%3s` pads with blanks, `%03d` with zeros; `%%` is a `%`.",
     "format(\"web%02d.%s\", 7, \"fra\")", "\"web07.fra\"", call_format},
    {0},
};
/* clang-format on */
