/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV (RFC 4180). */
#include <stdio.h>

#include "language/functions_data.h"

#define COLUMNS_MAX 256

struct csv {
    struct rz_call *call;
    struct rz_str text;
    size_t at;
    unsigned line;
    char separator;
};

static struct rz_value fail_line(const struct csv *csv, unsigned line, const char *message)
{
    return rz_call_fail(csv->call, "%s:%u: %s", csv->call->arguments[0].text, line, message);
}

static bool at_line_end(const struct csv *csv)
{
    const char *text = csv->text.data + csv->at;
    size_t left = csv->text.size - csv->at;
    return left == 0 || text[0] == '\n' || (text[0] == '\r' && (left == 1 || text[1] == '\n'));
}

static void skip_line_end(struct csv *csv)
{
    csv->at += csv->at < csv->text.size && csv->text.data[csv->at] == '\r';
    csv->at += csv->at < csv->text.size && csv->text.data[csv->at] == '\n';
    csv->line++;
}

static bool read_quoted(struct csv *csv, struct rz_buffer *field)
{
    unsigned start = csv->line;
    bool closed = false;
    for (csv->at++; csv->at < csv->text.size && !closed; csv->at++) {
        char c = csv->text.data[csv->at];
        closed = c == '"' && (csv->at + 1 == csv->text.size || csv->text.data[csv->at + 1] != '"');
        if (closed)
            continue;
        csv->at += c == '"'; /* the second one */
        csv->line += c == '\n';
        rz_buffer_char(field, c);
    }
    if (closed && (at_line_end(csv) || csv->text.data[csv->at] == csv->separator))
        return true;
    fail_line(csv, start,
              closed ? "something follows a quoted field" : "a quoted field is not closed");
    return false;
}

static bool read_plain(struct csv *csv, struct rz_buffer *field)
{
    size_t start = csv->at;
    while (!at_line_end(csv) && csv->text.data[csv->at] != csv->separator)
        if (csv->text.data[csv->at++] == '"') {
            fail_line(csv, csv->line, "a quote stands inside of a field");
            return false;
        }
    rz_buffer_append(field, csv->text.data + start, csv->at - start);
    return true;
}

/* The fields of one row as strings; their number, 0 where the call has failed. */
static size_t read_row(struct csv *csv, struct rz_value *fields)
{
    RZ_BUFFER_CLEANUP struct rz_buffer field = {0};
    for (size_t count = 0; count < COLUMNS_MAX;) {
        rz_buffer_reset(&field);
        bool quoted = csv->at < csv->text.size && csv->text.data[csv->at] == '"';
        if (!(quoted ? read_quoted : read_plain)(csv, &field))
            return 0;
        fields[count] = rz_call_text(csv->call, rz_buffer_view(&field));
        if (fields[count++].kind != RZ_VALUE_STRING)
            return 0;
        if (at_line_end(csv)) {
            skip_line_end(csv);
            return count;
        }
        csv->at++; /* the separator */
    }
    fail_line(csv, csv->line, "more than 256 fields");
    return 0;
}

static bool check_header(const struct csv *csv, struct rz_value *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rz_str name = rz_str_trim(rz_value_str(&names[i]));
        names[i] = rz_call_text(csv->call, name);
        if (name.size == 0)
            fail_line(csv, 1, "a column has no name");
        for (size_t j = 0; j < i && !csv->call->evaluation->failed; j++)
            if (rz_value_equal(&names[i], &names[j]))
                fail_line(csv, 1, "two columns have the same name");
    }
    return !csv->call->evaluation->failed;
}

static struct rz_value row_map(struct csv *csv, const struct rz_value *names,
                               const struct rz_value *fields, size_t count)
{
    struct rz_entry *entries = rz_call_entries(csv->call, count);
    for (size_t i = 0; entries && i < count; i++)
        entries[i] = (struct rz_entry){rz_value_str(&names[i]), fields[i]};
    return rz_call_map(csv->call, entries, count);
}

static void skip_blank_lines(struct csv *csv)
{
    while (csv->at < csv->text.size && at_line_end(csv))
        skip_line_end(csv);
}

struct rz_value rz_csv_read(struct rz_call *call, struct rz_str text, char separator)
{
    struct rz_value names[COLUMNS_MAX], fields[COLUMNS_MAX];
    struct csv csv = {.call = call, .text = text, .line = 1, .separator = separator};
    size_t lines = 1, count = 0;
    char message[80];
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    struct rz_value *rows = rz_call_items(call, lines);
    skip_blank_lines(&csv);
    if (!rows || csv.at == text.size)
        return rz_call_list(call, rows, 0);
    size_t columns = read_row(&csv, names);
    if (columns == 0 || !check_header(&csv, names, columns))
        return rz_value_null();
    for (skip_blank_lines(&csv); csv.at < text.size; skip_blank_lines(&csv)) {
        unsigned line = csv.line;
        size_t found = read_row(&csv, fields);
        if (found == 0)
            return rz_value_null();
        if (found != columns) {
            snprintf(message, sizeof message, "%zu fields, but the first row names %zu", found,
                     columns);
            return fail_line(&csv, line, message);
        }
        rows[count++] = row_map(&csv, names, fields, columns);
        if (call->evaluation->failed)
            return rz_value_null();
    }
    return rz_call_list(call, rows, count);
}
