/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks every authoritative server for what changed, again and again until all agree, stay so, or the
 * time is up. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "transact/expectation.h"
#include "transact/servers.h"
#include "transact/verify_forwarding.h"
#include "transact/verify_signed.h"
#include "transact/verify_signing.h"

#define FAILURES_SHOWN 20 /* of one server */
#define WAIT_FIRST_MS 50
#define WAIT_MAX_MS 5000
#define ROUND_MS 2000 /* for a round in any case */
#define QUESTION_MS 1 /* for each of its questions: 128 are under way at a time */

/* One server and what it still owes. */
struct asked {
    struct rz_server server;
    bool *met; /* by expectation */
    const char **why;
    struct rz_latest *latest;
    size_t open, asked;
    int64_t settled; /* ticks at which all was right for good; 0: never */
    uint32_t serial;
    bool has_serial;
};

struct verifier {
    const struct rz_verify_request *request;
    struct rz_expectation *expectations;
    size_t count;
    struct asked *servers;
    size_t server_count;
    size_t questions;
    int64_t begin; /* ticks */
    char label[40];
};

int64_t rz_verify_end(const struct rz_verify_request *request)
{
    struct rz_context *context = request->project->context;
    int64_t timeout = (int64_t)request->project->verify.timeout * 1000;
    return request->end ? request->end : context->ticks(context->user) + timeout;
}

int64_t rz_verify_round_end(const struct rz_verify_request *request, int64_t ms)
{
    struct rz_context *context = request->project->context;
    int64_t least = context->ticks(context->user) + ms, end = rz_verify_end(request);
    return end > least ? end : least;
}

static void add_expectation(struct verifier *verifier, const struct rz_rrset *subject)
{
    struct rz_expectation *expectation = &verifier->expectations[verifier->count];
    rz_expectation_make(expectation, verifier->request->expected, subject->owner, subject->type,
                        verifier->label);
    verifier->count += expectation->expected != RZ_EXPECT_NOTHING;
}

static void make_expectations(struct verifier *verifier)
{
    const struct rz_verify_request *request = verifier->request;
    struct rz_context *context = request->project->context;
    unsigned char octets[8];
    context->random(context->user, octets, sizeof octets);
    snprintf(verifier->label, sizeof verifier->label, "rezone-%02x%02x%02x%02x%02x%02x%02x%02x",
             octets[0], octets[1], octets[2], octets[3], octets[4], octets[5], octets[6],
             octets[7]);
    size_t total = request->changes ? request->count : request->expected->count;
    verifier->expectations = rz_alloc((total + 1) * sizeof *verifier->expectations);
    for (size_t i = 0; i < total; i++)
        add_expectation(verifier, request->changes ? rz_change_subject(request->changes[i])
                                                   : &request->expected->rrsets[i]);
}

/* The questions that a server has not answered rightly yet. */
struct round {
    struct verifier *verifier;
    struct asked *asked;
    size_t *indices; /* into expectations */
    bool heard;      /* it answers at all */
};

static void take_answer(void *user, size_t index, const struct rz_dns_answer *answer)
{
    struct round *round = user;
    size_t which = round->indices[index];
    struct asked *asked = round->asked;
    struct rz_latest *latest = &asked->latest[which];
    latest->milliseconds = answer->milliseconds;
    latest->tries++;
    round->heard |= answer->result != RZ_DNS_NO_REPLY;
    if (rz_expectation_met(&round->verifier->expectations[which], answer, &asked->why[which])) {
        asked->open -= !asked->met[which];
        asked->met[which] = true;
    }
    rz_latest_found(latest, asked->met[which] ? NULL : answer);
}

static void ask_server(struct verifier *verifier, struct asked *asked)
{
    struct rz_diags ignored = {0};
    struct round round = {.verifier = verifier,
                          .asked = asked,
                          .indices = rz_alloc((verifier->count + 1) * sizeof(size_t))};
    struct rz_dns_question *questions = rz_alloc((verifier->count + 1) * sizeof *questions);
    struct rz_dns_peer peer = {.server = asked->server,
                               .timeout_ms = 2000,
                               .context = verifier->request->project->context};
    size_t count = 0;
    for (size_t i = 0; i < verifier->count; i++) {
        if (asked->met[i])
            continue;
        round.indices[count] = i;
        asked->why[i] = "does not answer";
        questions[count++] = (struct rz_dns_question){verifier->expectations[i].question.wire,
                                                      verifier->expectations[i].type};
    }
    peer.until = rz_verify_round_end(verifier->request, ROUND_MS + (int64_t)count * QUESTION_MS);
    if (count)
        rz_dns_ask(&peer, questions, count, take_answer, &round, &ignored);
    peer.until = rz_verify_round_end(verifier->request, ROUND_MS);
    verifier->questions += count;
    asked->asked += count;
    asked->has_serial = (count == 0 || round.heard)
                        && rz_dns_serial(&peer, verifier->request->expected->apex.wire,
                                         &asked->serial, &ignored)
                               == RZ_OK;
    rz_diags_free(&ignored);
    free(questions);
    free(round.indices);
}

static bool serials_agree(const struct verifier *verifier)
{
    for (size_t i = 1; i < verifier->server_count; i++)
        if (!verifier->servers[i].has_serial
            || verifier->servers[i].serial != verifier->servers[0].serial)
            return false;
    return true;
}

/* One round over all servers; true when nothing is open. */
static bool ask_all(struct verifier *verifier)
{
    bool good = true;
    for (size_t i = 0; i < verifier->server_count; i++) {
        struct asked *asked = &verifier->servers[i];
        struct rz_context *context = verifier->request->project->context;
        ask_server(verifier, asked);
        good &= asked->open == 0;
        if (asked->open || !asked->has_serial)
            asked->settled = 0;
        else if (!asked->settled)
            asked->settled = context->ticks(context->user);
    }
    return good && serials_agree(verifier);
}

static void forget(struct verifier *verifier)
{
    for (size_t i = 0; i < verifier->server_count; i++) {
        memset(verifier->servers[i].met, 0, verifier->count * sizeof(bool));
        verifier->servers[i].open = verifier->count;
    }
}

static bool ask_until(struct verifier *verifier)
{
    struct rz_context *context = verifier->request->project->context;
    const struct rz_verify_settings *settings = &verifier->request->project->verify;
    verifier->begin = context->ticks(context->user);
    int64_t end = rz_verify_end(verifier->request);
    int64_t wait = WAIT_FIRST_MS;
    for (;;) {
        if (ask_all(verifier)) {
            if (!verifier->request->wait || settings->stable_for == 0)
                return true;
            rz_context_wait(context, (int64_t)settings->stable_for * 1000);
            forget(verifier);
            if (!rz_context_cancelled(context) && ask_all(verifier))
                return true;
        }
        int64_t left = end - context->ticks(context->user);
        if (!verifier->request->wait || left <= 0 || rz_context_cancelled(context))
            return false;
        rz_context_wait(context, wait < left ? wait : left);
        wait = wait * 2 < WAIT_MAX_MS ? wait * 2 : WAIT_MAX_MS;
    }
}

static const char *server_text(char text[96], const struct rz_server *server)
{
    snprintf(text, 96, "%s port %u", server->address, server->port ? server->port : 53);
    return text;
}

static bool is_silent(const struct verifier *verifier, const struct asked *asked)
{
    for (size_t i = 0; i < verifier->count; i++)
        if (asked->met[i] || strcmp(asked->why[i], "does not answer") != 0)
            return false;
    return !asked->has_serial;
}

static void report_answer(const struct verifier *verifier, const struct asked *asked, size_t which,
                          struct rz_diags *diags)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], server[96], apex[RZ_NAME_TEXT_MAX];
    const struct rz_zone *zone = verifier->request->expected;
    const struct rz_expectation *expectation = &verifier->expectations[which];
    struct rz_place place = expectation->rrset ? rz_zone_place(zone, expectation->rrset)
                                               : (struct rz_place){0};
    if (!place.name && !place.source)
        place.name = rz_name_text_plain(apex, zone->apex.wire);
    rz_name_text_relative(owner, expectation->question.wire, zone->apex.wire);
    const char *found = asked->latest[which].found;
    rz_diags_add(diags, RZ5103, place, "%s, asked for %s %s, %s%s%s",
                 server_text(server, &asked->server), owner, rz_rtype_text(type, expectation->type),
                 asked->why[which], found ? ": " : "", found ? found : "");
}

static bool report_server(const struct verifier *verifier, const struct asked *asked,
                          struct rz_diags *diags)
{
    char server[96], apex[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(apex, verifier->request->expected->apex.wire);
    if (is_silent(verifier, asked)) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5104, rz_place_named(apex),
                                            "%s does not answer",
                                            server_text(server, &asked->server));
        rz_diag_hint(diags, diag,
                     "is the server up, and does it have the zone? `verify: {servers: […]}` "
                     "says which to ask");
        return false;
    }
    size_t shown = 0;
    for (size_t i = 0; i < verifier->count && shown < FAILURES_SHOWN; i++)
        if (!asked->met[i]) {
            report_answer(verifier, asked, i, diags);
            shown++;
        }
    if (asked->open > shown)
        rz_diags_add(diags, RZ5103, rz_place_named(apex), "%s gives %zu more wrong answers",
                     server_text(server, &asked->server), asked->open - shown);
    return true;
}

static enum rz_status report_stopped(const struct verifier *verifier, struct rz_diags *diags)
{
    char apex[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(apex, verifier->request->expected->apex.wire);
    rz_diags_add(diags, RZ5006, rz_place_named(apex),
                 "stopped while the servers of %s were asked: the zone is not proved",
                 verifier->request->provider->name);
    return RZ_CANCELLED;
}

static enum rz_status report_failures(const struct verifier *verifier, struct rz_diags *diags)
{
    char apex[RZ_NAME_TEXT_MAX], text[96];
    if (rz_context_cancelled(verifier->request->project->context))
        return report_stopped(verifier, diags);
    enum rz_status status = RZ_CONFLICT;
    bool complete = true;
    for (size_t i = 0; i < verifier->server_count; i++) {
        const struct asked *asked = &verifier->servers[i];
        if ((asked->open || !asked->has_serial) && !report_server(verifier, asked, diags))
            status = RZ_NETWORK;
        complete &= asked->has_serial;
    }
    if (serials_agree(verifier) || !complete)
        return status;
    RZ_BUFFER_CLEANUP struct rz_buffer list = {0};
    for (size_t i = 0; i < verifier->server_count; i++)
        rz_buffer_printf(&list, "%s%s has %" PRIu32, i ? ", " : "",
                         server_text(text, &verifier->servers[i].server),
                         verifier->servers[i].serial);
    rz_name_text_plain(apex, verifier->request->expected->apex.wire);
    rz_diags_add(diags, RZ5105, rz_place_named(apex), "the SOA serials differ: %s", list.data);
    return status;
}

static void open_servers(struct verifier *verifier, const struct rz_server *servers, size_t count)
{
    verifier->servers = rz_alloc_zero(count, sizeof *verifier->servers);
    verifier->server_count = count;
    for (size_t i = 0; i < count; i++) {
        struct asked *asked = &verifier->servers[i];
        asked->server = servers[i];
        asked->met = rz_alloc_zero(verifier->count + 1, sizeof *asked->met);
        asked->why = rz_alloc_zero(verifier->count + 1, sizeof *asked->why);
        asked->latest = rz_alloc_zero(verifier->count + 1, sizeof *asked->latest);
        asked->open = verifier->count;
    }
}

static void close_servers(struct verifier *verifier)
{
    for (size_t i = 0; i < verifier->server_count; i++) {
        free(verifier->servers[i].met);
        free(verifier->servers[i].why);
        for (size_t k = 0; k < verifier->count; k++)
            free(verifier->servers[i].latest[k].found);
        free(verifier->servers[i].latest);
    }
    free(verifier->servers);
    free(verifier->expectations);
}

/* Wrong answers come first, so that they are what is kept of a large zone. */
static void write_answers(const struct verifier *verifier, const struct asked *asked,
                          struct rz_server_report *report, struct rz_arena *arena)
{
    const struct rz_zone *zone = verifier->request->expected;
    size_t most = verifier->count < RZ_ANSWERS_KEPT ? verifier->count : RZ_ANSWERS_KEPT;
    report->answers = rz_arena_zero(arena, (most + 1) * sizeof *report->answers);
    for (int met = 0; met <= 1; met++)
        for (size_t i = 0; i < verifier->count && report->answer_count < most; i++) {
            const struct rz_expectation *expectation = &verifier->expectations[i];
            const struct rz_latest *latest = &asked->latest[i];
            char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
            if (asked->met[i] != (met == 1))
                continue;
            rz_name_text_relative(owner, expectation->question.wire, zone->apex.wire);
            report->answers[report->answer_count++] = (struct rz_answer_report){
                .owner = rz_arena_strdup(arena, owner),
                .type = rz_arena_strdup(arena, rz_rtype_text(type, expectation->type)),
                .expected = rz_expected_text(expectation->expected),
                .wrong = met ? NULL : asked->why[i],
                .found = !met && latest->found ? rz_arena_strdup(arena, latest->found) : NULL,
                .milliseconds = latest->milliseconds,
                .tries = latest->tries};
        }
}

static void write_report(const struct verifier *verifier, const char *const *found,
                         struct rz_verify_report *report)
{
    char text[96];
    report->servers = rz_arena_zero(&report->arena,
                                    (verifier->server_count + 1) * sizeof *report->servers);
    report->server_count = verifier->server_count;
    for (size_t i = 0; i < verifier->server_count; i++) {
        const struct asked *asked = &verifier->servers[i];
        struct rz_server_report *server = &report->servers[i];
        server->server = rz_arena_strdup(&report->arena, server_text(text, &asked->server));
        server->expectations = verifier->count;
        server->right = verifier->count - asked->open;
        server->asked = asked->asked;
        server->settled_ms = asked->settled ? asked->settled - verifier->begin : -1;
        server->dnssec = found[i];
        server->has_serial = asked->has_serial;
        server->serial = asked->serial;
        for (size_t k = 0; k < verifier->count; k++) {
            int64_t took = asked->latest[k].milliseconds;
            server->latency_total_ms += took;
            server->latency_most = took > server->latency_most ? took : server->latency_most;
        }
        write_answers(verifier, asked, server, &report->arena);
    }
}

enum rz_status rz_verify_dns(const struct rz_verify_request *request,
                             struct rz_verify_result *result, struct rz_diags *diags)
{
    struct rz_server servers[RZ_SERVERS_MAX];
    struct verifier verifier = {.request = request};
    const char *found[RZ_SERVERS_MAX] = {0};
    bool expected;
    if (request->provider->ops->capabilities(request->provider)->forwards)
        return rz_verify_forwarding(request, result, diags);
    size_t count = rz_verify_servers(request, servers, &expected, diags);
    if (count == 0) {
        char apex[RZ_NAME_TEXT_MAX];
        if (expected)
            rz_diags_add(diags, RZ5106,
                         rz_place_named(rz_name_text_plain(apex, request->expected->apex.wire)),
                         "no server of %s to ask", request->provider->name);
        return RZ_OK;
    }
    struct rz_signed_servers chain = {.servers = servers, .count = count, .found = found};
    make_expectations(&verifier);
    open_servers(&verifier, servers, count);
    enum rz_status status = ask_until(&verifier) ? RZ_OK : report_failures(&verifier, diags);
    if (status == RZ_OK)
        status = rz_verify_signed(&chain, request, verifier.expectations, verifier.count, diags);
    result->servers = count;
    result->questions = verifier.questions;
    if (status == RZ_OK)
        status = rz_verify_signing(request, servers, count, result, diags);
    for (size_t i = 0; i < count; i++)
        result->failures += verifier.servers[i].open;
    if (request->report)
        write_report(&verifier, found, request->report);
    close_servers(&verifier);
    return status;
}
