/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of the journal, or files of another revision, in place of live zones. */
#include "cli/plan_offline.h"

#include <unistd.h>

#include "journal/snapshot.h"
#include "journal/zone_snapshot.h"
#include "support/file.h"

static bool open_revision(struct rz_offline *offline, struct rz_cli *cli)
{
    struct rz_diags ignored = {0};
    struct rz_git *git = rz_git_open(offline->since, &cli->diags);
    bool good = git && rz_git_files_write(&offline->files, git, &cli->diags);
    if (git)
        rz_git_close(git);
    if (!good)
        return false;
    offline->context = cli->context;
    offline->context.project_dir = offline->files.dir;
    offline->context.trace = NULL;
    offline->context.meter = NULL;
    if (!rz_cli_load_project(cli, &offline->context, &offline->base, &ignored)
        || rz_project_zones(&offline->base, &(struct rz_strings){0}, &offline->zones, &ignored)
               != RZ_OK)
        offline->zones.count = 0;
    offline->base.lint.errors_only = true;
    rz_diags_free(&ignored);
    rz_diags_add(&cli->diags, RZ5504, (struct rz_place){0},
                 "planned offline, against the files of %s", offline->since);
    return true;
}

static void open_journal(struct rz_offline *offline, struct rz_cli *cli,
                         const struct rz_project *project)
{
    struct rz_diags ignored = {0};
    static const char kind[] = "sqlite:";
    const char *path = project->state + sizeof kind - 1;
    if (strncmp(project->state, kind, sizeof kind - 1) != 0 || cli->options.given[RZ_OPT_UNTRUSTED])
        return;
    int fd = rz_file_open(cli->context.project_dir, path); /* refuses links, `..` and `/` */
    if (fd < 0)
        return;
    close(fd);
    rz_journal_open(&offline->journal, project->state, &cli->context, &ignored);
    rz_diags_free(&ignored);
}

bool rz_offline_open(struct rz_offline *offline, struct rz_cli *cli,
                     const struct rz_project *project)
{
    *offline = (struct rz_offline){.since = cli->options.last[RZ_OPT_SINCE], .files = {.dir = -1}};
    if (offline->since)
        return open_revision(offline, cli);
    open_journal(offline, cli, project);
    rz_diags_add(&cli->diags, RZ5504, (struct rz_place){0},
                 offline->journal
                     ? "planned offline, against what the last run left"
                     : "planned offline, against nothing: there is no journal to read");
    return true;
}

void rz_offline_close(struct rz_offline *offline)
{
    rz_journal_close(offline->journal);
    rz_zone_list_free(&offline->zones);
    rz_project_free(&offline->base);
    if (offline->since)
        rz_git_files_remove(&offline->files);
    *offline = (struct rz_offline){0};
}

/* The zone as the files of the revision have it. */
static bool load_revision(struct rz_offline *offline, const struct rz_name *apex,
                          struct rz_zone *live, bool *listed)
{
    struct rz_diags ignored = {0};
    struct rz_zone_settings settings;
    const struct rz_zone_entry *entry = NULL;
    for (size_t i = 0; i < offline->zones.count && !entry; i++)
        if (rz_name_equal(offline->zones.items[i].apex.wire, apex->wire))
            entry = &offline->zones.items[i];
    bool known = entry
                 && rz_project_load_zone(&offline->base, entry, live, &settings, &ignored) == RZ_OK;
    if (entry && !known)
        rz_zone_free(live);
    if (!known) {
        rz_zone_init(live, apex->wire);
        rz_zone_finish(live, RZ_ZONE_LIVE, &ignored);
    }
    *listed = known && settings.manage_listed;
    rz_diags_free(&ignored);
    return known;
}

static bool takes_all(uint16_t type)
{
    (void)type;
    return true; /* what the target takes only the target knows */
}

bool rz_offline_last_known(void *user, const struct rz_name *apex, const char *target,
                           struct rz_zone *live, struct rz_capabilities *can, bool *listed)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_arena arena = {0};
    struct rz_diags ignored = {0};
    struct rz_snapshot snapshot = {0};
    struct rz_offline *offline = user;
    *can = (struct rz_capabilities){
        .creates_zones = true, .signs_online = true, .takes_type = takes_all};
    if (offline->since)
        return load_revision(offline, apex, live, listed);
    bool known = offline->journal
                 && rz_journal_snapshot(offline->journal, rz_name_text_plain(zone, apex->wire),
                                        target, &snapshot, &arena, &ignored)
                        == RZ_OK;
    known = rz_zone_snapshot_read(live, apex->wire, known ? snapshot.data : RZ_STR("")) && known;
    can->owns_soa = snapshot.scope & RZ_SCOPE_OWN_SOA;
    can->owns_apex_ns = snapshot.scope & RZ_SCOPE_OWN_APEX_NS;
    rz_diags_free(&ignored);
    rz_arena_free(&arena);
    return known;
}
