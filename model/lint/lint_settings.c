/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels by code, and what a zone allows itself. */
#include "lint/lint_settings.h"

const char *const rz_lint_level_words[] = {"error", "warning", "note", "off", NULL};

static const enum rz_lint_level word_levels[] = {RZ_LINT_ERROR, RZ_LINT_WARNING, RZ_LINT_NOTE,
                                                 RZ_LINT_OFF};

/* "RZ" and four digits; 0 otherwise. */
static int code_of(struct rz_str text)
{
    int code = 0;
    if (text.size != 6 || text.data[0] != 'R' || text.data[1] != 'Z')
        return 0;
    for (size_t i = 2; i < 6; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        code = code * 10 + (text.data[i] - '0');
    }
    return code;
}

static void hint_nearest(const struct rz_field_reader *reader, struct rz_diag *diag,
                         struct rz_str text)
{
    const char *names[RZ_LINT_SLOTS];
    size_t count = 0;
    for (; rz_lint_example(count); count++)
        names[count] = rz_arena_printf(reader->arena, "RZ%d", (int)rz_lint_example(count)->code);
    int nearest = rz_str_nearest(text, names, count);
    const struct rz_code_info *info = rz_code_find(code_of(text));
    if (info)
        rz_diag_hint(reader->diags, diag, "that is \"%s\", which is no finding of lint",
                     info->title);
    else if (nearest >= 0)
        rz_diag_hint(reader->diags, diag, "did you mean %s, \"%s\"?", names[nearest],
                     rz_code_find((int)rz_lint_example((size_t)nearest)->code)->title);
    else
        rz_diag_hint(reader->diags, diag,
                     "codes are those that `rezone validate` shows, such as RZ2101");
}

/* A rule's code; 0, and an error, where it is none. */
static enum rz_code read_code(const struct rz_field_reader *reader, const struct rz_node *node,
                              enum rz_code error)
{
    struct rz_str text = node->kind == RZ_NODE_SCALAR ? rz_node_str(node) : RZ_STR("");
    int code = code_of(text);
    if (code && rz_lint_slot(code) >= 0)
        return (enum rz_code)code;
    struct rz_diag *diag = rz_diags_add(reader->diags, error, rz_node_place(reader->source, node),
                                        "`%.60s` is no code of lint", text.data);
    hint_nearest(reader, diag, text);
    return (enum rz_code)0;
}

static bool read_level(struct rz_lint_settings *settings, enum rz_code code,
                       const struct rz_node *node, const struct rz_field_reader *reader)
{
    for (size_t i = 0; node->kind == RZ_NODE_SCALAR && rz_lint_level_words[i]; i++)
        if (rz_str_is(rz_node_str(node), rz_lint_level_words[i])) {
            settings->levels[rz_lint_slot((int)code)] = (uint8_t)word_levels[i];
            return true;
        }
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ1006, rz_node_place(reader->source, node),
                                        "RZ%d cannot have this level", (int)code);
    rz_diag_hint(reader->diags, diag, "write one of: error, warning, note, off");
    return false;
}

enum rz_status rz_lint_levels_load(struct rz_lint_settings *settings, const struct rz_node *map,
                                   const struct rz_field_reader *reader)
{
    bool good = true;
    if (!map || map->kind == RZ_NODE_NULL)
        return RZ_OK;
    if (map->kind != RZ_NODE_MAP) {
        rz_diags_add(reader->diags, RZ1005, rz_node_place(reader->source, map),
                     "`lint` is a map of codes to levels, but this is %s", rz_node_kind_text(map));
        return RZ_INVALID;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        enum rz_code code = read_code(reader, map->pairs[i].key, RZ1004);
        good &= code && read_level(settings, code, map->pairs[i].value, reader);
    }
    return good ? RZ_OK : RZ_INVALID;
}

const struct rz_field rz_lint_zone_fields[] = {
    {.key = "allow",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct rz_lint_zone_keys, allow),
     .summary = "codes of findings that are not reported for the zone: a list"},
    {.key = "reason",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct rz_lint_zone_keys, reason),
     .summary = "why, for those who read the file"},
    {0},
};

enum rz_status rz_lint_allowed_load(struct rz_lint_allowed *allowed,
                                    const struct rz_lint_zone_keys *keys,
                                    const struct rz_field_reader *reader)
{
    const struct rz_node *allow = keys->allow;
    bool good = true;
    *allowed = (struct rz_lint_allowed){0};
    if (!allow || allow->kind == RZ_NODE_NULL)
        return RZ_OK;
    size_t count = allow->kind == RZ_NODE_LIST ? allow->count : 1;
    enum rz_code *codes = rz_arena_alloc(reader->arena, (count + 1) * sizeof *codes);
    for (size_t i = 0; i < count; i++) {
        enum rz_code code = read_code(reader, allow->kind == RZ_NODE_LIST ? allow->items[i] : allow,
                                      RZ1006);
        if (code)
            codes[allowed->count++] = code;
        good &= code != 0;
    }
    allowed->codes = codes;
    allowed->reason = keys->reason ? rz_arena_strdup(reader->arena, keys->reason) : NULL;
    return good ? RZ_OK : RZ_INVALID;
}
