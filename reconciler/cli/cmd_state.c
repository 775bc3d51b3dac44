/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal backup, restore, prune and notices. */
#include <inttypes.h>

#include "cli/commands.h"
#include "journal/notices.h"
#include "report/report.h"
#include "support/json_write.h"

/* The journal of a project that keeps one. */
static enum rz_status open_kept(struct rz_cli *cli, struct rz_project *project,
                                struct rz_journal **journal)
{
    *journal = NULL;
    if (!rz_cli_open(cli, project, NULL, NULL))
        return RZ_INVALID;
    if (rz_journal_is_kept(project->state))
        return rz_journal_open(journal, project->state, &cli->context, &cli->diags);
    rz_diags_add(&cli->diags, RZ5206, rz_place_named(project->source.name),
                 "this project keeps no journal: `state: none`");
    return RZ_NOT_FOUND;
}

static void report(struct rz_cli *cli, const char *what, const char *path)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text, "The journal was %s %s.\n", what, path);
        return;
    }
    rz_buffer_char(&json, '{');
    rz_json_text(&json, "file", path);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

int rz_command_journal_backup(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal;
    enum rz_status status = open_kept(cli, &project, &journal);
    if (status == RZ_OK)
        status = rz_journal_backup(journal, cli->arguments[0], cli->options.given[RZ_OPT_FORCE],
                                   &cli->diags);
    if (status == RZ_OK)
        report(cli, "copied to", cli->arguments[0]);
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

int rz_command_journal_restore(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal;
    enum rz_status status = open_kept(cli, &project, &journal);
    if (status == RZ_OK && !rz_cli_ask(cli, "Replace the whole journal by the backup?"))
        status = RZ_CANCELLED;
    if (status == RZ_OK)
        status = rz_journal_restore(journal, cli->arguments[0], cli->options.given[RZ_OPT_FORCE],
                                    &cli->diags);
    if (status == RZ_OK)
        report(cli, "restored from", cli->arguments[0]);
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

static bool read_keep(struct rz_cli *cli, uint64_t *seconds)
{
    const char *text = cli->options.last[RZ_OPT_KEEP];
    if (text && rz_duration_parse(seconds, rz_str_of(text)))
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "--keep %s%s",
                                        text ? "takes a duration, not " : "is missing",
                                        text ? text : "");
    rz_diag_hint(&cli->diags, diag, "such as --keep 90d");
    return false;
}

static void report_pruned(struct rz_cli *cli, size_t runs, size_t changes)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text, "%zu run%s with %zu change%s deleted from the journal.\n",
                         runs, runs == 1 ? "" : "s", changes, changes == 1 ? "" : "s");
        return;
    }
    rz_buffer_char(&json, '{');
    rz_json_int(&json, "changes", (int64_t)changes);
    rz_json_int(&json, "runs", (int64_t)runs);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

int rz_command_journal_prune(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal = NULL;
    uint64_t keep;
    size_t runs, changes;
    if (!read_keep(cli, &keep))
        return RZ_EXIT_ERROR;
    enum rz_status status = open_kept(cli, &project, &journal);
    if (status == RZ_OK)
        status = rz_journal_prune(journal, cli->context.now(cli->context.user) - (int64_t)keep,
                                  &runs, &changes, &cli->diags);
    if (status == RZ_OK)
        report_pruned(cli, runs, changes);
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

struct notices {
    struct rz_cli *cli;
    struct rz_buffer json;
    size_t count;
};

static void print_notice(struct rz_output *out, const struct rz_kept_notice *notice)
{
    char time[RZ_TIME_TEXT_MAX];
    rz_buffer_printf(&out->text, "%s  ", rz_time_text(time, notice->created));
    rz_buffer_visible(&out->text, rz_str_of(notice->shown));
    rz_buffer_text(&out->text, ": ");
    rz_buffer_visible(&out->text, rz_str_of(notice->subject));
    rz_buffer_printf(&out->text, "\n  tried by %" PRId64 " command%s: ", notice->tries,
                     notice->tries == 1 ? "" : "s");
    rz_buffer_visible(&out->text, rz_str_of(notice->why));
    rz_buffer_text(&out->text, "\n");
    rz_output_pulse(out);
}

static void list_notice(void *user, const struct rz_kept_notice *notice)
{
    struct notices *notices = user;
    struct rz_buffer *json = &notices->json;
    notices->count++;
    if (!notices->cli->json) {
        print_notice(&notices->cli->out, notice);
        return;
    }
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_text(json, "event", notice->event);
    rz_json_text(json, "id", notice->message);
    rz_json_text(json, "receiver", notice->shown);
    if (notice->run)
        rz_json_int(json, "run", notice->run);
    else
        rz_json_text(json, "run", NULL);
    rz_json_text(json, "subject", notice->subject);
    rz_json_time(json, "time", notice->created);
    rz_json_int(json, "tries", notice->tries);
    rz_json_text(json, "why", notice->why);
    rz_buffer_char(json, '}');
}

int rz_command_journal_notices(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal = NULL;
    struct notices notices = {.cli = cli};
    rz_buffer_text(&notices.json, "[");
    enum rz_status status = open_kept(cli, &project, &journal);
    if (status == RZ_OK)
        status = rz_journal_notices(journal, NULL, list_notice, &notices, &cli->diags);
    if (status == RZ_OK && cli->json) {
        rz_buffer_text(&notices.json, "]\n");
        rz_cli_json(cli, &notices.json);
    } else if (status == RZ_OK && !notices.count) {
        rz_buffer_text(&cli->out.text, "Everybody was told everything.\n");
    }
    rz_buffer_free(&notices.json);
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}
