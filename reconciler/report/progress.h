/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress on standard error: a bar on a terminal, a line every few seconds elsewhere, records with
 * --log-format json. A thread of its own reads the meter, so that workers never wait for a screen. */
#ifndef RZ_REPORT_PROGRESS_H
#define RZ_REPORT_PROGRESS_H

#include <pthread.h>

#include "context.h"
#include "meter.h"
#include "report/output.h"

enum rz_progress_form { RZ_PROGRESS_NONE, RZ_PROGRESS_BAR, RZ_PROGRESS_LINES, RZ_PROGRESS_RECORDS };

struct rz_progress {
    enum rz_progress_form form;
    struct rz_output *out;
    struct rz_context *context; /* with a meter */
    const char *stage;          /* "planning" */
    int64_t began, run_began;   /* milliseconds */
    bool shown;                 /* a bar is on the screen */
    bool told;                  /* at least one line was written */
    bool running;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

/* `context` must have a meter and outlive the progress. */
void rz_progress_init(struct rz_progress *progress, struct rz_output *out,
                      struct rz_context *context, enum rz_progress_form form);
/* A stage of so many zones begins; stop it before anything else is printed. */
void rz_progress_start(struct rz_progress *progress, const char *stage, size_t zones);
void rz_progress_stop(struct rz_progress *progress);
/* Around a line that is printed while a stage is under way, from any thread. */
void rz_progress_hold(struct rz_progress *progress);
void rz_progress_release(struct rz_progress *progress);
/* Where the time went, if there was a stage: always in records, else where `wanted` or where lines
 * of progress were written. */
void rz_progress_summary(struct rz_progress *progress, bool wanted, int exit_code);

#endif
