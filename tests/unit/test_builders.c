/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builders: what they make is RDATA of its type, and what the RFCs forbid is refused. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "expression_case.h"
#include "language/builders.h"
#include "language/yaml.h"

static void expect_all(const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        case_expect(cases[i][0], cases[i][1]);
}
#define EXPECT_ALL(cases) expect_all(cases, sizeof cases / sizeof *cases)

Test(builders, spf)
{
    static const char *const cases[][2] = {
        {"spf(\"mx\", \"-all\")", "\"v=spf1 mx -all\""},
        {"spf(\"v=spf1 a mx ~all\")", "\"v=spf1 a mx ~all\""},
        {"spf([\"a:b.example/24//64\", \"?all\"])", "\"v=spf1 a:b.example/24//64 ?all\""},
        {"spf({})", "\"v=spf1 -all\""},
        {"spf({redirect: \"_spf.example.net\"})", "\"v=spf1 redirect=_spf.example.net\""},
        {"spf({redirect: \"a.b\", all: \"fail\"})", "!never reached"},
        {"spf({all: \"~all\", ip4: [\"192.0.2.1\", \"198.51.100.0/24\"], ip6: \"2001:db8::/32\", a: [true, \"b.c\"], exists: \"%{i}.x.y\", exp: \"e.f\"})",
         "\"v=spf1 a a:b.c ip4:192.0.2.1 ip4:198.51.100.0/24 ip6:2001:db8::/32 exists:%{i}.x.y ~all exp=e.f\""},
        {"spf({terms: [\"-ip4:192.0.2.1\"], ip4: \"192.0.2.0/24\"})",
         "\"v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all\""},
        {"spf({mx: false})", "\"v=spf1 -all\""},
        {"spf(\"ip4:192.0.2.300\")", "!no IPv4 address"},
        {"spf(\"ip4:192.0.2.0/33\")", "!no prefix length"},
        {"spf(\"ip4:192.0.2.0/024\")", "!no prefix length"},
        {"spf(\"ip6:192.0.2.0\")", "!no IPv6 address"},
        {"spf(\"ip4\")", "!behind a `:`"},
        {"spf(\"include\")", "!behind a `:`"},
        {"spf(\"include:\")", "!no domain name"},
        {"spf(\"include:a b\")", "!unknown"},
        {"spf(\"a:/33\")", "!no domain name"},
        {"spf(\"a/33\")", "!no prefix length"},
        {"spf(\"mx//129\")", "!no prefix length"},
        {"spf(\"ptr\")", "!not to be used"},
        {"spf(\"v=spf2\")", "!v=spf1"},
        {"spf(\"foo=bar\")", "!unknown modifier"},
        {"spf(\"-all\", \"mx\")", "!never reached"},
        {"spf(\"all:x\")", "!takes no value"},
        {"spf(\"-all\", \"~all\")", "!never reached"},
        {"spf(\"mx\", \"mx\")", "!given twice"},
        {"spf(\"include:%{x}.a\")", "!macro"},
        {"spf(\"include:%\")", "!begins no macro"},
        {"spf(\"exists:%{i\")", "!macro"},
        {"spf(\"exists:%{ir}._%{d2}%%.a\")", "\"v=spf1 exists:%{ir}._%{d2}%%.a\""},
        {"spf({ipv4: \"192.0.2.1\"})", "!unknown key `ipv4`; did you mean `ip4`?"},
        {"spf({all: \"hard\"})", "!is one of fail"},
        {"spf({ip4: \"192.0.2.1 all\"})", "!blanks"},
        {"spf({mx: {}})", "!a map, and must be a text"},
        {"spf({}, \"a\")", "!nothing follows"},
        {"spf(1)", "!unknown"},
        {"spf([\"include:a\" + string(i) + \".example\" for i in range(10)])",
         "\"v=spf1 include:a0.example include:a1.example include:a2.example include:a3.example include:a4.example include:a5.example include:a6.example include:a7.example include:a8.example include:a9.example\""},
        {"spf([\"include:a\" + string(i) + \".example\" for i in range(11)])",
         "!more than 10 look-ups"},
        {"spf({mx: [\"a\" + string(i) for i in range(11)]})", "!more than 10 look-ups"},
        {"spf({include: \"a.b\", data: {\"a.b\": \"v=spf1 a mx include:c.d include:e.f exists:g.h ptr -all\", \"c.d\": \"v=spf1 a mx -all\", \"e.f\": \"v=spf1 redirect=c.d\"}})",
         "!more than 10 look-ups"},
        {"spf({include: \"a.b\", data: {\"a.b\": \"v=spf1 a mx include:c.d -all\", \"c.d\": \"v=spf1 a mx -all\"}})",
         "\"v=spf1 include:a.b -all\""},
        {"spf({include: \"a.b\", data: {\"a.b\": \"v=spf1 include:a.b -all\"}})",
         "!more than 10 look-ups"},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 include:a.b -all\"}})",
         "!one another too often"},
    };
    EXPECT_ALL(cases);
}

Test(builders, spf_flattening)
{
    static const char *const cases[][2] = {
        {"spf({include: [\"a.b\", \"c.d\"], flatten: [\"a.b\"], data: {\"A.b\": [\"ip4:192.0.2.1\", \"ip6:2001:db8::1\", \"~all\"], \"c.d\": \"v=spf1 ip4:192.0.2.2 -all\"}})",
         "\"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 include:c.d -all\""},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 include:c.d redirect=e.f\", \"c.d\": \"v=spf1 ip4:192.0.2.1 -all\", \"e.f\": \"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all\"}})",
         "\"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all\""},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 a mx/24 a:c.d exists:%{i}.e exp=x.y include:far.example ?all\"}})",
         "\"v=spf1 a:a.b mx:a.b/24 a:c.d exists:%{i}.e include:far.example -all\""},
        {"spf({include: \"a.b\", flatten: true})", "\"v=spf1 include:a.b -all\""},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 -ip4:192.0.2.1 -all\"}})",
         "!exception"},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 +all\"}})",
         "!lets all hosts pass"},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 ip4:nonsense\"}})",
         "!no IPv4 address"},
        {"spf({include: \"a.b\", flatten: true, data: {\"a.b\": \"v=spf1 what\"}})",
         "!cannot be flattened"},
        {"spf({data: []})", "!`data` is a map"},
        {"spf({terms: [\"?include:a.b\"], flatten: true, data: {\"a.b\": \"ip4:192.0.2.1\"}})",
         "\"v=spf1 ?include:a.b -all\""},
        {"spf_split({ip4: \"192.0.2.1\"})", "{\"@\":\"v=spf1 ip4:192.0.2.1 -all\"}"},
        {"[[k, length(v) <= 450] for k, v in spf_split({mx: true, ip4: [cidr_host(\"192.0.2.0/24\", i) for i in range(40)]}, \"_a\")]",
         "[[\"@\",true],[\"_a1\",true],[\"_a2\",true]]"},
        {"spf_split({mx: true, ip4: [cidr_host(\"192.0.2.0/24\", i) for i in range(40)]})[\"@\"]",
         "\"v=spf1 include:_spf1.example.com include:_spf2.example.com mx -all\""},
        {"spf_split({ip4: [ip_add(\"192.0.2.0\", i) for i in range(400)]})",
         "!more than 10 look-ups"},
        {"sum([length(split(v, \"ip4:\")) - 1 for k, v in spf_split({ip4: [ip_add(\"192.0.2.0\", i) for i in range(150)]})])",
         "150"},
    };
    EXPECT_ALL(cases);
}

Test(builders, mail_policies)
{
    static const char *const cases[][2] = {
        {"dmarc({p: \"none\"})", "\"v=DMARC1; p=none\""},
        {"dmarc({rua: [\"mailto:a@b.c!10m\", \"d@e.f\"], ruf: \"g@h.i, j@k.l\", p: \"quarantine\", sp: \"reject\", np: \"none\", adkim: \"r\", aspf: \"strict\", pct: 50, fo: [1, \"d\"], rf: \"afrf\", ri: \"1d\"})",
         "\"v=DMARC1; p=quarantine; sp=reject; np=none; adkim=r; aspf=s; pct=50; fo=1:d; rf=afrf; ri=86400; rua=mailto:a@b.c!10m,mailto:d@e.f; ruf=mailto:g@h.i,mailto:j@k.l\""},
        {"dmarc(\"v=DMARC1; p=none; rua=mailto:a@b.c;\")",
         "\"v=DMARC1; p=none; rua=mailto:a@b.c\""},
        {"dmarc(\"p=none\")", "!begins `v=DMARC1"},
        {"dmarc(\"v=DMARC1\")", "!policy `p` is missing"},
        {"dmarc(\"v=DMARC1; p\")", "!name=value"},
        {"dmarc(\"v=DMARC2; p=none\")", "!begins"},
        {"dmarc(\"v=DMARC1; p=none; v=DMARC1\")", "!begins"},
        {"dmarc({p: \"block\"})", "!is one of none, quarantine, reject"},
        {"dmarc({p: \"none\", pct: 101})", "!from 0 to 100"},
        {"dmarc({p: \"none\", fo: \"x\"})", "!0, 1, d and s"},
        {"dmarc({p: \"none\", fo: \"0:1\"})", "\"v=DMARC1; p=none; fo=0:1\""},
        {"dmarc({p: \"none\", rua: \"a b@c.d\"})", "!no address for reports"},
        {"dmarc({p: \"none\", rua: \"https://a.b\"})", "!no address for reports"},
        {"dmarc({p: \"none\", rua: \"a@b.c!x\"})", "!no address for reports"},
        {"dmarc({p: \"none\", rua: []})", "!no address for reports"},
        {"dmarc({p: \"none\", ri: \"x\"})", "!duration"},
        {"dmarc({p: \"none\", policy: \"none\"})", "!unknown key"},
        {"dmarc(1)", "!map of tags"},
        {"dmarc({p: \"none\", rua: \"a@b@c\"})", "!no address"},
        {"mta_sts({id: \"a1\"})", "\"v=STSv1; id=a1;\""},
        {"mta_sts(\"a-b\")", "!letters and digits"},
        {"mta_sts(\"\")", "!letters and digits"},
        {"mta_sts({})", "!`id` is missing"},
        {"mta_sts(\"123456789012345678901234567890123\")", "!1 to 32"},
        {"tls_rpt([\"a@b.c\", \"https://d.e/f\"])",
         "\"v=TLSRPTv1; rua=mailto:a@b.c,https://d.e/f\""},
        {"tls_rpt({rua: \"a@b.c\"})", "\"v=TLSRPTv1; rua=mailto:a@b.c\""},
        {"tls_rpt(\"http://d.e\")", "!no address"},
        {"tls_rpt([])", "!no address"},
    };
    EXPECT_ALL(cases);
}

Test(builders, caa)
{
    static const char *const cases[][2] = {
        {"caa(\"letsencrypt\")", "[\"0 issue \\\"letsencrypt.org\\\"\"]"},
        {"caa([\"digicert\", \"ca.example\"])",
         "[\"0 issue \\\"digicert.com\\\"\",\"0 issue \\\"ca.example\\\"\"]"},
        {"caa(\"none\")", "[\"0 issue \\\";\\\"\"]"},
        {"caa({issue: {ca: \"letsencrypt\", account: \"https://a.b/c/1\", methods: [\"dns-01\", \"http-01\"]}, critical: true})",
         "[\"128 issue \\\"letsencrypt.org; accounturi=https://a.b/c/1; validationmethods=dns-01,http-01\\\"\"]"},
        {"caa({ca: \"a.b\", methods: \"dns-01\"})",
         "[\"0 issue \\\"a.b; validationmethods=dns-01\\\"\"]"},
        {"caa(\"a.b; accounturi=x:y\")", "[\"0 issue \\\"a.b; accounturi=x:y\\\"\"]"},
        {"caa(\"a.b; what\")", "!name=value"},
        {"caa(\"a b\")", "!no domain name"},
        {"caa(\"a\\\"b\")", "!no domain name"},
        {"caa({})", "!no issuer"},
        {"caa({isue: \"a\"})", "!did you mean `issue`"},
        {"caa({iodef: \"ftp://a\"})", "!URL"},
        {"caa({iodef: \"mailto:a@b.c\"})", "[\"0 iodef \\\"mailto:a@b.c\\\"\"]"},
        {"caa({iodef: \"https://a.b/c\"})", "[\"0 iodef \\\"https://a.b/c\\\"\"]"},
        {"caa({contactemail: \"x\"})", "!no mail address"},
        {"caa({contactemail: \"a@b.c\", contactphone: \"+49-30-1\"})",
         "[\"0 contactemail \\\"a@b.c\\\"\",\"0 contactphone \\\"+49-30-1\\\"\"]"},
        {"caa({issue: {ca: \"a.b\", account: \"a;b\"}})", "!is a URI"},
        {"caa({issue: {ca: \"a.b\", methods: \"d n\"}})", "!a method"},
        {"caa({issue: \"a.b\", critical: 1})", "!true or false"},
        {"caa({issue: {account: \"a:b\"}})", "!`ca` is missing"},
    };
    EXPECT_ALL(cases);
}

Test(builders, keys_and_certificates)
{
    static const char *const cases[][2] = {
        {"dkim(file(\"dkim-rsa.pem\")) == dkim(replace(replace(file(\"dkim-rsa.pem\"), \"-----BEGIN PUBLIC KEY-----\", \"\"), \"-----END PUBLIC KEY-----\", \"\"))",
         "true"},
        {"dkim(file(\"dkim-rsa.pem\")) == dkim(file(\"dkim-pkcs1.pem\"))", "true"},
        {"starts_with(dkim(file(\"dkim-rsa.pem\")), \"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\")",
         "true"},
        {"dkim({key: file(\"dkim-ed25519.pem\"), strict: true, testing: true, hash: \"sha256\", service: \"email\", selector: \"s\"})",
         "\"v=DKIM1; h=sha256; s=email; t=y:s; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\""},
        {"dkim(\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\")",
         "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\""},
        {"dkim(\"\")", "\"v=DKIM1; p=\""},
        {"dkim({key: null})", "!`key` is missing"},
        {"dkim(file(\"dkim-short.pem\"))", "!512 bits"},
        {"dkim(file(\"ec.pem\"))", "!neither RSA nor Ed25519"},
        {"dkim(file(\"cert.pem\"))", "!a public one in PEM"},
        {"dkim(\"hello\")", "!a public one in PEM"},
        {"dkim(\"aGVsbG8=\")", "!no public key can be read"},
        {"dkim(\"-----BEGIN PRIVATE KEY-----\\nMC4=\\n-----END PRIVATE KEY-----\")",
         "!private key, which belongs into no repository"},
        {"dkim({key: \"\", hash: \"sha1\"})", "!is one of sha256"},
        {"length(tlsa(3, 0, 2, file(\"cert.pem\")))", "134"},
        {"tlsa({certificate: file(\"cert.pem\")}) == tlsa(3, 1, 1, file(\"cert.pem\"))", "true"},
        {"tlsa(3, 1, 1, file(\"ec.pem\")) == tlsa(3, 1, 1, file(\"cert.pem\"))", "true"},
        {"tlsa(3, 0, 1, file(\"ec.pem\"))", "!certificate in PEM"},
        {"starts_with(tlsa(\"PKIX-TA\", \"Cert\", \"Full\", file(\"cert.pem\")), \"0 0 0 3082\")",
         "true"},
        {"tlsa(4, 1, 1, file(\"cert.pem\"))", "!`usage` is one of"},
        {"tlsa(3, 1, 3, file(\"cert.pem\"))", "!`matching` is one of"},
        {"tlsa(3, 1)", "!four arguments"},
        {"tlsa({})", "!`certificate` is missing"},
        {"tlsa(3, 1, 1, \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\")",
         "!certificate in PEM"},
        {"tlsa(3, 1, 1, \"-----BEGIN CERTIFICATE-----\\nProc-Type: 4,ENCRYPTED\\nDEK-Info: DES-CBC,0000000000000000\\n\\nAAAA\\n-----END CERTIFICATE-----\")",
         "!certificate in PEM"},
        {"length(sshfp([file(\"ssh_host_rsa_key.pub\"), file(\"ssh_host_ecdsa_key.pub\") + \"# x\\n\\n\" + file(\"ssh_host_ed25519_key.pub\")]))",
         "3"},
        {"length(split(sshfp(file(\"ssh_host_rsa_key.pub\"), \"sha1\")[0], \" \")[2])", "40"},
        {"sshfp(file(\"ssh_host_ed25519_key.pub\"), \"sha1\")", "!SHA-1 is for"},
        {"sshfp(\"host.example \" + file(\"ssh_host_ed25519_key.pub\")) == sshfp(file(\"ssh_host_ed25519_key.pub\"))",
         "true"},
        {"sshfp(\"ssh-rsa AAAAC3NzaC1lZDI1NTE5\")", "!public key is expected"},
        {"sshfp(\"ssh-dsa AAAA\")", "!public key is expected"},
        {"sshfp(\"\")", "!no key is given"},
        {"sshfp(\"ssh-ed25519\")", "!public key is expected"},
        {"sshfp(\"-----BEGIN OPENSSH PRIVATE KEY-----\")", "!private key"},
        {"sshfp(\"a\", \"md5\")", "!is one of sha256, sha1"},
    };
    EXPECT_ALL(cases);
}

Test(builders, service_bindings_and_places)
{
    static const char *const cases[][2] = {
        {"svcb({priority: 0, target: \"a.b.\"})", "\"0 a.b.\""},
        {"svcb({priority: 0, target: \"a.b.\", port: 1})", "!no parameters"},
        {"svcb({priority: 0})", "!names its target"},
        {"svcb({})", "\"1 .\""},
        {"https({params: {port: 443}})", "\"1 . port=443\""},
        {"https({alpn: \"h2\", \"no-default-alpn\": true, mandatory: [\"alpn\"], ipv6hint: [\"2001:db8::1\", \"2001:db8::2\"], ech: \"AAAA\", key100: \"a\\\"b\\\\ü\", key101: \"\"})",
         "\"1 . mandatory=alpn alpn=h2 no-default-alpn ech=AAAA ipv6hint=2001:db8::1,2001:db8::2 key100=\\\"a\\\\\\\"b\\\\\\\\\\\\195\\\\188\\\" key101\""},
        {"https({\"no-default-alpn\": true})", "!needs `alpn`"},
        {"https({mandatory: [\"port\"]})", "!not among the keys"},
        {"https({mandatory: \"mandatory\"})", "!does not list itself"},
        {"https({alpn: [\"h2\", \"h2\"]})", "!given twice"},
        {"https({alpn: []})", "!1 to 64"},
        {"https({alpn: \"a,b\"})", "!stand in no name"},
        {"https({ipv4hint: \"::1\"})", "!no address of this family"},
        {"https({port: 65536})", "!from 0 to 65535"},
        {"https({ech: \"!\"})", "!no base64"},
        {"https({dohpath: \"/dns-query{?dns}\"})", "\"1 . key7=\\\"/dns-query{?dns}\\\"\""},
        {"https({dohpath: \"/dns-query\"})", "!no path with"},
        {"https({ipv4: \"192.0.2.1\"})", "!unknown key `ipv4`"},
        {"https({key1: \"a\"})", "!written by its name"},
        {"https({key0100: \"a\"})", "!without zeros"},
        {"https({key65535: \"a\"})", "!from 0 to 65534"},
        {"https({keyx: \"a\"})", "!whole number"},
        {"https({target: \"a b\"})", "!`target` is"},
        {"https({params: {priority: 1}})", "!unknown key `priority`"},
        {"https({params: {}, port: 1})", "!unknown key `port`"},
        {"https({params: []})", "!is a map"},
        {"loc(0, 0)", "\"0 0 0.000 N 0 0 0.000 E 0.00m 1.00m 10000.00m 10.00m\""},
        {"loc(-89.99999999, -179.99999999, 8848.86, 30, 5, 2)",
         "\"90 0 0.000 S 180 0 0.000 W 8848.86m 30.00m 5.00m 2.00m\""},
        {"loc(90.1, 0)", "!from -90 to 90"},
        {"loc(0, \"x\")", "!from -180"},
        {"loc(0)", "!`longitude` is missing"},
        {"loc({latitude: \"52.5\", longitude: 13})",
         "\"52 30 0.000 N 13 0 0.000 E 0.00m 1.00m 10000.00m 10.00m\""},
        {"loc([1, 2, 3])", "\"1 0 0.000 N 2 0 0.000 E 3.00m 1.00m 10000.00m 10.00m\""},
        {"loc(0, 0, -100001)", "!from -100000"},
        {"loc({lat: 1})", "!unknown key"},
        {"loc(1, 2, 3, 4, 5, 6, 7)", "!too many"},
        {"loc(0, \"0x10\")", "!from -180"},
        {"loc(0, \"nan\")", "!from -180"},
        {"loc([1, 2], 3)", "!too many"},
        {"loc(0, -0.00000001)", "\"0 0 0.000 N 0 0 0.000 E 0.00m 1.00m 10000.00m 10.00m\""},
    };
    EXPECT_ALL(cases);
}

/* What a key of an owner's map makes, as lines of prefix, type and value; or the message. */
static void build(const char *key, const char *document, struct rz_buffer *out)
{
    static const uint8_t origin[] = "\7example\3com";
    struct expression_case run;
    struct rz_built *built;
    size_t count;
    struct rz_source source = {"a.yaml", rz_str_of(document)};
    case_run(&run, "1");
    const struct rz_node *root = rz_yaml_load(&source, &run.arena, NULL, &run.diags);
    cr_assert_not_null(root, "%s", document);
    struct rz_value value = rz_value_of_node(&run.arena, root);
    run.evaluation.place = (struct rz_expression_place){.source = &source, .node = root};
    bool good = rz_builder_apply(&run.evaluation, NULL, rz_str_of(key), &value, &built, &count);
    cr_expect_eq(good, run.diags.count == 0);
    if (!good)
        rz_buffer_text(out, run.diags.count ? run.diags.items[0].message : "");
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    for (size_t i = 0; good && i < count; i++)
        for (uint32_t j = 0; j < built[i].values.count; j++) {
            char type[RZ_RTYPE_TEXT_MAX];
            struct rz_rdata rdata;
            const char *why = "";
            struct rz_str text = rz_value_str(&built[i].values.items[j]);
            rz_buffer_printf(out, "%.*s %s %.*s\n", RZ_STR_ARG(built[i].prefix),
                             rz_rtype_text(type, built[i].type),
                             text.size < 40 ? (int)text.size : 40, text.data);
            enum rz_status status = built[i].type == RZ_TYPE_TXT
                                        ? rz_rdata_from_text(reader, text, &rdata, &why)
                                        : rz_rdata_read(reader, built[i].type, text, origin, &rdata,
                                                        &why);
            cr_expect_eq(status, RZ_OK, "%s: %s: %s", key, text.data, why);
        }
    rz_rdata_reader_free(reader);
    case_free(&run);
}

Test(builders, as_keys)
{
    static const struct {
        const char *key, *document, *expected;
    } cases[] = {
        {"spf", "{mx: true}", " TXT v=spf1 mx -all\n"},
        {"spf", "[mx, ~all]", " TXT v=spf1 mx ~all\n"},
        {"dmarc", "{p: none}", "_dmarc TXT v=DMARC1; p=none\n"},
        {"caa", "[letsencrypt, google]",
         " CAA 0 issue \"letsencrypt.org\"\n CAA 0 issue \"pki.goog\"\n"},
        {"dkim", "[{selector: a, key: ''}, {selector: b.c, key: ''}]",
         "a._domainkey TXT v=DKIM1; p=\nb.c._domainkey TXT v=DKIM1; p=\n"},
        {"dkim", "''", " TXT v=DKIM1; p=\n"},
        {"dkim", "{selector: 'a b', key: ''}",
         "dkim(): the selector `a b` is no domain name: it has octets that no host's name has"},
        {"mta_sts", "7", "_mta-sts TXT v=STSv1; id=7;\n"},
        {"tls_rpt", "[a@b.c, d@e.f]", "_smtp._tls TXT v=TLSRPTv1; rua=mailto:a@b.c,mailto:d@e.\n"},
        {"https",
         "[{priority: 1, alpn: [h3, h2], ipv4hint: 192.0.2.1, key100: x}, {priority: 2, target: b, dohpath: '/q{?dns}'}]",
         " HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.1 key100\n HTTPS 2 b key7=\"/q{?dns}\"\n"},
        {"svcb", "{target: a, mandatory: [port], port: 53}", " SVCB 1 a mandatory=port port=53\n"},
        {"loc", "[52.5, 13.4, 34]", " LOC 52 30 0.000 N 13 24 0.000 E 34.00m 1.00m\n"},
        {"tlsa", "{port: 443, certificate: x}",
         "tlsa(): a certificate in PEM is expected, as file(\"cert.pem\") gives it (RFC 6698 §2.1)"},
        {"sshfp",
         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
         " SSHFP 4 2 98aa94fb42bc3a12a603c6c1422f51cf4439\n"},
        {"dmarc", "{p: x}", "dmarc(): `p` is one of none, quarantine, reject, not `x`"},
        {"dmarc", "~", "`dmarc` has no value"},
        {"dmarc", "[]", "`dmarc` has no value"},
        {"svcb", "text", "svcb(): argument 1 is a string, and must be a map"},
        {"what", "1", "`what` has no value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
        build(cases[i].key, cases[i].document, &out);
        cr_expect_str_eq(out.data ? out.data : "", cases[i].expected);
    }
    for (size_t i = 0; rz_builder_keys()[i]; i++) {
        cr_expect(rz_builder_find(rz_str_of(rz_builder_keys()[i])));
        cr_expect_not_null(rz_function_find(rz_str_of(rz_builder_keys()[i])));
    }
    cr_expect_not(rz_builder_find(RZ_STR("lower")));
}

Test(builders, tlsa_of_a_port)
{
    RZ_BUFFER_CLEANUP struct rz_buffer document = {0}, out = {0};
    FILE *file = fopen(RZ_TEST_SOURCES "/tests/corpus/functions/cert.pem", "re");
    char line[200];
    rz_buffer_text(&document, "- port: 25\n  certificate: &c |\n");
    while (fgets(line, sizeof line, file))
        rz_buffer_printf(&document, "    %s", line);
    rz_buffer_text(
        &document,
        "- {port: 25, usage: dane-ta, certificate: *c}\n- {port: 853, protocol: udp, certificate: *c}\n- {certificate: *c}\n");
    fclose(file);
    build("tlsa", document.data, &out);
    cr_expect(rz_str_starts_with(rz_buffer_view(&out), "_25._tcp TLSA 3 1 1 "), "%s", out.data);
    cr_expect(strstr(out.data, "\n_25._tcp TLSA 2 1 1 ")
                  && strstr(out.data, "\n_853._udp TLSA 3 1 1 ")
                  && strstr(out.data, "\n TLSA 3 1 1 "),
              "%s", out.data);
}
