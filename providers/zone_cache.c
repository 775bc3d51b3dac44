/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of compiled zones: one file an entry, replaced as one step, mapped for reading. */
#include "zone_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/zone_image.h"
#include "support/alloc.h"
#include "support/file.h"

#define ENDING ".zone"

struct rz_zone_cache {
    char *directory;
    int fd;
    uint64_t limit;
    bool frozen;
    atomic_uint_fast64_t hits, misses;
    pthread_mutex_t lock; /* of what follows */
    uint64_t octets;      /* of all entries, as far as this process knows */
    bool counted;
    pthread_cond_t moved; /* a zone on its way has been copied or written */
    unsigned on_the_way;
};

/* A zone on its way into the cache, on a thread of its own. */
struct rz_zone_keeping {
    struct rz_zone_cache *cache;
    struct rz_hash key;
    const struct rz_zone *zone;
    bool copied, written, released; /* under the cache's lock; freed by the last of the two */
};

static char *directory_of_user(void)
{
    const char *own = getenv("REZONE_CACHE_DIR"), *base = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    struct rz_buffer path = {0};
    if (own && *own)
        rz_buffer_text(&path, own);
    else if (base && *base == '/')
        rz_buffer_printf(&path, "%s/rezone", base);
    else if (home && *home == '/')
        rz_buffer_printf(&path, "%s/.cache/rezone", home);
    return path.data;
}

/* The directory and the one above it. */
static int open_directory(const char *path)
{
    struct stat stat;
    char *parent = rz_strdup(path), *slash = strrchr(parent, '/');
    if (slash && slash > parent) {
        *slash = '\0';
        mkdir(parent, 0700);
    }
    free(parent);
    mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0
        && (fstat(fd, &stat) != 0 || stat.st_uid != geteuid()
            || stat.st_mode & (S_IWGRP | S_IWOTH))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct rz_zone_cache *rz_zone_cache_open(uint64_t limit)
{
    char *directory = directory_of_user();
    int fd = directory ? open_directory(directory) : -1;
    if (fd < 0) {
        free(directory);
        return NULL;
    }
    struct rz_zone_cache *cache = rz_alloc_zero(1, sizeof *cache);
    cache->directory = directory;
    cache->fd = fd;
    cache->limit = limit;
    pthread_mutex_init(&cache->lock, NULL);
    pthread_cond_init(&cache->moved, NULL);
    return cache;
}

void rz_zone_cache_close(struct rz_zone_cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_lock(&cache->lock);
    while (cache->on_the_way)
        pthread_cond_wait(&cache->moved, &cache->lock);
    pthread_mutex_unlock(&cache->lock);
    close(cache->fd);
    pthread_cond_destroy(&cache->moved);
    pthread_mutex_destroy(&cache->lock);
    free(cache->directory);
    free(cache);
}

const char *rz_zone_cache_directory(const struct rz_zone_cache *cache)
{
    return cache->directory;
}

static void name_of(char name[RZ_HASH_TEXT + sizeof ENDING], struct rz_hash key)
{
    rz_hash_text(name, key);
    memcpy(name + RZ_HASH_TEXT - 1, ENDING, sizeof ENDING);
}

static bool map_entry(int fd, struct rz_hash key, struct rz_zone *zone)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size <= 0)
        return false;
    size_t size = (size_t)stat.st_size;
    void *image = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (image == MAP_FAILED)
        return false;
    if (!rz_zone_image_read(zone, (struct rz_str){image, size}, key)) {
        munmap(image, size);
        return false;
    }
    zone->image = image;
    zone->image_size = size;
    return true;
}

bool rz_zone_cache_get(struct rz_zone_cache *cache, struct rz_hash key, struct rz_zone *zone)
{
    char name[RZ_HASH_TEXT + sizeof ENDING];
    if (!cache)
        return false;
    name_of(name, key);
    int fd = openat(cache->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool found = fd >= 0 && map_entry(fd, key, zone);
    if (found)
        futimens(fd, NULL); /* used now */
    else if (fd >= 0)
        unlinkat(cache->fd, name, 0); /* damaged, or of another build */
    if (fd >= 0)
        close(fd);
    atomic_fetch_add(found ? &cache->hits : &cache->misses, 1);
    return found;
}

struct listed {
    char name[RZ_HASH_TEXT + sizeof ENDING];
    struct timespec used;
    uint64_t octets;
};

static int compare_listed(const void *left, const void *right)
{
    const struct listed *a = left, *b = right;
    if (a->used.tv_sec != b->used.tv_sec)
        return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
    return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

/* The entries, the longest unused first; free with free(). */
static struct listed *list_entries(struct rz_zone_cache *cache, size_t *count, uint64_t *octets)
{
    struct listed *items = NULL;
    size_t capacity = 0;
    int fd = openat(cache->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    *count = 0;
    *octets = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        struct stat stat;
        if (strlen(entry->d_name) != RZ_HASH_TEXT - 1 + strlen(ENDING)
            || fstatat(cache->fd, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        items = rz_grow(items, &capacity, *count + 1, sizeof *items);
        struct listed *item = &items[(*count)++];
        strcpy(item->name, entry->d_name);
        item->used = stat.st_mtim;
        item->octets = (uint64_t)stat.st_size;
        *octets += item->octets;
    }
    if (directory)
        closedir(directory);
    if (*count)
        qsort(items, *count, sizeof *items, compare_listed);
    return items;
}

/* Down to three quarters of the limit, so that not every entry makes room for the next. The directory
 * is listed at the first entry and when the limit is reached, not for each: that would be quadratic. */
static void make_room(struct rz_zone_cache *cache, uint64_t added)
{
    size_t count = 0;
    struct listed *items = NULL;
    pthread_mutex_lock(&cache->lock);
    if (!cache->counted)
        free(list_entries(cache, &count, &cache->octets));
    else
        cache->octets += added;
    cache->counted = true;
    if (cache->octets > cache->limit)
        items = list_entries(cache, &count, &cache->octets);
    uint64_t goal = cache->limit - cache->limit / 4;
    for (size_t i = 0; items && cache->octets > goal && i < count; i++) {
        unlinkat(cache->fd, items[i].name, 0);
        cache->octets -= items[i].octets;
    }
    free(items);
    pthread_mutex_unlock(&cache->lock);
}

/* In one step for readers, but not for a power cut: the checksum finds what that leaves. A cache that
 * cannot be written is no reason to fail. */
static bool replace(struct rz_zone_cache *cache, const char *name, struct rz_str image)
{
    char temporary[96];
    snprintf(temporary, sizeof temporary, ".%s-%ld-%p", name, (long)getpid(),
             (const void *)image.data);
    int fd = openat(cache->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ssize_t written = 0;
    for (size_t at = 0; at < image.size && written >= 0; at += written > 0 ? (size_t)written : 0)
        written = write(fd, image.data + at, image.size - at);
    bool whole = written >= 0;
    close(fd);
    if (whole && renameat(cache->fd, temporary, cache->fd, name) == 0)
        return true;
    unlinkat(cache->fd, temporary, 0);
    return false;
}

static bool make_image(struct rz_zone_cache *cache, struct rz_hash key, const struct rz_zone *zone,
                       struct rz_buffer *image)
{
    return cache && !cache->frozen && rz_zone_image_write(image, zone, key)
           && image->size <= cache->limit / 2;
}

static void put_image(struct rz_zone_cache *cache, struct rz_hash key, struct rz_str image)
{
    char name[RZ_HASH_TEXT + sizeof ENDING];
    name_of(name, key);
    if (replace(cache, name, image))
        make_room(cache, image.size);
}

void rz_zone_cache_put(struct rz_zone_cache *cache, struct rz_hash key, const struct rz_zone *zone)
{
    RZ_BUFFER_CLEANUP struct rz_buffer image = {0};
    if (make_image(cache, key, zone, &image))
        put_image(cache, key, rz_buffer_view(&image));
}

static void *keep(void *argument)
{
    struct rz_zone_keeping *keeping = argument;
    struct rz_zone_cache *cache = keeping->cache;
    RZ_BUFFER_CLEANUP struct rz_buffer image = {0};
    bool made = make_image(cache, keeping->key, keeping->zone, &image);
    pthread_mutex_lock(&cache->lock);
    keeping->copied = true;
    pthread_cond_broadcast(&cache->moved);
    pthread_mutex_unlock(&cache->lock);
    if (made)
        put_image(cache, keeping->key, rz_buffer_view(&image));
    pthread_mutex_lock(&cache->lock);
    keeping->written = true;
    if (keeping->released)
        free(keeping);
    cache->on_the_way--;
    pthread_cond_broadcast(&cache->moved);
    pthread_mutex_unlock(&cache->lock); /* the last that this thread does with the cache */
    return NULL;
}

#define KEPT_APART_FROM 10000 /* RRsets: fewer are written before a thread has begun */

struct rz_zone_keeping *rz_zone_cache_keep(struct rz_zone_cache *cache, struct rz_hash key,
                                           const struct rz_zone *zone)
{
    pthread_t thread;
    pthread_attr_t detached;
    if (!cache || cache->frozen)
        return NULL;
    if (zone->count < KEPT_APART_FROM) {
        rz_zone_cache_put(cache, key, zone);
        return NULL;
    }
    struct rz_zone_keeping *keeping = rz_alloc_zero(1, sizeof *keeping);
    *keeping = (struct rz_zone_keeping){.cache = cache, .key = key, .zone = zone};
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&cache->lock);
    bool started = pthread_create(&thread, &detached, keep, keeping) == 0;
    cache->on_the_way += started;
    pthread_mutex_unlock(&cache->lock);
    pthread_attr_destroy(&detached);
    if (started)
        return keeping;
    free(keeping);
    return NULL;
}

#define ON_THE_WAY_MAX 4 /* copies of zones that wait to be written */

void rz_zone_cache_release(struct rz_zone_keeping *keeping)
{
    if (!keeping)
        return;
    struct rz_zone_cache *cache = keeping->cache;
    pthread_mutex_lock(&cache->lock);
    while (!keeping->copied || (!keeping->written && cache->on_the_way > ON_THE_WAY_MAX))
        pthread_cond_wait(&cache->moved, &cache->lock);
    keeping->released = true;
    if (keeping->written)
        free(keeping);
    pthread_mutex_unlock(&cache->lock);
}

/* Rows have their hash before them. */
bool rz_zone_cache_get_rows(struct rz_zone_cache *cache, struct rz_hash key, struct rz_buffer *rows)
{
    char name[RZ_HASH_TEXT + sizeof ENDING];
    struct rz_hash hash;
    if (!cache)
        return false;
    name_of(name, key);
    bool found = rz_file_read(cache->fd, name, (size_t)cache->limit, rows) == RZ_OK
                 && rows->size >= sizeof hash;
    if (found) {
        memcpy(&hash, rows->data, sizeof hash);
        rows->size -= sizeof hash;
        memmove(rows->data, rows->data + sizeof hash, rows->size);
        found = rz_hash_equal(hash, rz_hash_of(rows->data, rows->size));
    }
    if (!found)
        rz_buffer_free(rows);
    return found;
}

void rz_zone_cache_put_rows(struct rz_zone_cache *cache, struct rz_hash key, struct rz_str rows)
{
    RZ_BUFFER_CLEANUP struct rz_buffer image = {0};
    struct rz_hash hash = rz_hash_of(rows.data, rows.size);
    if (!cache || cache->frozen || rows.size > cache->limit / 2)
        return;
    rz_buffer_append(&image, &hash, sizeof hash);
    rz_buffer_str(&image, rows);
    put_image(cache, key, rz_buffer_view(&image));
}

void rz_zone_cache_freeze(struct rz_zone_cache *cache)
{
    if (cache)
        cache->frozen = true;
}

void rz_zone_cache_stats(struct rz_zone_cache *cache, struct rz_zone_cache_stats *stats)
{
    size_t count;
    *stats = (struct rz_zone_cache_stats){.limit = cache->limit,
                                          .hits = atomic_load(&cache->hits),
                                          .misses = atomic_load(&cache->misses)};
    free(list_entries(cache, &count, &stats->octets));
    stats->entries = count;
}

uint64_t rz_zone_cache_clear(struct rz_zone_cache *cache)
{
    size_t count;
    uint64_t octets, removed = 0;
    struct listed *items = list_entries(cache, &count, &octets);
    for (size_t i = 0; i < count; i++)
        removed += unlinkat(cache->fd, items[i].name, 0) == 0;
    free(items);
    return removed;
}
