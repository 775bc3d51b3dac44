/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a zone's settings is needed after its changes, as a part of plan files: its checks, and
 * what others may change meanwhile. */
#ifndef RZ_PLAN_PLAN_CHECKS_H
#define RZ_PLAN_PLAN_CHECKS_H

#include <jansson.h>

#include "plan/plan.h"

/* Appends the member `checks`. */
void rz_plan_checks_json(struct rz_buffer *out, const struct rz_zone_plan *zone);
/* Reads it into the zone's plan; NULL is none. False where it is not as it was written. */
bool rz_plan_checks_read(struct rz_zone_plan *zone, const json_t *list);

/* The same of the member `ignore`. */
void rz_plan_ignore_json(struct rz_buffer *out, const struct rz_zone_plan *zone);
bool rz_plan_ignore_read(struct rz_zone_plan *zone, const json_t *list);

#endif
