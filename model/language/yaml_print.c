/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scalars that read back as they were. */
#include <stdio.h>

#include "language/yaml.h"

static bool is_plain_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '/' || c == '.' || c == '+' || c == '=' || c == '^' || c == '(' || c == '$'
           || c == ':';
}

/* Octets that mean nothing to YAML inside a plain scalar; spaces only single, colons not before a
 * space, `#` not after one. */
static bool is_plain(struct rz_str text, bool key)
{
    if (text.size == 0 || text.size > 200 || !is_plain_start(text.data[0]))
        return false;
    if (text.data[0] == ':' && key)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i], next = i + 1 < text.size ? text.data[i + 1] : ' ';
        if (c < ' ' || c == 0x7F || strchr(",[]{}\"'\\`|>&*!%@#", c))
            return false;
        if ((c == ':' || c == ' ') && (next == ' ' || next == '#'))
            return false;
    }
    return true;
}

/* Words and numbers that a YAML 1.1 or 1.2 reader takes for something else than text. */
static bool is_special(struct rz_str text)
{
    static const char *const words[] = {"null", "true",  "false", "yes",  "no",
                                        "on",   "off",   "y",     "n",    "~",
                                        ".inf", "-.inf", "+.inf", ".nan", "="};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rz_str_equal_nocase(text, rz_str_of(words[i])))
            return true;
    return text.size >= 2 && text.data[0] == '<' && text.data[1] == '<';
}

static void print_quoted(struct rz_buffer *out, struct rz_str text)
{
    rz_buffer_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\') {
            rz_buffer_char(out, '\\');
            rz_buffer_char(out, (char)c);
        } else if (c == '\n') {
            rz_buffer_text(out, "\\n");
        } else if (c == '\t') {
            rz_buffer_text(out, "\\t");
        } else if (c < ' ' || c == 0x7F) {
            rz_buffer_printf(out, "\\x%02X", c);
        } else if (c == 0xC2 && i + 1 < text.size && (unsigned char)text.data[i + 1] < 0xA0) {
            /* C1 controls, which YAML takes only escaped */
            rz_buffer_printf(out, "\\x%02X", (unsigned char)text.data[++i]);
        } else if (c == 0xE2 && i + 2 < text.size && (unsigned char)text.data[i + 1] == 0x80
                   && ((unsigned char)text.data[i + 2] & 0xFE) == 0xA8) {
            /* line and paragraph separators would be folded */
            rz_buffer_text(out, (unsigned char)text.data[i + 2] == 0xA8 ? "\\L" : "\\P");
            i += 2;
        } else if (c == 0xEF && i + 2 < text.size
                   && ((memcmp(text.data + i, "\xEF\xBB\xBF", 3) == 0)
                       || (unsigned char)text.data[i + 1] == 0xBF)) {
            /* byte order marks, specials and non-characters at the end of the plane */
            unsigned point = 0xF000u | ((unsigned char)text.data[i + 1] & 0x3Fu) << 6
                             | ((unsigned char)text.data[i + 2] & 0x3Fu);
            rz_buffer_printf(out, "\\u%04X", point);
            i += 2;
        } else {
            rz_buffer_char(out, (char)c);
        }
    }
    rz_buffer_char(out, '"');
}

void rz_yaml_print_scalar(struct rz_buffer *out, struct rz_str text, bool key)
{
    if (is_plain(text, key) && !is_special(text))
        rz_buffer_str(out, text);
    else
        print_quoted(out, text);
}
