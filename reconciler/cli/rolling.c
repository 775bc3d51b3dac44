/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A roll-over step by step. Each step that changes keys or a DS is a run of its own, with all that belongs to
 * one; the journal's row is written before and after, so that a killed step is taken up again. */
#include "cli/rolling.h"

#include <stdlib.h>

#include "cli/run_plan.h"
#include "dns/rtype.h"
#include "dnssec.h"
#include "plan/policy.h"
#include "report/report.h"
#include "support/alloc.h"
#include "transact/servers.h"
#include "transport/dns_probe.h"

#define ASK_MS 3000

static enum rz_status refuse(struct rz_rolling *r, const char *what, const char *hint)
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

enum rz_status rz_rolling_open(struct rz_rolling *r, struct rz_cli *cli, struct rz_project *project,
                               const struct rz_zone_list *zones, const char *name)
{
    struct rz_zone_settings settings;
    *r = (struct rz_rolling){.cli = cli, .project = project, .zones = zones};
    snprintf(r->name, sizeof r->name, "%.255s", name);
    if (!find_entry(r, name))
        return refuse(r, "no zone of this project has the name", "`rezone zone list` shows them");
    enum rz_status status = find_target(r);
    if (status != RZ_OK)
        return status;
    if (!r->target)
        return refuse(r, "it goes to no provider whose keys rezone can change",
                      "keys of other servers are rolled by their own means");
    status = rz_project_load_zone(project, r->entry, &r->desired, &settings, &cli->diags);
    if (status == RZ_OK)
        status = r->provider->ops->fetch(r->provider, r->entry->apex.wire, &r->live, &r->revision,
                                         &cli->diags);
    if (status != RZ_OK)
        return status;
    r->keys = rz_zone_find(&r->live, r->entry->apex.wire, RZ_TYPE_DNSSECKEY);
    r->wanted = rz_zone_find(&r->desired, r->entry->apex.wire, RZ_TYPE_DNSSECKEY);
    return r->keys ? RZ_OK
                   : refuse(r, "the zone has no keys",
                            "`dnssec:` in its file and `rezone apply` sign it");
}

void rz_rolling_close(struct rz_rolling *r)
{
    rz_zone_free(&r->desired);
    rz_zone_free(&r->live);
    rz_zone_free(&r->old);
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
static void measure(struct rz_rolling *r)
{
    struct rz_server servers[RZ_SERVERS_MAX];
    struct rz_verify_request request = {
        .project = r->project, .provider = r->provider, .expected = &r->live};
    bool expected;
    for (size_t i = 0; i < r->live.count; i++)
        if (r->live.rrsets[i].ttl > r->times.records)
            r->times.records = r->live.rrsets[i].ttl;
    size_t count = rz_verify_servers(&request, servers, &expected, &r->cli->diags);
    for (size_t i = 0; i < count; i++) {
        uint32_t ttl = ask_ttl(r, &servers[i], RZ_TYPE_DNSKEY);
        r->times.keys = ttl > r->times.keys ? ttl : r->times.keys;
    }
    if (!r->times.keys)
        r->times.keys = r->times.records;
}

/* ---- keys at the start */

static enum rz_status take_old(struct rz_rolling *r, const char *lines)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    enum rz_status status = RZ_OK;
    struct rz_rdata rdata;
    const char *why;
    for (const char *line = lines; status == RZ_OK && *line;) {
        size_t size = strcspn(line, "\n");
        status = rz_rdata_read(reader, RZ_TYPE_DNSSECKEY, (struct rz_str){line, size}, NULL, &rdata,
                               &why);
        if (status == RZ_OK)
            rz_zone_add(&r->old, r->entry->apex.wire, RZ_TYPE_DNSSECKEY, 0, rdata,
                        (struct rz_record_origin){0});
        line += size + (line[size] == '\n');
    }
    rz_rdata_reader_free(reader);
    if (status == RZ_OK)
        status = rz_zone_finish(&r->old, RZ_ZONE_LIVE, &r->cli->diags);
    return status == RZ_OK && r->old.count
               ? RZ_OK
               : refuse(r, "the journal's row of the roll-over is damaged",
                        "`rezone dnssec rollover cancel` takes it out");
}

static const char *print_keys(struct rz_rolling *r)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(r->keys); rz_rdata_next(&c);) {
        rz_rdata_print(&text, RZ_TYPE_DNSSECKEY, c.wire, c.size);
        rz_buffer_char(&text, '\n');
    }
    return rz_arena_strdup(&r->cli->arena, text.data);
}

static bool has_kind(const struct rz_rrset *keys, enum rz_keyroll_kind kind, bool *csk, bool *busy)
{
    struct rz_signing_key key;
    bool found = false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(keys); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size))
            continue;
        *busy |= key.state != RZ_KEY_ACTIVE;
        *csk |= key.role == RZ_KEY_CSK;
        found |= rz_keyroll_takes(kind, &key);
    }
    return found;
}

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

enum rz_status rz_rolling_set(struct rz_rolling *r, enum rz_keyroll_kind kind,
                              const struct rz_keyroll *row)
{
    bool busy = false;
    r->kind = kind;
    r->steps = rz_keyroll_steps(kind, &r->count);
    bool found = has_kind(r->keys, kind, &r->csk, &busy);
    rz_zone_free(&r->old);
    rz_zone_init(&r->old, r->entry->apex.wire);
    if (row) {
        r->row = *row;
        r->times.margin = (uint32_t)row->margin;
    } else {
        if (!found)
            return refuse(r, "the zone has no key of that kind",
                          "one key for everything, a CSK, is rolled as `ksk`");
        if (busy)
            return refuse(r, "keys of the zone are between two states: a roll-over is under way",
                          "`rezone dnssec rollover status` shows those of this project");
        if (kind == RZ_KEYROLL_ALGORITHM && (!r->wanted || has_algorithm(r->keys, r->wanted)))
            return refuse(r, "the zone has keys of the algorithm that its file wants",
                          "set `algorithm` in its `dnssec:` to the new one first");
        r->row = (struct rz_keyroll){.zone = r->name,
                                     .target = r->target,
                                     .kind = rz_keyroll_kind_text(kind),
                                     .old_keys = print_keys(r)};
    }
    measure(r);
    return take_old(r, r->row.old_keys);
}

/* ---- steps */

enum rz_status rz_rolling_change(struct rz_rolling *r, const struct rz_name *apex,
                                 const char *target, const struct rz_zone *live,
                                 const struct rz_revision *revision, const struct rz_rrset *before,
                                 const struct rz_rrset *after)
{
    struct rz_plan plan = {0};
    struct rz_run_result result;
    struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
    zone->apex = *apex;
    zone->target = rz_arena_strdup(&zone->arena, target);
    zone->revision = *revision;
    zone->live_fingerprint = live->fingerprint;
    zone->live_rrsets = live->count;
    rz_zone_plan_add(zone, before, after);
    rz_plan_name(&plan, &r->cli->context);
    plan.expires = plan.created + 3600;
    plan.zones = rz_grow(plan.zones, &plan.capacity, 1, sizeof *plan.zones);
    plan.zones[plan.count++] = zone;
    plan.has_changes = true;
    rz_cli_show_plan(r->cli, &plan);
    enum rz_status status = rz_cli_ask(r->cli, "Take this step?") ? RZ_OK : RZ_CANCELLED;
    if (status == RZ_OK)
        status = rz_cli_transact(r->cli, r->project, &plan, "dnssec rollover", NULL, &result);
    if (status == RZ_OK) {
        if (!r->cli->json)
            rz_report_run(&r->cli->out, &result);
        status = result.committed == 1 ? RZ_OK : result.unknown ? RZ_UNKNOWN : RZ_REJECTED;
        rz_run_result_free(&result);
    }
    rz_plan_free(&plan);
    return status;
}

/* A key that the roll-over has made already: its step was killed after the run had ended. */
static bool has_new_key(const struct rz_rolling *r)
{
    struct rz_signing_key key, other;
    const struct rz_rrset *old = &r->old.rrsets[0];
    for (struct rz_rdata_cursor c = rz_rrset_rdata(r->keys); rz_rdata_next(&c);) {
        bool known = false;
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || !rz_keyroll_takes(r->kind, &key))
            continue;
        for (struct rz_rdata_cursor o = rz_rrset_rdata(old); rz_rdata_next(&o);)
            known |= rz_signing_key_from_wire(&other, o.wire, o.size)
                     && rz_signing_key_is(&other, &key);
        if (!known)
            return true;
    }
    return false;
}

enum rz_status rz_rolling_step(struct rz_rolling *r)
{
    struct rz_zone after;
    struct rz_diags diags = {0};
    enum rz_keyroll_action action = r->steps[r->row.step].action;
    if (action == RZ_KEYROLL_DS)
        return rz_rolling_exchange_ds(r);
    if (r->row.step == 0 && has_new_key(r))
        return RZ_OK;
    enum rz_status status = rz_keyroll_after(&after, r->kind, action, r->keys, &r->old.rrsets[0],
                                             r->wanted, &diags);
    rz_diags_free(&diags);
    if (status == RZ_OK)
        status = rz_rolling_change(r, &r->entry->apex, r->target, &r->live, &r->revision, r->keys,
                                   &after.rrsets[0]);
    else if (r->row.step > 0)
        status = RZ_OK; /* it is so already */
    rz_zone_free(&after);
    return status;
}
