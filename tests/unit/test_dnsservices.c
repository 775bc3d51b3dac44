/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pure parts of the dnsservices provider: replies, records, zones, .env files, tokens. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "dnsservices/dnsservices.h"
#include "dnsservices/jwt.h"

static const uint8_t apex[] = "\7example\3com";

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    cr_assert(json, "%s", text);
    return json;
}

static const struct {
    const char *json, *words; /* NULL: a success */
} replies[] = {
    {"{}", NULL},
    {"{\"success\":true,\"info\":[\"done\"]}", NULL},
    {"{\"error\":[]}", NULL},
    {"{\"error\":null}", NULL},
    {"[]", NULL},
    {"{\"success\":\"1\"}", NULL},
    {"{\"success\":false,\"info\":[\"no\",\"way\"]}", "no; way"},
    {"{\"success\":false,\"info\":[[\"no\"],[\"way\"]]}", "no; way"},
    {"{\"success\":0,\"message\":\"no\"}", "no"},
    {"{\"success\":\"false\"}", ""},
    {"{\"error\":[\"invalid method\"]}", "invalid method"},
    {"{\"error\":\"x\"}", "x"},
    {"{\"error\":[[[[[\"deep\"]]]]],\"success\":false}", ""},
    {"{\"error\":true}", ""},
};

Test(dnsservices, errors_in_every_form)
{
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct rz_buffer words = {0};
        json_t *json = parse(replies[i].json);
        bool failed = rz_dnsservices_is_error(&words, json);
        cr_assert_eq(failed, replies[i].words != NULL, "%s", replies[i].json);
        if (failed)
            cr_assert_str_eq(rz_buffer_view(&words).data, replies[i].words, "%s", replies[i].json);
        rz_buffer_free(&words);
        json_decref(json);
    }
}

Test(dnsservices, ids_and_numbers)
{
    static const char *const good[] = {"\"10\"", "10", "0"};
    static const char *const bad[] = {
        "\"\"", "\"1/2\"", "-1",       "\"-1\"",
        "1.5",  "null",    "\"../x\"", "\"123456789012345678901234567890\"",
        "[]"};
    char id[RZ_DNSSERVICES_ID_MAX];
    int64_t number;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *json = parse(good[i]);
        cr_assert(rz_dnsservices_id(id, json) && rz_dnsservices_number(&number, json), "%s",
                  good[i]);
        json_decref(json);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *json = parse(bad[i]);
        cr_assert(!rz_dnsservices_id(id, json), "%s", bad[i]);
        json_decref(json);
    }
    json_t *json = parse("\" 1\"");
    cr_assert(!rz_dnsservices_number(&number, json));
    json_decref(json);
}

/* Reads one record and gives "owner ttl type rdata", "foreign TEXT" or "none". */
static void read_row(struct rz_buffer *out, const char *text)
{
    struct rz_arena arena = {0};
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_dnsservices_row row;
    char owner[RZ_NAME_TEXT_MAX], type[16];
    bool full = false, relative = false;
    const char *why;
    json_t *json = parse(text);
    rz_buffer_reset(out);
    if (rz_dnsservices_row_read(&row, &arena, reader, apex, json, &full, &relative, &why)
        != RZ_OK) {
        rz_buffer_text(out, "none");
    } else if (!row.wire) {
        rz_buffer_printf(out, "foreign %s%s", row.text, why ? "!" : "");
    } else {
        rz_buffer_printf(out, "%s %u %s ", rz_name_text(owner, row.owner), row.ttl,
                         rz_rtype_text(type, row.type));
        rz_rdata_print(out, row.type, row.wire, row.size);
    }
    json_decref(json);
    rz_rdata_reader_free(reader);
    rz_arena_free(&arena);
}

#define ROW(name, type, content, more)                                                             \
    "{\"id\":\"1\",\"name\":\"" name "\",\"ttl\":60,\"type\":\"" type "\",\"content\":\"" content  \
    "\"" more "}"

static const struct {
    const char *json, *record;
} records[] = {
    {ROW("www", "A", "192.0.2.1", ""), "www.example.com. 60 A 192.0.2.1"},
    {ROW("www.example.com", "A", "192.0.2.1", ""), "www.example.com. 60 A 192.0.2.1"},
    {ROW("WWW.example.com.", "A", "192.0.2.1", ""), "www.example.com. 60 A 192.0.2.1"},
    {ROW("", "A", "192.0.2.1", ""), "example.com. 60 A 192.0.2.1"},
    {ROW("@", "A", "192.0.2.1", ""), "example.com. 60 A 192.0.2.1"},
    {ROW("example.com", "A", "192.0.2.1", ""), "example.com. 60 A 192.0.2.1"},
    {ROW("notexample.com", "A", "192.0.2.1", ""), "notexample.com.example.com. 60 A 192.0.2.1"},
    {ROW("*", "A", "192.0.2.1", ""), "*.example.com. 60 A 192.0.2.1"},
    {ROW("", "MX", "mail.example.net", ",\"priority\":10"),
     "example.com. 60 MX 10 mail.example.net."},
    {ROW("", "MX", "mail.example.net.", ",\"priority\":\"10\""),
     "example.com. 60 MX 10 mail.example.net."},
    {ROW("", "MX", "5 mail.example.net", ",\"priority\":10"),
     "example.com. 60 MX 5 mail.example.net."},
    {ROW("_s._tcp", "SRV", "2 443 h.example.net", ",\"priority\":1"),
     "_s._tcp.example.com. 60 SRV 1 2 443 h.example.net."},
    {ROW("_s._tcp", "SRV", "1 2 443 h.example.net", ",\"priority\":0"),
     "_s._tcp.example.com. 60 SRV 1 2 443 h.example.net."},
    {ROW("", "TXT", "v=spf1 -all", ""), "example.com. 60 TXT \"v=spf1 -all\""},
    {ROW("", "TXT", "\\\"v=spf1 -all\\\"", ""), "example.com. 60 TXT \"v=spf1 -all\""},
    {ROW("", "TXT", "\\\"a\\\" \\\"b\\\"", ""), "example.com. 60 TXT \"ab\""},
    {ROW("", "TXT", "\\\"half", ""), "example.com. 60 TXT \"\\\"half\""},
    {ROW("", "TXT", "", ""), "example.com. 60 TXT \"\""},
    {ROW("go", "URL", "https://example.net/", ""), "foreign URL https://example.net/"},
    {ROW("go", "frame", "x", ""), "foreign frame x"},
    {ROW("go", "MXE", "192.0.2.1", ""), "foreign MXE 192.0.2.1"},
    {ROW("go", "WHAT", "x", ""), "foreign WHAT x!"},
    {ROW("go", "A", "nowhere", ""), "foreign A nowhere!"},
    {ROW("", "MX", "m.example.net", ",\"priority\":\"x\""), "foreign MX m.example.net!"},
    {ROW("a..b", "A", "192.0.2.1", ""), "none"},
    {"{\"id\":\"1\"}", "none"},
    {"[]", "none"},
    {ROW("a", "A", "192.0.2.1", ",\"id\":\"x\""), "none"},
    {ROW("a", "A", "192.0.2.1", ",\"ttl\":-1"), "none"},
};

Test(dnsservices, records_in_every_form)
{
    struct rz_buffer out = {0};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        read_row(&out, records[i].json);
        cr_expect_str_eq(out.data, records[i].record, "%s", records[i].json);
    }
    rz_buffer_free(&out);
}

static void write_row(struct rz_buffer *out, const char *type_text, const char *text, bool full)
{
    static const uint8_t owner[] = "\3www\7example\3com";
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_rdata rdata;
    uint16_t type;
    const char *why;
    cr_assert(rz_rtype_parse(&type, rz_str_of(type_text), true));
    cr_assert_eq(rz_rdata_read(reader, type, rz_str_of(text), apex, &rdata, &why), RZ_OK);
    rz_buffer_reset(out);
    rz_dnsservices_row_write(out, apex, owner, type, 60, rdata.wire, rdata.size, full);
    rz_rdata_reader_free(reader);
}

Test(dnsservices, records_as_they_are_sent)
{
    struct rz_buffer out = {0};
    write_row(&out, "MX", "10 mail", false);
    cr_assert_str_eq(out.data, "{\"content\":\"mail.example.com\",\"name\":\"www\",\"priority\":10,"
                               "\"ttl\":60,\"type\":\"MX\"}");
    write_row(&out, "MX", "0 .", true);
    cr_assert_str_eq(out.data, "{\"content\":\".\",\"name\":\"www.example.com\",\"priority\":0,"
                               "\"ttl\":60,\"type\":\"MX\"}");
    write_row(&out, "SRV", "1 2 3 a.", false);
    cr_assert(strstr(out.data, "\"2 3 a\"") && strstr(out.data, "\"priority\":1"));
    write_row(&out, "TXT", "\"a\\\"b\"", false);
    cr_assert(strstr(out.data, "\"content\":\"\\\"a\\\\\\\"b\\\"\""));
    rz_buffer_free(&out);
}

static const char *const zones[] = {
    "{\"records\":[" ROW("b", "A", "192.0.2.2", "") "," ROW("a", "A", "192.0.2.1", "") "]}",
    "{\"records\":{\"1\":{\"name\":\"b\",\"ttl\":\"60\",\"type\":\"A\",\"content\":\"192.0.2.2\"},"
    "\"2\":{\"name\":\"a\",\"ttl\":60,\"type\":\"A\",\"content\":\"192.0.2.1\"}}}",
};

Test(dnsservices, zones_in_every_form)
{
    struct rz_diags diags = {0};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct rz_dnsservices_zone *zone = calloc(1, sizeof *zone);
        json_t *json = parse(zones[i]);
        size_t count;
        rz_name_copy(&zone->apex, apex);
        cr_assert_eq(rz_dnsservices_zone_read(zone, json, &diags), RZ_OK, "%s", zones[i]);
        cr_assert_eq(zone->count, 2);
        cr_assert(!zone->full_names);
        size_t at = rz_dnsservices_zone_find(zone, (const uint8_t *)"\1b\7example\3com", RZ_TYPE_A,
                                             &count);
        cr_assert(at == 1 && count == 1);
        rz_dnsservices_zone_find(zone, (const uint8_t *)"\1c\7example\3com", RZ_TYPE_A, &count);
        cr_assert_eq(count, 0);
        json_decref(json);
        rz_dnsservices_zone_free(zone);
    }
    rz_diags_free(&diags);
}

Test(dnsservices, what_is_no_zone)
{
    static const char *const bad[] = {"[]",
                                      "1",
                                      "{\"records\":1}",
                                      "{\"records\":[1]}",
                                      "{\"records\":[{}]}",
                                      "{\"records\":\"x\"}"};
    static const char *const empty[] = {"{}", "{\"records\":null}", "{\"records\":[]}",
                                        "{\"records\":{}}"};
    struct rz_diags diags = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad + sizeof empty / sizeof *empty; i++) {
        bool is_bad = i < sizeof bad / sizeof *bad;
        const char *text = is_bad ? bad[i] : empty[i - sizeof bad / sizeof *bad];
        struct rz_dnsservices_zone *zone = calloc(1, sizeof *zone);
        json_t *json = parse(text);
        rz_name_copy(&zone->apex, apex);
        cr_assert_eq(rz_dnsservices_zone_read(zone, json, &diags) != RZ_OK, is_bad, "%s", text);
        json_decref(json);
        rz_dnsservices_zone_free(zone);
    }
    rz_diags_free(&diags);
}

static const struct {
    const char *line, *value; /* NULL: an error */
} lines[] = {
    {"A=b", "b"},
    {"A=", ""},
    {" export A = b c # d", "b c"},
    {"A=b#c", "b#c"},
    {"A=\"b # c\" # d", "b # c"},
    {"A='b\\n'", "b\\n"},
    {"A=\"b\\\"\\\\\\n\"", "b\"\\\n"},
    {"A=b\r", "b"},
    {"A=# c", ""},
    {"A==", "="},
    {"A", NULL},
    {"A B=c", NULL},
    {"=b", NULL},
    {"1A=b", NULL},
    {"A=\"b", NULL},
    {"A='b' c", NULL},
    {"-=b", NULL},
};

Test(dnsservices, env_files)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct rz_arena arena = {0};
        struct rz_diags diags = {0};
        struct rz_env_entry *entries;
        size_t count;
        bool good = rz_env_read(&entries, &count, &arena, ".env", rz_str_of(lines[i].line), &diags)
                    == RZ_OK;
        cr_assert_eq(good, lines[i].value != NULL, "%s", lines[i].line);
        if (good)
            cr_assert(count == 1 && strcmp(entries[0].name, "A") == 0
                          && strcmp(entries[0].value, lines[i].value) == 0,
                      "%s", lines[i].line);
        rz_diags_free(&diags);
        rz_arena_free(&arena);
    }
}

#define HEAD "eyJhbGciOiJSUzI1NiJ9"
#define SIGNATURE                                                                                      \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
    const char *token;
    bool good;
} tokens[] = {
    {HEAD ".eyJpYXQiOjEwMCwiZXhwIjoyMDB9." SIGNATURE, true},  /* iat 100, exp 200 */
    {HEAD ".eyJleHAiOjIwMC41fQ." SIGNATURE, true},            /* exp 200.5 */
    {HEAD ".eyJpYXQiOjEwMH0." SIGNATURE, false},              /* no exp */
    {HEAD ".eyJpYXQiOjIwMCwiZXhwIjoxMDB9." SIGNATURE, false}, /* ends before it begins */
    {HEAD ".W10." SIGNATURE, false},                          /* [] */
    {"eyJhbGciOiJub25lIn0.eyJleHAiOjIwMH0.", false},          /* alg none */
    {"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIwMH0." SIGNATURE, false},
    {HEAD ".eyJleHAiOjIwMH0.AAAA", false}, /* a short signature */
    {HEAD ".eyJleHAiOjIwMH0", false},
    {HEAD ".eyJleHAiOjIwMH0.a.b", false},
    {"", false},
    {"..", false},
    {HEAD ".eyJl+HAiOjIwMH0." SIGNATURE, false},
};

Test(dnsservices, tokens)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct rz_jwt jwt;
        const char *why = rz_jwt_read(&jwt, rz_str_of(tokens[i].token));
        cr_assert_eq(why == NULL, tokens[i].good, "%s: %s", tokens[i].token, why);
        if (tokens[i].good)
            cr_assert_eq(jwt.expires, 200);
    }
    cr_assert(rz_jwt_verify(rz_str_of(tokens[0].token), RZ_STR("no key")));
}
