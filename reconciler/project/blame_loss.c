/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which commit took RRsets, or values of them, out of a zone's file or its templates. A line that is gone cannot be
 * traced, so the zone is loaded as each commit of its history had it, from HEAD backwards: what a commit lacks and
 * all of its parents had, it took away. Commits that touch neither the file nor a template which the zone used are
 * passed without loading anything. */
#include <stdlib.h>

#include "project/blame.h"
#include "project/blame_trace.h"
#include "project/git_templates.h"
#include "support/alloc.h"
#include "support/file.h"

/* What makes a zone in a commit. */
struct version {
    git_oid blob;      /* its file; zero: it has none */
    git_oid templates; /* their directory; zero: there is none */
    const char **used; /* of templates that the zone is made by, below that directory */
    size_t used_count;
};

/* A commit that lacks these RRsets. */
struct suspect {
    git_commit *commit;
    struct version version;
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
    struct rz_arena scratch; /* the names of templates in versions */
    struct rz_zone zone;     /* a version of it */
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

static void find_version(struct search *search, git_commit *commit, struct version *version)
{
    *version = (struct version){.blob = {{0}}};
    rz_trace_blob(commit, search->path, &version->blob);
    rz_git_templates_find(search->git, commit, &version->templates);
}

static bool uses(const struct version *version, const char *path)
{
    for (size_t i = 0; i < version->used_count; i++)
        if (strcmp(version->used[i], path) == 0)
            return true;
    return false;
}

/* A template that came or went may have another one's name, so that it matters also where it is not used. */
static bool same_templates(const struct search *search, const struct version *now,
                           const struct version *old)
{
    git_tree *trees[2] = {NULL, NULL};
    git_diff *diff = NULL;
    if (git_oid_equal(&now->templates, &old->templates))
        return true;
    git_repository *repository = search->git->repository;
    if (!git_oid_is_zero(&old->templates))
        git_tree_lookup(&trees[0], repository, &old->templates);
    if (!git_oid_is_zero(&now->templates))
        git_tree_lookup(&trees[1], repository, &now->templates);
    bool same = git_diff_tree_to_tree(&diff, repository, trees[0], trees[1], NULL) == 0;
    for (size_t i = 0; same && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *delta = git_diff_get_delta(diff, i);
        same = delta->status == GIT_DELTA_MODIFIED && !uses(now, delta->new_file.path);
    }
    git_diff_free(diff);
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    return same;
}

static void keep_used(struct search *search, struct version *version,
                      const struct rz_templates *templates, const bool *used)
{
    version->used = rz_arena_alloc(&search->scratch,
                                   (templates->count + 1) * sizeof *version->used);
    for (size_t i = 0; i < templates->count; i++)
        if (used[i])
            version->used[version->used_count++] = rz_arena_strdup(
                &search->scratch, templates->items[i].path + strlen(RZ_TEMPLATES_DIRECTORY "/"));
}

/* With the templates of its time. */
static void load_text(struct search *search, struct version *version, struct rz_str text)
{
    struct rz_diags ignored = {0};
    struct rz_zone_settings settings;
    struct rz_project *project = search->query->project;
    const struct rz_zone_entry *entry = search->query->entry;
    struct rz_templates today = project->templates;
    bool *used_today = project->templates_used;
    project->templates = *rz_git_templates(search->git, &version->templates);
    project->templates_used = rz_alloc_zero(project->templates.count + 1,
                                            sizeof *project->templates_used);
    struct rz_source source = {entry->path, text};
    rz_project_load_text(project, entry, &source, &search->zone, &settings, &ignored);
    keep_used(search, version, &project->templates, project->templates_used);
    free(project->templates_used);
    project->templates = today;
    project->templates_used = used_today;
    rz_diags_free(&ignored);
}

/* What can be read of a version counts, also where there are errors. */
static void load(struct search *search, struct version *version)
{
    git_blob *blob = NULL;
    unload(search);
    if (git_oid_is_zero(&version->blob)
        || git_blob_lookup(&blob, search->git->repository, &version->blob) != 0)
        return;
    search->loaded = git_blob_rawsize(blob) <= RZ_BLAME_FILE_MAX;
    if (search->loaded)
        load_text(search, version,
                  (struct rz_str){git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)});
    git_blob_free(blob);
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

static void suspect(struct search *search, git_commit *commit, const struct version *version,
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
        *found = (struct suspect){.version = *version,
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
    struct version version;
    size_t *rest = rz_alloc((from->count + 1) * sizeof *rest), count = 0;
    find_version(search, parent, &version);
    bool same = git_oid_equal(&version.blob, &from->version.blob)
                && same_templates(search, &from->version, &version);
    if (same) {
        version.used = from->version.used;
        version.used_count = from->version.used_count;
    } else {
        load(search, &version);
    }
    for (size_t i = 0; i < from->count; i++)
        if (same || !has(search, from->which[i])) {
            lacked[i] = true;
            rest[count++] = from->which[i];
        }
    if (count)
        suspect(search, parent, &version, rest, count);
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
    struct version version;
    git_object *head = NULL;
    size_t *which = rz_alloc((search->query->count + 1) * sizeof *which), count = 0;
    if (git_revparse_single(&head, search->git->repository, "HEAD^{commit}") == 0) {
        find_version(search, (git_commit *)head, &version);
        load(search, &version);
        for (size_t i = 0; i < search->query->count; i++)
            if (has(search, i))
                search->query->losses[i].blame = &not_committed;
            else
                which[count++] = i;
        if (count)
            suspect(search, (git_commit *)head, &version, which, count);
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
    rz_arena_free(&search.scratch);
    return good;
}
