/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data files by their paths. */
#include "project/reads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language/yaml.h"
#include "support/alloc.h"
#include "support/arena.h"
#include "support/file.h"
#include "support/map.h"

#define SHA256_SIZE 32

struct read_file {
    const char *path;
    unsigned char digest[SHA256_SIZE]; /* all zero: it changed while it was read */
};

struct rz_reads {
    pthread_mutex_t lock;
    struct rz_arena arena;
    struct rz_map by_path;
    struct read_file **items;
    size_t count, capacity;
    bool sorted;
};

struct rz_reads *rz_reads_new(void)
{
    struct rz_reads *reads = rz_alloc_zero(1, sizeof *reads);
    pthread_mutex_init(&reads->lock, NULL);
    return reads;
}

void rz_reads_free(struct rz_reads *reads)
{
    if (!reads)
        return;
    pthread_mutex_destroy(&reads->lock);
    rz_map_free(&reads->by_path);
    rz_arena_free(&reads->arena);
    free(reads->items);
    free(reads);
}

static void add(struct rz_reads *reads, const char *path, const unsigned char *digest)
{
    struct read_file *file = rz_map_get(&reads->by_path, rz_str_of(path));
    if (file) {
        if (memcmp(file->digest, digest, SHA256_SIZE) != 0)
            memset(file->digest, 0, SHA256_SIZE);
        return;
    }
    file = rz_arena_alloc(&reads->arena, sizeof *file);
    file->path = rz_arena_strdup(&reads->arena, path);
    memcpy(file->digest, digest, SHA256_SIZE);
    rz_map_set(&reads->by_path, rz_str_of(file->path), file);
    reads->items = rz_grow(reads->items, &reads->capacity, reads->count + 1, sizeof *reads->items);
    reads->items[reads->count++] = file;
    reads->sorted = false;
}

void rz_reads_note(void *user, const char *path, struct rz_str content)
{
    struct rz_reads *reads = user;
    unsigned char digest[SHA256_SIZE];
    EVP_Digest(content.data, content.size, digest, NULL, EVP_sha256(), NULL);
    pthread_mutex_lock(&reads->lock);
    add(reads, path, digest);
    pthread_mutex_unlock(&reads->lock);
}

void rz_reads_load(struct rz_reads *reads, int directory, const char *path)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (rz_file_read(directory, path, RZ_YAML_SIZE_MAX, &text) != RZ_OK)
        rz_buffer_reset(&text);
    rz_reads_note(reads, path, rz_buffer_view(&text));
}

static int compare(const void *a, const void *b)
{
    struct read_file *const *left = a, *const *right = b;
    return strcmp((*left)->path, (*right)->path);
}

static void sort(struct rz_reads *reads)
{
    if (!reads->sorted && reads->count)
        qsort(reads->items, reads->count, sizeof *reads->items, compare);
    reads->sorted = true;
}

size_t rz_reads_count(const struct rz_reads *reads)
{
    return reads ? reads->count : 0;
}

const char *rz_reads_path(struct rz_reads *reads, size_t index)
{
    sort(reads);
    return reads->items[index]->path;
}

void rz_reads_digest(struct rz_reads *reads, EVP_MD_CTX *digest)
{
    sort(reads);
    for (size_t i = 0; i < reads->count; i++) {
        EVP_DigestUpdate(digest, reads->items[i]->path, strlen(reads->items[i]->path) + 1);
        EVP_DigestUpdate(digest, reads->items[i]->digest, SHA256_SIZE);
    }
}
