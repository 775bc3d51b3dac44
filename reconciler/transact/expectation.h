/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an authoritative server must answer for one RRset of a zone (RFC 1034 §4.3.2). */
#ifndef RZ_TRANSACT_EXPECTATION_H
#define RZ_TRANSACT_EXPECTATION_H

#include "dns/zone.h"
#include "transport/dns.h"

enum rz_expected {
    RZ_EXPECT_ANSWER,   /* authoritative, exactly `rrset` */
    RZ_EXPECT_REFERRAL, /* to the cut whose NS set is `rrset` */
    RZ_EXPECT_NODATA,
    RZ_EXPECT_NXDOMAIN,
    RZ_EXPECT_NOTHING, /* cannot be asked: provider types, what lies below another zone's cut */
};

struct rz_expectation {
    enum rz_expected expected;
    const struct rz_rrset *rrset; /* of the zone; NULL for negative answers */
    struct rz_name question;
    uint16_t type;
};

/* The expectation for owner and type in `zone` as it must be. A wildcard is asked by a name below it
 * that `label` (1 to 63 octets of LDH, NUL-terminated) makes unlikely to exist. */
void rz_expectation_make(struct rz_expectation *expectation, const struct rz_zone *zone,
                         const uint8_t *owner, uint16_t type, const char *label);
/* Whether the answer is what was expected; if not, `*why` is a sentence part. */
bool rz_expectation_met(const struct rz_expectation *expectation,
                        const struct rz_dns_answer *answer, const char **why);

/* "answer", "referral", "NODATA", "NXDOMAIN". */
const char *rz_expected_text(enum rz_expected expected);

/* How one question to one server went the last time. */
struct rz_latest {
    int64_t milliseconds;
    unsigned tries;
    char *found; /* records of a wrong answer, at most some; NULL: none. free() */
};
/* Keeps what was found; `answer` NULL: nothing to tell. */
void rz_latest_found(struct rz_latest *latest, const struct rz_dns_answer *answer);

#endif
