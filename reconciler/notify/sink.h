/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One receiver, and one try to tell it something. */
#ifndef RZ_NOTIFY_SINK_H
#define RZ_NOTIFY_SINK_H

#include "notify/message.h"

struct rz_http_client;

struct rz_sink {
    const struct rz_sink_settings *settings;
    struct rz_context context; /* of its own, so that it can be stopped alone */
    struct rz_secret *url, *secret, *password;
    struct rz_http_client *client; /* webhook and slack */
    char *path;                    /* behind the client's base; part of a secret where `url` is */
    char shown[128];               /* what it is, without secrets */
};

/* Resolves secrets. False, with a warning, where one cannot be had. */
bool rz_sink_open(struct rz_sink *sink, const struct rz_sink_settings *settings,
                  struct rz_context *context, struct rz_diags *diags);
void rz_sink_close(struct rz_sink *sink);
/* RZ_OK: told. RZ_NETWORK: perhaps another time. Else: not worth another try. `why` gets a sentence
 * part. */
enum rz_status rz_sink_send(struct rz_sink *sink, const struct rz_message *message,
                            struct rz_buffer *why);

#endif
