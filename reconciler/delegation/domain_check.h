/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is right and wrong with a registered name, as a list that any report can show. */
#ifndef RZ_DELEGATION_DOMAIN_CHECK_H
#define RZ_DELEGATION_DOMAIN_CHECK_H

#include "delegation/domain_look.h"
#include "domains.h"

enum rz_domain_result { RZ_DOMAIN_GOOD, RZ_DOMAIN_SKIPPED, RZ_DOMAIN_WARNING, RZ_DOMAIN_BAD };
const char *rz_domain_result_text(enum rz_domain_result result); /* "good", "skipped", … */

struct rz_domain_check {
    const char *name; /* "delegation" */
    enum rz_domain_result result;
    const char *server; /* "ns1.example.net 192.0.2.53", "192.0.2.1"; NULL: of the whole */
    const char *text;   /* one clause, fit to be shown */
};

struct rz_domain_checks {
    struct rz_arena arena;
    struct rz_domain_check *items;
    size_t count, capacity;
    size_t bad, warnings;
};

/* What is known besides the network. All but `lookup` and `look` may be NULL. */
struct rz_domain_check_input {
    const struct rz_lookup *lookup;
    const struct rz_domain_look *look;
    const struct rz_domain *domain;     /* the registration */
    const struct rz_zone *registration; /* registration.h */
    const char *token;                  /* the challenge's text */
    const uint8_t *challenge;           /* its name */
    int64_t now;
};

/* Judges what was seen, and asks the resolvers that were given. Free with _free. */
enum rz_status rz_domain_checks_make(struct rz_domain_checks *checks,
                                     const struct rz_domain_check_input *input);
void rz_domain_checks_free(struct rz_domain_checks *checks);

/* The checks of the chain of trust alone. */
void rz_domain_checks_dnssec(struct rz_domain_checks *checks,
                             const struct rz_domain_check_input *input);
/* Adds one; `server` and the text are copied. */
void rz_domain_check_add(struct rz_domain_checks *checks, const char *name,
                         enum rz_domain_result result, const char *server, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The keys that a DS vouches for, NULL: none. They live in `zone`, which is to be freed in any case. */
const struct rz_rrset *rz_trusted_keys(struct rz_zone *zone, const struct rz_rrset *ds,
                                       const struct rz_rrset *keys, const uint8_t *apex);

#endif
