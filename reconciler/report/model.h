/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report without a form: sections (a zone at a target, a domain, a check), in each what changes and
 * what was found, and the diagnostics. A command fills it in once; report/formats.h writes it as
 * Markdown, HTML, JUnit, SARIF, annotations for GitHub and code quality for GitLab.
 *
 *     struct rz_report report;
 *     rz_report_init(&report, "drift", "DNS drift");
 *     struct rz_report_section *zone = rz_report_add_section(&report, "example.com", "ns1");
 *     zone->verdict = RZ_VERDICT_CHANGES;
 *     zone->path = "zones/example.com.yaml";
 *     rz_report_note(&report, &zone->status, "2 edited by hand");
 *     struct rz_report_change *change = rz_report_add_change(&report, zone, RZ_UPDATE);
 *     change->owner = …; change->type = …; change->before = …; change->after = …;
 *     rz_report_note(&report, &change->why, "edited by hand: the files and the last run agree");
 *     rz_report_add_diags(&report, diags);
 *     rz_report_finish(&report);
 *     rz_cli_report(cli, &report);              (cli/reports.h: --format and every --report)
 *     rz_report_free(&report);
 *
 * All texts may have come from strangers: they are kept as they are here and escaped by each form
 * (support/escape.h). Pointers are borrowed unless they were made by a function below; use
 * report.arena for what must live as long as the report. */
#ifndef RZ_REPORT_MODEL_H
#define RZ_REPORT_MODEL_H

#include "plan/plan.h"

enum rz_verdict {
    RZ_VERDICT_GOOD,    /* nothing to do, as it should be */
    RZ_VERDICT_CHANGES, /* something is to be done or differs; nobody did wrong */
    RZ_VERDICT_BAD,     /* failed, refused, not known */
};

/* Where to look: `file` NULL: nowhere; line and column 0: the file as a whole. */
struct rz_report_place {
    const char *file;
    uint32_t line, column;
};

/* One RRset that changes or differs. */
struct rz_report_change {
    enum rz_change_kind kind;
    const char *owner;        /* relative to the section's zone, or whole */
    const char *type;         /* "MX" */
    struct rz_strings before; /* records in presentation form, one each; none: not there */
    struct rz_strings after;  /* both sorted as in RRsets, so that a merge gives the difference */
    int64_t ttl_before, ttl_after; /* -1: not known, or not there */
    enum rz_risk risk;
    const char *why; /* why it is risky and where it comes from, clauses joined by "; ", or NULL */
    struct rz_report_place place; /* the line that gives `after` */
    const char *by;               /* who wrote that line, and in which commit; NULL */
};

/* Something that was found: a diagnostic, a broken rule, a failed check. */
struct rz_report_finding {
    enum rz_severity level;
    const char *rule; /* stable: "RZ1104", "policy/max-deletes" */
    const char *message;
    const char *hint;    /* a way out, NULL */
    const char *excerpt; /* the line's text, NULL */
    struct rz_report_place place;
};

struct rz_report_section {
    const char *name;   /* "example.com" */
    const char *target; /* provider, NULL */
    const char *path;   /* the file it is written in, NULL */
    enum rz_verdict verdict;
    const char *status; /* in words: "1 to create, 2 to update", clauses joined; NULL */
    struct rz_report_change **changes; /* risky first once finished, else as added */
    size_t count, capacity;
    size_t kinds[3], risks[3]; /* how many of each rz_change_kind and rz_risk */
    struct rz_report_finding
        *findings; /* about this section; those of its file come by themselves */
    size_t finding_count, finding_capacity;
    size_t errors, warnings; /* findings of the section, and diagnostics of its file */
};

struct rz_report {
    struct rz_arena arena;
    const char *kind;    /* "plan": one word, lower case; names rules, markers and test suites */
    const char *title;   /* "DNS plan" */
    const char *summary; /* a sentence with the result; NULL */
    const char *next;    /* the command that comes next, NULL */
    const char *key; /* tells apart what is reported side by side (environment, selection); NULL */
    const char *version; /* of rezone, NULL */
    const char *id;      /* of the plan or run, NULL */
    const char *commit;  /* NULL */
    const char
        *prefix;  /* where the files are below the root of the repository, "dns/"; NULL: there */
    int64_t time; /* seconds since 1970; 0: none */
    size_t unchanged; /* zones without a section since there is nothing to say of them */
    enum rz_verdict verdict;
    struct rz_report_section **sections;
    size_t count, capacity;
    struct rz_report_finding *findings; /* of no section: diagnostics */
    size_t finding_count, finding_capacity;
    size_t kinds[3], risks[3]; /* over all sections, as are those below */
    size_t errors, warnings;
};

void rz_report_init(struct rz_report *report, const char *kind, const char *title);
void rz_report_free(struct rz_report *report);

/* Pointers stay valid; owner, type and the like are to be filled in. */
struct rz_report_section *rz_report_add_section(struct rz_report *report, const char *name,
                                                const char *target);
struct rz_report_change *rz_report_add_change(struct rz_report *report,
                                              struct rz_report_section *section,
                                              enum rz_change_kind kind);
/* `section` NULL: of the report as a whole. The pointer is valid until the next finding. */
struct rz_report_finding *rz_report_add_finding(struct rz_report *report,
                                                struct rz_report_section *section,
                                                enum rz_severity level, const char *rule);
/* Errors, warnings and, with `notes`, notes; what the list dropped becomes one finding more. */
void rz_report_add_diags(struct rz_report *report, const struct rz_diags *diags, bool notes);
/* Adds a clause, formatted into the arena: "a; b". */
void rz_report_note(struct rz_report *report, const char **clauses, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The records of an RRset (NULL: none) as texts in the arena. */
struct rz_strings rz_report_records(struct rz_report *report, const struct rz_rrset *rrset);

/* A zone plan's changes and broken rules as a section. Of the plan only target, path and the messages of
 * findings are borrowed. */
struct rz_report_section *rz_report_add_zone_plan(struct rz_report *report,
                                                  const struct rz_zone_plan *plan);
/* All of a plan, with its summary; diagnostics are to be added. */
void rz_report_fill_plan(struct rz_report *report, const struct rz_plan *plan);

/* Sorts risky changes to the front, counts, and attributes findings of files to their sections; what was
 * GOOD and has errors becomes BAD. Once, before the report is written. */
void rz_report_finish(struct rz_report *report);

/* Walks everything that somebody should look at, the gravest first: findings of the report and of its
 * sections, and changes with a risk. `section` and `change` NULL where it is of none. `finding` is valid
 * during the call; its place is never without a file where section or change know one. */
struct rz_report_issue {
    const struct rz_report_section *section;
    const struct rz_report_change *change;
    struct rz_report_finding finding;
    char fingerprint[RZ_HASH_TEXT]; /* the same from run to run, whatever lines moved; unique */
};
void rz_report_each_issue(const struct rz_report *report,
                          void (*visit)(void *user, const struct rz_report_issue *issue),
                          void *user);

/* "api A: update 192.0.2.1 → 192.0.2.2", of strangers. */
void rz_report_change_text(struct rz_buffer *out, const struct rz_report_change *change);
/* The verdict of a report or section in one word: "ok", "changes", "failed". */
const char *rz_verdict_text(enum rz_verdict verdict);

#endif
