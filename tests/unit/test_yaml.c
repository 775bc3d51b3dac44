/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The YAML loader: places, strictness, aliases and merges, budgets, streaming, and printed scalars. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "language/yaml.h"

struct loaded {
    struct rz_arena arena;
    struct rz_diags diags;
    const struct rz_node *root;
};

static void load(struct loaded *loaded, struct rz_str text, const struct rz_yaml_stream *stream)
{
    struct rz_source source = {"a.yaml", text};
    *loaded = (struct loaded){0};
    loaded->root = rz_yaml_load(&source, &loaded->arena, stream, &loaded->diags);
}

static void release(struct loaded *loaded)
{
    rz_arena_free(&loaded->arena);
    rz_diags_free(&loaded->diags);
}

/* A node in one line: maps in braces, lists in brackets, null as ~, scalars as they are. */
static void dump(struct rz_buffer *out, const struct rz_node *node)
{
    if (node->kind == RZ_NODE_NULL)
        rz_buffer_char(out, '~');
    else if (node->kind == RZ_NODE_SCALAR)
        rz_buffer_printf(out, node->quoted ? "'%s'" : "%s", node->text);
    else {
        rz_buffer_char(out, node->kind == RZ_NODE_LIST ? '[' : '{');
        for (uint32_t i = 0; i < node->count; i++) {
            rz_buffer_text(out, i ? " " : "");
            if (node->kind == RZ_NODE_MAP)
                rz_buffer_printf(out, "%s:", node->pairs[i].key->text);
            dump(out, node->kind == RZ_NODE_LIST ? node->items[i] : node->pairs[i].value);
        }
        rz_buffer_char(out, node->kind == RZ_NODE_LIST ? ']' : '}');
    }
}

Test(yaml, trees)
{
    static const char *const cases[][2] = {
        {"", "~"},
        {"# only a comment\n", "~"},
        {"~", "~"},
        {"null", "~"},
        {"Null", "~"},
        {"NULL", "~"},
        {"nul", "nul"},
        {"\"null\"", "'null'"},
        {"''", "''"},
        {"yes", "yes"},
        {"0x10", "0x10"},
        {"a: 1\nb: [x, y]\n", "{a:1 b:[x y]}"},
        {"a:\nb: ~\n", "{a:~ b:~}"},
        {"~: x\n", "{~:x}"},
        {"null: x\n", "{null:x}"},
        {"- a\n- - b\n- {}\n- []\n", "[a [b] {} []]"},
        {"a: |\n  two\n  lines\n", "{a:'two\nlines\n'}"},
        {"a: &x {b: c}\nd: *x\n", "{a:{b:c} d:{b:c}}"},
        {"a: &x y\n*x : z\n", "{a:y y:z}"},
        {"a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", "{a:{b:1 c:2} d:{c:3 b:1}}"},
        {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n",
         "{a:{b:1} c:{b:2 d:3} e:{b:1 d:3}}"},
        {"a: {<<: {b: 1}, <<: {c: 2}}\n", "{a:{b:1 c:2}}"},
        {"a: {\"<<\": b}\n", "{a:{<<:b}}"},
        {"a: {<<: {}}\n", "{a:{}}"},
        {"a: !!str 5\nb: !!map {}\nc: ! x\n", "{a:5 b:{} c:x}"},
        {"\xEF\xBB\xBF"
         "a: b\n",
         "{a:b}"},
        {"%YAML 1.1\n---\na: b\n...\n", "{a:b}"},
        {"a: !!str\n", "{a:}"},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loaded loaded;
        struct rz_buffer text = {0};
        load(&loaded, rz_str_of(cases[i][0]), NULL);
        cr_assert_not_null(loaded.root, "%s: %s", cases[i][0],
                           loaded.diags.count ? loaded.diags.items[0].message : "");
        dump(&text, loaded.root);
        cr_expect(rz_str_is(rz_buffer_view(&text), cases[i][1]), "%s gave %s", cases[i][0],
                  text.data);
        rz_buffer_free(&text);
        release(&loaded);
    }
}

Test(yaml, nodes_know_their_places)
{
    struct loaded loaded;
    struct rz_source source = {"a.yaml", {NULL, 0}};
    load(&loaded, RZ_STR("# c\nkey: value\nüb: [x,\n  \"yz\"]\n"), NULL);
    cr_assert_not_null(loaded.root);
    const struct rz_node *value = rz_node_get(loaded.root, "key"),
                         *list = rz_node_get(loaded.root, "üb");
    cr_expect(value->line == 2 && value->column == 6);
    cr_expect(list->line == 3 && list->column == 5, "columns are characters: %u", list->column);
    struct rz_place place = rz_node_place(&source, list->items[1]);
    cr_expect(place.line == 4 && place.column == 3 && place.width == 4, "with its quotes");
    cr_expect_eq(rz_node_place(&source, list).width, 1);
    cr_expect_null(rz_node_get(loaded.root, "absent"));
    cr_expect_null(rz_node_get(value, "key"));
    cr_expect_str_eq(rz_node_kind_text(value), "text");
    cr_expect_str_eq(rz_node_kind_text(list), "a list");
    cr_expect_str_eq(rz_node_kind_text(loaded.root), "a map");
    release(&loaded);
}

static const struct error_case {
    const char *text;
    int code;
    unsigned line, column;
    const char *hint; /* a part; NULL: none wanted */
} errors[] = {
    {"a: [b\n", 1001, 2, 1, NULL},           {"a: b: c\n", 1001, 1, 5, "quotes"},
    {"\ta: b\n", 1001, 1, 1, "spaces"},      {"a: @b\n", 1001, 1, 4, "quotes"},
    {"a: `b\n", 1001, 1, 4, "quotes"},       {"a: %b\n", 1001, 1, 4, "quotes"},
    {"a: *\n", 1001, 1, 5, "quotes"},        {"a: &\n", 1001, 1, 5, "quotes"},
    {"a: \"b\n", 1001, 2, 1, NULL},          {"a:\n  b: c\n d: e\n", 1001, 3, 2, "indentation"},
    {"a: 1\nb\nc: 2\n", 1001, 3, 1, "`:`"},  {"a: 1\n---\nb: 2\n", 1001, 2, 1, NULL},
    {"a: 1\na: 2\n", 1002, 2, 1, "join"},    {"{a: 1, b: 2, a: 3}\n", 1002, 1, 14, "join"},
    {"a: *b\n", 1010, 1, 4, "quotes"},       {"a: &x [*x]\n", 1010, 1, 8, NULL},
    {"a: {<<: b}\n", 1010, 1, 5, NULL},      {"a: {<<: [{}, x]}\n", 1010, 1, 5, NULL},
    {"a: !x b\n", 1005, 1, 4, "tag"},        {"a: !x [b]\n", 1005, 1, 4, "tag"},
    {"a: !x {b: c}\n", 1005, 1, 4, "tag"},   {"? [a]\n: b\n", 1005, 1, 3, NULL},
    {"? {a: b}\n: c\n", 1005, 1, 3, NULL},   {"a: \xFF\n", 1009, 1, 4, "UTF-8"},
    {"ü: \x01\n", 1009, 1, 4, "control"},    {"*x : {a: b}\n", 1010, 1, 1, "quotes"},
    {"a: \xED\xA0\x80\n", 1009, 1, 4, NULL}, {"x: 1\n\n%foo\n", 1001, 3, 5, NULL},
};

Test(yaml, each_mistake_has_its_code_and_place)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const struct error_case *e = &errors[i];
        struct loaded loaded;
        load(&loaded, rz_str_of(e->text), NULL);
        cr_expect_null(loaded.root, "%s", e->text);
        cr_assert_geq(loaded.diags.count, 1, "%s", e->text);
        const struct rz_diag *d = &loaded.diags.items[0];
        cr_expect((int)d->code == e->code && d->line == e->line && d->column == e->column,
                  "%s: RZ%d at %u:%u: %s", e->text, (int)d->code, d->line, d->column, d->message);
        if (e->hint)
            cr_expect(d->hint && strstr(d->hint, e->hint), "%s: %s: %s", e->text, d->message,
                      d->hint);
        release(&loaded);
    }
}

Test(yaml, duplicates_in_large_maps_are_all_found)
{
    struct loaded loaded;
    struct rz_buffer text = {0};
    for (int i = 0; i < 100; i++)
        rz_buffer_printf(&text, "k%d: x\n", i % 97);
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_null(loaded.root);
    cr_expect_eq(loaded.diags.errors, 3);
    rz_diags_sort(&loaded.diags);
    cr_expect_eq(loaded.diags.items[0].line, 98);
    cr_expect_str_eq(loaded.diags.items[0].related, "first given at a.yaml:1");
    rz_buffer_free(&text);
    release(&loaded);
}

Test(yaml, large_maps_merge)
{
    struct loaded loaded;
    struct rz_buffer text = {0};
    rz_buffer_text(&text, "a: &a {");
    for (int i = 0; i < 3000; i++)
        rz_buffer_printf(&text, "k%d: x, ", i);
    rz_buffer_text(&text, "}\nb: &b {");
    for (int i = 2000; i < 5000; i++)
        rz_buffer_printf(&text, "k%d: y, ", i);
    rz_buffer_text(&text, "}\nc: {own: z, k1: own, <<: [*a, *b]}\n");
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_assert_not_null(loaded.root);
    const struct rz_node *c = rz_node_get(loaded.root, "c");
    cr_expect_eq(c->count, 5001);
    cr_expect_str_eq(rz_node_get(c, "k1")->text, "own");
    cr_expect_str_eq(rz_node_get(c, "k2500")->text, "x");
    cr_expect_str_eq(rz_node_get(c, "k4999")->text, "y");
    rz_buffer_free(&text);
    release(&loaded);
}

static int first_code(const struct loaded *loaded)
{
    return loaded->diags.count ? (int)loaded->diags.items[0].code : 0;
}

Test(yaml, depth_is_bounded)
{
    for (unsigned depth = 60; depth < 70; depth++) {
        struct loaded loaded;
        struct rz_buffer text = {0};
        rz_buffer_pad(&text, '[', depth);
        rz_buffer_pad(&text, ']', depth);
        load(&loaded, rz_buffer_view(&text), NULL);
        cr_expect_eq(loaded.root != NULL, depth <= RZ_YAML_DEPTH_MAX + 1, "%u", depth);
        cr_expect_eq(first_code(&loaded), loaded.root ? 0 : 1003);
        rz_buffer_free(&text);
        release(&loaded);
    }
}

Test(yaml, aliases_have_a_budget_in_proportion_to_the_file)
{
    struct loaded loaded;
    struct rz_buffer text = {0};
    rz_buffer_text(&text, "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: [*a,*a,*a,*a,*a]\n");
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_not_null(loaded.root, "a few are fine");
    release(&loaded);
    for (char c = 'b'; c < 'k'; c++)
        rz_buffer_printf(&text, "%c%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c, c - 1, c - 1,
                         c - 1, c - 1, c - 1, c - 1);
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_null(loaded.root);
    cr_expect_eq(first_code(&loaded), 1003);
    cr_expect_eq(loaded.diags.errors, 1);
    release(&loaded);
    rz_buffer_reset(&text);
    rz_buffer_text(&text, "a: &a {");
    for (int i = 0; i < 1000; i++)
        rz_buffer_printf(&text, "k%d: , ", i);
    rz_buffer_text(&text, "}\nb:\n");
    for (int i = 0; i < 1500; i++)
        rz_buffer_text(&text, "- {<<: *a}\n");
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_eq(first_code(&loaded), 1003, "merges count too");
    rz_buffer_free(&text);
    release(&loaded);
}

Test(yaml, long_scalars_and_files_are_refused)
{
    struct loaded loaded;
    struct rz_buffer text = {0};
    rz_buffer_text(&text, "a: ");
    rz_buffer_pad(&text, 'x', 327680);
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_not_null(loaded.root);
    release(&loaded);
    rz_buffer_char(&text, 'x');
    load(&loaded, rz_buffer_view(&text), NULL);
    cr_expect_eq(first_code(&loaded), 1003);
    release(&loaded);
    load(&loaded, (struct rz_str){text.data, RZ_YAML_SIZE_MAX + (size_t)1},
         NULL); /* not looked at */
    cr_expect_eq(first_code(&loaded), 1003);
    rz_buffer_free(&text);
    release(&loaded);
}

/* What a stream hands over, and which entries it keeps. */
struct collector {
    struct rz_buffer seen;
    const struct rz_node *kept;
    bool keep;
};

static enum rz_yaml_keep collect(void *user, const struct rz_node *key, const struct rz_node *value)
{
    struct collector *collector = user;
    rz_buffer_printf(&collector->seen, "%s=", key->text);
    dump(&collector->seen, value);
    rz_buffer_char(&collector->seen, ' ');
    if (!collector->keep)
        return RZ_YAML_DROP;
    collector->kept = value;
    return RZ_YAML_KEEP;
}

Test(yaml, streams)
{
    static const struct {
        const char *key, *text, *seen, *root;
        int code;
    } cases[] = {
        {"records", "a: b\nrecords:\n  x: 1\n  y: [2, 3]\nc: d\n", "x=1 y=[2 3] ",
         "{a:b records:{} c:d}", 0},
        {"records", "a: {records: {x: 1}}\n", "", "{a:{records:{x:1}}}", 0},
        {"records", "records: [x]\n", "", "{records:[x]}", 0},
        {"records", "records:\n", "", "{records:~}", 0},
        {NULL, "x: 1\ny: {z: 2}\n", "x=1 y={z:2} ", "{}", 0},
        {NULL, "- x\n", "", "[x]", 0},
        {"records", "records:\n  a: &x {b: 1}\n  c: *x\n  d: {<<: *x, e: 2}\n",
         "a={b:1} c={b:1} d={e:2 b:1} ", "{records:{}}", 0},
        {"records", "v: &x {b: 1}\nrecords:\n  c: *x\n", "c={b:1} ", "{v:{b:1} records:{}}", 0},
        {"records", "records:\n  a: 1\n  b: 2\n  a: 3\n", "a=1 b=2 ", NULL, 1002},
        {"records", "records:\n  a: 1\nrecords:\n  b: 1\n", "a=1 b=1 ", NULL, 1002},
        {"records", "records:\n  a: 1\n  b: [\n", "a=1 ", NULL, 1001},
        {"records", "records:\n  <<: {a: 1}\n  b: 2\n", "b=2 ", NULL, 1010},
        {"records", "records:\n  \"<<\": 1\n", "<<=1 ", "{records:{}}", 0},
        {NULL, "x: 1\n? [a]\n: b\n", "x=1 =b ", NULL, 1005},
        {NULL, "a: 1\nb", "a=1 ", NULL, 1001},
        {"records", "records: {a: *b, c: 1}\n", "a=~ c=1 ", NULL, 1010},
        {"records", "*r : {a: 1}\n", "", NULL, 1010},
    };
    for (int keep = 0; keep < 2; keep++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct loaded loaded;
            struct collector collector = {.keep = keep};
            struct rz_buffer root = {0};
            struct rz_yaml_stream stream = {
                .key = cases[i].key, .entry = collect, .user = &collector};
            load(&loaded, rz_str_of(cases[i].text), &stream);
            cr_expect(rz_str_is(rz_buffer_view(&collector.seen), cases[i].seen), "%s: %s",
                      cases[i].text, collector.seen.data);
            cr_expect_eq(loaded.root != NULL, cases[i].root != NULL, "%s", cases[i].text);
            cr_expect_eq(first_code(&loaded), cases[i].code, "%s", cases[i].text);
            if (loaded.root && cases[i].root) {
                dump(&root, loaded.root);
                cr_expect(rz_str_is(rz_buffer_view(&root), cases[i].root), "%s: %s", cases[i].text,
                          root.data);
            }
            if (collector.kept) { /* still readable */
                rz_buffer_reset(&root);
                dump(&root, collector.kept);
            }
            rz_buffer_free(&root);
            rz_buffer_free(&collector.seen);
            release(&loaded);
        }
}

static enum rz_yaml_keep keep_some(void *user, const struct rz_node *key,
                                   const struct rz_node *value)
{
    struct rz_buffer *names = user;
    (void)value;
    rz_buffer_append(names, &key, sizeof key);
    return key->count % 2 ? RZ_YAML_KEEP : RZ_YAML_DROP;
}

Test(yaml, kept_entries_outlive_the_stream)
{
    struct loaded loaded;
    struct rz_buffer text = {0}, names = {0};
    struct rz_yaml_stream stream = {.key = "records", .entry = keep_some, .user = &names};
    rz_buffer_text(&text, "records:\n");
    for (int i = 0; i < 5000; i++)
        rz_buffer_printf(&text, "  o%d: {A: 192.0.2.%d}\n", i * 37, i % 256);
    load(&loaded, rz_buffer_view(&text), &stream);
    cr_assert_not_null(loaded.root);
    for (size_t i = 0; i < 5000; i++) {
        const struct rz_node *key;
        memcpy(&key, names.data + i * sizeof key, sizeof key);
        if (i > 10) /* from the first kept one on nothing is dropped any more */
            cr_assert_eq(key->text[0], 'o');
    }
    rz_buffer_free(&text);
    rz_buffer_free(&names);
    release(&loaded);
}

Test(yaml, printed_scalars_read_back_as_the_same_text)
{
    static const struct {
        struct rz_str text;
        const char *printed; /* NULL: any that reads back */
    } cases[] = {
#define S(literal) {literal, sizeof literal - 1}
        {S("plain"), "plain"},
        {S("v=spf1 -all"), "v=spf1 -all"},
        {S("10 mx.example.net."), "10 mx.example.net."},
        {S(""), "\"\""},
        {S("yes"), "\"yes\""},
        {S("No"), "\"No\""},
        {S("~"), "\"~\""},
        {S("null"), "\"null\""},
        {S("-"), "\"-\""},
        {S("- a"), "\"- a\""},
        {S("a: b"), "\"a: b\""},
        {S("a:b"), "a:b"},
        {S("a #b"), "\"a #b\""},
        {S("@"), "\"@\""},
        {S("*.dev"), "\"*.dev\""},
        {S("<<"), "\"<<\""},
        {S("="), "\"=\""},
        {S("::1"), "::1"},
        {S("a\nb\t\"\\"), "\"a\\nb\\t\\\"\\\\\""},
        {S("\0\x01\x7F"), "\"\\x00\\x01\\x7F\""},
        {S("grüße"), "\"grüße\""},
        {S("\xC2\x85\xC2\x9F\xC2\xA0"), NULL},
        {S("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA"), NULL},
        {S("\xEF\xBB\xBF\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\x80\xEF\xBE\xBF"), NULL},
        {S("🍰"), NULL},
        {S(" a"), NULL},
        {S("a "), NULL},
        {S("a:"), NULL},
        {S("a  b"), NULL},
        {S("${x}"), NULL},
        {S("---"), NULL},
        {S("..."), NULL},
        {S("? a"), NULL},
        {S("!a"), NULL},
        {S("|"), NULL},
        {S("0777"), "0777"},
    };
    for (int key = 0; key < 2; key++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct loaded loaded;
            struct rz_buffer text = {0};
            rz_buffer_text(&text, key ? "" : "k: ");
            size_t start = text.size;
            rz_yaml_print_scalar(&text, cases[i].text, key);
            if (cases[i].printed && !(key && cases[i].text.data[0] == ':'))
                cr_expect_str_eq(text.data + start, cases[i].printed);
            rz_buffer_text(&text, key ? ": v\n" : "\n");
            load(&loaded, rz_buffer_view(&text), NULL);
            cr_assert(loaded.root && loaded.root->kind == RZ_NODE_MAP, "%s", text.data);
            const struct rz_node *back = key ? loaded.root->pairs[0].key
                                             : loaded.root->pairs[0].value;
            cr_expect(back->kind == RZ_NODE_SCALAR
                          && rz_str_equal(rz_node_str(back), cases[i].text),
                      "%s", text.data);
            rz_buffer_free(&text);
            release(&loaded);
        }
}

Test(yaml, any_text_survives_printing)
{
    static const char *const pieces[] = {"a",
                                         " ",
                                         ":",
                                         "#",
                                         "-",
                                         "'",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "\t",
                                         ",",
                                         "[",
                                         "{",
                                         "ü",
                                         "€",
                                         "🍰",
                                         "\xC2\x80",
                                         "\xE2\x80\xA8",
                                         "\xEF\xBB\xBF",
                                         "~",
                                         "<<",
                                         "?",
                                         "!",
                                         "%",
                                         "@",
                                         "`",
                                         "&",
                                         "*",
                                         "|",
                                         ">",
                                         ".",
                                         "0"};
    unsigned seed = 11;
    for (int round = 0; round < 20000; round++) {
        struct loaded loaded;
        struct rz_buffer text = {0}, document = {0};
        for (int n = rand_r(&seed) % 6; n >= 0; n--)
            rz_buffer_text(&text, pieces[rand_r(&seed) % (sizeof pieces / sizeof *pieces)]);
        rz_buffer_text(&document, "- ");
        rz_yaml_print_scalar(&document, rz_buffer_view(&text), false);
        bool colon = strchr(text.data, ':') != NULL; /* plain is for blocks */
        rz_buffer_text(&document, colon ? "\n- rdata: " : "\n- {rdata: ");
        rz_yaml_print_scalar(&document, rz_buffer_view(&text), false);
        rz_buffer_text(&document, colon ? "\n" : "}\n");
        load(&loaded, rz_buffer_view(&document), NULL);
        cr_assert_not_null(loaded.root, "%s", document.data);
        const struct rz_node *inside = rz_node_get(loaded.root->items[1], "rdata");
        cr_assert(rz_str_equal(rz_node_str(loaded.root->items[0]), rz_buffer_view(&text)), "%s",
                  document.data);
        cr_assert(inside && rz_str_equal(rz_node_str(inside), rz_buffer_view(&text)), "%s",
                  document.data);
        rz_buffer_free(&text);
        rz_buffer_free(&document);
        release(&loaded);
    }
}
