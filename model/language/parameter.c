/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types of parameters: what a value must be, and what it becomes. */
#include "language/parameter.h"

#include <arpa/inet.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "language/fields.h"
#include "language/functions.h"

#define PATTERN_MAX 1000
#define SUBJECT_MAX 4096

static const char *const type_texts[] = {"string", "bool", "int",  "float", "duration", "size",
                                         "ipv4",   "ipv6", "ip",   "cidr",  "name",     "label",
                                         "email",  "url",  "list", "map",   "any"};

const char *rz_parameter_type_text(int type)
{
    return type_texts[type];
}

/* The text of a scalar value, in the arena. */
static struct rz_str text_of(struct rz_arena *arena, const struct rz_value *value)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (value->kind == RZ_VALUE_STRING)
        return rz_value_str(value);
    rz_value_print(&text, value);
    return rz_arena_str(arena, rz_buffer_view(&text));
}

static bool parse_float(struct rz_str text, double *number)
{
    char *end;
    if (text.size == 0 || text.size > 40 || !strchr("0123456789.-", text.data[0]))
        return false;
    *number = strtod(text.data, &end);
    return end == text.data + text.size && isfinite(*number);
}

static bool parse_int(struct rz_str text, int64_t *number)
{
    char *end;
    if (text.size == 0 || text.size > 19 || !strchr("0123456789-", text.data[0]))
        return false;
    *number = strtoll(text.data, &end, 10);
    return end == text.data + text.size && end[-1] != '-';
}

static bool parse_bool(struct rz_str text, bool *truth)
{
    static const char *const words[] = {"true", "yes", "on", "false", "no", "off"};
    for (size_t i = 0; i < 6; i++)
        if (rz_str_equal_nocase(text, rz_str_of(words[i]))) {
            *truth = i < 3;
            return true;
        }
    return false;
}

static bool parse_size(struct rz_str text, int64_t *octets)
{
    static const char letters[] = "kmg";
    unsigned shift = 0;
    char digits[24];
    const char *letter = text.size ? strchr(letters, text.data[text.size - 1] | 0x20) : NULL;
    if (letter && *letter) {
        shift = 10u * (unsigned)(letter - letters + 1);
        text.size--;
    }
    if (text.size == 0 || text.size > 12)
        return false;
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    if (!parse_int((struct rz_str){digits, text.size}, octets) || *octets < 0)
        return false;
    *octets <<= shift;
    return true;
}

static bool is_address(struct rz_str text, bool v4, bool v6)
{
    unsigned char octets[16];
    return text.size < 64
           && ((v4 && inet_pton(AF_INET, text.data, octets) == 1)
               || (v6 && inet_pton(AF_INET6, text.data, octets) == 1));
}

static bool is_cidr(struct rz_str text)
{
    char address[64];
    int64_t length;
    const char *slash = memchr(text.data, '/', text.size);
    if (!slash || (size_t)(slash - text.data) >= sizeof address)
        return false;
    memcpy(address, text.data, (size_t)(slash - text.data));
    address[slash - text.data] = '\0';
    struct rz_str host = {address, (size_t)(slash - text.data)};
    bool v6 = strchr(address, ':') != NULL;
    return is_address(host, !v6, v6)
           && parse_int((struct rz_str){slash + 1, text.size - host.size - 1}, &length)
           && length >= 0 && length <= (v6 ? 128 : 32);
}

static bool is_name(struct rz_str text, bool label)
{
    struct rz_name name;
    const char *why;
    if (text.size == 0 || rz_name_parse(&name, text, NULL, &why) != RZ_OK)
        return false;
    return !label || (rz_name_labels(name.wire) == 1 && !rz_str_ends_with(text, "."));
}

static bool is_email(struct rz_str text)
{
    const char *at = memrchr(text.data, '@', text.size);
    if (!at || at == text.data || memchr(text.data, ' ', text.size))
        return false;
    size_t domain = text.size - (size_t)(at + 1 - text.data);
    return domain > 2 && memchr(at + 1, '.', domain)
           && is_name((struct rz_str){at + 1, domain}, false);
}

static bool is_url(struct rz_str text)
{
    const char *colon = memmem(text.data, text.size, "://", 3);
    if (!colon || colon == text.data || colon + 3 == text.data + text.size)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == '"' || text.data[i] == '<')
            return false;
    return true;
}

static const char *explain(struct rz_arena *arena, const struct rz_parameter *parameter,
                           const struct rz_value *value, const char *expected)
{
    RZ_BUFFER_CLEANUP struct rz_buffer seen = {.limit = 80};
    rz_value_json(&seen, value);
    return rz_arena_printf(arena, "`%s` must be %s, not %s", parameter->name, expected,
                           seen.data ? seen.data : "null");
}

static const char *type_words(int type)
{
    static const char *const words[] = {"a text",
                                        "true or false",
                                        "a whole number",
                                        "a number",
                                        "a duration such as 5m",
                                        "a size such as 64k",
                                        "an IPv4 address",
                                        "an IPv6 address",
                                        "an IP address",
                                        "a network such as 192.0.2.0/24",
                                        "a domain name",
                                        "a single label",
                                        "an e-mail address",
                                        "a URL",
                                        "a list",
                                        "a map",
                                        "anything"};
    return words[type];
}

/* Scalars: to the type's own kind of value. */
static bool convert_scalar(struct rz_arena *arena, int type, struct rz_value *value)
{
    struct rz_str text = text_of(arena, value);
    uint64_t seconds;
    int64_t whole;
    double number;
    bool truth;
    switch (type) {
    case RZ_PARAM_BOOL:
        if (!parse_bool(text, &truth))
            return false;
        *value = rz_value_bool(truth);
        return true;
    case RZ_PARAM_INT:
        if (!parse_int(text, &whole))
            return false;
        *value = rz_value_int(whole);
        return true;
    case RZ_PARAM_FLOAT:
        if (!parse_float(text, &number))
            return false;
        *value = rz_value_float(number);
        return true;
    case RZ_PARAM_DURATION:
        if (!rz_duration_parse(&seconds, text) || seconds > INT64_MAX)
            return false;
        *value = rz_value_int((int64_t)seconds);
        return true;
    case RZ_PARAM_SIZE:
        if (!parse_size(text, &whole))
            return false;
        *value = rz_value_int(whole);
        return true;
    default: *value = rz_value_text(text);
    }
    return type == RZ_PARAM_IPV4    ? is_address(text, true, false)
           : type == RZ_PARAM_IPV6  ? is_address(text, false, true)
           : type == RZ_PARAM_IP    ? is_address(text, true, true)
           : type == RZ_PARAM_CIDR  ? is_cidr(text)
           : type == RZ_PARAM_NAME  ? is_name(text, false)
           : type == RZ_PARAM_LABEL ? is_name(text, true)
           : type == RZ_PARAM_EMAIL ? is_email(text)
           : type == RZ_PARAM_URL   ? is_url(text)
                                    : true;
}

static bool check_range(struct rz_arena *arena, const struct rz_parameter *parameter,
                        const struct rz_value *value, const char **why)
{
    double measure = value->kind == RZ_VALUE_INT     ? (double)value->integer
                     : value->kind == RZ_VALUE_FLOAT ? value->number
                                                     : (double)value->count;
    bool below = parameter->has_minimum && measure < parameter->minimum;
    if (!below && !(parameter->has_maximum && measure > parameter->maximum))
        return true;
    *why = explain(arena, parameter, value,
                   rz_arena_printf(arena, "%s %.15g", below ? "at least" : "at most",
                                   below ? parameter->minimum : parameter->maximum));
    return false;
}

static bool check_choices(struct rz_arena *arena, const struct rz_parameter *parameter,
                          const struct rz_value *value, const char **why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    if (parameter->choices.kind != RZ_VALUE_LIST)
        return true;
    struct rz_str text = text_of(arena, value);
    for (uint32_t i = 0; i < parameter->choices.count; i++) {
        if (rz_str_equal(text, text_of(arena, &parameter->choices.items[i])))
            return true;
        rz_buffer_text(&words, i ? ", " : "one of ");
        rz_value_print(&words, &parameter->choices.items[i]);
    }
    *why = explain(arena, parameter, value, words.data ? words.data : "nothing at all");
    return false;
}

static bool check_pattern(struct rz_arena *arena, const struct rz_parameter *parameter,
                          const struct rz_value *value, const char **why)
{
    regex_t regex;
    if (!parameter->pattern || value->kind != RZ_VALUE_STRING)
        return true;
    char *anchored = rz_arena_printf(arena, "^(%s)$", parameter->pattern);
    if (value->count > SUBJECT_MAX || regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB) != 0) {
        *why = explain(arena, parameter, value, "shorter than 4 KiB");
        return false;
    }
    bool matches = regexec(&regex, value->text, 0, NULL, 0) == 0;
    regfree(&regex);
    if (!matches)
        *why = explain(arena, parameter, value,
                       rz_arena_printf(arena, "of the form /%s/", parameter->pattern));
    return matches;
}

static bool convert_fields(struct rz_arena *arena, const struct rz_parameter *parameter,
                           struct rz_value *value, const char **why)
{
    if (value->kind != RZ_VALUE_MAP) {
        *why = explain(arena, parameter, value, "a map with the fields of its type");
        return false;
    }
    struct rz_entry *entries = rz_arena_alloc(arena, (parameter->of_count + 1) * sizeof *entries);
    for (size_t i = 0; i < parameter->of_count; i++) {
        const struct rz_parameter *field = &parameter->of[i];
        const struct rz_value *given = rz_value_get(value, rz_str_of(field->name));
        entries[i] = (struct rz_entry){rz_str_of(field->name), given ? *given : field->fallback};
        if (!given && field->fallback_node == NULL && field->required) {
            *why = rz_arena_printf(arena, "`%s` lacks the field `%s`", parameter->name,
                                   field->name);
            return false;
        }
        if (given && !rz_parameter_convert(arena, field, &entries[i].value, why))
            return false;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        bool known = false;
        for (size_t k = 0; k < parameter->of_count; k++)
            known |= rz_str_is(value->entries[i].key, parameter->of[k].name);
        if (known)
            continue;
        *why = rz_arena_printf(arena, "`%s` has no field `%.*s`", parameter->name,
                               RZ_STR_ARG(value->entries[i].key));
        return false;
    }
    *value = (struct rz_value){
        .kind = RZ_VALUE_MAP, .count = (uint32_t)parameter->of_count, .entries = entries};
    return true;
}

/* Items of a list, or the values of a map whose keys are free. */
static bool convert_items(struct rz_arena *arena, const struct rz_parameter *parameter,
                          struct rz_value *value, const char **why)
{
    bool map = value->kind == RZ_VALUE_MAP;
    struct rz_value *items = rz_arena_alloc(arena, (value->count + 1) * sizeof *items);
    struct rz_entry *entries = rz_arena_alloc(arena, (value->count + 1) * sizeof *entries);
    for (uint32_t i = 0; i < value->count; i++) {
        items[i] = map ? value->entries[i].value : value->items[i];
        bool good = parameter->of_fields
                        ? convert_fields(arena, parameter, &items[i], why)
                        : rz_parameter_convert(arena, parameter->of, &items[i], why);
        if (!good)
            return false;
        if (map)
            entries[i] = (struct rz_entry){value->entries[i].key, items[i]};
    }
    if (map)
        value->entries = entries;
    else
        value->items = items;
    return true;
}

static bool convert_structure(struct rz_arena *arena, const struct rz_parameter *parameter,
                              struct rz_value *value, const char **why)
{
    uint8_t wanted = parameter->type == RZ_PARAM_LIST ? RZ_VALUE_LIST : RZ_VALUE_MAP;
    if (value->kind != wanted) {
        *why = explain(arena, parameter, value, type_words(parameter->type));
        return false;
    }
    if (!parameter->of)
        return true;
    if (parameter->type == RZ_PARAM_MAP && parameter->of_fields)
        return convert_fields(arena, parameter, value, why);
    return convert_items(arena, parameter, value, why);
}

bool rz_parameter_convert(struct rz_arena *arena, const struct rz_parameter *parameter,
                          struct rz_value *value, const char **why)
{
    if (parameter->type == RZ_PARAM_ANY)
        return true;
    bool structure = parameter->type == RZ_PARAM_LIST || parameter->type == RZ_PARAM_MAP;
    if (structure ? !convert_structure(arena, parameter, value, why)
                  : value->kind >= RZ_VALUE_LIST || value->kind == RZ_VALUE_NULL
                        || !convert_scalar(arena, parameter->type, value)) {
        if (!structure)
            *why = explain(arena, parameter, value, type_words(parameter->type));
        return false;
    }
    return check_range(arena, parameter, value, why) && check_choices(arena, parameter, value, why)
           && check_pattern(arena, parameter, value, why);
}

/* ---- Reading `params:` ---- */

struct parameter_fields {
    const char *type, *pattern, *description;
    bool required;
    const struct rz_node *fallback, *minimum, *maximum, *choices, *of;
};

#define NODE(k, member, words)                                                                     \
    {                                                                                              \
        .key = k, .kind = RZ_FIELD_NODE, .offset = offsetof(struct parameter_fields, member),      \
        .summary = words                                                                           \
    }

const struct rz_field rz_parameter_fields[] = {
    {.key = "type",
     .kind = RZ_FIELD_STRING,
     .fallback = "string",
     .offset = offsetof(struct parameter_fields, type),
     .summary = "string, bool, int, ipv4, list, …"},
    {.key = "required",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     .offset = offsetof(struct parameter_fields, required),
     .summary = "an extender must give it"},
    NODE("default", fallback, "the value where an extender gives none"),
    NODE("min", minimum, "least value; of texts and lists the least length"),
    NODE("max", maximum, "largest value, or length"),
    NODE("enum", choices, "the values there are"),
    {.key = "pattern",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct parameter_fields, pattern),
     .summary = "extended regular expression that the whole text matches"},
    NODE("of", of, "type of the items, or a map of named fields"),
    {.key = "description",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct parameter_fields, description),
     .summary = "for people"},
    {0},
};

struct reader {
    struct rz_arena *arena;
    const struct rz_source *source;
    struct rz_diags *diags;
    unsigned depth;
};

static bool complain(struct reader *reader, const struct rz_node *node, const char *message)
{
    rz_diags_add(reader->diags, RZ1402, rz_node_place(reader->source, node), "%s", message);
    return false;
}

static bool read_type(struct reader *reader, const struct rz_node *node, const char *text,
                      int *type)
{
    size_t count = sizeof type_texts / sizeof *type_texts;
    for (size_t i = 0; i < count; i++)
        if (strcmp(type_texts[i], text) == 0) {
            *type = (int)i;
            return true;
        }
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ1402, rz_node_place(reader->source, node),
                                        "there is no type `%.60s`", text);
    int nearest = rz_str_nearest(rz_str_of(text), type_texts, count);
    rz_diag_hint(reader->diags, diag,
                 nearest >= 0 ? "did you mean %s?" : "such as string, int, ipv4, list%s",
                 nearest >= 0 ? type_texts[nearest] : "");
    return false;
}

static bool read_bound(struct reader *reader, const struct rz_parameter *parameter,
                       const struct rz_node *node, bool *has, double *bound)
{
    uint64_t seconds;
    if (!node)
        return true;
    *has = true;
    if (node->kind == RZ_NODE_SCALAR && parameter->type == RZ_PARAM_DURATION
        && rz_duration_parse(&seconds, rz_node_str(node))) {
        *bound = (double)seconds;
        return true;
    }
    if (node->kind == RZ_NODE_SCALAR && parse_float(rz_node_str(node), bound))
        return true;
    return complain(reader, node, "a bound is a number, or a duration for that type");
}

static bool read_parameter(struct reader *reader, const struct rz_pair *pair,
                           struct rz_parameter *parameter);

/* `of: ipv4`, or `of: {name: label, ip: ipv4}`. */
static bool read_of(struct reader *reader, const struct rz_node *of, struct rz_parameter *parameter)
{
    if (!of)
        return true;
    if (++reader->depth > 8)
        return complain(reader, of, "types are nested too deeply");
    bool fields = of->kind == RZ_NODE_MAP, good = true;
    size_t count = fields ? of->count : 1;
    struct rz_parameter *inner = rz_arena_zero(reader->arena, (count + 1) * sizeof *inner);
    for (size_t i = 0; i < count; i++) {
        struct rz_pair pair = {of, of};
        good &= read_parameter(reader, fields ? &of->pairs[i] : &pair, &inner[i]);
    }
    if (!fields)
        inner[0].name = parameter->name;
    parameter->of = inner;
    parameter->of_count = count;
    parameter->of_fields = fields;
    reader->depth--;
    return good;
}

static bool read_pattern(struct reader *reader, const struct rz_node *node,
                         struct rz_parameter *parameter)
{
    regex_t regex;
    if (!parameter->pattern)
        return true;
    const char *why = rz_pattern_check(rz_str_of(parameter->pattern));
    if (why)
        return complain(reader, node, why);
    bool back_reference = false;
    for (const char *at = parameter->pattern; (at = strchr(at, '\\')) != NULL; at += at[1] ? 2 : 1)
        back_reference |= at[1] >= '1' && at[1] <= '9';
    if (back_reference || strlen(parameter->pattern) > PATTERN_MAX
        || strchr(parameter->pattern, '{')
        || regcomp(&regex, parameter->pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return complain(reader, node,
                        "the pattern is no extended regular expression, or has counts or back "
                        "references, which are not taken: they may run for ever");
    regfree(&regex);
    return true;
}

static bool read_map(struct reader *reader, const struct rz_node *node,
                     struct rz_parameter *parameter)
{
    struct parameter_fields fields = {0};
    struct rz_field_reader field_reader = {reader->source, reader->arena, reader->diags};
    const char *why;
    if (rz_fields_load(&field_reader, node, rz_parameter_fields, &fields) != RZ_OK)
        return false;
    const struct rz_node *type_node = rz_node_get(node, "type");
    parameter->required = fields.required;
    parameter->pattern = fields.pattern;
    parameter->description = fields.description;
    bool good = read_type(reader, type_node ? type_node : node, fields.type, &parameter->type);
    good = good && read_of(reader, fields.of, parameter) && read_pattern(reader, node, parameter)
           && read_bound(reader, parameter, fields.minimum, &parameter->has_minimum,
                         &parameter->minimum)
           && read_bound(reader, parameter, fields.maximum, &parameter->has_maximum,
                         &parameter->maximum);
    if (good && fields.choices)
        parameter->choices = rz_value_of_node(reader->arena, fields.choices);
    if (good && fields.choices && fields.choices->kind != RZ_NODE_LIST)
        good = complain(reader, fields.choices, "`enum` is a list of values");
    if (!good || !fields.fallback)
        return good;
    parameter->fallback_node = fields.fallback;
    parameter->fallback = rz_value_of_node(reader->arena, fields.fallback);
    if (fields.fallback->kind != RZ_NODE_NULL && !rz_has_variables(fields.fallback)
        && !rz_parameter_convert(reader->arena, parameter, &parameter->fallback, &why))
        return complain(reader, fields.fallback, why);
    return true;
}

static bool read_parameter(struct reader *reader, const struct rz_pair *pair,
                           struct rz_parameter *parameter)
{
    const struct rz_node *node = pair->value;
    *parameter = (struct rz_parameter){
        .node = node, .name = pair->key->kind == RZ_NODE_SCALAR ? pair->key->text : "item"};
    if (node->kind == RZ_NODE_SCALAR) {
        parameter->required = true;
        return read_type(reader, node, node->text, &parameter->type);
    }
    if (node->kind == RZ_NODE_NULL)
        return true; /* any text, not required */
    if (node->kind != RZ_NODE_MAP)
        return complain(reader, node, "a parameter is a type, or a map with a `type`");
    return read_map(reader, node, parameter);
}

enum rz_status rz_parameters_load(struct rz_arena *arena, const struct rz_source *source,
                                  const struct rz_node *map, struct rz_parameter **parameters,
                                  size_t *count, struct rz_diags *diags)
{
    struct reader reader = {.arena = arena, .source = source, .diags = diags};
    bool good = true;
    *parameters = NULL;
    *count = 0;
    if (!map || map->kind == RZ_NODE_NULL)
        return RZ_OK;
    if (map->kind != RZ_NODE_MAP)
        return complain(&reader, map, "`params` is a map of names to types") ? RZ_OK : RZ_INVALID;
    *parameters = rz_arena_zero(arena, (map->count + 1) * sizeof **parameters);
    for (uint32_t i = 0; i < map->count; i++)
        good &= read_parameter(&reader, &map->pairs[i], &(*parameters)[i]);
    *count = map->count;
    return good ? RZ_OK : RZ_INVALID;
}
