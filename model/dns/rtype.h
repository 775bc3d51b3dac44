/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only table of record types: names, traits, and the fields of structured values. */
#ifndef RZ_DNS_RTYPE_H
#define RZ_DNS_RTYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "support/str.h"

/* Types that code must name. All others go by number. */
enum {
    RZ_TYPE_A = 1,
    RZ_TYPE_NS = 2,
    RZ_TYPE_CNAME = 5,
    RZ_TYPE_SOA = 6,
    RZ_TYPE_PTR = 12,
    RZ_TYPE_MX = 15,
    RZ_TYPE_TXT = 16,
    RZ_TYPE_AAAA = 28,
    RZ_TYPE_LOC = 29,
    RZ_TYPE_SRV = 33,
    RZ_TYPE_NAPTR = 35,
    RZ_TYPE_DNAME = 39,
    RZ_TYPE_DS = 43,
    RZ_TYPE_SSHFP = 44,
    RZ_TYPE_RRSIG = 46,
    RZ_TYPE_NSEC = 47,
    RZ_TYPE_DNSKEY = 48,
    RZ_TYPE_NSEC3 = 50,
    RZ_TYPE_NSEC3PARAM = 51,
    RZ_TYPE_TLSA = 52,
    RZ_TYPE_CDS = 59,
    RZ_TYPE_CDNSKEY = 60,
    RZ_TYPE_ZONEMD = 63,
    RZ_TYPE_SVCB = 64,
    RZ_TYPE_HTTPS = 65,
    RZ_TYPE_SPF = 99,
    RZ_TYPE_CAA = 257,
    RZ_TYPE_ALIAS = 65401,
    RZ_TYPE_LUA = 65402,
    RZ_TYPE_FORWARD = 65403, /* forward.h */
    RZ_TYPE_DNSSEC = 65404,  /* signing.h, with the next */
    RZ_TYPE_DNSSECKEY = 65405,
};

enum rz_rtype_flag {
    RZ_RTYPE_SINGLE = 1 << 0, /* at most one record an RRset: CNAME, DNAME, SOA, ALIAS */
    RZ_RTYPE_ALONE = 1 << 1,  /* nothing else at the owner but DNSSEC records: CNAME */
    RZ_RTYPE_META = 1 << 2,   /* never data of a zone: ANY, AXFR, TSIG, OPT … */
    RZ_RTYPE_SIGNER =
        1
        << 3, /* made by an online signer: RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY, CDS, CDNSKEY, ZONEMD */
    RZ_RTYPE_TEXT = 1 << 4,     /* character strings written as plain text: TXT, SPF */
    RZ_RTYPE_PROVIDER = 1 << 5, /* no DNS type: ALIAS, LUA; only providers that list it take it */
    RZ_RTYPE_TARGET = 1 << 6,   /* RDATA names a host others depend on: CNAME, MX, NS, SRV … */
    RZ_RTYPE_RESOLVER =
        1 << 7, /* what resolvers hold and name servers do not; without TTL: FORWARD */
    RZ_RTYPE_SIGNING = 1 << 8, /* how a zone is signed; without TTL: DNSSEC, DNSSECKEY */
};

enum rz_rfield_kind {
    RZ_RFIELD_UINT,
    RZ_RFIELD_NAME,
    RZ_RFIELD_IPV4,
    RZ_RFIELD_IPV6,
    RZ_RFIELD_WORD,   /* printed as it is: hex, base64, a time, a mnemonic */
    RZ_RFIELD_STRING, /* one quoted character string */
    RZ_RFIELD_REST,   /* the remaining tokens, a string or a map: SVCB parameters */
};

/* A field of a structured value, in presentation order. */
struct rz_rfield {
    const char *name;       /* "preference" */
    const char *aliases[3]; /* other keys accepted: OctoDNS "priority", "value" */
    enum rz_rfield_kind kind;
    uint32_t maximum;     /* of RZ_RFIELD_UINT */
    const char *fallback; /* presentation of an omitted field; NULL: required */
};

struct rz_rtype {
    uint16_t code;
    const char *name;
    unsigned flags;
    const struct rz_rfield *fields; /* NULL: no structured form */
    size_t field_count;
};

/* The row of a type, or NULL for one without special traits (it may still be a known type). */
const struct rz_rtype *rz_rtype_find(uint16_t code);
/* 0 for a type without a row. */
unsigned rz_rtype_flags(uint16_t code);
/* FORWARD and its like; cheap, since whole zones are asked about. */
static inline bool rz_rtype_is_resolvers(uint16_t code)
{
    return code >= RZ_TYPE_ALIAS && rz_rtype_flags(code) & RZ_RTYPE_RESOLVER;
}
/* DNSSEC and DNSSECKEY. */
static inline bool rz_rtype_is_signing(uint16_t code)
{
    return code == RZ_TYPE_DNSSEC || code == RZ_TYPE_DNSSECKEY;
}
/* "MX", "ALIAS", "TYPE65280" (RFC 3597 §5), upper case only when `strict`. False: unknown. */
bool rz_rtype_parse(uint16_t *code, struct rz_str text, bool strict);
/* Mnemonic, or TYPEnnn. Returns `text`. */
#define RZ_RTYPE_TEXT_MAX 16
char *rz_rtype_text(char text[RZ_RTYPE_TEXT_MAX], uint16_t code);
/* All mnemonics rezone knows, for hints and completion; ends in NULL. */
const char *const *rz_rtype_names(void);

#endif
