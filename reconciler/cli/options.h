/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of the command line: an id each, sets of them, what was given. */
#ifndef RZ_CLI_OPTIONS_H
#define RZ_CLI_OPTIONS_H

#include <stdbool.h>

#include "language/fields.h"

enum rz_option_id {
    RZ_OPT_DIRECTORY,
    RZ_OPT_CONFIG,
    RZ_OPT_DEFINE,
    RZ_OPT_ENV,
    RZ_OPT_ZONE,
    RZ_OPT_SHARD,
    RZ_OPT_QUEUE,
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
    RZ_OPT_MARGIN,
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
    RZ_OPT_BLAME,
    RZ_OPT_SERVER,
    RZ_OPT_WARN,
    RZ_OPT_KEY,
    RZ_OPT_EMERGENCY,
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

#endif
