/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a zone is signed, as records: text, wire and back; which keys are the same. */
#include <criterion/criterion.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "dns/signing.h"
#include "dns/zone.h"

#define KEY_A                                                                                      \
    "404 hDQDxPJ9BhdbjkxN1k4WeGExKSMNkZiaBZI0tQnj45w0hLDZLx2dMgTtowHn6iwrjDCBm7dKyOkpK+dN4GKjfw=="
#define KEY_B                                                                                      \
    "1714 Y/J5hIAxXO+q1o1Xjq1OptbQtexC5l0yLwc1W4UvR1noo+nQ6bSNl80gFZUdpHvtewqZ9x5JUYm/8d2a8PP7aw=="

static bool reads(uint16_t type, const char *text)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_rdata rdata;
    const char *why = NULL;
    struct rz_buffer printed = {0};
    bool good = rz_rdata_read(reader, type, rz_str_of(text), NULL, &rdata, &why) == RZ_OK;
    if (good) {
        rz_rdata_print(&printed, type, rdata.wire, rdata.size);
        cr_expect_str_eq(printed.data, text);
    } else {
        cr_expect(why && *why);
    }
    rz_buffer_free(&printed);
    rz_rdata_reader_free(reader);
    return good;
}

Test(signing, records_read_back)
{
    static const char *const good[] = {"unsigned",
                                       "nsec",
                                       "presigned",
                                       "nsec cds sha256",
                                       "nsec3 0 -",
                                       "nsec3 12 0a1b cds sha384",
                                       "nsec3 0 - opt-out narrow cds sha256"};
    static const char *const bad[] = {"",
                                      "signed",
                                      "nsec3",
                                      "nsec3 0",
                                      "nsec3 -1 -",
                                      "nsec3 65536 -",
                                      "nsec3 0 abc",
                                      "nsec opt-out",
                                      "nsec cds sha1",
                                      "nsec cds",
                                      "unsigned cds sha256",
                                      "nsec3 0 - cds sha256 opt-out",
                                      "nsec a b c d e f g h i"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(reads(RZ_TYPE_DNSSEC, good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect(!reads(RZ_TYPE_DNSSEC, bad[i]), "%s", bad[i]);
}

Test(signing, keys_read_back)
{
    static const char *const good[] = {"csk ecdsap256sha256 active new",
                                       "zsk rsasha256/2048 published new", "ksk ed25519 hidden new",
                                       ("csk ecdsap256sha256 active " KEY_A)};
    static const char *const bad[] = {"csk ecdsap256sha256 active",
                                      "csk ecdsap256sha256 retired new",
                                      "key ecdsap256sha256 active new",
                                      "csk dsa active new",
                                      "csk rsasha256 active new",
                                      "csk rsasha256/100 active new",
                                      "csk ecdsap256sha256/256 active new",
                                      "csk ecdsap256sha256 active old",
                                      "csk ecdsap256sha256 active 405 hDQDxPJ9",
                                      "zsk ecdsap256sha256 active " KEY_A, /* has another tag */
                                      "csk ecdsap256sha256 active 404 ====",
                                      "csk ecdsap256sha256 active " KEY_A " more"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(reads(RZ_TYPE_DNSSECKEY, good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect(!reads(RZ_TYPE_DNSSECKEY, bad[i]), "%s", bad[i]);
}

static const uint8_t apex[] = "\4test";

static void fill(struct rz_zone *zone, const char *const *keys)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    struct rz_diags diags = {0};
    struct rz_rdata rdata;
    const char *why;
    rz_zone_init(zone, apex);
    for (; *keys; keys++) {
        cr_assert_eq(rz_rdata_read(reader, RZ_TYPE_DNSSECKEY, rz_str_of(*keys), NULL, &rdata, &why),
                     RZ_OK, "%s: %s", *keys, why);
        rz_zone_add(zone, apex, RZ_TYPE_DNSSECKEY, 300, rdata, (struct rz_record_origin){0});
    }
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_LIVE, &diags), RZ_OK);
    cr_assert_eq(zone->count, 1);
    cr_expect_eq(zone->rrsets[0].ttl, 0);
    rz_diags_free(&diags);
    rz_rdata_reader_free(reader);
}

static bool are_same(const char *const *one, const char *const *other)
{
    struct rz_zone a, b;
    fill(&a, one);
    fill(&b, other);
    bool same = rz_rrset_equal(&a.rrsets[0], &b.rrsets[0]);
    cr_expect_eq(rz_rrset_equal(&b.rrsets[0], &a.rrsets[0]), same);
    rz_zone_free(&a);
    rz_zone_free(&b);
    return same;
}

#define CSK "csk ecdsap256sha256 active "
#define KSK "ksk ecdsap256sha256 active "

Test(signing, which_keys_are_the_same)
{
    static const char *const new[] = {CSK "new", NULL}, *const a[] = {CSK KEY_A, NULL},
                             *const as_ksk[] = {KSK KEY_A, NULL},
                             *const published[] = {"csk ecdsap256sha256 published " KEY_A, NULL},
                             *const other[] = {"csk ed25519 active new", NULL};
    cr_expect(are_same(a, a));
    cr_expect(are_same(new, a), "what is to be generated is like any of its kind");
    cr_expect(are_same(as_ksk, a), "whether it signs more than keys is not the key's own");
    cr_expect(!are_same(published, a));
    cr_expect(!are_same(published, new));
    cr_expect(!are_same(other, a));
}

static bool zsk_flags(const char *text)
{
    struct rz_signing_key key;
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX], dnskey[RZ_SIGNING_KEY_WIRE_MAX];
    const char *why;
    if (rz_signing_key_parse(&key, room, rz_str_of(text), &why) != RZ_OK)
        return false;
    struct rz_signing_key again;
    size_t size = rz_signing_key_dnskey(&key, dnskey);
    cr_expect(rz_signing_key_of_dnskey(&again, dnskey, size));
    cr_expect(rz_signing_key_is(&again, &key));
    return dnskey[1] == 0 && size == 4u + key.public_size;
}

Test(signing, a_zsk_is_a_dnskey_without_sep)
{
    cr_expect(zsk_flags("zsk ecdsap256sha256 active " KEY_B));
    static const char *const two[] = {KSK KEY_A, "zsk ecdsap256sha256 published " KEY_B, NULL};
    static const char *const wanted[] = {KSK "new", "zsk ecdsap256sha256 published new", NULL};
    static const char *const mixed[] = {KSK KEY_A, "zsk ecdsap256sha256 published new", NULL};
    cr_expect(are_same(two, wanted));
    cr_expect(are_same(two, mixed));
}
