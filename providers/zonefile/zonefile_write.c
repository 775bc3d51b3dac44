/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing zone files: apply, create, delete. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "support/file.h"
#include "zonefile/zonefile_lock.h"
#include "zonefile/zonefile_stage.h"

#define COMMAND_TIMEOUT_MS 30000
#define OUTPUT_MAX 1500    /* of a command, in the diagnostic */
#define LINE_MAX_SHOWN 300 /* of its words there */

/* One zone being written. */
struct writing {
    struct rz_zonefile *zf;
    struct rz_diags *diags;
    struct rz_zonefile_path path;
    struct rz_zonefile_content old;
    struct rz_zonefile_lock lock;
    struct rz_zonefile_made *new; /* the new file, and that it is there once it is in place */
    struct rz_arena arena;
    int directory; /* -1: not open */
    bool locked;
    mode_t mode;
};

static void writing_end(struct writing *w)
{
    if (w->locked)
        rz_zonefile_unlock(&w->lock);
    if (w->directory >= 0)
        close(w->directory);
    rz_zonefile_content_free(&w->old);
    if (w->new)
        rz_file_discard(&w->new->file);
    free(w->new);
    rz_arena_free(&w->arena);
}

/* Opens the directory (made if missing and `make`) and takes the lock. */
static enum rz_status writing_begin(struct writing *w, const uint8_t *apex, bool make)
{
    w->directory = -1;
    w->mode = RZ_ZONEFILE_MODE;
    enum rz_status status = rz_zonefile_path(w->zf, apex, &w->path, w->diags);
    if (status != RZ_OK)
        return status;
    w->directory = rz_zonefile_directory(w->zf, make);
    if (w->directory < 0)
        return errno == ENOENT && !make
                   ? RZ_NOT_FOUND
                   : rz_zonefile_cannot_write(w->zf->options.directory, w->diags);
    status = rz_zonefile_lock(w->zf, w->directory, &w->path, &w->lock, w->diags);
    w->locked = status == RZ_OK;
    return status;
}

static enum rz_status changed_meanwhile(struct writing *w, const char *what)
{
    struct rz_diag *diag = rz_diags_add(w->diags, RZ3204, rz_place_named(w->path.shown),
                                        "%s since it was read; nothing was written", what);
    rz_diag_hint(w->diags, diag, "plan again to see what is there now");
    return RZ_CONFLICT;
}

/* Reads the file and compares it with what the caller saw. The file alone settles it when it has no
 * includes, which is the rule; else they are read again. */
static enum rz_status check_revision(struct writing *w, const uint8_t *apex,
                                     const struct rz_revision *expected)
{
    enum rz_status status = rz_zonefile_load(w->directory, &w->path, &w->old, w->diags);
    if (status != RZ_OK)
        return status;
    bool existed = w->zf->form ? !rz_hash_is_zero(expected->digest) : expected->exists;
    if (w->old.exists != existed)
        return changed_meanwhile(w, w->old.exists ? "the file was made" : "the file was removed");
    struct stat stat;
    if (!w->old.exists)
        return RZ_OK;
    if (fstatat(w->directory, w->path.path, &stat, AT_SYMLINK_NOFOLLOW) == 0)
        w->mode = stat.st_mode & 0777;
    if (rz_hash_equal(w->old.digest, expected->digest))
        return RZ_OK;
    struct rz_zone zone;
    struct rz_diags ignored = {0};
    rz_zone_init(&zone, apex);
    rz_zonefile_parse(w->zf, w->directory, &w->path, &w->old, &zone, &ignored);
    rz_zone_free(&zone);
    rz_diags_free(&ignored);
    return rz_hash_equal(w->old.digest, expected->digest)
               ? RZ_OK
               : changed_meanwhile(w, "the file changed");
}

static enum rz_status check_includes(struct writing *w)
{
    if (!w->old.has_includes || w->zf->options.flatten)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(w->diags, RZ3205, rz_place_named(w->path.shown),
                                        "has $INCLUDE lines, which writing it would replace");
    rz_diag_hint(w->diags, diag,
                 "set `flatten: true` on the provider %s to have one file without includes",
                 w->zf->base.name);
    return RZ_REJECTED;
}

/* The SOA of the file as it is, for a desired zone that says nothing about it; NULL: none. */
static const struct rz_rrset *live_soa(struct writing *w, const uint8_t *apex)
{
    struct rz_zone zone;
    struct rz_diags ignored = {0};
    const struct rz_rrset *soa = NULL;
    if (!w->old.exists)
        return NULL;
    rz_zone_init(&zone, apex);
    if (rz_zonefile_parse(w->zf, w->directory, &w->path, &w->old, &zone, &ignored) == RZ_OK
        && rz_zone_finish(&zone, RZ_ZONE_LIVE, &ignored) == RZ_OK)
        soa = rz_zone_find(&zone, apex, RZ_TYPE_SOA);
    if (soa)
        soa = rz_rrset_copy(&w->arena, soa);
    rz_zone_free(&zone);
    rz_diags_free(&ignored);
    return soa;
}

/* `check` or `reload` as it was run, how it ended, and what it wrote. */
struct told {
    enum rz_command_result result;
    struct rz_buffer text;
};

static bool run(struct writing *w, const struct rz_command *command, const char *file,
                struct told *told)
{
    const struct rz_command_variable variables[] = {
        {"zone", w->path.zone}, {"file", file}, {NULL, NULL}};
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = OUTPUT_MAX};
    RZ_BUFFER_CLEANUP struct rz_buffer line = {.limit = LINE_MAX_SHOWN};
    told->result = rz_command_run(command, w->zf->context->project_dir, variables,
                                  COMMAND_TIMEOUT_MS, &output);
    rz_command_line(&line, command, variables);
    rz_buffer_text(&told->text, "`");
    rz_buffer_visible(&told->text, rz_buffer_view(&line));
    rz_buffer_printf(&told->text, "%s` %s: ", line.overflow ? "…" : "",
                     told->result == RZ_COMMAND_NOT_RUN ? "cannot be run" : "failed");
    rz_command_quote(&told->text, &output);
    return told->result == RZ_COMMAND_OK;
}

static bool has_reload(const struct rz_zonefile *zf)
{
    return zf->reload.count || (zf->form && zf->form->reload && zf->control.count);
}

/* By the command, or as the form does it. */
static bool reload(struct writing *w, struct told *told)
{
    const struct rz_zonefile *zf = w->zf;
    if (zf->reload.count)
        return run(w, &zf->reload, w->path.shown, told);
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = OUTPUT_MAX};
    told->result = zf->form->reload(zf, &w->path, &output);
    rz_buffer_text(&told->text, "failed: ");
    rz_command_quote(&told->text, &output);
    return told->result == RZ_COMMAND_OK;
}

/* What failed goes into a diagnostic, behind what that means for the zone. */
static struct rz_diag *say(struct writing *w, enum rz_code code, const char *zone,
                           const char *command, const struct told *told)
{
    struct rz_diag *diag = rz_diags_add(w->diags, code, rz_place_named(w->path.shown), "%s; %s %s",
                                        zone, command, rz_buffer_view(&told->text).data);
    if (told->result == RZ_COMMAND_NOT_RUN)
        rz_diag_hint(w->diags, diag, "correct the command of the provider %s", w->zf->base.name);
    return diag;
}

/* A hidden name beside the file. */
static void beside(const struct rz_zonefile_path *path, const char *ending,
                   char name[RZ_ZONEFILE_PATH_MAX + 8])
{
    const char *slash = strrchr(path->path, '/');
    int directory = slash ? (int)(slash + 1 - path->path) : 0;
    snprintf(name, RZ_ZONEFILE_PATH_MAX + 8, "%.*s.%s%s", directory, path->path,
             path->path + directory, ending);
}

static enum rz_status run_check(struct writing *w, const struct rz_buffer *text)
{
    char name[RZ_ZONEFILE_PATH_MAX + 8], shown[2 * RZ_ZONEFILE_PATH_MAX + 16];
    if (!w->zf->check.count)
        return RZ_OK;
    beside(&w->path, ".check", name);
    snprintf(shown, sizeof shown, "%s/%s", w->zf->options.directory, name);
    if (rz_file_replace(w->directory, name, rz_buffer_view(text), w->mode) != RZ_OK)
        return rz_zonefile_cannot_write(w->path.shown, w->diags);
    struct told told = {0};
    bool good = run(w, &w->zf->check, shown, &told);
    unlinkat(w->directory, name, 0);
    if (!good)
        say(w, RZ3207, "the new file was not put in place and the zone is as before", "check",
            &told);
    rz_buffer_free(&told.text);
    return good ? RZ_OK : RZ_REJECTED;
}

static enum rz_status prepare(struct writing *w, const struct rz_buffer *text)
{
    if (rz_file_prepare(&w->new->file, w->directory, w->path.path, rz_buffer_view(text), w->mode)
        == RZ_OK)
        return RZ_OK;
    return rz_zonefile_cannot_write(w->path.shown, w->diags);
}

static enum rz_status refuse_without_soa(struct writing *w)
{
    struct rz_diag *diag = rz_diags_add(w->diags, RZ3206, rz_place_named(w->path.shown),
                                        "the zone %s has no SOA", w->path.zone);
    rz_diag_hint(w->diags, diag,
                 "write `soa:` with mname and rname in the zone's file, or in a "
                 "template of all zones");
    return RZ_REJECTED;
}

/* The new file, checked and on the disk beside the old one: staged before, or made now. */
static enum rz_status make_ready(struct writing *w, const struct rz_zone *desired,
                                 const struct rz_revision *live)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const uint8_t *apex = desired->apex.wire;
    w->new = rz_zonefile_take_staged(w->zf, desired, live, w->mode);
    if (w->new)
        return RZ_OK;
    const struct rz_rrset *soa = rz_zone_find(desired, apex, RZ_TYPE_SOA);
    if (!soa && !w->zf->form)
        soa = live_soa(w, apex);
    if (!soa && !w->zf->form)
        return refuse_without_soa(w);
    w->new = rz_alloc_zero(1, sizeof *w->new);
    w->new->file.parent = -1;
    w->new->apex = desired->apex;
    w->new->fingerprint = desired->fingerprint;
    struct rz_zonefile_order order = {.zf = w->zf,
                                      .path = &w->path,
                                      .directory = w->directory,
                                      .zone = desired,
                                      .soa = soa,
                                      .live = live,
                                      .may_generate = true};
    enum rz_status status = rz_zonefile_compose(&order, &text, &w->new->serial, w->diags);
    w->new->digest = rz_hash_of(text.data, text.size);
    if (status == RZ_OK)
        status = run_check(w, &text);
    return status == RZ_OK ? prepare(w, &text) : status;
}

/* Whether the file now has exactly these octets (or, without any, is not there). */
static bool is_file(struct writing *w, const struct rz_zonefile_content *content)
{
    struct rz_zonefile_content now = {0};
    struct rz_diags ignored = {0};
    bool same = rz_zonefile_load(w->directory, &w->path, &now, &ignored) == RZ_OK
                && now.exists == content->exists
                && rz_str_equal(rz_buffer_view(&now.text), rz_buffer_view(&content->text));
    rz_zonefile_content_free(&now);
    rz_diags_free(&ignored);
    return same;
}

static enum rz_status put_in_place(struct writing *w)
{
    enum rz_status status = w->old.exists ? rz_file_put_known(&w->new->file, w->old.file_digest)
                                          : rz_file_put(&w->new->file);
    if (status == RZ_OK)
        return RZ_OK;
    if (status == RZ_CONFLICT)
        return changed_meanwhile(w, "the file changed");
    status = rz_zonefile_cannot_write(w->path.shown, w->diags);
    /* The last step, making the rename durable, may fail after the rename. */
    return is_file(w, &w->old) ? status : RZ_UNKNOWN;
}

static bool put_back(struct writing *w)
{
    if (w->old.exists)
        rz_file_replace(w->directory, w->path.path, rz_buffer_view(&w->old.text), w->mode);
    else
        unlinkat(w->directory, w->path.path, 0);
    return is_file(w, &w->old);
}

/* After a reload that failed. The zone is its file: where that is proved to be the old one, nothing was
 * changed, also where the server cannot be told and somebody must look at it. */
static enum rz_status restore(struct writing *w, const struct told *failed)
{
    if (!put_back(w)) {
        int error = errno;
        say(w, RZ3208, "the new file is in place and its server may not have it", "reload", failed);
        rz_diags_add(w->diags, RZ3203, rz_place_named(w->path.shown),
                     "the old file could not be put back: %s", strerror(error));
        return RZ_UNKNOWN;
    }
    struct told again = {0};
    if (failed->result == RZ_COMMAND_NOT_RUN) {
        say(w, RZ3208, "the old file was put back and the zone is as before", "reload", failed);
    } else if (reload(w, &again)) {
        say(w, RZ3208, "the old file was put back and loaded again, the zone is as before",
            "reload", failed);
    } else {
        struct rz_diag *diag = say(
            w, RZ3208, "the old file was put back, but could not be loaded again either", "reload",
            failed);
        rz_diag_hint(w->diags, diag,
                     "see that the server runs and have it load the file: until then it may serve "
                     "the old zone, the new one or none");
    }
    rz_buffer_free(&again.text);
    return RZ_REJECTED;
}

static enum rz_status run_reload(struct writing *w)
{
    struct told told = {0};
    enum rz_status status = RZ_OK;
    if (has_reload(w->zf) && !reload(w, &told))
        status = restore(w, &told);
    rz_buffer_free(&told.text);
    return status;
}

static enum rz_status write_zone(struct writing *w, const struct rz_zone *desired,
                                 const struct rz_revision *live)
{
    enum rz_status status = check_revision(w, desired->apex.wire, live);
    if (status == RZ_OK)
        status = check_includes(w);
    if (status == RZ_OK)
        status = make_ready(w, desired, live);
    if (status == RZ_OK)
        status = put_in_place(w);
    if (status == RZ_OK)
        status = run_reload(w);
    return status;
}

static enum rz_outcome outcome_of(enum rz_status status)
{
    switch (status) {
    case RZ_OK: return RZ_OUTCOME_DONE;
    case RZ_UNKNOWN: return RZ_OUTCOME_UNKNOWN;
    case RZ_REJECTED: return RZ_OUTCOME_NOT_DONE;
    default: return RZ_OUTCOME_NOT_SENT;
    }
}

/* For rz_staging_ops.holds. */
static void note(struct writing *w)
{
    rz_zonefile_note(w->zf, w->new);
    w->new = NULL;
}

enum rz_status rz_zonefile_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 struct rz_diags *diags)
{
    struct writing w = {.zf = (struct rz_zonefile *)provider, .diags = diags};
    enum rz_status status = writing_begin(&w, batch->apex, true);
    if (status == RZ_OK)
        status = write_zone(&w, batch->desired, &batch->expected);
    if (status == RZ_OK)
        batch->expected = (struct rz_revision){.exists = true,
                                               .has_serial = !w.zf->form,
                                               .serial = w.new->serial,
                                               .digest = w.new->digest};
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = outcome_of(status);
    if (status == RZ_OK)
        note(&w);
    writing_end(&w);
    return status;
}

enum rz_status rz_zonefile_rewrite(struct rz_zonefile *zf, const struct rz_zone *zone,
                                   struct rz_revision *revision, struct rz_diags *diags)
{
    struct writing w = {.zf = zf, .diags = diags};
    enum rz_status status = writing_begin(&w, zone->apex.wire, false);
    if (status == RZ_OK)
        status = write_zone(&w, zone, revision);
    if (status == RZ_OK) {
        revision->serial = w.new->serial;
        revision->digest = w.new->digest;
    }
    writing_end(&w);
    return status;
}

/* Makes a rename, link or unlink in the file's directory durable. */
static bool sync_directory(struct writing *w)
{
    char parent[RZ_ZONEFILE_PATH_MAX];
    const char *slash = strrchr(w->path.path, '/');
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - w->path.path) : 1,
             slash ? w->path.path : ".");
    int fd = openat(w->directory, parent, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced;
}

static enum rz_status put_new(struct writing *w)
{
    if (rz_file_put_new(&w->new->file) == RZ_OK)
        return RZ_OK;
    if (errno != EEXIST)
        return rz_zonefile_cannot_write(w->path.shown, w->diags);
    struct rz_diag *diag = rz_diags_add(w->diags, RZ3211, rz_place_named(w->path.shown),
                                        "exists already; it was left as it is");
    rz_diag_hint(w->diags, diag, "plan again: the zone's records are compared with the file's");
    return RZ_CONFLICT;
}

/* The reload command is not run: no server has the zone configured before it exists. */
enum rz_status rz_zonefile_create(struct rz_provider *provider, const struct rz_zone *zone,
                                  struct rz_diags *diags)
{
    struct writing w = {.zf = (struct rz_zonefile *)provider, .diags = diags};
    struct rz_revision none = {0};
    enum rz_status status = writing_begin(&w, zone->apex.wire, true);
    if (status == RZ_OK)
        status = make_ready(&w, zone, &none);
    if (status == RZ_OK)
        status = put_new(&w);
    if (status == RZ_OK)
        note(&w);
    writing_end(&w);
    return status;
}

static enum rz_status run_reload_after_delete(struct writing *w)
{
    struct told told = {0};
    bool good = !has_reload(w->zf) || reload(w, &told);
    if (!good)
        say(w, RZ3208, "the file is removed, but its server may still have the zone", "reload",
            &told);
    rz_buffer_free(&told.text);
    return good ? RZ_OK : RZ_UNKNOWN;
}

/* The file is removed, not kept under another name: the journal has the before image, and a file
 * left behind would be taken for a zone by other tools. */
enum rz_status rz_zonefile_delete(struct rz_provider *provider, const uint8_t *apex,
                                  struct rz_diags *diags)
{
    struct writing w = {.zf = (struct rz_zonefile *)provider, .diags = diags};
    enum rz_status status = writing_begin(&w, apex, false);
    RZ_FAULT("zonefile.unlink");
    if (status == RZ_OK && (unlinkat(w.directory, w.path.path, 0) != 0 || !sync_directory(&w)))
        status = errno == ENOENT ? RZ_NOT_FOUND : rz_zonefile_cannot_write(w.path.shown, diags);
    if (status == RZ_OK && w.zf->form) /* a name server has no use for a zone without its file */
        status = run_reload_after_delete(&w);
    writing_end(&w);
    return status;
}
