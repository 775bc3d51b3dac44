/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pure parts of the powerdns provider: JSON, zones in it, bodies, spellings. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "powerdns/powerdns.h"

static const uint8_t apex[] = "\7example\3com";

/* Events as text: `{`, `k:name`, `s:text`, `n:1`, `t`, `f`, `z`. */
static bool note(void *user, enum rz_json_event event, struct rz_str text)
{
    static const char *const marks[] = {"{", "}", "[", "]", "k:", "s:", "n:", "t", "f", "z"};
    struct rz_buffer *out = user;
    rz_buffer_text(out, marks[event]);
    if (event == RZ_JSON_KEY || event == RZ_JSON_STRING || event == RZ_JSON_NUMBER)
        rz_buffer_str(out, text);
    rz_buffer_char(out, ' ');
    return true;
}

static bool parse(struct rz_buffer *out, struct rz_str text, size_t piece, const char **error)
{
    struct rz_json json = {.event = note, .user = out};
    for (size_t at = 0; at < text.size; at += piece)
        if (!rz_json_feed(&json, text.data + at, text.size - at < piece ? text.size - at : piece))
            break;
    bool good = rz_json_end(&json);
    *error = json.error;
    rz_json_free(&json);
    return good;
}

static const struct {
    const char *text, *events; /* NULL: an error */
} documents[] = {
    {"{}", "{ } "},
    {" [ ] \r\n", "[ ] "},
    {"{\"a\":1,\"b\":[true,false,null,-1.5e+3,\"x\"],\"c\":{\"d\":\"\"}}",
     "{ k:a n:1 k:b [ t f z n:-1.5e+3 s:x ] k:c { k:d s: } } "},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00z\"",
     "s:\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z "},
    {"12", "n:12 "},
    {"0", "n:0 "},
    {"[1 , 2]", "[ n:1 n:2 ] "},
    {"", NULL},
    {" ", NULL},
    {"{", NULL},
    {"[1", NULL},
    {"[1,]", NULL},
    {"{\"a\"}", NULL},
    {"{\"a\":}", NULL},
    {"{\"a\":1,}", NULL},
    {"{a:1}", NULL},
    {"[1]]", NULL},
    {"[1}", NULL},
    {"{\"a\":1]", NULL},
    {"[1] 2", NULL},
    {"nul", NULL},
    {"nulll", NULL},
    {"truefalse", NULL},
    {"01", NULL},
    {"-", NULL},
    {"1.", NULL},
    {"1e", NULL},
    {"+1", NULL},
    {".5", NULL},
    {"1x", NULL},
    {"\"\\x\"", NULL},
    {"\"\\u12g4\"", NULL},
    {"\"\\ud800\"", NULL},
    {"\"\\udc00\"", NULL},
    {"\"\\ud800x\"", NULL},
    {"\"\\ud800\\n\"", NULL},
    {"\"\\ud800\\u0041\"", NULL},
    {"\"a\nb\"", NULL},
    {"\"abc", NULL},
    {"'a'", NULL},
    {"\xEF\xBB\xBF{}", NULL},
    {"11111111111111111111111111111111111111111111111111111111111111111111111", NULL},
};

Test(powerdns_json, reads_documents_however_they_are_cut)
{
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        for (size_t piece = 1; piece <= strlen(documents[i].text) + 1; piece++) {
            struct rz_buffer events = {0};
            const char *error;
            bool good = parse(&events, rz_str_of(documents[i].text), piece, &error);
            cr_assert_eq(good, documents[i].events != NULL, "%s in %zu", documents[i].text, piece);
            cr_assert_eq(good, error == NULL, "%s", documents[i].text);
            if (good)
                cr_assert_str_eq(events.data, documents[i].events, "%s in %zu", documents[i].text,
                                 piece);
            rz_buffer_free(&events);
        }
}

Test(powerdns_json, is_bounded)
{
    struct rz_buffer deep = {0}, events = {0}, large = {0};
    const char *error;
    for (int i = 0; i < RZ_JSON_DEPTH_MAX; i++)
        rz_buffer_char(&deep, '[');
    for (int i = 0; i < RZ_JSON_DEPTH_MAX; i++)
        rz_buffer_char(&deep, ']');
    cr_assert(parse(&events, rz_buffer_view(&deep), 1000, &error));
    rz_buffer_reset(&deep);
    rz_buffer_pad(&deep, '[', 100000);
    cr_assert(!parse(&events, rz_buffer_view(&deep), 1000, &error));
    cr_assert_str_eq(error, "it is nested too deep");
    rz_buffer_char(&large, '"');
    for (size_t i = 0; i < RZ_JSON_TOKEN_MAX + 10; i++)
        rz_buffer_text(&large, "\\n");
    cr_assert(!parse(&events, rz_buffer_view(&large), 4096, &error));
    cr_assert_str_eq(error, "a string is too long");
    rz_buffer_free(&deep);
    rz_buffer_free(&events);
    rz_buffer_free(&large);
}

Test(powerdns_json, writes_strings)
{
    struct rz_buffer out = {0}, events = {0};
    const char *error;
    rz_json_write(&out, RZ_STR("a\"b\\c\n\0\x1f\x7f\xC3\xA9/"));
    cr_assert_str_eq(out.data, "\"a\\\"b\\\\c\\u000a\\u0000\\u001f\\u007f\xC3\xA9/\"");
    cr_assert(parse(&events, rz_buffer_view(&out), 3, &error));
    cr_assert(rz_str_equal(rz_buffer_view(&events), RZ_STR("s:a\"b\\c\n\0\x1f\x7f\xC3\xA9/ ")));
    rz_buffer_free(&out);
    rz_buffer_free(&events);
}

Test(powerdns_json, reads_unsigned_numbers)
{
    uint64_t value;
    cr_assert(rz_json_uint(&value, RZ_STR("4294967295"), UINT32_MAX) && value == UINT32_MAX);
    cr_assert(rz_json_uint(&value, RZ_STR("18446744073709551615"), UINT64_MAX));
    cr_assert(!rz_json_uint(&value, RZ_STR("18446744073709551616"), UINT64_MAX));
    static const char *const bad[] = {"",    "-1",         "1.0",
                                      "1e3", "4294967296", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!rz_json_uint(&value, rz_str_of(bad[i]), UINT32_MAX), "%s", bad[i]);
}

struct reading {
    struct rz_zone zone;
    struct rz_diags diags;
    struct rz_powerdns_head head;
    enum rz_status status;
    size_t disabled;
    struct rz_powerdns_reader *reader;
};

static void read_zone(struct reading *reading, const char *text, size_t piece)
{
    *reading = (struct reading){0};
    rz_zone_init(&reading->zone, apex);
    reading->reader = rz_powerdns_reader_new(&reading->zone, "server", &reading->diags);
    for (size_t at = 0, size = strlen(text); at < size; at += piece)
        if (!rz_powerdns_reader_feed(reading->reader, text + at,
                                     size - at < piece ? size - at : piece))
            break;
    reading->status = rz_powerdns_reader_end(reading->reader, &reading->head);
    rz_powerdns_reader_disabled(reading->reader, &reading->disabled);
    rz_zone_finish(&reading->zone, RZ_ZONE_LIVE, &reading->diags);
}

static void free_reading(struct reading *reading)
{
    rz_powerdns_reader_free(reading->reader);
    rz_zone_free(&reading->zone);
    rz_diags_free(&reading->diags);
}

static const char a_zone[] =
    "{\"account\": \"\", \"id\": \"example.com.\", \"kind\": \"Native\", \"masters\": [{\"x\": [1]}],"
    "\"name\": \"Example.com.\", \"rrsets\": ["
    "{\"comments\": [{\"content\": \"h\\u00e9\", \"account\": \"me\", \"name\": 5}],"
    " \"name\": \"a.example.com.\", \"records\": [{\"content\": \"192.0.2.1\", \"disabled\": false},"
    " {\"content\": \"192.0.2.9\", \"disabled\": true}, {\"disabled\": false, \"content\": \"192.0.2.2\"}],"
    " \"ttl\": 300, \"type\": \"A\"},"
    "{\"type\": \"TXT\", \"ttl\": 60, \"records\": [{\"content\": \"\\\"x;\\\\\\\"\\\" \\\"\\\\255\\\"\"}],"
    " \"name\": \"*.example.com.\"},"
    "{\"name\": \"off.example.com.\", \"type\": \"MX\", \"ttl\": 5, \"records\": ["
    " {\"content\": \"nonsense\", \"disabled\": true}]},"
    "{\"name\": \"only.example.com.\", \"type\": \"A\", \"ttl\": 0, \"records\": []},"
    "{\"name\": \"u.example.com.\", \"type\": \"TYPE65280\", \"ttl\": 1, \"records\": ["
    " {\"content\": \"\\\\# 2 0102\"}]},"
    "{\"name\": \"example.com.\", \"type\": \"SOA\", \"ttl\": 3600, \"records\": ["
    " {\"content\": \"ns1.example.com. host.example.com. 7 1 2 3 4\", \"disabled\": false}]}],"
    "\"serial\": 7, \"edited_serial\": 8, \"soa_edit_api\": \"DEFAULT\"}";

Test(powerdns_zone, reads_a_zone_however_it_is_cut)
{
    for (size_t piece = 1; piece < 200; piece += piece < 20 ? 1 : 13) {
        struct reading r;
        read_zone(&r, a_zone, piece);
        cr_assert_eq(r.status, RZ_OK, "%s", r.diags.count ? r.diags.items[0].message : "");
        cr_assert_eq(r.zone.count, 4);
        cr_assert_eq(r.zone.records, 5);
        cr_assert(r.zone.has_soa && r.zone.serial == 7 && r.head.has_serial && r.head.serial == 7);
        cr_assert(!r.head.keeps_serial);
        cr_assert_eq(r.disabled, 2);
        const struct rz_rrset *a = rz_zone_find(&r.zone, (const uint8_t *)"\1a\7example\3com",
                                                RZ_TYPE_A);
        cr_assert(a && a->rdata_count == 2 && a->ttl == 300);
        size_t count;
        const struct rz_powerdns_disabled *off = rz_powerdns_reader_disabled(r.reader, &count);
        cr_assert_str_eq(off[0].content, "192.0.2.9");
        cr_assert(off[0].wire && off[0].size == 4);
        cr_assert_str_eq(off[1].content, "nonsense");
        cr_assert_null(off[1].wire);
        free_reading(&r);
    }
}

Test(powerdns_zone, starts_again)
{
    struct reading r = {0};
    struct rz_powerdns_head head;
    rz_zone_init(&r.zone, apex);
    r.reader = rz_powerdns_reader_new(&r.zone, "server", &r.diags);
    for (size_t cut = 1; cut < sizeof a_zone - 1; cut += 17) {
        rz_powerdns_reader_feed(r.reader, a_zone, cut);
        rz_powerdns_reader_restart(r.reader);
    }
    cr_assert(rz_powerdns_reader_feed(r.reader, a_zone, sizeof a_zone - 1));
    cr_assert_eq(rz_powerdns_reader_end(r.reader, &head), RZ_OK);
    cr_assert_eq(r.zone.count, 5); /* records, since it is not finished */
    free_reading(&r);
}

#define RRSET(members) "{\"name\":\"example.com.\",\"rrsets\":[{" members "}]}"
static const struct {
    const char *text, *message; /* part of it */
} broken[] = {
    {"[]", "an object or a list stands where"},
    {"\"x\"", "a plain value stands where"},
    {"{}", "it lacks the zone's name"},
    {"{\"name\":\"example.com.\"}", "it lacks `rrsets`"},
    {"{\"name\":\"example.net.\",\"rrsets\":[]}", "it is another zone"},
    {"{\"name\":\"a..b\",\"rrsets\":[]}", "the zone's name cannot be read"},
    {"{\"name\":5,\"rrsets\":[]}", "a number stands where"},
    {"{\"name\":\"example.com.\",\"rrsets\":5}", "a number stands where"},
    {"{\"name\":\"example.com.\",\"rrsets\":{}}", "an object or a list stands where"},
    {"{\"name\":\"example.com.\",\"rrsets\":[5]}", "a plain value stands where"},
    {"{\"name\":\"example.com.\",\"rrsets\":[[]]}", "an object or a list stands where"},
    {"{\"name\":\"example.com.\",\"serial\":-1,\"rrsets\":[]}", "no number of 32 bits"},
    {"{\"name\":\"example.com.\",\"rrsets\":[]", "it ends before its time"},
    {"{\"name\":\"example.com.\",\"rrsets\":[]} x", "there is more behind"},
    {"<html>", "a value is missing"},
    {RRSET("\"name\":\"a.example.com.\",\"type\":\"A\",\"records\":[{\"content\":\"192.0.2.1\"}]"),
     "lacks its name, type or TTL"},
    {RRSET("\"name\":\"a.example.com.\",\"ttl\":5,\"records\":[{\"content\":\"192.0.2.1\"}]"),
     "lacks its name, type or TTL"},
    {RRSET("\"type\":\"A\",\"ttl\":5,\"records\":[{\"content\":\"192.0.2.1\"}]"),
     "lacks its name, type or TTL"},
    {RRSET("\"ttl\":5,\"records\":[{\"disabled\":false}]"), "a record lacks its content"},
    {RRSET("\"records\":[{\"content\":7}]"), "a number stands where"},
    {RRSET("\"records\":[{\"content\":\"x\",\"disabled\":\"no\"}]"), "a text stands where"},
    {RRSET("\"ttl\":\"5\""), "a text stands where"},
    {RRSET("\"ttl\":true"), "true, false or null stands where"},
    {RRSET(
         "\"name\":\"a.example.com.\",\"type\":\"NONE\",\"ttl\":5,\"records\":[{\"content\":\"x\"}]"),
     "the record type `NONE` cannot be read"},
    {RRSET("\"name\":\"a..com.\",\"type\":\"A\",\"ttl\":5,\"records\":[{\"content\":\"x\"}]"),
     "the owner `a..com.` cannot be read"},
    {RRSET(
         "\"name\":\"a.example.com.\",\"type\":\"A\",\"ttl\":5,\"records\":[{\"content\":\"1.2.3\"}]"),
     "a.example.com. A `1.2.3` cannot be read"},
};

Test(powerdns_zone, says_what_is_wrong)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct reading r;
        read_zone(&r, broken[i].text, 7);
        cr_expect_eq(r.status, RZ_NETWORK, "%s", broken[i].text);
        cr_expect(r.diags.count == 1 && strstr(r.diags.items[0].message, broken[i].message),
                  "%s gave %s", broken[i].text,
                  r.diags.count ? r.diags.items[0].message : "nothing");
        cr_expect(r.diags.count == 0 || r.diags.items[0].hint, "%s", broken[i].text);
        free_reading(&r);
    }
}

Test(powerdns_zone, leaves_out_what_is_not_in_the_zone)
{
    struct reading r;
    read_zone(&r,
              RRSET("\"name\":\"example.net.\",\"type\":\"A\",\"ttl\":5,"
                    "\"records\":[{\"content\":\"192.0.2.1\"}]"),
              1000);
    cr_assert_eq(r.status, RZ_OK);
    cr_assert(r.zone.count == 0 && r.diags.warnings == 1);
    free_reading(&r);
}

/* Forms accepted by and read from PowerDNS 4.7. */
static const struct {
    const char *type, *text, *spelling;
} spellings[] = {
    {"A", "192.0.2.1", "192.0.2.1"},
    {"AAAA", "::ffff:192.0.2.1", "::ffff:c000:201"},
    {"AAAA", "::", "::"},
    {"AAAA", "1::", "1::"},
    {"AAAA", "1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    {"AAAA", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
    {"AAAA", "0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
    {"TXT", "\"a;b\" \"c\\\"d\\\\\" \"\\000\\255\"", "\"a;b\" \"c\\\"d\\\\\" \"\\000\\255\""},
    {"CNAME", "a\\.b\\032\\\"\\;c\\@d\\\\.example.net.", "a\\.b\\032\";c@d\\\\.example.net."},
    {"SOA", "a.example. b\\.c.example. 1 2 3 4 5", "a.example. b\\.c.example. 1 2 3 4 5"},
    {"NAPTR", "1 2 \"u\" \"x\" \"!a;b!\" a\\(b\\).example.",
     "1 2 \"u\" \"x\" \"!a;b!\" a(b).example."},
    {"LOC", "52 22 23 N 4 53 32 E -2m 0m 10000m 10m",
     "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m"},
    {"LOC", "15 44 0 S 119 53 21.377 W 0m",
     "15 43 60.000 S 119 53 21.377 W 0.00m 1.00m 10000.00m 10.00m"},
    {"LOC", "0 0 0 N 0 0 0 E 0m", "0 0 0.000 S 0 0 0.000 W 0.00m 1.00m 10000.00m 10.00m"},
    {"HTTPS", "1 . alpn=h2,h3 port=1 ech=AQID", "1 . alpn=h2,h3 port=1 ech=\"AQID\""},
    {"SVCB", "1 . key65000 key65001=x", "1 . key65000=\"\" key65001=\"x\""},
    {"IPSECKEY", "10 0 2 . AQID", "10 0 2 AQID"},
    {"IPSECKEY", "10 3 2 gw.example. AQID", "10 3 2 gw.example. AQID"},
    {"CAA", "0 issue \"a;b\"", "0 issue \"a;b\""},
    {"ALIAS", "a.example.", "a.example."},
    {"LUA", "A \"ifportup(443, {'192.0.2.1'})\"", "A \"ifportup(443, {'192.0.2.1'})\""},
    {"RT", "\\# 5 000a016100", "\\# 5 000a016100"},
    {"TYPE65280", "\\# 0", "\\# 0 "},
    {"TYPE7", "\\# 3 016100", "a."},
};

Test(powerdns_rdata, is_spelt_as_the_server_spells_it_and_read_back)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_buffer first = {0}, out = {0}, scratch = {0};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        uint16_t type;
        struct rz_rdata rdata;
        const char *why = "";
        cr_assert(rz_rtype_parse(&type, rz_str_of(spellings[i].type), true));
        cr_assert_eq(rz_rdata_read(reader, type, rz_str_of(spellings[i].text), NULL, &rdata, &why),
                     RZ_OK, "%s: %s", spellings[i].text, why);
        rz_buffer_reset(&first);
        rz_buffer_append(&first, rdata.wire, rdata.size);
        rz_buffer_reset(&out);
        rz_powerdns_print(&out, type, rdata.wire, rdata.size);
        cr_expect_str_eq(out.data, spellings[i].spelling);
        cr_expect_eq(
            rz_powerdns_read_rdata(reader, &scratch, type, rz_buffer_view(&out), &rdata, &why),
            RZ_OK, "%s: %s", out.data, why);
        cr_expect(rz_str_equal(rz_buffer_view(&first),
                               (struct rz_str){(const char *)rdata.wire, rdata.size}),
                  "%s %s", spellings[i].type, out.data);
    }
    rz_buffer_free(&first);
    rz_buffer_free(&out);
    rz_buffer_free(&scratch);
    rz_rdata_reader_free(reader);
}

Test(powerdns_rdata, types_have_the_names_of_the_api)
{
    static const struct {
        uint16_t type;
        const char *text;
    } types[] = {
        {1, "A"}, {65, "HTTPS"}, {RZ_TYPE_ALIAS, "ALIAS"}, {21, "TYPE21"}, {65280, "TYPE65280"}};
    char text[RZ_RTYPE_TEXT_MAX];
    uint16_t type;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        cr_expect_str_eq(rz_powerdns_type_text(text, types[i].type), types[i].text);
        cr_expect(rz_powerdns_type_parse(&type, rz_str_of(types[i].text)) && type == types[i].type);
    }
    cr_expect(rz_powerdns_type_parse(&type, RZ_STR("A6")) && type == 38);
}

/* A zone of "owner type content" lines, TTL 300. */
static void make_zone(struct rz_zone *zone, const char *const (*lines)[3], size_t count)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_diags diags = {0};
    rz_zone_init(zone, apex);
    uint32_t file = rz_zone_file(zone, "zones/example.com.yaml");
    for (size_t i = 0; i < count; i++) {
        struct rz_name owner;
        uint16_t type;
        struct rz_rdata rdata;
        const char *why = "";
        cr_assert_eq(rz_name_parse(&owner, rz_str_of(lines[i][0]), apex, &why), RZ_OK);
        cr_assert(rz_rtype_parse(&type, rz_str_of(lines[i][1]), true));
        cr_assert_eq(rz_rdata_read(reader, type, rz_str_of(lines[i][2]), apex, &rdata, &why), RZ_OK,
                     "%s %s", lines[i][2], why);
        rz_zone_add(
            zone, owner.wire, type, 300, rdata,
            (struct rz_record_origin){.provenance = file, .line = (uint32_t)i + 1, .column = 3});
    }
    rz_zone_finish(zone, RZ_ZONE_LIVE, &diags);
    rz_diags_free(&diags);
    rz_rdata_reader_free(reader);
}

static const char *const lines[][3] = {
    {"@", "SOA", "ns1 host 1 2 3 4 5"},
    {"a", "A", "192.0.2.1"},
    {"a", "A", "192.0.2.2"},
    {"b", "CNAME", "a"},
    {"t/x", "TXT", "\"q\\\"\""},
    {"-bad", "MX", "10 a_b"},
};

static const struct rz_rrset *find(const struct rz_zone *zone, const char *owner, uint16_t type)
{
    struct rz_name name;
    const char *why;
    rz_name_parse(&name, rz_str_of(owner), apex, &why);
    return rz_zone_find(zone, name.wire, type);
}

Test(powerdns_body, deletes_come_first_and_disabled_records_stay)
{
    struct rz_zone zone;
    make_zone(&zone, lines, sizeof lines / sizeof *lines);
    struct rz_powerdns_body body = {.serial = 42};
    struct rz_buffer out = {0};
    const struct rz_rrset *a = find(&zone, "a", RZ_TYPE_A), *b = find(&zone, "b", RZ_TYPE_CNAME);
    static const uint8_t same[] = {192, 0, 2, 2};
    struct rz_powerdns_disabled off[] = {
        {.ttl = 7, .content = "192.0.2.2", .wire = same, .size = 4},
        {.ttl = 7, .content = "192.0.2.3"}};
    rz_powerdns_body_add(&body, (struct rz_change){NULL, a}, off, 2);
    rz_powerdns_body_add(&body, (struct rz_change){b, NULL}, NULL, 0);
    rz_powerdns_body_add(&body, (struct rz_change){a, NULL}, off + 1, 1);
    rz_powerdns_body_add(&body, (struct rz_change){NULL, find(&zone, "t/x", RZ_TYPE_TXT)}, NULL, 0);
    rz_powerdns_body_add(&body, (struct rz_change){NULL, find(&zone, "@", RZ_TYPE_SOA)}, NULL, 0);
    rz_powerdns_body_write(&out, &body);
    cr_assert_str_eq(
        out.data,
        "{\"rrsets\":[{\"name\":\"b.example.com.\",\"type\":\"CNAME\",\"changetype\":\"DELETE\"},"
        "{\"name\":\"a.example.com.\",\"type\":\"A\",\"changetype\":\"REPLACE\",\"ttl\":7,\"records\":["
        "{\"content\":\"192.0.2.3\",\"disabled\":true}]},"
        "{\"name\":\"a.example.com.\",\"type\":\"A\",\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":["
        "{\"content\":\"192.0.2.1\",\"disabled\":false},{\"content\":\"192.0.2.2\",\"disabled\":false},"
        "{\"content\":\"192.0.2.3\",\"disabled\":true}]},"
        "{\"name\":\"t/x.example.com.\",\"type\":\"TXT\",\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":["
        "{\"content\":\"\\\"q\\\\\\\"\\\"\",\"disabled\":false}]},"
        "{\"name\":\"example.com.\",\"type\":\"SOA\",\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":["
        "{\"content\":\"ns1.example.com. host.example.com. 42 2 3 4 5\",\"disabled\":false}]}]}");
    cr_assert_geq(rz_powerdns_body_size(&body), out.size);
    rz_powerdns_body_free(&body);
    rz_buffer_free(&out);
    rz_zone_free(&zone);
}

Test(powerdns_body, the_blamed_rrset_is_found)
{
    static const struct {
        const char *error, *owner;
        uint16_t type;
    } errors[] = {
        {"RRset a.example.com. IN A: Conflicts with pre-existing RRset", "a", RZ_TYPE_A},
        {"RRset -bad.example.com. IN MX non-hostname content a_b.example.com.", "-bad", RZ_TYPE_MX},
        {"Record t/x.example.com./TXT '\"q\"': Not in expected format", "t/x", RZ_TYPE_TXT},
        {"Record b.example.com. IN CNAME is only allowed somewhere", "b", RZ_TYPE_CNAME},
        {"RRset c.example.com. IN A: x", NULL, 0},
        {"RRset a.example.com.", NULL, 0},
        {"Record x 'y'", NULL, 0},
        {"Name 'x' contains unsupported characters", NULL, 0},
        {"", NULL, 0},
    };
    struct rz_zone zone;
    make_zone(&zone, lines, sizeof lines / sizeof *lines);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const struct rz_rrset *blamed = rz_powerdns_blamed(rz_str_of(errors[i].error), &zone);
        cr_expect_eq(blamed, errors[i].owner ? find(&zone, errors[i].owner, errors[i].type) : NULL,
                     "%s", errors[i].error);
    }
    rz_zone_free(&zone);
}

Test(powerdns_limits, what_the_server_would_refuse)
{
    static const char *const refused[][3] = {
        {"a\\.b", "A", "192.0.2.1"},
        {"a\\032b", "A", "192.0.2.1"},
        {"x.*", "A", "192.0.2.1"},
        {"\\195\\164", "A", "192.0.2.1"},
        {"m", "MX", "10 _x"},
        {"n", "NS", "-x"},
        {"s", "SRV", "1 2 3 a/b"},
        {"v", "SVCB", "1 a\\;b"},
        {"l", "LOC", "0 0 0 N 0 0 0 E 0m 50000000m"},
    };
    static const char *const taken[][3] = {
        {"*", "A", "192.0.2.1"}, {"_a._b/c", "A", "192.0.2.1"},      {"m", "MX", "0 ."},
        {"c", "CNAME", "a\\;b"}, {"l", "LOC", "0 0 0 N 0 0 0 E 0m"}, {"v", "SVCB", "1 . alpn=h2"},
    };
    struct rz_zone zone;
    make_zone(&zone, refused, sizeof refused / sizeof *refused);
    for (size_t i = 0; i < zone.count; i++)
        cr_expect_not_null(rz_powerdns_refuses(NULL, &zone.rrsets[i]), "%zu", i);
    rz_zone_free(&zone);
    make_zone(&zone, taken, sizeof taken / sizeof *taken);
    for (size_t i = 0; i < zone.count; i++)
        cr_expect_null(rz_powerdns_refuses(NULL, &zone.rrsets[i]), "%zu", i);
    rz_zone_free(&zone);
    cr_expect(rz_powerdns_takes_type(RZ_TYPE_ALIAS) && rz_powerdns_takes_type(RZ_TYPE_LUA));
    cr_expect(!rz_powerdns_takes_type(252));
}

Test(powerdns_reply, ids_and_error_texts)
{
    char id[RZ_POWERDNS_ID_MAX];
    cr_expect_str_eq(rz_powerdns_id(id, (const uint8_t *)"\4a/_b\3com"), "a=2F=5Fb.com.");
    cr_expect_str_eq(rz_powerdns_id(id, (const uint8_t *)""), "=2E");
    static const struct {
        const char *body, *text;
    } replies[] = {
        {"{\"error\": \"bad \\\"x\\\"\"}", "bad \"x\""},
        {"{\"errors\": {\"error\": \"no\"}, \"error\": \"yes\"}", "yes"},
        {" Not Found\n", "Not Found"},
        {"{\"error\"", "{\"error\""},
        {"a\x1b[31m", "a\\u{1B}[31m"},
    };
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct rz_buffer out = {0};
        rz_powerdns_error_text(&out, rz_str_of(replies[i].body));
        cr_expect_str_eq(out.data, replies[i].text);
        rz_buffer_free(&out);
    }
}
