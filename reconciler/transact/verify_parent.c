/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the servers of the parent publish what the registrar took: NS by their referrals, DS by their
 * answers, addresses of nameservers as glue. */
#include <stdio.h>

#include "delegation/parent.h"
#include "dns/rtype.h"
#include "transact/verify.h"

#define PATIENCE_MS 10000 /* where nobody says how long the parent may take */
#define WAIT_FIRST_MS 200
#define WAIT_MAX_MS 5000

struct checker {
    const struct rz_verify_request *request;
    struct rz_lookup lookup;
    struct rz_delegation seen;
    const char *why; /* the last round's trouble; NULL: none */
    char server[96]; /* which server; "" for none */
    size_t questions;
};

static bool is_published(const struct checker *c, const struct rz_parent_answer *answer,
                         const struct rz_rrset *subject)
{
    const struct rz_zone *expected = c->request->expected;
    const struct rz_rrset *want = rz_zone_find(expected, subject->owner, subject->type);
    switch (subject->type) {
    case RZ_TYPE_NS: return rz_delegation_same(want, answer->ns);
    case RZ_TYPE_DS: return rz_delegation_same(want, answer->ds);
    case RZ_TYPE_A:
    case RZ_TYPE_AAAA: break;
    default: return true;
    }
    /* Parents give the addresses of those nameservers only that the name is delegated to. */
    const struct rz_rrset *ns = answer->ns;
    if (!want || !ns || !rz_rrset_contains(ns, want->owner, (uint16_t)rz_name_size(want->owner)))
        return true;
    const struct rz_rrset *glue = rz_zone_find(&c->seen.glue, want->owner, want->type);
    for (struct rz_rdata_cursor r = rz_rrset_rdata(want); glue && rz_rdata_next(&r);)
        if (!rz_rrset_contains(glue, r.wire, r.size))
            return false;
    return glue != NULL;
}

static const char *what_differs(const struct rz_rrset *subject)
{
    return subject->type == RZ_TYPE_NS   ? "does not delegate to these nameservers yet"
           : subject->type == RZ_TYPE_DS ? "does not have these DS records yet"
                                         : "does not give the nameserver's address yet";
}

static void check_answer(struct checker *c, const struct rz_parent_answer *answer)
{
    for (size_t i = 0; i < c->request->count && !c->why; i++) {
        const struct rz_rrset *subject = rz_change_subject(c->request->changes[i]);
        if (!is_published(c, answer, subject))
            c->why = what_differs(subject);
    }
    if (c->why)
        snprintf(c->server, sizeof c->server, "%s port %u", answer->server.address,
                 answer->server.port ? answer->server.port : 53);
}

static enum rz_status look(struct checker *c)
{
    const char *why = NULL;
    c->why = NULL;
    c->server[0] = '\0';
    enum rz_status status = rz_delegation_read(&c->seen, &c->lookup,
                                               c->request->expected->apex.wire, &why);
    c->questions += 2 * c->seen.count;
    if (status != RZ_OK)
        c->why = why;
    for (size_t i = 0; i < c->seen.count && !c->why; i++)
        if (c->seen.servers[i].answered)
            check_answer(c, &c->seen.servers[i]);
    return status;
}

static bool look_until(struct checker *c, int64_t patience)
{
    struct rz_context *context = c->request->project->context;
    int64_t end = context->ticks(context->user) + patience, wait = WAIT_FIRST_MS;
    for (;;) {
        enum rz_status status = look(c);
        int64_t left = end - context->ticks(context->user);
        bool last = !c->why || left <= 0 || rz_context_cancelled(context)
                    || (status == RZ_NETWORK && c->seen.count == 0);
        if (last)
            return !c->why;
        rz_delegation_free(&c->seen);
        rz_context_wait(context, wait < left ? wait : left);
        wait = wait * 2 < WAIT_MAX_MS ? wait * 2 : WAIT_MAX_MS;
    }
}

static enum rz_status report(const struct checker *c, bool required, struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_place place = rz_place_named(
        rz_name_text_plain(name, c->request->expected->apex.wire));
    struct rz_diag *diag = *c->server ? rz_diags_add(diags, RZ3550, place,
                                                     "the parent's server %s %s", c->server, c->why)
                                      : rz_diags_add(diags, RZ3550, place,
                                                     "the parent could not be asked: %s", c->why);
    if (required) {
        rz_diag_set_severity(diags, diag, RZ_ERROR);
        rz_diag_hint(diags, diag, "that was given the time of --wait");
    } else {
        rz_diag_hint(diags, diag, "the registrar has it; `rezone domain verify %s` asks again",
                     name);
    }
    return required ? RZ_CONFLICT : RZ_OK;
}

enum rz_status rz_verify_parent(const struct rz_verify_request *request,
                                struct rz_verify_result *result, struct rz_diags *diags)
{
    const struct rz_verify_settings *settings = &request->project->verify;
    struct checker c = {.request = request};
    int64_t patience = (int64_t)settings->timeout * 1000;
    enum rz_status status = rz_lookup_init(&c.lookup, request->project->context,
                                           &settings->resolvers, &settings->parents, diags);
    if (status != RZ_OK)
        return status;
    if (settings->parent_wait)
        patience = (int64_t)settings->parent_wait * 1000;
    else if (patience > PATIENCE_MS)
        patience = PATIENCE_MS;
    if (!look_until(&c, patience))
        status = report(&c, settings->parent_wait > 0, diags);
    else
        result->questions = c.questions;
    result->servers = c.seen.answered;
    rz_delegation_free(&c.seen);
    return status;
}
