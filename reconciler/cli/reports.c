/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One result in several forms. */
#include "cli/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/metrics.h"
#include "cli/version.h"
#include "support/alloc.h"

static bool complain(struct rz_cli *cli, const char *value, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--report takes FORMAT:FILE, not `%s`", value);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static bool open_report(struct rz_cli *cli, const char *value, struct rz_report_target *target)
{
    const char *colon = strchr(value, ':');
    if (!colon || colon[1] == '\0')
        return complain(cli, value,
                        "for example --report markdown:comment.md --report html:plan.html");
    target->format = rz_format_find((struct rz_str){value, (size_t)(colon - value)});
    target->path = colon + 1;
    if (target->format == RZ_FORMAT_COUNT)
        return complain(cli, value, "the formats are: text, " RZ_FORMATS_REPORT);
    target->fd = open(target->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (target->fd >= 0)
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(target->path), "cannot write: %s",
                 strerror(errno));
    return false;
}

bool rz_cli_open_reports(struct rz_cli *cli)
{
    const struct rz_strings *values = &cli->options.all[RZ_OPT_REPORT];
    bool good = true;
    cli->reports = rz_arena_zero(&cli->arena, (values->count + 1) * sizeof *cli->reports);
    for (size_t i = 0; i < values->count; i++) {
        struct rz_report_target *target = &cli->reports[cli->report_count];
        if (!open_report(cli, values->items[i], target))
            good = false;
        else
            cli->report_count++;
    }
    return good;
}

void rz_cli_close_reports(struct rz_cli *cli)
{
    for (size_t i = 0; i < cli->report_count; i++)
        close(cli->reports[i].fd);
    cli->report_count = 0;
}

void rz_cli_rewind_reports(struct rz_cli *cli)
{
    for (size_t i = 0; i < cli->report_count; i++)
        if (ftruncate(cli->reports[i].fd, 0) == 0) /* pipes and terminals cannot, and go on */
            lseek(cli->reports[i].fd, 0, SEEK_SET);
}

bool rz_cli_wants(const struct rz_cli *cli, enum rz_format format)
{
    bool wanted = cli->format == format;
    for (size_t i = 0; i < cli->report_count; i++)
        wanted |= cli->reports[i].format == format;
    return wanted;
}

bool rz_cli_wants_model(const struct rz_cli *cli)
{
    bool wanted = false;
    for (enum rz_format format = RZ_FORMAT_MARKDOWN; format < RZ_FORMAT_COUNT; format++)
        wanted |= rz_cli_wants(cli, format);
    return wanted;
}

bool rz_cli_is_text(const struct rz_cli *cli)
{
    return cli->format == RZ_FORMAT_TEXT;
}

/* The project's place below the nearest directory with a .git: hosts want paths from there. */
static const char *find_prefix(struct rz_cli *cli)
{
    RZ_CLEANUP(rz_free_pointer) char *here = realpath(".", NULL);
    if (!here)
        return NULL;
    for (size_t size = strlen(here); size > 0;) {
        struct stat info;
        const char *git = rz_arena_printf(&cli->arena, "%.*s/.git", (int)size, here);
        if (lstat(git, &info) == 0)
            return here[size] ? rz_arena_printf(&cli->arena, "%s/", here + size + 1) : NULL;
        while (size > 0 && here[--size] != '/')
            continue;
    }
    return NULL;
}

/* Environment and selected zones: plans of different ones stand side by side in one pull request. */
static const char *find_key(struct rz_cli *cli)
{
    const char *environment = cli->options.last[RZ_OPT_ENV];
    struct rz_strings globs = rz_cli_globs(cli);
    RZ_BUFFER_CLEANUP struct rz_buffer key = {0};
    rz_buffer_text(&key, environment ? environment : "default");
    for (size_t i = 0; i < globs.count; i++)
        rz_buffer_printf(&key, "/%s", globs.items[i]);
    return rz_arena_strdup(&cli->arena, key.data);
}

void rz_cli_report_init(struct rz_cli *cli, struct rz_report *report, const char *kind,
                        const char *title)
{
    const char *environment = cli->options.last[RZ_OPT_ENV];
    rz_report_init(report, kind, title);
    if (environment)
        report->title = rz_arena_printf(&report->arena, "%s: %s", title, environment);
    report->version = rz_version;
    report->key = find_key(cli);
    report->prefix = find_prefix(cli);
    report->time = cli->context.now(cli->context.user);
}

/* How the result is written and to whom. */
struct job {
    struct rz_cli *cli;
    const struct rz_report *report;
    void (*own)(struct rz_cli *cli, void *user);
    void *user;
};

static void write_own(const struct job *job, struct rz_output *out, bool json)
{
    struct rz_cli *cli = job->cli;
    struct rz_output kept = cli->out;
    bool kept_json = cli->json, elsewhere = out != &cli->out;
    if (elsewhere)
        cli->out = *out;
    cli->json = json;
    job->own(cli, job->user);
    cli->json = kept_json;
    if (!elsewhere)
        return;
    *out = cli->out;
    cli->out = kept;
}

/* The page that has all, if one is written in the same run. */
static const char *find_page(const struct rz_cli *cli)
{
    for (size_t i = 0; i < cli->report_count; i++)
        if (cli->reports[i].format == RZ_FORMAT_HTML)
            return cli->reports[i].path;
    return NULL;
}

/* plan.md → plan.full.md; NULL where it is no file's name. */
static const char *full_path(struct rz_cli *cli, const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return NULL;
    struct rz_str name = rz_str_of(path);
    if (rz_str_ends_with(name, ".md"))
        name.size -= 3;
    return rz_arena_printf(&cli->arena, "%.*s.full.md", RZ_STR_ARG(name));
}

static void report_error(struct rz_cli *cli, const char *path, int error)
{
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot write: %s", strerror(error));
    cli->report_failed = true;
}

static void write_full(struct rz_cli *cli, const struct rz_report *report, const char *path)
{
    struct rz_output out = {.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (out.fd < 0) {
        report_error(cli, path, errno);
        return;
    }
    rz_report_markdown(&out, report, 0, NULL);
    if (!rz_output_flush(&out))
        report_error(cli, path, out.error);
    rz_buffer_free(&out.text);
    close(out.fd);
}

void rz_cli_comment(struct rz_cli *cli, const struct rz_report *report, struct rz_output *out,
                    const char *path)
{
    struct rz_output comment = {.fd = -1};
    const char *full = find_page(cli);
    if (!rz_report_markdown(&comment, report, RZ_MARKDOWN_COMMENT, full) && !full && path) {
        full = full_path(cli, path);
        if (full) {
            write_full(cli, report, full);
            rz_buffer_reset(&comment.text);
            rz_report_markdown(&comment, report, RZ_MARKDOWN_COMMENT, full);
        }
    }
    rz_buffer_str(&out->text, rz_buffer_view(&comment.text));
    rz_buffer_free(&comment.text);
}

/* What GitHub shows on the page of the job. */
static void write_step_summary(struct rz_cli *cli, const struct rz_report *report)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    if (!path || !*path)
        return;
    struct rz_output out = {.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    if (out.fd < 0) {
        report_error(cli, path, errno);
        return;
    }
    rz_report_markdown(&out, report, RZ_MARKDOWN_SUMMARY, find_page(cli));
    if (!rz_output_flush(&out))
        report_error(cli, path, out.error);
    rz_buffer_free(&out.text);
    close(out.fd);
}

static void write_one(const struct job *job, struct rz_output *out, enum rz_format format,
                      const char *path)
{
    if (format == RZ_FORMAT_TEXT || format == RZ_FORMAT_JSON)
        write_own(job, out, format == RZ_FORMAT_JSON);
    else if (format == RZ_FORMAT_MARKDOWN)
        rz_cli_comment(job->cli, job->report, out, path);
    else
        rz_report_write(out, job->report, format);
    if (format == RZ_FORMAT_GITHUB)
        write_step_summary(job->cli, job->report);
}

void rz_cli_report(struct rz_cli *cli, struct rz_report *report,
                   void (*own)(struct rz_cli *cli, void *user), void *user)
{
    struct job job = {cli, report, own, user};
    write_one(&job, &cli->out, cli->format, cli->options.last[RZ_OPT_OUTPUT]);
    for (size_t i = 0; i < cli->report_count; i++) {
        struct rz_output out = {.fd = cli->reports[i].fd};
        write_one(&job, &out, cli->reports[i].format, cli->reports[i].path);
        if (!rz_output_flush(&out))
            report_error(cli, cli->reports[i].path, out.error);
        rz_buffer_free(&out.text);
    }
    cli->reported = true;
}

/* A failure before there was any result: the JSON is of diagnostics alone. */
static void write_failure(struct rz_cli *cli, void *user)
{
    const int *exit_code = user;
    if (!cli->json) {
        rz_report_diags(&cli->out, &cli->diags, false);
        return;
    }
    rz_buffer_text(&cli->out.text, "{\"diagnostics\":");
    rz_report_diags_json(&cli->out.text, &cli->diags);
    rz_buffer_printf(&cli->out.text, ",\"exit\":%d}\n", *exit_code);
    rz_cli_requests_json(cli, &cli->out.text);
}

void rz_cli_report_failure(struct rz_cli *cli, int exit_code)
{
    struct rz_report report;
    bool has_all = cli->command && cli->command->options & RZ_OPT(REPORT);
    if (!has_all && cli->format != RZ_FORMAT_JSON)
        return;
    if (cli->format == RZ_FORMAT_TEXT && cli->report_count == 0)
        return;
    const char *name = cli->command ? cli->command->name : "rezone";
    rz_cli_report_init(cli, &report, name, rz_arena_printf(&cli->arena, "DNS %s failed", name));
    report.verdict = exit_code == RZ_EXIT_DONE ? RZ_VERDICT_GOOD : RZ_VERDICT_BAD;
    report.summary = "There is no result; see the errors";
    if (exit_code == RZ_EXIT_DONE) {
        report.title = rz_arena_printf(&cli->arena, "DNS %s", name);
        report.summary = "Nothing to do";
    }
    rz_report_add_diags(&report, &cli->diags, true);
    rz_report_finish(&report);
    enum rz_format format = cli->format;
    if (format == RZ_FORMAT_TEXT) /* the diagnostics go to standard error anyway */
        cli->format = RZ_FORMAT_COUNT;
    rz_cli_report(cli, &report, write_failure, &exit_code);
    cli->format = format;
    rz_report_free(&report);
}
