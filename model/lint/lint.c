/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the rules over a zone in one walk, owner by owner. Rules are chosen once a zone by what their
 * level and the zone's name ask for, and once a type, so that plain records cost next to nothing. */
#include "lint/lint_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/zone_check.h"

#define WARNING_SLOTS 50
#define MESSAGE_MAX 1500

const struct rz_lint_rule *const rz_lint_families[] = {
    rz_lint_structure_rules, rz_lint_address_rules,
    rz_lint_target_rules,    rz_lint_ttl_rules,
    rz_lint_mail_rules,      rz_lint_dnssec_rules,
    rz_lint_content_rules,   rz_lint_name_rules,
    rz_lint_project_rules,   NULL,
};

static int slot_of(int code)
{
    if (code >= 1200 && code < 1250)
        return code - 1200;
    return code >= 2100 && code < 2150 ? code - 2100 + WARNING_SLOTS : -1;
}

const struct rz_lint_example *rz_lint_example(size_t index)
{
    for (size_t family = 0; rz_lint_families[family]; family++)
        for (const struct rz_lint_rule *rule = rz_lint_families[family]; rule->example.code; rule++)
            if (index-- == 0)
                return &rule->example;
    return NULL;
}

int rz_lint_slot(int code)
{
    for (size_t i = 0; rz_lint_example(i); i++)
        if ((int)rz_lint_example(i)->code == code)
            return slot_of(code);
    return -1;
}

void rz_lint_allow(struct rz_lint_settings *settings, const enum rz_code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slot_of((int)codes[i]) >= 0)
            settings->levels[slot_of((int)codes[i])] = RZ_LINT_OFF;
}

int rz_lint_severity(const struct rz_lint_settings *settings, enum rz_code code)
{
    int slot = slot_of((int)code), severity;
    switch (slot >= 0 ? settings->levels[slot] : RZ_LINT_OWN) {
    case RZ_LINT_OFF: return -1;
    case RZ_LINT_NOTE: severity = RZ_NOTE; break;
    case RZ_LINT_WARNING: severity = RZ_WARNING; break;
    case RZ_LINT_ERROR: severity = RZ_ERROR; break;
    default: severity = rz_code_find((int)code)->severity;
    }
    return settings->errors_only && severity != RZ_ERROR ? -1 : severity;
}

struct rz_diag *rz_lint_report(struct rz_lint *lint, const struct rz_rrset *rrset,
                               const char *format, ...)
{
    int slot = slot_of((int)lint->code), severity = rz_lint_severity(lint->settings, lint->code);
    bool is_error = severity == RZ_ERROR;
    if (severity < 0)
        return NULL;
    lint->failed |= is_error;
    if (++lint->found[slot] > RZ_LINT_SHOWN && !is_error)
        return NULL;
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], text[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rz_name_text_relative(owner, rrset->owner, lint->zone->apex.wire);
    struct rz_diag *diag = rz_diags_add(lint->diags, lint->code, rz_zone_place(lint->zone, rrset),
                                        "%s %s %s", owner, rz_rtype_text(type, rrset->type), text);
    rz_diag_set_severity(lint->diags, diag, (enum rz_severity)severity);
    lint->shown[slot] = (size_t)(diag - lint->diags->items);
    return diag;
}

/* What was only counted is told with the last finding that was added. */
static void tell_rest(struct rz_lint *lint)
{
    for (size_t slot = 0; slot < RZ_LINT_SLOTS; slot++) {
        size_t rest = lint->found[slot] - RZ_LINT_SHOWN;
        if (lint->found[slot] <= RZ_LINT_SHOWN || lint->shown[slot] >= lint->diags->count)
            continue;
        struct rz_diag *diag = &lint->diags->items[lint->shown[slot]];
        if (diag->severity != RZ_ERROR && !diag->related)
            rz_diag_related(lint->diags, diag, "and %zu more like it in the zone", rest);
    }
}

/* Types with a column of their own; the others share the last. */
#define TYPES 260
#define RULES_MAX 64

/* The rules that are run, as sets of bits. */
struct selection {
    const struct rz_lint_rule *rules[RULES_MAX];
    size_t count;
    uint64_t by_type[TYPES];
    uint64_t owner, zone;
};

static unsigned column_of(uint16_t type)
{
    return type < TYPES - 1 ? type : TYPES - 1;
}

static void select_rule(struct selection *selection, const struct rz_lint_rule *rule)
{
    uint64_t bit = 1ull << selection->count;
    selection->rules[selection->count++] = rule;
    if (rule->owner)
        selection->owner |= bit;
    if (rule->zone)
        selection->zone |= bit;
    if (!rule->rrset)
        return;
    for (const uint16_t *type = rule->types; type && *type; type++)
        selection->by_type[column_of(*type)] |= bit;
    for (size_t i = 0; !rule->types && i < TYPES; i++)
        selection->by_type[i] |= bit;
}

static void select_rules(struct selection *selection, const struct rz_lint *lint)
{
    unsigned traits = rz_lint_zone_traits(lint->zone->apex.wire);
    if (!lint->settings->partial)
        traits |= RZ_LINT_WHOLE;
    *selection = (struct selection){.count = 0};
    for (size_t family = 0; rz_lint_families[family]; family++)
        for (const struct rz_lint_rule *rule = rz_lint_families[family]; rule->example.code; rule++)
            if ((rule->rrset || rule->owner || rule->zone) && (rule->needs & ~traits) == 0
                && rz_lint_severity(lint->settings, rule->example.code) >= 0
                && selection->count < RULES_MAX)
                select_rule(selection, rule);
}

static const struct rz_lint_rule *next_rule(const struct selection *selection, uint64_t *bits)
{
    const struct rz_lint_rule *rule = selection->rules[__builtin_ctzll(*bits)];
    *bits &= *bits - 1;
    return rule;
}

/* Whether the rule is for the type: types without a column of their own share one. */
static bool is_for(const struct rz_lint_rule *rule, uint16_t type)
{
    const uint16_t *listed = rule->types;
    if (type < TYPES - 1 || !listed)
        return true;
    while (*listed && *listed != type)
        listed++;
    return *listed != 0;
}

/* Delegations inside a delegation are hidden by it, so the first is kept until it is left. */
static void follow_cut(struct rz_lint *lint, const struct rz_rrset *sets, size_t count)
{
    if (lint->cut && !rz_name_in(sets->owner, lint->cut))
        lint->cut = NULL;
    for (size_t i = 0; i < count && !lint->cut && sets[i].type <= RZ_TYPE_NS; i++)
        if (sets[i].type == RZ_TYPE_NS && lint->labels)
            lint->cut = sets->owner;
}

static void look_at_owner(struct rz_lint *lint, const struct selection *selection,
                          const struct rz_rrset *sets, size_t count)
{
    lint->labels = rz_name_size(sets->owner) - lint->zone->apex.size;
    follow_cut(lint, sets, count);
    for (size_t i = 0; i < count; i++)
        for (uint64_t bits = selection->by_type[column_of(sets[i].type)]; bits;) {
            const struct rz_lint_rule *rule = next_rule(selection, &bits);
            lint->code = rule->example.code;
            if (is_for(rule, sets[i].type))
                rule->rrset(lint, &sets[i]);
        }
    for (uint64_t bits = selection->owner; bits;) {
        const struct rz_lint_rule *rule = next_rule(selection, &bits);
        lint->code = rule->example.code;
        rule->owner(lint, sets, count);
    }
}

/* Neighbours mostly differ in the length or the last letter of the first label. */
static bool is_same(const uint8_t *a, const uint8_t *b)
{
    return a == b || (a[0] == b[0] && a[a[0]] == b[b[0]] && rz_name_equal(a, b));
}

static void look_at_zone(struct rz_lint *lint)
{
    struct selection selection;
    const struct rz_rrset *sets = lint->zone->rrsets;
    size_t count = lint->zone->count;
    select_rules(&selection, lint);
    if (selection.count == 0)
        return;
    for (size_t from = 0, i = 0; i < count; i++) {
        if (i + 1 < count && is_same(sets[i].owner, sets[i + 1].owner))
            continue;
        look_at_owner(lint, &selection, sets + from, i + 1 - from);
        from = i + 1;
    }
    lint->cut = NULL;
    for (uint64_t bits = selection.zone; bits;) {
        const struct rz_lint_rule *rule = next_rule(&selection, &bits);
        lint->code = rule->example.code;
        rule->zone(lint);
    }
    tell_rest(lint);
}

static int check_level(const void *user, enum rz_code code)
{
    return rz_lint_severity(user, code);
}

enum rz_status rz_lint_zone(const struct rz_zone *zone, const struct rz_lint_settings *settings,
                            struct rz_diags *diags)
{
    struct rz_lint lint = {.zone = zone, .settings = settings, .diags = diags};
    const struct rz_zone_check_levels levels = {check_level, settings};
    bool failed = rz_zone_check_with(zone, &levels, diags) != RZ_OK;
    look_at_zone(&lint);
    free(lint.stray.items);
    return failed || lint.failed ? RZ_INVALID : RZ_OK;
}
