/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys, signatures and proofs of absence, from each server of a zone. */
#include "transact/verify_signing.h"

#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "dnssec.h"
#include "dnssec/rrsig.h"
#include "support/alloc.h"
#include "transport/dns_probe.h"

#define WAIT_FIRST_MS 100
#define WAIT_MAX_MS 5000
#define ASK_MS 3000

struct checker {
    const struct rz_verify_request *request;
    const uint8_t *apex;
    struct rz_signing signing; /* as it must be */
    struct rz_zone keys;       /* DNSKEY: those published */
    struct rz_zone signers;    /* DNSKEY: those that sign */
    size_t questions;
};

static const struct rz_rrset *find(const struct checker *c, uint16_t type)
{
    return rz_zone_find(c->request->expected, c->apex, type);
}

static void read_signing(struct checker *c)
{
    const struct rz_rrset *rrset = find(c, RZ_TYPE_DNSSEC);
    struct rz_rdata_cursor cursor = {0};
    if (rrset)
        cursor = rz_rrset_rdata(rrset);
    if (!rrset || !rz_rdata_next(&cursor)
        || !rz_signing_from_wire(&c->signing, cursor.wire, cursor.size))
        c->signing = (struct rz_signing){.mode = RZ_SIGNING_UNSIGNED};
}

static void add_key(struct rz_zone *zone, const struct rz_signing_key *key)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    size_t size = rz_signing_key_dnskey(key, wire);
    rz_zone_add(zone, zone->apex.wire, RZ_TYPE_DNSKEY, 0, (struct rz_rdata){wire, (uint16_t)size},
                (struct rz_record_origin){0});
}

/* The keys are the provider's: those of the plan may not have been made when it was written. */
static enum rz_status read_keys(struct checker *c, struct rz_diags *diags)
{
    struct rz_provider *provider = c->request->provider;
    struct rz_held_keys keys = {0};
    enum rz_status status = RZ_OK;
    rz_zone_init(&c->keys, c->apex);
    rz_zone_init(&c->signers, c->apex);
    if (c->signing.mode != RZ_SIGNING_UNSIGNED)
        status = provider->ops->dnssec->list_keys(provider, c->apex, &keys, diags);
    for (size_t i = 0; status == RZ_OK && i < keys.count; i++) {
        if (keys.items[i].key.state & RZ_KEY_PUBLISHED)
            add_key(&c->keys, &keys.items[i].key);
        if (keys.items[i].key.state & RZ_KEY_SIGNS)
            add_key(&c->signers, &keys.items[i].key);
    }
    rz_held_keys_free(&keys);
    if (status == RZ_OK)
        status = rz_zone_finish(&c->keys, RZ_ZONE_LIVE, diags);
    return status == RZ_OK ? rz_zone_finish(&c->signers, RZ_ZONE_LIVE, diags) : status;
}

static void ask(struct checker *c, const struct rz_server *server, uint16_t type,
                struct rz_dns_probe_reply *reply)
{
    struct rz_dns_peer peer = {
        .server = *server, .timeout_ms = ASK_MS, .context = c->request->project->context};
    struct rz_dns_probe probe = {
        .name = c->apex, .type = type, .flags = RZ_PROBE_TCP | RZ_PROBE_DNSSEC};
    c->questions++;
    rz_dns_probe(&peer, &probe, reply);
}

static const struct rz_rrset *answer_of(const struct checker *c,
                                        const struct rz_dns_probe_reply *reply, uint16_t type)
{
    return rz_dns_probe_find(reply, RZ_SECTION_ANSWER, c->apex, type);
}

static bool same(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a && b ? rz_rrset_same_rdata(a, b) : a == b;
}

/* NULL: as it must be; else why not. */
static const char *check_keys(struct checker *c, const struct rz_server *server)
{
    struct rz_dns_probe_reply reply;
    const char *why = NULL;
    ask(c, server, RZ_TYPE_DNSKEY, &reply);
    const struct rz_rrset *keys = answer_of(c, &reply, RZ_TYPE_DNSKEY);
    const struct rz_rrset *wanted = rz_zone_find(&c->keys, c->apex, RZ_TYPE_DNSKEY);
    if (!reply.replied || reply.rcode)
        why = reply.replied ? "answers with an error code" : "does not answer";
    else if (!same(keys, wanted))
        why = !wanted ? "still has keys of the zone" : "does not have the keys that are published";
    else if (keys)
        why = rz_rrsig_check(keys, answer_of(c, &reply, RZ_TYPE_RRSIG), keys, c->apex,
                             c->request->project->context->now(c->request->project->context->user));
    rz_dns_probe_reply_free(&reply);
    return why;
}

static const char *check_soa(struct checker *c, const struct rz_server *server)
{
    struct rz_dns_probe_reply reply;
    const char *why = NULL;
    ask(c, server, RZ_TYPE_SOA, &reply);
    const struct rz_rrset *soa = answer_of(c, &reply, RZ_TYPE_SOA);
    const struct rz_rrset *signatures = answer_of(c, &reply, RZ_TYPE_RRSIG);
    const struct rz_rrset *signers = rz_zone_find(&c->signers, c->apex, RZ_TYPE_DNSKEY);
    if (!soa)
        why = reply.replied ? "has no SOA" : "does not answer";
    else if (signers)
        why = rz_rrsig_check(soa, signatures, signers, c->apex,
                             c->request->project->context->now(c->request->project->context->user));
    else if (signatures)
        why = "still gives signatures";
    rz_dns_probe_reply_free(&reply);
    return why;
}

static const char *check_denial(struct checker *c, const struct rz_server *server)
{
    struct rz_dns_probe_reply reply;
    uint8_t wanted[5 + RZ_NSEC3_SALT_MAX] = {1, 0, (uint8_t)(c->signing.iterations >> 8),
                                             (uint8_t)c->signing.iterations, c->signing.salt_size};
    size_t size = 5u + c->signing.salt_size;
    memcpy(wanted + 5, c->signing.salt, c->signing.salt_size);
    ask(c, server, RZ_TYPE_NSEC3PARAM, &reply);
    const struct rz_rrset *param = answer_of(c, &reply, RZ_TYPE_NSEC3PARAM);
    bool good = !param;
    if (c->signing.mode == RZ_SIGNING_NSEC3) {
        /* Its flags are zero, whatever those of the NSEC3 are (RFC 5155 §4.1.2). Some servers show them. */
        good = param && rz_rrset_contains(param, wanted, (uint16_t)size);
        wanted[1] = 1;
        good |= param && c->signing.opt_out && rz_rrset_contains(param, wanted, (uint16_t)size);
    }
    const char *why = !reply.replied ? "does not answer"
                      : good         ? NULL
                      : param        ? "has another NSEC3PARAM"
                                     : "has no NSEC3PARAM";
    rz_dns_probe_reply_free(&reply);
    return why;
}

static const char *check_server(struct checker *c, const struct rz_server *server)
{
    const char *why = check_keys(c, server);
    if (!why)
        why = check_soa(c, server);
    return why ? why : check_denial(c, server);
}

static bool concerns_signing(const struct rz_verify_request *request)
{
    for (size_t i = 0; request->changes && i < request->count; i++)
        if (rz_rtype_is_signing(rz_change_subject(request->changes[i])->type))
            return true;
    return !request->changes
           && rz_zone_find(request->expected, request->expected->apex.wire, RZ_TYPE_DNSSEC);
}

/* NULL: all servers are right; else the first one's trouble. */
static const char *check_all(struct checker *c, const struct rz_server *servers, size_t count,
                             size_t *wrong)
{
    for (*wrong = 0; *wrong < count; (*wrong)++) {
        const char *why = check_server(c, &servers[*wrong]);
        if (why)
            return why;
    }
    return NULL;
}

static const char *check_until(struct checker *c, const struct rz_server *servers, size_t count,
                               size_t *wrong)
{
    struct rz_context *context = c->request->project->context;
    int64_t end = rz_verify_end(c->request);
    for (int64_t wait = WAIT_FIRST_MS;; wait = wait < WAIT_MAX_MS ? 2 * wait : wait) {
        const char *why = check_all(c, servers, count, wrong);
        int64_t left = end - context->ticks(context->user);
        if (!why || !c->request->wait || left <= 0 || rz_context_cancelled(context))
            return why;
        rz_context_wait(context, wait < left ? wait : left);
    }
}

enum rz_status rz_verify_signing(const struct rz_verify_request *request,
                                 const struct rz_server *servers, size_t count,
                                 struct rz_verify_result *result, struct rz_diags *diags)
{
    struct checker c = {.request = request, .apex = request->expected->apex.wire};
    char name[RZ_NAME_TEXT_MAX];
    const char *why = NULL;
    size_t wrong = 0;
    if (!request->provider->ops->dnssec || !concerns_signing(request))
        return RZ_OK;
    read_signing(&c);
    if (c.signing.mode == RZ_SIGNING_PRESIGNED)
        return RZ_OK; /* its keys are elsewhere */
    enum rz_status status = read_keys(&c, diags);
    if (status == RZ_OK)
        why = check_until(&c, servers, count, &wrong);
    rz_zone_free(&c.keys);
    rz_zone_free(&c.signers);
    result->questions += c.questions;
    result->failures += why != NULL;
    if (!why)
        return status;
    rz_diags_add(diags, RZ6007, rz_place_named(rz_name_text_plain(name, c.apex)), "%s port %u %s",
                 servers[wrong].address, servers[wrong].port ? servers[wrong].port : 53, why);
    return RZ_CONFLICT;
}
