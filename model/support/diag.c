/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of diagnostics. */
#include "support/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/alloc.h"

#define EXCERPT_MAX 1024
#define MESSAGE_MAX 2048

/* The start of line `number`, NULL past the end. Goes on from the place of the last look-up where it
 * can: the errors of a large file come in its order. */
static const char *start_of_line(struct rz_diags *diags, struct rz_str text, uint32_t number)
{
    const char *line = text.data, *end = text.data + text.size;
    uint32_t at = 1;
    if (diags->seek.text == text.data && diags->seek.size == text.size
        && diags->seek.line <= number) {
        line = diags->seek.start;
        at = diags->seek.line;
    }
    for (; at < number; at++) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (!line)
            return NULL;
        line++;
    }
    diags->seek.text = text.data;
    diags->seek.size = text.size;
    diags->seek.start = line;
    diags->seek.line = number;
    return line;
}

/* The text of line `number`, at most EXCERPT_MAX octets of it; NULL past the end. */
static const char *line_of(struct rz_diags *diags, struct rz_str text, uint32_t number)
{
    const char *line = start_of_line(diags, text, number), *end = text.data + text.size;
    if (!line || line >= end)
        return NULL;
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t size = (size_t)((stop ? stop : end) - line);
    if (size && line[size - 1] == '\r')
        size--;
    struct rz_str excerpt = {line, size > EXCERPT_MAX ? EXCERPT_MAX : size};
    return rz_arena_str(&diags->arena, excerpt).data;
}

__attribute__((format(printf, 2, 0))) static const char *format_text(struct rz_arena *arena,
                                                                     const char *format,
                                                                     va_list arguments)
{
    char text[MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    return rz_arena_strdup(arena, text);
}

static void set_place(struct rz_diags *diags, struct rz_diag *diag, struct rz_place place)
{
    const char *name = place.source ? place.source->name : place.name;
    diag->file = name ? rz_arena_strdup(&diags->arena, name) : NULL;
    diag->line = place.line;
    diag->column = place.column;
    diag->width = place.width;
    if (place.source && place.line)
        diag->excerpt = line_of(diags, place.source->text, place.line);
}

static void count(struct rz_diags *diags, enum rz_severity severity, size_t by)
{
    if (severity == RZ_ERROR)
        diags->errors += by;
    else if (severity == RZ_WARNING)
        diags->warnings += by;
}

struct rz_diag *rz_diags_add(struct rz_diags *diags, enum rz_code code, struct rz_place place,
                             const char *format, ...)
{
    const struct rz_code_info *info = rz_code_find((int)code);
    enum rz_severity severity = info ? (enum rz_severity)info->severity : RZ_ERROR;
    count(diags, severity, 1);
    /* Beyond the bound the last slot is reused for what is only counted. */
    size_t slot = diags->count < RZ_DIAGS_MAX ? diags->count++ : RZ_DIAGS_MAX;
    diags->items = rz_grow(diags->items, &diags->capacity, slot + 1, sizeof *diags->items);
    struct rz_diag *diag = &diags->items[slot];
    *diag = (struct rz_diag){.severity = severity, .code = code};
    if (slot == RZ_DIAGS_MAX)
        return diag;
    va_list arguments;
    va_start(arguments, format);
    diag->message = format_text(&diags->arena, format, arguments);
    va_end(arguments);
    set_place(diags, diag, place);
    return diag;
}

/* Whether the diagnostic is one that is kept. */
static bool is_kept(const struct rz_diags *diags, const struct rz_diag *diag)
{
    return diag && diag < diags->items + diags->count;
}

void rz_diag_hint(struct rz_diags *diags, struct rz_diag *diag, const char *format, ...)
{
    if (!is_kept(diags, diag))
        return;
    va_list arguments;
    va_start(arguments, format);
    diag->hint = format_text(&diags->arena, format, arguments);
    va_end(arguments);
}

void rz_diag_related(struct rz_diags *diags, struct rz_diag *diag, const char *format, ...)
{
    if (!is_kept(diags, diag))
        return;
    va_list arguments;
    va_start(arguments, format);
    diag->related = format_text(&diags->arena, format, arguments);
    va_end(arguments);
}

void rz_diag_set_severity(struct rz_diags *diags, struct rz_diag *diag, enum rz_severity severity)
{
    if (!diag)
        return;
    count(diags, diag->severity, (size_t)-1);
    count(diags, severity, 1);
    diag->severity = severity;
}

static const char *copy_text(struct rz_arena *arena, const char *text)
{
    return text ? rz_arena_strdup(arena, text) : NULL;
}

void rz_diags_take(struct rz_diags *to, struct rz_diags *from)
{
    for (size_t i = 0; i < from->count && to->count < RZ_DIAGS_MAX; i++) {
        const struct rz_diag *diag = &from->items[i];
        to->items = rz_grow(to->items, &to->capacity, to->count + 1, sizeof *to->items);
        struct rz_diag *copy = &to->items[to->count++];
        *copy = *diag;
        copy->file = copy_text(&to->arena, diag->file);
        copy->excerpt = copy_text(&to->arena, diag->excerpt);
        copy->message = copy_text(&to->arena, diag->message);
        copy->hint = copy_text(&to->arena, diag->hint);
        copy->related = copy_text(&to->arena, diag->related);
    }
    to->errors += from->errors;
    to->warnings += from->warnings;
    rz_diags_free(from);
}

struct ordered {
    struct rz_diag diag;
    size_t index;
};

static int compare_place(const void *left, const void *right)
{
    const struct ordered *a = left, *b = right;
    int order = strcmp(a->diag.file ? a->diag.file : "", b->diag.file ? b->diag.file : "");
    if (order == 0)
        order = (a->diag.line > b->diag.line) - (a->diag.line < b->diag.line);
    if (order == 0)
        order = (a->diag.column > b->diag.column) - (a->diag.column < b->diag.column);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

void rz_diags_sort(struct rz_diags *diags)
{
    struct ordered *ordered = rz_alloc(diags->count * sizeof *ordered);
    for (size_t i = 0; i < diags->count; i++)
        ordered[i] = (struct ordered){diags->items[i], i};
    qsort(ordered, diags->count, sizeof *ordered, compare_place);
    for (size_t i = 0; i < diags->count; i++)
        diags->items[i] = ordered[i].diag;
    free(ordered);
}

void rz_diags_free(struct rz_diags *diags)
{
    rz_arena_free(&diags->arena);
    free(diags->items);
    *diags = (struct rz_diags){0};
}
