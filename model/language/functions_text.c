/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of strings. */
#include "language/functions.h"

static struct rz_value map_octets(struct rz_call *call, char first, char last, int delta)
{
    struct rz_str text = rz_value_str(&call->arguments[0]);
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
    return rz_call_text(call, rz_str_trim(rz_value_str(&call->arguments[0])));
}

const struct rz_function rz_functions_text[] = {
    {"lower", "s", "lower(text) → string", "ASCII letters in lower case.", "lower(\"WWW\")", "\"www\"", call_lower},
    {"upper", "s", "upper(text) → string", "ASCII letters in upper case.", "upper(\"mx\")", "\"MX\"", call_upper},
    {"trim", "s", "trim(text) → string", "Without blanks and line ends around it.", "trim(\" a \")", "\"a\"", call_trim},
    {0},
};
