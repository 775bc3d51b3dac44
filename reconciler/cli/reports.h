/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the result of a command goes: one form to standard output (--format, --output), and any number to
 * files (--report FORMAT:FILE), all of the same result. */
#ifndef RZ_CLI_REPORTS_H
#define RZ_CLI_REPORTS_H

#include "cli/cli.h"
#include "report/formats.h"

/* The forms that commands with --report have beside text. */
#define RZ_FORMATS_REPORT "json, markdown, html, junit, sarif, github, gitlab"

struct rz_report_target {
    enum rz_format format;
    const char *path;
    int fd;
};

/* Opens the files of --report before anything is done. False with a diagnostic. */
bool rz_cli_open_reports(struct rz_cli *cli);
/* Whether the command's text goes to standard output as it comes. */
bool rz_cli_is_text(const struct rz_cli *cli);
/* Whether the form is asked for, by --format or any --report. */
bool rz_cli_wants(const struct rz_cli *cli, enum rz_format format);
/* Whether any form is asked for that is made of the model; text and JSON are not, and large plans need not
 * be put into one for them. */
bool rz_cli_wants_model(const struct rz_cli *cli);
/* Writes a report wherever it is wanted. `own` writes the command's text, or its JSON where cli->json,
 * to cli->out; both change from call to call. Once a command. */
void rz_cli_report(struct rz_cli *cli, struct rz_report *report,
                   void (*own)(struct rz_cli *cli, void *user), void *user);
/* A comment for a pull request, into `out`. One that had to be cut names what has all: the page of this run,
 * or a file beside `path` (NULL: the comment is in no file), which is written. */
void rz_cli_comment(struct rz_cli *cli, const struct rz_report *report, struct rz_output *out,
                    const char *path);
/* Before another round of a command that reports again and again: files hold the last round. */
void rz_cli_rewind_reports(struct rz_cli *cli);
/* Begins a report with what every report of a command has. `title` is followed by the environment. */
void rz_cli_report_init(struct rz_cli *cli, struct rz_report *report, const char *kind,
                        const char *title);
/* For a command that failed before it had a report: one of its diagnostics. */
void rz_cli_report_failure(struct rz_cli *cli, int exit_code);
void rz_cli_close_reports(struct rz_cli *cli);

#endif
