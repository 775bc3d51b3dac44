/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escaping for each form of report. */
#include "support/escape.h"

/* The text as rz_buffer_visible writes it; `scratch` holds it where it differs. */
static struct rz_str visible(struct rz_buffer *scratch, struct rz_str text)
{
    rz_buffer_visible(scratch, text);
    return rz_buffer_view(scratch);
}

void rz_escape_markup(struct rz_buffer *out, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    struct rz_str shown = visible(&scratch, text);
    for (size_t i = 0, start = 0; i <= shown.size; i++) {
        const char *reference = NULL;
        if (i < shown.size)
            switch (shown.data[i]) {
            case '&': reference = "&amp;"; break;
            case '<': reference = "&lt;"; break;
            case '>': reference = "&gt;"; break;
            case '"': reference = "&quot;"; break;
            case '\'': reference = "&#39;"; break;
            default: continue;
            }
        rz_buffer_append(out, shown.data + start, i - start);
        if (reference)
            rz_buffer_text(out, reference);
        start = i + 1;
    }
}

static size_t longest_run(struct rz_str text, char c)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < text.size; i++) {
        run = text.data[i] == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

void rz_escape_markdown_code(struct rz_buffer *out, struct rz_str text, bool in_table)
{
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    struct rz_str shown = visible(&scratch, text);
    if (shown.size == 0)
        shown = RZ_STR("\"\"");
    size_t fence = longest_run(shown, '`') + 1;
    char first = shown.data[0], last = shown.data[shown.size - 1];
    /* One blank at each side is taken off again, unless there is nothing but blanks. */
    bool blank = longest_run(shown, ' ') == shown.size;
    bool pad = first == '`' || last == '`' || (first == ' ' && last == ' ' && !blank);
    rz_buffer_pad(out, '`', fence);
    rz_buffer_pad(out, ' ', pad);
    for (size_t i = 0; i < shown.size; i++) {
        if (in_table && shown.data[i] == '|')
            rz_buffer_char(out, '\\');
        rz_buffer_char(out, shown.data[i]);
    }
    rz_buffer_pad(out, ' ', pad);
    rz_buffer_pad(out, '`', fence);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || c == '"' || (unsigned char)c >= 0x80;
}

static bool is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`')
           || (c >= '{' && c <= '~');
}

/* What the hosts look for in the text that Markdown has made: @name, #12, !12, %mile, ~label, $3, &4, ^5,
 * :emoji:, URLs. A backslash does not help, an empty comment does: it parts the text. */
static bool is_reference(struct rz_str text, size_t i)
{
    char next = i + 1 < text.size ? text.data[i + 1] : ' ';
    char c = text.data[i];
    if (c == '.')
        return i >= 3 && rz_str_equal_nocase((struct rz_str){text.data + i - 3, 3}, RZ_STR("www"));
    return strchr("@#!%~$&^:", c) && (is_word(next) || strchr("[-/", next));
}

/* The end of the quotation in backticks that begins at `start`; 0: it has none, or nothing in it. */
static size_t end_of_quotation(struct rz_str text, size_t start)
{
    const char *end = memchr(text.data + start + 1, '`', text.size - start - 1);
    return end && end > text.data + start + 1 ? (size_t)(end - text.data) : 0;
}

static void escape_character(struct rz_buffer *out, struct rz_str text, size_t i)
{
    char c = text.data[i];
    if (c == '<')
        rz_buffer_text(out, "&lt;");
    else if (c == '>')
        rz_buffer_text(out, "&gt;");
    else if (c == '&')
        rz_buffer_text(out, "&amp;");
    else if (is_punctuation(c) && !strchr(",;'/%\"-.?=:$^", c))
        rz_buffer_printf(out, "\\%c", c);
    else
        rz_buffer_char(out, c);
    if (is_punctuation(c) && is_reference(text, i))
        rz_buffer_text(out, "<!-- -->");
}

void rz_escape_markdown(struct rz_buffer *out, struct rz_str text, bool in_table)
{
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    struct rz_str shown = visible(&scratch, text);
    for (size_t i = 0; i < shown.size; i++) {
        size_t end = shown.data[i] == '`' ? end_of_quotation(shown, i) : 0;
        if (end == 0) {
            escape_character(out, shown, i);
            continue;
        }
        struct rz_str quoted = {shown.data + i + 1, end - i - 1};
        rz_escape_markdown_code(out, quoted, in_table);
        i = end;
        /* What follows must not lengthen the closing backtick. */
        if (end + 1 < shown.size && shown.data[end + 1] == '`')
            rz_buffer_text(out, "<!-- -->");
    }
}

void rz_escape_script(struct rz_buffer *out, struct rz_str json)
{
    for (size_t i = 0, start = 0; i <= json.size; i++) {
        const char *escape = NULL;
        size_t size = 1;
        if (i < json.size) {
            char c = json.data[i];
            if (c == '<' || c == '>' || c == '&')
                escape = c == '<' ? "\\u003C" : c == '>' ? "\\u003E" : "\\u0026";
            else if (c == '\xE2' && i + 2 < json.size && json.data[i + 1] == '\x80'
                     && (json.data[i + 2] == '\xA8' || json.data[i + 2] == '\xA9')) {
                escape = json.data[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
                size = 3;
            } else {
                continue;
            }
        }
        rz_buffer_append(out, json.data + start, i - start);
        if (escape)
            rz_buffer_text(out, escape);
        i += size - 1;
        start = i + 1;
    }
}

static void escape_workflow(struct rz_buffer *out, struct rz_str text, bool property)
{
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    struct rz_str shown = visible(&scratch, text);
    for (size_t i = 0; i < shown.size; i++) {
        char c = shown.data[i];
        /* The older form of commands, ##[name], is found anywhere in a line. */
        bool old_form = c == '[' && i >= 2 && shown.data[i - 1] == '#' && shown.data[i - 2] == '#';
        if (c == '%')
            rz_buffer_text(out, "%25");
        else if (property && c == ':')
            rz_buffer_text(out, "%3A");
        else if (property && c == ',')
            rz_buffer_text(out, "%2C");
        else if (old_form)
            rz_buffer_text(out, "\\u{5B}");
        else
            rz_buffer_char(out, c);
    }
}

void rz_escape_workflow(struct rz_buffer *out, struct rz_str text)
{
    escape_workflow(out, text, false);
}

void rz_escape_workflow_property(struct rz_buffer *out, struct rz_str text)
{
    escape_workflow(out, text, true);
}

void rz_escape_uri_path(struct rz_buffer *out, struct rz_str path)
{
    for (size_t i = 0; i < path.size; i++) {
        unsigned char c = (unsigned char)path.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c && strchr("-._~/", c));
        if (plain)
            rz_buffer_char(out, (char)c);
        else
            rz_buffer_printf(out, "%%%02X", c);
    }
}

struct rz_str rz_str_head(struct rz_str text, size_t characters)
{
    size_t i = 0;
    while (i < text.size && characters > 0) {
        do
            i++;
        while (i < text.size && ((unsigned char)text.data[i] & 0xC0) == 0x80);
        characters--;
    }
    return (struct rz_str){text.data, i};
}
