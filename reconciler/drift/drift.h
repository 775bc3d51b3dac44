/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drift: what the files want, what is live, and what the last run left, held against each other. */
#ifndef RZ_DRIFT_DRIFT_H
#define RZ_DRIFT_DRIFT_H

#include "journal/snapshot.h"

enum rz_drift_kind {
    RZ_DRIFT_UNAPPLIED, /* the files moved: live is as the last run left it */
    RZ_DRIFT_DRIFTED,   /* live moved: the files are as the last run left it */
    RZ_DRIFT_BOTH,      /* both moved, and differ */
    RZ_DRIFT_DIFFERS,   /* they differ, and without a snapshot nobody knows who moved */
    RZ_DRIFT_KINDS
};
const char *rz_drift_kind_text(enum rz_drift_kind kind); /* "unapplied" */

/* An RRset that is live otherwise than the files say. Pointers live in the zone's arena; NULL: there is
 * none. */
struct rz_drift_rrset {
    enum rz_drift_kind kind;
    const struct rz_rrset *base, *live, *desired; /* base also NULL where it is not known */
    const char *file;                             /* that gives `desired` */
};

enum rz_drift_server_kind { RZ_DRIFT_SERIAL_BEHIND, RZ_DRIFT_DISAGREES, RZ_DRIFT_SERVER_KINDS };
const char *rz_drift_server_kind_text(enum rz_drift_server_kind kind); /* "serial behind" */

/* An authoritative server that does not answer what the target says it has. */
struct rz_drift_server {
    enum rz_drift_server_kind kind;
    const char *message; /* a sentence that names the server */
};

/* A zone at a target. */
struct rz_drift_zone {
    struct rz_arena arena;
    const struct rz_zone_entry *entry; /* NULL: in no file */
    struct rz_name apex;
    const char *name, *target; /* name without final dot */
    enum rz_status status;     /* not RZ_OK: could not be compared; `diags` say why */
    struct rz_diags diags;
    bool three_way;     /* there is a snapshot: of run `run`, `taken` then */
    int64_t run, taken; /* taken: seconds since 1970 */
    bool foreign;       /* lives at the target and is in no file */
    bool missing;       /* in the files and not at the target */
    bool has_serial;
    uint32_t serial;             /* live, of the target */
    struct rz_revision revision; /* the same, as the provider has it */
    struct rz_drift_rrset *rrsets;
    size_t count, capacity;
    size_t kinds[RZ_DRIFT_KINDS];
    struct rz_drift_server *servers;
    size_t server_count, server_capacity;
    size_t server_kinds[RZ_DRIFT_SERVER_KINDS];
    size_t compared; /* RRsets of the files */
    struct rz_snapshot snapshot;
    struct rz_hash live_fingerprint;
};

struct rz_drift {
    struct rz_drift_zone **zones; /* in the order of zones and targets; foreign ones last */
    size_t count, capacity;
    bool partial;               /* only some RRsets were looked at (--target) */
    int64_t time, milliseconds; /* when it was looked at, and how long that took */
    size_t kinds[RZ_DRIFT_KINDS], server_kinds[RZ_DRIFT_SERVER_KINDS];
    size_t foreign, missing, failed, clean;
};

struct rz_drift_options {
    struct rz_journal *journal; /* NULL: two-way */
    int64_t since;             /* compare with what this run left; 0: with what the last run left */
    struct rz_strings targets; /* --target: only these RRsets; none: all */
    const char *provider;      /* only this target; NULL: all */
    struct rz_strings globs;   /* of zones: which foreign ones are wanted; none: all */
    bool lenient;
};

/* Looks at all zones with context->jobs threads. Diagnostics of zones stay with them, those of the
 * whole go to `diags`. Free in any case. */
void rz_drift_make(struct rz_drift *drift, struct rz_project *project,
                   const struct rz_zone_list *zones, const struct rz_drift_options *options,
                   struct rz_diags *diags);
void rz_drift_free(struct rz_drift *drift);

bool rz_drift_zone_is_clean(const struct rz_drift_zone *zone);
/* 0: none; 2: drift; 1: something could not be compared. */
int rz_drift_exit(const struct rz_drift *drift);

/* Looks at one zone at one target into `zone`, whose entry, apex, name and target are set. */
void rz_drift_look(struct rz_drift_zone *zone, struct rz_project *project,
                   const struct rz_zone *desired, const struct rz_zone_settings *settings,
                   const struct rz_drift_options *options);
/* The zone as run `options->since` left it, or as the last one did. Initialises `base`; false, without
 * a diagnostic, where it is not known. */
bool rz_drift_base(struct rz_drift_zone *zone, struct rz_zone *base,
                   const struct rz_drift_options *options);
/* Asks every authoritative server whether it has what the target says. */
void rz_drift_ask(struct rz_drift_zone *zone, struct rz_project *project,
                  struct rz_provider *provider, const struct rz_zone *live);
struct rz_drift_zone *rz_drift_add(struct rz_drift *drift, const struct rz_name *apex,
                                   const char *target);

#endif
