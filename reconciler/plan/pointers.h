/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which RRsets of a plan's zones name hosts in other zones of it: what is deleted there dangles here. */
#ifndef RZ_PLAN_POINTERS_H
#define RZ_PLAN_POINTERS_H

#include <pthread.h>

#include "plan/plan.h"

struct rz_pointer {
    const uint8_t *target; /* in the arena, as the rest */
    const char *from;      /* "www CNAME of example.net" */
};

struct rz_pointers {
    const struct rz_zone_list *zones;
    pthread_mutex_t lock;
    struct rz_arena arena;
    struct rz_pointer *items;
    size_t count, capacity;
    bool sorted;
};

void rz_pointers_open(struct rz_pointers *pointers, const struct rz_zone_list *zones);
void rz_pointers_close(struct rz_pointers *pointers);
/* Adds what the zone points at in other zones of the list; whether there is any. Safe in threads. */
bool rz_pointers_add(struct rz_pointers *pointers, const struct rz_zone *desired);
/* Marks deletions after which a name that is pointed at has nothing left: `dangling`. All zones must
 * have been added. */
void rz_pointers_mark(struct rz_pointers *pointers, struct rz_zone_plan *plan);

#endif
