/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What runs put into zones of which the files list only a part. */
#include "journal/applied.h"

#include <pthread.h>
#include <unistd.h>

#include "journal/journal_internal.h"
#include "journal/zone_snapshot.h"

/* Workers may be the first to need the journal. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

enum rz_status rz_journal_applied(struct rz_journal *journal, const uint8_t *apex,
                                  const char *target, struct rz_zone *applied,
                                  struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    enum rz_status status = RZ_NOT_FOUND;
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    struct rz_rows *row = NULL;
    if (session)
        row = rz_session_query(session, diags,
                               "SELECT data FROM applied_rrsets WHERE zone = ? AND target = ?",
                               "tt", rz_name_text_plain(zone, apex), target);
    if (row && rz_rows_next(row)) {
        size_t size;
        const void *data = rz_rows_blob(row, 0, &size);
        status = RZ_OK;
        if (!rz_zone_snapshot_read(applied, apex, (struct rz_str){data ? data : "", size})) {
            rz_diags_add(diags, RZ5201, rz_place_named(zone),
                         "what runs put into the zone at %s is damaged in the journal", target);
            status = RZ_IO;
        }
    } else {
        rz_zone_init(applied, apex);
    }
    if (!session)
        return RZ_IO;
    enum rz_status read = rz_session_finish(session, rz_rows_end(row, diags), diags);
    return read == RZ_OK ? status : read;
}

/* A plan makes no journal: without one, nothing was applied. */
static bool has_journal(const struct rz_project *project)
{
    static const char kind[] = "sqlite:";
    if (!rz_journal_is_kept(project->state))
        return false;
    return strncmp(project->state, kind, sizeof kind - 1) != 0
           || faccessat(project->context->project_dir, project->state + sizeof kind - 1, F_OK, 0)
                  == 0;
}

static struct rz_journal *open_once(struct rz_project *project, struct rz_diags *diags)
{
    struct rz_applied_source *source = &project->applied;
    pthread_mutex_lock(&opening);
    if (!source->known && has_journal(project)) {
        struct rz_diags found = {0};
        source->owned = rz_journal_open(&source->journal, project->state, project->context, &found)
                        == RZ_OK;
        if (!source->owned) {
            source->journal = NULL;
            struct rz_diag *diag = rz_diags_add(
                diags, RZ5015, rz_place_named(project->source.name),
                "what earlier runs put into zones with `manage: listed` is not known: %s",
                found.count ? found.items[0].message : "the journal cannot be opened");
            rz_diag_hint(diags, diag, "nothing that the files no longer list is deleted there");
        }
        rz_diags_free(&found);
    }
    source->known = true;
    pthread_mutex_unlock(&opening);
    return source->journal;
}

const struct rz_zone *rz_project_applied(struct rz_project *project,
                                         const struct rz_zone_settings *settings,
                                         const uint8_t *apex, const char *target,
                                         struct rz_zone *applied, struct rz_diags *diags)
{
    struct rz_journal *journal = NULL;
    if (settings && settings->manage_listed)
        journal = open_once(project, diags);
    if (!journal) {
        rz_zone_init(applied, apex);
        return NULL;
    }
    return rz_journal_applied(journal, apex, target, applied, diags) == RZ_OK ? applied : NULL;
}

void rz_project_applied_from(struct rz_project *project, struct rz_journal *journal)
{
    rz_project_applied_close(project);
    project->applied = (struct rz_applied_source){.journal = journal, .known = true};
}

void rz_project_applied_close(struct rz_project *project)
{
    if (project->applied.owned)
        rz_journal_close(project->applied.journal);
    project->applied = (struct rz_applied_source){0};
}
