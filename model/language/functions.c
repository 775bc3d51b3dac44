/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding and calling functions: number and kinds of arguments are checked by the table. */
#include "language/functions.h"

#include <stdarg.h>
#include <stdio.h>

extern const struct rz_function rz_functions_text[], rz_functions_list[], rz_functions_map[],
    rz_functions_number[], rz_functions_address[], rz_functions_name[], rz_functions_encode[],
    rz_functions_match[], rz_functions_data[], rz_functions_spf[], rz_functions_mail[],
    rz_functions_caa[], rz_functions_key[], rz_functions_svcb[], rz_functions_loc[];

const struct rz_function *const rz_function_groups[] = {
    rz_functions_text,   rz_functions_match,   rz_functions_list, rz_functions_map,
    rz_functions_number, rz_functions_address, rz_functions_name, rz_functions_encode,
    rz_functions_data,   rz_functions_spf,     rz_functions_mail, rz_functions_caa,
    rz_functions_key,    rz_functions_svcb,    rz_functions_loc,  NULL,
};

const char *const rz_function_group_titles[] = {
    "Strings",
    "Regular expressions",
    "Lists",
    "Maps",
    "Numbers and kinds of values",
    "Addresses",
    "Domain names",
    "Codes and digests",
    "Files and the environment",
    "SPF",
    "DMARC, MTA-STS and TLS reports",
    "CAA",
    "DKIM, TLSA and SSHFP",
    "SVCB and HTTPS",
    "LOC",
    NULL,
};

const struct rz_function *rz_function_find(struct rz_str name)
{
    for (size_t i = 0; rz_function_groups[i]; i++)
        for (const struct rz_function *function = rz_function_groups[i]; function->name; function++)
            if (function->name[0] == name.data[0] && rz_str_is(name, function->name))
                return function;
    return NULL;
}

struct rz_value rz_call_fail(struct rz_call *call, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct rz_diag *diag = rz_evaluation_error(call->evaluation, call->at, call->width, "%s(): %s",
                                               call->function->name, message);
    rz_diag_hint(call->evaluation->diags, diag, "%s", call->function->signature);
    return rz_value_null();
}

struct rz_value rz_call_text(struct rz_call *call, struct rz_str text)
{
    if (!rz_evaluation_spend(call->evaluation, 1, text.size))
        return rz_value_null();
    return rz_value_text(rz_arena_str(call->evaluation->arena, text));
}

struct rz_value rz_call_buffer(struct rz_call *call, const struct rz_buffer *text)
{
    if (text->overflow && rz_evaluation_spend(call->evaluation, 1, RZ_EXPRESSION_OCTETS_MAX))
        return rz_call_fail(call, "the text gets too large");
    return rz_call_text(call, rz_buffer_view(text));
}

struct rz_value *rz_call_items(struct rz_call *call, size_t count)
{
    if (count > UINT32_MAX
        || !rz_evaluation_spend(call->evaluation, count, count * sizeof(struct rz_value)))
        return NULL;
    return rz_arena_alloc(call->evaluation->arena, (count + 1) * sizeof(struct rz_value));
}

struct rz_value rz_call_list(struct rz_call *call, const struct rz_value *items, size_t count)
{
    if (!items)
        return rz_value_null();
    (void)call;
    return (struct rz_value){.kind = RZ_VALUE_LIST, .count = (uint32_t)count, .items = items};
}

struct rz_entry *rz_call_entries(struct rz_call *call, size_t count)
{
    if (count > UINT32_MAX
        || !rz_evaluation_spend(call->evaluation, count, count * sizeof(struct rz_entry)))
        return NULL;
    return rz_arena_alloc(call->evaluation->arena, (count + 1) * sizeof(struct rz_entry));
}

struct rz_value rz_call_map(struct rz_call *call, const struct rz_entry *entries, size_t count)
{
    (void)call;
    if (!entries)
        return rz_value_null();
    return (struct rz_value){.kind = RZ_VALUE_MAP, .count = (uint32_t)count, .entries = entries};
}

static bool fits(char kind, const struct rz_value *value)
{
    switch (kind) {
    case 's': return value->kind == RZ_VALUE_STRING;
    case 'i': return value->kind == RZ_VALUE_INT;
    case 'n': return value->kind == RZ_VALUE_INT || value->kind == RZ_VALUE_FLOAT;
    case 'l': return value->kind == RZ_VALUE_LIST;
    case 'm': return value->kind == RZ_VALUE_MAP;
    case 'b': return value->kind == RZ_VALUE_BOOL;
    default: return true;
    }
}

static const char *expected(char kind)
{
    return kind == 's'   ? "a string"
           : kind == 'i' ? "a whole number"
           : kind == 'n' ? "a number"
           : kind == 'l' ? "a list"
           : kind == 'm' ? "a map"
                         : "true or false";
}

/* Whole numbers and booleans are taken where a string is wanted: `${n}` of a list of names may be 7. */
static bool coerce(struct rz_call *call, struct rz_value *value)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (value->kind != RZ_VALUE_INT && value->kind != RZ_VALUE_BOOL)
        return false;
    rz_value_print(&text, value);
    *value = rz_call_text(call, rz_buffer_view(&text));
    return true;
}

struct rz_value rz_function_call(struct rz_call *call)
{
    const char *kinds = call->function->kinds;
    struct rz_value arguments[RZ_CALL_ARGUMENTS_MAX];
    bool optional = false;
    uint32_t i = 0;
    char kind = 'a';
    if (call->count > RZ_CALL_ARGUMENTS_MAX)
        return rz_call_fail(call, "more than %d arguments", RZ_CALL_ARGUMENTS_MAX);
    if (*kinds == '~')
        kinds = "a";
    for (; i < call->count; i++) {
        if (*kinds == '?') {
            optional = true;
            kinds++;
        }
        if (*kinds && *kinds != '*')
            kind = *kinds++;
        else if (*kinds != '*')
            return rz_call_fail(call, "too many arguments");
        arguments[i] = call->arguments[i];
        if (!fits(kind, &arguments[i]) && !(kind == 's' && coerce(call, &arguments[i])))
            return rz_call_fail(call, "argument %u is %s, and must be %s", i + 1,
                                rz_value_kind_text(arguments[i].kind), expected(kind));
    }
    if (!optional && *kinds && *kinds != '?' && *kinds != '*')
        return rz_call_fail(call, "an argument is missing");
    if (!rz_evaluation_spend(call->evaluation, 1, 0))
        return rz_value_null();
    call->arguments = arguments;
    return call->function->call(call);
}
