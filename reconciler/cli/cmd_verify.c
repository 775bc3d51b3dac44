/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify: the desired zones against their providers and their authoritative servers, now. */
#include <stdlib.h>

#include "cli/commands.h"
#include "dns/rtype.h"
#include "support/json_write.h"
#include "transact/checks.h"

struct verification {
    struct rz_cli *cli;
    struct rz_project *project;
    struct rz_buffer json;
    size_t good, different, failed;
};

/* What came of one zone at one target. */
struct outcome {
    const char *zone, *target;
    size_t rrsets, differences;
    struct rz_verify_result asked;
    struct rz_verify_report report;
    enum rz_status status;
};

static void report(struct verification *v, const struct outcome *o)
{
    const char *word = o->status == RZ_OK         ? "as the files say"
                       : o->status == RZ_CONFLICT ? "differs"
                                                  : "could not be verified";
    if (v->cli->json) {
        rz_json_comma(&v->json);
        rz_buffer_char(&v->json, '{');
        rz_report_checks_json(&v->json, &o->report);
        rz_json_int(&v->json, "differences", (int64_t)(o->differences + o->asked.failures));
        rz_json_int(&v->json, "questions", (int64_t)o->asked.questions);
        rz_json_text(&v->json, "result", word);
        rz_json_int(&v->json, "rrsets", (int64_t)o->rrsets);
        rz_report_servers_json(&v->json, &o->report);
        rz_json_int(&v->json, "servers", (int64_t)o->asked.servers);
        rz_json_text(&v->json, "target", o->target);
        rz_json_text(&v->json, "zone", o->zone);
        rz_buffer_char(&v->json, '}');
        return;
    }
    struct rz_output *out = &v->cli->out;
    rz_buffer_printf(&out->text, "%s → %s: ", o->zone, o->target);
    rz_output_tinted(out, o->status == RZ_OK ? RZ_TINT_GREEN : RZ_TINT_RED, word);
    rz_buffer_printf(&out->text, ", %zu RRsets read back", o->rrsets);
    if (o->asked.servers)
        rz_buffer_printf(&out->text, ", %zu answers from %zu server%s", o->asked.questions,
                         o->asked.servers, o->asked.servers == 1 ? "" : "s");
    rz_report_check_count(out, &o->report);
    rz_buffer_text(&out->text, "\n");
    if (v->cli->options.given[RZ_OPT_VERBOSE])
        rz_report_verification(out, &o->report);
    rz_output_pulse(out);
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
        struct rz_diff_options options = {.capabilities = provider->ops->capabilities(provider),
                                          .provider = provider,
                                          .settings = settings};
        o->status = rz_diff(&plan, desired, &live, &options);
        rz_diags_take(&v->cli->diags, &plan.diags);
        o->rrsets = live.count;
        o->differences = plan.count;
        for (size_t i = 0; i < plan.count; i++)
            report_difference(v, &plan, &plan.changes[i]);
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
        struct outcome o = {
            .zone = zone, .target = entry->rule->targets.items[i], .status = RZ_INVALID};
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

static void finish(struct verification *v)
{
    if (v->cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_text(&text, "{\"diagnostics\":");
        rz_report_diags_json(&text, &v->cli->diags);
        rz_buffer_printf(&text, ",\"different\":%zu,\"failed\":%zu,\"good\":%zu,\"zones\":%s]}\n",
                         v->different, v->failed, v->good, v->json.data);
        rz_cli_json(v->cli, &text);
        return;
    }
    rz_buffer_printf(&v->cli->out.text,
                     "Verified: %zu as the files say, %zu differ, %zu could not be verified.\n",
                     v->good, v->different, v->failed);
}

int rz_command_verify(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct verification v = {.cli = cli, .project = &project};
    struct rz_strings globs = rz_cli_globs(cli);
    int exit_code = RZ_EXIT_ERROR;
    rz_buffer_text(&v.json, "[");
    if (rz_cli_open(cli, &project, &zones, &globs)) {
        for (size_t i = 0; i < zones.count && !rz_context_cancelled(&cli->context); i++)
            verify_zone(&v, &zones.items[i]);
        finish(&v);
        exit_code = v.failed ? RZ_EXIT_ERROR : v.different ? RZ_EXIT_CHANGES : RZ_EXIT_DONE;
    }
    rz_buffer_free(&v.json);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rz_context_cancelled(&cli->context) ? RZ_EXIT_ERROR : exit_code;
}
