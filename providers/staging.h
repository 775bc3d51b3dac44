/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that write whole zones: work that can be done before the zone may change,
 * and proof of what was written that costs less than reading the zone again. */
#ifndef RZ_STAGING_H
#define RZ_STAGING_H

#include "provider.h"

struct rz_staging_ops {
    /* Makes ready what apply or create_zone of `zone` will need, without changing the live zone, which
     * was last seen at `live`. Nothing depends on it: what cannot be made ready (no diagnostics) is
     * done by apply itself. */
    void (*stage)(struct rz_provider *provider, const struct rz_zone *zone,
                  const struct rz_revision *live);
    /* Whether the target has, octet for octet, what the last apply or create_zone wrote for a zone
     * equal to `zone`; looks at the target itself, and fills `revision`. False: unknown, fetch it. */
    bool (*holds)(struct rz_provider *provider, const struct rz_zone *zone,
                  struct rz_revision *revision);
    /* The transaction of this zone has ended: drops what was staged or noted for it. */
    void (*forget)(struct rz_provider *provider, const uint8_t *apex);
};

#endif
