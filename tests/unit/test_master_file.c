/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Master files: what they give, what is wrong with them and where, and what is written. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/master_file.h"
#include "dns/rtype.h"
#include "support/file.h"

static const uint8_t apex[] = "\7example\3com";

struct reading {
    struct rz_zone zone;
    struct rz_diags diags;
    enum rz_status status, finish;
};

static void read_with(struct reading *reading, struct rz_str text,
                      const struct rz_master_file_options *options)
{
    struct rz_source source = {"a.zone", text};
    *reading = (struct reading){0};
    rz_zone_init(&reading->zone, apex);
    reading->status = rz_master_file_read(&reading->zone, &source, options, &reading->diags);
    reading->finish = rz_zone_finish(&reading->zone, RZ_ZONE_MASTER_FILE, &reading->diags);
}

static void release(struct reading *reading)
{
    rz_zone_free(&reading->zone);
    rz_diags_free(&reading->diags);
}

static const char *first_message(const struct reading *reading)
{
    return reading->diags.count ? reading->diags.items[0].message : "";
}

/* "owner ttl type rdata" lines. */
static void dump(struct rz_buffer *out, const struct rz_zone *zone)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    for (size_t i = 0; i < zone->count; i++)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&zone->rrsets[i]); rz_rdata_next(&c);) {
            const struct rz_rrset *r = &zone->rrsets[i];
            rz_buffer_printf(out, "%s %u %s ", rz_name_text_relative(owner, r->owner, apex), r->ttl,
                             rz_rtype_text(type, r->type));
            rz_rdata_print(out, r->type, c.wire, c.size);
            rz_buffer_char(out, '\n');
        }
}

static void expect_zone(struct rz_str text, const struct rz_master_file_options *options,
                        const char *expected)
{
    struct reading reading;
    struct rz_buffer lines = {0};
    read_with(&reading, text, options);
    cr_expect(reading.status == RZ_OK && reading.finish == RZ_OK, "%s\n%s", text.data,
              first_message(&reading));
    dump(&lines, &reading.zone);
    cr_expect(rz_str_is(rz_buffer_view(&lines), expected), "%s\ngave\n%s", text.data, lines.data);
    rz_buffer_free(&lines);
    release(&reading);
}

static const struct rz_master_file_options plain = {.include_dir = -1, .default_ttl = 60};

Test(master_file, records_of_any_hand)
{
    static const char *const cases[][2] = {
        {"$TTL 1h\n@ IN SOA ns root ( 1 ; serial (\n 2h 1h ;)\n 2w 1h )\n",
         "@ 3600 SOA ns.example.com. root.example.com. 1 7200 3600 1209600 3600\n"},
        {"a 5 IN A 192.0.2.1\nb IN 6 A 192.0.2.2\nc A 192.0.2.3\n",
         "a 5 A 192.0.2.1\nb 6 A 192.0.2.2\nc 6 A 192.0.2.3\n"},
        {"a A 192.0.2.1\n  TXT x\n\t\tTXT y\n",
         "a 60 A 192.0.2.1\na 60 TXT \"x\"\na 60 TXT \"y\"\n"},
        {"$ORIGIN sub\na A 192.0.2.1\n$ORIGIN deeper\n@ A 192.0.2.2\n$ORIGIN example.com.\nb CNAME a.sub\n",
         "b 60 CNAME a.sub.example.com.\na.sub 60 A 192.0.2.1\ndeeper.sub 60 A 192.0.2.2\n"},
        {"$TTL 1w2d3h4m5s\na A 192.0.2.1\n$ttl 7\nb A 192.0.2.2\n",
         "a 788645 A 192.0.2.1\nb 7 A 192.0.2.2\n"},
        {"A A 192.0.2.1\na AAAA ::1\n", "a 60 A 192.0.2.1\na 60 AAAA ::1\n"},
        {"a\\.b A 192.0.2.1\n\\$x TXT \"a;b\\\"\"\n\\@ TXT (\"q\"\n\"r\")\n",
         "\\$x 60 TXT \"a;b\\\"\"\n\\@ 60 TXT \"q\" \"r\"\na\\.b 60 A 192.0.2.1\n"},
        {"\xEF\xBB\xBF"
         "a A 192.0.2.1\r\n; grüße\r\nb TXT \"grüße\"\r\n",
         "a 60 A 192.0.2.1\nb 60 TXT \"gr\\195\\188\\195\\159e\"\n"},
        {"b TXT \"\\é\" \"\\\\é\"", "b 60 TXT \"\\195\\169\" \"\\\\\\195\\169\"\n"},
        {"a TYPE65280 \\# 2 abcd\nb TYPE1 \\# 4 01020304\n",
         "a 60 TYPE65280 \\# 2 abcd\nb 60 A 1.2.3.4\n"},
        {"a A 192.0.2.1\n\n   \n; nothing\n", "a 60 A 192.0.2.1\n"},
        {"a A 192.0.2.1\na A 192.0.2.1\n", "a 60 A 192.0.2.1\n"},
        {"a TXT (\n$ORIGIN\n)\n", "a 60 TXT \"$ORIGIN\"\n"},
        {"", ""},
        {"\n", ""},
        {";", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_zone(rz_str_of(cases[i][0]), &plain, cases[i][1]);
}

Test(master_file, generate)
{
    static const char *const cases[][2] = {
        {"$GENERATE 1-3 h$ A 192.0.2.$\n",
         "h1 60 A 192.0.2.1\nh2 60 A 192.0.2.2\nh3 60 A 192.0.2.3\n"},
        {"$GENERATE 0-6/3 h-${1} 5 IN A 192.0.2.${10,0,d}\n",
         "h-1 5 A 192.0.2.10\nh-4 5 A 192.0.2.13\nh-7 5 A 192.0.2.16\n"},
        {"$GENERATE 10-11 ${-9,3} CNAME ${0,4,x}-${0,2,X}-${0,0,o}\n",
         "001 60 CNAME 000a-0a-12.example.com.\n002 60 CNAME 000b-0b-13.example.com.\n"},
        {"$GENERATE 26-26 ${0,7,n} PTR ${+0,3,N}.\n", "a.1.0.0 60 PTR a.1.\n"},
        {"$GENERATE 1-1 a$$b TXT \"x $ \\\"y\\\"\"\n", "a\\$b 60 TXT \"x\" \"1\" \"y\"\n"},
        {"$GENERATE 1-1 a\\$ TXT \\$\n", "a\\$ 60 TXT \"$\"\n"},
        {"$GENERATE 1-1 t TXT a b$\n", "t 60 TXT \"a\" \"b1\"\n"},
        {"a A 192.0.2.1\n$GENERATE 1-1 b A 192.0.2.2\n  TXT of-a\n",
         "a 60 A 192.0.2.1\na 60 TXT \"of-a\"\nb 60 A 192.0.2.2\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_zone(rz_str_of(cases[i][0]), &plain, cases[i][1]);
}

static const struct error_case {
    const char *text;
    int code;
    unsigned line, column;
} errors[] = {
    {"a A\n", 1104, 1, 3},
    {"a A 300.1.1.1\n", 1104, 1, 5},
    {"\n\na A x\n", 1104, 3, 5},
    {"a FOO x\n", 1103, 1, 3},
    {"a AAAAA ::1\n", 1103, 1, 3},
    {"a ANY x\n", 1103, 1, 3},
    {"a CLASS1 A 192.0.2.1\n", 1311, 1, 3},
    {"a..b A 192.0.2.1\n", 1101, 1, 1},
    {"a CH A 192.0.2.1\n", 1311, 1, 3},
    {"a CLASS3 A 192.0.2.1\n", 1311, 1, 3},
    {"a 1x A 192.0.2.1\n", 1106, 1, 3},
    {"a 4294967295 A 192.0.2.1\n", 1106, 1, 1},
    {"a 2147483648 A 192.0.2.1\n", 1106, 1, 1},
    {" A 192.0.2.1\n", 1310, 1, 2},
    {"a\n", 1310, 1, 1},
    {"a IN\n", 1310, 1, 1},
    {"a 5\n", 1310, 1, 1},
    {"a TXT (\n\"x\"\n", 1310, 1, 1},
    {"b A 192.0.2.1\n\na TXT (\n", 1310, 3, 1},
    {"a TXT \"open\nb A 192.0.2.1\n", 1104, 1, 7},
    {"example.net. A 192.0.2.1\n", 1102, 1, 1},
    {"a SOA x y (\n1 2\nz 4 5 )\n", 1104, 3, 1},
    {"$FOO x\n", 1314, 1, 1},
    {"$ORIGN x\n", 1314, 1, 1},
    {"$ORIGIN\n", 1314, 1, 1},
    {"$ORIGIN a..b\n", 1314, 1, 1},
    {"$TTL\n", 1106, 1, 1},
    {"$TTL x\n", 1106, 1, 1},
    {"$TTL 2147483648\n", 1106, 1, 1},
    {"$TTL 1h 2\n$TTL 9999w\n", 1106, 2, 1},
    {"$TTL 99999999999999999999\n", 1106, 1, 1},
    {"$INCLUDE x\n", 1315, 1, 1},
    {"$INCLUDE\n", 1314, 1, 1},
    {"$INCLUDE x a..b\n", 1314, 1, 1},
    {"$GENERATE\n", 1316, 1, 1},
    {"$GENERATE 1 a A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 2-1 a A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2/0 a A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2x a A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2147483648 a A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2\n", 1316, 1, 1},
    {"$GENERATE 1-2 a\n", 1316, 1, 1},
    {"$GENERATE 1-2 a 5 IN\n", 1316, 1, 1},
    {"$GENERATE 1-2 a A\n", 1316, 1, 1},
    {"$GENERATE 1-2 ${x} A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2 ${1 A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2 ${1,256} A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2 ${1,2,z} A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2 ${1,2, A 192.0.2.1\n", 1316, 1, 1},
    {"$GENERATE 1-2 a A 192.0.2.${-2}\n", 1316, 1, 1},
    {"$GENERATE 1-65537 h$ TXT x\n", 1316, 1, 1},
    {"$GENERATE 1-9 h$ A 300.0.0.$\n", 1104, 1, 1},
    {"$GENERATE 1-2 ..$ A 192.0.2.1\n", 1101, 1, 1},
    {"$GENERATE 1-1 a TXT (\n", 1310, 1, 1},
    {"a TXT \"ü\" ; c\nbü FOO x\n", 1103, 2, 4},
    {"a LOC 99 N 0 E 0\n", 1104, 1, 7},
    {"a TYPE16 \\# 2 0561\n", 1104, 1, 1},
    {"a TYPE0 \\# 0\n", 1103, 1, 1},
    {"a DS 1 8 2\n", 1104, 1, 6},
    {"\"", 1310, 1, 1},
};

Test(master_file, each_mistake_has_its_code_and_place)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct reading reading;
        read_with(&reading, rz_str_of(errors[i].text), &plain);
        cr_expect_eq(reading.status, RZ_INVALID, "%s was read", errors[i].text);
        cr_assert_geq(reading.diags.count, 1, "%s", errors[i].text);
        const struct rz_diag *d = &reading.diags.items[0];
        cr_expect((int)d->code == errors[i].code && d->line == errors[i].line
                      && d->column == errors[i].column,
                  "%s: RZ%d at %u:%u: %s", errors[i].text, (int)d->code, d->line, d->column,
                  d->message);
        cr_expect_eq(reading.diags.errors, 1, "%s: %zu errors", errors[i].text,
                     reading.diags.errors);
        cr_expect_str_eq(d->file, "a.zone");
        release(&reading);
    }
}

Test(master_file, all_mistakes_are_found_at_once)
{
    struct reading reading;
    read_with(
        &reading,
        RZ_STR(
            "a A x\nb FOO y\n$FOO\nc A 192.0.2.1\nd MX 10\ne..f A 192.0.2.1\n$TTL z\ng CH A 1.1.1.1\n"),
        &plain);
    cr_expect_eq(reading.diags.errors, 7);
    cr_expect_eq(reading.zone.count, 1);
    release(&reading);
    read_with(
        &reading,
        RZ_STR(
            "a SOA x y ( 1 2\n  oops ( 3\n 4 )\n$INCLUDE /etc/passwd\n$ORIGIN evil..\n)\nb A 192.0.2.1\n"
            " TXT kept\n..c ( A\n192.0.2.1 )\n TXT also\nd A y\n"),
        &plain);
    cr_expect_eq(reading.diags.errors, 3,
                 "what is in the parentheses of a bad record is no record: %s",
                 reading.diags.items[1].message);
    cr_expect_eq(reading.diags.items[2].line, 12);
    cr_expect(reading.zone.count == 2 && reading.zone.rrsets[1].rdata_count == 2);
    release(&reading);
    struct rz_buffer many = {0};
    for (int i = 0; i < 3000; i++)
        rz_buffer_text(&many, "a A x\n");
    read_with(&reading, rz_buffer_view(&many), &plain);
    cr_expect_eq(reading.diags.errors, RZ_DIAGS_MAX, "then it is given up");
    release(&reading);
    rz_buffer_free(&many);
}

Test(master_file, records_without_ttl)
{
    static const struct {
        const char *text;
        uint32_t default_ttl, ttl;
        int code; /* 0: silent */
        bool good;
    } cases[] = {
        {"$TTL 7\na A 192.0.2.1\n", 60, 7, 0, true},
        {"a A 192.0.2.1\n", 60, 60, 0, true},
        {"a 5 TXT x\na A 192.0.2.1\n", 60, 5, 1313, true},
        {"a SOA x y 1 2 3 4 9\n", 0, 9, 1313, true},
        {"a A 192.0.2.1\nb A 192.0.2.1\n", 0, 0, 1312, false},
        {"a SOA x y 1 2 3 4 2147483648\n", 0, 0, 1313, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        struct rz_master_file_options options = {.include_dir = -1,
                                                 .default_ttl = cases[i].default_ttl};
        read_with(&reading, rz_str_of(cases[i].text), &options);
        cr_expect_eq(reading.status == RZ_OK, cases[i].good, "%zu", i);
        cr_expect_eq(reading.diags.count ? (int)reading.diags.items[0].code : 0, cases[i].code,
                     "%zu", i);
        if (cases[i].good)
            cr_expect_eq(reading.zone.rrsets[0].ttl, cases[i].ttl, "%zu", i);
        release(&reading);
    }
}

Test(master_file, generate_is_bounded_in_all)
{
    struct reading reading;
    struct rz_buffer text = {0};
    struct rz_master_file_options options = {
        .include_dir = -1, .default_ttl = 60, .generate_limit = 10};
    for (int i = 0; i < 17; i++)
        rz_buffer_printf(&text, "$GENERATE 1-10 h$-%d A 192.0.2.1\n", i);
    read_with(&reading, rz_buffer_view(&text), &options);
    cr_expect_eq(reading.diags.errors, 1);
    cr_expect_eq(reading.diags.items[0].line, 17);
    cr_expect_eq(reading.zone.count, 160);
    release(&reading);
    rz_buffer_reset(&text);
    rz_buffer_text(&text, "$GENERATE 1-65536 h$ TXT \"");
    rz_buffer_pad(&text, 'x', 2000);
    rz_buffer_text(&text, "\"\n");
    options.generate_limit = 0;
    read_with(&reading, rz_buffer_view(&text), &options);
    cr_expect_eq((int)reading.diags.items[0].code, 1316, "over 64 MiB");
    release(&reading);
    rz_buffer_free(&text);
}

/* A directory of files to include. */
struct files {
    char path[32];
    int fd;
};

static const char *const included[][2] = {
    {"main.zone", ""},
    {"sub/one.zone", "one A 192.0.2.1\n$INCLUDE two.zone\n$INCLUDE ../three.zone x\n"},
    {"sub/two.zone", "two A 192.0.2.2\n"},
    {"three.zone", "@ A 192.0.2.3\n"},
    {"loop.zone", "$INCLUDE loop.zone\n"},
    {"ping.zone", "$INCLUDE pong.zone\n"},
    {"pong.zone", "$INCLUDE ping.zone\n"},
    {"bad.zone", "ok A 192.0.2.1\nbad A x\n"},
    {"origin.zone", "$ORIGIN elsewhere\nin A 192.0.2.1\n"},
    {"d0", "$INCLUDE d1"},
    {"d1", "$INCLUDE d2"},
    {"d2", "$INCLUDE d3"},
    {"d3", "$INCLUDE d4"},
    {"d4", "$INCLUDE d5"},
    {"d5", "$INCLUDE d6"},
    {"d6", "$INCLUDE d7"},
    {"d7", "$INCLUDE d8"},
    {"d8", "$INCLUDE d9"},
    {"d9", "deep A 192.0.2.1"},
    {"blank.zone", "  TXT inherited\n"},
};
#define INCLUDED (sizeof included / sizeof *included)

static struct files open_files(void)
{
    struct files files = {.path = "/tmp/rezone-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(files.path));
    files.fd = open(files.path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < INCLUDED; i++)
        cr_assert_eq(rz_file_replace(files.fd, included[i][0], rz_str_of(included[i][1]), 0600),
                     RZ_OK);
    cr_assert_eq(symlinkat("three.zone", files.fd, "link.zone"), 0);
    return files;
}

static void close_files(struct files *files)
{
    for (size_t i = 0; i < INCLUDED; i++)
        unlinkat(files->fd, included[i][0], 0);
    unlinkat(files->fd, "link.zone", 0);
    unlinkat(files->fd, "sub", AT_REMOVEDIR);
    close(files->fd);
    rmdir(files->path);
}

static void note(void *user, const char *path, struct rz_str content)
{
    rz_buffer_printf(user, "%s %zu\n", path, content.size);
}

Test(master_file, includes)
{
    struct files files = open_files();
    struct rz_buffer seen = {0};
    struct rz_master_file_options options = {.include_dir = files.fd,
                                             .default_ttl = 60,
                                             .path = "main.zone",
                                             .included = note,
                                             .user = &seen};
    expect_zone(RZ_STR("$INCLUDE sub/one.zone\n$INCLUDE ./sub/../three.zone three ; comment\n"),
                &options,
                "one 60 A 192.0.2.1\nthree 60 A 192.0.2.3\ntwo 60 A 192.0.2.2\nx 60 A 192.0.2.3\n");
    cr_expect_str_eq(seen.data, "sub/one.zone 59\nsub/two.zone 16\nthree.zone 14\nthree.zone 14\n");
    expect_zone(RZ_STR("$INCLUDE \"origin.zone\"\nout A 192.0.2.2\n"), &options,
                "in.elsewhere 60 A 192.0.2.1\nout 60 A 192.0.2.2\n");
    expect_zone(RZ_STR("a A 192.0.2.1\n$INCLUDE blank.zone\n"), &options,
                "a 60 A 192.0.2.1\na 60 TXT \"inherited\"\n");
    expect_zone(RZ_STR("$INCLUDE d2"), &options, "deep 60 A 192.0.2.1\n");
    rz_buffer_free(&seen);
    close_files(&files);
}

Test(master_file, includes_that_are_refused)
{
    static const struct {
        const char *text, *file, *why;
        int code;
        unsigned line;
    } cases[] = {
        {"\n$INCLUDE /etc/passwd\n", "z/main.zone", "outside", 1315, 2},
        {"$INCLUDE ../../x\n", "z/main.zone", "outside", 1315, 1},
        {"$INCLUDE sub/../../x\n", "z/main.zone", "outside", 1315, 1},
        {"$INCLUDE .\n", "z/main.zone", "outside", 1315, 1},
        {"$INCLUDE absent.zone\n", "z/main.zone", "No such file", 1315, 1},
        {"$INCLUDE link.zone\n", "z/main.zone", "symbolic link", 1315, 1},
        {"$INCLUDE sub\n", "z/main.zone", "directory", 1315, 1},
        {"$INCLUDE loop.zone\n", "z/loop.zone", "itself", 1315, 1},
        {"$INCLUDE ping.zone\n", "z/pong.zone", "itself", 1315, 1},
        {"$INCLUDE main.zone\n", "z/main.zone", "itself", 1315, 1},
        {"$INCLUDE bad.zone\n", "z/bad.zone", "IPv4", 1104, 2},
        {"$INCLUDE d0\n", "z/d7", "8", 1315, 1},
    };
    struct files files = open_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_zone zone;
        struct rz_diags diags = {0};
        struct rz_source source = {"z/main.zone", rz_str_of(cases[i].text)};
        struct rz_master_file_options options = {
            .include_dir = files.fd, .default_ttl = 60, .path = "main.zone"};
        rz_zone_init(&zone, apex);
        cr_expect_eq(rz_master_file_read(&zone, &source, &options, &diags), RZ_INVALID, "%s",
                     cases[i].text);
        cr_assert_eq(diags.count, 1, "%s: %zu", cases[i].text, diags.count);
        const struct rz_diag *d = &diags.items[0];
        cr_expect((int)d->code == cases[i].code && d->line == cases[i].line
                      && strcmp(d->file, cases[i].file) == 0,
                  "%s: RZ%d at %s:%u: %s", cases[i].text, (int)d->code, d->file, d->line,
                  d->message);
        if (cases[i].code == 1315)
            cr_expect(strstr(d->message, cases[i].why), "%s: %s", cases[i].text, d->message);
        rz_zone_free(&zone);
        rz_diags_free(&diags);
    }
    close_files(&files);
}

static const char canonical[] =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@                               SOA     ns.example.com. root.example.com. 7 7200 3600 1209600 3600\n"
    "@                       3600    NS      ns.example.com.\n"
    "@                               TYPE65280 \\# 2 abcd\n"
    "\\000\\.\\@                        TXT     \"a\" \"b;\\\"\"\n"
    "an-owner-whose-name-is-longer-than-the-column         A       192.0.2.1\n"
    "ns                              A       192.0.2.1\n"
    "ns                              A       192.0.2.2\n"
    "ttl                     2147483647 A    192.0.2.3\n";

Test(master_file, canonical_files_are_written_as_they_were_read)
{
    struct reading reading, again;
    struct rz_buffer text = {0}, second = {0};
    read_with(&reading, rz_str_of(canonical), &plain);
    cr_assert(reading.status == RZ_OK && reading.finish == RZ_OK, "%s", first_message(&reading));
    rz_master_file_write(&text, &reading.zone);
    read_with(&again, rz_buffer_view(&text), &plain);
    cr_expect(rz_hash_equal(reading.zone.fingerprint, again.zone.fingerprint));
    cr_expect_eq(again.zone.serial, 7);
    rz_master_file_write(&second, &again.zone);
    cr_expect_str_eq(text.data, second.data);
    cr_expect(rz_str_starts_with(rz_buffer_view(&text), "$ORIGIN example.com.\n$TTL 60\n@ "), "%s",
              text.data);
    cr_expect_not_null(strstr(text.data, "\nan-owner-whose-name-is-longer-than-the-column "));
    rz_buffer_free(&text);
    rz_buffer_free(&second);
    release(&reading);
    release(&again);
}

Test(master_file, styles)
{
    struct reading reading;
    struct rz_buffer text = {0};
    read_with(&reading, RZ_STR("$TTL 5\n@ SOA a b 1 2 3 4 5\nx A 192.0.2.1\nx A 192.0.2.2\n"),
              &plain);
    struct rz_rrset soa = reading.zone.rrsets[0];
    soa.ttl = 77;
    struct rz_master_file_style style = {.soa = &soa, .origins = true};
    rz_master_file_write_styled(&text, &reading.zone, &style);
    cr_expect_not_null(strstr(text.data, "77"));
    cr_expect_not_null(strstr(text.data, "192.0.2.1 ; a.zone:3\n"), "%s", text.data);
    cr_expect_not_null(strstr(text.data, "192.0.2.2\n"), "only the first record of an RRset");
    reading.zone.rrsets[1].provenance = 0;
    rz_buffer_reset(&text);
    rz_master_file_write_styled(&text, &reading.zone, &style);
    cr_expect_not_null(strstr(text.data, "192.0.2.1\n"));
    rz_buffer_free(&text);
    release(&reading);
    struct rz_zone empty;
    rz_zone_init(&empty, apex);
    rz_master_file_write_styled(&text, &empty, NULL);
    cr_expect_str_eq(text.data, "$ORIGIN example.com.\n$TTL 3600\n");
    rz_buffer_free(&text);
    rz_zone_free(&empty);
}

Test(master_file, many_ttls_still_come_back)
{
    struct reading reading, again;
    struct rz_buffer text = {0}, written = {0};
    for (int i = 0; i < 200; i++)
        rz_buffer_printf(&text, "h%d %d A 192.0.2.1\n", i, i % 150 + 1);
    read_with(&reading, rz_buffer_view(&text), &plain);
    rz_master_file_write(&written, &reading.zone);
    read_with(&again, rz_buffer_view(&written), &plain);
    cr_expect(again.status == RZ_OK
              && rz_hash_equal(reading.zone.fingerprint, again.zone.fingerprint));
    rz_buffer_free(&text);
    rz_buffer_free(&written);
    release(&reading);
    release(&again);
}
