/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of the journal in place of live zones. */
#include "cli/plan_offline.h"

#include <unistd.h>

#include "journal/snapshot.h"
#include "journal/zone_snapshot.h"
#include "support/file.h"

void rz_offline_open(struct rz_offline *offline, struct rz_cli *cli,
                     const struct rz_project *project)
{
    struct rz_diags ignored = {0};
    static const char kind[] = "sqlite:";
    const char *path = project->state + sizeof kind - 1;
    *offline = (struct rz_offline){0};
    if (strncmp(project->state, kind, sizeof kind - 1) != 0 || cli->options.given[RZ_OPT_UNTRUSTED])
        return;
    int fd = rz_file_open(cli->context.project_dir, path); /* refuses links, `..` and `/` */
    if (fd < 0)
        return;
    close(fd);
    rz_journal_open(&offline->journal, project->state, &cli->context, &ignored);
    rz_diags_free(&ignored);
}

void rz_offline_close(struct rz_offline *offline)
{
    rz_journal_close(offline->journal);
    offline->journal = NULL;
}

static bool takes_all(uint16_t type)
{
    (void)type;
    return true; /* what the target takes only the target knows */
}

bool rz_offline_last_known(void *user, const struct rz_name *apex, const char *target,
                           struct rz_zone *live, struct rz_capabilities *can)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_arena arena = {0};
    struct rz_diags ignored = {0};
    struct rz_snapshot snapshot = {0};
    const struct rz_offline *offline = user;
    bool known = offline->journal
                 && rz_journal_snapshot(offline->journal, rz_name_text_plain(zone, apex->wire),
                                        target, &snapshot, &arena, &ignored)
                        == RZ_OK;
    known = rz_zone_snapshot_read(live, apex->wire, known ? snapshot.data : RZ_STR("")) && known;
    *can = (struct rz_capabilities){.creates_zones = true,
                                    .signs_online = true,
                                    .owns_soa = snapshot.scope & RZ_SCOPE_OWN_SOA,
                                    .owns_apex_ns = snapshot.scope & RZ_SCOPE_OWN_APEX_NS,
                                    .takes_type = takes_all};
    rz_diags_free(&ignored);
    rz_arena_free(&arena);
    return known;
}
