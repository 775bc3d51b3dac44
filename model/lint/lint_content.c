/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CAA, TLSA, SMIMEA, SSHFP, SVCB and HTTPS records hold. */
#include <ctype.h>

#include "lint/lint_internal.h"

/* --- CAA (RFC 8659 §4) --- */

struct caa {
    bool critical;
    struct rz_str tag, value;
};

static struct caa caa_of(const struct rz_rdata_cursor *c)
{
    size_t tag = c->size >= 2 ? c->wire[1] : 0;
    if (c->size < 2 + tag)
        return (struct caa){.critical = false};
    const char *text = (const char *)c->wire;
    return (struct caa){.critical = c->wire[0] & 0x80,
                        .tag = {text + 2, tag},
                        .value = {text + 2 + tag, c->size - 2 - tag}};
}

static bool is_tag(const struct caa *caa, const char *tag)
{
    return rz_str_equal_nocase(caa->tag, rz_str_of(tag));
}

/* Labels of letters, digits and hyphens, dots between them. */
static bool is_domain(struct rz_str text)
{
    char before = '.';
    for (size_t i = 0; i < text.size; before = text.data[i++]) {
        bool word = isalnum((unsigned char)text.data[i]) || text.data[i] == '-'
                    || text.data[i] == '_';
        if (!word && (text.data[i] != '.' || before == '.'))
            return false;
    }
    return true;
}

/* `tag=value` without blanks inside, or nothing (behind a last semicolon). */
static bool is_parameter(struct rz_str text)
{
    text = rz_str_trim(text);
    const char *equals = text.size ? memchr(text.data, '=', text.size) : NULL;
    if (text.size == 0)
        return true;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return equals && equals > text.data;
}

static const char *issue_fault(struct rz_str value)
{
    const char *semicolon = value.size ? memchr(value.data, ';', value.size) : NULL;
    struct rz_str issuer = {value.data, semicolon ? (size_t)(semicolon - value.data) : value.size};
    if (!is_domain(rz_str_trim(issuer)))
        return "names no issuer: one domain name, such as letsencrypt.org";
    while (semicolon) {
        const char *start = semicolon + 1, *end = value.data + value.size;
        semicolon = start < end ? memchr(start, ';', (size_t)(end - start)) : NULL;
        if (!is_parameter((struct rz_str){start, (size_t)((semicolon ? semicolon : end) - start)}))
            return "has a parameter that is not written tag=value";
    }
    return NULL;
}

static bool holds_issuer(const struct caa *caa)
{
    return is_tag(caa, "issue") || is_tag(caa, "issuewild") || is_tag(caa, "issuemail")
           || is_tag(caa, "issuevmc");
}

static void check_caa(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct caa caa = caa_of(&c);
        const char *fault = holds_issuer(&caa) ? issue_fault(caa.value) : NULL;
        bool url = rz_str_starts_with(caa.value, "mailto:")
                   || rz_str_starts_with(caa.value, "http:")
                   || rz_str_starts_with(caa.value, "https:");
        if (is_tag(&caa, "iodef") && !url)
            fault = "holds no URL: write mailto:…, or https:…";
        if (!fault)
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset, "%.*s \"%.*s\" %s", RZ_STR_ARG(caa.tag),
                                              caa.value.size > 200 ? 200 : (int)caa.value.size,
                                              caa.value.data, fault);
        rz_diag_hint(lint->diags, diag, "write one record for each issuer (RFC 8659 §4.2)");
    }
}

static void check_caa_tag(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    static const char *const known[] = {"issue",    "issuewild",    "iodef",        "issuemail",
                                        "issuevmc", "contactemail", "contactphone", "auth",
                                        "policy",   "path"};
    size_t count = sizeof known / sizeof *known;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct caa caa = caa_of(&c);
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            found = is_tag(&caa, known[i]);
        if (found)
            continue;
        int nearest = rz_str_nearest(caa.tag, known, count);
        struct rz_diag *diag = rz_lint_report(
            lint, rrset,
            caa.critical ? "has the unknown critical tag `%.*s`, so nobody issues"
                         : "has the unknown tag `%.*s`",
            RZ_STR_ARG(caa.tag));
        rz_diag_hint(lint->diags, diag, "%s%s%s",
                     nearest >= 0 ? "did you mean `" : "tags are issue, issuewild, ",
                     nearest >= 0 ? known[nearest] : "issuemail and iodef",
                     nearest >= 0 ? "`?" : "");
    }
}

/* --- TLSA, SMIMEA (RFC 6698 §2.1), SSHFP (RFC 4255 §3.1) --- */

static void check_tlsa(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    static const size_t sizes[] = {0, 32, 64};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        if (c.size < 3)
            continue;
        uint8_t usage = c.wire[0], selector = c.wire[1], match = c.wire[2];
        size_t has = c.size - 3u, wanted = match < 3 ? sizes[match] : 0;
        struct rz_diag *diag = NULL;
        if (usage > 3 && usage != 255)
            diag = rz_lint_report(lint, rrset, "has certificate usage %u; there are 0 to 3", usage);
        else if (selector > 1 && selector != 255)
            diag = rz_lint_report(lint, rrset, "has selector %u; there are 0 and 1", selector);
        else if (match > 2 && match != 255)
            diag = rz_lint_report(lint, rrset, "has matching type %u; there are 0 to 2", match);
        else if (wanted && has != wanted)
            diag = rz_lint_report(lint, rrset,
                                  "has a digest of %zu octets; matching type %u has %zu", has,
                                  match, wanted);
        else if (has == 0)
            diag = rz_lint_report(lint, rrset, "has no certificate data");
        rz_diag_hint(lint->diags, diag,
                     "3 1 1 with the SHA-256 of the server's public key suits most");
    }
}

static void check_sshfp(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    static const size_t sizes[] = {0, 20, 32};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        size_t wanted = c.size >= 2 && c.wire[1] < 3 ? sizes[c.wire[1]] : 0;
        if (wanted == 0 || c.size - 2u == wanted)
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset,
                                              "has a fingerprint of %u octets; type %u has %zu",
                                              c.size - 2u, c.wire[1], wanted);
        rz_diag_hint(lint->diags, diag, "`ssh-keygen -r HOST` on the host prints its records");
    }
}

/* --- SVCB, HTTPS (RFC 9460) --- */

enum { MANDATORY = 0, ALPN = 1, NO_DEFAULT_ALPN = 2, PORT = 3, IPV4HINT = 4, IPV6HINT = 6 };

struct svcb {
    unsigned priority;
    const uint8_t *params;
    size_t size;
};

static bool svcb_of(struct svcb *svcb, const struct rz_rdata_cursor *c)
{
    size_t name = c->size > 2 ? rz_name_check(c->wire + 2, c->size - 2) : 0;
    if (name == 0)
        return false;
    *svcb = (struct svcb){(unsigned)c->wire[0] << 8 | c->wire[1], c->wire + 2 + name,
                          c->size - 2 - name};
    return true;
}

/* The value of a parameter; false where it is not there. */
static bool svcb_find(const struct svcb *svcb, unsigned key, struct rz_str *value)
{
    for (size_t at = 0; svcb->size - at >= 4;) {
        const uint8_t *p = svcb->params + at;
        size_t length = (size_t)p[2] << 8 | p[3];
        if (length > svcb->size - at - 4)
            return false;
        if (((unsigned)p[0] << 8 | p[1]) == key) {
            *value = (struct rz_str){(const char *)p + 4, length};
            return true;
        }
        at += 4 + length;
    }
    return false;
}

/* RFC 9460 §8: listed keys are there, in rising order, and not `mandatory` itself. */
static const char *mandatory_fault(const struct svcb *svcb, struct rz_str list)
{
    struct rz_str unused;
    int last = -1;
    if (list.size == 0 || list.size % 2)
        return "has an empty `mandatory`";
    for (size_t i = 0; i < list.size; i += 2) {
        int key = (uint8_t)list.data[i] << 8 | (uint8_t)list.data[i + 1];
        if (key == MANDATORY)
            return "lists `mandatory` itself as mandatory";
        if (key <= last)
            return "has a key twice, or out of order, in `mandatory`";
        if (!svcb_find(svcb, (unsigned)key, &unused))
            return "lists a key as mandatory that it does not have";
        last = key;
    }
    return NULL;
}

static const char *svcb_fault(const struct svcb *svcb)
{
    struct rz_str value;
    if (svcb_find(svcb, MANDATORY, &value) && mandatory_fault(svcb, value))
        return mandatory_fault(svcb, value);
    if (svcb_find(svcb, NO_DEFAULT_ALPN, &value) && !svcb_find(svcb, ALPN, &value))
        return "has `no-default-alpn` without `alpn`";
    if (svcb_find(svcb, PORT, &value) && value.size != 2)
        return "has a `port` that is no port";
    if (svcb_find(svcb, IPV4HINT, &value) && (value.size == 0 || value.size % 4))
        return "has an `ipv4hint` that is no list of addresses";
    if (svcb_find(svcb, IPV6HINT, &value) && (value.size == 0 || value.size % 16))
        return "has an `ipv6hint` that is no list of addresses";
    return NULL;
}

static void check_svcb(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct svcb svcb;
        /* Parameters of an alias are ignored, whatever they are. */
        const char *fault = svcb_of(&svcb, &c) && svcb.priority ? svcb_fault(&svcb) : NULL;
        if (!fault)
            continue;
        struct rz_diag *diag = rz_lint_report(lint, rrset, "%s", fault);
        rz_diag_hint(lint->diags, diag,
                     "clients ignore records that contradict themselves (RFC 9460)");
    }
}

static void check_svcb_alias(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct svcb svcb;
        struct rz_diag *diag = NULL;
        if (!svcb_of(&svcb, &c) || svcb.priority)
            continue;
        if (rrset->rdata_count > 1)
            diag = rz_lint_report(lint, rrset, "has an alias (priority 0) beside other records");
        else if (svcb.size)
            diag = rz_lint_report(lint, rrset, "has parameters at an alias (priority 0)");
        rz_diag_hint(lint->diags, diag, "write priority 1 for a service, or the alias alone");
        if (diag)
            return;
    }
}

/* --- CAA against who issues --- */

#define ISSUERS_MAX 5

/* Services that prove anew, by a CNAME that stays in the zone, that they may have a certificate for the
 * name above it; and the issuers that they need, of which one must be allowed. From their manuals:
 * AWS Certificate Manager (setup-caa), Google Cloud Certificate Manager (dns-authorizations). */
static const struct {
    const char *target;
    const char *issuers[ISSUERS_MAX];
} services[] = {
    {".acm-validations.aws.", {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}},
    {".authorize.certificatemanager.goog.", {"pki.goog", "letsencrypt.org"}},
};

/* The CAA RRset that governs a name (RFC 8659 §3); NULL where it is not in the zone, there is none, or
 * an alias leads to where it is. */
static const struct rz_rrset *governing_caa(const struct rz_zone *zone, const uint8_t *name)
{
    for (; rz_name_in(name, zone->apex.wire); name = rz_name_parent(name)) {
        const struct rz_rrset *caa = rz_zone_find(zone, name, RZ_TYPE_CAA);
        if (caa || rz_zone_find(zone, name, RZ_TYPE_CNAME) || *name == 0)
            return caa;
    }
    return NULL;
}

/* Whether the RRset lets only some issue, and none of these. Those that may issue for wildcards count
 * as allowed: what is asked for is not known. */
static bool forbids(const struct rz_rrset *rrset, const char *const *issuers)
{
    bool restricts = false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct caa caa = caa_of(&c);
        bool issue = is_tag(&caa, "issue");
        const char *semicolon = caa.value.size ? memchr(caa.value.data, ';', caa.value.size) : NULL;
        if (semicolon)
            caa.value.size = (size_t)(semicolon - caa.value.data);
        restricts |= issue;
        for (size_t i = 0; i < ISSUERS_MAX && issuers[i]; i++)
            if ((issue || is_tag(&caa, "issuewild"))
                && rz_str_equal_nocase(rz_str_trim(caa.value), rz_str_of(issuers[i])))
                return false;
    }
    return restricts;
}

static void check_issuer(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    char target[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX];
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    if (*rrset->owner < 2 || rrset->owner[1] != '_' || !rz_rdata_next(&c))
        return;
    rz_name_text(target, c.wire);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (!rz_str_ends_with(rz_str_of(target), services[i].target))
            continue;
        const struct rz_rrset *caa = governing_caa(lint->zone, rz_name_parent(rrset->owner));
        if (!caa || !forbids(caa, services[i].issuers))
            return;
        struct rz_diag *diag = rz_lint_report(
            lint, rrset, "lets %s ask for certificates, which the CAA of %s forbids it to have",
            services[i].target + 1,
            rz_name_text_relative(owner, caa->owner, lint->zone->apex.wire));
        rz_diag_hint(lint->diags, diag, "add `0 issue \"%s\"` to the CAA, or delete the CNAME",
                     services[i].issuers[0]);
        return;
    }
}

static const uint16_t cname_types[] = {RZ_TYPE_CNAME, 0};
static const uint16_t caa_types[] = {RZ_TYPE_CAA, 0};
static const uint16_t tlsa_types[] = {RZ_TYPE_TLSA, 53, 0}; /* SMIMEA (RFC 8162) */
static const uint16_t sshfp_types[] = {RZ_TYPE_SSHFP, 0};
static const uint16_t svcb_types[] = {RZ_TYPE_SVCB, RZ_TYPE_HTTPS, 0};

#define ZONE "zone: example.com\nrecords:\n"
#define SHA256 "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

const struct rz_lint_rule rz_lint_content_rules[] = {
    {.example =
         {RZ1219,
          ZONE
          "  \"@\":\n    CAA: [0 issue \"letsencrypt.org; validationmethods=dns-01\", 0 issuewild \";\"]\n",
          ZONE "  \"@\":\n    CAA: 0 issue \"letsencrypt.org, digicert.com\"\n"},
     .types = caa_types,
     .rrset = check_caa},
    {.example = {RZ1220, ZONE "  _443._tcp: {TLSA: 3 1 1 " SHA256 "}\n",
                 ZONE "  _443._tcp: {TLSA: 3 1 2 " SHA256 "}\n"},
     .types = tlsa_types,
     .rrset = check_tlsa},
    {.example = {RZ1222, ZONE "  www: {HTTPS: 1 . alpn=h2 no-default-alpn}\n",
                 ZONE "  www: {HTTPS: 1 . no-default-alpn}\n"},
     .types = svcb_types,
     .rrset = check_svcb},
    {.example = {RZ1223, ZONE "  host: {SSHFP: 4 2 " SHA256 "}\n",
                 ZONE "  host: {SSHFP: 4 1 " SHA256 "}\n"},
     .types = sshfp_types,
     .rrset = check_sshfp},
    {.example = {RZ2123, ZONE "  \"@\":\n    CAA: 0 issue \"letsencrypt.org\"\n",
                 ZONE "  \"@\":\n    CAA: 0 isue \"letsencrypt.org\"\n"},
     .types = caa_types,
     .rrset = check_caa_tag},
    {.example = {RZ2127,
                 ZONE "  \"@\": {CAA: [0 issue \"letsencrypt.org\", 0 issue \"amazon.com\"]}\n"
                      "  _0a1b.www: {CNAME: _2c3d.xlfgrmvvlj.acm-validations.aws.}\n",
                 ZONE "  \"@\": {CAA: 0 issue \"letsencrypt.org\"}\n"
                      "  _0a1b.www: {CNAME: _2c3d.xlfgrmvvlj.acm-validations.aws.}\n"},
     .types = cname_types,
     .rrset = check_issuer},
    {.example = {RZ2124, ZONE "  www: {HTTPS: 0 web.example.net.}\n",
                 ZONE "  www: {HTTPS: [0 web.example.net., 1 . alpn=h2]}\n"},
     .types = svcb_types,
     .rrset = check_svcb_alias},
    {.example = {.code = 0}},
};
