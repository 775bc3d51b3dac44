/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that read files of the project, and the environment variables that a project allows. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "language/functions.h"
#include "language/functions_data.h"
#include "language/yaml.h"
#include "support/file.h"

#define FILE_OCTETS_MAX ((size_t)1 << 20)
#define JSON_DEPTH_MAX 64

static void tell_input(struct rz_call *call, const char *kind, struct rz_str name,
                       struct rz_str content)
{
    if (call->evaluation->input)
        call->evaluation->input(call->evaluation->input_user, kind, name, content);
}

/* The text of the file that the first argument names; `content` is the caller's to free. */
static bool read_file(struct rz_call *call, struct rz_buffer *content)
{
    struct rz_str path = rz_value_str(&call->arguments[0]);
    *content = (struct rz_buffer){0};
    if (call->evaluation->project_dir < 0 || strlen(path.data) != path.size || path.size == 0) {
        rz_call_fail(call, path.size ? "there is no project whose files could be read"
                                     : "the file's name is empty");
        return false;
    }
    enum rz_status status = rz_file_read(call->evaluation->project_dir, path.data, FILE_OCTETS_MAX,
                                         content);
    tell_input(call, "file", path, status == RZ_OK ? rz_buffer_view(content) : (struct rz_str){0});
    if (status == RZ_NOT_FOUND)
        rz_call_fail(call, "the project has no file %s", path.data);
    else if (status == RZ_REFUSED)
        rz_call_fail(call, "%s leads out of the project, or through a link", path.data);
    else if (status == RZ_LIMIT)
        rz_call_fail(call, "%s has more than %zu MiB", path.data, FILE_OCTETS_MAX >> 20);
    else if (status != RZ_OK)
        rz_call_fail(call, "%s cannot be read: %s", path.data, strerror(errno));
    else if (!rz_str_is_utf8(rz_buffer_view(content)))
        rz_call_fail(call, "%s is not UTF-8", path.data);
    else if (rz_evaluation_spend(call->evaluation, content->size / 64, content->size))
        return true;
    return false;
}

/* Without a byte order mark, which spreadsheets write. */
static struct rz_str without_mark(const struct rz_buffer *content)
{
    struct rz_str text = rz_buffer_view(content);
    size_t mark = rz_str_starts_with(text, "\xef\xbb\xbf") ? 3 : 0;
    return (struct rz_str){text.data + mark, text.size - mark};
}

static struct rz_value call_file(struct rz_call *call)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    return read_file(call, &content) ? rz_call_text(call, rz_buffer_view(&content))
                                     : rz_value_null();
}

static struct rz_value of_json(struct rz_call *call, const json_t *json, unsigned depth);

static struct rz_value of_json_array(struct rz_call *call, const json_t *json, unsigned depth)
{
    size_t count = json_array_size(json);
    struct rz_value *items = rz_call_items(call, count);
    for (size_t i = 0; items && i < count; i++)
        items[i] = of_json(call, json_array_get(json, i), depth + 1);
    return rz_call_list(call, items, count);
}

static struct rz_value of_json_object(struct rz_call *call, json_t *json, unsigned depth)
{
    size_t count = json_object_size(json), i = 0;
    struct rz_entry *entries = rz_call_entries(call, count);
    for (void *at = json_object_iter(json); entries && at;
         at = json_object_iter_next(json, at), i++) {
        struct rz_value key = rz_call_text(call, rz_str_of(json_object_iter_key(at)));
        if (key.kind != RZ_VALUE_STRING)
            return rz_value_null();
        entries[i].key = rz_value_str(&key);
        entries[i].value = of_json(call, json_object_iter_value(at), depth + 1);
    }
    return rz_call_map(call, entries, count);
}

static struct rz_value of_json(struct rz_call *call, const json_t *json, unsigned depth)
{
    if (depth > JSON_DEPTH_MAX)
        return call->evaluation->failed
                   ? rz_value_null()
                   : rz_call_fail(call, "the file is nested more than %d deep", JSON_DEPTH_MAX);
    switch (json_typeof(json)) {
    case JSON_OBJECT: {
        json_t *object;
        memcpy(&object, &json, sizeof object); /* jansson's iterators take no const */
        return of_json_object(call, object, depth);
    }
    case JSON_ARRAY: return of_json_array(call, json, depth);
    case JSON_STRING:
        return rz_call_text(call,
                            (struct rz_str){json_string_value(json), json_string_length(json)});
    case JSON_INTEGER: return rz_value_int(json_integer_value(json));
    case JSON_REAL: return rz_value_float(json_real_value(json));
    case JSON_NULL: return rz_value_null();
    default: return rz_value_bool(json_is_true(json));
    }
}

static struct rz_value call_json(struct rz_call *call)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    json_error_t error;
    if (!read_file(call, &content))
        return rz_value_null();
    struct rz_str text = without_mark(&content);
    json_t *json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                              &error);
    if (!json)
        return rz_call_fail(call, "%s:%d:%d: %s", call->arguments[0].text, error.line, error.column,
                            error.text);
    struct rz_value value = of_json(call, json, 0);
    json_decref(json);
    return value;
}

static struct rz_value call_yaml(struct rz_call *call)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    struct rz_diags diags = {0};
    struct rz_value value = rz_value_null();
    if (!read_file(call, &content))
        return value;
    /* Nodes borrow nothing of the source, but live as long as their arena, which the zone's takes over. */
    struct rz_arena arena = {0};
    struct rz_source source = {call->arguments[0].text, without_mark(&content)};
    const struct rz_node *root = rz_yaml_load(&source, &arena, NULL, &diags);
    if (!root)
        rz_call_fail(call, "%s:%u:%u: %s", call->arguments[0].text,
                     diags.count ? diags.items[0].line : 0, diags.count ? diags.items[0].column : 0,
                     diags.count ? diags.items[0].message : "not YAML");
    else if (rz_evaluation_spend(call->evaluation, 0, arena.total))
        value = rz_value_of_node(&arena, root);
    rz_diags_free(&diags);
    rz_arena_absorb(call->evaluation->arena, &arena);
    return call->evaluation->failed || !rz_evaluation_spend_value(call->evaluation, &value)
               ? rz_value_null()
               : value;
}

static struct rz_value call_csv(struct rz_call *call)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    struct rz_str separator = call->count > 1 ? rz_value_str(&call->arguments[1]) : RZ_STR(",");
    if (separator.size != 1 || strchr("\"\r\n", separator.data[0]))
        return rz_call_fail(call, "the separator is one octet, and no quote or line end");
    if (!read_file(call, &content))
        return rz_value_null();
    return rz_csv_read(call, without_mark(&content), separator.data[0]);
}

static struct rz_value call_env(struct rz_call *call)
{
    struct rz_evaluation *evaluation = call->evaluation;
    const char *name = call->arguments[0].text;
    for (size_t i = 0; evaluation->allow_env && i < evaluation->allow_env_count; i++) {
        if (!rz_str_is(rz_value_str(&call->arguments[0]), evaluation->allow_env[i]))
            continue;
        const char *found = getenv(name);
        tell_input(call, "env", rz_str_of(name), found ? rz_str_of(found) : (struct rz_str){0});
        if (found)
            return rz_call_text(call, rz_str_of(found));
        return call->count > 1 ? call->arguments[1] : rz_call_fail(call, "%s is not set", name);
    }
    return rz_call_fail(call, "`allow_env` of rezone.yaml does not list %.*s",
                        call->arguments[0].count < 80 ? (int)call->arguments[0].count : 80, name);
}

/* clang-format off */
const struct rz_function rz_functions_data[] = {
    {"file", "s", "file(path) → string", "The text of a file of the project, of at most 1 MiB.", "trim(file(\"motd.txt\"))",
     "\"hello\"", call_file},
    {"json", "s", "json(path) → value", "The value of a JSON file of the project.", "json(\"hosts.json\")[0].name", "\"web1\"", call_json},
    {"yaml", "s", "yaml(path) → value", "The value of a YAML file of the project.", "yaml(\"hosts.yaml\").web1", "\"192.0.2.1\"", call_yaml},
    {"csv", "s?s", "csv(path, separator = \",\") → list",
     "The rows of a CSV file of the project (RFC 4180) as maps by the names of its first row; all fields are strings.",
     "csv(\"hosts.csv\")", "[{\"name\":\"web1\",\"ip\":\"192.0.2.1\"},{\"name\":\"web2\",\"ip\":\"\"}]", call_csv},
    {"env", "s?a", "env(name, default) → string",
     "An environment variable, if rezone.yaml lists it under `allow_env`; the default where it is not set.",
     "[env(\"RZ_TEST_SITE\"), env(\"RZ_TEST_ABSENT\", \"none\")]", "[\"berlin\",\"none\"]", call_env},
    {0},
};
/* clang-format on */
