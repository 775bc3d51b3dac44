/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that show whether a nameserver does its work, and only its work. */
#include "delegation/nameserver.h"

#include <pthread.h>

#include "dns/rtype.h"

#define THREADS 8
#define REFUSED 5

static const struct rz_rrset *keep(struct rz_nameserver *ns, const struct rz_rrset *rrset)
{
    return rrset ? rz_rrset_copy(&ns->arena, rrset) : NULL;
}

static const struct rz_rrset *answer_of(struct rz_nameserver *ns,
                                        const struct rz_dns_probe_reply *reply, const uint8_t *name,
                                        uint16_t type)
{
    return keep(ns, rz_dns_probe_find(reply, RZ_SECTION_ANSWER, name, type));
}

static void ask_soa(struct rz_nameserver *ns, const struct rz_lookup *lookup, const uint8_t *apex)
{
    struct rz_dns_probe_reply reply;
    ns->unaskable = rz_lookup_ask(lookup, &ns->server, apex, RZ_TYPE_SOA, RZ_PROBE_UDP, &reply)
                    == RZ_NETWORK;
    ns->udp = reply.replied;
    ns->edns = reply.has_edns;
    ns->rcode = reply.rcode;
    ns->milliseconds = reply.milliseconds;
    ns->soa = answer_of(ns, &reply, apex, RZ_TYPE_SOA);
    ns->authoritative = reply.authoritative && ns->soa;
    ns->has_serial = ns->soa != NULL;
    ns->serial = ns->soa ? rz_dns_soa_serial(ns->soa) : 0;
    ns->mangled = reply.malformed;
    rz_dns_probe_reply_free(&reply);
}

static void ask_tcp(struct rz_nameserver *ns, const struct rz_lookup *lookup, const uint8_t *apex)
{
    struct rz_dns_probe_reply reply;
    rz_lookup_ask(lookup, &ns->server, apex, RZ_TYPE_DNSKEY, RZ_PROBE_TCP | RZ_PROBE_DNSSEC,
                  &reply);
    ns->tcp = reply.replied;
    ns->dnskey = answer_of(ns, &reply, apex, RZ_TYPE_DNSKEY);
    ns->signatures = answer_of(ns, &reply, apex, RZ_TYPE_RRSIG);
    ns->mangled |= reply.malformed;
    if (!ns->udp && reply.replied)
        ns->rcode = reply.rcode;
    rz_dns_probe_reply_free(&reply);
}

static const struct rz_rrset *ask_rrset(struct rz_nameserver *ns, const struct rz_lookup *lookup,
                                        const uint8_t *name, uint16_t type)
{
    struct rz_dns_probe_reply reply;
    rz_lookup_ask(lookup, &ns->server, name, type, 0, &reply);
    const struct rz_rrset *rrset = answer_of(ns, &reply, name, type);
    rz_dns_probe_reply_free(&reply);
    return rrset;
}

/* A server that would find out for anybody what it does not know is a weapon for others (RFC 5358). */
static void ask_foreign(struct rz_nameserver *ns, const struct rz_lookup *lookup)
{
    static const uint8_t elsewhere[] = "\1a\14root-servers\3net";
    struct rz_dns_probe_reply reply;
    rz_lookup_ask(lookup, &ns->server, elsewhere, RZ_TYPE_A, RZ_PROBE_UDP | RZ_PROBE_RD, &reply);
    ns->recursive = reply.replied && reply.recursion && reply.rcode != REFUSED;
    rz_dns_probe_reply_free(&reply);
}

void rz_nameserver_look(struct rz_nameserver *ns, const struct rz_lookup *lookup,
                        const uint8_t *apex, const uint8_t *challenge)
{
    ask_soa(ns, lookup, apex);
    if (ns->unaskable)
        return;
    ask_tcp(ns, lookup, apex);
    if (!ns->udp && !ns->tcp)
        return;
    ns->ns = ask_rrset(ns, lookup, apex, RZ_TYPE_NS);
    if (challenge)
        ns->challenge = ask_rrset(ns, lookup, challenge, RZ_TYPE_TXT);
    ask_foreign(ns, lookup);
}

struct looking {
    struct rz_nameserver *nameservers;
    size_t count;
    const struct rz_lookup *lookup;
    const uint8_t *apex, *challenge;
    atomic_size_t next;
};

static void *look(void *user)
{
    struct looking *looking = user;
    for (size_t i; (i = atomic_fetch_add(&looking->next, 1)) < looking->count;)
        rz_nameserver_look(&looking->nameservers[i], looking->lookup, looking->apex,
                           looking->challenge);
    return NULL;
}

void rz_nameservers_look(struct rz_nameserver *nameservers, size_t count,
                         const struct rz_lookup *lookup, const uint8_t *apex,
                         const uint8_t *challenge)
{
    struct looking looking = {.nameservers = nameservers,
                              .count = count,
                              .lookup = lookup,
                              .apex = apex,
                              .challenge = challenge};
    pthread_t threads[THREADS];
    size_t started = 0;
    /* Where a thread cannot be had, the others do its work. */
    while (started + 1 < count && started < THREADS
           && pthread_create(&threads[started], NULL, look, &looking) == 0)
        started++;
    look(&looking);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

void rz_nameserver_free(struct rz_nameserver *nameserver)
{
    rz_arena_free(&nameserver->arena);
}
