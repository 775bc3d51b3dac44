/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover: what killed runs left is undone, or finished. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/metrics.h"
#include "cli/run_plan.h"
#include "support/json_write.h"

#define ATTEMPTS 3
#define PAUSE_MS 500

struct recovery {
    struct rz_cli *cli;
    struct rz_project *project;
    struct rz_journal *journal;
    struct rz_buffer json; /* entries of the zones */
    bool refused;          /* something of somebody else's is in the way */
    bool declined;         /* the user said no */
};

static bool is_mended(const struct rz_found_zone *found, const struct rz_run_result *result)
{
    return found->planned && result->zones
           && result->zones[found->index].state == RZ_STATE_COMMITTED;
}

static void print_zone(struct recovery *recovery, int64_t run, const struct rz_found_zone *found,
                       const struct rz_run_result *result)
{
    const struct rz_zone_result *ended = NULL;
    if (found->planned && result->zones)
        ended = &result->zones[found->index];
    bool mended = is_mended(found, result);
    const char *state = !mended                                        ? "open"
                        : recovery->cli->options.given[RZ_OPT_FORWARD] ? "committed"
                                                                       : "rolled_back";
    if (!recovery->cli->json) {
        rz_buffer_printf(&recovery->cli->out.text, "Run %" PRId64 ": %s → %s: was %s, is ", run,
                         found->zone, found->target, rz_found_text(found->found));
        rz_output_tinted(&recovery->cli->out, mended ? RZ_TINT_GREEN : RZ_TINT_RED, state);
        rz_buffer_text(&recovery->cli->out.text,
                       ended && ended->read_back ? ", read back\n" : "\n");
        return;
    }
    struct rz_buffer *json = &recovery->json;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_int(json, "after", (int64_t)found->after);
    rz_json_int(json, "before", (int64_t)found->before);
    rz_json_text(json, "found", rz_found_text(found->found));
    rz_json_int(json, "other", (int64_t)found->other);
    rz_json_int(json, "recovered_by", ended ? result->run : 0);
    rz_json_int(json, "run", run);
    rz_json_text(json, "state", state);
    rz_json_text(json, "target", found->target);
    rz_json_text(json, "zone", found->zone);
    rz_buffer_char(json, '}');
}

static enum rz_status transact(struct recovery *recovery, int64_t run, const struct rz_mend *mend,
                               struct rz_run_result *result)
{
    char host[RZ_HOST_MAX], command[64];
    bool forward = mend->options.forward;
    snprintf(command, sizeof command, "recover %" PRId64 "%s", run, forward ? " --forward" : "");
    rz_cli_show_plan(recovery->cli, &mend->plan);
    if (mend->plan.has_changes
        && !rz_cli_ask(recovery->cli, forward ? "Finish the run so?" : "Undo the run so?")) {
        recovery->declined = true;
        return RZ_CANCELLED;
    }
    return rz_mend_transact(result, recovery->project, recovery->journal, mend,
                            rz_cli_transact_options(recovery->cli, command, NULL, host),
                            &recovery->cli->diags);
}

/* True where it is worth another try: a zone moved between being read and being locked. */
static bool recover_once(struct recovery *recovery, int64_t run, bool last)
{
    struct rz_cli *cli = recovery->cli;
    struct rz_mend mend;
    struct rz_run_result result = {0};
    size_t first = cli->diags.count;
    struct rz_mend_options options = {.run = run,
                                      .forward = cli->options.given[RZ_OPT_FORWARD],
                                      .only_open = true,
                                      .force = cli->options.given[RZ_OPT_FORCE]};
    enum rz_status status = rz_mend_plan(&mend, recovery->project, recovery->journal, &options,
                                         &cli->diags);
    recovery->refused |= status == RZ_REFUSED;
    if (mend.plan.count)
        transact(recovery, run, &mend, &result);
    bool again = result.refused > 0 && !last;
    for (size_t i = first; again && i < cli->diags.count; i++)
        if (cli->diags.items[i].severity == RZ_ERROR)
            rz_diag_set_severity(&cli->diags, &cli->diags.items[i], RZ_WARNING);
    recovery->refused |= result.refused > 0 && last;
    for (size_t i = 0; i < mend.count; i++)
        if (!again || is_mended(&mend.zones[i], &result))
            print_zone(recovery, run, &mend.zones[i], &result);
    rz_run_result_free(&result);
    rz_mend_free(&mend);
    return again;
}

static void recover_run(struct recovery *recovery, int64_t run)
{
    struct rz_context *context = &recovery->cli->context;
    for (int attempt = 1; recover_once(recovery, run, attempt == ATTEMPTS); attempt++)
        context->sleep_ms(context, PAUSE_MS);
    /* Also what never sent anything, and runs that were killed between their last zone and their end. */
    rz_journal_close_run(recovery->journal, run, &recovery->cli->diags);
}

static enum rz_status left_open(struct recovery *recovery, int64_t only, int64_t **runs,
                                size_t *count)
{
    enum rz_status status = rz_journal_left_open(recovery->journal, runs, count,
                                                 &recovery->cli->diags);
    size_t kept = 0;
    for (size_t i = 0; only && i < *count; i++)
        if ((*runs)[i] == only)
            (*runs)[kept++] = only;
    *count = only ? kept : *count;
    return status;
}

static void report(struct recovery *recovery, bool found, int exit_code)
{
    struct rz_cli *cli = recovery->cli;
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_text(&text, "{\"diagnostics\":");
        rz_report_diags_json(&text, &cli->diags);
        rz_json_int(&text, "exit", exit_code);
        rz_json_bool(&text, "forward", cli->options.given[RZ_OPT_FORWARD]);
        rz_json_key(&text, "zones");
        rz_buffer_char(&text, '[');
        rz_buffer_str(&text, rz_buffer_view(&recovery->json));
        rz_buffer_text(&text, "]}\n");
        rz_cli_requests_json(cli, &text);
        rz_cli_json(cli, &text);
    } else if (!found) {
        rz_buffer_text(&cli->out.text,
                       "Nothing to recover: no killed run has left anything open.\n");
    }
}

static int recover(struct recovery *recovery, int64_t only)
{
    int64_t *runs = NULL;
    size_t found = 0, left = 0;
    enum rz_status status = left_open(recovery, only, &runs, &found);
    /* A later run that tried to mend an earlier one is settled with it, and has nothing open then. */
    for (size_t i = 0; status == RZ_OK && i < found && !recovery->declined
                       && !rz_context_cancelled(&recovery->cli->context);
         i++)
        recover_run(recovery, runs[i]);
    free(runs);
    runs = NULL;
    if (status == RZ_OK)
        status = left_open(recovery, only, &runs, &left);
    free(runs);
    int exit_code = status != RZ_OK      ? rz_cli_exit(status)
                    : recovery->declined ? RZ_EXIT_ERROR
                    : left == 0          ? RZ_EXIT_DONE
                    : recovery->refused  ? RZ_EXIT_REFUSED
                                         : RZ_EXIT_INCOMPLETE;
    report(recovery, found > 0, exit_code);
    return exit_code;
}

int rz_command_recover(struct rz_cli *cli)
{
    struct rz_project project;
    struct recovery recovery = {.cli = cli, .project = &project};
    int64_t only = 0;
    int exit_code = RZ_EXIT_ERROR;
    if (cli->argument_count && !rz_cli_run_number(cli, &only))
        return RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        enum rz_status status = rz_journal_open(&recovery.journal, project.state, &cli->context,
                                                &cli->diags);
        exit_code = status == RZ_OK ? recover(&recovery, only) : rz_cli_exit(status);
    }
    rz_journal_close(recovery.journal);
    rz_buffer_free(&recovery.json);
    rz_project_free(&project);
    return exit_code;
}
