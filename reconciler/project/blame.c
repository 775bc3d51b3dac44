/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file as it is now is held against HEAD, since what differs is not committed; the lines of HEAD that are
 * wanted are then traced through the history. */
#include "project/blame.h"

#include <stdlib.h>

#include "project/blame_trace.h"
#include "support/alloc.h"
#include "support/escape.h"
#include "support/file.h"

#define BLOCK_LINES_MAX 200 /* of one RRset */

struct tracing {
    struct rz_git *git;
    struct rz_arena *arena;
    struct rz_str text;
    struct rz_str *rows; /* of the text */
    size_t row_count, row_capacity;
    struct rz_line_map map;        /* to HEAD */
    struct rz_traced_line *traced; /* lines of HEAD that are wanted */
    size_t traced_count;
    size_t *at;                  /* by row: which of `traced` it is, from 1; 0: none */
    const struct rz_blame *last; /* that was made: one commit often has many lines */
};

static void split(struct tracing *tracing)
{
    struct rz_str rest = tracing->text;
    while (rest.size) {
        const char *end = memchr(rest.data, '\n', rest.size);
        size_t size = end ? (size_t)(end - rest.data) : rest.size;
        tracing->rows = rz_grow(tracing->rows, &tracing->row_capacity, tracing->row_count + 1,
                                sizeof *tracing->rows);
        tracing->rows[tracing->row_count++] = (struct rz_str){rest.data, size};
        size += end != NULL;
        rest.data += size;
        rest.size -= size;
    }
}

static size_t indentation(struct rz_str row)
{
    size_t count = 0;
    while (count < row.size && row.data[count] == ' ')
        count++;
    return count;
}

/* "- 192.0.2.1", and not "- type: A". */
static bool is_value_of_list(struct rz_str row)
{
    struct rz_str rest = {row.data + indentation(row), row.size - indentation(row)};
    if (rest.size < 2 || rest.data[0] != '-' || rest.data[1] != ' ')
        return false;
    size_t word = 2;
    while (word < rest.size && strchr("abcdefghijklmnopqrstuvwxyz_", rest.data[word]))
        word++;
    return word == 2 || word == rest.size || rest.data[word] != ':';
}

/* The last line of what begins at `first`: deeper ones, and further values of its list. */
static uint32_t end_of(const struct tracing *tracing, uint32_t first)
{
    struct rz_str begin = tracing->rows[first - 1];
    size_t depth = indentation(begin), last = first;
    bool in_list = is_value_of_list(begin);
    for (size_t i = first; i < tracing->row_count && i < first + BLOCK_LINES_MAX; i++) {
        struct rz_str row = tracing->rows[i];
        size_t own = indentation(row);
        if (own == row.size || row.data[own] == '#')
            continue;
        if (own < depth || (own == depth && !(in_list && row.data[own] == '-')))
            break;
        last = i + 1;
    }
    return (uint32_t)last;
}

/* Text of strangers, bounded. */
static const char *keep(struct rz_arena *arena, const char *text)
{
    struct rz_str head = rz_str_head(rz_str_trim(rz_str_of(text)), RZ_BLAME_TEXT_MAX);
    return rz_arena_printf(arena, "%.*s", RZ_STR_ARG(head));
}

const struct rz_blame *rz_blame_of(struct rz_git *git, const git_oid *id, struct rz_arena *arena)
{
    char digits[GIT_OID_HEXSZ + 1];
    git_commit *commit = NULL;
    git_oid_tostr(digits, sizeof digits, id);
    if (git_commit_lookup(&commit, git->repository, id) != 0)
        return NULL;
    struct rz_blame *blame = rz_arena_alloc(arena, sizeof *blame);
    *blame = (struct rz_blame){
        .commit = rz_arena_strdup(arena, digits),
        .author = keep(arena, git_commit_author(commit)->name),
        .subject = keep(arena, git_commit_summary(commit)),
        .time = git_commit_time(commit),
    };
    git_commit_free(commit);
    return blame;
}

static const struct rz_blame *describe(struct tracing *tracing, const git_oid *id)
{
    char digits[GIT_OID_HEXSZ + 1];
    git_oid_tostr(digits, sizeof digits, id);
    if (!tracing->last || strcmp(tracing->last->commit, digits) != 0)
        tracing->last = rz_blame_of(tracing->git, id, tracing->arena);
    return tracing->last;
}

/* Commits of one second are ordered by who is whose descendant. */
static bool is_newer(struct tracing *tracing, const git_oid *one, int64_t time,
                     const git_oid *other, int64_t other_time)
{
    if (time != other_time)
        return time > other_time;
    return git_graph_descendant_of(tracing->git->repository, one, other) == 1;
}

static const struct rz_blame *newest(struct tracing *tracing, uint32_t first)
{
    static const struct rz_blame not_committed;
    const struct rz_blame *found = NULL;
    const git_oid *found_id = NULL;
    if (first == 0 || first > tracing->row_count)
        return NULL;
    uint32_t end = end_of(tracing, first);
    for (uint32_t line = first; line <= end; line++) {
        if (tracing->at[line - 1] == 0)
            return &not_committed;
        const git_oid *id = &tracing->traced[tracing->at[line - 1] - 1].commit;
        const struct rz_blame *one = describe(tracing, id);
        if (one && one != found
            && (!found || is_newer(tracing, id, one->time, found_id, found->time))) {
            found = one;
            found_id = id;
        }
    }
    return found;
}

/* The lines of HEAD that are among those wanted, each once. */
static bool trace(struct tracing *tracing, const char *path, const struct rz_blame_query *query)
{
    size_t capacity = 0;
    tracing->at = rz_alloc_zero(tracing->row_count + 1, sizeof *tracing->at);
    for (size_t i = 0; i < query->count; i++) {
        uint32_t first = query->lines[i].first;
        uint32_t end = first && first <= tracing->row_count ? end_of(tracing, first) : 0;
        for (uint32_t line = first; line <= end; line++) {
            uint32_t old = rz_line_map_old(&tracing->map, line);
            if (old == 0 || tracing->at[line - 1])
                continue;
            tracing->traced = rz_grow(tracing->traced, &capacity, tracing->traced_count + 1,
                                      sizeof *tracing->traced);
            tracing->traced[tracing->traced_count++] = (struct rz_traced_line){.line = old};
            tracing->at[line - 1] = tracing->traced_count;
        }
    }
    struct rz_trace_limits limits = {query->context, query->until, RZ_BLAME_FILE_MAX};
    return tracing->traced_count == 0
           || rz_trace_lines(tracing->git, path, tracing->traced, tracing->traced_count, &limits);
}

bool rz_blame_file(struct rz_git *git, const struct rz_blame_query *query, struct rz_arena *arena)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0}, whole = {0};
    rz_buffer_printf(&whole, "%s%s", git->prefix, query->path);
    if (rz_file_read(query->context->project_dir, query->path, RZ_BLAME_FILE_MAX, &text) != RZ_OK)
        return false;
    struct tracing tracing = {.git = git, .arena = arena, .text = rz_buffer_view(&text)};
    git_blob *blob = rz_trace_head(git, whole.data);
    split(&tracing);
    bool good = (!blob || git_blob_rawsize(blob) <= RZ_BLAME_FILE_MAX)
                && rz_line_map_make(&tracing.map, blob, tracing.text)
                && trace(&tracing, whole.data, query);
    for (size_t i = 0; i < query->count && good; i++)
        query->lines[i].blame = newest(&tracing, query->lines[i].first);
    git_blob_free(blob);
    rz_line_map_free(&tracing.map);
    free(tracing.rows);
    free(tracing.traced);
    free(tracing.at);
    return good;
}

bool rz_blame_is_cut_off(struct rz_git *git)
{
    return git_repository_is_shallow(git->repository) == 1;
}
