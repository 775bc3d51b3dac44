/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for the completion of command lines, from the project, the journal and the tables. */
#include "cli/complete.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/help_topics.h"
#include "dns/rtype.h"
#include "journal/journal.h"

#define RUNS_OFFERED 20

void rz_complete_zones(struct rz_completion *completion)
{
    struct rz_project project;
    struct rz_zone_list zones;
    if (!rz_cli_open(completion->cli, &project, &zones, NULL) && project.source_count
        && !zones.count) /* a broken template, say, does not take the names away */
        rz_project_zones(&project, NULL, &zones, &completion->cli->diags);
    for (size_t i = 0; i < zones.count; i++) {
        char name[RZ_NAME_TEXT_MAX];
        rz_complete_offer(completion, rz_name_text_plain(name, zones.items[i].apex.wire),
                          zones.items[i].path);
    }
    rz_zone_list_free(&zones);
    rz_project_free(&project);
}

void rz_complete_providers(struct rz_completion *completion)
{
    struct rz_project project;
    rz_cli_open(completion->cli, &project, NULL, NULL);
    for (size_t i = 0; i < project.provider_count; i++)
        rz_complete_offer(completion, project.providers[i].name, project.providers[i].kind);
    rz_project_free(&project);
}

void rz_complete_environments(struct rz_completion *completion)
{
    struct rz_project project;
    completion->cli->options.last[RZ_OPT_ENV] = NULL;
    rz_cli_open(completion->cli, &project, NULL, NULL);
    for (size_t i = 0; i < project.environments.count; i++)
        rz_complete_offer(completion, project.environments.items[i], NULL);
    rz_project_free(&project);
}

void rz_complete_templates(struct rz_completion *completion)
{
    struct rz_project project;
    rz_cli_open(completion->cli, &project, NULL, NULL);
    const struct rz_templates *templates = &project.templates;
    for (size_t i = 0; i < templates->count; i++) {
        const struct rz_template *each = &templates->items[i];
        /* Of several versions the newest comes first, and is what the bare name means. */
        bool older = i > 0 && strcmp(each->name, each[-1].name) == 0;
        const char *label = older ? rz_arena_printf(&completion->cli->arena, "%s@%" PRIu64,
                                                    each->name, each->version)
                                  : each->name;
        rz_complete_offer(completion, label, each->description);
    }
    rz_project_free(&project);
}

static void offer_run(void *user, const struct rz_run *run)
{
    char number[24], time[RZ_TIME_TEXT_MAX];
    struct rz_completion *completion = user;
    snprintf(number, sizeof number, "%" PRId64, run->id);
    rz_complete_offer(completion, number,
                      rz_arena_printf(&completion->cli->arena, "%s  %s  %s",
                                      rz_time_text(time, run->started), run->command, run->status));
}

/* Only of a journal that is a file and is there: completing must neither make one nor ask a server. */
void rz_complete_runs(struct rz_completion *completion)
{
    struct rz_cli *cli = completion->cli;
    struct rz_project project;
    struct rz_journal *journal = NULL;
    struct rz_history_filter filter = {.limit = RUNS_OFFERED};
    rz_cli_open(cli, &project, NULL, NULL);
    const char *path = project.state && strncmp(project.state, "sqlite:", 7) == 0
                           ? project.state + 7
                           : NULL;
    if (path && faccessat(cli->context.project_dir, path, R_OK, 0) == 0
        && rz_journal_open(&journal, project.state, &cli->context, &cli->diags) == RZ_OK) {
        rz_journal_runs(journal, &filter, offer_run, completion, &cli->diags);
        rz_journal_close(journal);
    }
    rz_project_free(&project);
}

void rz_complete_types(struct rz_completion *completion)
{
    for (const char *const *name = rz_rtype_names(); *name; name++)
        rz_complete_offer(completion, *name, NULL);
}

void rz_complete_rules(struct rz_completion *completion)
{
    for (const char *const *rule = rz_policy_rules; *rule; rule++)
        rz_complete_offer(completion, *rule, NULL);
}

void rz_complete_codes(struct rz_completion *completion)
{
    for (size_t i = 0; i < rz_codes_count; i++) {
        char code[16];
        snprintf(code, sizeof code, "RZ%04d", (int)rz_codes[i].code);
        rz_complete_offer(completion, code, rz_codes[i].title);
    }
}

void rz_complete_topics(struct rz_completion *completion)
{
    for (size_t i = 0; rz_help_topic_name(i); i++)
        rz_complete_offer(completion, rz_help_topic_name(i),
                          rz_arena_printf(&completion->cli->arena, "%.*s",
                                          RZ_STR_ARG(rz_help_topic_title(rz_help_topic_name(i)))));
}
