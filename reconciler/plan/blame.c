/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes are gone through file by file, since a template may have made changes of many zones. */
#include "plan/blame.h"

#include <stdlib.h>

#include "support/alloc.h"
#include "support/json_write.h"

struct spot {
    struct rz_plan_change *change;
    uint32_t line;
};

static int compare_spots(const void *a, const void *b)
{
    const struct spot *one = a, *other = b;
    int order = strcmp(one->change->file, other->change->file);
    return order ? order : (one->line > other->line) - (one->line < other->line);
}

static struct spot *collect(const struct rz_plan *plan, size_t *count)
{
    size_t capacity = 0;
    struct spot *spots = NULL;
    *count = 0;
    for (size_t i = 0; i < plan->count; i++)
        for (size_t k = 0; k < plan->zones[i]->count; k++) {
            struct rz_plan_change *change = &plan->zones[i]->changes[k];
            uint32_t line = rz_change_subject(change->change)->line;
            if (!change->file || line == 0)
                continue;
            spots = rz_grow(spots, &capacity, *count + 1, sizeof *spots);
            spots[(*count)++] = (struct spot){change, line};
        }
    if (*count)
        qsort(spots, *count, sizeof *spots, compare_spots);
    return spots;
}

/* One file: the spots are all of it. False where nothing could be told. */
static bool blame_file(struct rz_git *git, struct rz_blame_query query, struct spot *spots,
                       size_t count, struct rz_arena *arena)
{
    query.path = spots[0].change->file;
    query.lines = rz_alloc_zero(count, sizeof *query.lines);
    query.count = count;
    for (size_t i = 0; i < count; i++)
        query.lines[i].first = spots[i].line;
    bool good = rz_blame_file(git, &query, arena);
    for (size_t i = 0; i < count && good; i++)
        spots[i].change->blame = query.lines[i].blame;
    free(query.lines);
    return good;
}

static void warn(struct rz_diags *diags, const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ5506, (struct rz_place){0}, "--blame: %s", what);
    rz_diag_hint(diags, diag, "%s", hint);
}

/* Changes of lines, file by file. Returns how many cannot be told. */
static size_t blame_lines(struct rz_plan *plan, struct rz_git *git, struct rz_blame_query query)
{
    size_t count, end, lost = 0;
    struct spot *spots = collect(plan, &count);
    for (size_t at = 0; at < count; at = end) {
        for (end = at + 1; end < count; end++)
            if (strcmp(spots[end].change->file, spots[at].change->file) != 0)
                break;
        bool late = rz_context_cancelled(query.context)
                    || query.context->ticks(query.context->user) > query.until;
        if (late || !blame_file(git, query, &spots[at], end - at, &plan->arena))
            lost += end - at;
    }
    free(spots);
    return lost;
}

static bool takes_away(const struct rz_change *change)
{
    if (!change->before || !change->after)
        return change->before != NULL;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(change->before); rz_rdata_next(&c);)
        if (!rz_rrset_contains(change->after, c.wire, c.size))
            return true;
    return false;
}

/* Of what is written and what is gone, the newer one tells why the change is there. */
static void take_newer(struct rz_plan_change *change, const struct rz_blame *lost)
{
    const struct rz_blame *written = change->blame;
    if (!lost || (written && !written->commit))
        return;
    if (!written || !lost->commit || lost->time > written->time)
        change->blame = lost;
}

static const struct rz_zone_entry *entry_of(const struct rz_zone_list *zones,
                                            const struct rz_name *apex)
{
    for (size_t i = 0; i < zones->count; i++)
        if (rz_name_equal(zones->items[i].apex.wire, apex->wire))
            return &zones->items[i];
    return NULL;
}

/* The same of what is gone, in one zone. */
static size_t blame_losses(struct rz_zone_plan *zone, struct rz_git *git,
                           struct rz_loss_query query, struct rz_arena *arena)
{
    size_t *which = rz_alloc((zone->count + 1) * sizeof *which);
    query.losses = rz_alloc_zero(zone->count + 1, sizeof *query.losses);
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_change *change = &zone->changes[i].change;
        if (!takes_away(change))
            continue;
        which[query.count] = i;
        query.losses[query.count++] = (struct rz_loss){.lost = change->before,
                                                       .now = change->after};
    }
    bool good = query.count == 0 || rz_blame_losses(git, &query, arena);
    for (size_t i = 0; i < query.count; i++)
        take_newer(&zone->changes[which[i]], query.losses[i].blame);
    size_t lost = 0;
    for (size_t i = 0; i < query.count && !good; i++)
        lost += !zone->changes[which[i]].blame;
    free(query.losses);
    free(which);
    return lost;
}

static size_t blame_all(struct rz_plan *plan, struct rz_project *project,
                        const struct rz_zone_list *zones, struct rz_git *git)
{
    const struct rz_context *context = project->context;
    int64_t until = context->ticks(context->user) + RZ_BLAME_TIME_MAX_MS;
    size_t lost = blame_lines(plan, git,
                              (struct rz_blame_query){.context = context, .until = until});
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_zone_entry *entry = entry_of(zones, &plan->zones[i]->apex);
        struct rz_loss_query query = {
            .context = context, .until = until, .project = project, .entry = entry};
        if (entry)
            lost += blame_losses(plan->zones[i], git, query, &plan->arena);
    }
    return lost;
}

void rz_plan_blame(struct rz_plan *plan, struct rz_project *project,
                   const struct rz_zone_list *zones, struct rz_diags *diags)
{
    size_t lost = 0;
    struct rz_git *git = plan->count ? rz_git_open(NULL, diags) : NULL;
    if (git && rz_blame_is_cut_off(git))
        warn(diags, "the history was cut off when it was cloned, so it does not say who wrote what",
             "fetch all of it: `git fetch --unshallow`, or `fetch-depth: 0` of a checkout");
    else if (git)
        lost = blame_all(plan, project, zones, git);
    if (lost) {
        RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
        rz_buffer_printf(&what, "it cannot be told who wrote %zu of the changes", lost);
        warn(diags, what.data, "their files are not in git, are large, or time ran out");
    }
    if (git)
        rz_git_close(git);
}

void rz_blame_text(struct rz_buffer *out, const struct rz_blame *blame)
{
    if (!blame)
        return;
    if (!blame->commit) {
        rz_buffer_text(out, "not committed");
        return;
    }
    rz_buffer_printf(out, "by %s in %.12s: %s", blame->author, blame->commit, blame->subject);
}

void rz_blame_json(struct rz_buffer *out, const struct rz_blame *blame)
{
    rz_json_key(out, "blame");
    rz_buffer_char(out, '{');
    rz_json_text(out, "author", blame->author);
    rz_json_text(out, "commit", blame->commit);
    rz_json_text(out, "subject", blame->subject);
    rz_json_time(out, "time", blame->time);
    rz_buffer_char(out, '}');
}
