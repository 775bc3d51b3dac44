/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Revisions of the repository around the project. */
#include "project/git_internal.h"
#include "project/git_templates.h"

#include <stdlib.h>

#include "language/yaml.h"
#include "support/alloc.h"
#include "support/file.h"
#include "support/map.h"

static struct rz_git *fail(struct rz_git *git, struct rz_diags *diags, enum rz_code code,
                           const char *what, const char *hint)
{
    const git_error *error = git_error_last();
    struct rz_diag *diag = rz_diags_add(diags, code, (struct rz_place){0}, "%s%s%s", what,
                                        error && error->message ? ": " : "",
                                        error && error->message ? error->message : "");
    rz_diag_set_severity(diags, diag, RZ_ERROR);
    rz_diag_hint(diags, diag, "%s", hint);
    rz_git_close(git);
    return NULL;
}

static bool find_prefix(struct rz_git *git)
{
    const char *work = git_repository_workdir(git->repository);
    char *root = work ? realpath(work, NULL) : NULL, *here = realpath(".", NULL);
    size_t size = root ? strlen(root) : 0;
    bool inside = root && here && strncmp(root, here, size) == 0
                  && (here[size] == '/' || here[size] == '\0' || size == 1);
    if (inside) {
        RZ_BUFFER_CLEANUP struct rz_buffer prefix = {0};
        const char *rest = here + size + (here[size] == '/');
        rz_buffer_printf(&prefix, "%s%s", rest, *rest ? "/" : "");
        git->prefix = rz_strdup(prefix.data ? prefix.data : "");
    }
    free(root);
    free(here);
    return inside;
}

/* "main...": where HEAD left main. */
static int look_up(struct rz_git *git, const char *revision, git_object **found)
{
    size_t size = strlen(revision);
    if (size < 4 || strcmp(revision + size - 3, "...") != 0)
        return git_revparse_single(found, git->repository, revision);
    git_oid base, head;
    git_object *other = NULL;
    char *name = rz_strdup(revision);
    name[size - 3] = '\0';
    int error = git_revparse_single(&other, git->repository, name);
    free(name);
    if (error == 0)
        error = git_reference_name_to_id(&head, git->repository, "HEAD");
    if (error == 0)
        error = git_merge_base(&base, git->repository, &head, git_object_id(other));
    if (error == 0)
        error = git_object_lookup(found, git->repository, &base, GIT_OBJECT_COMMIT);
    git_object_free(other);
    return error;
}

struct rz_git *rz_git_open(const char *revision, struct rz_diags *diags)
{
    struct rz_git *git = rz_alloc_zero(1, sizeof *git);
    git_object *object = NULL, *tree = NULL;
    git_libgit2_init();
    if (git_repository_open_ext(&git->repository, ".", 0, NULL) != 0 || !find_prefix(git))
        return fail(
            git, diags, RZ5502, "the git repository cannot be read",
            "--since and --blame need the project in a git work tree that belongs to this user");
    if (!revision)
        return git;
    int error = look_up(git, revision, &object);
    if (error == 0)
        error = git_object_peel(&tree, object, GIT_OBJECT_TREE);
    git_object_free(object);
    git->tree = (git_tree *)tree;
    if (error == 0)
        return git;
    return fail(git, diags, RZ5501, "--since: there is no such revision in the repository",
                "fetch it first: in CI a checkout often has one commit only");
}

void rz_git_close(struct rz_git *git)
{
    rz_git_templates_free(git->templates);
    git_tree_free(git->tree);
    git_repository_free(git->repository);
    git_libgit2_shutdown();
    free(git->prefix);
    free(git);
}

bool rz_git_has(struct rz_git *git, const char *path, struct rz_str content)
{
    git_oid now;
    git_tree_entry *entry = NULL;
    RZ_BUFFER_CLEANUP struct rz_buffer whole = {0};
    rz_buffer_printf(&whole, "%s%s", git->prefix, path);
    bool same = git_tree_entry_bypath(&entry, git->tree, whole.data) == 0
                && git_tree_entry_type(entry) == GIT_OBJECT_BLOB
                && git_odb_hash(&now, content.data, content.size, GIT_OBJECT_BLOB) == 0
                && git_oid_equal(&now, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    return same;
}

/* While zones are chosen. */
struct chooser {
    struct rz_git *git;
    struct rz_project *project;
    bool *templates; /* which differ */
    bool differs;    /* of the zone in hand */
};

/* A file that a zone or template reads. */
static void note_read(void *user, const char *path, struct rz_str content)
{
    struct chooser *chooser = user;
    chooser->differs |= !rz_git_has(chooser->git, path, content);
}

/* Loads the zone to see what it is made of. One that cannot be loaded is in: its errors are to be seen. */
static bool reads_what_differs(struct chooser *chooser, const struct rz_zone_entry *entry)
{
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_diags ignored = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    size_t count = chooser->project->templates.count;
    if (rz_file_read(chooser->project->context->project_dir, entry->path, RZ_YAML_SIZE_MAX, &text)
        != RZ_OK)
        return true;
    struct rz_source source = {entry->path, rz_buffer_view(&text)};
    if (!rz_git_has(chooser->git, entry->path, source.text))
        return true;
    bool *used = rz_alloc_zero(count + 1, sizeof *used), *kept = chooser->project->templates_used;
    chooser->project->templates_used = used;
    chooser->project->reads = note_read;
    chooser->project->reads_user = chooser;
    chooser->differs = false;
    bool differs = rz_project_load_text(chooser->project, entry, &source, &zone, &settings,
                                        &ignored)
                   != RZ_OK;
    chooser->project->reads = NULL;
    chooser->project->templates_used = kept;
    for (size_t i = 0; i < count; i++)
        differs |= used[i] && chooser->templates[i];
    free(used);
    rz_zone_free(&zone);
    rz_diags_free(&ignored);
    return differs || chooser->differs;
}

enum rz_status rz_git_select(struct rz_zone_list *chosen, struct rz_project *project,
                             const struct rz_zone_list *zones, const char *revision,
                             struct rz_diags *diags)
{
    struct chooser chooser = {.project = project, .git = rz_git_open(revision, diags)};
    *chosen = (struct rz_zone_list){0};
    if (!chooser.git)
        return RZ_INVALID;
    chosen->items = rz_alloc((zones->count + 1) * sizeof *chosen->items);
    bool whole = !rz_git_has(chooser.git, project->source.name, project->source.text);
    chooser.templates = rz_alloc_zero(project->templates.count + 1, sizeof *chooser.templates);
    for (size_t i = 0; i < project->templates.count; i++)
        chooser.templates[i] = !rz_git_has(chooser.git, project->templates.items[i].path,
                                           project->templates.items[i].source.text);
    for (size_t i = 0; i < zones->count; i++)
        if (whole || reads_what_differs(&chooser, &zones->items[i]))
            chosen->items[chosen->count++] = zones->items[i];
    free(chooser.templates);
    rz_git_close(chooser.git);
    return RZ_OK;
}
