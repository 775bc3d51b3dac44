/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zone list, zone create, zone delete: one-zone plans through the same pipeline as apply. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/plan_files.h"
#include "cli/run_plan.h"
#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/json_write.h"

static const char *const formats[] = {"native", "octodns", "zonefile"};

static void list_entry(struct rz_cli *cli, struct rz_buffer *json,
                       const struct rz_zone_entry *entry)
{
    char zone[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(zone, entry->apex.wire);
    const struct rz_strings *targets = &entry->rule->targets;
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text, "%s  %s  (%s) →", zone, entry->path,
                         formats[entry->format]);
        for (size_t i = 0; i < targets->count; i++)
            rz_buffer_printf(&cli->out.text, " %s", targets->items[i]);
        rz_buffer_text(&cli->out.text, "\n");
        rz_output_pulse(&cli->out);
        return;
    }
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_text(json, "format", formats[entry->format]);
    rz_json_text(json, "path", entry->path);
    rz_json_key(json, "targets");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < targets->count; i++) {
        rz_json_comma(json);
        rz_json_string(json, rz_str_of(targets->items[i]));
    }
    rz_buffer_char(json, ']');
    rz_json_text(json, "zone", zone);
    rz_buffer_char(json, '}');
}

static bool is_in_project(const struct rz_zone_list *zones, const uint8_t *apex)
{
    for (size_t i = 0; i < zones->count; i++)
        if (rz_name_equal(zones->items[i].apex.wire, apex))
            return true;
    return false;
}

static bool is_wanted(const struct rz_strings *globs, const char *zone)
{
    for (size_t i = 0; i < globs->count; i++)
        if (rz_str_glob(globs->items[i], zone))
            return true;
    return globs->count == 0;
}

static enum rz_status list_live(struct rz_cli *cli, struct rz_project *project,
                                const struct rz_zone_list *zones, struct rz_buffer *json)
{
    struct rz_provider *provider;
    struct rz_name_list names = {0};
    char zone[RZ_NAME_TEXT_MAX];
    const char *target = cli->options.last[RZ_OPT_PROVIDER];
    enum rz_status status = rz_project_provider(project, target, &provider, &cli->diags);
    if (status == RZ_OK)
        status = provider->ops->list_zones
                     ? provider->ops->list_zones(provider, &names, &cli->diags)
                     : RZ_UNSUPPORTED;
    if (status == RZ_UNSUPPORTED)
        rz_diags_add(&cli->diags, RZ5007, rz_place_named(target),
                     "this provider cannot list its zones");
    for (size_t i = 0; status == RZ_OK && i < names.count; i++) {
        rz_name_text_plain(zone, names.items[i].wire);
        bool managed = is_in_project(zones, names.items[i].wire);
        if (!is_wanted(&cli->options.all[RZ_OPT_ZONE], zone))
            continue;
        if (cli->json) {
            rz_json_comma(json);
            rz_buffer_char(json, '{');
            rz_json_bool(json, "managed", managed);
            rz_json_text(json, "zone", zone);
            rz_buffer_char(json, '}');
        } else {
            rz_buffer_printf(&cli->out.text, "%s  %s\n", zone,
                             managed ? "in the project" : "in no file");
        }
    }
    free(names.items);
    return status;
}

int rz_command_zone_list(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    enum rz_status status = RZ_INVALID;
    bool live = cli->options.given[RZ_OPT_PROVIDER];
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_text(&json, "[");
    if (rz_cli_open(cli, &project, &zones, live ? NULL : &cli->options.all[RZ_OPT_ZONE])) {
        status = RZ_OK;
        if (live)
            status = list_live(cli, &project, &zones, &json);
        for (size_t i = 0; !live && i < zones.count; i++)
            list_entry(cli, &json, &zones.items[i]);
    }
    if (status == RZ_OK && cli->json) {
        rz_buffer_text(&json, "]\n");
        rz_cli_json(cli, &json);
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

/* Keeps SOA and apex NS of a zone plan, which is all that a new zone starts with. */
static void keep_apex(struct rz_zone_plan *zone)
{
    size_t kept = 0;
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *subject = rz_change_subject(zone->changes[i].change);
        if (rz_name_equal(subject->owner, zone->apex.wire)
            && (subject->type == RZ_TYPE_SOA || subject->type == RZ_TYPE_NS))
            zone->changes[kept++] = zone->changes[i];
    }
    zone->count = zone->creates = kept;
}

/* Only zones that do not exist stay in the plan. */
static void keep_missing(struct rz_plan *plan)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->zones[i]->create_zone) {
            rz_zone_plan_free(plan->zones[i]);
            continue;
        }
        keep_apex(plan->zones[i]);
        plan->zones[kept++] = plan->zones[i];
    }
    plan->count = kept;
    plan->has_changes = kept > 0;
}

static int confirm_and_run(struct rz_cli *cli, struct rz_project *project, struct rz_plan *plan,
                           const char *question, const char *command)
{
    rz_cli_show_plan(cli, plan);
    if (!plan->has_changes)
        return RZ_EXIT_DONE;
    if (!rz_cli_may_begin(cli, project, plan))
        return RZ_EXIT_REFUSED;
    if (!rz_cli_ask(cli, question))
        return RZ_EXIT_ERROR;
    return rz_cli_run_plan(cli, project, plan, command, NULL);
}

int rz_command_zone_create(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_plan plan = {0};
    int exit_code = RZ_EXIT_ERROR;
    struct rz_strings globs = rz_cli_globs(cli);
    if (rz_cli_open(cli, &project, &zones, &globs)
        && rz_cli_plan(cli, &plan, &project, &zones) == RZ_OK) {
        keep_missing(&plan);
        exit_code = confirm_and_run(cli, &project, &plan, "Create the zone?", "zone create");
    }
    rz_plan_free(&plan);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return exit_code;
}

/* A plan that deletes the zone and every RRset in it. */
static enum rz_status plan_deletion(struct rz_cli *cli, struct rz_project *project,
                                    struct rz_plan *plan)
{
    struct rz_name apex;
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_provider *provider;
    const char *why, *target = cli->options.last[RZ_OPT_PROVIDER];
    if (!target || rz_name_parse(&apex, rz_str_of(cli->arguments[0]), NULL, &why) != RZ_OK) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, rz_place_named(cli->arguments[0]),
                                            "%s", target ? why : "from which provider is not said");
        rz_diag_hint(&cli->diags, diag, "rezone zone delete ZONE --provider NAME");
        return RZ_INVALID;
    }
    enum rz_status status = rz_project_provider(project, target, &provider, &cli->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->fetch(provider, apex.wire, &live, &revision, &cli->diags);
    if (status == RZ_OK && !revision.exists) {
        rz_diags_add(&cli->diags, RZ5007, rz_place_named(cli->arguments[0]), "%s has no such zone",
                     target);
        status = RZ_NOT_FOUND;
    }
    if (status == RZ_OK) {
        struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
        rz_plan_name(plan, &cli->context);
        *zone = (struct rz_zone_plan){.apex = apex,
                                      .target = target,
                                      .delete_zone = true,
                                      .revision = revision,
                                      .live_fingerprint = live.fingerprint,
                                      .live_rrsets = live.count};
        for (size_t i = 0; i < live.count; i++)
            rz_zone_plan_add(zone, &live.rrsets[i], NULL);
        plan->zones = rz_grow(plan->zones, &plan->capacity, 1, sizeof *plan->zones);
        plan->zones[plan->count++] = zone;
        plan->has_changes = true;
    }
    rz_zone_free(&live);
    return status;
}

int rz_command_zone_delete(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_plan plan = {0};
    int exit_code = RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL) && plan_deletion(cli, &project, &plan) == RZ_OK)
        exit_code = confirm_and_run(cli, &project, &plan, "Delete the zone with all its records?",
                                    "zone delete");
    rz_plan_free(&plan);
    rz_project_free(&project);
    return exit_code;
}
