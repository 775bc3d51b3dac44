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

/* What a resolver can hold. */
struct rz_resolver_limits {
    size_t targets; /* of a rule; 0: no bound */
    bool orders;    /* asks targets in the order of their priorities */
    bool mixes_tls; /* asks some targets of a rule by TLS and others without */
    bool one_name;  /* checks the certificates of a rule's targets for one name */
};
/* Why a rule is beyond that, or beyond what every resolver here can hold, a sentence part; NULL: it is not. */
const char *rz_resolver_refuses(const struct rz_rrset *rule,
                                const struct rz_resolver_limits *limits);
/* rz_zonefile_open, with what resolvers can. */
enum rz_status rz_resolver_open(struct rz_zonefile **zonefile, const struct rz_zonefile_kind *kind,
                                const char *name, const struct rz_node *config,
                                const struct rz_source *source, struct rz_context *context,
                                struct rz_diags *diags);
/* RZ6103 at the value of an option. Returns RZ_INVALID. */
enum rz_status rz_resolver_wrong_option(const struct rz_node *config,
                                        const struct rz_source *source, const char *key,
                                        const char *why, const char *hint, struct rz_diags *diags);
/* Whether a word can stand in every configuration as it is: no blanks, quotes, braces or backslashes. NULL
 * is plain. */
bool rz_resolver_is_plain(const char *word);

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
/* Adds the targets of a line, in the form below with blanks between them; none are an exception. */
void rz_rules_add_all(struct rz_rules_reader *reader, const struct rz_name *owner,
                      struct rz_str targets);
/* What stands in quotes at the start of `text`, which is moved behind it. */
bool rz_rules_quoted(struct rz_str *text, struct rz_str *inner);
/* The same, a name. */
bool rz_rules_name(struct rz_str *text, struct rz_name *name);

/* A target as Unbound writes it: ADDRESS[@PORT][#TLS-NAME]. */
bool rz_resolver_target(struct rz_forward *forward, struct rz_str text);
/* Appends a target in that form, with its port. */
void rz_resolver_write_target(struct rz_buffer *out, const struct rz_forward *forward);
/* Whether a target of the rule is asked by TLS. */
bool rz_resolver_has_tls(const struct rz_rrset *rule);

/* ---- what the running resolver does */

#define RZ_RESOLVER_OUTPUT_MAX ((size_t)16 << 20) /* octets that list its rules */

/* Joins the rules of the file, in `zone`, with those that the resolver `said` to have, a line
 * "NAME IN forward TARGET…" each. RZ6106 for each that differs; the rule is then both together with an
 * exception, which no desired rule is equal to, so that applying makes them one. */
enum rz_status rz_resolver_join(const struct rz_zonefile *zf, struct rz_zone *zone,
                                struct rz_str said, struct rz_diags *diags);
/* Writes the file and has the resolver forget what it learned by the rules that changed, so that they
 * hold at once. */
typedef void rz_resolver_flush(const struct rz_zonefile *zf, const uint8_t *name,
                               struct rz_diags *diags);
enum rz_status rz_resolver_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 rz_resolver_flush *flush, struct rz_diags *diags);

/* The running Unbound, by unbound-control(8). */
enum rz_status rz_unbound_running(const struct rz_zonefile *zf, struct rz_zone *zone,
                                  struct rz_diags *diags);
void rz_unbound_flush(const struct rz_zonefile *zf, const uint8_t *name, struct rz_diags *diags);

/* The running Knot Resolver, by its control sockets. */
enum rz_status rz_kresd_running(const struct rz_zonefile *zf, struct rz_zone *zone,
                                struct rz_diags *diags);
enum rz_command_result rz_kresd_reload(const struct rz_zonefile *zf,
                                       const struct rz_zonefile_path *path,
                                       struct rz_buffer *output);
void rz_kresd_flush(const struct rz_zonefile *zf, const uint8_t *name, struct rz_diags *diags);

#endif
