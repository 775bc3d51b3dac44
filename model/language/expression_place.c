/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an octet of a scalar stands in its file. The scalar's text and its source are walked side by
 * side, since escapes, folded lines and indentation make them differ. */
#include "language/expression_internal.h"

#define COLUMN_MAX UINT16_MAX /* a node's column is capped there */

struct walk {
    struct rz_str source, text;
    size_t at, done; /* in the source, in the text */
    uint32_t line, column;
};

static char octet(const struct walk *walk, size_t ahead)
{
    size_t at = walk->at + ahead;
    return at < walk->source.size ? walk->source.data[at] : '\0';
}

static void step(struct walk *walk, size_t octets)
{
    for (; octets && walk->at < walk->source.size; octets--) {
        char c = walk->source.data[walk->at++];
        if (c == '\n') {
            walk->line++;
            walk->column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            walk->column++;
        }
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct walk *walk)
{
    while (walk->at < walk->source.size && is_blank(octet(walk, 0)))
        step(walk, 1);
}

/* Blanks up to a line end: folding and indentation change them all. */
static bool is_line_end(const struct walk *walk)
{
    size_t ahead = 0;
    while (octet(walk, ahead) == ' ' || octet(walk, ahead) == '\t' || octet(walk, ahead) == '\r')
        ahead++;
    return octet(walk, ahead) == '\n';
}

/* To the first octet of the scalar's text: behind anchor, tag, quote or block header. */
static char enter(struct walk *walk, bool quoted)
{
    while (octet(walk, 0) == '&' || octet(walk, 0) == '!') {
        while (walk->at < walk->source.size && !is_blank(octet(walk, 0)))
            step(walk, 1);
        skip_blanks(walk);
    }
    char style = quoted ? octet(walk, 0) : 'p';
    if (style == '"' || style == '\'') {
        step(walk, 1);
    } else if (style == '|' || style == '>') {
        while (walk->at < walk->source.size && octet(walk, 0) != '\n')
            step(walk, 1);
        skip_blanks(walk);
        while (walk->done < walk->text.size && is_blank(walk->text.data[walk->done]))
            walk->done++;
    }
    return style;
}

/* Over one escape of a double-quoted scalar, which stands for one character. */
static void escape(struct walk *walk)
{
    char c = octet(walk, 1);
    step(walk, c == 'x' ? 4 : c == 'u' ? 6 : c == 'U' ? 10 : 2);
    if (c == '\n' || c == '\r') { /* the line goes on without a blank */
        skip_blanks(walk);
        return;
    }
    walk->done++;
    while (walk->done < walk->text.size
           && ((unsigned char)walk->text.data[walk->done] & 0xc0) == 0x80)
        walk->done++;
}

static bool find(struct walk *walk, size_t offset, bool quoted)
{
    char style = enter(walk, quoted);
    while (walk->done < offset && walk->at < walk->source.size) {
        if (is_line_end(walk)) {
            skip_blanks(walk);
            while (walk->done < offset && is_blank(walk->text.data[walk->done]))
                walk->done++;
        } else if (style == '"' && octet(walk, 0) == '\\') {
            escape(walk);
        } else if (octet(walk, 0) == walk->text.data[walk->done]) {
            step(walk, style == '\'' && octet(walk, 0) == '\'' ? 2 : 1);
            walk->done++;
        } else {
            return false;
        }
    }
    if (walk->done < offset)
        return false;
    if (style == '"' && octet(walk, 0) == '\\'
        && (octet(walk, 1) == '\n' || octet(walk, 1) == '\r'))
        step(walk, 1);
    if (offset < walk->text.size && is_line_end(walk))
        skip_blanks(walk);
    return true;
}

struct rz_place rz_expression_place_at(const struct rz_expression_place *place, size_t offset,
                                       size_t width)
{
    struct rz_place result = rz_node_place(place->source, place->node);
    struct walk walk = {.text = rz_node_str(place->node), .line = 1, .column = 1};
    if (place->source)
        walk.source = place->source->text;
    if (place->node->kind != RZ_NODE_SCALAR || offset > walk.text.size
        || result.column >= COLUMN_MAX)
        return result;
    for (const char *end; walk.line < result.line; walk.line++) {
        end = memchr(walk.source.data + walk.at, '\n', walk.source.size - walk.at);
        if (!end)
            return result;
        walk.at = (size_t)(end - walk.source.data) + 1;
    }
    while (walk.line == result.line && walk.column < result.column && walk.at < walk.source.size)
        step(&walk, 1);
    if (walk.line != result.line || !find(&walk, offset, place->node->quoted))
        return result;
    result.line = walk.line;
    result.column = walk.column;
    result.width = (uint32_t)width;
    return result;
}
