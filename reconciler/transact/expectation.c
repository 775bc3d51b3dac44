/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer that a zone implies for a question. */
#include "transact/expectation.h"

#include <inttypes.h>
#include <stdlib.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "support/alloc.h"

#define FOUND_MAX 200 /* octets of a wrong answer that are told */

/* The topmost delegation at or above `name` below the apex, as a server walks down to it; DS belongs
 * to the parent's side of the cut (RFC 4035 §3.1.4.1). */
static const struct rz_rrset *find_cut(const struct rz_zone *zone, const uint8_t *name,
                                       uint16_t type)
{
    const struct rz_rrset *topmost = NULL;
    for (const uint8_t *at = name;
         rz_name_in(at, zone->apex.wire) && !rz_name_equal(at, zone->apex.wire);
         at = rz_name_parent(at)) {
        const struct rz_rrset *ns = rz_zone_find(zone, at, RZ_TYPE_NS);
        if (ns && !(type == RZ_TYPE_DS && rz_name_equal(at, name)))
            topmost = ns;
    }
    return topmost;
}

static const struct rz_rrset *find_dname(const struct rz_zone *zone, const uint8_t *name)
{
    const uint8_t *at = name;
    while (!rz_name_equal(at, zone->apex.wire)) {
        at = rz_name_parent(at);
        const struct rz_rrset *dname = rz_zone_find(zone, at, RZ_TYPE_DNAME);
        if (dname)
            return dname;
    }
    return NULL;
}

/* Whether the name owns data or is above a name that does (an empty non-terminal). What a signer made
 * for data that goes (RRSIG, NSEC) goes with it. */
static bool exists(const struct rz_zone *zone, const uint8_t *name)
{
    for (size_t at = rz_zone_lower_bound(zone, name, 0);
         at < zone->count && rz_name_in(zone->rrsets[at].owner, name); at++)
        if (!(rz_rtype_flags(zone->rrsets[at].type) & RZ_RTYPE_SIGNER))
            return true;
    return false;
}

/* Prepends a label; false where the name gets too long. */
static bool prepend(struct rz_name *name, const char *label, const uint8_t *parent)
{
    size_t size = strlen(label), rest = rz_name_size(parent);
    if (size + 1 + rest > RZ_NAME_MAX)
        return false;
    name->wire[0] = (uint8_t)size;
    memcpy(name->wire + 1, label, size);
    memcpy(name->wire + 1 + size, parent, rest);
    name->size = (uint8_t)(size + 1 + rest);
    return true;
}

/* The wildcard that would answer for a name that does not exist (RFC 4592 §3.3.1). */
static bool is_covered(const struct rz_zone *zone, const uint8_t *name)
{
    struct rz_name wildcard;
    const uint8_t *encloser = name;
    do
        encloser = rz_name_parent(encloser);
    while (!exists(zone, encloser) && !rz_name_equal(encloser, zone->apex.wire));
    return prepend(&wildcard, "*", encloser) && exists(zone, wildcard.wire);
}

static bool is_askable(uint16_t type)
{
    return !(rz_rtype_flags(type) & (RZ_RTYPE_META | RZ_RTYPE_PROVIDER | RZ_RTYPE_SIGNER));
}

static void expect_absence(struct rz_expectation *expectation, const struct rz_zone *zone,
                           const uint8_t *owner)
{
    if (rz_zone_find(zone, owner, RZ_TYPE_CNAME) || rz_zone_find(zone, owner, RZ_TYPE_ALIAS)
        || is_covered(zone, owner))
        expectation->expected =
            RZ_EXPECT_NOTHING; /* something else answers, and is asked for itself */
    else
        expectation->expected = exists(zone, owner) ? RZ_EXPECT_NODATA : RZ_EXPECT_NXDOMAIN;
}

void rz_expectation_make(struct rz_expectation *expectation, const struct rz_zone *zone,
                         const uint8_t *owner, uint16_t type, const char *label)
{
    *expectation = (struct rz_expectation){.expected = RZ_EXPECT_NOTHING, .type = type};
    rz_name_copy(&expectation->question, owner);
    const struct rz_rrset *cut = find_cut(zone, owner, type);
    const struct rz_rrset *rrset = rz_zone_find(zone, owner, type);
    if (!is_askable(type) || find_dname(zone, owner))
        return;
    if (cut) {
        expectation->rrset = cut;
        expectation->expected = RZ_EXPECT_REFERRAL;
        return;
    }
    if (rz_name_is_wildcard(owner)
        && (!rrset || !prepend(&expectation->question, label, rz_name_parent(owner))))
        return;
    if (!rrset) {
        expect_absence(expectation, zone, owner);
        return;
    }
    expectation->rrset = rrset;
    expectation->expected = RZ_EXPECT_ANSWER;
}

static bool has_same_data(const struct rz_expectation *expectation,
                          const struct rz_dns_answer *answer, const char **why)
{
    const struct rz_rrset *want = expectation->rrset, *have = answer->rrset;
    *why = !have || !rz_rrset_same_rdata(want, have) ? "answers other records"
           : want->ttl != have->ttl                  ? "answers another TTL"
                                                     : NULL;
    return !*why;
}

bool rz_expectation_met(const struct rz_expectation *expectation,
                        const struct rz_dns_answer *answer, const char **why)
{
    *why = NULL;
    if (answer->result == RZ_DNS_NO_REPLY)
        *why = "does not answer";
    else if (answer->result == RZ_DNS_RCODE)
        *why = "answers with an error code";
    else if (expectation->expected == RZ_EXPECT_REFERRAL)
        /* A server that also holds the child zone answers from that. */
        return answer->result != RZ_DNS_REFERRAL || has_same_data(expectation, answer, why);
    else if (answer->result == RZ_DNS_REFERRAL || !answer->authoritative)
        *why = "does not answer with authority";
    else if (expectation->expected == RZ_EXPECT_ANSWER)
        return answer->result == RZ_DNS_ANSWER ? has_same_data(expectation, answer, why)
                                               : (*why = "says that there is no such RRset", false);
    else if (answer->result == RZ_DNS_ANSWER)
        *why = "still answers an RRset that was deleted";
    else if (expectation->expected == RZ_EXPECT_NODATA && answer->result == RZ_DNS_NXDOMAIN)
        *why = "says that the name does not exist";
    else if (expectation->expected == RZ_EXPECT_NXDOMAIN && answer->result == RZ_DNS_NODATA)
        *why = "says that the name still exists";
    return !*why;
}

const char *rz_expected_text(enum rz_expected expected)
{
    static const char *const words[] = {[RZ_EXPECT_ANSWER] = "answer",
                                        [RZ_EXPECT_REFERRAL] = "referral",
                                        [RZ_EXPECT_NODATA] = "NODATA",
                                        [RZ_EXPECT_NXDOMAIN] = "NXDOMAIN",
                                        [RZ_EXPECT_NOTHING] = "nothing"};
    return words[expected];
}

void rz_latest_found(struct rz_latest *latest, const struct rz_dns_answer *answer)
{
    RZ_BUFFER_CLEANUP struct rz_buffer records = {.limit = FOUND_MAX};
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    free(latest->found);
    latest->found = NULL;
    if (!answer)
        return;
    if (answer->result == RZ_DNS_RCODE)
        rz_buffer_printf(&shown, "code %u", answer->rcode);
    if (answer->rrset) {
        rz_buffer_printf(&shown, "TTL %" PRIu32, answer->rrset->ttl);
        for (struct rz_rdata_cursor c = rz_rrset_rdata(answer->rrset); rz_rdata_next(&c);) {
            rz_buffer_text(&records, ", ");
            rz_rdata_print(&records, answer->rrset->type, c.wire, c.size);
        }
        rz_buffer_visible(&shown, rz_buffer_view(&records));
        rz_buffer_text(&shown, records.overflow ? "…" : "");
    }
    if (shown.size)
        latest->found = rz_strdup(shown.data);
}
