/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions: reading, precedence, errors and their places, bounds. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "expression_case.h"
#include "language/yaml.h"
#include "support/alloc.h"

static void expect_all(const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        case_expect(cases[i][0], cases[i][1]);
}
#define EXPECT_ALL(cases) expect_all(cases, sizeof cases / sizeof *cases)

Test(expression, literals)
{
    static const char *const cases[][2] = {
        {"1", "1"},
        {"007", "7"},
        {"1.5", "1.5"},
        {"0.1", "0.1"},
        {"-3", "-3"},
        {"true", "true"},
        {"null", "null"},
        {"\"a\"", "\"a\""},
        {"'a'", "\"a\""},
        {"''", "\"\""},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[1, 'a', [2,],]", "[1,\"a\",[2]]"},
        {"{a: 1, 'b c': 2, \"d\": {}}", "{\"a\":1,\"b c\":2,\"d\":{}}"},
        {"\"\\n\\t\\\\\\\"\\'\\$\"", "\"\\n\\t\\\\\\\"'$\""},
        {"'${x}'", "\"${x}\""},
        {"\"\\${x}\"", "\"${x}\""},
        {"\"a${x}b${x + 1}c\"", "\"a3b4c\""},
        {"\"${\"${x}\"}\"", "\"3\""},
        {"\"$x\"", "\"$x\""},
        {"\"${null}\"", "\"\""},
        {"  1 ", "1"},
        {"(1)", "1"},
        {"((x))", "3"},
        {"1000000000000000000", "!too long"},
        {"123456789012345678", "123456789012345678"},
        {"{a: 1, a: 2}", "!twice"},
        {"{1: 2}", "!a key is expected"},
        {"{\"${x}\": 1}", "!plain string"},
    };
    EXPECT_ALL(cases);
}

Test(expression, precedence)
{
    static const char *const cases[][2] = {
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"12 / 3 / 2", "2"},
        {"7 % 4 * 2", "6"},
        {"1 + 1 == 2 && 3 < 4", "true"},
        {"true || false && false", "true"},
        {"!true || true", "true"},
        {"!(true || true)", "false"},
        {"-2 * -3", "6"},
        {"- -1", "1"},
        {"!!1", "true"},
        {"2 - -1", "3"},
        {"null ?? 1 + 1", "2"},
        {"null ?? null ?? 4", "4"},
        {"null ?? false || true", "true"},
        {"1 > 2 ? 1 : 3 > 2 ? 2 : 3", "2"},
        {"true ? false ? 1 : 2 : 3", "2"},
        {"null ?? 1 ? 2 : 3", "2"},
        {"1 in [1] == true", "true"},
        {"-list[0]", "-7"},
        {"!map.none", "true"},
        {"-x * 2", "-6"},
        {"x in list ? 1 : 2", "2"},
        {"1 + 2 in [3]", "true"},
        {"list[0] - list[0] + 1", "1"},
        {"[[1, 2], [3]][0][1]", "2"},
        {"{a: {b: [5]}}.a.b[0]", "5"},
        {"lower(\"A\") + upper(\"b\")", "\"aB\""},
    };
    EXPECT_ALL(cases);
}

Test(expression, operators)
{
    static const char *const cases[][2] = {
        {"7 / 2", "3"},
        {"-7 / 2", "-3"},
        {"-7 % 3", "-1"},
        {"7.0 / 2", "3.5"},
        {"7.5 % 2", "1.5"},
        {"1 / 0", "!division by zero"},
        {"1 % 0", "!division by zero"},
        {"1.0 / 0", "!division by zero"},
        {"1.0 % 0", "!division by zero"},
        {"5 / -1", "-5"},
        {"5 % -1", "0"},
        {"999999999999999999 * 999999999999999999", "!too large"},
        {"-999999999999999999 * 10 - 999999999999999999", "!too large"},
        {"\"a\" + \"b\"", "\"ab\""},
        {"[1] + [2]", "[1,2]"},
        {"[] + []", "[]"},
        {"\"a\" + 1", "!does not take"},
        {"1 + null", "!does not take"},
        {"-\"a\"", "!does not take"},
        {"{} + {}", "!does not take"},
        {"1 == 1.0", "true"},
        {"\"1\" == 1", "false"},
        {"null == false", "false"},
        {"[1, [2]] == [1, [2]]", "true"},
        {"{a: 1, b: 2} == {b: 2, a: 1}", "true"},
        {"{a: 1, b: 2} == {b: 2, c: 1}", "false"},
        {"{a: 1} != {a: 2}", "true"},
        {"\"a\" < \"b\"", "true"},
        {"\"a\" < \"ab\"", "true"},
        {"[1, 2] < [1, 3]", "true"},
        {"[1] < [1, 0]", "true"},
        {"[null] < [1]", "!does not take"},
        {"1 < \"2\"", "!does not take"},
        {"2 >= 2.0", "true"},
        {"2 <= 1", "false"},
        {"\"b\" in list", "true"},
        {"7.0 in list", "true"},
        {"\"name\" in map", "true"},
        {"\"web\" in map", "false"},
        {"\"bc\" in \"abcd\"", "true"},
        {"\"\" in \"\"", "true"},
        {"1 in \"1\"", "!does not take"},
        {"list[0]", "7"},
        {"list[-1]", "\"b\""},
        {"list[2]", "!2 items"},
        {"list[-3]", "!2 items"},
        {"map[\"name\"]", "\"web\""},
        {"map[\"nome\"]", "!no `nome`"},
        {"map[0]", "!does not take"},
        {"list.x", "!not of a map"},
        {"map.nome", "!no `nome`"},
        {"\"${list}\"", "!cannot stand in a text"},
        {"false && nowhere", "false"},
        {"true || nowhere", "true"},
        {"true ? 1 : nowhere", "1"},
        {"1 && \"a\"", "true"},
        {"0 || []", "false"},
    };
    EXPECT_ALL(cases);
}

Test(expression, coalesce_forgives_absence_only)
{
    static const char *const cases[][2] = {
        {"nowhere ?? 1", "1"},
        {"map.nowhere ?? 1", "1"},
        {"map.a.b.c ?? 1", "1"},
        {"nowhere.a.b ?? 1", "1"},
        {"list[9] ?? 1", "1"},
        {"map[\"q\"] ?? 1", "1"},
        {"nothing ?? 1", "1"},
        {"nothing.a ?? 1", "1"},
        {"map.none.a ?? 1", "1"},
        {"nothing[0] ?? 1", "1"},
        {"map.none ?? 1", "1"},
        {"map.name ?? 1", "\"web\""},
        {"nowhere ?? nor_here ?? 1", "1"},
        {"(nowhere ?? nor_here).a ?? 2", "2"},
        {"nowhere ?? nor_here", "!`nor_here`"},
        {"(true ? nowhere : 1) ?? 2", "2"},
        {"(false ? 1 : nowhere) ?? 2", "2"},
        {"0 ?? 1", "0"},
        {"false ?? 1", "false"},
        {"upper(nowhere) ?? 1", "!`nowhere`"},
        {"nowhere + 1 ?? 1", "!`nowhere`"},
        {"map[nowhere] ?? 1", "!`nowhere`"},
        {"(nowhere ? 1 : 2) ?? 3", "!`nowhere`"},
        {"1 / 0 ?? 3", "!division"},
        {"(1 / 0).x ?? 3", "!division"},
        {"x.y ?? 3", "!not of a map"},
        {"list.y ?? 3", "!not of a map"},
        {"\"${nowhere}\" ?? 1", "!`nowhere`"},
        {"[y ?? 5 for y in [null, 2]]", "[5,2]"},
        {"[nowhere for y in [1]] ?? 2", "!`nowhere`"},
        {"[range(2000000)][0] ?? 3", "!too much work"},
    };
    EXPECT_ALL(cases);
}

Test(expression, comprehensions)
{
    static const char *const cases[][2] = {
        {"[i * 2 for i in [1, 2, 3]]", "[2,4,6]"},
        {"[i for i in [1, 2, 3] if i % 2 == 1]", "[1,3]"},
        {"[\"${i}${v}\" for i, v in list]", "[\"07\",\"1b\"]"},
        {"[k for k in map]", "[\"name\",\"none\"]"},
        {"[[k, v] for k, v in map]", "[[\"name\",\"web\"],[\"none\",null]]"},
        {"[1 for x in []]", "[]"},
        {"[[x for x in y] for y in [[1], [2, 3]]]", "[[1],[2,3]]"},
        {"[x + y for y in [1]]", "[4]"},
        {"[x for x in [1] if x > 1]", "[]"},
        {"[x for x in 3]", "!walks a list or a map"},
        {"[x for x in [1]] + [x]", "[1,3]"},
        {"[x for in [1]]", "!`in` is expected"},
        {"[x for 1 in [1]]", "!variable's name"},
        {"[x for x of [1]]", "!`in` is expected"},
        {"[1 / v for v in [1, 0, 0]]", "!division"},
    };
    EXPECT_ALL(cases);
}

Test(expression, malformed)
{
    static const struct {
        const char *text, *message;
        unsigned column;
    } cases[] = {
        {"", "ends too early", 1},
        {"1 +", "ends too early", 4},
        {"1 2", "operator is expected", 3},
        {"(1", "`)` is expected", 3},
        {"[1", "`]` or `,`", 3},
        {"{a", "`:` is expected", 3},
        {"\"a", "not closed", 1},
        {"x + \"\\q\"", "unknown escape", 6},
        {"lower(1", "`)` or `,`", 8},
        {"x.", "field's name", 3},
        {"x ? 1", "`:` is", 6},
        {"\"${x\"", "not closed", 5},
        {"lwer(1)", "no function lwer()", 1},
        {"1 + @", "value is expected", 5},
        {"x = 1", "operator is expected", 3},
        {"192.0.2.1", "field's name", 7},
        {"\"ä\" + lwer(1)", "no function", 7},
        {"[\"", "not closed", 2},
        {"{\"", "not closed", 2},
        {"[\"a\", lower(\"", "not closed", 13},
        {"[1 for x in [\"", "not closed", 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expression_case run;
        case_run(&run, cases[i].text);
        cr_expect(strstr(run.message, cases[i].message), "%s → %s", cases[i].text, run.message);
        cr_expect_eq(run.column, cases[i].column, "%s at %u", cases[i].text, run.column);
        cr_expect_eq(run.diags.count, 1, "%s", cases[i].text);
        case_free(&run);
    }
}

Test(expression, hints_and_places_of_values)
{
    static const struct {
        const char *text, *hint;
        unsigned column, width;
    } cases[] = {
        {"1 + zon", "did you mean `zone`", 5, 3},
        {"lwer(\"a\")", "did you mean lower()", 1, 1},
        {"qqqqqq", "-D qqqqqq=", 1, 6},
        {"x + map.nme", "did you mean `.name`", 5, 7},
        {"1 + (2 / 0)", "", 6, 5},
        {"\"äöü\" + trim()", "trim(text)", 9, 6},
        {"[\"${1 / 0}\"]", "", 5, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expression_case run;
        case_run(&run, cases[i].text);
        cr_expect(strstr(run.hint, cases[i].hint), "%s → %s (%s)", cases[i].text, run.message,
                  run.hint);
        cr_expect(run.column == cases[i].column && run.width == cases[i].width, "%s at %u + %u",
                  cases[i].text, run.column, run.width);
        case_free(&run);
    }
}

/* An error inside a scalar of a document: `at` octets into its text. */
static void expect_place(const char *document, size_t at, unsigned line, unsigned column)
{
    struct rz_arena arena = {0};
    struct rz_diags diags = {0};
    struct rz_source source = {"a.yaml", rz_str_of(document)};
    const struct rz_node *root = rz_yaml_load(&source, &arena, NULL, &diags);
    cr_assert(root && root->kind == RZ_NODE_MAP, "%s", document);
    struct rz_expression_place place = {.source = &source,
                                        .node = root->pairs[root->count - 1].value};
    struct rz_evaluation evaluation = {.arena = &arena, .diags = &diags, .place = place};
    rz_evaluation_error(&evaluation, at, 1, "here");
    cr_expect(diags.items[0].line == line && diags.items[0].column == column, "%s: %u:%u", document,
              diags.items[0].line, diags.items[0].column);
    rz_diags_free(&diags);
    rz_arena_free(&arena);
}

Test(expression, places_in_documents)
{
    expect_place("a: bcd", 1, 1, 5);
    expect_place("b: 1\na: 'bcd'", 1, 2, 6);
    expect_place("a: 'it''s X'", 5, 1, 11);
    expect_place("a: \"b\\\"c\\u00e4X\"", 5, 1, 15);
    expect_place("a: \"b\\\n   X\"", 1, 2, 4);
    expect_place("a: b\n  X", 2, 2, 3);
    expect_place("a: \"b\n\n   X\"", 2, 3, 4);
    expect_place("a: |\n  one\n  twoX\n", 7, 3, 6);
    expect_place("a: >-\n\n  one\n  twoX\n", 8, 4, 6);
    expect_place("a: |\n  one\n    X\n", 6, 3, 5);
    expect_place("a: &anchor !!str äX", 2, 1, 19);
    expect_place("a: |\r\n  one\r\n  twoX\r\n", 7, 3, 6);
    expect_place("a: bcd", 3, 1, 7);
    expect_place("a: bcd", 99, 1, 4);
}

static char *repeat(const char *before, const char *unit, size_t times, const char *after)
{
    struct rz_buffer out = {0};
    rz_buffer_text(&out, before);
    while (times--)
        rz_buffer_text(&out, unit);
    rz_buffer_text(&out, after);
    return out.data;
}

Test(expression, bounds)
{
    static const struct {
        const char *before, *unit, *after, *message;
        size_t times;
    } cases[] = {
        {"", "(", "", "nested too deeply", 100000},
        {"", "[", "", "nested too deeply", 100000},
        {"", "-", "1", "nested too deeply", 100000},
        {"", "{a:", "", "nested too deeply", 100000},
        {"", "\"${", "", "nested too deeply", 100000},
        {"", "lower(", "", "nested too deeply", 100000},
        {"", "1 ? ", "1", "nested too deeply", 100000},
        {"1", "+1", "", "operators in a row", 300},
        {"1", "+1", "", "operators in a row", 1000000},
        {"x", ".a", "", "operators in a row", 1000},
        {"x", "[0]", "", "operators in a row", 1000},
        {"[", "1,", "]", "too large", 100000},
        {"1", "+1", "", "", 200},
        {"lower(", "1,", ")", "more than 16", 20},
        {"[[", "1,", "] for a in range(900000)]", "too much work", 1000},
        {"[", "nowhere.x ?? ", "1 for a in range(900000)]", "too much work", 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expression_case run;
        char *text = repeat(cases[i].before, cases[i].unit, cases[i].times, cases[i].after);
        case_run(&run, text);
        cr_expect(strstr(run.message, cases[i].message), "%.20s → %s", text, run.message);
        cr_expect_leq(run.diags.count, 1);
        cr_expect_leq(run.arena.total, (size_t)100 << 20, "%.20s takes %zu", text, run.arena.total);
        case_free(&run);
        free(text);
    }
}

Test(expression, shared_parts_count_as_often_as_they_are_written)
{
    char *text = rz_strdup("[1]");
    for (int i = 0; i < 20; i++) {
        char *next;
        cr_assert_geq(asprintf(&next, "[[y, y] for y in %s]", text), 0);
        free(text);
        text = next;
    }
    struct expression_case run;
    case_run(&run, text);
    cr_expect(strstr(run.message, "too much work") && run.json.size == 0, "%s", run.message);
    case_free(&run);
    char *same;
    cr_assert_geq(asprintf(&same, "%s == []", text), 0);
    case_expect(same, "!too much work");
    free(same);
    free(text);
}

Test(expression, nul_octets_end_nothing)
{
    struct expression_case run;
    case_run(&run, "1");
    size_t at = 0;
    cr_expect_null(
        rz_expression_parse(&run.arena, RZ_STR("1\0}"), &at, &run.evaluation.place, &run.diags));
    case_free(&run);
}

Test(expression, stops_at_the_brace_that_closes_it)
{
    struct expression_case run;
    case_run(&run, "1");
    size_t at = 3;
    cr_expect_not_null(rz_expression_parse(&run.arena, RZ_STR("a${ {b: \"}\"}.b } c"), &at,
                                           &run.evaluation.place, &run.diags));
    cr_expect_eq(at, 15);
    case_free(&run);
}
