/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --trace: a file of JSON lines, one a message. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "support/alloc.h"
#include "support/buffer.h"

#define DETAIL_MAX ((size_t)64 << 10) /* octets of a message that are kept */

struct rz_trace {
    pthread_mutex_t lock;
    FILE *file;
};

struct rz_trace *rz_trace_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    if (fchmod(fd, 0600) != 0) { /* a file that was there may have been open to others */
        close(fd);
        return NULL;
    }
    struct rz_trace *trace = rz_alloc_zero(1, sizeof *trace);
    trace->file = fdopen(fd, "w");
    pthread_mutex_init(&trace->lock, NULL);
    return trace;
}

void rz_trace_close(struct rz_trace *trace)
{
    if (!trace)
        return;
    fclose(trace->file);
    pthread_mutex_destroy(&trace->lock);
    free(trace);
}

void rz_trace_write(struct rz_trace *trace, const struct rz_context *context, const char *kind,
                    struct rz_str summary, struct rz_str detail)
{
    if (!trace)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(
        &shown, (struct rz_str){detail.data, detail.size < DETAIL_MAX ? detail.size : DETAIL_MAX});
    RZ_BUFFER_CLEANUP struct rz_buffer head = {0};
    rz_buffer_visible(&head, summary);
    struct rz_str text = rz_buffer_view(&shown), title = rz_buffer_view(&head);
    json_t *line = json_pack(
        "{s:I, s:s, s:s%, s:s%, s:I, s:s, s:s}", "ticks", (json_int_t)context->ticks(context->user),
        "kind", kind, "summary", title.data, title.size, "detail", text.data, text.size, "octets",
        (json_int_t)detail.size, "trace_id", context->trace_id, "span_id", context->span_id);
    if (!line)
        return;
    pthread_mutex_lock(&trace->lock);
    json_dumpf(line, trace->file, JSON_COMPACT);
    fputc('\n', trace->file);
    fflush(trace->file);
    pthread_mutex_unlock(&trace->lock);
    json_decref(line);
}
