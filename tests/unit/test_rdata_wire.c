/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wire RDATA of any origin: what is canonical, what is refused, what prints in which form. */
#include <criterion/criterion.h>

#include "dns/rdata.h"
#include "dns/rtype.h"

#define W(octets) octets, sizeof octets - 1

struct wire_case {
    uint16_t type;
    const char *wire;
    size_t size;
    const char *printed; /* NULL: not canonical; generic form is printed */
};

static const struct wire_case cases[] = {
    {1, W("\xC0\0\2\1"), "192.0.2.1"},
    {1, W("\1\2\3"), NULL},
    {28, W("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
    {28, W("\x20"), NULL},
    {5, W("\3WwW\7EXAMPLE\0"), "www.example."},
    {5, W("\3www\0x"), NULL},
    {5, W("\3www"), NULL},
    {5, W("\xC0\x0C"), NULL},
    {5, W("\2#x\0"), "\\035x."},
    {15, W("\0\12\2MX\0"), "10 mx."},
    {15, W("\0"), NULL},
    {15, W("\0\12"), NULL},
    {16, W("\1a\0\2\"\\"), "\"a\" \"\" \"\\\"\\\\\""},
    {16, W(""), NULL},
    {16, W("\2a"), NULL},
    {99, W("\1a"), "\"a\""},
    {6, W("\1A\0\1B\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"), "a. b. 1 2 3 4 5"},
    {6, W("\1a\0\1b\0\0\0\0\1"), NULL},
    {35, W("\0\1\0\2\1u\1s\1r\1T\0"), "1 2 \"u\" \"s\" \"r\" t."},
    {35, W("\0\1\0\2\1u\1s"), NULL},
    {35, W("\0\1\0\2\1u\1s\5r"), NULL},
    {35, W("\0\1\0"), NULL},
    {64, W("\0\1\0\0\1\0\3\2h2"), "1 . alpn=h2"},
    {65, W("\0\1\2sV\0\0\1\0\3\2H2"), "1 sv. alpn=H2"},
    {64, W("\0\1\0\0\3\0\2\0\1\0\1\0\3\2h2"), NULL}, /* keys out of order */
    {64, W("\0\1\0\0\1\0\3\2h2\0\1\0\3\2h3"), NULL}, /* a key twice */
    {64, W("\0\1\0\0\1\0\x09\2h2"), NULL},
    {64, W("\0\1\0\0\1"), NULL},
    {64, W("\0\1"), NULL},
    {257, W("\0\5issueca"), "0 issue \"ca\""},
    {257, W("\0\5issue"), "0 issue \"\""},
    {257, W("\0\0ca"), NULL},
    {257, W("\0\5iss"), NULL},
    {257, W("\0"), NULL},
    {43, W("\0\1\x08\2\xAB"), "1 8 2 AB"},
    {43, W("\0\1\x08\2"), NULL},
    {RZ_TYPE_ALIAS, W("\1A\0"), "a."},
    {RZ_TYPE_ALIAS, W(""), NULL},
    {RZ_TYPE_LUA, W("\0\1\1x"), "A \"x\""},
    {RZ_TYPE_LUA, W("\0\1"), NULL},
    {65280, W(""), "\\# 0"},
    {65280, W("\1\2"), "\\# 2 0102"},
    {39, W("\1d\0"), "d."},
    {33, W("\0\1\0\2\0\3\1T\0"), "1 2 3 t."},
};

/* A text that may hold NUL, for static tables. */
#define S(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

Test(rdata_wire, canonical_or_refused)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_case *c = &cases[i];
        uint8_t wire[64];
        struct rz_buffer text = {0};
        memcpy(wire, c->wire, c->size);
        bool good = rz_rdata_canonical(c->type, wire, (uint16_t)c->size) == RZ_OK;
        cr_expect_eq(good, c->printed != NULL, "%zu: TYPE%u", i, c->type);
        rz_rdata_print(&text, c->type, wire, (uint16_t)c->size);
        if (c->printed)
            cr_expect_str_eq(text.data, c->printed);
        else
            cr_expect(rz_str_starts_with(rz_buffer_view(&text), "\\# "), "%zu: %s", i, text.data);
        rz_buffer_free(&text);
    }
}

Test(rdata_wire, what_libzscanner_would_not_read_back_is_printed_in_generic_form)
{
    static const struct wire_case odd[] = {
        {257, W("\0\2;=x"), NULL},       /* a CAA tag of other characters */
        {64, W("\0\1\0\0\1\0\0"), NULL}, /* an empty alpn */
        {29, W("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), NULL},
        /* LOC out of range */
    };
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct rz_buffer text = {0};
        struct rz_rdata again;
        const char *why = "";
        rz_rdata_print(&text, odd[i].type, (const uint8_t *)odd[i].wire, (uint16_t)odd[i].size);
        cr_expect(rz_str_starts_with(rz_buffer_view(&text), "\\# "), "%s", text.data);
        cr_expect_eq(rz_rdata_read(reader, odd[i].type, rz_buffer_view(&text), NULL, &again, &why),
                     RZ_OK, "%s: %s", text.data, why);
        rz_buffer_free(&text);
    }
    rz_rdata_reader_free(reader);
    rz_rdata_reader_free(NULL);
}

Test(rdata_wire, printing_stops_at_the_ceiling_of_the_buffer)
{
    static const struct wire_case printed[] = {{65280, W("\1\2\3\4\5\6\7\x08"), NULL},
                                               {16, W("\7abcdefg"), NULL},
                                               {33, W("\0\1\0\2\0\3\1t\0"), NULL},
                                               {5, W("\7abcdefg\0"), NULL}};
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
        struct rz_buffer text = {.limit = 6};
        rz_rdata_print(&text, printed[i].type, (const uint8_t *)printed[i].wire,
                       (uint16_t)printed[i].size);
        cr_expect(text.overflow && text.size <= 6, "%zu", i);
        rz_buffer_free(&text);
    }
}

static void collect(void *user, const uint8_t *name)
{
    char text[RZ_NAME_TEXT_MAX];
    rz_buffer_printf(user, "%s ", rz_name_text(text, name));
}

Test(rdata_wire, names_inside)
{
    static const struct wire_case named[] = {
        {6, W("\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"), "a. b. "},
        {15, W("\0\1\1m\0"), "m. "},
        {1, W("\1\2\3\4"), ""},
        {RZ_TYPE_ALIAS, W("\1a\0"), "a. "},
        {RZ_TYPE_ALIAS, W("\5a"), ""},
        {64, W("\0\1\1s\0\0\1\0\3\2h2"), "s. "},
        {17, W("\1a\0\1b\0"), "a. b. "},
        {15, W("\0\1\xC0\0"), ""},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct rz_buffer text = {0};
        rz_rdata_names(named[i].type, (const uint8_t *)named[i].wire, (uint16_t)named[i].size,
                       collect, &text);
        cr_expect(rz_str_is(rz_buffer_view(&text), named[i].printed), "%zu: %s", i, text.data);
        rz_buffer_free(&text);
    }
}

Test(rdata_wire, odd_presentation_forms)
{
    static const struct {
        uint16_t type;
        struct rz_str text;
        const char *why; /* NULL: read */
    } texts[] = {
        {RZ_TYPE_LUA, S("A ';'"), "`;`"},
        {RZ_TYPE_LUA, S("NOTYPE \"x\""), "record type"},
        {RZ_TYPE_LUA, S("A \\# 2 05aa"), "no text"},
        {RZ_TYPE_LUA, S("A"), ""},
        {RZ_TYPE_LUA, S("a\t\"x\" \"y\""), NULL},
        {RZ_TYPE_LUA, S("\\# 4 00010178"), NULL},
        {16, S("a\0b"), "NUL"},
        {16, S("\"a\nb\""), "line end"},
        {16, S("\"a\\\nb\""), "line end"},
        {16, S("\"a\\\0b\""), "NUL"},
        {16, S("a \\"), "backslash"},
        {16, S("\"a;b\""), NULL},
        {16, S("a\\\"b"), NULL},
        {16, S("(a b)"), NULL},
        {1, S("(192.0.2.1)"), NULL},
        {1, S("\\# 4 01020304"), NULL},
        {28, S("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "IPv6"},
        {1, S("x"), "IPv4"},
        {5, S("\\# 3 016100"), NULL},
        {5, S("\\# 1 01"), "octets"},
        {16, S("\r\n"), "empty"},
        {252, S("x"), ""},
        {65280, S("\\# 70000 00"), ""},
    };
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rz_rdata rdata;
        const char *why = "";
        bool good = rz_rdata_read(reader, texts[i].type, texts[i].text, NULL, &rdata, &why)
                    == RZ_OK;
        cr_expect_eq(good, texts[i].why == NULL, "%zu %s: %s", i, texts[i].text.data, why);
        if (texts[i].why)
            cr_expect(why && strstr(why, texts[i].why), "%zu %s: %s", i, texts[i].text.data, why);
    }
    rz_rdata_reader_free(reader);
}
