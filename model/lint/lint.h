/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lint: what is wrong or doubtful about a finished desired zone, or about several together. Rules
 * stand in tables, one a family; a rule's title and own level are those of its code (codes.h). */
#ifndef RZ_LINT_LINT_H
#define RZ_LINT_LINT_H

#include "dns/zone.h"

/* What becomes of the findings of a code. */
enum rz_lint_level { RZ_LINT_OWN, RZ_LINT_OFF, RZ_LINT_NOTE, RZ_LINT_WARNING, RZ_LINT_ERROR };

/* Slots of codes: RZ1200–1249 and RZ2100–2149. */
#define RZ_LINT_SLOTS 100

/* All zero: every rule at its own level, all of the zone known. */
struct rz_lint_settings {
    uint8_t levels[RZ_LINT_SLOTS]; /* enum rz_lint_level by rz_lint_slot() */
    bool errors_only;              /* rules that cannot give an error are not run */
    bool partial; /* `manage: listed`: what is not in the zone may exist all the same */
};

/* The slot of a code; -1 for one that is no rule's. */
int rz_lint_slot(int code);
/* Sets codes of a zone's `lint: {allow: […]}` to off. */
void rz_lint_allow(struct rz_lint_settings *settings, const enum rz_code *codes, size_t count);
/* What becomes of a code's findings: an enum rz_severity, or -1 for nothing. */
int rz_lint_severity(const struct rz_lint_settings *settings, enum rz_code code);

/* Runs all rules about one zone, those of rz_zone_check() with it. RZ_INVALID when an error was
 * added. Of warnings and notes at most RZ_LINT_SHOWN of a code are added for a zone; the last one
 * says how many more there are. Time grows as the zone does. */
#define RZ_LINT_SHOWN 10
enum rz_status rz_lint_zone(const struct rz_zone *zone, const struct rz_lint_settings *settings,
                            struct rz_diags *diags);

/* Rules across zones. Of each zone only hashes of its names (8 octets each) and the records that
 * name hosts in other zones of the project are kept, so zones may be freed once they are added. */
struct rz_lint_project;
/* `apexes`: of all zones that will be added; borrowed. `settings`: of the project; copied. */
struct rz_lint_project *rz_lint_project_new(const struct rz_name *const *apexes, size_t count,
                                            const struct rz_lint_settings *settings);
/* Takes what is needed of one zone; `settings`: of the zone. Zones that did not load are left out:
 * nothing is said about names in them. */
void rz_lint_project_add(struct rz_lint_project *project, const struct rz_zone *zone,
                         const struct rz_lint_settings *settings);
/* To be called once, after all zones. RZ_INVALID when an error was added. */
enum rz_status rz_lint_project_check(struct rz_lint_project *project, struct rz_diags *diags);
void rz_lint_project_free(struct rz_lint_project *project);

/* A rule as documentation and tests see it. */
struct rz_lint_example {
    enum rz_code code;
    /* Native documents; several, for rules across zones, are parted by a line `---`. */
    const char *passing, *failing;
};
/* The rules in the order of their families; NULL behind the last. */
const struct rz_lint_example *rz_lint_example(size_t index);

#endif
