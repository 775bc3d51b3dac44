/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates from zones: what is found, and that every zone loads back as it was. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dns/rtype.h"
#include "language/extract.h"
#include "language/template.h"
#include "language/zone_document.h"
#include "support/alloc.h"

struct set {
    struct rz_zone *zones;
    const struct rz_zone **views;
    size_t count;
    struct rz_extraction found;
};

static void load(struct rz_zone *zone, const char *name, const struct rz_buffer *text,
                 const struct rz_templates *templates)
{
    struct rz_name apex;
    const char *why;
    struct rz_zone_settings settings;
    struct rz_diags diags = {0};
    struct rz_source source = {name, rz_buffer_view(text)};
    cr_assert_eq(rz_name_parse(&apex, rz_str_of(name), NULL, &why), RZ_OK);
    struct rz_zone_document_options options = {.format = RZ_FORMAT_NATIVE,
                                               .apex = apex.wire,
                                               .default_ttl = 3600,
                                               .project_dir = -1,
                                               .templates = templates};
    rz_zone_document_load(zone, &settings, &source, &options, &diags);
    cr_assert_eq(diags.errors, 0, "%s: %s\n%s", name, diags.errors ? diags.items[0].message : "",
                 text->data);
    rz_diags_free(&diags);
}

/* `write` appends the document of zone i. */
static void make(struct set *set, size_t count, void (*write)(struct rz_buffer *out, size_t i))
{
    set->count = count;
    set->zones = rz_alloc_zero(count, sizeof *set->zones);
    set->views = rz_alloc_zero(count, sizeof *set->views);
    for (size_t i = 0; i < count; i++) {
        char name[40];
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        snprintf(name, sizeof name, "z%04zu.example", i);
        write(&text, i);
        load(&set->zones[i], name, &text, NULL);
        set->views[i] = &set->zones[i];
    }
    rz_extract(&set->found, set->views, count);
}

static void expect_same(struct set *set)
{
    struct rz_templates templates = {0};
    struct rz_diags diags = {0};
    for (size_t i = 0; i < set->found.template_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "templates/%s.yaml", set->found.templates[i].name);
        cr_assert_eq(rz_templates_add(&templates, "templates", path,
                                      rz_buffer_view(&set->found.templates[i].text), &diags),
                     RZ_OK, "%s", set->found.templates[i].text.data);
    }
    for (size_t i = 0; i < set->count; i++) {
        struct rz_zone again;
        char name[40];
        snprintf(name, sizeof name, "z%04zu.example", i);
        if (set->found.zones[i].templates == 0)
            continue;
        load(&again, name, &set->found.zones[i].text, &templates);
        cr_assert(rz_hash_equal(again.fingerprint, set->zones[i].fingerprint), "%s",
                  set->found.zones[i].text.data);
        rz_zone_free(&again);
    }
    rz_templates_free(&templates);
    rz_diags_free(&diags);
}

static void end(struct set *set)
{
    expect_same(set);
    rz_extraction_free(&set->found);
    for (size_t i = 0; i < set->count; i++)
        rz_zone_free(&set->zones[i]);
    free(set->zones);
    free(set->views);
}

static bool has(const struct rz_buffer *text, const char *part)
{
    return text->data && strstr(text->data, part);
}

static void write_alike(struct rz_buffer *out, size_t i)
{
    rz_buffer_printf(
        out,
        "ttl: 5m\nsoa: {mname: ns1, rname: hostmaster}\nnameservers: [ns1, ns2.example.net.]\n"
        "records:\n  ns1: {A: 192.0.2.53}\n  www: {A: 192.0.2.%zu}\n",
        i);
}

Test(extract, base_with_a_parameter)
{
    struct set set = {0};
    make(&set, 5, write_alike);
    cr_assert_eq(set.found.template_count, 1);
    cr_assert_str_eq(set.found.templates[0].name, "base");
    cr_assert_eq(set.found.templates[0].zones, 5);
    cr_assert_eq(set.found.templates[0].rrsets, 4);
    cr_assert_eq(set.found.templates[0].params, 1);
    cr_assert(has(&set.found.templates[0].text, "  www_a:\n    type: ipv4\n"));
    cr_assert(has(&set.found.templates[0].text, "soa:\n  mname: ns1\n"));
    cr_assert_str_eq(set.found.zones[2].text.data,
                     "zone: z0002.example\nextends:\n  - base:\n      www_a: 192.0.2.2\n");
    cr_assert_eq(set.found.zones[2].own, 0);
    end(&set);
}

Test(extract, two_zones_share_nothing)
{
    struct set set = {0};
    make(&set, 2, write_alike);
    cr_assert_eq(set.found.template_count, 0);
    cr_assert_eq(set.found.zones[0].own, 4);
    end(&set);
}

static void write_families(struct rz_buffer *out, size_t i)
{
    rz_buffer_printf(
        out,
        "nameservers: [ns1.example.net.]\nrecords:\n  \"@\": {CAA: '0 issue \"ca.example\"', TXT: [v=x, \"t%zu\"]}\n",
        i);
    rz_buffer_text(out, "  a: {A: 192.0.2.1}\n  b: {A: 192.0.2.1}\n");
    if (i != 7)
        rz_buffer_text(out, "  c: {A: 192.0.2.1}\n");
    rz_buffer_text(out, i == 8 ? "  d: {TXT: other}\n" : "  d: {CNAME: a.b.c}\n");
    if (i % 2)
        rz_buffer_text(out,
                       "  mail: {A: 192.0.2.2, AAAA: \"2001:db8::2\"}\n  smtp: {CNAME: mail}\n");
    if (i % 3)
        rz_buffer_printf(out, "  opt: {A: 192.0.3.%zu}\n", i);
    else
        rz_buffer_printf(out, "  opt: {ttl: 60, A: 192.0.3.%zu}\n", i);
}

Test(extract, families_nulls_and_what_a_zone_has_otherwise)
{
    struct set set = {0};
    make(&set, 12, write_families);
    cr_assert_eq(set.found.template_count, 2);
    cr_assert_eq(set.found.templates[0].zones, 12);
    cr_assert_str_eq(set.found.templates[1].name, "shared-2");
    cr_assert_eq(set.found.templates[1].zones, 6);
    cr_assert(has(&set.found.templates[0].text, "\"${apex_txt}\""));
    cr_assert(has(&set.found.zones[7].text, "  c:\n    A: null\n"));
    cr_assert(has(&set.found.zones[8].text, "  d:\n    CNAME: null\n    TXT: other\n"));
    cr_assert(has(&set.found.zones[1].text, "  - shared-2\n"));
    cr_assert(has(&set.found.zones[3].text, "opt:\n"), "another TTL stays the zone's own");
    end(&set);
}

static void write_hard(struct rz_buffer *out, size_t i)
{
    rz_buffer_printf(
        out,
        "records:\n"
        "  \"@\": {MX: [10 mail, 20 a.b.z%04zu.example.]}\n"
        "  _dmarc: {TXT: \"v=DMARC1; rua=mailto:d@z%04zu.example, $${zone} xz%04zu.example z%04zu.example.org\"}\n"
        "  x: {TXT: {rdata: '\"a\" \"b\\255\"'}, TYPE65300: '\\# 2 0001'}\n"
        "  \"*.w\": {A: 192.0.2.1}\n  n: {TXT: \"%zu\"}\n  t: {TXT: \"true\"}\n  e: {TXT: \"\"}\n"
        "  v: {TXT: \"$${n_txt} $%zu $${a\"}\n  \"q\\\\.r\": {TXT: s}\n",
        i, i, i, i, i * 100, i);
}

Test(extract, values_that_look_like_something_else)
{
    struct set set = {0};
    make(&set, 4, write_hard);
    cr_assert_eq(set.found.template_count, 1);
    cr_assert(has(&set.found.templates[0].text, "d@${zone}, $${zone} xz") == false,
              "texts differ in more than the zone");
    cr_assert_eq(set.found.templates[0].params, 3);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(set.found.zones[i].own, 0);
    end(&set);
}

/* Zones with RRsets at random, from few values. */
static void write_random(struct rz_buffer *out, size_t i)
{
    unsigned seed = (unsigned)i * 7919 + 13;
    rz_buffer_text(out, "records:\n");
    for (unsigned k = 0; k < 30; k++) {
        seed = seed * 1103515245 + 12345;
        unsigned r = seed >> 16;
        if (r % 5 == 0)
            continue;
        if (r % 7 == 0)
            rz_buffer_printf(out, "  h%u: {CNAME: t%u}\n", k, r / 49 % 2);
        else if (r % 7 == 1)
            rz_buffer_printf(out, "  h%u: {ttl: %u, A: [192.0.2.%u, 192.0.2.%u]}\n", k,
                             r / 7 % 2 * 60, r / 49 % 3, 9 + r / 147 % 9);
        else
            rz_buffer_printf(out, "  h%u: {A: 192.0.2.%u, TXT: \"%u\"}\n", k, k,
                             r / 7 % 16 ? 1 : r);
    }
}

Test(extract, random_zones_load_back)
{
    for (size_t count = 3; count < 60; count += 8) {
        struct set set = {0};
        make(&set, count, write_random);
        end(&set);
    }
}

static void write_many(struct rz_buffer *out, size_t i)
{
    rz_buffer_text(out, "nameservers: [ns1.example.net.]\nrecords:\n");
    for (size_t k = 0; k < 50; k++)
        rz_buffer_printf(out, "  h%zu: {A: 10.%zu.%zu.%zu}\n", k, k, k % 3 == 1 ? i / 250 : 0,
                         k % 3 == 1 ? i % 250
                         : k % 3    ? i % 20
                                    : 1);
}

Test(extract, a_thousand_zones_at_once)
{
    struct set set = {0};
    struct timespec from, to;
    make(&set, 1000, write_many);
    rz_extraction_free(&set.found);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    rz_extract(&set.found, set.views, set.count);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    cr_assert_lt(seconds, 10, "%.3f s", seconds); /* generous: also runs under sanitizers */
    cr_assert_geq(set.found.template_count, 1);
    end(&set);
}
