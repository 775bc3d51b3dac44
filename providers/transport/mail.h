/* SPDX-License-Identifier: GPL-3.0-or-later */
/* E-mail through an SMTP server, on libcurl. */
#ifndef RZ_TRANSPORT_MAIL_H
#define RZ_TRANSPORT_MAIL_H

#include "context.h"
#include "language/fields.h"
#include "secret.h"
#include "support/buffer.h"

struct rz_mail {
    const char *server; /* "smtp://host:587", "smtps://host:465" */
    bool starttls;      /* of smtp://: refuse to go on without */
    const char *ca_file, *username;
    const struct rz_secret *password; /* NULL: no log-in */
    const char *from;
    struct rz_strings to;
    const char *id;        /* of the message, unique */
    int64_t time;          /* seconds since 1970 */
    struct rz_str subject; /* UTF-8, one line */
    struct rz_str text;    /* UTF-8 */
    int64_t timeout_ms;
    struct rz_context *context;
};

/* RZ_OK: the server has taken the message for all of `to`. RZ_NETWORK: it may go better another time.
 * RZ_REJECTED: it will not. `why` gets a sentence part. */
enum rz_status rz_mail_send(const struct rz_mail *mail, struct rz_buffer *why);

#endif
