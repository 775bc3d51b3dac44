/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing buffers, their ceiling, and what terminals may see. */
#include <criterion/criterion.h>

#include "support/buffer.h"

Test(buffer, grows_and_stays_terminated)
{
    struct rz_buffer buffer = {0};
    cr_expect(rz_str_is(rz_buffer_view(&buffer), ""));
    rz_buffer_reset(&buffer);
    rz_buffer_text(&buffer, "a");
    rz_buffer_char(&buffer, 'b');
    rz_buffer_str(&buffer, RZ_STR("cd"));
    rz_buffer_pad(&buffer, '.', 3);
    rz_buffer_printf(&buffer, "%s-%d", "x", 7);
    rz_buffer_printf(&buffer, "%s", "");
    rz_buffer_append(&buffer, NULL, 0);
    rz_buffer_uint(&buffer, 0);
    rz_buffer_uint(&buffer, UINT64_MAX);
    cr_expect_str_eq(buffer.data, "abcd...x-7018446744073709551615");
    cr_expect_eq(buffer.size, strlen(buffer.data));
    for (int i = 0; i < 10000; i++)
        rz_buffer_char(&buffer, 'y');
    cr_expect_eq(strlen(buffer.data), buffer.size);
    rz_buffer_reset(&buffer);
    cr_expect_str_eq(buffer.data, "");
    rz_buffer_free(&buffer);
    cr_expect_null(buffer.data);
}

Test(buffer, what_would_pass_the_ceiling_is_dropped_as_a_whole)
{
    struct rz_buffer buffer = {.limit = 5};
    rz_buffer_text(&buffer, "abc");
    rz_buffer_text(&buffer, "def");
    cr_expect(buffer.overflow);
    cr_expect_str_eq(buffer.data, "abc");
    rz_buffer_pad(&buffer, ' ', 3);
    rz_buffer_printf(&buffer, "%d", 100);
    cr_expect_null(rz_buffer_reserve(&buffer, 3));
    cr_expect_null(rz_buffer_reserve(&buffer, SIZE_MAX));
    rz_buffer_text(&buffer, "de");
    cr_expect_str_eq(buffer.data, "abcde");
    rz_buffer_reset(&buffer);
    cr_expect_not(buffer.overflow);
    rz_buffer_free(&buffer);
    cr_expect_eq(buffer.limit, 5, "the ceiling stays");
}

Test(buffer, strangers_text_becomes_harmless)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain grüße €🍰", "plain grüße €🍰"}, {"\x1b[31m", "\\u{1B}[31m"},
        {"a\nb\tc", "a\\u{A}b\\u{9}c"},       {"\xE2\x80\xAEgnp", "\\u{202E}gnp"},
        {"\xEF\xBB\xBF", "\\u{FEFF}"},        {"\x7F\xC2\x9B", "\\u{7F}\\u{9B}"},
        {"\xFFx\xC3", "\\xFFx\\xC3"},         {"\xE2\x80\x8B", "\\u{200B}"},
        {"\xF3\xA0\x80\xA0", "\\u{E0020}"},   {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_buffer buffer = {0};
        rz_buffer_visible(&buffer, rz_str_of(cases[i].text));
        cr_expect(rz_str_is(rz_buffer_view(&buffer), cases[i].shown), "%zu: %s", i, buffer.data);
        rz_buffer_free(&buffer);
    }
}
