/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rezone tells: plans, results, diagnostics, as text for people and JSON for machines. The only
 * place besides cli that puts words on a screen. */
#ifndef RZ_REPORT_REPORT_H
#define RZ_REPORT_REPORT_H

#include "report/model.h"
#include "report/output.h"
#include "transact/transact.h"

/* `file:line:column: severity[CODE]: message`, the line with a caret, the hint; in the order of the
 * list. Notes are left out when `quiet`. */
void rz_report_diags(struct rz_output *out, const struct rz_diags *diags, bool quiet);
/* Appends a JSON array of the same (schemas/report.schema.json#/$defs/diagnostic). */
void rz_report_diags_json(struct rz_buffer *out, const struct rz_diags *diags);

/* Zone by zone: what a reviewer should look at first leads, then the others in canonical order,
 * aligned, with the place in the files; rules that are broken; a line of summary at the end. */
void rz_report_plan(struct rz_output *out, const struct rz_plan *plan);
/* One zone of it, without the summary: what apply asks about. */
void rz_report_zone_plan(struct rz_output *out, const struct rz_zone_plan *zone);

/* What came of each zone, and the run's number; `out->verbose`: server by server. */
void rz_report_run(struct rz_output *out, const struct rz_run_result *result);
/* The same as a report: a zone is good where it was committed. */
void rz_report_fill_run(struct rz_report *report, const struct rz_run_result *result);
void rz_report_run_json(struct rz_buffer *out, const struct rz_run_result *result,
                        const struct rz_diags *diags);

/* The members of an object that count a queue's zones. */
void rz_report_queue_counts_json(struct rz_buffer *out, const size_t counts[RZ_QUEUE_STATES]);

/* A run as the journal has it: first the run, then its zones (`record` NULL: not verified), then its
 * changes. */
void rz_report_fill_history(struct rz_report *report, const struct rz_run *run);
void rz_report_add_history_zone(struct rz_report *report, const struct rz_run_zone *zone,
                                const struct rz_verify_record *record);
void rz_report_add_history_change(struct rz_report *report, const struct rz_history_change *change);

/* Of a zone's verification: server by server what was asked and answered, then the checks, each line
 * behind `indent`, right answers only where `out->verbose`; ", 3 checks
 * passed" for the zone's own line. */
void rz_report_verification(struct rz_output *out, const struct rz_verify_report *report,
                            const char *indent);
void rz_report_check_count(struct rz_output *out, const struct rz_verify_report *report);

/* "2026-01-31 23:59:59" in UTC. */
#define RZ_TIME_TEXT_MAX 24
char *rz_time_text(char text[RZ_TIME_TEXT_MAX], int64_t seconds);

#endif
