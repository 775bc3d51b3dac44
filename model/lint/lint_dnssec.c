/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DS records: what a validating resolver could make nothing of. */
#include "lint/lint_internal.h"

/* Octets of a digest by its type (IANA "DS RR Type Digest Algorithms"); 0: not known. */
static size_t digest_size(uint8_t type)
{
    static const uint8_t sizes[] = {0, 20, 32, 32, 48, 32, 32};
    return type < sizeof sizes ? sizes[type] : 0;
}

static void check_ds(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        if (c.size < 5)
            continue;
        size_t wanted = digest_size(c.wire[3]), has = c.size - 4u;
        bool deletes = rrset->type == RZ_TYPE_CDS && c.wire[2] == 0; /* RFC 8078 §4 */
        struct rz_diag *diag = NULL;
        if (deletes)
            continue;
        if (c.wire[2] == 0)
            diag = rz_lint_report(lint, rrset, "has algorithm 0, which is none");
        else if (c.wire[3] == 0)
            diag = rz_lint_report(lint, rrset, "has digest type 0, which is none");
        else if (wanted && has != wanted)
            diag = rz_lint_report(lint, rrset, "has a digest of %zu octets; type %u has %zu", has,
                                  c.wire[3], wanted);
        rz_diag_hint(lint->diags, diag, "copy the DS as the signer of the zone prints it");
    }
}

static void check_outdated(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        if (c.size < 5)
            continue;
        uint8_t algorithm = c.wire[2];
        bool old = algorithm == 1 || algorithm == 3 || (algorithm >= 5 && algorithm <= 7)
                   || algorithm == 12;
        if (c.wire[3] == 1) {
            struct rz_diag *diag = rz_lint_report(lint, rrset, "has a SHA-1 digest");
            rz_diag_hint(lint->diags, diag, "publish the SHA-256 digest (type 2) of the key");
        } else if (old) {
            struct rz_diag *diag = rz_lint_report(lint, rrset, "has the outdated algorithm %u",
                                                  algorithm);
            rz_diag_hint(lint->diags, diag, "roll the zone's keys to 13 (ECDSAP256SHA256)");
        }
    }
}

static const uint16_t digest_types[] = {RZ_TYPE_DS, RZ_TYPE_CDS, 0};

#define ZONE "zone: example.com\nrecords:\n  lab:\n    NS: ns.example.net.\n    DS: 1 "
#define SHA1 "00112233445566778899AABBCCDDEEFF00112233"

const struct rz_lint_rule rz_lint_dnssec_rules[] = {
    {.example = {RZ1221, ZONE "13 2 " SHA1 "445566778899AABBCCDDEEFF\n", ZONE "13 2 " SHA1 "\n"},
     .types = digest_types,
     .rrset = check_ds},
    {.example = {RZ2105, ZONE "13 2 " SHA1 "445566778899AABBCCDDEEFF\n", ZONE "13 1 " SHA1 "\n"},
     .types = digest_types,
     .rrset = check_outdated},
    {.example = {.code = 0}},
};
