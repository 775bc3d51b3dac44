/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Field tables, durations and sizes. */
#include <criterion/criterion.h>

#include "language/yaml.h"
#include "language/fields.h"

struct inner {
    uint64_t port;
    const char *host;
};

struct outer {
    const char *name, *secret;
    bool on, quiet;
    uint64_t count, wait, size;
    int mode;
    struct rz_strings tags;
    struct inner inner;
    const struct rz_node *raw;
};

static const char *const modes[] = {"all", "listed", NULL};
static const struct rz_field inner_fields[] = {{.key = "port",
                                                .kind = RZ_FIELD_UINT,
                                                .offset = offsetof(struct inner, port),
                                                .fallback = "53",
                                                .minimum = 1,
                                                .maximum = 65535},
                                               {.key = "host",
                                                .kind = RZ_FIELD_STRING,
                                                .offset = offsetof(struct inner, host),
                                                .required = true},
                                               {0}};
static const struct rz_field fields[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct outer, name),
     .required = true},
    {.key = "secret", .kind = RZ_FIELD_SECRET, .offset = offsetof(struct outer, secret)},
    {.key = "on", .kind = RZ_FIELD_BOOL, .offset = offsetof(struct outer, on), .fallback = "true"},
    {.key = "quiet", .kind = RZ_FIELD_BOOL, .offset = offsetof(struct outer, quiet)},
    {.key = "count", .kind = RZ_FIELD_UINT, .offset = offsetof(struct outer, count), .minimum = 2},
    {.key = "wait",
     .kind = RZ_FIELD_DURATION,
     .offset = offsetof(struct outer, wait),
     .fallback = "90s",
     .minimum = 1,
     .maximum = 3600},
    {.key = "size",
     .kind = RZ_FIELD_SIZE,
     .offset = offsetof(struct outer, size),
     .fallback = "64k"},
    {.key = "mode",
     .kind = RZ_FIELD_ENUM,
     .offset = offsetof(struct outer, mode),
     .choices = modes,
     .fallback = "listed"},
    {.key = "tags", .kind = RZ_FIELD_STRINGS, .offset = offsetof(struct outer, tags)},
    {.key = "inner",
     .kind = RZ_FIELD_MAP,
     .offset = offsetof(struct outer, inner),
     .fields = inner_fields},
    {.key = "raw", .kind = RZ_FIELD_NODE, .offset = offsetof(struct outer, raw)},
    {0}};

struct loaded {
    struct rz_arena arena;
    struct rz_diags diags;
    struct outer outer;
    enum rz_status status;
};

static void load(struct loaded *loaded, struct rz_str text)
{
    struct rz_source source = {"a.yaml", text};
    *loaded = (struct loaded){0};
    struct rz_field_reader reader = {&source, &loaded->arena, &loaded->diags};
    const struct rz_node *map = text.data
                                    ? rz_yaml_load(&source, &loaded->arena, NULL, &loaded->diags)
                                    : NULL;
    cr_assert(map || !text.data, "%s", text.data);
    loaded->status = rz_fields_load(&reader, map, fields, &loaded->outer);
}

static void release(struct loaded *loaded)
{
    rz_arena_free(&loaded->arena);
    rz_diags_free(&loaded->diags);
}

Test(fields, every_kind_is_read)
{
    struct loaded loaded;
    load(
        &loaded,
        RZ_STR(
            "name: n\nsecret: '${secret:x}'\non: OFF\nquiet: Yes\ncount: 7\nwait: 1m30s\nsize: 2M\nmode: all\n"
            "tags: [a, b]\ninner: {port: 8053, host: h}\nraw: [1]\n"));
    const struct outer *o = &loaded.outer;
    cr_assert_eq(loaded.status, RZ_OK, "%s",
                 loaded.diags.count ? loaded.diags.items[0].message : "");
    cr_expect_str_eq(o->name, "n");
    cr_expect_str_eq(o->secret, "${secret:x}");
    cr_expect(!o->on && o->quiet && o->count == 7 && o->wait == 90 && o->size == 2u << 20
              && o->mode == 0);
    cr_expect(o->tags.count == 2 && strcmp(o->tags.items[1], "b") == 0);
    cr_expect(o->inner.port == 8053 && strcmp(o->inner.host, "h") == 0);
    cr_expect_eq(o->raw->kind, RZ_NODE_LIST);
    release(&loaded);
}

Test(fields, defaults)
{
    struct loaded loaded;
    load(&loaded, RZ_STR("name: n\non:\ntags: one\ncount: 2\nraw:\ninner: {host: h}\n"));
    cr_assert_eq(loaded.status, RZ_OK, "%s",
                 loaded.diags.count ? loaded.diags.items[0].message : "");
    cr_expect(loaded.outer.on && !loaded.outer.quiet && loaded.outer.wait == 90
              && loaded.outer.size == 65536);
    cr_expect(loaded.outer.mode == 1 && loaded.outer.inner.port == 53
              && loaded.outer.tags.count == 1);
    cr_expect_eq(loaded.outer.raw->kind, RZ_NODE_NULL, "a node is handed over as it is");
    release(&loaded);
    load(&loaded, (struct rz_str){NULL, 0});
    cr_expect_eq(loaded.status, RZ_OK, "no map at all: only defaults, nothing is required");
    cr_expect(loaded.outer.on && loaded.outer.inner.port == 53 && !loaded.outer.name
              && !loaded.outer.raw);
    release(&loaded);
}

static const struct {
    const char *text;
    int code;
    unsigned line, column;
    const char *message, *hint; /* parts */
} errors[] = {
    {"{}", 1007, 1, 1, "`name`", NULL},
    {"name: n\nnmae: x\n", 1004, 2, 1, "nmae", "`name`"},
    {"name: n\nzzzzzz: x\n", 1004, 2, 1, "zzzzzz", "known keys: name, secret"},
    {"name: [n]\n", 1005, 1, 7, "text", NULL},
    {"name: {a: b}\n", 1005, 1, 7, "text", NULL},
    {"name: \"a\\0b\"\n", 1006, 1, 7, "NUL", NULL},
    {"name: n\non: maybe\n", 1006, 2, 5, "true or false", NULL},
    {"name: n\ncount: 1\n", 1006, 2, 8, "range", "from 2 to 18446744073709551615"},
    {"name: n\ncount: -1\n", 1006, 2, 8, "whole number", NULL},
    {"name: n\ncount: 1k\n", 1006, 2, 8, "whole number", NULL},
    {"name: n\ncount: ''\n", 1006, 2, 8, "whole number", NULL},
    {"name: n\ncount: 1234567890123456789\n", 1006, 2, 8, "whole number", NULL},
    {"name: n\nwait: 2h\n", 1006, 2, 7, "range", "from 1s to 1h"},
    {"name: n\nwait: 5x\n", 1006, 2, 7, "duration", NULL},
    {"name: n\nsize: k\n", 1006, 2, 7, "size", NULL},
    {"name: n\nsize: 999999999999g\n", 1006, 2, 7, "size", NULL},
    {"name: n\nmode: some\n", 1006, 2, 7, "allowed", "all, listed"},
    {"name: n\ntags: {a: b}\n", 1005, 2, 7, "list of texts", NULL},
    {"name: n\ntags: [a, [b]]\n", 1005, 2, 7, "list of texts", NULL},
    {"name: n\ninner: x\n", 1005, 2, 8, "a map", NULL},
    {"name: n\ninner: {port: 0, host: h}\n", 1006, 2, 15, "range", "from 1 to 65535"},
    {"name: n\ninner: {port: 1}\n", 1007, 2, 8, "`host`", NULL},
    {"name: n\ninner: {host: h, hots: h}\n", 1004, 2, 18, "hots", "`host`"},
    {"name: n\nsecret: []\n", 1005, 2, 9, "text", NULL},
};

Test(fields, each_mistake_has_its_code_and_place)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct loaded loaded;
        load(&loaded, rz_str_of(errors[i].text));
        cr_expect_eq(loaded.status, RZ_INVALID, "%s", errors[i].text);
        cr_assert_eq(loaded.diags.count, 1, "%s: %zu", errors[i].text, loaded.diags.count);
        const struct rz_diag *d = &loaded.diags.items[0];
        cr_expect((int)d->code == errors[i].code && d->line == errors[i].line
                      && d->column == errors[i].column,
                  "%s: RZ%d at %u:%u: %s", errors[i].text, (int)d->code, d->line, d->column,
                  d->message);
        cr_expect_not_null(strstr(d->message, errors[i].message), "%s: %s", errors[i].text,
                           d->message);
        if (errors[i].hint)
            cr_expect(d->hint && strstr(d->hint, errors[i].hint), "%s: %s", errors[i].text,
                      d->hint);
        release(&loaded);
    }
}

Test(fields, all_mistakes_are_found_at_once)
{
    struct loaded loaded;
    load(&loaded, RZ_STR("foo: 1\nbar: 2\non: x\ncount: y\n"));
    cr_expect_eq(loaded.diags.errors, 5);
    release(&loaded);
}

Test(duration, parsing_and_printing)
{
    static const struct {
        const char *text;
        uint64_t seconds;
        const char *printed; /* NULL: refused */
    } cases[] = {
        {"0", 0, "0s"},
        {"90", 90, "1m30s"},
        {"90s", 90, "1m30s"},
        {"5m", 300, "5m"},
        {"1h30m", 5400, "1h30m"},
        {"2W", 1209600, "2w"},
        {"1w2d3h4m5s", 788645, "1w2d3h4m5s"},
        {"1D", 86400, "1d"},
        {"1s1s", 2, "2s"},
        {"2147483647", 2147483647, "3550w5d3h14m7s"},
        {"2147483648", 2147483648, "3550w5d3h14m8s"},
        {"", 0, NULL},
        {"1h30", 0, NULL},
        {"h", 0, NULL},
        {"1hh", 0, NULL},
        {"-1", 0, NULL},
        {"1 h", 0, NULL},
        {"1y", 0, NULL},
        {"1.5h", 0, NULL},
        {"99999999999999999999999", 0, NULL},
        {"999999999999999w", 0, NULL},
        {"00000000000000000000000000000000000000000001", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t seconds = 0;
        uint32_t ttl = 0;
        struct rz_buffer text = {0};
        bool good = rz_duration_parse(&seconds, rz_str_of(cases[i].text));
        cr_expect_eq(good, cases[i].printed != NULL, "%s", cases[i].text);
        cr_expect_eq(rz_ttl_parse(&ttl, rz_str_of(cases[i].text)),
                     good && cases[i].seconds <= INT32_MAX, "%s", cases[i].text);
        if (good && cases[i].printed) {
            cr_expect_eq(seconds, cases[i].seconds, "%s", cases[i].text);
            rz_duration_print(&text, seconds);
            cr_expect_str_eq(text.data, cases[i].printed);
        }
        rz_buffer_free(&text);
    }
}
