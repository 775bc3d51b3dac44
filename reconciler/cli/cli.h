/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one table of commands, one of options, and what a command runs with. */
#ifndef RZ_CLI_CLI_H
#define RZ_CLI_CLI_H

#include <pthread.h>

#include "cli/options.h"
#include "plan/plan.h"
#include "project/project.h"
#include "report/formats.h"
#include "report/progress.h"
#include "report/report.h"

/* Exit codes of the program. */
enum rz_exit {
    RZ_EXIT_DONE,
    RZ_EXIT_ERROR,
    RZ_EXIT_CHANGES,
    RZ_EXIT_REFUSED,
    RZ_EXIT_ROLLED_BACK,
    RZ_EXIT_INCOMPLETE
};

struct rz_report_target;
struct rz_rate_budget;

struct rz_cli {
    struct rz_context context;
    struct rz_arena arena;
    struct rz_diags diags;
    struct rz_option_values options;
    const struct rz_command *command;
    const char **arguments; /* positional */
    size_t argument_count;
    struct rz_output out; /* standard output or --output */
    struct rz_output err; /* standard error */
    struct rz_meter meter;
    struct rz_progress progress;
    enum rz_format format;
    bool json;                        /* what is being written is JSON */
    bool reported;                    /* the diagnostics are part of a result already written */
    struct rz_report_target *reports; /* of --report */
    size_t report_count;
    bool report_failed;          /* one of them could not be written */
    const struct rz_plan *shown; /* being printed by the thread `shower`, if `shows` */
    pthread_t shower;
    bool shows;
    struct rz_rate_budget *budget; /* of the project's providers; NULL: not shared */
};

struct rz_command {
    const char *name;      /* "zone list" */
    const char *usage;     /* positional arguments: "[FILE]" */
    const char *summary;   /* one line */
    const char *detail;    /* a paragraph or more of help */
    const char *formats;   /* of --format, after text: "json" */
    rz_option_set options; /* of RZ_OPT */
    size_t arguments_min, arguments_max;
    /* Returns an exit code; diagnostics are printed by the caller. */
    int (*run)(struct rz_cli *cli);
};
extern const struct rz_command rz_commands[]; /* ends with name NULL */

/* Reads the command line into cli. False: wrong usage, said in cli->diags. */
bool rz_cli_parse(struct rz_cli *cli, int argc, char **argv);
/* Help of the program (command NULL) or of a command. */
void rz_cli_help(struct rz_output *out, const struct rz_command *command);
/* Help of the commands that begin with these words, such as "zone"; false: there are none. */
bool rz_cli_help_family(struct rz_output *out, const char *family);
/* Whether a command begins with the words and has more; "" is the family of all. */
bool rz_cli_is_family(const struct rz_command *command, const char *family);
/* The command with the most words that the words begin with, and how many it took; NULL. */
const struct rz_command *rz_cli_find_command(const char *const *words, size_t count, size_t *taken);
/* Columns for text: the terminal's, within reason, or 80. */
size_t rz_cli_width(const struct rz_output *out);
/* Runs the whole program; returns the exit code. */
int rz_cli_main(int argc, char **argv);

/* The exit code that a status stands for. */
int rz_cli_exit(enum rz_status status);
/* Loads rezone.yaml with -D and --config, below context->project_dir; without --untrusted's leave to read
 * the environment. Free it in any case. */
bool rz_cli_load_project(struct rz_cli *cli, struct rz_context *context, struct rz_project *project,
                         struct rz_diags *diags);
/* The same of this directory, and the zones that --zone or the arguments name. */
bool rz_cli_open(struct rz_cli *cli, struct rz_project *project, struct rz_zone_list *zones,
                 const struct rz_strings *globs);
/* The globs: positional arguments and --zone together. */
struct rz_strings rz_cli_globs(struct rz_cli *cli);
/* Asks "… [y/N] " on the terminal; --yes says yes. False with RZ9004 where nobody can be asked. */
bool rz_cli_ask(struct rz_cli *cli, const char *question);
/* A count given with an option; false with a diagnostic. */
bool rz_cli_number(struct rz_cli *cli, enum rz_option_id id, uint64_t maximum, uint64_t *value);
/* The first argument as a run's number; false with a diagnostic. */
bool rz_cli_run_number(struct rz_cli *cli, int64_t *run);
/* Seconds since 1970 of --since and --until: a day, a time, or an age such as 7d; false with a
 * diagnostic. */
bool rz_cli_time(struct rz_cli *cli, enum rz_option_id id, int64_t *seconds);
/* Prints a JSON result whose diagnostics have been put in. */
void rz_cli_json(struct rz_cli *cli, struct rz_buffer *text);

#endif
