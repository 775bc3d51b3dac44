/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forwarding rules of all zones together: what no single document shows. */
#ifndef RZ_PLAN_FORWARDING_H
#define RZ_PLAN_FORWARDING_H

#include "dns/zone.h"
#include "provider.h"

struct rz_forwarding_rule;

#define RZ_RESOLVERS_MAX 64 /* of a project, that circles are looked for in */

/* All zero is empty. */
struct rz_forwarding {
    struct rz_arena arena;
    struct rz_forwarding_rule *rules;
    size_t count, capacity;
    const struct rz_provider *resolvers[RZ_RESOLVERS_MAX];
    size_t resolver_count;
};

/* Remembers the rules of a desired zone that goes to this resolver. */
void rz_forwarding_note(struct rz_forwarding *forwarding, const struct rz_provider *resolver,
                        const struct rz_zone *zone);
/* RZ6108 for each rule that a resolver would forward to itself, directly or through other resolvers of
 * the project (whose addresses are their option `servers`), and for names that have rules of two
 * documents. RZ6111 for targets that a resolver would check for two names. RZ_INVALID where there was any.
 * RZ6112, a warning, for rules that the one above them covers. */
enum rz_status rz_forwarding_check(struct rz_forwarding *forwarding, struct rz_diags *diags);
void rz_forwarding_free(struct rz_forwarding *forwarding);

#endif
