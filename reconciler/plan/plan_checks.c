/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks of a zone in plan files: what is reviewed and signed is also how it will be verified. */
#include "plan/plan_checks.h"

#include "dns/rtype.h"
#include "support/json_write.h"

#define CHECKS_MAX 1000
#define WORDS_MAX 1000

/* The lists of a check by their keys, in order. */
static const struct {
    const char *key;
    size_t offset;
} lists[] = {
    {"contains", offsetof(struct rz_check, contains)},
    {"equals", offsetof(struct rz_check, equals)},
    {"exec", offsetof(struct rz_check, command)},
    {"expect", offsetof(struct rz_check, expect)},
    {"via", offsetof(struct rz_check, via)},
};
enum { CONTAINS, EQUALS, EXEC, EXPECT, VIA };

static const struct rz_strings *list_of(const struct rz_check *check, int which)
{
    return (const struct rz_strings *)(const void *)((const char *)check + lists[which].offset);
}

static void write_list(struct rz_buffer *out, const struct rz_check *check, int which)
{
    const struct rz_strings *words = list_of(check, which);
    rz_json_key(out, lists[which].key);
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < words->count; i++) {
        rz_json_comma(out);
        rz_json_string(out, rz_str_of(words->items[i]));
    }
    rz_buffer_char(out, ']');
}

static void write_check(struct rz_buffer *out, const struct rz_check *check)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "ca_file", check->ca_file);
    rz_json_int(out, "column", check->column);
    write_list(out, check, CONTAINS);
    rz_json_int(out, "days", (int64_t)check->days);
    write_list(out, check, EQUALS);
    write_list(out, check, EXEC);
    write_list(out, check, EXPECT);
    rz_json_text(out, "file", check->file);
    rz_json_text(out, "kind", rz_check_kinds[check->kind]);
    rz_json_int(out, "line", check->line);
    rz_json_text(out, "name", check->name);
    rz_json_bool(out, "resolve", check->resolve);
    rz_json_int(out, "retries", (int64_t)check->retries);
    rz_json_text(out, "subject", check->subject);
    rz_json_int(out, "timeout", (int64_t)check->timeout);
    write_list(out, check, VIA);
    rz_json_text(out, "when", rz_check_moments[check->when]);
    rz_buffer_char(out, '}');
}

void rz_plan_checks_json(struct rz_buffer *out, const struct rz_zone_plan *zone)
{
    rz_json_key(out, "checks");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->check_count; i++)
        write_check(out, &zone->checks[i]);
    rz_buffer_char(out, ']');
}

/* Text of a member, in the arena. */
static const char *keep(struct rz_arena *arena, const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text ? rz_arena_strdup(arena, text) : NULL;
}

static bool read_number(uint64_t *number, const json_t *item, const char *key, uint64_t most)
{
    const json_t *value = json_object_get(item, key);
    json_int_t read = json_integer_value(value);
    *number = (uint64_t)read;
    return json_is_integer(value) && read >= 0 && (uint64_t)read <= most;
}

/* The index of a word, -1: it is none of them. */
static int word_of(const json_t *item, const char *key, const char *const *words)
{
    const char *text = json_string_value(json_object_get(item, key));
    for (int i = 0; text && words[i]; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return -1;
}

static bool read_list(struct rz_arena *arena, const json_t *item, int which, struct rz_check *check)
{
    size_t i;
    json_t *value;
    const json_t *list = json_object_get(item, lists[which].key);
    if (!json_is_array(list) || json_array_size(list) > WORDS_MAX)
        return false;
    const char **items = rz_arena_alloc(arena, (json_array_size(list) + 1) * sizeof *items);
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value))
            return false;
        items[i] = rz_arena_strdup(arena, json_string_value(value));
    }
    struct rz_strings *words = (struct rz_strings *)(void *)((char *)check + lists[which].offset);
    *words = (struct rz_strings){items, json_array_size(list)};
    return true;
}

static bool read_check(struct rz_arena *arena, const json_t *item, struct rz_check *check)
{
    uint64_t line, column;
    *check = (struct rz_check){.kind = word_of(item, "kind", rz_check_kinds),
                               .when = word_of(item, "when", rz_check_moments),
                               .subject = keep(arena, item, "subject"),
                               .ca_file = keep(arena, item, "ca_file"),
                               .name = keep(arena, item, "name"),
                               .file = keep(arena, item, "file"),
                               .resolve = json_is_true(json_object_get(item, "resolve"))};
    for (int i = CONTAINS; i <= VIA; i++)
        if (!read_list(arena, item, i, check))
            return false;
    if (check->kind < 0 || check->when < 0 || !check->file
        || !read_number(&check->days, item, "days", 3650)
        || !read_number(&check->retries, item, "retries", 100)
        || !read_number(&check->timeout, item, "timeout", 3600) || check->timeout == 0
        || !read_number(&line, item, "line", UINT32_MAX)
        || !read_number(&column, item, "column", UINT32_MAX))
        return false;
    check->line = (uint32_t)line;
    check->column = (uint32_t)column;
    return check->kind == RZ_CHECK_EXEC ? check->command.count > 0 : check->subject != NULL;
}

bool rz_plan_checks_read(struct rz_zone_plan *zone, const json_t *list)
{
    size_t i;
    json_t *item;
    if (!list) /* a plan of an earlier rezone */
        return true;
    if (!json_is_array(list) || json_array_size(list) > CHECKS_MAX)
        return false;
    struct rz_check *checks = rz_arena_alloc(&zone->arena,
                                             (json_array_size(list) + 1) * sizeof *checks);
    zone->checks = checks;
    json_array_foreach(list, i, item)
    {
        if (!read_check(&zone->arena, item, &checks[i]))
            return false;
        zone->check_count++;
    }
    return true;
}

void rz_plan_ignore_json(struct rz_buffer *out, const struct rz_zone_plan *zone)
{
    char type[RZ_RTYPE_TEXT_MAX];
    rz_json_key(out, "ignore");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->ignore_count; i++) {
        const struct rz_zone_pattern *pattern = &zone->ignore[i];
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        rz_json_text(out, "name", pattern->name);
        rz_json_text(out, "type", pattern->type ? rz_rtype_text(type, pattern->type) : NULL);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

bool rz_plan_ignore_read(struct rz_zone_plan *zone, const json_t *list)
{
    size_t i;
    json_t *item;
    if (!list) /* a plan of an earlier rezone */
        return true;
    if (!json_is_array(list))
        return false;
    struct rz_zone_pattern *patterns = rz_arena_alloc(&zone->arena, (json_array_size(list) + 1)
                                                                        * sizeof *patterns);
    zone->ignore = patterns;
    json_array_foreach(list, i, item)
    {
        const char *type = json_string_value(json_object_get(item, "type"));
        patterns[i] = (struct rz_zone_pattern){.name = keep(&zone->arena, item, "name")};
        if ((type && !rz_rtype_parse(&patterns[i].type, rz_str_of(type), true))
            || (!type && !patterns[i].name))
            return false;
        zone->ignore_count++;
    }
    return true;
}
