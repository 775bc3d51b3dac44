/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one table of commands, one of options, and what a command runs with. */
#ifndef RZ_CLI_CLI_H
#define RZ_CLI_CLI_H

#include <pthread.h>

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

enum rz_option_id {
    RZ_OPT_DIRECTORY,
    RZ_OPT_CONFIG,
    RZ_OPT_DEFINE,
    RZ_OPT_ENV,
    RZ_OPT_ZONE,
    RZ_OPT_SHARD,
    RZ_OPT_FORMAT,
    RZ_OPT_OUTPUT,
    RZ_OPT_REPORT,
    RZ_OPT_JOBS,
    RZ_OPT_COLOR,
    RZ_OPT_QUIET,
    RZ_OPT_VERBOSE,
    RZ_OPT_TRACE,
    RZ_OPT_LOG_FORMAT,
    RZ_OPT_HELP,
    RZ_OPT_ALLOW,
    RZ_OPT_LENIENT,
    RZ_OPT_YES,
    RZ_OPT_IGNORE_SOURCES,
    RZ_OPT_FORCE,
    RZ_OPT_PLAN_FILE,
    RZ_OPT_FROM,
    RZ_OPT_PROVIDER,
    RZ_OPT_TO,
    RZ_OPT_LIMIT,
    RZ_OPT_OFFSET,
    RZ_OPT_SINCE,
    RZ_OPT_UNTIL,
    RZ_OPT_ACTOR,
    RZ_OPT_STATUS,
    RZ_OPT_OLDEST_FIRST,
    RZ_OPT_CHECK,
    RZ_OPT_FORWARD,
    RZ_OPT_SIGN_KEY,
    RZ_OPT_VERIFY_KEY,
    RZ_OPT_MODE,
    RZ_OPT_TARGET,
    RZ_OPT_KEEP,
    RZ_OPT_NO_CACHE,
    RZ_OPT_TTL,
    RZ_OPT_PRIORITY,
    RZ_OPT_DRY_RUN,
    RZ_OPT_FILE,
    RZ_OPT_SEARCH,
    RZ_OPT_EXPIRING,
    RZ_OPT_SORT,
    RZ_OPT_EXPLAIN,
    RZ_OPT_REFRESH,
    RZ_OPT_EXTRACT_TEMPLATES,
    RZ_OPT_PARENT,
    RZ_OPT_RESOLVER,
    RZ_OPT_PORT,
    RZ_OPT_WAIT,
    RZ_OPT_OWNERSHIP,
    RZ_OPT_EVERY,
    RZ_OPT_TIMES,
    RZ_OPT_DETAILS,
    RZ_OPT_HOSTED,
    RZ_OPT_AUTORENEW,
    RZ_OPT_NAMESERVER,
    RZ_OPT_HTTP_METRICS,
    RZ_OPT_ADOPT,
    RZ_OPT_REPAIR,
    RZ_OPT_WATCH,
    RZ_OPT_METRICS,
    RZ_OPT_LISTEN,
    RZ_OPT_OFFLINE,
    RZ_OPT_UNTRUSTED,
    RZ_OPT_MAX_RISK,
    RZ_OPT_MAX_CHANGES,
    RZ_OPT_MAX_DELETES,
    RZ_OPT_APPROVALS,
    RZ_OPT_SET,
    RZ_OPT_COUNT,
};
/* A set of options: one bit each, and there are more than 64. */
__extension__ typedef unsigned __int128 rz_option_set;
#define RZ_OPT_BIT(id) ((rz_option_set)1 << (id))
#define RZ_OPT(id) RZ_OPT_BIT(RZ_OPT_##id)
/* Options of every command, of those that read the project, of those that use the network. */
#define RZ_OPTS_ALL                                                                                \
    (RZ_OPT(HELP) | RZ_OPT(COLOR) | RZ_OPT(QUIET) | RZ_OPT(LOG_FORMAT) | RZ_OPT(DIRECTORY))
#define RZ_OPTS_REPORT (RZ_OPTS_ALL | RZ_OPT(FORMAT) | RZ_OPT(OUTPUT))
#define RZ_OPTS_PROJECT (RZ_OPTS_REPORT | RZ_OPT(CONFIG) | RZ_OPT(DEFINE) | RZ_OPT(ENV))
#define RZ_OPTS_NETWORK (RZ_OPTS_PROJECT | RZ_OPT(TRACE) | RZ_OPT(HTTP_METRICS) | RZ_OPT(SET))

struct rz_option {
    enum rz_option_id id;
    const char *name;     /* long, without dashes */
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag */
    const char *help;
};
extern const struct rz_option rz_cli_options[RZ_OPT_COUNT];

/* Values by option: the last one given, and all of them. */
struct rz_option_values {
    bool given[RZ_OPT_COUNT];
    const char *last[RZ_OPT_COUNT];
    struct rz_strings all[RZ_OPT_COUNT];
};

struct rz_report_target;

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
/* Loads rezone.yaml with -D and --config, and the zones that --zone or the arguments name. */
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
