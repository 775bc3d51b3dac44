/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `notify:` of rezone.yaml: who is told what of runs. */
#ifndef RZ_PROJECT_NOTIFY_SETTINGS_H
#define RZ_PROJECT_NOTIFY_SETTINGS_H

#include "language/fields.h"

enum rz_sink_kind { RZ_SINK_WEBHOOK, RZ_SINK_SLACK, RZ_SINK_EMAIL, RZ_SINK_EXEC };

/* In the order of how bad they are. */
enum rz_event {
    RZ_EVENT_PLANNED, /* told by `plan`, not of runs */
    RZ_EVENT_STARTED,
    RZ_EVENT_COMMITTED,
    RZ_EVENT_DRIFT,
    RZ_EVENT_FAILED,
    RZ_EVENT_ROLLED_BACK,
    RZ_EVENT_UNKNOWN,
    RZ_EVENT_COUNT
};
/* "planned", "started", "committed" …; ends in NULL. */
extern const char *const rz_event_words[];

/* One entry. Texts live in the project's arena; secrets are references. */
struct rz_sink_settings {
    int kind;             /* enum rz_sink_kind */
    const char *url;      /* webhook, slack; may be a reference */
    const char *secret;   /* of the webhook's signature; NULL: none */
    struct rz_strings to; /* e-mail */
    const char *from, *smtp, *username, *password;
    bool starttls;
    const char *ca_file;
    struct rz_strings command;
    unsigned events;         /* 1 << enum rz_event */
    struct rz_strings zones; /* globs; none: all */
    uint64_t timeout, retries, wait;
    struct rz_place place;
};

struct rz_notify_settings {
    struct rz_sink_settings *sinks;
    size_t count;
};

extern const struct rz_field rz_notify_fields[];

/* Reads the list (NULL: nobody is told). All errors at once; RZ_INVALID when there was any. */
enum rz_status rz_notify_settings_load(struct rz_notify_settings *settings,
                                       const struct rz_field_reader *reader,
                                       const struct rz_node *list);

#endif
