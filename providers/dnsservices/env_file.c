/* SPDX-License-Identifier: GPL-3.0-or-later */
/* .env files: NAME=value, a line each. Quoted values may have escapes ("…") or none ('…'); a `#` after
 * white space begins a comment. Nothing is expanded. */
#include "dnsservices/settings.h"

static bool is_name(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return text.size > 0;
}

static struct rz_str rest_is_comment(struct rz_str rest, bool *good)
{
    rest = rz_str_trim(rest);
    *good = rest.size == 0 || rest.data[0] == '#';
    return rest;
}

/* A value in quotes; NULL for one that does not end. */
static const char *quoted(struct rz_arena *arena, struct rz_str text)
{
    char quote = text.data[0], *out = rz_arena_bytes(arena, text.size + 1), *at = out;
    bool good = false;
    for (size_t i = 1; i < text.size; i++) {
        char c = text.data[i];
        if (c == quote) {
            rest_is_comment((struct rz_str){text.data + i + 1, text.size - i - 1}, &good);
            break;
        }
        if (c == '\\' && quote == '"' && i + 1 < text.size) {
            c = text.data[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        *at++ = c;
    }
    *at = '\0';
    return good ? out : NULL;
}

static const char *plain(struct rz_arena *arena, struct rz_str text)
{
    size_t size = text.size;
    for (size_t i = 1; i < text.size; i++)
        if (text.data[i] == '#' && (text.data[i - 1] == ' ' || text.data[i - 1] == '\t')) {
            size = i;
            break;
        }
    return rz_arena_str(arena, rz_str_trim((struct rz_str){text.data, size})).data;
}

static const char *value_of(struct rz_arena *arena, struct rz_str text)
{
    if (text.size == 0 || text.data[0] == '#')
        return "";
    return text.data[0] == '"' || text.data[0] == '\'' ? quoted(arena, text) : plain(arena, text);
}

static bool read_line(struct rz_env_entry *entry, struct rz_arena *arena, struct rz_str line)
{
    const char *equals = memchr(line.data, '=', line.size);
    if (!equals || memchr(line.data, '\0', line.size))
        return false;
    struct rz_str name = {line.data, (size_t)(equals - line.data)};
    if (rz_str_starts_with(name, "export ")) {
        name.data += 7;
        name.size -= 7;
    }
    name = rz_str_trim(name);
    struct rz_str text = {equals + 1, line.size - (size_t)(equals + 1 - line.data)};
    entry->value = value_of(arena, rz_str_trim(text));
    if (!is_name(name) || !entry->value)
        return false;
    entry->name = rz_arena_str(arena, name).data;
    return true;
}

enum rz_status rz_env_read(struct rz_env_entry **entries, size_t *count, struct rz_arena *arena,
                           const char *name, struct rz_str text, struct rz_diags *diags)
{
    size_t lines = 1;
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    *entries = rz_arena_alloc(arena, lines * sizeof **entries);
    *count = 0;
    uint32_t number = 1;
    for (size_t at = 0; at < text.size; number++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end ? (size_t)(end - text.data) - at : text.size - at;
        struct rz_str line = rz_str_trim((struct rz_str){text.data + at, size});
        at += size + 1;
        if (line.size == 0 || line.data[0] == '#')
            continue;
        struct rz_env_entry *entry = &(*entries)[*count];
        if (read_line(entry, arena, line)) {
            entry->line = number;
            ++*count;
            continue;
        }
        struct rz_place place = {.name = name, .line = number};
        struct rz_diag *diag = rz_diags_add(diags, RZ3501, place, "the line is not NAME=value");
        rz_diag_hint(diags, diag, "write NAME=value or NAME=\"value\", and # before comments");
        status = RZ_INVALID;
    }
    return status;
}
