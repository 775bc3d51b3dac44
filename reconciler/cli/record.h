/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record commands inside: what is asked for, which zones that is about, the plan it makes. */
#ifndef RZ_CLI_RECORD_H
#define RZ_CLI_RECORD_H

#include "cli/cli.h"
#include "dns/rtype.h"
#include "support/map.h"

enum rz_record_verb { RZ_RECORD_CREATE, RZ_RECORD_UPDATE, RZ_RECORD_DELETE };

/* One RRset that is to be changed, as somebody asks for it. All in the cli's arena. */
struct rz_record_entry {
    struct rz_place place; /* line of the file; nothing for the command line */
    struct rz_name owner;
    uint16_t type;
    bool has_ttl;
    uint32_t ttl;
    const char *priority;     /* put before each value; NULL: none */
    struct rz_strings values; /* presentation form; TXT also as plain text */
};

struct rz_record_entries {
    struct rz_record_entry *items;
    size_t count, capacity;
};

/* From the arguments, or with --file from JSON lines or CSV. False with diagnostics for all that is
 * wrong. */
bool rz_record_entries_read(struct rz_cli *cli, enum rz_record_verb verb,
                            struct rz_record_entries *entries);
/* The same from the text of a file. Pure but for the arena and the diagnostics. */
bool rz_record_entries_parse(struct rz_cli *cli, enum rz_record_verb verb, const char *name,
                             struct rz_str text, struct rz_record_entries *entries);
bool rz_record_parse_type(struct rz_cli *cli, struct rz_place place, const char *text,
                          uint16_t *type);
bool rz_record_parse_owner(struct rz_cli *cli, struct rz_place place, const char *text,
                           struct rz_name *owner);

/* Finds zones by the names in them. */
struct rz_record_finder {
    struct rz_cli *cli;
    struct rz_project *project;
    struct rz_finder_list *lists; /* one for each provider of the project */
};
void rz_record_finder_init(struct rz_record_finder *finder, struct rz_cli *cli,
                           struct rz_project *project);
void rz_record_finder_free(struct rz_record_finder *finder);
/* The nearest zone above `owner` (or the one of --zone) and the providers that have it: --provider, else
 * those of rezone.yaml's rule. False with a diagnostic. `targets` are in the cli's arena. */
bool rz_record_find_zone(struct rz_record_finder *finder, const uint8_t *owner,
                         struct rz_name *apex, struct rz_strings *targets);

/* Makes a plan of one zone plan for each zone and target. RZ_OK also where there is nothing to change. */
enum rz_status rz_record_plan(struct rz_record_finder *finder, enum rz_record_verb verb,
                              const struct rz_record_entries *entries, struct rz_plan *plan);

/* ---- JSON: the envelope of imperative operations */

struct rz_record_envelope {
    bool success;
    const char *operation; /* "create" */
    const char *domain, *provider;
    uint16_t type; /* 0: several */
    bool has_ttl;
    uint32_t ttl;
    int64_t run; /* 0: none */
    int64_t milliseconds;
    size_t page, per_page, total; /* per_page 0: no pages */
};
/* Everything before the members of `data`, and after them. */
void rz_record_envelope_begin(struct rz_buffer *json, const struct rz_record_envelope *envelope,
                              int64_t now);
void rz_record_envelope_end(struct rz_buffer *json, const struct rz_record_envelope *envelope);
/* `"key": {"name", "ttl", "type", "values"}`, or null. */
void rz_record_rrset_json(struct rz_buffer *json, const char *key, const struct rz_rrset *rrset,
                          const uint8_t *apex);

/* One envelope a line for each RRset of the plan, or for those of one type. `result` NULL: nothing was
 * sent. */
void rz_record_changes_json(struct rz_cli *cli, struct rz_buffer *json, const char *operation,
                            uint16_t type, const struct rz_plan *plan,
                            const struct rz_run_result *result);
/* Prints a failure before anything was sent in the same form, unless something was printed or it is not
 * JSON that is asked for. `domain` NULL: not known; `type` 0: several, or not known. */
void rz_record_failure_json(struct rz_cli *cli, const char *operation, const char *domain,
                            uint16_t type);

#endif
