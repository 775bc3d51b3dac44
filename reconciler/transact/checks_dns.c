/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `dns:` checks: a question to resolvers, or to the zone's own servers. */
#include <stdio.h>
#include <string.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "transact/checks.h"
#include "transact/servers.h"
#include "transport/dns.h"

/* One question to one server. */
struct question {
    struct rz_check_try *attempt;
    struct rz_name owner;
    uint16_t type;
    bool recursive, good;
    int64_t until; /* ticks */
};

/* The strings of a text record, one behind the other. */
static void print_text(struct rz_buffer *out, const uint8_t *wire, size_t size)
{
    for (size_t at = 0; at < size; at += 1 + (size_t)wire[at])
        rz_buffer_append(out, wire + at + 1,
                         wire[at] < size - at ? (size_t)wire[at] : size - at - 1);
}

static void print_record(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    if (rz_rtype_flags(type) & RZ_RTYPE_TEXT)
        print_text(out, wire, size);
    else
        rz_rdata_print(out, type, wire, size);
}

/* Whether a record of the answer is the text; of texts, when `part`, also has it. */
static bool has_record(const struct rz_rrset *rrset, const char *text, bool part)
{
    bool found = false;
    bool within = part && rz_rtype_flags(rrset->type) & RZ_RTYPE_TEXT;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); !found && rz_rdata_next(&c);) {
        RZ_BUFFER_CLEANUP struct rz_buffer record = {0};
        print_record(&record, rrset->type, c.wire, c.size);
        struct rz_str view = rz_buffer_view(&record);
        found = within ? memmem(view.data, view.size, text, strlen(text)) != NULL
                       : rz_str_is(view, text);
    }
    return found;
}

static void say_records(struct rz_buffer *said, const struct rz_rrset *rrset)
{
    size_t shown = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c) && shown < 8;) {
        RZ_BUFFER_CLEANUP struct rz_buffer record = {.limit = 200};
        print_record(&record, rrset->type, c.wire, c.size);
        rz_buffer_text(said, shown++ ? ", " : "");
        rz_buffer_visible(said, rz_buffer_view(&record));
    }
}

static bool judge(const struct rz_check *check, const struct rz_rrset *rrset,
                  struct rz_buffer *said)
{
    say_records(said, rrset);
    for (size_t i = 0; i < check->contains.count; i++)
        if (!has_record(rrset, check->contains.items[i], true)) {
            rz_buffer_printf(said, ", without %s", check->contains.items[i]);
            return false;
        }
    for (size_t i = 0; i < check->equals.count; i++)
        if (!has_record(rrset, check->equals.items[i], false)) {
            rz_buffer_printf(said, ", without %s", check->equals.items[i]);
            return false;
        }
    if (check->equals.count && check->equals.count != rrset->rdata_count) {
        rz_buffer_text(said, ", which is more than should be there");
        return false;
    }
    return true;
}

static void take_answer(void *user, size_t index, const struct rz_dns_answer *answer)
{
    struct question *question = user;
    struct rz_buffer *said = &question->attempt->said;
    (void)index;
    switch (answer->result) {
    case RZ_DNS_ANSWER:
        question->good = answer->rrset && judge(question->attempt->check, answer->rrset, said);
        break;
    case RZ_DNS_NODATA: rz_buffer_text(said, "no such record"); break;
    case RZ_DNS_NXDOMAIN: rz_buffer_text(said, "no such name"); break;
    case RZ_DNS_REFERRAL: rz_buffer_text(said, "a referral elsewhere"); break;
    case RZ_DNS_RCODE: rz_buffer_printf(said, "error code %u", answer->rcode); break;
    default: rz_buffer_text(said, "no answer"); break;
    }
}

static bool ask(struct question *question, const struct rz_server *server)
{
    struct rz_diags ignored = {0};
    struct rz_check_try *attempt = question->attempt;
    struct rz_dns_peer peer = {.server = *server,
                               .until = question->until,
                               .recursive = question->recursive,
                               .timeout_ms = (uint64_t)attempt->timeout_ms,
                               .context = attempt->request->project->context};
    struct rz_dns_question asked = {question->owner.wire, question->type};
    bool v6 = strchr(server->address, ':') != NULL;
    rz_buffer_printf(&attempt->said, "%s%s%s%s:%u: ", attempt->said.size ? "; " : "", v6 ? "[" : "",
                     server->address, v6 ? "]" : "", server->port ? server->port : 53);
    question->good = false;
    size_t before = attempt->said.size;
    if (rz_dns_ask(&peer, &asked, 1, take_answer, question, &ignored) != RZ_OK
        && attempt->said.size == before)
        rz_buffer_text(&attempt->said, "cannot be asked");
    rz_diags_free(&ignored);
    return question->good;
}

static size_t find_servers(const struct rz_check_try *attempt, struct rz_server *servers)
{
    bool expected;
    size_t count = 0;
    const struct rz_strings *via = &attempt->check->via;
    struct rz_diags ignored = {0};
    for (size_t i = 0; i < via->count && count < RZ_SERVERS_MAX; i++)
        count += rz_server_parse(&servers[count], via->items[i]);
    if (via->count == 0)
        count = rz_verify_servers(attempt->request, servers, &expected, &ignored);
    rz_diags_free(&ignored);
    return count;
}

bool rz_check_attempt_dns(struct rz_check_try *attempt)
{
    struct rz_server servers[RZ_SERVERS_MAX];
    const char *subject = attempt->check->subject, *blank = strchr(subject, ' '), *why;
    struct question question = {.attempt = attempt, .recursive = attempt->check->via.count > 0};
    struct rz_context *context = attempt->request->project->context;
    size_t count = find_servers(attempt, servers);
    question.until = context->ticks(context->user) + attempt->timeout_ms;
    if (count == 0 || count < attempt->check->via.count) {
        rz_buffer_text(&attempt->said,
                       count ? "`via` has what is no address" : "there is no server to ask");
        return false;
    }
    if (!blank
        || rz_name_parse(&question.owner, (struct rz_str){subject, (size_t)(blank - subject)}, NULL,
                         &why)
               != RZ_OK
        || !rz_rtype_parse(&question.type, rz_str_of(blank + 1), true)) {
        rz_buffer_text(&attempt->said, "the question cannot be read");
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= ask(&question, &servers[i]);
    return good;
}
