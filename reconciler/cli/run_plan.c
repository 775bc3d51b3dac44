/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planning with progress, and carrying a plan out. */
#include "cli/run_plan.h"
#include "cli/metrics.h"
#include "cli/plan_files.h"
#include "cli/plan_offline.h"
#include "cli/reports.h"
#include "journal/applied.h"
#include "report/log.h"
#include "support/json_write.h"
#include "transact/queue.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define SHOWN_APART_FROM 1000 /* changes: fewer are printed before a thread would have begun */

static bool check_rules(struct rz_cli *cli)
{
    const struct rz_strings *allow = &cli->options.all[RZ_OPT_ALLOW];
    bool good = true;
    for (size_t i = 0; i < allow->count; i++) {
        bool known = false;
        for (size_t k = 0; rz_policy_rules[k]; k++)
            known |= strcmp(rz_policy_rules[k], allow->items[i]) == 0;
        if (known)
            continue;
        RZ_BUFFER_CLEANUP struct rz_buffer rules = {0};
        for (size_t k = 0; rz_policy_rules[k]; k++)
            rz_buffer_printf(&rules, "%s%s", k ? ", " : "", rz_policy_rules[k]);
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "--allow: there is no rule `%s`", allow->items[i]);
        rz_diag_hint(&cli->diags, diag, "one of: %s", rules.data);
        good = false;
    }
    return good;
}

static bool read_selection(struct rz_cli *cli, struct rz_selection *selection)
{
    const char *mode = cli->options.last[RZ_OPT_MODE];
    *selection = (struct rz_selection){.targets = cli->options.all[RZ_OPT_TARGET]};
    for (size_t i = 0; mode && rz_plan_modes[i]; i++)
        if (strcmp(mode, rz_plan_modes[i]) == 0) {
            selection->mode = (enum rz_plan_mode)i;
            mode = NULL;
        }
    if (!mode)
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--mode: there is no mode `%s`", mode);
    rz_diag_hint(&cli->diags, diag, "one of: full, create-missing, update-existing");
    return false;
}

/* A plan file of a share names its zones, so that it is the same plan wherever it is applied. */
static struct rz_strings name_zones(struct rz_cli *cli, const struct rz_zone_list *zones)
{
    char name[RZ_NAME_TEXT_MAX];
    const char **items = rz_arena_alloc(&cli->arena, (zones->count + 1) * sizeof *items);
    items[0] = RZ_SELECTION_NONE;
    for (size_t i = 0; i < zones->count; i++)
        items[i] = rz_arena_strdup(&cli->arena,
                                   rz_name_text_plain(name, zones->items[i].apex.wire));
    return (struct rz_strings){items, zones->count ? zones->count : 1};
}

enum rz_status rz_cli_plan(struct rz_cli *cli, struct rz_plan *plan, struct rz_project *project,
                           const struct rz_zone_list *zones)
{
    struct rz_plan_options options = {
        .lenient = cli->options.given[RZ_OPT_LENIENT],
        .expires_in = (int64_t)project->policy.plan_expires,
        .allow = &cli->options.all[RZ_OPT_ALLOW],
    };
    struct rz_offline offline = {0};
    *plan = (struct rz_plan){0};
    if (!read_selection(cli, &options.selection))
        return RZ_INVALID;
    project->lint.errors_only = !cli->options.given[RZ_OPT_VERBOSE];
    if (!check_rules(cli))
        return RZ_INVALID;
    if (cli->options.given[RZ_OPT_OFFLINE]) {
        if (!rz_offline_open(&offline, cli, project)) {
            rz_offline_close(&offline);
            return RZ_INVALID;
        }
        options.last_known = rz_offline_last_known;
        options.user = &offline;
        rz_project_applied_from(project, offline.journal);
    }
    options.only_shown = cli->context.cached_reads && !options.last_known && !options.lenient
                         && options.selection.mode == RZ_MODE_FULL
                         && options.selection.targets.count == 0;
    rz_progress_start(&cli->progress, "planning", zones->count);
    struct rz_reads *reads = rz_reads_new();
    project->reads = rz_reads_note;
    project->reads_user = reads;
    enum rz_status status = rz_plan_make(plan, project, zones, &options, &cli->diags);
    plan->reads = reads;
    project->reads = NULL;
    rz_project_applied_close(project);
    rz_offline_close(&offline);
    rz_progress_stop(&cli->progress);
    plan->selection = cli->options.given[RZ_OPT_SHARD] ? name_zones(cli, zones) : rz_cli_globs(cli);
    return status;
}

bool rz_cli_may_apply(struct rz_cli *cli, const struct rz_plan *plan)
{
    const struct rz_strings *allow = &cli->options.all[RZ_OPT_ALLOW];
    bool may = true;
    for (size_t i = 0; i < plan->count; i++)
        for (size_t k = 0; k < plan->zones[i]->finding_count; k++) {
            struct rz_finding *finding = &plan->zones[i]->findings[k];
            for (size_t a = 0; a < allow->count; a++)
                finding->allowed |= strcmp(allow->items[a], finding->rule) == 0;
            may &= finding->allowed;
        }
    for (size_t i = 0; i < plan->count && !may; i++)
        for (size_t k = 0; k < plan->zones[i]->finding_count; k++) {
            char apex[RZ_NAME_TEXT_MAX];
            const struct rz_finding *finding = &plan->zones[i]->findings[k];
            if (finding->allowed)
                continue;
            rz_name_text_plain(apex, plan->zones[i]->apex.wire);
            struct rz_diag *diag = rz_diags_add(&cli->diags, RZ4002, rz_place_named(apex),
                                                "policy %s: %s", finding->rule, finding->message);
            rz_diag_hint(&cli->diags, diag, "if that is meant, say --allow %s", finding->rule);
        }
    return may;
}

void rz_cli_show_plan(struct rz_cli *cli, const struct rz_plan *plan)
{
    if (rz_cli_is_text(cli))
        rz_report_plan(&cli->out, plan);
    rz_output_flush(&cli->out);
}

static void *show(void *argument)
{
    struct rz_cli *cli = argument;
    rz_cli_show_plan(cli, cli->shown);
    return NULL;
}

/* Until rz_cli_run_plan waits for it, standard output is the thread's. */
void rz_cli_begin_to_show(struct rz_cli *cli, const struct rz_plan *plan)
{
    size_t changes = 0;
    for (size_t i = 0; i < plan->count; i++)
        changes += plan->zones[i]->count;
    cli->shown = plan;
    /* On one terminal a bar would run into the lines. */
    bool apart = changes >= SHOWN_APART_FROM
                 && !(cli->progress.form == RZ_PROGRESS_BAR && isatty(cli->out.fd));
    cli->shows = apart && pthread_create(&cli->shower, NULL, show, cli) == 0;
    if (!cli->shows)
        show(cli);
}

const char *rz_cli_actor(struct rz_cli *cli)
{
    static const char *const variables[] = {"REZONE_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN",
                                            NULL};
    for (size_t i = 0; variables[i]; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return value;
    }
    char text[1024];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found)
        return rz_arena_strdup(&cli->arena, found->pw_name);
    return rz_arena_printf(&cli->arena, "uid %lu", (unsigned long)getuid());
}

/* What the plan was allowed to break, now or when it was made. */
static bool is_rule_allowed(const struct rz_cli *cli, const struct rz_plan *plan, const char *rule)
{
    const struct rz_strings *allow = &cli->options.all[RZ_OPT_ALLOW];
    for (size_t i = 0; i < allow->count; i++)
        if (strcmp(allow->items[i], rule) == 0)
            return true;
    for (size_t i = 0; plan && i < plan->count; i++)
        for (size_t k = 0; k < plan->zones[i]->finding_count; k++)
            if (plan->zones[i]->findings[k].allowed
                && strcmp(plan->zones[i]->findings[k].rule, rule) == 0)
                return true;
    return false;
}

static const char *loosening_flags(struct rz_cli *cli, const struct rz_plan *plan)
{
    RZ_BUFFER_CLEANUP struct rz_buffer flags = {0};
    for (size_t i = 0; rz_policy_rules[i]; i++)
        if (is_rule_allowed(cli, plan, rz_policy_rules[i]))
            rz_buffer_printf(&flags, "%s--allow %s", flags.size ? " " : "", rz_policy_rules[i]);
    static const enum rz_option_id ids[] = {RZ_OPT_LENIENT, RZ_OPT_IGNORE_SOURCES, RZ_OPT_FORCE};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (cli->options.given[ids[i]])
            rz_buffer_printf(&flags, "%s--%s", flags.size ? " " : "", rz_cli_options[ids[i]].name);
    if (cli->options.given[RZ_OPT_MODE])
        rz_buffer_printf(&flags, "%s--mode %s", flags.size ? " " : "",
                         cli->options.last[RZ_OPT_MODE]);
    const struct rz_strings *targets = &cli->options.all[RZ_OPT_TARGET];
    for (size_t i = 0; i < targets->count; i++)
        rz_buffer_printf(&flags, "%s--target '%s'", flags.size ? " " : "", targets->items[i]);
    return flags.size ? rz_arena_strdup(&cli->arena, flags.data) : NULL;
}

static void show_state(void *user, const struct rz_zone_plan *zone, enum rz_zone_state state)
{
    struct rz_cli *cli = user;
    struct rz_buffer *out = &cli->err.text;
    char apex[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
    rz_buffer_printf(&what, "%s → %s", rz_name_text_plain(apex, zone->apex.wire), zone->target);
    rz_progress_hold(&cli->progress);
    if (cli->progress.form == RZ_PROGRESS_RECORDS) {
        char span[RZ_SPAN_TEXT];
        rz_log_span(span, &cli->context, what.data);
        rz_log_begin(out, &cli->context, RZ_NOTE, rz_zone_state_text(state), span);
        rz_json_text(out, "zone", apex);
        rz_json_text(out, "target", zone->target);
        rz_json_text(out, "state", rz_zone_state_text(state));
        rz_log_end(out);
    } else {
        rz_buffer_printf(out, "%s: %s\n", what.data, rz_zone_state_text(state));
    }
    rz_output_flush(&cli->err);
    rz_progress_release(&cli->progress);
}

/* What workers share is theirs. */
static enum rz_status check_unqueued(struct rz_cli *cli, struct rz_journal *journal,
                                     const struct rz_plan *plan)
{
    int64_t queue = 0;
    enum rz_status status = rz_queue_find(journal, plan->id, &queue, &cli->diags);
    if (status != RZ_OK || !queue)
        return status;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5609, (struct rz_place){0},
                                        "plan %s is in queue %" PRId64, plan->id, queue);
    rz_diag_hint(&cli->diags, diag, "apply it with --queue, or make a new plan");
    return RZ_REFUSED;
}

static enum rz_status check_unseen(struct rz_cli *cli, struct rz_journal *journal,
                                   const struct rz_plan *plan)
{
    bool applied = false;
    enum rz_status status = rz_journal_plan_seen(journal, plan->id, &applied, &cli->diags);
    if (status != RZ_OK || !applied)
        return status;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ4106, (struct rz_place){0},
                                        "plan %s was applied already", plan->id);
    rz_diag_hint(&cli->diags, diag, "make a new plan");
    return RZ_REFUSED;
}

struct rz_transact_options rz_cli_transact_options(struct rz_cli *cli, const char *command,
                                                   const struct rz_plan *plan,
                                                   char host[RZ_HOST_MAX])
{
    if (gethostname(host, RZ_HOST_MAX) != 0)
        snprintf(host, RZ_HOST_MAX, "unknown");
    host[RZ_HOST_MAX - 1] = '\0';
    bool shows_states = cli->options.given[RZ_OPT_VERBOSE]
                        || cli->progress.form == RZ_PROGRESS_RECORDS;
    return (struct rz_transact_options){.command = command,
                                        .flags = loosening_flags(cli, plan),
                                        .chain_allowed = is_rule_allowed(cli, plan, "dnssec")
                                                         || cli->options.given[RZ_OPT_FORCE],
                                        .actor = rz_cli_actor(cli),
                                        .host = host,
                                        .progress = shows_states ? show_state : NULL,
                                        .user = cli};
}

enum rz_status rz_cli_transact(struct rz_cli *cli, struct rz_project *project,
                               const struct rz_plan *plan, const char *command,
                               const struct rz_mend *mend, struct rz_run_result *result)
{
    char host[RZ_HOST_MAX];
    struct rz_journal *journal;
    *result = (struct rz_run_result){0};
    /* Whatever command it comes from. What leads back to a good state is never frozen. */
    if (!mend && !rz_cli_may_begin(cli, project, plan))
        return RZ_REFUSED;
    enum rz_status status = rz_journal_open(&journal, project->state, &cli->context, &cli->diags);
    bool queue = cli->options.given[RZ_OPT_QUEUE];
    if (status == RZ_OK && !queue)
        status = check_unseen(cli, journal, plan);
    if (status == RZ_OK && !queue)
        status = check_unqueued(cli, journal, plan);
    if (status == RZ_OK) {
        struct rz_transact_options options = rz_cli_transact_options(cli, command, plan, host);
        options.signers = rz_cli_signers(cli, plan);
        rz_progress_start(&cli->progress, mend ? "mending" : "applying", plan->count);
        status = mend    ? rz_mend_transact(result, project, journal, mend, options, &cli->diags)
                 : queue ? rz_queue_transact(result, project, journal, plan, options, &cli->diags)
                         : rz_transact(result, project, journal, plan, &options, &cli->diags);
        rz_progress_stop(&cli->progress);
    }
    rz_journal_close(journal);
    return status;
}

static void show_run(struct rz_cli *cli, void *user)
{
    const struct rz_run_result *result = user;
    if (cli->json) {
        rz_report_run_json(&cli->out.text, result, &cli->diags);
        rz_cli_requests_json(cli, &cli->out.text);
    } else {
        rz_report_run(&cli->out, result);
    }
}

static void report_run(struct rz_cli *cli, struct rz_run_result *result, const char *command)
{
    struct rz_report report;
    rz_cli_report_init(cli, &report, cli->command->name,
                       rz_arena_printf(&cli->arena, "DNS %s", command));
    if (rz_cli_wants_model(cli)) {
        rz_report_fill_run(&report, result);
        rz_report_add_diags(&report, &cli->diags, true);
        rz_report_finish(&report);
    }
    rz_cli_report(cli, &report, show_run, result);
    rz_report_free(&report);
}

int rz_cli_run_plan(struct rz_cli *cli, struct rz_project *project, struct rz_plan *plan,
                    const char *command, const struct rz_mend *mend)
{
    struct rz_run_result result;
    enum rz_status status = rz_cli_transact(cli, project, plan, command, mend, &result);
    if (cli->shows)
        pthread_join(cli->shower, NULL);
    cli->shows = false;
    int exit_code = status == RZ_OK ? rz_run_result_exit(&result) : rz_cli_exit(status);
    if (status == RZ_OK)
        report_run(cli, &result, command);
    rz_run_result_free(&result);
    return exit_code;
}

bool rz_cli_note_freeze(struct rz_cli *cli, const struct rz_project *project, bool apply)
{
    const struct rz_freeze *freeze = rz_policy_frozen(&project->policy,
                                                      cli->context.now(cli->context.user));
    if (!freeze || (apply && is_rule_allowed(cli, NULL, "freeze")))
        return false;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ4002, rz_place_named(project->source.name),
                                        "policy freeze: nothing is applied in %s (UTC)",
                                        freeze->text);
    if (!apply)
        rz_diag_set_severity(&cli->diags, diag, RZ_NOTE);
    rz_diag_hint(&cli->diags, diag, "wait, or if it cannot wait, apply with --allow freeze");
    return true;
}

int rz_cli_nothing_to_do(struct rz_cli *cli, struct rz_project *project,
                         const struct rz_zone_list *zones)
{
    struct rz_journal *journal;
    char zone[RZ_NAME_TEXT_MAX];
    enum rz_status status = rz_journal_open(&journal, project->state, &cli->context, &cli->diags);
    enum rz_status worst = status;
    for (size_t i = 0; status == RZ_OK && i < zones->count; i++) {
        const struct rz_strings *targets = &zones->items[i].rule->targets;
        rz_name_text_plain(zone, zones->items[i].apex.wire);
        for (size_t k = 0; k < targets->count; k++) {
            enum rz_status one = rz_journal_settled(journal, zone, targets->items[k], &cli->diags);
            worst = worst == RZ_OK ? one : worst;
        }
    }
    rz_journal_close(journal);
    return rz_cli_exit(worst);
}
