/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Since when keys are in their states, as the journal saw it. */
#ifndef RZ_CLI_KEY_TIMES_H
#define RZ_CLI_KEY_TIMES_H

#include "cli/rolling.h"
#include "dnssec/keystep.h"

/* All keys of the zone that its provider has, in use or not, with what the journal knows of them. */
struct rz_key_times {
    struct rz_held_keys held;
    struct rz_keystep_key *items; /* beside held.items */
    size_t count;
    int64_t *active; /* beside them: since when the key signs and is published; 0: not known */
};

/* Reads them. Free in any case. */
enum rz_status rz_key_times_read(struct rz_key_times *times, struct rz_rolling *rolling);
void rz_key_times_free(struct rz_key_times *times);

#endif
