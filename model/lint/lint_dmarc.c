/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DMARC records at `_dmarc` names. Below them (`_report._dmarc`) other records begin alike. */
#include "lint/lint_mail.h"

#define VERSION "v=DMARC1"

bool rz_mail_tag_next(struct rz_str *rest, struct rz_mail_tag *tag)
{
    while (rest->size) {
        const char *end = memchr(rest->data, ';', rest->size);
        struct rz_str piece = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
        size_t taken = piece.size + (end ? 1 : 0);
        rest->data += taken;
        rest->size -= taken;
        piece = rz_str_trim(piece);
        if (piece.size == 0)
            continue;
        const char *equals = memchr(piece.data, '=', piece.size);
        size_t name = equals ? (size_t)(equals - piece.data) : 0;
        size_t skip = equals ? name + 1 : 0;
        tag->name = rz_str_trim((struct rz_str){piece.data, name});
        tag->value = rz_str_trim((struct rz_str){piece.data + skip, piece.size - skip});
        return true;
    }
    return false;
}

/* `v=DMARC1` as the first tag, exactly so. */
static bool is_dmarc(struct rz_str text)
{
    struct rz_mail_tag tag;
    return rz_str_starts_with(text, "v") && rz_mail_tag_next(&text, &tag)
           && rz_str_is(tag.name, "v") && rz_str_is(tag.value, "DMARC1");
}

static bool next_dmarc(struct rz_rdata_cursor *c, char text[RZ_LINT_TEXT_MAX + 1],
                       struct rz_str *joined)
{
    while (rz_rdata_next(c))
        if (c->size > sizeof VERSION - 1 && c->wire[1] == 'v' && rz_lint_text(text, c, joined)
            && is_dmarc(*joined))
            return true;
    return false;
}

static bool is_place(const struct rz_rrset *rrset)
{
    return rz_lint_first_label(rrset->owner, "_dmarc");
}

static unsigned count_of(const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str joined;
    unsigned count = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_dmarc(&c, text, &joined);)
        count++;
    return count;
}

bool rz_dmarc_has(const struct rz_rrset *rrset)
{
    return count_of(rrset) > 0;
}

void rz_dmarc_check_once(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    unsigned count = is_place(rrset) ? count_of(rrset) : 0;
    if (count < 2)
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has %u DMARC records (RFC 7489 §6.6.3)",
                                          count);
    rz_diag_hint(lint->diags, diag, "keep one of them");
}

/* The values a tag may have; NULL-terminated lists of words. */
static const struct {
    const char *name;
    const char *const words[4];
} choices[] = {
    {"p", {"none", "quarantine", "reject"}},
    {"sp", {"none", "quarantine", "reject"}},
    {"np", {"none", "quarantine", "reject"}},
    {"adkim", {"r", "s"}},
    {"aspf", {"r", "s"}},
    {"t", {"y", "n"}},
    {"psd", {"y", "n", "u"}},
};

static bool is_number(struct rz_str text, unsigned long maximum)
{
    unsigned long value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned long)(text.data[i] - '0');
    }
    return text.size > 0 && text.size < 11 && value <= maximum;
}

/* A list of URIs: each has a scheme. */
static bool are_uris(struct rz_str text)
{
    do {
        const char *comma = text.size ? memchr(text.data, ',', text.size) : NULL;
        struct rz_str uri = {text.data, comma ? (size_t)(comma - text.data) : text.size};
        size_t taken = uri.size + (comma ? 1 : 0);
        text.data += taken;
        text.size -= taken;
        uri = rz_str_trim(uri);
        struct rz_str scheme = {uri.data, uri.size < 7 ? uri.size : 7};
        bool mail = rz_str_equal_nocase(scheme, RZ_STR("mailto:")) && uri.size > 7
                    && memchr(uri.data, '@', uri.size);
        bool web = rz_str_starts_with(uri, "https://") || rz_str_starts_with(uri, "http://");
        if (!mail && !web)
            return false;
    } while (text.size);
    return true;
}

static bool is_failure_list(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool good = i % 2 ? c == ':'
                          : c == '0' || c == '1' || (c | 0x20) == 'd' || (c | 0x20) == 's';
        if (!good)
            return false;
    }
    return text.size % 2 == 1;
}

/* What the tag should hold where it does not; NULL where it does, or is not known. */
static const char *expected_of(const struct rz_mail_tag *tag, struct rz_buffer *words)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (!rz_str_is(tag->name, choices[i].name))
            continue;
        for (size_t k = 0; k < 4 && choices[i].words[k]; k++) {
            if (rz_str_equal_nocase(tag->value, rz_str_of(choices[i].words[k])))
                return NULL;
            rz_buffer_printf(words, "%s%s", k ? ", " : "", choices[i].words[k]);
        }
        return words->data;
    }
    if (rz_str_is(tag->name, "pct"))
        return is_number(tag->value, 100) ? NULL : "a number from 0 to 100";
    if (rz_str_is(tag->name, "ri"))
        return is_number(tag->value, 4294967295ul) ? NULL : "a number of seconds";
    if (rz_str_is(tag->name, "fo"))
        return is_failure_list(tag->value) ? NULL : "0, 1, d, s, with `:` between them";
    if (rz_str_is(tag->name, "rua") || rz_str_is(tag->name, "ruf"))
        return are_uris(tag->value) ? NULL : "mailto:NAME@DOMAIN, with `,` between several";
    return NULL;
}

void rz_dmarc_check_form(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str rest;
    if (!is_place(rrset))
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_dmarc(&c, text, &rest);) {
        struct rz_mail_tag tag;
        while (rz_mail_tag_next(&rest, &tag)) {
            RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
            const char *expected = expected_of(&tag, &words);
            if (!expected)
                continue;
            int size = tag.value.size > 100 ? 100 : (int)tag.value.size;
            struct rz_diag *diag = rz_lint_report(lint, rrset,
                                                  "has the DMARC tag `%.*s` with the value `%.*s`",
                                                  RZ_STR_ARG(tag.name), size, tag.value.data);
            rz_diag_hint(lint->diags, diag, "`%.*s` may be: %s", RZ_STR_ARG(tag.name), expected);
        }
    }
}

void rz_dmarc_check_policy(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char text[RZ_LINT_TEXT_MAX + 1];
    struct rz_str rest;
    bool found = false, policy = false;
    if (!is_place(rrset))
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); next_dmarc(&c, text, &rest);) {
        struct rz_mail_tag tag;
        found = true;
        while (rz_mail_tag_next(&rest, &tag))
            policy |= rz_str_is(tag.name, "p");
    }
    if (policy)
        return;
    struct rz_diag *diag = rz_lint_report(lint, rrset,
                                          found ? "has a DMARC record without a policy"
                                                : "has no record that begins with `v=DMARC1;`");
    rz_diag_hint(lint->diags, diag, "write `v=DMARC1; p=none; …`, in this order");
}
