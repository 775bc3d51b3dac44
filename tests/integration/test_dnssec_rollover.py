# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll-overs of keys, parent and child, at a real PowerDNS, a real Knot DNS, and in zone files that rezone signs, while
a validating Unbound asks all the time. With TTLs of a second a roll-over takes some; REZONE_ROLLOVERS says how many of
each kind, REZONE_KILLS=1 kills steps, REZONE_FIGURES names a file that gets a line of figures for each kind."""
import json
import os
import random
import subprocess
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from servers import powerdns
from servers.knot import KnotServer
from servers.unbound import UnboundServer
from support.json_schema import Schemas
from conftest import ROOT

pytestmark = pytest.mark.skipif(not powerdns.available() or not UnboundServer.executable() or not KnotServer.executable(),
                                reason="PowerDNS, Knot DNS or Unbound is not installed")
TIMES = int(os.environ.get("REZONE_ROLLOVERS", "1"))
KILLS = os.environ.get("REZONE_KILLS") == "1"
# A step is killed so often and then let be, as whatever kills processes would in the end. With that it ends in time, or
# hangs: TTLs are 3 s at most, a run is over within `verify: {timeout}` or takes itself back within as long again, and
# `recover` waits 2 s for messages that may still arrive, and may have to write the zone and verify it, too.
KILLS_OF_A_STEP = 4 if KILLS else 0
STEP_LIMIT = 3 + (KILLS_OF_A_STEP + 1) * (2 * 10 + 2 + 10)
FIGURES = os.environ.get("REZONE_FIGURES")
ZONE = "signed.test"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
SCHEMAS = Schemas(ROOT / "schemas")
HEAD = """ttl: 1s
nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: hostmaster.example.net., refresh: 2h, retry: 1h, expire: 2w, minimum: 1s}
"""
PROJECT = """providers:
  signer: {provider}
zones: {{"**": {{to: signer}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 10s, parents: ["127.0.0.1:{port}"]}}
"""
EMPTY = "@ 1 SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 1\n@ 1 NS ns1.example.net.\n@ 1 NS ns2.example.net.\n"


class Watcher(threading.Thread):
    """Asks every 100 ms; what is not secure is in `bad`."""

    def __init__(self, resolver):
        super().__init__(daemon=True)
        self.resolver, self.bad, self.asked, self.ended = resolver, [], 0, threading.Event()

    def ask(self, name, rcode):
        try:
            reply = self.resolver.ask(name, seconds=5, signed=True)
        except dns.exception.Timeout:
            self.bad.append((time.time(), name, "no answer"))
            return
        self.asked += 1
        if reply.rcode() != rcode or not reply.flags & dns.flags.AD:
            self.bad.append((time.time(), name, dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AD)))

    def run(self):
        count = 0
        while not self.ended.wait(0.1):
            self.ask(f"www.{ZONE}", dns.rcode.NOERROR)
            count += 1
            self.ask(f"nx{count % 50}.{ZONE}", dns.rcode.NXDOMAIN)

    def stop(self):
        self.ended.set()
        self.join()


class Chain:
    """Parent and child signed, the child's DS at the parent, and a resolver that validates."""

    def __init__(self, project, port):
        self.project, self.port = project, port
        self.killed = 0
        self.took = {}  # (kind, step): seconds, so that kills come at any moment of it
        self.write("{ksk: {}, zsk: {}}")
        project.write("zones/test.yaml", "dnssec: {}\n" + HEAD + "records:\n"
                      "  signed: {ttl: 2s, NS: [ns1.example.net., ns2.example.net.]}\n")
        project.expect(0, "apply", "--yes")
        assert not project.expect(2, "dnssec", "ds", "show", ZONE, "--format", "json").json["seen"]
        project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
        assert project.expect(0, "dnssec", "ds", "show", ZONE, "--format", "json").json["as_wished"]

    def write(self, dnssec):
        self.project.write(f"zones/{ZONE}.yaml", f"dnssec: {dnssec}\n" + HEAD + "records:\n  www: {A: 192.0.2.1}\n")

    def records(self, name, kind):
        reply = dns.query.tcp(dns.message.make_query(name, kind), "127.0.0.1", port=self.port, timeout=5)
        return {record.to_text() for rrset in reply.answer for record in rrset if record.rdtype == dns.rdatatype.from_text(kind)}

    def keys(self):
        """Those that the zone shows."""
        return self.records(ZONE, "DNSKEY")

    def ds(self):
        """Tags that the parent has DS of."""
        return {int(text.split()[0]) for text in self.records(ZONE, "DS")}

    def step(self, kill=False):
        """One `step`, killed by chance; what that leaves is mended as a person would."""
        project = self.project
        if not kill:
            return self.ended(project.run("dnssec", "rollover", "step", "--yes"))
        child = project.start("dnssec", "rollover", "step", "--yes")
        try:
            child.wait(random.random() * self.kill_within)
        except subprocess.TimeoutExpired:
            self.killed += 1
            child.kill()
            project.finish(child)
            project.expect(0, "recover", "--yes")
            return None
        return self.ended(project.finish(child))

    def ended(self, result):
        assert result.code == 0, result
        return result.seconds

    def status(self):
        """The zone's chain of trust at this server, and what comes next."""
        found = self.project.run("dnssec", "status", ZONE, "--server", f"127.0.0.1:{self.port}", "--warn", "1h",
                                    "--format", "json").json
        assert SCHEMAS.errors(found, "report.schema.json", "/$defs/dnssec status") == []
        assert found["next"] == found["events"][0] and found["status"] == "secure"
        assert all(zone["bad"] == 0 and not zone["why"] for zone in found["zones"])
        assert found["events"] == sorted(found["events"], key=lambda event: event["at"])
        return found

    def under_way(self):
        """How many steps are done, and whether the next one is due; None: no roll-over is under way."""
        rows = self.project.expect(0, "dnssec", "rollover", "status", "--format", "json").json["rollovers"]
        return (rows[0]["steps_done"], rows[0]["not_before"] <= time.strftime(STAMP, time.gmtime())) if rows else (None, False)

    def roll(self, kind, *options):
        first = self.project.expect(0, "dnssec", "rollover", "start", ZONE, kind, *options, "--yes")
        before, kills, seconds = None, 0, None
        while True:
            done, due = self.under_way()
            if done != before:
                if seconds:
                    self.took[kind, before] = seconds
                before, kills, deadline = done, 0, time.monotonic() + STEP_LIMIT
                self.kill_within = 1.3 * self.took.get((kind, done), first.seconds)
            if done is None:
                return
            assert time.monotonic() < deadline, f"step {done + 1} does not end"
            if due:
                killed = self.killed
                seconds = self.step(kills < KILLS_OF_A_STEP)
                kills += self.killed - killed
            else:
                time.sleep(0.1)


@pytest.fixture
def powerdns_chain(project, tmp_path):
    settings = {"query-cache-ttl": 0, "cache-ttl": 0, "negquery-cache-ttl": 0}
    with powerdns.PowerDnsServer(tmp_path / "pdns", settings) as server:
        project.write("key", server.api_key, mode=0o600)
        provider = (f'{{kind: powerdns, url: "{server.url}", api_key: "${{secret:file:key}}", '
                    f'servers: ["127.0.0.1:{server.dns_port}"]}}')
        project.write("rezone.yaml", PROJECT.format(provider=provider, port=server.dns_port))
        yield Chain(project, server.dns_port)


@pytest.fixture
def files_chain(project, tmp_path):
    """Files that rezone signs, served by Knot DNS, which has no keys."""
    directory = tmp_path / "knot"
    with KnotServer(directory, {"test": EMPTY, ZONE: EMPTY}, allow="nobody",
                    zone_options="zonefile-load: whole\n    journal-content: none") as server:
        provider = (f'{{kind: zonefile, directory: {directory}/zones, keys: keys, servers: ["127.0.0.1:{server.port}"], '
                    f'reload: [knotc, -b, -s, {directory}/run/knot.sock, zone-reload, "${{zone}}"]}}')
        project.environment["PATH"] = os.environ["PATH"] + ":/usr/sbin"
        project.write("rezone.yaml", PROJECT.format(provider=provider, port=server.port))
        yield Chain(project, server.port)


@pytest.fixture
def knot_chain(project, tmp_path):
    delegation = "signed 2 NS ns1.example.net.\nsigned 2 NS ns2.example.net.\n"
    with KnotServer(tmp_path / "knot", {"test": EMPTY + delegation, ZONE: EMPTY}, allow="anyone", database=True) as server:
        provider = (f'{{kind: rfc2136, server: "127.0.0.1:{server.port}", knot: {{socket: {server.socket}, '
                    f'configuration: database, keymgr: [keymgr, {", ".join(server.source)}]}}}}')
        project.environment["PATH"] = os.environ["PATH"] + ":/usr/sbin"
        project.write("rezone.yaml", PROJECT.format(provider=provider, port=server.port))
        yield Chain(project, server.port)


@pytest.fixture
def chain(request, tmp_path):
    name = getattr(request, "param", "powerdns")
    made = request.getfixturevalue(name + "_chain")
    made.name = name
    anchor = "test. DNSKEY " + next(iter(made.records("test", "DNSKEY")))
    with UnboundServer(tmp_path / "resolver", stubs={zone: f"127.0.0.1@{made.port}" for zone in ("test", ZONE)},
                       anchors=[anchor], options="    val-bogus-ttl: 1\n    qname-minimisation: no\n") as resolver:
        made.resolver = resolver
        yield made


ALGORITHMS = ["ed25519", "ecdsap256sha256"]
# kind: (how the zone is signed, keys that it shows, those of them that stay)
KINDS = {"zsk": ("{ksk: {}, zsk: {}}", 2, 1), "zsk-double-signature": ("{ksk: {}, zsk: {}}", 2, 1),
         "ksk": ("{ksk: {}, zsk: {}}", 2, 1), "ksk-double-ds": ("{ksk: {}, zsk: {}, nsec3: {}}", 2, 1),
         "csk": ("{}", 1, 0), "algorithm": ("{algorithm: %s, ksk: {}, zsk: {}}", 2, 0)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chain", ["powerdns", "knot", "files"], indirect=True)
def test_a_roll_over_is_never_bogus(chain, kind, request):
    project = chain.project
    dnssec, shown, stay = KINDS[kind]
    if kind == "csk":
        become_single(chain)
    watcher = Watcher(chain.resolver)
    watcher.start()
    for number in range(TIMES):
        before, ds = chain.keys(), chain.ds()
        chain.write(dnssec % ALGORITHMS[number % 2] if "%" in dnssec else dnssec)
        if kind == "algorithm":
            assert "RZ6003" in project.expect(0, "plan").stderr
        else:
            project.expect(0, "apply", "--yes")
        chain.roll(kind, *([["--emergency"], ["--margin", "0s"]][number % 2]))
        after = chain.keys()
        assert (len(after), len(before & after)) == (shown, stay)
        assert (chain.ds() == ds) == kind.startswith("zsk") and len(chain.ds()) == 1
        assert "nothing to do" in project.expect(0, "plan").stdout, "also of the parent's DS, which its file does not have"
    watcher.stop()
    if FIGURES:
        with open(FIGURES, "a") as file:
            file.write(json.dumps({"test": request.node.callspec.id, "rollovers": TIMES, "asked": watcher.asked,
                                   "bad": len(watcher.bad), "killed": chain.killed}) + "\n")
    assert watcher.asked > 10 and not watcher.bad, watcher.bad[:10]


def become_single(chain):
    """From two keys to one, the way an operator would: unsigned in between."""
    project = chain.project
    project.expect(0, "dnssec", "ds", "remove", ZONE, "--yes")
    time.sleep(3)
    chain.write("{sign: false}")
    project.expect(0, "apply", "--yes")
    chain.write("{}")
    project.expect(0, "apply", "--yes")
    project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
    time.sleep(3)


def test_a_roll_over_waits_and_is_left_alone(chain):
    project = chain.project
    assert project.expect(0, "dnssec", "rollover", "status").stdout == "No roll-overs.\n"
    before = chain.keys()
    table = project.expect(0, "dnssec", "rollover", "plan", ZONE, "ksk", "--format", "json").json
    begun = project.expect(0, "dnssec", "rollover", "start", ZONE, "ksk", "--yes", "--format", "json")
    begun = json.loads(begun.stdout.splitlines()[-1])
    assert len(chain.keys()) == 3
    # The first wait is the one that the timetable has.
    due = project.expect(0, "dnssec", "rollover", "status", "--format", "json").json["rollovers"][0]["not_before"]
    assert due == begun["steps"][0]["at"]
    assert abs(seconds(due) - seconds(table["steps"][1]["at"])) <= 5 and table["steps"][0]["wait"] == 3601
    early = project.expect(0, "dnssec", "rollover", "step", "--yes")
    assert "next not before" in early.stdout and len(chain.keys()) == 3
    assert "RZ6010" in project.expect(3, "dnssec", "rollover", "start", ZONE, "zsk", "--yes").stderr
    assert "RZ6010" in project.expect(3, "dnssec", "ds", "set", ZONE, "--yes").stderr
    assert "nothing to do" in project.expect(0, "plan").stdout, "a plan does not disturb a roll-over"
    project.expect(0, "dnssec", "rollover", "cancel", ZONE, "--yes")
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "start", ZONE, "algorithm", "--yes").stderr
    assert before < chain.keys()


def seconds(text):
    return time.mktime(time.strptime(text, STAMP))


@pytest.mark.parametrize("chain", ["powerdns", "knot", "files"], indirect=True)
def test_status_says_what_comes_next(chain):
    """While keys are exchanged the step that `rollover plan` has and `step` will take; else what signatures need."""
    project = chain.project
    renewal = {"powerdns": [], "knot": ["signatures renewed"], "files": ["signatures renewed"]}
    idle = renewal[chain.name] + ["signature ends"]
    assert [event["event"] for event in chain.status()["events"]] == idle
    due = {event["event"]: event for event in chain.status()["events"]}
    if chain.name == "files":
        planned = project.expect(0, "dnssec", "resign", ZONE, "--format", "json").json["zones"][0]
        assert due["signatures renewed"]["at"] == planned["due"]
    table = project.expect(0, "dnssec", "rollover", "plan", ZONE, "ksk", "--format", "json").json["steps"]
    project.expect(0, "dnssec", "rollover", "start", ZONE, "ksk", "--yes")
    row = project.expect(0, "dnssec", "rollover", "status", "--format", "json").json["rollovers"][0]
    found = chain.status()
    assert [event["event"] for event in found["events"]] == ["roll-over step", *idle]
    assert (found["next"]["at"], found["next"]["place"]) == (row["not_before"], "signer")
    assert abs(seconds(found["next"]["at"]) - seconds(table[1]["at"])) <= 5 and 3590 < found["next"]["seconds"] <= 3602
    assert found["next"]["rollover"] == {"begun": False, "kind": "ksk", "step": 2, "steps": 3, "text": table[1]["text"]}
    text = project.expect(0, "dnssec", "status", ZONE, "--server", f"127.0.0.1:{chain.port}", "--warn", "1h").stdout
    assert f"next: step 2 of 3 of the roll-over ksk, not before {found['next']['at'].replace('T', ' ')[:-1]}, in " in text
    assert f": {table[1]['text']} (signer)\n  then: " in text
    project.expect(0, "dnssec", "rollover", "cancel", ZONE, "--yes")
    assert [event["event"] for event in chain.status()["events"]] == idle
    # Due, and a journal that cannot be read: the chain is seen all the same.
    project.expect(0, "dnssec", "rollover", "start", "test", "csk", "--emergency", "--yes")
    time.sleep(3)
    words = ["dnssec", "status", "test", "--server", f"127.0.0.1:{chain.port}", "--warn", "1h"]
    due = project.expect(0, *words)
    assert "next: step 2 of 3 of the roll-over ksk, due since " in due.stdout
    assert project.expect(0, *words, "--format", "json").json["next"]["seconds"] == 0
    project.write(".rezone/state.db", "no journal\n" * 1000)
    broken = project.expect(0, *words)
    assert "warning[RZ5201]" in broken.stderr and "roll-over" not in broken.stdout


def test_a_zone_becomes_insecure_in_the_right_order(chain):
    project, resolver = chain.project, chain.resolver
    chain.write("{sign: false}")
    assert "policy dnssec" in project.expect(3, "plan").stdout
    project.expect(0, "dnssec", "ds", "remove", ZONE, "--yes")
    early = project.expect(3, "apply", "--yes")
    assert "RZ6009" in early.stderr and "more second" in early.stderr
    assert resolver.ask(f"www.{ZONE}").rcode() == dns.rcode.NOERROR
    time.sleep(3)
    project.expect(0, "apply", "--yes")
    assert not chain.keys()
    assert resolver.ask(f"www.{ZONE}").rcode() == dns.rcode.NOERROR


def test_what_cannot_be_rolled(chain):
    project = chain.project
    for name, kind in [(ZONE, "all"), ("other.test", "zsk"), ("test", "zsk"), ("test", "ksk-double-ds")]:
        code = "RZ9001" if kind == "all" else "RZ6010"
        assert code in project.expect(1, "dnssec", "rollover", "start", name, kind, "--yes").stderr
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "cancel", ZONE, "--yes").stderr
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "start", ZONE, "ksk", "--key", "1", "--yes").stderr
