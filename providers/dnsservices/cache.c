/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies kept below .rezone/cache/dnsservices for commands that change nothing. A file a reply, named
 * by a digest of server, account and path; own writes remove what they make wrong. Trouble with the
 * cache is never an error: the service is asked then. */
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnsservices/dnsservices.h"
#include "support/file.h"
#include "support/hash.h"

#define DIRECTORY ".rezone/cache/dnsservices"
#define COUNTERS "counters"
#define ENTRIES_MAX 20000
#define ENTRY_MAX ((size_t)16 << 20)

/* The directory, -1 where there is none and `make` is not set, or it is not the user's own. */
static int open_directory(const struct rz_dnsservices *ds, bool make)
{
    static const char *const parts[] = {".rezone", "cache", "dnsservices"};
    struct stat stat;
    int dir = dup(ds->context->project_dir == AT_FDCWD ? -1 : ds->context->project_dir);
    if (dir < 0)
        dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dir >= 0 && i < sizeof parts / sizeof *parts; i++) {
        if (make)
            mkdirat(dir, parts[i], 0700);
        int next = openat(dir, parts[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(dir);
        dir = next;
    }
    if (dir >= 0 && (fstat(dir, &stat) != 0 || stat.st_uid != geteuid() || stat.st_mode & 022)) {
        close(dir);
        dir = -1;
    }
    return dir;
}

static void name_of(const struct rz_dnsservices *ds, const char *path, char name[65])
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "%s\n%s\n%s", ds->settings.base_url, ds->settings.username, path);
    rz_sha256_text(name, text.data, text.size);
}

static size_t count_entries(int dir, uint64_t *octets)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat stat;
    size_t count = 0;
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        if (strlen(entry->d_name) != 64
            || fstatat(dir, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        count++;
        *octets += (uint64_t)stat.st_size;
    }
    if (stream)
        closedir(stream);
    else if (fd >= 0)
        close(fd);
    return count;
}

static void remove_entries(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (strlen(entry->d_name) == 64)
            unlinkat(dir, entry->d_name, 0);
    if (stream)
        closedir(stream);
    else if (fd >= 0)
        close(fd);
}

/* The reply, where it was stored no longer than `lifetime` seconds ago. */
static json_t *load(const struct rz_dnsservices *ds, const char *path, uint64_t lifetime)
{
    char name[65];
    json_t *reply = NULL;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    int dir = open_directory(ds, false);
    if (dir < 0)
        return NULL;
    name_of(ds, path, name);
    enum rz_status status = rz_file_read(dir, name, ENTRY_MAX, &text);
    close(dir);
    json_t *entry = status == RZ_OK ? json_loadb(text.data, text.size, 0, NULL) : NULL;
    int64_t now = ds->context->now(ds->context->user);
    int64_t stored = json_integer_value(json_object_get(entry, "stored"));
    if (stored > 0 && stored <= now && (uint64_t)(now - stored) < lifetime)
        reply = json_incref(json_object_get(entry, "reply"));
    json_decref(entry);
    return reply;
}

static void store(const struct rz_dnsservices *ds, const char *path, json_t *reply, int64_t asked)
{
    char name[65];
    uint64_t octets = 0;
    int dir = open_directory(ds, true);
    if (dir < 0)
        return;
    json_t *entry = json_pack("{s:I, s:O}", "stored", (json_int_t)asked, "reply", reply);
    char *text = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
    name_of(ds, path, name);
    if (text && strlen(text) <= ENTRY_MAX) {
        if (count_entries(dir, &octets) >= ENTRIES_MAX)
            remove_entries(dir); /* it fills again with what is asked for */
        rz_file_replace(dir, name, rz_str_of(text), 0600);
    }
    free(text);
    json_decref(entry);
    close(dir);
}

/* Which paths a change makes wrong: of a record only its zone; else all. */
void rz_dnsservices_cache_drop(struct rz_dnsservices *ds, const char *path)
{
    char name[65];
    int dir = open_directory(ds, false);
    if (dir < 0)
        return;
    const char *records = strstr(path, "/records");
    if (records && strncmp(path, "/service/", 9) == 0) {
        RZ_BUFFER_CLEANUP struct rz_buffer zone = {0};
        rz_buffer_append(&zone, path, (size_t)(records - path));
        name_of(ds, zone.data, name);
        unlinkat(dir, name, 0);
    } else {
        remove_entries(dir);
    }
    close(dir);
}

enum rz_status rz_dnsservices_get(struct rz_dnsservices *ds, const char *path, uint64_t lifetime,
                                  struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    int64_t asked = ds->context->now(ds->context->user);
    *reply = (struct rz_dnsservices_reply){.status = 200};
    if (lifetime && ds->context->cached_reads) {
        reply->json = load(ds, path, lifetime);
        atomic_fetch_add(reply->json ? &ds->cache_hits : &ds->cache_misses, 1);
        if (reply->json)
            return RZ_OK;
    }
    enum rz_status status = rz_dnsservices_call(ds, "GET", path, (struct rz_str){0}, reply, diags);
    if (status == RZ_OK && lifetime && ds->context->cached_reads && reply->json)
        store(ds, path, reply->json, asked);
    return status;
}

/* ---- counters */

static void read_counters(int dir, uint64_t *hits, uint64_t *misses)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    unsigned long long kept_hits, kept_misses;
    *hits = *misses = 0;
    if (rz_file_read(dir, COUNTERS, 4096, &text) == RZ_OK && text.size
        && sscanf(text.data, "%llu %llu", &kept_hits, &kept_misses) == 2) {
        *hits = kept_hits;
        *misses = kept_misses;
    }
}

void rz_dnsservices_cache_close(struct rz_dnsservices *ds)
{
    uint64_t hits = atomic_load(&ds->cache_hits), misses = atomic_load(&ds->cache_misses);
    uint64_t kept_hits, kept_misses;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    int dir = hits || misses ? open_directory(ds, true) : -1;
    if (dir < 0)
        return;
    if (flock(dir, LOCK_EX) == 0) { /* ends with the descriptor */
        read_counters(dir, &kept_hits, &kept_misses);
        rz_buffer_printf(&text, "%llu %llu\n", (unsigned long long)(kept_hits + hits),
                         (unsigned long long)(kept_misses + misses));
        rz_file_replace(dir, COUNTERS, rz_buffer_view(&text), 0600);
    }
    close(dir);
}

static enum rz_status cache_stats(struct rz_provider *provider, struct rz_cache_stats *stats,
                                  struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    (void)diags;
    *stats = (struct rz_cache_stats){.lifetime = ds->settings.cache};
    int dir = open_directory(ds, false);
    if (dir < 0)
        return RZ_OK;
    stats->entries = count_entries(dir, &stats->octets);
    read_counters(dir, &stats->hits, &stats->misses);
    close(dir);
    return RZ_OK;
}

static enum rz_status cache_clear(struct rz_provider *provider, struct rz_diags *diags)
{
    int dir = open_directory((struct rz_dnsservices *)provider, false);
    (void)diags;
    if (dir < 0)
        return RZ_OK;
    remove_entries(dir);
    unlinkat(dir, COUNTERS, 0);
    close(dir);
    return RZ_OK;
}

const struct rz_cache_ops rz_dnsservices_cache_ops = {.stats = cache_stats, .clear = cache_clear};
