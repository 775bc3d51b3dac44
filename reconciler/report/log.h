/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --log-format json: what goes to standard error as lines of JSON, in the terms of OpenTelemetry's
 * data model of logs (timestamp, severity and its number, body, trace and span, attributes). */
#ifndef RZ_REPORT_LOG_H
#define RZ_REPORT_LOG_H

#include "context.h"
#include "report/output.h"
#include "support/diag.h"

/* The ids of a run: of the trace, and of the run's own span. */
void rz_log_identify(struct rz_context *context);
/* The id of a span within the run: the same words give the same id. */
void rz_log_span(char span[RZ_SPAN_TEXT], const struct rz_context *context, const char *words);

/* Begins a record up to its attributes, which are open; `span` NULL: the run's own. */
void rz_log_begin(struct rz_buffer *out, const struct rz_context *context,
                  enum rz_severity severity, const char *body, const char *span);
void rz_log_end(struct rz_buffer *out);
/* A record for each diagnostic. */
void rz_log_diags(struct rz_output *out, const struct rz_context *context,
                  const struct rz_diags *diags, bool quiet);

#endif
