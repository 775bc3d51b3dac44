/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One expression evaluated in a scope like that of a zone, for the tests of expressions, functions and
 * builders. */
#ifndef RZ_TESTS_EXPRESSION_CASE_H
#define RZ_TESTS_EXPRESSION_CASE_H

#include <fcntl.h>
#include <unistd.h>

#include "language/functions.h"

struct expression_case {
    struct rz_arena arena;
    struct rz_diags diags;
    struct rz_evaluation evaluation;
    struct rz_buffer json;      /* the value; empty where there is none */
    const char *message, *hint; /* of the first diagnostic, "" without one */
    unsigned column, width;
};

static const char *const case_env[] = {"RZ_TEST_SITE", "RZ_TEST_ABSENT", NULL};

/* Evaluates `text` as the whole of a plain scalar that begins at column 1. */
static inline void case_run(struct expression_case *run, const char *text)
{
    static struct rz_source source;
    *run = (struct expression_case){.message = "", .hint = ""};
    source = (struct rz_source){"a.yaml", rz_str_of(text)};
    struct rz_node *node = rz_arena_zero(&run->arena, sizeof *node);
    *node = (struct rz_node){.kind = RZ_NODE_SCALAR,
                             .line = 1,
                             .column = 1,
                             .count = (uint32_t)strlen(text),
                             .text = text};
    struct rz_expression_place place = {.source = &source, .node = node};
    struct rz_value *items = rz_arena_alloc(&run->arena, 2 * sizeof *items);
    struct rz_entry *entries = rz_arena_alloc(&run->arena, 2 * sizeof *entries);
    items[0] = rz_value_int(7);
    items[1] = rz_value_text(RZ_STR("b"));
    entries[0] = (struct rz_entry){RZ_STR("name"), rz_value_text(RZ_STR("web"))};
    entries[1] = (struct rz_entry){RZ_STR("none"), rz_value_null()};
    struct rz_binding bindings[] = {
        {RZ_STR("zone"), rz_value_text(RZ_STR("example.com"))},
        {RZ_STR("owner"), rz_value_text(RZ_STR("www"))},
        {RZ_STR("x"), rz_value_int(3)},
        {RZ_STR("list"), {.kind = RZ_VALUE_LIST, .count = 2, .items = items}},
        {RZ_STR("map"), {.kind = RZ_VALUE_MAP, .count = 2, .entries = entries}},
        {RZ_STR("nothing"), rz_value_null()},
    };
    struct rz_bindings scope = {NULL, bindings, sizeof bindings / sizeof *bindings};
    run->evaluation = (struct rz_evaluation){
        .arena = &run->arena,
        .diags = &run->diags,
        .allow_env = case_env,
        .allow_env_count = 2,
        .place = place,
        .project_dir = open(RZ_TEST_SOURCES "/tests/corpus/functions",
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    size_t at = 0;
    const struct rz_expression *expression = rz_expression_parse(&run->arena, rz_str_of(text), &at,
                                                                 &place, &run->diags);
    if (expression) {
        struct rz_value value = rz_expression_evaluate(&run->evaluation, expression, &scope);
        if (!run->evaluation.failed && rz_evaluation_spend_value(&run->evaluation, &value))
            rz_value_json(&run->json, &value);
    }
    if (run->diags.count) {
        run->message = run->diags.items[0].message;
        run->hint = run->diags.items[0].hint ? run->diags.items[0].hint : "";
        run->column = run->diags.items[0].column;
        run->width = run->diags.items[0].width;
    }
    if (run->evaluation.project_dir >= 0)
        close(run->evaluation.project_dir);
}

static inline void case_free(struct expression_case *run)
{
    rz_arena_free(&run->arena);
    rz_diags_free(&run->diags);
    rz_buffer_free(&run->json);
}

/* An expression and its JSON, or a part of its message behind a `!`. */
static inline void case_expect(const char *text, const char *expected)
{
    struct expression_case run;
    case_run(&run, text);
    if (expected[0] == '!')
        cr_expect(strstr(run.message, expected + 1) && run.json.size == 0, "%s → %s %s", text,
                  run.message, run.json.data ? run.json.data : "");
    else
        cr_expect(run.json.data && strcmp(run.json.data, expected) == 0 && run.diags.count == 0,
                  "%s → %s %s", text, run.json.data ? run.json.data : "nothing", run.message);
    case_free(&run);
}

#endif
