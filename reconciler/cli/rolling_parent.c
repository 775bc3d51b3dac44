/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step of a roll-over at the parent: new DS in place of the old ones, in the project's own parent zone
 * or by whoever keeps it. */
#include "cli/rolling.h"
#include "delegation/parent.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"

#define DS_TTL 3600
#define SHA256 2

static bool is_anchor(const struct rz_signing_key *key)
{
    return key->role & RZ_KEY_KSK && key->state & RZ_KEY_PUBLISHED;
}

/* The keys that are exchanged; NULL: none are. */
static const struct rz_rrset *old_keys(const struct rz_rolling *r)
{
    return r->old.count ? &r->old.rrsets[0] : NULL;
}

static bool is_old(const struct rz_rolling *r, const struct rz_signing_key *key)
{
    struct rz_signing_key other;
    if (!old_keys(r))
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(old_keys(r)); rz_rdata_next(&c);)
        if (rz_signing_key_from_wire(&other, c.wire, c.size) && rz_signing_key_is(&other, key))
            return true;
    return false;
}

/* DS of the keys that stay: the new ones, and those that are not rolled. */
static void make_ds(const struct rz_rolling *r, struct rz_zone *zone, uint32_t ttl)
{
    struct rz_signing_key key;
    uint8_t dnskey[RZ_SIGNING_KEY_WIRE_MAX], ds[RZ_DS_MAX];
    const uint8_t *apex = r->entry->apex.wire;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(r->keys); rz_rdata_next(&c);) {
        if (!rz_signing_key_from_wire(&key, c.wire, c.size) || !is_anchor(&key)
            || (is_old(r, &key) && rz_keyroll_takes(r->kind, &key)))
            continue;
        size_t size = rz_signing_key_dnskey(&key, dnskey);
        size = rz_dnskey_ds(ds, apex, dnskey, size, SHA256);
        if (size)
            rz_zone_add(zone, apex, RZ_TYPE_DS, ttl, (struct rz_rdata){ds, (uint16_t)size},
                        (struct rz_record_origin){0});
    }
}

/* Whether the parent's DS are of keys that stay, at least one, and none of an old key. */
static bool is_exchanged(const struct rz_rolling *r, const struct rz_rrset *ds,
                         const struct rz_zone *wanted)
{
    const struct rz_rrset *want = rz_zone_find(wanted, r->entry->apex.wire, RZ_TYPE_DS);
    struct rz_signing_key key;
    uint8_t dnskey[RZ_SIGNING_KEY_WIRE_MAX];
    bool one = false;
    if (!ds || !want)
        return !ds && !want;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        one |= rz_rrset_contains(want, c.wire, c.size);
        struct rz_rdata_cursor k = {0};
        if (old_keys(r))
            k = rz_rrset_rdata(old_keys(r));
        while (rz_rdata_next(&k)) {
            if (!rz_signing_key_from_wire(&key, k.wire, k.size) || !rz_keyroll_takes(r->kind, &key))
                continue;
            size_t size = rz_signing_key_dnskey(&key, dnskey);
            if (rz_ds_matches(c.wire, c.size, r->entry->apex.wire, dnskey, size))
                return false;
        }
    }
    return one;
}

/* Asks the parent's servers; all that answer must have it so. */
static enum rz_status look(struct rz_rolling *r, const struct rz_zone *wanted, bool *exchanged,
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
    *exchanged = status == RZ_OK;
    for (size_t i = 0; status == RZ_OK && i < seen.count; i++) {
        const struct rz_rrset *ds = seen.servers[i].ds;
        *exchanged &= seen.servers[i].answered && is_exchanged(r, ds, wanted);
        if (ds && ds->ttl > r->times.ds)
            r->times.ds = ds->ttl;
    }
    if (status == RZ_OK && !seen.ds && old_keys(r))
        *exchanged = true; /* nobody validates: there is nothing to exchange */
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

/* The zone of the project that this one is delegated from. */
static const struct rz_zone_entry *find_parent(const struct rz_rolling *r)
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

static enum rz_status change_parent(struct rz_rolling *r, const struct rz_zone_entry *parent,
                                    bool remove)
{
    struct rz_zone live, wanted;
    struct rz_revision revision = {0};
    struct rz_provider *provider;
    const uint8_t *apex = r->entry->apex.wire;
    const char *target = parent->rule->targets.items[0];
    enum rz_status status = rz_project_provider(r->project, target, &provider, &r->cli->diags);
    if (status != RZ_OK)
        return status;
    status = provider->ops->fetch(provider, parent->apex.wire, &live, &revision, &r->cli->diags);
    rz_zone_init(&wanted, parent->apex.wire);
    if (status == RZ_OK) {
        const struct rz_rrset *ds = rz_zone_find(&live, apex, RZ_TYPE_DS);
        const struct rz_rrset *ns = rz_zone_find(&live, apex, RZ_TYPE_NS);
        if (!remove)
            make_ds(r, &wanted, ds ? ds->ttl : ns ? ns->ttl : DS_TTL);
        status = rz_zone_finish(&wanted, RZ_ZONE_LIVE, &r->cli->diags);
        const struct rz_rrset *after = status == RZ_OK && wanted.count ? &wanted.rrsets[0] : NULL;
        bool same = after && ds ? rz_rrset_equal(ds, after) : after == ds;
        if (status == RZ_OK && !same && (after || remove))
            status = rz_rolling_change(r, &parent->apex, target, &live, &revision, ds, after);
    }
    rz_zone_free(&wanted);
    rz_zone_free(&live);
    return status;
}

static void tell(struct rz_rolling *r, const struct rz_zone *wanted)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const struct rz_rrset *ds = rz_zone_find(wanted, r->entry->apex.wire, RZ_TYPE_DS);
    if (ds)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
            rz_buffer_text(&text, text.size ? "; " : "");
            rz_rdata_print(&text, RZ_TYPE_DS, c.wire, c.size);
        }
    struct rz_diag *diag = rz_diags_add(&r->cli->diags, RZ6011, rz_place_named(r->name),
                                        "the parent does not have just the DS of the new key: %s",
                                        rz_buffer_view(&text).data);
    rz_diag_hint(&r->cli->diags, diag,
                 "put it there in place of the old one (`rezone dnssec add` and `remove` at a "
                 "registrar of the project; by CDS where the parent reads them), then step again");
}

enum rz_status rz_rolling_exchange_ds(struct rz_rolling *r)
{
    struct rz_zone wanted;
    bool exchanged = false;
    const struct rz_zone_entry *parent = find_parent(r);
    rz_zone_init(&wanted, r->entry->apex.wire);
    make_ds(r, &wanted, DS_TTL);
    enum rz_status status = rz_zone_finish(&wanted, RZ_ZONE_LIVE, &r->cli->diags);
    if (status == RZ_OK)
        status = look(r, &wanted, &exchanged, NULL);
    if (status == RZ_OK && !exchanged && parent) {
        status = change_parent(r, parent, false);
        if (status == RZ_OK)
            status = look(r, &wanted, &exchanged, NULL);
    }
    if (status == RZ_OK && !exchanged) {
        tell(r, &wanted);
        status = RZ_CONFLICT;
    }
    rz_zone_free(&wanted);
    return status;
}

enum rz_status rz_rolling_ds(struct rz_rolling *r, enum rz_ds_wish wish,
                             struct rz_buffer *wanted_ds, struct rz_buffer *seen_ds,
                             bool *as_wished)
{
    struct rz_zone wanted;
    const struct rz_zone_entry *parent = find_parent(r);
    rz_zone_init(&wanted, r->entry->apex.wire);
    if (wish != RZ_DS_REMOVE)
        make_ds(r, &wanted, DS_TTL);
    enum rz_status status = rz_zone_finish(&wanted, RZ_ZONE_LIVE, &r->cli->diags);
    const struct rz_rrset *ds = rz_zone_find(&wanted, r->entry->apex.wire, RZ_TYPE_DS);
    for (struct rz_rdata_cursor c = ds ? rz_rrset_rdata(ds) : (struct rz_rdata_cursor){0};
         rz_rdata_next(&c);) {
        rz_rdata_print(wanted_ds, RZ_TYPE_DS, c.wire, c.size);
        rz_buffer_char(wanted_ds, '\n');
    }
    if (status == RZ_OK && wish != RZ_DS_SHOW && parent)
        status = change_parent(r, parent, wish == RZ_DS_REMOVE);
    if (status == RZ_OK)
        status = look(r, &wanted, as_wished, seen_ds);
    rz_zone_free(&wanted);
    return status;
}
