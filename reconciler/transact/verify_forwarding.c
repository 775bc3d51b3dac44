/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule works when its resolver answers through it. An exception has nothing to ask: what lies behind
 * it is the public DNS. */
#include "transact/verify_forwarding.h"

#include <stdlib.h>

#include "dns/forward.h"
#include "dns/rtype.h"
#include "support/alloc.h"
#include "transport/dns.h"

#define SERVERS_MAX 64
#define FAILURES_SHOWN 20 /* of one resolver */
#define ANSWER_MS 5000    /* a resolver tries several targets before it gives up */
#define QUESTION_MS 200   /* for each, beyond that, before no time is left for one resolver */
#define WAIT_FIRST_MS 100
#define WAIT_MAX_MS 2000

/* What one resolver still owes. */
struct asking {
    const struct rz_verify_request *request;
    struct rz_server server;
    const struct rz_rrset **rules;
    struct rz_dns_question *questions; /* those without an answer yet */
    size_t *which;                     /* their rules */
    struct rz_name *names;             /* that are asked for */
    bool *works;
    unsigned *rcodes; /* of the last answers; NO_REPLY */
    size_t count, open, asked;
};

#define NO_REPLY UINT32_MAX

static void take_answer(void *user, size_t index, const struct rz_dns_answer *answer)
{
    struct asking *asking = user;
    size_t rule = asking->which[index];
    asking->works[rule] = answer->result != RZ_DNS_RCODE && answer->result != RZ_DNS_NO_REPLY;
    asking->rcodes[rule] = answer->result == RZ_DNS_RCODE ? answer->rcode : NO_REPLY;
}

static void ask_round(struct asking *asking, struct rz_diags *diags)
{
    struct rz_dns_peer peer = {.server = asking->server,
                               .timeout_ms = ANSWER_MS,
                               .recursive = true,
                               .context = asking->request->project->context};
    size_t open = 0;
    for (size_t i = 0; i < asking->count; i++)
        if (!asking->works[i]) {
            asking->questions[open] = (struct rz_dns_question){asking->names[i].wire, RZ_TYPE_SOA};
            asking->which[open++] = i;
        }
    asking->asked += open;
    peer.until = rz_verify_round_end(asking->request, ANSWER_MS + (int64_t)open * QUESTION_MS);
    rz_dns_ask(&peer, asking->questions, open, take_answer, asking, diags);
    asking->open = 0;
    for (size_t i = 0; i < asking->count; i++)
        asking->open += !asking->works[i];
}

static void ask_until(struct asking *asking, struct rz_diags *diags)
{
    struct rz_context *context = asking->request->project->context;
    int64_t limit = rz_verify_end(asking->request);
    for (int64_t wait = WAIT_FIRST_MS;; wait = wait < WAIT_MAX_MS ? 2 * wait : wait) {
        struct rz_diags round = {0};
        ask_round(asking, &round);
        bool last = asking->open == 0 || !asking->request->wait || rz_context_cancelled(context)
                    || context->ticks(context->user) + wait > limit;
        if (last)
            rz_diags_take(diags, &round);
        rz_diags_free(&round);
        if (last)
            return;
        rz_context_wait(context, wait);
    }
}

static enum rz_status report(const struct asking *asking, struct rz_diags *diags)
{
    static const char *const words[] = {
        [1] = "FORMERR", [2] = "SERVFAIL", [4] = "NOTIMP", [5] = "REFUSED"};
    enum rz_status status = RZ_OK;
    size_t shown = 0;
    for (size_t i = 0; i < asking->count; i++) {
        char name[RZ_NAME_TEXT_MAX];
        unsigned rcode = asking->rcodes[i];
        if (asking->works[i] || shown++ >= FAILURES_SHOWN)
            continue;
        const char *word = rcode < sizeof words / sizeof *words && words[rcode] ? words[rcode]
                                                                                : "an error";
        struct rz_diag *diag = rz_diags_add(
            diags, RZ6109, rz_place_named(rz_name_text_plain(name, asking->rules[i]->owner)),
            rcode == NO_REPLY ? "%s at %s does not answer a question for it%s"
                              : "%s at %s answers a question for it with %s",
            asking->request->provider->name, asking->server.address, rcode == NO_REPLY ? "" : word);
        rz_diag_hint(diags, diag, "`rezone forward check` asks the targets of the rule themselves");
        status = rcode == NO_REPLY && status == RZ_OK ? RZ_NETWORK : RZ_CONFLICT;
    }
    if (shown > FAILURES_SHOWN)
        rz_diags_add(diags, RZ6109, rz_place_named(asking->request->provider->name),
                     "%zu more rules do not work", shown - FAILURES_SHOWN);
    return status;
}

/* A name below the rule's domain that nobody has asked for yet, or the domain where it has no room. */
static void make_names(struct asking *asking)
{
    static const char digits[] = "0123456789abcdef";
    struct rz_context *context = asking->request->project->context;
    uint8_t octets[8], label[] = "\x17"
                                 "rezone-0000000000000000"; /* 23 octets */
    context->random(context->user, octets, sizeof octets);
    for (size_t i = 0; i < sizeof octets; i++) {
        label[8 + 2 * i] = (uint8_t)digits[octets[i] >> 4];
        label[9 + 2 * i] = (uint8_t)digits[octets[i] & 15];
    }
    for (size_t i = 0; i < asking->count; i++) {
        const uint8_t *owner = asking->rules[i]->owner;
        uint8_t wire[RZ_NAME_MAX + sizeof label];
        size_t size = rz_name_size(owner);
        memcpy(wire, label, sizeof label - 1);
        memcpy(wire + sizeof label - 1, owner, size);
        rz_name_copy(&asking->names[i], size + sizeof label - 1 > RZ_NAME_MAX ? owner : wire);
    }
}

static size_t collect_rules(const struct rz_verify_request *request, const struct rz_rrset **rules)
{
    const struct rz_zone *zone = request->expected;
    size_t count = 0, total = request->changes ? request->count : zone->count;
    for (size_t i = 0; i < total; i++) {
        const struct rz_rrset *rule = request->changes ? request->changes[i].after
                                                       : &zone->rrsets[i];
        if (rule && rule->type == RZ_TYPE_FORWARD && !rz_forward_is_exception(rule))
            rules[count++] = rule;
    }
    return count;
}

enum rz_status rz_verify_forwarding(const struct rz_verify_request *request,
                                    struct rz_verify_result *result, struct rz_diags *diags)
{
    struct rz_server servers[SERVERS_MAX];
    enum rz_status status = RZ_OK;
    const struct rz_provider *provider = request->provider;
    size_t most = (request->changes ? request->count : request->expected->count) + 1;
    struct asking asking = {.request = request,
                            .rules = rz_alloc(most * sizeof *asking.rules),
                            .questions = rz_alloc(most * sizeof *asking.questions),
                            .names = rz_alloc(most * sizeof *asking.names),
                            .which = rz_alloc(most * sizeof *asking.which),
                            .rcodes = rz_alloc(most * sizeof *asking.rcodes)};
    asking.count = collect_rules(request, asking.rules);
    result->servers = provider->ops->servers(provider, servers, SERVERS_MAX);
    for (size_t i = 0; i < result->servers && asking.count; i++) {
        asking.server = servers[i];
        asking.works = rz_alloc_zero(most, sizeof *asking.works);
        make_names(&asking);
        ask_until(&asking, diags);
        enum rz_status answered = report(&asking, diags);
        status = status == RZ_OK ? answered : status;
        result->failures += asking.open;
        free(asking.works);
    }
    result->questions = asking.asked;
    free(asking.rules);
    free(asking.questions);
    free(asking.which);
    free(asking.names);
    free(asking.rcodes);
    return status;
}
