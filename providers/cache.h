/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that keep replies on disk: what `rezone cache` asks of them. */
#ifndef RZ_CACHE_H
#define RZ_CACHE_H

#include "provider.h"

#define RZ_CACHE_ENDPOINTS_MAX 24
#define RZ_CACHE_ENDPOINT_MAX 96 /* octets of a name, NUL */

/* One kind of reply, such as "/service/{…}/dns/{…}". */
struct rz_cache_endpoint {
    char name[RZ_CACHE_ENDPOINT_MAX];
    uint64_t hits, misses; /* since the cache was last cleared */
    uint64_t lifetime;     /* seconds that it was good for when it was last asked for */
};

struct rz_cache_stats {
    uint64_t entries, octets; /* on disk now, ended ones too */
    uint64_t entries_max, octets_max;
    uint64_t lifetime; /* seconds that records are good for; 0: nothing is kept */
    struct rz_cache_endpoint endpoints[RZ_CACHE_ENDPOINTS_MAX];
    size_t count; /* of endpoints */
};

struct rz_cache_ops {
    enum rz_status (*stats)(struct rz_provider *provider, struct rz_cache_stats *stats,
                            struct rz_diags *diags);
    enum rz_status (*clear)(struct rz_provider *provider, struct rz_diags *diags);
};

#endif
