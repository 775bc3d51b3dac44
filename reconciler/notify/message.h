/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a receiver is sent: JSON for programs, words for people. */
#ifndef RZ_NOTIFY_MESSAGE_H
#define RZ_NOTIFY_MESSAGE_H

#include "journal/notices.h"
#include "notify/notify.h"

/* One message, written out. */
struct rz_message {
    enum rz_event event;
    char id[33]; /* the same in every try */
    int64_t time, run;
    struct rz_buffer subject, text, json;
};

/* False where the receiver does not ask about it. */
bool rz_message_make(struct rz_message *message, const struct rz_sink_settings *sink,
                     const struct rz_notice *notice, struct rz_context *context);
/* One that was kept; false where it is damaged. */
bool rz_message_restore(struct rz_message *message, const struct rz_kept_notice *notice);
void rz_message_free(struct rz_message *message);

#endif
