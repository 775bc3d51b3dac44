/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec rollover plan: the timetable of an exchange of keys, with the TTLs that there are. */
#include "cli/commands.h"
#include "delegation/parent.h"
#include "dns/rtype.h"
#include "dnssec/rollover.h"
#include "support/json_write.h"

#define PROPAGATION 300 /* seconds; until secondaries that are not looked at have a change */
#define PARENT_PROPAGATION 3600
#define REGISTRATION 3600
#define MARGIN 3600
#define DS_TTL 86400 /* where the parent does not say */

struct rollover_plan {
    struct rz_cli *cli;
    const char *zone, *target;
    struct rz_name apex;
    enum rz_rollover_kind kind;
    struct rz_rollover_times times;
    bool ds_known;
    bool csk; /* one key signs everything */
};

static enum rz_status refuse(const struct rollover_plan *plan, const char *why, const char *hint)
{
    struct rz_diags *diags = &plan->cli->diags;
    struct rz_diag *diag = rz_diags_add(diags, RZ6055, rz_place_named(plan->zone), "%s", why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_INVALID;
}

/* ---- what is there */

static void read_ttls(struct rollover_plan *plan, const struct rz_zone *zone)
{
    const struct rz_rrset *keys = rz_zone_find(zone, plan->apex.wire, RZ_TYPE_DNSKEY);
    const struct rz_rrset *soa = rz_zone_find(zone, plan->apex.wire, RZ_TYPE_SOA);
    for (size_t i = 0; i < zone->count; i++)
        if (zone->rrsets[i].ttl > plan->times.data_ttl)
            plan->times.data_ttl = zone->rrsets[i].ttl;
    plan->times.keys_ttl = keys ? keys->ttl : soa ? soa->ttl : plan->times.data_ttl;
}

static enum rz_status check_keys(struct rollover_plan *plan, const struct rz_zone *zone)
{
    const struct rz_rrset *held = rz_zone_find(zone, plan->apex.wire, RZ_TYPE_DNSSECKEY);
    struct rz_signing_key key;
    if (!held && !rz_zone_find(zone, plan->apex.wire, RZ_TYPE_DNSKEY))
        return refuse(plan, "the zone is not signed: there is no key to exchange",
                      "`dnssec:` in its file signs it");
    if (held)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(held); rz_rdata_next(&c);)
            plan->csk |= rz_signing_key_from_wire(&key, c.wire, c.size)
                         && key.state == RZ_KEY_ACTIVE && key.role == RZ_KEY_CSK;
    if (plan->csk && plan->kind != RZ_ROLLOVER_ALGORITHM)
        return refuse(plan,
                      "one key (CSK) signs the keys and the records: it has no KSK or ZSK apart",
                      "--kind algorithm has the steps for it, also to a key of the same algorithm");
    return RZ_OK;
}

static enum rz_status read_live(struct rollover_plan *plan, struct rz_project *project)
{
    struct rz_zone_list zones;
    struct rz_provider *provider;
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_diags *diags = &plan->cli->diags;
    struct rz_strings globs = {.items = &plan->zone, .count = 1};
    zones = (struct rz_zone_list){0};
    enum rz_status status = rz_project_zones(project, &globs, &zones, diags);
    if (status == RZ_OK) {
        plan->target = zones.items[0].rule->targets.items[0];
        status = rz_project_provider(project, plan->target, &provider, diags);
    }
    rz_zone_list_free(&zones);
    if (status != RZ_OK)
        return status;
    status = provider->ops->fetch(provider, plan->apex.wire, &live, &revision, diags);
    if (status == RZ_OK)
        status = check_keys(plan, &live);
    if (status == RZ_OK)
        read_ttls(plan, &live);
    rz_zone_free(&live);
    return status;
}

static enum rz_status read_parent(struct rollover_plan *plan, const struct rz_project *project)
{
    struct rz_cli *cli = plan->cli;
    struct rz_lookup lookup;
    struct rz_delegation delegation = {0};
    const char *why = NULL;
    bool given = cli->options.given[RZ_OPT_PARENT];
    const struct rz_strings *parents = given ? &cli->options.all[RZ_OPT_PARENT]
                                             : &project->verify.parents;
    plan->times.ds_ttl = DS_TTL;
    enum rz_status status = rz_lookup_init(&lookup, &cli->context, &project->verify.resolvers,
                                           parents, &cli->diags);
    if (status != RZ_OK)
        return status;
    if (rz_delegation_read(&delegation, &lookup, plan->apex.wire, &why) == RZ_OK && delegation.ds) {
        plan->times.ds_ttl = delegation.ds->ttl;
        plan->ds_known = true;
    }
    rz_delegation_free(&delegation);
    return rz_context_cancelled(&cli->context) ? RZ_CANCELLED : RZ_OK;
}

/* ---- how it is shown */

static void put_wait(struct rz_buffer *out, const struct rollover_plan *plan,
                     const struct rz_rollover_step *step)
{
    static const char *const of[] = {
        [RZ_WAIT_KEYS] = "DNSKEY TTL", [RZ_WAIT_DATA] = "largest TTL", [RZ_WAIT_DS] = "DS TTL"};
    const struct rz_rollover_times *times = &plan->times;
    uint32_t ttl = step->wait == RZ_WAIT_KEYS   ? times->keys_ttl
                   : step->wait == RZ_WAIT_DATA ? times->data_ttl
                                                : times->ds_ttl;
    if (step->at_parent)
        rz_buffer_pad(out, ' ', 23), rz_buffer_text(out, "until the parent's servers have it\n");
    if (step->wait == RZ_WAIT_NOTHING)
        return;
    rz_buffer_pad(out, ' ', 23);
    rz_buffer_text(out, "then ");
    rz_duration_print(out, (uint64_t)rz_rollover_wait_time(step, times));
    rz_buffer_printf(out, ": %s ", of[step->wait]);
    rz_duration_print(out, ttl);
    rz_buffer_text(out, ", propagation ");
    rz_duration_print(out,
                      step->wait == RZ_WAIT_DS ? times->parent_propagation : times->propagation);
    if (times->margin) {
        rz_buffer_text(out, ", margin ");
        rz_duration_print(out, times->margin);
    }
    rz_buffer_char(out, '\n');
}

static void report_text(const struct rollover_plan *plan, const int64_t *at, int64_t end)
{
    size_t count;
    char time[RZ_TIME_TEXT_MAX];
    const struct rz_rollover_step *steps = rz_rollover_steps(plan->kind, &count);
    struct rz_buffer *out = &plan->cli->out.text;
    rz_buffer_printf(out, "%s at %s: %s, %zu steps\n", plan->zone, plan->target,
                     rz_rollover_kinds[plan->kind], count);
    for (size_t i = 0; i < count; i++) {
        rz_buffer_printf(out, "  %s  %s: %s\n", rz_time_text(time, at[i]), steps[i].name,
                         steps[i].text);
        put_wait(out, plan, &steps[i]);
    }
    rz_buffer_printf(out, "  %s  end\n", rz_time_text(time, end));
    if (!plan->ds_known && plan->kind != RZ_ROLLOVER_ZSK)
        rz_buffer_text(out, "The parent has no DS, or did not say: its TTL is taken for a day.\n");
}

static void steps_json(struct rz_buffer *json, const struct rollover_plan *plan, const int64_t *at)
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(plan->kind, &count);
    rz_json_key(json, "steps");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < count; i++) {
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_time(json, "at", at[i]);
        rz_json_bool(json, "at_parent", steps[i].at_parent);
        rz_json_text(json, "name", steps[i].name);
        rz_json_text(json, "text", steps[i].text);
        rz_json_int(json, "wait", rz_rollover_wait_time(&steps[i], &plan->times));
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void report_json(const struct rollover_plan *plan, const int64_t *at, int64_t end)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_int(&json, "data_ttl", plan->times.data_ttl);
    rz_json_int(&json, "dnskey_ttl", plan->times.keys_ttl);
    rz_json_bool(&json, "ds_known", plan->ds_known);
    rz_json_int(&json, "ds_ttl", plan->times.ds_ttl);
    rz_json_time(&json, "end", end);
    rz_json_text(&json, "kind", rz_rollover_kinds[plan->kind]);
    steps_json(&json, plan, at);
    rz_json_text(&json, "target", plan->target);
    rz_json_text(&json, "zone", plan->zone);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(plan->cli, &json);
}

static bool read_arguments(struct rollover_plan *plan)
{
    struct rz_cli *cli = plan->cli;
    const char *why, *kind = cli->options.last[RZ_OPT_KIND];
    plan->zone = cli->arguments[0];
    if (rz_name_parse(&plan->apex, rz_str_of(plan->zone), NULL, &why) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "not the name of a zone: %s: %s",
                     plan->zone, why);
        return false;
    }
    for (int i = 0; i < RZ_ROLLOVER_KINDS; i++)
        if (kind && strcmp(kind, rz_rollover_kinds[i]) == 0) {
            plan->kind = (enum rz_rollover_kind)i;
            return true;
        }
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        kind ? "--kind takes no %s" : "--kind is missing%s",
                                        kind ? kind : "");
    rz_diag_hint(&cli->diags, diag, "zsk, ksk, ksk-double-ds or algorithm");
    return false;
}

int rz_command_dnssec_rollover_plan(struct rz_cli *cli)
{
    struct rz_project project;
    struct rollover_plan plan = {.cli = cli};
    int64_t at[RZ_ROLLOVER_STEPS_MAX];
    if (!read_arguments(&plan))
        return RZ_EXIT_ERROR;
    plan.times = (struct rz_rollover_times){
        .propagation = PROPAGATION,
        .parent_propagation = PARENT_PROPAGATION,
        .registration = REGISTRATION,
        .margin = cli->options.given[RZ_OPT_EMERGENCY] ? 0 : MARGIN};
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        status = read_live(&plan, &project);
        if (status == RZ_OK)
            status = read_parent(&plan, &project);
    }
    if (status == RZ_OK) {
        int64_t now = cli->context.now(cli->context.user);
        int64_t end = rz_rollover_timetable(plan.kind, &plan.times, now, at);
        (cli->json ? report_json : report_text)(&plan, at, end);
    }
    rz_project_free(&project);
    return rz_cli_exit(status);
}
