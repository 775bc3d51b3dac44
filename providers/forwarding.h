/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of resolvers: looking at the targets of their rules. */
#ifndef RZ_FORWARDING_H
#define RZ_FORWARDING_H

#include "dns/forward.h"
#include "provider.h"

/* What a target said when it was asked itself. */
struct rz_target_answer {
    bool good;
    int64_t milliseconds;
    int64_t not_after;     /* of its certificate, seconds since 1970; 0: none seen */
    struct rz_buffer said; /* in words; the caller frees it */
};

struct rz_forwarding_ops {
    /* Asks one target for the SOA at `domain`, by plain DNS; of one that is asked by TLS the connection is
     * made and its certificate checked, by the provider's certificates where it has its own. */
    void (*ask_target)(struct rz_provider *provider, const uint8_t *domain,
                       const struct rz_forward *target, struct rz_target_answer *answer);
};

#endif
