/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies kept below .rezone/cache/dnsservices for commands that change nothing. A file a reply, named
 * by a digest of server, account and path; own writes remove what they make wrong. Trouble with the
 * cache is never an error: the service is asked then. */
#include "dnsservices/reply_cache.h"

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
#include "transport/http_metrics.h"

#define DIRECTORY ".rezone/cache/dnsservices"
#define COUNTERS "counters"
#define ENTRIES_MAX 20000
#define ENTRY_MAX ((size_t)16 << 20)
#define OCTETS_MAX ((uint64_t)256 << 20)
#define COUNTERS_MAX 16384

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

/* Whole or not at all, without a sync: what a power cut leaves of it is no JSON, and passed by. */
static bool put(int dir, const char *name, struct rz_str text)
{
    char temporary[48];
    snprintf(temporary, sizeof temporary, ".%ld-%.20s", (long)getpid(), name);
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool whole = write(fd, text.data, text.size) == (ssize_t)text.size;
    whole = close(fd) == 0 && whole;
    if (whole && renameat(dir, temporary, dir, name) == 0)
        return true;
    unlinkat(dir, temporary, 0);
    return false;
}

/* Makes room. What there is is counted once: other processes may add as much again. */
static void make_room(struct rz_dnsservices_cache *cache, int dir, size_t size)
{
    pthread_mutex_lock(&cache->lock);
    if (!cache->counted)
        cache->entries = count_entries(dir, &cache->octets);
    cache->counted = true;
    if (cache->entries >= ENTRIES_MAX || cache->octets + size > OCTETS_MAX) {
        remove_entries(dir); /* it fills again with what is asked for */
        cache->entries = 0;
        cache->octets = 0;
    }
    cache->entries++;
    cache->octets += size;
    pthread_mutex_unlock(&cache->lock);
}

static void store(struct rz_dnsservices *ds, const char *path, json_t *reply, int64_t asked)
{
    char name[65];
    int dir = open_directory(ds, true);
    if (dir < 0)
        return;
    json_t *entry = json_pack("{s:I, s:O}", "stored", (json_int_t)asked, "reply", reply);
    char *text = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
    name_of(ds, path, name);
    if (text && strlen(text) <= ENTRY_MAX) {
        make_room(&ds->cache, dir, strlen(text));
        put(dir, name, rz_str_of(text));
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

/* The counters of an endpoint; of those beyond the bound the last ones'. */
static struct rz_cache_endpoint *find_endpoint(struct rz_cache_stats *counters, const char *name)
{
    size_t i = 0;
    while (i < counters->count && strcmp(counters->endpoints[i].name, name) != 0)
        i++;
    if (i == RZ_CACHE_ENDPOINTS_MAX)
        return &counters->endpoints[i - 1];
    struct rz_cache_endpoint *endpoint = &counters->endpoints[i];
    if (i == counters->count) {
        *endpoint = (struct rz_cache_endpoint){0};
        snprintf(endpoint->name, sizeof endpoint->name, "%s", name);
        counters->count++;
    }
    return endpoint;
}

static void note(struct rz_dnsservices_cache *cache, const char *path, uint64_t lifetime, bool hit)
{
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    rz_http_endpoint(&name, path);
    pthread_mutex_lock(&cache->lock);
    struct rz_cache_endpoint *endpoint = find_endpoint(&cache->counters, name.data);
    endpoint->lifetime = lifetime;
    endpoint->hits += hit;
    endpoint->misses += !hit;
    pthread_mutex_unlock(&cache->lock);
}

enum rz_status rz_dnsservices_get(struct rz_dnsservices *ds, const char *path, uint64_t lifetime,
                                  struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    int64_t asked = ds->context->now(ds->context->user);
    *reply = (struct rz_dnsservices_reply){.status = 200};
    if (lifetime && ds->context->cached_reads) {
        reply->json = load(ds, path, lifetime);
        note(&ds->cache, path, lifetime, reply->json != NULL);
        if (reply->json)
            return RZ_OK;
    }
    enum rz_status status = rz_dnsservices_call(ds, "GET", path, (struct rz_str){0}, reply, diags);
    if (status == RZ_OK && lifetime && ds->context->keeps_reads && reply->json)
        store(ds, path, reply->json, asked);
    return status;
}

/* ---- counters */

/* Of all runs since the cache was cleared: a line an endpoint, its name last. */
static void read_counters(int dir, struct rz_cache_stats *stats)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (rz_file_read(dir, COUNTERS, COUNTERS_MAX, &text) != RZ_OK || !text.size)
        return;
    unsigned long long hits, misses, lifetime;
    char name[RZ_CACHE_ENDPOINT_MAX];
    int size;
    for (const char *at = text.data;
         sscanf(at, "%llu %llu %llu %95[^\n]\n%n", &hits, &misses, &lifetime, name, &size) == 4;
         at += size) {
        struct rz_cache_endpoint *endpoint = find_endpoint(stats, name);
        endpoint->hits += hits;
        endpoint->misses += misses;
        endpoint->lifetime = lifetime;
    }
}

static void add_counters(struct rz_cache_stats *stats, const struct rz_cache_stats *more)
{
    for (size_t i = 0; i < more->count; i++) {
        struct rz_cache_endpoint *endpoint = find_endpoint(stats, more->endpoints[i].name);
        endpoint->hits += more->endpoints[i].hits;
        endpoint->misses += more->endpoints[i].misses;
        endpoint->lifetime = more->endpoints[i].lifetime;
    }
}

void rz_dnsservices_cache_init(struct rz_dnsservices *ds)
{
    pthread_mutex_init(&ds->cache.lock, NULL);
}

void rz_dnsservices_cache_close(struct rz_dnsservices *ds)
{
    struct rz_cache_stats all = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    int dir = ds->cache.counters.count ? open_directory(ds, true) : -1;
    if (dir >= 0 && flock(dir, LOCK_EX) == 0) { /* ends with the descriptor */
        read_counters(dir, &all);
        add_counters(&all, &ds->cache.counters);
        for (size_t i = 0; i < all.count; i++)
            rz_buffer_printf(&text, "%llu %llu %llu %s\n",
                             (unsigned long long)all.endpoints[i].hits,
                             (unsigned long long)all.endpoints[i].misses,
                             (unsigned long long)all.endpoints[i].lifetime, all.endpoints[i].name);
        put(dir, COUNTERS, rz_buffer_view(&text));
    }
    if (dir >= 0)
        close(dir);
    pthread_mutex_destroy(&ds->cache.lock);
}

static enum rz_status cache_stats(struct rz_provider *provider, struct rz_cache_stats *stats,
                                  struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    (void)diags;
    *stats = (struct rz_cache_stats){
        .lifetime = ds->settings.cache, .entries_max = ENTRIES_MAX, .octets_max = OCTETS_MAX};
    int dir = open_directory(ds, false);
    if (dir < 0)
        return RZ_OK;
    stats->entries = count_entries(dir, &stats->octets);
    read_counters(dir, stats);
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
