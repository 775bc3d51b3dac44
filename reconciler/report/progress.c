/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows how far a run is. */
#include "report/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "report/log.h"
#include "support/json_write.h"

#define FRAME_MS 100 /* of a bar */
#define LINE_MS 5000 /* of lines and records */
#define QUIET_MS 300 /* a stage that is over sooner shows no bar */
#define BAR_COLUMNS_MAX 30
#define BAR_COLUMNS_MIN 8

/* What is known at one moment. */
struct state {
    size_t done, total;
    double seconds, rate;
    int64_t left; /* seconds; -1: not known */
    bool stopping;
};

static int64_t now_ms(void)
{
    struct timespec spec;
    clock_gettime(CLOCK_MONOTONIC, &spec);
    return (int64_t)spec.tv_sec * 1000 + spec.tv_nsec / 1000000;
}

static struct state read_state(const struct rz_progress *progress)
{
    const struct rz_meter *meter = progress->context->meter;
    struct state state = {.done = atomic_load(&meter->done),
                          .total = atomic_load(&meter->total),
                          .seconds = (double)(now_ms() - progress->began) / 1000,
                          .left = -1,
                          .stopping = rz_context_cancelled(progress->context)};
    if (state.done > state.total)
        state.done = state.total;
    if (state.done && state.seconds > 0) {
        state.rate = (double)state.done / state.seconds;
        state.left = (int64_t)((double)(state.total - state.done) / state.rate + 0.5);
    }
    return state;
}

/* "loading" is what most zones in hand are at; several where they differ. */
static void put_phases(struct rz_buffer *text, const struct rz_meter *meter)
{
    const char *before = "";
    for (size_t i = 0; i < RZ_PHASE_COUNT; i++)
        if (atomic_load(&meter->active[i])) {
            rz_buffer_printf(text, "%s%s", before, rz_phase_texts[i]);
            before = ", ";
        }
}

static void put_duration(struct rz_buffer *text, int64_t seconds)
{
    if (seconds >= 3600)
        rz_buffer_printf(text, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                         (int)(seconds % 60));
    else
        rz_buffer_printf(text, "%" PRId64 ":%02d", seconds / 60, (int)(seconds % 60));
}

static size_t terminal_columns(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* The parts of a line, those that matter least last; only ASCII, so that octets are columns. */
static void put_bar(struct rz_buffer *line, const struct rz_progress *progress,
                    const struct state *state, size_t columns)
{
    RZ_BUFFER_CLEANUP struct rz_buffer count = {0}, more = {0};
    rz_buffer_printf(&count, "%zu/%zu", state->done, state->total);
    if (state->stopping)
        rz_buffer_text(&more, " stopping");
    else if (state->rate > 0 && state->total > 1)
        rz_buffer_printf(&more, " %.*f/s", state->rate < 10 ? 1 : 0, state->rate);
    if (!state->stopping && state->left >= 0 && state->total > 1) {
        rz_buffer_text(&more, " ");
        put_duration(&more, state->left);
        rz_buffer_text(&more, " left");
    } else if (!state->stopping) {
        rz_buffer_char(&more, ' ');
        put_duration(&more, (int64_t)state->seconds);
        rz_buffer_text(&more, state->total > 1 ? "" : " ");
        if (state->total == 1)
            put_phases(&more, progress->context->meter);
    }
    size_t used = strlen(progress->stage) + 1 + count.size + more.size;
    if (state->total > 1 && used + BAR_COLUMNS_MIN + 3 <= columns) {
        size_t room = columns - used - 3;
        size_t width = room < BAR_COLUMNS_MAX ? room : BAR_COLUMNS_MAX;
        size_t full = width * state->done / state->total;
        rz_buffer_printf(line, "%s [", progress->stage);
        rz_buffer_pad(line, '=', full);
        rz_buffer_pad(line, ' ', width - full);
        rz_buffer_text(line, "] ");
    } else if (used <= columns) {
        rz_buffer_printf(line, "%s ", progress->stage);
    }
    rz_buffer_str(line, rz_buffer_view(&count));
    if (line->size + more.size <= columns)
        rz_buffer_str(line, rz_buffer_view(&more));
    if (line->size > columns)
        line->size = columns;
}

static void show_bar(struct rz_progress *progress)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    struct state state = read_state(progress);
    /* The last column stays free: a terminal would go to the next line. */
    put_bar(&line, progress, &state, terminal_columns(progress->out->fd) - 1);
    rz_buffer_text(&progress->out->text, "\r");
    rz_buffer_str(&progress->out->text, rz_buffer_view(&line));
    rz_buffer_text(&progress->out->text, "\033[K");
    rz_output_flush(progress->out);
    progress->shown = true;
}

static void hide_bar(struct rz_progress *progress)
{
    if (progress->shown)
        rz_buffer_text(&progress->out->text, "\r\033[K");
    rz_output_flush(progress->out);
    progress->shown = false;
}

static void show_line(struct rz_progress *progress)
{
    struct state state = read_state(progress);
    struct rz_buffer *out = &progress->out->text;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "%s: %zu of %zu zone%s", progress->stage, state.done, state.total,
                     state.total == 1 ? "" : "s");
    if (progress->form == RZ_PROGRESS_RECORDS) {
        rz_log_begin(out, progress->context, RZ_NOTE, text.data, NULL);
        rz_json_text(out, "stage", progress->stage);
        rz_json_int(out, "done", (int64_t)state.done);
        rz_json_int(out, "total", (int64_t)state.total);
        rz_json_int(out, "elapsed_ms", (int64_t)(state.seconds * 1000));
        if (state.left >= 0)
            rz_json_int(out, "left_s", state.left);
        rz_log_end(out);
    } else {
        rz_buffer_printf(&text, ", %.0f s", state.seconds);
        if (state.left >= 0 && state.total > 1)
            rz_buffer_printf(&text, ", %.1f/s, %" PRId64 " s left", state.rate, state.left);
        rz_buffer_printf(out, "%s%s\n", text.data, state.stopping ? ", stopping" : "");
    }
    rz_output_flush(progress->out);
    progress->told = true;
}

static void *run(void *argument)
{
    struct rz_progress *progress = argument;
    bool bar = progress->form == RZ_PROGRESS_BAR;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t wait = bar ? QUIET_MS : LINE_MS;
    pthread_mutex_lock(&progress->lock);
    while (progress->running) {
        until.tv_nsec += wait % 1000 * 1000000;
        until.tv_sec += wait / 1000 + until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        wait = bar ? FRAME_MS : LINE_MS;
        int code = 0;
        while (progress->running && code == 0)
            code = pthread_cond_timedwait(&progress->wake, &progress->lock, &until);
        if (!progress->running)
            break;
        if (bar)
            show_bar(progress);
        else
            show_line(progress);
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

void rz_progress_init(struct rz_progress *progress, struct rz_output *out,
                      struct rz_context *context, enum rz_progress_form form)
{
    *progress = (struct rz_progress){
        .form = form, .out = out, .context = context, .run_began = now_ms()};
}

void rz_progress_start(struct rz_progress *progress, const char *stage, size_t zones)
{
    struct rz_meter *meter = progress->context->meter;
    progress->stage = stage;
    progress->began = now_ms();
    atomic_store(&meter->done, 0);
    atomic_store(&meter->total, zones);
    if (progress->form == RZ_PROGRESS_NONE || zones == 0)
        return;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&progress->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&progress->lock, NULL);
    progress->running = true;
    if (pthread_create(&progress->thread, NULL, run, progress) == 0)
        return;
    progress->running = false;
    pthread_mutex_destroy(&progress->lock);
    pthread_cond_destroy(&progress->wake);
}

void rz_progress_stop(struct rz_progress *progress)
{
    if (!progress->running)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->running = false;
    pthread_cond_signal(&progress->wake);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    pthread_mutex_destroy(&progress->lock);
    pthread_cond_destroy(&progress->wake);
    hide_bar(progress);
}

void rz_progress_hold(struct rz_progress *progress)
{
    if (!progress->running)
        return;
    pthread_mutex_lock(&progress->lock);
    hide_bar(progress);
}

void rz_progress_release(struct rz_progress *progress)
{
    if (progress->running)
        pthread_mutex_unlock(&progress->lock);
}

void rz_progress_summary(struct rz_progress *progress, bool wanted, int exit_code)
{
    const struct rz_meter *meter = progress->context->meter;
    struct rz_buffer *out = &progress->out->text;
    int64_t whole = now_ms() - progress->run_began;
    bool records = progress->form == RZ_PROGRESS_RECORDS;
    if (!progress->stage || progress->form == RZ_PROGRESS_NONE
        || !(records || wanted || progress->told))
        return;
    if (records) {
        rz_log_begin(out, progress->context, RZ_NOTE, "finished", NULL);
        rz_json_int(out, "exit", exit_code);
        rz_json_int(out, "elapsed_ms", whole);
    } else {
        rz_buffer_printf(out, "Took %.2f s; all threads together", (double)whole / 1000);
    }
    const char *before = ": ";
    for (size_t i = 0; i < RZ_PHASE_COUNT; i++) {
        uint64_t spent = atomic_load(&meter->spent[i]);
        char key[24];
        snprintf(key, sizeof key, "%s_ms", rz_phase_texts[i]);
        if (records) {
            rz_json_int(out, key, (int64_t)(spent / 1000000));
        } else if (spent) {
            rz_buffer_printf(out, "%s%s %.2f s", before, rz_phase_texts[i], (double)spent / 1e9);
            before = ", ";
        }
    }
    if (records)
        rz_log_end(out);
    else
        rz_buffer_text(out, ".\n");
}
