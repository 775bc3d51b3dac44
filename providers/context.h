/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run of rezone hangs off: time, randomness, cancellation, tracing. No globals. */
#ifndef RZ_CONTEXT_H
#define RZ_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "support/str.h"

struct rz_meter;
struct rz_trace;
struct rz_zone_cache;
struct rz_http_metrics;

/* Hexadecimal digits and a NUL of the ids of OpenTelemetry and W3C Trace Context. */
#define RZ_TRACE_TEXT 33
#define RZ_SPAN_TEXT 17

/* A limit of requests that other processes share. */
struct rz_rate_request {
    const char *name; /* of what is limited: the address of a service */
    double rate;      /* requests a second, of all together */
    size_t wanted;    /* to be reserved */
};
struct rz_rate_share {
    /* Reserves all that is wanted. `*wait`: milliseconds until the first request is due, below 0 where it
     * was due before; each of the others is due 1/rate after the one before it. False: nobody can be
     * asked, and each goes on by itself. Called by several threads. */
    bool (*reserve)(void *user, const struct rz_rate_request *request, int64_t *wait);
    void *user;
};

struct rz_context {
    /* Seconds and milliseconds since 1970 in UTC, and milliseconds that never go back. */
    int64_t (*now)(void *user);
    int64_t (*now_ms)(void *user);
    int64_t (*ticks)(void *user);
    /* Waits, or returns early when stopped. */
    void (*sleep_ms)(struct rz_context *context, int64_t milliseconds);
    void (*random)(void *user, void *octets, size_t size);
    void *user;
    /* Set by signal handlers: 1 begin nothing new, but finish or undo what is in hand; 2 stop at once.
     * While no change is in hand the first signal makes it 2. */
    atomic_int cancelled;
    atomic_bool in_hand; /* from the first change on: set by whoever carries out a plan, and kept */
    struct rz_trace *trace;                                                         /* NULL: none */
    struct rz_meter *meter;                                                         /* NULL: none */
    char trace_id[RZ_TRACE_TEXT], span_id[RZ_SPAN_TEXT], parent_span[RZ_SPAN_TEXT]; /* "": none */
    int project_dir;   /* descriptor of the project directory */
    int jobs;          /* worker threads */
    bool cached_reads; /* what was read a while ago will do: set by commands that only show */
    bool keeps_reads;  /* what is read now may be kept for such commands */
    struct rz_zone_cache *cache;     /* NULL: none */
    struct rz_http_metrics *metrics; /* NULL: nobody wants them */
    struct rz_rate_share *share;     /* NULL: none */
    const char *version;             /* of rezone: caches of another are not used */
};

/* Real clock, getrandom, no trace. */
void rz_context_init(struct rz_context *context);
/* Waits, or returns early when a first signal came: for what a person who stops a run need not wait for. */
void rz_context_wait(struct rz_context *context, int64_t milliseconds);
bool rz_context_cancelled(const struct rz_context *context); /* 1 or 2 */
bool rz_context_stopped(const struct rz_context *context);   /* 2: give up waiting */

/* --trace FILE: one line of JSON a message. Thread-safe. Callers pass text already redacted. */
struct rz_trace *rz_trace_open(const char *path); /* 0600; NULL with errno */
void rz_trace_close(struct rz_trace *trace);
void rz_trace_write(struct rz_trace *trace, const struct rz_context *context, const char *kind,
                    struct rz_str summary, struct rz_str detail);

#endif
