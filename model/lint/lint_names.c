/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owners: asterisks, underscores, letters that look like others. */
#include <idn2.h>
#include <stdlib.h>

#include "lint/lint_internal.h"

/* Whether the RRset gives hosts an address, or leads to one. */
static bool leads_to_host(const struct rz_rrset *sets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sets[i].type == RZ_TYPE_A || sets[i].type == RZ_TYPE_AAAA
            || sets[i].type == RZ_TYPE_CNAME || sets[i].type == RZ_TYPE_DNAME
            || sets[i].type == RZ_TYPE_NS || rz_rtype_flags(sets[i].type) & RZ_RTYPE_PROVIDER)
            return true;
    return false;
}

/* What the wildcard beside the owner would have given it. */
static const struct rz_rrset *wildcard_address(const struct rz_zone *zone, const uint8_t *owner)
{
    static const uint16_t types[] = {RZ_TYPE_A, RZ_TYPE_AAAA, RZ_TYPE_CNAME};
    uint8_t wildcard[RZ_NAME_MAX + 2] = {1, '*'};
    const uint8_t *parent = rz_name_parent(owner);
    memcpy(wildcard + 2, parent, rz_name_size(parent));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct rz_rrset *found = rz_zone_find(zone, wildcard, types[i]);
        if (found)
            return found;
    }
    return NULL;
}

static void check_hidden(struct rz_lint *lint, const struct rz_rrset *sets, size_t count)
{
    const uint8_t *owner = sets->owner;
    bool is_wildcard = owner[0] == 1 && owner[1] == '*';
    lint->has_wildcard |= is_wildcard; /* which stands before the names that it covers */
    if (!lint->has_wildcard || lint->labels == 0 || lint->cut || is_wildcard || owner[1] == '_'
        || leads_to_host(sets, count))
        return;
    const struct rz_rrset *wildcard = wildcard_address(lint->zone, owner);
    if (!wildcard)
        return;
    char name[RZ_NAME_TEXT_MAX];
    rz_name_text_relative(name, wildcard->owner, lint->zone->apex.wire);
    struct rz_diag *diag = rz_lint_report(
        lint, sets, "makes the name exist, so %s does not give it an address (RFC 4592 §2.2.1)",
        name);
    rz_diag_hint(lint->diags, diag, "write the address here too, if the name is to have one");
}

static void check_asterisk(struct rz_lint *lint, const struct rz_rrset *sets, size_t count)
{
    const uint8_t *label = sets->owner;
    if (!memchr(label, '*', lint->labels))
        return;
    if (label[0] == 1 && label[1] == '*')
        for (size_t i = 0; i < count; i++)
            if (sets[i].type == RZ_TYPE_NS || sets[i].type == RZ_TYPE_DNAME) {
                struct rz_diag *diag = rz_lint_report(
                    lint, &sets[i],
                    "stands at a wildcard, where servers differ in what it means (RFC 4592 §4)");
                rz_diag_hint(lint->diags, diag, "write it once for each name that is meant");
            }
    bool first = true;
    for (const uint8_t *apex = label + lint->labels; label < apex;
         label += label[0] + 1, first = false) {
        if (!memchr(label + 1, '*', label[0]) || (first && label[0] == 1))
            continue;
        struct rz_diag *diag = rz_lint_report(
            lint, sets, "has an asterisk that is an ordinary character (RFC 4592 §2.1.1)");
        rz_diag_hint(lint->diags, diag, "a wildcard is `*` as the whole first label");
        return;
    }
}

static void check_underscore(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    if (rrset->owner[0] == 0 || rrset->owner[1] != '_')
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "stands at a name that is no host name");
    rz_diag_hint(lint->diags, diag, "name the host without the underscore");
}

/* Scripts whose letters pass for each other's. Others (Han with Kana, say) are mixed rightly. */
enum { LATIN = 1, GREEK = 2, CYRILLIC = 4, ARMENIAN = 8, CHEROKEE = 16 };

static unsigned script_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        unsigned script;
    } blocks[] = {
        {'a', 'z', LATIN},          {0xdf, 0xf6, LATIN},        {0xf8, 0x24f, LATIN},
        {0x370, 0x3ff, GREEK},      {0x400, 0x52f, CYRILLIC},   {0x531, 0x58f, ARMENIAN},
        {0x13a0, 0x13ff, CHEROKEE}, {0x1c80, 0x1c8f, CYRILLIC}, {0x1e00, 0x1eff, LATIN},
        {0x1f00, 0x1fff, GREEK},    {0x2de0, 0x2dff, CYRILLIC}, {0xa640, 0xa69f, CYRILLIC},
        {0xab70, 0xabbf, CHEROKEE},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].script;
    return 0;
}

/* Whether an A-label mixes such scripts; `text` is then its Unicode form. */
static bool mixes_scripts(const uint8_t *label, char text[256])
{
    char encoded[64];
    char *decoded = NULL;
    uint32_t *points = NULL;
    unsigned scripts = 0;
    memcpy(encoded, label + 1, label[0]);
    encoded[label[0]] = '\0';
    if (memchr(encoded, '.', label[0]) || strlen(encoded) != label[0])
        return false;
    if (idn2_to_unicode_8z4z(encoded, &points, 0) == IDN2_OK)
        for (size_t i = 0; points[i]; i++)
            scripts |= script_of(points[i]);
    free(points);
    if ((scripts & (scripts - 1)) == 0 || idn2_to_unicode_8z8z(encoded, &decoded, 0) != IDN2_OK)
        return false;
    strncpy(text, decoded, 255);
    text[255] = '\0';
    idn2_free(decoded);
    return true;
}

static void check_scripts(struct rz_lint *lint, const struct rz_rrset *sets, size_t count)
{
    (void)count;
    /* The zone's own labels once, at the apex. */
    const uint8_t *end = sets->owner + (lint->labels ? lint->labels : lint->zone->apex.size);
    for (const uint8_t *label = sets->owner; label < end; label += label[0] + 1) {
        char text[256];
        if (label[0] < 5 || memcmp(label + 1, "xn--", 4) != 0 || !mixes_scripts(label, text))
            continue;
        struct rz_diag *diag = rz_lint_report(
            lint, sets, "is `%s` in Unicode, with letters of scripts that look alike", text);
        rz_diag_hint(lint->diags, diag, "write all letters of the name in one script");
        return;
    }
}

static const uint16_t address_types[] = {RZ_TYPE_A, RZ_TYPE_AAAA, 0};

#define ZONE "zone: example.com\nrecords:\n"

const struct rz_lint_rule rz_lint_name_rules[] = {
    {.example =
         {RZ2106,
          ZONE
          "  \"*.dev\": {A: 192.0.2.1}\n  ci.dev: {A: 192.0.2.2, TXT: hello}\n  _x.dev: {TXT: y}\n",
          ZONE "  \"*.dev\": {A: 192.0.2.1}\n  ci.dev: {TXT: hello}\n"},
     .needs = RZ_LINT_WHOLE,
     .owner = check_hidden},
    {.example = {RZ2107, ZONE "  \"*.dev\": {A: 192.0.2.1}\n",
                 ZONE "  \"www.*.dev\": {A: 192.0.2.1}\n"},
     .owner = check_asterisk},
    {.example = {RZ2108, ZONE "  _sip._tcp: {SRV: 0 0 5060 sip.example.net.}\n",
                 ZONE "  _sip: {A: 192.0.2.1}\n"},
     .types = address_types,
     .rrset = check_underscore},
    {.example = {RZ2112, ZONE "  bücher: {A: 192.0.2.1}\n", ZONE "  pаypal: {A: 192.0.2.1}\n"},
     .owner = check_scripts},
    {.example = {.code = 0}},
};
