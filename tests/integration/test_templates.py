# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates at the command line: where records come from, and the commands that manage templates."""
import json
from pathlib import Path

import pytest
import yaml

from support.json_schema import Schemas

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Schemas(ROOT / "schemas")

PROJECT = """\
providers: {files: {kind: zonefile, directory: live}}
zones: {"**": {to: files}}
verify: {dns: false}
vars: {office: 192.0.2.77}
"""
BASE = """\
template: base
description: Name servers, SOA and mail policy
params:
  contact: {type: email, default: hostmaster@example.net}
nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: "${contact}", refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
records:
  "@":
    TXT: v=spf1 -all
"""
WEB = """\
template: web
version: 3
description: A web site behind one address
extends: base
params:
  ip: {type: ipv4, required: true, description: where the site is}
  ttl: {type: duration, default: 5m, min: 60s, max: 1d}
records:
  "@": {A: "${ip}"}
  www: {CNAME: "@"}
  old: {A: "${ip}"}
"""
ZONE = """\
extends: [{web: {ip: 192.0.2.10}}]
records:
  "@":
    TXT: {add: [site=abc]}
    A: 192.0.2.99
  old: null
  mail: {A: "${office}"}
"""


@pytest.fixture
def site(project):
    project.write("rezone.yaml", PROJECT)
    project.write("templates/base.yaml", BASE)
    project.write("templates/web.yaml", WEB)
    project.write("zones/example.com.yaml", ZONE)
    return project


WEB_CHAIN = ('in template web@3 {ip: "192.0.2.10", ttl: 300} (templates/web.yaml), '
             "extended at zones/example.com.yaml:1:12")
BASE_CHAIN = ('in template base@1 {contact: "hostmaster@example.net"} (templates/base.yaml), '
              "extended at templates/web.yaml:4:10")


# render --explain -------------------------------------------------------------------------------------

def test_explain_one_rrset(site):
    assert site.expect(0, "render", "--explain", "@", "A").stdout == f"""\
example.com. A 3600
    192.0.2.99
    given at zones/example.com.yaml:5
    overrides templates/web.yaml:9
      {WEB_CHAIN}
"""
    assert site.expect(0, "render", "--explain", "old").stdout == f"""\
old.example.com. A is not in the zone
    removed at zones/example.com.yaml:6
    given at templates/web.yaml:11
      {WEB_CHAIN}
"""
    assert site.expect(0, "render", "--explain", "TXT").stdout == f"""\
example.com. TXT 3600
    "site=abc"
    "v=spf1 -all"
    given at templates/base.yaml:9
      {BASE_CHAIN}
      {WEB_CHAIN}
    adjusted at zones/example.com.yaml:4
"""


@pytest.mark.parametrize("question", [["mail"], ["mail", "A"], ["mail.example.com"], ["mail.example.com.", "A"],
                                      ["example.com", "mail", "A"], ["--zone", "example.com", "mail"]])
def test_explain_names(site, question):
    site.write("zones/example.org.yaml", "records: {www: {A: 192.0.2.1}}\n")
    assert site.expect(0, "render", "--explain", *question).stdout == """\
mail.example.com. A 3600
    192.0.2.77
    given at zones/example.com.yaml:7
"""


def test_explain_nothing(site):
    assert "nothing gives www" in site.expect(1, "render", "--explain", "www", "A").stderr
    assert "nothing gives that type" in site.expect(1, "render", "--explain", "MX").stderr
    assert "an argument too many" in site.expect(1, "render", "--explain", "www", "A", "b").stderr
    assert "not yaml" in site.expect(1, "render", "--explain", "--format", "yaml").stderr


def test_explain_json(site):
    rendered = site.expect(0, "render", "--explain", "--format", "json").json
    assert SCHEMAS.errors(rendered, "report.schema.json", "/$defs/render") == []
    zone, = rendered
    rrsets = {(rrset["owner"], rrset["type"]): rrset for rrset in zone["rrsets"]}
    web = {"chain": WEB_CHAIN, "file": "templates/web.yaml", "line": 9}
    assert rrsets["example.com.", "A"]["history"] == [
        {"what": "replaced", "lost": web, "by": {"chain": None, "file": "zones/example.com.yaml", "line": 5}}]
    assert rrsets["www.example.com.", "CNAME"]["chain"] == WEB_CHAIN
    assert [(gone["owner"], gone["what"]) for gone in zone["removed"]] == [("old.example.com.", "removed")]
    plain = json.loads(site.expect(0, "render", "--format", "json").stdout)
    assert SCHEMAS.errors(plain, "report.schema.json", "/$defs/render") == []
    assert {rrset["chain"] for rrset in plain[0]["rrsets"]} == {None, WEB_CHAIN, f"{BASE_CHAIN}, {WEB_CHAIN}"}


# template list, show, search, graph -------------------------------------------------------------------

def fits(project, pointer, *arguments, code=0):
    value = project.expect(code, *arguments, "--format", "json").json
    assert SCHEMAS.errors(value, "report.schema.json", f"/$defs/{pointer}") == []
    return value


def test_list(site):
    site.write("templates/mail/google.yaml", 'deprecated: use mail/other\ndescription: "Mail\\e[31m"\n')
    text = site.expect(0, "template", "list").stdout
    assert text.splitlines() == ["base@1             1 zone   Name servers, SOA and mail policy",
                                 "mail/google@1      0 zones  (deprecated) Mail\\u{1B}[31m",
                                 "web@3              1 zone   A web site behind one address"]
    listed = fits(site, "template list", "template", "list")
    assert [(each["name"], each["version"], each["zones"]) for each in listed] == [
        ("base", 1, 1), ("mail/google", 1, 0), ("web", 3, 1)]


def test_list_nothing(project):
    project.write("rezone.yaml", PROJECT)
    project.path("zones").mkdir()
    assert "rezone template new" in project.expect(0, "template", "list").stdout
    assert fits(project, "template list", "template", "list") == []


def test_show(site):
    site.write("templates/web@2.yaml", "records: {www: {A: 192.0.2.2}}\ngroups: {mail: {}, shop: {}}\n")
    assert site.expect(0, "template", "show", "web").stdout == """\
web@3
description: A web site behind one address
file: templates/web.yaml
also: web@2 (templates/web@2.yaml)
extends: base (templates/web.yaml:4:10)
extended by zone: example.com (zones/example.com.yaml:1:12)
used by: 1 zone, directly or through other templates

parameters
  ip   ipv4, required — where the site is
  ttl  duration, at least 60, at most 86400, default 300
"""
    shown = fits(site, "template show", "template", "show", "web@2")
    assert (shown["path"], shown["groups"], shown["extended_by"]) == ("templates/web@2.yaml", ["mail", "shop"], [])
    assert "did you mean `base`" in site.expect(1, "template", "show", "bse").stderr
    fits(site, "failure", "template", "show", "nothing", code=1)


def test_show_rules_and_types(project):
    project.write("rezone.yaml", PROJECT)
    project.path("zones").mkdir()
    project.write("templates/hosts.yaml", """\
params:
  hosts: {type: list, of: {name: label, ip: ipv4}, default: []}
  env: {enum: [prod, stage], default: prod}
  size: {type: int}
rules:
  - {assert: "env != 'x'", message: no x}
""")
    text = project.expect(0, "template", "show", "hosts").stdout
    assert "  hosts  list of {name: label, ip: ipv4}, default []\n" in text
    assert '  env    string, one of ["prod","stage"], default "prod"\n' in text
    assert "  size   int, may be left out\n" in text
    assert "rules\n  env != 'x' — no x\n" in text
    fits(project, "template show", "template", "show", "hosts")


def test_many_zones_are_cut_short(site):
    for number in range(12):
        site.write(f"zones/z{number}.example.yaml", "extends: [base]\n")
    text = site.expect(0, "template", "show", "base").stdout
    assert text.count("extended by zone") == 10 and "and by 2 other zones" in text
    assert site.expect(0, "template", "show", "-v", "base").stdout.count("extended by zone") == 12


def test_search(site):
    assert "parameter ip: where the site is" in site.expect(0, "template", "search", "WHERE the").stdout
    assert "line 9: v=spf1 -all" in site.expect(0, "template", "search", "spf1").stdout
    assert site.expect(0, "template", "search", "nowhere").stdout == "no template has it\n"
    assert [each["name"] for each in fits(site, "template list", "template", "search", "web")] == ["web"]


def test_graph(site):
    site.write("templates/alone.yaml", 'template: "alone \\"]"\n')
    assert site.expect(0, "template", "graph", "base").stdout == """\
base@1  templates/base.yaml
    extended by template web@3  templates/web.yaml:4:10
web@3  templates/web.yaml
    extends base@1  templates/web.yaml:4:10
    extended by zone example.com  zones/example.com.yaml:1:12
"""
    assert site.expect(0, "template", "graph", "--format", "dot").stdout == """\
digraph templates {
  rankdir=LR;
  t0 [label="alone \\"]@1", shape=box];
  t1 [label="base@1", shape=box];
  t2 [label="web@3", shape=box];
  t2 -> t1;
  z1 [label="example.com", shape=ellipse];
  z1 -> t2;
}
"""
    assert site.expect(0, "template", "graph", "--format", "mermaid").stdout == """\
graph LR
  t0["alone #34;]@1"]
  t1["base@1"]
  t2["web@3"]
  t2 --> t1
  z1(["example.com"])
  z1 --> t2
"""
    drawn = fits(site, "template graph", "template", "graph", "web")
    assert drawn["templates"] == ["base@1", "web@3"] and len(drawn["edges"]) == 2


# template new, clone, rename, delete ------------------------------------------------------------------

def test_new_is_a_good_template(site):
    assert site.expect(0, "template", "new", "shop/front").stdout == "wrote templates/shop/front.yaml\n"
    assert "0 failed" in site.expect(0, "template", "test", "shop/front").stdout
    site.write("zones/example.org.yaml", "extends: [base, {shop/front: {ip: 192.0.2.5, ttl: 2h}}]\n")
    assert "example.org. A 7200" in site.expect(0, "render", "--explain", "example.org", "A").stdout
    assert "RZ9003" in site.expect(1, "template", "new", "shop/front").stderr
    site.expect(0, "template", "new", "shop/front@2")
    assert "--check" and site.expect(0, "fmt", "--check", "templates/shop").stdout


@pytest.mark.parametrize("name", ["../x", "/x", "a..b", "x/", ".x", "a/.b", "x@", "x@0", "x@1y", "a b", "", "é",
                                  "-x", "x" * 300, "templates/../../x"])
def test_bad_names(site, name):
    before = sorted(site.directory.rglob("*"))
    assert "no name for a template" in site.expect(1, "template", "new", "--", name).stderr
    assert sorted(site.directory.rglob("*")) == before


def test_clone_keeps_comments(site):
    site.write("templates/web.yaml", "# head\n" + WEB.replace("template: web", "template: 'web' # the name"))
    site.expect(0, "template", "clone", "web", "shop@7")
    assert site.read("templates/shop@7.yaml") == "# head\n" + WEB.replace(
        "template: web", "template: shop # the name").replace("version: 3", "version: 7")
    assert [each["name"] for each in fits(site, "template list", "template", "list")] == ["base", "shop", "web"]
    fits(site, "template edit", "template", "clone", "shop", "other")
    assert "RZ9003" in site.expect(1, "template", "clone", "web", "shop@7").stderr
    # A block scalar is left to people.
    site.write("templates/odd.yaml", "template: >-\n  odd\n")
    assert "by hand" in site.expect(1, "template", "clone", "odd", "even").stderr
    assert not site.exists("templates/even.yaml")


def test_delete_and_rename_refuse_what_is_used(site):
    for arguments in (["delete", "base"], ["rename", "base", "ground"]):
        refused = site.expect(3, "template", *arguments)
        assert "templates/web.yaml:4:10: error[RZ1411]: template web@3 extends base" in refused.stderr
    refused = site.expect(3, "template", "delete", "web")
    assert "zones/example.com.yaml:1:12: error[RZ1411]: zone example.com extends web" in refused.stderr
    assert site.exists("templates/base.yaml") and site.exists("templates/web.yaml")
    assert fits(site, "failure", "template", "delete", "web", code=3)["diagnostics"][0]["line"] == 1


def test_delete_and_rename(site):
    site.expect(0, "template", "new", "a")
    assert site.expect(0, "template", "rename", "a", "b/c").stdout == "renamed to templates/b/c.yaml\n"
    assert not site.exists("templates/a.yaml") and "template: b/c\n" in site.read("templates/b/c.yaml")
    assert site.expect(0, "template", "delete", "b.c").stdout == "deleted templates/b/c.yaml\n"
    assert not site.exists("templates/b/c.yaml")
    # Several versions: which is to be said, and only that which is asked for is in use.
    site.expect(0, "template", "clone", "base", "base@2")
    assert "2 versions of template base" in site.expect(1, "template", "delete", "base").stderr
    site.expect(3, "template", "delete", "base@2")
    site.expect(0, "template", "delete", "base@1")
    assert "there is no template" in site.expect(1, "template", "delete", "nothing").stderr
    assert "there is no template" in site.expect(1, "template", "rename", "nothing", "x").stderr


# template test ----------------------------------------------------------------------------------------

TESTS = """\
tests:
  - name: as it is
    with: {ip: 192.0.2.1}
    zone: example.org
    expect:
      www: {CNAME: "@"}
      "@": {A: {values: 192.0.2.1, ttl: 1h}, AAAA: null, TXT: v=spf1 -all}
      beta: null
  - with: {ip: 300.1.1.1}
    error: ip
"""


def test_tests_pass(site):
    site.write("templates/web.yaml", WEB + TESTS)
    assert site.expect(0, "template", "test").stdout.splitlines() == [
        "passed  web@3: as it is  (templates/web.yaml:13)",
        "passed  web@3: test 2  (templates/web.yaml:20)",
        "2 tests of 2 templates: 0 failed; 1 without tests"]
    assert fits(site, "template test", "template", "test", "web")["failed"] == 0
    assert SCHEMAS.errors(yaml.safe_load(WEB + TESTS), "template.schema.json") == []


def test_tests_fail(site):
    site.write("templates/web.yaml", WEB + """\
tests:
  - name: "a <b>"
    with: {ip: 192.0.2.1}
    expect:
      www: {A: 192.0.2.1}
      "@": {A: {values: [192.0.2.1, 192.0.2.2], ttl: 5m}, TXT: null}
      old: null
  - {name: no error, with: {ip: 192.0.2.1}, error: ip}
  - {name: another error, with: {ip: x}, error: wrong words}
  - {name: an error, with: {}}
  - {name: bad, with: {ip: 192.0.2.1}, expect: {www: {A: x}}}
""")
    text = site.expect(1, "template", "test").stdout
    assert text.startswith("""\
FAILED  web@3: a <b>  (templates/web.yaml:13)
    - @ 300 A 192.0.2.1
    - @ 300 A 192.0.2.2
    + @ 3600 A 192.0.2.1
    - www A 192.0.2.1
    + @ TXT "v=spf1 -all"
    + old A 192.0.2.1
FAILED  web@3: no error  (templates/web.yaml:19)
    - an error that says `ip`
    + no error
FAILED  web@3: another error  (templates/web.yaml:20)
    - an error that says `wrong words`
    error[RZ1404]: template web: `ip` must be an IPv4 address, not "x" (""")
    assert "error[RZ1404]: template web needs `ip`" in text and "what is expected is wrong itself" in text
    assert text.endswith("5 tests of 2 templates: 5 failed; 1 without tests\n")
    import xml.etree.ElementTree as ElementTree
    suites = ElementTree.fromstring(site.expect(1, "template", "test", "--format", "junit").stdout)
    assert (suites.get("tests"), suites.get("failures")) == ("5", "5")
    case = suites.findall("testsuite/testcase")[0]
    assert case.get("name") == "a <b>" and "+ old A 192.0.2.1" in case.find("failure").text


@pytest.mark.parametrize("tests", ["x", "[x]", "[{expekt: {}}]", "[{expect: [a]}]", "[{expect: {}, error: x}]",
                                   "[{zone: a..b}]"])
def test_malformed_tests(site, tests):
    site.write("templates/base.yaml", BASE + f"tests: {tests}\n")
    codes = fits(site, "template test", "template", "test", code=1)["diagnostics"]
    assert len(codes) == 1 and codes[0]["file"] == "templates/base.yaml"


# validate ---------------------------------------------------------------------------------------------

def test_validate_warns_of_unused_templates(site):
    site.write("templates/lost.yaml", "records: {www: {A: 192.0.2.1}}\n")
    result = site.expect(0, "validate")
    assert "templates/lost.yaml: warning[RZ1410]: no zone uses template lost@1" in result.stderr
    assert "web" not in result.stderr and "base" not in result.stderr
    assert "RZ1410" not in site.expect(0, "validate", "example.com").stderr


def test_validate_checks_unused_templates(site):
    site.write("templates/lost.yaml", "params: {n: {type: int, default: 1}}\nrecords: {www: {A: not an address}}\n")
    assert "templates/lost.yaml:2:20: error" in site.expect(1, "validate").stderr
    site.write("templates/lost.yaml", "records: {www: {A: \"${ip}\"}}\n")
    result = site.expect(0, "validate")
    assert "warning[RZ1011]" in result.stderr and "an extender may provide it" in result.stderr
    site.write("templates/lost.yaml", "params: {n: {type: int, required: true}}\nrecords: {www: {A: \"${n}\"}}\n")
    site.expect(0, "validate")


def test_checks_of_unused_templates_are_read(site):
    site.write("templates/lost.yaml", "checks: [{tcp: 'www'}]\n")
    assert "templates/lost.yaml:1:16: error[RZ5110]" in site.expect(1, "validate").stderr


# Builders in an owner's map ---------------------------------------------------------------------------

BUILT = """\
vars: {sender: 192.0.2.25}
nameservers: [ns1.example.net., ns2.example.net.]
records:
  "@":
    ttl: 10m
    spf: {mx: true, ip4: "${sender}"}
    A: 192.0.2.99
    TXT: {values: [site=abc], ttl: 5m}
    MX: 10 mx.example.net.
    dmarc: {p: reject, rua: dmarc@example.com}
    caa: {issue: [letsencrypt], issuewild: none}
    tls_rpt: tls@example.com
    mta_sts: {id: 20260101}
    dkim:
      - {selector: s1, key: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=}
  _dmarc.sub: {dmarc: {p: none}}
  www:
    A: 192.0.2.1
    https: {priority: 1, target: ".", alpn: [h2, h3]}
"""


def test_builders(site):
    site.write("zones/example.com.yaml", BUILT)
    site.write("templates/mail.yaml", "params: {ip: {type: ipv4}}\nrecords: {\"@\": {TXT: gone, spf: {ip4: \"${ip}\"}},"
               " other: {spf: {ip4: \"${ip}\"}}}\n")
    site.write("zones/example.org.yaml", "extends: [{mail: {ip: 192.0.2.7}}]\nrecords: {\"@\": {spf: {}}}\n")
    zones = {zone["zone"]: {(rrset["owner"], rrset["type"]): rrset for rrset in zone["rrsets"]}
             for zone in site.expect(0, "render", "--format", "json").json}
    rrsets = zones["example.com"]
    assert sorted(rrsets["example.com.", "TXT"]["rdata"]) == ['"site=abc"', '"v=spf1 mx ip4:192.0.2.25 -all"']
    assert rrsets["example.com.", "TXT"]["ttl"] == 300
    dmarc = rrsets["_dmarc.example.com.", "TXT"]
    assert (dmarc["rdata"], dmarc["ttl"], dmarc["line"]) == (
        ['"v=DMARC1; p=reject; rua=mailto:dmarc@example.com"'], 600, 10)
    assert rrsets["_dmarc.sub.example.com.", "TXT"]["rdata"] == ['"v=DMARC1; p=none"']
    assert sorted(rrsets["example.com.", "CAA"]["rdata"]) == ['0 issue "letsencrypt.org"', '0 issuewild ";"']
    assert rrsets["_mta-sts.example.com.", "TXT"]["rdata"] == ['"v=STSv1; id=20260101;"']
    assert rrsets["_smtp._tls.example.com.", "TXT"]["rdata"][0].startswith('"v=TLSRPTv1; rua=')
    assert rrsets["s1._domainkey.example.com.", "TXT"]["rdata"][0].startswith('"v=DKIM1; k=ed25519; p=')
    assert rrsets["www.example.com.", "HTTPS"]["rdata"] == ["1 . alpn=h2,h3"]
    assert SCHEMAS.errors(yaml.safe_load(BUILT), "zone.schema.json") == []
    # In a template they are layers like any other RRset.
    assert zones["example.org"]["example.org.", "TXT"]["rdata"] == ['"v=spf1 -all"']
    assert zones["example.org"]["other.example.org.", "TXT"]["rdata"] == ['"v=spf1 ip4:192.0.2.7 -all"']


@pytest.mark.parametrize("owner, message", [
    ("spf: {mxx: true}", "2:7: error[RZ1013]: spf(): unknown key `mxx`; did you mean `mx`?"),
    ("dmarcc: {p: none}", "2:7: error[RZ1004]: unknown key `dmarcc`\n"),
    ("spf: null", "2:12: error[RZ1005]: `spf` has nothing to build from"),
    ("TXT: {add: [a]}, spf: {}", "`spf` beside an RRset that is adjusted"),
    ("dkim: {selector: a..b, key: x}", "error"),
    (f"dmarc: {{p: none}}, {'x' * 63}.{'x' * 63}.{'x' * 63}: 1", "error"),
])
def test_builders_that_fail(site, owner, message):
    site.write("zones/example.com.yaml", f"records:\n  a: {{{owner}}}\n")
    assert message in site.expect(1, "render").stderr
    long = ".".join(["x" * 63] * 3 + ["y" * 48])
    site.write("zones/example.com.yaml", f"records:\n  {long}: {{dmarc: {{p: none}}}}\n")
    assert "before the owner makes no name" in site.expect(1, "render").stderr
