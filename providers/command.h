/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that a user configures, run without a shell, with PATH as the whole environment, a time
 * limit, and their output kept for the diagnostic. */
#ifndef RZ_COMMAND_H
#define RZ_COMMAND_H

#include <stdint.h>

#include "context.h"

#include "support/buffer.h"
#include "support/status.h"

/* A command line as words. */
struct rz_command {
    char **words; /* NULL-terminated; NULL: no command */
    size_t count;
};

/* Splits text at blanks; quotes and backslashes as in a shell, but nothing else of it. RZ_INVALID
 * with `*why` for an open quote or no word. */
enum rz_status rz_command_split(struct rz_command *command, const char *text, const char **why);
/* Appends a word (copied). */
void rz_command_add(struct rz_command *command, const char *word);
void rz_command_free(struct rz_command *command);

/* A `${name}` in words and what stands for it. */
struct rz_command_variable {
    const char *name, *value; /* name NULL: end */
};

enum rz_command_result {
    RZ_COMMAND_OK,      /* it exited with 0 */
    RZ_COMMAND_FAILED,  /* another exit code, a signal, or over its time */
    RZ_COMMAND_NOT_RUN, /* it could not be started */
};

struct rz_command_options {
    int directory;                               /* to run it in */
    const struct rz_command_variable *variables; /* NULL: none */
    int64_t timeout_ms;
    struct rz_str input;              /* on its standard input; empty: /dev/null */
    const struct rz_context *context; /* a second signal ends it; NULL: nothing does */
};
/* As below, with an input, and words as they are where there are no variables. */
enum rz_command_result rz_command_run_with(const struct rz_command *command,
                                           const struct rz_command_options *options,
                                           struct rz_buffer *output);

/* Appends the words with their variables as a person would type them. */
void rz_command_line(struct rz_buffer *out, const struct rz_command *command,
                     const struct rz_command_variable *variables);
/* Appends what a command wrote, with its last line, on one line that can be shown: secrets redacted, control
 * characters made visible. */
void rz_command_quote(struct rz_buffer *out, const struct rz_buffer *output);

/* Runs the command in `directory`, with /dev/null as its input, in a process group of its own that is
 * killed after `timeout_ms`. `output` gets what it wrote (bounded by output->limit, which must be
 * set) and, unless it succeeded, a last line that says how it ended. */
enum rz_command_result rz_command_run(const struct rz_command *command, int directory,
                                      const struct rz_command_variable *variables,
                                      int64_t timeout_ms, struct rz_buffer *output);

#endif
