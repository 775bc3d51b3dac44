/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolvers and the rules by which they forward questions: a directory of files that the resolver's
 * configuration includes, one a zone document. How files are locked, checked, replaced and put back is
 * the zonefile provider's; here is what stands in them and what the running resolver says. */
#ifndef RZ_RESOLVER_H
#define RZ_RESOLVER_H

#include "dns/forward.h"
#include "forwarding.h"
#include "zonefile/zonefile.h"

/* The only priority that resolvers which choose targets by their speed can hold. */
#define RZ_RESOLVER_PRIORITY 10

/* What no resolver here can hold, a sentence part; NULL: nothing. */
const char *rz_resolver_refuses(const struct rz_rrset *rule);
/* Only FORWARD. */
bool rz_resolver_takes(uint16_t type);

extern const struct rz_forwarding_ops rz_resolver_forwarding; /* target.c */

/* A file of rules, read line by line; `#` begins a comment. */
struct rz_rules_reader {
    struct rz_zone *zone;
    const struct rz_source *source;
    struct rz_diags *diags;
    size_t at;
    uint32_t number; /* of the line */
    bool failed;
};
/* The next line without blanks at its ends; false at the end. Empty lines and comments are skipped. */
bool rz_rules_next(struct rz_rules_reader *reader, struct rz_str *line);
/* RZ6104 at the line. */
void rz_rules_wrong(struct rz_rules_reader *reader, const char *what);
/* Adds a target, or with NULL an exception, to the rule of `owner`. Rules of names outside the zone are
 * wrong. */
void rz_rules_add(struct rz_rules_reader *reader, const struct rz_name *owner,
                  const struct rz_forward *forward);
/* A name in quotes at the start of `text`, which is moved behind it. */
bool rz_rules_name(struct rz_str *text, struct rz_name *name);

/* The rules that the running Unbound has (unbound-control(8), list_forwards). */
enum rz_status rz_unbound_running(const struct rz_zonefile *zf, struct rz_zone *zone,
                                  struct rz_diags *diags);
/* Writes the file and has Unbound forget what it learned by the rules that changed, so that they hold at
 * once. */
enum rz_status rz_unbound_apply(struct rz_provider *provider, struct rz_batch *batch,
                                struct rz_diags *diags);
/* A target as Unbound writes it: ADDRESS[@PORT][#TLS-NAME]. */
bool rz_unbound_target(struct rz_forward *forward, struct rz_str text);

#endif
