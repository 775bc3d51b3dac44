/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a run is and where its time goes: counters that workers add to and that whoever shows
 * progress reads. An addition or two a zone, so that it costs nothing beside the zone. */
#ifndef RZ_METER_H
#define RZ_METER_H

#include <stdatomic.h>
#include <stdint.h>

struct rz_context;

enum rz_phase {
    RZ_PHASE_LOAD,   /* reading and expanding documents */
    RZ_PHASE_FETCH,  /* reading live zones */
    RZ_PHASE_DIFF,   /* comparing */
    RZ_PHASE_SEND,   /* making changes */
    RZ_PHASE_VERIFY, /* reading back and asking servers */
    RZ_PHASE_COUNT
};
extern const char *const rz_phase_texts[RZ_PHASE_COUNT]; /* "load" */

/* All zero is a valid meter. */
struct rz_meter {
    atomic_uint_least64_t spent[RZ_PHASE_COUNT]; /* nanoseconds, of all threads together */
    atomic_uint active[RZ_PHASE_COUNT];          /* zones that are in the phase now */
    atomic_size_t done, total;                   /* zones of the stage */
};

/* A phase begins and ends on one thread; nothing where the context has no meter. */
int64_t rz_meter_begin(const struct rz_context *context, enum rz_phase phase);
void rz_meter_end(const struct rz_context *context, enum rz_phase phase, int64_t begun);
/* One zone more is done. */
void rz_meter_zone(const struct rz_context *context);

#endif
