/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that keep replies on disk: what `rezone cache` asks of them. */
#ifndef RZ_CACHE_H
#define RZ_CACHE_H

#include "provider.h"

struct rz_cache_stats {
    uint64_t entries, octets; /* on disk now, ended ones too */
    uint64_t hits, misses;    /* since the cache was last cleared */
    uint64_t lifetime;        /* seconds that records are good for; 0: nothing is kept */
};

struct rz_cache_ops {
    enum rz_status (*stats)(struct rz_provider *provider, struct rz_cache_stats *stats,
                            struct rz_diags *diags);
    enum rz_status (*clear)(struct rz_provider *provider, struct rz_diags *diags);
};

#endif
