# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll-overs of keys at a real PowerDNS, parent and child, while a validating Unbound asks all the time. With TTLs
of a second a roll-over takes some; REZONE_ROLLOVERS says how many of each kind, REZONE_KILLS=1 kills steps."""
import os
import random
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from servers import powerdns
from servers.unbound import UnboundServer

pytestmark = pytest.mark.skipif(not powerdns.available() or not UnboundServer.executable(),
                                reason="PowerDNS or Unbound is not installed")
TIMES = int(os.environ.get("REZONE_ROLLOVERS", "1"))
KILLS = os.environ.get("REZONE_KILLS") == "1"
ZONE = "signed.test"
HEAD = """ttl: 1s
nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: hostmaster.example.net., refresh: 2h, retry: 1h, expire: 2w, minimum: 1s}
"""


class Validator(UnboundServer):
    """Trusts the parent's key, and knows where both zones are."""

    def __init__(self, directory, port, anchor):
        super().__init__(directory)
        self.zones_port, self.anchor = port, anchor

    def configure(self):
        stubs = "".join(f'stub-zone:\n    name: "{zone}"\n    stub-addr: 127.0.0.1@{self.zones_port}\n'
                        for zone in ("test", ZONE))
        self.config.write_text(f"""server:
    interface: {self.address}@{self.port}
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "{self.directory}"
    pidfile: "{self.directory}/unbound.pid"
    use-syslog: no
    logfile: "{self.directory}/unbound.log"
    val-log-level: 2
    num-threads: 1
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
    module-config: "validator iterator"
    root-hints: "/dev/null"
    local-zone: "test." nodefault
    trust-anchor: "{self.anchor}"
    val-bogus-ttl: 1
    qname-minimisation: no
{stubs}""")


class Watcher(threading.Thread):
    """Asks every 100 ms; what is not secure is in `bad`."""

    def __init__(self, resolver):
        super().__init__(daemon=True)
        self.resolver, self.bad, self.asked, self.ended = resolver, [], 0, threading.Event()

    def ask(self, name, rcode):
        query = dns.message.make_query(name, "A", want_dnssec=True)
        try:
            reply = dns.query.udp(query, self.resolver.address, port=self.resolver.port, timeout=5)
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


@pytest.fixture
def chain(project, tmp_path):
    """Parent and child signed, the child's DS at the parent, and a resolver that validates."""
    with powerdns.PowerDnsServer(tmp_path / "pdns", {"query-cache-ttl": 0, "cache-ttl": 0, "negquery-cache-ttl": 0}) as server:
        project.write("key", server.api_key, mode=0o600)
        project.write("rezone.yaml", f"""providers:
  pdns: {{kind: powerdns, url: "{server.url}", api_key: "${{secret:file:key}}", servers: ["127.0.0.1:{server.dns_port}"]}}
zones: {{"**": {{to: pdns}}}}
policy: {{max_changes: 100%, max_deletes: 100%}}
verify: {{timeout: 10s, parents: ["127.0.0.1:{server.dns_port}"]}}
""")
        project.write("zones/test.yaml", "dnssec: {}\n" + HEAD + "records:\n  signed: {ttl: 2s, NS: [ns1.example.net., ns2.example.net.]}\n")
        project.server = server
        write(project, "{ksk: {}, zsk: {}}")
        project.expect(0, "apply", "--yes")
        assert not project.expect(2, "dnssec", "ds", "show", ZONE, "--format", "json").json["seen"]
        project.expect(0, "dnssec", "ds", "set", ZONE, "--yes", "--force")
        assert project.expect(0, "dnssec", "ds", "show", ZONE, "--format", "json").json["as_wished"]
        parent = server.request("GET", "/zones/test./cryptokeys")[1][0]["ds"]
        anchor = "test. DS " + next(text for text in parent if text.split()[2] == "2")
        with Validator(tmp_path / "resolver", server.dns_port, anchor) as resolver:
            yield project, server, resolver


def write(project, dnssec):
    project.write(f"zones/{ZONE}.yaml", f"dnssec: {dnssec}\n" + HEAD + "records:\n  www: {A: 192.0.2.1}\n")


def in_use(server):
    return {key["dnskey"] for key in server.request("GET", f"/zones/{ZONE}./cryptokeys")[1] if key["active"]}


def step(project):
    """One `step`, killed by chance; what that leaves is mended as a person would."""
    if not KILLS:
        project.expect(0, "dnssec", "rollover", "step", "--yes")
        return
    child = project.start("dnssec", "rollover", "step", "--yes")
    time.sleep(random.random() * 0.4)
    child.kill()
    project.finish(child)
    project.run("recover", "--yes")


def roll(project, kind):
    project.expect(0, "dnssec", "rollover", "start", ZONE, kind, "--margin", "0s", "--yes")
    deadline = time.monotonic() + 90
    while project.expect(0, "dnssec", "rollover", "status", "--format", "json").json["rollovers"]:
        assert time.monotonic() < deadline, "the roll-over does not end"
        time.sleep(0.3)
        step(project)


@pytest.mark.parametrize("kind", ["zsk", "ksk", "algorithm"])
def test_a_roll_over_is_never_bogus(chain, kind):
    project, server, resolver = chain
    algorithms = ["ed25519", "ecdsap256sha256"]
    watcher = Watcher(resolver)
    watcher.start()
    for number in range(TIMES):
        before = in_use(server)
        if kind == "algorithm":
            write(project, f"{{algorithm: {algorithms[number % 2]}, ksk: {{}}, zsk: {{}}}}")
            assert "RZ6003" in project.expect(0, "plan").stderr
        roll(project, kind)
        after = in_use(server)
        kept = len(before & after)
        assert (len(after), kept) == (2, 0 if kind == "algorithm" else 1)
        assert "nothing to do" in project.expect(0, "plan").stdout, "also of the parent's DS, which its file does not have"
    watcher.ended.set()
    watcher.join()
    assert watcher.asked > 10 and not watcher.bad, watcher.bad[:10]


def test_a_roll_over_waits_and_is_left_alone(chain):
    project, server, _ = chain
    assert project.expect(0, "dnssec", "rollover", "status").stdout == "No roll-overs.\n"
    before = in_use(server)
    project.expect(0, "dnssec", "rollover", "start", ZONE, "ksk", "--margin", "1h", "--yes")
    assert len(in_use(server)) == 3
    early = project.expect(0, "dnssec", "rollover", "step", "--yes")
    assert "next not before" in early.stdout and len(in_use(server)) == 3
    assert "RZ6010" in project.expect(3, "dnssec", "rollover", "start", ZONE, "zsk", "--yes").stderr
    assert "nothing to do" in project.expect(0, "plan").stdout, "a plan does not disturb a roll-over"
    project.expect(0, "dnssec", "rollover", "cancel", ZONE, "--yes")
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "start", ZONE, "algorithm", "--yes").stderr
    assert before < in_use(server)


def test_a_zone_becomes_insecure_in_the_right_order(chain):
    project, server, resolver = chain
    project.write(f"zones/{ZONE}.yaml", project.read(f"zones/{ZONE}.yaml").split("\n", 1)[1])
    text = "dnssec: false\n" + project.read(f"zones/{ZONE}.yaml")
    project.write(f"zones/{ZONE}.yaml", text)
    assert "policy dnssec" in project.expect(3, "plan").stdout
    project.expect(0, "dnssec", "ds", "remove", ZONE, "--yes")
    early = project.expect(3, "apply", "--yes")
    assert "RZ6009" in early.stderr and "more second" in early.stderr
    assert resolver.ask(f"www.{ZONE}").rcode() == dns.rcode.NOERROR
    time.sleep(3)
    project.expect(0, "apply", "--yes")
    assert not in_use(server)
    assert resolver.ask(f"www.{ZONE}").rcode() == dns.rcode.NOERROR


def test_what_cannot_be_rolled(chain):
    project, _, _ = chain
    assert "RZ9001" in project.expect(1, "dnssec", "rollover", "start", ZONE, "all", "--yes").stderr
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "start", "other.test", "zsk", "--yes").stderr
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "start", "test", "zsk", "--yes").stderr
    assert "RZ6010" in project.expect(1, "dnssec", "rollover", "cancel", ZONE, "--yes").stderr
