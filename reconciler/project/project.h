/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A project: rezone.yaml, the zone files it names, the providers it uses. */
#ifndef RZ_PROJECT_PROJECT_H
#define RZ_PROJECT_PROJECT_H

#include "language/template.h"
#include "language/zone_document.h"
#include "plan/policy.h"
#include "project/notify_settings.h"
#include "project/reads.h"
#include "provider.h"

struct rz_provider_entry {
    const char *name, *kind;
    const struct rz_node *config;
    struct rz_provider *provider;     /* opened by rz_project_provider */
    struct rz_provider *registration; /* its registrations as zones; NULL: not asked for yet */
    enum rz_status status;            /* of opening it */
};

struct rz_source_entry {
    const char *directory;
    int format; /* enum rz_zone_format */
};

struct rz_zone_rule {
    const char *pattern;
    struct rz_strings targets;
    bool manage_listed;
};

struct rz_verify_settings {
    bool readback, dns;
    bool dnssec;                          /* signed zones are validated to their DS */
    bool exec;                            /* checks may run commands */
    uint64_t timeout, stable_for;         /* seconds */
    struct rz_strings servers;            /* empty: of the provider, else the apex NS */
    struct rz_strings parents, resolvers; /* for delegations; empty: the machine's resolvers */
    uint64_t parent_wait; /* seconds after which a parent that does not publish is a failure; 0:
                             that is only told */
};

struct rz_drift_settings {
    struct rz_strings ignore_foreign; /* globs of zones that are nobody's business here */
};

enum rz_on_failure { RZ_ROLLBACK_BATCH, RZ_ROLLBACK_RUN, RZ_STOP };

/* How a run goes from zone to zone. */
struct rz_wave_settings {
    uint64_t canary;       /* zones in a first wave of their own */
    const char *size;      /* of the waves after it, as written: `25%` or a count; NULL: all */
    uint64_t pause;        /* between waves, seconds */
    struct rz_limit limit; /* `size`, read */
};

struct rz_apply_settings {
    uint64_t concurrency;
    uint64_t lock_wait; /* for a zone that another run has in hand, seconds */
    struct rz_wave_settings batch;
    int on_failure; /* enum rz_on_failure */
};

struct rz_journal;

/* Where journal/applied.h reads; its own to set. */
struct rz_applied_source {
    struct rz_journal *journal;
    bool known, owned;
};

struct rz_project {
    struct rz_arena arena;
    atomic_bool resolvers_silent; /* the machine's did not answer when a DS was asked for */
    struct rz_context *context;
    struct rz_source source; /* rezone.yaml */
    struct rz_provider_entry *providers;
    size_t provider_count;
    const struct rz_node *provider_map; /* as written, with those that were refused; NULL: none */
    struct rz_source_entry *sources;
    size_t source_count;
    struct rz_zone_rule *rules;
    size_t rule_count;
    const uint8_t **apexes; /* of all zone files seen, in no order */
    size_t apex_count, apex_capacity;
    struct rz_variables variables; /* -D */
    size_t override_count;
    const struct rz_binding *vars, *environment_vars;
    size_t var_count, environment_var_count;
    const char *environment;        /* --env; NULL: none */
    struct rz_strings environments; /* the names that --env may be */
    struct rz_strings allow_env;
    struct rz_templates templates;
    void (*reads)(void *user, const char *path, struct rz_str content); /* the same; NULL */
    void *reads_user;
    bool
        one_thread; /* for each document: what else there is of processors is for the servers' answers */
    bool *templates_used; /* as in rz_zone_document_options; NULL until a command wants to know */
    uint32_t ttl;
    const char *state; /* as rz_journal_open takes it */
    struct rz_policy policy;
    struct rz_apply_settings apply;
    struct rz_verify_settings verify;
    struct rz_drift_settings drift;
    struct rz_notify_settings notify;
    struct rz_lint_settings lint; /* errors_only until a command wants more */
    struct rz_applied_source applied;
};

struct rz_project_options {
    const char *config;                /* path below the project directory; NULL: rezone.yaml */
    const struct rz_variable *defines; /* -D */
    size_t define_count;
    const char *environment;    /* --env; NULL: none */
    struct rz_strings settings; /* --set: PROVIDER.KEY=VALUE */
};

/* Reads rezone.yaml below context->project_dir. Opens no provider, reads no secret, asks no network.
 * All errors of the file at once. `project` is initialised here; free it in any case. */
enum rz_status rz_project_load(struct rz_project *project, struct rz_context *context,
                               const struct rz_project_options *options, struct rz_diags *diags);
void rz_project_free(struct rz_project *project); /* closes providers */

/* Adds "there is no provider `dsn`" with the nearest name that there is. */
void rz_project_no_provider(const struct rz_project *project, enum rz_code code,
                            struct rz_place place, const char *name, struct rz_diags *diags);
/* Opens the provider the first time; NULL where it cannot be opened. A name that ends in
 * RZ_REGISTRATION_SUFFIX is that provider's registrations. Safe in threads. */
enum rz_status rz_project_provider(struct rz_project *project, const char *name,
                                   struct rz_provider **provider, struct rz_diags *diags);

/* A zone of the project: one file and where it goes. */
struct rz_zone_entry {
    struct rz_name apex;
    const char *path; /* below the project directory */
    int format;       /* enum rz_zone_format */
    const struct rz_zone_rule *rule;
    struct rz_hash text; /* of the native document when the zone was looked for; else zero */
};

struct rz_zone_list {
    struct rz_arena arena;
    struct rz_zone_entry *items;
    size_t count, capacity;
};

/* Zones of all sources whose name matches one of `globs` (none: all), in canonical order. Two files
 * for one zone, a zone that no rule sends anywhere, a glob that matches nothing: errors. */
enum rz_status rz_project_zones(struct rz_project *project, const struct rz_strings *globs,
                                struct rz_zone_list *zones, struct rz_diags *diags);
/* Whether a file of the project is of this zone, chosen by `globs` or not; after rz_project_zones. */
bool rz_project_has_zone(const struct rz_project *project, const uint8_t *apex);
/* Whether a file of a source directory is a zone by its ending (pieces for $INCLUDE are not). */
bool rz_project_is_zone_file(const char *path, int format);
void rz_zone_list_free(struct rz_zone_list *zones);

/* Opens every provider that the zones go to; each that cannot be opened says why once. */
enum rz_status rz_project_open_providers(struct rz_project *project,
                                         const struct rz_zone_list *zones, struct rz_diags *diags);

/* What documents of the project are loaded with; the apex is the caller's to set. */
void rz_project_document_options(const struct rz_project *project,
                                 struct rz_zone_document_options *options);

/* Reads and loads the zone's document. */
enum rz_status rz_project_load_zone(struct rz_project *project, const struct rz_zone_entry *entry,
                                    struct rz_zone *zone, struct rz_zone_settings *settings,
                                    struct rz_diags *diags);
/* The same, telling what each layer lost; `explanations` may be NULL. */
enum rz_status rz_project_explain_zone(struct rz_project *project,
                                       const struct rz_zone_entry *entry, struct rz_zone *zone,
                                       struct rz_zone_settings *settings,
                                       struct rz_explanations *explanations,
                                       struct rz_diags *diags);

/* The same of a text that is not, or not yet, in the zone's file. */
enum rz_status rz_project_load_text(struct rz_project *project, const struct rz_zone_entry *entry,
                                    const struct rz_source *source, struct rz_zone *zone,
                                    struct rz_zone_settings *settings, struct rz_diags *diags);

/* A hash of all that makes the zone: its document as it was when zones were looked for, rezone.yaml, -D,
 * the environment, all templates, the levels of lint, this rezone. Not of data files, nor of what the
 * document takes from the environment. Zero where the document is not native. */
struct rz_hash rz_project_zone_inputs(const struct rz_project *project,
                                      const struct rz_zone_entry *entry);

/* SHA-256 over rezone.yaml, the templates, the zone files selected and the data files that they read
 * (project/reads.h; NULL: none), as the plan file keeps. Not over -D: what it gave is in the plan. */
enum rz_status rz_project_digest(struct rz_project *project, const struct rz_zone_list *zones,
                                 struct rz_reads *reads, char digest[65], struct rz_diags *diags);

#endif
