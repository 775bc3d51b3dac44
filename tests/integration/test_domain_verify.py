# SPDX-License-Identifier: GPL-3.0-or-later
"""domain verify, domain watch, dnssec status and add against real servers: a parent zone at NSD, children at BIND,
Knot DNS and Unbound."""
import datetime
import json
import shutil
import signal
import subprocess
import sys

import pytest

from support.delegations import BIND, KNOT, PARENT, RESOLVER, SECOND, World

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from test_dns_services import BINARY, Project, service  # noqa: E402, F401


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    missing = World.missing()
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    made = World(tmp_path_factory.mktemp("world"))
    try:
        yield made.start()
    finally:
        made.stop()
        shutil.rmtree(made.directory, ignore_errors=True)


@pytest.fixture
def project(tmp_path, service):  # noqa: F811
    for name in SECOND:
        service.store.add_domain(f"{name}.test", nameservers=[f"ns1.{name}.test", f"ns2.{name}.test"])
    made = Project(tmp_path / "project", service)
    (made.directory / "zones" / "example.com.yaml").unlink()
    return made


def look(project, world, *arguments, code=None, command=("domain", "verify")):
    done = project.run(*command, *arguments, "--parent", f"{PARENT}:{world.port}", "--port", str(world.port),
                       "--format", "json", code=code)
    return json.loads(done.stdout)


def found(result, *wanted):
    """(check, server) of those with such a result, of the only domain."""
    assert len(result["domains"]) == 1
    return {(check["check"], (check["server"] or "").split()[0] if check["server"] else "")
            for check in result["domains"][0]["checks"] if check["result"] in wanted}


def test_a_good_domain(project, world):
    result = look(project, world, "good.test", code=0)
    assert found(result, "bad", "warning") == set() and result["domains"][0]["good"]
    assert {name for name, _ in found(result, "good")} == {"registration", "delegation", "udp", "tcp", "authoritative",
                                                           "recursion", "edns", "serial", "dnssec"}


@pytest.mark.parametrize("name, bad", [
    ("lame", {("authoritative", "ns2.lame.test")}),
    ("serial", {("serial", "")}),
    ("open", {("recursion", "ns2.open.test")}),
    ("dead", {("udp", "ns2.dead.test"), ("tcp", "ns2.dead.test")}),
    ("names", {("nameservers", "ns2.names.test")}),
    ("tcp", {("tcp", "ns2.tcp.test"), ("recursion", "ns2.tcp.test")}),
    ("plain", set()),
    ("secure", set()),
    ("bogus", {("dnssec", "")}),
    ("orphan", set())])
def test_one_thing_wrong(project, world, name, bad):
    service_domain = next(d for d in project.simulator.store.domains.values() if d["name"] == f"{name}.test")
    if name == "secure":
        tag, algorithm, kind, digest = world.ds.split()
        service_domain["keys"] = [{"key_tag": tag, "algorithm": algorithm, "digest_type": kind, "digest": digest}]
    if name == "bogus":
        service_domain["keys"] = [{"key_tag": "12345", "algorithm": "13", "digest_type": "2", "digest": "AB" * 32}]
    result = look(project, world, f"{name}.test", code=2 if bad else 0)
    assert found(result, "bad") == bad
    warned = {"plain": {("edns", "ns2.plain.test")}, "orphan": {("dnssec", "")}, "bogus": {("dnssec", "")}}
    assert found(result, "warning") == warned.get(name, set())


def test_what_the_registrar_says_is_compared(project, world):
    for domain in project.simulator.store.domains.values():
        if domain["name"] == "good.test":
            domain["nameservers"] = ["ns1.good.test", "ns9.good.test"]
            domain["keys"] = [{"key_tag": "1", "algorithm": "13", "digest_type": "2", "digest": "AB" * 32}]
            soon = datetime.date.today() + datetime.timedelta(days=3)
            domain.update(autorenew="0", expires=soon.isoformat())
    result = look(project, world, "good.test", code=2)
    assert found(result, "bad") == {("delegation", ""), ("dnssec", "")}
    assert found(result, "warning") == {("registration", "")}


def test_resolvers_are_asked(project, world):
    resolver = f"{RESOLVER}:{world.port}"
    assert ("resolver", resolver) in found(look(project, world, "good.test", "--resolver", resolver, code=0), "good")
    stale = look(project, world, "names.test", "--resolver", resolver, code=2)
    assert ("resolver", resolver) in found(stale, "bad") and "old.example.net" in json.dumps(stale)
    dead = look(project, world, "good.test", "--resolver", f"127.53.0.99:{world.port}", code=2)
    assert ("resolver", f"127.53.0.99:{world.port}") in found(dead, "bad")


def test_ownership(project, world):
    asked = look(project, world, "good.test", "--ownership", code=2)
    assert found(asked, "bad") == {("ownership", "")}
    text = next(c["text"] for c in asked["domains"][0]["checks"] if c["check"] == "ownership")
    assert "_rezone-challenge.good.test TXT" in text and "0 of 2" in text
    token = text.split('"')[1]
    assert token in json.dumps(look(project, world, "good.test", "--ownership", code=2))  # always the same
    assert token not in json.dumps(look(project, world, "serial.test", "--ownership", code=2))
    servers = [s for s in world.servers if s.address in (BIND, KNOT)]
    for number, server in enumerate(servers):
        path = server.zone_file("good.test")
        text = path.read_text()
        path.write_text(text + f'_rezone-challenge TXT "{token}"\n')
        server.restart()
        result = look(project, world, "good.test", "--ownership", code=0 if number else 2)
        path.write_text(text)
    assert ("ownership", "") in found(result, "good")
    key = project.directory / ".rezone" / "challenge.key"
    assert key.stat().st_mode & 0o077 == 0
    for server in servers:
        server.restart()


def test_several_names_and_patterns(project, world):
    result = look(project, world, "*.test", "good.test", code=2)
    assert len(result["domains"]) == len(SECOND)
    assert {d["name"] for d in result["domains"] if not d["good"]} == {
        f"{name}.test" for name in SECOND if name not in ("good", "plain", "orphan")}  # of `secure` the registrar has no DS
    text = project.run("domain", "verify", "good.test", "lame.test", "--parent", f"{PARENT}:{world.port}", "--port",
                       str(world.port), code=2).stdout
    assert "good.test: good\n" in text and "lame.test: bad, 1 check failed" in text
    assert "the delegation to it is lame" in text


def test_parents_that_say_nothing(project, world):
    result = look(project, world, "gone.test", code=2)
    assert ("delegation", "") in found(result, "bad")  # the parent knows no such name
    assert "address of a server" in project.run("domain", "verify", "good.test", "--parent", "x", code=1).stderr
    dead = project.run("domain", "verify", "good.test", "--parent", f"127.53.0.99:{world.port}", "--format", "json",
                       "--port", str(world.port), code=2)
    assert "none of the parent's servers answers" in dead.stdout


def test_report_in_every_form(project, world):
    where = ["--parent", f"{PARENT}:{world.port}", "--port", str(world.port)]
    evil = "<script>x</script>|`@user`"
    for domain in project.simulator.store.domains.values():
        if domain["name"] == "lame.test":
            domain["date_created"] = evil
    project.simulator.store.add_zone("lame.test", [("@", "NS", "ns1.lame.test"), ("www", "A", "192.0.2.1")])
    text = project.run("domain", "report", "lame.test", *where, code=2).stdout
    assert "lame.test: 1 checks failed" in text and "Nameservers\n" in text and KNOT in text and "Hosted zone" in text
    markdown = project.run("domain", "report", "lame.test", "good.test", *where, "--format", "markdown", code=2).stdout
    assert "## lame" in markdown and "### Checks" in markdown and "<script>" not in markdown
    project.run("domain", "report", "*.test", *where, "--format", "html", "--output", "report.html", code=2)
    page = (project.directory / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "<script>" not in page and "&lt;script&gt;" in page and page.count("<section") == len(SECOND)
    found_json = json.loads(project.run("domain", "report", "lame.test", *where, "--format", "json", code=2).stdout)
    one = found_json["domains"][0]
    assert one["hosted"] and one["registration"]["status"] == "Active" and len(one["nameservers"]) == 2
    assert one["delegation"]["nameservers"] == ["ns1.lame.test.", "ns2.lame.test."]


def test_watch(project, world):
    where = ["--parent", f"{PARENT}:{world.port}", "--port", str(world.port)]
    once = project.run("domain", "watch", "good.test", *where)
    assert once.stdout.splitlines()[1:] == ["good.test: good"]
    rounds = project.run("domain", "watch", "good.test", "lame.test", *where, "--every", "1s", "--count", "2", "--format",
                         "json", code=2)
    lines = [json.loads(line) for line in rounds.stdout.splitlines()]
    assert len(lines) == 2 and [line["exit"] for line in lines] == [2, 2]
    assert "lame.test: bad" in project.run("domain", "watch", "lame.test", *where, "--every", "1s", "--count", "2",
                                           code=2).stdout
    endless = subprocess.Popen([BINARY, "domain", "watch", "lame.test", *where, "--every", "1h"], cwd=project.directory,
                               env=project.environment, stdout=subprocess.PIPE, text=True)
    for line in endless.stdout:
        if "lame.test: bad" in line:
            break
    endless.send_signal(signal.SIGTERM)
    endless.communicate(timeout=20)
    assert endless.returncode == 2
    project.run("domain", "watch", "good.test", "--every", "soon", code=1)
    project.environment["DNS_SERVICES_BASE_URL"] = "http://127.0.0.1:1"  # it could not be asked
    project.run("domain", "watch", "good.test", *where, code=1)


def test_dnssec_status_and_add_from_the_zone(project, world):
    def status(name, code):
        return look(project, world, name, code=code, command=("dnssec", "status"))
    assert status("good.test", 0)["status"] == "insecure"
    assert status("bogus.test", 2)["status"] == "bogus"
    where = ["--parent", f"{PARENT}:{world.port}", "--port", str(world.port)]
    added = look(project, world, "secure.test", "--yes", code=0, command=("dnssec", "add"))
    assert added["data"]["after"]["values"] == [world.ds]
    domain = next(d for d in project.simulator.store.domains.values() if d["name"] == "secure.test")
    assert domain["keys"][0]["public_key"] == world.dnskey.split()[3]
    found_keys = status("secure.test", 0)
    assert found_keys["status"] == "secure"
    assert [(k["at_parent"], k["at_registrar"], k["in_zone"]) for k in found_keys["keys"]] == [(True, True, True)]
    assert "secure" in project.run("dnssec", "status", "secure.test", *where).stdout
    assert "RZ3553" in project.run("dnssec", "add", "good.test", *where, "--yes", code=1).stderr


def test_the_parent_is_asked_after_a_change(project, world):
    """What the parent publishes already is proved; what it does not is told, or undone with --wait."""
    domain = next(d for d in project.simulator.store.domains.values() if d["name"] == "good.test")
    domain["nameservers"] = ["x.example.net", "y.example.net"]
    parent = ["--parent", f"{PARENT}:{world.port}"]
    done = project.run("domain", "nameservers", "set", "good.test", "ns1.good.test", "ns2.good.test", "--yes", *parent,
                       "--wait", "5s")
    assert "2 answers from 1 server" in done.stdout
    undone = project.run("domain", "nameservers", "set", "good.test", "a.example.net", "b.example.net", "--yes", *parent,
                         "--wait", "1s", code=4)
    assert "RZ3550" in undone.stderr and domain["nameservers"] == ["ns1.good.test", "ns2.good.test"]
    undone = project.run("dnssec", "add", "good.test", "12345 13 2 " + "AB" * 32, "--yes", *parent, "--wait", "1s", code=4)
    assert "RZ3550" in undone.stderr and domain["keys"] == []
    project.configure()
    text = (project.directory / "rezone.yaml").read_text()
    (project.directory / "rezone.yaml").write_text(
        text.replace("verify: {dns: false}", f'verify: {{timeout: 1s, parents: ["{PARENT}:{world.port}"]}}'))
    told = project.run("domain", "nameservers", "set", "good.test", "a.example.net", "b.example.net", "--yes")
    assert "warning[RZ3550]" in told.stderr and domain["nameservers"] == ["a.example.net", "b.example.net"]
    assert "3 committed" not in told.stdout
    project.run("rollback", "4", "--yes")
    assert domain["nameservers"] == ["ns1.good.test", "ns2.good.test"]
