/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Borrowed text: comparison, trimming, globs, nearest words, UTF-8. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/str.h"

Test(str, prefixes_suffixes_and_equality)
{
    cr_expect(rz_str_starts_with(RZ_STR("example"), "ex"));
    cr_expect(rz_str_starts_with(RZ_STR("example"), ""));
    cr_expect_not(rz_str_starts_with(RZ_STR("ex"), "example"));
    cr_expect(rz_str_ends_with(RZ_STR("example"), "ple"));
    cr_expect_not(rz_str_ends_with(RZ_STR("example"), "pla"));
    cr_expect_not(rz_str_ends_with(RZ_STR("le"), "ple"));
    cr_expect(rz_str_is(RZ_STR("a"), "a"));
    cr_expect(rz_str_is(rz_str_of(NULL), ""));
    cr_expect_not(rz_str_is(RZ_STR("a"), "b"));
    cr_expect(rz_str_equal_nocase(RZ_STR("WwW-1"), RZ_STR("wWw-1")));
    cr_expect(rz_str_equal_nocase(rz_str_of(NULL), RZ_STR("")));
    cr_expect_not(rz_str_equal_nocase(RZ_STR("a"), RZ_STR("ab")));
    cr_expect_not(rz_str_equal_nocase(RZ_STR("@"), RZ_STR("`")), "not letters");
}

Test(str, trim_takes_blanks_and_line_ends_off_both_ends)
{
    static const char *const cases[][2] = {
        {"  a b\t\r\n", "a b"}, {"a", "a"}, {" \t", ""}, {"", ""}, {"\na", "a"}, {"a\v", "a\v"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(rz_str_is(rz_str_trim(rz_str_of(cases[i][0])), cases[i][1]), "%zu", i);
}

Test(str, globs)
{
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"*.example.com", "www.example.com", true},
        {"*.example.com", "a.b.example.com", false},
        {"**.example.com", "a.b.example.com", true},
        {"**", "", true},
        {"**", "a.b", true},
        {"*", "", true},
        {"*", "a", true},
        {"*", "a.b", false},
        {"?", "a", true},
        {"?", ".", false},
        {"_acme*", "_acme-challenge", true},
        {"_acme*", "_acme", true},
        {"WWW", "www", true},
        {"www", "WwW", true},
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
        {"**a", "xaxa", true},
        {"a**", "a", true},
        {"*a*b", "xaxb", true},
        {"*.b*c", "x.bbcc", true},
        {"**.a.*", "x.a.y.a.z", true},
        {"***", "ab", true},
        {"*", "*", true},
        {"a?c", "abc", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(rz_str_glob(cases[i].pattern, cases[i].text), cases[i].match, "%s %s",
                     cases[i].pattern, cases[i].text);
}

/* What the header says, with no thought of speed. */
static bool plain_glob(const char *pattern, const char *text)
{
    if (!*pattern)
        return !*text;
    if (pattern[0] == '*' && pattern[1] == '*') {
        for (;; text++) {
            if (plain_glob(pattern + 2, text))
                return true;
            if (!*text)
                return false;
        }
    }
    if (*pattern == '*') {
        for (;; text++) {
            if (plain_glob(pattern + 1, text))
                return true;
            if (!*text || *text == '.')
                return false;
        }
    }
    return *text && (*pattern == '?' ? *text != '.' : *pattern == *text)
           && plain_glob(pattern + 1, text + 1);
}

Test(str, globs_agree_with_a_plain_matcher)
{
    unsigned seed = 7;
    for (unsigned round = 0; round < 300000; round++) {
        char pattern[9], text[9];
        for (char *out = pattern, *end = pattern + rand_r(&seed) % 9; out <= end; out++)
            *out = out < end ? "ab.*?*"[rand_r(&seed) % 6] : '\0';
        for (char *out = text, *end = text + rand_r(&seed) % 9; out <= end; out++)
            *out = out < end ? "ab."[rand_r(&seed) % 3] : '\0';
        cr_assert_eq(rz_str_glob(pattern, text), plain_glob(pattern, text), "%s %s", pattern, text);
    }
}

Test(str, the_nearest_word_is_at_most_a_third_away)
{
    static const char long_word[] = "an-unreasonably-long-candidate-that-nobody-would-type";
    static const char *const words[] = {"records", "nameservers", "ttl", "zone", long_word};
    static const struct {
        const char *text;
        int index;
    } cases[] = {{"recrods", 0}, {"RECORD", 0},    {"nameserver", 1}, {"tll", 2},
                 {"zones", 3},   {"elephant", -1}, {"", -1},          {long_word, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(rz_str_nearest(rz_str_of(cases[i].text), words, 5), cases[i].index, "%s",
                     cases[i].text);
    cr_expect_eq(rz_str_nearest(RZ_STR("x"), NULL, 0), -1);
}

Test(str, utf8_is_strict)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"", true},
        {"plain", true},
        {"\xC3\xBC", true},
        {"\xE2\x82\xAC", true},
        {"\xF0\x9F\x8D\xB0", true},
        {"\xEF\xBF\xBF", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\xC0\x80", false},
        {"\xC1\xBF", false},
        {"\xE0\x80\x80", false},
        {"\xF0\x80\x80\x80", false},
        {"\xED\xA0\x80", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\x80", false},
        {"\xC3", false},
        {"\xE2\x82", false},
        {"\xC3(", false},
        {"a\xFF", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(rz_str_is_utf8(rz_str_of(cases[i].text)), cases[i].good, "%zu", i);
    cr_expect(rz_str_is_utf8((struct rz_str){"a\0b", 3}));
}

Test(str, ipv4_is_printed_as_inet_ntop_prints_it)
{
    for (unsigned octet = 0; octet < 256; octet++) {
        unsigned char octets[4] = {(unsigned char)octet, (unsigned char)(255 - octet),
                                   (unsigned char)(octet * 7), (unsigned char)(octet / 3)};
        char text[16], expected[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, octets, expected, sizeof expected);
        cr_expect_str_eq(rz_ipv4_text(text, octets), expected);
    }
}

Test(str, words_are_what_stands_between_blanks)
{
    struct rz_str words[3];
    cr_expect_eq(rz_str_words(RZ_STR(" one\ttwo  three "), words, 3), 3);
    cr_expect(rz_str_is(words[0], "one") && rz_str_is(words[1], "two")
              && rz_str_is(words[2], "three"));
    cr_expect_eq(rz_str_words(RZ_STR("one two three four"), words, 3), 4);
    cr_expect_eq(rz_str_words(RZ_STR("one two three four five"), words, 3), 4);
    cr_expect_eq(rz_str_words(RZ_STR(" \t "), words, 3), 0);
}

Test(str, numbers_of_16_bits_have_digits_only)
{
    static const struct {
        const char *text;
        int value; /* -1: none */
    } cases[] = {
        {"0", 0},      {"53", 53},         {"65535", 65535}, {"65536", -1}, {"99999999999", -1},
        {"00053", 53}, {"4294967349", -1}, {"", -1},         {"-1", -1},    {"+1", -1},
        {"1 ", -1},    {"0x10", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t number = 7;
        bool good = rz_str_uint16(rz_str_of(cases[i].text), &number);
        cr_expect_eq(good ? (int)number : -1, cases[i].value, "%s", cases[i].text);
    }
}

Test(str, hexadecimal_digits_are_of_either_case)
{
    static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    for (int i = 0; i < 16; i++)
        cr_expect(rz_hex_digit(digits[i]) == i && rz_hex_digit(upper[i]) == i);
    cr_expect(rz_hex_digit('g') == -1 && rz_hex_digit('/') == -1 && rz_hex_digit(':') == -1);
}
