/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `rezone complete` offers in place of the last word of a command line. */
#ifndef RZ_CLI_COMPLETE_H
#define RZ_CLI_COMPLETE_H

#include "cli/cli.h"

struct rz_completion {
    struct rz_cli *cli;
    const struct rz_command *command; /* NULL: not known yet */
    const char **arguments; /* positional, before the current word and behind the command */
    size_t argument_count;
    const char *current; /* what offers must begin with */
    const char *prefix;  /* stands before each: "--zone=" */
    bool ended;          /* `--` was given: there are no more options */
    struct rz_buffer text;
    struct rz_buffer family; /* scratch */
};

/* Adds a word where it begins as the current one does. */
void rz_complete_offer(struct rz_completion *completion, const char *word, const char *description);
/* ":file" or ":directory": the shell knows these better. */
void rz_complete_paths(struct rz_completion *completion, const char *what);

/* What the project and the tables know. A project that is not there or has errors offers what it
 * can. */
void rz_complete_zones(struct rz_completion *completion);
void rz_complete_runs(struct rz_completion *completion);
void rz_complete_providers(struct rz_completion *completion);
void rz_complete_environments(struct rz_completion *completion);
void rz_complete_templates(struct rz_completion *completion);
void rz_complete_types(struct rz_completion *completion);
void rz_complete_rules(struct rz_completion *completion);
void rz_complete_codes(struct rz_completion *completion);
void rz_complete_topics(struct rz_completion *completion);

extern const char rz_embedded_completion_bash[], rz_embedded_completion_zsh[],
    rz_embedded_completion_fish[];

#endif
