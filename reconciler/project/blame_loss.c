/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which commit took RRsets, or values of them, out of a zone's file. A line that is gone cannot be traced, so the
 * file is loaded as each commit of its history had it, from HEAD backwards: what a commit lacks and all of its
 * parents had, it took away. */
#include <stdlib.h>

#include "project/blame.h"
#include "project/blame_trace.h"
#include "support/alloc.h"
#include "support/file.h"

/* A commit whose file is as it is now, as far as these RRsets go. */
struct suspect {
    git_commit *commit;
    git_oid blob; /* its file; zero: it has none */
    size_t *which;
    size_t count;
};

struct search {
    struct rz_git *git;
    const struct rz_loss_query *query;
    struct rz_arena *arena;
    const char *path; /* below the root of the repository */
    struct suspect *suspects;
    size_t count, capacity;
    struct rz_zone zone; /* a version of the file */
    bool loaded;
};

static bool in_time(const struct search *search)
{
    const struct rz_context *context = search->query->context;
    return !rz_context_cancelled(context) && context->ticks(context->user) <= search->query->until;
}

static void unload(struct search *search)
{
    if (search->loaded)
        rz_zone_free(&search->zone);
    search->loaded = false;
}

/* What can be read of a version counts, also where there are errors: templates may have been others. */
static bool load(struct search *search, const git_oid *id)
{
    git_blob *blob = NULL;
    struct rz_diags ignored = {0};
    struct rz_zone_settings settings;
    const struct rz_zone_entry *entry = search->query->entry;
    unload(search);
    if (git_blob_lookup(&blob, search->git->repository, id) != 0)
        return false;
    search->loaded = git_blob_rawsize(blob) <= RZ_BLAME_FILE_MAX;
    if (search->loaded) {
        struct rz_source source = {entry->path,
                                   {git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)}};
        rz_project_load_text(search->query->project, entry, &source, &search->zone, &settings,
                             &ignored);
    }
    rz_diags_free(&ignored);
    git_blob_free(blob);
    return search->loaded;
}

/* Whether the version has the RRset, or the values, that were lost. */
static bool has(const struct search *search, size_t which)
{
    const struct rz_rrset *lost = search->query->losses[which].lost;
    const struct rz_rrset *now = search->query->losses[which].now;
    const struct rz_rrset *found = search->loaded
                                       ? rz_zone_find(&search->zone, lost->owner, lost->type)
                                       : NULL;
    if (!found || !now)
        return found != NULL;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(lost); rz_rdata_next(&c);)
        if (!rz_rrset_contains(now, c.wire, c.size) && rz_rrset_contains(found, c.wire, c.size))
            return true;
    return false;
}

static void suspect(struct search *search, git_commit *commit, const git_oid *blob,
                    const size_t *which, size_t count)
{
    struct suspect *found = NULL;
    for (size_t i = 0; i < search->count && !found; i++)
        if (git_oid_equal(git_commit_id(search->suspects[i].commit), git_commit_id(commit)))
            found = &search->suspects[i];
    if (!found) {
        search->suspects = rz_grow(search->suspects, &search->capacity, search->count + 1,
                                   sizeof *search->suspects);
        found = &search->suspects[search->count++];
        *found = (struct suspect){.blob = *blob,
                                  .which = rz_alloc_zero(search->query->count + 1, sizeof(size_t))};
        git_commit_dup(&found->commit, commit);
    }
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t k = 0; k < found->count; k++)
            known |= found->which[k] == which[i];
        if (!known)
            found->which[found->count++] = which[i];
    }
}

static struct suspect take_newest(struct search *search)
{
    size_t newest = 0;
    for (size_t i = 1; i < search->count; i++)
        if (git_commit_time(search->suspects[i].commit)
            > git_commit_time(search->suspects[newest].commit))
            newest = i;
    struct suspect taken = search->suspects[newest];
    search->suspects[newest] = search->suspects[--search->count];
    return taken;
}

/* Those that the parent lacks too may have been taken away there or before. */
static void hand_on(struct search *search, const struct suspect *from, git_commit *parent,
                    bool *lacked)
{
    git_oid blob = {{0}};
    size_t *rest = rz_alloc((from->count + 1) * sizeof *rest), count = 0;
    bool there = rz_trace_blob(parent, search->path, &blob);
    bool same = git_oid_equal(&blob, &from->blob);
    if (there && !same)
        load(search, &blob);
    else
        unload(search);
    for (size_t i = 0; i < from->count; i++)
        if (same || !has(search, from->which[i])) {
            lacked[i] = true;
            rest[count++] = from->which[i];
        }
    if (count)
        suspect(search, parent, &blob, rest, count);
    free(rest);
}

/* The newest of several that took it away, on branches that were merged, is met first. */
static void look_at_parents(struct search *search, const struct suspect *from)
{
    unsigned parents = git_commit_parentcount(from->commit);
    bool *lacked = rz_alloc_zero(from->count + 1, sizeof *lacked);
    for (unsigned i = 0; i < parents; i++) {
        git_commit *parent = NULL;
        if (git_commit_parent(&parent, from->commit, i) == 0)
            hand_on(search, from, parent, lacked);
        git_commit_free(parent);
    }
    for (size_t i = 0; i < from->count; i++) {
        struct rz_loss *loss = &search->query->losses[from->which[i]];
        if (parents && !lacked[i] && !loss->blame)
            loss->blame = rz_blame_of(search->git, git_commit_id(from->commit), search->arena);
    }
    free(lacked);
}

/* What HEAD still has is lost in the work tree alone. */
static void begin(struct search *search)
{
    static const struct rz_blame not_committed;
    git_oid blob = {{0}};
    git_object *head = NULL;
    size_t *which = rz_alloc((search->query->count + 1) * sizeof *which), count = 0;
    if (git_revparse_single(&head, search->git->repository, "HEAD^{commit}") == 0) {
        if (rz_trace_blob((git_commit *)head, search->path, &blob))
            load(search, &blob);
        for (size_t i = 0; i < search->query->count; i++)
            if (has(search, i))
                search->query->losses[i].blame = &not_committed;
            else
                which[count++] = i;
        if (count)
            suspect(search, (git_commit *)head, &blob, which, count);
    }
    git_object_free(head);
    free(which);
}

bool rz_blame_losses(struct rz_git *git, const struct rz_loss_query *query, struct rz_arena *arena)
{
    RZ_BUFFER_CLEANUP struct rz_buffer whole = {0};
    rz_buffer_printf(&whole, "%s%s", git->prefix, query->entry->path);
    struct search search = {.git = git, .query = query, .arena = arena, .path = whole.data};
    bool good = in_time(&search);
    if (good)
        begin(&search);
    while (search.count && (good = in_time(&search))) {
        struct suspect newest = take_newest(&search);
        look_at_parents(&search, &newest);
        git_commit_free(newest.commit);
        free(newest.which);
    }
    for (size_t i = 0; i < search.count; i++) {
        git_commit_free(search.suspects[i].commit);
        free(search.suspects[i].which);
    }
    free(search.suspects);
    unload(&search);
    return good;
}
