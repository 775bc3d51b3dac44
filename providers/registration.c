/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registrar's registrations as zones that can be fetched and changed. */
#include "registration.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "support/alloc.h"

/* A nameserver's address that this process registered: no call of a registrar shows it again. */
struct host {
    struct host *next;
    struct rz_name owner;
    uint16_t type, size;
    uint8_t octets[16];
};

struct registration {
    struct rz_provider base;
    struct rz_provider *registrar;
    struct rz_capabilities capabilities;
    pthread_mutex_t lock; /* of `hosts` */
    struct host *hosts;
};

static const struct rz_provider_ops registration_ops;

static void registration_close(struct rz_provider *provider)
{
    struct registration *view = (struct registration *)provider;
    while (view->hosts) {
        struct host *next = view->hosts->next;
        free(view->hosts);
        view->hosts = next;
    }
    pthread_mutex_destroy(&view->lock);
    free((char *)(uintptr_t)view->base.name);
    free(view);
}

static bool takes_type(uint16_t type)
{
    return type == RZ_TYPE_NS || type == RZ_TYPE_DS || type == RZ_TYPE_DNSKEY || type == RZ_TYPE_A
           || type == RZ_TYPE_AAAA;
}

struct rz_provider *rz_registration_open(struct rz_provider *registrar)
{
    struct registration *view = rz_alloc_zero(1, sizeof *view);
    struct rz_buffer name = {0};
    rz_buffer_printf(&name, "%s%s", registrar->name, RZ_REGISTRATION_SUFFIX);
    view->base = (struct rz_provider){&registration_ops, name.data};
    view->registrar = registrar;
    view->capabilities = (struct rz_capabilities){.atomicity = RZ_ATOMIC_RECORD,
                                                  .conditional = RZ_COND_NONE,
                                                  .is_registration = true,
                                                  .takes_type = takes_type};
    pthread_mutex_init(&view->lock, NULL);
    return &view->base;
}

bool rz_provider_is_registration(const struct rz_provider *provider)
{
    return provider->ops == &registration_ops;
}

static const struct rz_capabilities *registration_capabilities(const struct rz_provider *provider)
{
    return &((const struct registration *)provider)->capabilities;
}

/* ---- reading */

static enum rz_status unreadable(const struct rz_provider *provider, const char *what,
                                 struct rz_diags *diags)
{
    rz_diags_add(diags, RZ3551, rz_place_named(provider->name), "%s", what);
    return RZ_NETWORK;
}

static void add(struct rz_zone *zone, const uint8_t *owner, uint16_t type, const void *wire,
                size_t size)
{
    rz_zone_add(zone, owner, type, RZ_REGISTRATION_TTL, (struct rz_rdata){wire, (uint16_t)size},
                (struct rz_record_origin){0});
}

static enum rz_status add_nameservers(struct rz_zone *zone, const struct rz_provider *provider,
                                      const struct rz_domain *domain, struct rz_diags *diags)
{
    struct rz_name name;
    const char *why;
    for (size_t i = 0; i < domain->nameservers.count; i++) {
        if (rz_name_parse(&name, rz_str_of(domain->nameservers.items[i]), NULL, &why) != RZ_OK)
            return unreadable(provider, "a nameserver of the registration is no name", diags);
        add(zone, zone->apex.wire, RZ_TYPE_NS, name.wire, name.size);
    }
    return RZ_OK;
}

static enum rz_status add_keys(struct rz_zone *zone, struct registration *view,
                               const struct rz_domain *domain, struct rz_diags *diags)
{
    struct rz_domain_keys keys = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer rdata = {0};
    enum rz_status status = view->registrar->ops->domains->keys(view->registrar, domain, &keys,
                                                                diags);
    for (size_t i = 0; status == RZ_OK && i < keys.count; i++) {
        rz_buffer_reset(&rdata);
        if (!rz_domain_key_ds(&rdata, &keys.items[i]))
            status = unreadable(&view->base, "a DS of the registration has no digest", diags);
        else
            add(zone, zone->apex.wire, RZ_TYPE_DS, rdata.data, rdata.size);
        rz_buffer_reset(&rdata);
        if (rz_domain_key_dnskey(&rdata, &keys.items[i]))
            add(zone, zone->apex.wire, RZ_TYPE_DNSKEY, rdata.data, rdata.size);
    }
    free(keys.items);
    rz_arena_free(&keys.arena);
    return status;
}

static void add_hosts(struct rz_zone *zone, struct registration *view)
{
    pthread_mutex_lock(&view->lock);
    for (const struct host *host = view->hosts; host; host = host->next)
        if (rz_name_in(host->owner.wire, zone->apex.wire))
            add(zone, host->owner.wire, host->type, host->octets, host->size);
    pthread_mutex_unlock(&view->lock);
}

/* The registration; RZ_NOT_FOUND, with a diagnostic, where the account has none. */
static enum rz_status get(struct registration *view, const uint8_t *apex,
                          struct rz_domain_list *list, struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(name, apex);
    enum rz_status status = view->registrar->ops->domains->get(view->registrar, name, list, diags);
    return status;
}

static enum rz_status registration_fetch(struct rz_provider *provider, const uint8_t *apex,
                                         struct rz_zone *zone, struct rz_revision *revision,
                                         struct rz_diags *diags)
{
    struct registration *view = (struct registration *)provider;
    struct rz_domain_list list = {0};
    *revision = (struct rz_revision){0};
    rz_zone_init(zone, apex);
    enum rz_status status = get(view, apex, &list, diags);
    if (status == RZ_OK)
        status = add_nameservers(zone, provider, &list.items[0], diags);
    if (status == RZ_OK)
        status = add_keys(zone, view, &list.items[0], diags);
    free(list.items);
    rz_arena_free(&list.arena);
    if (status != RZ_OK)
        return status;
    add_hosts(zone, view);
    revision->exists = true;
    return rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
}

/* ---- changing */

struct applying {
    struct registration *view;
    const struct rz_batch *batch;
    const struct rz_domain *domain;
    struct rz_diags *diags;
};

static enum rz_status refuse(const struct applying *a, const char *what, const char *hint)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        a->diags, RZ3552, rz_place_named(rz_name_text_plain(name, a->batch->apex)), "%s", what);
    rz_diag_hint(a->diags, diag, "%s", hint);
    return RZ_REJECTED;
}

static enum rz_status set_nameservers(const struct applying *a, const struct rz_rrset *after)
{
    struct rz_arena arena = {0};
    struct rz_strings names = {0};
    char text[RZ_NAME_TEXT_MAX];
    if (!after)
        return refuse(a, "a registration cannot be without nameservers",
                      "`rezone domain nameservers set` names others");
    names.items = rz_arena_alloc(&arena, after->rdata_count * sizeof *names.items);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(after); rz_rdata_next(&c);)
        names.items[names.count++] = rz_arena_strdup(&arena, rz_name_text_plain(text, c.wire));
    enum rz_status status = a->view->registrar->ops->domains->set_nameservers(
        a->view->registrar, a->domain, &names, a->diags);
    rz_arena_free(&arena);
    return status;
}

static enum rz_status add_key(const struct applying *a, struct rz_rdata ds)
{
    struct rz_arena arena = {0};
    struct rz_domain_key key;
    struct rz_rdata found, *dnskey = NULL;
    const struct rz_rrset *keys = rz_zone_find(a->batch->desired, a->batch->apex, RZ_TYPE_DNSKEY);
    if (keys)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(keys); rz_rdata_next(&c) && !dnskey;)
            if (rz_ds_matches(ds.wire, ds.size, a->batch->apex, c.wire, c.size)) {
                found = (struct rz_rdata){c.wire, c.size};
                dnskey = &found;
            }
    rz_domain_key_of(&key, &arena, ds, dnskey);
    enum rz_status status = a->view->registrar->ops->domains->add_key(a->view->registrar, a->domain,
                                                                      &key, a->diags);
    rz_arena_free(&arena);
    return status;
}

static uint16_t tag_of(const uint8_t *ds)
{
    return (uint16_t)(ds[0] << 8 | ds[1]);
}

/* A tag is removed with all its records: those that stay are added again. The new keys go in first, so
 * that the chain does not break in between. */
static enum rz_status change_keys(const struct applying *a, const struct rz_change *change)
{
    bool gone[UINT16_MAX + 1] = {false};
    enum rz_status status = RZ_OK;
    if (change->after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(change->after);
             status == RZ_OK && rz_rdata_next(&c);)
            if (!change->before || !rz_rrset_contains(change->before, c.wire, c.size))
                status = add_key(a, (struct rz_rdata){c.wire, c.size});
    if (!change->before)
        return status;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(change->before);
         status == RZ_OK && rz_rdata_next(&c);) {
        uint16_t tag = tag_of(c.wire);
        if (gone[tag] || (change->after && rz_rrset_contains(change->after, c.wire, c.size)))
            continue;
        status = a->view->registrar->ops->domains->remove_key(a->view->registrar, a->domain, tag,
                                                              a->diags);
        gone[tag] = true;
    }
    if (change->after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(change->after);
             status == RZ_OK && rz_rdata_next(&c);)
            if (gone[tag_of(c.wire)])
                status = add_key(a, (struct rz_rdata){c.wire, c.size});
    return status;
}

static void remember(struct registration *view, const struct rz_rrset *rrset, const uint8_t *wire,
                     uint16_t size)
{
    struct host *host = rz_alloc_zero(1, sizeof *host);
    rz_name_copy(&host->owner, rrset->owner);
    host->type = rrset->type;
    host->size = size;
    memcpy(host->octets, wire, size);
    pthread_mutex_lock(&view->lock);
    host->next = view->hosts;
    view->hosts = host;
    pthread_mutex_unlock(&view->lock);
}

static enum rz_status register_hosts(const struct applying *a, const struct rz_change *change)
{
    char host[RZ_NAME_TEXT_MAX], address[INET6_ADDRSTRLEN];
    enum rz_status status = RZ_OK;
    if (change->before)
        return refuse(a,
                      "the registrar has no call that changes or takes back a nameserver's address",
                      "do it in the registrar's panel");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(change->after);
         status == RZ_OK && rz_rdata_next(&c);) {
        inet_ntop(change->after->type == RZ_TYPE_A ? AF_INET : AF_INET6, c.wire, address,
                  sizeof address);
        status = a->view->registrar->ops->domains->register_host(
            a->view->registrar, a->domain, rz_name_text_plain(host, change->after->owner), address,
            a->diags);
        if (status == RZ_OK)
            remember(a->view, change->after, c.wire, c.size);
    }
    return status;
}

static enum rz_status apply_one(const struct applying *a, const struct rz_change *change)
{
    switch (rz_change_subject(*change)->type) {
    case RZ_TYPE_NS: return set_nameservers(a, change->after);
    case RZ_TYPE_DS: return change_keys(a, change);
    case RZ_TYPE_A:
    case RZ_TYPE_AAAA: return register_hosts(a, change);
    default: return RZ_OK; /* public keys go with their DS */
    }
}

static enum rz_status registration_apply(struct rz_provider *provider, struct rz_batch *batch,
                                         struct rz_diags *diags)
{
    struct rz_domain_list list = {0};
    struct applying a = {.view = (struct registration *)provider, .batch = batch, .diags = diags};
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = RZ_OUTCOME_NOT_SENT;
    enum rz_status status = get(a.view, batch->apex, &list, diags);
    a.domain = status == RZ_OK ? &list.items[0] : NULL;
    for (size_t i = 0; status == RZ_OK && i < batch->count; i++) {
        status = apply_one(&a, &batch->changes[i]);
        /* A key's change is several requests: what came of the first ones is read back. */
        batch->outcomes[i] = status == RZ_OK ? RZ_OUTCOME_DONE
                             : status == RZ_UNKNOWN || batch->changes[i].before
                                 ? RZ_OUTCOME_UNKNOWN
                                 : RZ_OUTCOME_NOT_DONE;
    }
    free(list.items);
    rz_arena_free(&list.arena);
    return status;
}

static const struct rz_provider_ops registration_ops = {
    .kind = "registration",
    .summary = "What the parent has of a registered name.",
    .close = registration_close,
    .capabilities = registration_capabilities,
    .fetch = registration_fetch,
    .apply = registration_apply,
};
