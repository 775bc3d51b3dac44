/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model of reports: counts, order, attribution, fingerprints. */
#include <criterion/criterion.h>

#include "report/formats.h"

struct seen {
    char rules[400], prints[8][RZ_HASH_TEXT], files[8][40];
    size_t count;
};

static void see(void *user, const struct rz_report_issue *issue)
{
    struct seen *seen = user;
    strcat(strcat(seen->rules, issue->finding.rule), " ");
    strcpy(seen->prints[seen->count], issue->fingerprint);
    if (issue->finding.place.file)
        strcpy(seen->files[seen->count], issue->finding.place.file);
    seen->count++;
}

static void add(struct rz_report *report, struct rz_report_section *section, const char *owner,
                enum rz_risk risk)
{
    static const char *values[] = {"192.0.2.1"};
    struct rz_report_change *change = rz_report_add_change(report, section, RZ_CREATE);
    change->owner = owner;
    change->type = "A";
    change->after = (struct rz_strings){values, 1};
    change->risk = risk;
}

static void fill(struct rz_report *report, uint32_t line)
{
    struct rz_diags diags = {0};
    rz_report_init(report, "plan", "a plan");
    struct rz_report_section *section = rz_report_add_section(report, "example.com", "ns1");
    section->path = "zones/example.com.yaml";
    add(report, section, "a", RZ_RISK_NONE);
    add(report, section, "b", RZ_RISK_NOTICE);
    add(report, section, "c", RZ_RISK_HIGH);
    add(report, section, "c", RZ_RISK_HIGH);
    rz_report_add_finding(report, section, RZ_ERROR, "policy/x")->message = "too much";
    rz_diags_add(&diags, RZ1103, (struct rz_place){.name = "zones/example.com.yaml", .line = line},
                 "`X` is no type");
    rz_diags_add(&diags, RZ5104, rz_place_named("example.com"), "no reply");
    rz_report_add_diags(report, &diags, true);
    /* Texts are borrowed; here they end with the list. */
    rz_arena_absorb(&report->arena, &diags.arena);
    rz_diags_free(&diags);
    rz_report_finish(report);
}

Test(report, counts_sorts_and_attributes)
{
    struct rz_report report;
    fill(&report, 3);
    const struct rz_report_section *section = report.sections[0];
    cr_expect_str_eq(section->changes[0]->owner, "c");
    cr_expect_str_eq(section->changes[2]->owner, "b");
    cr_expect_eq(section->risks[RZ_RISK_HIGH], 2);
    cr_expect_eq(report.kinds[RZ_CREATE], 4);
    cr_expect_eq(section->errors, 3, "%zu", section->errors);
    cr_expect_eq(report.errors, 3);
    cr_expect_eq(report.verdict, RZ_VERDICT_BAD);
    rz_report_free(&report);
}

Test(report, issues_come_gravest_first_with_stable_fingerprints)
{
    struct rz_report report;
    struct seen seen[2] = {0};
    for (int i = 0; i < 2; i++) {
        fill(&report, i ? 300 : 3);
        rz_report_each_issue(&report, see, &seen[i]);
        rz_report_free(&report);
    }
    cr_expect_str_eq(seen[0].rules,
                     "RZ1103 RZ5104 policy/x plan/high-risk plan/high-risk plan/notice ");
    for (size_t i = 0; i < seen[0].count; i++) {
        cr_expect_str_eq(seen[0].prints[i], seen[1].prints[i], "lines moved");
        cr_expect_str_eq(seen[0].files[i], "zones/example.com.yaml");
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(seen[0].prints[i], seen[0].prints[k]);
    }
}

Test(report, comments_keep_their_bound_and_say_what_is_left_out)
{
    struct rz_report report;
    struct rz_output out = {.fd = -1};
    rz_report_init(&report, "plan", "a plan");
    for (int i = 0; i < 50; i++) {
        struct rz_report_section *section = rz_report_add_section(&report, "example.com", "ns1");
        for (int k = 0; k < 200; k++)
            add(&report, section, "a-rather-long-owner-name-|`", k % 3);
    }
    rz_report_finish(&report);
    for (size_t limit = 2000; limit < 70000; limit += 977) {
        rz_buffer_reset(&out.text);
        cr_expect_not(rz_report_markdown(&out, &report, limit, "all.md"));
        cr_assert_leq(out.text.size, limit);
        cr_assert(strstr(out.text.data, "`all.md`"));
    }
    rz_buffer_reset(&out.text);
    cr_expect(rz_report_markdown(&out, &report, 0, NULL));
    cr_expect_null(strstr(out.text.data, "as long as it may be"));
    rz_buffer_free(&out.text);
    rz_report_free(&report);
}
