/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What drift found, as text, JSON and metrics. */
#ifndef RZ_REPORT_DRIFT_H
#define RZ_REPORT_DRIFT_H

#include "drift/drift.h"
#include "report/model.h"
#include "report/output.h"

/* Zone by zone: who moved, and the values that there are. */
void rz_report_drift(struct rz_output *out, const struct rz_drift *drift);
/* An object without its closing brace: the caller has members of its own behind `zones`. */
void rz_report_drift_json(struct rz_buffer *out, const struct rz_drift *drift);
/* As a report, for the other forms; diagnostics are to be added. */
void rz_report_fill_drift(struct rz_report *report, const struct rz_drift *drift);
/* The text format of Prometheus, version 0.0.4. */
void rz_report_drift_metrics(struct rz_buffer *out, const struct rz_drift *drift);

#endif
