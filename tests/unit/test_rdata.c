/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDATA between presentation and wire form. */
#include <criterion/criterion.h>

#include "dns/rdata.h"
#include "dns/rtype.h"

struct sample {
    const char *type, *text, *printed; /* printed NULL: as text */
};

static const struct sample samples[] = {
    {"A", "192.0.2.1", NULL},
    {"AAAA", "2001:DB8::1", "2001:db8::1"},
    {"NS", "ns1", "ns1.example.com."},
    {"NS", "NS1.Example.NET.", "ns1.example.net."},
    {"CNAME", "@", "example.com."},
    {"CNAME", "a\\.b.example.com.", NULL},
    {"MX", "10 mx1", "10 mx1.example.com."},
    {"MX", "0 .", NULL},
    {"TXT", "\"a;b\" \"c\\\"d\\\\\" \"\\000\\255\"", NULL},
    {"TXT", "plain words", "\"plain\" \"words\""},
    {"SOA", "ns1 hostmaster 1 2h 1h 2w 1h",
     "ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 3600"},
    {"SRV", "1 2 443 www", "1 2 443 www.example.com."},
    {"NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.com!\" .", NULL},
    {"CAA", "0 issue \"letsencrypt.org\"", NULL},
    {"CAA", "128 iodef \"mailto:a@b.c; d\"", NULL},
    {"DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", NULL},
    {"SSHFP", "4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789", NULL},
    {"TLSA", "3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6", NULL},
    {"LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
     "52 22 23 N  4 53 32 E  -2m  0m 10000m 10m"},
    {"HTTPS", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1", NULL},
    {"SVCB", "0 svc.example.net.", NULL},
    {"HINFO", "\"PC\" \"Linux 6\"", NULL},
    {"RP", "admin.example.com. txt.example.com.", NULL},
    {"URI", "10 1 \"https://www.example.com/\"", NULL},
    {"DNAME", "example.net.", NULL},
    {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28", NULL},
    {"CERT", "1 0 0 AQID", NULL},
    {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", NULL},
    {"EUI48", "00-00-5e-00-53-2a", "00-00-5E-00-53-2A"},
    {"OPENPGPKEY", "AQID", NULL},
    {"CSYNC", "66 3 A NS AAAA", NULL},
    {"NID", "10 0014:4fff:ff20:ee64", "10 0014:4FFF:FF20:EE64"},
    {"L32", "10 10.1.2.0", NULL},
    {"KX", "10 kx.example.com.", NULL},
    {"AFSDB", "1 afs.example.com.", NULL},
    {"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", NULL},
    {"DNSKEY", "256 3 13 AQID", NULL},
    {"ALIAS", "target.example.net.", NULL},
    {"LUA", "A \"ifportup(443, {'192.0.2.1'})\"", NULL},
    {"FORWARD", "10 192.0.2.53 53 .", NULL},
    {"FORWARD", "20  2001:DB8:0::53 853 DNS.Example.net", "20 2001:db8::53 853 dns.example.net."},
    {"FORWARD", "0 - 0 .", NULL},
    {"TYPE65280", "\\# 4 0a000001", NULL},
    {"TYPE65281", "\\# 0", NULL},
    {"MX", "\\# 3 000A00", "10 ."},
};

static const uint8_t apex[] = "\7example\3com";

Test(rdata, presentation_form_survives_reading_and_printing)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        uint16_t type;
        struct rz_rdata rdata;
        const char *why = "";
        cr_assert(rz_rtype_parse(&type, rz_str_of(s->type), true), "%s", s->type);
        enum rz_status status = rz_rdata_read(reader, type, rz_str_of(s->text), apex, &rdata, &why);
        cr_assert_eq(status, RZ_OK, "%s %s: %s", s->type, s->text, why);
        uint8_t wire[RZ_RDATA_MAX];
        uint16_t size = rdata.size;
        memcpy(wire, rdata.wire, size);
        struct rz_buffer text = {0};
        rz_rdata_print(&text, type, wire, size);
        const char *expected = s->printed ? s->printed : s->text;
        cr_expect(strcmp(text.data, expected) == 0, "%s printed as %s", s->type, text.data);
        cr_assert_eq(rz_rdata_read(reader, type, rz_buffer_view(&text), NULL, &rdata, &why), RZ_OK,
                     "%s %s does not read back: %s", s->type, text.data, why);
        cr_expect(rdata.size == size && memcmp(rdata.wire, wire, size) == 0, "%s %s", s->type,
                  text.data);
        rz_buffer_free(&text);
    }
    rz_rdata_reader_free(reader);
}

static const struct sample refused[] = {
    {"A", "300.1.1.1", NULL},
    {"A", "", NULL},
    {"A", "192.0.2.1 ; x", NULL},
    {"A", "192.0.2.1\n$ORIGIN x.", NULL},
    {"AAAA", "192.0.2.1", NULL},
    {"MX", "10", NULL},
    {"MX", "70000 mx", NULL},
    {"MX", "10 mx extra", NULL},
    {"TXT", "\"open", NULL},
    {"TXT", "(a", NULL},
    {"TXT", "a)", NULL},
    {"TXT", "a\\", NULL},
    {"CNAME", "a..b", NULL},
    {"CNAME", "two words", NULL},
    {"SRV", "1 2 x y", NULL},
    {"CAA", "300 issue \"x\"", NULL},
    {"DS", "1 8 2 XYZ", NULL},
    {"TYPE65280", "0a000001", NULL},
    {"FORWARD", "192.0.2.53", NULL},
    {"FORWARD", "10 ns.example. 53 .", NULL},
    {"FORWARD", "10 192.0.2.53 0 .", NULL},
    {"FORWARD", "70000 192.0.2.53 53 .", NULL},
    {"FORWARD", "10 192.0.2.53 53 . x", NULL},
    {"FORWARD", "10 - 0 .", NULL},
    {"FORWARD", "0 - 53 dns.example.", NULL},
    {"TYPE65280", "\\# 5 0a000001", NULL},
    {"HTTPS", "1 . alpn", NULL},
    {"A", "\\# 3 010203", NULL},
    {"MX", "\\# 4 000A0000", NULL},
    {"TXT", "\\# 2 05aa", NULL},
};

Test(rdata, wrong_values_are_refused_with_a_reason_and_do_not_spoil_the_reader)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        uint16_t type;
        struct rz_rdata rdata;
        const char *why = NULL;
        cr_assert(rz_rtype_parse(&type, rz_str_of(refused[i].type), true));
        cr_expect_eq(rz_rdata_read(reader, type, rz_str_of(refused[i].text), apex, &rdata, &why),
                     RZ_INVALID, "%s %s", refused[i].type, refused[i].text);
        cr_expect(why && *why, "%s %s: no reason", refused[i].type, refused[i].text);
        cr_assert_eq(rz_rdata_read(reader, RZ_TYPE_MX, RZ_STR("10 mx"), apex, &rdata, &why), RZ_OK,
                     "after %s: %s", refused[i].text, why);
    }
    rz_rdata_reader_free(reader);
}

Test(rdata, text_is_cut_at_255_octets_and_comes_back)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    static const size_t sizes[] = {0, 1, 254, 255, 256, 510, 511, 2000, 65279};
    static char text[65280];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct rz_rdata rdata;
        const char *why;
        cr_assert_eq(rz_rdata_from_text(reader, (struct rz_str){text, sizes[i]}, &rdata, &why),
                     RZ_OK);
        struct rz_buffer back = {0};
        cr_assert(rz_rdata_plain_text(&back, rdata.wire, rdata.size), "%zu", sizes[i]);
        cr_expect_eq(back.size, sizes[i]);
        rz_buffer_free(&back);
    }
    struct rz_rdata rdata;
    const char *why;
    cr_expect_eq(rz_rdata_from_text(reader, (struct rz_str){text, 65280}, &rdata, &why),
                 RZ_INVALID);
    rz_rdata_reader_free(reader);
}

Test(rdata, plain_text_is_refused_where_it_would_lose_something)
{
    struct rz_buffer out = {0};
    cr_expect_not(rz_rdata_plain_text(&out, (const uint8_t *)"\1a\1b", 4), "odd cut");
    cr_expect_not(rz_rdata_plain_text(&out, (const uint8_t *)"\1\xff", 2), "no UTF-8");
    cr_expect_not(rz_rdata_plain_text(&out, (const uint8_t *)"\1\0", 2), "NUL");
    cr_expect_eq(out.size, 0);
    rz_buffer_free(&out);
}

Test(rdata, any_octets_print_to_something_that_reads_back_to_them)
{
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    unsigned seed = 12345;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t wire[40];
        seed = seed * 1103515245 + 12345;
        uint16_t size = (uint16_t)(seed >> 16) % sizeof wire;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1103515245 + 12345;
            /* Small numbers are likelier to be lengths that fit. */
            wire[i] = (uint8_t)(seed >> 16) & (seed & 0x100 ? 0xFF : 7);
        }
        seed = seed * 1103515245 + 12345;
        uint16_t type = (uint16_t)((seed >> 16) % 270 + 1);
        if (rz_rtype_flags(type) & RZ_RTYPE_META || rz_rdata_canonical(type, wire, size) != RZ_OK)
            continue;
        struct rz_buffer text = {0};
        struct rz_rdata rdata;
        const char *why = "";
        rz_rdata_print(&text, type, wire, size);
        cr_assert_eq(rz_rdata_read(reader, type, rz_buffer_view(&text), NULL, &rdata, &why), RZ_OK,
                     "TYPE%u %s: %s", type, text.data, why);
        cr_assert(rdata.size == size && memcmp(rdata.wire, wire, size) == 0, "TYPE%u %s", type,
                  text.data);
        rz_buffer_free(&text);
    }
    rz_rdata_reader_free(reader);
}
