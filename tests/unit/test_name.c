/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain names between presentation and wire form. */
#include <criterion/criterion.h>

#include "dns/name.h"

static const uint8_t apex[] = "\7example\3com";
#define L10 "aaaaaaaaaa"
#define L63 L10 L10 L10 L10 L10 L10 "aaa"

/* A text that may hold NUL, for static tables. */
#define S(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

Test(name, reading_and_printing)
{
    static const struct {
        const char *text, *full, *relative;
    } cases[] = {
        {"www", "www.example.com.", "www"},
        {"WwW.Example.NET.", "www.example.net.", "www.example.net."},
        {"@", "example.com.", "@"},
        {".", ".", "."},
        {"*", "*.example.com.", "*"},
        {"a.b", "a.b.example.com.", "a.b"},
        {"a\\.b", "a\\.b.example.com.", "a\\.b"},
        {"\\065\\255\\000", "a\\255\\000.example.com.", "a\\255\\000"},
        {"\\@", "\\@.example.com.", "\\@"},
        {"a\\ b", "a\\032b.example.com.", "a\\032b"},
        {"_sip._tcp", "_sip._tcp.example.com.", "_sip._tcp"},
        {"#x", "\\035x.example.com.", "\\035x"},
        {"0/25", "0/25.example.com.", "0/25"},
        {"bücher", "xn--bcher-kva.example.com.", "xn--bcher-kva"},
        {"BÜCHER.de.", "xn--bcher-kva.de.", "xn--bcher-kva.de."},
        {"_x.ü.*", "_x.xn--tda.*.example.com.", "_x.xn--tda.*"},
        {"example.com.", "example.com.", "@"},
        {"x.example.com.", "x.example.com.", "x"},
        {"xexample.com.", "xexample.com.", "xexample.com."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_name name, again;
        char text[RZ_NAME_TEXT_MAX];
        const char *why = "";
        cr_assert_eq(rz_name_parse(&name, rz_str_of(cases[i].text), apex, &why), RZ_OK, "%s: %s",
                     cases[i].text, why);
        cr_expect_str_eq(rz_name_text(text, name.wire), cases[i].full);
        cr_expect_eq(rz_name_check(name.wire, name.size), name.size, "%s", cases[i].text);
        cr_expect_eq(rz_name_size(name.wire), name.size);
        cr_assert_eq(rz_name_parse(&again, rz_str_of(text), NULL, &why), RZ_OK);
        cr_expect(rz_name_equal(name.wire, again.wire), "%s", text);
        cr_expect_str_eq(rz_name_text_relative(text, name.wire, apex), cases[i].relative);
        cr_assert_eq(rz_name_parse(&again, rz_str_of(text), apex, &why), RZ_OK);
        cr_expect(rz_name_equal(name.wire, again.wire), "%s", text);
    }
}

Test(name, refusals_say_why)
{
    static const struct {
        struct rz_str text;
        const char *why; /* a part of it */
    } cases[] = {
        {S(""), "empty"},
        {S("a..b"), "empty"},
        {S(".a"), "empty"},
        {S("a.b.."), "empty"},
        {S(".."), "empty"},
        {S(L63 "a"), "63"},
        {S("a b"), "space"},
        {S("a\tb"), "space"},
        {S("a\x7F"), "space"},
        {S("a\0b"), "space"},
        {S("ü\0b"), "space"},
        {S("x.ü b"), ""},
        {S("a\\"), "backslash"},
        {S("\\1"), "three digits"},
        {S("\\12x"), "three digits"},
        {S("\\256"), "255"},
        {S(L63 "." L63 "." L63 "." L63 "."), "255"},
        {S(L63 "." L63 "." L63 "." L10 L10 L10 L10 L10), "255"},
        {S("\xFF.x"), ""},
        {S("ü" L63 L63 L63 L63 L63), "63"},
        {S("ü" L63), ""},
        {S("\xC2\xAD"), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_name name;
        const char *why = NULL;
        cr_expect_eq(rz_name_parse(&name, cases[i].text, apex, &why), RZ_INVALID, "%zu: %s", i,
                     cases[i].text.data);
        cr_assert_not_null(why, "%zu", i);
        cr_expect(*why && strstr(why, cases[i].why), "%zu: %s", i, why);
    }
}

Test(name, the_longest_names_fit)
{
    struct rz_name name;
    const char *why;
    char text[RZ_NAME_TEXT_MAX];
    static const char longest[] = L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a.";
    cr_assert_eq(rz_name_parse(&name, rz_str_of(longest), NULL, &why), RZ_OK);
    cr_expect_eq(name.size, 255);
    cr_expect_str_eq(rz_name_text(text, name.wire), longest);
    uint8_t octets[RZ_NAME_MAX];
    memset(octets, 1, sizeof octets); /* every octet needs four characters */
    octets[0] = octets[64] = octets[128] = 63;
    octets[192] = 61;
    octets[254] = 0;
    cr_expect_eq(rz_name_check(octets, sizeof octets), 255);
    cr_expect_eq(strlen(rz_name_text(text, octets)), 1004);
    cr_assert_eq(rz_name_parse(&name, rz_str_of(text), NULL, &why), RZ_OK);
    cr_expect(rz_name_equal(name.wire, octets));
    struct rz_buffer unicode = {0};
    for (int i = 0; i < 120; i++) /* short in UTF-8, too long as A-labels */
        rz_buffer_text(&unicode, "ü.");
    cr_expect_eq(rz_name_parse(&name, rz_buffer_view(&unicode), NULL, &why), RZ_INVALID);
    rz_buffer_free(&unicode);
}

Test(name, wire_form_of_any_origin_is_checked)
{
    static const struct {
        const char *wire;
        size_t size, result;
    } cases[] = {{"\0", 1, 1},
                 {"\1a\0", 3, 3},
                 {"\1a\0x", 4, 3},
                 {"\1a", 2, 0},
                 {"", 0, 0},
                 {"\5ab\0", 4, 0},
                 {"\x40"
                  "a\0",
                  3, 0},
                 {"\xC0\0", 2, 0},
                 {"\1a\xC0\0", 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(rz_name_check((const uint8_t *)cases[i].wire, cases[i].size), cases[i].result,
                     "%zu", i);
    uint8_t endless[600];
    memset(endless, 1, sizeof endless);
    cr_expect_eq(rz_name_check(endless, sizeof endless), 0, "longer than a name may be");
}

Test(name, canonical_order_is_that_of_rfc_4034)
{
    static const char *const sorted[] = {
        "example.",         "a.example.",      "yljkjljk.a.example.",
        "z.a.example.",     "zabc.a.example.", "z.example.",
        "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
    struct rz_name names[9];
    const char *why;
    for (size_t i = 0; i < 9; i++)
        cr_assert_eq(rz_name_parse(&names[i], rz_str_of(sorted[i]), NULL, &why), RZ_OK);
    for (size_t i = 0; i < 9; i++)
        for (size_t k = 0; k < 9; k++) {
            int order = rz_name_compare(names[i].wire, names[k].wire);
            cr_expect_eq((order > 0) - (order < 0), (i > k) - (i < k), "%s %s", sorted[i],
                         sorted[k]);
            cr_expect_eq(rz_name_equal(names[i].wire, names[k].wire), i == k);
        }
}

Test(name, relations)
{
    static const uint8_t root[] = {0}, www[] = "\3www\7example\3com", wild[] = "\1*\7example\3com";
    static const uint8_t upper[] = "\3WWW\7EXAMPLE\3com";
    struct rz_name copy;
    char text[RZ_NAME_TEXT_MAX];
    cr_expect(rz_name_in(www, apex) && rz_name_in(apex, apex) && rz_name_in(apex, root));
    cr_expect_not(rz_name_in(apex, www));
    cr_expect(rz_name_is_wildcard(wild) && !rz_name_is_wildcard(www));
    cr_expect(rz_name_labels(root) == 0 && rz_name_labels(www) == 3);
    cr_expect(rz_name_equal(rz_name_parent(www), apex) && rz_name_parent(root) == root);
    rz_name_copy(&copy, upper);
    cr_expect(rz_name_equal(copy.wire, www) && copy.size == sizeof www);
    cr_expect_str_eq(rz_name_text_plain(text, apex), "example.com");
    cr_expect_str_eq(rz_name_text_plain(text, root), ".");
    cr_expect_str_eq(rz_name_text_relative(text, apex, root), "example.com");
    cr_expect_str_eq(rz_name_text_relative(text, root, root), "@");
}
