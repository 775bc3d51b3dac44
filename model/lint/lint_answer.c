/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that rules ask about a zone: what it answers for a name, what its name is. */
#include <libpsl.h>

#include "lint/lint_internal.h"

/* Takes the RRsets of the owner at `at`, which is the first of them. */
static void take_owner(struct rz_lint_answer *answer, const struct rz_zone *zone, size_t at)
{
    answer->sets = &zone->rrsets[at];
    do
        answer->count++;
    while (at + answer->count < zone->count
           && rz_name_equal(zone->rrsets[at + answer->count].owner, answer->sets->owner));
}

/* Whether the name is there, as an owner or above one; `*at` is its first RRset, if any. */
static bool is_there(const struct rz_zone *zone, const uint8_t *name, size_t *at)
{
    *at = rz_zone_lower_bound(zone, name, 0);
    return *at < zone->count && rz_name_in(zone->rrsets[*at].owner, name);
}

static void take_wildcard(struct rz_lint_answer *answer, const struct rz_zone *zone,
                          const uint8_t *encloser)
{
    uint8_t wildcard[RZ_NAME_MAX + 2] = {1, '*'};
    size_t size = rz_name_size(encloser), at;
    if (size + 2 > RZ_NAME_MAX)
        return;
    memcpy(wildcard + 2, encloser, size);
    if (!is_there(zone, wildcard, &at))
        return;
    answer->exists = true;
    if (rz_name_equal(zone->rrsets[at].owner, wildcard))
        take_owner(answer, zone, at);
}

/* Whether `name` or a name above it hands the question elsewhere. */
static bool leads_away(const struct rz_zone *zone, const uint8_t *name)
{
    const uint8_t *apex = zone->apex.wire;
    for (const uint8_t *at = name; !rz_name_equal(at, apex); at = rz_name_parent(at))
        if (rz_zone_find(zone, at, RZ_TYPE_NS)
            || (at != name && rz_zone_find(zone, at, RZ_TYPE_DNAME)))
            return true;
    return !rz_name_equal(name, apex) && rz_zone_find(zone, apex, RZ_TYPE_DNAME);
}

struct rz_lint_answer rz_lint_look_up(const struct rz_zone *zone, const uint8_t *name)
{
    struct rz_lint_answer answer = {.sets = NULL};
    const uint8_t *apex = zone->apex.wire;
    size_t at;
    if (!rz_name_in(name, apex) || leads_away(zone, name)) {
        answer.outside = true;
        return answer;
    }
    answer.exists = is_there(zone, name, &at) || rz_name_equal(name, apex);
    if (at < zone->count && rz_name_equal(zone->rrsets[at].owner, name))
        take_owner(&answer, zone, at);
    if (answer.exists)
        return answer;
    const uint8_t *encloser = rz_name_parent(name);
    while (!rz_name_equal(encloser, apex) && !is_there(zone, encloser, &at))
        encloser = rz_name_parent(encloser);
    take_wildcard(&answer, zone, encloser);
    return answer;
}

const struct rz_rrset *rz_lint_answer_find(const struct rz_lint_answer *answer, uint16_t type)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->sets[i].type == type)
            return &answer->sets[i];
    return NULL;
}

bool rz_lint_has_address(const struct rz_lint_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->sets[i].type == RZ_TYPE_A || answer->sets[i].type == RZ_TYPE_AAAA
            || rz_rtype_flags(answer->sets[i].type) & RZ_RTYPE_PROVIDER)
            return true;
    return false;
}

const uint8_t *rz_lint_target(const struct rz_rrset *rrset, const struct rz_rdata_cursor *record)
{
    size_t at = 0;
    if (rrset->type == RZ_TYPE_MX || rrset->type == RZ_TYPE_SVCB || rrset->type == RZ_TYPE_HTTPS)
        at = 2;
    else if (rrset->type == RZ_TYPE_SRV)
        at = 6;
    if (at >= record->size || record->wire[at] == 0)
        return NULL;
    return rz_name_check(record->wire + at, record->size - at) ? record->wire + at : NULL;
}

bool rz_lint_text(char text[RZ_LINT_TEXT_MAX + 1], const struct rz_rdata_cursor *record,
                  struct rz_str *joined)
{
    size_t size = 0;
    for (size_t at = 0; at < record->size; at += 1u + record->wire[at]) {
        size_t piece = record->wire[at];
        if (piece > (size_t)record->size - at - 1 || size + piece > RZ_LINT_TEXT_MAX)
            return false;
        memcpy(text + size, record->wire + at + 1, piece);
        size += piece;
    }
    text[size] = '\0';
    *joined = (struct rz_str){text, size};
    return true;
}

bool rz_lint_first_label(const uint8_t *name, const char *label)
{
    size_t size = strlen(label);
    return name[0] == size && memcmp(name + 1, label, size) == 0;
}

/* Names that nobody on the Internet looks up (RFC 2606, 6761, 6762, 7686, 8375, 9476). */
static const uint8_t *const private_names[] = {
    (const uint8_t *)"\4test",       (const uint8_t *)"\7example", (const uint8_t *)"\7invalid",
    (const uint8_t *)"\11localhost", (const uint8_t *)"\5local",   (const uint8_t *)"\10internal",
    (const uint8_t *)"\5onion",      (const uint8_t *)"\3alt",     (const uint8_t *)"\4home\4arpa",
};

/* Public, but kept for documentation (RFC 2606 §3). */
static const uint8_t *const example_names[] = {
    (const uint8_t *)"\7example\3com",
    (const uint8_t *)"\7example\3net",
    (const uint8_t *)"\7example\3org",
};

static bool is_below(const uint8_t *name, const uint8_t *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rz_name_in(name, names[i]))
            return true;
    return false;
}

unsigned rz_lint_zone_traits(const uint8_t *apex)
{
    char text[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(text, apex);
    const char *dot = strrchr(text, '.');
    if (is_below(apex, private_names, sizeof private_names / sizeof *private_names)
        || !psl_is_public_suffix2(psl_builtin(), dot ? dot + 1 : text,
                                  PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE))
        return 0;
    if (is_below(apex, example_names, sizeof example_names / sizeof *example_names))
        return RZ_LINT_MAIL;
    return RZ_LINT_MAIL | RZ_LINT_PUBLIC;
}
