/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Circles of forwarding: questions are followed from resolver to resolver, as far as their addresses
 * are known. Rules that overlap, or name one target in two ways. */
#include "plan/forwarding.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "dns/forward.h"
#include "dns/rtype.h"
#include "support/alloc.h"

#define SERVERS_MAX 64
#define HOPS_MAX 16 /* resolvers on the way of one question */

struct rz_forwarding_rule {
    const struct rz_provider *resolver;
    const struct rz_rrset *rrset; /* in the arena */
    const char *file;
};

static void note_resolver(struct rz_forwarding *forwarding, const struct rz_provider *resolver)
{
    for (size_t i = 0; i < forwarding->resolver_count; i++)
        if (forwarding->resolvers[i] == resolver)
            return;
    if (forwarding->resolver_count < RZ_RESOLVERS_MAX)
        forwarding->resolvers[forwarding->resolver_count++] = resolver;
}

void rz_forwarding_note(struct rz_forwarding *forwarding, const struct rz_provider *resolver,
                        const struct rz_zone *zone)
{
    note_resolver(forwarding, resolver);
    for (size_t i = 0; i < zone->count; i++) {
        if (zone->rrsets[i].type != RZ_TYPE_FORWARD)
            continue;
        const char *file = rz_zone_origin_file(zone, &zone->rrsets[i]);
        forwarding->rules = rz_grow(forwarding->rules, &forwarding->capacity, forwarding->count + 1,
                                    sizeof *forwarding->rules);
        forwarding->rules[forwarding->count++] = (struct rz_forwarding_rule){
            .resolver = resolver,
            .rrset = rz_rrset_copy(&forwarding->arena, &zone->rrsets[i]),
            .file = file ? rz_arena_strdup(&forwarding->arena, file) : NULL};
    }
}

static int compare_rules(const void *left, const void *right)
{
    const struct rz_forwarding_rule *a = left, *b = right;
    int order = strcmp(a->resolver->name, b->resolver->name);
    return order ? order : rz_name_compare(a->rrset->owner, b->rrset->owner);
}

static void complain(struct rz_diags *diags, enum rz_code code,
                     const struct rz_forwarding_rule *rule, const char *what, const char *hint)
{
    char owner[RZ_NAME_TEXT_MAX];
    struct rz_place place = {
        .name = rule->file, .line = rule->rrset->line, .column = rule->rrset->column};
    struct rz_diag *diag = rz_diags_add(diags, code, place, "%s at %s: %s",
                                        rz_name_text_plain(owner, rule->rrset->owner),
                                        rule->resolver->name, what);
    rz_diag_hint(diags, diag, "%s", hint);
}

/* Whether a target is one of the addresses where the resolver answers. */
static bool leads_to(const struct rz_forward *target, const struct rz_provider *resolver)
{
    struct rz_server servers[SERVERS_MAX];
    size_t count = resolver->ops->servers ? resolver->ops->servers(resolver, servers, SERVERS_MAX)
                                          : 0;
    for (size_t i = 0; i < count; i++) {
        struct rz_forward other = {0};
        if (rz_forward_set_address(&other, servers[i].address) && other.family == target->family
            && memcmp(other.address, target->address, sizeof other.address) == 0
            && (servers[i].port ? servers[i].port : 53) == target->port)
            return true;
    }
    return false;
}

/* The rule by which a resolver forwards questions for the name: the one of the closest domain above. */
static const struct rz_forwarding_rule *rule_for(const struct rz_forwarding *forwarding,
                                                 const struct rz_provider *resolver,
                                                 const uint8_t *name)
{
    for (;; name = rz_name_parent(name)) {
        struct rz_rrset wanted = {.owner = name};
        struct rz_forwarding_rule key = {.resolver = resolver, .rrset = &wanted};
        const struct rz_forwarding_rule *found = bsearch(&key, forwarding->rules, forwarding->count,
                                                         sizeof key, compare_rules);
        if (found || *name == 0)
            return found;
    }
}

/* The resolvers that a question has come through. */
struct way {
    const struct rz_provider *resolvers[HOPS_MAX];
    size_t count;
};

static bool comes_back(const struct rz_forwarding *forwarding,
                       const struct rz_forwarding_rule *rule, const uint8_t *name, struct way *way)
{
    struct rz_forward target;
    if (way->count == HOPS_MAX)
        return true;
    way->resolvers[way->count++] = rule->resolver;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule->rrset); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&target, c.wire, c.size) || target.family == 0)
            continue;
        if (leads_to(&target, way->resolvers[0]))
            return true;
        for (size_t i = 0; i < forwarding->resolver_count; i++) {
            const struct rz_provider *next = forwarding->resolvers[i];
            bool seen = false;
            for (size_t k = 0; k < way->count && !seen; k++)
                seen = next == way->resolvers[k];
            if (seen || !leads_to(&target, next))
                continue;
            const struct rz_forwarding_rule *there = rule_for(forwarding, next, name);
            if (there && comes_back(forwarding, there, name, way))
                return true;
        }
    }
    way->count--;
    return false;
}

static void look_above(const struct rz_forwarding *forwarding,
                       const struct rz_forwarding_rule *rule, struct rz_diags *diags)
{
    const struct rz_rrset *own = rule->rrset;
    if (*own->owner == 0)
        return;
    const struct rz_forwarding_rule *above = rule_for(forwarding, rule->resolver,
                                                      rz_name_parent(own->owner));
    if (above && above->rrset->rdata_size == own->rdata_size
        && memcmp(above->rrset->rdata, own->rdata, own->rdata_size) == 0)
        complain(diags, RZ6112, rule, "the rule above it has the same targets", "leave it out");
}

/* A target by TLS of a resolver that knows one name for each. */
struct named_target {
    const struct rz_forwarding_rule *rule;
    struct rz_forward forward;
};

/* By resolver, address and port. */
static int compare_places(const void *left, const void *right)
{
    const struct named_target *a = left, *b = right;
    int order = strcmp(a->rule->resolver->name, b->rule->resolver->name);
    if (order == 0)
        order = memcmp(a->forward.address, b->forward.address, sizeof a->forward.address);
    if (order == 0)
        order = (int)a->forward.family - (int)b->forward.family;
    return order ? order : (int)a->forward.port - (int)b->forward.port;
}

static int compare_named(const void *left, const void *right)
{
    const struct named_target *a = left, *b = right;
    int order = compare_places(a, b);
    return order ? order : rz_name_compare(a->rule->rrset->owner, b->rule->rrset->owner);
}

static enum rz_status check_names(const struct rz_forwarding *forwarding, struct rz_diags *diags)
{
    struct named_target *targets = NULL;
    size_t count = 0, capacity = 0;
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < forwarding->count; i++) {
        const struct rz_forwarding_rule *rule = &forwarding->rules[i];
        struct named_target target = {.rule = rule};
        if (!rule->resolver->ops->capabilities(rule->resolver)->one_tls_name)
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rule->rrset); rz_rdata_next(&c);)
            if (rz_forward_from_wire(&target.forward, c.wire, c.size)
                && target.forward.tls.size > 1) {
                targets = rz_grow(targets, &capacity, count + 1, sizeof *targets);
                targets[count++] = target;
            }
    }
    if (count)
        qsort(targets, count, sizeof *targets, compare_named);
    for (size_t i = 1; i < count; i++) {
        const struct named_target *one = &targets[i - 1], *other = &targets[i];
        if (compare_places(one, other) != 0
            || rz_name_equal(one->forward.tls.wire, other->forward.tls.wire))
            continue;
        complain(diags, RZ6111, other->rule,
                 "another rule names another certificate for one of its targets",
                 "give each server one name");
        status = RZ_INVALID;
    }
    free(targets);
    return status;
}

enum rz_status rz_forwarding_check(struct rz_forwarding *forwarding, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    if (forwarding->count)
        qsort(forwarding->rules, forwarding->count, sizeof *forwarding->rules, compare_rules);
    for (size_t i = 0; i < forwarding->count; i++) {
        const struct rz_forwarding_rule *rule = &forwarding->rules[i];
        struct way way = {0};
        if (i && compare_rules(rule - 1, rule) == 0) {
            complain(diags, RZ6108, rule, "two zone files have a rule for the name",
                     "keep one of them");
            status = RZ_INVALID;
        }
        if (comes_back(forwarding, rule, rule->rrset->owner, &way)) {
            complain(diags, RZ6108, rule,
                     "its questions would come back to the resolver that asks them",
                     "name a target that knows the answers itself");
            status = RZ_INVALID;
        }
        look_above(forwarding, rule, diags);
    }
    return check_names(forwarding, diags) == RZ_OK ? status : RZ_INVALID;
}

void rz_forwarding_free(struct rz_forwarding *forwarding)
{
    rz_arena_free(&forwarding->arena);
    free(forwarding->rules);
    *forwarding = (struct rz_forwarding){0};
}
