/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify: the desired zones against their providers and their authoritative servers, now. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/metrics.h"
#include "cli/reports.h"
#include "dns/rtype.h"
#include "journal/applied.h"
#include "support/json_write.h"
#include "transact/checks.h"

struct verification {
    struct rz_cli *cli;
    struct rz_project *project;
    struct rz_buffer json;
    struct rz_report report;
    size_t good, different, failed;
    bool printed; /* the zones' lines are on standard output */
};

/* What came of one zone at one target. */
struct outcome {
    const char *zone, *target, *path;
    size_t rrsets, differences;
    struct rz_verify_result asked;
    struct rz_verify_report report;
    enum rz_status status;
    struct rz_report_section *section;
};

static const char *word_of(const struct outcome *o)
{
    return o->status == RZ_OK         ? "as the files say"
           : o->status == RZ_CONFLICT ? "differs"
                                      : "could not be verified";
}

static void outcome_json(struct rz_buffer *json, const struct outcome *o)
{
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_verify_checks_json(json, &o->report);
    rz_json_int(json, "differences", (int64_t)(o->differences + o->asked.failures));
    rz_json_int(json, "questions", (int64_t)o->asked.questions);
    rz_json_text(json, "result", word_of(o));
    rz_json_int(json, "rrsets", (int64_t)o->rrsets);
    rz_verify_servers_json(json, &o->report, RZ_ANSWERS_KEPT);
    rz_json_int(json, "servers", (int64_t)o->asked.servers);
    rz_json_text(json, "target", o->target);
    rz_json_text(json, "zone", o->zone);
    rz_buffer_char(json, '}');
}

/* What was done to find out, behind the result. */
static void print_effort(struct rz_output *out, const struct outcome *o)
{
    rz_buffer_printf(&out->text, ", %zu RRsets read back", o->rrsets);
    if (o->asked.servers)
        rz_buffer_printf(&out->text, ", %zu answers from %zu server%s", o->asked.questions,
                         o->asked.servers, o->asked.servers == 1 ? "" : "s");
    rz_report_check_count(out, &o->report);
}

/* Text as it comes; JSON and the report at the end. */
static void report(struct verification *v, struct outcome *o)
{
    struct rz_output effort = {.fd = -1};
    print_effort(&effort, o);
    outcome_json(&v->json, o);
    if (!o->section)
        o->section = rz_report_add_section(&v->report, o->zone, o->target);
    o->section->path = o->path;
    o->section->status = rz_arena_printf(&v->report.arena, "%s%s", word_of(o), effort.text.data);
    o->section->verdict = o->status == RZ_OK         ? RZ_VERDICT_GOOD
                          : o->status == RZ_CONFLICT ? RZ_VERDICT_CHANGES
                                                     : RZ_VERDICT_BAD;
    rz_buffer_free(&effort.text);
    if (!rz_cli_is_text(v->cli))
        return;
    struct rz_output *out = &v->cli->out;
    rz_buffer_printf(&out->text, "%s → %s: ", o->zone, o->target);
    rz_output_tinted(out, o->status == RZ_OK ? RZ_TINT_GREEN : RZ_TINT_RED, word_of(o));
    print_effort(out, o);
    rz_buffer_text(&out->text, "\n");
    if (v->cli->options.given[RZ_OPT_VERBOSE])
        rz_report_verification(out, &o->report, "");
    rz_output_pulse(out);
}

/* What differs, as changes from live to the files. */
static void add_differences(struct verification *v, struct outcome *o,
                            const struct rz_zone_plan *plan)
{
    if (!rz_cli_wants_model(v->cli))
        return;
    o->section = rz_report_add_zone_plan(&v->report, plan);
    for (size_t i = 0; i < o->section->count; i++)
        o->section->changes[i]->risk = RZ_RISK_NONE; /* each has a diagnostic of its own */
}

static void report_difference(struct verification *v, const struct rz_zone_plan *plan,
                              const struct rz_plan_change *change)
{
    static const char *const what[] = {"is not there", "is not as the files say",
                                       "is there and in no file"};
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], apex[RZ_NAME_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(change->change);
    struct rz_place place = {
        .name = change->file, .line = subject->line, .column = subject->column};
    if (!change->file)
        place = rz_place_named(rz_name_text_plain(apex, plan->apex.wire));
    rz_name_text_relative(owner, subject->owner, plan->apex.wire);
    rz_diags_add(&v->cli->diags, RZ5101, place, "at %s, %s %s %s", plan->target, owner,
                 rz_rtype_text(type, subject->type), what[rz_change_kind(change->change)]);
}

/* The servers, then the checks, also where something differs: all of it is wanted at once. */
static void ask(struct verification *v, struct rz_provider *provider,
                const struct rz_zone *expected, const struct rz_zone_settings *settings,
                struct outcome *o)
{
    struct rz_verify_request request = {
        .project = v->project, .provider = provider, .expected = expected, .report = &o->report};
    enum rz_status status = RZ_OK, checked = RZ_OK;
    if (v->project->verify.dns)
        status = rz_verify_dns(&request, &o->asked, &v->cli->diags);
    if (settings->check_count)
        checked = rz_checks_run(&request, settings->checks, settings->check_count, &v->cli->diags);
    o->status = o->status != RZ_OK ? o->status : status != RZ_OK ? status : checked;
}

static void verify_target(struct verification *v, const struct rz_zone *desired,
                          const struct rz_zone_settings *settings, const char *target,
                          struct outcome *o)
{
    struct rz_provider *provider;
    struct rz_zone live, expected;
    struct rz_revision revision = {0};
    struct rz_zone_plan plan = {.apex = desired->apex, .target = target};
    o->status = rz_project_provider(v->project, target, &provider, &v->cli->diags);
    if (!provider) {
        o->status = o->status ? o->status : RZ_INVALID;
        return;
    }
    o->status = provider->ops->fetch(provider, desired->apex.wire, &live, &revision,
                                     &v->cli->diags);
    if (o->status == RZ_OK) {
        struct rz_zone applied;
        struct rz_diff_options options = {.capabilities = provider->ops->capabilities(provider),
                                          .provider = provider,
                                          .settings = settings,
                                          .project = v->project,
                                          .applied = rz_project_applied(v->project, settings,
                                                                        desired->apex.wire, target,
                                                                        &applied, &v->cli->diags)};
        o->status = rz_diff(&plan, desired, &live, &options);
        rz_zone_free(&applied);
        rz_diags_take(&v->cli->diags, &plan.diags);
        o->rrsets = live.count;
        o->differences = plan.count;
        for (size_t i = 0; i < plan.count; i++)
            report_difference(v, &plan, &plan.changes[i]);
        add_differences(v, o, &plan);
        if (o->status == RZ_OK && plan.count)
            o->status = RZ_CONFLICT;
        if ((v->project->verify.dns || settings->check_count)
            && rz_plan_merge(&expected, &live, &plan, &v->cli->diags) == RZ_OK) {
            ask(v, provider, &expected, settings, o);
            rz_zone_free(&expected);
        }
    }
    rz_zone_free(&live);
    rz_arena_free(&plan.arena);
    rz_diags_free(&plan.diags);
    free(plan.changes);
}

static void verify_zone(struct verification *v, const struct rz_zone_entry *entry)
{
    struct rz_zone desired;
    struct rz_zone_settings settings;
    char zone[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(zone, entry->apex.wire);
    bool loaded = rz_project_load_zone(v->project, entry, &desired, &settings, &v->cli->diags)
                  == RZ_OK;
    for (size_t i = 0; i < entry->rule->targets.count; i++) {
        struct outcome o = {.zone = zone,
                            .target = entry->rule->targets.items[i],
                            .path = entry->path,
                            .status = RZ_INVALID};
        if (loaded)
            verify_target(v, &desired, &settings, o.target, &o);
        v->good += o.status == RZ_OK;
        v->different += o.status == RZ_CONFLICT;
        v->failed += o.status != RZ_OK && o.status != RZ_CONFLICT;
        report(v, &o);
        rz_verify_report_free(&o.report);
    }
    rz_zone_free(&desired);
}

static void print_totals(struct rz_buffer *out, const struct verification *v)
{
    rz_buffer_printf(out, "Verified: %zu as the files say, %zu differ, %zu could not be verified",
                     v->good, v->different, v->failed);
}

static void show_own(struct rz_cli *cli, void *user)
{
    struct verification *v = user;
    struct rz_buffer *out = &cli->out.text;
    if (cli->json) {
        rz_buffer_text(out, "{\"diagnostics\":");
        rz_report_diags_json(out, &cli->diags);
        rz_buffer_printf(out, ",\"different\":%zu,\"failed\":%zu,\"good\":%zu,\"zones\":%s]}\n",
                         v->different, v->failed, v->good, v->json.data);
        rz_cli_requests_json(cli, out);
        return;
    }
    for (size_t i = 0; i < v->report.count && !v->printed; i++)
        rz_buffer_printf(out, "%s → %s: %s\n", v->report.sections[i]->name,
                         v->report.sections[i]->target, v->report.sections[i]->status);
    v->printed = false; /* only to the first output */
    print_totals(out, v);
    rz_buffer_text(out, ".\n");
}

static void finish(struct verification *v)
{
    RZ_BUFFER_CLEANUP struct rz_buffer totals = {0};
    struct rz_report *report = &v->report;
    print_totals(&totals, v);
    report->summary = rz_arena_str(&report->arena, rz_buffer_view(&totals)).data;
    report->verdict = v->failed      ? RZ_VERDICT_BAD
                      : v->different ? RZ_VERDICT_CHANGES
                                     : RZ_VERDICT_GOOD;
    rz_report_add_diags(report, &v->cli->diags, true);
    rz_report_finish(report);
    v->printed = rz_cli_is_text(v->cli);
    rz_cli_report(v->cli, report, show_own, v);
}

int rz_command_verify(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct verification v = {.cli = cli, .project = &project};
    struct rz_strings globs = rz_cli_globs(cli);
    int exit_code = RZ_EXIT_ERROR;
    rz_buffer_text(&v.json, "[");
    rz_cli_report_init(cli, &v.report, "verify", "DNS verification");
    if (rz_cli_open(cli, &project, &zones, &globs)) {
        for (size_t i = 0; i < zones.count && !rz_context_cancelled(&cli->context); i++)
            verify_zone(&v, &zones.items[i]);
        finish(&v);
        exit_code = v.failed ? RZ_EXIT_ERROR : v.different ? RZ_EXIT_CHANGES : RZ_EXIT_DONE;
    }
    rz_buffer_free(&v.json);
    rz_report_free(&v.report);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rz_context_cancelled(&cli->context) ? RZ_EXIT_ERROR : exit_code;
}
