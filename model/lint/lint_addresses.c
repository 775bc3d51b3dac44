/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that no host of the Internet has. */
#include "lint/lint_internal.h"

/* A prefix of 4 or 16 octets of address and what it is kept for. */
struct range {
    uint8_t address[16];
    unsigned bits;
    const char *use;
};

static const struct range private_v4[] = {
    {{10}, 8, "of a private network (RFC 1918)"},
    {{172, 16}, 12, "of a private network (RFC 1918)"},
    {{192, 168}, 16, "of a private network (RFC 1918)"},
    {{127}, 8, "the machine's own"},
    {{169, 254}, 16, "of one link only (RFC 3927)"},
    {{100, 64}, 10, "of a carrier's inner network (RFC 6598)"},
    {{0}, 8, "no address of a host"},
    {{224}, 3, "no address of a host"},
};

static const struct range private_v6[] = {
    {{0xfc}, 7, "of a private network (RFC 4193)"},
    {{0xfe, 0x80}, 10, "of one link only"},
    {{0xff}, 8, "of a group, not of a host"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "the machine's own"},
    {{0}, 128, "no address of a host"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
     96,
     "an IPv4 address in IPv6 form, never used on the wire"},
};

static const struct range documentation_v4[] = {
    {{192, 0, 2}, 24, "kept for documentation (RFC 5737)"},
    {{198, 51, 100}, 24, "kept for documentation (RFC 5737)"},
    {{203, 0, 113}, 24, "kept for documentation (RFC 5737)"},
};

static const struct range documentation_v6[] = {
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "kept for documentation (RFC 3849)"},
    {{0x3f, 0xff}, 20, "kept for documentation (RFC 9637)"},
};

static bool is_in(const uint8_t *address, const struct range *range)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (whole && (address[0] != range->address[0] || memcmp(address, range->address, whole) != 0))
        return false;
    return rest == 0 || ((address[whole] ^ range->address[whole]) >> (8 - rest)) == 0;
}

static const char *use_of(const uint8_t *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &ranges[i]))
            return ranges[i].use;
    return NULL;
}

#define USE_OF(address, ranges) use_of(address, ranges, sizeof(ranges) / sizeof *(ranges))

static void report(struct rz_lint *lint, const struct rz_rrset *rrset,
                   const struct rz_rdata_cursor *record, const char *use, const char *hint)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rdata_print(&text, rrset->type, record->wire, record->size);
    struct rz_diag *diag = rz_lint_report(lint, rrset, "has %s, which is %s", text.data, use);
    rz_diag_hint(lint->diags, diag, "%s", hint);
}

static void check_private(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        const char *use = rrset->type == RZ_TYPE_A ? USE_OF(c.wire, private_v4)
                                                   : USE_OF(c.wire, private_v6);
        /* RFC 1912 §4.1 wanted `localhost` in every zone. */
        if (use && !rz_lint_first_label(rrset->owner, "localhost"))
            report(lint, rrset, &c, use,
                   "if that is meant, add `lint: {allow: [RZ2101], reason: …}` to the zone");
    }
}

static void check_documentation(struct rz_lint *lint, const struct rz_rrset *rrset)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        const char *use = rrset->type == RZ_TYPE_A ? USE_OF(c.wire, documentation_v4)
                                                   : USE_OF(c.wire, documentation_v6);
        if (use)
            report(lint, rrset, &c, use, "write the address that the host has");
    }
}

static const uint16_t address_types[] = {RZ_TYPE_A, RZ_TYPE_AAAA, 0};

#define ZONE "zone: example.edu\nrecords:\n"

const struct rz_lint_rule rz_lint_address_rules[] = {
    {.example = {RZ2101, ZONE "  www: {A: 9.9.9.9, AAAA: \"2620:fe::fe\"}\n",
                 ZONE "  www: {A: 10.0.0.1}\n"},
     .needs = RZ_LINT_PUBLIC,
     .types = address_types,
     .rrset = check_private},
    {.example = {RZ2102, ZONE "  www: {A: 9.9.9.9}\n", ZONE "  www: {A: 192.0.2.1}\n"},
     .needs = RZ_LINT_PUBLIC,
     .types = address_types,
     .rrset = check_documentation},
    {.example = {.code = 0}},
};
