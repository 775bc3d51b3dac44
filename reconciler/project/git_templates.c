/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones that share templates ask for the same few versions of them one after the other, so some are kept. */
#include "project/git_templates.h"

#include <stdlib.h>

#include "support/alloc.h"

#define KEPT_MAX 8

struct kept {
    git_oid tree;
    struct rz_templates templates;
    uint64_t used; /* when, as a count */
};

struct rz_git_templates {
    struct kept items[KEPT_MAX];
    size_t count;
    uint64_t clock;
};

struct reading {
    git_repository *repository;
    struct rz_templates *templates;
    uint64_t octets;
};

void rz_git_templates_find(struct rz_git *git, git_commit *commit, git_oid *tree)
{
    git_tree *root = NULL;
    git_tree_entry *entry = NULL;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_buffer_printf(&path, "%s%s", git->prefix, RZ_TEMPLATES_DIRECTORY);
    *tree = (git_oid){{0}};
    if (git_commit_tree(&root, commit) == 0 && git_tree_entry_bypath(&entry, root, path.data) == 0
        && git_tree_entry_type(entry) == GIT_OBJECT_TREE)
        git_oid_cpy(tree, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    git_tree_free(root);
}

/* `root` is empty or ends in a slash. */
static int read_entry(const char *root, const git_tree_entry *entry, void *user)
{
    struct reading *reading = user;
    git_blob *blob = NULL;
    struct rz_diags ignored = {0};
    struct rz_str name = rz_str_of(git_tree_entry_name(entry));
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB
        || (!rz_str_ends_with(name, ".yaml") && !rz_str_ends_with(name, ".yml"))
        || git_blob_lookup(&blob, reading->repository, git_tree_entry_id(entry)) != 0)
        return 0;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_buffer_printf(&path, "%s/%s%s", RZ_TEMPLATES_DIRECTORY, root, name.data);
    struct rz_str text = {git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)};
    reading->octets += text.size;
    if (reading->octets <= RZ_GIT_TEMPLATES_OCTETS_MAX)
        rz_templates_add(reading->templates, RZ_TEMPLATES_DIRECTORY, path.data, text, &ignored);
    rz_diags_free(&ignored);
    git_blob_free(blob);
    return 0;
}

static struct kept *make_room(struct rz_git_templates *kept)
{
    if (kept->count < KEPT_MAX)
        return &kept->items[kept->count++];
    struct kept *oldest = &kept->items[0];
    for (size_t i = 1; i < KEPT_MAX; i++)
        if (kept->items[i].used < oldest->used)
            oldest = &kept->items[i];
    rz_templates_free(&oldest->templates);
    return oldest;
}

const struct rz_templates *rz_git_templates(struct rz_git *git, const git_oid *tree)
{
    git_tree *root = NULL;
    if (!git->templates)
        git->templates = rz_alloc_zero(1, sizeof *git->templates);
    struct rz_git_templates *kept = git->templates;
    for (size_t i = 0; i < kept->count; i++)
        if (git_oid_equal(&kept->items[i].tree, tree)) {
            kept->items[i].used = ++kept->clock;
            return &kept->items[i].templates;
        }
    struct kept *made = make_room(kept);
    *made = (struct kept){.tree = *tree, .used = ++kept->clock};
    struct reading reading = {.repository = git->repository, .templates = &made->templates};
    if (!git_oid_is_zero(tree) && git_tree_lookup(&root, git->repository, tree) == 0)
        git_tree_walk(root, GIT_TREEWALK_PRE, read_entry, &reading);
    git_tree_free(root);
    return &made->templates;
}

void rz_git_templates_free(struct rz_git_templates *kept)
{
    for (size_t i = 0; kept && i < kept->count; i++)
        rz_templates_free(&kept->items[i].templates);
    free(kept);
}
