/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headings and tables in three forms. */
#include "report/tables.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "support/alloc.h"
#include "support/escape.h"

struct rz_tables_part *rz_tables_add(struct rz_tables_document *document, const char *title)
{
    document->parts = rz_grow(document->parts, &document->capacity, document->count + 1,
                              sizeof *document->parts);
    struct rz_tables_part *part = &document->parts[document->count++];
    *part = (struct rz_tables_part){.title = rz_arena_strdup(&document->arena, title)};
    return part;
}

struct rz_table *rz_tables_table(struct rz_tables_part *part, const char *heading,
                                 const char *const *names)
{
    part->tables = rz_grow(part->tables, &part->capacity, part->count + 1, sizeof *part->tables);
    struct rz_table *table = &part->tables[part->count++];
    *table = (struct rz_table){.heading = heading, .width = names ? 0 : 2};
    for (; names && names[table->width]; table->width++)
        table->names[table->width] = names[table->width];
    return table;
}

void rz_tables_row(struct rz_tables_document *document, struct rz_table *table,
                   const char *const *cells)
{
    table->rows = rz_grow(table->rows, &table->capacity, table->count + 1, sizeof *table->rows);
    for (size_t i = 0; i < table->width; i++)
        table->rows[table->count][i] = rz_arena_strdup(&document->arena, cells[i] ? cells[i] : "");
    table->count++;
}

void rz_tables_value(struct rz_tables_document *document, struct rz_table *table, const char *name,
                     const char *format, ...)
{
    va_list arguments;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    va_start(arguments, format);
    rz_buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    rz_tables_row(document, table, (const char *const[]){name, rz_buffer_view(&text).data});
}

void rz_tables_free(struct rz_tables_document *document)
{
    for (size_t i = 0; i < document->count; i++) {
        for (size_t k = 0; k < document->parts[i].count; k++)
            free(document->parts[i].tables[k].rows);
        free(document->parts[i].tables);
    }
    free(document->parts);
    rz_arena_free(&document->arena);
    *document = (struct rz_tables_document){0};
}

/* ---- text */

static size_t column_width(const struct rz_table *table, size_t column)
{
    size_t width = table->names[column] ? strlen(table->names[column]) : 0;
    for (size_t i = 0; i < table->count; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
        rz_buffer_visible(&shown, rz_str_of(table->rows[i][column]));
        width = shown.size > width ? shown.size : width;
    }
    return width < 48 ? width : 48;
}

static void text_row(struct rz_buffer *out, const struct rz_table *table,
                     const char *const cells[RZ_TABLE_COLUMNS], const size_t *widths)
{
    size_t pending = 2;
    for (size_t i = 0; i < table->width; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
        rz_buffer_visible(&shown, rz_str_of(cells[i]));
        if (shown.size) {
            rz_buffer_pad(out, ' ', pending);
            rz_buffer_str(out, rz_buffer_view(&shown));
            pending = 0;
        }
        pending += (widths[i] > shown.size ? widths[i] - shown.size : 0) + 2;
    }
    rz_buffer_char(out, '\n');
}

static void text_table(struct rz_output *out, const struct rz_table *table)
{
    size_t widths[RZ_TABLE_COLUMNS] = {0};
    for (size_t i = 0; i < table->width; i++)
        widths[i] = column_width(table, i);
    rz_buffer_printf(&out->text, "\n%s\n", table->heading);
    if (table->names[0])
        text_row(&out->text, table, table->names, widths);
    for (size_t i = 0; i < table->count; i++) {
        text_row(&out->text, table, table->rows[i], widths);
        rz_output_pulse(out);
    }
}

static void text_part(struct rz_output *out, const struct rz_tables_part *part)
{
    rz_output_tinted(out, part->bad ? RZ_TINT_RED : RZ_TINT_GREEN, part->title);
    rz_buffer_printf(&out->text, ": %s\n", part->summary);
    for (size_t i = 0; i < part->count; i++)
        text_table(out, &part->tables[i]);
}

/* ---- Markdown */

static void markdown_table(struct rz_output *out, const struct rz_table *table)
{
    rz_buffer_printf(&out->text, "\n### %s\n\n|", table->heading);
    for (size_t i = 0; i < table->width; i++)
        rz_buffer_printf(&out->text, " %s |", table->names[i] ? table->names[i] : "");
    rz_buffer_text(&out->text, "\n|");
    for (size_t i = 0; i < table->width; i++)
        rz_buffer_text(&out->text, "---|");
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < table->count; i++) {
        rz_buffer_char(&out->text, '|');
        for (size_t k = 0; k < table->width; k++) {
            rz_buffer_char(&out->text, ' ');
            if (*table->rows[i][k])
                rz_escape_markdown(&out->text, rz_str_of(table->rows[i][k]), true);
            rz_buffer_text(&out->text, " |");
        }
        rz_buffer_char(&out->text, '\n');
        rz_output_pulse(out);
    }
}

static void markdown_part(struct rz_output *out, const struct rz_tables_part *part)
{
    rz_buffer_text(&out->text, "\n## ");
    rz_escape_markdown(&out->text, rz_str_of(part->title), false);
    rz_buffer_text(&out->text, "\n\n");
    rz_escape_markdown(&out->text, rz_str_of(part->summary), false);
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < part->count; i++)
        markdown_table(out, &part->tables[i]);
}

/* ---- HTML */

static void html_cell(struct rz_buffer *out, const char *tag, const char *text)
{
    rz_buffer_printf(out, "<%s>", tag);
    rz_escape_markup(out, rz_str_of(text));
    rz_buffer_printf(out, "</%s>", tag);
}

static void html_table(struct rz_output *out, const struct rz_table *table)
{
    html_cell(&out->text, "h3", table->heading);
    rz_buffer_text(&out->text, "\n<table>\n");
    if (table->names[0]) {
        rz_buffer_text(&out->text, "<tr>");
        for (size_t i = 0; i < table->width; i++)
            html_cell(&out->text, "th", table->names[i]);
        rz_buffer_text(&out->text, "</tr>\n");
    }
    for (size_t i = 0; i < table->count; i++) {
        rz_buffer_text(&out->text, "<tr>");
        for (size_t k = 0; k < table->width; k++)
            html_cell(&out->text, k || table->names[0] ? "td" : "th", table->rows[i][k]);
        rz_buffer_text(&out->text, "</tr>\n");
        rz_output_pulse(out);
    }
    rz_buffer_text(&out->text, "</table>\n");
}

static void html_part(struct rz_output *out, const struct rz_tables_part *part)
{
    rz_buffer_printf(&out->text, "<section class=\"%s\">\n", part->bad ? "bad" : "good");
    html_cell(&out->text, "h2", part->title);
    html_cell(&out->text, "p", part->summary);
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < part->count; i++)
        html_table(out, &part->tables[i]);
    rz_buffer_text(&out->text, "</section>\n");
}

static const char html_style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:64em;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0}"
    "th,td{border:1px solid #bbb;padding:.2em .6em;text-align:left;vertical-align:top}"
    "section{border-left:.4em solid #2a7;padding-left:1em;margin:2em 0}section.bad{border-color:#c33}";

static void begin(struct rz_output *out, const struct rz_tables_document *document,
                  enum rz_tables_form form)
{
    if (form == RZ_TABLES_MARKDOWN)
        rz_buffer_printf(&out->text, "# %s\n\n%s UTC\n", document->title, document->time);
    if (form != RZ_TABLES_HTML)
        return;
    rz_buffer_printf(&out->text,
                     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<h1>%s</h1>\n"
                     "<p>%s UTC</p>\n",
                     document->title, html_style, document->title, document->time);
}

void rz_tables_write(struct rz_output *out, const struct rz_tables_document *document,
                     enum rz_tables_form form)
{
    begin(out, document, form);
    for (size_t i = 0; i < document->count; i++) {
        if (form == RZ_TABLES_TEXT && i)
            rz_buffer_char(&out->text, '\n');
        if (form == RZ_TABLES_HTML)
            html_part(out, &document->parts[i]);
        else if (form == RZ_TABLES_MARKDOWN)
            markdown_part(out, &document->parts[i]);
        else
            text_part(out, &document->parts[i]);
    }
    if (form == RZ_TABLES_HTML)
        rz_buffer_text(&out->text, "</body>\n</html>\n");
}
