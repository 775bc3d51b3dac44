/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The targets of rules, asked themselves. */
#include <stdio.h>

#include "dns/rtype.h"
#include "resolver/resolver.h"
#include "transport/dns.h"
#include "transport/probe.h"

#define TIMEOUT_MS 3000

static void take_answer(void *user, size_t index, const struct rz_dns_answer *reply)
{
    static const char *const words[] = {[RZ_DNS_ANSWER] = "answers",
                                        [RZ_DNS_NODATA] = "answers",
                                        [RZ_DNS_NXDOMAIN] = "says that there is no such name",
                                        [RZ_DNS_REFERRAL] = "refers elsewhere",
                                        [RZ_DNS_NO_REPLY] = "does not answer"};
    struct rz_target_answer *answer = user;
    (void)index;
    answer->good = reply->result != RZ_DNS_RCODE && reply->result != RZ_DNS_NO_REPLY;
    if (reply->result == RZ_DNS_RCODE)
        rz_buffer_printf(&answer->said, "answers with the error %u", reply->rcode);
    else
        rz_buffer_text(&answer->said, words[reply->result]);
}

static void ask_plainly(const struct rz_zonefile *zf, const uint8_t *domain,
                        const struct rz_forward *target, struct rz_target_answer *answer)
{
    struct rz_diags unused = {0};
    struct rz_dns_peer peer = {.server = {.port = target->port},
                               .timeout_ms = TIMEOUT_MS,
                               .recursive = true,
                               .context = zf->context};
    struct rz_dns_question question = {domain, RZ_TYPE_SOA};
    rz_forward_address(peer.server.address, target);
    if (rz_dns_ask(&peer, &question, 1, take_answer, answer, &unused) != RZ_OK
        && !answer->said.size)
        rz_buffer_text(&answer->said, "cannot be reached");
    rz_diags_free(&unused);
}

static void look_at_tls(const struct rz_zonefile *zf, const struct rz_forward *target,
                        struct rz_target_answer *answer)
{
    char address[RZ_FORWARD_ADDRESS_MAX], name[RZ_NAME_TEXT_MAX];
    struct rz_probe probe = {.host = rz_forward_address(address, target),
                             .port = target->port,
                             .name = rz_name_text_plain(name, target->tls.wire),
                             .ca_file = zf->options.ca_file,
                             .timeout_ms = TIMEOUT_MS,
                             .context = zf->context};
    struct rz_probe_answer found = {0};
    rz_probe_tls(&probe, &found);
    answer->good = found.reached;
    answer->not_after = found.not_after;
    rz_buffer_str(&answer->said, rz_buffer_view(&found.said));
    rz_buffer_free(&found.said);
    rz_buffer_free(&found.body);
}

static void ask_target(struct rz_provider *provider, const uint8_t *domain,
                       const struct rz_forward *target, struct rz_target_answer *answer)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    int64_t start = zf->context->ticks(zf->context->user);
    if (target->tls.size > 1)
        look_at_tls(zf, target, answer);
    else
        ask_plainly(zf, domain, target, answer);
    answer->milliseconds = zf->context->ticks(zf->context->user) - start;
}

const struct rz_forwarding_ops rz_resolver_forwarding = {.ask_target = ask_target};
