/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of `policy:` and what a plan breaks of them. */
#include "plan/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "plan/plan.h"
#include "support/alloc.h"

const char *const rz_policy_rules[] = {
    "max-changes", "max-deletes", "max-run-changes", "max-run-deletes", "protect", "dangling",
    "apex-ns",     "empty-zone",  "ttl-rise",        "freeze",          "dnssec",  NULL,
};

struct policy_fields {
    const char *max_changes, *max_deletes, *max_run_changes, *max_run_deletes;
    uint64_t min_rrsets_for_percent, plan_expires;
    struct rz_strings protect, freeze, trusted_keys;
    uint64_t approvals;
    bool require_signed_plan;
};

#define LIMIT(name, text, words)                                                                   \
    {                                                                                              \
        .key = #name, .kind = RZ_FIELD_STRING, .fallback = text,                                   \
        .offset = offsetof(struct policy_fields, name), .summary = words                           \
    }

const struct rz_field rz_policy_fields[] = {
    LIMIT(max_changes, "30%", "live RRsets of a zone that may be changed or deleted"),
    LIMIT(max_deletes, "20%", "live RRsets of a zone that may be deleted"),
    LIMIT(max_run_changes, NULL, "live RRsets of all zones that may be changed or deleted"),
    LIMIT(max_run_deletes, NULL, "live RRsets of all zones that may be deleted"),
    {.key = "min_rrsets_for_percent",
     .kind = RZ_FIELD_UINT,
     .fallback = "10",
     .offset = offsetof(struct policy_fields, min_rrsets_for_percent),
     .summary = "percentages hold for zones of at least this many live RRsets"},
    {.key = "protect",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct policy_fields, protect),
     .summary = "`OWNER TYPE` globs that need --allow protect to change; default: @ NS and * DS"},
    {.key = "require_signed_plan",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     .offset = offsetof(struct policy_fields, require_signed_plan),
     .summary =
         "only plan files signed by a trusted key are applied (`plan --sign-key`, `plan sign`)"},
    {.key = "trusted_keys",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct policy_fields, trusted_keys),
     .summary = "PEM files of the Ed25519 public keys whose signatures count"},
    {.key = "approvals",
     .kind = RZ_FIELD_UINT,
     .maximum = 64,
     .offset = offsetof(struct policy_fields, approvals),
     .summary =
         "how many different trusted keys must have signed a plan; more than 0 requires signed plans"},
    {.key = "freeze",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct policy_fields, freeze),
     .summary =
         "times (UTC) in which apply is refused: 2026-12-24..2027-01-02, Fri 16:00..Mon 08:00, 22:00..06:00"},
    {.key = "plan_expires",
     .kind = RZ_FIELD_DURATION,
     .fallback = "24h",
     .minimum = 60,
     .maximum = 31536000,
     .offset = offsetof(struct policy_fields, plan_expires),
     .summary = "how long a plan file may be applied"},
    {0},
};

bool rz_limit_parse(struct rz_limit *limit, const char *text)
{
    char *end;
    if (!text) {
        *limit = (struct rz_limit){0};
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    *limit = (struct rz_limit){true, *end == '%', value};
    if (limit->percent)
        end++;
    return *end == '\0' && value < UINT32_MAX && (!limit->percent || value <= 100);
}

static bool read_limit(struct rz_limit *limit, const char *text, const char *key,
                       const struct rz_field_reader *reader, const struct rz_node *map)
{
    if (rz_limit_parse(limit, text))
        return true;
    const struct rz_node *node = map ? rz_node_get(map, key) : NULL;
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ4003,
                                        node ? rz_node_place(reader->source, node)
                                             : rz_place_named(reader->source->name),
                                        "`%s` is no limit", text);
    rz_diag_hint(reader->diags, diag, "write a count such as 12, or a share such as 30%%");
    return false;
}

static bool read_freezes(struct rz_policy *policy, const struct rz_strings *texts,
                         const struct rz_field_reader *reader, const struct rz_node *map)
{
    bool good = true;
    policy->freeze = rz_arena_zero(reader->arena, (texts->count + 1) * sizeof *policy->freeze);
    for (size_t i = 0; i < texts->count; i++) {
        if (rz_freeze_parse(&policy->freeze[policy->freeze_count], texts->items[i])) {
            policy->freeze_count++;
            continue;
        }
        struct rz_diag *diag = rz_diags_add(
            reader->diags, RZ4003, rz_node_place(reader->source, rz_node_get(map, "freeze")),
            "`%s` is no time of a freeze", texts->items[i]);
        rz_diag_hint(reader->diags, diag,
                     "write 2026-12-24..2027-01-02, 2026-12-24T16:00..2026-12-27T08:00, "
                     "Fri 16:00..Mon 08:00 or 22:00..06:00, all UTC");
        good = false;
    }
    return good;
}

/* A policy that no plan can meet is a mistake of the policy. */
static bool enough_keys(const struct rz_policy *policy, const struct rz_field_reader *reader,
                        const struct rz_node *map)
{
    if (policy->approvals <= policy->trusted_keys.count)
        return true;
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ4003, rz_node_place(reader->source, map),
                                        "%llu signatures are required, and %zu keys are trusted",
                                        (unsigned long long)policy->approvals,
                                        policy->trusted_keys.count);
    rz_diag_hint(reader->diags, diag, "name the files of the public keys in `trusted_keys`");
    return false;
}

enum rz_status rz_policy_load(struct rz_policy *policy, const struct rz_node *map,
                              const struct rz_field_reader *reader)
{
    static const char *protected[] = {"@ NS", "* DS"};
    struct policy_fields fields = {0};
    *policy = (struct rz_policy){0};
    if (map && map->kind == RZ_NODE_NULL)
        map = NULL;
    if (map && map->kind != RZ_NODE_MAP) {
        rz_diags_add(reader->diags, RZ1005, rz_node_place(reader->source, map),
                     "`policy` is a map");
        return RZ_INVALID;
    }
    if (rz_fields_load(reader, map, rz_policy_fields, &fields) != RZ_OK)
        return RZ_INVALID;
    bool good = read_limit(&policy->max_changes, fields.max_changes, "max_changes", reader, map);
    good &= read_limit(&policy->max_deletes, fields.max_deletes, "max_deletes", reader, map);
    good &= read_limit(&policy->max_run_changes, fields.max_run_changes, "max_run_changes", reader,
                       map);
    good &= read_limit(&policy->max_run_deletes, fields.max_run_deletes, "max_run_deletes", reader,
                       map);
    good &= read_freezes(policy, &fields.freeze, reader, map);
    policy->approvals = fields.approvals ? fields.approvals : fields.require_signed_plan;
    policy->trusted_keys = fields.trusted_keys;
    good &= enough_keys(policy, reader, map);
    policy->min_rrsets_for_percent = fields.min_rrsets_for_percent;
    policy->plan_expires = fields.plan_expires;
    policy->protect = map && rz_node_get(map, "protect") ? fields.protect
                                                         : (struct rz_strings){protected, 2};
    return good ? RZ_OK : RZ_INVALID;
}

struct checker {
    const struct rz_policy *policy;
    const struct rz_strings *allow;
    struct rz_zone_plan *zone;
    bool refused;
};

static bool is_allowed(const struct rz_strings *allow, const char *rule)
{
    for (size_t i = 0; allow && i < allow->count; i++)
        if (strcmp(allow->items[i], rule) == 0)
            return true;
    return false;
}

bool rz_policy_find(struct rz_zone_plan *zone, const char *rule, const char *message,
                    const struct rz_strings *allow)
{
    zone->findings = rz_grow(zone->findings, &zone->finding_capacity, zone->finding_count + 1,
                             sizeof *zone->findings);
    bool allowed = is_allowed(allow, rule);
    zone->findings[zone->finding_count++] = (struct rz_finding){rule, message, allowed};
    return allowed;
}

static void find(struct checker *checker, const char *rule, const char *message)
{
    checker->refused |= !rz_policy_find(checker->zone, rule, message, checker->allow);
}

static bool is_over(const struct checker *checker, const struct rz_limit *limit, size_t count,
                    size_t total)
{
    if (!limit->set || count == 0)
        return false;
    if (!limit->percent)
        return count > limit->value;
    return total >= checker->policy->min_rrsets_for_percent && count * 100 > limit->value * total;
}

static void check_limit(struct checker *checker, const char *rule, const struct rz_limit *limit,
                        size_t count, const char *what)
{
    size_t total = checker->zone->live_rrsets;
    if (is_over(checker, limit, count, total))
        find(checker, rule,
             rz_arena_printf(&checker->zone->arena,
                             "%zu of %zu live RRsets would be %s; at most %llu%s may", count, total,
                             what, (unsigned long long)limit->value, limit->percent ? "%" : ""));
}

static const char *describe(struct rz_zone_plan *zone, const struct rz_plan_change *change,
                            const char *what)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(change->change);
    rz_name_text_relative(owner, subject->owner, zone->apex.wire);
    return rz_arena_printf(
        &zone->arena, "%s %s %s%s%s", owner, rz_rtype_text(type, subject->type), what,
        change->file ? ", " : "",
        change->file ? rz_arena_printf(&zone->arena, "%s:%u", change->file, subject->line) : "");
}

static bool is_protected(const struct checker *checker, const struct rz_rrset *rrset)
{
    const struct rz_strings *protect = &checker->policy->protect;
    for (size_t i = 0; i < protect->count; i++)
        if (rz_rrset_matches_text(protect->items[i], checker->zone->apex.wire, rrset))
            return true;
    for (size_t i = 0; i < checker->zone->protect_count; i++)
        if (rz_pattern_matches(&checker->zone->protect[i], checker->zone->apex.wire, rrset))
            return true;
    return false;
}

static void check_changes(struct checker *checker)
{
    struct rz_zone_plan *zone = checker->zone;
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_plan_change *change = &zone->changes[i];
        const struct rz_rrset *before = change->change.before, *after = change->change.after;
        if (!before)
            continue;
        if (is_protected(checker, before))
            find(checker, "protect",
                 describe(zone, change,
                          after ? "is protected and would change"
                                : "is protected and would be deleted"));
        if (after && after->ttl > before->ttl && !rz_rrset_same_rdata(before, after)
            && is_protected(checker, before))
            find(checker, "ttl-rise",
                 describe(zone, change,
                          "would get other records and a longer TTL at once: a mistake would be "
                          "cached for longer"));
        if (before->type == RZ_TYPE_NS && rz_name_equal(before->owner, zone->apex.wire)
            && before->rdata_count >= 2 && (!after || after->rdata_count < 2))
            find(checker, "apex-ns",
                 describe(zone, change, "would leave fewer than two name servers"));
        if (change->dangling)
            find(checker, "dangling",
                 describe(zone, change,
                          rz_arena_printf(&zone->arena,
                                          "would be deleted while %s still points at it",
                                          change->dangling)));
    }
    if (zone->live_rrsets > 2 && zone->deletes && zone->desired_rrsets == 0)
        find(checker, "empty-zone", "the files leave nothing of the zone");
}

/* Nobody at the target signs what changes, nor the serial that moves with it. */
static void check_presigned(struct checker *checker)
{
    struct rz_zone_plan *zone = checker->zone;
    if (zone->presigned && zone->count)
        find(checker, "dnssec",
             rz_arena_printf(&zone->arena,
                             "the signatures of the zone at %s come with its data, and would not "
                             "fit any more: resolvers that validate would reject it; change it "
                             "where it is signed",
                             zone->target));
}

static void check_run(struct checker *checker, struct rz_plan *plan)
{
    size_t changed = 0, deleted = 0, total = 0;
    for (size_t i = 0; i < plan->count; i++) {
        changed += plan->zones[i]->updates + plan->zones[i]->deletes;
        deleted += plan->zones[i]->deletes;
        total += plan->zones[i]->live_rrsets;
    }
    if (plan->count == 0)
        return;
    checker->zone = plan->zones[0];
    if (is_over(checker, &checker->policy->max_run_changes, changed, total))
        find(checker, "max-run-changes",
             rz_arena_printf(&checker->zone->arena,
                             "%zu live RRsets of this run would be changed or deleted", changed));
    if (is_over(checker, &checker->policy->max_run_deletes, deleted, total))
        find(checker, "max-run-deletes",
             rz_arena_printf(&checker->zone->arena, "%zu live RRsets of this run would be deleted",
                             deleted));
}

enum rz_status rz_policy_check(const struct rz_policy *policy, struct rz_plan *plan,
                               const struct rz_strings *allow)
{
    struct checker checker = {.policy = policy, .allow = allow};
    for (size_t i = 0; i < plan->count; i++) {
        checker.zone = plan->zones[i];
        if (checker.zone->status != RZ_OK)
            continue;
        check_limit(&checker, "max-changes", &policy->max_changes,
                    checker.zone->updates + checker.zone->deletes, "changed or deleted");
        check_limit(&checker, "max-deletes", &policy->max_deletes, checker.zone->deletes,
                    "deleted");
        check_changes(&checker);
        check_presigned(&checker);
    }
    check_run(&checker, plan);
    return checker.refused ? RZ_REFUSED : RZ_OK;
}
