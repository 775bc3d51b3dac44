/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread and a bounded queue for each receiver; what is not delivered is left to the journal. */
#include "notify/notify.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "journal/notices.h"
#include "notify/sink.h"
#include "support/alloc.h"

#define QUEUE 16 /* messages of one receiver that wait */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 8000
#define LOOK_MS 100 /* between looks for a second signal, at the end */

/* A message that the journal has from before. */
struct backlog {
    struct rz_message message;
    bool tried, delivered, hopeless; /* hopeless: the receiver says no */
    char why[300];
};

struct worker {
    struct rz_sink sink;
    char receiver[RZ_HASH_TEXT]; /* what the journal knows it by */
    struct backlog *backlog;     /* of the thread until that has ended */
    size_t backlog_count, backlog_capacity;
    pthread_t thread;
    bool open, threaded;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct rz_message queue[QUEUE];
    size_t first, count; /* the first one is under way */
    bool ending, ended;
    struct rz_message *undelivered; /* for another time */
    size_t undelivered_count, undelivered_capacity;
    size_t lost;       /* not delivered now */
    char why[300];     /* the last one's reason */
    const char *which; /* and its event */
};

struct rz_notifier {
    struct rz_project *project;
    struct rz_journal *journal; /* NULL: opened when it is needed */
    struct worker *workers;
    size_t count;
};

/* Takes the message over where it is worth another try. */
static void note_lost(struct worker *worker, struct rz_message *message, const char *why,
                      bool again)
{
    worker->lost++;
    worker->which = rz_event_words[message->event];
    snprintf(worker->why, sizeof worker->why, "%s", why);
    if (!again) {
        rz_message_free(message);
        return;
    }
    worker->undelivered = rz_grow(worker->undelivered, &worker->undelivered_capacity,
                                  worker->undelivered_count + 1, sizeof *worker->undelivered);
    worker->undelivered[worker->undelivered_count++] = *message;
}

/* Pauses grow, and end with the worker. */
static enum rz_status deliver(struct worker *worker, const struct rz_message *message,
                              struct rz_buffer *why)
{
    struct rz_context *context = &worker->sink.context;
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
        rz_buffer_reset(why);
        status = rz_sink_send(&worker->sink, message, why);
    }
    return status;
}

/* What earlier commands left, one try each, until one fails that may be delivered another time. */
static void deliver_backlog(struct worker *worker)
{
    for (size_t i = 0; i < worker->backlog_count; i++) {
        struct backlog *left = &worker->backlog[i];
        RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
        if (rz_context_stopped(&worker->sink.context))
            return;
        enum rz_status status = rz_sink_send(&worker->sink, &left->message, &why);
        left->tried = true;
        left->delivered = status == RZ_OK;
        left->hopeless = status != RZ_OK && status != RZ_NETWORK && status != RZ_CANCELLED;
        snprintf(left->why, sizeof left->why, "%s", why.size ? why.data : "there was no time left");
        if (status != RZ_OK && !left->hopeless)
            return;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    deliver_backlog(worker);
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->count == 0 && !worker->ending)
            pthread_cond_wait(&worker->changed, &worker->lock);
        if (worker->count == 0)
            break;
        RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
        struct rz_message *message = &worker->queue[worker->first];
        pthread_mutex_unlock(&worker->lock);
        enum rz_status status = deliver(worker, message, &why);
        pthread_mutex_lock(&worker->lock);
        if (status == RZ_OK)
            rz_message_free(message);
        else
            note_lost(worker, message, why.size ? why.data : "there was no time left",
                      status == RZ_NETWORK || status == RZ_CANCELLED);
        worker->first = (worker->first + 1) % QUEUE;
        worker->count--;
    }
    worker->ended = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

static void start(struct worker *worker)
{
    if (!worker->threaded)
        worker->threaded = pthread_create(&worker->thread, NULL, work, worker) == 0;
}

/* The receiver as rezone.yaml has it, secrets by their names: another entry is another receiver. */
static void name_receiver(struct worker *worker, const struct rz_sink_settings *settings)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "%d\n%s\n%s\n", settings->kind, settings->url ? settings->url : "",
                     settings->smtp ? settings->smtp : "");
    for (size_t i = 0; i < settings->to.count; i++)
        rz_buffer_printf(&text, "%s\n", settings->to.items[i]);
    for (size_t i = 0; i < settings->command.count; i++)
        rz_buffer_printf(&text, "%s\n", settings->command.items[i]);
    rz_hash_text(worker->receiver, rz_hash_of(text.data, text.size));
}

static void take_kept(void *user, const struct rz_kept_notice *notice)
{
    struct worker *worker = user;
    worker->backlog = rz_grow(worker->backlog, &worker->backlog_capacity, worker->backlog_count + 1,
                              sizeof *worker->backlog);
    struct backlog *left = &worker->backlog[worker->backlog_count];
    *left = (struct backlog){0};
    if (rz_message_restore(&left->message, notice))
        worker->backlog_count++;
}

/* A journal that cannot say what is left is no reason to do nothing else. */
static void read_backlog(struct worker *worker, struct rz_journal *journal, struct rz_diags *diags)
{
    size_t first = diags->count;
    rz_journal_notices(journal, worker->receiver, take_kept, worker, diags);
    for (size_t i = first; i < diags->count; i++)
        rz_diag_set_severity(diags, &diags->items[i], RZ_WARNING);
}

struct rz_notifier *rz_notifier_open(struct rz_project *project, struct rz_journal *journal,
                                     struct rz_diags *diags)
{
    const struct rz_notify_settings *settings = &project->notify;
    if (settings->count == 0)
        return NULL;
    struct rz_notifier *notifier = rz_alloc_zero(1, sizeof *notifier);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    notifier->project = project;
    notifier->journal = journal;
    notifier->count = settings->count;
    notifier->workers = rz_alloc_zero(settings->count, sizeof *notifier->workers);
    for (size_t i = 0; i < settings->count; i++) {
        struct worker *worker = &notifier->workers[i];
        pthread_mutex_init(&worker->lock, NULL);
        pthread_cond_init(&worker->changed, &monotonic);
        name_receiver(worker, &settings->sinks[i]);
        worker->open = rz_sink_open(&worker->sink, &settings->sinks[i], project->context, diags);
        if (worker->open && journal)
            read_backlog(worker, journal, diags);
        if (worker->backlog_count)
            start(worker);
    }
    pthread_condattr_destroy(&monotonic);
    return notifier;
}

/* The thread begins with the first message: most runs of most projects have little to tell. */
static void put(struct worker *worker, struct rz_message *message)
{
    pthread_mutex_lock(&worker->lock);
    start(worker);
    if (worker->threaded && worker->count < QUEUE) {
        worker->queue[(worker->first + worker->count) % QUEUE] = *message;
        worker->count++;
        pthread_cond_broadcast(&worker->changed);
    } else {
        note_lost(worker, message,
                  worker->threaded ? "too much waits to be told already" : "no thread can be made",
                  true);
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

static bool keep(const struct worker *worker, struct rz_journal *journal,
                 const struct rz_message *message, const char *why, struct rz_diags *diags)
{
    struct rz_kept_notice notice = {.receiver = worker->receiver,
                                    .message = message->id,
                                    .shown = worker->sink.shown,
                                    .event = rz_event_words[message->event],
                                    .why = why,
                                    .subject = message->subject.data,
                                    .body = message->text.data,
                                    .json = message->json.data,
                                    .run = message->run,
                                    .created = message->time};
    return rz_journal_keep_notice(journal, &notice, diags) == RZ_OK;
}

/* Keeps or forgets what the journal shall know of the worker's messages; false: it could not. */
static bool settle(struct worker *worker, struct rz_journal *journal, struct rz_diags *diags)
{
    bool good = true;
    for (size_t i = 0; i < worker->backlog_count; i++) {
        struct backlog *left = &worker->backlog[i];
        if (left->delivered || left->hopeless)
            good &= rz_journal_drop_notice(journal, worker->receiver, left->message.id, diags)
                    == RZ_OK;
        else if (left->tried)
            good &= keep(worker, journal, &left->message, left->why, diags);
        if (left->hopeless) {
            worker->lost++;
            worker->which = rz_event_words[left->message.event];
            snprintf(worker->why, sizeof worker->why, "%s", left->why);
        }
    }
    for (size_t i = 0; i < worker->undelivered_count; i++)
        good &= keep(worker, journal, &worker->undelivered[i], worker->why, diags);
    return good;
}

static void warn(const struct worker *worker, bool kept, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer more = {0};
    if (!worker->lost)
        return;
    if (worker->lost > 1)
        rz_buffer_printf(&more, " and %zu more", worker->lost - 1);
    struct rz_diag *diag = rz_diags_add(diags, RZ5301, worker->sink.settings->place,
                                        "%s was not told of `%s`%s: %s", worker->sink.shown,
                                        worker->which, rz_buffer_view(&more).data, worker->why);
    rz_diag_hint(diags, diag,
                 kept && worker->undelivered_count
                     ? "the next run sends it again; `rezone journal notices` lists what waits"
                     : "the run is not touched by this; `rezone show` has what came of it");
}

/* Whether what was not delivered is in the journal now. */
static bool settle_all(struct rz_notifier *notifier, struct rz_diags *diags)
{
    bool wanted = false, kept = rz_journal_is_kept(notifier->project->state);
    struct rz_journal *opened = NULL;
    size_t first = diags->count;
    for (size_t i = 0; i < notifier->count; i++)
        wanted |= notifier->workers[i].undelivered_count || notifier->workers[i].backlog_count;
    if (!wanted || !kept)
        return false;
    if (!notifier->journal
        && rz_journal_open(&opened, notifier->project->state, notifier->project->context, diags)
               != RZ_OK)
        kept = false;
    for (size_t i = 0; kept && i < notifier->count; i++)
        kept = settle(&notifier->workers[i], opened ? opened : notifier->journal, diags);
    rz_journal_close(opened);
    for (size_t i = first; i < diags->count; i++)
        rz_diag_set_severity(diags, &diags->items[i], RZ_WARNING);
    return kept;
}

static void free_worker(struct worker *worker)
{
    for (size_t i = 0; i < worker->backlog_count; i++)
        rz_message_free(&worker->backlog[i].message);
    for (size_t i = 0; i < worker->undelivered_count; i++)
        rz_message_free(&worker->undelivered[i]);
    free(worker->backlog);
    free(worker->undelivered);
    if (worker->open)
        rz_sink_close(&worker->sink);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
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
    for (size_t i = 0; i < notifier->count; i++)
        if (notifier->workers[i].threaded)
            await(&notifier->workers[i], &begin, notifier->project->context);
    bool kept = settle_all(notifier, diags);
    for (size_t i = 0; i < notifier->count; i++) {
        warn(&notifier->workers[i], kept, diags);
        free_worker(&notifier->workers[i]);
    }
    free(notifier->workers);
    free(notifier);
}

void rz_notify(struct rz_project *project, struct rz_journal *journal,
               const struct rz_notice *notice, struct rz_diags *diags)
{
    struct rz_notifier *notifier = rz_notifier_open(project, journal, diags);
    rz_notifier_tell(notifier, notice);
    rz_notifier_close(notifier, diags);
}

bool rz_notify_wants(const struct rz_project *project, enum rz_event event)
{
    for (size_t i = 0; i < project->notify.count; i++)
        if (project->notify.sinks[i].events & 1u << event)
            return true;
    return false;
}
