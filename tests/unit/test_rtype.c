/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of record types, and structured values made of its rows. */
#include <criterion/criterion.h>

#include "dns/rdata_fields.h"
#include "dns/rtype.h"

Test(rtype, names_and_numbers)
{
    static const struct {
        const char *text;
        bool strict, known;
        uint16_t code;
    } cases[] = {
        {"A", true, true, 1},
        {"a", true, false, 0},
        {"a", false, true, 1},
        {"Mx", false, true, 15},
        {"ALIAS", true, true, RZ_TYPE_ALIAS},
        {"LUA", true, true, RZ_TYPE_LUA},
        {"TYPE65280", true, true, 65280},
        {"TYPE1", true, true, 1},
        {"type7", false, true, 7},
        {"type7", true, false, 0},
        {"TYPE0", true, false, 0},
        {"TYPE01", true, false, 0},
        {"TYPE65536", true, false, 0},
        {"TYPE", true, false, 0},
        {"TYPE1x", true, false, 0},
        {"TYPE-1", true, false, 0},
        {"TYPE99999999999", true, false, 0},
        {"EUI48", true, true, 108},
        {"", true, false, 0},
        {"NOSUCH", true, false, 0},
        {"AVERYLONGMNEMONICINDEED", true, false, 0},
        {"ANY", true, true, 255},
        {"OPT", true, true, 41},
        {"A ", true, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t code = 0;
        cr_expect_eq(rz_rtype_parse(&code, rz_str_of(cases[i].text), cases[i].strict),
                     cases[i].known, "%s", cases[i].text);
        if (cases[i].known)
            cr_expect_eq(code, cases[i].code, "%s", cases[i].text);
    }
}

Test(rtype, every_number_has_a_text_that_reads_back)
{
    for (unsigned code = 1; code <= UINT16_MAX; code++) {
        char text[RZ_RTYPE_TEXT_MAX];
        uint16_t again = 0;
        cr_assert(rz_rtype_parse(&again, rz_str_of(rz_rtype_text(text, (uint16_t)code)), true),
                  "%u %s", code, text);
        cr_assert_eq(again, code, "%s", text);
    }
}

Test(rtype, rows_and_flags)
{
    cr_expect_str_eq(rz_rtype_find(RZ_TYPE_MX)->name, "MX");
    cr_expect_null(rz_rtype_find(0));
    cr_expect_null(rz_rtype_find(65535));
    cr_expect(rz_rtype_flags(RZ_TYPE_CNAME) & RZ_RTYPE_ALONE);
    cr_expect(rz_rtype_flags(RZ_TYPE_TXT) & RZ_RTYPE_TEXT);
    cr_expect(rz_rtype_flags(RZ_TYPE_RRSIG) & RZ_RTYPE_SIGNER);
    cr_expect_eq(rz_rtype_flags(65280), 0);
    static const uint16_t meta[] = {0, 41, 249, 250, 251, 252, 253, 254, 255};
    for (size_t i = 0; i < sizeof meta / sizeof *meta; i++)
        cr_expect_eq(rz_rtype_flags(meta[i]), RZ_RTYPE_META, "%u", meta[i]);
    for (const char *const *name = rz_rtype_names(); *name; name++) {
        uint16_t code;
        cr_expect(rz_rtype_parse(&code, rz_str_of(*name), true), "%s", *name);
    }
}

#define F(key, value)                                                                              \
    {                                                                                              \
        {key, sizeof key - 1},                                                                     \
        {                                                                                          \
            value, sizeof value - 1                                                                \
        }                                                                                          \
    }

struct composition {
    const char *type;
    struct rz_rdata_field fields[8];
    const char *text; /* NULL: refused */
    size_t bad;       /* which field; the count where one is missing */
    const char *why;  /* a part of it */
};

static const struct composition compositions[] = {
    {"MX", {F("preference", "10"), F("exchange", "mx")}, "10 mx", 0, NULL},
    {"MX", {F("value", "mx"), F("priority", "20")}, "20 mx", 0, NULL},
    {"SRV",
     {F("priority", "1"), F("weight", "2"), F("port", "3"), F("target", "t")},
     "1 2 3 t",
     0,
     NULL},
    {"CAA", {F("tag", "issue"), F("value", "a\"b\\;")}, "0 issue \"a\\\"b\\\\;\"", 0, NULL},
    {"CAA",
     {F("flags", "128"), F("tag", "iodef"), F("value", "\xC3\xBC\n")},
     "128 iodef \"\\195\\188\\010\"",
     0,
     NULL},
    {"SVCB", {F("priority", "1"), F("target", ".")}, "1 . ", 0, NULL},
    {"HTTPS",
     {F("svcpriority", "1"), F("targetname", "."), F("svcparams", "alpn=h2 port=1")},
     "1 . alpn=h2 port=1",
     0,
     NULL},
    {"TLSA",
     {F("usage", "3"), F("selector", "1"), F("matching_type", "1"), F("certificate", "ab")},
     "3 1 1 ab",
     0,
     NULL},
    {"A", {F("address", "192.0.2.1")}, "192.0.2.1", 0, NULL},
    {"SOA",
     {F("mname", "a"), F("rname", "b"), F("serial", "4294967295"), F("refresh", "1"),
      F("retry", "2"), F("expire", "3"), F("minimum", "4")},
     "a b 4294967295 1 2 3 4",
     0,
     NULL},
    {"MX", {F("preference", "65536"), F("exchange", "mx")}, NULL, 0, "65535"},
    {"DS",
     {F("key_tag", "1"), F("algorithm", "256"), F("digest_type", "2"), F("digest", "ab")},
     NULL,
     1,
     "255"},
    {"SOA",
     {F("mname", "a"), F("rname", "b"), F("serial", "4294967296"), F("refresh", "1"),
      F("retry", "2"), F("expire", "3"), F("minimum", "4")},
     NULL,
     2,
     "4294967295"},
    {"MX", {F("preference", "1x"), F("exchange", "mx")}, NULL, 0, "number"},
    {"MX", {F("preference", ""), F("exchange", "mx")}, NULL, 0, "number"},
    {"MX", {F("preference", "12345678901"), F("exchange", "mx")}, NULL, 0, "number"},
    {"MX", {F("preference", "1"), F("exchange", "a b")}, NULL, 1, "one word"},
    {"MX", {F("preference", "1"), F("exchange", "")}, NULL, 1, "one word"},
    {"MX", {F("preference", "1"), F("exchange", "a\0b")}, NULL, 1, "one word"},
    {"MX", {F("preference", "1")}, NULL, 1, "exchange"},
    {"MX", {F("preference", "1"), F("exchange", "a"), F("weight", "1")}, NULL, 2, "no such field"},
    {"MX", {F("preference", "1"), F("exchange", "a"), F("priority", "2")}, NULL, 2, "twice"},
};

Test(rdata_fields, compositions)
{
    for (size_t i = 0; i < sizeof compositions / sizeof *compositions; i++) {
        const struct composition *c = &compositions[i];
        struct rz_buffer text = {0};
        uint16_t type;
        size_t count = 0, bad = 99;
        const char *why = "";
        while (count < 8 && c->fields[count].key.data)
            count++;
        cr_assert(rz_rtype_parse(&type, rz_str_of(c->type), true));
        bool good = rz_rdata_compose(&text, rz_rtype_find(type), c->fields, count, &bad, &why);
        cr_expect_eq(good, c->text != NULL, "%zu %s: %s", i, c->type, why);
        if (good && c->text)
            cr_expect_str_eq(text.data, c->text);
        else if (!good && c->why)
            cr_expect(bad == c->bad && strstr(why, c->why), "%zu %s: %zu %s", i, c->type, bad, why);
        rz_buffer_free(&text);
    }
}

Test(rdata_fields, keys_and_quotes)
{
    const struct rz_rtype *mx = rz_rtype_find(RZ_TYPE_MX);
    cr_expect(rz_rdata_has_field(mx, RZ_STR("preference"))
              && rz_rdata_has_field(mx, RZ_STR("priority")));
    cr_expect_not(rz_rdata_has_field(mx, RZ_STR("Preference")));
    cr_expect_not(rz_rdata_has_field(rz_rtype_find(RZ_TYPE_TXT), RZ_STR("value")));
    struct rz_buffer text = {0};
    rz_rdata_quote(&text, (struct rz_str){"a\0\"\\\x7F~", 6});
    cr_expect_str_eq(text.data, "\"a\\000\\\"\\\\\\127~\"");
    rz_buffer_free(&text);
}
