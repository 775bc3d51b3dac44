/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of strangers in HTML, XML, Markdown, scripts, workflow commands and URIs. */
#include <criterion/criterion.h>

#include "support/escape.h"
#include "support/json_write.h"

enum form { MARKUP, CODE, CELL, PROSE, SCRIPT, MESSAGE, PROPERTY, PATH, TERMINAL };

static void escape(struct rz_buffer *out, enum form form, struct rz_str text)
{
    switch (form) {
    case MARKUP: rz_escape_markup(out, text); break;
    case CODE: rz_escape_markdown_code(out, text, false); break;
    case CELL: rz_escape_markdown_code(out, text, true); break;
    case PROSE: rz_escape_markdown(out, text, true); break;
    case SCRIPT: rz_escape_script(out, text); break;
    case MESSAGE: rz_escape_workflow(out, text); break;
    case PROPERTY: rz_escape_workflow_property(out, text); break;
    case PATH: rz_escape_uri_path(out, text); break;
    case TERMINAL: rz_buffer_visible(out, text); break;
    }
}

Test(escape, each_form_in_its_own_way)
{
    static const struct {
        enum form form;
        const char *text, *shown;
    } cases[] = {
        {MARKUP, "", ""},
        {MARKUP, "plain grüße 🍰", "plain grüße 🍰"},
        {MARKUP, "<b>&amp;\"'</b>", "&lt;b&gt;&amp;amp;&quot;&#39;&lt;/b&gt;"},
        {MARKUP, "</script><!--", "&lt;/script&gt;&lt;!--"},
        {MARKUP, "]]>", "]]&gt;"},
        {MARKUP, "a\nb\x01", "a\\u{A}b\\u{1}"},
        {MARKUP, "\xEF\xBF\xBE", "\\u{FFFE}"},
        {CODE, "", "`\"\"`"},
        {CODE, "a|b*c_", "`a|b*c_`"},
        {CODE, "`", "`` ` ``"},
        {CODE, "a`b``c", "```a`b``c```"},
        {CODE, "`a", "`` `a ``"},
        {CODE, " a ", "`  a  `"},
        {CODE, "  ", "`  `"},
        {CODE, "@team http://x </details>", "`@team http://x </details>`"},
        {CODE, "a\n\nb", "`a\\u{A}\\u{A}b`"},
        {CELL, "a|b\\|c", "`a\\|b\\\\|c`"},
        {PROSE, "", ""},
        {PROSE, "plain words, and 3 more", "plain words, and 3 more"},
        {PROSE, "a | *b* _c_ `", "a \\| \\*b\\* \\_c\\_ \\`"},
        {PROSE, "`a|@b` is no `c``", "`a\\|@b` is no `c`<!-- -->\\`"},
        {PROSE, "[x](y)", "\\[x\\]\\(y\\)"},
        {PROSE, "<img src=x>&lt;", "&lt;img src=x&gt;&amp;<!-- -->lt;"},
        {PROSE, "@team", "\\@<!-- -->team"},
        {PROSE, "#12 !3 &4", "\\#<!-- -->12 \\!<!-- -->3 &amp;<!-- -->4"},
        {PROSE, "http://x.org", "http:<!-- -->//x.org"},
        {PROSE, "www.x", "www.<!-- -->x"},
        {PROSE, "192.0.2.1: ends. so", "192.0.2.1: ends. so"},
        {SCRIPT, "{\"a\":\"</script><!--&\"}",
         "{\"a\":\"\\u003C/script\\u003E\\u003C!--\\u0026\"}"},
        {SCRIPT, "\"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\"", "\"\\u2028\\u2029\xE2\x80\""},
        {MESSAGE, "100%: a,b\r\n::error::x", "100%25: a,b\\u{D}\\u{A}::error::x"},
        {MESSAGE, "##[add-mask]x", "##\\u{5B}add-mask]x"},
        {PROPERTY, "a,b:c%0A", "a%2Cb%3Ac%250A"},
        {PATH, "zones/a b%\xC3\xBC:.yaml", "zones/a%20b%25%C3%BC%3A.yaml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_buffer out = {0};
        escape(&out, cases[i].form, rz_str_of(cases[i].text));
        cr_expect(rz_str_is(rz_buffer_view(&out), cases[i].shown), "%zu: %s", i, out.data);
        rz_buffer_free(&out);
    }
}

/* What must never come through, whatever the form. */
static bool is_harmful(struct rz_str text)
{
    static const char *const marks[] = {"\xD8\x9C" /* U+061C */,
                                        "\xE2\x80\x8B" /* U+200B */,
                                        "\xE2\x80\x8D" /* U+200D */,
                                        "\xE2\x80\x8E" /* U+200E */,
                                        "\xE2\x80\x8F",
                                        "\xE2\x80\xAA" /* U+202A */,
                                        "\xE2\x80\xAB",
                                        "\xE2\x80\xAC",
                                        "\xE2\x80\xAD",
                                        "\xE2\x80\xAE",
                                        "\xE2\x81\xA6" /* U+2066 */,
                                        "\xE2\x81\xA7",
                                        "\xE2\x81\xA8",
                                        "\xE2\x81\xA9",
                                        "\xEF\xBB\xBF" /* U+FEFF */,
                                        "\xC2\x9B" /* C1 CSI */};
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (memmem(text.data, text.size, marks[i], strlen(marks[i])))
            return true;
    return !rz_str_is_utf8(text);
}

/* Pieces that mean something to some form, put together at random. */
static size_t make_ugly(char *text, uint32_t *seed)
{
    static const char *const pieces[] = {"<",
                                         ">",
                                         "&",
                                         "\"",
                                         "'",
                                         "`",
                                         "``",
                                         "|",
                                         "\\",
                                         "*",
                                         "@a",
                                         "#1",
                                         "::",
                                         "%0A",
                                         "\n",
                                         "\r\n",
                                         "\t",
                                         "\x1b[2J",
                                         "\x1b]0;x\x07",
                                         "\xE2\x80\xAE",
                                         "\xE2\x81\xA6",
                                         "\xD8\x9C",
                                         "\xE2\x80\x8B",
                                         "\xC2\x9B",
                                         "\xEF\xBB\xBF",
                                         "\xEF\xBF\xBF",
                                         "\xFF",
                                         "\xC3",
                                         "\xED\xA0\x80",
                                         "\xF4\x90\x80\x80",
                                         "</script>",
                                         "<!--",
                                         "-->",
                                         "]]>",
                                         "http://x",
                                         "www.y",
                                         "a",
                                         "ü",
                                         "🍰",
                                         " ",
                                         "##[",
                                         "[x](javascript:y)",
                                         "\x7f"};
    size_t size = 0;
    *seed = *seed * 1664525 + 1013904223;
    for (size_t count = *seed >> 28; count > 0; count--) {
        *seed = *seed * 1664525 + 1013904223;
        const char *piece = pieces[(*seed >> 8) % (sizeof pieces / sizeof *pieces)];
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    if (*seed & 1024)
        text[size++] = '\0';
    return size;
}

/* A line of Markdown of which no part may be live: outside of code spans nothing but escapes. */
static bool is_inert_prose(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\\') {
            i++;
        } else if (c == '`') { /* a span, to a run as long as that which opened it */
            size_t fence = 0, run = 0;
            for (; i < text.size && text.data[i] == '`'; i++)
                fence++;
            for (; i < text.size && run != fence; i++)
                run = text.data[i] != '`' ? 0 : run + 1;
            if (run != fence || (i < text.size && text.data[i] == '`'))
                return false;
            i--;
        } else if (c == '<') {
            if (!rz_str_starts_with((struct rz_str){text.data + i, text.size - i}, "<!-- -->"))
                return false;
            i += 7;
        } else if (strchr("|*_[]()@#~!{}", c)) {
            return false;
        }
    }
    return true;
}

static bool has_any(struct rz_str text, const char *characters)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(characters, text.data[i]))
            return true;
    return false;
}

Test(escape, random_ugly_text_is_harmless_in_every_form)
{
    uint32_t seed = 42;
    char text[512];
    for (size_t round = 0; round < 20000; round++) {
        struct rz_str ugly = {text, make_ugly(text, &seed)};
        for (enum form form = MARKUP; form <= TERMINAL; form++) {
            struct rz_buffer out = {0}, json = {0};
            if (form == SCRIPT)
                rz_json_string(&json, ugly);
            escape(&out, form, form == SCRIPT ? rz_buffer_view(&json) : ugly);
            struct rz_str shown = rz_buffer_view(&out);
            cr_assert(form == SCRIPT || !is_harmful(shown), "form %d: %s", form, out.data);
            if (form == MARKUP)
                cr_assert_not(has_any(shown, "<>\"'"), "%s", out.data);
            if (form == PROSE)
                cr_assert(is_inert_prose(shown), "%s", out.data);
            if (form == SCRIPT)
                cr_assert_not(has_any(shown, "<>&"), "%s", out.data);
            if (form == PROPERTY)
                cr_assert_not(has_any(shown, ":,"), "%s", out.data);
            rz_buffer_free(&json);
            rz_buffer_free(&out);
        }
    }
}

Test(escape, a_code_span_ends_where_it_should)
{
    uint32_t seed = 7;
    char text[512];
    for (size_t round = 0; round < 20000; round++) {
        struct rz_buffer out = {0};
        rz_escape_markdown_code(&out, (struct rz_str){text, make_ugly(text, &seed)}, round & 1);
        size_t fence = strspn(out.data, "`"), inner = out.size - fence;
        cr_assert_geq(out.size, 2 * fence + 1);
        for (size_t i = fence, run = 0; i < inner; i++) {
            run = out.data[i] == '`' ? run + 1 : 0;
            cr_assert_lt(run, fence, "%s", out.data);
        }
        cr_assert_neq(out.data[inner - 1], '`', "%s", out.data);
        for (size_t i = 1; i < out.size && round & 1; i++)
            cr_assert(out.data[i] != '|' || out.data[i - 1] == '\\', "%s", out.data);
        rz_buffer_free(&out);
    }
}

Test(escape, heads_do_not_split_characters)
{
    cr_expect(rz_str_is(rz_str_head(RZ_STR("grüße"), 3), "grü"));
    cr_expect(rz_str_is(rz_str_head(RZ_STR("🍰🍰"), 1), "🍰"));
    cr_expect(rz_str_is(rz_str_head(RZ_STR("ab"), 9), "ab"));
    cr_expect(rz_str_is(rz_str_head(RZ_STR("ab"), 0), ""));
}
