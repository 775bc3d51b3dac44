/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics as text and JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "report/report.h"
#include "support/escape.h"
#include "support/json_write.h"

#define EXCERPT_COLUMNS 160 /* of a line that is shown */

static const char *const severity_text[] = {"note", "warning", "error"};
static const enum rz_tint severity_tint[] = {RZ_TINT_BLUE, RZ_TINT_YELLOW, RZ_TINT_RED};

static size_t characters_of(struct rz_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

/* Tabs become one blank, so that the caret stands right; what terminals would act on is escaped. */
static void show(struct rz_buffer *out, struct rz_str text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.size; i++)
        if (i == text.size || text.data[i] == '\t') {
            rz_buffer_visible(out, (struct rz_str){text.data + start, i - start});
            if (i < text.size)
                rz_buffer_char(out, ' ');
            start = i + 1;
        }
}

static void report_excerpt(struct rz_output *out, const struct rz_diag *diag)
{
    struct rz_str line = rz_str_of(diag->excerpt);
    size_t column = diag->column ? diag->column - 1 : 0;
    size_t from = column > EXCERPT_COLUMNS / 2 ? column - EXCERPT_COLUMNS / 2 : 0;
    size_t skip = rz_str_head(line, from).size;
    struct rz_str window = {line.data + skip, line.size - skip};
    window = rz_str_head(window, EXCERPT_COLUMNS);
    struct rz_str left = rz_str_head(window, column - from);
    RZ_BUFFER_CLEANUP struct rz_buffer before = {0};
    show(&before, left);
    rz_output_tint(out, RZ_TINT_DIM);
    rz_buffer_printf(&out->text, "%6" PRIu32 " | ", diag->line);
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_str(&out->text, rz_buffer_view(&before));
    show(&out->text, (struct rz_str){window.data + left.size, window.size - left.size});
    rz_buffer_text(&out->text, "\n");
    if (diag->column == 0)
        return;
    rz_output_tint(out, RZ_TINT_DIM);
    rz_buffer_text(&out->text, "       | ");
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_pad(&out->text, ' ', characters_of(rz_buffer_view(&before)));
    rz_output_tint(out, severity_tint[diag->severity]);
    rz_buffer_char(&out->text, '^');
    size_t room = characters_of(window) - characters_of(left);
    size_t width = diag->width < room ? diag->width : room;
    rz_buffer_pad(&out->text, '~', width > 1 ? width - 1 : 0);
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_text(&out->text, "\n");
}

static void report_place(struct rz_output *out, const struct rz_diag *diag)
{
    if (!diag->file)
        return;
    rz_output_tint(out, RZ_TINT_BOLD);
    rz_buffer_visible(&out->text, rz_str_of(diag->file));
    if (diag->line)
        rz_buffer_printf(&out->text, ":%" PRIu32, diag->line);
    if (diag->line && diag->column)
        rz_buffer_printf(&out->text, ":%" PRIu32, diag->column);
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_text(&out->text, ": ");
}

static void report_one(struct rz_output *out, const struct rz_diag *diag)
{
    report_place(out, diag);
    rz_output_tint(out, severity_tint[diag->severity]);
    rz_buffer_printf(&out->text, "%s[RZ%04d]", severity_text[diag->severity], (int)diag->code);
    rz_output_tint(out, RZ_TINT_NONE);
    rz_buffer_text(&out->text, ": ");
    rz_buffer_visible(&out->text, rz_str_of(diag->message));
    rz_buffer_text(&out->text, "\n");
    if (diag->excerpt)
        report_excerpt(out, diag);
    if (diag->related) {
        rz_buffer_text(&out->text, "  ");
        rz_buffer_visible(&out->text, rz_str_of(diag->related));
        rz_buffer_text(&out->text, "\n");
    }
    if (diag->hint) {
        rz_output_tinted(out, RZ_TINT_BLUE, "  hint: ");
        rz_buffer_visible(&out->text, rz_str_of(diag->hint));
        rz_buffer_text(&out->text, "\n");
    }
}

void rz_report_diags(struct rz_output *out, const struct rz_diags *diags, bool quiet)
{
    for (size_t i = 0; i < diags->count; i++) {
        if (quiet && diags->items[i].severity == RZ_NOTE)
            continue;
        report_one(out, &diags->items[i]);
        rz_output_pulse(out);
    }
    size_t all = diags->errors + diags->warnings, kept = 0;
    for (size_t i = 0; i < diags->count; i++)
        kept += diags->items[i].severity != RZ_NOTE;
    if (all > kept)
        rz_buffer_printf(&out->text, "… and %zu more\n", all - kept);
}

static void number_or_null(struct rz_buffer *out, const char *key, uint32_t value)
{
    if (value)
        rz_json_int(out, key, value);
    else
        rz_json_text(out, key, NULL);
}

void rz_report_diags_json(struct rz_buffer *out, const struct rz_diags *diags)
{
    char code[8];
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < diags->count; i++) {
        const struct rz_diag *diag = &diags->items[i];
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        snprintf(code, sizeof code, "RZ%04d", (int)diag->code);
        rz_json_text(out, "code", code);
        number_or_null(out, "column", diag->line ? diag->column : 0);
        rz_json_text(out, "excerpt", diag->excerpt);
        rz_json_text(out, "file", diag->file);
        rz_json_text(out, "hint", diag->hint);
        number_or_null(out, "line", diag->line);
        rz_json_text(out, "message", diag->message);
        rz_json_text(out, "related", diag->related);
        rz_json_text(out, "severity", severity_text[diag->severity]);
        number_or_null(out, "width", diag->line ? diag->width : 0);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}
