# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification over DNS against real servers: all authoritative ones, lag, TCP, signed zones, and the
report server by server."""
import socket
import threading
import time
from pathlib import Path

import dns.dnssec
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from conftest import KEY
from servers.bind import BindServer, free_port
from servers.knot import KnotServer
from support import targets
from support.hostile import Hostile, wait_until, whole_dns
from support.json_schema import Schemas
from support.project import HEAD

SCHEMAS = Schemas(Path(__file__).resolve().parents[2] / "schemas")
# Every way to be asked: records of several kinds, a wildcard, a delegation with glue, an alias.
FIRST = """www: {A: [192.0.2.1, 192.0.2.2], ttl: 5m}
gone: {TXT: old}
both: {A: 192.0.2.3, TXT: stays}
"*.wild": {A: 192.0.2.4}
sub: {NS: [ns.sub, ns2.example.net.]}
ns.sub: {A: 192.0.2.53}
a.deep.tree: {A: 192.0.2.5}
"""
SECOND = """www: {A: [192.0.2.1, 192.0.2.9], ttl: 1m}
both: {TXT: stays}
"*.wild": {TXT: now text}
sub: {NS: [ns3.example.net., ns2.example.net.]}
alias: {CNAME: www}
long: {TXT: [%s]}
""" % ", ".join('"' + letter * 250 + '"' for letter in "abcdefghij")


def reports(result, command="apply"):
    assert SCHEMAS.errors(result.json, "report.schema.json", f"/$defs/{command}") == []
    zone, = result.json["zones"]
    return zone["server_reports"]


def settle(target, records, *args):
    target.project.zone(target.zone, records)
    return target.project.expect(0, "apply", "--yes", "--format", "json", *args)


@pytest.mark.parametrize("kind", ["powerdns", "bind", "knot"])
def test_every_kind_of_answer(kind, request, project):
    """Records, NXDOMAIN, NODATA, referrals, wildcards and an answer that needs TCP, each asked as what it is."""
    from conftest import make_target
    target = make_target(kind, request, project)
    target.base()
    target.setup("verify: {timeout: 20s}\n")
    settle(target, FIRST)
    server, = reports(settle(target, SECOND))
    asked = {(answer["owner"], answer["type"]): answer for answer in server["answers"]}
    expected = {("www", "A"): "answer", ("gone", "TXT"): "NXDOMAIN", ("both", "A"): "NODATA", ("alias", "CNAME"): "answer",
                ("sub", "NS"): "referral", ("long", "TXT"): "answer", ("a.deep.tree", "A"): "NXDOMAIN"}
    for key, word in expected.items():
        assert asked[key]["expected"] == word and asked[key]["wrong"] is None, key
    below, = [answer for (owner, rtype), answer in asked.items() if owner.endswith(".wild") and rtype == "TXT"]
    assert below["owner"] != "*.wild" and below["wrong"] is None
    assert server["right"] == server["expectations"] == len(server["answers"]) and server["settled_ms"] is not None
    # The server itself says that the answer does not fit into UDP.
    query = dns.message.make_query(f"long.{target.zone}.", "TXT", use_edns=0, payload=1232)
    port = target.server.dns_port if kind == "powerdns" else target.server.port
    assert dns.query.udp(query, "127.0.0.1", port=port, timeout=5).flags & dns.flags.TC
    text = project.expect(0, "verify", "--verbose").stdout
    assert f"127.0.0.1 port {port}: agrees" in text and "referral" in text


@pytest.fixture
def pair(project, tmp_path):
    """A primary that takes updates and a secondary that it notifies."""
    if not BindServer.executable():
        pytest.skip("named is not installed")
    zone = "pair.example"

    class Secondary(BindServer):
        def configure(self):
            super().configure()
            config = self.directory / "named.conf"
            text = config.read_text()
            start = text.index(f'zone "{zone}"')
            config.write_text(text[:start] + f'zone "{zone}" {{ type secondary; file "copy.zone"; masterfile-format text; '
                              f'primaries {{ 127.0.0.1 port {primary.port} key "{KEY[0]}"; }}; allow-notify {{ any; }}; }};\n')

    primary = BindServer(tmp_path / "primary", {zone: targets.BASE}, key=KEY)
    secondary = Secondary(tmp_path / "secondary", {zone: targets.BASE}, key=KEY)
    with primary, secondary:
        made = targets.BindTarget(primary, zone, project)
        made.secondary = secondary
        made.both = f'["127.0.0.1:{primary.port}", "127.0.0.1:{secondary.port}"]'
        yield made


def refresh(server, zone):
    """A NOTIFY, as a primary would send it."""
    notify = dns.message.make_query(f"{zone}.", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    notify.flags |= dns.flags.AA
    notify.flags &= ~dns.flags.RD
    dns.query.udp(notify, "127.0.0.1", port=server.port, timeout=5)


@pytest.mark.threads
def test_a_secondary_lags_and_is_waited_for(pair):
    """The answer becomes right while rezone asks again; the report says who was late and how late."""
    pair.setup(f"verify: {{timeout: 20s, stable_for: 1s, servers: {pair.both}}}\n")
    before = pair.server.serial(pair.zone)

    def follow():
        wait_until(lambda: pair.server.serial(pair.zone) != before)
        time.sleep(1)
        refresh(pair.secondary, pair.zone)
    late = threading.Thread(target=follow)
    late.start()
    try:
        result = settle(pair, FIRST)
    finally:
        late.join()
    first, second = reports(result)
    assert first["right"] == first["expectations"] == second["right"] and first["serial"] == second["serial"]
    assert first["settled_ms"] < second["settled_ms"] and second["settled_ms"] >= 500
    assert max(answer["tries"] for answer in second["answers"]) > 1
    assert result.json["zones"][0]["milliseconds"] >= second["settled_ms"] + 1000  # and stayed so


def test_a_secondary_that_never_follows(pair):
    """Rolled back; the report keeps what was wrong, with the records that were answered."""
    pair.setup(f"verify: {{timeout: 1s, servers: {pair.both}}}\n")
    pair.project.zone(pair.zone, FIRST)
    before = pair.fetch()
    result = pair.project.expect(4, "apply", "--yes", "--format", "json", "--verbose")
    first, second = reports(result)
    assert first["right"] == first["expectations"] and second["settled_ms"] is None
    assert second["right"] < second["expectations"] and second["answers"][0]["wrong"]
    assert second["serial"] < first["serial"] and "RZ5105" in result.codes()
    assert pair.fetch() == before
    # What is served elsewhere is told in words.
    pair.setup("verify: {timeout: 10s}\n")
    settle(pair, FIRST)
    pair.setup(f"verify: {{timeout: 1s, servers: {pair.both}}}\n")
    refresh(pair.secondary, pair.zone)
    pair.put("www", "A", 300, "192.0.2.77")
    result = pair.project.expect(2, "verify", "--format", "json")
    wrong = [answer for answer in reports(result, "verify")[0]["answers"] if answer["wrong"]]
    assert wrong[0]["owner"] == "www" and wrong[0]["found"] == "TTL 300, 192.0.2.77"


SIGNED = {"bind": (BindServer, 'dnssec-policy default; key-directory "{directory}";'),
          "knot": (KnotServer, "dnssec-signing: on\n    journal-content: all")}


@pytest.mark.parametrize("kind", SIGNED)
def test_zones_that_their_server_signs(kind, project, tmp_path):
    """RRSIG, NSEC and DNSKEY that a signer makes are neither changes nor wrong answers; deletes prove
    themselves with NSEC beside the SOA, and the serial moves by itself."""
    server_class, options = SIGNED[kind]
    if not server_class.executable():
        pytest.skip(f"{server_class.program} is not installed")
    zone = "signed.example"
    directory = tmp_path / kind
    server = server_class(directory, {zone: targets.BASE}, key=KEY, zone_options=options.format(directory=directory))
    made = {"bind": targets.BindTarget, "knot": targets.KnotTarget}[kind]
    with server, Parent(tmp_path / "parent", server, zone) as parent:
        target = made(server, zone, project)
        target.setup(f"verify: {{timeout: 30s, parents: {parent.asked}}}\n")
        settle(target, FIRST)
        query = dns.message.make_query(f"www.{zone}.", "A", want_dnssec=True)
        types = {dns.rdatatype.to_text(rrset.rdtype) for rrset in dns.query.tcp(query, "127.0.0.1", port=server.port, timeout=5).answer}
        assert types == {"A", "RRSIG"}
        report, = reports(settle(target, SECOND))
        assert report["right"] == report["expectations"]
        assert report["dnssec"] == "validates to the parent's DS"
        assert {answer["type"] for answer in report["answers"]}.isdisjoint({"RRSIG", "NSEC", "DNSKEY", "CDS"})
        project.expect(0, "plan")
        project.expect(0, "verify")
        project.expect(0, "rollback", str(project.last_run()), "--yes")
        project.zone(zone, FIRST)
        project.expect(0, "plan")


class Parent(BindServer):
    """The zone above a signed one, with a DS for the key that the child has, or for none of its keys."""

    def __init__(self, directory, child, zone, wrong=False):
        self.child, self.zone, self.wrong = child, zone, wrong
        super().__init__(directory, {}, allow="nobody")

    @property
    def asked(self):
        return f'["127.0.0.1:{self.port}"]'

    def start(self):
        def keys():
            query = dns.message.make_query(f"{self.zone}.", "DNSKEY")
            return [key for rrset in dns.query.tcp(query, "127.0.0.1", port=self.child.port, timeout=5).answer
                    for key in rrset if key.flags & 1]
        wait_until(keys)
        ds = dns.dnssec.make_ds(f"{self.zone}.", keys()[0], "SHA256").to_text()
        ds = ds[:-8] + "00000000" if self.wrong else ds
        self.zones = {self.zone.partition(".")[2]:
                      f"@ 60 SOA ns1 h 1 3600 600 86400 60\n@ 60 NS ns1\nns1 60 A 127.0.0.1\n"
                      f"{self.zone}. 60 NS ns1.{self.zone}.\nns1.{self.zone}. 60 A 127.0.0.1\n{self.zone}. 60 DS {ds}\n"}
        return super().start()


def test_a_signed_zone_that_does_not_validate(project, tmp_path):
    """A DS of another key, and signatures that somebody spoiled on the way: rolled back, unless nobody is
    to look, and never a reason against the way back."""
    zone = "signed.example"
    _, options = SIGNED["bind"]
    directory = tmp_path / "bind"
    with BindServer(directory, {zone: targets.BASE}, key=KEY, zone_options=options.format(directory=directory)) as server, \
            Parent(tmp_path / "wrong", server, zone, wrong=True) as wrong, Parent(tmp_path / "right", server, zone) as right:
        target = targets.BindTarget(server, zone, project)
        target.setup(f"verify: {{timeout: 1s, parents: {wrong.asked}}}\n")
        project.zone(zone, "www: {A: 192.0.2.1}\n")
        result = project.expect(4, "apply", "--yes", "--format", "json")
        assert "RZ5013" in result.codes() and target.get("www", "A") is None
        assert reports(result)[0]["dnssec"] == "none of its keys is that of the parent's DS"
        target.setup(f"verify: {{timeout: 1s, dnssec: false, parents: {wrong.asked}}}\n")
        project.expect(0, "apply", "--yes")
        target.setup(f"verify: {{timeout: 1s, parents: {wrong.asked}}}\n")
        assert "RZ5013" in project.expect(2, "verify").stderr
        project.expect(0, "rollback", str(project.last_run()), "--yes")
        before = target.fetch()
        with Tamperer(server.port) as tamperer:
            target.setup(f"verify: {{timeout: 3s, parents: {right.asked}, servers: [\"127.0.0.1:{tamperer.port}\"]}}\n")
            project.zone(zone, "www: {A: 192.0.2.1}\nspoilt: {TXT: x}\n")
            result = project.expect(4, "apply", "--yes", "--format", "json")
        about, = [d for d in result.json["diagnostics"] if d["code"] == "RZ5013"]
        assert "spoilt TXT: no key that is trusted has made its signature" in about["message"], result
        assert target.fetch().keys() == before.keys()


class Tamperer:
    """Before a server, over UDP and TCP: one octet of every signature of TXT records is another."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = free_port()
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = Hostile(whole_dns, self.answer_tcp, self.port)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.closed = False

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closed = True
        self.udp.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.udp.close()
        self.tcp.close()

    def spoil(self, query):
        reply = dns.query.tcp(dns.message.from_wire(query), "127.0.0.1", port=self.upstream, timeout=5)
        for rrset in reply.answer:
            for record in list(rrset):
                if rrset.rdtype == dns.rdatatype.RRSIG and record.type_covered == dns.rdatatype.TXT:
                    rrset.remove(record)
                    rrset.add(record.replace(signature=bytes([record.signature[0] ^ 1]) + record.signature[1:]))
        return reply.to_wire()

    def serve(self):
        while not self.closed:
            query, sender = self.udp.recvfrom(65536)
            if query:
                self.udp.sendto(self.spoil(query), sender)

    def answer_tcp(self, connection, message, _):
        reply = self.spoil(message[2:])
        connection.sendall(len(reply).to_bytes(2, "big") + reply)


class Deaf:
    """A name server over UDP on a loopback address of its own, that answers what `answers` says and is
    silent of all else; what it was asked is in `asked`."""

    def __init__(self, answers=lambda query: None, address="127.0.0.1"):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.address, self.port = self._socket.getsockname()
        self.answers, self.asked, self.open = answers, [], True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while self.open:
            wire, peer = self._socket.recvfrom(65535)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            self.asked.append(query.question[0])
            if (reply := self.answers(query)) is not None:
                self._socket.sendto(reply.to_wire(), peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (self.address, self.port))
        self._thread.join(10)
        self._socket.close()


def refused(query):
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.REFUSED)
    return reply


def test_a_server_that_answers_now_and_then(file_target):
    """Each answer shows that it lives, and the rest is waited for: not longer than `timeout`, all in all."""
    file_target.base()
    number = iter(range(10 ** 9))
    with Deaf(lambda query: refused(query) if next(number) % 60 == 0 else None) as server:
        project = file_target.setup(f'verify: {{timeout: 2s, servers: ["127.0.0.1:{server.port}"]}}\n')
        project.zone(file_target.zone, "".join(f"h{i}: {{A: 192.0.2.1}}\n" for i in range(4000)))
        result = project.expect(4, "apply", "--yes", "-q")
    assert "RZ5103" in result.stderr or "RZ5104" in result.stderr
    assert 2 <= result.seconds < 15, result


def test_resolvers_that_do_not_answer(file_target):
    """Name servers are looked up by resolvers, for five seconds and for all zones together."""
    with Deaf() as resolver:
        project = file_target.setup("verify: {timeout: 2s, servers: auto}\n")
        project.environment["REZONE_RESOLVERS"] = f"127.0.0.1:{resolver.port}"
        head = HEAD.replace("[ns1", "[ns3.example.org., ns4.example.org., ns5.example.org., ns1")
        for zone in file_target.zone, "second.example":
            project.zone(zone, "www: {A: 192.0.2.1}\n", head)
        result = project.expect(0, "apply", "--yes")
    assert "RZ5106" in result.stderr and resolver.asked, result
    assert 5 <= result.seconds < 9, result


def test_name_servers_of_the_zone(file_target):
    """`servers: auto`: what the zone names, by its own addresses or by the resolvers of `verify:`."""
    def answer(query):
        reply = dns.message.make_response(query)
        if query.question[0].rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "127.0.0.97"))
        return reply
    with Deaf(answer) as resolver:
        project = file_target.setup(f'verify: {{timeout: 1s, servers: auto, resolvers: ["127.0.0.1:{resolver.port}"]}}\n')
        project.zone(file_target.zone, "ns9: {A: 127.0.0.98}\n", HEAD.replace("ns2.example.net.", "ns9"))
        result = project.expect(4, "apply", "--yes")
    assert "127.0.0.97 port 53 does not answer" in result.stderr and "127.0.0.98 port 53 does not" in result.stderr
    assert str(resolver.asked[0].name) == "ns1.example.net."


def test_a_check_of_many_silent_servers(file_target):
    """`timeout` is of the whole check, not of each server."""
    file_target.base()
    with Deaf() as server:
        via = ", ".join(f'"127.0.0.1:{server.port}"' for _ in range(8))
        project = file_target.setup()
        project.zone(file_target.zone, "www: {A: 192.0.2.1}\n",
                     HEAD + f"checks: [{{dns: www A, via: [{via}], timeout: 1s, retries: 0}}]\n")
        result = project.expect(4, "apply", "--yes")
    assert "RZ5111" in result.stderr and result.seconds < 4, result
