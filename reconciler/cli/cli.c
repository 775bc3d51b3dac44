/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program around a command: context, signals, outputs, diagnostics, exit code. */
#include "cli/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/log.h"
#include "support/alloc.h"
#include "support/json_write.h"
#include "cli/metrics.h"
#include "cli/version.h"
#include "journal/rate_budget.h"
#include "project/shard.h"
#include "transport/http_metrics.h"
#include "zone_cache.h"

#define JOBS_MAX 256

/* Signal handlers can reach nothing else. */
static struct rz_context *volatile signalled;

static void on_signal(int number)
{
    (void)number;
    if (signalled)
        atomic_fetch_add(&signalled->cancelled, atomic_load(&signalled->in_hand) ? 1 : 2);
}

static void catch_signals(struct rz_context *context)
{
    struct sigaction action = {.sa_handler = on_signal};
    signalled = context;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int rz_cli_exit(enum rz_status status)
{
    return status == RZ_OK ? RZ_EXIT_DONE : status == RZ_REFUSED ? RZ_EXIT_REFUSED : RZ_EXIT_ERROR;
}

static bool complain(struct rz_cli *cli, enum rz_code code, const char *message, const char *what)
{
    rz_diags_add(&cli->diags, code, (struct rz_place){0}, "%s%s", message, what);
    return false;
}

static bool wants_color(const struct rz_cli *cli, int fd)
{
    const char *when = cli->options.last[RZ_OPT_COLOR];
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (when && strcmp(when, "always") == 0)
        return true;
    if ((when && strcmp(when, "never") == 0) || (no_color && *no_color))
        return false;
    return isatty(fd) && !(terminal && strcmp(terminal, "dumb") == 0);
}

static bool check_choice(struct rz_cli *cli, enum rz_option_id id, const char *choices)
{
    const char *value = cli->options.last[id];
    char hint[160];
    if (!value)
        return true;
    size_t size = strlen(value);
    for (const char *at = choices; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] ? 2 : 0))
        if (strcspn(at, ",") == size && memcmp(at, value, size) == 0)
            return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--%s cannot be `%s`", rz_cli_options[id].name, value);
    snprintf(hint, sizeof hint, "one of: %s", choices);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static bool set_up_format(struct rz_cli *cli)
{
    char choices[128];
    snprintf(choices, sizeof choices, "text%s%s", *cli->command->formats ? ", " : "",
             cli->command->formats);
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    bool good = check_choice(cli, RZ_OPT_FORMAT, choices);
    good &= check_choice(cli, RZ_OPT_COLOR, "auto, always, never");
    good &= check_choice(cli, RZ_OPT_LOG_FORMAT, "text, json");
    cli->format = format ? rz_format_find(rz_str_of(format)) : RZ_FORMAT_TEXT;
    cli->json = cli->format == RZ_FORMAT_JSON;
    return good;
}

static bool logs_json(const struct rz_cli *cli)
{
    const char *format = cli->options.last[RZ_OPT_LOG_FORMAT];
    return format && strcmp(format, "json") == 0;
}

/* A bar where there is somebody to look at it. */
static enum rz_progress_form progress_form(const struct rz_cli *cli)
{
    const char *terminal = getenv("TERM");
    if (cli->options.given[RZ_OPT_QUIET])
        return RZ_PROGRESS_NONE;
    if (logs_json(cli))
        return RZ_PROGRESS_RECORDS;
    bool bar = isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
    return bar ? RZ_PROGRESS_BAR : RZ_PROGRESS_LINES;
}

static bool set_up_outputs(struct rz_cli *cli)
{
    const char *path = cli->options.last[RZ_OPT_OUTPUT];
    if (path) {
        cli->out.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (cli->out.fd < 0) {
            rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot write: %s",
                         strerror(errno));
            return false;
        }
    }
    cli->out.color = wants_color(cli, cli->out.fd);
    cli->out.verbose = cli->options.given[RZ_OPT_VERBOSE];
    return rz_cli_open_reports(cli);
}

static bool set_up_context(struct rz_cli *cli)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t jobs = processors > 0 ? (uint64_t)processors : 1;
    const char *directory = cli->options.last[RZ_OPT_DIRECTORY];
    const char *trace = cli->options.last[RZ_OPT_TRACE];
    if (!rz_cli_number(cli, RZ_OPT_JOBS, JOBS_MAX, &jobs))
        return false;
    cli->context.jobs = jobs ? (int)jobs : 1;
    /* Commands that know --refresh only show, and may show what was read a while ago. */
    cli->context.keeps_reads = (cli->command->options & RZ_OPT(REFRESH)) != 0;
    cli->context.cached_reads = cli->context.keeps_reads && !cli->options.given[RZ_OPT_REFRESH];
    if (directory && chdir(directory) != 0) {
        rz_diags_add(&cli->diags, RZ9001, rz_place_named(directory), "cannot go there: %s",
                     strerror(errno));
        return false;
    }
    cli->context.project_dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cli->context.project_dir < 0)
        return complain(cli, RZ9001, "the directory cannot be read: ", strerror(errno));
    cli->context.version = rz_version;
    if (cli->command->options & RZ_OPT(NO_CACHE) && !cli->options.given[RZ_OPT_NO_CACHE])
        cli->context.cache = rz_zone_cache_open(RZ_ZONE_CACHE_LIMIT);
    rz_cli_metrics_open(cli);
    if (trace) {
        cli->context.trace = rz_trace_open(trace);
        if (!cli->context.trace) {
            rz_diags_add(&cli->diags, RZ9002, rz_place_named(trace), "cannot write: %s",
                         strerror(errno));
            return false;
        }
    }
    return true;
}

struct rz_strings rz_cli_globs(struct rz_cli *cli)
{
    const struct rz_strings *given = &cli->options.all[RZ_OPT_ZONE];
    const char **items = rz_arena_alloc(&cli->arena,
                                        (given->count + cli->argument_count + 1) * sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < given->count; i++)
        items[count++] = given->items[i];
    for (size_t i = 0; i < cli->argument_count; i++) {
        char *name = rz_arena_strdup(&cli->arena, cli->arguments[i]);
        size_t size = strlen(name);
        if (size > 1 && name[size - 1] == '.')
            name[size - 1] = '\0';
        items[count++] = name;
    }
    return (struct rz_strings){items, count};
}

static bool read_defines(struct rz_cli *cli, struct rz_variable **defines, size_t *count)
{
    const struct rz_strings *texts = &cli->options.all[RZ_OPT_DEFINE];
    *defines = rz_arena_alloc(&cli->arena, (texts->count + 1) * sizeof **defines);
    *count = texts->count;
    for (size_t i = 0; i < texts->count; i++) {
        const char *equals = strchr(texts->items[i], '=');
        if (!equals || equals == texts->items[i])
            return complain(cli, RZ9001, "-D takes NAME=VALUE, not ", texts->items[i]);
        char *name = rz_arena_strdup(&cli->arena, texts->items[i]);
        name[equals - texts->items[i]] = '\0';
        (*defines)[texts->count - 1 - i] = (struct rz_variable){name,
                                                                equals + 1}; /* the last wins */
    }
    return true;
}

static bool select_shard(struct rz_cli *cli, struct rz_zone_list *zones)
{
    struct rz_shard shard = {0};
    const char *text = cli->options.last[RZ_OPT_SHARD];
    if (text && !rz_shard_parse(&shard, rz_str_of(text))) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "--shard takes K/N, not %s", text);
        rz_diag_hint(&cli->diags, diag, "K from 1 to N, such as --shard 3/8; N is at most %d",
                     RZ_SHARDS_MAX);
        return false;
    }
    rz_shard_select(shard, zones);
    return true;
}

bool rz_cli_load_project(struct rz_cli *cli, struct rz_context *context, struct rz_project *project,
                         struct rz_diags *diags)
{
    struct rz_variable *defines;
    struct rz_project_options options = {.config = cli->options.last[RZ_OPT_CONFIG]};
    *project = (struct rz_project){0};
    if (!read_defines(cli, &defines, &options.define_count))
        return false;
    options.defines = defines;
    options.environment = cli->options.last[RZ_OPT_ENV];
    options.settings = cli->options.all[RZ_OPT_SET];
    if (rz_project_load(project, context, &options, diags) != RZ_OK)
        return false;
    if (cli->options.given[RZ_OPT_UNTRUSTED])
        project->allow_env.count = 0;
    return true;
}

/* Otherwise "nothing to do" would be said of a directory that was mistyped. */
static void warn_of_none(struct rz_cli *cli, const struct rz_project *project)
{
    RZ_BUFFER_CLEANUP struct rz_buffer where = {0};
    for (size_t i = 0; i < project->source_count; i++)
        rz_buffer_printf(&where, "%s%s", i ? ", " : "", project->sources[i].directory);
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ2016, (struct rz_place){0},
                                        "there is no zone file in %s", where.data);
    rz_diag_hint(&cli->diags, diag,
                 "write one such as %s/example.com.yaml, or `rezone import` what is live",
                 project->sources[0].directory);
}

bool rz_cli_open(struct rz_cli *cli, struct rz_project *project, struct rz_zone_list *zones,
                 const struct rz_strings *globs)
{
    if (zones)
        *zones = (struct rz_zone_list){0};
    if (!rz_cli_load_project(cli, &cli->context, project, &cli->diags))
        return false;
    if (!cli->budget)
        cli->budget = rz_rate_budget_open(project->state, &cli->context);
    if (!zones)
        return true;
    if (rz_project_zones(project, globs, zones, &cli->diags) != RZ_OK)
        return false;
    if (zones->count == 0 && project->source_count && !(globs && globs->count))
        warn_of_none(cli, project);
    return select_shard(cli, zones);
}

bool rz_cli_ask(struct rz_cli *cli, const char *question)
{
    char answer[16] = "";
    if (cli->options.given[RZ_OPT_YES])
        return true;
    if (!isatty(STDIN_FILENO)) {
        struct rz_diag *diag = rz_diags_add(
            &cli->diags, RZ9004, (struct rz_place){0},
            "there is nobody to ask: standard input is no terminal");
        rz_diag_hint(&cli->diags, diag, "say --yes, or apply a plan file that was reviewed");
        return false;
    }
    rz_output_flush(&cli->out);
    rz_buffer_printf(&cli->err.text, "%s [y/N] ", question);
    rz_output_flush(&cli->err);
    if (!fgets(answer, sizeof answer, stdin) || (answer[0] != 'y' && answer[0] != 'Y')) {
        complain(cli, RZ9004, "not confirmed; nothing was changed", "");
        return false;
    }
    return true;
}

void rz_cli_json(struct rz_cli *cli, struct rz_buffer *text)
{
    rz_buffer_str(&cli->out.text, rz_buffer_view(text));
    cli->reported = true;
    rz_output_pulse(&cli->out);
}

static int finish(struct rz_cli *cli, int exit_code)
{
    if (rz_context_cancelled(&cli->context) && !atomic_load(&cli->context.in_hand)) {
        complain(cli, RZ5006, "stopped by a signal before the end", "");
        exit_code = RZ_EXIT_ERROR;
    }
    rz_rate_budget_close(cli->budget, &cli->diags);
    if (!cli->reported)
        rz_cli_report_failure(cli, exit_code);
    rz_cli_close_reports(cli);
    if (!rz_output_flush(&cli->out)) {
        rz_diags_add(&cli->diags, RZ9002, (struct rz_place){0},
                     "the result could not be written: %s", strerror(cli->out.error));
        cli->report_failed = true;
    }
    cli->report_failed |= !rz_cli_metrics_write(cli);
    if (cli->report_failed && (exit_code == RZ_EXIT_DONE || exit_code == RZ_EXIT_CHANGES))
        exit_code = RZ_EXIT_ERROR;
    bool quiet = cli->options.given[RZ_OPT_QUIET];
    if (logs_json(cli))
        rz_log_diags(&cli->err, &cli->context, &cli->diags, quiet);
    else
        rz_report_diags(&cli->err, &cli->diags, quiet);
    rz_progress_summary(&cli->progress, isatty(STDERR_FILENO) || cli->options.given[RZ_OPT_VERBOSE],
                        exit_code);
    rz_output_flush(&cli->err);
    return exit_code;
}

static int run(struct rz_cli *cli, int argc, char **argv)
{
    if (!rz_cli_parse(cli, argc, argv)) {
        cli->err.color = wants_color(cli, STDERR_FILENO);
        return RZ_EXIT_ERROR;
    }
    cli->err.color = wants_color(cli, STDERR_FILENO);
    if (!cli->command || cli->options.given[RZ_OPT_HELP]) {
        bool asked = cli->options.given[RZ_OPT_HELP];
        if (!asked || cli->command || !cli->argument_count
            || !rz_cli_help_family(&cli->out, cli->arguments[0]))
            rz_cli_help(asked ? &cli->out : &cli->err, cli->command);
        return asked ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
    }
    if (!set_up_format(cli) || !set_up_context(cli) || !set_up_outputs(cli))
        return RZ_EXIT_ERROR;
    rz_progress_init(&cli->progress, &cli->err, &cli->context, progress_form(cli));
    return cli->command->run(cli);
}

int rz_cli_main(int argc, char **argv)
{
    struct rz_cli cli = {.out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO};
    rz_context_init(&cli.context);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        argv[1] += 2; /* the command of that name */
    catch_signals(&cli.context);
    rz_log_identify(&cli.context);
    cli.context.meter = &cli.meter;
    rz_progress_init(&cli.progress, &cli.err, &cli.context, RZ_PROGRESS_NONE);
    int exit_code = finish(&cli, run(&cli, argc, argv));
    rz_trace_close(cli.context.trace);
    rz_http_metrics_close(cli.context.metrics);
    rz_zone_cache_close(cli.context.cache);
    rz_buffer_free(&cli.out.text);
    rz_buffer_free(&cli.err.text);
    rz_diags_free(&cli.diags);
    rz_arena_free(&cli.arena);
    signalled = NULL;
    return exit_code;
}
