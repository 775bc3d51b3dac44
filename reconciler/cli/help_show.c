/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown, as the guides use it, as text for a terminal: paragraphs and lists are wrapped, code and
 * tables kept in shape, links are their words. */
#include "cli/help_topics.h"

#define CODE_INDENT 4
#define COLUMNS 8     /* of a table */
#define COLUMN_MIN 12 /* no column is made narrower */

struct page {
    struct rz_output *out;
    size_t width;
    struct rz_buffer paragraph; /* lines under way, as they are in the page */
    size_t hang;                /* of its lines after the first */
    bool parted;                /* the last line was empty, or there is none */
};

static size_t columns(struct rz_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

/* Whether a `[` begins the words of a link. */
static bool is_link(struct rz_str rest)
{
    const char *end = memchr(rest.data, ']', rest.size);
    return rest.data[0] == '[' && end && (size_t)(end - rest.data) + 1 < rest.size && end[1] == '(';
}

/* The words of a text: [words](link) without the link, **words** without the stars. */
static void put_inline(struct rz_buffer *to, struct rz_str text)
{
    bool code = false;
    for (size_t i = 0; i < text.size; i++) {
        struct rz_str rest = {text.data + i, text.size - i};
        code ^= rest.data[0] == '`';
        if (!code && rz_str_starts_with(rest, "**")) {
            i++;
        } else if (!code && rz_str_starts_with(rest, "](")) {
            const char *end = memchr(rest.data, ')', rest.size);
            i += end ? (size_t)(end - rest.data) : 1;
        } else if (!rz_str_starts_with(rest, "\\|") && (code || !is_link(rest))) {
            rz_buffer_char(to, rest.data[0]);
        }
    }
}

/* Words from a column on, wrapped; ends with a line end. */
static void wrap(struct page *page, struct rz_str words, size_t at, size_t hang)
{
    struct rz_buffer *out = &page->out->text;
    bool first = true;
    while (words.size) {
        const char *end = memchr(words.data, ' ', words.size);
        struct rz_str word = {words.data, end ? (size_t)(end - words.data) : words.size};
        words.data += word.size + (end != NULL);
        words.size -= word.size + (end != NULL);
        if (word.size == 0)
            continue;
        if (!first && at + 1 + columns(word) > page->width) {
            rz_buffer_char(out, '\n');
            rz_buffer_pad(out, ' ', hang);
            at = hang;
        } else if (!first) {
            rz_buffer_char(out, ' ');
            at++;
        }
        rz_buffer_str(out, word);
        at += columns(word);
        first = false;
    }
    rz_buffer_char(out, '\n');
}

static void end_paragraph(struct page *page)
{
    if (page->paragraph.size == 0)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    put_inline(&words, rz_buffer_view(&page->paragraph));
    wrap(page, rz_buffer_view(&words), 0, page->hang);
    rz_buffer_reset(&page->paragraph);
    page->hang = 0;
    page->parted = false;
}

static void part(struct page *page)
{
    end_paragraph(page);
    if (!page->parted)
        rz_buffer_char(&page->out->text, '\n');
    page->parted = true;
}

static void show_heading(struct page *page, struct rz_str line)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    while (line.size && (*line.data == '#' || *line.data == ' ')) {
        line.data++;
        line.size--;
    }
    part(page);
    put_inline(&text, line);
    rz_output_tint(page->out, RZ_TINT_BOLD);
    rz_buffer_str(&page->out->text, rz_buffer_view(&text));
    rz_output_tint(page->out, RZ_TINT_NONE);
    rz_buffer_char(&page->out->text, '\n');
    page->parted = false;
    part(page);
}

/* Cells of a row, between its bars; returns how many. */
static size_t split_row(struct rz_str line, struct rz_str cells[COLUMNS])
{
    size_t count = 0, begin = 1;
    for (size_t i = 1; i < line.size && count < COLUMNS; i++)
        if (line.data[i] == '|' && line.data[i - 1] != '\\') {
            cells[count++] = rz_str_trim((struct rz_str){line.data + begin, i - begin});
            begin = i + 1;
        }
    return count;
}

static struct rz_str next_line(struct rz_str *text)
{
    const char *end = memchr(text->data, '\n', text->size);
    struct rz_str line = {text->data, end ? (size_t)(end - text->data) : text->size};
    text->data += line.size + (end != NULL);
    text->size -= line.size + (end != NULL);
    return line;
}

static size_t cell_columns(struct rz_str cell)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    put_inline(&text, cell);
    return columns(rz_buffer_view(&text));
}

/* Takes as many words off the front as fit, at least one. */
static struct rz_str take_words(struct rz_str *text, size_t width)
{
    size_t end = 0;
    for (size_t i = 0; i <= text->size; i++) {
        if (i < text->size && text->data[i] != ' ')
            continue;
        if (end && columns((struct rz_str){text->data, i}) > width)
            break;
        end = i;
    }
    struct rz_str taken = {text->data, end};
    end += end < text->size;
    *text = (struct rz_str){text->data + end, text->size - end};
    return taken;
}

/* A row, with what does not fit into a column going on below. */
static void show_row(struct page *page, struct rz_str line, const size_t *widths)
{
    struct rz_str cells[COLUMNS], rest[COLUMNS];
    struct rz_buffer shown[COLUMNS] = {0}, *out = &page->out->text;
    size_t count = split_row(line, cells);
    bool more = count > 0;
    for (size_t i = 0; i < count; i++) {
        put_inline(&shown[i], cells[i]);
        rest[i] = rz_buffer_view(&shown[i]);
    }
    while (more) {
        size_t behind = 0; /* blanks are due only where something follows */
        more = false;
        for (size_t i = 0; i < count; i++) {
            struct rz_str part = take_words(&rest[i], widths[i]);
            size_t size = columns(part);
            rz_buffer_pad(out, ' ', size ? behind : 0);
            rz_buffer_str(out, part);
            behind = (size ? 0 : behind) + (widths[i] > size ? widths[i] - size : 0) + 2;
            more |= rest[i].size > 0;
        }
        rz_buffer_char(out, '\n');
    }
    for (size_t i = 0; i < count; i++)
        rz_buffer_free(&shown[i]);
}

/* Takes from the widest columns until all fit. */
static void narrow(size_t *widths, size_t width)
{
    for (;;) {
        size_t total = 0, widest = 0;
        for (size_t i = 0; i < COLUMNS; i++) {
            total += widths[i] ? widths[i] + 2 : 0;
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (total <= width + 2 || widths[widest] <= COLUMN_MIN)
            return;
        widths[widest]--;
    }
}

/* The rows from here on; `text` is then behind them. */
static void show_table(struct page *page, struct rz_str *text)
{
    size_t widths[COLUMNS] = {0};
    struct rz_str cells[COLUMNS], rows = *text;
    end_paragraph(page);
    while (text->size && *text->data == '|') {
        size_t count = split_row(next_line(text), cells);
        for (size_t i = 0; i < count; i++) {
            size_t size = cell_columns(cells[i]);
            widths[i] = size > widths[i] ? size : widths[i];
        }
    }
    narrow(widths, page->width);
    for (bool head = true; rows.data < text->data; head = false) {
        struct rz_str line = next_line(&rows);
        if (rz_str_starts_with(line, "|--") || strspn(line.data, "| ") >= line.size)
            continue;
        rz_output_tint(page->out, head ? RZ_TINT_BOLD : RZ_TINT_NONE);
        show_row(page, line, widths);
        rz_output_tint(page->out, RZ_TINT_NONE);
    }
    page->parted = false;
}

static void show_code(struct page *page, struct rz_str line)
{
    rz_buffer_pad(&page->out->text, ' ', line.size ? CODE_INDENT : 0);
    rz_buffer_str(&page->out->text, line);
    rz_buffer_char(&page->out->text, '\n');
    page->parted = false;
}

/* How far the text of an item is in; 0: the line begins none. */
static size_t item_indent(struct rz_str line)
{
    if (rz_str_starts_with(line, "- "))
        return 2;
    if (line.size > 3 && line.data[0] >= '0' && line.data[0] <= '9' && line.data[1] == '.')
        return 3;
    return 0;
}

static void show_words(struct page *page, struct rz_str line)
{
    size_t indent = item_indent(line);
    if (indent) {
        end_paragraph(page);
        page->hang = indent;
    } else if (page->paragraph.size) {
        rz_buffer_char(&page->paragraph, ' ');
    }
    rz_buffer_str(&page->paragraph, rz_str_trim(line));
}

void rz_help_show(struct rz_output *out, struct rz_str markdown, size_t width)
{
    struct page page = {.out = out, .width = width, .parted = true};
    bool code = false;
    while (markdown.size) {
        if (!code && *markdown.data == '|') {
            show_table(&page, &markdown);
            continue;
        }
        struct rz_str line = next_line(&markdown);
        if (rz_str_starts_with(rz_str_trim(line), "```")) {
            end_paragraph(&page);
            code = !code;
        } else if (code || (page.paragraph.size == 0 && rz_str_starts_with(line, "    "))) {
            show_code(&page, code ? line : (struct rz_str){line.data + 4, line.size - 4});
        } else if (*line.data == '#') {
            show_heading(&page, line);
        } else if (rz_str_starts_with(line, "<!--")) {
            continue;
        } else if (rz_str_trim(line).size == 0) {
            part(&page);
        } else {
            show_words(&page, line);
        }
    }
    end_paragraph(&page);
    rz_buffer_free(&page.paragraph);
}
