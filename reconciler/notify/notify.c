/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread and a bounded queue for each receiver. */
#include "notify/notify.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "notify/sink.h"
#include "support/alloc.h"

#define QUEUE 16 /* messages of one receiver that wait */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 8000
#define LOOK_MS 100 /* between looks for a second signal, at the end */

struct worker {
    struct rz_sink sink;
    pthread_t thread;
    bool open, threaded;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct rz_message queue[QUEUE];
    size_t first, count; /* the first one is under way */
    bool ending, ended;
    size_t lost;       /* given up, dropped */
    char why[300];     /* the last one's reason */
    const char *which; /* and its event */
};

struct rz_notifier {
    struct rz_project *project;
    struct worker *workers;
    size_t count;
};

static void note_lost(struct worker *worker, const struct rz_message *message, const char *why)
{
    worker->lost++;
    worker->which = rz_event_words[message->event];
    snprintf(worker->why, sizeof worker->why, "%s", why);
}

/* Pauses grow, and end with the worker. */
static void deliver(struct worker *worker, const struct rz_message *message)
{
    struct rz_context *context = &worker->sink.context;
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    enum rz_status status = RZ_NETWORK;
    int64_t pause = BACKOFF_FIRST_MS;
    for (uint64_t tries = 0; status == RZ_NETWORK && tries <= worker->sink.settings->retries;
         tries++) {
        if (tries) {
            context->sleep_ms(context, pause);
            pause = pause * 2 < BACKOFF_MOST_MS ? pause * 2 : BACKOFF_MOST_MS;
        }
        if (rz_context_stopped(context))
            break;
        rz_buffer_reset(&why);
        status = rz_sink_send(&worker->sink, message, &why);
    }
    pthread_mutex_lock(&worker->lock);
    if (status != RZ_OK)
        note_lost(worker, message, why.size ? why.data : "there was no time left");
    pthread_mutex_unlock(&worker->lock);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->count == 0 && !worker->ending)
            pthread_cond_wait(&worker->changed, &worker->lock);
        if (worker->count == 0)
            break;
        struct rz_message *message = &worker->queue[worker->first];
        pthread_mutex_unlock(&worker->lock);
        deliver(worker, message);
        pthread_mutex_lock(&worker->lock);
        rz_message_free(message);
        worker->first = (worker->first + 1) % QUEUE;
        worker->count--;
    }
    worker->ended = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct rz_notifier *rz_notifier_open(struct rz_project *project, struct rz_diags *diags)
{
    const struct rz_notify_settings *settings = &project->notify;
    if (settings->count == 0)
        return NULL;
    struct rz_notifier *notifier = rz_alloc_zero(1, sizeof *notifier);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    notifier->project = project;
    notifier->count = settings->count;
    notifier->workers = rz_alloc_zero(settings->count, sizeof *notifier->workers);
    for (size_t i = 0; i < settings->count; i++) {
        struct worker *worker = &notifier->workers[i];
        pthread_mutex_init(&worker->lock, NULL);
        pthread_cond_init(&worker->changed, &monotonic);
        worker->open = rz_sink_open(&worker->sink, &settings->sinks[i], project->context, diags);
    }
    pthread_condattr_destroy(&monotonic);
    return notifier;
}

/* The thread begins with the first message: most runs of most projects have little to tell. */
static void put(struct worker *worker, struct rz_message *message)
{
    pthread_mutex_lock(&worker->lock);
    if (!worker->threaded)
        worker->threaded = pthread_create(&worker->thread, NULL, work, worker) == 0;
    if (worker->threaded && worker->count < QUEUE) {
        worker->queue[(worker->first + worker->count) % QUEUE] = *message;
        worker->count++;
        pthread_cond_broadcast(&worker->changed);
    } else {
        note_lost(worker, message,
                  worker->threaded ? "too much waits to be told already" : "no thread can be made");
        rz_message_free(message);
    }
    pthread_mutex_unlock(&worker->lock);
}

void rz_notifier_tell(struct rz_notifier *notifier, const struct rz_notice *notice)
{
    for (size_t i = 0; notifier && i < notifier->count; i++) {
        struct rz_message message;
        struct worker *worker = &notifier->workers[i];
        if (worker->open
            && rz_message_make(&message, worker->sink.settings, notice, notifier->project->context))
            put(worker, &message);
    }
}

static struct timespec later(int64_t milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += milliseconds % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

static bool is_past(const struct timespec *time)
{
    struct timespec now = later(0);
    return now.tv_sec > time->tv_sec
           || (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

/* Until it has ended by itself, or is told to. All workers were told to end before the first is
 * awaited. */
static void await(struct worker *worker, const struct timespec *begin, struct rz_context *context)
{
    struct timespec end = *begin;
    end.tv_sec += (time_t)worker->sink.settings->wait;
    pthread_mutex_lock(&worker->lock);
    while (!worker->ended && !is_past(&end) && !rz_context_stopped(context)) {
        struct timespec look = later(LOOK_MS);
        pthread_cond_timedwait(&worker->changed, &worker->lock, &look);
    }
    if (!worker->ended)
        atomic_store(&worker->sink.context.cancelled, 2);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
}

static void warn(const struct worker *worker, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer more = {0};
    if (!worker->lost)
        return;
    if (worker->lost > 1)
        rz_buffer_printf(&more, " and %zu more", worker->lost - 1);
    struct rz_diag *diag = rz_diags_add(diags, RZ5301, worker->sink.settings->place,
                                        "%s was not told of `%s`%s: %s", worker->sink.shown,
                                        worker->which, rz_buffer_view(&more).data, worker->why);
    rz_diag_hint(diags, diag, "the run is not touched by this; `rezone show` has what came of it");
}

void rz_notifier_close(struct rz_notifier *notifier, struct rz_diags *diags)
{
    if (!notifier)
        return;
    struct timespec begin = later(0);
    for (size_t i = 0; i < notifier->count; i++) {
        struct worker *worker = &notifier->workers[i];
        pthread_mutex_lock(&worker->lock);
        worker->ending = true;
        pthread_cond_broadcast(&worker->changed);
        pthread_mutex_unlock(&worker->lock);
    }
    for (size_t i = 0; i < notifier->count; i++) {
        struct worker *worker = &notifier->workers[i];
        if (worker->threaded)
            await(worker, &begin, notifier->project->context);
        warn(worker, diags);
        if (worker->open)
            rz_sink_close(&worker->sink);
        pthread_cond_destroy(&worker->changed);
        pthread_mutex_destroy(&worker->lock);
    }
    free(notifier->workers);
    free(notifier);
}

void rz_notify(struct rz_project *project, const struct rz_notice *notice, struct rz_diags *diags)
{
    struct rz_notifier *notifier = rz_notifier_open(project, diags);
    rz_notifier_tell(notifier, notice);
    rz_notifier_close(notifier, diags);
}
