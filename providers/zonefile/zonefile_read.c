/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading zone files. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dns/master_file.h"
#include "support/alloc.h"
#include "support/file.h"
#include "zone_cache.h"
#include "zonefile/zonefile_signing.h"

static const char *hint_of_errno(void)
{
    switch (errno) {
    case ELOOP:
        return "replace the symbolic link by the file, or name its directory in `directory`";
    case EACCES: return "let the user that runs rezone read it";
    case EFBIG: return "a zone file is at most 1 GiB";
    default: return "there must be a regular file or none";
    }
}

static enum rz_status cannot_read(const char *shown, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3202, rz_place_named(shown), "cannot be read: %s",
                                        strerror(errno));
    rz_diag_hint(diags, diag, "%s", hint_of_errno());
    return RZ_IO;
}

void rz_zonefile_content_free(struct rz_zonefile_content *content)
{
    rz_buffer_free(&content->text);
}

enum rz_status rz_zonefile_load(int directory, const struct rz_zonefile_path *path,
                                struct rz_zonefile_content *content, struct rz_diags *diags)
{
    enum rz_status status = rz_file_read(directory, path->path, RZ_MASTER_FILE_MAX, &content->text);
    content->exists = status == RZ_OK;
    if (status == RZ_OK)
        content->file_digest = content->digest = rz_hash_of(content->text.data, content->text.size);
    else if (status != RZ_NOT_FOUND)
        return cannot_read(path->shown, diags);
    return RZ_OK;
}

/* Digests of the files read, which are digested together where there are includes. */
static void take_included(void *user, const char *path, struct rz_str content)
{
    (void)path;
    struct rz_hash digest = rz_hash_of(content.data, content.size);
    rz_buffer_append(user, &digest, sizeof digest);
}

enum rz_status rz_zonefile_parse(const struct rz_zonefile *zf, int directory,
                                 const struct rz_zonefile_path *path,
                                 struct rz_zonefile_content *content, struct rz_zone *zone,
                                 struct rz_diags *diags)
{
    if (!content->exists) {
        enum rz_status status = rz_zonefile_load(directory, path, content, diags);
        if (status != RZ_OK || !content->exists)
            return status;
    }
    RZ_BUFFER_CLEANUP struct rz_buffer digests = {0};
    rz_buffer_append(&digests, &content->file_digest, sizeof content->file_digest);
    struct rz_source source = {path->shown, rz_buffer_view(&content->text)};
    if (zf->form)
        return zf->form->read(zone, &source, diags);
    struct rz_master_file_options options = {
        .include_dir = directory, .path = path->path, .included = take_included, .user = &digests};
    enum rz_status status = rz_master_file_read(zone, &source, &options, diags);
    content->has_includes = digests.size > sizeof content->file_digest;
    if (content->has_includes)
        content->digest = rz_hash_of(digests.data, digests.size);
    return status;
}

/* Files of this many octets are worth a place in the cache of compiled zones. */
#define CACHED_FROM ((size_t)256 << 10)

static struct rz_hash cache_key(const struct rz_zonefile *zf, const uint8_t *apex,
                                struct rz_hash digest)
{
    RZ_BUFFER_CLEANUP struct rz_buffer parts = {0};
    rz_buffer_printf(&parts, "zonefile %s ", zf->context->version);
    rz_buffer_append(&parts, apex, rz_name_size(apex));
    rz_buffer_append(&parts, &digest, sizeof digest);
    return rz_hash_of(parts.data, parts.size);
}

/* Reads and finishes the zone, or takes it from the cache where the file is one that was seen. */
static enum rz_status read_zone(const struct rz_zonefile *zf, int directory,
                                const struct rz_zonefile_path *path,
                                struct rz_zonefile_content *content, struct rz_zone *zone,
                                struct rz_diags *diags)
{
    enum rz_status status = rz_zonefile_load(directory, path, content, diags);
    /* What of a signed zone is shown depends on which private keys are here. */
    bool cached = status == RZ_OK && content->exists && content->text.size >= CACHED_FROM
                  && !zf->form && !zf->options.keys;
    struct rz_hash key = cached ? cache_key(zf, zone->apex.wire, content->digest)
                                : (struct rz_hash){0};
    struct rz_zone found;
    if (cached && rz_zone_cache_get(zf->context->cache, key, &found)) {
        rz_zone_free(zone);
        *zone = found;
        return RZ_OK;
    }
    size_t before = diags->count;
    if (status == RZ_OK && content->exists)
        status = rz_zonefile_parse(zf, directory, path, content, zone, diags);
    if (status == RZ_OK)
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    if (status == RZ_OK && cached && !content->has_includes && diags->count == before)
        rz_zone_cache_put(zf->context->cache, key, zone);
    if (status == RZ_OK && zf->form && zf->form->running)
        status = zf->form->running(zf, zone, diags);
    if (status == RZ_OK && zf->options.keys)
        status = rz_zonefile_show_signing(zf, zone, diags);
    return status;
}

enum rz_status rz_zonefile_fetch(struct rz_provider *provider, const uint8_t *apex,
                                 struct rz_zone *zone, struct rz_revision *revision,
                                 struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_zonefile_path path;
    RZ_CLEANUP(rz_zonefile_content_free) struct rz_zonefile_content content = {0};
    rz_zone_init(zone, apex);
    *revision = (struct rz_revision){0};
    enum rz_status status = rz_zonefile_path(zf, apex, &path, diags);
    if (status != RZ_OK)
        return status;
    int directory = rz_zonefile_directory(zf, false);
    if (directory >= 0) {
        status = read_zone(zf, directory, &path, &content, zone, diags);
        close(directory);
    } else if (errno != ENOENT) {
        status = cannot_read(zf->options.directory, diags);
    } else {
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
        if (status == RZ_OK && zf->form && zf->form->running)
            status = zf->form->running(zf, zone, diags);
    }
    if (status == RZ_OK)
        *revision = (struct rz_revision){.exists = content.exists || zf->form,
                                         .has_serial = zone->has_soa,
                                         .serial = zone->serial,
                                         .digest = content.digest};
    return status;
}

/* A file that includes others says nothing of them. */
enum rz_status rz_zonefile_probe(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_revision *revision, bool *same,
                                 struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct rz_zonefile_path path;
    RZ_CLEANUP(rz_zonefile_content_free) struct rz_zonefile_content content = {0};
    *same = false;
    enum rz_status status = rz_zonefile_path(zf, apex, &path, diags);
    int directory = status == RZ_OK ? rz_zonefile_directory(zf, false) : -1;
    if (directory < 0)
        return status;
    status = rz_zonefile_load(directory, &path, &content, diags);
    close(directory);
    *same = status == RZ_OK && content.exists && revision->exists
            && rz_hash_equal(content.digest, revision->digest)
            && !memmem(content.text.data, content.text.size, "$INCLUDE", 8)
            && !memmem(content.text.data, content.text.size, "$include", 8);
    return status;
}

struct listing {
    const struct rz_zonefile *zf;
    struct rz_name_list *zones;
};

static enum rz_status take_file(void *user, const char *path)
{
    struct listing *listing = user;
    struct rz_name_list *zones = listing->zones;
    struct rz_name apex;
    if (!rz_zonefile_decode(listing->zf, path, &apex))
        return RZ_OK;
    zones->items = rz_grow(zones->items, &zones->capacity, zones->count + 1, sizeof *zones->items);
    zones->items[zones->count++] = apex;
    return RZ_OK;
}

enum rz_status rz_zonefile_list(struct rz_provider *provider, struct rz_name_list *zones,
                                struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    struct listing listing = {zf, zones};
    int directory = rz_zonefile_directory(zf, false);
    if (directory < 0)
        return errno == ENOENT ? RZ_OK : cannot_read(zf->options.directory, diags);
    enum rz_status status = rz_file_walk(directory, "", take_file, &listing);
    if (status != RZ_OK)
        status = cannot_read(zf->options.directory, diags);
    close(directory);
    return status;
}
