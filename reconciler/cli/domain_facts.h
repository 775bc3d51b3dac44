/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that can be found out about a registered name: for domain verify, watch, report and dnssec status. */
#ifndef RZ_CLI_DOMAIN_FACTS_H
#define RZ_CLI_DOMAIN_FACTS_H

#include "cli/domain.h"
#include "delegation/domain_check.h"

#define RZ_TOKEN_MAX 64

struct rz_domain_facts {
    const char *name;
    struct rz_name wire;
    enum rz_status status; /* RZ_OK: the checks were made */
    struct rz_diags diags;
    struct rz_domain_list list;     /* holds `domain` */
    const struct rz_domain *domain; /* NULL: not registered with this account, or nobody to ask */
    bool has_registration;          /* `registration` was read */
    struct rz_zone registration;    /* registration.h */
    bool hosted_known, hosted;      /* the registrar's account hosts the zone */
    struct rz_zone zone;            /* that zone */
    struct rz_domain_look look;
    struct rz_domain_checks checks;
    struct rz_name challenge;
    char token[RZ_TOKEN_MAX]; /* "": not asked for */
};

struct rz_domain_facts_list {
    struct rz_domain_facts *items;
    size_t count;
};

/* What is read besides the checks. */
enum { RZ_FACTS_ZONE = 1 };

/* Of each name, several at a time. RZ_OK: all were checked, whatever came of it; diagnostics are moved to
 * the cli's. Free in any case. */
enum rz_status rz_domain_facts_read(struct rz_domain_facts_list *facts,
                                    struct rz_domain_command *command,
                                    const struct rz_strings *names, unsigned what);
void rz_domain_facts_free(struct rz_domain_facts_list *facts);

/* An array of the checks. */
void rz_domain_checks_json(struct rz_buffer *json, const struct rz_domain_checks *checks);
/* What the exit code says: RZ_EXIT_CHANGES where a check is bad. */
int rz_domain_facts_exit(const struct rz_domain_facts_list *facts);

#endif
