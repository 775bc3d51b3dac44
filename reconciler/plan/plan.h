/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan: for each zone and target the changes that make live what the files say. */
#ifndef RZ_PLAN_PLAN_H
#define RZ_PLAN_PLAN_H

#include "dns/change.h"
#include "plan/policy.h"
#include "plan/selection.h"
#include "plan/sign.h"
#include "project/blame.h"
#include "project/project.h"

enum rz_risk { RZ_RISK_NONE, RZ_RISK_NOTICE, RZ_RISK_HIGH };

struct rz_plan_change {
    struct rz_change change;  /* RRsets live in the zone plan's arena */
    const char *file;         /* origin of `after`, NULL where none */
    const char *renamed_from; /* owner, relative: the same RDATA was deleted there; else NULL */
    uint8_t risk;             /* enum rz_risk */
    const char *reason;       /* why it is risky, one clause; NULL */
    const struct rz_blame
        *blame; /* who wrote `after`, or took `before` or values of it out of the zone's file;
                                     NULL: nobody asked, or it is not known */
    const char *dangling; /* a deleted address is still pointed at by this RRset; else NULL */
    bool vanishes;        /* no address and no alias is left at the owner */
    bool gap;             /* the name has no answer for a moment: kind changes, not atomic */
};

/* One zone at one target. */
struct rz_zone_plan {
    struct rz_arena arena;
    struct rz_name apex;
    const char *target;    /* provider's name */
    const char *path;      /* of the zone document; NULL for plans made by hand or a rollback */
    enum rz_status status; /* not RZ_OK: could not be planned; `diags` say why */
    struct rz_diags diags;
    bool signs;     /* the target has keys of its own */
    bool presigned; /* the live zone's signatures are data: no one there makes others */
    bool forwards;  /* the target is a resolver, the changes are of its rules */
    bool create_zone, delete_zone; /* the zone itself; its RRsets are changes all the same */
    bool partial;                  /* changes were left out by --mode or --target */
    struct rz_revision revision;   /* of the live zone it was made against */
    struct rz_hash live_fingerprint, desired_fingerprint;
    struct rz_plan_change *changes; /* canonical order of the subject */
    size_t count, capacity;
    size_t creates, updates, deletes;
    size_t live_rrsets, desired_rrsets, ignored;
    size_t elsewhere;     /* rules of resolvers at a name server, records at a resolver */
    bool shares;          /* changes point into the two zones that were compared */
    struct rz_zone *kept; /* those two, where the plan has taken them over */
    const struct rz_zone_pattern *protect; /* of the document */
    size_t protect_count;
    const struct rz_zone_pattern *ignore; /* of the document: others may change these at any time */
    size_t ignore_count;
    bool manage_listed;            /* so may they what the plan does not name */
    const struct rz_check *checks; /* of the document: what must work afterwards */
    size_t check_count;
    struct rz_finding *findings;
    size_t finding_count, finding_capacity;
};

#define RZ_PLAN_ID_MAX 40

#define RZ_SELECTION_NONE "" /* the one glob of a share without zones */

struct rz_plan {
    struct rz_arena arena;
    char id[RZ_PLAN_ID_MAX];
    int64_t created, expires; /* seconds since 1970 */
    int created_ms;           /* of that second: plans of one second have an order too */
    const char *version;      /* of rezone */
    const char *commit;       /* source commit, NULL where none */
    char sources_digest[65];
    struct rz_reads *reads;       /* data files that its zones read; NULL: not noted */
    struct rz_strings read_paths; /* the same as the plan file has it that was read */
    struct rz_strings
        selection; /* globs of the zones it was made for; none: all; or RZ_SELECTION_NONE */
    struct rz_zone_plan *
        *zones; /* only those with changes or trouble, canonical order, then target */
    size_t count, capacity;
    size_t unchanged; /* zone-target pairs without changes */
    size_t records;   /* RRsets compared */
    bool has_changes;
    bool offline;                    /* made without looking at what is live */
    char digest[65];                 /* of the plan file it was read from; else empty */
    struct rz_signature *signatures; /* of that file; all of them hold */
    size_t signature_count;
};

/* Gives an empty plan its id, time and version. */
void rz_plan_name(struct rz_plan *plan, struct rz_context *context);
void rz_plan_free(struct rz_plan *plan);
void rz_zone_plan_free(struct rz_zone_plan *zone_plan);

/* Adds a change; the RRsets are copied into the plan's arena, unless it shares them. The pointer is
 * valid until the next. */
struct rz_plan_change *rz_zone_plan_add(struct rz_zone_plan *plan, const struct rz_rrset *before,
                                        const struct rz_rrset *after);

/* Ends the sharing: the plan takes both zones over where most of them changed, else copies what it
 * needs of them. The caller frees them in either case, empty where they were taken. */
void rz_zone_plan_settle(struct rz_zone_plan *plan, struct rz_zone *desired, struct rz_zone *live);

/* Whether a pattern of `ignore:` or `protect:` names the RRset. */
bool rz_pattern_matches(const struct rz_zone_pattern *pattern, const uint8_t *apex,
                        const struct rz_rrset *rrset);

/* What a diff must know besides the two zones. */
struct rz_diff_options {
    const struct rz_capabilities *capabilities;
    const struct rz_provider *provider;      /* for ops->refuses; may be NULL */
    const struct rz_zone_settings *settings; /* NULL: manage all, ignore nothing */
    const struct rz_project *project;        /* its other zones have DS of their own; NULL: none */
    const struct rz_zone *applied; /* with manage_listed: what runs put there; NULL: nothing */
    bool lenient;                  /* what the target cannot hold is a warning */
    struct rz_selection selection;
};

/* Fills `plan` (apex, target set by the caller) with the changes from `live` to `desired`. Checks
 * desired RRsets against the capabilities: what cannot be held is an error at its origin. Signer
 * types, the SOA serial, provider-owned SOA and apex NS, ignored patterns never make changes. */
enum rz_status rz_diff(struct rz_zone_plan *plan, const struct rz_zone *desired,
                       const struct rz_zone *live, const struct rz_diff_options *options);

struct rz_plan_options {
    bool lenient;
    int64_t expires_in; /* seconds */
    struct rz_selection selection;
    const struct rz_strings *allow;
    bool
        only_shown; /* zones that an earlier plan found settled need not be read again (settled.h) */
    /* Without network: instead of asking a provider, fills `live` (initialised and finished in any case)
     * and what the target can; `listed` (false) is set where all of `live` comes from files that managed
     * what they list. false: nothing is known of the zone there. NULL: providers are asked. */
    bool (*last_known)(void *user, const struct rz_name *apex, const char *target,
                       struct rz_zone *live, struct rz_capabilities *can, bool *listed);
    void *user;
};

/* Plans the zones against all their targets with context->jobs threads: loads a document while its
 * targets are fetched, diffs, keeps only changes. Diagnostics of documents and zones go to `diags`.
 * RZ_OK also with changes; RZ_REFUSED when policy forbids; else the first error's status. */
enum rz_status rz_plan_make(struct rz_plan *plan, struct rz_project *project,
                            const struct rz_zone_list *zones, const struct rz_plan_options *options,
                            struct rz_diags *diags);

/* The zone that `live` becomes by the plan's changes (not finished zones are invalid): what whole-zone
 * providers write, and what verification expects. Initialises and finishes `after`. */
enum rz_status rz_plan_merge(struct rz_zone *after, const struct rz_zone *live,
                             const struct rz_zone_plan *plan, struct rz_diags *diags);

/* The same without copying: RRsets of `after` are those of `live` and `plan`, which must outlive it. */
enum rz_status rz_plan_merge_shared(struct rz_zone *after, const struct rz_zone *live,
                                    const struct rz_zone_plan *plan, struct rz_diags *diags);

/* The inverse plan of changes already made (`before` and `after` swapped), for rollback. */
struct rz_zone_plan *rz_zone_plan_inverse(const struct rz_zone_plan *plan);

#endif
