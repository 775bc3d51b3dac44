# SPDX-License-Identifier: GPL-3.0-or-later
"""dnssec status on zones that are signed well and badly, held against what other validators say of the same zones."""
import shutil

import pytest

from servers.nsd import NsdServer
from support import signed_zones
from support.json_schema import Schemas
from support.signed_zones import CHILD, PARENT, SignedZones
from conftest import ROOT

PROJECT = 'providers: {files: {kind: zonefile, directory: live}}\nzones: {"**": {to: files}}\n'
SCHEMAS = Schemas(ROOT / "schemas")
# What is to be seen: our word; a part of a fault; whether ldns-verify-zone, kzonecheck, and a resolver asked for
# mail A find it good.
EXPECTED = {
    "good": ("secure", None, True, True, True),
    "good3": ("secure", None, True, True, True),
    "optout": ("secure", None, True, True, True),
    "expired": ("bogus", "its signature has expired", False, False, False),
    "early": ("bogus", "its signature is not valid yet", False, False, False),
    "wrong": ("bogus", "its signature is wrong", False, False, False),
    "unsigned": ("bogus", "it has no signature", False, False, False),
    "gap": ("bogus", "it has no NSEC", False, False, True),
    "wrongds": ("bogus", "no DS of the parent is of a key of the zone", True, True, False),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    missing = signed_zones.missing()
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    made = SignedZones(tmp_path_factory.mktemp("signed"))
    try:
        yield made.start()
    finally:
        made.stop()
        shutil.rmtree(made.directory, ignore_errors=True)


def status(project, world, name, *more):
    result = project.run("dnssec", "status", f"{name}.test", *more, "--parent", f"{PARENT}:{world.port}",
                         "--port", world.port, "--format", "json")
    assert SCHEMAS.errors(result.json, "report.schema.json", "/$defs/dnssec status") == []
    return result


def texts(result):
    return [fault["text"] for zone in result.json["zones"] for fault in zone["faults"] if fault["level"] == "bad"]


@pytest.mark.parametrize("name", EXPECTED)
def test_as_others_say(project, world, name):
    word, fault, ldns, knot, resolver = EXPECTED[name]
    project.write("rezone.yaml", PROJECT)
    for more in ([], [world.file(name)]):
        result = status(project, world, name, *more)
        assert (result.json["status"], result.code) == (word, 0 if word == "secure" else 2), result
        assert any(fault in text for text in texts(result)) if fault else not texts(result), result
        assert [zone["how"] for zone in result.json["zones"]] == ["file" if more else "transfer"]
    assert not project.exists(".rezone"), "nothing is begun by looking"
    assert (world.ldns(name), world.kzonecheck(name)) == (ldns, knot)
    assert (world.resolver(name), world.delv(name), world.drill(name)) == (resolver,) * 3


def test_a_server_that_refuses_transfers_is_asked(project, world):
    """For what the project's files name, the apex, and the proof that a name does not exist."""
    project.write("rezone.yaml", PROJECT)
    project.write("zones/good.test.yaml", "records:\n  mail: {A: 192.0.2.2, AAAA: 2001:db8::1}\n  www: {CNAME: mail}\n")
    server = NsdServer(world.directory / "closed", {"good.test": world.text["good"], "wrong.test": world.text["wrong"]},
                        allow="nobody")
    with server:
        where = ["--server", f"127.0.0.1:{server.port}"]
        zone = status(project, world, "good", *where).json["zones"][0]
        assert (zone["how"], zone["complete"], zone["bad"]) == ("answers", False, 0)
        asked = zone["rrsets"]
        # SOA, NS, DNSKEY, mail A and AAAA, www; the NSEC of ns1 and of the apex, which prove what is not.
        assert asked == 8 and zone["signatures"] == asked
        project.write("zones/wrong.test.yaml", "records:\n  mail: {A: 192.0.2.2}\n")
        result = status(project, world, "wrong", *where)
        assert result.code == 2 and result.json["status"] == "bogus"
        assert [fault["name"] for fault in result.json["zones"][0]["faults"]] == ["mail.wrong.test"]
    silent = status(project, world, "good", "--server", "127.55.0.9:1")
    assert (silent.json["status"], silent.code) == ("unknown", 2) and silent.json["zones"][0]["why"]
    assert "no nameserver answers" in silent.json["checks"][0]["text"]


def test_the_zone_at_a_provider(project, world):
    project.write("rezone.yaml", PROJECT)
    project.write("zones/wrong.test.yaml", "records: {}\n")
    project.write("live/wrong.test.zone", world.text["wrong"])
    zones = status(project, world, "wrong").json["zones"]
    assert [(zone["place"], zone["how"], zone["bad"]) for zone in zones] == [
        ("files", "provider", 1), (f"ns1.wrong.test {CHILD}:{world.port}", "transfer", 1)]


def test_expiry_is_told_before(project, world):
    """The exit code for monitoring, and what comes next."""
    file = world.file("good")
    shown = project.expect(0, "dnssec", "status", "good.test", file).stdout
    assert shown.startswith("good.test: signed\n") and "next: the signature of " in shown
    assert project.expect(2, "dnssec", "status", "good.test", file, "--warn", "40d").stdout.startswith("good.test: expiring\n")
    found = project.expect(2, "dnssec", "status", "good.test", file, "--warn", "40d", "--format", "json").json
    assert found["status"] == "expiring" and 29 * 86400 < found["next"]["seconds"] < 31 * 86400
    assert "--warn takes a time" in project.expect(1, "dnssec", "status", "good.test", file, "--warn", "soon").stderr
    assert "RZ6050" in project.expect(1, "dnssec", "status", "good.test", "nothing").stderr
    assert "RZ6051" in project.expect(1, "dnssec", "status", "good.test", file, "--parent", "127.55.0.9:1").stderr
    project.write("plain.zone", signed_zones.ZONE)
    assert project.expect(0, "dnssec", "status", "good.test", "plain.zone").stdout.startswith("good.test: insecure\n")
    broken = project.write("broken.zone", "@ SOA ns host 1 2 3 4 5\n@ RRSIG nonsense\n")
    assert "broken.zone:2:" in project.expect(1, "dnssec", "status", "good.test", broken).stderr
