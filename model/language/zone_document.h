/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone documents: a file in one of three forms becomes a desired zone and its settings. */
#ifndef RZ_LANGUAGE_ZONE_DOCUMENT_H
#define RZ_LANGUAGE_ZONE_DOCUMENT_H

#include "dns/zone.h"
#include "language/check.h"
#include "lint/lint_settings.h"

enum rz_zone_format { RZ_FORMAT_NATIVE, RZ_FORMAT_OCTODNS, RZ_FORMAT_ZONEFILE };

/* Variables by name, later scopes first; values are text. */
struct rz_variable {
    const char *name, *value;
};
struct rz_variables {
    const struct rz_variable *items;
    size_t count;
};

/* `ignore:` patterns and other settings that go with a zone, not with its data. */
struct rz_zone_pattern {
    const char *name; /* glob relative to the apex, "@" for the apex; NULL: any */
    uint16_t type;    /* 0: any */
};
struct rz_zone_settings {
    const struct rz_zone_pattern *ignore;
    size_t ignore_count;
    const struct rz_zone_pattern *protect;
    size_t protect_count;
    bool manage_listed; /* manage: listed */
    bool external;      /* made from data files or the environment, too */
    const struct rz_check *checks;
    size_t check_count;
    struct rz_lint_allowed lint;
    const char *source_path;
};

struct rz_templates;
struct rz_binding;

/* Which RRsets were replaced, removed or adjusted by a later layer, in the order of the layers: for
 * `render --explain`. Texts live in the arena. */
enum rz_explanation_kind { RZ_EXPLAIN_REPLACED, RZ_EXPLAIN_REMOVED, RZ_EXPLAIN_ADJUSTED };
struct rz_explanation_place {
    const char *file, *chain; /* chain NULL: the zone's own document */
    uint32_t line;
};
struct rz_explanation {
    struct rz_name owner;
    uint16_t type;
    uint8_t kind;                     /* enum rz_explanation_kind */
    struct rz_explanation_place lost; /* the RRset as it was before; file NULL: there was none */
    struct rz_explanation_place by;   /* what did it */
};
struct rz_explanations {
    struct rz_arena arena;
    struct rz_explanation *items;
    size_t count, capacity;
};

/* Lint's settings of the project for this zone: without what it allows itself, and partial where
 * RRsets that the file does not have may be live all the same (`manage: listed`, `ignore`). */
struct rz_lint_settings rz_zone_settings_lint(const struct rz_zone_settings *settings,
                                              const struct rz_lint_settings *project);

struct rz_zone_document_options {
    enum rz_zone_format format;
    const uint8_t *apex;  /* from the file's name; the document's `zone:` must agree or overrides */
    uint32_t default_ttl; /* of rezone.yaml */
    struct rz_variables
        variables; /* of rezone.yaml, environment and -D, in falling precedence: -D first */
    size_t
        override_count; /* how many of `variables` (the -D ones) win over the document's `vars` */
    const struct rz_binding *environment_vars,
        *project_vars; /* typed; of the environment, over template
                                defaults, and of rezone.yaml, under them */
    size_t environment_var_count, project_var_count;
    const char *environment;              /* --env; NULL: none */
    const struct rz_templates *templates; /* NULL: none */
    bool one_thread;                      /* a large document is not read in parts */
    bool
        *templates_used; /* one for each template, set where it is applied (by several threads too);
                           * NULL: not wanted */
    const char *const *allow_env; /* environment variables that env() may read */
    size_t allow_env_count;
    struct rz_explanations *explanations; /* NULL: not wanted */
    bool *
        external; /* set where the document reads other files or the environment; NULL: not wanted */
    /* Called with each file that the document or its templates read (content empty where it cannot be);
     * NULL: not wanted. */
    void (*reads)(void *user, const char *path, struct rz_str content);
    void *reads_user;
    int project_dir;                     /* for $INCLUDE in master files; -1: none */
    const struct rz_lint_settings *lint; /* NULL: only what rz_zone_check() finds */
};

/* Only reads the apex: `zone:` of a native document, else `fallback` (the file's name without its
 * ending, "@" handled). Cheap: looks at the top-level keys without loading records. */
enum rz_status rz_zone_document_apex(struct rz_name *apex, const struct rz_source *source,
                                     const char *path, enum rz_zone_format format,
                                     struct rz_diags *diags);

/* Loads, finishes (rz_zone_finish) and checks (rz_lint_zone) the zone. `zone` is initialised here;
 * `settings` lives in zone->arena. All errors of the file are added; RZ_INVALID when any. */
enum rz_status rz_zone_document_load(struct rz_zone *zone, struct rz_zone_settings *settings,
                                     const struct rz_source *source,
                                     const struct rz_zone_document_options *options,
                                     struct rz_diags *diags);

/* Appends the finished zone as a native document in canonical form; loading it gives an equal zone
 * (the SOA serial is left out, as the language wants). `leave_out_signer_types`: without the records
 * that an online signer makes. */
void rz_zone_document_write(struct rz_buffer *out, const struct rz_zone *zone,
                            bool leave_out_signer_types);

/* Appends `dnssec:` as the zone's DNSSEC and DNSSECKEY records say; nothing where there are none, or where
 * they are what the language has no words for (document_dnssec.c). */
void rz_zone_document_write_dnssec(struct rz_buffer *out, const struct rz_zone *zone);

/* Appends one record as such a document writes it behind `TYPE:`. */
void rz_zone_document_write_value(struct rz_buffer *out, const struct rz_name *apex, uint16_t type,
                                  const uint8_t *wire, uint16_t size);

#endif
