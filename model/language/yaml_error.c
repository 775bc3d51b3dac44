/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libyaml's complaints in words that help the person who typed. */
#include "language/yaml_internal.h"
#include "support/alloc.h"

static char character_at(const struct rz_str text, yaml_mark_t mark)
{
    const char *line = text.data, *end = text.data + text.size;
    for (size_t i = 0; i < mark.line && line; i++) {
        line = memchr(line, '\n', (size_t)(end - line));
        line = line ? line + 1 : NULL;
    }
    return line && mark.column < (size_t)(end - line) ? line[mark.column] : '\0';
}

static const char *hint_for(const char *problem, const char *context, char at)
{
    if (context && strstr(context, "alias"))
        return "a name or value that begins with `*` needs quotes: \"*.dev\"";
    if (context && strstr(context, "anchor"))
        return "a value that begins with `&` needs quotes";
    if (at == '\t')
        return "YAML is indented with spaces; replace the tab";
    if (strstr(problem, "cannot start any token"))
        return at == '@' ? "`@` needs quotes: \"@\"" : "put the value in quotes";
    if (strstr(problem, "mapping values are not allowed"))
        return "a value with `: ` in it needs quotes; or the line is indented wrongly";
    if (at == '{' && strstr(problem, "did not find expected ',' or"))
        return "a value with `${…}` inside of `{…}` or `[…]` needs quotes: {A: \"${ip}\"}";
    if (strstr(problem, "could not find expected ':'"))
        return "every key of a map needs a `:` and a space behind it";
    if (strstr(problem, "did not find expected key"))
        return "the indentation does not fit the lines before";
    return NULL;
}

/* Line and column of an octet, for errors of the reader, which only count octets. */
static yaml_mark_t mark_of_offset(struct rz_str text, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < text.size; i++) {
        if (text.data[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)text.data[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

void rz_yaml_report_syntax(struct rz_yaml_loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    const char *problem = parser->problem ? parser->problem : "malformed";
    if (parser->error == YAML_MEMORY_ERROR)
        rz_out_of_memory();
    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset;
        if (offset
            >= loader->hole_begin + loader->hole_lines) /* as if nothing had been taken out */
            offset += loader->hole_end - loader->hole_begin - loader->hole_lines;
        yaml_mark_t mark = mark_of_offset(loader->source->text, offset);
        struct rz_diag *diag = rz_diags_add(loader->diags, RZ1009, rz_yaml_place(loader, mark),
                                            "the file is not readable as UTF-8 text: %s", problem);
        rz_diag_hint(loader->diags, diag, "save the file as UTF-8 without control characters");
        return;
    }
    bool in_context = parser->context && parser->error != YAML_SCANNER_ERROR;
    struct rz_diag *diag = rz_diags_add(
        loader->diags, RZ1001, rz_yaml_place(loader, parser->problem_mark), "%s%s%s", problem,
        in_context ? " " : "", in_context ? parser->context : "");
    if (parser->context && parser->context_mark.line != parser->problem_mark.line)
        rz_diag_related(loader->diags, diag, "%s that begins at %s:%zu:%zu", parser->context,
                        loader->source->name, parser->context_mark.line + 1,
                        parser->context_mark.column + 1);
    const char *hint = hint_for(problem, parser->context,
                                character_at(loader->source->text, parser->problem_mark));
    if (hint)
        rz_diag_hint(loader->diags, diag, "%s", hint);
}
