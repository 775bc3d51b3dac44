/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canonical layout: what it looks like, that it keeps everything, that it is stable. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "language/format.h"

static const char ugly[] = "# top comment\n"
                           "\n"
                           "\n"
                           "extends:\n"
                           "- web: {ip:   192.0.2.10,   ttl: 5m}   # why\n"
                           "- {mail/google: {}, groups: [dkim,cal]}\n"
                           "- other\n"
                           "vars:\n"
                           "      a: 1      # one\n"
                           "      # about b\n"
                           "      b:   \"two\"\n"
                           "records:   # all of them\n"
                           "\n"
                           "    \"@\":\n"
                           "        A: 192.0.2.1\n"
                           "        # a comment in the owner\n"
                           "        MX:\n"
                           "        - 10 mx1\n"
                           "        - {preference: 20,\n"
                           "           exchange: mx2}  # second\n"
                           "        TXT: >-\n"
                           "            long text\n"
                           "            that folds\n"
                           "\n"
                           "            here\n"
                           "    www: {CNAME: \"@\"}\n"
                           "    # trailing in records\n"
                           "    empty:\n"
                           "    old: null\n"
                           "    multi: {TXT: \"a very\n"
                           "       long one\"}\n"
                           "    # last of records\n"
                           "\n"
                           "# before soa\n"
                           "soa: &s\n"
                           "   mname: ns1\n"
                           "   rname: h@x.y\n"
                           "other: *s\n"
                           "list:\n"
                           "- - a\n"
                           "  - b\n"
                           "-\n"
                           "  - c\n"
                           "- k: v\n"
                           "  l: w\n"
                           "-   # comment in item\n"
                           "  m: n\n"
                           "block: |2\n"
                           "    two more\n"
                           "   x\n"
                           "# end\n";

static const char fair[] = "# top comment\n"
                           "\n"
                           "extends:\n"
                           "  - web: {ip: 192.0.2.10, ttl: 5m}     # why\n"
                           "  - {mail/google: {}, groups: [dkim, cal]}\n"
                           "  - other\n"
                           "vars:\n"
                           "  a: 1          # one\n"
                           "  # about b\n"
                           "  b: \"two\"\n"
                           "records:   # all of them\n"
                           "\n"
                           "  \"@\":\n"
                           "    A: 192.0.2.1\n"
                           "    # a comment in the owner\n"
                           "    MX:\n"
                           "      - 10 mx1\n"
                           "      - {preference: 20, exchange: mx2}  # second\n"
                           "    TXT: >-\n"
                           "      long text\n"
                           "      that folds\n"
                           "\n"
                           "      here\n"
                           "  www: {CNAME: \"@\"}\n"
                           "  # trailing in records\n"
                           "  empty:\n"
                           "  old: null\n"
                           "  multi:\n"
                           "    TXT: \"a very\n"
                           "      long one\"\n"
                           "  # last of records\n"
                           "\n"
                           "# before soa\n"
                           "soa: &s\n"
                           "  mname: ns1\n"
                           "  rname: h@x.y\n"
                           "other: *s\n"
                           "list:\n"
                           "  -\n"
                           "    - a\n"
                           "    - b\n"
                           "  -\n"
                           "    - c\n"
                           "  - k: v\n"
                           "    l: w\n"
                           "    # comment in item\n"
                           "  - m: n\n"
                           "block: |2\n"
                           "    two more\n"
                           "   x\n"
                           "# end\n";

static enum rz_status format(struct rz_buffer *out, struct rz_str text)
{
    struct rz_diags diags = {0};
    struct rz_source source = {"a.yaml", text};
    enum rz_status status = rz_yaml_format(out, &source, &diags);
    rz_diags_free(&diags);
    return status;
}

Test(format, layout)
{
    struct rz_buffer out = {0};
    cr_expect_eq(format(&out, rz_str_of(ugly)), RZ_OK);
    cr_expect_str_eq(out.data, fair, "%s", out.data);
    rz_buffer_free(&out);
}

Test(format, small_cases)
{
    static const char *const cases[][2] = {
        {"a:   1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"},
        {"{a: 1,b: [x,y ]}", "{a: 1, b: [x, y]}\n"},
        {"---\na: 1\n", "---\na: 1\n"},
        {"# only a comment\n", "# only a comment\n"},
        {"", ""},
        {"a: [1, # one\n  2]\n", "a:\n  - 1  # one\n  - 2\n"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "a: 1\n"},
        {"a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"},
        {"'a b':  'c'\n\"d\" : \"e\"\n", "'a b': 'c'\n\"d\": \"e\"\n"},
        {"a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: *x\n"},
        {"a: {}\nb: []\nc:\n", "a: {}\nb: []\nc:\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_buffer out = {0};
        cr_expect_eq(format(&out, rz_str_of(cases[i][0])), RZ_OK, "%s", cases[i][0]);
        cr_expect_str_eq(out.data ? out.data : "", cases[i][1], "%s\ngave\n%s", cases[i][0],
                         out.data);
        rz_buffer_free(&out);
    }
    struct rz_buffer out = {0};
    cr_expect_eq(format(&out, RZ_STR("a: [1\n")), RZ_INVALID);
    rz_buffer_free(&out);
}

/* Every file of the loader's corpus that is YAML can be laid out, and then does not change again. */
Test(format, corpus_is_stable)
{
    DIR *directory = opendir(RZ_TEST_SOURCES "/tests/corpus/yaml");
    cr_assert_not_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[1024], *text = calloc(1, 1 << 20);
        struct rz_buffer once = {0}, twice = {0};
        snprintf(path, sizeof path, RZ_TEST_SOURCES "/tests/corpus/yaml/%s", entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        size_t size = file ? fread(text, 1, (1 << 20) - 1, file) : 0;
        enum rz_status status = file ? format(&once, (struct rz_str){text, size}) : RZ_INVALID;
        cr_expect(status == RZ_OK || status == RZ_INVALID, "%s", path);
        if (status == RZ_OK) {
            cr_expect_eq(format(&twice, rz_buffer_view(&once)), RZ_OK, "%s", path);
            cr_expect(rz_str_equal(rz_buffer_view(&once), rz_buffer_view(&twice)), "%s", path);
        }
        if (file)
            fclose(file);
        free(text);
        rz_buffer_free(&once);
        rz_buffer_free(&twice);
    }
    closedir(directory);
}
