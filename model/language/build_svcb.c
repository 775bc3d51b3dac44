/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SVCB and HTTPS records (RFC 9460) from maps. */
#include <arpa/inet.h>
#include <stdio.h>

#include "language/build.h"

enum param_kind {
    PARAM_MANDATORY,
    PARAM_ALPN,
    PARAM_FLAG,
    PARAM_PORT,
    PARAM_IPV4,
    PARAM_ECH,
    PARAM_IPV6,
    PARAM_TEMPLATE
};

/* By number, RFC 9460 §14.3.2, RFC 9461, RFC 9540. */
static const struct param {
    const char *name;
    enum param_kind kind;
    const char *written; /* by number where libzscanner does not know the name; NULL: the name */
} params[] = {
    {"mandatory", PARAM_MANDATORY, NULL},  {"alpn", PARAM_ALPN, NULL},
    {"no-default-alpn", PARAM_FLAG, NULL}, {"port", PARAM_PORT, NULL},
    {"ipv4hint", PARAM_IPV4, NULL},        {"ech", PARAM_ECH, NULL},
    {"ipv6hint", PARAM_IPV6, NULL},        {"dohpath", PARAM_TEMPLATE, "key7"},
    {"ohttp", PARAM_FLAG, "key8"},
};
#define PARAMS (sizeof params / sizeof *params)

static bool fail_param(struct rz_call *call, const struct param *param, struct rz_str text,
                       const char *why)
{
    rz_call_fail(call, "`%s`: `%.*s` %s", param->name, text.size < 80 ? (int)text.size : 80,
                 text.data, why);
    return false;
}

static bool check_item(struct rz_call *call, const struct param *param, struct rz_str text,
                       const struct rz_value *map)
{
    uint8_t octets[16];
    if (param->kind == PARAM_IPV4 || param->kind == PARAM_IPV6)
        return (strlen(text.data) == text.size
                && inet_pton(param->kind == PARAM_IPV4 ? AF_INET : AF_INET6, text.data, octets)
                       == 1)
               || fail_param(call, param, text, "is no address of this family (RFC 9460 §7.3)");
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 127 || strchr(",\\\"", text.data[i]))
            return fail_param(call, param, text,
                              "has octets that stand in no name here (RFC 9460 §2.1)");
    if (text.size == 0 || text.size > 255)
        return fail_param(call, param, text, "has no length from 1 to 255 (RFC 9460 §7.1)");
    if (param->kind == PARAM_ALPN)
        return true;
    if (rz_str_is(text, "mandatory"))
        return fail_param(call, param, text, "does not list itself (RFC 9460 §8)");
    return rz_value_get(map, text)
           || fail_param(call, param, text, "is not among the keys given (RFC 9460 §8)");
}

/* A list, joined by commas, without duplicates. Mandatory keys come by number, as §8 wants. */
static bool append_list(struct rz_call *call, struct rz_buffer *out, const struct param *param,
                        const struct rz_value *value, const struct rz_value *map)
{
    const struct rz_value *items;
    struct rz_str text, other;
    size_t count = rz_build_items(value, &items);
    if (count == 0 || count > 64)
        return fail_param(call, param, RZ_STR(""), "is no list of 1 to 64 items");
    rz_buffer_printf(out, " %s=", param->name);
    for (size_t i = 0; i < count; i++) {
        if (!rz_build_text(call, &items[i], param->name, &text)
            || !check_item(call, param, text, map))
            return false;
        for (size_t j = 0; j < i; j++)
            if (rz_build_text(call, &items[j], param->name, &other) && rz_str_equal(text, other))
                return fail_param(call, param, text, "is given twice");
        rz_buffer_printf(out, "%s%.*s", i ? "," : "", RZ_STR_ARG(text));
    }
    return true;
}

static bool append_param(struct rz_call *call, struct rz_buffer *out, const struct param *param,
                         const struct rz_value *value, const struct rz_value *map)
{
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    struct rz_str text;
    uint32_t port;
    bool flag;
    switch (param->kind) {
    case PARAM_FLAG:
        if (!rz_build_bool(call, value, param->name, false, &flag))
            return false;
        if (flag && strcmp(param->name, "no-default-alpn") == 0 && !rz_build_get(map, "alpn"))
            return fail_param(call, param, RZ_STR("true"),
                              "needs `alpn` beside it (RFC 9460 §7.1.1)");
        if (flag)
            rz_buffer_printf(out, " %s", param->written ? param->written : param->name);
        return true;
    case PARAM_PORT:
        if (!rz_build_uint(call, value, param->name, UINT16_MAX, &port))
            return false;
        rz_buffer_printf(out, " port=%u", port);
        return true;
    case PARAM_ECH:
        if (!rz_build_text(call, value, param->name, &text))
            return false;
        if (!rz_build_unbase64(&octets, text))
            return fail_param(call, param, text, "is no base64");
        rz_buffer_text(out, " ech=");
        rz_build_base64(out, (const uint8_t *)octets.data, octets.size);
        return true;
    case PARAM_TEMPLATE:
        if (!rz_build_text(call, value, param->name, &text))
            return false;
        for (size_t i = 0; i < text.size; i++)
            if (text.data[i] <= ' ' || text.data[i] >= 127 || strchr("\"\\", text.data[i]))
                return fail_param(call, param, text, "is no URI template (RFC 9461 §5)");
        if (!rz_str_starts_with(text, "/") || !memmem(text.data, text.size, "dns}", 4))
            return fail_param(
                call, param, text,
                "is no path with the variable `dns`, as /dns-query{?dns} (RFC 9461 §5)");
        rz_buffer_printf(out, " key7=\"%.*s\"", RZ_STR_ARG(text));
        return true;
    default: return append_list(call, out, param, value, map);
    }
}

/* `keyNNNNN` of §2.1, for what has no name here: its value is quoted. */
static bool append_unnamed(struct rz_call *call, struct rz_buffer *out, const struct rz_value *map)
{
    struct rz_str text;
    for (uint32_t i = 0; i < map->count; i++) {
        struct rz_str key = map->entries[i].key;
        if (!rz_str_starts_with(key, "key"))
            continue;
        struct rz_value digits = rz_value_text((struct rz_str){key.data + 3, key.size - 3});
        uint32_t number;
        if (!rz_build_uint(call, &digits, "key", 65534, &number))
            return false;
        if (number < PARAMS || digits.text[0] == '0') {
            rz_call_fail(call, "`%.*s` is written by its name, or without zeros", RZ_STR_ARG(key));
            return false;
        }
        if (!rz_build_text(call, &map->entries[i].value, "key", &text))
            return false;
        rz_buffer_printf(out, " key%u", number);
        for (size_t c = 0; c < text.size; c++) {
            rz_buffer_text(out, c ? "" : "=\"");
            if ((unsigned char)text.data[c] < ' ' || (unsigned char)text.data[c] >= 127)
                rz_buffer_printf(out, "\\%03u", (unsigned char)text.data[c]);
            else
                rz_buffer_printf(out, strchr("\"\\", text.data[c]) ? "\\%c" : "%c", text.data[c]);
        }
        rz_buffer_text(out, text.size ? "\"" : "");
    }
    return true;
}

static bool check_keys(struct rz_call *call, const struct rz_value *map,
                       const struct rz_value *inner)
{
    const char *known[PARAMS + 4] = {0};
    struct rz_entry *entries = rz_call_entries(call, map->count);
    size_t count = 0;
    for (size_t i = 0; i < PARAMS; i++)
        known[i] = params[i].name;
    if (map == inner) {
        known[PARAMS] = "priority";
        known[PARAMS + 1] = "target";
        known[PARAMS + 2] = "params";
    }
    for (uint32_t i = 0; entries && i < inner->count; i++)
        if (!rz_str_starts_with(inner->entries[i].key, "key"))
            entries[count++] = inner->entries[i];
    struct rz_value named = rz_call_map(call, entries, count);
    return entries && rz_build_check_keys(call, &named, known);
}

/* The map in which the parameters stand: under `params`, or beside priority and target. */
static bool find_params(struct rz_call *call, const struct rz_value *map,
                        const struct rz_value **inner)
{
    static const char *const known[] = {"priority", "target", "params", NULL};
    *inner = rz_build_get(map, "params");
    if (!*inner) {
        *inner = map;
        return check_keys(call, map, map);
    }
    if ((*inner)->kind != RZ_VALUE_MAP) {
        rz_call_fail(call, "`params` is a map");
        return false;
    }
    struct rz_entry *room = rz_call_entries(call, (*inner)->count);
    return room && rz_build_check_keys(call, map, known) && check_keys(call, map, *inner);
}

static struct rz_value service_binding(struct rz_call *call)
{
    const struct rz_value *map = &call->arguments[0], *inner, *given;
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    struct rz_str target = RZ_STR(".");
    uint32_t priority = 1;
    if (!find_params(call, map, &inner))
        return rz_value_null();
    given = rz_build_get(map, "priority");
    if (given && !rz_build_uint(call, given, "priority", UINT16_MAX, &priority))
        return rz_value_null();
    given = rz_build_get(map, "target");
    if (given && !rz_build_text(call, given, "target", &target))
        return rz_value_null();
    if (target.size == 0 || target.size > 255 * 4 || strpbrk(target.data, " \t\r\n\"();"))
        return rz_call_fail(call,
                            "`target` is a name, or `.` for the owner itself (RFC 9460 §2.5)");
    rz_buffer_printf(&out, "%u %.*s", priority, RZ_STR_ARG(target));
    size_t before = out.size;
    for (size_t i = 0; i < PARAMS; i++) {
        given = rz_build_get(inner, params[i].name);
        if (given && !append_param(call, &out, &params[i], given, inner))
            return rz_value_null();
    }
    if (!append_unnamed(call, &out, inner))
        return rz_value_null();
    if (priority == 0 && out.size > before)
        return rz_call_fail(call,
                            "priority 0 is an alias, which has no parameters (RFC 9460 §2.4.2)");
    if (priority == 0 && rz_str_is(target, "."))
        return rz_call_fail(call, "an alias (priority 0) names its target (RFC 9460 §2.5.1)");
    return rz_call_buffer(call, &out);
}

/* clang-format off */
const struct rz_function rz_functions_svcb[] = {
    {"svcb", "m", "svcb(map) → string",
     "An SVCB record (RFC 9460). Keys: `priority` (1; 0 is an alias), `target` (`.`, the owner itself), and the parameters `alpn`, "
     "`no-default-alpn`, `port`, `ipv4hint`, `ipv6hint`, `ech`, `dohpath` (RFC 9461), `ohttp`, `mandatory`, `keyNNNNN`, here or under `params`.",
     "svcb({priority: 1, target: \"dns.example.net.\", alpn: [\"dot\"], port: 853})",
     "\"1 dns.example.net. alpn=dot port=853\"", service_binding},
    {"https", "m", "https(map) → string", "The same for an HTTPS record.",
     "https({alpn: [\"h3\", \"h2\"], ipv4hint: \"192.0.2.1\"})", "\"1 . alpn=h3,h2 ipv4hint=192.0.2.1\"", service_binding},
    {0},
};
/* clang-format on */
