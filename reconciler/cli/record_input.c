/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as people and programs give them: arguments, JSON lines, CSV. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/record.h"
#include "dns/rdata_fields.h"
#include "support/alloc.h"

#define INPUT_MAX ((size_t)64 << 20)
#define COLUMNS_MAX 16

static bool refuse(struct rz_cli *cli, struct rz_place place, const char *what, const char *detail,
                   const char *hint)
{
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, rz_str_of(detail));
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ3543, place, "%s%s", what,
                                        rz_buffer_view(&shown).data);
    if (hint)
        rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

bool rz_record_parse_type(struct rz_cli *cli, struct rz_place place, const char *text,
                          uint16_t *type)
{
    if (rz_rtype_parse(type, rz_str_of(text), false)
        && !(rz_rtype_flags(*type) & (RZ_RTYPE_META | RZ_RTYPE_SIGNING)))
        return true;
    return refuse(cli, place, "there is no record type ", text, "such as A, MX, TXT or TYPE65280");
}

bool rz_record_parse_owner(struct rz_cli *cli, struct rz_place place, const char *text,
                           struct rz_name *owner)
{
    const char *why;
    if (rz_name_parse(owner, rz_str_of(text), NULL, &why) == RZ_OK)
        return true;
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    rz_buffer_printf(&what, "not a name: %s: ", why);
    return refuse(cli, place, what.data, text, "write it whole, such as www.example.com");
}

static struct rz_record_entry *add(struct rz_cli *cli, struct rz_record_entries *entries)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? 2 * entries->capacity : 16;
        struct rz_record_entry *items = rz_arena_alloc(&cli->arena, capacity * sizeof *items);
        if (entries->count)
            memcpy(items, entries->items, entries->count * sizeof *items);
        entries->items = items;
        entries->capacity = capacity;
    }
    struct rz_record_entry *entry = &entries->items[entries->count++];
    *entry = (struct rz_record_entry){0};
    return entry;
}

static bool set_ttl(struct rz_cli *cli, struct rz_record_entry *entry, const char *text)
{
    entry->has_ttl = rz_ttl_parse(&entry->ttl, rz_str_of(text));
    return entry->has_ttl
           || refuse(cli, entry->place, "not a TTL: ", text, "seconds up to 2147483647, or 1h30m");
}

static bool set_priority(struct rz_cli *cli, struct rz_record_entry *entry, const char *text)
{
    char *end;
    const struct rz_rtype *row = rz_rtype_find(entry->type);
    unsigned long number = strtoul(text, &end, 10);
    bool takes = row && row->field_count && row->fields[0].kind == RZ_RFIELD_UINT
                 && (rz_rdata_has_field(row, RZ_STR("priority"))
                     || rz_rdata_has_field(row, RZ_STR("preference")));
    if (!takes)
        return refuse(cli, entry->place, "a record of this type has no priority", "", NULL);
    if (*text < '0' || *text > '9' || *end || number > 65535)
        return refuse(cli, entry->place, "not a priority: ", text, "a number up to 65535");
    entry->priority = rz_arena_strdup(&cli->arena, text);
    return true;
}

static void add_value(struct rz_cli *cli, struct rz_record_entry *entry, const char *value)
{
    struct rz_strings *values = &entry->values;
    const char **items = rz_arena_alloc(&cli->arena, (values->count + 1) * sizeof *items);
    if (values->count)
        memcpy(items, values->items, values->count * sizeof *items);
    items[values->count++] = rz_arena_strdup(&cli->arena, value);
    values->items = items;
}

/* {"preference": 10, "exchange": "mail.example.net."} */
static bool add_object(struct rz_cli *cli, struct rz_record_entry *entry, json_t *object)
{
    const struct rz_rtype *row = rz_rtype_find(entry->type);
    size_t count = 0, bad = 0;
    const char *key, *why;
    json_t *value;
    if (!row || !row->field_count)
        return refuse(cli, entry->place, "a value of this type has no fields", "",
                      "write it as text");
    struct rz_rdata_field *fields = rz_arena_alloc(&cli->arena,
                                                   (json_object_size(object) + 1) * sizeof *fields);
    json_object_foreach(object, key, value)
    {
        const char *text = json_string_value(value);
        if (json_is_integer(value))
            text = rz_arena_printf(&cli->arena, "%lld", (long long)json_integer_value(value));
        if (!text)
            return refuse(cli, entry->place, "neither text nor a whole number: ", key, NULL);
        fields[count++] = (struct rz_rdata_field){rz_str_of(key), rz_str_of(text)};
    }
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!rz_rdata_compose(&text, row, fields, count, &bad, &why))
        return refuse(cli, entry->place, "", why, NULL);
    add_value(cli, entry, rz_buffer_view(&text).data);
    return true;
}

/* Text that is a JSON object counts as fields. */
static bool add_text(struct rz_cli *cli, struct rz_record_entry *entry, const char *text)
{
    json_t *object = text[0] == '{' && !(rz_rtype_flags(entry->type) & RZ_RTYPE_TEXT)
                         ? json_loads(text, JSON_REJECT_DUPLICATES, NULL)
                         : NULL;
    bool good = true;
    if (json_is_object(object))
        good = add_object(cli, entry, object);
    else
        add_value(cli, entry, text);
    json_decref(object);
    return good;
}

static bool check_values(struct rz_cli *cli, enum rz_record_verb verb,
                         const struct rz_record_entry *entry)
{
    if (entry->values.count == 0
        && (verb == RZ_RECORD_CREATE || (verb == RZ_RECORD_UPDATE && !entry->has_ttl)))
        return refuse(cli, entry->place, "a value is missing", "",
                      "rezone record create www.example.com A 192.0.2.1");
    if (verb == RZ_RECORD_DELETE && entry->has_ttl)
        return refuse(cli, entry->place, "what is deleted has no TTL to be given", "", NULL);
    return true;
}

/* ---- files */

static bool take_member(struct rz_cli *cli, struct rz_record_entry *entry, const char *key,
                        json_t *value)
{
    size_t index;
    json_t *item;
    const char *text = json_string_value(value);
    bool good = true;
    if (json_is_integer(value))
        text = rz_arena_printf(&cli->arena, "%lld", (long long)json_integer_value(value));
    if (strcmp(key, "name") == 0 || strcmp(key, "type") == 0)
        return true; /* taken first */
    if (strcmp(key, "ttl") == 0 && text)
        return set_ttl(cli, entry, text);
    if (strcmp(key, "priority") == 0 && text)
        return set_priority(cli, entry, text);
    bool is_value = strcmp(key, "value") == 0 || strcmp(key, "values") == 0;
    if (is_value && json_is_object(value))
        return add_object(cli, entry, value);
    if (is_value && text)
        return add_text(cli, entry, text);
    if (!is_value || !json_is_array(value))
        return refuse(cli, entry->place, "not known, or not of the right kind: ", key,
                      "name, type, ttl, priority, value, values");
    json_array_foreach(value, index, item)
        good &= json_is_object(item) ? add_object(cli, entry, item)
                : json_is_string(item)
                    ? add_text(cli, entry, json_string_value(item))
                    : refuse(cli, entry->place, "a value is text or an object", "", NULL);
    return good;
}

static bool take_json(struct rz_cli *cli, struct rz_record_entry *entry, struct rz_str line)
{
    json_error_t error;
    const char *key;
    json_t *value, *object = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, &error);
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *type = json_string_value(json_object_get(object, "type"));
    bool good;
    if (!object)
        good = refuse(cli, entry->place, "not JSON: ", error.text, NULL);
    else if (!name || !type)
        good = refuse(cli, entry->place, "`name` or `type` is missing", "", NULL);
    else
        good = rz_record_parse_owner(cli, entry->place, name, &entry->owner)
               && rz_record_parse_type(cli, entry->place, type, &entry->type);
    if (good)
        json_object_foreach(object, key, value) good &= take_member(cli, entry, key, value);
    json_decref(object);
    return good;
}

/* RFC 4180 §2 but for line ends inside quotes. False where a quote does not end. */
static bool split_csv(struct rz_cli *cli, struct rz_str line, const char *cells[COLUMNS_MAX],
                      size_t *count)
{
    char *out = rz_arena_bytes(&cli->arena, line.size + COLUMNS_MAX + 1);
    bool quoted = false;
    *count = 0;
    cells[(*count)++] = out;
    for (size_t i = 0; i < line.size; i++) {
        char c = line.data[i];
        if (c == '"' && quoted && i + 1 < line.size && line.data[i + 1] == '"') {
            *out++ = line.data[++i];
        } else if (c == '"' && (quoted || out == cells[*count - 1])) {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            *out++ = '\0';
            if (*count == COLUMNS_MAX)
                return false;
            cells[(*count)++] = out;
        } else {
            *out++ = c;
        }
    }
    *out = '\0';
    return !quoted;
}

struct csv {
    const char *heads[COLUMNS_MAX];
    size_t count;
};

static const char *cell(const struct csv *csv, const char *const *cells, size_t count,
                        const char *head)
{
    for (size_t i = 0; i < csv->count && i < count; i++)
        if (strcmp(csv->heads[i], head) == 0 && *cells[i])
            return cells[i];
    return NULL;
}

static bool take_heads(struct rz_cli *cli, struct csv *csv, struct rz_place place,
                       struct rz_str line)
{
    static const char *const known[] = {"name", "type", "ttl", "priority", "value"};
    bool good = split_csv(cli, line, csv->heads, &csv->count);
    for (size_t i = 0; good && i < csv->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            is_known |= strcmp(csv->heads[i], known[k]) == 0;
        good = is_known;
    }
    return good
           || refuse(cli, place, "the first line does not name the columns", "",
                     "name,type,ttl,priority,value: in any order, name and type are needed");
}

static bool take_csv(struct rz_cli *cli, const struct csv *csv, struct rz_record_entry *entry,
                     struct rz_str line)
{
    const char *cells[COLUMNS_MAX];
    size_t count;
    if (!split_csv(cli, line, cells, &count) || count > csv->count)
        return refuse(cli, entry->place, "too many columns, or a quote that does not end", "",
                      NULL);
    const char *name = cell(csv, cells, count, "name"), *type = cell(csv, cells, count, "type");
    const char *ttl = cell(csv, cells, count, "ttl"), *value = cell(csv, cells, count, "value");
    const char *priority = cell(csv, cells, count, "priority");
    if (!name || !type)
        return refuse(cli, entry->place, "name or type is missing", "", NULL);
    return rz_record_parse_owner(cli, entry->place, name, &entry->owner)
           && rz_record_parse_type(cli, entry->place, type, &entry->type)
           && (!ttl || set_ttl(cli, entry, ttl))
           && (!priority || set_priority(cli, entry, priority))
           && (!value || add_text(cli, entry, value));
}

bool rz_record_entries_parse(struct rz_cli *cli, enum rz_record_verb verb, const char *name,
                             struct rz_str text, struct rz_record_entries *entries)
{
    struct csv csv = {0};
    uint32_t number = 1;
    bool good = true, is_json = rz_str_starts_with(rz_str_trim(text), "{");
    for (size_t at = 0; at < text.size; number++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end ? (size_t)(end - text.data) - at : text.size - at;
        struct rz_str line = rz_str_trim((struct rz_str){text.data + at, size});
        struct rz_place place = {.name = name, .line = number};
        at += size + 1;
        if (line.size == 0)
            continue;
        if (!is_json && !csv.count) {
            if (!take_heads(cli, &csv, place, line))
                return false;
            continue;
        }
        struct rz_record_entry *entry = add(cli, entries);
        entry->place = place;
        good &= (is_json ? take_json(cli, entry, line) : take_csv(cli, &csv, entry, line))
                && check_values(cli, verb, entry);
    }
    if (good && !entries->count)
        return refuse(cli, rz_place_named(name), "there are no records in it", "", NULL);
    return good;
}

static bool read_file(struct rz_cli *cli, const char *name, struct rz_buffer *text)
{
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    while (fd >= 0 && text->size <= INPUT_MAX) {
        got = read(fd, rz_buffer_reserve(text, 65536), 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        text->size += (size_t)got;
    }
    int error = errno;
    if (!is_stdin && fd >= 0)
        close(fd);
    if (got == 0)
        return true;
    return refuse(cli, rz_place_named(name),
                  "cannot be read: ", got > 0 ? "it is larger than 64 MiB" : strerror(error), NULL);
}

bool rz_record_entries_read(struct rz_cli *cli, enum rz_record_verb verb,
                            struct rz_record_entries *entries)
{
    const char *file = cli->options.last[RZ_OPT_FILE], *ttl = cli->options.last[RZ_OPT_TTL];
    const char *priority = cli->options.last[RZ_OPT_PRIORITY];
    if (file) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        if (cli->argument_count || ttl || priority)
            return refuse(cli, (struct rz_place){0}, "with --file the records are all in the file",
                          "", "take out the arguments, --ttl and --priority");
        return read_file(cli, file, &text)
               && rz_record_entries_parse(cli, verb,
                                          strcmp(file, "-") == 0 ? "standard input" : file,
                                          rz_buffer_view(&text), entries);
    }
    if (cli->argument_count < 2)
        return refuse(cli, (struct rz_place){0}, "a name and a type are needed", "",
                      "rezone record create www.example.com A 192.0.2.1, or --file FILE");
    struct rz_record_entry *entry = add(cli, entries);
    bool good = rz_record_parse_owner(cli, entry->place, cli->arguments[0], &entry->owner)
                && rz_record_parse_type(cli, entry->place, cli->arguments[1], &entry->type)
                && (!ttl || set_ttl(cli, entry, ttl))
                && (!priority || set_priority(cli, entry, priority));
    for (size_t i = 2; good && i < cli->argument_count; i++)
        good = add_text(cli, entry, cli->arguments[i]);
    return good && check_values(cli, verb, entry);
}
