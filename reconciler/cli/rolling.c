/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A roll-over step by step. Each step that changes keys or a DS is a run of its own, with all that belongs to
 * one; the journal's row is written before and after, so that a killed step is taken up again. */
#include "cli/rolling.h"

#include <stdlib.h>

#include "cli/run_plan.h"
#include "delegation/parent.h"
#include "dns/rtype.h"
#include "report/report.h"
#include "support/alloc.h"
#include "transact/servers.h"
#include "transport/dns_probe.h"

#define ASK_MS 3000
#define DS_TTL 86400 /* where the parent does not say */
#define REGISTRATION 3600

enum rz_status rz_rolling_refuse(struct rz_rolling *r, const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&r->cli->diags, RZ6010, rz_place_named(r->name), "%s",
                                        what);
    rz_diag_hint(&r->cli->diags, diag, "%s", hint);
    return RZ_INVALID;
}

static bool find_entry(struct rz_rolling *r, const char *name)
{
    struct rz_name apex;
    const char *why;
    if (rz_name_parse(&apex, rz_str_of(name), NULL, &why) != RZ_OK)
        return false;
    rz_name_text_plain(r->name, apex.wire);
    for (size_t i = 0; i < r->zones->count; i++)
        if (rz_name_equal(r->zones->items[i].apex.wire, apex.wire))
            r->entry = &r->zones->items[i];
    return r->entry != NULL;
}

/* The target that has the zone's keys. */
static enum rz_status find_target(struct rz_rolling *r)
{
    const struct rz_strings *targets = &r->entry->rule->targets;
    enum rz_status status = RZ_OK;
    for (size_t i = 0; status == RZ_OK && i < targets->count && !r->target; i++) {
        status = rz_project_provider(r->project, targets->items[i], &r->provider, &r->cli->diags);
        if (status == RZ_OK && r->provider->ops->dnssec
            && r->provider->ops->capabilities(r->provider)->signs)
            r->target = targets->items[i];
    }
    return status;
}

enum rz_status rz_rolling_open_any(struct rz_rolling *r, struct rz_cli *cli,
                                   struct rz_project *project, const struct rz_zone_list *zones,
                                   const char *name)
{
    *r = (struct rz_rolling){
        .cli = cli, .project = project, .zones = zones, .command = cli->command->name};
    snprintf(r->name, sizeof r->name, "%.255s", name);
    if (!find_entry(r, name))
        return rz_rolling_refuse(r, "no zone of this project has the name",
                                 "`rezone zone list` shows them");
    enum rz_status status = find_target(r);
    if (status != RZ_OK)
        return status;
    if (!r->target)
        return rz_rolling_refuse(r, "it goes to no provider whose keys rezone can change",
                                 "keys of other servers are rolled by their own means");
    status = rz_project_load_zone(project, r->entry, &r->desired, &r->settings, &cli->diags);
    if (status == RZ_OK)
        status = r->provider->ops->fetch(r->provider, r->entry->apex.wire, &r->live, &r->revision,
                                         &cli->diags);
    if (status != RZ_OK)
        return status;
    r->keys.now = rz_zone_find(&r->live, r->entry->apex.wire, RZ_TYPE_DNSSECKEY);
    r->wanted = r->keys.wanted = rz_zone_find(&r->desired, r->entry->apex.wire, RZ_TYPE_DNSSECKEY);
    return RZ_OK;
}

enum rz_status rz_rolling_open(struct rz_rolling *r, struct rz_cli *cli, struct rz_project *project,
                               const struct rz_zone_list *zones, const char *name)
{
    enum rz_status status = rz_rolling_open_any(r, cli, project, zones, name);
    return status == RZ_OK && !r->keys.now ? rz_rolling_refuse(
               r, "the zone has no keys", "`dnssec:` in its file and `rezone apply` sign it")
                                           : status;
}

void rz_rolling_close(struct rz_rolling *r)
{
    rz_zone_free(&r->desired);
    rz_zone_free(&r->live);
    rz_zone_free(&r->old);
    rz_zone_free(&r->made);
}

/* ---- times */

static uint32_t ask_ttl(struct rz_rolling *r, const struct rz_server *server, uint16_t type)
{
    struct rz_dns_probe_reply reply;
    struct rz_dns_peer peer = {
        .server = *server, .timeout_ms = ASK_MS, .context = &r->cli->context};
    struct rz_dns_probe probe = {.name = r->entry->apex.wire, .type = type, .flags = RZ_PROBE_TCP};
    rz_dns_probe(&peer, &probe, &reply);
    const struct rz_rrset *rrset = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, r->entry->apex.wire,
                                                     type);
    uint32_t ttl = rrset ? rrset->ttl : 0;
    rz_dns_probe_reply_free(&reply);
    return ttl;
}

/* The longest that anything of the zone may stay in a cache; that no name exists too (RFC 2308 §5). */
const struct rz_rollover_times *rz_rolling_measure(struct rz_rolling *r)
{
    struct rz_server servers[RZ_SERVERS_MAX];
    struct rz_verify_request request = {
        .project = r->project, .provider = r->provider, .expected = &r->live};
    struct rz_rollover_times *times = &r->times;
    bool expected;
    for (size_t i = 0; i < r->live.count; i++)
        if (r->live.rrsets[i].ttl > times->data_ttl)
            times->data_ttl = r->live.rrsets[i].ttl;
    size_t count = rz_verify_servers(&request, servers, &expected, &r->cli->diags);
    for (size_t i = 0; i < count; i++) {
        uint32_t ttl = ask_ttl(r, &servers[i], RZ_TYPE_DNSKEY);
        times->keys_ttl = ttl > times->keys_ttl ? ttl : times->keys_ttl;
    }
    const struct rz_rrset *keys = rz_zone_find(&r->live, r->entry->apex.wire, RZ_TYPE_DNSKEY);
    const struct rz_rrset *soa = rz_zone_find(&r->live, r->entry->apex.wire, RZ_TYPE_SOA);
    if (!times->keys_ttl)
        times->keys_ttl = keys ? keys->ttl : soa ? soa->ttl : times->data_ttl;
    if (times->keys_ttl > times->data_ttl)
        times->data_ttl = times->keys_ttl;
    if (r->csk)
        times->keys_ttl = times->data_ttl;
    times->registration = REGISTRATION;
    return times;
}

enum rz_status rz_rolling_ask_parent(struct rz_rolling *r)
{
    struct rz_cli *cli = r->cli;
    struct rz_lookup lookup;
    struct rz_delegation delegation = {0};
    const struct rz_verify_settings *verify = &r->project->verify;
    const char *why = NULL;
    r->times.ds_ttl = DS_TTL;
    enum rz_status status = rz_lookup_init(&lookup, &cli->context, &verify->resolvers,
                                           &verify->parents, &cli->diags);
    if (status != RZ_OK)
        return status;
    if (rz_delegation_read(&delegation, &lookup, r->entry->apex.wire, &why) == RZ_OK
        && delegation.ds) {
        r->times.ds_ttl = delegation.ds->ttl;
        r->ds_known = true;
    }
    rz_delegation_free(&delegation);
    return rz_context_cancelled(&cli->context) ? RZ_CANCELLED : RZ_OK;
}

/* ---- keys of the journal's row */

static enum rz_status read_keys(struct rz_rolling *r, struct rz_zone *zone, const char *lines)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    enum rz_status status = RZ_OK;
    struct rz_rdata rdata;
    const char *why;
    rz_zone_free(zone);
    rz_zone_init(zone, r->entry->apex.wire);
    for (const char *line = lines; status == RZ_OK && *line;) {
        size_t size = strcspn(line, "\n");
        status = rz_rdata_read(reader, RZ_TYPE_DNSSECKEY, (struct rz_str){line, size}, NULL, &rdata,
                               &why);
        if (status == RZ_OK)
            rz_zone_add(zone, r->entry->apex.wire, RZ_TYPE_DNSSECKEY, 0, rdata,
                        (struct rz_record_origin){0});
        line += size + (line[size] == '\n');
    }
    rz_rdata_reader_free(reader);
    if (status == RZ_OK)
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, &r->cli->diags);
    return status == RZ_OK ? RZ_OK
                           : rz_rolling_refuse(r, "the journal's row of the roll-over is damaged",
                                               "`rezone dnssec rollover cancel` takes it out");
}

static const struct rz_rrset *keys_of(const struct rz_zone *zone)
{
    return zone->count ? &zone->rrsets[0] : NULL;
}

static enum rz_status read_row(struct rz_rolling *r)
{
    enum rz_status status = read_keys(r, &r->old, r->row.old_keys);
    if (status == RZ_OK)
        status = read_keys(r, &r->made, r->row.new_keys);
    r->keys.old = keys_of(&r->old);
    r->keys.made = keys_of(&r->made);
    return status;
}

static const char *print_keys(struct rz_rolling *r, const struct rz_rrset *rrset)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_rdata_print(&text, RZ_TYPE_DNSSECKEY, c.wire, c.size);
        rz_buffer_char(&text, '\n');
    }
    return rz_arena_strdup(&r->cli->arena, rz_buffer_view(&text).data);
}

/* One key more that takes over. */
static enum rz_status add_made(struct rz_rolling *r, const struct rz_signing_key *key)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_signing_key shown = *key;
    shown.state = RZ_KEY_ACTIVE; /* what it comes to; the record has no word for none */
    rz_buffer_text(&text, r->row.new_keys);
    rz_signing_key_print(&text, &shown);
    rz_buffer_char(&text, '\n');
    r->row.new_keys = rz_arena_strdup(&r->cli->arena, text.data);
    enum rz_status status = read_keys(r, &r->made, r->row.new_keys);
    r->keys.made = keys_of(&r->made);
    return status;
}

/* ---- what is rolled */

/* Whether some live key has the algorithm that the file wants. */
static bool has_algorithm(const struct rz_rrset *keys, const struct rz_rrset *wanted)
{
    struct rz_signing_key key, want;
    struct rz_rdata_cursor w = rz_rrset_rdata(wanted);
    if (!rz_rdata_next(&w) || !rz_signing_key_from_wire(&want, w.wire, w.size))
        return true;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(keys); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&key, c.wire, c.size) && key.algorithm == want.algorithm)
            return true;
    return false;
}

static enum rz_status check_begin(struct rz_rolling *r)
{
    struct rz_signing_key key;
    bool found = false, busy = false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(r->keys.now); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size))
            continue;
        busy |= key.state != RZ_KEY_ACTIVE;
        found |= rz_rollover_takes(r->kind, &key);
    }
    if (!found)
        return rz_rolling_refuse(r, "the zone has no key of that kind",
                                 "one key for everything, a CSK, is rolled as `ksk`");
    if (busy)
        return rz_rolling_refuse(
            r, "keys of the zone are between two states: a roll-over is under way",
            "`rezone dnssec rollover status` shows those of this project");
    if (r->kind == RZ_ROLLOVER_KSK_DS && r->csk)
        return rz_rolling_refuse(
            r,
            "a CSK signs the records too: resolvers with its signatures need it beside the new one",
            "roll it as `ksk`");
    if (r->kind == RZ_ROLLOVER_ALGORITHM && (!r->wanted || has_algorithm(r->keys.now, r->wanted)))
        return rz_rolling_refuse(r, "the zone has keys of the algorithm that its file wants",
                                 "set `algorithm` in its `dnssec:` to the new one first");
    return RZ_OK;
}

static bool has_csk(const struct rz_rrset *keys)
{
    struct rz_signing_key key;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(keys); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&key, c.wire, c.size) && key.role == RZ_KEY_CSK)
            return true;
    return false;
}

enum rz_status rz_rolling_set(struct rz_rolling *r, enum rz_rollover_kind kind,
                              const struct rz_rollover_row *row, int64_t margin)
{
    r->kind = kind;
    r->steps = rz_rollover_steps(kind, &r->count);
    r->csk = has_csk(r->keys.now);
    enum rz_status status = row ? RZ_OK : check_begin(r);
    if (status != RZ_OK)
        return status;
    if (row)
        r->row = *row;
    else
        r->row = (struct rz_rollover_row){.zone = r->name,
                                          .target = r->target,
                                          .kind = rz_rollover_kinds[kind],
                                          .margin = margin,
                                          .old_keys = print_keys(r, r->keys.now),
                                          .new_keys = ""};
    r->times.margin = (uint32_t)r->row.margin;
    if (!r->row.done)
        r->times.ds_ttl = (uint32_t)r->row.wait;
    rz_rolling_measure(r);
    status = read_row(r);
    return status == RZ_OK && !r->keys.old
               ? rz_rolling_refuse(r, "the journal's row of the roll-over is damaged",
                                   "`rezone dnssec rollover cancel` takes it out")
               : status;
}

enum rz_status rz_rolling_take_key(struct rz_rolling *r, const char *tag)
{
    struct rz_held_keys held = {0};
    const struct rz_signing_key *found = NULL;
    const struct rz_dnssec_ops *ops = r->provider->ops->dnssec;
    enum rz_status status = ops->list_keys(r->provider, r->entry->apex.wire, &held, &r->cli->diags);
    for (size_t i = 0; status == RZ_OK && i < held.count; i++) {
        const struct rz_signing_key *key = &held.items[i].key;
        char text[8];
        snprintf(text, sizeof text, "%u", rz_signing_key_tag(key));
        if (strcmp(text, tag) == 0 && key->state == RZ_KEY_RETIRED && *held.items[i].id)
            found = key;
    }
    if (status == RZ_OK && !found)
        status = rz_rolling_refuse(r, "no key of that tag is there, out of use",
                                   "`rezone dnssec key list` shows the keys");
    else if (status == RZ_OK
             && (r->kind == RZ_ROLLOVER_ALGORITHM || !rz_rollover_takes(r->kind, found)))
        status = rz_rolling_refuse(r, "the key is not of the kind that is rolled",
                                   "an algorithm is rolled to keys that are generated");
    if (status == RZ_OK)
        status = add_made(r, found);
    rz_held_keys_free(&held);
    return status;
}

static enum rz_status make_ahead(struct rz_rolling *r, const struct rz_signing_key *kind)
{
    const struct rz_dnssec_ops *ops = r->provider->ops->dnssec;
    struct rz_held_keys made = {0};
    enum rz_status status = ops->generate_key(r->provider, r->entry->apex.wire, kind, &made,
                                              &r->cli->diags);
    if (status == RZ_OK)
        status = add_made(r, &made.items[0].key);
    rz_held_keys_free(&made);
    return status;
}

enum rz_status rz_rolling_prepare(struct rz_rolling *r)
{
    const struct rz_rollover_state *state = &r->steps[0].state;
    struct rz_signing_key key, *kinds = NULL;
    size_t count = 0, capacity = 0;
    enum rz_status status = RZ_OK;
    if (r->row.step != 0 || r->keys.made || state->new_ksk || state->new_zsk)
        return RZ_OK;
    /* Collected before any is made: then the zone of the keys is read anew. */
    for (struct rz_rdata_cursor c = rz_rrset_rdata(r->keys.old); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || !rz_rollover_takes(r->kind, &key))
            continue;
        key.public_size = 0;
        kinds = rz_grow(kinds, &capacity, count + 1, sizeof *kinds);
        kinds[count++] = key;
    }
    if (count && !r->provider->ops->dnssec->generate_key)
        status = rz_rolling_refuse(r, "its provider makes no keys ahead of time",
                                   "roll it as `ksk`");
    for (size_t i = 0; status == RZ_OK && i < count; i++)
        status = make_ahead(r, &kinds[i]);
    free(kinds);
    return status;
}

/* ---- runs */

struct rz_zone_plan *rz_rolling_plan(const struct rz_name *apex, const char *target,
                                     const struct rz_zone *live, const struct rz_revision *revision)
{
    struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
    zone->apex = *apex;
    zone->target = rz_arena_strdup(&zone->arena, target);
    zone->revision = *revision;
    zone->live_fingerprint = live->fingerprint;
    zone->live_rrsets = live->count;
    return zone;
}

enum rz_status rz_rolling_run(struct rz_rolling *r, struct rz_zone_plan *zone)
{
    struct rz_plan plan = {0};
    struct rz_run_result result;
    rz_plan_name(&plan, &r->cli->context);
    plan.expires = plan.created + 3600;
    plan.zones = rz_grow(plan.zones, &plan.capacity, 1, sizeof *plan.zones);
    plan.zones[plan.count++] = zone;
    plan.has_changes = true;
    rz_cli_show_plan(r->cli, &plan);
    enum rz_status status = rz_cli_ask(r->cli, "Take this step?") ? RZ_OK : RZ_CANCELLED;
    if (status == RZ_OK)
        status = rz_cli_transact(r->cli, r->project, &plan, r->command, NULL, &result);
    if (status == RZ_OK) {
        if (!r->cli->json)
            rz_report_run(&r->cli->out, &result);
        status = result.committed == 1 ? RZ_OK
                 : result.unknown      ? RZ_UNKNOWN
                 : result.refused      ? RZ_REFUSED
                                       : RZ_REJECTED;
        rz_run_result_free(&result);
    }
    rz_plan_free(&plan);
    return status;
}

enum rz_status rz_rolling_change_keys(struct rz_rolling *r, const struct rz_rrset *after,
                                      const struct rz_rrset *how)
{
    struct rz_zone_plan *zone = rz_rolling_plan(&r->entry->apex, r->target, &r->live, &r->revision);
    if (how)
        rz_zone_plan_add(zone, NULL, how);
    rz_zone_plan_add(zone, r->keys.now, after);
    return rz_rolling_run(r, zone);
}

enum rz_status rz_rolling_step(struct rz_rolling *r)
{
    struct rz_zone after;
    const struct rz_rollover_step *step = &r->steps[r->row.step];
    if (step->at_parent)
        return rz_rolling_exchange_ds(r);
    enum rz_status status = rz_rollover_after(&after, r->kind, step, &r->keys, &r->cli->diags);
    if (status == RZ_OK && after.count == 0)
        status = rz_rolling_refuse(r, "the step would leave the zone without keys",
                                   "`rezone dnssec rollover cancel` forgets the roll-over");
    /* The same already: the step was killed when its run had ended. */
    else if (status == RZ_OK && !rz_signing_keys_same(r->keys.now, &after.rrsets[0]))
        status = rz_rolling_change_keys(r, &after.rrsets[0], NULL);
    rz_zone_free(&after);
    return status;
}
