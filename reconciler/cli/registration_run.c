/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an edit of registrations to a run. */
#include "cli/registration_run.h"

#include <stdlib.h>

#include "cli/record.h"
#include "cli/run_plan.h"
#include "registration.h"
#include "support/alloc.h"
#include "support/json_write.h"

void rz_registration_change(struct rz_zone_plan *plan, const struct rz_zone *live,
                            const uint8_t *owner, uint16_t type,
                            const struct rz_registration_record *records, size_t count)
{
    struct rz_zone made;
    struct rz_diags unseen = {0};
    const struct rz_rrset *before = rz_zone_find(live, owner, type);
    rz_zone_init(&made, plan->apex.wire);
    for (size_t i = 0; i < count; i++)
        rz_zone_add(&made, owner, type, RZ_REGISTRATION_TTL,
                    (struct rz_rdata){records[i].wire, records[i].size},
                    (struct rz_record_origin){0});
    rz_zone_finish(&made, RZ_ZONE_LIVE, &unseen);
    const struct rz_rrset *after = rz_zone_find(&made, owner, type);
    if ((before || after) && !(before && after && rz_rrset_equal(before, after)))
        rz_zone_plan_add(plan, before, after);
    rz_zone_free(&made);
    rz_diags_free(&unseen);
}

static void finish_plan(struct rz_zone_plan *zone, const struct rz_zone *live,
                        struct rz_diags *diags)
{
    struct rz_zone after;
    if (rz_plan_merge(&after, live, zone, diags) == RZ_OK) {
        zone->desired_rrsets = after.count;
        zone->desired_fingerprint = after.fingerprint;
    }
    rz_zone_free(&after);
    zone->live_rrsets = live->count;
    zone->live_fingerprint = live->fingerprint;
}

/* A JSON result for a registration that is as asked for already. */
static void report_unchanged(struct rz_cli *cli, struct rz_buffer *json,
                             const struct rz_registration_edit *edit,
                             const struct rz_zone_plan *zone, const struct rz_zone *live)
{
    char name[RZ_NAME_TEXT_MAX];
    const struct rz_rrset *rrset = rz_zone_find(live, edit->owner ? edit->owner : live->apex.wire,
                                                edit->type);
    rz_name_text_plain(name, zone->apex.wire);
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text, "%s: nothing to change\n", name);
        return;
    }
    struct rz_record_envelope head = {.success = true,
                                      .operation = edit->operation,
                                      .domain = name,
                                      .provider = zone->target,
                                      .type = edit->type};
    rz_record_envelope_begin(json, &head, cli->context.now(cli->context.user));
    rz_record_rrset_json(json, "before", rrset, zone->apex.wire);
    rz_record_rrset_json(json, "after", rrset, zone->apex.wire);
    rz_json_bool(json, "verified", true);
    rz_record_envelope_end(json, &head);
    rz_buffer_text(json, "}\n");
}

/* As asked for already, but perhaps by a run that was killed and is to be mended first. */
static enum rz_status check_settled(struct rz_domain_command *command, const char *name,
                                    const char *target)
{
    struct rz_journal *journal;
    struct rz_cli *cli = command->cli;
    enum rz_status status = rz_journal_open(&journal, command->project.state, &cli->context,
                                            &cli->diags);
    if (status == RZ_OK)
        status = rz_journal_settled(journal, name, target, &cli->diags);
    rz_journal_close(journal);
    return status;
}

static enum rz_status plan_one(struct rz_domain_command *command, const char *name,
                               const struct rz_registration_edit *edit, struct rz_plan *plan,
                               struct rz_buffer *json)
{
    struct rz_cli *cli = command->cli;
    struct rz_zone live;
    struct rz_provider *view;
    const char *why;
    struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
    zone->target = rz_arena_printf(&zone->arena, "%s%s", command->provider->name,
                                   RZ_REGISTRATION_SUFFIX);
    enum rz_status status = rz_name_parse(&zone->apex, rz_str_of(name), NULL, &why);
    if (status == RZ_OK)
        status = rz_project_provider(&command->project, zone->target, &view, &cli->diags);
    if (status == RZ_OK) {
        status = view->ops->fetch(view, zone->apex.wire, &live, &zone->revision, &cli->diags);
        if (status == RZ_OK)
            status = edit->fill(edit->user, zone, &live);
        if (status == RZ_OK)
            finish_plan(zone, &live, &cli->diags);
        if (status == RZ_OK && !zone->count)
            status = check_settled(command, name, zone->target);
        if (status == RZ_OK && !zone->count)
            report_unchanged(cli, json, edit, zone, &live);
        rz_zone_free(&live);
    }
    if (status != RZ_OK || !zone->count) {
        plan->unchanged += status == RZ_OK;
        rz_zone_plan_free(zone);
        return status;
    }
    plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
    plan->zones[plan->count++] = zone;
    plan->has_changes = true;
    return RZ_OK;
}

static int carry_out(struct rz_domain_command *command, const struct rz_registration_edit *edit,
                     struct rz_plan *plan, struct rz_buffer *json)
{
    struct rz_cli *cli = command->cli;
    struct rz_run_result result;
    enum rz_status status = rz_cli_transact(cli, &command->project, plan, edit->command, NULL,
                                            &result);
    int exit_code = status == RZ_OK ? rz_run_result_exit(&result) : rz_cli_exit(status);
    if (status == RZ_OK && cli->json)
        rz_record_changes_json(cli, json, edit->operation, edit->type, plan, &result);
    else if (status == RZ_OK)
        rz_report_run(&cli->out, &result);
    rz_run_result_free(&result);
    return exit_code;
}

int rz_registration_run(struct rz_domain_command *command, const struct rz_strings *names,
                        const struct rz_registration_edit *edit)
{
    struct rz_cli *cli = command->cli;
    struct rz_plan plan = {0};
    enum rz_status status = RZ_OK;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_plan_name(&plan, &cli->context);
    plan.expires = plan.created + 3600;
    for (size_t i = 0; i < names->count; i++) {
        enum rz_status one = plan_one(command, names->items[i], edit, &plan, &json);
        status = status == RZ_OK ? one : status;
    }
    int exit_code = rz_cli_exit(status);
    bool dry = cli->options.given[RZ_OPT_DRY_RUN];
    if (status == RZ_OK && plan.has_changes)
        rz_cli_show_plan(cli, &plan);
    if (status == RZ_OK && plan.has_changes && dry && cli->json)
        rz_record_changes_json(cli, &json, edit->operation, edit->type, &plan, NULL);
    else if (status == RZ_OK && plan.has_changes && !dry)
        exit_code = rz_cli_ask(cli, edit->question) ? carry_out(command, edit, &plan, &json)
                                                    : RZ_EXIT_ERROR;
    if (cli->json && json.size)
        rz_cli_json(cli, &json);
    rz_plan_free(&plan);
    return exit_code;
}

int rz_registration_end(struct rz_cli *cli, const struct rz_registration_edit *edit, int exit_code)
{
    if (exit_code != RZ_EXIT_DONE)
        rz_record_failure_json(cli, edit->operation, cli->arguments[0], edit->type);
    return exit_code;
}
