/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks as values: their keys, how they are told, when two are one. */
#include "language/check.h"

#include <stdlib.h>

const char *const rz_check_kinds[] = {"http", "tcp", "tls", "dns", "exec", NULL};
const char *const rz_check_moments[] = {"always", "after-apply", "verify", NULL};

bool rz_check_is_due(const struct rz_check *check, bool apply)
{
    return check->when == RZ_CHECK_ALWAYS || (check->when == RZ_CHECK_AFTER_APPLY) == apply;
}

static void print_words(struct rz_buffer *out, const char *before, const struct rz_strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        rz_buffer_printf(out, "%s%s", i ? " " : before, words->items[i]);
}

void rz_check_print(struct rz_buffer *out, const struct rz_check *check)
{
    rz_buffer_text(out, rz_check_kinds[check->kind]);
    print_words(out, " ", &check->command);
    if (check->subject)
        rz_buffer_printf(out, " %s", check->subject);
    print_words(out, " via ", &check->via);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_words(const struct rz_strings *a, const struct rz_strings *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return a->count == b->count;
}

bool rz_check_equal(const struct rz_check *a, const struct rz_check *b)
{
    return a->kind == b->kind && same_text(a->subject, b->subject)
           && same_words(&a->command, &b->command) && same_words(&a->expect, &b->expect)
           && same_words(&a->contains, &b->contains) && same_words(&a->equals, &b->equals)
           && same_words(&a->via, &b->via) && a->resolve == b->resolve
           && same_text(a->ca_file, b->ca_file) && same_text(a->name, b->name) && a->days == b->days
           && a->timeout == b->timeout && a->retries == b->retries && a->when == b->when;
}

static const char *copy_text(struct rz_arena *arena, const char *text)
{
    return text ? rz_arena_strdup(arena, text) : NULL;
}

static void copy_words(struct rz_arena *arena, struct rz_strings *words)
{
    const char **items = rz_arena_alloc(arena, (words->count + 1) * sizeof *items);
    for (size_t i = 0; i < words->count; i++)
        items[i] = rz_arena_strdup(arena, words->items[i]);
    words->items = items;
}

struct rz_check rz_check_copy(struct rz_arena *arena, const struct rz_check *check)
{
    struct rz_check copy = *check;
    copy.subject = copy_text(arena, check->subject);
    copy.ca_file = copy_text(arena, check->ca_file);
    copy.name = copy_text(arena, check->name);
    copy.file = copy_text(arena, check->file);
    copy_words(arena, &copy.command);
    copy_words(arena, &copy.expect);
    copy_words(arena, &copy.contains);
    copy_words(arena, &copy.equals);
    copy_words(arena, &copy.via);
    return copy;
}

bool rz_check_split(const char *text, char host[256], uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || colon[1] < '1' || colon[1] > '9' || strlen(colon + 1) > 5)
        return false;
    char *end;
    unsigned long number = strtoul(colon + 1, &end, 10);
    size_t size = (size_t)(colon - text);
    bool brackets = text[0] == '[' && text[size - 1] == ']';
    if (brackets) {
        text++;
        size -= 2;
    }
    if (*end || number > 65535 || size == 0 || size > 253 || (!brackets && memchr(text, ':', size)))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] == 0x7f
            || strchr("/\\@?#[]\"'", text[i]))
            return false;
    memcpy(host, text, size);
    host[size] = '\0';
    *port = (uint16_t)number;
    return true;
}
