/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the families of rules share: the table's rows, reporting, and questions about the zone. */
#ifndef RZ_LINT_LINT_INTERNAL_H
#define RZ_LINT_LINT_INTERNAL_H

#include "dns/rtype.h"
#include "lint/lint.h"

struct rz_lint;

/* What must hold of a zone for a rule to be run. */
enum rz_lint_need {
    RZ_LINT_PUBLIC = 1 << 0, /* its name is public and none that is kept for examples */
    RZ_LINT_MAIL = 1 << 1,   /* mail of the Internet could come to it */
    RZ_LINT_WHOLE = 1 << 2,  /* what is not in the zone does not exist */
};

/* One of the functions is set; none where another module does the work (zone_check, lint_project). */
struct rz_lint_rule {
    struct rz_lint_example example;
    unsigned needs;
    const uint16_t *types; /* of `rrset`; ends in 0; NULL: all */
    void (*rrset)(struct rz_lint *lint, const struct rz_rrset *rrset);
    void (*owner)(struct rz_lint *lint, const struct rz_rrset *sets, size_t count);
    void (*zone)(struct rz_lint *lint); /* once, after the others */
};

/* The families; each ends in a row without code. */
extern const struct rz_lint_rule rz_lint_structure_rules[], rz_lint_address_rules[],
    rz_lint_target_rules[], rz_lint_ttl_rules[], rz_lint_mail_rules[], rz_lint_dnssec_rules[],
    rz_lint_content_rules[], rz_lint_name_rules[], rz_lint_project_rules[];
extern const struct rz_lint_rule *const rz_lint_families[];

/* What a check keeps until `zone` is called: RRsets that are looked at again. */
struct rz_lint_later {
    const struct rz_rrset **items;
    size_t count, capacity;
};

/* A zone being looked at. */
struct rz_lint {
    const struct rz_zone *zone;
    const struct rz_lint_settings *settings;
    struct rz_diags *diags;
    enum rz_code code;          /* of the rule that is running */
    size_t labels;              /* octets of the owner before the apex; 0: the apex itself */
    const uint8_t *cut;         /* the delegation that the owner is at or below; NULL: none */
    struct rz_lint_later stray; /* addresses at or below delegations that their own does not name */
    const struct rz_rrset *mail; /* the first MX that takes mail, the apex's where there is one */
    bool has_wildcard;           /* somewhere in the zone */
    bool failed;
    size_t found[RZ_LINT_SLOTS]; /* findings by slot */
    size_t shown[RZ_LINT_SLOTS]; /* index of the last diagnostic added */
};

/* Adds a finding of the running rule about an RRset: "OWNER TYPE " and the text. NULL when it is
 * only counted; rz_diag_hint() takes that. */
struct rz_diag *rz_lint_report(struct rz_lint *lint, const struct rz_rrset *rrset,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What a zone has for a name, as RFC 4592 answers. */
struct rz_lint_answer {
    bool outside; /* not in the zone, delegated, or redirected by a DNAME: not known */
    bool exists;  /* as itself, above other names, or by a wildcard */
    const struct rz_rrset *sets; /* of the name or the wildcard */
    size_t count;
};
struct rz_lint_answer rz_lint_look_up(const struct rz_zone *zone, const uint8_t *name);
const struct rz_rrset *rz_lint_answer_find(const struct rz_lint_answer *answer, uint16_t type);
/* A, AAAA, or what a provider makes them of (ALIAS, LUA). */
bool rz_lint_has_address(const struct rz_lint_answer *answer);

/* The name that an RRset's record holds, for the types of rz_lint_names_host; NULL for `.` or where
 * malformed. */
const uint8_t *rz_lint_target(const struct rz_rrset *rrset, const struct rz_rdata_cursor *record);
/* The character strings of TXT RDATA as one text, NUL behind it; false where longer. */
#define RZ_LINT_TEXT_MAX 4096
bool rz_lint_text(char text[RZ_LINT_TEXT_MAX + 1], const struct rz_rdata_cursor *record,
                  struct rz_str *joined);
/* Whether the first label is `label`. */
bool rz_lint_first_label(const uint8_t *name, const char *label);
/* Whether RFC 2606 and others keep the zone's name for examples and private use, and more; the needs
 * that the name satisfies. */
unsigned rz_lint_zone_traits(const uint8_t *apex);

#endif
