/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As git blame does it: from HEAD backwards, the newest commit first, each hands on to its parents the lines
 * that they had already, and keeps the others. libgit2's own blame takes minutes for a large file with a
 * long history and cannot be stopped; this looks only at the lines that are wanted. Renames are not
 * followed. */
#include "project/blame_trace.h"

#include <stdlib.h>

#include "support/alloc.h"

static int note_hunk(const git_diff_delta *delta, const git_diff_hunk *found, void *user)
{
    struct rz_line_map *map = user;
    int64_t before = map->count ? map->hunks[map->count - 1].shift : 0;
    uint32_t size = (uint32_t)found->new_lines;
    /* Where nothing was added, the start is that of the line before. */
    uint32_t begin = (uint32_t)found->new_start + (size == 0);
    (void)delta;
    map->hunks = rz_grow(map->hunks, &map->capacity, map->count + 1, sizeof *map->hunks);
    map->hunks[map->count++] = (struct rz_line_hunk){begin, begin + size,
                                                     before + found->old_lines - found->new_lines};
    return 0;
}

bool rz_line_map_make(struct rz_line_map *map, const git_blob *old, struct rz_str text)
{
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.context_lines = 0;
    options.flags = GIT_DIFF_FORCE_TEXT;
    *map = (struct rz_line_map){0};
    return git_diff_blob_to_buffer(old, NULL, text.data ? text.data : "", text.size, NULL, &options,
                                   NULL, NULL, note_hunk, NULL, map)
           == 0;
}

void rz_line_map_free(struct rz_line_map *map)
{
    free(map->hunks);
    *map = (struct rz_line_map){0};
}

uint32_t rz_line_map_old(const struct rz_line_map *map, uint32_t line)
{
    size_t low = 0, high = map->count; /* the hunks before `low` begin at the line or before it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->hunks[middle].begin <= line)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return line;
    const struct rz_line_hunk *last = &map->hunks[low - 1];
    return line < last->end ? 0 : (uint32_t)(line + last->shift);
}

/* A wanted line, by its index among them, and its number in the commit in hand. */
struct held {
    size_t index;
    uint32_t line;
};

/* A commit that has lines which may come from it. */
struct suspect {
    git_commit *commit;
    git_oid blob;
    struct held *lines;
    size_t count, capacity;
};

struct trace {
    struct rz_git *git;
    const char *path;
    struct rz_traced_line *found;
    const struct rz_trace_limits *limits;
    struct suspect *suspects;
    size_t count, capacity;
};

bool rz_trace_blob(const git_commit *commit, const char *path, git_oid *blob)
{
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    bool found = git_commit_tree(&tree, commit) == 0
                 && git_tree_entry_bypath(&entry, tree, path) == 0
                 && git_tree_entry_type(entry) == GIT_OBJECT_BLOB;
    if (found)
        git_oid_cpy(blob, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return found;
}

static void drop(struct suspect *suspect)
{
    git_commit_free(suspect->commit);
    free(suspect->lines);
}

static void suspect_line(struct trace *trace, git_commit *commit, const git_oid *blob,
                         struct held line)
{
    struct suspect *suspect = NULL;
    for (size_t i = trace->count; i-- > 0 && !suspect;)
        if (git_oid_equal(git_commit_id(trace->suspects[i].commit), git_commit_id(commit)))
            suspect = &trace->suspects[i];
    if (!suspect) {
        trace->suspects = rz_grow(trace->suspects, &trace->capacity, trace->count + 1,
                                  sizeof *trace->suspects);
        suspect = &trace->suspects[trace->count++];
        *suspect = (struct suspect){.blob = *blob};
        git_commit_dup(&suspect->commit, commit);
    }
    suspect->lines = rz_grow(suspect->lines, &suspect->capacity, suspect->count + 1,
                             sizeof *suspect->lines);
    suspect->lines[suspect->count++] = line;
}

/* Hands on what the parent had; the rest stays. False where something cannot be read. */
static bool hand_on(struct trace *trace, struct suspect *from, git_commit *parent,
                    const git_oid *blob)
{
    bool same = git_oid_equal(blob, &from->blob);
    git_blob *old = NULL, *new = NULL;
    struct rz_line_map map = {0};
    size_t kept = 0;
    bool good = same
                || (git_blob_lookup(&old, trace->git->repository, blob) == 0
                    && git_blob_lookup(&new, trace->git->repository, &from->blob) == 0
                    && git_blob_rawsize(old) <= trace->limits->blob_max
                    && git_blob_rawsize(new) <= trace->limits->blob_max
                    && rz_line_map_make(
                        &map, old,
                        (struct rz_str){git_blob_rawcontent(new), (size_t)git_blob_rawsize(new)}));
    for (size_t i = 0; i < from->count && good; i++) {
        uint32_t line = rz_line_map_old(&map, from->lines[i].line);
        if (line)
            suspect_line(trace, parent, blob, (struct held){from->lines[i].index, line});
        else
            from->lines[kept++] = from->lines[i];
    }
    if (good)
        from->count = kept;
    rz_line_map_free(&map);
    git_blob_free(old);
    git_blob_free(new);
    return good;
}

/* Of a merge, a parent that has the very file is asked before those that have another. */
static bool look_at_parents(struct trace *trace, struct suspect *from)
{
    bool good = true;
    unsigned parents = git_commit_parentcount(from->commit);
    for (int same = 1; same >= 0; same--)
        for (unsigned i = 0; i < parents && from->count && good; i++) {
            git_oid blob;
            git_commit *parent = NULL;
            good = git_commit_parent(&parent, from->commit, i) == 0;
            if (good && rz_trace_blob(parent, trace->path, &blob)
                && git_oid_equal(&blob, &from->blob) == same)
                good = hand_on(trace, from, parent, &blob);
            git_commit_free(parent);
        }
    for (size_t i = 0; i < from->count && good; i++)
        git_oid_cpy(&trace->found[from->lines[i].index].commit, git_commit_id(from->commit));
    return good;
}

static struct suspect take_newest(struct trace *trace)
{
    size_t newest = 0;
    for (size_t i = 1; i < trace->count; i++)
        if (git_commit_time(trace->suspects[i].commit)
            > git_commit_time(trace->suspects[newest].commit))
            newest = i;
    struct suspect taken = trace->suspects[newest];
    trace->suspects[newest] = trace->suspects[--trace->count];
    return taken;
}

bool rz_trace_lines(struct rz_git *git, const char *path, struct rz_traced_line *lines,
                    size_t count, const struct rz_trace_limits *limits)
{
    git_oid blob;
    git_object *head = NULL;
    const struct rz_context *context = limits->context;
    struct trace trace = {.git = git, .path = path, .found = lines, .limits = limits};
    bool good = git_revparse_single(&head, git->repository, "HEAD^{commit}") == 0
                && rz_trace_blob((git_commit *)head, path, &blob);
    for (size_t i = 0; i < count && good; i++)
        suspect_line(&trace, (git_commit *)head, &blob, (struct held){i, lines[i].line});
    git_object_free(head);
    while (trace.count && good) {
        struct suspect suspect = take_newest(&trace);
        good = !rz_context_cancelled(context) && context->ticks(context->user) <= limits->until
               && look_at_parents(&trace, &suspect);
        drop(&suspect);
    }
    for (size_t i = 0; i < trace.count; i++)
        drop(&trace.suspects[i]);
    free(trace.suspects);
    return good;
}

git_blob *rz_trace_head(struct rz_git *git, const char *path)
{
    git_oid id;
    git_object *head = NULL;
    git_blob *blob = NULL;
    if (git_revparse_single(&head, git->repository, "HEAD^{commit}") == 0
        && rz_trace_blob((git_commit *)head, path, &id))
        git_blob_lookup(&blob, git->repository, &id);
    git_object_free(head);
    return blob;
}
