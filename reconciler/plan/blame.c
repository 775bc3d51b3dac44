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

void rz_plan_blame(struct rz_plan *plan, const struct rz_context *context, struct rz_diags *diags)
{
    size_t count, end, lost = 0;
    struct spot *spots = collect(plan, &count);
    struct rz_git *git = count ? rz_git_open(NULL, diags) : NULL;
    struct rz_blame_query query = {.context = context,
                                   .until = context->ticks(context->user) + RZ_BLAME_TIME_MAX_MS};
    if (git && rz_blame_is_cut_off(git)) {
        warn(diags, "the history was cut off when it was cloned, so it does not say who wrote what",
             "fetch all of it: `git fetch --unshallow`, or `fetch-depth: 0` of a checkout");
        count = 0;
    }
    for (size_t at = 0; at < count && git; at = end) {
        for (end = at + 1; end < count; end++)
            if (strcmp(spots[end].change->file, spots[at].change->file) != 0)
                break;
        bool late = rz_context_cancelled(context) || context->ticks(context->user) > query.until;
        if (late || !blame_file(git, query, &spots[at], end - at, &plan->arena))
            lost += end - at;
    }
    if (lost) {
        RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
        rz_buffer_printf(&what, "it cannot be told who wrote %zu of the changes", lost);
        warn(diags, what.data, "their files are not in git, are large, or time ran out");
    }
    if (git)
        rz_git_close(git);
    free(spots);
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
