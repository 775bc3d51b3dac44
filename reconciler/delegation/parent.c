/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the parent zone's servers, and asking them. */
#include "delegation/parent.h"

#include "dns/rtype.h"

#define HOSTS_ASKED 8 /* of the parent's servers: enough to see that they differ */

bool rz_delegation_same(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a && b ? rz_rrset_same_rdata(a, b) : a == b;
}

/* One address of each of the parent's servers, IPv4 rather than IPv6. */
static void take_hosts(struct rz_delegation *d, const struct rz_lookup *lookup,
                       const struct rz_dns_probe_reply *reply, const struct rz_rrset *ns)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ns);
         rz_rdata_next(&c) && d->count < HOSTS_ASKED;) {
        struct rz_server found[4];
        size_t count = rz_lookup_take(
            lookup, rz_dns_probe_find(reply, RZ_SECTION_ADDITIONAL, c.wire, RZ_TYPE_A), found, 0,
            1);
        if (!count)
            count = rz_lookup_addresses(lookup, c.wire, found, 4);
        if (count)
            d->servers[d->count++].server = found[0];
    }
}

/* The nearest ancestor that a resolver knows nameservers of. */
static void find_parent(struct rz_delegation *d, const struct rz_lookup *lookup)
{
    for (const uint8_t *at = rz_name_parent(d->name.wire);; at = rz_name_parent(at)) {
        struct rz_dns_probe_reply reply;
        bool found = false;
        if (rz_lookup_resolve(lookup, at, RZ_TYPE_NS, &reply)) {
            const struct rz_rrset *ns = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, at,
                                                          RZ_TYPE_NS);
            found = ns != NULL;
            if (found) {
                rz_name_copy(&d->parent, at);
                take_hosts(d, lookup, &reply, ns);
            }
        }
        rz_dns_probe_reply_free(&reply);
        if (found || !*at)
            return;
    }
}

static const struct rz_rrset *keep(struct rz_delegation *d, const struct rz_rrset *rrset)
{
    return rrset ? rz_rrset_copy(&d->arena, rrset) : NULL;
}

static void keep_glue(struct rz_delegation *d, const struct rz_dns_probe_reply *reply)
{
    const struct rz_zone *additional = &reply->sections[RZ_SECTION_ADDITIONAL];
    for (size_t i = 0; i < additional->count; i++) {
        const struct rz_rrset *rrset = &additional->rrsets[i];
        if (rrset->type != RZ_TYPE_A && rrset->type != RZ_TYPE_AAAA)
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            rz_zone_add(&d->glue, rrset->owner, rrset->type, 0, (struct rz_rdata){c.wire, c.size},
                        (struct rz_record_origin){0});
    }
}

/* A referral has the NS set in the authority section; a server that serves the child as well answers. */
static enum rz_status ask(struct rz_delegation *d, const struct rz_lookup *lookup,
                          struct rz_parent_answer *answer)
{
    struct rz_dns_probe_reply reply;
    const uint8_t *name = d->name.wire;
    enum rz_status status = rz_lookup_ask(lookup, &answer->server, name, RZ_TYPE_NS, 0, &reply);
    answer->reachable = reply.replied;
    answer->rcode = reply.rcode;
    if (status == RZ_OK && reply.replied && (reply.rcode == 0 || reply.rcode == 3)) {
        const struct rz_rrset *ns = rz_dns_probe_find(&reply, RZ_SECTION_AUTHORITY, name,
                                                      RZ_TYPE_NS);
        if (!ns)
            ns = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, name, RZ_TYPE_NS);
        answer->answered = ns || reply.authoritative;
        answer->ns = keep(d, ns);
        keep_glue(d, &reply);
    }
    rz_dns_probe_reply_free(&reply);
    if (status != RZ_OK || !answer->answered)
        return status;
    status = rz_lookup_ask(lookup, &answer->server, name, RZ_TYPE_DS, 0, &reply);
    if (status == RZ_OK && reply.replied)
        answer->ds = keep(d, rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, name, RZ_TYPE_DS));
    rz_dns_probe_reply_free(&reply);
    return status;
}

static void judge(struct rz_delegation *d)
{
    const struct rz_parent_answer *first = NULL;
    d->agree = true;
    for (size_t i = 0; i < d->count; i++) {
        const struct rz_parent_answer *answer = &d->servers[i];
        if (!answer->answered)
            continue;
        d->answered++;
        first = first ? first : answer;
        if (!d->ns) {
            d->ns = answer->ns;
            d->ds = answer->ds;
        }
        d->agree &= rz_delegation_same(first->ns, answer->ns)
                    && rz_delegation_same(first->ds, answer->ds);
    }
}

enum rz_status rz_delegation_read(struct rz_delegation *delegation, const struct rz_lookup *lookup,
                                  const uint8_t *name, const char **why)
{
    static const uint8_t root[1] = {0};
    struct rz_diags unseen = {0};
    enum rz_status status = RZ_OK;
    *delegation = (struct rz_delegation){.count = lookup->parent_count};
    rz_name_copy(&delegation->name, name);
    rz_zone_init(&delegation->glue, root);
    for (size_t i = 0; i < lookup->parent_count; i++)
        delegation->servers[i].server = lookup->parents[i];
    if (!delegation->count)
        find_parent(delegation, lookup);
    for (size_t i = 0; i < delegation->count && status != RZ_CANCELLED; i++)
        status = ask(delegation, lookup, &delegation->servers[i]);
    rz_zone_finish(&delegation->glue, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
    judge(delegation);
    *why = delegation->count ? "none of the parent's servers answers"
                             : "no resolver says which servers the parent zone has";
    return status == RZ_CANCELLED ? status : delegation->answered ? RZ_OK : RZ_NETWORK;
}

void rz_delegation_free(struct rz_delegation *delegation)
{
    rz_zone_free(&delegation->glue);
    rz_arena_free(&delegation->arena);
}
