/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain reader against libyaml: documents put together at random from pieces that are plain,
 * nearly plain and wrong are loaded streamed (plain reader first, in parts or not) and whole (libyaml
 * alone). Both must fail, or give the same nodes at the same places. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language/yaml.h"

#define DOCUMENTS 60000

static uint32_t state = 12345;

static uint32_t pick(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static const char *const keys[] = {
    "a",       "b",    "www",    "\"@\"", "'x'",      "A",       "MX",  "10.0.0.1", "a b",
    "a:b",     "null", "~",      "<<",    "_x._tcp",  "\"\"",    "ttl", "a'b",      "*.x",
    "records", "...",  "... x:", "a#b",   "\"q\\n\"", "'it''s'", "[k]", "?",        "1"};
static const char *const values[] = {"",
                                     " 1",
                                     " 192.0.2.1",
                                     " 2001:db8::1",
                                     " ::1",
                                     " 1::",
                                     " x y",
                                     " x  y ",
                                     " \"q # s\"",
                                     " 'q'",
                                     " 'it''s'",
                                     " \"\\t\"",
                                     " {A: 1}",
                                     " {A: 1, B: [x, 'y']}",
                                     " {}",
                                     " []",
                                     " [1, 2]",
                                     " [1, 2",
                                     " {A}",
                                     " {A: }",
                                     " {a: 1, a: 2}",
                                     " # c",
                                     " v # c",
                                     " v#c",
                                     " v #",
                                     " |",
                                     " >-",
                                     " &x 1",
                                     " *x",
                                     " !t 1",
                                     " a: b",
                                     " - x",
                                     " @",
                                     " %",
                                     " `",
                                     " -1",
                                     " -",
                                     " ~",
                                     " null",
                                     " x:",
                                     " x: ",
                                     " {a: b: c}",
                                     " [a: b]",
                                     " {a:b}",
                                     " \"a\":",
                                     "\t1",
                                     " 1\t",
                                     " x, y",
                                     " [x y, z]",
                                     " {A: 1,}",
                                     " {\"a\":1}",
                                     " =",
                                     " $x",
                                     " ${x}",
                                     " {A: ${x}}",
                                     " (x)",
                                     " \xC3\xA9",
                                     " \x01",
                                     " [\"a\" , b]",
                                     " \"open",
                                     " {A: 1} x",
                                     " '' ''",
                                     " a ? b",
                                     " [a?b]",
                                     " {a: x#y}",
                                     " {a: x #y}",
                                     " 10 mail",
                                     " ...",
                                     " ---",
                                     " <<",
                                     "  indented"};
static const char *const lines[] = {"",
                                    "# c",
                                    "   # c",
                                    "---",
                                    "...",
                                    " ",
                                    "\t",
                                    "%YAML 1.1",
                                    "x",
                                    "- x",
                                    "records:",
                                    "records: # c",
                                    "records: {a: 1}",
                                    "ttl: 1h",
                                    "z: \"",
                                    "\"",
                                    "}",
                                    "]",
                                    "records: ~"};

#define PICK(list) list[pick(sizeof(list) / sizeof *(list))]

static void add_line(struct rz_buffer *out, uint32_t strange)
{
    static const unsigned indents[] = {2, 2, 2, 2, 2, 4, 4, 4, 6, 0, 3, 1};
    if (pick(100) < strange) {
        rz_buffer_text(out, PICK(lines));
    } else {
        rz_buffer_pad(out, ' ', PICK(indents));
        if (pick(5) == 0)
            rz_buffer_text(out, "- ");
        /* Mostly the first few, so that many documents are right. */
        rz_buffer_text(out, pick(3) ? keys[pick(6)] : PICK(keys));
        rz_buffer_text(out, pick(12) ? ":" : "");
        rz_buffer_text(out, pick(2) ? values[pick(14)] : PICK(values));
    }
    rz_buffer_text(out, pick(60) ? "\n" : "\r\n");
}

static void make_document(struct rz_buffer *out, bool key)
{
    rz_buffer_reset(out);
    if (pick(4) == 0)
        rz_buffer_text(out, "---\n");
    if (key && pick(2))
        rz_buffer_text(out, "ttl: 1h\nsoa: {mname: a, x: [1, 2]}\nns:\n- a\n- b: c\n  d: e\n");
    if (key)
        rz_buffer_text(out, "records:\n");
    for (uint32_t left = pick(6); left-- > 0;)
        rz_buffer_printf(out, "%*s%s:%s\n", key ? 2 : 0, "", keys[pick(4)], values[pick(4)]);
    for (uint32_t left = pick(5), strange = pick(2) * 15; left-- > 0;)
        add_line(out, strange);
    if (pick(3) == 0)
        rz_buffer_text(out, "vars: {x: 1}\n");
    if (pick(6) == 0 && out->size)
        out->data[--out->size] = '\0';
}

/* Entries as they come, compared with those of the whole tree afterwards. */
struct entries {
    struct rz_pair pairs[64];
    uint32_t count;
};

static enum rz_yaml_keep take(void *user, const struct rz_node *key, const struct rz_node *value)
{
    struct entries *entries = user;
    if (entries->count < 64)
        entries->pairs[entries->count++] = (struct rz_pair){key, value};
    return RZ_YAML_KEEP;
}

static unsigned parts_taken, parts_forgotten;

static void *open_part(void *user, size_t octets, struct rz_diags *diags)
{
    (void)user, (void)octets, (void)diags;
    return calloc(1, sizeof(struct entries));
}

static void close_part(void *user, void *part, bool taken)
{
    struct entries *more = part;
    for (uint32_t i = 0; taken && i < more->count; i++)
        take(user, more->pairs[i].key, more->pairs[i].value);
    parts_taken += taken && more->count;
    parts_forgotten += !taken;
    free(more);
}

static bool same(const struct rz_node *a, const struct rz_node *b)
{
    if (a->kind != b->kind || a->line != b->line || a->column != b->column || a->count != b->count
        || a->quoted != b->quoted)
        return false;
    if (a->kind == RZ_NODE_SCALAR || a->kind == RZ_NODE_NULL)
        return !a->text == !b->text && (!a->text || strcmp(a->text, b->text) == 0);
    for (uint32_t i = 0; i < a->count; i++) {
        bool equal = a->kind == RZ_NODE_LIST ? same(a->items[i], b->items[i])
                                             : same(a->pairs[i].key, b->pairs[i].key)
                                                   && same(a->pairs[i].value, b->pairs[i].value);
        if (!equal)
            return false;
    }
    return true;
}

static bool same_entries(const struct entries *entries, const struct rz_node *map)
{
    if (!map || map->kind != RZ_NODE_MAP)
        return entries->count == 0;
    bool equal = map->count == entries->count;
    for (uint32_t i = 0; equal && i < map->count; i++)
        equal = same(map->pairs[i].key, entries->pairs[i].key)
                && same(map->pairs[i].value, entries->pairs[i].value);
    return equal;
}

/* The other keys of the document, and what the streamed map leaves in the tree. */
static bool same_rest(const struct rz_node *streamed, const struct rz_node *whole)
{
    if (streamed->kind != whole->kind || whole->kind != RZ_NODE_MAP)
        return same(streamed, whole);
    bool equal = streamed->count == whole->count;
    for (uint32_t i = 0; equal && i < whole->count; i++) {
        const struct rz_pair *a = &streamed->pairs[i], *b = &whole->pairs[i];
        bool taken = b->value->kind == RZ_NODE_MAP && strcmp(b->key->text, "records") == 0;
        equal = same(a->key, b->key)
                && (taken ? a->value->kind == RZ_NODE_MAP && a->value->count == 0
                          : same(a->value, b->value));
    }
    return equal;
}

static bool agrees(struct rz_str text, const char *key, unsigned parts, bool *good)
{
    struct rz_arena one = {0}, two = {0};
    struct rz_diags first = {0}, second = {0};
    struct entries entries = {.count = 0};
    struct rz_source source = {"test.yaml", text};
    struct rz_yaml_stream stream = {.key = key,
                                    .entry = take,
                                    .user = &entries,
                                    .parts = parts,
                                    .part_octets = 8,
                                    .open_part = open_part,
                                    .close_part = close_part};
    const struct rz_node *streamed = rz_yaml_load(&source, &one, &stream, &first);
    const struct rz_node *whole = rz_yaml_load(&source, &two, NULL, &second);
    *good = whole != NULL;
    bool equal;
    if (!streamed || !whole) {
        /* Merging owners is only refused where they are streamed. */
        bool merges = strstr(text.data, "<<");
        equal = !streamed && (!whole || merges);
        equal = equal
                && (merges || first.count > 1 || second.count > 1
                    || strcmp(first.items[0].message, second.items[0].message) == 0);
    } else {
        const struct rz_node *map = key ? rz_node_get(whole, key) : whole;
        equal = same_entries(&entries, map) && (!key || same_rest(streamed, whole));
    }
    rz_diags_free(&first);
    rz_diags_free(&second);
    rz_arena_free(&one);
    rz_arena_free(&two);
    return equal;
}

static void check_many(const char *key, unsigned parts, size_t documents)
{
    struct rz_buffer text = {0};
    size_t right = 0;
    for (size_t i = 0; i < documents; i++) {
        bool good;
        make_document(&text, key != NULL);
        cr_assert(agrees(rz_buffer_view(&text), key, parts, &good), "they differ on:\n%s",
                  text.data);
        right += good;
    }
    cr_expect(right > documents / 10 && right < documents * 9 / 10, "%zu of %zu are right", right,
              documents);
    rz_buffer_free(&text);
}

Test(yaml_plain, reads_records_as_libyaml_does)
{
    check_many("records", 1, DOCUMENTS);
}

Test(yaml_plain, reads_top_level_owners_as_libyaml_does)
{
    check_many(NULL, 1, DOCUMENTS);
}

Test(yaml_plain, reads_parts_as_libyaml_reads_the_whole)
{
    for (unsigned parts = 2; parts <= 4; parts++)
        check_many("records", parts, DOCUMENTS / 10);
    check_many(NULL, 3, DOCUMENTS / 10);
    cr_expect(parts_taken > 1000 && parts_forgotten > 1000, "%u parts taken, %u forgotten",
              parts_taken, parts_forgotten);
}

/* Keys that come twice are found wherever they stand, and only these. */
Test(yaml_plain, finds_duplicates_across_parts)
{
    static const char *const rows[] = {"a b c d e f g h", "h g f e d c b a", "a b c d e f g a",
                                       "h a g b f c e g", "a b c d h g f e"};
    static const unsigned twice[] = {0, 0, 1, 1, 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rz_buffer text = {0};
        rz_buffer_text(&text, "records:\n");
        for (const char *at = rows[i]; *at; at += at[1] ? 2 : 1)
            rz_buffer_printf(&text, "  %c: {A: 1}\n", *at);
        struct rz_arena arena = {0};
        struct rz_diags diags = {0};
        struct entries entries = {.count = 0};
        struct rz_source source = {"test.yaml", rz_buffer_view(&text)};
        struct rz_yaml_stream stream = {"records", take, &entries, 4, 8, open_part, close_part};
        rz_yaml_load(&source, &arena, &stream, &diags);
        cr_expect_eq(diags.errors, twice[i], "%s", rows[i]);
        cr_expect_eq(entries.count, 8 - twice[i], "%s", rows[i]);
        for (uint32_t k = 0; k < entries.count; k++)
            cr_expect_eq(entries.pairs[k].key->text[0], rows[i][2 * k], "%s", rows[i]);
        rz_diags_free(&diags);
        rz_arena_free(&arena);
        rz_buffer_free(&text);
    }
}
