/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forward list, forward check: the rules of resolvers, and the servers that they name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "dns/forward.h"
#include "dns/rtype.h"
#include "forwarding.h"
#include "support/json_write.h"

#define DAY 86400
#define WARN_DAYS 14

/* A command over all rules of the zones asked for. */
struct rules {
    struct rz_cli *cli;
    struct rz_project *project;
    struct rz_buffer json;
    struct rz_provider *provider; /* of the rule at hand */
    const struct rz_zone *zone;
    size_t count, bad;
    enum rz_status status;
    void (*rule)(struct rules *rules, const struct rz_rrset *rule);
};

static void begin_entry(struct rules *rules)
{
    rz_json_comma(&rules->json);
    rz_buffer_char(&rules->json, '{');
}

static void list_rule(struct rules *rules, const struct rz_rrset *rule)
{
    char name[RZ_NAME_TEXT_MAX], zone[RZ_NAME_TEXT_MAX];
    struct rz_buffer *out = &rules->cli->out.text;
    rz_name_text_plain(name, rule->owner);
    rules->count++;
    begin_entry(rules);
    rz_json_text(&rules->json, "name", name);
    rz_json_text(&rules->json, "resolver", rules->provider->name);
    rz_json_key(&rules->json, "targets");
    rz_buffer_char(&rules->json, '[');
    if (!rules->cli->json)
        rz_buffer_printf(out, "%s at %s", name, rules->provider->name);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_rdata_print(&text, rule->type, c.wire, c.size);
        rz_json_comma(&rules->json);
        rz_json_string(&rules->json, rz_buffer_view(&text));
        if (!rules->cli->json)
            rz_buffer_printf(out, "\n    %s", text.data);
    }
    rz_buffer_char(&rules->json, ']');
    rz_json_text(&rules->json, "zone", rz_name_text_plain(zone, rules->zone->apex.wire));
    rz_buffer_char(&rules->json, '}');
    if (!rules->cli->json)
        rz_buffer_char(out, '\n');
    rz_output_pulse(&rules->cli->out);
}

static void complain(struct rules *rules, const struct rz_rrset *rule, const char *address,
                     const struct rz_target_answer *answer)
{
    char name[RZ_NAME_TEXT_MAX];
    rules->bad++;
    rz_diags_add(&rules->cli->diags, RZ6110, rz_zone_place(rules->zone, rule),
                 "%s, to which %s forwards %s: %s", address, rules->provider->name,
                 rz_name_text_plain(name, rule->owner), rz_buffer_view(&answer->said).data);
}

static void report_target(struct rules *rules, const struct rz_rrset *rule,
                          const struct rz_forward *target, const struct rz_target_answer *answer)
{
    char name[RZ_NAME_TEXT_MAX], address[RZ_FORWARD_ADDRESS_MAX];
    struct rz_context *context = &rules->cli->context;
    int64_t days = answer->not_after ? (answer->not_after - context->now(context->user)) / DAY : -1;
    rz_name_text_plain(name, rule->owner);
    rz_forward_address(address, target);
    begin_entry(rules);
    rz_json_text(&rules->json, "address", address);
    rz_json_key(&rules->json, "days_left");
    rz_buffer_printf(&rules->json, answer->not_after ? "%" PRId64 : "null", days);
    rz_json_bool(&rules->json, "good", answer->good);
    rz_json_int(&rules->json, "milliseconds", answer->milliseconds);
    rz_json_text(&rules->json, "name", name);
    rz_json_int(&rules->json, "port", target->port);
    rz_json_text(&rules->json, "resolver", rules->provider->name);
    rz_json_text(&rules->json, "said", rz_buffer_view(&answer->said).data);
    rz_buffer_char(&rules->json, '}');
    if (!answer->good)
        complain(rules, rule, address, answer);
    if (rules->cli->json)
        return;
    struct rz_output *out = &rules->cli->out;
    rz_buffer_printf(&out->text, "%s → %s port %u: ", name, address, target->port);
    rz_output_tinted(out, answer->good ? RZ_TINT_GREEN : RZ_TINT_RED,
                     rz_buffer_view(&answer->said).data);
    rz_buffer_printf(&out->text, ", %" PRId64 " ms", answer->milliseconds);
    if (answer->not_after) {
        char left[40];
        snprintf(left, sizeof left, "%" PRId64 " more days", days);
        rz_buffer_text(&out->text, ", certificate for ");
        rz_output_tinted(out, days < WARN_DAYS ? RZ_TINT_YELLOW : RZ_TINT_NONE, left);
    }
    rz_buffer_char(&out->text, '\n');
    rz_output_pulse(out);
}

static void check_rule(struct rules *rules, const struct rz_rrset *rule)
{
    struct rz_forward target;
    rules->count++;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&target, c.wire, c.size) || target.family == 0
            || rz_context_cancelled(&rules->cli->context))
            continue;
        struct rz_target_answer answer = {0};
        rules->provider->ops->forwarding->ask_target(rules->provider, rule->owner, &target,
                                                     &answer);
        report_target(rules, rule, &target, &answer);
        rz_buffer_free(&answer.said);
    }
}

static void visit_rules(struct rules *rules, const struct rz_zone *zone)
{
    rules->zone = zone;
    for (size_t i = 0; i < zone->count; i++)
        if (zone->rrsets[i].type == RZ_TYPE_FORWARD)
            rules->rule(rules, &zone->rrsets[i]);
}

static void visit_live(struct rules *rules, const struct rz_zone_entry *entry)
{
    struct rz_zone zone;
    struct rz_revision revision = {0};
    enum rz_status status = rules->provider->ops->fetch(rules->provider, entry->apex.wire, &zone,
                                                        &revision, &rules->cli->diags);
    if (status == RZ_OK)
        visit_rules(rules, &zone);
    else
        rules->status = status;
    rz_zone_free(&zone);
}

static void visit_desired(struct rules *rules, const struct rz_zone_entry *entry)
{
    struct rz_zone zone;
    struct rz_zone_settings settings;
    enum rz_status status = rz_project_load_zone(rules->project, entry, &zone, &settings,
                                                 &rules->cli->diags);
    if (status == RZ_OK)
        visit_rules(rules, &zone);
    else
        rules->status = status;
    rz_zone_free(&zone);
}

/* Each zone at each resolver that it goes to. */
static void visit_zones(struct rules *rules, const struct rz_zone_list *zones,
                        void (*visit)(struct rules *rules, const struct rz_zone_entry *entry))
{
    for (size_t i = 0; i < zones->count; i++)
        for (size_t k = 0; k < zones->items[i].rule->targets.count; k++) {
            const char *name = zones->items[i].rule->targets.items[k];
            enum rz_status status = rz_project_provider(rules->project, name, &rules->provider,
                                                        &rules->cli->diags);
            if (status != RZ_OK)
                rules->status = status;
            else if (rules->provider->ops->forwarding)
                visit(rules, &zones->items[i]);
        }
}

static void finish(struct rules *rules, const char *key)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!rules->cli->json) {
        if (rules->count == 0)
            rz_buffer_text(&rules->cli->out.text, "No forwarding rules.\n");
        return;
    }
    rz_buffer_text(&text, "{\"diagnostics\":");
    rz_report_diags_json(&text, &rules->cli->diags);
    rz_buffer_printf(&text, ",\"%s\":%s]}\n", key, rules->json.data);
    rz_cli_json(rules->cli, &text);
}

static int run(struct rz_cli *cli, struct rules *rules, const char *key,
               void (*visit)(struct rules *rules, const struct rz_zone_entry *entry))
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_strings globs = rz_cli_globs(cli);
    rules->cli = cli;
    rules->project = &project;
    rules->status = RZ_INVALID;
    rz_buffer_char(&rules->json, '[');
    if (rz_cli_open(cli, &project, &zones, &globs)) {
        rules->status = RZ_OK;
        visit_zones(rules, &zones, visit);
        finish(rules, key);
    }
    rz_buffer_free(&rules->json);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rules->status != RZ_OK ? rz_cli_exit(rules->status)
           : rules->bad           ? RZ_EXIT_CHANGES
                                  : RZ_EXIT_DONE;
}

int rz_command_forward_list(struct rz_cli *cli)
{
    struct rules rules = {.rule = list_rule};
    return run(cli, &rules, "rules", visit_live);
}

int rz_command_forward_check(struct rz_cli *cli)
{
    struct rules rules = {.rule = check_rule};
    return run(cli, &rules, "targets", visit_desired);
}
