/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies kept on disk, inside the dnsservices provider. */
#ifndef RZ_DNSSERVICES_REPLY_CACHE_H
#define RZ_DNSSERVICES_REPLY_CACHE_H

#include <pthread.h>

#include "cache.h"

struct rz_dnsservices;
struct rz_dnsservices_reply;

/* Of this process. */
struct rz_dnsservices_cache {
    pthread_mutex_t lock;
    struct rz_cache_stats counters; /* only the endpoints */
    bool counted;                   /* what is on disk */
    uint64_t entries, octets;
};

/* A GET, from the cache where that is fresh enough for the command; as rz_dnsservices_call. */
enum rz_status rz_dnsservices_get(struct rz_dnsservices *ds, const char *path, uint64_t lifetime,
                                  struct rz_dnsservices_reply *reply, struct rz_diags *diags);
/* Removes what a change below `path` makes wrong. */
void rz_dnsservices_cache_drop(struct rz_dnsservices *ds, const char *path);
void rz_dnsservices_cache_init(struct rz_dnsservices *ds);
/* Adds this run's counts to those kept. */
void rz_dnsservices_cache_close(struct rz_dnsservices *ds);
extern const struct rz_cache_ops rz_dnsservices_cache_ops;

#endif
