/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures as a validating resolver looks at them, but that the parent's own chain is taken for
 * good. */
#include "transact/verify_signed.h"

#include <stdio.h>

#include "delegation/domain_check.h"
#include "delegation/parent.h"
#include "dns/rtype.h"
#include "dnssec/rrsig.h"

#define CHECKED_MAX 64  /* RRsets of one server */
#define QUESTION_MS 200 /* for each, before no time is left for one server */
#define LOOKUP_MS 500   /* the zone is not held up by resolvers that do not answer */
#define WAIT_FIRST_MS 100
#define WAIT_MAX_MS 5000

static const char good[] = "validates to the parent's DS";

struct validator {
    const struct rz_verify_request *request;
    const struct rz_expectation *expectations;
    size_t count;
    struct rz_delegation delegation;
    const uint8_t *apex;
    int64_t until; /* ticks: end of the round at this server */
};

static enum rz_status ask(struct validator *v, const struct rz_server *server, const uint8_t *name,
                          uint16_t type, struct rz_dns_probe_reply *reply)
{
    struct rz_dns_peer peer = {.server = *server,
                               .timeout_ms = 2000,
                               .until = v->until,
                               .context = v->request->project->context};
    struct rz_dns_probe probe = {name, type, RZ_PROBE_DNSSEC};
    return rz_dns_probe(&peer, &probe, reply);
}

/* NULL: signed as it must be. */
static const char *check_rrset(struct validator *v, const struct rz_server *server,
                               const uint8_t *owner, uint16_t type, const struct rz_rrset *keys)
{
    struct rz_context *context = v->request->project->context;
    struct rz_dns_probe_reply reply;
    const char *why = "it does not answer";
    if (ask(v, server, owner, type, &reply) == RZ_OK && reply.replied) {
        const struct rz_rrset *rrset = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, owner, type);
        const struct rz_rrset *signatures = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, owner,
                                                              RZ_TYPE_RRSIG);
        why = rrset ? rz_rrsig_check(rrset, signatures, keys, v->apex, context->now(context->user))
                    : "it is not there";
    }
    rz_dns_probe_reply_free(&reply);
    return why;
}

/* Wildcards are signed by another name, and negative answers by what lies beside them: not looked at. */
static bool is_checkable(const struct rz_expectation *expectation)
{
    return expectation->expected == RZ_EXPECT_ANSWER && expectation->rrset
           && rz_name_equal(expectation->rrset->owner, expectation->question.wire)
           && expectation->rrset->type == expectation->type;
}

static const char *check_answers(struct validator *v, const struct rz_server *server,
                                 const struct rz_rrset *keys, const struct rz_expectation **wrong)
{
    const char *why = check_rrset(v, server, v->apex, RZ_TYPE_SOA, keys);
    *wrong = NULL;
    for (size_t i = 0, checked = 0; i < v->count && checked < CHECKED_MAX && !why; i++) {
        const struct rz_expectation *expectation = &v->expectations[i];
        if (!is_checkable(expectation))
            continue;
        checked++;
        why = check_rrset(v, server, expectation->question.wire, expectation->type, keys);
        *wrong = why ? expectation : NULL;
    }
    return why;
}

/* One server's keys by the DS, then its answers by the keys. */
static const char *check_server(struct validator *v, const struct rz_server *server,
                                const struct rz_expectation **wrong)
{
    struct rz_zone trusted;
    struct rz_dns_probe_reply reply;
    struct rz_context *context = v->request->project->context;
    const char *why = "its keys cannot be asked for";
    *wrong = NULL;
    if (ask(v, server, v->apex, RZ_TYPE_DNSKEY, &reply) == RZ_OK && reply.replied) {
        const struct rz_rrset *keys = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, v->apex,
                                                        RZ_TYPE_DNSKEY);
        const struct rz_rrset *signatures = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, v->apex,
                                                              RZ_TYPE_RRSIG);
        why = "it has no keys, and the parent has a DS";
        if (keys) {
            const struct rz_rrset *anchors = rz_trusted_keys(&trusted, v->delegation.ds, keys,
                                                             v->apex);
            why = anchors ? rz_rrsig_check(keys, signatures, anchors, v->apex,
                                           context->now(context->user))
                          : "none of its keys is that of the parent's DS";
            rz_zone_free(&trusted);
        }
        if (!why)
            why = check_answers(v, server, keys, wrong);
    }
    rz_dns_probe_reply_free(&reply);
    return why;
}

static void report(const struct validator *v, const struct rz_server *server, const char *why,
                   const struct rz_expectation *wrong, struct rz_diags *diags)
{
    char apex[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    if (wrong) {
        rz_name_text_relative(owner, wrong->question.wire, v->apex);
        rz_buffer_printf(&what, "%s %s: ", owner, rz_rtype_text(type, wrong->type));
    }
    struct rz_diag *diag = rz_diags_add(
        diags, RZ5013, rz_place_named(rz_name_text_plain(apex, v->apex)),
        "%s port %u: the signed zone does not validate: %s%s", server->address,
        server->port ? server->port : 53, rz_buffer_view(&what).data, why);
    rz_diag_hint(diags, diag,
                 "resolvers that validate reject it; `verify: {dnssec: false}` does not look");
}

static bool check_all(struct validator *v, struct rz_signed_servers *servers,
                      struct rz_diags *diags)
{
    bool all = true;
    for (size_t i = 0; i < servers->count; i++) {
        const struct rz_expectation *wrong;
        v->until = rz_verify_round_end(v->request, CHECKED_MAX * QUESTION_MS);
        const char *why = check_server(v, &servers->servers[i], &wrong);
        servers->found[i] = why ? why : good;
        all &= !why;
        if (why)
            report(v, &servers->servers[i], why, wrong, diags);
    }
    return all;
}

static enum rz_status check_until(struct validator *v, struct rz_signed_servers *servers,
                                  struct rz_diags *diags)
{
    struct rz_context *context = v->request->project->context;
    int64_t end = rz_verify_end(v->request);
    for (int64_t wait = WAIT_FIRST_MS;;) {
        struct rz_diags found = {0};
        if (check_all(v, servers, &found))
            return RZ_OK;
        int64_t left = end - context->ticks(context->user);
        if (!v->request->wait || left <= 0 || rz_context_cancelled(context)) {
            rz_diags_take(diags, &found);
            return RZ_CONFLICT;
        }
        rz_diags_free(&found);
        rz_context_wait(context, wait < left ? wait : left);
        wait = wait * 2 < WAIT_MAX_MS ? wait * 2 : WAIT_MAX_MS;
    }
}

static bool is_signed(struct validator *v, const struct rz_server *server)
{
    struct rz_dns_probe_reply reply;
    bool found = ask(v, server, v->apex, RZ_TYPE_DNSKEY, &reply) == RZ_OK
                 && rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, v->apex, RZ_TYPE_DNSKEY);
    rz_dns_probe_reply_free(&reply);
    return found;
}

/* Whether there is a DS. The machine's resolvers are not asked again when they once did not answer. */
static enum rz_status find_ds(struct validator *v, struct rz_diags *diags)
{
    struct rz_project *project = v->request->project;
    const struct rz_verify_settings *settings = &project->verify;
    bool given = settings->parents.count || settings->resolvers.count;
    struct rz_lookup lookup;
    const char *why = "no resolver answers";
    char apex[RZ_NAME_TEXT_MAX];
    enum rz_status status = rz_lookup_init(&lookup, project->context, &settings->resolvers,
                                           &settings->parents, diags);
    if (status != RZ_OK)
        return status;
    if (!given)
        lookup.timeout_ms = LOOKUP_MS;
    if (given || !atomic_load(&project->resolvers_silent))
        status = rz_delegation_read(&v->delegation, &lookup, v->apex, &why);
    else
        status = RZ_NETWORK;
    if (status == RZ_OK || status == RZ_CANCELLED)
        return RZ_OK;
    if (!given)
        atomic_store(&project->resolvers_silent, true);
    rz_diags_add(diags, RZ5014, rz_place_named(rz_name_text_plain(apex, v->apex)),
                 "the zone is signed, and whether its parent has a DS cannot be told: %s", why);
    return RZ_OK;
}

enum rz_status rz_verify_signed(struct rz_signed_servers *servers,
                                const struct rz_verify_request *request,
                                const struct rz_expectation *expectations, size_t count,
                                struct rz_diags *diags)
{
    struct validator v = {.request = request,
                          .expectations = expectations,
                          .count = count,
                          .apex = request->expected->apex.wire};
    if (!request->project->verify.dnssec || request->way_back || !servers->count
        || !is_signed(&v, &servers->servers[0]))
        return RZ_OK;
    enum rz_status status = find_ds(&v, diags);
    if (status == RZ_OK && v.delegation.ds)
        status = check_until(&v, servers, diags);
    rz_delegation_free(&v.delegation);
    return status;
}
