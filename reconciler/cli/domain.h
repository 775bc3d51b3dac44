/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the domain and dnssec commands have in common. */
#ifndef RZ_CLI_DOMAIN_H
#define RZ_CLI_DOMAIN_H

#include "cli/cli.h"
#include "domains.h"

/* A command with the project open, the provider of registrations chosen, and a registration read. */
struct rz_domain_command {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_provider *provider;
    const struct rz_domain_ops *ops;
    struct rz_domain_list list; /* holds `domain` */
    const struct rz_domain *domain;
};

/* Opens all of it; `name` NULL: no registration. Close in any case. */
enum rz_status rz_domain_command_open(struct rz_domain_command *command, struct rz_cli *cli,
                                      const char *name);
/* The same without a registration, and without a provider where the project has none that registers
 * domains: for commands that look at names from outside. */
enum rz_status rz_domain_command_open_any(struct rz_domain_command *command, struct rz_cli *cli);
void rz_domain_command_close(struct rz_domain_command *command);
/* The active registrations that match a pattern; a plain name is itself, unseen. Texts are in the cli's
 * arena. */
enum rz_status rz_domain_command_names(struct rz_domain_command *command, const char *pattern,
                                       struct rz_strings *names);

/* The same of all arguments of the command line, without repetition. */
enum rz_status rz_domain_names(struct rz_domain_command *command, struct rz_strings *names);
/* Fills in the nameservers of each, a request for each, several at a time. */
enum rz_status rz_domain_details(struct rz_domain_command *command, struct rz_domain_list *list);
/* Says of each whether the provider hosts its zone. */
enum rz_status rz_domain_mark_hosted(struct rz_domain_command *command,
                                     struct rz_domain_list *list);

/* The members of a registration, without braces. */
void rz_domain_json(struct rz_buffer *json, const struct rz_domain *domain);

/* A key from "TAG ALGORITHM TYPE DIGEST" (DS) or "257 3 ALGORITHM KEY" (DNSKEY of `name`, from which the
 * tag (RFC 4034 appendix B) and the SHA-256 digest (RFC 4509) are computed). NULL: good; else what is
 * wrong, a sentence part. Texts are in `arena`. */
const char *rz_domain_key_parse(struct rz_domain_key *key, struct rz_arena *arena, const char *name,
                                const char *text);

#endif
