/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates: parameters, layers, conflicts, loops, through whole zone documents. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/rtype.h"
#include "language/template.h"
#include "language/zone_document.h"

struct file {
    const char *path, *text; /* "web.yaml" below templates/ */
};

struct loaded {
    char directory[32];
    int fd;
    struct rz_templates templates;
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_diags diags;
    struct rz_buffer text;
    enum rz_status status;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void load(struct loaded *loaded, const struct file *files, const char *document)
{
    static const uint8_t apex[] = "\7example\3com";
    char path[128];
    *loaded = (struct loaded){.directory = "/tmp/rezone-XXXXXX"};
    cr_assert_not_null(mkdtemp(loaded->directory));
    snprintf(path, sizeof path, "%s/templates", loaded->directory);
    mkdir(path, 0700);
    for (; files->path; files++) {
        snprintf(path, sizeof path, "%s/templates/%s", loaded->directory, files->path);
        write_file(path, files->text);
    }
    loaded->fd = open(loaded->directory, O_RDONLY | O_DIRECTORY);
    cr_assert_geq(loaded->fd, 0);
    rz_templates_load(&loaded->templates, loaded->fd, "templates", &loaded->diags);
    struct rz_source source = {"z.yaml", rz_str_of(document)};
    struct rz_variable defines[] = {{"who", "cli"}};
    struct rz_binding project[] = {{RZ_STR("region"), rz_value_text(RZ_STR("eu"))}};
    struct rz_zone_document_options options = {.apex = apex,
                                               .default_ttl = 3600,
                                               .project_dir = loaded->fd,
                                               .templates = &loaded->templates,
                                               .variables = {defines, 1},
                                               .override_count = 1,
                                               .project_vars = project,
                                               .project_var_count = 1};
    loaded->status = rz_zone_document_load(&loaded->zone, &loaded->settings, &source, &options,
                                           &loaded->diags);
    for (size_t i = 0; i < loaded->zone.count; i++) {
        char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
        const struct rz_rrset *rrset = &loaded->zone.rrsets[i];
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
            rz_buffer_printf(&loaded->text, "%s %u %s ",
                             rz_name_text_relative(owner, rrset->owner, apex), rrset->ttl,
                             rz_rtype_text(type, rrset->type));
            rz_rdata_print(&loaded->text, rrset->type, c.wire, c.size);
            rz_buffer_char(&loaded->text, '\n');
        }
    }
}

static void release(struct loaded *loaded)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", loaded->directory);
    cr_expect_eq(system(command), 0);
    close(loaded->fd);
    rz_templates_free(&loaded->templates);
    rz_zone_free(&loaded->zone);
    rz_diags_free(&loaded->diags);
    rz_buffer_free(&loaded->text);
}

static void expect(const struct file *files, const char *document, const char *zone)
{
    struct loaded loaded;
    load(&loaded, files, document);
    cr_expect_eq(loaded.status, RZ_OK, "%s\n%s", document,
                 loaded.diags.count ? loaded.diags.items[0].message : "");
    cr_expect_str_eq(loaded.text.data ? loaded.text.data : "", zone, "%s\ngave\n%s", document,
                     loaded.text.data ? loaded.text.data : "");
    release(&loaded);
}

/* The first error's code, and a part of its message, hint or related text. */
static void expect_error(const struct file *files, const char *document, int code, const char *part)
{
    struct loaded loaded;
    load(&loaded, files, document);
    cr_expect_eq(loaded.status, RZ_INVALID, "%s", document);
    cr_assert_gt(loaded.diags.count, 0, "%s", document);
    const struct rz_diag *diag = &loaded.diags.items[0];
    cr_expect_eq((int)diag->code, code, "%s: RZ%d %s", document, (int)diag->code, diag->message);
    cr_expect(strstr(diag->message, part) || (diag->hint && strstr(diag->hint, part))
                  || (diag->related && strstr(diag->related, part)),
              "%s: %s (%s) (%s)", document, diag->message, diag->hint ? diag->hint : "",
              diag->related ? diag->related : "");
    release(&loaded);
}

static const struct file files[] = {
    {"base.yaml", "params: {note: {type: string, default: none}}\n"
                  "records: {'@': {TXT: base}, b: {TXT: '${note}'}}\n"},
    {"web.yaml",
     "version: 3\nextends: base\n"
     "params:\n  ip: {type: ipv4, required: true}\n  ttl: {type: duration, default: 5m, min: 60s}\n"
     "rules:\n  - {assert: 'ttl < 86400', message: a day is too long}\n"
     "records: {'@': {A: {values: ['${ip}'], ttl: '${ttl}'}}, www: {CNAME: '@'}}\n"},
    {"mail.yaml", "extends: base\nrecords: {'@': {MX: 10 mx}, mx: {A: 192.0.2.25}}\n"
                  "groups: {a: {records: {ga: {TXT: a}}}, b: {records: {gb: {TXT: b}}}}\n"},
    {"other.yaml", "records: {www: {A: 192.0.2.77}}\n"},
    {"rival.yaml", "records: {www: {CNAME: elsewhere.example.net.}}\n"},
    {"hosts.yaml",
     "params: {hosts: {type: list, of: {name: label, ip: ipv4}, default: []}}\n"
     "each:\n  - {for: h in hosts, when: 'h.ip != \"192.0.2.9\"', records: {'${h.name}': {A: '${h.ip}'}}}\n"},
    {"web@2.yaml",
     "template: web\nversion: 2\ndeprecated: use web@1\nrecords: {www: {TXT: two}}\n"},
    {NULL, NULL},
};

Test(template, layers)
{
    expect(
        files, "extends: [{web: {ip: 192.0.2.1}}]\n",
        "@ 300 A 192.0.2.1\n@ 3600 TXT \"base\"\nb 3600 TXT \"none\"\nwww 3600 CNAME example.com.\n");
    /* The document has the last word: it replaces, removes, adjusts. */
    expect(
        files,
        "extends: [{web: {ip: 192.0.2.1}}, mail]\nrecords:\n  www: {CNAME: null, A: 192.0.2.2}\n"
        "  b: null\n  '@': {TXT: {add: [more], remove: [base]}}\n",
        "@ 300 A 192.0.2.1\n@ 3600 MX 10 mx.example.com.\n@ 3600 TXT \"more\"\nga 3600 TXT \"a\"\n"
        "gb 3600 TXT \"b\"\nmx 3600 A 192.0.2.25\nwww 3600 A 192.0.2.2\n");
    expect(
        files,
        "extends: [{mail: {}, groups: [b]}]\nrecords: {mx: {A: {add: [192.0.2.26], ttl: 1m}}}\n",
        "@ 3600 MX 10 mx.example.com.\n@ 3600 TXT \"base\"\nb 3600 TXT \"none\"\ngb 3600 TXT \"b\"\n"
        "mx 60 A 192.0.2.25\nmx 60 A 192.0.2.26\n");
}

Test(template, arguments_and_scopes)
{
    /* Not passed: looked up by name, over the template's default, under nothing but -D. */
    expect(
        files, "extends: web\nvars: {ip: 192.0.2.7, note: mine}\n",
        "@ 300 A 192.0.2.7\n@ 3600 TXT \"base\"\nb 3600 TXT \"mine\"\nwww 3600 CNAME example.com.\n");
    expect(files,
           "extends: {hosts: {hosts: [{name: a, ip: 192.0.2.1}, {name: z, ip: 192.0.2.9}]}}\n"
           "records: {r: {TXT: '${region} ${who} ${zone}'}}\nvars: {who: document}\n",
           "a 3600 A 192.0.2.1\nr 3600 TXT \"eu cli example.com\"\n");
    expect(files, "extends: web@2\n", "www 3600 TXT \"two\"\n");
}

Test(template, loops_of_a_document)
{
    expect(
        files,
        "vars: {m: {a: 1, b: 2}}\neach:\n  - for: k, v in m\n    each:\n      - for: i in range_of\n"
        "        records: {'${k}${i}': {TXT: '${v + i}'}}\n    vars: {range_of: '${[1, 2]}'}\n",
        "a1 3600 TXT \"2\"\na2 3600 TXT \"3\"\nb1 3600 TXT \"3\"\nb2 3600 TXT \"4\"\n");
}

Test(template, mistakes)
{
    static const struct {
        const char *document;
        int code;
        const char *part;
    } cases[] = {
        {"extends: wbe\n", 1403, "`web`"},
        {"extends: web\n", 1404, "needs `ip`"},
        {"extends: {web: {ip: 300.1.1.1}}\n", 1404, "an IPv4 address, not \"300.1.1.1\""},
        {"extends: {web: {ip: 192.0.2.1, tll: 5m}}\n", 1404, "did you mean `ttl`?"},
        {"extends: {web: {ip: 192.0.2.1, ttl: 5}}\n", 1404, "at least 60"},
        {"extends: {web: {ip: 192.0.2.1, ttl: 2d}}\n", 1407, "a day is too long"},
        {"extends: {hosts: {hosts: [{name: a}]}}\n", 1404, "lacks the field `ip`"},
        {"extends: {hosts: {hosts: [{name: a.b, ip: 192.0.2.1}]}}\n", 1404, "a single label"},
        {"extends: [other, rival]\n", 1201, "CNAME"},
        {"extends: [{web: {ip: 192.0.2.1}}, rival]\n", 1405, "override: true"},
        {"extends: [{mail: {}, groups: [c]}]\n", 1404, "no group `c`"},
        {"records: {a: {TXT: {remove: [x]}}}\n", 1409, "no template gave"},
        {"each: [{for: x on y, records: {}}]\n", 1012, "x in list"},
        {"each: [{for: x in 5, records: {}}]\n", 1013, "not a whole number"},
        {"each: [{for: 'x in [1]', when: 'x.y', records: {}}]\n", 1013, "not of a map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_error(files, cases[i].document, cases[i].code, cases[i].part);
    expect(
        files, "extends: [{web: {ip: 192.0.2.1}}, {rival: {}, override: true}]\n",
        "@ 300 A 192.0.2.1\n@ 3600 TXT \"base\"\nb 3600 TXT \"none\"\nwww 3600 CNAME elsewhere.example.net.\n");
}

Test(template, circles)
{
    static const struct file circle[] = {
        {"a.yaml", "extends: b\n"}, {"b.yaml", "extends: a\n"}, {NULL, NULL}};
    expect_error(circle, "extends: a\n", 1406, "a → b → a");
}

Test(template, parameters_are_checked_when_loaded)
{
    static const struct {
        const char *params;
        const char *part;
    } cases[] = {
        {"{a: ipv5}", "ipv4"},
        {"{a: {type: int, default: x}}", "a whole number"},
        {"{a: {type: int, min: x}}", "a bound"},
        {"{a: {pattern: '('}}", "regular expression"},
        {"{a: {pattern: 'x{1,9}'}}", "counts"},
        {"{a: {typ: int}}", "unknown key"},
        {"[a]", "a map"},
        {"{a: {type: string, enum: [x, y], default: z}}", "one of x, y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "params: %s\n", cases[i].params);
        struct file one[] = {{"a.yaml", text}, {NULL, NULL}};
        struct loaded loaded;
        load(&loaded, one, "records: {}\n");
        cr_assert_gt(loaded.diags.errors, 0, "%s", text);
        const struct rz_diag *diag = &loaded.diags.items[0];
        cr_expect(strstr(diag->message, cases[i].part)
                      || (diag->hint && strstr(diag->hint, cases[i].part)),
                  "%s: %s", text, diag->message);
        release(&loaded);
    }
}
