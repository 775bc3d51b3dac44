/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions from text to tree: recursive descent, one function a level of precedence. */
#include <stdio.h>
#include <stdlib.h>

#include "language/expression_internal.h"
#include "language/functions.h"
#include "support/alloc.h"

struct parser {
    struct rz_arena *arena;
    struct rz_str text;
    size_t at;
    unsigned depth, nodes;
    const struct rz_expression_place *place;
    struct rz_diags *diags;
    bool failed;
};

/* Children while their number is not known: mostly a few. All zero is none. */
struct children {
    const struct rz_expression *few[4], **many;
    size_t count, capacity;
};

static const struct rz_expression *parse_expression(struct parser *parser);

static const struct rz_expression *fail(struct parser *parser, size_t at, const char *message,
                                        const char *hint)
{
    if (parser->failed)
        return NULL;
    parser->failed = true;
    struct rz_place place = rz_expression_place_at(parser->place, at, 1);
    struct rz_diag *diag = rz_diags_add(parser->diags, RZ1012, place, "%s", message);
    if (hint)
        rz_diag_hint(parser->diags, diag, "%s", hint);
    if (parser->place->chain)
        rz_diag_related(parser->diags, diag, "%s", parser->place->chain);
    return NULL;
}

static char peek(struct parser *parser)
{
    for (; parser->at < parser->text.size; parser->at++) {
        char c = parser->text.data[parser->at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
    }
    return '\0';
}

static bool is_word_octet(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || (!first && c >= '0' && c <= '9');
}

static struct rz_str peek_word(struct parser *parser)
{
    peek(parser);
    size_t end = parser->at;
    while (end < parser->text.size && is_word_octet(parser->text.data[end], end == parser->at))
        end++;
    return (struct rz_str){parser->text.data + parser->at, end - parser->at};
}

static bool take_word(struct parser *parser, const char *word)
{
    if (!rz_str_is(peek_word(parser), word))
        return false;
    parser->at += strlen(word);
    return true;
}

/* Takes an operator; one that begins a longer operator is not taken by its beginning. */
static bool take(struct parser *parser, const char *token)
{
    static const char *const longer[] = {"==", "!=", "<=", ">=", "&&", "||", "??", NULL};
    if (peek(parser) != token[0])
        return false;
    size_t size = strlen(token);
    if (parser->text.size - parser->at < size
        || memcmp(parser->text.data + parser->at, token, size) != 0)
        return false;
    if (size == 1)
        for (size_t i = 0; longer[i]; i++)
            if (longer[i][0] == token[0] && parser->at + 1 < parser->text.size
                && parser->text.data[parser->at + 1] == longer[i][1])
                return false;
    parser->at += size;
    return true;
}

static struct rz_expression *new_node(struct parser *parser, enum rz_operator op, size_t at)
{
    struct rz_expression *node = rz_arena_zero(parser->arena, sizeof *node);
    node->op = (uint8_t)op;
    node->at = (uint32_t)at;
    node->width = parser->at > at ? (uint32_t)(parser->at - at) : 1;
    node->depth = 1;
    if (++parser->nodes > RZ_EXPRESSION_NODES_MAX)
        fail(parser, at, "the expression is too large",
             "put the data into a file and read it with yaml()");
    return node;
}

static void add_child(struct children *children, const struct rz_expression *child)
{
    if (children->count < 4) {
        children->few[children->count++] = child;
        return;
    }
    children->many = rz_grow(children->many, &children->capacity, children->count + 1,
                             sizeof *children->many);
    if (children->count == 4)
        memcpy(children->many, children->few, sizeof children->few);
    children->many[children->count++] = child;
}

/* Moves the children to the arena. */
static const struct rz_expression *adopt(struct parser *parser, struct rz_expression *node,
                                         struct children *children)
{
    const struct rz_expression **items = children->many ? children->many : children->few;
    node->children = rz_arena_alloc(parser->arena, (children->count + 1) * sizeof *node->children);
    for (size_t i = 0; i < children->count; i++) {
        node->children[i] = items[i];
        if (node->children[i] && node->depth <= node->children[i]->depth)
            node->depth = node->children[i]->depth + 1;
    }
    if (node->depth > RZ_EXPRESSION_TREE_DEPTH_MAX)
        fail(parser, node->at, "the expression has too many operators in a row", NULL);
    node->count = (uint32_t)children->count;
    node->width = parser->at > node->at ? (uint32_t)(parser->at - node->at) : 1;
    free(children->many);
    return parser->failed ? NULL : node;
}

static const struct rz_expression *binary(struct parser *parser, enum rz_operator op, size_t at,
                                          const struct rz_expression *left,
                                          const struct rz_expression *right)
{
    struct children children = {0};
    struct rz_expression *node = new_node(parser, op, at);
    add_child(&children, left);
    add_child(&children, right);
    return adopt(parser, node, &children);
}

/* Octets of a string literal; `\` escapes as in JSON. */
static bool take_escape(struct parser *parser, struct rz_buffer *out)
{
    static const char from[] = "nrt0\\\"'$", to[] = "\n\r\t\0\\\"'$";
    char c = parser->at + 1 < parser->text.size ? parser->text.data[parser->at + 1] : '\0';
    const char *found = c ? strchr(from, c) : NULL;
    if (!found || c == '0') {
        fail(parser, parser->at, "unknown escape in a string",
             "known: \\n \\r \\t \\\\ \\\" \\' \\$");
        return false;
    }
    rz_buffer_char(out, to[found - from]);
    parser->at += 2;
    return true;
}

static const struct rz_expression *text_part(struct parser *parser, size_t at,
                                             struct rz_buffer *text)
{
    struct rz_expression *node = new_node(parser, RZ_OP_LITERAL, at);
    node->literal = rz_value_text(rz_arena_str(parser->arena, rz_buffer_view(text)));
    rz_buffer_reset(text);
    return node;
}

/* "…" with ${…} inside, or '…' as it is. */
static const struct rz_expression *parse_string(struct parser *parser)
{
    size_t start = parser->at;
    char quote = parser->text.data[parser->at++];
    struct children parts = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    while (!parser->failed && parser->at < parser->text.size
           && parser->text.data[parser->at] != quote) {
        char c = parser->text.data[parser->at];
        bool more = parser->at + 1 < parser->text.size;
        if (c == '\\') {
            take_escape(parser, &text);
        } else if (quote == '"' && c == '$' && more && parser->text.data[parser->at + 1] == '{') {
            add_child(&parts, text_part(parser, parser->at, &text));
            parser->at += 2;
            add_child(&parts, parse_expression(parser));
            if (!take(parser, "}"))
                fail(parser, parser->at, "`${` in a string is not closed with a `}`", NULL);
        } else {
            rz_buffer_char(&text, c);
            parser->at++;
        }
    }
    if (parser->at >= parser->text.size)
        fail(parser, start, "a string is not closed",
             quote == '"' ? "end it with \"" : "end it with '");
    parser->at += !parser->failed;
    if (parts.count == 0)
        return parser->failed ? NULL : text_part(parser, start, &text);
    add_child(&parts, text_part(parser, parser->at, &text));
    return adopt(parser, new_node(parser, RZ_OP_TEXT, start), &parts);
}

static const struct rz_expression *parse_number(struct parser *parser)
{
    size_t start = parser->at;
    bool is_float = false;
    char digits[40];
    while (parser->at < parser->text.size) {
        char c = parser->text.data[parser->at];
        bool fraction = c == '.' && !is_float && parser->at + 1 < parser->text.size
                        && parser->text.data[parser->at + 1] >= '0'
                        && parser->text.data[parser->at + 1] <= '9';
        if ((c < '0' || c > '9') && !fraction)
            break;
        is_float |= fraction;
        parser->at++;
    }
    size_t size = parser->at - start;
    if (size > 18)
        return fail(parser, start, "the number is too long", "at most 18 digits");
    memcpy(digits, parser->text.data + start, size);
    digits[size] = '\0';
    struct rz_expression *node = new_node(parser, RZ_OP_LITERAL, start);
    node->literal = is_float ? rz_value_float(strtod(digits, NULL))
                             : rz_value_int(strtoll(digits, NULL, 10));
    return node;
}

static bool parse_variable(struct parser *parser, struct rz_str *name)
{
    *name = rz_arena_str(parser->arena, peek_word(parser));
    if (name->size == 0) {
        fail(parser, parser->at, "a variable's name is expected after `for`", NULL);
        return false;
    }
    parser->at += name->size;
    return true;
}

/* Behind `[ELEMENT for`: `x in LIST if CONDITION ]`. */
static const struct rz_expression *parse_comprehension(struct parser *parser, size_t start,
                                                       const struct rz_expression *element)
{
    struct children children = {0};
    struct rz_expression *node = new_node(parser, RZ_OP_COMPREHENSION, start);
    parse_variable(parser, &node->name);
    if (take(parser, ","))
        parse_variable(parser, &node->second);
    if (!take_word(parser, "in"))
        fail(parser, parser->at, "`in` is expected", "write [f(x) for x in list if condition]");
    add_child(&children, element);
    add_child(&children, parse_expression(parser));
    if (take_word(parser, "if"))
        add_child(&children, parse_expression(parser));
    if (!take(parser, "]"))
        fail(parser, parser->at, "`]` is expected", NULL);
    return adopt(parser, node, &children);
}

static const struct rz_expression *parse_list(struct parser *parser, size_t start)
{
    struct children children = {0};
    while (!parser->failed && peek(parser) != ']') {
        add_child(&children, parse_expression(parser));
        if (children.count == 1 && take_word(parser, "for"))
            return parse_comprehension(parser, start, children.few[0]);
        if (!take(parser, ","))
            break;
    }
    if (!take(parser, "]"))
        fail(parser, parser->at, "`]` or `,` is expected", NULL);
    return adopt(parser, new_node(parser, RZ_OP_LIST, start), &children);
}

static bool parse_key(struct parser *parser, struct rz_str *key)
{
    char c = peek(parser);
    if (c == '"' || c == '\'') {
        const struct rz_expression *text = parse_string(parser);
        if (!text || text->op != RZ_OP_LITERAL) {
            fail(parser, parser->at, "a key is a plain string", NULL);
            return false;
        }
        *key = rz_value_str(&text->literal);
        return true;
    }
    *key = rz_arena_str(parser->arena, peek_word(parser));
    parser->at += key->size;
    if (key->size == 0)
        fail(parser, parser->at, "a key is expected", "write {name: value}");
    return key->size > 0;
}

static const struct rz_expression *parse_map(struct parser *parser, size_t start)
{
    struct children children = {0};
    struct rz_str *keys = NULL;
    size_t capacity = 0;
    while (!parser->failed && peek(parser) != '}') {
        keys = rz_grow(keys, &capacity, children.count + 1, sizeof *keys);
        size_t key_at = parser->at;
        if (!parse_key(parser, &keys[children.count]))
            break;
        for (size_t i = 0; i < children.count; i++)
            if (rz_str_equal(keys[i], keys[children.count]))
                fail(parser, key_at, "the map has this key twice", NULL);
        if (!take(parser, ":")) {
            fail(parser, parser->at, "`:` is expected", "write {name: value}");
            break;
        }
        add_child(&children, parse_expression(parser));
        if (!take(parser, ","))
            break;
    }
    if (!take(parser, "}"))
        fail(parser, parser->at, "`}` or `,` is expected", NULL);
    struct rz_expression *node = new_node(parser, RZ_OP_MAP, start);
    struct rz_str *kept = rz_arena_alloc(parser->arena, (children.count + 1) * sizeof *kept);
    if (children.count)
        memcpy(kept, keys, children.count * sizeof *kept);
    node->keys = kept;
    free(keys);
    return adopt(parser, node, &children);
}

static const struct rz_expression *parse_call(struct parser *parser, size_t start,
                                              struct rz_str name)
{
    struct children children = {0};
    struct rz_expression *node = new_node(parser, RZ_OP_CALL, start);
    node->function = rz_function_find(name);
    if (!node->function) {
        char message[120], hint[120] = "docs/reference/functions.md lists them";
        const char *names[256];
        size_t count = 0;
        for (size_t g = 0; rz_function_groups[g]; g++)
            for (const struct rz_function *f = rz_function_groups[g]; f->name && count < 256; f++)
                names[count++] = f->name;
        int nearest = rz_str_nearest(name, names, count);
        if (nearest >= 0)
            snprintf(hint, sizeof hint, "did you mean %s()?", names[nearest]);
        snprintf(message, sizeof message, "there is no function %.*s()",
                 (int)(name.size < 60 ? name.size : 60), name.data);
        return fail(parser, start, message, hint);
    }
    while (!parser->failed && peek(parser) != ')') {
        add_child(&children, parse_expression(parser));
        if (!take(parser, ","))
            break;
    }
    if (!take(parser, ")"))
        fail(parser, parser->at, "`)` or `,` is expected", NULL);
    return adopt(parser, node, &children);
}

static const struct rz_expression *parse_word(struct parser *parser, size_t start)
{
    struct rz_str word = rz_arena_str(parser->arena, peek_word(parser));
    parser->at += word.size;
    if (take(parser, "("))
        return parse_call(parser, start, word);
    struct rz_expression *node = new_node(parser, RZ_OP_LITERAL, start);
    node->width = (uint32_t)word.size;
    if (rz_str_is(word, "true") || rz_str_is(word, "false")) {
        node->literal = rz_value_bool(word.data[0] == 't');
    } else if (!rz_str_is(word, "null")) {
        node->op = RZ_OP_NAME;
        node->name = word;
    }
    return node;
}

static const struct rz_expression *parse_primary(struct parser *parser)
{
    char c = peek(parser);
    size_t start = parser->at;
    if (c == '"' || c == '\'')
        return parse_string(parser);
    if (c >= '0' && c <= '9')
        return parse_number(parser);
    if (is_word_octet(c, true))
        return parse_word(parser, start);
    if (take(parser, "["))
        return parse_list(parser, start);
    if (take(parser, "{"))
        return parse_map(parser, start);
    if (take(parser, "(")) {
        const struct rz_expression *inner = parse_expression(parser);
        if (!take(parser, ")"))
            fail(parser, parser->at, "`)` is expected", NULL);
        return inner;
    }
    return fail(parser, parser->at,
                c ? "a value is expected here" : "the expression ends too early", NULL);
}

static const struct rz_expression *parse_postfix(struct parser *parser)
{
    peek(parser);
    size_t start = parser->at;
    const struct rz_expression *left = parse_primary(parser);
    while (!parser->failed) {
        if (take(parser, "[")) {
            const struct rz_expression *index = parse_expression(parser);
            if (!take(parser, "]"))
                fail(parser, parser->at, "`]` is expected", NULL);
            left = binary(parser, RZ_OP_INDEX, start, left, index);
        } else if (take(parser, ".")) {
            struct children children = {0};
            struct rz_str name = rz_arena_str(parser->arena, peek_word(parser));
            if (name.size == 0)
                return fail(parser, parser->at, "a field's name is expected after `.`", NULL);
            parser->at += name.size;
            struct rz_expression *node = new_node(parser, RZ_OP_FIELD, start);
            node->name = name;
            add_child(&children, left);
            left = adopt(parser, node, &children);
        } else {
            break;
        }
    }
    return left;
}

static const struct rz_expression *parse_unary(struct parser *parser)
{
    peek(parser);
    size_t start = parser->at;
    bool negate = take(parser, "!");
    if (!negate && !take(parser, "-"))
        return parse_postfix(parser);
    if (++parser->depth > RZ_EXPRESSION_DEPTH_MAX)
        return fail(parser, parser->at, "the expression is nested too deeply", NULL);
    struct children children = {0};
    add_child(&children, parse_unary(parser));
    parser->depth--;
    return adopt(parser, new_node(parser, negate ? RZ_OP_NOT : RZ_OP_MINUS, start), &children);
}

/* Operators by level, the loosest first. */
static const struct level {
    struct {
        const char *token;
        enum rz_operator op;
    } operators[8];
} levels[] = {
    {{{"??", RZ_OP_COALESCE}}},
    {{{"||", RZ_OP_OR}}},
    {{{"&&", RZ_OP_AND}}},
    {{{"==", RZ_OP_EQUAL},
      {"!=", RZ_OP_NOT_EQUAL},
      {"<=", RZ_OP_LESS_EQUAL},
      {">=", RZ_OP_GREATER_EQUAL},
      {"<", RZ_OP_LESS},
      {">", RZ_OP_GREATER},
      {"in", RZ_OP_IN}}},
    {{{"+", RZ_OP_ADD}, {"-", RZ_OP_SUBTRACT}}},
    {{{"*", RZ_OP_MULTIPLY}, {"/", RZ_OP_DIVIDE}, {"%", RZ_OP_MODULO}}},
};
#define LEVELS (sizeof levels / sizeof *levels)

static int take_operator(struct parser *parser, size_t level)
{
    char next = peek(parser);
    for (size_t i = 0; i < 8 && levels[level].operators[i].token; i++) {
        const char *token = levels[level].operators[i].token;
        if (token[0] != next)
            continue;
        if (token[0] == 'i' ? take_word(parser, token) : take(parser, token))
            return (int)i;
    }
    return -1;
}

static const struct rz_expression *parse_level(struct parser *parser, size_t level)
{
    if (level == LEVELS)
        return parse_unary(parser);
    peek(parser);
    size_t start = parser->at;
    const struct rz_expression *left = parse_level(parser, level + 1);
    for (int i; !parser->failed && (i = take_operator(parser, level)) >= 0;)
        left = binary(parser, levels[level].operators[i].op, start, left,
                      parse_level(parser, level + 1));
    return left;
}

static const struct rz_expression *parse_expression(struct parser *parser)
{
    if (++parser->depth > RZ_EXPRESSION_DEPTH_MAX)
        return fail(parser, parser->at, "the expression is nested too deeply", NULL);
    peek(parser);
    size_t start = parser->at;
    const struct rz_expression *left = parse_level(parser, 0);
    if (!parser->failed && take(parser, "?")) {
        struct children children = {0};
        add_child(&children, left);
        add_child(&children, parse_expression(parser));
        if (!take(parser, ":"))
            fail(parser, parser->at, "`:` is expected", "write condition ? value : other");
        add_child(&children, parse_expression(parser));
        left = adopt(parser, new_node(parser, RZ_OP_CONDITION, start), &children);
    }
    parser->depth--;
    return parser->failed ? NULL : left;
}

const struct rz_expression *rz_expression_parse(struct rz_arena *arena, struct rz_str text,
                                                size_t *at, const struct rz_expression_place *place,
                                                struct rz_diags *diags)
{
    struct parser parser = {
        .arena = arena, .text = text, .at = *at, .place = place, .diags = diags};
    const struct rz_expression *expression = parse_expression(&parser);
    char next = peek(&parser);
    if (!parser.failed && parser.at < text.size && next != '}')
        fail(&parser, parser.at, "an operator is expected here", NULL);
    *at = parser.at;
    return parser.failed ? NULL : expression;
}
