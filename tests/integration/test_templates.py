# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates at the command line: where records come from, and the commands that manage templates."""
import json
from pathlib import Path

import pytest

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
