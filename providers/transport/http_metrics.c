/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request metrics. Latencies are kept one by one up to a bound, then as a sample of all. */
#include "transport/http_metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/alloc.h"
#include "support/json_write.h"

#define ENDPOINTS_MAX 256 /* what a server names by itself must not fill the memory */
#define SAMPLES_MAX 16384
#define OTHERS "{other}"

struct endpoint {
    char *server, *method, *path;
    uint64_t count, errors, retries, sum, max; /* microseconds */
    uint32_t *samples;
    size_t sample_count, sample_capacity;
};

struct rz_http_metrics {
    pthread_mutex_t lock;
    struct endpoint *items;
    size_t count, capacity;
    uint64_t seed;
};

struct rz_http_metrics *rz_http_metrics_open(void)
{
    struct rz_http_metrics *metrics = rz_alloc_zero(1, sizeof *metrics);
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->seed = 88172645463325252U;
    return metrics;
}

void rz_http_metrics_close(struct rz_http_metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->count; i++) {
        free(metrics->items[i].server);
        free(metrics->items[i].method);
        free(metrics->items[i].path);
        free(metrics->items[i].samples);
    }
    free(metrics->items);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

static bool is_variable(const char *segment, size_t size)
{
    bool digit = false;
    for (size_t i = 0; i < size; i++) {
        if (segment[i] == '.' || segment[i] == '%' || segment[i] == '=')
            return true;
        digit |= segment[i] >= '0' && segment[i] <= '9';
    }
    bool version = size > 1 && segment[0] == 'v' && strspn(segment + 1, "0123456789") >= size - 1;
    return digit && !version;
}

void rz_http_endpoint(struct rz_buffer *out, const char *path)
{
    size_t end = strcspn(path, "?#");
    for (size_t at = 0; at < end;) {
        size_t size = strcspn(path + at, "/?#");
        if (is_variable(path + at, size))
            rz_buffer_text(out, "{…}");
        else
            rz_buffer_append(out, path + at, size);
        at += size;
        if (at < end && path[at] == '/') {
            rz_buffer_char(out, '/');
            at++;
        }
    }
}

static struct endpoint *find(struct rz_http_metrics *metrics, const char *server,
                             const char *method, const char *path)
{
    if (metrics->count >= ENDPOINTS_MAX)
        path = OTHERS;
    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->items[i].path, path) == 0
            && strcmp(metrics->items[i].method, method) == 0
            && strcmp(metrics->items[i].server, server) == 0)
            return &metrics->items[i];
    metrics->items = rz_grow(metrics->items, &metrics->capacity, metrics->count + 1,
                             sizeof *metrics->items);
    struct endpoint *made = &metrics->items[metrics->count++];
    *made = (struct endpoint){
        .server = rz_strdup(server), .method = rz_strdup(method), .path = rz_strdup(path)};
    return made;
}

/* Reservoir sampling: each of all requests is in the sample with the same chance. */
static void sample(struct rz_http_metrics *metrics, struct endpoint *endpoint, uint64_t value)
{
    uint32_t short_value = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    if (endpoint->sample_count < SAMPLES_MAX) {
        endpoint->samples = rz_grow(endpoint->samples, &endpoint->sample_capacity,
                                    endpoint->sample_count + 1, sizeof *endpoint->samples);
        endpoint->samples[endpoint->sample_count++] = short_value;
        return;
    }
    metrics->seed ^= metrics->seed << 13;
    metrics->seed ^= metrics->seed >> 7;
    metrics->seed ^= metrics->seed << 17;
    uint64_t place = metrics->seed % endpoint->count;
    if (place < SAMPLES_MAX)
        endpoint->samples[place] = short_value;
}

void rz_http_metrics_note(struct rz_http_metrics *metrics, const struct rz_http_measure *measure)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    if (!metrics)
        return;
    rz_http_endpoint(&path, measure->path);
    pthread_mutex_lock(&metrics->lock);
    struct endpoint *endpoint = find(metrics, measure->server, measure->method,
                                     path.size ? path.data : "/");
    endpoint->count++;
    endpoint->errors += measure->failed;
    endpoint->retries += measure->retry;
    endpoint->sum += measure->microseconds;
    if (measure->microseconds > endpoint->max)
        endpoint->max = measure->microseconds;
    sample(metrics, endpoint, measure->microseconds);
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- telling */

static int by_name(const void *left, const void *right)
{
    const struct endpoint *a = left, *b = right;
    int order = strcmp(a->server, b->server);
    order = order ? order : strcmp(a->path, b->path);
    return order ? order : strcmp(a->method, b->method);
}

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void sort(struct rz_http_metrics *metrics)
{
    if (metrics->count)
        qsort(metrics->items, metrics->count, sizeof *metrics->items, by_name);
    for (size_t i = 0; i < metrics->count; i++)
        if (metrics->items[i].sample_count)
            qsort(metrics->items[i].samples, metrics->items[i].sample_count, sizeof(uint32_t),
                  by_value);
}

/* The nearest rank. */
static uint32_t percentile(const struct endpoint *endpoint, unsigned percent)
{
    size_t rank = (endpoint->sample_count * percent + 99) / 100;
    return endpoint->sample_count ? endpoint->samples[rank ? rank - 1 : 0] : 0;
}

static void milliseconds(struct rz_buffer *json, const char *key, uint64_t value)
{
    rz_json_key(json, key);
    rz_buffer_printf(json, "%" PRIu64 ".%03" PRIu64, value / 1000, value % 1000);
}

void rz_http_metrics_json(struct rz_buffer *json, struct rz_http_metrics *metrics)
{
    pthread_mutex_lock(&metrics->lock);
    sort(metrics);
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < metrics->count; i++) {
        const struct endpoint *endpoint = &metrics->items[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "endpoint", endpoint->path);
        rz_json_int(json, "errors", (int64_t)endpoint->errors);
        milliseconds(json, "max_ms", endpoint->max);
        rz_json_text(json, "method", endpoint->method);
        milliseconds(json, "p50_ms", percentile(endpoint, 50));
        milliseconds(json, "p90_ms", percentile(endpoint, 90));
        milliseconds(json, "p99_ms", percentile(endpoint, 99));
        rz_json_int(json, "requests", (int64_t)endpoint->count);
        rz_json_int(json, "retries", (int64_t)endpoint->retries);
        rz_json_text(json, "server", endpoint->server);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
    pthread_mutex_unlock(&metrics->lock);
}

void rz_prometheus_label(struct rz_buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '"' || *text == '\n')
            rz_buffer_printf(out, "\\%c", *text == '\n' ? 'n' : *text);
        else
            rz_buffer_char(out, *text);
}

static void labels(struct rz_buffer *out, const char *name, const struct endpoint *endpoint)
{
    rz_buffer_printf(out, "%s{server=\"", name);
    rz_prometheus_label(out, endpoint->server);
    rz_buffer_text(out, "\",method=\"");
    rz_prometheus_label(out, endpoint->method);
    rz_buffer_text(out, "\",endpoint=\"");
    rz_prometheus_label(out, endpoint->path);
    rz_buffer_char(out, '"');
}

static void seconds(struct rz_buffer *out, uint64_t microseconds)
{
    rz_buffer_printf(out, " %" PRIu64 ".%06" PRIu64 "\n", microseconds / 1000000,
                     microseconds % 1000000);
}

static void counter(struct rz_buffer *out, const struct rz_http_metrics *metrics, const char *name,
                    const char *help, size_t offset)
{
    rz_buffer_printf(out, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
    for (size_t i = 0; i < metrics->count; i++) {
        const char *at = (const char *)&metrics->items[i] + offset;
        labels(out, name, &metrics->items[i]);
        rz_buffer_printf(out, "} %" PRIu64 "\n", *(const uint64_t *)(const void *)at);
    }
}

static void durations(struct rz_buffer *out, const struct rz_http_metrics *metrics)
{
    static const char name[] = "rezone_http_request_duration_seconds";
    static const unsigned percents[] = {50, 90, 99};
    rz_buffer_printf(out, "# HELP %s how long requests took\n# TYPE %s summary\n", name, name);
    for (size_t i = 0; i < metrics->count; i++) {
        const struct endpoint *endpoint = &metrics->items[i];
        for (size_t k = 0; k < sizeof percents / sizeof *percents; k++) {
            labels(out, name, endpoint);
            rz_buffer_printf(out, ",quantile=\"0.%02u\"}", percents[k]);
            seconds(out, percentile(endpoint, percents[k]));
        }
        labels(out, "rezone_http_request_duration_seconds_sum", endpoint);
        rz_buffer_char(out, '}');
        seconds(out, endpoint->sum);
        labels(out, "rezone_http_request_duration_seconds_count", endpoint);
        rz_buffer_printf(out, "} %" PRIu64 "\n", endpoint->count);
    }
}

void rz_http_metrics_prometheus(struct rz_buffer *out, struct rz_http_metrics *metrics)
{
    pthread_mutex_lock(&metrics->lock);
    sort(metrics);
    counter(out, metrics, "rezone_http_requests_total", "requests sent, retries too",
            offsetof(struct endpoint, count));
    counter(out, metrics, "rezone_http_errors_total", "requests without a good reply",
            offsetof(struct endpoint, errors));
    counter(out, metrics, "rezone_http_retries_total", "requests that were sent again",
            offsetof(struct endpoint, retries));
    durations(out, metrics);
    pthread_mutex_unlock(&metrics->lock);
}
