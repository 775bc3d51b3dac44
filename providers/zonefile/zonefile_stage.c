/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Staging of zone files: the text is made and on the disk, under a temporary name, before the zone may
 * change; and the digest of what was written stands for the zone when it is read back. */
#include "zonefile/zonefile_stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/rtype.h"
#include "support/alloc.h"

static void free_made(struct rz_zonefile_made *made)
{
    rz_file_discard(&made->file);
    free(made);
}

/* Removed from the list; NULL: there is none. */
static struct rz_zonefile_made *take(struct rz_zonefile *zf, const uint8_t *apex)
{
    struct rz_zonefile_made *found = NULL;
    pthread_mutex_lock(&zf->lock);
    for (struct rz_zonefile_made **at = &zf->made; *at; at = &(*at)->next)
        if (rz_name_equal((*at)->apex.wire, apex)) {
            found = *at;
            *at = found->next;
            break;
        }
    pthread_mutex_unlock(&zf->lock);
    return found;
}

static void forget(struct rz_provider *provider, const uint8_t *apex)
{
    struct rz_zonefile_made *made = take((struct rz_zonefile *)provider, apex);
    if (made)
        free_made(made);
}

void rz_zonefile_note(struct rz_zonefile *zf, struct rz_zonefile_made *made)
{
    forget(&zf->base, made->apex.wire);
    pthread_mutex_lock(&zf->lock);
    made->next = zf->made;
    zf->made = made;
    pthread_mutex_unlock(&zf->lock);
}

void rz_zonefile_forget_all(struct rz_zonefile *zf)
{
    while (zf->made) {
        struct rz_zonefile_made *made = zf->made;
        zf->made = made->next;
        free_made(made);
    }
}

static bool same_revision(const struct rz_revision *a, const struct rz_revision *b)
{
    return a->exists == b->exists && a->has_serial == b->has_serial && a->serial == b->serial
           && rz_hash_equal(a->digest, b->digest);
}

struct rz_zonefile_made *rz_zonefile_take_staged(struct rz_zonefile *zf, const struct rz_zone *zone,
                                                 const struct rz_revision *live, mode_t mode)
{
    struct rz_zonefile_made *made = take(zf, zone->apex.wire);
    if (!made)
        return NULL;
    if (made->file.parent >= 0 && made->mode == mode && same_revision(&made->against, live)
        && rz_hash_equal(made->fingerprint, zone->fingerprint))
        return made;
    free_made(made);
    return NULL;
}

static mode_t mode_of(int directory, const struct rz_zonefile_path *path)
{
    struct stat stat;
    return fstatat(directory, path->path, &stat, AT_SYMLINK_NOFOLLOW) == 0 ? stat.st_mode & 0777
                                                                           : RZ_ZONEFILE_MODE;
}

/* A check command sees the file before it is in place: then apply makes it. */
static void stage(struct rz_provider *provider, const struct rz_zone *zone,
                  const struct rz_revision *live)
{
    struct rz_zonefile *zf = (struct rz_zonefile *)provider;
    struct rz_zonefile_path path;
    struct rz_diags ignored = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const struct rz_rrset *soa = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_SOA);
    int directory = -1;
    if (soa && !zf->check.count && rz_zonefile_path(zf, zone->apex.wire, &path, &ignored) == RZ_OK)
        directory = rz_zonefile_directory(zf, false);
    if (directory < 0) {
        rz_diags_free(&ignored);
        return;
    }
    struct rz_zonefile_made *made = rz_alloc_zero(1, sizeof *made);
    struct rz_zonefile_order order = {
        .zf = zf, .path = &path, .directory = directory, .zone = zone, .soa = soa, .live = live};
    made->apex = zone->apex;
    made->fingerprint = zone->fingerprint;
    made->against = *live;
    made->mode = mode_of(directory, &path);
    bool composed = rz_zonefile_compose(&order, &text, &made->serial, &ignored) == RZ_OK;
    rz_diags_free(&ignored);
    made->digest = rz_hash_of(text.data, text.size);
    if (composed
        && rz_file_prepare(&made->file, directory, path.path, rz_buffer_view(&text), made->mode)
               == RZ_OK)
        rz_zonefile_note(zf, made);
    else
        free(made);
    close(directory);
}

static bool holds(struct rz_provider *provider, const struct rz_zone *zone,
                  struct rz_revision *revision)
{
    struct rz_zonefile *zf = (struct rz_zonefile *)provider;
    struct rz_zonefile_path path;
    struct rz_diags ignored = {0};
    struct rz_hash digest;
    struct rz_zonefile_made *made = take(zf, zone->apex.wire);
    int directory = -1;
    bool same = made && made->file.parent < 0 && rz_hash_equal(made->fingerprint, zone->fingerprint)
                && rz_zonefile_path(zf, zone->apex.wire, &path, &ignored) == RZ_OK
                && (directory = rz_zonefile_directory(zf, false)) >= 0
                && rz_file_digest(directory, path.path, &digest) == RZ_OK
                && rz_hash_equal(digest, made->digest);
    if (same)
        *revision = (struct rz_revision){
            .exists = true, .has_serial = true, .serial = made->serial, .digest = made->digest};
    if (directory >= 0)
        close(directory);
    if (made)
        free_made(made);
    rz_diags_free(&ignored);
    return same;
}

const struct rz_staging_ops rz_zonefile_staging = {
    .stage = stage, .holds = holds, .forget = forget};
