/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks: registration, delegation, nameservers, ownership, resolvers. */
#include "delegation/domain_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transport/dns.h"

#define SOON_DAYS 30

const char *rz_domain_result_text(enum rz_domain_result result)
{
    static const char *const texts[] = {"good", "skipped", "warning", "bad"};
    return texts[result];
}

void rz_domain_check_add(struct rz_domain_checks *checks, const char *name,
                         enum rz_domain_result result, const char *server, const char *format, ...)
{
    va_list arguments;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    va_start(arguments, format);
    rz_buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    rz_buffer_visible(&shown, rz_buffer_view(&text));
    checks->items = rz_grow(checks->items, &checks->capacity, checks->count + 1,
                            sizeof *checks->items);
    checks->items[checks->count++] = (struct rz_domain_check){
        .name = name,
        .result = result,
        .server = server ? rz_arena_strdup(&checks->arena, server) : NULL,
        .text = rz_arena_strdup(&checks->arena, rz_buffer_view(&shown).data)};
    checks->bad += result == RZ_DOMAIN_BAD;
    checks->warnings += result == RZ_DOMAIN_WARNING;
}

void rz_domain_checks_free(struct rz_domain_checks *checks)
{
    free(checks->items);
    rz_arena_free(&checks->arena);
    *checks = (struct rz_domain_checks){0};
}

/* "a.example.net, b.example.net", "none". */
static void list_names(struct rz_buffer *out, const struct rz_rrset *ns)
{
    char name[RZ_NAME_TEXT_MAX];
    if (!ns)
        rz_buffer_text(out, "none");
    else
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
            rz_buffer_printf(out, "%s%s", out->size ? ", " : "", rz_name_text_plain(name, c.wire));
}

static void check_registration(struct rz_domain_checks *checks,
                               const struct rz_domain_check_input *input)
{
    const struct rz_domain *domain = input->domain;
    if (!domain)
        return;
    bool active = strcasecmp(domain->status, "active") == 0;
    bool over = domain->has_days && domain->days_left < 0;
    bool soon = domain->has_days && domain->days_left <= SOON_DAYS && !domain->autorenew;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_text(&text, domain->status);
    if (*domain->expires)
        rz_buffer_printf(&text, ", expires %s", domain->expires);
    if (domain->has_days)
        rz_buffer_printf(&text, " (%" PRId64 " days)", domain->days_left);
    if (domain->has_autorenew)
        rz_buffer_text(&text, domain->autorenew ? ", renews itself" : ", does not renew itself");
    rz_domain_check_add(checks, "registration",
                        !active || over ? RZ_DOMAIN_BAD
                        : soon          ? RZ_DOMAIN_WARNING
                                        : RZ_DOMAIN_GOOD,
                        NULL, "%s", text.data);
}

static void check_parents(struct rz_domain_checks *checks, const struct rz_delegation *d)
{
    char server[RZ_SERVER_TEXT_MAX];
    for (size_t i = 0; i < d->count; i++) {
        const struct rz_parent_answer *answer = &d->servers[i];
        char rcode[16];
        rz_server_text(server, &answer->server);
        if (!answer->reachable)
            rz_domain_check_add(checks, "delegation", RZ_DOMAIN_WARNING, server,
                                "this server of the parent does not answer");
        else if (!answer->answered)
            rz_domain_check_add(checks, "delegation", RZ_DOMAIN_WARNING, server,
                                "this server of the parent answers %s and no delegation",
                                rz_dns_rcode_text(rcode, answer->rcode));
    }
    if (!d->agree)
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_BAD, NULL,
                            "the servers of the parent differ in what they delegate");
}

static void check_delegation(struct rz_domain_checks *checks,
                             const struct rz_domain_check_input *input)
{
    const struct rz_delegation *d = &input->look->delegation;
    size_t bad = checks->bad;
    RZ_BUFFER_CLEANUP struct rz_buffer names = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer wanted = {0};
    const struct rz_rrset *registered = input->registration ? rz_zone_find(
                                            input->registration, input->look->name.wire, RZ_TYPE_NS)
                                                            : NULL;
    check_parents(checks, d);
    if (input->look->delegation_why) {
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_BAD, NULL, "%s",
                            input->look->delegation_why);
        return;
    }
    list_names(&names, d->ns);
    list_names(&wanted, registered);
    if (!d->ns)
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_BAD, NULL,
                            "the parent does not delegate the name");
    else if (registered && !rz_delegation_same(d->ns, registered))
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_BAD, NULL,
                            "the parent delegates to %s; the registrar has %s", names.data,
                            wanted.data);
    else if (d->ns->rdata_count < 2)
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_WARNING, NULL,
                            "there is only one nameserver, %s", names.data);
    else if (checks->bad == bad)
        rz_domain_check_add(checks, "delegation", RZ_DOMAIN_GOOD, NULL, "to %s", names.data);
}

/* ---- nameservers */

struct server_check {
    const char *name, *good; /* what is said when all are so */
    enum rz_domain_result severity;
    /* NULL: good. Else what is wrong. */
    const char *(*judge)(const struct rz_nameserver *nameserver);
    bool needs_reply;
};

static const char *judge_udp(const struct rz_nameserver *ns)
{
    return ns->udp ? NULL : "does not answer over UDP";
}

static const char *judge_tcp(const struct rz_nameserver *ns)
{
    return ns->tcp ? NULL : "does not answer over TCP, which long answers need (RFC 7766)";
}

static const char *judge_authority(const struct rz_nameserver *ns)
{
    return ns->authoritative ? NULL
           : ns->rcode == 5  ? "refuses questions for the zone: the delegation to it is lame"
           : ns->rcode == 2  ? "fails (SERVFAIL): it has no good copy of the zone"
                             : "is not authoritative for the zone: the delegation to it is lame";
}

static const char *judge_recursion(const struct rz_nameserver *ns)
{
    return ns->recursive ? "resolves names of others for anybody (RFC 5358)" : NULL;
}

static const char *judge_edns(const struct rz_nameserver *ns)
{
    return ns->udp && !ns->edns ? "does not know EDNS (RFC 6891)"
           : ns->mangled        ? "sends records that cannot be read"
                                : NULL;
}

static const struct server_check server_checks[] = {
    {"udp", "all answer over UDP", RZ_DOMAIN_BAD, judge_udp, false},
    {"tcp", "all answer over TCP", RZ_DOMAIN_BAD, judge_tcp, false},
    {"authoritative", "all are authoritative", RZ_DOMAIN_BAD, judge_authority, true},
    {"recursion", "none resolves for strangers", RZ_DOMAIN_BAD, judge_recursion, true},
    {"edns", "all know EDNS", RZ_DOMAIN_WARNING, judge_edns, true},
};

static void nameserver_name(struct rz_buffer *out, const struct rz_nameserver *ns)
{
    char host[RZ_NAME_TEXT_MAX], server[RZ_SERVER_TEXT_MAX];
    rz_buffer_reset(out);
    rz_server_text(server, &ns->server);
    rz_buffer_printf(out, "%s %s", rz_name_text_plain(host, ns->host.wire), server);
}

static void check_servers(struct rz_domain_checks *checks, const struct rz_domain_look *look,
                          const struct server_check *check)
{
    size_t asked = 0, wrong = 0;
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    for (size_t i = 0; i < look->count; i++) {
        const struct rz_nameserver *ns = &look->nameservers[i];
        if (ns->unaskable || (check->needs_reply && !ns->udp && !ns->tcp))
            continue;
        const char *what = check->judge(ns);
        asked++;
        wrong += what != NULL;
        nameserver_name(&name, ns);
        if (what)
            rz_domain_check_add(checks, check->name, check->severity, name.data, "%s", what);
    }
    if (asked && !wrong)
        rz_domain_check_add(checks, check->name, RZ_DOMAIN_GOOD, NULL, "%s", check->good);
}

static void check_addresses(struct rz_domain_checks *checks, const struct rz_domain_look *look)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    char host[RZ_NAME_TEXT_MAX];
    for (size_t i = 0; i < look->homeless_count; i++)
        rz_domain_check_add(checks, "address", RZ_DOMAIN_BAD,
                            rz_name_text_plain(host, look->homeless[i].wire),
                            "has no address, neither at the parent nor by a resolver");
    for (size_t i = 0; i < look->count; i++) {
        if (!look->nameservers[i].unaskable)
            continue;
        nameserver_name(&text, &look->nameservers[i]);
        rz_domain_check_add(checks, "address", RZ_DOMAIN_SKIPPED, text.data,
                            "this machine has no way there");
    }
}

/* The serials, and the NS set that each has. */
static void check_propagation(struct rz_domain_checks *checks, const struct rz_domain_look *look)
{
    const struct rz_nameserver *first = NULL;
    bool same = true;
    RZ_BUFFER_CLEANUP struct rz_buffer serials = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    for (size_t i = 0; i < look->count; i++) {
        const struct rz_nameserver *ns = &look->nameservers[i];
        if (!ns->authoritative)
            continue;
        first = first ? first : ns;
        same &= ns->serial == first->serial;
        nameserver_name(&name, ns);
        rz_buffer_printf(&serials, "%s%s has %" PRIu32, serials.size ? ", " : "", name.data,
                         ns->serial);
        RZ_BUFFER_CLEANUP struct rz_buffer names = {0};
        list_names(&names, ns->ns);
        if (!rz_delegation_same(ns->ns, look->hosts))
            rz_domain_check_add(checks, "nameservers", RZ_DOMAIN_BAD, name.data,
                                "the zone itself names other nameservers than the parent: %s",
                                names.data);
    }
    if (first && same)
        rz_domain_check_add(checks, "serial", RZ_DOMAIN_GOOD, NULL, "all have %" PRIu32,
                            first->serial);
    else if (first)
        rz_domain_check_add(checks, "serial", RZ_DOMAIN_BAD, NULL, "the serials differ: %s",
                            serials.data);
}

/* ---- ownership */

static bool has_token(const struct rz_rrset *txt, const char *token)
{
    if (!txt)
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(txt); rz_rdata_next(&c);)
        if (c.size == strlen(token) + 1U && memcmp(c.wire + 1, token, c.size - 1U) == 0)
            return true;
    return false;
}

static void check_ownership(struct rz_domain_checks *checks,
                            const struct rz_domain_check_input *input)
{
    size_t with = 0, asked = 0;
    char name[RZ_NAME_TEXT_MAX];
    if (!input->token)
        return;
    rz_name_text_plain(name, input->challenge);
    for (size_t i = 0; i < input->look->count; i++) {
        const struct rz_nameserver *ns = &input->look->nameservers[i];
        if (!ns->authoritative)
            continue;
        asked++;
        with += has_token(ns->challenge, input->token);
    }
    if (asked && with == asked)
        rz_domain_check_add(checks, "ownership", RZ_DOMAIN_GOOD, NULL,
                            "the challenge is published at %s", name);
    else
        rz_domain_check_add(checks, "ownership", RZ_DOMAIN_BAD, NULL,
                            "%zu of %zu nameservers have the challenge: publish %s TXT \"%s\"",
                            with, asked, name, input->token);
}

/* ---- resolvers */

static enum rz_status check_resolver(struct rz_domain_checks *checks,
                                     const struct rz_domain_check_input *input,
                                     const struct rz_server *resolver)
{
    char server[RZ_SERVER_TEXT_MAX], rcode[16];
    struct rz_dns_probe_reply reply;
    RZ_BUFFER_CLEANUP struct rz_buffer names = {0};
    const struct rz_domain_look *look = input->look;
    rz_server_text(server, resolver);
    enum rz_status status = rz_lookup_ask(input->lookup, resolver, look->name.wire, RZ_TYPE_NS,
                                          RZ_PROBE_RD, &reply);
    const struct rz_rrset *ns = rz_dns_probe_find(&reply, RZ_SECTION_ANSWER, look->name.wire,
                                                  RZ_TYPE_NS);
    list_names(&names, ns);
    if (!reply.replied)
        rz_domain_check_add(checks, "resolver", RZ_DOMAIN_BAD, server, "does not answer");
    else if (reply.rcode)
        rz_domain_check_add(checks, "resolver", RZ_DOMAIN_BAD, server, "answers %s%s",
                            rz_dns_rcode_text(rcode, reply.rcode),
                            reply.rcode == 2 ? ": it reaches no server, or the chain of trust is "
                                               "broken"
                                             : "");
    else if (!rz_delegation_same(ns, look->hosts))
        rz_domain_check_add(checks, "resolver", RZ_DOMAIN_BAD, server,
                            "still has other nameservers: %s", names.data);
    else
        rz_domain_check_add(checks, "resolver", RZ_DOMAIN_GOOD, server, "has these nameservers");
    rz_dns_probe_reply_free(&reply);
    return status == RZ_CANCELLED ? status : RZ_OK;
}

enum rz_status rz_domain_checks_make(struct rz_domain_checks *checks,
                                     const struct rz_domain_check_input *input)
{
    enum rz_status status = RZ_OK;
    *checks = (struct rz_domain_checks){0};
    check_registration(checks, input);
    check_delegation(checks, input);
    check_addresses(checks, input->look);
    for (size_t i = 0; i < sizeof server_checks / sizeof *server_checks; i++)
        check_servers(checks, input->look, &server_checks[i]);
    check_propagation(checks, input->look);
    rz_domain_checks_dnssec(checks, input);
    check_ownership(checks, input);
    for (size_t i = 0;
         input->lookup->resolvers_given && i < input->lookup->resolver_count && status == RZ_OK;
         i++)
        status = check_resolver(checks, input, &input->lookup->resolvers[i]);
    return status;
}
