/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics: places, excerpts, counts, order, and the table of codes. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "support/diag.h"

static struct rz_place at(const struct rz_source *source, uint32_t line, uint32_t column)
{
    return (struct rz_place){.source = source, .line = line, .column = column, .width = 2};
}

Test(diag, excerpts_are_the_lines_they_name)
{
    static const char text[] = "first\r\nsecond\n\nlast";
    struct rz_source source = {"a.yaml", {text, sizeof text - 1}};
    static const struct {
        uint32_t line;
        const char *excerpt;
    } cases[] = {{2, "second"}, {1, "first"}, {4, "last"}, {3, ""},
                 {5, NULL},     {99, NULL},   {0, NULL}};
    struct rz_diags diags = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rz_diag *d = rz_diags_add(&diags, RZ1104, at(&source, cases[i].line, 3), "%d",
                                               7);
        cr_expect_str_eq(d->file, "a.yaml");
        cr_expect_str_eq(d->message, "7");
        cr_expect(d->line == cases[i].line && d->column == 3 && d->width == 2);
        if (cases[i].excerpt)
            cr_expect_str_eq(d->excerpt, cases[i].excerpt);
        else
            cr_expect_null(d->excerpt);
    }
    struct rz_source empty = {"b", {"", 0}};
    cr_expect_null(rz_diags_add(&diags, RZ1104, at(&empty, 1, 1), "x")->excerpt);
    cr_expect_str_eq(rz_diags_add(&diags, RZ1104, rz_place_named("server"), "x")->file, "server");
    cr_expect_null(rz_diags_add(&diags, RZ1104, (struct rz_place){0}, "x")->file);
    rz_diags_free(&diags);
}

Test(diag, long_lines_and_messages_are_cut)
{
    static char text[5000];
    memset(text, 'x', sizeof text - 1);
    struct rz_source source = {"a", {text, sizeof text - 1}};
    struct rz_diags diags = {0};
    const struct rz_diag *d = rz_diags_add(&diags, RZ1104, at(&source, 1, 1), "%s", text);
    cr_expect_eq(strlen(d->excerpt), 1024);
    cr_expect_lt(strlen(d->message), 2048);
    rz_diags_free(&diags);
}

Test(diag, counts_follow_severities)
{
    struct rz_diags diags = {0};
    struct rz_diag *error = rz_diags_add(&diags, RZ1104, rz_place_named("a"), "x");
    struct rz_diag *warning = rz_diags_add(&diags, RZ1107, rz_place_named("a"), "x");
    cr_expect(error->severity == RZ_ERROR || warning->severity == RZ_WARNING);
    cr_expect(diags.errors == 1 && diags.warnings == 1);
    rz_diag_set_severity(&diags, &diags.items[0], RZ_WARNING);
    cr_expect(diags.errors == 0 && diags.warnings == 2);
    rz_diag_set_severity(&diags, &diags.items[0], RZ_NOTE);
    cr_expect(diags.errors == 0 && diags.warnings == 1);
    rz_diag_set_severity(&diags, &diags.items[0], RZ_ERROR);
    cr_expect(diags.errors == 1 && diags.warnings == 1);
    rz_diags_add(&diags, (enum rz_code)7, rz_place_named("a"), "a number that is no code");
    cr_expect_eq(diags.errors, 2);
    rz_diags_free(&diags);
}

Test(diag, beyond_the_bound_they_are_only_counted)
{
    struct rz_diags diags = {0}, more = {0};
    for (int i = 0; i < RZ_DIAGS_MAX + 10; i++) {
        struct rz_diag *d = rz_diags_add(&diags, RZ1104, rz_place_named("a"), "%d", i);
        rz_diag_hint(&diags, d, "hint %d", i);
        rz_diag_related(&diags, d, "related %d", i);
    }
    cr_expect(diags.count == RZ_DIAGS_MAX && diags.errors == RZ_DIAGS_MAX + 10);
    cr_expect_str_eq(diags.items[RZ_DIAGS_MAX - 1].hint, "hint 999");
    rz_diags_add(&more, RZ1104, rz_place_named("b"), "x");
    rz_diags_take(&diags, &more);
    cr_expect(diags.count == RZ_DIAGS_MAX && diags.errors == RZ_DIAGS_MAX + 11);
    rz_diags_free(&diags);
}

Test(diag, taking_moves_text_with_them)
{
    struct rz_diags to = {0}, from = {0};
    char name[] = "gone.yaml", text[] = "line";
    struct rz_source source = {name, {text, 4}};
    struct rz_diag *d = rz_diags_add(&from, RZ1104, at(&source, 1, 1), "message");
    rz_diag_hint(&from, d, "hint");
    rz_diag_related(&from, d, "related");
    rz_diags_add(&from, RZ1107, rz_place_named(NULL), "bare");
    rz_diags_take(&to, &from);
    memset(name, 'x', 4);
    memset(text, 'x', 4);
    cr_expect(from.count == 0 && from.errors == 0 && to.count == 2 && to.errors == 1
              && to.warnings == 1);
    cr_expect_str_eq(to.items[0].file, "gone.yaml");
    cr_expect_str_eq(to.items[0].excerpt, "line");
    cr_expect_str_eq(to.items[0].message, "message");
    cr_expect_str_eq(to.items[0].hint, "hint");
    cr_expect_str_eq(to.items[0].related, "related");
    cr_expect(!to.items[1].file && !to.items[1].hint && !to.items[1].related
              && !to.items[1].excerpt);
    rz_diags_free(&to);
}

Test(diag, sorted_by_place_and_stable)
{
    static const struct {
        const char *name;
        uint32_t line, column;
    } places[] = {{"b", 1, 1}, {"a", 9, 1}, {"a", 2, 7}, {"a", 2, 3}, {NULL, 0, 0}, {"a", 2, 3}};
    static const char *const order[] = {"4", "3", "5", "2", "1", "0"};
    struct rz_diags diags = {0};
    rz_diags_sort(&diags);
    for (size_t i = 0; i < 6; i++)
        rz_diags_add(&diags, RZ1104,
                     (struct rz_place){.name = places[i].name,
                                       .line = places[i].line,
                                       .column = places[i].column},
                     "%zu", i);
    rz_diags_sort(&diags);
    for (size_t i = 0; i < 6; i++)
        cr_expect_str_eq(diags.items[i].message, order[i], "place %zu", i);
    rz_diags_free(&diags);
}

Test(codes, the_table_is_ordered_and_says_what_each_code_means)
{
    for (size_t i = 0; i < rz_codes_count; i++) {
        const struct rz_code_info *row = &rz_codes[i];
        cr_expect(i == 0 || rz_codes[i - 1].code < row->code, "RZ%d", (int)row->code);
        cr_expect(row->title && *row->title && !strchr(row->title, '\n'), "RZ%d", (int)row->code);
        cr_expect(row->meaning && strlen(row->meaning) > 20, "RZ%d", (int)row->code);
        cr_expect_eq(rz_code_find((int)row->code), row);
    }
    cr_expect_null(rz_code_find(0));
    cr_expect_null(rz_code_find(1012 - 3000));
    cr_expect_null(rz_code_find(99999));
}
