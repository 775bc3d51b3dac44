/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts, latencies and retries of a run's HTTP requests, by server and endpoint. All HTTP goes through
 * transport/http, so that every provider has them. */
#ifndef RZ_TRANSPORT_HTTP_METRICS_H
#define RZ_TRANSPORT_HTTP_METRICS_H

#include <stdint.h>

#include "support/buffer.h"

struct rz_http_metrics;

struct rz_http_metrics *rz_http_metrics_open(void);
void rz_http_metrics_close(struct rz_http_metrics *metrics); /* NULL: nothing */

/* One attempt at a request. */
struct rz_http_measure {
    const char *server, *method, *path; /* path with its ids and names, which are left out */
    uint64_t microseconds;
    bool failed; /* no reply, or a status from 400 on */
    bool retry;  /* not the first attempt */
};
/* Thread-safe; `metrics` NULL: nothing. */
void rz_http_metrics_note(struct rz_http_metrics *metrics, const struct rz_http_measure *measure);

/* A path as an endpoint: segments that are names (with a dot) or ids (with a digit, but for versions such
 * as v1) are `{…}`, and a query is left out. Pure. */
void rz_http_endpoint(struct rz_buffer *out, const char *path);

/* An array of {"endpoint", "errors", "method", "p50_ms", "p90_ms", "p99_ms", "max_ms", "requests",
 * "retries", "server"}, by server and endpoint. */
void rz_http_metrics_json(struct rz_buffer *json, struct rz_http_metrics *metrics);
/* The same in Prometheus' text format, version 0.0.4. */
void rz_http_metrics_prometheus(struct rz_buffer *out, struct rz_http_metrics *metrics);
/* A label's value: backslash, quote and line end escaped. */
void rz_prometheus_label(struct rz_buffer *out, const char *text);

#endif
