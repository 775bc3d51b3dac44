/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DS of a zone's keys at its parent: looked at, and made as they shall be where the parent zone, or the
 * registration of the name, is of the project; else whoever keeps it is told. */
#include <stdlib.h>

#include "cli/registration_run.h"
#include "cli/rolling.h"
#include "delegation/parent.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "registration.h"

#define DS_TTL 3600
#define SHA256 2
#define KEYS_MAX 32

/* A key as an entry of the chain of trust. */
struct entry {
    bool wanted; /* the parent shall have its DS */
    uint16_t key_size, ds_size;
    uint8_t dnskey[RZ_SIGNING_KEY_WIRE_MAX], ds[RZ_DS_MAX];
};
struct entries {
    struct entry *items;
    size_t count;
};

/* ---- what the parent shall have */

static uint8_t digest_of(const struct rz_rolling *r)
{
    struct rz_signing signing;
    const struct rz_rrset *how = rz_zone_find(&r->desired, r->entry->apex.wire, RZ_TYPE_DNSSEC);
    struct rz_rdata_cursor c = how ? rz_rrset_rdata(how) : (struct rz_rdata_cursor){0};
    return rz_rdata_next(&c) && rz_signing_from_wire(&signing, c.wire, c.size) && signing.cds
               ? signing.cds
               : SHA256;
}

static void add_entry(const struct rz_rolling *r, struct entries *entries,
                      const struct rz_signing_key *key, bool wanted)
{
    struct entry *entry = &entries->items[entries->count];
    const uint8_t *apex = r->entry->apex.wire;
    if (entries->count == KEYS_MAX)
        return;
    entry->key_size = (uint16_t)rz_signing_key_dnskey(key, entry->dnskey);
    entry->ds_size = (uint16_t)rz_dnskey_ds(entry->ds, apex, entry->dnskey, entry->key_size,
                                            digest_of(r));
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].key_size == entry->key_size
            && memcmp(entries->items[i].dnskey, entry->dnskey, entry->key_size) == 0)
            return;
    entry->wanted = wanted;
    entries->count += entry->ds_size > 0;
}

static void add_keys(const struct rz_rolling *r, struct entries *entries,
                     const struct rz_rrset *keys, bool remove)
{
    struct rz_signing_key key;
    struct rz_rdata_cursor c = keys ? rz_rrset_rdata(keys) : (struct rz_rdata_cursor){0};
    const struct rz_rollover_step *step = r->steps ? &r->steps[r->row.step] : NULL;
    while (rz_rdata_next(&c)) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || !(key.role & RZ_KEY_KSK))
            continue;
        bool wanted = step ? rz_rollover_has_ds(r->kind, step, &r->keys, &key)
                           : (key.state & RZ_KEY_PUBLISHED) != 0;
        add_entry(r, entries, &key, wanted && !remove);
    }
}

/* Of live keys, and of a roll-over those that went and those that are to come. */
static struct entries collect(struct rz_rolling *r, bool remove)
{
    struct entries entries = {
        .items = rz_arena_alloc(&r->cli->arena, (KEYS_MAX + 1) * sizeof *entries.items)};
    add_keys(r, &entries, r->keys.now, remove);
    if (r->steps) {
        add_keys(r, &entries, r->keys.old, remove);
        add_keys(r, &entries, r->keys.made, remove);
    }
    return entries;
}

static bool has_ds_of(const struct rz_rolling *r, const struct rz_rrset *ds,
                      const struct entry *entry)
{
    if (ds)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);)
            if (rz_ds_matches(c.wire, c.size, r->entry->apex.wire, entry->dnskey, entry->key_size))
                return true;
    return false;
}

/* Whether DS are there of just those keys that shall have one, by whatever digest. DS of keys that nobody
 * here knows are others' business, unless there shall be none. */
static bool is_as_wished(const struct rz_rolling *r, const struct rz_rrset *ds,
                         const struct entries *entries)
{
    bool any = false;
    for (size_t i = 0; i < entries->count; i++) {
        if (has_ds_of(r, ds, &entries->items[i]) != entries->items[i].wanted)
            return false;
        any |= entries->items[i].wanted;
    }
    return any || !ds;
}

/* What the parent's servers have. */
struct sight {
    bool as_wished; /* all answer, and have it so */
    bool any;       /* some DS, of whatever key */
};

static enum rz_status look(struct rz_rolling *r, const struct entries *entries, struct sight *sight,
                           struct rz_buffer *seen_ds)
{
    struct rz_lookup lookup;
    struct rz_delegation seen;
    const char *why;
    enum rz_status status = rz_lookup_init(&lookup, &r->cli->context, &r->project->verify.resolvers,
                                           &r->project->verify.parents, &r->cli->diags);
    if (status != RZ_OK)
        return status;
    status = rz_delegation_read(&seen, &lookup, r->entry->apex.wire, &why);
    *sight = (struct sight){.as_wished = status == RZ_OK};
    for (size_t i = 0; status == RZ_OK && i < seen.count; i++) {
        const struct rz_rrset *ds = seen.servers[i].ds;
        sight->as_wished &= seen.servers[i].answered && is_as_wished(r, ds, entries);
        sight->any |= ds != NULL;
        if (ds && ds->ttl > r->times.ds_ttl)
            r->times.ds_ttl = ds->ttl;
    }
    for (struct rz_rdata_cursor c = seen.ds ? rz_rrset_rdata(seen.ds) : (struct rz_rdata_cursor){0};
         seen_ds && rz_rdata_next(&c);) {
        rz_rdata_print(seen_ds, RZ_TYPE_DS, c.wire, c.size);
        rz_buffer_char(seen_ds, '\n');
    }
    if (status != RZ_OK)
        rz_diags_add(&r->cli->diags, RZ6010, rz_place_named(r->name),
                     "the parent cannot be asked for its DS: %s", why);
    rz_delegation_free(&seen);
    return status;
}

/* ---- who has the parent's side */

struct parent {
    struct rz_name apex; /* of the zone there: the parent's, or the name itself at a registrar */
    const char *target;  /* NULL: nobody of the project */
    bool is_registration;
};

/* The zone of the project that this one is delegated from. */
static const struct rz_zone_entry *find_parent_zone(const struct rz_rolling *r)
{
    const struct rz_zone_entry *found = NULL;
    for (size_t i = 0; i < r->zones->count; i++) {
        const struct rz_zone_entry *entry = &r->zones->items[i];
        if (!rz_name_equal(entry->apex.wire, r->entry->apex.wire)
            && rz_name_in(r->entry->apex.wire, entry->apex.wire)
            && (!found || entry->apex.size > found->apex.size))
            found = entry;
    }
    return found;
}

/* Whether the provider has an active registration of the name. */
static enum rz_status is_registered(struct rz_rolling *r, const char *provider_name, bool *is)
{
    struct rz_provider *provider;
    struct rz_domain_list list = {0};
    struct rz_diags unseen = {0};
    enum rz_status status = rz_project_provider(r->project, provider_name, &provider,
                                                &r->cli->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->domains->get(provider, r->name, &list, &unseen);
    *is = status == RZ_OK;
    if (status == RZ_NOT_FOUND)
        status = RZ_OK;
    else
        rz_diags_take(&r->cli->diags, &unseen);
    rz_diags_free(&unseen);
    free(list.items);
    rz_arena_free(&list.arena);
    return status;
}

static enum rz_status find_parent(struct rz_rolling *r, struct parent *parent)
{
    const struct rz_zone_entry *zone = find_parent_zone(r);
    enum rz_status status = RZ_OK;
    *parent = (struct parent){0};
    if (zone) {
        parent->apex = zone->apex;
        parent->target = zone->rule->targets.items[0];
        return RZ_OK;
    }
    for (size_t i = 0; status == RZ_OK && i < r->project->provider_count; i++) {
        const struct rz_provider_entry *entry = &r->project->providers[i];
        const struct rz_provider_ops *ops = rz_provider_find(entry->kind);
        bool is = false;
        if (!ops || !ops->domains)
            continue;
        status = is_registered(r, entry->name, &is);
        if (!is)
            continue;
        parent->apex = r->entry->apex;
        parent->target = rz_arena_printf(&r->cli->arena, "%s%s", entry->name,
                                         RZ_REGISTRATION_SUFFIX);
        parent->is_registration = true;
        break;
    }
    return status;
}

/* ---- made so */

/* A registrar keeps public keys beside the DS; both change together. */
static void fill_registration(struct rz_rolling *r, struct rz_zone_plan *plan,
                              const struct rz_zone *live, const struct entries *entries)
{
    struct rz_registration_record ds[KEYS_MAX], keys[KEYS_MAX];
    size_t count = 0;
    const uint8_t *apex = r->entry->apex.wire;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        if (!entry->wanted)
            continue;
        ds[count] = (struct rz_registration_record){entry->ds, entry->ds_size};
        keys[count++] = (struct rz_registration_record){entry->dnskey, entry->key_size};
    }
    rz_registration_change(plan, live, apex, RZ_TYPE_DS, ds, count);
    if (plan->count)
        rz_registration_change(plan, live, apex, RZ_TYPE_DNSKEY, keys, count);
}

static void make_ds(const struct rz_rolling *r, struct rz_zone *zone, const struct entries *entries,
                    uint32_t ttl)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].wanted)
            rz_zone_add(zone, r->entry->apex.wire, RZ_TYPE_DS, ttl,
                        (struct rz_rdata){entries->items[i].ds, entries->items[i].ds_size},
                        (struct rz_record_origin){0});
}

static enum rz_status fill_zone(struct rz_rolling *r, struct rz_zone_plan *plan,
                                const struct rz_zone *live, const struct entries *entries)
{
    struct rz_zone wanted;
    const uint8_t *apex = r->entry->apex.wire;
    const struct rz_rrset *ds = rz_zone_find(live, apex, RZ_TYPE_DS);
    const struct rz_rrset *ns = rz_zone_find(live, apex, RZ_TYPE_NS);
    rz_zone_init(&wanted, live->apex.wire);
    make_ds(r, &wanted, entries, ds ? ds->ttl : ns ? ns->ttl : DS_TTL);
    enum rz_status status = rz_zone_finish(&wanted, RZ_ZONE_LIVE, &r->cli->diags);
    const struct rz_rrset *after = status == RZ_OK && wanted.count ? &wanted.rrsets[0] : NULL;
    bool same = after && ds ? rz_rrset_equal(ds, after) : after == ds;
    if (status == RZ_OK && !same)
        rz_zone_plan_add(plan, ds, after);
    rz_zone_free(&wanted);
    return status;
}

/* Nothing is changed where there is no DS, neither here nor, as `*any` says, elsewhere; it is set where there is
 * one here. A step leaves a set alone that has what it wants, beside DS of others. */
static enum rz_status change_parent(struct rz_rolling *r, const struct parent *parent,
                                    const struct entries *entries, bool *any)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct rz_provider *provider;
    enum rz_status status = rz_project_provider(r->project, parent->target, &provider,
                                                &r->cli->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->fetch(provider, parent->apex.wire, &live, &revision, &r->cli->diags);
    const struct rz_rrset *ds = status == RZ_OK
                                    ? rz_zone_find(&live, r->entry->apex.wire, RZ_TYPE_DS)
                                    : NULL;
    *any |= ds != NULL;
    if (status != RZ_OK || !*any || (r->steps && is_as_wished(r, ds, entries))) {
        rz_zone_free(&live);
        return status;
    }
    struct rz_zone_plan *plan = rz_rolling_plan(&parent->apex, parent->target, &live, &revision);
    if (parent->is_registration)
        fill_registration(r, plan, &live, entries);
    else
        status = fill_zone(r, plan, &live, entries);
    if (status == RZ_OK && plan->count)
        status = rz_rolling_run(r, plan);
    else
        rz_zone_plan_free(plan);
    rz_zone_free(&live);
    return status;
}

static void print_ds(struct rz_buffer *text, const struct entries *entries, const char *between)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        if (!entry->wanted)
            continue;
        rz_buffer_text(text, text->size ? between : "");
        rz_rdata_print(text, RZ_TYPE_DS, entry->ds, entry->ds_size);
    }
}

static void tell(struct rz_rolling *r, const struct parent *parent, const struct entries *entries)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    print_ds(&text, entries, "; ");
    struct rz_diag *diag = rz_diags_add(&r->cli->diags, RZ6011, rz_place_named(r->name),
                                        "the parent's servers do not have just these DS: %s",
                                        rz_buffer_view(&text).data);
    rz_diag_hint(
        &r->cli->diags, diag,
        parent->target
            ? "they are on their way to its servers; step again"
            : "put them there, in place of others (at the registrar; by CDS where the parent "
              "reads them), then step again");
}

/* What the registrar or the parent zone has comes first: its servers may still show what a killed run had put
 * there, and that was taken back. A roll-over of a zone of which nobody has a DS waits for nothing. */
enum rz_status rz_rolling_exchange_ds(struct rz_rolling *r)
{
    struct parent parent;
    struct sight sight = {0};
    struct entries entries = collect(r, false);
    enum rz_status status = find_parent(r, &parent);
    if (status == RZ_OK)
        status = look(r, &entries, &sight, NULL);
    bool any = sight.any;
    if (status == RZ_OK && parent.target) {
        status = change_parent(r, &parent, &entries, &any);
        if (status == RZ_OK && any)
            status = look(r, &entries, &sight, NULL);
    }
    if (status == RZ_OK && any && !sight.as_wished) {
        tell(r, &parent, &entries);
        status = RZ_CONFLICT;
    }
    return status;
}

enum rz_status rz_rolling_ds(struct rz_rolling *r, enum rz_ds_wish wish,
                             struct rz_buffer *wanted_ds, struct rz_buffer *seen_ds,
                             bool *as_wished)
{
    struct parent parent;
    struct sight sight = {0};
    bool any = true;
    struct entries entries = collect(r, wish == RZ_DS_REMOVE);
    enum rz_status status = wish == RZ_DS_SHOW ? RZ_OK : find_parent(r, &parent);
    print_ds(wanted_ds, &entries, "\n");
    rz_buffer_text(wanted_ds, wanted_ds->size ? "\n" : "");
    if (status == RZ_OK && wish != RZ_DS_SHOW && parent.target)
        status = change_parent(r, &parent, &entries, &any);
    if (status == RZ_OK)
        status = look(r, &entries, &sight, seen_ds);
    *as_wished = sight.as_wished;
    return status;
}
