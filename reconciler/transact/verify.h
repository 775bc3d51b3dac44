/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification: by reading back through the provider, and by asking the authoritative servers. */
#ifndef RZ_TRANSACT_VERIFY_H
#define RZ_TRANSACT_VERIFY_H

#include "plan/plan.h"
#include "transact/verify_report.h"

struct rz_verify_result {
    size_t servers, questions, failures;
};

/* What to verify of a zone. */
struct rz_verify_request {
    struct rz_project *project;
    struct rz_provider *provider;
    const struct rz_zone *expected;  /* the whole zone as it must be */
    const struct rz_change *changes; /* only these RRsets are asked for; NULL: all of expected */
    size_t count;
    const struct rz_zone_plan *plan; /* says what others may change meanwhile; NULL: nothing */
    bool way_back; /* rollback and recover: what was wrong before does not hold it up */
    bool wait;     /* after apply: servers may lag, ask again until the timeout; else one round */
    int64_t
        end; /* ticks: when servers were asked for long enough, however often; 0: `timeout` from now */
    struct rz_verify_report *report; /* what was asked and answered; NULL: not wanted */
};

/* When to stop waiting for servers. */
int64_t rz_verify_end(const struct rz_verify_request *request);
/* The last tick of a round of questions to one server that is begun now: the end of waiting, or so many
 * ms from now where that is later. Whatever the server does, the round lasts no longer. */
int64_t rz_verify_round_end(const struct rz_verify_request *request, int64_t ms);

/* Reads the zone back: it must equal `expected` but for the SOA serial and an online signer's
 * records. RZ_CONFLICT with a diagnostic for each difference (the first 20). `serial` is set to the
 * live SOA's where there is one. */
enum rz_status rz_verify_readback(const struct rz_verify_request *request, uint32_t *serial,
                                  struct rz_diags *diags);

/* Asks every authoritative server: exact RDATA and TTL with AA set, NXDOMAIN or NODATA for deletes,
 * wildcards by a name below them, delegations by their referral; SOA serials agree. The servers are
 * those of `verify:`, else the provider's, else the apex NS; none: RZ_OK with a warning. RZ_CONFLICT
 * where answers differ when the time is up, RZ_NETWORK where a server did not answer. Of a resolver it
 * is the rules that are asked about (verify_forwarding.h). */
enum rz_status rz_verify_dns(const struct rz_verify_request *request,
                             struct rz_verify_result *result, struct rz_diags *diags);

/* For a target that is a registration: asks the servers of the parent zone (`verify: {parents: …}`, else
 * found by resolvers) until they publish the changes. Where they do not, RZ_CONFLICT with --wait, after
 * that time; else RZ_OK with a warning, since many parents take hours. */
enum rz_status rz_verify_parent(const struct rz_verify_request *request,
                                struct rz_verify_result *result, struct rz_diags *diags);

#endif
