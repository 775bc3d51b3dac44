/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of expressions: every example of the table, then what the table cannot say. */
#include <criterion/criterion.h>

#include "expression_case.h"

Test(functions, examples_of_the_table)
{
    setenv("RZ_TEST_SITE", "berlin", 1);
    size_t titles = 0, groups = 0;
    while (rz_function_group_titles[titles])
        titles++;
    for (; rz_function_groups[groups]; groups++)
        for (const struct rz_function *row = rz_function_groups[groups]; row->name; row++) {
            cr_assert(row->example && row->result && row->summary && row->signature, "%s", row->name);
            cr_expect(strstr(row->example, row->name), "%s", row->name);
            cr_expect(strncmp(row->signature, row->name, strlen(row->name)) == 0, "%s", row->name);
            cr_expect_eq(rz_function_find(rz_str_of(row->name)), row, "%s has two rows", row->name);
            case_expect(row->example, row->result);
        }
    cr_expect_eq(groups, titles);
}

Test(functions, text)
{
    static const char *const cases[][2] = {
        {"lower(\"ÄBC\")", "\"Äbc\""}, {"lower(12)", "\"12\""}, {"lower([1])", "!argument 1 is a list"},
        {"lower()", "!missing"}, {"lower(1, 2)", "!too many"},
        {"replace(\"aaa\", \"a\", \"aa\")", "\"aaaaaa\""}, {"replace(\"\", \"a\", \"b\")", "\"\""},
        {"replace(\"abc\", \"\", \"b\")", "!empty"}, {"replace(\"xyx\", \"x\", \"\")", "\"y\""},
        {"split(\"\", \",\")", "[]"}, {"split(\",\", \",\")", "[\"\",\"\"]"}, {"split(\"a\", \"\")", "!empty"},
        {"split(\"a--b-c\", \"--\")", "[\"a\",\"b-c\"]"},
        {"join([], \",\")", "\"\""}, {"join([[1]], \",\")", "!item 0 is a list"}, {"join([null, 1])", "\"1\""},
        {"length(\"\")", "0"}, {"length(1)", "!no length"}, {"length(map)", "2"},
        {"contains(\"abc\", \"bc\")", "true"}, {"contains(map, \"name\")", "true"}, {"contains(list, \"c\")", "false"},
        {"contains(1, 2)", "!cannot contain"}, {"starts_with(\"a\", \"ab\")", "false"},
        {"ends_with(\"b\", \"ab\")", "false"}, {"ends_with(\"ab\", \"\")", "true"},
        {"format(\"%5s|%x|%04X|%%|%s\", \"ab\", 255, 171, true)", "\"ab   |ff|00AB|%|true\""},
        {"format(\"%d\", \"a\")", "!%d does not take a string"}, {"format(\"%d\")", "!more values"},
        {"format(\"a\", 1)", "!1 are given"}, {"format(\"%n\", 1)", "!followed by"}, {"format(\"%\")", "!followed by"},
        {"format(\"%999999999999999999999d\", 1)", "!followed by"}, {"format(\"%x\", -1)", "!does not take"},
        {"format(\"%d\", -1)", "\"-1\""}, {"trim(\"\")", "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        case_expect(cases[i][0], cases[i][1]);
}
