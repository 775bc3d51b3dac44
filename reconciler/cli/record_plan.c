/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From records asked for to plans: the live zone is read, its RRsets edited, and what differs is a zone
 * plan like that of any apply. */
#include <stdlib.h>

#include "cli/record.h"
#include "dns/zone_check.h"
#include "plan/diff_internal.h"
#include "support/alloc.h"

/* One RRset under edit. */
struct edit {
    const struct rz_record_entry *entry; /* the last one about it */
    const struct rz_rrset *live;         /* NULL: none */
    uint32_t ttl;
    struct rz_rdata *values;
    size_t count, capacity;
};

struct editing {
    struct rz_record_finder *finder;
    enum rz_record_verb verb;
    struct rz_zone_plan *plan;
    struct rz_zone *live;
    struct rz_arena arena; /* of values */
    struct edit *edits;
    size_t count, capacity;
    struct rz_rdata_reader *reader;
    struct rz_diags *diags;
};

static enum rz_status refuse(struct editing *e, const struct rz_record_entry *entry,
                             enum rz_code code, const char *what, const char *hint)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(e->diags, code, entry->place, "%s %s at %s: %s",
                                        rz_name_text_plain(owner, entry->owner.wire),
                                        rz_rtype_text(type, entry->type), e->plan->target, what);
    rz_diag_hint(e->diags, diag, "%s", hint);
    return RZ_INVALID;
}

static void push(struct editing *e, struct edit *edit, const uint8_t *wire, uint16_t size)
{
    uint8_t *copy = rz_arena_bytes(&e->arena, size ? size : 1);
    memcpy(copy, wire, size);
    edit->values = rz_grow(edit->values, &edit->capacity, edit->count + 1, sizeof *edit->values);
    edit->values[edit->count++] = (struct rz_rdata){copy, size};
}

static struct edit *edit_of(struct editing *e, const struct rz_record_entry *entry)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->edits[i].entry->type == entry->type
            && rz_name_equal(e->edits[i].entry->owner.wire, entry->owner.wire)) {
            e->edits[i].entry = entry;
            return &e->edits[i];
        }
    e->edits = rz_grow(e->edits, &e->capacity, e->count + 1, sizeof *e->edits);
    struct edit *edit = &e->edits[e->count++];
    *edit = (struct edit){.entry = entry, .ttl = e->finder->project->ttl};
    edit->live = rz_zone_find(e->live, entry->owner.wire, entry->type);
    if (!edit->live)
        return edit;
    edit->ttl = edit->live->ttl;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(edit->live); rz_rdata_next(&c);)
        push(e, edit, c.wire, c.size);
    return edit;
}

static enum rz_status read_value(struct editing *e, const struct rz_record_entry *entry,
                                 const char *text, struct rz_rdata *rdata)
{
    const char *why;
    enum rz_status status;
    RZ_BUFFER_CLEANUP struct rz_buffer whole = {0};
    if (rz_rtype_flags(entry->type) & RZ_RTYPE_TEXT && text[0] != '"') {
        status = rz_rdata_from_text(e->reader, rz_str_of(text), rdata, &why);
    } else {
        rz_buffer_printf(&whole, "%s%s%s", entry->priority ? entry->priority : "",
                         entry->priority ? " " : "", text);
        status = rz_rdata_read(e->reader, entry->type, rz_buffer_view(&whole), e->plan->apex.wire,
                               rdata, &why);
    }
    return status == RZ_OK ? RZ_OK : refuse(e, entry, RZ3543, why, "nothing was sent");
}

static size_t index_of(const struct edit *edit, struct rz_rdata rdata)
{
    size_t i = 0;
    while (i < edit->count
           && !(edit->values[i].size == rdata.size
                && memcmp(edit->values[i].wire, rdata.wire, rdata.size) == 0))
        i++;
    return i;
}

/* What update and delete are about must be there. */
static enum rz_status check_there(struct editing *e, const struct rz_record_entry *entry,
                                  const struct edit *edit)
{
    if (e->verb == RZ_RECORD_CREATE || edit->count)
        return RZ_OK;
    return refuse(e, entry, RZ3542, "there is no such record",
                  "`rezone record list` shows what there is; `record create` makes one");
}

static enum rz_status take_value(struct editing *e, const struct rz_record_entry *entry,
                                 struct edit *edit, const char *text)
{
    struct rz_rdata rdata;
    enum rz_status status = read_value(e, entry, text, &rdata);
    if (status != RZ_OK)
        return status;
    size_t index = index_of(edit, rdata);
    bool there = index < edit->count;
    if (e->verb == RZ_RECORD_DELETE) {
        if (!there)
            return refuse(e, entry, RZ3542, "it has no such value",
                          "`rezone record get` shows its values");
        edit->values[index] = edit->values[--edit->count];
    } else if (there && e->verb == RZ_RECORD_CREATE) {
        return refuse(e, entry, RZ3542, "the record is there already", "nothing was sent");
    } else if (!there) {
        push(e, edit, rdata.wire, rdata.size);
    }
    return RZ_OK;
}

static enum rz_status take_entry(struct editing *e, const struct rz_record_entry *entry)
{
    struct edit *edit = edit_of(e, entry);
    enum rz_status status = check_there(e, entry, edit);
    if (entry->has_ttl)
        edit->ttl = entry->ttl;
    if (status == RZ_OK && entry->values.count && e->verb == RZ_RECORD_UPDATE)
        edit->count = 0;
    if (status == RZ_OK && !entry->values.count && e->verb == RZ_RECORD_DELETE)
        edit->count = 0;
    for (size_t i = 0; i < entry->values.count && status == RZ_OK; i++)
        status = take_value(e, entry, edit, entry->values.items[i]);
    return status;
}

/* RRsets that stay, as a document that says nothing of others. */
static enum rz_status diff(struct editing *e, const struct rz_provider *provider)
{
    struct rz_zone desired;
    enum rz_status status = RZ_OK;
    rz_zone_init(&desired, e->plan->apex.wire);
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < e->edits[i].count; k++)
            rz_zone_add(&desired, e->edits[i].entry->owner.wire, e->edits[i].entry->type,
                        e->edits[i].ttl, e->edits[i].values[k], (struct rz_record_origin){0});
    status = rz_zone_finish(&desired, RZ_ZONE_DESIRED, e->diags);
    struct rz_zone_settings settings = {.manage_listed = true};
    struct rz_diff_options options = {.capabilities = provider->ops->capabilities(provider),
                                      .provider = provider,
                                      .settings = &settings};
    if (status == RZ_OK)
        status = rz_diff(e->plan, &desired, e->live, &options);
    rz_zone_free(&desired);
    return status;
}

static int compare_changes(const void *left, const void *right)
{
    const struct rz_plan_change *a = left, *b = right;
    return rz_rrset_compare_key(rz_change_subject(a->change), rz_change_subject(b->change));
}

/* An alias beside others, two of what can be once: found before anything is sent. What is wrong with the
 * live zone already is none of this plan's business. */
static enum rz_status check_after(struct editing *e, const struct rz_provider *provider)
{
    struct rz_zone after;
    struct rz_diags old = {0};
    enum rz_status status = rz_plan_merge(&after, e->live, e->plan, e->diags);
    if (status == RZ_OK && rz_zone_check(e->live, &old) == RZ_OK)
        status = rz_zone_check(&after, e->diags);
    /* The policy looks at the zone that comes of it, not at the few RRsets asked for. */
    e->plan->desired_rrsets = after.count;
    e->plan->desired_fingerprint = after.fingerprint;
    if (status == RZ_OK)
        rz_assess_risks(e->plan, &after, provider->ops->capabilities(provider));
    rz_diags_free(&old);
    rz_zone_free(&after);
    return status;
}

static enum rz_status make_changes(struct editing *e, const struct rz_provider *provider)
{
    enum rz_status status = diff(e, provider);
    for (size_t i = 0; i < e->count && status == RZ_OK; i++)
        if (e->edits[i].live && !e->edits[i].count)
            rz_zone_plan_add(e->plan, e->edits[i].live, NULL);
    if (e->plan->count)
        qsort(e->plan->changes, e->plan->count, sizeof *e->plan->changes, compare_changes);
    return status == RZ_OK ? check_after(e, provider) : status;
}

static enum rz_status fill(struct editing *e, const struct rz_record_entry *const *entries,
                           size_t count)
{
    struct rz_zone live;
    struct rz_provider *provider;
    struct rz_revision *revision = &e->plan->revision;
    enum rz_status status = rz_project_provider(e->finder->project, e->plan->target, &provider,
                                                e->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->fetch(provider, e->plan->apex.wire, &live, revision, e->diags);
    if (status == RZ_OK && !revision->exists)
        status = refuse(e, entries[0], RZ3541, "the zone is gone", "plan again");
    e->live = &live;
    e->reader = rz_rdata_reader_new();
    for (size_t i = 0; i < count && (status == RZ_OK || status == RZ_INVALID); i++) {
        enum rz_status one = take_entry(e, entries[i]); /* all that is wrong at once */
        status = status == RZ_OK ? one : status;
    }
    if (status == RZ_OK)
        status = make_changes(e, provider);
    rz_diags_take(e->diags, &e->plan->diags);
    rz_rdata_reader_free(e->reader);
    rz_zone_free(&live);
    for (size_t i = 0; i < e->count; i++)
        free(e->edits[i].values);
    free(e->edits);
    rz_arena_free(&e->arena);
    return status;
}

/* Entries of one zone. */
struct group {
    struct rz_name apex;
    struct rz_strings targets;
    const struct rz_record_entry **entries;
    size_t count, capacity;
};

struct groups {
    struct group *items;
    size_t count, capacity;
};

static bool sort_in(struct rz_record_finder *finder, const struct rz_record_entry *entry,
                    struct groups *groups)
{
    struct rz_name apex;
    struct rz_strings targets;
    size_t i = 0;
    if (!rz_record_find_zone(finder, entry->owner.wire, &apex, &targets))
        return false;
    while (i < groups->count && !rz_name_equal(groups->items[i].apex.wire, apex.wire))
        i++;
    if (i == groups->count) {
        groups->items = rz_grow(groups->items, &groups->capacity, i + 1, sizeof *groups->items);
        groups->items[groups->count++] = (struct group){.apex = apex, .targets = targets};
    }
    struct group *group = &groups->items[i];
    group->entries = rz_grow(group->entries, &group->capacity, group->count + 1,
                             sizeof *group->entries);
    group->entries[group->count++] = entry;
    return true;
}

static enum rz_status plan_group(struct rz_record_finder *finder, enum rz_record_verb verb,
                                 const struct group *group, struct rz_plan *plan)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < group->targets.count; i++) {
        struct rz_zone_plan *zone = rz_alloc_zero(1, sizeof *zone);
        zone->apex = group->apex;
        zone->target = rz_arena_strdup(&zone->arena, group->targets.items[i]);
        struct editing editing = {
            .finder = finder, .verb = verb, .plan = zone, .diags = &finder->cli->diags};
        enum rz_status one = fill(&editing, group->entries, group->count);
        status = status == RZ_OK ? one : status;
        if (one != RZ_OK || !zone->count) {
            plan->unchanged += one == RZ_OK;
            rz_zone_plan_free(zone);
            continue;
        }
        plan->zones = rz_grow(plan->zones, &plan->capacity, plan->count + 1, sizeof *plan->zones);
        plan->zones[plan->count++] = zone;
        plan->has_changes = true;
    }
    return status;
}

enum rz_status rz_record_plan(struct rz_record_finder *finder, enum rz_record_verb verb,
                              const struct rz_record_entries *entries, struct rz_plan *plan)
{
    struct groups groups = {0};
    enum rz_status status = RZ_OK;
    const struct rz_policy *policy = &finder->project->policy;
    *plan = (struct rz_plan){0};
    rz_plan_name(plan, &finder->cli->context);
    plan->expires = plan->created + (int64_t)policy->plan_expires;
    for (size_t i = 0; i < entries->count; i++)
        if (!sort_in(finder, &entries->items[i], &groups))
            status = RZ_NOT_FOUND;
    for (size_t i = 0; i < groups.count; i++) {
        if (status == RZ_OK || status == RZ_INVALID) {
            enum rz_status one = plan_group(finder, verb, &groups.items[i], plan);
            status = status == RZ_OK ? one : status;
        }
        free(groups.items[i].entries);
    }
    free(groups.items);
    if (status == RZ_OK && plan->count)
        rz_policy_check(policy, plan, &finder->cli->options.all[RZ_OPT_ALLOW]);
    return status;
}
